"""long_reasoning: what its rows promise, held against plans and scripted models."""

from __future__ import annotations

import json
from collections import Counter

import pyarrow.parquet as pq
import pytest

from longctx_synth import checks, publish, rewards
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.world.dossier import trace
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import for_split
from longctx_synth.world.dossier.task import twin
from tests import servers
from tests.reasoning_responders import SETTINGS


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    def builder(**settings):
        given = {"trace": "program", "tokenizer": "approximate", **settings}
        found = load_builder("long_reasoning")(cache_dir=str(tmp_path_factory.mktemp("cache")), **given)
        found.setup()
        return found

    return builder


def plans(builder, split, count):
    for number in range(count):
        for try_ in range(4):
            case = builder.case(split, number, try_)
            try:
                yield case, builder.plan(case)
                break
            except Reject:
                continue


@pytest.fixture(scope="module")
def planned(make):
    builder = make(n=1, tokens="loguniform:512-3000")
    return builder, {split: list(plans(builder, split, 48)) for split in ("train", "validation", "test")}


def rows_of(folder):
    return [row for file in sorted((folder / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_every_slot_is_filled_at_its_length(planned):
    builder, found = planned
    for split, pairs in found.items():
        assert len(pairs) >= 46, split
        for case, plan in pairs:
            assert abs(builder.tokenizer.count_prompt(plan.prompt) - case.tokens) <= max(0.02 * case.tokens, 16)


def test_gold_passes_and_what_is_not_from_the_document_fails(planned):
    builder, found = planned
    for case, plan in [pair for pairs in found.values() for pair in pairs]:
        gold = builder.gold(case, plan)
        assert checks.judge(plan.checks, gold, plan.prompt).passed
        assert not checks.judge(plan.checks, f"Answer: {plan.task.solved.answer.text}X", plan.prompt).passed
        try:
            other = twin(plan.task, case.split, count=builder.tokenizer.count, home=builder._home(case))
        except Reject:
            continue
        assert not checks.judge(plan.checks, builder.gold(case, plan, other), plan.prompt).passed


def test_a_right_answer_without_its_steps_fails(planned):
    for _, plan in planned[1]["train"]:
        verdict = checks.judge(plan.checks, f"Answer: {plan.task.solved.answer.text}", plan.prompt)
        assert verdict.passed == (plan.task.steps == 1 and plan.form != "quoted")


def test_evidence_stands_where_the_row_says(planned):
    for _, plan in [pair for pairs in planned[1].values() for pair in pairs]:
        text = plan.prompt[-1]["content"]
        for fact in plan.task.solved.facts:
            start, end = plan.dossier.spans[fact]
            assert text[start + plan.offset : end + plan.offset] == plan.task.draft.said[fact][0]


def test_evidence_is_spread_evenly_over_the_context(make):
    builder = make(n=1, tokens="3000")  # below, a title takes a good part of the first tenth
    deciles: Counter[int] = Counter()
    for _, plan in plans(builder, "train", 120):
        for fact in plan.task.solved.facts:
            deciles[int(10 * plan.dossier.spans[fact][0] / len(plan.dossier.text))] += 1
    total = sum(deciles.values())
    assert all(0.08 <= deciles[decile] / total <= 0.12 for decile in range(10)), deciles


def test_kinds_and_steps_of_the_splits(planned):
    _, found = planned
    held_out = {name for name, kind in KINDS.items() if kind.held_out}
    worlds = {split: {plan.task.world for _, plan in pairs} for split, pairs in found.items()}
    assert not worlds["train"] & held_out and not worlds["validation"] & held_out
    assert held_out <= worlds["test"]
    assert max(plan.task.steps for _, plan in found["train"] if not plan.task.question.wide) <= 4
    assert max(plan.task.steps for _, plan in found["test"]) >= 5


def test_wordings_are_disjoint_in_train_and_test(make):
    builder = make(n=1)
    for lines in builder.phrasings.values():
        train, test = for_split(lines, "train"), for_split(lines, "test")
        assert train and test and not (set(train) & set(test) - {""})
    for kind in KINDS.values():
        for lines in [*kind.types.values(), *(question.asks for question in kind.questions)]:
            assert len(lines) >= 9 and not set(for_split(lines, "train")) & set(for_split(lines, "test"))


def test_every_form_of_trace_is_verified_by_one_check(planned):
    builder, found = planned
    assert len(trace.FORMS) >= 5
    for case, plan in found["train"]:
        if len(plan.task.solved.facts) > 9:
            continue
        texts = set()
        for form in trace.FORMS:
            plan_form, plan.form = plan.form, form
            specs = builder._checks(plan)
            text = builder.gold(case, plan)
            plan.form = plan_form
            assert checks.judge(specs, text, plan.prompt).passed, (form, text)
            texts.add(text)
        assert len(texts) == len(trace.FORMS)


def test_rewards_pay_a_row(planned):
    builder, found = planned
    case, plan = next((case, plan) for case, plan in found["train"] if plan.form == "quoted")
    gold = builder.gold(case, plan)
    wrong = gold.replace(plan.task.solved.answer.text, "999999")
    columns = {"checks": [json.dumps(plan.checks)] * 2}
    for reward in (rewards.answer_exact, rewards.grounded, rewards.steps_in_order):
        right, bad = reward([plan.prompt] * 2, [gold, wrong], **columns)
        assert right == 1.0 and bad < 0.2


def test_a_built_folder_verifies_and_a_restart_asks_nothing(tmp_path):
    with servers.process(servers.Script(responder="reasoning_responders:step")) as server:
        settings = {**SETTINGS, "trace": "hybrid", "endpoint": server.url}
        for n in (3, 6):
            builder = load_builder("long_reasoning")(cache_dir=str(tmp_path / "c"), **{**settings, "n": n})
            builder.generate(tmp_path / "out")
        assert server.stats()["answered_again"] == 0
    assert publish.verify(tmp_path / "out") == []
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 6 and {row["scenario"]["trace_by"] for row in rows} == {"hybrid"}
    assert all(row["answer"] and row["evidence"] for row in rows)
    for row in rows:
        scenario = row["scenario"]
        own, _, steps = scenario["model_stated"].partition("/")
        assert (own == "") == (scenario["form"] == "quoted")
        assert not own or 2 * len(own.split()) >= int(steps) == int(scenario["steps"])


def test_a_model_writes_traces_and_is_told_what_was_wrong(tmp_path):
    with servers.process(servers.Script(responder="reasoning_responders:trace")) as server:
        builder = load_builder("long_reasoning")(
            cache_dir=str(tmp_path / "c"), **SETTINGS, trace="model", endpoint=server.url
        )
        builder.generate(tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 6 and publish.verify(tmp_path / "out") == []
    assert all(row["attempts"] >= 2 for row in rows)  # each first draft was wrong; its feedback mended it
    assert any(row["rejected_because"].startswith("failed_attempt") for row in rows)


@pytest.mark.parametrize(("responder", "worded"), [("retell", True), ("invent", False), ("swap", False)])
def test_a_model_words_the_documents_only_where_it_tells_the_facts(tmp_path, responder, worded):
    with servers.process(servers.Script(responder=f"reasoning_responders:{responder}")) as server:
        builder = load_builder("long_reasoning")(
            cache_dir=str(tmp_path / "c"), **{**SETTINGS, "n": 2}, trace="program", writer="model", endpoint=server.url
        )
        builder.generate(tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 2 and publish.verify(tmp_path / "out") == []
    for row in rows:
        own, _, facts = row["scenario"]["model_worded"].partition("/")
        assert (int(own) > 0.8 * int(facts)) if worded else own == "0"
        assert ("The file has it that" in row["prompt"][-1]["content"]) == worded
        assert "Bertha" not in row["prompt"][-1]["content"]


@pytest.mark.parametrize(
    ("settings", "word"), [({"documents": "x.txt"}, "document_grounded"), ({"language": "de"}, "English")]
)
def test_what_it_cannot_do_it_says(make, settings, word):
    with pytest.raises(SettingsError, match=word):
        make(n=1, **settings)


def test_without_a_model_no_endpoint_is_asked(make):
    assert not make(n=1, trace="auto", answer="program").needs_endpoint()
    assert not make(n=1).needs_endpoint()
    assert make(n=1, writer="model").needs_endpoint()
