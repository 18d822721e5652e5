"""Invented names, each belonging to one split for ever.

A surname, a place name or a company's name is made from a country's sounds and given to a split by the hash of its
text, so the splits are disjoint whatever seed, country or document asks. A `NamePool` hands names out without
repeating one inside a document for as long as it can; when a long document has used up a pool of surnames, full names
still differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from longctx_synth.errors import SettingsError
from longctx_synth.world.countries import BY_NAME

# Per cent of the invented names; test has more than validation, since it is read at more lengths.
SHARES = {"train": 60, "validation": 15, "test": 25}

ORGANISATIONS = (
    "{} County Works",
    "{} Water Board",
    "{} Housing Association",
    "{} Harbour Trust",
    "{} Regional Transport",
    "{} Growers' Cooperative",
    "{} Hospital Group",
    "{} Museums Service",
    "{} Power and Light",
    "{} Dairy Union",
    "{} Forestry Company",
    "{} School Foundation",
    "{} Freight Lines",
    "{} District Council",
    "{} Recycling Authority",
    "{} Land Fund",
)
TRADES = (
    "Castings",
    "Joinery",
    "Instruments",
    "Packaging",
    "Textiles",
    "Coatings",
    "Pumps",
    "Catering",
    "Glassworks",
    "Electrical",
    "Timber",
    "Cables",
    "Bearings",
    "Printing",
    "Seals",
    "Metalwork",
    "Cleaning",
    "Optics",
    "Fasteners",
    "Ceramics",
    "Tooling",
    "Refrigeration",
    "Paper",
    "Hydraulics",
)
SPOTS = (
    "Wharf",
    "House",
    "Court",
    "Yard",
    "Street",
    "Lane",
    "Mill",
    "Gate",
    "Square",
    "Quay",
    "Bridge",
    "Park",
    "Hall",
    "Row",
    "Cross",
    "Depot",
)


@lru_cache(maxsize=200_000)
def split_of(name: str) -> str:
    """The split that an invented name belongs to."""
    point = int.from_bytes(hashlib.sha256(name.casefold().encode()).digest()[:4], "big") % 100
    for split, share in SHARES.items():
        if point < share:
            return split
        point -= share
    raise AssertionError("SHARES sum to 100")


@lru_cache(maxsize=256)
def invented(country: str, split: str, what: str) -> tuple[str, ...]:
    """All surnames or places (`what`) of a country that belong to `split`."""
    if split not in SHARES:
        raise SettingsError(f"There is no split named {split!r}: use train, validation or test.")
    home = BY_NAME[country]
    stems, ends = (home.surname_stems, home.surname_ends) if what == "surnames" else (home.place_stems, home.place_ends)
    names = {_joined(stem, end) for stem in stems for end in ends} - set(home.real_places if what == "places" else ())
    return tuple(sorted(name for name in names if split_of(name) == split))


def _joined(stem: str, end: str) -> str:
    # "Lipp" + "pa" would give three letters in a row; "ell" + "elly" reads as a slip of the pen.
    while stem and end and stem[-1] == end[0]:
        stem = stem[:-1]
    return stem + end


class NamePool:
    """Names for one document. What was drawn is remembered in `entities`, in order."""

    def __init__(self, country: str, split: str) -> None:
        self.country = BY_NAME[country]
        self.surnames = invented(country, split, "surnames")
        self.places = invented(country, split, "places")
        self._used: set[str] = set()
        self.entities: dict[str, None] = {}

    def person(self, rng: Random) -> tuple[str, str]:
        """A given name and a surname, together unused so far; the surname unused too while there are fresh ones."""
        for attempt in range(400):
            given, surname = rng.choice(self.country.given), rng.choice(self.surnames)
            # "Ling Ling" reads as a slip of the pen.
            if given == surname:
                continue
            full = f"{given} {surname}"
            if full not in self._used and (surname not in self._used or attempt > 25):
                break
        self._used |= {full, surname}
        self.entities[full] = None
        return given, surname

    def place(self, rng: Random) -> str:
        """An invented locality, unused while there are fresh ones."""
        name = self._fresh(rng, self.places)
        self.entities[name] = None
        return name

    def spot(self, rng: Random) -> str:
        """An invented address-like place ("Fennwick Quay"), unused so far."""
        for _ in range(200):
            name = f"{rng.choice(self.places)} {rng.choice(SPOTS)}"
            if name not in self._used:
                break
        self._used.add(name)
        self.entities[name] = None
        return name

    def company(self, rng: Random, trades: Sequence[str] = TRADES) -> str:
        """An invented firm ("Harrovan Castings"), unused so far."""
        for attempt in range(400):
            stem = rng.choice(self.surnames if rng.random() < 0.6 else self.places)
            name = f"{stem} {rng.choice(trades)}"
            if name not in self._used and (stem not in self._used or attempt > 25):
                break
        self._used |= {name, stem}
        self.entities[name] = None
        return name

    def organisation(self, rng: Random, patterns: Sequence[str] = ORGANISATIONS) -> str:
        """The body that the document is about: one of `patterns` with an invented place in it."""
        name = rng.choice(patterns).format(self._fresh(rng, self.places))
        self.entities[name] = None
        return name

    def _fresh(self, rng: Random, pool: tuple[str, ...]) -> str:
        name = rng.choice(pool)
        for _ in range(25):
            if name not in self._used:
                break
            name = rng.choice(pool)
        self._used.add(name)
        return name
