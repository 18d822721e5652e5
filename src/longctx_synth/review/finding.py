"""A model words an answer's findings, one sentence for each step of a solution, verified before it counts.

The program knows what was found ("the stock after V-2041 of 3 May 2019") and its value ("445"); the model says so in a
sentence. It is shown findings of other questions over the same facts, put alike, and never sees the documents. A sentence holds
only if it states the finding and nothing else (`statement`); of the embedded model, which garbles what it puts freely,
only one of the `sentences` that are known to state it. Where none holds the program's own stands: for half of what the
model was asked at most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from longctx_synth.errors import Reject
from longctx_synth.prompts import Templates
from longctx_synth.records import Message
from longctx_synth.review.refine import Draft, refine
from longctx_synth.review.statement import states_fact
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world.dossier.model import Step
from longctx_synth.world.dossier.task import Task
from longctx_synth.world.prose import capitalised

LIKE = 8  # other questions that are looked at for findings put alike
SHOWN = 3  # findings that a model is shown of other questions, and of these
TOO_FEW = "too few sentences state their finding and only it"
# What a small model needs to see: the very form. Those with most words in common with the finding are shown.
EXAMPLES = (
    ("the stock after V-2041 of 3 May 2019", "445"),
    ("the person to whom Ada Brandt reports", "Jon Falk"),
    ("the letter of 4 June 2016 that counts for nothing, since it was lost", "L-3108"),
    ("the order of 8 May 2012 that is left out, since it was taken back", "OR-7715"),
    ("the towns in which Elda Moss and Tor Builders both have a shop that is open", "5"),
    ("those of them on which nobody works", "6"),
    ("those in which the house that is let has a lower rent than that of Elda Moss", "2"),
    ("the order after which the debt stood highest, at 902", "OR-4410"),
    ("the first fault on the side door of the Elmar mill", "FA-2093"),
    ("the rent that LT-2207 is about", "monthly rent of B-3160"),
    ("the days from the note N-5107 to its answer", "17 days"),
    ("the price of the boat by Moss Brothers after the repair of 6 May 2014", "8,412 euros"),
    ("the street with the most of them", "Elmar lane"),
)
_BEHIND = frozenset(
    (
        "of on for that which with in by after up from at to under who whom whose between before since below above "
        "over against into than where when as is are was were put"
    ).split()
)
_PLURAL = frozenset("all people those".split())
_INSERTED = ("since ", "which ", "being ")


@lru_cache(maxsize=1)
def _templates() -> Templates:
    return Templates(Path(__file__).parent / "prompts")


def plural(what: str) -> bool:
    """Whether a noun phrase is of several things: by the noun in front of its first "of", "that" or the like.

    >>> plural("the days from the form IN-1 to its closing"), plural("what is left of the lines of 2014")
    (True, False)
    """
    words = what.lower().replace(",", " ").split()
    front = words[: next((place for place, word in enumerate(words) if place and word in _BEHIND), len(words))]
    if front[0] in ("what", "which", "who"):
        return False
    last = front[-1]
    return "and" in front or bool(_PLURAL & set(front)) or (last.endswith("s") and not last.endswith(("ss", "us")))


def sentences(what: str, value: str) -> tuple[str, ...]:
    """The sentences that are known to state a finding; the first is the one that a model is shown."""
    verbs = ("are", "were") if plural(what) else ("is", "was")
    # An insertion is closed by a comma: "that is left out, since it was withdrawn, is". Dates and figures have commas too.
    parts = re.split(r", (?!\d{4}\b)", what)
    subject = f"{what}," if len(parts) % 2 == 0 or (parts[-1].startswith(_INSERTED) and len(parts) > 1) else what
    pairs = [(verb, name) for verb in verbs for name in _named(what, value)]
    return (
        *(f"{capitalised(subject)} {verb} {name}." for verb, name in pairs),
        *(f"{capitalised(name)} {verb} {what}." for verb, name in pairs),
    )


def _named(what: str, value: str) -> tuple[str, ...]:
    """A value as a sentence has it: "the Elmar depot", "the trial period of C-1", but "445", "Jon Falk" and "the first".

    Of several things, "brass caps", and of what a line of a budget is called, "legal advice", the article may be left out.
    """
    words = value.split()
    common = words[0].islower() or words[-1].islower()
    whole = words[0].islower() and "of" in words
    if words[0] in ("the", "minus", "no") or not common or (re.search(r"\d", value) and not whole):
        return (value,)
    free = not whole and (words[-1].endswith("s") or "line" in what.split() or plural(what))
    return (value, f"the {value}") if free else (f"the {value}",)


def states(text: str, step: Step, *, small: bool = False) -> Verdict:
    """Whether a sentence states the finding and nothing else. small: it has to be one of the `sentences`.

    Seen: a small model drops a "by", sets "of which" for "on which", or puts a comma in front of "is".
    """
    what, value = step.what, step.value
    told = sentences(what, value.text)
    if small or text in told:
        return PASSED if text in told else failed(f"Write: {told[0]}")
    return states_fact(text, ask=what, value=value.text, forms=value.forms, wordings=told, words=(3, 45))


def _found_elsewhere(task: Task) -> list[Step]:
    """The steps of other questions of the same kind over the same facts."""
    world, question = task.draft.world, task.question
    found: dict[tuple[str, str], Step] = {}
    for number in range(LIKE):
        params = question.choose(world, Random(f"{task.seed} {number}"), (task.steps, 1, 2, 3)[number % 4])
        solved = question.solve(world, params) if params and params != task.params else None
        found |= {(step.what, step.value.text): step for step in (solved.steps if solved else ()) if _can_be_said(step)}
    return list(found.values())


def _alike(steps: Sequence[Step], step: Step) -> list[Step]:
    """Those of the steps that are put like this one, most like it first."""
    begins = step.what.split()[:2]
    found = [other for other in steps if other.what.split()[:2] == begins and other.value.text != step.value.text]
    return sorted(found, key=lambda other: -_nearness(other.what, step.what))


def _can_be_said(step: Step) -> bool:
    """Whether its noun phrase can be a sentence's subject: "the archiving line: granted in all" cannot."""
    return ":" not in step.what


def _nearness(one: str, other: str) -> float:
    """The share (0 to 1) of the words of two noun phrases that both have."""
    words, others = set(one.lower().split()), set(other.lower().split())
    return len(words & others) / len(words | others)


def stated(told: Sequence[str]) -> str:
    """Which of an answer's findings the model stated, for the row: their numbers from 1, of how many; "" where it was not asked.

    >>> stated(["", "The stock is 445.", "The sum is 12."])
    '2 3/3'
    """
    if not told:
        return ""
    return f"{' '.join(str(number) for number, own in enumerate(told, 1) if own) or 0}/{len(told)}"


def put_alike(steps: Sequence[Step], told: Sequence[str]) -> list[str]:
    """Steps over other documents, put as those of an answer are: sentences where the model's stand in `told`, else "".

    A pair of answers should differ in what they say, not in how.
    """
    return [
        sentences(step.what, step.value.text)[0] if told and told[place % len(told)] and _can_be_said(step) else ""
        for place, step in enumerate(steps)
    ]


async def word(task: Task, ask: Any, *, attempts: int, small: bool) -> list[str]:
    """The model's sentences for the steps of a task, "" where the program's has to stand.

    Raises Reject where more than half of what was asked for is missing; a step that is no sentence's subject is not.
    """
    steps = task.solved.steps
    due = [step for step in steps if _can_be_said(step)]
    elsewhere = _found_elsewhere(task)
    told: dict[int, str] = {}
    missing = 0
    for place, step in enumerate(steps):
        if step not in due:
            continue
        told[place] = await _worded(step, _alike(elsewhere, step), ask, attempts, small)
        missing += not told[place]
        if 2 * missing > len(due):
            raise Reject("finding", TOO_FEW)
    return [told.get(place, "") for place in range(len(steps))]


async def _worded(step: Step, like: Sequence[Step], ask: Any, attempts: int, small: bool) -> str:
    near = sorted(EXAMPLES, key=lambda example: _nearness(example[0], step.what))[-SHOWN:]
    shown = [*near, *((other.what, other.value.text) for other in reversed(like[:SHOWN]))]

    async def write(feedback: str, last: Draft | None) -> Draft:
        # A small model takes feedback for matter, and writes it down: it is asked again in another order.
        messages = _asked(shown[::-1], step, "") if small and last else _asked(shown, step, feedback)
        answer = await ask(messages, max_tokens=110, stop=["\n"], temperature=0.2 if small or feedback else None)
        return Draft(answer.text.strip(), answer.finish_reason)

    async def true(draft: Draft) -> Mapping[str, Verdict]:
        return {"true": states(draft.text, step, small=small)}

    refined = await refine(write, [true], attempts=attempts)
    return refined.best.text if refined.passed else ""


def _asked(shown: Sequence[tuple[str, str]], step: Step, feedback: str) -> list[Message]:
    messages: list[Message] = []
    for what, value in shown:
        asked = _templates().messages("finding", what=what, value=value, feedback="")
        messages += [*asked[bool(messages) :], {"role": "assistant", "content": sentences(what, value)[0]}]
    return [*messages, _templates().messages("finding", what=step.what, value=step.value.text, feedback=feedback)[-1]]
