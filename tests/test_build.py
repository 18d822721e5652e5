"""`longctx-synth build` end to end against the scripted server: kill -9, faults, Ctrl-C, bad input. Other processes, real HTTP."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests import servers

BUILDERS = Path(__file__).parent / "builders"


def command(builder: str, out: Path, *flags: str) -> list[str]:
    folder = str(BUILDERS / builder) if (BUILDERS / builder).is_dir() else builder
    return [sys.executable, "-m", "longctx_synth.cli", "build", folder, "--out", str(out), *flags]


def build(builder: str, out: Path, *flags: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(builder, out, *flags), capture_output=True, text=True, timeout=240, env={**os.environ, **(env or {})}
    )


def rows(out: Path, split: str = "train") -> list[dict]:
    return [
        row for file in sorted((out / "data").glob(f"{split}-*.parquet")) for row in pq.read_table(file).to_pylist()
    ]


def bytes_of(out: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted((out / "data").glob("*.parquet"))}


def refused(result: subprocess.CompletedProcess[str], *words: str) -> str:
    """Asserts one clear sentence on stderr and a non-zero exit status; returns the sentence."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    told = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(told) == 1, result.stderr
    for word in words:
        assert word in told[0], told[0]
    return told[0]


@pytest.mark.parametrize("builder", ["toy", "wide"])
def test_kill_9_pays_nothing_twice_and_changes_no_byte(tmp_path, builder):
    with servers.process(servers.Script(delay=0.002)) as server:
        undisturbed = build(builder, tmp_path / "a", "--endpoint", server.url, "--n", "60", "--concurrency", "8")
        assert undisturbed.returncode == 0, undisturbed.stderr
    with servers.process(servers.Script(delay=0.002)) as server:
        flags = ("--endpoint", server.url, "--n", "60", "--concurrency", "8")
        process = subprocess.Popen(command(builder, tmp_path / "b", *flags), stderr=subprocess.DEVNULL)
        moment = random.Random(builder).randrange(30, 100)
        while server.stats()["answered"] < moment:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.wait()
        # Answers the server sent and the client had not yet read at the kill are in flight, not paid twice: at most 8.
        result = build(builder, tmp_path / "b", *flags)
        assert result.returncode == 0, result.stderr
        assert server.stats()["answered_again"] <= 8
    assert len(rows(tmp_path / "b")) == 60
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_a_server_with_every_fault_still_gives_exactly_n_rows(tmp_path):
    script = servers.Script(
        delay=0.001, overload_every=3, drop_every=7, broken_every=11, stall_at=25, stall=30.0, retry_after="0.01"
    )
    with servers.process(script) as server:
        result = build("toy", tmp_path, "--endpoint", server.url, "--n", "40", "--timeout", "3")
        stats = server.stats()
    assert result.returncode == 0, result.stderr
    assert stats["overloaded"] and stats["dropped"] and stats["broken"] and stats["stalled"]
    found = rows(tmp_path)
    assert len(found) == 40 == len({row["id"] for row in found}) == len({row["prompt_hash"] for row in found})
    for fault in ("status 429", "the connection broke", "not JSON", "no answer in time"):
        assert fault in result.stderr
    assert "draft: unlucky" in result.stderr and "40 accepted of" in result.stderr


def test_ctrl_c_finishes_what_is_in_flight_and_the_same_command_goes_on(tmp_path):
    with servers.process(servers.Script(delay=0.02)) as server:
        flags = ("--endpoint", server.url, "--n", "60", "--concurrency", "4")
        process = subprocess.Popen(command("toy", tmp_path, *flags), stderr=subprocess.PIPE, text=True)
        while server.stats()["answered"] < 20:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "all safe: the same command goes on" in told and "Traceback" not in told
        assert not (tmp_path / "data").exists()
        result = build("toy", tmp_path, *flags)
        assert result.returncode == 0, result.stderr
        assert server.stats()["answered_again"] == 0
    assert len(rows(tmp_path)) == 60


def test_n_grows_and_finished_rows_stay(tmp_path):
    with servers.process(servers.Script()) as server:
        assert build("toy", tmp_path, "--endpoint", server.url, "--n", "10").returncode == 0
        few = [row["id"] for row in rows(tmp_path)]
        sent = server.stats()["answered"]
        assert build("toy", tmp_path, "--endpoint", server.url, "--n", "10").returncode == 0
        assert server.stats()["answered"] == sent
        flags = ("--n", "25", "--validation", "3")
        assert build("toy", tmp_path, "--endpoint", server.url, *flags).returncode == 0
    assert [row["id"] for row in rows(tmp_path)][:10] == few
    assert len(rows(tmp_path)) == 25 and len(rows(tmp_path, "validation")) == 3


def test_other_settings_are_refused_and_restart_keeps_paid_answers(tmp_path):
    with servers.process(servers.Script()) as server:
        flags = ("--endpoint", server.url, "--n", "5")
        assert build("toy", tmp_path, *flags).returncode == 0
        before = bytes_of(tmp_path)
        refused(build("toy", tmp_path, *flags, "--temperature", "0.1"), "temperature was 0.7, is 0.1", "--restart")
        assert bytes_of(tmp_path) == before
        sent = server.stats()["answered"]
        assert build("toy", tmp_path, *flags, "--restart").returncode == 0
        assert server.stats()["answered"] == sent
        assert bytes_of(tmp_path) == before


def test_a_run_that_another_process_holds_is_refused_at_once(tmp_path):
    with servers.process(servers.Script(stall_at=3)) as server:
        flags = ("--endpoint", server.url, "--n", "5", "--concurrency", "1")
        process = subprocess.Popen(command("toy", tmp_path, *flags), stderr=subprocess.DEVNULL)
        while server.stats()["received"] < 3:
            time.sleep(0.005)
        refused(build("toy", tmp_path, *flags), str(tmp_path))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0


def test_an_endpoint_that_is_not_there(tmp_path):
    refused(build("toy", tmp_path, "--endpoint", "http://127.0.0.1:1"), "http://127.0.0.1:1")


def test_a_wrong_key(tmp_path):
    with servers.process(servers.Script(key="right")) as server:
        told = refused(
            build("toy", tmp_path, "--endpoint", server.url, env={"LONGCTX_API_KEY": "wrong-key"}), "LONGCTX_API_KEY"
        )
        assert "wrong-key" not in told
        result = build("toy", tmp_path, "--endpoint", server.url, "--n", "3", env={"LONGCTX_API_KEY": "right"})
        assert result.returncode == 0, result.stderr
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"right" not in stored.replace(b"copyright", b"")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("no_such_paradigm",), ("no_such_paradigm", "verifiable_if")),
        (("toy", "--tokens", "12"), ("--tokens 12",)),
        (("toy", "--tokens", "many"), ("--tokens many", "loguniform")),
        (("toy", "--n", "0"), ("nothing to build",)),
        (("toy", "--constraints", "9"), ("--constraints",)),
        (("toy", "--config", "nowhere.yaml"), ("nowhere.yaml",)),
        (("toy", "--tokenizer", "no/such/tokenizer"), ("--tokenizer",)),
        (("toy", "--endpoint", "gpu:8080"), ("gpu:8080",)),
        (("verifiable_if", "--documents", "nowhere"), ("nowhere",)),
        (("verifiable_if", "--exclude-checks", "nope"), ("nope",)),
        (("verifiable_if", "--turns", "8"), ("--turns", "verifiable_if has no such setting", "multi_turn")),
        (("multi_turn", "--method", "vanilla"), ("--method", "situated_principles")),
    ],
)
def test_bad_input_gets_one_clear_sentence(tmp_path, flags, words):
    result = build(flags[0], tmp_path, *flags[1:], env={"HF_HUB_OFFLINE": "1"})
    refused(result, *words)
    assert not (tmp_path / "data").exists()


def test_settings_of_a_config_file_and_flags_over_them(tmp_path):
    config = tmp_path / "run.yaml"
    with servers.process(servers.Script()) as server:
        config.write_text(f"endpoint: {server.url}\nn: 9\nmax-repaired: 0.5\nout: {tmp_path}/there\n")
        result = build("toy", tmp_path / "out", "--config", str(config), "--n", "2")
    assert result.returncode == 0, result.stderr
    assert len(rows(tmp_path / "out")) == 2
    config.write_text("nn: 3\n")
    refused(build("toy", tmp_path / "out", "--config", str(config)), "no setting 'nn'")
    config.write_text("- a\n")
    refused(build("toy", tmp_path / "out", "--config", str(config)), "mapping")


def test_the_datasets_face(tmp_path):
    script = f"""
import asyncio, json, sys
from longctx_synth.builder import load_builder
async def inside_a_running_loop():
    builder = load_builder({str(BUILDERS / "toy")!r})(cache_dir={str(tmp_path / "cache")!r}, n=6, validation=2, endpoint=sys.argv[1])
    builder.download_and_prepare()
    data = builder.as_dataset()
    print(json.dumps({{split: [row["id"] for row in data[split]] for split in data}}))
asyncio.run(inside_a_running_loop())
"""
    with servers.process(servers.Script()) as server:
        result = subprocess.run([sys.executable, "-c", script, server.url], capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    ids = json.loads(result.stdout.splitlines()[-1])
    assert ids == {
        "train": [f"toy-train-{i:06d}" for i in range(6)],
        "validation": [f"toy-validation-{i:06d}" for i in range(2)],
    }
