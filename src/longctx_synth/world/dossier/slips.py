"""A task as a hasty reader solves it: over the same papers, with one of them overlooked or a neighbour of it taken for it.

A slip is the question's own solver over the facts so misread, so its steps and its answer hang together, and whatever it quotes stands in
the papers. What always holds: its answer is not the right one.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from random import Random

from longctx_synth.world.dossier.model import Fact, World
from longctx_synth.world.dossier.task import Task

MOST_NEIGHBOURS = 3  # for a fact
MOST_FACTS = 12  # that are misread, one at a time
FIGURES = ("count", "amount", "duration", "percentage")


def slips(task: Task, told: Container[str], rng: Random, *, left_out: str = "") -> Iterator[tuple[str, Task]]:
    """(what went wrong, the task so solved) in random order.

    "overlooked": a correction, a cancellation, an entry is not taken into account. "neighbour": the figures or names of a like fact
    about something else stand in the place of one's own. "intruder": a like fact about something else is counted in. told: ids of the
    facts that the papers tell; left_out: of the one that they do not, in whose place a neighbour is put.
    """
    world, said = task.draft.world, task.draft.said
    evidence = [world.by_id[fact] for fact in dict.fromkeys(task.solved.facts)]
    shared = _shared(evidence, task.ask)
    found: list[tuple[str, Fact, Fact | None]] = []
    misread = [world.by_id[left_out]] if left_out else rng.sample(evidence, min(len(evidence), MOST_FACTS))
    for fact in misread:
        if not left_out:
            found.append(("overlooked", fact, None))
        like = [
            one
            for one in world.of(fact.type)
            if one.id in told and one not in evidence and _units(world, one) == _units(world, fact)
        ]
        for other in rng.sample(like, min(len(like), MOST_NEIGHBOURS)):
            found.append(("neighbour", fact, other))
            if not left_out:
                found.append(("intruder", fact, other))
    rng.shuffle(found)
    found.sort(
        key=lambda slip: slip[0] == "neighbour"
    )  # which is to be had most often, and the others only where they are as long
    for what, fact, neighbour in found:
        if neighbour is None:
            seen = world.without(fact.id)
            quoted = said
        else:
            taken = _taken_for(
                world, fact, neighbour, shared, fact.id if what == "neighbour" else f"{neighbour.id} as {fact.id}"
            )
            seen = _with(world, fact, taken)
            quoted = {**said, taken.id: said[neighbour.id]}
        solved = task.question.solve(seen, task.params)
        if solved is None or solved.answer.text == task.solved.answer.text:
            continue
        # A count where a sum is asked for would be known without reading.
        if task.question.answer_type not in FIGURES or _unit(solved.answer.text) == _unit(task.solved.answer.text):
            yield what, replace(task, draft=replace(task.draft, world=seen, said=quoted), solved=solved)


def _units(world: World, fact: Fact) -> list[str]:
    """In what its figures are given: a sum taken for a number of things would be known without reading."""
    return [_unit(value.text) for slot, value in fact.values.items() if world.kind.slots.get(slot) in FIGURES]


def _unit(answer: str) -> str:
    return "".join(char for char in answer.removeprefix("minus ") if char.isalpha() or char in "€$£₦¥")


def _shared(evidence: list[Fact], ask: str) -> set[str]:
    """The texts by which the facts of an answer hang together and with the question."""
    seen: set[str] = set()
    twice: set[str] = set()
    for fact in evidence:
        own = {value.text for value in fact.values.values()}
        twice |= own & seen
        seen |= own
    return twice | {text for text in seen if text in ask}


def _taken_for(world: World, fact: Fact, neighbour: Fact, shared: set[str], new_id: str) -> Fact:
    """The neighbour where it is taken for a fact: with that one's names and codes as far as they are shared, its own of all else."""
    slots = world.kind.slots
    kept = {
        slot: value
        for slot, value in fact.values.items()
        if value.text in shared and slots.get(slot) not in (*FIGURES, "date")
    }
    same = new_id == fact.id
    return replace(
        neighbour,
        id=new_id,
        values={**neighbour.values, **kept},
        supersedes=fact.supersedes if same else (),
        contradicts=fact.contradicts if same else (),
    )


def _with(world: World, fact: Fact, taken: Fact) -> World:
    """The world with a fact in the place of the one whose id it has, or beside `fact`."""
    groups = []
    for group in world.groups:
        if taken.id == fact.id:
            groups.append([taken if one.id == fact.id else one for one in group])
        else:
            groups.append([one for old in group for one in ((old, taken) if old.id == fact.id else (old,))])
    return World(world.kind, world.stage, groups)
