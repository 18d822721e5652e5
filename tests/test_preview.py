"""`longctx-synth preview`: rows as a person reads them. Nothing the row says of itself is believed; no text harms a terminal."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console

from longctx_synth import cli, publish
from longctx_synth.errors import LongctxError, SettingsError, VerificationError
from longctx_synth.records import Evidence, Record, arrow_schema, prompt_hash, row, to_json
from longctx_synth.studies.folding import HEAD, LEAST_FOLD, TAIL, fold, visible
from longctx_synth.studies.preview import evidence_faults, is_dataset, show, stored_verdicts
from longctx_synth.studies.sample import row_files, sample
from tests import servers

BUILDERS = Path(__file__).parent / "builders"
TOY = str(BUILDERS / "toy")


def plain(record: Record, **options: bool) -> str:
    """What a pipe gets."""
    console = Console(file=io.StringIO(), width=120, highlight=False)
    console.print(show(record, plain=True, **options))
    return console.file.getvalue()


def flat(record: Record, **options: bool) -> str:
    return " ".join(plain(record, **options).split())


def example(**changes: object) -> Record:
    """A row with a long prompt, one piece of evidence in its middle, a pair, and a judge."""
    words = [f"word{number}" for number in range(600)]
    words[300:300] = ["The", "well", "is", "31", "metres", "deep."]
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": " ".join(words)}]
    fact = "The well is 31 metres deep."
    start = prompt[1]["content"].index(fact)
    checks = [
        {"check": "facts_mentioned", "args": {"facts": [{"name": "the depth of the well", "forms": ["31 metres"]}]}},
        {"check": "word_count", "args": {"at_most": 9}},
    ]
    values: dict[str, object] = {
        "id": "demo-train-000007",
        "prompt": prompt,
        "completion": [{"role": "assistant", "content": "It is 31 metres deep."}],
        "chosen": [{"role": "assistant", "content": "It is 31 metres deep."}],
        "rejected": [{"role": "assistant", "content": "It is 47 metres deep."}],
        "rejected_because": "other_document: facts_mentioned",
        "checks": to_json(checks),
        "tokens": 1210,
        "prompt_tokens": 1200,
        "completion_tokens": 10,
        "target_tokens": 1195,
        "scenario": {"industry": "waterworks", "tone": "dry", "kind": "inspection", "answer_by": "whole"},
        "documents": ["0" * 16],
        "evidence": [Evidence(1, 0, start, start + len(fact), fact)],
        "verdicts": to_json(
            [
                {"check": "word_count", "passed": False, "draft": 1},
                {"check": "facts_mentioned", "passed": True, "draft": 2},
                {"check": "word_count", "passed": True, "draft": 2},
                {"check": "leakage", "passed": True, "draft": 2},
            ]
        ),
        "judge": to_json(
            [
                {"judge": "large", "draft": 1, "scores": {"coherence": 2}, "feedback": {"coherence": "It wanders."}},
                {"judge": "large", "draft": 2, "scores": {"coherence": 5}, "feedback": {"coherence": "It is clear."}},
                {"judge": "other", "draft": 2, "scores": {"coherence": 4}, "feedback": {}},
            ]
        ),
        "model": "scripted",
        "endpoint_kind": "vllm",
        "attempts": 2,
        "noise": ["typos"],
        "repairs": ["bullet_marks"],
    }
    return Record(**(values | changes))  # type: ignore[arg-type]


# Folding


@given(st.text(), st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=4), st.integers(0, 5))
def test_what_is_shown_is_verbatim_and_no_word_is_lost(text, spans, ends):
    pieces = fold(text * 40, spans, head=ends, tail=ends)
    text, at = text * 40, 0
    for piece in pieces:
        if piece.kind == "fold":
            skipped = re.compile(r"\s*" + r"(\S{1,40}\s*)" * piece.number).match(text, at)
            assert skipped is not None and piece.number >= LEAST_FOLD
            at = skipped.end()
        else:
            at = text.index(piece.text, at) + len(piece.text)
    assert not text[at:].strip()


@given(st.integers(0, 3000), st.integers(1, 80))
def test_evidence_is_shown_whole_wherever_it_stands(start, length):
    text = " ".join(f"w{number}" for number in range(700))
    end = min(start + length, len(text))
    assume(text[start:end].strip())
    assert [piece.text for piece in fold(text, [(start, end)]) if piece.kind == "evidence"] == [text[start:end]]


def test_the_middle_is_folded_and_counted():
    pieces = fold(" ".join("abcdefghij" for _ in range(1000)))
    assert [piece.kind for piece in pieces] == ["text", "fold", "text"]
    assert pieces[1].number == 1000 - HEAD - TAIL
    assert [piece.kind for piece in fold("a few words")] == ["text"]


def test_a_text_without_blanks_folds_too():
    assert sum(len(piece.text) for piece in fold("水" * 100_000)) < 20_000


@given(st.text())
def test_no_control_character_reaches_the_terminal(text):
    shown = visible(text)
    assert not any((ord(letter) < 32 and letter not in "\n\t") or 0x7F <= ord(letter) < 0xA0 for letter in shown)
    assert not set(shown) & set("\u202e\u2066\u2069\u200f")


# A row


def test_a_row_is_shown_with_all_that_matters():
    told = flat(example())
    for words in (
        "demo-train-000007 train, pair",
        "1,200 tokens of 1,195 asked for",
        "[1»The well is 31 metres deep.«]",
        "rejected answer · other_document: facts_mentioned",
        "It is 47 metres deep.",
        "attempts 2",
        "repairs bullet_marks",
        "noise typos",
        "1,210 = 1,200 + 10",
        "scripted (vllm)",
    ):
        assert words in told
    assert re.search(r"… \d+ words …", told)
    assert "words …" not in flat(example(), full=True) and "word150" in flat(example(), full=True)
    assert "\x1b" not in plain(example())


def test_scenario_fields_stand_by_dimension():
    lines = [line.split() for line in plain(example()).splitlines()]
    for dimension, name in (
        ("topical", "industry"),
        ("linguistic", "tone"),
        ("format", "kind"),
        ("other", "answer_by"),
    ):
        assert any(line[:2] == [dimension, name] for line in lines)


def test_checks_are_run_again_on_both_answers():
    line = next(line for line in plain(example()).splitlines() if "facts_mentioned  " in line)
    assert line.index("✓ pass") < line.index("✗ fail")
    assert "rejected, facts_mentioned:" in flat(example())


def test_a_row_that_lies_is_found_out():
    wrong = example(completion=[{"role": "assistant", "content": "It is 12 metres deep."}])
    told = flat(wrong)
    assert "The row says that facts_mentioned passed; it does not." in told
    assert "answer, facts_mentioned:" in told
    assert "chosen answer" in told  # the pair's answer is another one now
    assert "teaches no preference" in flat(example(rejected=example().chosen))
    moved = example(evidence=[Evidence(1, 0, 0, 5, "elsewhere")])
    assert evidence_faults(moved) == ["Evidence 1 does not stand at 0-5 of message 1."]
    assert "Evidence 1 does not stand" in flat(moved)
    assert not evidence_faults(example())


def test_verdicts_of_the_last_draft_count_and_what_is_not_run_again_is_said():
    assert stored_verdicts(example()) == {"facts_mentioned": True, "word_count": True, "leakage": True}
    assert "not seen again here: 1 of 1 other reviewers passed it (leakage)" in flat(example())


def test_judges_are_shown_side_by_side_with_their_median():
    told = plain(example())
    assert re.search(r"coherence\s+5\s+4\s+4\.5", told)
    assert "It is clear." in told and "It wanders." not in told
    assert "1 earlier draft judged" in told
    assert "judge" not in plain(example(judge="[]", verdicts="[]")).lower()


def test_a_row_without_checks_or_with_unknown_ones_is_told_not_raised():
    assert "nothing is verified" in flat(example(checks="[]"))
    assert "cannot be run" in flat(example(checks='[{"check": "no_such_check"}]'))


def test_solve_rates_are_shown_where_they_were_measured():
    assert "solve rate" not in flat(example())
    assert "solve rate 0.25" in flat(example(solve_rate=0.25))


@given(st.text(), st.text(), st.text())
def test_no_content_makes_it_raise(text, verdicts, judge):
    record = example(
        prompt=[{"role": "user", "content": text}],
        completion=[{"role": "assistant", "content": text}],
        chosen=[],
        rejected=[{"role": text, "content": text}],
        verdicts=verdicts,
        judge=judge,
        scenario={"topic": text},
        rejected_because=text,
    )
    assert "\x1b" not in plain(record)


def test_markup_in_a_text_is_text():
    assert "[red]stop[/red]" in flat(example(completion=[{"role": "assistant", "content": "[red]stop[/red]"}]))


# Rows of a folder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")

    def records(split: str, count: int):
        for number in range(count):
            prompt = [{"role": "user", "content": f"{split} {number}: how deep?"}]
            values = {"id": f"demo-{split}-{number:06d}", "split": split, "prompt": prompt, "evidence": []}
            values |= {"prompt_hash": prompt_hash(prompt), "scenario": {"kind": "inspection"}}
            yield example(**(values | ({"chosen": [], "rejected": []} if number % 3 else {})))

    wanted = {"train": records("train", 40), "test": records("test", 10)}
    publish.publish(folder, wanted, paradigm="demo", scenario_fields=["kind"], made={})
    return folder


def test_a_sample_is_the_same_for_the_same_seed(dataset):
    ids = [record.id for record in sample(dataset, n=5, seed=1)]
    assert ids == [record.id for record in sample(dataset, n=5, seed=1)]
    assert ids != [record.id for record in sample(dataset, n=5, seed=2)]
    assert len(set(ids)) == 5
    assert {record.split for record in sample(dataset, n=50)} == {"train", "test"}
    assert len(sample(dataset, n=999)) == 50


def test_rows_by_split_and_by_id(dataset):
    assert {record.split for record in sample(dataset, split="test", n=99)} == {"test"}
    ids = ["demo-test-000004", "demo-train-000038"]
    assert [record.id for record in sample(dataset, ids=ids)] == ids
    with pytest.raises(SettingsError, match="no such row; its ids look like demo-train-"):
        sample(dataset, ids=["demo-train-999999"])
    with pytest.raises(SettingsError, match=r"--split dev.*only train, test"):
        sample(dataset, split="dev")


def test_every_row_of_a_large_file_can_be_drawn(tmp_path):
    table = pa.Table.from_pylist(
        [row(example(id=f"r{number}", scenario={"kind": "x"})) for number in range(100)], schema=arrow_schema(["kind"])
    )
    pq.write_table(table, tmp_path / "train-pairs-00000.parquet", row_group_size=7)
    assert [record.id for record in sample(tmp_path, n=100)] == [f"r{number}" for number in range(100)]
    assert [record.id for record in sample(tmp_path, ids=["r6", "r7", "r99"])] == ["r6", "r7", "r99"]


def test_folders_that_hold_no_rows_of_ours(tmp_path):
    with pytest.raises(SettingsError, match=r"neither a builder\.py nor rows"):
        sample(tmp_path)
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "train-00000.parquet"
    file.write_bytes(b"not parquet")
    with pytest.raises(VerificationError, match="cannot be read as parquet"):
        sample(tmp_path)
    pq.write_table(pa.table({"text": ["a"]}), file)
    with pytest.raises(LongctxError, match="lacks the columns id, prompt, completion"):
        sample(tmp_path)
    pq.write_table(pa.table({"id": ["a"], "prompt": ["how deep?"], "completion": ["deep"]}), file)
    with pytest.raises(VerificationError, match="column prompt is no list of messages"):
        sample(tmp_path)


def test_what_is_a_dataset(dataset, tmp_path):
    assert is_dataset(str(dataset)) and is_dataset(str(dataset / "data"))
    assert not is_dataset("verifiable_if") and not is_dataset(TOY) and not is_dataset(str(tmp_path / "nowhere"))


# The command


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


def test_help_has_an_example(run):
    status, out, _ = run("preview", "--help")
    assert status == 0 and "Example: longctx-synth preview" in " ".join(out.split())


def test_preview_of_a_dataset(run, dataset):
    status, out, err = run("preview", str(dataset), "--n", "2", "--split", "test")
    assert status == 0 and out.count("checks, run again now") == 2 and out.count("demo-test-") == 2
    assert "\x1b" not in out and not err and all(line == line.rstrip() for line in out.splitlines())


def test_preview_of_a_paradigm_keeps_nothing_unless_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with servers.process(servers.Script()) as server:
        status, out, err = run("preview", TOY, "--n", "2", "--endpoint", server.url, "--set", "retries=1")
    assert status == 0, err
    assert re.findall(r"toy-train-\d{6}(?= )", out) == ["toy-train-000000", "toy-train-000001"]
    assert "2 accepted of" in err and "Nothing was kept." in err
    assert not list(tmp_path.iterdir())


def test_a_build_goes_on_from_a_preview(run, tmp_path):
    flags = ("--run-dir", str(tmp_path / "run"))
    with servers.process(servers.Script()) as server:
        status, _, err = run("preview", TOY, "--n", "3", "--endpoint", server.url, *flags)
        assert status == 0, err
        before = server.stats()["answered"]
        build = ("build", TOY, "--n", "5", "--endpoint", server.url, "--out", str(tmp_path / "out"), *flags)
        assert run(*build)[0] == 0
        assert server.stats()["answered_again"] == 0 < server.stats()["answered"] - before < 2 * before
        # Rows of a run that is not published yet, seen while it goes on.
        assert row_files(tmp_path / "run" / "parts")
    assert run("preview", str(tmp_path / "run" / "parts"), "--n", "9")[1].count("checks, run again now") == 5


def test_other_splits_can_be_previewed(run):
    with servers.process(servers.Script()) as server:
        status, out, err = run("preview", TOY, "--n", "1", "--split", "test", "--endpoint", server.url)
    assert status == 0 and "toy-test-000000" in out, err


def test_a_run_that_gets_stuck_shows_what_it_had(run):
    with servers.process(servers.Script()) as server:
        flags = ("--endpoint", server.url, "--set", "rejections_in_a_row=1", "--set", "concurrency=1")
        status, out, err = run("preview", TOY, "--n", "60", *flags)
    assert status == 5
    assert "toy-train-000000" in out and "draft: unlucky" in err and err.count("Error:") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no_such_paradigm",), ("no_such_paradigm", "verifiable_if")),
        ((TOY, "--set", "nonsense"), ("--set nonsense", "NAME=VALUE")),
        ((TOY, "--set", "nn=3"), ("no setting 'nn'",)),
        ((TOY, "--split", "dev"), ("--split dev",)),
        ((TOY, "--id", "x"), ("--id x", "dataset")),
        ((TOY, "--endpoint", "http://127.0.0.1:1"), ("http://127.0.0.1:1",)),
    ],
)
def test_bad_input_gets_one_clear_sentence(run, arguments, words):
    status, _, err = run("preview", *arguments)
    assert status != 0 and err.count("Error:") == 1 and "Traceback" not in err
    assert all(word in err for word in words)


def test_settings_are_refused_for_rows_that_are_there(run, dataset):
    status, _, err = run("preview", str(dataset), "--tokens", "4096")
    assert status == 2 and "--tokens" in err and "is a dataset" in err
