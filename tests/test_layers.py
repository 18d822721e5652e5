"""Constraint layers: each adds prose and a check, binds where it says so, and never contradicts the document or another layer."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from longctx_synth import checks
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject
from longctx_synth.layers import phrasings
from longctx_synth.layers.generators import BOUND, GENERATORS


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """[(case, plan, gold)] of 90 slots a split with three layers each, where the document allows them."""
    builder = load_builder("verifiable_if")(
        cache_dir=str(tmp_path_factory.mktemp("cache")),
        answer="program",
        layers="3",
        fields="5",
        tokens="loguniform:900-2500",
    )
    builder.setup()
    found = []
    for split in ("train", "validation", "test"):
        for number in range(90):
            case = builder.case(split, number, 0)
            try:
                plan = builder.plan(case)
                found.append((case, plan, builder.gold(case, plan)))
            except Reject:
                continue
    assert len(found) >= 240
    return builder, found


def with_layer(planned, name):
    found = [
        (case, plan, gold, layer) for case, plan, gold in planned[1] for layer in plan.layers if layer.name == name
    ]
    assert len(found) >= 10, name
    return found


def test_every_generator_is_used_and_no_layer_comes_twice(planned):
    counts = Counter(layer.name for _, plan, _ in planned[1] for layer in plan.layers)
    assert set(counts) == set(GENERATORS)
    for _, plan, _ in planned[1]:
        names = [layer.name for layer in plan.layers]
        assert len(names) == len(set(names)) <= 3
    bound = sum(counts[name] for name in BOUND)
    assert bound / counts.total() > 0.4


def test_every_layer_stands_in_the_instruction_and_in_the_checks(planned):
    for _, plan, gold in planned[1]:
        for layer in plan.layers:
            assert layer.prose in plan.instruction and layer.prose in plan.prompt[-1]["content"]
            assert layer.due or layer.asked or layer.specs or layer.order
        assert checks.judge(plan.checks, gold.text, plan.prompt).passed


@pytest.mark.parametrize("name", ["regulation", "deadline", "budget", "stakeholders", "exception"])
def test_an_answer_without_what_the_layer_wants_fails(planned, name):
    for _, plan, gold, layer in with_layer(planned, name):
        text = gold.text
        for item in layer.due:
            for form in sorted(item.forms, key=len, reverse=True):
                text = re.sub(re.escape(form), "it", text, flags=re.IGNORECASE)
        assert not checks.judge(plan.checks, text, plan.prompt).passed


def test_a_missing_item_is_truly_missing_and_has_to_be_named_so(planned):
    for _, plan, _, layer in with_layer(planned, "missing"):
        assert layer.asked.ask not in {fact.ask for fact in plan.document.facts}
        assert layer.asked.ask in plan.instruction
        others = [item.statements[0] for item in plan.said if item is not plan.missing]
        truth = checks.run_all(plan.truth, " ".join(others), plan.prompt)
        assert any(not verdict.passed for verdict in truth)


def test_a_contradicting_note_is_wrong_and_may_not_be_repeated(planned):
    for _, plan, gold, layer in with_layer(planned, "contradiction"):
        wrong = layer.specs[0]["args"]["words"][0]
        assert wrong in plan.document.text  # a value of another subject: no stranger that stands out
        assert not any(wrong in form for item in plan.due for form in item.forms)
        assert not checks.judge(plan.checks, f"{gold.text}\n\nOr it was {wrong}.", plan.prompt).passed


def test_an_exception_turns_on_the_documents_figure(planned):
    rights = Counter()
    for _, plan, gold, layer in with_layer(planned, "exception"):
        right, wrong = layer.due[0].statements[0], layer.specs[0]["args"]["words"][0]
        assert right.rstrip(".") != wrong and f'"{right}"' in layer.prose
        rights[layer.prose.index(right) < layer.prose.index(wrong)] += 1
        assert not checks.judge(plan.checks, f"{gold.text}\n\n{wrong}.", plan.prompt).passed
    assert min(rights.values()) >= 0.25 * rights.total()  # neither place in the sentence gives it away


def test_a_dependency_asks_for_another_order_than_the_list_has(planned):
    for _, plan, _, layer in with_layer(planned, "dependency"):
        early, late = (next(item for item in plan.due if item.id == name) for name in layer.order)
        assert plan.instruction.index(late.ask) < plan.instruction.index(early.ask) or late.ask in early.ask
        spec = next(spec for spec in plan.truth if spec["check"] == "ordered_items")
        assert checks.run(spec, f"{early.value}. {late.value}.", "").passed
        assert not checks.run(spec, f"{late.value}. {early.value}.", "").passed


def test_no_two_deadlines_and_no_second_value_for_what_the_document_states(planned):
    for _, plan, _, layer in with_layer(planned, "deadline"):
        assert layer.due[0].value not in plan.document.text
    for _, plan, _, _ in with_layer(planned, "budget"):
        assert "follow-up work" not in plan.document.text


def test_splits_share_no_wording_of_layers():
    for name, by_split in phrasings().items():
        lines = [line for split in by_split.values() for line in split]
        assert len(lines) == len(set(lines)), name
        assert len(by_split["train"]) >= (6 if name in ("wishes", "referrals") else 8) and len(by_split["test"]) >= 2


def test_the_row_says_which_layers_it_has(tmp_path):
    import datasets

    builder = load_builder("verifiable_if")(
        cache_dir=str(tmp_path / "c"), answer="program", layers="2", n=8, tokens="1200", concurrency=2
    )
    builder.generate(tmp_path / "out")
    rows = datasets.load_dataset(
        str(tmp_path / "out"), "records", split="train", cache_dir=str(tmp_path / "d")
    ).to_list()
    named = [row["scenario"]["layers"].split(",") for row in rows]
    assert all(set(names) <= {"", *GENERATORS} for names in named)
    assert sum(len(names) for names in named) >= 12
    for row in rows:
        present = {spec["check"] for spec in json.loads(row["checks"])}
        assert "contradiction" not in row["scenario"]["layers"] or "forbids" in present
