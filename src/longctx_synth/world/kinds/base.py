"""What a kind of document is: subjects, their attributes, and the sentences that state them. All data, no code.

Slots in templates: {s} the subject ("the Harwick depot"), {p} its possessive, {v} the value; in `pairs` each value by
its attribute's key. Templates are lines of `prose` (alternatives in brackets, $words from `words`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from longctx_synth.world.prose import lines


@dataclass(frozen=True)
class Attribute:
    """Something that is true of a subject and has one value.

    low, high: bounds of the value, by `type`: amount in euros (scaled by the currency), count, duration in `unit`,
    percentage, date in days from `base` (another date attribute of the subject, or "end", the day of the document).
    unit: of a duration, or the prefix of a code. top, bottom, over: how derived questions speak of it ("the highest
    repair estimate", "the lowest repair estimate", "a repair estimate above {x}"); first: for dates, what is put in
    order ("inspected"); which: what is true of the subject that has the value ("has the works permit {v}").
    """

    key: str
    type: str
    ask: str
    templates: tuple[str, ...]
    statements: tuple[str, ...]
    low: float = 0
    high: float = 0
    unit: str = ""
    base: str = "end"
    top: str = ""
    bottom: str = ""
    over: str = ""
    first: str = ""
    which: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of document. subjects: (name pattern, what it is called the second time); `{place}`, `{company}`,
    `{number}` and `{plate}` in the name pattern are invented. work: what the document does, for its frame ("this
    round of inspections").
    """

    name: str
    noun: str
    plural: str
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    subjects: tuple[tuple[str, str], ...]
    attributes: tuple[Attribute, ...]
    pairs: dict[tuple[str, ...], tuple[str, ...]]
    colour: tuple[str, ...]
    short: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    work: str
    work_again: tuple[str, ...]
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    per_section: tuple[int, int] = (2, 5)
    series: tuple[int, int] | None = None
    own: tuple[str, str] | None = None
    by_key: dict[str, Attribute] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_key.update({attribute.key: attribute for attribute in self.attributes})


def attribute(key: str, type_: str, ask: str, templates: str, statements: str, **bounds: object) -> Attribute:
    """An attribute from blocks of lines."""
    return Attribute(key, type_, ask, lines(templates), lines(statements), **bounds)  # type: ignore[arg-type]


def vocabulary(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of "name: one, two, three"."""
    pairs = (line.split(":", 1) for line in lines(text))
    return {name.strip(): tuple(word.strip() for word in words.split(",")) for name, words in pairs}
