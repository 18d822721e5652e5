"""For whom an answer makes good sense: what always holds in readers.yaml, whoever adds to it."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files

import pytest
import yaml

DATA = files("longctx_synth") / "scenarios" / "data"
FEWEST = 4  # audiences of a scenario
SHARE = 0.12  # of the scenarios that each audience suits at least


def load(name: str) -> dict:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


LINES = (DATA / "scenarios.jsonl").read_text(encoding="utf-8").splitlines()
IDS = [json.loads(line)["id"] for line in LINES]
STYLES = load("styles.yaml")
AUDIENCES = {entry["name"]: entry for entry in STYLES["audiences"]}
READERS = load("readers.yaml")
NAMES = READERS["audiences"]


def suited(row: str) -> list[dict]:
    return [AUDIENCES[NAMES[alias]] for alias in READERS["readers"][row]]


def test_every_scenario_and_nothing_else_has_its_readers():
    assert set(READERS) == {"audiences", "readers"}
    assert sorted(READERS["readers"]) == sorted(IDS)


def test_every_alias_stands_for_one_audience_and_every_audience_has_one():
    assert sorted(NAMES.values()) == sorted(AUDIENCES)
    assert {alias for row in READERS["readers"].values() for alias in row} == set(NAMES)


@pytest.mark.parametrize("row", IDS)
def test_a_scenario_has_enough_readers_and_none_twice(row: str):
    aliases = READERS["readers"][row]
    assert len(aliases) >= FEWEST
    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize("row", IDS)
@pytest.mark.parametrize("column", ["formality", "expertise"])
def test_a_scenario_serves_every_formality_and_every_expertise(row: str, column: str):
    assert {value for entry in suited(row) for value in entry[column]} == set(STYLES[column])


@pytest.mark.parametrize("formality", STYLES["formality"])
def test_every_audience_of_a_formality_suits_enough_scenarios(formality: str):
    counts = Counter(entry["name"] for row in IDS for entry in suited(row) if formality in entry["formality"])
    expected = {name for name, entry in AUDIENCES.items() if formality in entry["formality"]}
    assert {name: counts[name] for name in expected if counts[name] < SHARE * len(IDS)} == {}
