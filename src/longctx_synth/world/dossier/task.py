"""A slot's task: a world that fits its length, a question that fits its stratum, the context, all by code.

What a slot's number fixes: the kind of world, the kind of question, how many steps, and where in the context the
evidence stands. A world that has no such question is made again; steps give way before kinds do. The length is met by
making the context again with a few remarks more or less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from longctx_synth.errors import Reject
from longctx_synth.strata import balanced, even, stable_seed
from longctx_synth.tokens import Tokenizer
from longctx_synth.world import prose
from longctx_synth.world.countries import Home
from longctx_synth.world.dossier import writer
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import Params, QuestionKind, Solved, for_split
from longctx_synth.world.dossier.writer import Dossier, Draft

WORLDS = 5  # worlds that are made for a question before a case is rejected
TWINS = 6  # twins that are made before one gives another answer
TRAIN_STEPS, TEST_STEPS = (1, 2, 3, 4), (1, 2, 3, 4, 5, 6, 7, 8)
SHORT = 700  # tokens of a context below which a question takes three steps at most


def kinds_for(split: str) -> list[str]:
    """The kinds of worlds of a split: some are test's alone."""
    return [name for name, kind in KINDS.items() if split == "test" or not kind.held_out]


@dataclass(slots=True)
class Task:
    """What a row is about. place: where the first piece of evidence begins, as a share of the context."""

    draft: Draft
    question: QuestionKind
    params: Params
    ask: str
    solved: Solved
    place: float
    seed: str
    tokens: int

    @property
    def world(self) -> str:
        """The name of the kind of world."""
        return self.draft.world.kind.name

    @property
    def steps(self) -> int:
        """How many steps the solution has."""
        return len(self.solved.steps)

    @property
    def indirect(self) -> bool:
        """Whether it asks by an alias or a description, or for a derived quantity: a value that no sentence states."""
        answer = self.solved.answer.text
        return self.question.indirect or not any(
            value.text == answer for fact in self.draft.world.facts for value in fact.values.values()
        )

    @property
    def chance(self) -> float:
        """How often a guess among the candidates is right."""
        return 1 / max(len(set(self.solved.candidates)), 1)

    def said(self, facts: Sequence[str] | None = None) -> dict[str, str]:
        """The sentences of the evidence (or of these facts) by fact id."""
        return {fact: self.draft.said[fact][0] for fact in (self.solved.facts if facts is None else facts)}


def pose(
    seed: int,
    number: int,
    base: int,
    split: str,
    *,
    tokens: int,
    count: Callable[[str], int],
    home: Home | None = None,
    fits: Callable[[QuestionKind], bool] = lambda question: True,
    steps: Sequence[int] | None = None,
    reworded: bool = False,
) -> Task:
    """A question over a world that takes about `tokens` tokens. Raises Reject where none was found.

    seed: the try's; number, base: the slot and its split's base seed, which fix the strata. fits: which kinds of
    question may be asked. steps: how many steps to choose from, instead of the split's own. reworded: whether a
    model words the sentences afterwards.
    """
    kinds = [name for name in kinds_for(split) if any(fits(question) for question in KINDS[name].questions)]
    first = kinds.index(balanced(number, base + 11, kinds))
    depths = list(steps or (TEST_STEPS if split == "test" else TRAIN_STEPS))
    if tokens < SHORT:
        depths = [depth for depth in depths if depth <= 3] or depths[:1]
    for kind in [*kinds[first:], *kinds[:first]]:
        questions = [question for question in KINDS[kind].questions if fits(question)]
        wanted = balanced(number // len(kinds), stable_seed(base, "question", kind), questions)
        depth = balanced(number // len(kinds), stable_seed(base, "steps", kind), depths)
        nearest = sorted(range(1, max(depths) + 1), key=lambda other: (abs(other - depth), other))
        for attempt in range(WORLDS):
            name = f"{seed}/{attempt}"
            try:
                draft = writer.draft(kind, name, split, tokens=tokens, count=count, home=home, reworded=reworded)
            except Reject:  # another world may have smaller groups of facts
                continue
            # What the slot asks for comes first; then other numbers of steps, then other questions, then other kinds of world.
            options = (
                [wanted] if attempt < 3 else [wanted, *(question for question in questions if question is not wanted)]
            )
            for question in options:
                for steps_ in nearest[: 1 if attempt < 2 else None]:
                    task = _posed(draft, question, steps_, split, name, even(number, base), tokens)
                    if task is not None:
                        return task
    raise Reject("question", "no question in a world of this length")


def _posed(
    draft: Draft, question: QuestionKind, steps: int, split: str, name: str, place: float, tokens: int
) -> Task | None:
    """A question of the kind over the world; None where it has none."""
    rng = Random(f"question:{name}:{question.name}")
    params = question.choose(draft.world, rng, steps)
    solved = question.solve(draft.world, params) if params is not None else None
    if params is None or solved is None:
        return None
    line = rng.choice(for_split(question.asks, split))
    ask = prose.render(line, {slot: str(value) for slot, value in params.items()})[0]
    return Task(draft, question, params, ask, solved, place, name, tokens)


def twin(task: Task, split: str, *, count: Callable[[str], int], home: Home | None = None) -> Task:
    """The same task over other facts: another document in this one's place, with another answer.

    One whose solution takes as many steps is preferred: a pair should differ in content, not in length. Raises Reject.
    """
    found: list[Task] = []
    for other in range(TWINS):
        draft = writer.draft(
            task.world,
            task.seed,
            split,
            tokens=task.tokens,
            count=count,
            home=home,
            twin=task.draft,
            values_seed=str(other),
        )
        solved = task.question.solve(draft.world, task.params)
        if solved is not None and solved.answer.text != task.solved.answer.text:
            found.append(Task(draft, task.question, task.params, task.ask, solved, task.place, task.seed, task.tokens))
            if found[-1].steps == task.steps:
                return found[-1]
    if not found:
        raise Reject("twin", "the other document gives no other answer")
    return min(found, key=lambda other: abs(other.steps - task.steps))


def fit(
    task: Task,
    target: int,
    tokenizer: Tokenizer,
    prompt_of: Callable[[Dossier], list[dict[str, str]]],
    *,
    leave_out: str = "",
) -> tuple[Dossier, list[dict[str, Any]]]:
    """The context and the row's prompt at `target` tokens, within 2 % or 16. Raises Reject where no length fits."""
    tolerance = max(round(target * 0.02), 16)
    more = 0
    for _ in range(8):
        dossier = writer.compose(
            task.draft,
            seed=task.seed,
            tokens=task.tokens,
            count=tokenizer.count,
            evidence=task.solved.facts,
            place=task.place,
            leave_out=leave_out,
            more=more,
        )
        prompt = prompt_of(dossier)
        missing = target - tokenizer.count_prompt(prompt)
        if abs(missing) <= tolerance * 0.8:
            return dossier, prompt
        more += missing
    raise Reject("length", "no context of the right length")
