"""What a world is made of: facts with typed values, questions over them, and solvers that show their steps.

A kind of world decides facts in *groups*: no fact of one group changes what is true of another, so a group can be left
out of a document and the rest stays right. A solver reads nothing but the facts that it is given, so it is right for
whatever was left out, and gives None where the facts do not settle the question: that is how unanswerable questions are
known to be so.

Two generators, kept apart: `Stage.structure` settles names, codes, and which facts there are; `Stage.values` settles
figures, dates and relations. The same structure with other values is the twin: the same questions, other answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from longctx_synth.world import values as v
from longctx_synth.world.names import TRADES, NamePool
from longctx_synth.world.prose import lines, listed
from longctx_synth.world.values import Style, Value

Params = Mapping[str, Any]

NEAR = 0.06  # of a range: how near an answer must lie to the place drawn, where the range has many counts
PLACES = 3  # places that are drawn before a world has no such question


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a sentence states. values: by slot of its type's templates.

    supersedes: ids of the facts that it makes void or replaces; contradicts: of those that say otherwise of the same
    matter.
    """

    id: str
    type: str
    values: Mapping[str, Value]
    supersedes: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()

    def text(self, slot: str) -> str:
        """A value as the documents write it."""
        return self.values[slot].text

    def number(self, slot: str) -> float:
        """A value's number; of a date, its ordinal."""
        return self.values[slot].rank

    def day(self, slot: str) -> date:
        """A value's date."""
        day = self.values[slot].day
        assert day is not None, slot
        return day


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a solution: `what` (a noun phrase) is found to be `value`, from `facts`, by `how` ("410 + 35")."""

    what: str
    value: Value
    how: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """The exact answer and the way to it.

    steps: the last one's value is the answer. facts: ids of all the facts that the answer rests on, in order of use.
    candidates: the answers that someone who has not read closely could choose from, the right one among them. needed:
    the fact without which there is no answer; "" where the others would still give one, a wrong one.
    """

    answer: Value
    steps: tuple[Step, ...]
    facts: tuple[str, ...]
    candidates: tuple[str, ...]
    needed: str = ""


@dataclass(frozen=True)
class QuestionKind:
    """A kind of question. answer_type: count, amount, date, duration, percentage, person, place, name, code or choice.

    choose: parameters (strings and numbers) of a question that has a solution of so many steps, or None; for a wide
    question the steps asked for do not count. solve: its solution, None where the facts do not settle it. asks:
    wordings with the parameters as slots, every third for test alone. indirect: it names what it asks for by an alias,
    a description or a derived quantity; wide: it takes a fifth of the facts or more.
    """

    name: str
    answer_type: str
    choose: Callable[[World, Random, int], dict[str, Any] | None]
    solve: Callable[[World, Params], Solved | None]
    asks: tuple[str, ...]
    indirect: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of world.

    types: by fact type the templates of its sentences (`prose`'s grammar; at least nine, every third for test alone).
    slots: by slot, the type of its values ("count", "date", ...), for reading them back. make: groups of facts, about
    so many facts in all. colour, short: remarks without a fact; {entity slots} in them are filled from `Stage.cast`.
    """

    name: str
    noun: str
    titles: tuple[str, ...]
    headings: tuple[str, ...]
    openings: tuple[str, ...]
    types: dict[str, tuple[str, ...]]
    slots: dict[str, str]
    colour: tuple[str, ...]
    short: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    make: Callable[[Stage, int], list[list[Fact]]]
    questions: tuple[QuestionKind, ...]
    held_out: bool = False

    def question(self, name: str) -> QuestionKind:
        """The question kind of this name. KeyError if there is none."""
        for kind in self.questions:
            if kind.name == name:
                return kind
        raise KeyError(name)


@dataclass
class Stage:
    """Where a world is set, and what a kind draws it with.

    cast: entities by slot ("item", "store", "person"), for titles and remarks; a kind fills it. nouns: what the
    organisation has.
    """

    split: str
    style: Style
    pool: NamePool
    org: str
    city: str
    structure: Random
    values: Random
    nouns: tuple[str, ...] = ()
    cast: dict[str, list[str]] = field(default_factory=dict)
    _facts: int = 0
    _codes: set[str] = field(default_factory=set)

    # Values of the document's style. A figure or date comes from `values`, a name or code from `structure`.

    def fact(
        self, type_: str, supersedes: Sequence[Fact] = (), contradicts: Sequence[Fact] = (), **slots: Value | str
    ) -> Fact:
        """A fact with an id of its own; a plain string is a name."""
        self._facts += 1
        filled = {slot: name(value) if isinstance(value, str) else value for slot, value in slots.items()}
        return Fact(
            f"f{self._facts:05d}", type_, filled, tuple(f.id for f in supersedes), tuple(f.id for f in contradicts)
        )

    def count(self, number: int) -> Value:
        """A whole number of things."""
        return v.count(number, self.style)

    def amount(self, number: float) -> Value:
        """Money: euros' worth scaled by the caller with `style.country.scale`, never round."""
        return v.amount(number, self.style)

    def day(self, when: date) -> Value:
        """A date."""
        return v.day(when, self.style)

    def duration(self, number: int, unit: str) -> Value:
        """A stretch of time; unit is a plural ("days")."""
        return v.duration(number, unit)

    def person(self) -> str:
        """An invented person's full name, unused so far."""
        given, surname = self.pool.person(self.structure)
        return f"{given} {surname}"

    def place(self) -> str:
        """An invented locality, unused while there are fresh ones."""
        return self.pool.place(self.structure)

    def company(self, trades: Sequence[str] = TRADES) -> str:
        """An invented firm of one of the trades, unused so far."""
        return self.pool.company(self.structure, trades)

    def code(self, prefix: str) -> str:
        """A reference such as "RS-4471", unused so far."""
        while True:
            made = f"{prefix}-{self.structure.randrange(1013, 99_989)}"
            if made not in self._codes:
                self._codes.add(made)
                return made

    def first_day(self) -> date:
        """A day on which a story can begin."""
        return date(self.values.randint(2009, 2023), 1, 1) + timedelta(days=self.values.randrange(365))


class World:
    """Facts, and quick ways to find them. Solvers get one and read nothing else."""

    def __init__(self, kind: Kind, stage: Stage, groups: list[list[Fact]]) -> None:
        self.kind, self.stage, self.groups = kind, stage, groups

    @cached_property
    def facts(self) -> list[Fact]:
        """All facts, group by group."""
        return [fact for group in self.groups for fact in group]

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """Facts by id."""
        return {fact.id: fact for fact in self.facts}

    @cached_property
    def _by_type(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            found[fact.type].append(fact)
        return found

    @cached_property
    def _by_text(self) -> dict[tuple[str, str, str], list[Fact]]:
        found: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            for slot, value in fact.values.items():
                found[fact.type, slot, value.text].append(fact)
        return found

    def of(self, *types: str) -> list[Fact]:
        """The facts of these types."""
        return [fact for type_ in types for fact in self._by_type.get(type_, [])]

    def where(self, type_: str, slot: str, text: str) -> list[Fact]:
        """The facts of a type whose slot holds this text."""
        return self._by_text.get((type_, slot, text), [])

    def one(self, type_: str, slot: str, text: str) -> Fact | None:
        """The only such fact; None where there is none, or more than one."""
        found = self.where(type_, slot, text)
        return found[0] if len(found) == 1 else None

    def without(self, fact_id: str) -> World:
        """The same world with one fact less."""
        return World(self.kind, self.stage, [[fact for fact in group if fact.id != fact_id] for group in self.groups])


def name(text: str, *others: str) -> Value:
    """A name as a value."""
    return Value(text, (text, *others), 0.0)


def number(figure: float, stage: Stage) -> Value:
    """A plain number as an answer: 0, 1 and negative ones too."""
    return (
        v.count(int(figure), stage.style)
        if figure >= 0
        else v.Value(f"-{abs(int(figure)):,}", (f"-{abs(int(figure)):,}", str(int(figure))), figure)
    )


MOST_NAMED = 12  # things that a step counts by name


def namely(items: Iterable[str], before: str = "") -> str:
    """How a count comes about: `before`, a calculation, and the things by name unless there are none or too many of them."""
    told = list(items)
    named = f"namely {listed(told)}" if 0 < len(told) <= MOST_NAMED else ""
    return "; ".join(part for part in (before, named) if part)


def choose(
    world: World,
    rng: Random,
    hops: int,
    options: Sequence[dict[str, Any]],
    solve: Callable[[World, Params], Solved | None],
    tries: int = 60,
) -> dict[str, Any] | None:
    """One of the options, drawn at random, whose solution takes `hops` steps; None where none of those tried does."""
    for params in rng.sample(options, min(len(options), tries)):
        solved = solve(world, params)
        if solved is not None and len(solved.steps) == hops:
            return params
    return None


def spread(rng: Random, options: Sequence[tuple[dict[str, Any], Solved]]) -> dict[str, Any] | None:
    """A question over the whole whose answer is as likely to lie in one part of its range as in another.

    options: parameters and their solutions, whose candidates are the range in order. First a place in the range is drawn, then
    an option whose answer lies there; None where none does after a few draws. To take the nearest would make middling answers
    frequent, that is worth guessing.
    """
    found: list[tuple[float, float, dict[str, Any]]] = []
    for params, solved in options:
        n = len(solved.candidates)
        found.append(((solved.candidates.index(solved.answer.text) + 0.5) / n, max(0.5 / n, NEAR), params))
    for _ in range(PLACES):
        place = rng.random()
        if there := [params for middle, reach, params in found if abs(middle - place) <= reach]:
            return rng.choice(there)
    return None


def asks(text: str) -> tuple[str, ...]:
    """The lines of a block of wordings."""
    return lines(text)


def for_split(templates: Sequence[str], split: str) -> list[str]:
    """Of a list of templates those that a split may use: every third is test's alone."""
    return [line for index, line in enumerate(templates) if (index % 3 == 2) == (split == "test")]
