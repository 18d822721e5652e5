"""`verify` finds every kind of broken promise, names the row, and is silent about a true dataset."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from longctx_synth import checks
from longctx_synth.errors import SettingsError, VerificationError
from longctx_synth.publish import publish, revise, verify
from longctx_synth.records import Evidence, Record, arrow_schema, prompt_hash, row, to_json

from .rows import SCENARIO, count, record, records

HELD_OUT = {"check": "line_count", "args": {"at_least": 1}}


def published(out: Path, rows: dict[str, Iterable[Record]]) -> Path:
    publish(out, rows, paradigm="verifiable_if", scenario_fields=SCENARIO)
    return out


def tampered(folder: Path, rows: list[Record]) -> Path:
    """The dataset with the rows of its one file exchanged behind the card's back, as many as before."""
    import pyarrow as pa

    (shard,) = (folder / "data").iterdir()
    pq.write_table(pa.Table.from_pylist([row(r) for r in rows], schema=arrow_schema(SCENARIO)), shard)
    return folder


def said(content: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": content}]


def test_a_true_dataset_has_no_problem(tmp_path: Path) -> None:
    folder = published(
        tmp_path, {"train": records("train", 9), "validation": records("validation", 3), "test": records("test", 4)}
    )
    assert verify(folder) == []
    assert verify(folder, recount=lambda p, c: (count(p[0]["content"]), count(c[0]["content"]))) == []


# Each entry breaks one promise of a true row; the text is what `verify` must say of it.
BROKEN: list[tuple[str, Callable[[Record], dict], str]] = [
    ("wrong answer", lambda r: {"completion": said("Nothing was approved.")}, "completion fails its checks"),
    ("blank answer", lambda r: {"completion": said(" \n"), "chosen": r.chosen}, "the completion is empty"),
    ("chosen fails", lambda r: {"chosen": said("Nothing was approved.")}, "chosen fails its checks"),
    ("rejected passes", lambda r: {"rejected": r.completion}, "rejected passes every check"),
    ("half a pair", lambda r: {"rejected": []}, "only one answer of a pair"),
    ("no reason", lambda r: {"rejected_because": ""}, "rejected_because is empty"),
    ("no check", lambda r: {"checks": "[]"}, "it has no check"),
    ("unknown check", lambda r: {"checks": to_json([{"check": "no_such", "args": {}}])}, "its checks cannot be run"),
    ("checks are no JSON", lambda r: {"checks": "[{"}, "its checks cannot be run"),
    ("cut off", lambda r: {"finish_reason": "length"}, "cut off"),
    ("wrong sum", lambda r: {"tokens": r.tokens + 1}, "tokens is"),
    ("far from target", lambda r: {"target_tokens": r.prompt_tokens + 17}, "the target is"),
    ("no target", lambda r: {"target_tokens": 0}, "target_tokens is missing"),
    ("shifted evidence", lambda r: {"evidence": [dataclasses.replace(r.evidence[0], end=1)]}, "evidence 0"),
    ("evidence nowhere", lambda r: {"evidence": [Evidence(3, 0, 0, 1, "x")]}, "points to message 3"),
    ("evidence of no document", lambda r: {"documents": []}, "names document 0, the row has 0"),
    ("wrong hash", lambda r: {"prompt_hash": "0" * 16}, "prompt_hash"),
    ("verdicts are no JSON", lambda r: {"verdicts": "passed"}, "verdicts is not JSON"),
    ("other split", lambda r: {"split": "test"}, "the row says split 'test'"),
    ("empty id", lambda r: {"id": ""}, "the id is empty"),
    ("no share", lambda r: {"solve_rate": 1.5}, "solve_rate is 1.5, which is no share"),
    ("not a number", lambda r: {"solve_rate_strong": float("nan")}, "solve_rate_strong is nan"),
    ("null checks", lambda r: {"checks": None}, "null where a value is due: checks"),
    ("null message", lambda r: {"completion": [{"role": "assistant", "content": None}]}, "is due: completion"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "what"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_promise_is_found_in_its_row_alone(tmp_path: Path, change, what: str) -> None:
    true = list(records("train", 4, pair_every=1))
    broken = dataclasses.replace(true[2], **change(true[2]))
    problems = verify(tampered(published(tmp_path, {"train": true}), [*true[:2], broken, true[3]]))
    assert any(what in problem.what for problem in problems), problems
    assert {(problem.split, problem.id) for problem in problems} == {("train", broken.id)}


def test_an_empty_prompt_is_found(tmp_path: Path) -> None:
    prompt = [{"role": "user", "content": " "}]
    empty = dataclasses.replace(record("train", 0), prompt=prompt, prompt_hash=prompt_hash(prompt), evidence=[])
    assert "the prompt is empty" in [problem.what for problem in verify(published(tmp_path, {"train": [empty]}))]


def test_held_out_checks_belong_to_test(tmp_path: Path) -> None:
    assert checks.info(HELD_OUT["check"]).held_out
    held_out = to_json([HELD_OUT])
    for split, expected in (("train", 1), ("validation", 1), ("test", 0)):
        held = dataclasses.replace(record(split, 1, pair=False), checks=held_out)
        whats = [problem.what for problem in verify(published(tmp_path / split, {split: [held]}))]
        assert sum("held-out checks outside of test" in what for what in whats) == expected, whats


def test_duplicates_are_found_within_and_across_splits(tmp_path: Path) -> None:
    first = record("train", 0)
    twin = dataclasses.replace(first, id="train-00009")
    namesake = dataclasses.replace(record("train", 1), id=first.id)
    foreign = dataclasses.replace(first, id="test-00000", split="test")
    problems = verify(published(tmp_path, {"train": [first, twin, namesake], "test": [foreign]}))
    found = sorted((p.split, p.id, re.split(r"[:(]", p.what)[0].strip()) for p in problems)
    assert found == [
        ("test", "test-00000", "documents"),
        ("test", "test-00000", "duplicate"),
        ("test", "test-00000", "entities"),
        ("train", "train-00000", "another row has the same id"),
        ("train", "train-00009", "duplicate"),
    ]


def test_documents_and_entities_may_repeat_within_a_split(tmp_path: Path) -> None:
    shared = [dataclasses.replace(r, documents=["d" * 16], entities=["e" * 16]) for r in records("train", 3)]
    assert verify(published(tmp_path, {"train": shared})) == []


def test_recount_compares_every_row(tmp_path: Path) -> None:
    folder = published(tmp_path, {"train": records("train", 2)})
    problems = verify(folder, recount=lambda prompt, completion: (1, 2))
    assert len(problems) == 2
    assert "counted again there are 1 + 2 tokens" in problems[0].what


def test_a_card_that_no_longer_fits_the_files_is_found(tmp_path: Path) -> None:
    folder = published(tmp_path / "a", {"train": records("train", 4), "test": records("test", 2)})
    more = published(tmp_path / "b", {"train": records("train", 6)})
    (folder / "data" / "train-pairs-00000.parquet").write_bytes(
        (more / "data" / "train-pairs-00000.parquet").read_bytes()
    )
    assert [str(problem) for problem in verify(folder)] == [
        "dataset: config sft declares test 2, train 4, the files hold test 2, train 5",
        "dataset: config dpo declares test 1, train 2, the files hold test 1, train 3",
        "dataset: config grpo declares test 2, train 4, the files hold test 2, train 5",
        "dataset: config records declares test 2, train 4, the files hold test 2, train 5",
    ]


def test_a_file_that_no_view_reads_and_a_missing_or_broken_card_are_found(tmp_path: Path) -> None:
    folder = published(tmp_path, {"train": records("train", 2)})
    data = folder / "data"
    (data / "validation-single-00000.parquet").write_bytes((data / "train-single-00000.parquet").read_bytes())
    whats = " ".join(problem.what for problem in verify(folder))
    assert "config sft reads train 2 of the train 2, validation 1 rows under data/" in whats
    (data / "validation-single-00000.parquet").rename(data / "extra.parquet")
    assert any("no view reads it" in problem.what for problem in verify(folder))
    (data / "extra.parquet").unlink()
    (folder / "README.md").write_text("---\nconfigs: [\n---\n")
    assert any("YAML of README.md cannot be read" in problem.what for problem in verify(folder))
    (folder / "README.md").unlink()
    assert [problem.what for problem in verify(folder)] == ["README.md is missing, so no view is declared"]


def test_what_cannot_be_read_at_all_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        verify(tmp_path / "absent")
    with pytest.raises(VerificationError, match="it is not a dataset"):
        verify(tmp_path)
    folder = published(tmp_path / "cut", {"train": records("train", 2)})
    shard = folder / "data" / "train-pairs-00000.parquet"
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(VerificationError, match=r"train-pairs-00000.parquet cannot be read as parquet"):
        verify(folder)
    shard.write_bytes(b"")
    with pytest.raises(VerificationError, match="cannot be read as parquet"):
        verify(folder)


def test_missing_columns_are_one_clear_error(tmp_path: Path) -> None:
    import pyarrow as pa

    (tmp_path / "data").mkdir()
    table = pa.Table.from_pylist([row(record("train", 0))], schema=arrow_schema(SCENARIO)).drop_columns(["checks"])
    pq.write_table(table, tmp_path / "data" / "train-pairs-00000.parquet")
    with pytest.raises(VerificationError, match="lacks the columns checks"):
        verify(tmp_path)


def flat(folder: Path, rates: list[float | None], out: list[bool]) -> Path:
    """A dataset of single rows with these rates, each left out of the grpo view or not."""
    rows = [dataclasses.replace(record("train", n, pair=False), solve_rate=rate) for n, rate in enumerate(rates)]
    published(folder, {"train": rows})
    revise(folder, lambda row, was_flat: out[int(row.id[-5:])], {})
    return folder


def test_the_grpo_view_leaves_out_what_bounds_leave_out(tmp_path: Path) -> None:
    assert verify(flat(tmp_path / "a", [0, 0.5, 1, None], [True, False, True, False])) == []
    assert verify(flat(tmp_path / "b", [0, 0, 1], [True, True, True])) == []
    unmeasured = verify(flat(tmp_path / "c", [None, 0.5], [True, False]))
    assert [str(problem) for problem in unmeasured] == [
        "train/train-00000: it was left out of the grpo view without a solve_rate"
    ]
    between = verify(flat(tmp_path / "d", [0.25, 0.5, 0.75], [False, True, False]))
    assert [str(problem) for problem in between] == [
        "train: rows of solve_rate 0.5 are left out of the grpo view, which holds 0.25 to 0.75"
    ]


def test_files_of_before_and_after_do_not_mix(tmp_path: Path) -> None:
    folder = published(tmp_path, {"train": records("train", 2), "test": records("test", 1)})
    shard = folder / "data" / "test-pairs-00000.parquet"
    pq.write_table(pq.read_table(shard).drop_columns(["solve_rate", "solve_rate_strong"]), shard)
    assert "dataset: some files have the columns solve_rate, solve_rate_strong and some have not" in [
        str(problem) for problem in verify(folder)
    ]
