"""A document and what is known to be true of it.

`Document.text` is the only text; everything else points into it with code-point offsets: a `Fact` spans its value, a
`Section` its heading and body, a sentence its first to last character. The writer makes these spans while it writes,
so they are exact by construction and nothing is ever searched for.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longctx_synth.world.values import Style

FACT_KINDS = ("amount", "date", "person", "count", "place", "duration", "percentage", "code")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that the document states.

    ask: a noun phrase that asks for the value without giving it ("the amount set aside for the Harwick depot").
    forms: accepted surface forms of the value, the document's own first. sentence: the document's sentence that
    states it; `text[start:end] == value`. statements: the fact as a sentence of an answer, in several wordings, each
    understandable alone. attribute: what the kind of document calls it; rank: orders the values of one attribute.
    """

    id: str
    kind: str
    subject: str
    ask: str
    value: str
    forms: tuple[str, ...]
    sentence: str
    section: int
    start: int
    end: int
    statements: tuple[str, ...] = ()
    attribute: str = ""
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What follows from several facts, with its exact answer.

    kind: "count", "order", "extreme" or "lookup". ask: an indirect question ("which supplier has the largest
    contract"). items: for "order", the accepted forms of each item, in the right order; else empty. facts: ids of all
    facts it rests on.
    """

    kind: str
    ask: str
    answer: str
    forms: tuple[str, ...]
    facts: tuple[str, ...]
    statements: tuple[str, ...] = ()
    items: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled stretch of the text: `text[start:end]` is its heading and its body."""

    title: str
    start: int
    end: int


@dataclass(slots=True)
class Document:
    """A text and its truth. `entities` are the invented names in it; `sentences` are (start, end) in reading order.

    style, day: how it writes its figures, and the day it was written on; None for the user's own documents.
    """

    kind: str
    title: str
    date: str
    text: str
    sections: list[Section] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    seed: str = ""
    sentences: list[tuple[int, int]] = field(default_factory=list)
    style: Style | None = None
    day: datetime.date | None = None

    def fact(self, fact_id: str) -> Fact:
        """The fact with this id. KeyError if there is none."""
        for fact in self.facts:
            if fact.id == fact_id:
                return fact
        raise KeyError(fact_id)

    def quotes(self) -> list[str]:
        """All sentences as they stand in the text."""
        return [self.text[start:end] for start, end in self.sentences]
