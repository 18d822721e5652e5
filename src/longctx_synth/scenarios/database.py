"""The scenario database: our scenarios or the user's own, checked when they are read, and sampled by slot number.

What restricts what (a port needs a coast, a wedding speech no formal minutes) is data: `needs`, `excludes`, `formality` and
`expertise` of the entries. `stratified` turns a slot's number into entries that fit together.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longctx_synth.errors import SettingsError
from longctx_synth.scenarios.situation import Audience, Guidance, Situation, TimeFrame, Tone
from longctx_synth.strata import stable_seed

if TYPE_CHECKING:
    from longctx_synth.scenarios.places import Country, Place
    from longctx_synth.scenarios.stratified import Strata

DATA = Path(__file__).parent / "data"
SPLITS = ("train", "validation", "test")

# The splits of an industry's scenarios, in the order of their hashes; of eight, 5 train, 1 validates and 2 test.
SPLIT_OF_EIGHT = ("train", "test", "validation", "train", "train", "test", "train", "train")

# The United States and its territories: no row is set there.
UNITED_STATES = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM"})


@dataclass(frozen=True, slots=True)
class Industry:
    """needs: tags that its places have; excludes: country codes where it is nonsense; organisations: patterns with one {}.

    subjects: by kind of document, what such an organisation has that it speaks of, and its mishaps.
    """

    industry: str
    regulator: str
    organisations: tuple[str, ...]
    roles: tuple[str, ...]
    units: tuple[str, ...]
    documents: tuple[str, ...]
    kinds: tuple[str, ...]
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    subjects: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def nouns(self, kind: str) -> tuple[str, ...]:
        """The subjects of one kind (or "mishaps"); empty where there are none."""
        return dict(self.subjects).get(kind, ())


@dataclass(frozen=True, slots=True)
class Scenario:
    """role: who asks; stakes: what hangs on it; needs: tags of the place, beside the industry's.

    documents: where there are as many as kinds, the first goes with the first kind and so on; else any goes with any.
    readers: audiences that make sense for it; empty: all.
    """

    id: str
    industry: str
    situation: str
    role: str
    stakes: str
    documents: tuple[str, ...]
    kinds: tuple[str, ...]
    needs: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Database:
    """Everything that a situation is made of. Immutable: `situation` is a function of its arguments and of `sha`."""

    industries: Mapping[str, Industry]
    scenarios: tuple[Scenario, ...]
    guidance: tuple[Guidance, ...]
    tones: tuple[Tone, ...]
    audiences: tuple[Audience, ...]
    time_frames: tuple[TimeFrame, ...]
    formality: tuple[str, ...]
    expertise: tuple[str, ...]
    places: tuple[Place, ...]
    countries: Mapping[str, Country]  # by code
    about: str = "the scenario database"

    def situation(self, split: str, number: int, seed: int, kinds: Sequence[str], *, language: str = "en") -> Situation:
        """The situation of slot `number` of a split; kinds: those of the world's documents that may be chosen.

        Raises SettingsError where the split has no scenario for any of the kinds.
        """
        return replace(self.strata(split, seed, kinds).situation(number), language=language)

    def strata(self, split: str, seed: int, kinds: Sequence[str]) -> Strata:
        """The even spread of all fields over the slots of a split."""
        from longctx_synth.scenarios.stratified import Strata

        key = (split, seed, tuple(kinds))
        if key not in self._strata:
            self._strata[key] = Strata(self, split, seed, tuple(kinds))
        return self._strata[key]

    @cached_property
    def _strata(self) -> dict[tuple[str, int, tuple[str, ...]], Strata]:
        return {}

    @cached_property
    def sha(self) -> str:
        """A hash of the content: other content is another database, in the run's fingerprint too."""
        parts: list[Any] = [list(self.industries.values()), self.scenarios, self.guidance, self.tones, self.audiences]
        parts += [self.time_frames, self.formality, self.expertise, self.places, list(self.countries.values())]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @cached_property
    def splits(self) -> dict[str, tuple[Scenario, ...]]:
        """The scenarios of each split: disjoint, every industry's spread over all three where it has enough."""
        found: dict[str, list[Scenario]] = {split: [] for split in SPLITS}
        turn = 0  # counted over all industries, so that many small ones fill all splits too
        for name in self.industries:
            own = [scenario for scenario in self.scenarios if scenario.industry == name]
            for scenario in sorted(own, key=lambda scenario: stable_seed("split", scenario.id)):
                found[SPLIT_OF_EIGHT[turn % 8]].append(scenario)
                turn += 1
        return {split: tuple(scenarios) for split, scenarios in found.items()}

    def places_for(self, scenario: Scenario) -> list[Place]:
        """Where the scenario can be set."""
        industry = self.industries[scenario.industry]
        needs = {*industry.needs, *scenario.needs}
        return [place for place in self.places if needs <= set(place.tags) and place.country not in industry.excludes]

    def available(self, split: str | None = None) -> dict[str, int]:
        """How many different values each field of a situation can take, over all splits or in one."""
        scenarios = self.splits[split] if split else self.scenarios
        codes = {place.country for place in self.places}
        counts = {
            "scenario": len(scenarios),
            "industry": len({scenario.industry for scenario in scenarios}),
            "role": len({scenario.role for scenario in scenarios}),
            "audience": len(self.audiences),
            "place": len({place.city for place in self.places}),
            "country": len(codes),
            "continent": len({self.countries[code].continent for code in codes}),
            "language": 1,
            "tone": len(self.tones),
            "formality": len(self.formality),
            "expertise": len(self.expertise),
            "time_frame": len(self.time_frames),
            "genre": len({entry.genre for entry in self.guidance}),
            "register": len({entry.register for entry in self.guidance}),
        }
        return counts

    def kinds(self) -> list[str]:
        """The kinds of documents that some scenario is about, sorted."""
        return sorted({kind for scenario in self.scenarios for kind in scenario.kinds})


def load(path: str | None = None) -> Database:
    """Our scenarios, or the user's own in our industries, places and styles.

    path: a JSONL or Parquet file, a folder of them, or a Hub id, with the columns of our scenarios.jsonl (`needs` may be
    left out). Raises SettingsError that names the row and the column.
    """
    ours = read(DATA)
    return with_scenarios(ours, _rows(path), f"--scenarios {path}") if path else ours


def read(folder: Path) -> Database:
    """The database in a folder of industries.jsonl, scenarios.jsonl, guidance.jsonl and styles.yaml; places are ours.

    together.yaml, where there is one, adds columns to the entries of the last two, subjects.yaml what the documents of an
    industry are about, readers.yaml who may read about a scenario.
    """
    import yaml

    from longctx_synth.scenarios import places

    styles = yaml.safe_load((folder / "styles.yaml").read_text("utf-8"))
    guidance = _jsonl(folder / "guidance.jsonl")
    file = folder / "together.yaml"
    together = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    for key, rows, name in (("guidance", guidance, "id"), ("tones", styles["tones"], "name")):
        for row in rows:
            row |= together.get(key, {}).get(row[name], {})
    for row in styles["audiences"]:
        row["side"] = "outside" if row["name"] in together.get("outside", ()) else "inside"
    where = str(folder / "industries.jsonl")
    file = folder / "subjects.yaml"
    subjects = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    industries = {
        row["industry"]: replace(
            _entry(Industry, row, f"{where}, line {number}"),
            subjects=tuple((name, tuple(nouns)) for name, nouns in subjects.get(row["industry"], {}).items()),
        )
        for number, row in enumerate(_jsonl(folder / "industries.jsonl"), 1)
    }
    empty = Database(
        industries=industries,
        scenarios=(),
        guidance=_entries(Guidance, guidance, str(folder / "guidance.jsonl")),
        tones=_entries(Tone, styles["tones"], "styles.yaml, tones"),
        audiences=_entries(Audience, styles["audiences"], "styles.yaml, audiences"),
        time_frames=_entries(TimeFrame, styles["time_frames"], "styles.yaml, time_frames"),
        formality=tuple(styles["formality"]),
        expertise=tuple(styles["expertise"]),
        places=places.places(),
        countries=places.by_code(),
    )
    american = sorted(UNITED_STATES & {place.country for place in empty.places})
    if american:
        raise SettingsError(f"The places lie in {', '.join(american)}: no row is set in the United States.")
    file = folder / "readers.yaml"
    readers = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {"audiences": {}, "readers": {}}
    rows = [
        {**row, "readers": [readers["audiences"].get(name, name) for name in readers["readers"].get(row["id"], [])]}
        for row in _jsonl(folder / "scenarios.jsonl")
    ]
    return with_scenarios(empty, rows, str(folder / "scenarios.jsonl"))


def with_scenarios(base: Database, rows: Iterable[Mapping[str, Any]], where: str) -> Database:
    """`base` with these scenarios instead of its own, each checked. An unknown industry is made from its own scenarios."""
    from longctx_synth.scenarios.places import TAGS

    known = {kind for industry in base.industries.values() for kind in industry.kinds}
    scenarios: list[Scenario] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        at = f"{where}, row {number}"
        scenario = _entry(Scenario, row, at)
        if scenario.id in seen:
            raise SettingsError(f"{at}: the id '{scenario.id}' stands there twice; every scenario needs its own.")
        seen.add(scenario.id)
        for column, values, allowed in (("kinds", scenario.kinds, known), ("needs", scenario.needs, TAGS)):
            for value in values:
                if value not in allowed:
                    choice = ", ".join(sorted(allowed))
                    raise SettingsError(f"{at}: column '{column}' names '{value}', which is none of {choice}.")
        scenarios.append(scenario)
    if not scenarios:
        raise SettingsError(f"{where} holds no scenario.")
    named = {scenario.industry for scenario in scenarios}
    industries = {name: industry for name, industry in base.industries.items() if name in named}
    for name in dict.fromkeys(scenario.industry for scenario in scenarios):
        if name not in industries:
            industries[name] = _generic(name, [scenario for scenario in scenarios if scenario.industry == name])
    database = replace(base, industries=industries, scenarios=tuple(scenarios), about=where)
    for number, scenario in enumerate(scenarios, 1):
        if not database.places_for(scenario):
            needs = ", ".join([*industries[scenario.industry].needs, *scenario.needs])
            raise SettingsError(
                f"{where}, row {number}: no place of ours has all that '{scenario.id}' needs ({needs})."
            )
    return database


def _generic(name: str, scenarios: Sequence[Scenario]) -> Industry:
    """An industry that is known from scenarios alone: words that are right in any."""
    return Industry(
        industry=name,
        regulator="supervisory authority",
        organisations=("{} Group", "{} Partners", "{} Services"),
        roles=tuple(dict.fromkeys(scenario.role for scenario in scenarios)),
        units=("cases", "orders"),
        documents=tuple(dict.fromkeys(document for scenario in scenarios for document in scenario.documents)),
        kinds=tuple(dict.fromkeys(kind for scenario in scenarios for kind in scenario.kinds)),
    )


def _entries(entry: Any, rows: Iterable[Mapping[str, Any]], where: str) -> tuple[Any, ...]:
    return tuple(_entry(entry, row, f"{where}, entry {number}") for number, row in enumerate(rows, 1))


def _entry(entry: Any, row: Mapping[str, Any], at: str) -> Any:
    """A dataclass made of a row's columns: texts are stripped and not blank, lists are of such texts.

    Columns that have a default may be missing or empty; those that the dataclass does not have are ignored.
    """
    values: dict[str, Any] = {}
    for column in fields(entry):
        if column.name == "subjects":  # it has a file of its own
            continue
        value, optional = row.get(column.name), column.default is not MISSING
        if optional and (value is None or value == []):
            continue
        if column.type == "str":
            if not isinstance(value, str) or not value.strip():
                raise SettingsError(f"{at}: column '{column.name}' {_wrong(row, column.name, 'a text', entry)}.")
            values[column.name] = " ".join(value.split())
            continue
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise SettingsError(f"{at}: column '{column.name}' {_wrong(row, column.name, 'a list of texts', entry)}.")
        if not value:
            raise SettingsError(f"{at}: column '{column.name}' is empty; it must be a list of texts.")
        values[column.name] = tuple(item.strip() for item in value)
    return entry(**values)


def _wrong(row: Mapping[str, Any], column: str, due: str, entry: Any) -> str:
    if column not in row:
        return f"is missing; the columns are {', '.join(column.name for column in fields(entry))}"
    value = row[column]
    if value is None or (isinstance(value, str) and not value.strip()):
        return f"is empty; it must be {due}"
    return f"holds {json.dumps(value, default=str, ensure_ascii=False)[:60]}; it must be {due}"


def _jsonl(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _rows(path: str) -> list[dict[str, Any]]:
    """The rows of a JSONL or Parquet file, a folder of such files, or a data set on the Hub, all its splits in order."""
    import datasets

    local = Path(path).expanduser()
    try:
        if local.exists():
            files = _files(local, path)
            kind = "parquet" if files[0].suffix == ".parquet" else "json"
            names = [str(file) for file in files]
            return list(datasets.load_dataset(kind, data_files=names, split="train", streaming=True))
        if path.count("/") != 1 or path.startswith((".", "/", "~")) or local.suffix in _SUFFIXES:
            raise SettingsError(
                f"--scenarios {path}: there is no such file or folder, and it is no Hub id (user/name)."
            )
        splits = datasets.load_dataset(path, streaming=True)
        return [row for split in splits.values() for row in split]
    except SettingsError:
        raise
    except Exception as error:  # what can be wrong with a file or a Hub is told by a dozen libraries' own errors
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SettingsError(f"--scenarios {path}: cannot be read ({first}).") from error


_SUFFIXES = (".jsonl", ".json", ".ndjson", ".parquet")


def _files(local: Path, path: str) -> list[Path]:
    if local.is_file():
        if local.suffix not in _SUFFIXES:
            raise SettingsError(
                f"--scenarios {path}: must be a .jsonl or .parquet file, a folder of them, or a Hub id."
            )
        return [local]
    by_suffix: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(local.rglob("*")):
        if file.is_file() and file.suffix in _SUFFIXES and not any(part.startswith(".") for part in file.parts[-2:]):
            by_suffix["parquet" if file.suffix == ".parquet" else "json"].append(file)
    own = [file for files in by_suffix.values() for file in files if file.stem == "scenarios"]
    if own:  # a folder like ours, with other tables beside it
        return own[:1]
    if not by_suffix:
        raise SettingsError(f"--scenarios {path}: the folder holds no .jsonl or .parquet file.")
    if len(by_suffix) > 1:
        counts = Counter({kind: len(files) for kind, files in by_suffix.items()})
        raise SettingsError(f"--scenarios {path}: the folder holds {dict(counts)} files; name the one to read.")
    return next(iter(by_suffix.values()))
