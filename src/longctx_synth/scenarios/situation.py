"""A situation: one scenario with everything that goes with it, as a row stores it and as a prompt tells it.

A situation is plain data without chance in it; `database.Database.situation` samples one. What stands in it fits together: the
place has what the industry needs, tone and guidance suit the formality, the reader is not the one who asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from longctx_synth.errors import SettingsError

if TYPE_CHECKING:
    from longctx_synth.scenarios.places import Country, Place

# Field -> dimension of diversity. `kind`, `form` and `layout` are what verifiable_if adds to a situation's own fields.
DIMENSIONS = {
    "scenario": "topical",
    "industry": "topical",
    "time_frame": "topical",
    "role": "demographic",
    "audience": "demographic",
    "place": "demographic",
    "country": "demographic",
    "continent": "demographic",
    "language": "linguistic",
    "tone": "linguistic",
    "formality": "linguistic",
    "expertise": "linguistic",
    "register": "linguistic",
    "genre": "format",
    "kind": "format",
    "form": "format",
    "layout": "format",
}

# The keys of `Situation.values`, in the order of a row's `scenario` struct.
SITUATION_FIELDS = [
    "scenario",
    "industry",
    "role",
    "audience",
    "place",
    "country",
    "continent",
    "language",
    "tone",
    "formality",
    "expertise",
    "time_frame",
    "genre",
    "register",
]


@dataclass(frozen=True, slots=True)
class Guidance:
    """How a text is to be written.

    formality, expertise, readers ("inside" the organisation, "outside"): those with which it makes sense; avoids: tones with
    which it does not. Empty is all, or none to avoid.
    """

    id: str
    genre: str
    structure: str
    perspective: str
    register: str
    formality: tuple[str, ...]
    text: str
    expertise: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone of voice. formality, expertise: the text's and the reader's with which it makes sense; empty is all."""

    name: str
    formality: tuple[str, ...]
    text: str
    expertise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads the text (name with its article), "inside" the organisation or "outside".

    expertise, formality: those that such a reader has and expects.
    """

    name: str
    expertise: tuple[str, ...]
    formality: tuple[str, ...]
    side: str = "inside"


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """When the matter is to be settled, or is looked at."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Situation:
    """One scenario with all that goes with it.

    id: the scenario's; situation: one sentence; role: who asks (noun without article); roles: all of the industry's; document: a
    typical one; kind: of the world's documents; organisations: patterns with one {}; regulator: "the Kenyan food safety
    authority"; language: ISO 639-1 code of the text that is to be written.
    """

    id: str
    industry: str
    situation: str
    role: str
    stakes: str
    document: str
    kind: str
    place: Place
    country: Country
    organisations: tuple[str, ...]
    roles: tuple[str, ...]
    regulator: str
    units: tuple[str, ...]
    nouns: tuple[str, ...]
    mishaps: tuple[str, ...]
    audience: Audience
    tone: Tone
    formality: str
    expertise: str
    time_frame: TimeFrame
    guidance: Guidance
    language: str = "en"

    def values(self) -> dict[str, str]:
        """The row's `scenario` struct: the keys are SITUATION_FIELDS."""
        return {
            "scenario": self.id,
            "industry": self.industry,
            "role": self.role,
            "audience": self.audience.name,
            "place": self.place.city,
            "country": self.country.name,
            "continent": self.country.continent,
            "language": self.language,
            "tone": self.tone.name,
            "formality": self.formality,
            "expertise": self.expertise,
            "time_frame": self.time_frame.name,
            "genre": self.guidance.genre,
            "register": self.guidance.register,
        }

    def fields(self, limit: int | None = None) -> list[tuple[str, str]]:
        """(name, text) of the fields that hang together, most important first; at most `limit` of them, None for all."""
        city, country = self.place.city, self.country.name
        told = [
            ("scenario", self.situation),
            ("role", self.role),
            ("audience", self.audience.name),
            ("place", city if city == country else f"{city}, {country}"),
            ("stakes", self.stakes),
            ("time frame", self.time_frame.text),
            ("expertise", self.expertise),
            ("tone", self.tone.text),
            ("formality", self.formality),
            ("guidance", self.guidance.text),
            ("document", self.document),
            ("regulator", self.regulator),
        ]
        return told[:limit]


def home(situation: Situation) -> tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Where the situation's document belongs: country code, city, patterns of organisations' names, nouns, mishaps."""
    here = situation
    return here.country.code, here.place.city, here.organisations, here.nouns, here.mishaps


@lru_cache
def check_language(code: str) -> str:
    """The English name of a language that texts can be asked for and be checked in; raises SettingsError.

    >>> check_language("en")
    'English'
    """
    if code == "en":  # the default loads neither the detector nor the locale data
        return "English"
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise SettingsError(
            f"--language {code}: not a language code; write it as ISO 639-1 does, such as de, fr or sw."
        )
    import py3langid
    from babel import Locale

    name = Locale("en").languages.get(code)
    told_apart = sorted({label for label, _ in py3langid.rank("")} - {"zxx"})
    if name is None or code not in told_apart:
        missing = (
            "Babel has no name for it" if name is None else "py3langid cannot tell it, so no answer could be checked"
        )
        raise SettingsError(
            f"--language {code}: {missing}; there are {', '.join(c for c in told_apart if len(c) == 2)}."
        )
    return name
