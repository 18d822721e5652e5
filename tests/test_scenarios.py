"""What 300 slots look like: even, sensible, never in the United States, the same in every process; and the user's own scenarios."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from longctx_synth.errors import SettingsError
from longctx_synth.scenarios import (
    DIMENSIONS,
    SITUATION_FIELDS,
    Database,
    Situation,
    check_language,
    coverage,
    home,
    load,
)
from longctx_synth.scenarios.coverage import evenness
from longctx_synth.scenarios.database import DATA, UNITED_STATES, with_scenarios
from longctx_synth.strata import assign
from longctx_synth.world.writer import kinds_for

ROWS = 300
SPLITS = ("train", "validation", "test")


@lru_cache
def ours() -> Database:
    return load()


@lru_cache
def sampled(split: str, rows: int = ROWS, seed: int = 0) -> list[Situation]:
    return [ours().situation(split, number, seed, kinds_for(split)) for number in range(rows)]


# Evenness.

# What is sampled in its own right, each with how to read it from a situation.
SAMPLED: dict[str, Callable[[Situation], str]] = {
    "industry": lambda s: s.industry,
    "scenario": lambda s: s.id,
    "kind": lambda s: s.kind,
    "place": lambda s: s.place.city,
    "audience": lambda s: s.audience.name,
    "tone": lambda s: s.tone.name,
    "formality": lambda s: s.formality,
    "expertise": lambda s: s.expertise,
    "time_frame": lambda s: s.time_frame.name,
    "guidance": lambda s: s.guidance.id,
}
# What follows from those, so that its counts are theirs added up: exempt from evenness.
FOLLOWS = {
    "role": "scenario",
    "country": "place",
    "continent": "place",
    "genre": "guidance",
    "register": "guidance",
}


def values_of(field: str, split: str) -> list[str]:
    """All values that the field can take in the split, from the data."""
    database = ours()
    values: dict[str, Iterable[str]] = {
        "industry": database.industries,
        "scenario": (scenario.id for scenario in database.splits[split]),
        "kind": kinds_for(split),
        "place": (place.city for place in database.places),
        "audience": (audience.name for audience in database.audiences),
        "tone": (tone.name for tone in database.tones),
        "formality": database.formality,
        "expertise": database.expertise,
        "time_frame": (frame.name for frame in database.time_frames),
        "guidance": (entry.id for entry in database.guidance),
    }
    return list(values[field])


def scarce_kinds(split: str) -> set[str]:
    """Kinds that too few of the split's scenarios are about to come as often as the others, whatever the order."""
    kinds, scenarios = kinds_for(split), ours().splits[split]
    wishes = [[kinds.index(kind) for kind in scenario.kinds if kind in kinds] for scenario in scenarios]
    share = len(scenarios)  # of each kind, in as many rounds of all scenarios as there are kinds
    taken = Counter(assign(wishes * len(kinds), [share] * len(kinds)))
    return {kind for index, kind in enumerate(kinds) if taken[index] < share}


def cramped_blocks(field: str, split: str) -> int:
    """Of the blocks that the rows lie in, those whose slots' needs leave no way to give every value one slot that fits."""
    strata = ours().strata(split, 0, kinds_for(split))
    matched = {
        "audience": (ours().audiences, strata._fits_audience),
        "tone": (ours().tones, strata._fits_tone),
        "guidance": (ours().guidance, strata._fits_guidance),
    }
    values, fits = matched[field]
    size = len(values)
    return sum(
        None
        in assign(
            [[at for at, value in enumerate(values) if fits(slot, value)] for slot in range(block, block + size)],
            [1] * size,
        )
        for block in range(0, ROWS, size)
    )


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("field", SAMPLED)
def test_counts_differ_by_at_most_one_over_every_prefix(field: str, split: str):
    """Exceptions, derived from the data: scarce kinds, what a reader brings along, blocks with no matching (two at most)."""
    counts = Counter(dict.fromkeys(values_of(field, split), 0))
    allowed = 1
    if field == "kind" and (scarce := scarce_kinds(split)):
        assert len(scarce) == 1
        counts = Counter({kind: 0 for kind in counts if kind not in scarce})
        allowed = 4  # what a scarce kind leaves goes to the others, as their scenarios permit
    elif field in ("formality", "expertise"):
        allowed = 8  # a reader's own: they are even only as far as who may read of a scenario leaves a choice
    elif field in ("audience", "tone", "guidance"):
        cramped = cramped_blocks(field, split)
        assert cramped <= 2
        allowed += 2 * cramped  # one value once too often, another once too seldom
    for number, situation in enumerate(sampled(split)):
        value = SAMPLED[field](situation)
        if value in counts:
            counts[value] += 1
            assert max(counts.values()) - min(counts.values()) <= allowed, f"{field} after {number + 1} rows: {counts}"
    if field in ("formality", "expertise"):
        assert max(counts.values()) - min(counts.values()) <= 1


def test_no_kind_is_scarce_in_train_and_test():
    assert not scarce_kinds("train") and not scarce_kinds("test")


@pytest.mark.parametrize("split", SPLITS)
def test_countries_come_in_turn_save_those_that_have_fewer_places(split: str):
    places = Counter(place.country for place in ours().places)
    few = {code for code, count in places.items() if count < max(places.values())}
    assert len(few) < 6
    counts = Counter({code: 0 for code in places if code not in few})
    for situation in sampled(split):
        if situation.country.code not in few:
            counts[situation.country.code] += 1
            assert max(counts.values()) - min(counts.values()) <= 1


def test_every_formality_comes_with_every_expertise():
    pairs = Counter((s.formality, s.expertise) for s in sampled("train"))
    assert len(pairs) == 9 and min(pairs.values()) >= 0.03 * ROWS


def test_nobody_reads_of_a_scenario_who_should_not():
    readers = {entry.id: entry.readers for entry in ours().scenarios}
    for split in SPLITS:
        assert all(s.audience.name in readers[s.id] for s in sampled(split))


def test_every_field_is_sampled_or_follows_from_one_that_is():
    assert set(SITUATION_FIELDS) | {"kind", "guidance"} == {*SAMPLED, *FOLLOWS, "language"}
    for field, source in FOLLOWS.items():
        pairs = {(SAMPLED[source](s), s.values()[field]) for s in sampled("train")}
        assert len(pairs) == len({value for value, _ in pairs}), f"{field} does not follow from {source}"


def test_a_place_s_country_and_a_reader_come_with_every_formality_and_industry_in_the_long_run():
    rows = [situation.values() for situation in sampled("train", 3_000)]
    assert len({(row["industry"], row["formality"]) for row in rows}) == 3 * len(ours().industries)
    assert len({(row["industry"], row["tone"]) for row in rows}) > 0.95 * len(ours().industries) * len(ours().tones)
    assert all(len({row["country"] for row in rows if row["industry"] == name}) > 5 for name in ours().industries)


# Sense.

LANDLOCKED = set(
    "AF AD AM AT AZ BY BT BO BW BF BI CF TD CZ SZ ET HU KZ KG LA LS LI LU MK MW ML MD MN NP NE PY RW RS SM".split()
)
LANDLOCKED |= set("SK SS CH TJ TM UG UZ VA ZM ZW XK".split())
DRY = set("SA KW LY IR YE BN PK SD SO MV AF BD MR".split())
WARM = set(
    "SG MY ID PH TH VN LK KE TZ UG GH NG SN CI CM JM TT BB BR EC PA CR FJ WS PG MV AE QA OM KW BH CU DO SV HN NI".split()
)

OUTSIDER = r"public|ministry|bank\b|external|outside|broker|visiting|assessor|partner organisation"
INSIDER = r"director|head of|colleague|intern\b|staff|shift|holidays|chair of|software team"


def needs(situation: Situation) -> set[str]:
    scenario = next(entry for entry in ours().scenarios if entry.id == situation.id)
    return {*ours().industries[situation.industry].needs, *scenario.needs}


def speaks_of(situation: Situation, pattern: str) -> bool:
    return bool(re.search(pattern, situation.industry, re.I))


def bare(name: str) -> str:
    return re.sub(r"^(the|a|an|our|your) ", "", name.lower())


NONSENSE: dict[str, Callable[[Situation], bool]] = {
    "a place in the United States": lambda s: s.place.country in UNITED_STATES or "United States" in s.country.name,
    "a sea port in a landlocked country": lambda s: (
        speaks_of(s, r"\b(sea|port|fish|ship|harbour|ferr|marin|offshore|coast)") and s.place.country in LANDLOCKED
    ),
    "fishing in a town without water": lambda s: (
        speaks_of(s, r"\b(fish|harbour|ferr|sea port)") and not {"coast", "river", "lake", "island"} & set(s.place.tags)
    ),
    "wine or beer where alcohol is forbidden": lambda s: (
        speaks_of(s, r"wine|brew|distil|beer|spirits|vineyard|pub\b") and s.place.country in DRY
    ),
    "skiing where no snow lies": lambda s: speaks_of(s, r"\bski|snow|winter") and "snow" not in s.place.tags,
    "winter sports in the tropics": lambda s: speaks_of(s, r"\bski|snow|winter") and s.place.country in WARM,
    "a place without what its industry or scenario needs": lambda s: not needs(s) <= set(s.place.tags),
    "an industry in a country that it excludes": lambda s: s.place.country in ours().industries[s.industry].excludes,
    "a casual tone in a formal text": lambda s: s.formality not in s.tone.formality,
    "guidance for a formal text in a casual one": lambda s: s.formality not in s.guidance.formality,
    "a text too casual for its reader": lambda s: s.formality not in s.audience.formality,
    "a newcomer among experts": lambda s: s.expertise not in s.audience.expertise,
    "shop talk for a newcomer": lambda s: (
        s.guidance.id in ("fireside-account", "technical-note") and s.expertise == "newcomer"
    ),
    "a beginner's explanation for an expert": lambda s: (
        (s.guidance.id in ("explainer", "teacher-voice", "plain-summary") or s.tone.name == "patient")
        and s.expertise == "expert"
    ),
    "a team chat, a newsletter or a mail to a colleague for an outsider": lambda s: (
        s.guidance.id in ("chat-message", "newsletter-item", "email-colleague", "postcard", "minute-entry", "memo")
        and bool(re.search(OUTSIDER, s.audience.name))
    ),
    "a lawyer's letter, an official reply or a reply to a complaint for one's own people": lambda s: (
        s.guidance.id
        in ("legal-letter", "official-reply", "complaint-reply", "answer-to-resident", "statement-to-inquiry")
        and bool(re.search(INSIDER, s.audience.name))
    ),
    "an auditor's working paper in a warm tone": lambda s: (
        s.guidance.id in ("audit-working-paper", "inventory", "file-note")
        and s.tone.name in ("warm", "encouraging", "chatty")
    ),
    "a tone without hurry in a text that skips all": lambda s: (
        s.guidance.id == "fireside-account" and s.tone.name == "patient"
    ),
    "one who writes to himself": lambda s: bare(s.audience.name) == bare(s.role),
    "a city in another country": lambda s: s.place.country != s.country.code,
    "another country's regulator": lambda s: not s.regulator.startswith(f"the {s.country.demonym} "),
    "another industry's role": lambda s: s.role not in ours().industries[s.industry].roles,
    "another industry's organisations": lambda s: s.organisations != ours().industries[s.industry].organisations,
    "a kind of document that the industry does not have": lambda s: s.kind not in ours().industries[s.industry].kinds,
    "minutes called an incident log": lambda s: s.document != dict(zip(*parallel(s), strict=True))[s.kind],
}


def parallel(situation: Situation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    scenario = next(entry for entry in ours().scenarios if entry.id == situation.id)
    return scenario.kinds, scenario.documents


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_no_combination_is_nonsense(nonsense: str):
    situations = [*sampled("train", 2_400), *sampled("validation"), *sampled("test")]
    assert len(situations) == 3_000
    found = [situation for situation in situations if NONSENSE[nonsense](situation)]
    assert not found, (found[0].values(), found[0].kind)


def test_what_goes_together_names_entries_that_there_are():
    import yaml

    together = yaml.safe_load((DATA / "together.yaml").read_text())
    assert set(together["outside"]) <= {audience.name for audience in ours().audiences}
    assert set(together["tones"]) <= {tone.name for tone in ours().tones}
    assert set(together["guidance"]) <= {entry.id for entry in ours().guidance}
    for entry in ours().guidance:
        assert set(entry.avoids) <= {tone.name for tone in ours().tones}
        assert set(entry.readers) <= {"inside", "outside"} and set(entry.expertise) <= set(ours().expertise)


def test_the_nonsense_above_is_told_apart_from_sense():
    """Each pattern would see the combination that it names: here some, made by hand from sampled parts."""
    one = next(s for s in sampled("train") if s.industry == "sea port")
    inland = next(place for place in ours().places if place.country in LANDLOCKED)
    moved = replace(one, place=inland, country=ours().countries[inland.country])
    seen = {name for name, is_nonsense in NONSENSE.items() if is_nonsense(moved)}
    assert {"a sea port in a landlocked country", "a place without what its industry or scenario needs"} <= seen
    casual = next(tone for tone in ours().tones if "formal" not in tone.formality)
    assert NONSENSE["a casual tone in a formal text"](replace(one, formality="formal", tone=casual))


def test_no_kind_is_chosen_that_was_not_asked_for():
    assert {s.kind for s in sampled("train")} == set(kinds_for("train"))
    assert {ours().situation("train", n, 0, ["fleet"]).kind for n in range(50)} == {"fleet"}


# Splits, seeds, processes.


def test_splits_share_no_scenario_and_every_industry_is_in_each():
    splits = ours().splits
    ids = {split: {scenario.id for scenario in scenarios} for split, scenarios in splits.items()}
    assert len(set.union(*ids.values())) == sum(map(len, ids.values())) == len(ours().scenarios)
    for industry in ours().industries:
        counts = [sum(scenario.industry == industry for scenario in splits[split]) for split in SPLITS]
        assert counts == [5, 1, 2]


def test_a_situation_is_a_function_of_its_arguments():
    database = load()
    backwards = [database.situation("train", n, 0, kinds_for("train")) for n in reversed(range(60))]
    assert backwards[::-1] == sampled("train")[:60]
    assert sampled("train", ROWS, 1)[:60] != sampled("train")[:60]
    assert database.sha == ours().sha


def test_it_is_the_same_in_every_process():
    program = (
        "import hashlib\nfrom longctx_synth.scenarios import load\nd = load()\n"
        "print(d.sha, hashlib.sha256(repr([d.situation('test', n, 3, d.kinds()) for n in range(40)]).encode()).hexdigest())"
    )
    told = {run_python("-c", program, PYTHONHASHSEED=seed) for seed in ("0", "1")}
    assert len(told) == 1


def run_python(*arguments: str, **environment: str) -> str:
    environment["PYTHONPATH"] = ":".join(sys.path)
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment
    ).stdout


def test_importing_and_sampling_loads_nothing_heavy():
    heavy = "{'datasets', 'torch', 'pyarrow', 'numpy', 'py3langid', 'jsonschema', 'faker'}"
    program = f"import sys, longctx_synth.scenarios\nprint({heavy[:-1]}, 'yaml', 'babel'}} & set(sys.modules))\n"
    program += (
        f"longctx_synth.scenarios.load().situation('train', 0, 0, ['minutes'])\nprint({heavy} & set(sys.modules))"
    )
    assert run_python("-c", program).split() == ["set()", "set()"]


# What reaches the row and the prompt.


def test_values_are_the_fields_of_the_row_each_with_a_dimension():
    values = sampled("train")[0].values()
    assert list(values) == SITUATION_FIELDS
    assert all(isinstance(value, str) and value for value in values.values())
    assert {*SITUATION_FIELDS, "kind", "form", "layout"} == set(DIMENSIONS)
    assert set(DIMENSIONS.values()) == {"linguistic", "topical", "demographic", "format"}


def test_fields_come_most_important_first_and_as_many_as_asked():
    one = sampled("train")[0]
    names = ", ".join(name for name, _ in one.fields(None))
    assert names == (
        "scenario, role, audience, place, stakes, time frame, expertise, tone, formality, guidance, document, regulator"
    )
    assert one.fields(0) == [] and one.fields(3) == one.fields(None)[:3] and one.fields(99) == one.fields()
    assert dict(one.fields(None))["place"].startswith(one.place.city)


def test_home_is_where_the_document_belongs():
    one = sampled("train")[0]
    assert home(one) == (one.country.code, one.place.city, one.organisations, one.nouns, one.mishaps)
    assert one.nouns == load().industries[one.industry].nouns(one.kind) != ()
    assert all(pattern.count("{}") == 1 for pattern in one.organisations)


def test_the_language_of_the_text_is_a_choice():
    assert sampled("train")[0].language == "en"
    assert ours().situation("train", 0, 0, kinds_for("train"), language="de").values()["language"] == "de"


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("de", "German"), ("sw", "Swahili"), ("pt", "Portuguese")]
)
def test_a_language_has_a_name(code: str, name: str):
    assert check_language(code) == name


@pytest.mark.parametrize("code", ["xx", "German", "EN", "", "zxx", "de_DE"])
def test_a_language_that_nobody_can_check_is_refused(code: str):
    with pytest.raises(SettingsError, match="--language"):
        check_language(code)


# Coverage.


def test_coverage_counts_what_was_used_of_what_there_is():
    rows = [
        {"tone": "dry", "industry": "dairy"},
        {"tone": "dry", "industry": "hospital"},
        {"tone": "warm", "other": "x"},
    ]
    seen = coverage(rows, {"tone": 4, "industry": 2})
    tone = next(entry for entry in seen.fields if entry.field == "tone")
    assert (tone.used, tone.available, tone.most, tone.least, tone.rows) == (2, 4, 2, 0, 3)
    # three rows can hold three tones at most: H(2/3, 1/3) / ln 3
    assert tone.evenness == pytest.approx((math.log(3) - 2 / 3 * math.log(2)) / math.log(3))
    industry = next(entry for entry in seen.fields if entry.field == "industry")
    assert (industry.evenness, industry.least, industry.most) == (1.0, 1, 1)
    assert list(seen.dimensions()) == ["topical", "linguistic"]
    assert seen.lines()[1] == "linguistic diversity: tone 2/4 (0.58 even)"
    assert seen.table()[0]["values"] == "2 of 2"


def test_evenness_is_one_where_counts_are_equal_and_where_there_is_one_value():
    assert evenness({"a": 5, "b": 5, "c": 5}, 3) == pytest.approx(1.0)
    assert evenness({"en": 9}, 1) == 1.0
    assert evenness({"a": 9}, 3) == 0.0
    assert coverage([], {"tone": 3}).fields == ()


def test_three_hundred_rows_cover_what_is_available():
    available = ours().available("train") | {"kind": len(kinds_for("train"))}
    seen = coverage((s.values() | {"kind": s.kind} for s in sampled("train")), available)
    assert {entry.field: entry.used for entry in seen.fields} == {k: min(v, ROWS) for k, v in available.items()}
    assert all(entry.evenness > 0.85 for entry in seen.fields)
    assert set(ours().available()) == set(SITUATION_FIELDS)


# The user's own.


def row(number: int = 1, **columns: Any) -> dict[str, Any]:
    return {
        "id": f"own-{number}",
        "industry": "beekeeping",
        "situation": "The cooperative wants to know where its hives stand.",
        "role": "hive inspector",
        "stakes": "A season's honey.",
        "documents": ["hive register"],
        "kinds": ["inspection", "minutes"],
        "needs": [],
    } | columns


def write_jsonl(file: Path, rows: list[dict[str, Any]]) -> str:
    file.write_text("".join(json.dumps(entry) + "\n" for entry in rows))
    return str(file)


def write_parquet(file: Path, rows: list[dict[str, Any]]) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), file)
    return str(file)


ROWS_OF_MINE = [row(n) for n in range(1, 9)] + [row(9, industry="sea port", kinds=["fleet", "minutes"])]


def test_the_user_s_file_folder_and_parquet_are_one(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    jsonl = load(write_jsonl(tmp_path / "mine.jsonl", ROWS_OF_MINE))
    parquet = load(write_parquet(tmp_path / "mine.parquet", ROWS_OF_MINE))
    write_jsonl(tmp_path / "folder" / "a.jsonl", ROWS_OF_MINE[:4])
    write_jsonl(tmp_path / "folder" / "b.jsonl", ROWS_OF_MINE[4:])
    folder = load(str(tmp_path / "folder"))
    assert jsonl.sha == parquet.sha == folder.sha != ours().sha
    assert [scenario.id for scenario in jsonl.scenarios] == [f"own-{n}" for n in range(1, 10)]


def test_a_folder_like_ours_is_read_by_its_scenarios_alone(tmp_path: Path):
    write_jsonl(tmp_path / "scenarios.jsonl", ROWS_OF_MINE)
    write_jsonl(tmp_path / "notes.jsonl", [{"a": 1}])
    assert len(load(str(tmp_path)).scenarios) == len(ROWS_OF_MINE)


def test_a_hub_id_is_read_with_datasets(monkeypatch: pytest.MonkeyPatch):
    import datasets

    asked: list[str] = []

    def load_dataset(name: str, **options: Any) -> dict[str, list[dict[str, Any]]]:
        asked.append(name)
        return {"train": ROWS_OF_MINE[:4], "more": ROWS_OF_MINE[4:]}

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert len(load("someone/their-scenarios").scenarios) == len(ROWS_OF_MINE)
    assert asked == ["someone/their-scenarios"]


def test_an_industry_of_the_user_s_is_made_from_its_scenarios(tmp_path: Path):
    database = load(write_jsonl(tmp_path / "mine.jsonl", ROWS_OF_MINE))
    industry = database.industries["beekeeping"]
    assert (industry.roles, industry.kinds) == (("hive inspector",), ("inspection", "minutes"))
    one = next(s for n in range(9) if (s := database.situation("train", n, 0, ["minutes"])).industry == "beekeeping")
    assert one.regulator == f"the {one.country.demonym} supervisory authority"
    assert one.document == "hive register"
    ports = [p.tags for p in database.places_for(database.scenarios[-1])]
    assert ports and all("coast" in tags for tags in ports)  # ours knows what a sea port needs


def test_needs_may_be_left_out_and_other_columns_are_ignored(tmp_path: Path):
    rows = [{key: value for key, value in entry.items() if key != "needs"} | {"owner": "me"} for entry in ROWS_OF_MINE]
    assert load(write_jsonl(tmp_path / "mine.jsonl", rows)).scenarios[0].needs == ()


@pytest.mark.parametrize("count", [3, 5, 8, 9])
def test_few_scenarios_still_fill_all_splits_with_different_ones(tmp_path: Path, count: int):
    database = load(write_jsonl(tmp_path / "mine.jsonl", [row(n, industry=f"trade {n}") for n in range(count)]))
    ids = [{database.situation(split, n, 0, ["minutes"]).id for n in range(20)} for split in SPLITS]
    assert all(ids) and len(set.union(*ids)) == sum(map(len, ids)) == count


def test_where_a_kind_is_scarce_it_gives_way_and_scenarios_stay_even():
    rows = [row(n, industry=f"trade {n % 4}", kinds=["minutes"]) for n in range(32)]
    rows[5]["kinds"] = ["minutes", "grants"]
    database = with_scenarios(ours(), rows, "the rows")
    situations = [database.situation("train", n, 0, ["grants", "minutes"]) for n in range(100)]
    for values in ([s.id for s in situations], [s.industry for s in situations]):
        counts = Counter(values).values()
        assert max(counts) - min(counts) <= 1
    able = {s.id for s in situations if s.kind == "grants"}
    assert able <= {"own-5"} and all(s.kind in ("grants", "minutes") for s in situations)


def test_an_industry_that_fits_one_place_alone_stays_there_and_the_others_travel():
    tags = Counter(frozenset(place.tags) for place in ours().places)
    place = next(
        p
        for p in ours().places
        if sum(set(p.tags) <= set(other.tags) for other in ours().places) == 1 == tags[frozenset(p.tags)]
    )
    rows = [row(n, industry=f"trade {n % 3}", needs=list(place.tags) if n % 3 == 0 else []) for n in range(24)]
    database = with_scenarios(ours(), rows, "the rows")
    situations = [database.situation("train", n, 0, ["minutes"]) for n in range(300)]
    assert {s.place for s in situations if s.industry == "trade 0"} == {place}
    assert max(Counter(s.place.city for s in situations if s.industry != "trade 0").values()) <= 2


def without(column: str) -> dict[str, Any]:
    return {key: value for key, value in row().items() if key != column}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([without("stakes")], "row 1: column 'stakes' is missing; the columns are id, industry"),
        ([row(1), row(2, situation=" ")], "row 2: column 'situation' is empty"),
        ([row(role=7)], "column 'role' holds 7; it must be a text"),
        ([row(kinds=[])], "column 'kinds' is empty"),
        ([row(documents="a list")], "column 'documents' holds \"a list\"; it must be a list of texts"),
        ([row(1), row(1)], "row 2: the id 'own-1' stands there twice"),
        ([row(kinds=["poems"])], "column 'kinds' names 'poems', which is none of fleet, grants"),
        ([row(needs=["volcano"])], "column 'needs' names 'volcano', which is none of"),
        (
            [row(industry="sea port", needs=["coast", "dry", "snow", "lake", "capital", "small"])],
            "no place of ours has all",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_row_and_column(tmp_path: Path, rows: list[dict[str, Any]], told: str):
    with pytest.raises(SettingsError, match=re.escape(told)) as error:
        load(write_jsonl(tmp_path / "mine.jsonl", rows))
    assert "--scenarios" in str(error.value) and "\n" not in str(error.value)


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path):
    (tmp_path / "torn.jsonl").write_text('{"id": "a"\n{{{')
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "nothing.jsonl").write_text("")
    for path in ("torn.jsonl", "empty", "notes.txt", "missing.jsonl", "nothing.jsonl"):
        with pytest.raises(SettingsError) as error:
            load(str(tmp_path / path))
        assert str(error.value).startswith("--scenarios ") and "\n" not in str(error.value)


def test_a_split_without_scenarios_is_an_error_that_says_why(tmp_path: Path):
    database = load(write_jsonl(tmp_path / "mine.jsonl", [row()]))
    assert database.situation("train", 0, 0, ["minutes"]).id == "own-1"
    with pytest.raises(SettingsError, match="none is left for the split 'validation'"):
        database.situation("validation", 0, 0, ["minutes"])
    with pytest.raises(SettingsError, match="of the kinds fleet"):
        database.situation("train", 0, 0, ["fleet"])
    with pytest.raises(SettingsError, match="There is no split named 'dev'"):
        database.situation("dev", 0, 0, ["minutes"])
    with pytest.raises(SettingsError, match="give each once"):
        database.situation("train", 0, 0, [])


# The table.


def test_the_table_counts_every_field():
    told = run_python("-m", "longctx_synth.scenarios", "--n", "300", "--seed", "0")
    assert all(re.search(rf"^{field} \(\w+\): \d+ of \d+ values$", told, re.M) for field in [*SITUATION_FIELDS, "kind"])
    assert told == run_python("-m", "longctx_synth.scenarios", "--n", "300", "--seed", "0", PYTHONHASHSEED="7")
    assert "United States" not in told
