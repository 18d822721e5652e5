"""A hasty reader's answers: never the right one, and resting on what the papers tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longctx_synth.errors import Reject
from longctx_synth.tokens import load
from longctx_synth.world.dossier import writer
from longctx_synth.world.dossier.model import World
from longctx_synth.world.dossier.slips import slips
from longctx_synth.world.dossier.task import Task, pose

count = load("approximate").count


def _task(number: int, split: str, tokens: int) -> Task | None:
    try:
        return pose(number, number, 7, split, tokens=tokens, count=count)
    except Reject:
        return None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**5), st.sampled_from(("train", "test")), st.sampled_from((700, 1600)))
def test_slips_are_wrong_whole_and_out_of_these_papers(number: int, split: str, tokens: int) -> None:
    task = _task(number, split, tokens)
    if task is None:
        return
    told = {text for text, _ in task.draft.said.values()}
    for what, slip in slips(task, task.draft.world.by_id, Random(number)):
        assert what in ("overlooked", "neighbour", "intruder")
        assert slip.solved.steps and slip.solved.answer.text != task.solved.answer.text
        assert set(slip.said().values()) <= told
        assert slip.params is task.params and slip.ask == task.ask


@pytest.mark.parametrize("split", ["train", "test"])
def test_most_questions_can_be_got_wrong_in_several_ways(split: str) -> None:
    seen: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    for number in range(32):
        task = _task(number, split, 1200)
        if task is not None:
            found = [what for what, _ in slips(task, task.draft.world.by_id, Random(number))]
            seen[task.world] += bool(found)
            ways.update(set(found))
    assert sum(seen.values()) >= 26 and min(ways.values()) >= 5, (seen, ways)


def test_what_is_left_out_is_never_quoted() -> None:
    tried = 0
    for number in range(40):
        task = _task(number, "train", 1200)
        if task is None or not task.solved.needed:
            continue
        missing = task.solved.needed
        told = set(task.draft.world.by_id) - {missing}
        hidden = task.draft.said[missing][0]
        for what, slip in slips(task, told, Random(number), left_out=missing):
            tried += 1
            assert what == "neighbour" and hidden not in slip.said().values()
    assert tried >= 10


CHAINS = [
    ("organisation", "member", "superior"),
    ("timeline", "item", "other"),
    ("reports", "source", "other"),
    ("incidents", "code", "earlier"),
]


@pytest.mark.parametrize(("kind", "one", "next_"), CHAINS)
def test_solvers_end_where_misread_papers_run_in_a_circle(kind: str, one: str, next_: str) -> None:
    """Who stands above whom, what waits for what, may go round where one fact is taken for another."""
    world = writer.draft(kind, "circle", "test", tokens=2500, count=count).world
    asked = []
    for question in world.kind.questions:
        for number in range(12):
            params = question.choose(world, Random(number), 1 + number % 4)
            if params is not None:
                asked.append((question, params))
    assert asked
    links = [fact for fact in world.facts if {one, next_} <= fact.values.keys()]
    circles = [(up, down) for down in links for up in links if up.text(one) == down.text(next_)]
    assert circles
    for up, down in circles[:40]:
        circular = replace(up, values={**up.values, next_: down.values[one]})
        groups = [[circular if fact.id == up.id else fact for fact in group] for group in world.groups]
        for question, params in asked:
            question.solve(World(world.kind, world.stage, groups), params)
