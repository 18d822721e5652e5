"""verifiable_if: what its rows promise, held against plans, scripted models and the committed reference data."""

from __future__ import annotations

import json
import random
from pathlib import Path

import datasets
import pytest

from longctx_synth import checks, publish
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.metrics import binding
from longctx_synth.strata import stable_seed
from tests import servers
from tests.responders import WHOLE

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "builders" / "verifiable_if"


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    def builder(**settings):
        found = load_builder("verifiable_if")(
            cache_dir=str(tmp_path_factory.mktemp("cache")), **{"answer": "program", **settings}
        )
        found.setup()
        return found

    return builder


@pytest.fixture(scope="module")
def planned(make):
    """[(case, plan, gold)] of 24 slots a split at 600 to 1,500 tokens."""
    builder = make(n=1, tokens="loguniform:600-1500")
    found = []
    for split in ("train", "validation", "test"):
        for number in range(24):
            for try_ in range(5):
                case = builder.case(split, number, try_)
                try:
                    plan = builder.plan(case)
                    found.append((case, plan, builder.gold(case, plan)))
                    break
                except Reject:
                    continue
    assert len(found) >= 70
    return builder, found


def test_prompts_have_the_length_that_was_asked_for(planned):
    builder, found = planned
    for case, plan, _ in found:
        length = builder.tokenizer.count_prompt(plan.prompt)
        assert abs(length - case.tokens) <= max(0.02 * case.tokens, 16)


def test_gold_passes_and_blank_answers_fail(planned):
    for _, plan, gold in planned[1]:
        assert checks.judge(plan.checks, gold.text, plan.prompt).passed
        for blank in ("", "  \n", "<think>hm</think>"):
            assert not any(verdict.passed for verdict in checks.run_all(plan.checks, blank, plan.prompt))


def test_the_prompt_asks_without_telling(planned):
    for _, plan, _ in planned[1]:
        for item in plan.due:
            assert item.value not in plan.instruction
        if plan.result is not None:
            assert plan.result.value not in plan.instruction


def test_an_answer_for_another_document_fails(planned):
    builder, found = planned
    failed = tried = 0
    for case, plan, _ in found:
        try:
            other = builder.planner.swapped(case, plan, 0)
            text = builder.gold(case, other, "other").text
        except Reject:
            continue
        tried += 1
        failed += not checks.judge(plan.checks, text, plan.prompt).passed
    assert tried >= 50
    assert failed / tried >= 0.95


def test_splits_share_no_phrasing_no_combination_and_no_invented_name(planned):
    phrasings = planned[0].phrasings
    for name, by_split in phrasings.items():
        lines = [line for split in by_split.values() for line in split]
        assert len(lines) == len(set(lines)), name
        assert len(by_split["train"]) >= 8, name
    combinations: dict[str, set] = {}
    names: dict[str, set] = {}
    for case, plan, _ in planned[1]:
        combinations.setdefault(case.split, set()).add(frozenset(spec["check"] for spec in plan.constraints))
        names.setdefault(case.split, set()).update(plan.document.entities)
        for spec in plan.constraints:
            assert case.split == "test" or not checks.info(spec["check"]).held_out
    for values in (combinations, names):
        splits = list(values.values())
        assert not splits[0] & splits[1] and not splits[0] & splits[2] and not splits[1] & splits[2]


def test_evidence_stands_where_it_is_said_to_stand(planned):
    for _, plan, _ in planned[1]:
        user = plan.prompt[-1]["content"]
        for item in plan.due:
            start, end = (place + plan.offset for place in item.span)
            assert item.value in user[start:end] or any(form in user[start:end] for form in item.forms)


def test_excluded_checks_are_not_sampled(make):
    builder = make(n=1, tokens="700", exclude_checks=["ifeval", "table"])
    for number in range(20):
        try:
            plan = builder.plan(builder.case("train", number, 0))
        except Reject:
            continue
        for spec in plan.constraints:
            assert not checks.info(spec["check"]).ifeval and spec["check"] != "table"
    with pytest.raises(SettingsError, match="nope"):
        make(n=1, exclude_checks=["nope"])


@pytest.mark.parametrize("mode", ["pieces", "whole"])
def test_a_model_writes_the_answers(tmp_path, make, mode):
    settings = dict(WHOLE, answer=mode)
    with servers.process(servers.Script(responder=f"responders:{'piece' if mode == 'pieces' else 'whole'}")) as server:
        builder = load_builder("verifiable_if")(cache_dir=str(tmp_path / "c"), **settings, endpoint=server.url)
        built = builder.generate(tmp_path / "out")
    rows = list(datasets.load_dataset(str(tmp_path / "out"), "records", split="train", cache_dir=str(tmp_path / "d")))
    assert len(rows) == 6 and built.funnel.accepted == 6
    assert publish.verify(tmp_path / "out") == []
    assert {row["scenario"]["answer_by"] for row in rows} == {mode}
    assert all(row["model"] == "scripted" for row in rows)
    if mode == "whole":
        assert max(row["attempts"] for row in rows) > 1  # a first draft failed and was mended with feedback
        sources = {row["rejected_because"].partition(":")[0] for row in rows if row["rejected"]}
        assert {"failed_attempt", "no_document"} & sources
    else:
        assert sum(bool(row["rejected"]) for row in rows) >= 4


def _corpus(folder: Path) -> Path:
    folder.mkdir()
    rng = random.Random(3)
    things = (
        "harbour bridge kiln orchard archive turbine ledger quarry ferry granary foundry reservoir mill depot".split()
    )
    verbs = "repaired inspected painted measured surveyed moved closed reopened insured cleaned".split()
    for number in range(12):
        sentences = [
            f"In {rng.randrange(1700, 2020)} the {rng.choice(things)} near the {rng.choice(things)} of "
            f"{chr(65 + rng.randrange(26))}{''.join(rng.choices('aeioulnrst', k=6))} was {rng.choice(verbs)} at a cost "
            f"of {rng.randrange(100, 99999)} crowns, as the {rng.choice(things)} committee had asked."
            for _ in range(120)
        ]
        paragraphs = [" ".join(sentences[i : i + 5]) for i in range(0, 120, 5)]
        (folder / f"chronicle{number}.md").write_text(f"# Chronicle {number}\n\n" + "\n\n".join(paragraphs) + "\n")
    return folder


def test_on_the_users_own_documents(tmp_path):
    texts = _corpus(tmp_path / "texts")
    builder = load_builder("verifiable_if")(
        cache_dir=str(tmp_path / "c"), answer="program", n=10, validation=2, test=3, tokens="900", documents=str(texts)
    )
    builder.generate(tmp_path / "out")
    assert publish.verify(tmp_path / "out") == []
    rows = list(datasets.load_dataset(str(tmp_path / "out"), "records", split="train", cache_dir=str(tmp_path / "d")))
    assert len(rows) == 10
    for row in rows:
        for piece in row["evidence"]:
            assert row["prompt"][piece["message"]]["content"][piece["start"] : piece["end"]] == piece["text"]
            assert piece["text"] in row["completion"][0]["content"]
    assert "license: other" in (tmp_path / "out" / "README.md").read_text()


def test_a_corpus_that_is_too_small_says_so(tmp_path):
    (tmp_path / "small.txt").write_text("One sentence only. And a second one.")
    builder = load_builder("verifiable_if")(
        cache_dir=str(tmp_path / "c"), answer="program", n=10, tokens="4096", documents=str(tmp_path / "small.txt")
    )
    with pytest.raises(SettingsError, match="tokens"):
        builder.generate(tmp_path / "out")


@pytest.mark.parametrize("view", ["sft", "dpo", "grpo", "records"])
def test_the_reference_data_loads(view, tmp_path):
    data = datasets.load_dataset(str(REFERENCE), view, cache_dir=str(tmp_path))
    assert set(data) == {"train", "validation", "test"}
    if view != "dpo":
        assert data["train"].num_rows >= 48 and data["validation"].num_rows >= 8 and data["test"].num_rows >= 16


def test_the_reference_data_is_what_it_promises():
    assert publish.verify(REFERENCE) == []
    assert sum(file.stat().st_size for file in (REFERENCE / "data").glob("*")) < 1 << 20


def test_reference_pairs_and_constraints_bind(tmp_path):
    rows = list(datasets.load_dataset(str(REFERENCE), "records", split="train", cache_dir=str(tmp_path)))
    assert binding.foreign_answers_fail(rows) >= 0.95
    assert binding.pair_lengths(rows)["greatest"] <= 0.15
    assert binding.pair_auc(rows) <= 0.6
    assert all(json.loads(row["checks"]) for row in rows)
    assert stable_seed("a", 1) == stable_seed("a", 1) != stable_seed("a", 2)
