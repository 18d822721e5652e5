"""What is left of a kind of document in a country without winter: no first snow in Ibadan, no winter tyres in Suva.

Alternatives, vocabulary and subjects that speak of frost or snow are taken out; no line is, since the place of a line
in its list says which split may use it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from longctx_synth.world.kinds import KINDS, Kind

COLD = re.compile(r"\b(?:snow|frost|sleet|winter|road salt)\b")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@cache
def mild(name: str) -> Kind:
    """The kind of document of this name, without winter. Raises KeyError for an unknown name."""
    kind = KINDS[name]
    return replace(
        kind,
        subjects=tuple(pair for pair in kind.subjects if not COLD.search(pair[0])),
        attributes=tuple(replace(own, templates=_without(own.templates)) for own in kind.attributes),
        pairs={keys: _without(lines) for keys, lines in kind.pairs.items()},
        colour=_without(kind.colour),
        words={
            word: tuple(option for option in options if not COLD.search(option)) for word, options in kind.words.items()
        },
        by_key={},
    )


def _without(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_CHOICE.sub(_thawed, line) if COLD.search(line) else line for line in lines)


def _thawed(match: re.Match[str]) -> str:
    options = match[1].split("|")
    return f"[{'|'.join([option for option in options if not COLD.search(option)] or options)}]"
