"""document_grounded: what its rows promise, held against plans, the program's answers, scripted models and a built folder."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib import import_module
from random import Random

import datasets
import pyarrow.parquet as pq
import pytest
import yaml

from longctx_synth import checks, publish
from longctx_synth.builder import load_builder
from longctx_synth.checks.truth import Source, quotations
from longctx_synth.errors import Reject, SettingsError, StuckError
from longctx_synth.scenarios import home
from longctx_synth.world.countries import Home
from longctx_synth.world.dossier.model import for_split
from longctx_synth.world.dossier.task import twin
from tests import document_models, servers

SLOTS = 200


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    def builder(**settings):
        found = load_builder("document_grounded")(
            cache_dir=str(tmp_path_factory.mktemp("cache")),
            **{"answer": "program", "tokenizer": "approximate", **settings},
        )
        found.setup()
        return found

    return builder


def _plan(builder, split, number):
    for try_ in range(8):
        case = builder.case(split, number, try_)
        try:
            plan = builder.plan(case)
            return case, plan, builder.gold(case, plan)
        except Reject:
            continue
    raise AssertionError((split, number))


@pytest.fixture(scope="module")
def planned(make):
    """[(case, plan, gold)] of 80 train slots and 40 of test, at 800 tokens."""
    builder = make(n=1, tokens="800")
    return builder, [_plan(builder, split, at) for split, many in (("train", 80), ("test", 40)) for at in range(many)]


def _own(name):
    return import_module(f"longctx_synth_builders.document_grounded.{name}")


def test_shares_hold(planned):
    names = [_own("plan").task_of(number)[0] for number in range(SLOTS)]
    for many in (20, 40, 97, SLOTS):
        seen = Counter(names[:many])
        assert seen["qa"] / many == pytest.approx(0.3, abs=0.03) and seen["whole"] / many >= 0.25
        assert 0.05 <= seen["unanswerable"] / many <= 0.1
        assert all(0.04 <= seen[name] / many <= 0.12 for name in ("synthesis", "extraction", "summary", "comparison"))
    for split in ("train", "test"):
        plans = [plan for case, plan, _ in planned[1] if case.split == split]
        assert [plan.name for plan in plans] == names[: len(plans)]
        assert sum(plan.task.question.wide for plan in plans) / len(plans) >= 0.25
        assert sum(plan.task.indirect for plan in plans) / len(plans) >= 1 / 3


def test_evidence_is_spread_evenly(planned):
    base = planned[1][0][0].base
    deciles = Counter(int(10 * _own("plan").place_of(number, base)) for number in range(SLOTS))
    assert len(deciles) == 10 and max(deciles.values()) - min(deciles.values()) <= 8
    for case, plan, _ in planned[1]:
        assert plan.task.place == _own("plan").place_of(case.number, case.base)


def test_prompts_have_the_length_that_was_asked_for(planned):
    builder, found = planned
    for case, plan, _ in found:
        length = builder.tokenizer.count_prompt(plan.prompt)
        assert abs(length - case.tokens) <= max(0.02 * case.tokens, 16)


def test_the_program_answers_right(planned):
    for _, plan, gold in planned[1]:
        verdicts = checks.run_all(plan.checks, gold, plan.prompt)
        assert all(verdict.passed for verdict in verdicts), (plan.name, gold, [v.feedback for v in verdicts])
        assert not any(verdict.passed for verdict in checks.run_all(plan.checks, " ", plan.prompt))


def test_answers_over_other_documents_and_guesses_fail(planned):
    builder, found = planned
    tried = failed = 0
    for case, plan, _ in found:
        if plan.missing:
            continue
        guesses = [
            "Answer: 40 to 50",
            "The papers speak of several matters, and the answer is 12.",
            '{"V-1": {"quantity": 5}}',
        ]
        guesses.append("This cannot be determined from the papers: it is not stated there.\n\nAnswer: unknown")
        for guess in guesses:
            assert not checks.judge(plan.checks, guess, plan.prompt).passed, (plan.name, guess)
        try:
            place = Home(*home(plan.situation))
            other = builder.gold(case, plan, twin(plan.task, case.split, count=builder.tokenizer.count, home=place))
        except Reject:
            continue
        tried += 1
        failed += not checks.judge(plan.checks, other, plan.prompt).passed
    assert tried >= 60 and failed == tried


def test_evidence_stands_where_it_is_said_to_stand(planned):
    for _, plan, gold in planned[1]:
        whole = "\n\n".join(message["content"] for message in plan.prompt)
        for fact in plan.evidence:
            start, end = plan.dossier.spans[fact]
            assert plan.dossier.text[start:end] == plan.task.draft.said[fact][0]
        for spec in plan.checks:
            if spec["check"] == "evidence_cited":
                quoted = {whole[start:end] for start, end in spec["args"]["spans"]}
                assert quoted == {plan.task.draft.said[fact][0] for fact in plan.evidence}
                assert all(f'"{sentence}"' in gold for sentence in quoted)


def test_the_unanswerable_lack_one_fact_and_nothing_tells_them_apart(planned):
    builder, found = planned
    open_ = [entry for entry in found if entry[1].missing]
    assert len(open_) == 9
    for case, plan, gold in open_:
        # The same kinds of questions are asked where there is an answer.
        narrow = _own("plan").narrow
        assert plan.task.question in narrow(case.split)
        world, task = plan.task.draft.world, plan.task
        assert task.question.solve(world, task.params) is not None
        assert task.question.solve(world.without(plan.missing), task.params) is None
        assert task.draft.said[plan.missing][0] not in plan.prompt[-1]["content"]
        assert task.solved.answer.text not in gold or task.solved.answer.text in plan.instruction
        claimed = _own("answers").claimed(plan, plan.task, builder.phrasings, 1, 300)
        assert not checks.judge(plan.checks, claimed, plan.prompt).passed
        assert set(plan.wants) <= {"cite", "unsure", plan.form}
    for name in ("qa", "unanswerable"):  # the same instructions, about as often
        plans = [plan for _, plan, _ in found if plan.name == name]
        assert 0.1 < sum("unsure" in plan.wants for plan in plans) / len(plans) < 0.75


def test_schemas_are_small_valid_and_in_the_prompt(planned):
    for _, plan, gold in planned[1]:
        if plan.name == "extraction":
            schema = plan.checks[0]["args"]["schema"]
            assert (
                json.dumps(schema, ensure_ascii=False) in plan.prompt[-1]["content"] and len(json.dumps(schema)) < 900
            )
            for entry in json.loads(gold).values():
                assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", value) for key, value in entry.items() if key == "date")
                assert all(
                    isinstance(value, int | float) for key, value in entry.items() if key in ("quantity", "amount")
                )


def test_accounts_say_what_no_longer_holds_in_other_words_than_the_documents(planned):
    seen = other = told = 0
    for _, plan, gold in planned[1]:
        if plan.name == "synthesis":
            for fact in plan.task.solved.facts:
                seen += 1
                other += plan.task.draft.said[fact][0] not in gold
            told += "no longer holds" in gold
    assert other / seen > 0.8 and told >= 1


def test_splits_share_no_phrasing_and_every_list_is_long_enough():
    builder = load_builder("document_grounded")
    phrasings = yaml.safe_load((document_models.FOLDER / "phrasings.yaml").read_text("utf-8"))
    assert builder.paradigm == "document_grounded"
    for name, lines in phrasings.items():
        train, test = for_split(lines, "train"), for_split(lines, "test")
        assert not {line for line in train if line} & {line for line in test if line}, name
        assert len(lines) >= (6 if name == "system" else 9), name


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make):
    out = tmp_path_factory.mktemp("built") / "out"
    settings = {"n": 12, "test": 4, "tokens": "700", "answer": "program", "tokenizer": "approximate"}
    builder = load_builder("document_grounded")(cache_dir=str(out.parent / "c"), **settings)
    return out, settings, builder.generate(out)


def test_a_built_folder_verifies_and_pairs_teach_content(folder):
    out, _, built = folder
    assert publish.verify(out) == []
    assert built.funnel.accepted / (built.funnel.accepted + sum(built.funnel.rejected.values())) > 0.9
    rows = list(datasets.load_dataset(str(out), "records", split="train", cache_dir=str(out.parent / "d")))
    assert len(rows) == 12
    paired = [row for row in rows if row["rejected"]]
    assert len(paired) >= 6
    for row in paired:
        chosen, rejected = row["chosen"][0]["content"], row["rejected"][0]["content"]
        assert abs(len(chosen) - len(rejected)) <= 0.15 * len(chosen)
        assert not checks.judge(row["checks"], rejected, row["prompt"]).passed
    for row in rows:
        for item in row["evidence"]:
            assert row["prompt"][item["message"]]["content"][item["start"] : item["end"]] == item["text"]
        assert bool(row["answer"]) == (row["scenario"]["task"] in ("qa", "whole", "comparison"))


def test_running_again_replays(folder):
    out, settings, _ = folder
    before = {path.name: path.read_bytes() for path in sorted((out / "data").iterdir())}
    built = load_builder("document_grounded")(cache_dir=str(out.parent / "c"), **settings).generate(out)
    assert built.rows == {"train": 12, "test": 4}
    assert {path.name: path.read_bytes() for path in sorted((out / "data").iterdir())} == before


@pytest.mark.parametrize("mode", ["pieces", "whole"])
def test_a_model_writes(tmp_path, mode):
    settings = document_models.SETTINGS | {"answer": mode}
    responder = f"document_models:{'piece' if mode == 'pieces' else 'whole'}"
    with servers.process(servers.Script(responder=responder)) as server:
        builder = load_builder("document_grounded")(cache_dir=str(tmp_path / "c"), endpoint=server.url, **settings)
        built = builder.generate(tmp_path / "out")
    assert publish.verify(tmp_path / "out") == []
    rows = list(datasets.load_dataset(str(tmp_path / "out"), "records", split="train", cache_dir=str(tmp_path / "d")))
    assert len(rows) == settings["n"] == built.funnel.accepted
    assert {row["scenario"]["answer_by"] for row in rows} == {mode}
    if mode == "whole":  # every first draft was wrong, and the second was written to the feedback on it
        assert all(any(not v["passed"] for v in json.loads(row["verdicts"])) for row in rows)
        assert all(row["attempts"] >= 2 for row in rows)
        return
    for row in rows:
        own, _, due = row["scenario"]["model_stated"].partition("/")
        if row["scenario"]["task"] in ("extraction", "unanswerable"):
            assert own == due == ""
        else:
            assert 2 * len(own.split()) >= int(due) >= 1 and row["scenario"]["asked"]
            text = row["completion"][0]["content"]
            assert row["answer"] or text.count("The file has it that") == len(own.split())
        if row["answer"] and row["rejected_because"].startswith("other_document"):
            both = [row[side][0]["content"].replace("Answer: ", "") for side in ("chosen", "rejected")]
            plain = [re.sub(r'"[^"]*"', "", text) for text in both]  # what the documents say is theirs
            assert (": " in plain[0]) == (": " in plain[1]), both  # sentences in both, or in neither


def test_an_answer_that_the_model_did_not_word_is_no_row(tmp_path):
    with servers.process(servers.Script(responder="document_models:mute")) as server:
        builder = load_builder("document_grounded")(
            cache_dir=str(tmp_path / "c"),
            endpoint=server.url,
            **{**document_models.SETTINGS, "n": 1},
            answer="pieces",
            tries_per_slot=2,
        )
        with pytest.raises(StuckError, match="too few sentences state their finding"):
            builder.generate(tmp_path / "out")


def test_the_users_text_takes_facts_and_questions(tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    rng = Random(3)
    for index in range(3):
        (texts / f"{index}.txt").write_text("\n\n".join(document_models.paragraph(rng) for _ in range(60)), "utf-8")
    settings = {"n": 4, "tokens": "900", "tokenizer": "approximate", "documents": str(texts)}
    program = load_builder("document_grounded")(cache_dir=str(tmp_path / "c"), answer="program", **settings)
    program.generate(tmp_path / "program")
    assert publish.verify(tmp_path / "program") == []
    with servers.process(servers.Script(responder="document_models:own")) as server:
        builder = load_builder("document_grounded")(cache_dir=str(tmp_path / "c"), endpoint=server.url, **settings)
        builder.generate(tmp_path / "model")
    assert publish.verify(tmp_path / "model") == []
    rows = list(datasets.load_dataset(str(tmp_path / "model"), "records", split="train", cache_dir=str(tmp_path / "d")))
    assert Counter(row["scenario"]["source"] for row in rows) == {"own_text": 2, "set_into": 2}
    for row in rows:
        for item in row["evidence"]:
            assert row["prompt"][item["message"]]["content"][item["start"] : item["end"]] == item["text"]


def test_bad_input_gets_one_clear_sentence(tmp_path, make):
    with pytest.raises(SettingsError, match="--language de: document_grounded"):
        make(n=1, language="de")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "empty"))):
        make(n=1, tokens="900", documents=str(tmp_path / "empty"))


def test_a_model_words_the_documents(tmp_path):
    with servers.process(servers.Script(responder="reasoning_responders:retell")) as server:
        builder = load_builder("document_grounded")(
            cache_dir=str(tmp_path / "c"),
            n=3,
            tokens="900",
            tokenizer="approximate",
            answer="program",
            writer="model",
            endpoint=server.url,
        )
        builder.generate(tmp_path / "out")
    assert publish.verify(tmp_path / "out") == []
    rows = [row for file in (tmp_path / "out" / "data").glob("*.parquet") for row in pq.read_table(file).to_pylist()]
    assert len(rows) == 3
    for row in rows:
        own, _, facts = row["scenario"]["model_worded"].partition("/")
        assert int(own) > 0.8 * int(facts)
        assert "The file has it that" in row["prompt"][-1]["content"]


def test_every_abstention_names_a_fact_that_is_not_told(make):
    builder = make(n=1, tokens="1100")
    gaps, wanted = _own("gaps"), ("qa", "unanswerable")
    seen = Counter()
    for split, many in (("train", 220), ("test", 160)):
        for number in range(many):
            if _own("plan").task_of(number)[0] != wanted[1]:
                continue
            _, plan, gold = _plan(builder, split, number)
            world, left_out = plan.task.draft.world, plan.task.draft.world.by_id[plan.missing]
            lacking = gaps.lacking(plan.task, plan.missing)
            assert lacking and lacking in gold
            # The phrase says what is looked for, and nothing that is told says the same; nor does it give away what is left out.
            phrases = gaps.PHRASES[world.kind.name, left_out.type]
            slots = next(p for p in map(_slots, phrases) if all(left_out.text(slot) in lacking for slot in p))
            told = [world.by_id[fact] for fact in plan.dossier.spans]
            assert plan.missing not in plan.dossier.spans
            assert not any(
                fact.type == left_out.type and all(fact.text(slot) == left_out.text(slot) for slot in slots)
                for fact in told
            )
            assert plan.task.solved.answer.text not in lacking
            seen[world.kind.name] += 1
    assert len(seen) >= 6 and sum(seen.values()) >= 24


def _slots(phrase):
    return re.findall(r"{(\w+)}", phrase)


def test_a_summary_gives_all_that_is_recorded_under_the_codes_it_promises(planned):
    seen = 0
    for _, plan, gold in planned[1]:
        if plan.name != "summary":
            continue
        world, params = plan.task.draft.world, plan.task.params
        for code in params["must"]:
            naming = [fact for fact in world.facts if code in {value.text for value in fact.values.values()}]
            assert any(params["subject"] in {value.text for value in fact.values.values()} for fact in naming)
            assert {fact.id for fact in naming} <= set(plan.task.solved.facts)
            for fact in naming:
                seen += 1
                assert all(value.text in gold for value in fact.values.values()), (code, gold)
    assert seen >= 15


def test_what_was_set_anew_ends_all_that_stood_before_it_and_a_raise_ends_nothing(make):
    builder, over = make(n=1, tokens="1800"), 0
    for number in range(60):
        _, plan, _ = _plan(builder, "train", number)
        world = plan.task.draft.world
        if world.kind.name != "contract":
            continue
        void = {fact.text("amendment") for fact in world.of("void")}
        ended = _own("tasks").overriders(world)
        for kind in ("fee", "period", "limit"):
            for anew in world.of(f"{kind}_set"):
                like = [
                    fact
                    for end in ("first", "up", "down", "set")
                    for fact in world.where(f"{kind}_{end}", "contract", anew.text("contract"))
                ]
                for old in like:
                    before = old.type.endswith("_first") or old.number("date") < anew.number("date")
                    if old.text("term") == anew.text("term") and before and anew.text("amendment") not in void:
                        over += 1
                        assert old.id in ended, (old, anew)
        for news in ended.values():
            assert not any(new.type.endswith(("_up", "_down")) for new in news)
    assert over >= 10


def test_the_answer_stands_where_the_prompt_wants_it(planned):
    for _, plan, gold in planned[1]:
        if not (plan.short or plan.missing):
            continue
        first, last = gold.split("\n")[0], gold.split("\n")[-1]
        if plan.form == "line_first":
            assert first.startswith("Answer: ")
        elif plan.form == "line_last":
            assert last.startswith("Answer: ") and "**" not in last
        elif plan.form == "sentence_last":
            assert last.startswith("The answer is ")


def test_most_wrong_answers_quote_these_documents(make):
    builder = make(n=1, tokens="1100")
    own = quoting = pairs = 0
    for number in range(60):
        case, plan, gold = _plan(builder, "train", number)
        written = import_module("longctx_synth_builders.document_grounded.builder").Written(gold)
        rejected, because = builder._rejected(case, plan, written)
        pairs += bool(rejected)
        quotes = [quote for quote in quotations(rejected) if len(quote.split()) >= 4]
        if quotes and rejected:
            source = Source(plan.prompt[-1]["content"])
            quoting += 1
            own += all(source.find(quote) for quote in quotes)
            assert because.split(":")[0] in ("overlooked", "neighbour", "intruder", "other_document")
    assert pairs >= 45 and quoting >= 12 and own >= 0.75 * quoting
