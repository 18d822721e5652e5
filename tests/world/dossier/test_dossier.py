"""What holds for every kind of world: lengths, spans, places of evidence, twins, splits, and what a foreign text is."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longctx_synth.checks import text as t
from longctx_synth.errors import Reject
from longctx_synth.tokens import load
from longctx_synth.world import prose
from longctx_synth.world.dossier import reading, writer
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import Fact, for_split
from longctx_synth.world.names import split_of

SPLITS = ("train", "validation", "test")
EVERY = sorted(KINDS)
count = load("approximate").count


@lru_cache(maxsize=400)
def drafted(kind: str, seed: str, split: str, tokens: int) -> writer.Draft:
    return writer.draft(kind, seed, split, tokens=tokens, count=count)


drafts = st.tuples(
    st.sampled_from(EVERY),
    st.integers(0, 10**6).map(str),
    st.sampled_from(SPLITS),
    st.sampled_from((700, 1024, 2000, 3500)),
)


def composed(draft: writer.Draft, tokens: int, **how: object) -> writer.Dossier:
    """The best of four: what an attempt missed the length by goes into the next."""
    tried = []
    for _ in range(4):
        tried.append(writer.compose(draft, tokens=tokens, count=count, **how))  # type: ignore[arg-type]
        missed = tokens - count(tried[-1].text)
        if abs(missed) <= max(0.01 * tokens, 8):
            break
        how["more"] = int(how.get("more", 0)) + missed  # type: ignore[call-overload]
    return min(tried, key=lambda made: abs(count(made.text) - tokens))


@settings(max_examples=60, deadline=None)
@given(drafts, st.data())
def test_a_dossier_knows_its_own_text(what: tuple[str, str, str, int], data: st.DataObject) -> None:
    kind, seed, split, tokens = what
    try:
        draft = drafted(kind, seed, split, tokens)
    except Reject:
        return  # too small a page for this kind; how often that happens is another test's
    rng = Random(seed)
    evidence = [fact.id for fact in rng.sample(draft.world.facts, min(4, len(draft.world.facts)))]
    left_out = data.draw(st.sampled_from(["", evidence[0]]))
    made = composed(draft, tokens, seed=seed, evidence=evidence, place=rng.random(), leave_out=left_out)
    # Length
    assert abs(count(made.text) - tokens) <= max(0.02 * tokens, 16)
    # Every sentence and every value stands where it is said to stand, and a fact left out nowhere.
    assert set(made.spans) == set(draft.world.by_id) - {left_out}
    for fact in draft.world.facts:
        if fact.id == left_out:
            assert draft.said[fact.id][0] not in made.text
            continue
        start, end = made.spans[fact.id]
        assert made.text[start:end] == draft.said[fact.id][0]
        for slot, value in fact.values.items():
            first, last = made.slots[fact.id, slot]
            assert start <= first < last <= end
            assert made.text[first:last] in (value.text, prose.capitalised(value.text))
    assert set(made.slots) == {(f.id, slot) for f in draft.world.facts if f.id != left_out for slot in f.values}
    # Sentences follow one another and do not overlap; documents cover the text.
    assert all(one[1] < two[0] for one, two in zip(made.sentences, made.sentences[1:], strict=False))
    assert set(made.spans.values()) <= set(made.sentences)
    assert made.passages[0].start == 0 and made.passages[-1].end == len(made.text)
    for index, (one, two) in enumerate(zip(made.passages, made.passages[1:], strict=False)):
        assert one.start < one.end < two.start and made.passage_of(one.start) == index
    for passage in made.passages:
        head = made.text[passage.start : passage.start + 400]
        assert passage.title in head and passage.date in head
    assert "\n\n\n" not in made.text and "  " not in made.text
    assert not re.search(r"[{\[$][a-z_]+[}\]]| [.,;]|[{}|~]", made.text)
    assert all(name in made.text for name in made.entities)


@settings(max_examples=40, deadline=None)
@given(drafts)
def test_the_text_reads_back_to_the_facts_and_to_nothing_else(what: tuple[str, str, str, int]) -> None:
    kind, seed, split, tokens = what
    try:
        draft = drafted(kind, seed, split, tokens)
    except Reject:
        return
    made = writer.compose(draft, seed=seed, tokens=tokens, count=count)

    def key(type_: str, values: dict[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
        return type_, tuple(sorted((slot, value.casefold()) for slot, value in values.items()))

    told = Counter(
        key(type_, values) for type_, values in reading.parse(kind, [made.text[a:b] for a, b in made.sentences])
    )
    meant = Counter(
        key(fact.type, {slot: value.text for slot, value in fact.values.items()}) for fact in draft.world.facts
    )
    assert told == meant
    for start, end in made.sentences:
        assert len(reading.parse_sentence(kind, made.text[start:end])) <= 1


@pytest.mark.parametrize("kind", EVERY)
def test_remarks_hold_no_figure_and_a_kind_is_complete(kind: str) -> None:
    it = KINDS[kind]
    assert it.name == kind and len(it.colour) >= 12 and len(it.short) >= 8
    assert len(it.openings) >= 6 and len(it.titles) >= 8 and len(it.headings) >= 8
    for line in (*it.colour, *it.short, *it.openings, *it.headings, *it.titles):
        assert not re.search(r"\d", line), line
    for line in (*it.colour, *it.short, *it.openings):
        assert line.rstrip("]").endswith(".") and "\n" not in line
    for templates in it.types.values():
        assert len(templates) >= 9 and len(set(templates)) == len(templates)
        for line in templates:
            assert not re.search(r"\d", line) and line.endswith("."), line
    for type_, templates in it.types.items():
        own = [frozenset(prose.slots(line)) & set(it.slots) for line in templates]
        assert len(set(own)) == 1, (type_, own)
    assert len(it.questions) >= 4 and any(q.indirect for q in it.questions) and any(q.wide for q in it.questions)
    for question in it.questions:
        assert len(question.asks) >= 9 and len(set(question.asks)) == len(question.asks)
        assert len({frozenset(prose.slots(line)) for line in question.asks}) == 1, question.name
    # Remarks as they are told: no figure but in names of documents, and no code.
    draft = drafted(kind, "remarks", "train", 1500)
    made = writer.compose(draft, seed="remarks", tokens=3000, count=count)
    spans = set(made.spans.values())
    loose = [made.text[a:b] for a, b in made.sentences if (a, b) not in spans]
    assert len(loose) > 20 and not [line for line in loose if re.search(r"\d", line)]


@pytest.mark.parametrize("kind", EVERY)
def test_evidence_lies_evenly_over_the_context(kind: str) -> None:
    """Over 200 dossiers, with the places that a builder asks for, each tenth of the context holds a tenth of the evidence."""
    base = [drafted(kind, f"place{number}", SPLITS[number % 3], 1500) for number in range(20)]
    tenths: Counter[int] = Counter()
    firsts: Counter[int] = Counter()
    for number in range(200):
        draft, rng = base[number % 20], Random(number)
        evidence = [fact.id for fact in rng.sample(draft.world.facts, 1 + number % 4)]
        made = writer.compose(
            draft, seed=f"{number}", tokens=1500, count=count, evidence=evidence, place=(number * 0.6180339887) % 1
        )
        places = [made.spans[fact][0] / len(made.text) for fact in evidence]
        tenths.update(min(9, int(10 * place)) for place in places)
        firsts[min(9, int(10 * places[0]))] += 1
    total = tenths.total()
    assert all(0.06 * total <= tenths[tenth] <= 0.14 * total for tenth in range(10)), sorted(tenths.items())
    assert all(8 <= firsts[tenth] <= 36 for tenth in range(10)), sorted(firsts.items())


@pytest.mark.parametrize("kind", EVERY)
def test_a_twin_differs_in_values_alone(kind: str) -> None:
    for number in range(4):
        split = SPLITS[number % 3]
        draft = drafted(kind, f"twin{number}", split, 1800)
        twin = writer.draft(kind, f"twin{number}", split, tokens=1800, count=count, twin=draft, values_seed="other")
        shape = [(fact.id, fact.type, tuple(sorted(fact.values))) for fact in draft.world.facts]
        assert shape == [(fact.id, fact.type, tuple(sorted(fact.values))) for fact in twin.world.facts]
        assert (twin.kept, twin.size) == (draft.kept, draft.size) and draft.world.stage.org == twin.world.stage.org

        def codes(fact: Fact) -> list[str]:
            return sorted(value.text for value in fact.values.values() if re.fullmatch(r"[A-Z]{1,4}-\d+", value.text))

        same = sum(one == two for one, two in zip(draft.world.facts, twin.world.facts, strict=True))
        assert same <= 0.5 * len(shape)
        everything = {code for fact in draft.world.facts for code in codes(fact)}
        assert everything == {code for fact in twin.world.facts for code in codes(fact)}
        # The same seed makes the same dossier, another seed another.
        again = writer.draft(kind, f"twin{number}", split, tokens=1800, count=count)
        assert again.said == draft.said
        one, two = (writer.compose(each, seed="s", tokens=1800, count=count).text for each in (draft, again))
        assert one == two != writer.compose(draft, seed="t", tokens=1800, count=count).text


@pytest.mark.parametrize("kind", EVERY)
def test_splits_share_neither_names_nor_sentences(kind: str) -> None:
    it = KINDS[kind]
    for templates in (
        *it.types.values(),
        *(question.asks for question in it.questions),
        it.colour,
        it.openings,
        it.titles,
    ):
        sets = {split: set(for_split(templates, split)) for split in SPLITS}
        assert not sets["train"] & sets["test"] and not sets["validation"] & sets["test"]
        assert sets["train"] | sets["test"] == set(templates) and min(map(len, sets.values())) >= 2
    names: dict[str, set[str]] = {split: set() for split in SPLITS}
    for number in range(9):
        split = SPLITS[number % 3]
        made = writer.compose(drafted(kind, f"split{number}", split, 1800), seed="s", tokens=1800, count=count)
        names[split] |= set(made.entities)
        for name in made.entities:
            # An invented word of a name belongs to the split; given names and trades are everybody's.
            assert any(split_of(word) == split for word in [*name.split(), name]), (split, name)
    assert all(names.values())
    assert not (
        names["train"] & names["test"] or names["train"] & names["validation"] or names["validation"] & names["test"]
    )


@pytest.mark.parametrize("kind", EVERY)
def test_small_contexts_are_served(kind: str) -> None:
    made = refused = 0
    for number in range(24):
        try:
            draft = drafted(kind, f"small{number}", SPLITS[number % 3], 512)
        except Reject:
            refused += 1
            continue
        text = composed(draft, 512, seed="s").text
        assert abs(count(text) - 512) <= 16
        made += 1
    assert refused <= made / 3, (made, refused)


@settings(max_examples=30, deadline=None)
@given(drafts, st.integers(100_000, 999_999))
def test_what_is_foreign_to_a_text_is_found(what: tuple[str, str, str, int], planted: int) -> None:
    kind, seed, split, tokens = what
    try:
        draft = drafted(kind, seed, split, tokens)
    except Reject:
        return
    facts = draft.world.facts[:8]
    sentences = [draft.said[fact.id][0] for fact in facts]
    text = " ".join(sentences)
    # Its own sentences hold nothing foreign, in whatever order they are told.
    assert reading.foreign(" ".join(reversed(sentences)), sentences) == []
    if str(planted) not in {re.sub(r"\W", "", number) for number in t.numbers(text)}:
        assert any(
            str(planted) in found.replace(",", "")
            for found in reading.foreign(f"{text} There were {planted} of them.", sentences)
        )
        assert reading.foreign(f"There were {planted:,} of them. {text}", sentences)
    assert "Quentin Ozymandias" in reading.foreign(f"{text} It was signed by Quentin Ozymandias that day.", sentences)
    assert reading.foreign(f"{text} On 31 February 1742 it rained.", sentences)
    assert reading.foreign(f"Nobody objected. {text} So it was done.", sentences) == []


def test_a_blank_in_a_template_is_a_blank() -> None:
    """A name that ends like the next word ("Tamruas" before "as") is not cut there."""
    sentence = "Ostroe Audit gave the number of graves in Tamruas as 418 in report R-4413 of 3 May 2012."
    ((type_, values),) = reading.parse_sentence("reports", sentence)
    assert type_ == "figure" and values["matter"] == "number of graves in Tamruas" and values["value"] == "418"


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_figure_has_its_number(name):
    """What is extracted as a number is the number that the documents write."""
    draft = writer.draft(name, "figures", "train", tokens=3000, count=load("approximate").count)
    for fact in draft.world.facts:
        for slot, value in fact.values.items():
            if KINDS[name].slots[slot] == "count":
                assert value.rank == int(value.text.replace(",", "")), (fact.type, slot, value)
