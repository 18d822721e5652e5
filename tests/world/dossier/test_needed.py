"""The needed fact of a question: with other figures in it the answer would be another, so that without it there is none to be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from random import Random

import pytest

from longctx_synth.tokens import load
from longctx_synth.world.dossier import writer
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import Fact, Params, QuestionKind, Solved, World
from longctx_synth.world.values import Value

SHARES = (0.5, 0.02, 1.5, 30)
KINDS_OF_FIGURES = (
    "budget",
    "contract",
    "incidents",
    "inventory",
    "timeline",
)  # in the others needed facts lead on by name
FIGURES = ("count", "amount", "date", "duration")


@lru_cache(maxsize=64)
def _world(kind: str, seed: int) -> World:
    split = "test" if KINDS[kind].held_out else "train"
    return writer.draft(kind, f"needed {seed}", split, tokens=1800, count=load("approximate").count).world


def _asked(kind: str) -> list[tuple[World, QuestionKind, Params, Solved]]:
    found = []
    for seed in range(5):
        world = _world(kind, seed)
        for question in KINDS[kind].questions:
            for hops in (1, 2, 3, 4):
                params = question.choose(world, Random(f"{seed} {hops}"), hops)
                solved = question.solve(world, params) if params else None
                if params and solved and solved.needed:
                    found.append((world, question, params, solved))
    return found


def _other(world: World, fact: Fact, share: float) -> World:
    """The same world, the figures of a fact a share of what they are."""

    def moved(slot: str, value: Value) -> Value:
        type_, stage = world.kind.slots.get(slot), world.stage
        rank = max(1, round(value.rank * share))
        if type_ == "date":  # never before what it follows
            return stage.day(value.day + timedelta(days=round(9 * share)))  # type: ignore[operator]
        if type_ == "duration":
            return stage.duration(min(rank, 900), value.text.split()[-1])
        return stage.amount(rank) if type_ == "amount" else stage.count(rank)

    values = {
        s: moved(s, v) if world.kind.slots.get(s) in FIGURES and s != "year" else v for s, v in fact.values.items()
    }
    other = replace(fact, values=values)
    return World(world.kind, world.stage, [[other if one is fact else one for one in group] for group in world.groups])


def _differs(question: QuestionKind, world: World, params: Params, solved: Solved) -> bool:
    try:
        other = question.solve(world, params)
    except IndexError:  # a duration below zero, which no solver has words for
        return True
    return other is None or other.answer.text != solved.answer.text


@pytest.mark.parametrize("kind", KINDS_OF_FIGURES)
def test_the_answer_hangs_on_the_needed_fact(kind: str) -> None:
    asked = _asked(kind)
    assert len({question.name for _, question, _, _ in asked}) >= 3
    for world, question, params, solved in asked:
        fact = world.by_id[solved.needed]
        named = {value.text for slot, value in fact.values.items() if world.kind.slots.get(slot) not in FIGURES}
        if any(text in step.value.text for step in solved.steps if solved.needed in step.facts for text in named):
            continue  # it leads to the rest by a name or code, which the twin tests cover
        assert any(_differs(question, _other(world, fact, share), params, solved) for share in SHARES), (
            question.name,
            params,
            [step.what for step in solved.steps],
        )
