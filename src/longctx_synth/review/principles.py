"""Principles written for each input (SPRI, arXiv 2502.03397): write them, have them criticised, answer under them.

Mechanism. Stage I: the base writes principles for an input T (with a goal and seed examples where there are any), the critic
scores them, the base mends them with the critic's feedback, until a score reaches the threshold or `limit` versions are
written. Stage II: the base answers T under the principles, and the same loop runs over how well the answer follows them. The
loop is the house's own, `review.refine`; base and critic are two doors, which may be the same model.

`strict`, the default: a score that cannot be read is asked again and then missing, never a pass; the best-scored version is
kept; a stage whose best version stays below the threshold is not accepted and ends the case; who mends an answer sees the
principles; a mended version that repeats an earlier one word for word is followed by a fresh one, not by more mending.
`paper` keeps the quirks of the published code, to compare with: an unreadable score passes, the last version is kept whatever
its score, and who mends an answer does not see the principles. In both, a blank text or one that was cut off is no version to
criticise.

A stage costs 1 call for each version and 1 for each critique: 4 to 16 for an input with the limit of 4, if every score can
be read. `Way.calls` bounds them.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from longctx_synth.prompts import Templates
from longctx_synth.records import Message
from longctx_synth.review.critic import TRIES, Critique, criteria, critique
from longctx_synth.review.refine import Draft, Refined, Reviewer, Write, refine
from longctx_synth.verdict import PASSED, Verdict, failed

THRESHOLD, LIMIT, WORDS = 4, 4, 128  # the published system's
CRITIC_TEMPERATURE = {"strict": 0.0, "paper": 0.7}

_HERE = Path(__file__).parent


class Ask(Protocol):
    """A door to a model, as far as it is needed here; `builder.Ask` is one. `model` is its name."""

    model: str

    async def __call__(
        self,
        messages: list[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        temperature: float | None = None,
    ) -> Any: ...


@dataclass(frozen=True)
class Way:
    """How a loop is run. threshold: score that accepts. limit: versions of a text at most. words: most a text may have.

    tries: times that a strict critic is asked for one score. calls: most calls for an input, base and critic together; None
    for no other bound than the limits.
    small: base and critic are too small to mend a text by what a program found, or to keep to a form: what a program refused is
    written afresh, the seeds' answers are shown to who answers, and the critic is asked for JSON at once.
    """

    mode: Literal["strict", "paper"] = "strict"
    threshold: int = THRESHOLD
    limit: int = LIMIT
    words: int = WORDS
    tries: int = TRIES
    calls: int | None = None
    small: bool = False


@dataclass(frozen=True)
class Seed:
    """An example of ours: an input and principles for it, shown to the base in Stage I and nowhere else.

    answer: under the principles, which a base too small to take them in any other way is shown in Stage II.
    """

    input: str
    principles: str
    kind: str = ""
    answer: str = ""


@dataclass
class Stage:
    """One loop and all it went through.

    name: principles, response or rubric. critiques: by number of the draft; a draft that was blank or cut off has none.
    accepted: whether the kept version may be used. used: calls, of base and critic together.
    """

    name: str
    refined: Refined
    critiques: dict[int, Critique]
    accepted: bool
    used: int

    @property
    def kept(self) -> Draft:
        """The version that the mode keeps."""
        return self.refined.best

    @property
    def text(self) -> str:
        """The kept version's text."""
        return self.kept.text

    @property
    def score(self) -> int | None:
        """The kept version's score; None where it has none."""
        found = self.critiques.get(self.kept.number)
        return found.score if found else None

    @property
    def reason(self) -> str:
        """Why it was not accepted, as a funnel counts it; "" where it was."""
        if self.accepted:
            return ""
        if all(draft.number not in self.critiques for draft in self.refined.drafts):
            return "no version was complete and of the form asked for"
        if all(found.score is None for found in self.critiques.values()):
            return "no score could be read"
        return "no version reached the threshold"

    def history(self) -> list[dict[str, Any]]:
        """Every version in order: stage, draft, text, score, feedback, calls of its critic, kept."""
        told = []
        for draft in self.refined.drafts:
            found = self.critiques.get(draft.number, Critique(None, draft.verdict.feedback, 0))
            told.append(
                {
                    "stage": self.name,
                    "draft": draft.number,
                    "text": draft.text,
                    "score": found.score,
                    "feedback": found.feedback,
                    "critic_calls": found.calls,
                    "kept": draft is self.kept,
                }
            )
        return told


@dataclass
class Trace:
    """What became of one input. response: None where the principles were not accepted."""

    principles: Stage | None
    response: Stage | None
    stages: list[Stage] = field(init=False)

    def __post_init__(self) -> None:
        self.stages = [stage for stage in (self.principles, self.response) if stage is not None]

    @property
    def accepted(self) -> bool:
        """Whether there is an answer, and every stage was accepted."""
        return self.response is not None and all(stage.accepted for stage in self.stages)

    @property
    def calls(self) -> int:
        """Calls of base and critic together."""
        return sum(stage.used for stage in self.stages)

    def history(self) -> list[dict[str, Any]]:
        """Every version of every stage, in order."""
        return [step for stage in self.stages for step in stage.history()]


Criticise = Callable[[str, int], Awaitable[Critique]]  # (text, most tries) -> what the critic says


async def run_stage(
    name: str, write: Write, criticise: Criticise, way: Way, *, first: Sequence[Reviewer] = (), calls: int | None = None
) -> Stage:
    """One loop of write, criticise, mend. first: reviewers that cost no call and look before the critic; calls: the bound."""
    critiques: dict[int, Critique] = {}
    texts: list[str] = []
    used = 0

    def left() -> int:
        return 1_000_000 if calls is None else calls - used

    async def counted(feedback: str, last: Draft | None) -> Draft:
        nonlocal used
        used += 1
        stuck = way.mode == "strict" and last is not None and texts.count(last.text) > 1
        hopeless = way.small and last is not None and not any(name.startswith("critic:") for name in last.failures)
        draft = await write("" if stuck or hopeless else feedback, last)
        texts.append(draft.text)
        return draft

    async def scored(draft: Draft) -> Mapping[str, Verdict]:
        nonlocal used
        if left() < 1:
            return {f"critic:{name}": failed("The calls were used up before it was judged.")}
        found = await criticise(draft.text, min(way.tries if way.mode == "strict" else 1, left()))
        used += found.calls
        critiques[draft.number] = found
        if found.score is None and way.mode == "strict":
            return {f"critic:{name}": failed(found.feedback)}
        if found.score is None or found.score >= way.threshold:
            return {f"critic:{name}": PASSED}
        return {f"critic:{name}": failed(found.feedback or "It is not good enough yet.", (found.score - 1) / 4)}

    keep: Literal["best", "last"] = "last" if way.mode == "paper" else "best"
    refined = await refine(
        counted, [*first, scored], attempts=way.limit, keep=keep, more=lambda: calls is None or left() >= 2
    )
    # The published code goes on with whatever is there at the limit; a blank or a broken text is nothing to go on with.
    broken = any(not name.startswith("critic:") for name in refined.best.failures)
    accepted = refined.passed or (way.mode == "paper" and not broken)
    return Stage(name, refined, critiques, accepted, used)


def critic_of(critic: Ask, what: str, way: Way, given: Mapping[str, str]) -> Criticise:
    """A critic of `what` (a name of critic.yaml) that is shown the given material."""

    async def criticise(text: str, tries: int) -> Critique:
        return await critique(
            critic, criteria()[what], given=given, text=text, tries=tries,
            temperature=CRITIC_TEMPERATURE[way.mode], json_first=way.small,
        )  # fmt: skip

    return criticise


async def situated_principles(
    base: Ask, critic: Ask, way: Way = Way(), *, prompt: Sequence[Message], goal: str = "", seeds: Sequence[Seed] = ()
) -> Stage:
    """Stage I: principles for the input that `prompt` (chat messages, the last a user's) holds."""
    told = as_text(prompt)

    async def write(feedback: str, last: Draft | None) -> Draft:
        values = {"goal": goal, "words": way.words}
        # An unreadable critique says nothing to mend by: then the next version is a fresh one.
        mending = {"draft": last.text, "feedback": feedback} if last and feedback else {"draft": "", "feedback": ""}
        asked = templates().messages("principles", input=told, **values, **mending)
        if not mending["draft"]:  # seeds are for the first writing only
            shown: list[Message] = []
            for seed in seeds:
                example = templates().messages("principles", input=seed.input, draft="", feedback="", **values)[-1]
                shown += [example, {"role": "assistant", "content": seed.principles}]
            asked = [*asked[:-1], *shown, asked[-1]]
        return await _written(base, asked, way)

    given = {"input": told} | ({"what the answer is for": goal} if goal else {})
    bound = None if way.calls is None else way.calls - 2  # an answer and its critique are still to come
    return await run_stage("principles", write, critic_of(critic, "principles", way, given), way, calls=bound)


async def answer_under(
    base: Ask,
    critic: Ask,
    way: Way = Way(),
    *,
    prompt: Sequence[Message],
    principles: str,
    goal: str = "",
    seeds: Sequence[Seed] = (),
    first: Sequence[Reviewer] = (),
    calls: int | None = None,
) -> Stage:
    """Stage II: an answer to the prompt under the principles. first: reviewers that look before the critic.

    seeds: shown to a small base only; the published system shows none here.
    """
    shown: list[Message] = []
    for seed in seeds if way.small else ():
        if seed.answer:
            example = with_principles([{"role": "user", "content": seed.input}], seed.principles, "", way.words)
            shown += [*example, {"role": "assistant", "content": seed.answer}]

    async def write(feedback: str, last: Draft | None) -> Draft:
        if last is None or not feedback:
            asked = [*shown, *with_principles(prompt, principles, goal, way.words)]
            return await _written(base, asked, way)
        seen = principles if way.mode == "strict" else ""
        again = templates().render("response.again.j2", feedback=feedback, principles=seen, words=way.words)
        asked = [
            *with_principles(prompt, seen, goal, way.words),
            {"role": "assistant", "content": last.text.strip() or "(nothing)"},
            {"role": "user", "content": again},
        ]
        return await _written(base, asked, way)

    given = {"input": as_text(prompt), "principles": principles}
    return await run_stage("response", write, critic_of(critic, "response", way, given), way, first=first, calls=calls)


async def spri(
    base: Ask,
    critic: Ask,
    way: Way = Way(),
    *,
    prompt: Sequence[Message],
    goal: str = "",
    seeds: Sequence[Seed] = (),
    first: Sequence[Reviewer] = (),
    under: Callable[[str], Reviewer] | None = None,
) -> Trace:
    """Both stages for one input.

    first: reviewers that cost no call and look at an answer before the critic; under: makes another one of the principles.
    """
    one = await situated_principles(base, critic, way, prompt=prompt, goal=goal, seeds=seeds)
    if not one.accepted:
        return Trace(one, None)
    calls = None if way.calls is None else way.calls - one.used
    first = [*first, under(one.text)] if under else first
    two = await answer_under(
        base, critic, way, prompt=prompt, principles=one.text, goal=goal, seeds=seeds, first=first, calls=calls
    )
    return Trace(one, two)


def with_principles(prompt: Sequence[Message], principles: str, goal: str, words: int) -> list[Message]:
    """The prompt as the base is asked it: its last message with principles, goal and bound behind it."""
    *before, last = prompt
    told = templates().render("response.user.j2", input=last["content"], principles=principles, goal=goal, words=words)
    return [*before, {"role": "user", "content": told}]


def as_text(prompt: Sequence[Message]) -> str:
    """A prompt as one text; where it has several messages, each with who speaks."""
    if len(prompt) == 1:
        return prompt[0]["content"]
    return "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in prompt)


async def _written(base: Ask, asked: list[Message], way: Way) -> Draft:
    said = await base(asked, max_tokens=60 + 2 * way.words)
    return Draft(said.text.strip(), said.finish_reason)


@functools.cache
def templates() -> Templates:
    """The templates of base and critic."""
    return Templates(_HERE / "prompts")
