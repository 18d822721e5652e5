"""Five ways to come by an answer, under one signature, so that a comparison is one run: SPRI and what it is compared with.

vanilla            the base answers; nothing else is asked.
self_refine        the base answers, criticises its own answer and mends it (Self-Refine, arXiv 2303.17651).
fixed_principles   SPRI's second stage under one list of rules for every input: what the situated ones are worth shows here.
self_align         the base notes which of the rules apply, then answers (SELF-ALIGN, arXiv 2305.03047); the notes are dropped.
spri               principles for this input, then an answer under them.

Equal budgets. Every method spends at most `Way.calls` calls an input. Given a budget, those of one call (vanilla and
self_align) spend it on further samples, each scored by the critic, until one reaches the threshold: the same stopping rule
as the others have. Without a budget they cost one call.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longctx_synth.records import Message, content_hash
from longctx_synth.review.principles import (
    Ask,
    Seed,
    Stage,
    Trace,
    Way,
    answer_under,
    as_text,
    critic_of,
    run_stage,
    spri,
    templates,
    with_principles,
)
from longctx_synth.review.refine import Draft, Reviewer, Write, refine
from longctx_synth.settings import LEAST_CALLS

METHODS = ("spri", "vanilla", "self_refine", "fixed_principles", "self_align")

_MARK = re.compile(r"^\W*answer\W*:\W*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Constitution:
    """Rules for every input, and worked examples: (input, thoughts, answer)."""

    rules: tuple[str, ...]
    examples: tuple[tuple[str, str, str], ...]


@functools.cache
def constitution() -> Constitution:
    """Our own."""
    import yaml

    loaded = yaml.safe_load((Path(__file__).parent / "constitution.yaml").read_text("utf-8"))
    examples = tuple((one["input"], one["thoughts"], one["answer"]) for one in loaded["examples"])
    return Constitution(tuple(loaded["rules"]), examples)


def words_hash() -> str:
    """A hash of all that base and critic are told here, for the run's fingerprint."""
    here = Path(__file__).parent
    names = ("critic", "principles", "response", "self_align", "situated_rubric")
    prompts = [file for file in sorted((here / "prompts").glob("*.j2")) if file.name.startswith(names)]
    files = [here / "critic.yaml", here / "constitution.yaml", *prompts]
    return content_hash("\n".join(file.read_text("utf-8") for file in files))


async def answered(
    method: str,
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
    """What one method makes of one input.

    first: reviewers that cost no call and look at an answer before the critic; under: makes another one of the principles that
    were written for the input, where any were.
    Raises ValueError for a method that does not exist, or a budget in which it cannot end.
    """
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}: use one of {', '.join(METHODS)}")
    if way.calls is not None and way.calls < LEAST_CALLS[method]:
        raise ValueError(f"{method} takes at least {LEAST_CALLS[method]} calls, not {way.calls}")
    if method == "spri":
        return await spri(base, critic, way, prompt=prompt, goal=goal, seeds=seeds, first=first, under=under)
    if method == "fixed_principles":
        rules = "\n".join(constitution().rules)
        stage = await answer_under(
            base, critic, way, prompt=prompt, principles=rules, goal=goal, first=first, calls=way.calls
        )
        return Trace(None, stage)
    if method == "self_refine":
        return Trace(None, await _self_refined(base, way, prompt, goal, first))
    write = _plain(base, way, prompt, goal) if method == "vanilla" else _self_aligned(base, way, prompt, goal)
    return Trace(None, await _sampled(write, critic, way, prompt, first))


async def _self_refined(base: Ask, way: Way, prompt: Sequence[Message], goal: str, first: Sequence[Reviewer]) -> Stage:
    fresh = _plain(base, way, prompt, goal)

    async def write(feedback: str, last: Draft | None) -> Draft:
        if last is None or not feedback:
            return await fresh(feedback, last)
        again = templates().render("response.again.j2", feedback=feedback, principles="", words=way.words)
        asked = [
            *with_principles(prompt, "", goal, way.words),
            {"role": "assistant", "content": last.text.strip() or "(nothing)"},
            {"role": "user", "content": again},
        ]
        said = await base(asked, max_tokens=60 + 2 * way.words)
        return Draft(said.text.strip(), said.finish_reason)

    own = critic_of(base, "answer", way, {"input": as_text(prompt)})
    return await run_stage("response", write, own, way, first=first, calls=way.calls)


async def _sampled(write: Write, critic: Ask, way: Way, prompt: Sequence[Message], first: Sequence[Reviewer]) -> Stage:
    """One answer as it comes; with a budget of two calls or more, samples until the critic is content."""
    if way.calls is not None and way.calls >= 2:
        scored = critic_of(critic, "answer", way, {"input": as_text(prompt)})
        samples = replace(way, limit=way.calls // 2)
        return await run_stage("response", write, scored, samples, first=first, calls=way.calls)
    refined = await refine(write, first, attempts=1)
    return Stage("response", refined, {}, not refined.best.failures, 1)


def _plain(base: Ask, way: Way, prompt: Sequence[Message], goal: str) -> Write:
    async def write(feedback: str, last: Draft | None) -> Draft:
        said = await base(with_principles(prompt, "", goal, way.words), max_tokens=60 + 2 * way.words)
        return Draft(said.text.strip(), said.finish_reason)

    return write


def _self_aligned(base: Ask, way: Way, prompt: Sequence[Message], goal: str) -> Write:
    rules = constitution()

    async def write(feedback: str, last: Draft | None) -> Draft:
        values = {"rules": rules.rules, "words": way.words}
        *before, last_message = prompt
        asked = templates().messages("self_align", input=last_message["content"], goal=goal, **values)
        shown: list[Message] = []
        for told, thoughts, answer in rules.examples:
            example = templates().messages("self_align", input=told, goal="", **values)[-1]
            shown += [example, {"role": "assistant", "content": f"Thoughts: {thoughts}\nAnswer: {answer}"}]
        said = await base([asked[0], *shown, *before, asked[-1]], max_tokens=160 + 2 * way.words)
        return Draft(answer_of(said.text), said.finish_reason)

    return write


def answer_of(text: str) -> str:
    """What stands behind the last "Answer:" of a self-aligned reply; "" where there is none: thoughts are no answer."""
    marks = list(_MARK.finditer(text))
    return text[marks[-1].end() :].strip() if marks else ""
