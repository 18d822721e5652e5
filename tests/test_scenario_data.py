"""The scenario database: what always holds in its files, whoever adds to them."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from itertools import pairwise

import pytest
import yaml
from babel import Locale

from longctx_synth.world.kinds import KINDS

DATA = files("longctx_synth") / "scenarios" / "data"
TAGS = {"capital", "coast", "river", "lake", "mountain", "snow", "island", "dry", "large", "small"}
TERRITORIES = Locale("en").territories
NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen"
).split()
MONTHS_AND_DAYS = (
    "January February March April June July August September October November December "  # "May" begins sentences
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
).split()
RUN = 6  # words in a row that no two sentences share


def jsonl(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


INDUSTRIES = jsonl("industries.jsonl")
SCENARIOS = jsonl("scenarios.jsonl")
GUIDANCE = jsonl("guidance.jsonl")
STYLES = yaml.safe_load((DATA / "styles.yaml").read_text(encoding="utf-8"))
BY_NAME = {entry["industry"]: entry for entry in INDUSTRIES}
SENTENCES = [(row["id"], row[field]) for row in SCENARIOS for field in ("situation", "stakes")]


def words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.lower())


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else []


def test_there_are_at_least_thirty_industries_with_eight_scenarios_each():
    counts = Counter(row["industry"] for row in SCENARIOS)
    assert len(INDUSTRIES) >= 30
    assert len(BY_NAME) == len(INDUSTRIES)
    assert counts == dict.fromkeys(BY_NAME, 8)


def test_ids_are_unique_and_numbered_within_the_industry():
    assert len({row["id"] for row in SCENARIOS}) == len(SCENARIOS)
    for name in BY_NAME:
        ids = [row["id"] for row in SCENARIOS if row["industry"] == name]
        assert ids == [f"{ids[0][:-3]}-{number:02d}" for number in range(1, 9)]


@pytest.mark.parametrize("entry", INDUSTRIES, ids=lambda entry: entry["industry"])
def test_an_industry_is_complete(entry):
    assert list(entry) == [
        *("industry", "regulator", "organisations", "roles", "units", "documents", "kinds", "needs", "excludes")
    ]
    assert entry["regulator"] and not entry["regulator"].lower().startswith(("the ", "a "))
    for field, least in (("organisations", 3), ("roles", 4), ("units", 2), ("documents", 4), ("kinds", 2)):
        assert len(set(entry[field])) == len(entry[field]) >= least, field
    assert all(pattern.count("{}") == 1 for pattern in entry["organisations"])
    assert not any(role.split()[0] in ("the", "a", "an") for role in entry["roles"])
    assert set(entry["kinds"]) <= set(KINDS)
    assert set(entry["needs"]) <= TAGS
    assert len(set(entry["excludes"])) == len(entry["excludes"])
    assert all(re.fullmatch("[A-Z]{2}", code) and code in TERRITORIES for code in entry["excludes"])


@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: row["id"])
def test_a_scenario_refers_to_its_industry_only(row):
    assert list(row) == ["id", "industry", "situation", "role", "stakes", "documents", "kinds", "needs"]
    industry = BY_NAME[row["industry"]]
    assert row["role"] in industry["roles"]
    assert len(set(row["kinds"])) == len(row["kinds"]) >= 2  # so at least one that is not `status`, which is test-only
    assert set(row["kinds"]) <= set(industry["kinds"])
    assert set(row["needs"]) <= TAGS
    # A document belongs to the kind at the same position: a scenario never calls a vehicle file "minutes".
    names = dict(zip(industry["kinds"], industry["documents"], strict=True))
    assert row["documents"] == [names[kind] for kind in row["kinds"]]


def test_every_role_and_every_kind_of_an_industry_is_used():
    for entry in INDUSTRIES:
        rows = [row for row in SCENARIOS if row["industry"] == entry["industry"]]
        assert {row["role"] for row in rows} == set(entry["roles"]), entry["industry"]
        assert {kind for row in rows for kind in row["kinds"]} == set(entry["kinds"]), entry["industry"]


def test_each_kind_of_document_occurs_in_at_least_fifteen_percent_of_the_scenarios():
    counts = Counter(kind for row in SCENARIOS for kind in row["kinds"])
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 0.15 * len(SCENARIOS)


@pytest.mark.parametrize(("name", "text"), SENTENCES, ids=lambda value: value if "-" in value[:20] else "")
def test_a_sentence_is_well_made_and_names_no_number_date_or_country(name, text):
    assert text == text.strip() and text[0].isupper() and text.endswith((".", "?")) and "  " not in text
    assert not re.search(r"\d|[{}<>*_#`|]", text)
    found = set(re.findall(r"[^\W\d_]+", text))
    assert not {word.lower() for word in found} & set(NUMBER_WORDS)
    assert not found & set(MONTHS_AND_DAYS)
    # Proper names would contradict the sampled place: nothing but the first word and "I" is capitalised.
    capitals = re.findall(r"(?<![.?:] )(?<!^)\b[A-Z]\w*", text)
    assert capitals == []


def test_a_situation_is_one_sentence_of_reasonable_length():
    for row in SCENARIOS:
        assert 18 <= len(words(row["situation"])) <= 55, row["id"]
        assert not re.search(r"[.?!]\s", row["situation"]), row["id"]
        assert 5 <= len(words(row["stakes"])) <= 30, row["id"]


def test_no_country_or_city_is_named_anywhere():
    places = [json.loads(line)["city"] for line in _lines("places.jsonl")]
    countries = [part for line in _lines("countries.jsonl") for part in _names(json.loads(line))]
    names = {*places, *countries, *(name for code, name in TERRITORIES.items() if re.fullmatch("[A-Z]{2}", code))}
    everything = " ".join(texts(INDUSTRIES) + texts(SCENARIOS) + texts(GUIDANCE) + texts(STYLES))
    capitalised = set(re.findall(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*", everything))
    parts = {word for phrase in capitalised for word in (phrase, *phrase.split())}
    assert not parts & names


def _lines(name: str) -> list[str]:
    path = DATA / name
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _names(country: dict) -> list[str]:
    return [country["name"].removeprefix("the "), country["demonym"]]


@pytest.mark.parametrize("field", ["situation", "stakes"])
def test_no_two_scenarios_say_nearly_the_same(field):
    owner: dict[tuple[str, ...], str] = {}
    shared = []
    for row in SCENARIOS:
        tokens = words(row[field])
        for run in {tuple(tokens[start : start + RUN]) for start in range(len(tokens) - RUN + 1)}:
            if owner.setdefault(run, row["id"]) != row["id"]:
                shared.append((owner[run], row["id"], " ".join(run)))
    assert shared == []


def test_no_two_scenarios_share_most_of_their_words():
    little = set("the a an of to and in is that it for on be has have what who by with its their from as would".split())
    bags = sorted((row["id"], frozenset(words(row["situation"])) - little) for row in SCENARIOS)
    close = [
        (one, other)
        for number, (one, left) in enumerate(bags)
        for other, right in bags[number + 1 :]
        if len(left & right) > 0.4 * min(len(left), len(right))
    ]
    assert close == []


def test_openings_are_varied():
    openings = Counter(" ".join(words(row["situation"])[:3]) for row in SCENARIOS)
    assert openings.most_common(1)[0][1] <= 4


def test_guidance_is_complete_and_every_formality_has_enough_of_it():
    assert len(GUIDANCE) >= 40
    for field in ("id", "genre", "text"):
        assert len({entry[field] for entry in GUIDANCE}) == len(GUIDANCE), field
    for entry in GUIDANCE:
        assert list(entry) == ["id", "genre", "structure", "perspective", "register", "formality", "text"]
        assert all(entry.values())
        assert entry["formality"] == [level for level in STYLES["formality"] if level in entry["formality"]]
        assert entry["text"].endswith(".") and not re.search(r"\d", entry["text"])
    assert all(sum(level in entry["formality"] for entry in GUIDANCE) >= 12 for level in STYLES["formality"])


def test_styles_are_complete_and_refer_to_their_own_lists():
    assert list(STYLES) == ["formality", "expertise", "tones", "audiences", "time_frames"]
    assert STYLES["formality"] == ["casual", "neutral", "formal"]
    assert STYLES["expertise"] == ["newcomer", "practitioner", "expert"]
    for name, least in (("tones", 10), ("audiences", 24), ("time_frames", 8)):
        assert len({entry["name"] for entry in STYLES[name]}) == len(STYLES[name]) >= least, name
    for entry in [*STYLES["tones"], *STYLES["audiences"]]:
        assert entry["formality"] == [level for level in STYLES["formality"] if level in entry["formality"]] != []
    for entry in STYLES["audiences"]:
        assert entry["name"].split()[0] in ("the", "a", "an")
        assert entry["expertise"] == [level for level in STYLES["expertise"] if level in entry["expertise"]] != []
    assert all(entry["text"].endswith(".") for entry in [*STYLES["tones"], *STYLES["time_frames"]])


def test_every_formality_meets_every_expertise_in_some_audience():
    met = {(a, b) for entry in STYLES["audiences"] for a in entry["formality"] for b in entry["expertise"]}
    assert len(met) == len(STYLES["formality"]) * len(STYLES["expertise"])


def test_nobody_reports_to_themselves():
    roles = {role for entry in INDUSTRIES for role in entry["roles"]}
    assert not roles & {entry["name"].split(" ", 1)[1] for entry in STYLES["audiences"]}


def test_files_are_tidy():
    for name, rows in (("industries.jsonl", INDUSTRIES), ("scenarios.jsonl", SCENARIOS), ("guidance.jsonl", GUIDANCE)):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        assert lines == [json.dumps(row, ensure_ascii=False) for row in rows], name
    assert all(one["industry"] != other["industry"] for one, other in pairwise(INDUSTRIES))
