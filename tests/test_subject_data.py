"""The subjects an industry's documents are about: what always holds in subjects.yaml, whoever adds to it."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files

import pytest
import yaml
from babel import Locale

DATA = files("longctx_synth") / "scenarios" / "data"
LEAST = {"inspection": 10, "incidents": 10, "mishaps": 10, "fleet": 8, "grants": 10, "status": 8}
INDUSTRIES = {
    entry["industry"]: entry
    for entry in map(json.loads, (DATA / "industries.jsonl").read_text(encoding="utf-8").splitlines())
}
SUBJECTS: dict[str, dict[str, list[str]]] = yaml.safe_load((DATA / "subjects.yaml").read_text(encoding="utf-8"))
LISTS = [(industry, kind) for industry, kinds in SUBJECTS.items() for kind in kinds]
WORD = "[a-zé]+(-[a-zé]+)*"
# What has no tyres, no driver or no number plate: a fleet file speaks of kilometres, treads and a regular driver.
NOT_A_ROAD_VEHICLE = set("boat barge ship tug ferry trailer helicopter drone tram train locomotive forklift".split())
# Words that stand for one country's institutions, or its word for a thing, and read oddly in all others.
LOCAL = set("county parish shire borough fell burn loch fjord federal truckstop allotment bowser kerbside".split())


def words(noun: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", noun)


def test_every_industry_has_nouns_for_exactly_the_kinds_of_document_it_has():
    expected = {}
    for name, entry in INDUSTRIES.items():
        kinds = {kind for kind in entry["kinds"] if kind in LEAST}
        expected[name] = kinds | ({"mishaps"} if "incidents" in kinds else set())
    assert {name: set(kinds) for name, kinds in SUBJECTS.items()} == expected


@pytest.mark.parametrize(("industry", "kind"), LISTS)
def test_a_list_is_long_enough_and_holds_nothing_twice(industry: str, kind: str):
    nouns = SUBJECTS[industry][kind]
    assert len(nouns) >= LEAST[kind]
    assert [noun for noun, times in Counter(nouns).items() if times > 1] == []


@pytest.mark.parametrize(("industry", "kind"), LISTS)
def test_a_noun_is_one_to_four_lower_case_words_in_the_singular_without_article(industry: str, kind: str):
    for noun in SUBJECTS[industry][kind]:
        assert re.fullmatch(rf"{WORD}( {WORD}){{0,3}}", noun), noun
        assert not noun.endswith("s") or noun.endswith(("ss", "us")), noun  # "press", "bus"; never "works"
        assert not {"the", "a", "an"} & set(words(noun)), noun


def test_no_noun_belongs_to_one_country():
    countries = {name.lower() for code, name in Locale("en").territories.items() if len(code) == 2}
    for industry, kind in LISTS:
        for noun in SUBJECTS[industry][kind]:
            assert not (LOCAL | countries) & set(words(noun)), noun


@pytest.mark.parametrize(("industry", "kind"), LISTS)
def test_at_most_a_third_of_a_list_stands_in_the_lists_of_all_other_industries(industry: str, kind: str):
    others = {noun for name, kinds in SUBJECTS.items() if name != industry for noun in kinds.get(kind, ())}
    shared = [noun for noun in SUBJECTS[industry][kind] if noun in others]
    assert 3 * len(shared) <= len(SUBJECTS[industry][kind]), shared


def test_a_vehicle_has_tyres_and_a_driver():
    for industry, kinds in SUBJECTS.items():
        for noun in kinds.get("fleet", ()):
            assert words(noun)[-1] not in NOT_A_ROAD_VEHICLE, (industry, noun)


def test_a_site_is_no_mishap_and_a_mishap_no_site():
    for kinds in SUBJECTS.values():
        assert not set(kinds.get("incidents", ())) & set(kinds.get("mishaps", ()))


def test_what_needs_the_sea_is_only_with_industries_by_the_sea():
    sea = set("sea seawater marine tide coastal beach reef desalination harbour".split())
    for industry, kinds in SUBJECTS.items():
        if "coast" in INDUSTRIES[industry]["needs"]:
            continue
        for nouns in kinds.values():
            assert [noun for noun in nouns if sea & set(words(noun))] == [], industry


def test_nothing_speaks_of_snow_as_no_industry_is_sure_of_it():
    """mountain resort needs "mountain", not "snow": some of its towns never see any."""
    cold = {"snow", "ski", "ice", "avalanche", "toboggan", "sledge", "frost", "frozen"}
    # Ice and frozen goods that somebody makes are no weather.
    made = re.compile(r"^(ice (house|plant|machine fire|cream kitchen)|frozen goods terminal)$")
    found = [
        noun
        for industry, kind in LISTS
        for noun in SUBJECTS[industry][kind]
        if cold & set(words(noun)) and not made.match(noun)
    ]
    assert found == []
