"""Documents are readable, exact about their own truth, of the length asked for; twins differ in values alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longctx_synth.errors import SettingsError
from longctx_synth.world.countries import BY_CODE, COUNTRIES, Home
from longctx_synth.world.document import FACT_KINDS, Document
from longctx_synth.world.kinds import KINDS
from longctx_synth.world.names import invented, split_of
from longctx_synth.world.values import MONTHS, WEEKDAYS
from longctx_synth.world.writer import kinds_for, write

SPLITS = ("train", "validation", "test")


def count(text: str) -> int:
    """Cheap and, like a tokenizer, not quite additive."""
    return len(text) // 4


def words(text: str) -> int:
    return len(text.split())


def paragraphs(document: Document) -> list[str]:
    return [part for part in document.text.split("\n\n")[1:] if part.endswith((".", '."'))]


documents = st.builds(
    lambda seed, tokens, split, kind: write(seed, tokens=tokens, count=count, split=split, kind=kind),
    st.integers(0, 10**9),
    st.integers(200, 2500),
    st.sampled_from(SPLITS),
    st.sampled_from(sorted(KINDS)),
)


@settings(max_examples=120, deadline=None)
@given(documents)
def test_a_document_knows_its_own_truth(document: Document) -> None:
    assert len(document.facts) >= 4
    for fact in document.facts:
        section = document.sections[fact.section]
        assert document.text[fact.start : fact.end] == fact.value
        assert section.start <= fact.start < fact.end <= section.end
        assert fact.sentence in document.text and fact.value in fact.sentence
        assert fact.forms[0] == fact.value and all(fact.forms) and len(set(fact.forms)) == len(fact.forms)
        assert fact.kind in FACT_KINDS
        assert fact.subject in fact.ask and fact.value not in fact.ask.replace(fact.subject, "")
        assert len(set(fact.statements)) >= 4 and fact.sentence not in fact.statements
        for statement in fact.statements:
            assert fact.value in statement and fact.subject.casefold() in statement.casefold()
            assert statement[-1] == "." and statement[0] == statement[0].upper()
    assert len({fact.ask for fact in document.facts}) == len(document.facts)
    assert len({fact.id for fact in document.facts}) == len(document.facts)
    for section in document.sections:
        assert any(section.start <= fact.start < section.end for fact in document.facts), section
        assert section.title in document.text[section.start : section.start + len(section.title) + 8]
    for start, end in document.sentences:
        assert document.text[start].isupper() or document.text[start].isdigit() or document.text[start] in "$€₹£¥₩₱₦₺"
        assert document.text[end - 1] == "."


@settings(max_examples=120, deadline=None)
@given(documents)
def test_prose_has_no_seams(document: Document) -> None:
    for mark in "{}[]|~_":
        assert mark not in document.text
    # "$4,120" is money; "$part" is a hole.
    assert not re.search(r"\$[a-z]", document.text)
    assert not re.search(r"\b(\w+) \1\b", re.sub(r"\n+", " . ", document.text)), document.text
    assert not re.search(r"  |\.\.| [,.;]|,,", document.text)
    assert not re.search(r"\b[Aa] [aeio]", document.text) and not re.search(
        r"\b[Aa]n [bcdfgjklmnpqrstvwxyz]", document.text
    )
    assert "lorem" not in document.text.casefold()
    for statement in [text for fact in document.facts for text in fact.statements]:
        assert not re.search(r"[{}\[\]|]|\b(\w+) \1\b|  ", statement), statement


@settings(max_examples=60, deadline=None)
@given(documents)
def test_dates_are_possible_and_weekdays_right(document: Document) -> None:
    written = rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})|({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})"
    for match in re.finditer(rf"(?:({'|'.join(WEEKDAYS)}) )?(?:{written})", document.text):
        name, day, month, year, month2, day2, year2 = match.groups()
        when = date(int(year or year2), MONTHS.index(month or month2) + 1, int(day or day2))
        assert name is None or WEEKDAYS[when.weekday()] == name
    for fact in document.facts:
        if fact.kind == "percentage":
            assert 0 < fact.rank < 100
        if fact.kind in ("count", "duration"):
            assert fact.rank >= 2
    by_subject = {(fact.subject, fact.attribute): fact.rank for fact in document.facts}
    for (subject, attribute), rank in by_subject.items():
        if attribute == "deadline":
            assert by_subject.get((subject, "held"), rank) <= rank


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("tokens", [200, 300, 512, 700, 1500, 4096, 16_384])
@pytest.mark.parametrize("counter", [count, words])
def test_the_length_is_met(kind: str, tokens: int, counter) -> None:
    for seed in range(4 if tokens < 2000 else 1):
        document = write(seed, tokens=tokens, count=counter, split=SPLITS[seed % 3], kind=kind)
        assert abs(counter(document.text) - tokens) <= max(8, tokens // 100)
        assert len(document.sections) >= 3


def test_the_longest_document_repeats_no_paragraph_and_little_wording() -> None:
    document = write(11, tokens=131_072, count=count, split="train")
    assert abs(count(document.text) - 131_072) <= 1311
    parts = paragraphs(document)
    assert len(parts) > 1000
    assert len({part.casefold() for part in parts}) == len(parts)
    assert len({fact.ask for fact in document.facts}) == len(document.facts)
    assert repeated(document.text, 8) < 0.12


def repeated(text: str, n: int) -> float:
    """The share of word n-grams that stood earlier in the text."""
    split = text.casefold().split()
    grams = Counter(tuple(split[at : at + n]) for at in range(len(split) - n + 1))
    return sum(times - 1 for times in grams.values()) / max(1, sum(grams.values()))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_wording_hardly_repeats_at_16k_and_over_documents(kind: str) -> None:
    assert repeated(write(5, tokens=16_384, count=count, split="train", kind=kind).text, 8) < 0.06
    shelf = " ".join(write(seed, tokens=600, count=count, split="train", kind=kind).text for seed in range(50))
    assert repeated(shelf, 8) < 0.08


def test_a_twin_differs_in_its_values_alone() -> None:
    same = total = 0
    for seed in range(200):
        settings_ = {"tokens": 300 + 7 * seed, "count": count, "split": SPLITS[seed % 3]}
        document = write(seed, **settings_)
        twin = write(seed, values_seed=seed + 1, **settings_)
        assert [section.title for section in twin.sections] == [section.title for section in document.sections]
        assert [fact.ask for fact in twin.facts] == [fact.ask for fact in document.facts]
        assert twin.title == document.title
        assert abs(count(twin.text) - settings_["tokens"]) <= max(8, settings_["tokens"] // 100)
        for one, other in zip(document.facts, twin.facts, strict=True):
            total += 1
            same += bool(set(one.forms) & set(other.forms))
    assert same < 0.03 * total


def test_the_same_seed_gives_the_same_text_whatever_the_hash_seed() -> None:
    script = (
        "import hashlib; from longctx_synth.world.writer import write; "
        "d = write(3, tokens=900, count=lambda t: len(t) // 4, split='test'); "
        "print(hashlib.sha256((d.text + repr(d.facts) + repr(d.questions)).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(seen) == 1


def test_splits_share_no_invented_name() -> None:
    names: dict[str, set[str]] = {split: set() for split in SPLITS}
    for split in SPLITS:
        for seed in range(60):
            names[split] |= set(write(seed, tokens=700, count=count, split=split).entities)
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        assert not names[one] & names[other]
    assert split_of("Brannigan") == split_of("BRANNIGAN")


def test_entities_stand_in_the_text() -> None:
    document = write(8, tokens=1200, count=count, split="train")
    assert len(document.entities) > 5
    assert all(name in document.text for name in document.entities)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_questions_follow_from_the_facts(document: Document) -> None:
    assert len({question.ask for question in document.questions}) == len(document.questions)
    for question in document.questions:
        facts = [document.fact(fact_id) for fact_id in question.facts]
        assert question.forms[0] == question.answer and len(set(question.statements)) >= 4
        for statement in question.statements:
            low = statement.casefold()
            assert any(form.casefold() in low for form in question.forms) or question.kind == "order"
        if question.kind == "extreme":
            best = max(facts, key=lambda fact: fact.rank), min(facts, key=lambda fact: fact.rank)
            assert question.answer in {fact.subject for fact in best}
        if question.kind == "order":
            ranked = [fact.subject for fact in sorted(facts, key=lambda fact: fact.rank)]
            assert question.answer == ", ".join(ranked)
            assert len(question.items) == len(ranked) >= 3
            for statement in question.statements:
                places = [statement.casefold().index(name.casefold()) for name in ranked]
                assert places == sorted(places)
        if question.kind == "count":
            assert 1 <= int(question.answer) < len(facts)
        if question.kind == "lookup":
            assert facts[0].value in question.ask and question.answer == facts[0].subject


def test_counting_questions_are_exact() -> None:
    """The threshold in the question, read back, divides the facts as the answer says."""
    seen = 0
    for seed in range(80):
        document = write(seed, tokens=1500, count=count, split="train", kind="fleet")
        for question in document.questions:
            match = re.search(r"more than ([\d,]+) kilometres", question.ask)
            if match:
                bound = int(match[1].replace(",", ""))
                assert sum(document.fact(i).rank > bound for i in question.facts) == int(question.answer)
                seen += 1
    assert seen > 5


def test_one_kind_is_kept_for_test() -> None:
    assert set(kinds_for("test")) > set(kinds_for("train")) == set(kinds_for("validation"))
    assert {write(seed, tokens=300, count=count, split="train").kind for seed in range(60)} == set(kinds_for("train"))


def test_bad_requests_say_what_is_wrong() -> None:
    for arguments in ({"tokens": 100}, {"tokens": 10**6}, {"split": "dev"}, {"kind": "novel"}):
        with pytest.raises(SettingsError):
            write(1, **{"tokens": 500, "count": count, "split": "train", **arguments})


def test_templates_are_rich_and_name_their_subject() -> None:
    for kind in KINDS.values():
        assert len(kind.attributes) >= 8 and len(kind.colour) >= 10
        for attribute in kind.attributes:
            assert len(attribute.templates) >= 10 - (attribute.key == "driver"), (kind.name, attribute.key)
            assert len(attribute.statements) >= 5
            for line in (*attribute.templates, *attribute.statements):
                assert "{v}" in line and "{s}" in line, line
        for keys, lines in kind.pairs.items():
            for line in lines:
                assert "{s}" in line and all(f"{{{key}}}" in line for key in keys), line


homes = st.builds(
    lambda country, town, pattern: Home(country.code, country.towns[town % len(country.towns)], (pattern,)),
    st.sampled_from(COUNTRIES),
    st.integers(0, 9),
    st.sampled_from(["{} Dairy Union", "Port of {}", "The {} Fish Hall"]),
)


@settings(max_examples=120, deadline=None)
@given(homes, st.integers(0, 10**9), st.integers(220, 900), st.sampled_from(SPLITS), st.sampled_from(sorted(KINDS)))
def test_a_document_is_set_at_the_home_it_is_given(home: Home, seed: int, tokens: int, split: str, kind: str) -> None:
    document = write(seed, tokens=tokens, count=count, split=split, kind=kind, home=home)
    country = BY_CODE[home.country]
    organisation = next(name for name in document.entities if name.startswith(home.organisations[0].split("{}")[0]))
    before, after = home.organisations[0].split("{}")
    assert organisation.removeprefix(before).removesuffix(after) in invented(country.name, split, "places")
    assert document.text.splitlines()[1].startswith(f"{home.city}, ")
    for fact in document.facts:
        if fact.kind == "person":
            assert fact.value.split(" ")[0] in country.given
    twin = write(seed, tokens=tokens, count=count, split=split, kind=kind, home=home, values_seed=1)
    assert twin.title == document.title and [fact.ask for fact in twin.facts] == [fact.ask for fact in document.facts]
    assert twin.text.splitlines()[1].startswith(f"{home.city}, ")
    # The same rules as for any document, in every country.
    test_a_document_knows_its_own_truth.hypothesis.inner_test(document)
    test_prose_has_no_seams.hypothesis.inner_test(document)


def test_without_a_home_documents_lie_in_many_countries() -> None:
    towns = {town: country.code for country in COUNTRIES for town in country.towns}
    found = set()
    for seed in range(200):
        city = write(seed, tokens=220, count=count, split="train").text.splitlines()[1].partition(",")[0]
        found.add(towns[city])
    assert len(found) > 50


def test_a_home_that_cannot_be_says_why() -> None:
    for arguments in (("US", "Boston"), ("NL", " "), ("NL", "Zwolle", ("Dairy Union",)), ("NL", "Zwolle", ("{} {x}",))):
        with pytest.raises(SettingsError):
            Home(*arguments)


def test_no_snow_falls_where_there_is_no_winter() -> None:
    cold = re.compile(r"\b(snow|frost|sleet|winter|road salt)\b")
    found = {"NG": 0, "NO": 0}
    for code in found:
        for kind in sorted(KINDS):
            town = BY_CODE[code].towns[0]
            for split in SPLITS:
                text = write(1, tokens=9000, count=count, split=split, kind=kind, home=Home(code, town)).text
                found[code] += len(cold.findall(text))
    assert found["NG"] == 0 < found["NO"]
