"""The plan of a document, the drawing of what is true of it, and its text: three steps kept apart.

A `Plan` is structure: sections, subjects, patterns of sentences with open slots. `settle` draws the values of a plan,
`compose` fills them in and notes every span while it puts the text together. The same plan settled twice gives twins.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from longctx_synth.world import prose, values
from longctx_synth.world.document import Document, Fact, Section
from longctx_synth.world.kinds import Attribute, Kind
from longctx_synth.world.names import NamePool


@dataclass(slots=True)
class Sentence:
    """pattern: open slots are {v}s of `keys`, subject already settled. keys: the attributes it states; none for a
    remark.
    """

    pattern: str
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Subject:
    """names: accepted forms, the full name first. again: what it is called the second time."""

    names: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(slots=True)
class Block:
    """A subject and the paragraphs about it. place: where it stands in the seeding of values."""

    subject: Subject
    attributes: dict[str, Attribute]
    paragraphs: list[list[Sentence]]
    place: str
    values: dict[str, values.Value] = field(default_factory=dict)

    def keys(self) -> list[str]:
        """The attributes that are stated, in reading order."""
        return [key for paragraph in self.paragraphs for sentence in paragraph for key in sentence.keys]


@dataclass(slots=True)
class Part:
    """A section: heading and blocks."""

    heading: str
    blocks: list[Block]


@dataclass(slots=True)
class Plan:
    """Everything but the values."""

    kind: Kind
    split: str
    title: str
    style: values.Style
    setting: dict[str, str]
    numbering: str
    parts: list[Part]
    pool: NamePool
    said: set[str]
    uses: Counter[str]


def named(pattern: str, name: str) -> str:
    possessive = "its" if name == "it" else name + ("'" if name.endswith("s") else "'s")
    return pattern.replace("{p}", possessive).replace("{s}", name)


def settle(plan: Plan, values_name: str) -> date:
    """Draws the values of all blocks in place; returns the document's day."""
    values_name = f"{plan.kind.name}:{plan.split}:{values_name}"
    rng = Random(f"values:{values_name}")
    pool = NamePool(plan.style.country.name, plan.split)
    pool.entities, pool._used = {}, set(plan.pool._used)
    start = date(rng.randint(2005, 2010) if plan.kind.series else rng.randint(2014, 2024), 1, 1) + timedelta(
        days=rng.randrange(365)
    )
    day, end = start, start
    frame_blocks = (plan.parts[0].blocks[0], plan.parts[-1].blocks[0])
    draw(frame_blocks[0], Random(f"{values_name}:opening"), plan.style, pool, start)
    used: dict[str, set[str]] = {}
    for part in plan.parts[1:-1]:
        for block in part.blocks:
            own = Random(f"{values_name}:{block.place}")
            if plan.kind.series:
                day += timedelta(days=own.randint(*plan.kind.series))
                end = day
            draw(block, own, plan.style, pool, day, used)
    if plan.kind.series:
        end = day + timedelta(days=rng.randint(9, 40))
    draw(frame_blocks[1], Random(f"{values_name}:closing"), plan.style, pool, end)
    plan.pool.entities.update(pool.entities)
    return end


def draw(
    block: Block, rng: Random, style: values.Style, pool: NamePool, end: date, used: dict[str, set[str]] | None = None
) -> None:
    """Values of all stated attributes of a block, and of the dates that they rest on, none twice where it can be
    helped.
    """
    used = {} if used is None else used
    stated = set(block.keys())
    block.values = {}
    needed = [a for a in block.attributes.values() if a.key in stated or a.type == "date"]
    for attribute in sorted(needed, key=lambda a: a.type != "date"):
        taken = used.setdefault(attribute.key, set())
        for _ in range(40):
            value = _value(attribute, rng, style, pool, end, block.values)
            if value.text not in taken:
                break
        taken.add(value.text)
        block.values[attribute.key] = value


def _value(
    attribute: Attribute, rng: Random, style: values.Style, pool: NamePool, end: date, drawn: dict[str, values.Value]
) -> values.Value:
    low, high = attribute.low, attribute.high
    if attribute.type == "date":
        base = drawn[attribute.base].day if attribute.base in drawn else end
        assert base is not None
        return values.day(values.shift(base, rng, int(low), int(high)), style)
    if attribute.type == "amount":
        figure = values.odd_figure(values.draw_number(rng, low, high) * style.country.scale)
        return values.amount(figure + (rng.randrange(3, 98) / 100 if style.cents else 0), style)
    if attribute.type == "count":
        return values.count(max(2, round(values.draw_number(rng, low, high))), style)
    if attribute.type == "duration":
        return values.duration(rng.randint(int(low), int(high)), attribute.unit)
    if attribute.type == "percentage":
        return values.percentage(rng.randint(int(low), int(high)), style)
    if attribute.type == "person":
        return values.person(pool, rng)
    if attribute.type == "code":
        return values.code(rng, attribute.unit)
    spot = pool.spot(rng)
    return values.Value(spot, (spot,), 0.0)


def fill(block: Block, setting: dict[str, str]) -> dict[str, str]:
    filled = dict(setting)
    for key, value in block.values.items():
        filled[key] = value.text
        if value.day:
            filled[f"{key}!"] = values.weekday(value.day)
    return filled


def block_text(block: Block, setting: dict[str, str]) -> str:
    filled = fill(block, setting)
    return "\n\n".join(
        " ".join(prose.render(s.pattern, filled)[0] for s in paragraph) for paragraph in block.paragraphs
    )


def compose(plan: Plan, end: date) -> Document:
    """The text, and every span in it."""
    day = values.day(end, plan.style).text
    document = Document(plan.kind.name, plan.title, day, "", style=plan.style, day=end)
    pieces: list[str] = []
    length = 0

    def put(text: str) -> int:
        nonlocal length
        pieces.append(text)
        length += len(text)
        return length - len(text)

    put(f"{plan.title}\n{plan.setting['city']}, {day}")
    for number, part in enumerate(plan.parts):
        put("\n\n")
        mark = f"{number + 1}. " if plan.numbering == "1. " else plan.numbering
        start = put(f"{mark}{part.heading}")
        for block in part.blocks:
            filled = fill(block, plan.setting)
            for paragraph in block.paragraphs:
                put("\n\n")
                for position, sentence in enumerate(paragraph):
                    if position:
                        put(" ")
                    text, spans = prose.render(sentence.pattern, filled)
                    at = put(text)
                    document.sentences.append((at, at + len(text)))
                    for key in sentence.keys:
                        document.facts.append(
                            _fact(block, key, text, at, spans[key], number, len(document.facts), plan)
                        )
        document.sections.append(Section(part.heading, start, length))
    document.text = "".join(pieces)
    _part_namesakes(document)
    return document


def _fact(
    block: Block, key: str, sentence: str, at: int, span: tuple[int, int], section: int, index: int, plan: Plan
) -> Fact:
    attribute, value, name = block.attributes[key], block.values[key], block.subject.names[0]
    statements = []
    for line in attribute.statements:
        stated = prose.capitalised(named(line, name).replace("{v}", value.text))
        if stated == sentence:
            line = line if line[0] == "{" else line[0].lower() + line[1:]
            stated = f"As the document has it, {named(line, name).replace('{v}', value.text)}"
        statements.append(stated)
    return Fact(
        id=f"f{index:04d}",
        kind=attribute.type,
        subject=name,
        ask=named(attribute.ask, name),
        value=value.text,
        forms=value.forms,
        sentence=sentence,
        section=section,
        start=at + span[0],
        end=at + span[1],
        statements=tuple(statements),
        attribute=key,
        rank=value.rank,
    )


def _part_namesakes(document: Document) -> None:
    """A surname alone names a person only where nobody else in the document has it."""
    shared = Counter(fact.forms[-1] for fact in document.facts if fact.kind == "person")
    document.facts = [
        replace(fact, forms=fact.forms[:1]) if fact.kind == "person" and shared[fact.forms[-1]] > 1 else fact
        for fact in document.facts
    ]
