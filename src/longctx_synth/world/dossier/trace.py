"""A solver's steps as a reasoning trace: the same truth in several forms.

Every form gives each step's value in the solver's order, and the answer last, so one check (`steps_shown`) verifies all
of them. What a step rests on is quoted where a form quotes; nothing is said that the steps do not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

from longctx_synth.world.dossier.model import Step
from longctx_synth.world.prose import capitalised

_REASON = re.compile(
    r"\b(?:is|are|so|comes|goes)\b"
)  # a sentence, not a calculation, though it may begin with a figure
Form = Callable[[Sequence[Step], Mapping[str, str], Random], str]

# A step's `what` is a noun phrase in the singular or the plural, so no form makes it the subject of a verb.
FIRST = ("First comes", "To begin with, I look for", "I start with", "The first thing to settle:", "Starting point:")
THEN = ("Next comes", "Then I need", "After that,", "From there I get", "Following on,", "That leads to", "Now for")
LAST = ("The last step gives", "In the end there remains", "That leaves", "This brings me to", "Last comes")


def _how(step: Step, opening: str = " (", closing: str = ")") -> str:
    return f"{opening}{step.how}{closing}" if step.how else ""


def _equation(step: Step) -> str:
    """The calculation with its result, or the result with its reason."""
    if not step.how:
        return step.value.text
    sum_, _, note = step.how.partition("; ")
    if (sum_[0].isdigit() or sum_[0] in "-(") and not _REASON.search(sum_):
        return f"{sum_} = {step.value.text}" + (f" ({note})" if note else "")
    return f"{step.value.text}, {'' if step.how.startswith(('since ', 'namely ')) else 'since '}{step.how}"


def numbered(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """ "1. the stock after V-1: 410 + 35 = 445" """
    mark = rng.choice(("{}. ", "{}) ", "Step {}: ", "({}) "))
    return "\n".join(f"{mark.format(i)}{capitalised(step.what)}: {_equation(step)}." for i, step in enumerate(steps, 1))


def prose(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """One paragraph with connecting words."""
    told = []
    links = list(THEN)
    for index, step in enumerate(steps):
        if not links:
            links = list(THEN)
        if index == 0:
            link = rng.choice(FIRST)
        elif index == len(steps) - 1:
            link = rng.choice(LAST)
        else:
            link = links.pop(rng.randrange(len(links)))
        told.append(f"{link} {step.what}: {step.value.text}{_how(step)}.")
    return " ".join(told)


def table(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """A Markdown table: what, how, value."""
    heads = rng.choice((("Step", "Working", "Result"), ("What", "From", "Value"), ("Looked for", "How", "Found")))
    rows = [f"| {step.what} | {step.how or '-'} | {step.value.text} |" for step in steps]
    return "\n".join([f"| {' | '.join(heads)} |", "|---|---|---|", *rows])


def quoted(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """Each step after the sentences that it rests on, quoted word for word."""
    lead = rng.choice(("The documents say: ", "In the papers: ", "Evidence: ", "Source: ", ""))
    told = []
    used: set[str] = set()
    owned = {fact for step in steps for fact in step.facts}
    for index, step in enumerate(steps):
        # What no step owns belongs to the question as a whole, and is quoted before the last step draws on it.
        due = [*(fact for fact in said if fact not in owned), *step.facts] if index == len(steps) - 1 else step.facts
        fresh = [fact for fact in dict.fromkeys(due) if fact in said and fact not in used]
        used |= set(fresh)
        lines = [f'{lead}"{said[fact]}"' for fact in fresh]
        link = rng.choice(("This gives", "From this follows", "So I have", "That settles", "Hence"))
        lines.append(f"{link} {step.what}: {step.value.text}{_how(step)}.")
        told.append("\n".join(lines))
    return "\n\n".join(told)


def questions(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """Each step as a question to oneself, with its answer."""
    asks = ("What do the papers give for {}?", "Needed: {}.", "Look for {}.", "What about {}?")
    # "What about what is left?" would ask twice.
    ask = rng.choice(asks[1:3] if any(step.what.startswith("what ") for step in steps) else asks)
    return "\n".join(f"{ask.format(step.what)} {capitalised(_equation(step))}." for step in steps)


def bullets(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """A list with the value first."""
    mark = rng.choice(("- ", "* ", "• "))
    return "\n".join(f"{mark}{capitalised(step.value.text)}: {step.what}{_how(step)}" for step in steps)


def plan_first(steps: Sequence[Step], said: Mapping[str, str], rng: Random) -> str:
    """What has to be found, then the findings."""
    listed = "; ".join(dict.fromkeys(step.what for step in steps))
    lead = rng.choice(("To be found, in this order: ", "The way to the answer: ", "I need, one after another: "))
    return f"{lead}{listed}.\n\n" + "\n".join(f"{capitalised(step.what)} = {_equation(step)}" for step in steps)


FORMS: dict[str, Form] = {
    "numbered": numbered,
    "prose": prose,
    "table": table,
    "quoted": quoted,
    "questions": questions,
    "bullets": bullets,
    "plan_first": plan_first,
}


def answer_line(answer: str) -> str:
    """The last line, as a row's prompt prescribes it."""
    return f"Answer: {answer}"


def write(form: str, steps: Sequence[Step], said: Mapping[str, str], answer: str, rng: Random) -> str:
    """A trace in a form, with the answer in a line of its own at the end.

    said: the sentences of the evidence by fact id. The `what` of a later step may repeat (one asks for the stock again
    and again).
    """
    return f"{FORMS[form](steps, said, rng)}\n\n{answer_line(answer)}"
