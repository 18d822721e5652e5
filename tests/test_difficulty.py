"""Solve rates: measured by hand and by the study alike, written into a dataset that stays one, never paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import load_dataset

from longctx_synth import publish
from longctx_synth.errors import LongctxError, SettingsError, VerificationError
from longctx_synth.publish.tally import difficulty
from longctx_synth.records import MEASURED, VIEWS
from longctx_synth.studies.difficulty import Difficulty, Solver, measure, parse_bounds
from tests import servers, solvers
from tests.publish.rows import SCENARIO, record, records

ROWS = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "dataset"
    splits = {"train": records("train", ROWS, pair_every=3), "test": records("test", 3)}
    publish.publish(out, splits, paradigm="verifiable_if", scenario_fields=SCENARIO, made={"note": "A model wrote it."})
    return out


def measured(folder: Path, script: servers.Script | None = None, strong: bool = False, respond=None, **options):
    """`measure` against scripted servers in this process; what it found, and the requests that the weak one saw."""

    async def run() -> tuple[Difficulty, list[dict], int]:
        weak = servers.running(script or servers.Script(model="weak"), respond or solvers.solve)
        async with weak as first, servers.running(servers.Script(model="strong"), solvers.solve) as second:
            other = Solver([second.url]) if strong else None
            found = await asyncio.to_thread(measure, folder, Solver([first.url]), other, **{"k": 8, **options})
            return found, first.requests, second.counts.answered

    return asyncio.run(run())


def rows(folder: Path, split: str = "train", kinds: str = "*") -> dict[str, dict]:
    files = sorted((folder / "data").glob(f"{split}-{kinds}-?????.parquet"))
    return {row["id"]: row for file in files for row in pq.read_table(file).to_pylist()}


def digest(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted((folder / "data").iterdir())}


def loaded(folder: Path, view: str, split: str = "train") -> list[dict]:
    cache = folder.parent / f"cache-{time.monotonic_ns()}"
    return list(load_dataset(str(folder), view, split=split, cache_dir=str(cache)))


def older(folder: Path) -> None:
    """Makes a dataset one of before there were solve rates: files and card without the two columns."""
    for file in (folder / "data").iterdir():
        pq.write_table(pq.read_table(file).drop_columns(list(MEASURED)), file)
    card = folder / "README.md"
    _, head, body = card.read_text().split("---\n", 2)
    values = yaml.safe_load(head)
    for config in values["configs"]:
        config["columns"] = [name for name in config["columns"] if name not in MEASURED]
    for info in values["dataset_info"]:
        info["features"] = [each for each in info["features"] if each["name"] not in MEASURED]
    card.write_text(f"---\n{yaml.safe_dump(values, sort_keys=False)}---\n{body}")


# What is measured


def test_rates_are_those_counted_by_hand(folder: Path) -> None:
    found, requests, strong_answers = measured(folder, strong=True, k=8)
    assert len(requests) == strong_answers == ROWS * 8
    assert len({(r["messages"][0]["content"], r["seed"]) for r in requests}) == len(requests)  # eight seeds a row
    by_hand: Counter[str] = Counter()
    for request in requests:
        text = request["messages"][0]["content"]
        number = int(text.split("depot ")[1].split()[0])
        by_hand[f"train-{number:05d}"] += solvers.right(number, request["seed"], "weak")
    got = rows(folder)
    assert {id_: row["solve_rate"] for id_, row in got.items()} == {id_: by_hand[id_] / 8 for id_ in got}
    assert [got[f"train-{n:05d}"]["solve_rate_strong"] for n in (0, 2, 3)] == [1, 1, 0]
    assert found.tally.difficulties("train") == {"easy": 3, "learnable": 3, "hard": 3, "suspected broken": 3}
    assert sorted(id_ for id_, _, _ in found.suspected) == ["train-00003", "train-00007", "train-00011"]
    assert all(row["solve_rate"] is row["solve_rate_strong"] is None for row in rows(folder, "test").values())


def test_what_two_rates_say_of_a_row() -> None:
    assert [difficulty(*rates) for rates in ((1, None), (0.5, None), (0, None), (None, None), (None, 0.5))] == [
        "easy", "learnable", "unsolved", "not measured", "not measured",
    ]  # fmt: skip
    assert [difficulty(*rates) for rates in ((0, 0.1), (0, 0), (0.1, 0), (None, 0), (0.5, 0.5))] == [
        "hard", "suspected broken", "suspected broken", "suspected broken", "learnable",
    ]  # fmt: skip


def test_the_dataset_stays_one(folder: Path) -> None:
    before = rows(folder) | rows(folder, "test")
    measured(folder)
    assert publish.verify(folder) == []
    after = rows(folder) | rows(folder, "test")
    assert [{**row, "solve_rate": None} for row in after.values()] == list(before.values())
    for view in VIEWS:
        got = loaded(folder, view)
        assert list(got[0]) == VIEWS[view]
        assert len(got) == (4 if view == "dpo" else ROWS)
    assert {row["id"]: row["solve_rate"] for row in loaded(folder, "grpo")} == {
        row["id"]: row["solve_rate"] for row in loaded(folder, "records")
    }


def test_an_answer_that_was_cut_off_is_not_solved(folder: Path) -> None:
    found, _, _ = measured(folder, respond=solvers.ramble)
    assert {row["solve_rate"] for row in rows(folder).values()} == {0}
    assert any("96 answers were cut off" in line for line in found.lines())


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (servers.Script(kind="vllm", model="weak", window=700), "prompt and answer do not fit the endpoint's window"),
        (servers.Script(model="weak", window=700), "refused by the endpoint"),
        (servers.Script(kind="vllm", model="weak", cut_at=600), "the server cut the prompt silently"),
    ],
)
def test_a_row_that_does_not_fit_is_not_measured(tmp_path: Path, script: servers.Script, why: str) -> None:
    out = tmp_path / "dataset"
    long = [record("train", n, words=3000 if n == 4 else 120) for n in range(8)]
    publish.publish(out, {"train": long}, paradigm="p", scenario_fields=SCENARIO)
    found, _, _ = measured(out, script, max_tokens=100)
    got = rows(out)
    assert [id_ for id_, row in got.items() if row["solve_rate"] is None] == ["train-00004"]
    assert found.asked["weak"].unmeasured == {why: 1}
    assert any(f"1 rows not measured: {why}" in line for line in found.lines())
    assert publish.verify(out) == []


def test_an_endpoint_that_refuses_everything_is_an_error_and_changes_nothing(folder: Path) -> None:
    before = digest(folder)
    with pytest.raises(LongctxError, match="refuses a request"):
        measured(folder, servers.Script(model="weak", refuse_every=1))
    assert digest(folder) == before


# What is kept of it


def test_flat_rows_leave_the_grpo_view_and_no_other(folder: Path) -> None:
    found, _, _ = measured(folder, keep=(0.0, 1.0))
    learnable = {id_ for id_, row in rows(folder).items() if 0 < row["solve_rate"] < 1}
    assert learnable == {"train-00001", "train-00005", "train-00009"}
    assert {row["id"] for row in loaded(folder, "grpo")} == learnable
    assert len(loaded(folder, "sft")) == len(loaded(folder, "records")) == ROWS
    assert len(loaded(folder, "dpo")) == 4
    assert len(loaded(folder, "grpo", "test")) == 3
    assert found.tally.view_rows("train", "grpo") == 3
    assert publish.verify(folder) == []
    assert "| `grpo` | prompts with their checks | train 3, test 3 |" in (folder / "README.md").read_text()


def test_rows_come_back_into_slot_order_when_bounds_are_lifted(folder: Path) -> None:
    measured(folder)
    whole = digest(folder)
    _, requests, _ = measured(folder, keep=(0.0, 1.0))
    assert not requests  # the journal has them
    assert digest(folder) != whole
    measured(folder)
    assert digest(folder) == whole
    assert list(rows(folder, kinds="single")) == sorted(rows(folder, kinds="single"))


def test_bounds_that_would_leave_no_row_leave_the_view_whole(folder: Path) -> None:
    found, _, _ = measured(folder, respond=lambda request: "No.", keep=(0.0, 1.0))
    assert found.left_whole == ["train"]
    assert {row["solve_rate"] for row in rows(folder).values()} == {0}
    assert len(loaded(folder, "grpo")) == ROWS
    assert publish.verify(folder) == []


def test_measuring_another_split_or_again_keeps_what_was_there(folder: Path) -> None:
    measured(folder, strong=True, keep=(0.0, 1.0))
    train = rows(folder)
    measured(folder, splits=["test"], k=2)
    assert rows(folder) == train
    assert len(loaded(folder, "grpo")) == 3
    card = (folder / "README.md").read_text()
    bounds = "; the grpo view leaves out rates that are not strictly between 0 and 1"
    lines = [
        f"- train, `solve_rate`: 8 answers a row by `weak` (openai), temperature 1{bounds}",
        "- train, `solve_rate_strong`: 8 answers a row by `strong` (openai), temperature 1",
        "- test, `solve_rate`: 2 answers a row by `weak` (openai), temperature 1",
    ]
    assert "\n".join(lines) in card
    measured(folder)  # without the stronger one: what it said before stays
    assert "\n".join([lines[0].removesuffix(bounds), *lines[1:]]) in (folder / "README.md").read_text()
    assert rows(folder) == train


def test_the_card_keeps_what_the_run_said_and_tells_the_rest(folder: Path) -> None:
    before = (folder / "README.md").read_text()
    measured(folder, strong=True)
    after = (folder / "README.md").read_text()
    assert after.count("## Difficulty") == 1 and "A model wrote it." in after
    assert "| train | 3 | 3 | 3 | 0 | 3 | 0 | 12 |" in after
    body = after.split("---\n", 2)[2]
    start, end = body.index("## Difficulty"), body.index("## Pairs")
    assert body[:start] + body[end:] == before.split("---\n", 2)[2]
    head = yaml.safe_load(after.split("---\n")[1])
    for info in head["dataset_info"]:
        files = [p for p in (folder / "data").iterdir() if info["config_name"] != "dpo" or "-pairs" in p.name]
        assert info["download_size"] == sum(path.stat().st_size for path in files)
    measured(folder, strong=True)
    assert (folder / "README.md").read_text() == after


def test_a_dataset_without_a_readable_card_gets_one(folder: Path) -> None:
    (folder / "README.md").unlink()
    measured(folder)
    assert publish.verify(folder) == []
    assert "## Difficulty" in (folder / "README.md").read_text()


def test_a_card_of_the_users_own_words_keeps_them(folder: Path) -> None:
    card = folder / "README.md"
    head = card.read_text().split("---\n")[1]
    card.write_text(f"---\n{head}---\nOur letters, see below.\n")
    measured(folder)
    text = card.read_text()
    assert text.split("---\n", 2)[2].startswith("Our letters, see below.\n\n## Difficulty\n")
    assert publish.verify(folder) == []


def test_datasets_of_before_there_were_rates(folder: Path) -> None:
    older(folder)
    assert publish.verify(folder) == []
    assert "solve_rate" not in loaded(folder, "grpo")[0]
    measured(folder, keep=(0.0, 1.0))
    assert publish.verify(folder) == []
    assert len(loaded(folder, "grpo")) == 3 and "solve_rate" in loaded(folder, "grpo", "test")[0]


# What is paid


def test_a_greater_k_pays_only_for_what_is_new(folder: Path) -> None:
    assert len(measured(folder, k=2)[1]) == 2 * ROWS
    assert len(measured(folder, k=5)[1]) == 3 * ROWS
    assert len(measured(folder, k=5)[1]) == 0
    assert len(measured(folder, k=5, temperature=0.5)[1]) == 5 * ROWS


def command(folder: Path, url: str, *flags: str) -> list[str]:
    flags = ("--endpoint", url, "--k", "6", "--concurrency", "4", *flags)
    return [sys.executable, "-m", "longctx_synth.cli", "difficulty", str(folder), *flags]


def test_kill_9_pays_nothing_twice_and_changes_no_byte(folder: Path, tmp_path: Path) -> None:
    import shutil

    twin = tmp_path / "twin"
    shutil.copytree(folder, twin)
    before = digest(folder)
    script = servers.Script(model="weak", responder="solvers:solve", delay=0.02)
    with servers.process(script) as server:
        process = subprocess.Popen(command(folder, server.url), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while server.stats()["answered"] < 30:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert digest(folder) == before
        done = subprocess.run(command(folder, server.url, "--keep", "0-1"), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert server.stats()["answered_again"] <= 4  # answers sent that the killed process had not read yet
        assert "train" in done.stdout and "sent" in done.stderr
    with servers.process(script) as server:
        done = subprocess.run(command(twin, server.url, "--keep", "0-1"), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert digest(folder) == digest(twin)


def test_ctrl_c_hears_what_is_out_and_pays_nothing_twice(folder: Path) -> None:
    before = digest(folder)
    with servers.process(servers.Script(model="weak", responder="solvers:solve", delay=0.05)) as server:
        process = subprocess.Popen(command(folder, server.url), stderr=subprocess.PIPE, text=True)
        while server.stats()["answered"] < 10:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "the same command goes on" in " ".join(told.split()) and "Traceback" not in told
        assert digest(folder) == before
        assert server.stats()["answered"] < 6 * ROWS
        assert subprocess.run(command(folder, server.url), capture_output=True).returncode == 0
        assert server.stats()["answered"] == 6 * ROWS and server.stats()["answered_again"] == 0


def test_faults_of_the_endpoint_are_borne(folder: Path) -> None:
    found, _, _ = measured(folder, servers.Script(model="weak", fail_every=5, overload_every=7))
    assert found.asked["weak"].answers == ROWS * 8 and not found.asked["weak"].unmeasured


def test_an_endpoint_that_goes_away_leaves_the_answers_safe(folder: Path) -> None:
    before = digest(folder)
    with servers.process(servers.Script(model="weak", responder="solvers:solve")) as server:
        url = server.url
        measure(folder, Solver([url]), k=1)
    assert digest(folder) != before
    with pytest.raises(LongctxError, match=r"127\.0\.0\.1"):
        measure(folder, Solver([url]), k=1, retries=0)
    assert publish.verify(folder) == []


def test_one_process_at_a_time(folder: Path) -> None:
    from longctx_synth.journal import Journal

    with Journal.open(folder / ".run"), pytest.raises(LongctxError, match="is held by"):
        measure(folder, Solver(["http://127.0.0.1:1"]))


def test_a_swap_that_was_cut_off_is_finished_first(folder: Path) -> None:
    (folder / "data").rename(folder / "data.old")
    measured(folder)
    assert publish.verify(folder) == [] and not (folder / "data.old").exists()


# What is refused


def refused(folder: Path, words: str, error: type[LongctxError] = SettingsError, **options) -> None:
    with pytest.raises(error, match=words):
        measure(folder, Solver(["http://127.0.0.1:1"]), **options)


def test_what_is_no_dataset_of_ours(folder: Path, tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "is not a folder")
    refused(tmp_path, "holds no data", VerificationError)
    assert not (tmp_path / ".run").exists()
    foreign = tmp_path / "foreign" / "data"
    foreign.mkdir(parents=True)
    pq.write_table(pa.table({"text": ["a"]}), foreign / "train-00000-of-00001.parquet")
    refused(foreign.parent, "has no column id, prompt, checks.*built by longctx-synth")
    refused(folder, "--split validation: .* has the splits train, test", splits=["validation"])
    refused(folder, "at least 1", k=0)


@pytest.mark.parametrize(("column", "words"), [("[]", "has no checks"), ('[{"check": "nope"}]', "no check 'nope'")])
def test_rows_whose_checks_cannot_be_run_are_refused_before_anything_is_paid(
    folder: Path, column: str, words: str
) -> None:
    file = folder / "data" / "train-single-00000.parquet"
    table = pq.read_table(file)
    changed = [{**row, "checks": column} if n == 3 else row for n, row in enumerate(table.to_pylist())]
    pq.write_table(pa.Table.from_pylist(changed, schema=table.schema), file)
    refused(folder, words)


def test_columns_that_would_be_lost_are_not_lost(folder: Path) -> None:
    file = folder / "data" / "train-single-00000.parquet"
    table = pq.read_table(file)
    pq.write_table(table.append_column("chat", pa.array(["x"] * table.num_rows)), file)
    refused(folder, "the columns chat, which would be lost")


@pytest.mark.parametrize("text", ["1", "1-0", "0-2", "a-b", "0.5-0.5", "", "-1-1"])
def test_bounds_are_two_shares(text: str) -> None:
    assert parse_bounds("0-1") == (0.0, 1.0) and parse_bounds(".1-0.9") == (0.1, 0.9)
    with pytest.raises(SettingsError, match="--keep"):
        parse_bounds(text)


def test_the_command_ends_with_an_error_where_the_view_was_left_whole(folder: Path) -> None:
    with servers.process(servers.Script(model="weak")) as server:
        done = subprocess.run(command(folder, server.url, "--keep", "0-1"), capture_output=True, text=True)
    assert done.returncode == 1
    assert "unsolved" in done.stdout and "still holds every row" in " ".join(done.stderr.split())
    assert json.loads(json.dumps(publish.verify(folder))) == []
