"""The command line apart from `build` (tests/test_build.py): what it prints, and its exit status."""

from __future__ import annotations

import sys

import pyarrow.parquet as pq
import pytest

from longctx_synth import cli, publish
from longctx_synth.builder import load_builder
from tests import servers


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["longctx-synth", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    builder = load_builder("verifiable_if")(
        cache_dir=str(folder / "cache"), answer="program", n=5, tokens="700", seed=3
    )
    builder.generate(folder / "out")
    return folder / "out"


@pytest.mark.parametrize(
    "command", ["build", "verify", "push", "endpoint", "preview", "estimate", "calibrate", "difficulty"]
)
def test_every_command_has_help_with_an_example(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert "Example: longctx-synth" in " ".join(out.split())


def test_verify_says_that_all_is_well(run, dataset):
    status, out, _ = run("verify", str(dataset), "--tokenizer", "embedded")
    assert status == 0 and "every row holds" in out


def test_verify_names_the_rows_that_do_not_hold(run, dataset, tmp_path):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(dataset, broken, ignore=shutil.ignore_patterns(".run"))
    file = sorted((broken / "data").glob("*.parquet"))[0]
    table = pq.read_table(file)
    rows = table.to_pylist()
    rows[0]["completion"][0]["content"] = "Nothing of the sort."
    pq.write_table(table.from_pylist(rows, schema=table.schema), file)
    status, out, err = run("verify", str(broken))
    assert status == 1
    assert rows[0]["id"] in out and "Error:" in err
    assert all(problem.what for problem in publish.verify(broken))


def test_verify_of_something_that_is_no_dataset(run, tmp_path):
    for where in (tmp_path, tmp_path / "nowhere"):
        status, _, err = run("verify", str(where))
        assert status != 0 and err.count("Error:") == 1 and str(where) in err.replace("\n", "")


def test_endpoint_tells_what_a_server_is(run):
    with servers.process(servers.Script(kind="tgi", window=4096)) as server:
        status, out, _ = run("endpoint", server.url)
    assert status == 0
    assert "tgi" in out and "scripted" in out and "4096" in out


def test_an_endpoint_that_is_not_there(run):
    status, _, err = run("endpoint", "http://127.0.0.1:1")
    assert status != 0 and err.count("Error:") == 1 and "127.0.0.1:1" in err


def test_push_without_a_token_says_what_to_do(run, dataset, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    status, _, err = run("push", str(dataset), "not a repo id")
    assert status != 0 and err.count("Error:") == 1 and "not a repo id" in err.replace("\n", " ")


def test_tokens_beyond_the_window(run, tmp_path):
    with servers.process(servers.Script(kind="tgi", window=4096)) as server:
        status, _, err = run(
            "build", "verifiable_if", "--tokens", "16384", "--endpoint", server.url, "--out", str(tmp_path / "o")
        )
    assert status != 0 and err.count("Error:") == 1
    assert "4096" in err and "16384" in err and not (tmp_path / "o" / "data").exists()
