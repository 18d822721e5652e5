"""Conversations: what is needed stands where it should, answers follow from the text alone, nothing ever raises."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longctx_synth import checks
from longctx_synth.errors import Reject
from longctx_synth.review.dialogue import says_change
from longctx_synth.tokens import load
from longctx_synth.world.names import split_of
from longctx_synth.world.talk.matters import load as load_matters
from longctx_synth.world.talk.probes import KINDS
from longctx_synth.world.talk.script import turns_for
from longctx_synth.world.talk.talk import History, Slot, Talk, converse, history
from tests import talk_reading as reading

TOKENIZER = load("approximate")


@lru_cache(maxsize=64)
def talk(seed: int, tokens: int = 2048, split: str = "train", rows: int = 3) -> Talk:
    slots = [(seed * rows + place, tokens) for place in range(rows)]
    for try_ in range(4):  # as the engine does with a slot
        try:
            return converse(seed + 1000 * try_, 11, split, slots, tokenizer=TOKENIZER, turns=turns_for)
        except Reject:
            continue
    raise AssertionError("rejected four times")


def rows(seeds: range, tokens: int = 2048, split: str = "train") -> list[tuple[Talk, Slot, History]]:
    found = []
    for seed in seeds:
        one = talk(seed, tokens, split)
        found += [(one, slot, history(one, place, TOKENIZER)) for place, slot in enumerate(one.slots)]
    return found


SAMPLE = [("train", range(24)), ("test", range(100, 124))]


@pytest.mark.parametrize(("split", "seeds"), SAMPLE)
def test_a_reader_of_the_text_alone_gives_the_same_answers(split: str, seeds: range):
    solved: Counter[str] = Counter()
    for one, slot, past in rows(seeds, split=split):
        probe = slot.probe
        reader = reading.Reader(past.prompt[:-1], one.matter.key)
        question = past.prompt[-1]["content"]
        assert question == probe.asked
        where = f"{split} {probe.kind}: {question}"
        if probe.kind in ("inference", "instruction"):
            found = reader.arithmetic(question)
            assert found is not None, where
            assert reading.number(probe.answer.text) == pytest.approx(found[1], abs=0.011), where
        if probe.kind == "instruction":
            trigger = re.match(r"(For the \w+): ", question)[1]
            form, phrase = reader.rules[trigger[0].lower() + trigger[1:]]
            spec = probe.checks[-1]
            names = {
                "starts": "starts_with",
                "ends": "ends_with",
                "sentences": "sentence_count",
                "capitals": "all_capitals",
            }
            assert spec["check"] == names[form], where
            assert spec["args"].get("phrase", "") == phrase, where
        elif probe.kind == "update":
            assert reader.update(question) == probe.answer.text, where
        elif probe.kind == "never_said":
            assert reader.update(question) == "", where
        elif probe.kind == "suggestion":
            value = reader.shifted(question)
            assert value is not None, where
            if isinstance(value, float):
                assert reading.number(probe.answer.text) == pytest.approx(value, abs=0.011), where
            else:
                assert reading.day(probe.answer.text) == value, where
        elif probe.kind in ("order", "sharded"):
            assert reader.choice(question) == probe.answer.text, where
        elif probe.kind == "version":
            number, name = re.search(r"[Vv]ersion (\d+) of the (\w+)", question).groups()
            assert reader.versions[name, int(number)] == probe.right[0], where
            assert max(found for text, found in reader.versions if text == name) > int(number), where
        elif probe.kind == "coherence":
            claims = [value for value in reader.worked if value == claimed(probe.asked)]
            assert bool(claims) == (probe.answer.text == "yes"), where
        solved[probe.kind] += 1
    assert set(solved) == set(KINDS)


def claimed(question: str) -> str:
    for line in reading.language()[1]["coherence_ask"]:
        match = re.fullmatch(reading.pattern(line).pattern, question)
        if match:
            return match["claim"]
    raise AssertionError(question)


@pytest.mark.parametrize(("split", "seeds"), SAMPLE)
def test_right_answers_pass_and_those_of_who_forgot_fail(split: str, seeds: range):
    for _, slot, past in rows(seeds, split=split):
        probe = slot.probe
        assert any(checks.judge(probe.checks, text, past.prompt).passed for text in probe.right), probe
        assert probe.wrong
        for text, _ in probe.wrong:
            assert not checks.judge(probe.checks, text, past.prompt).passed, (probe.kind, text, probe.checks)


@pytest.mark.parametrize("tokens", [512, 2048, 8192])
def test_lengths_roles_and_evidence(tokens: int):
    for seed in range(6):
        one = talk(seed, tokens, "train", 1 if tokens < 2048 else 3)
        for place, slot in enumerate(one.slots):
            past = history(one, place, TOKENIZER)
            assert abs(TOKENIZER.count_prompt(past.prompt) - tokens) <= max(0.02 * tokens, 16)
            roles = [message["role"] for message in past.prompt if message["role"] != "system"]
            assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
            assert all(message["content"].strip() for message in past.prompt)
            assert past.evidence
            texts = [past.prompt[message]["content"][start:end] for message, start, end in past.evidence]
            assert all(texts)
            assert 0 < past.distance <= 1
            if slot.probe.kind == "update":
                assert any(slot.probe.answer.text in text for text in texts)


def test_rows_of_a_conversation_share_its_turns_and_ask_for_different_things():
    for seed in range(8):
        one = talk(seed)
        pasts = [history(one, place, TOKENIZER) for place in range(3)]
        shared = [[turn.text for turn in past.turns[:-2]] for past in pasts]
        length = min(map(len, shared))
        # Remarks may be left out anywhere to meet a length; what is said stays.
        assert all(len(turns) >= length > 0 for turns in shared)
        assert shared[0][0] == shared[1][0] == shared[2][0]
        assert len({past.prompt[-1]["content"] for past in pasts}) == 3


def test_how_far_back_the_needed_act_lies_is_even_and_so_are_the_kinds():
    pasts = rows(range(200, 260))
    fifths = Counter(min(int(5 * past.distance), 4) for _, _, past in pasts)
    assert all(0.12 < fifths[fifth] / len(pasts) < 0.28 for fifth in range(5)), fifths
    kinds = Counter(slot.probe.kind for _, slot, _ in pasts)
    assert set(kinds) == set(KINDS)
    assert max(kinds.values()) - min(kinds.values()) <= 8, kinds


def test_what_is_asked_about_is_of_the_sorts_that_are_told():
    """Days, conditions and drafts were known for evidence: two to eight times as frequent there as in the rest."""
    shares: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    drafts: set[tuple[str, bool]] = set()
    for seed in range(200):
        one = talk(seed, 3000, rows=1)
        needed = {id(act) for act in one.slots[0].probe.needed}
        for act in (act for exchange in one.exchanges[: one.slots[0].exchanges] for act in exchange.acts):
            if act.kind != "chat":
                sort = act.said.attribute.type if act.said is not None else act.kind
                shares[id(act) in needed][sort] += 1
            if act.kind == "version":
                drafts.add((act.params["name"], one.slots[0].probe.kind == "version"))
    for sort in ("day", "amount", "count", "limit", "rule", "version", "work"):
        evidence, rest = (shares[side][sort] / shares[side].total() for side in (True, False))
        assert 0.4 < evidence / rest < (1.6 if sort == "day" else 2.2), (sort, evidence, rest)
    assert {name for name, asked in drafts if not asked} == set(reading.language()[1]["texts"])


def test_lengths_of_one_mix_share_a_conversation():
    one = converse(3, 5, "train", [(0, 2048), (1, 4096), (2, 8192)], tokenizer=TOKENIZER, turns=turns_for)
    pasts = [history(one, place, TOKENIZER) for place in range(3)]
    counts = [TOKENIZER.count_prompt(past.prompt) for past in pasts]
    assert all(abs(count - wanted) <= 0.02 * wanted for count, wanted in zip(counts, (2048, 4096, 8192), strict=True))
    assert pasts[0].turns[0].text == pasts[2].turns[0].text


def test_names_of_a_split_are_its_own_and_held_out_matters_are_the_tests():
    for split, seeds in SAMPLE:
        for one, _, _ in rows(seeds, split=split):
            assert split == "test" or not one.matter.held_out
            for surname in one.cast.stage.pool.entities:
                last = surname.split()[-1] if len(surname.split()) == 2 else ""
                if last in one.cast.stage.pool.surnames:
                    assert split_of(last) == split
    assert any(one.matter.held_out for one, _, _ in rows(SAMPLE[1][1], split="test"))


def test_the_same_seed_is_the_same_conversation():
    one = converse(9, 2, "train", [(0, 1024)], tokenizer=TOKENIZER, turns=turns_for)
    other = converse(9, 2, "train", [(0, 1024)], tokenizer=TOKENIZER, turns=turns_for)
    assert history(one, 0, TOKENIZER).prompt == history(other, 0, TOKENIZER).prompt


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 2**40), st.integers(0, 500), st.integers(300, 5000), st.sampled_from(["train", "validation", "test"]),
    st.integers(4, 60),
)  # fmt: skip
def test_nothing_raises_but_reject(seed: int, number: int, tokens: int, split: str, turns: int):
    try:
        one = converse(seed, 7, split, [(number, tokens)], tokenizer=TOKENIZER, turns=lambda *_: turns)
    except Reject:
        return
    past = history(one, 0, TOKENIZER)
    probe = one.slots[0].probe
    assert any(checks.judge(probe.checks, text, past.prompt).passed for text in probe.right)
    assert abs(TOKENIZER.count_prompt(past.prompt) - tokens) <= max(0.02 * tokens, 16)
    assert len(past.turns) + 2 == max(2 * (turns // 2), 4)


# The language that it is made of.


def test_lists_give_every_split_something_and_slots_are_the_known_ones():
    for matter in load_matters().values():
        for lines in (matter.roles, matter.opening, matter.notice):
            assert len(lines) >= 3
        for text in matter.notice:
            assert sorted(re.findall(r"{(\w+)}", text)) == ["amount", "day", "person", "place"]
        for topic in matter.topics:
            assert len(topic.advice) >= 9 and len(topic.worries) >= 3 and len(topic.questions) >= 3
            assert topic.of_type("amount") and topic.of_type("day")
            assert [a for a in topic.attributes if a.which]
            if isinstance(topic.naming, tuple):
                assert len(set(topic.naming)) == len(topic.naming) >= 40
            for attribute in topic.attributes:
                for line in (*attribute.tell, *attribute.update):
                    assert sorted(re.findall(r"{(\w+)}", line)) == ["thing", "value"], line
                for line in attribute.ask:
                    assert re.findall(r"{(\w+)}", line) == ["thing"], line
                for line in attribute.which:
                    assert re.findall(r"{(\w+)}", line) == ["value"], line
                lines = (*attribute.tell, *attribute.update, *attribute.ask, *attribute.which)
                assert not any(char.isdigit() for line in lines for char in line)


def test_every_change_says_that_it_is_one():
    for matter in load_matters().values():
        for topic in matter.topics:
            for attribute in topic.attributes:
                assert all(says_change(line) for line in attribute.update), attribute.update
                assert not any(says_change(line) for line in attribute.tell), attribute.tell


def test_no_sentence_can_be_read_as_another_attribute():
    for matter in load_matters().values():
        for topic in matter.topics:
            for attribute in topic.attributes:
                value = {
                    "amount": "€4,310",
                    "count": "23",
                    "day": "3 May 2021",
                    "person": "Ines Ford",
                    "code": "XX-4417",
                }
                for line in (*attribute.tell, *attribute.update):
                    text = line.format(thing="Harrovan Pumps", value=value[attribute.type])
                    for other in topic.attributes:
                        if other.key != attribute.key and other.type == attribute.type:
                            options = [
                                (other.noun, reading.pattern(own, other.type)) for own in (*other.tell, *other.update)
                            ]
                            found = reading.best(text, options)
                            assert found is None or found[1]["thing"] != "Harrovan Pumps", (text, other.noun)
