"""Countries and real places, read from the files beside this module: what is public and the same in every split.

`countries.jsonl` holds a country a line with the sounds that invented names are made of, `places.jsonl` a town a line.
Both are frozen text, so that no release of Faker or Babel changes a row. They are read once, when first asked for, and
checked then: every town lies in a known country and bears known tags.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

TAGS = ("capital", "coast", "river", "lake", "mountain", "snow", "island", "dry", "large", "small")
CONTINENTS = ("Africa", "Asia", "Europe", "North America", "South America", "Oceania")


@dataclass(frozen=True, slots=True)
class Country:
    """Facts of a country and the sounds of its names.

    code: ISO 3166 alpha-2. name: as in running text ("the Netherlands"); demonym: the adjective ("Dutch"). scale: how
    many units of `currency` (ISO 4217) buy what one euro buys, roughly. number_locale: how figures are grouped in an
    English text from there. winter: whether
    a reader there expects frost and snow. locale: Babel's. languages: ISO 639 codes, the main one first. faker: where the names were
    taken from, or "". Surnames and localities are a stem and an end each; whole surnames have the one end "". real_places: what
    stems and ends would make but is a real town; it is not used. towns: real towns besides those in `PLACES`.
    """

    code: str
    name: str
    demonym: str
    continent: str
    currency: str
    scale: float
    number_locale: str
    date_order: str
    winter: bool
    locale: str
    languages: tuple[str, ...]
    faker: str
    given: tuple[str, ...]
    surname_stems: tuple[str, ...]
    surname_ends: tuple[str, ...]
    place_stems: tuple[str, ...]
    place_ends: tuple[str, ...]
    real_places: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A real city or town. country: code. tags: those of `TAGS` that are true of it."""

    city: str
    country: str
    tags: tuple[str, ...] = ()


def _lines(name: str) -> list[dict[str, Any]]:
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


@cache
def countries() -> tuple[Country, ...]:
    """All countries, in the order of the file."""
    found = []
    for row in _lines("countries.jsonl"):
        if "surnames" in row:
            row["surname_stems"], row["surname_ends"] = row.pop("surnames"), [""]
        facts: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        found.append(Country(**facts))
    return tuple(found)


@cache
def by_code() -> dict[str, Country]:
    """The countries by their code."""
    return {country.code: country for country in countries()}


@cache
def places() -> tuple[Place, ...]:
    """All towns, in the order of the file."""
    found = tuple(Place(row["city"], row["country"], tuple(row["tags"])) for row in _lines("places.jsonl"))
    for place in found:
        if place.country not in by_code() or not set(place.tags) <= set(TAGS):
            raise ValueError(f"places.jsonl: {place.city} has an unknown country or tag: {place.country}, {place.tags}")
    return found


def __getattr__(name: str) -> Any:
    """`COUNTRIES` (by code) and `PLACES`, read when first used."""
    if name == "COUNTRIES":
        return by_code()
    if name == "PLACES":
        return places()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
