"""Answers laid out by code: quotations, workings, tallies, abstentions, accounts, JSON; the sentences in them the program's or a model's.

A model may word a step of a solution, or a fact that is due. An answer over another document in this one's
place is the same function of that document's task, so a pair differs in what it says and not in how.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

from longctx_synth import checks
from longctx_synth.checks import CannotCompose
from longctx_synth.errors import Reject
from longctx_synth.world.dossier.model import Step
from longctx_synth.world.dossier.task import Task
from longctx_synth.world.prose import capitalised

from . import tasks
from .gaps import lacking
from .plan import STYLES, Plan, Say


def gold(
    plan: Plan, task: Task, phrasings: Mapping[str, Sequence[str]], seed: int, words: Mapping[str, str] | None = None
) -> str:
    """The answer to a plan's question over a task's documents: the plan's own, or others in their place.

    words: a model's sentences by step number or fact id; the program's where there is none. Raises Reject where constraints cannot be met.
    """
    rng = random.Random(seed)
    say = Say(phrasings, plan.split, rng)
    if plan.missing:
        return _abstention(plan, task, say)
    if plan.name == "extraction":
        indent = rng.choice((None, 1, 2, 2))
        return json.dumps(tasks.extracted(task.draft.world, task.params), ensure_ascii=False, indent=indent)
    if plan.short:
        return finished(plan.form, _reasons(plan, task, say, words or {}), task.solved.answer.text)
    told = _told(task, words or {}, rng)
    return _account(task, told, say) if plan.name == "synthesis" else _summary(plan, task, told, rng)


def claimed(plan: Plan, task: Task, phrasings: Mapping[str, Sequence[str]], seed: int, length: int) -> str:
    """An answer that a task gives to a question whose needed fact is not told: of several, that of nearest length."""
    say = Say(phrasings, plan.split, random.Random(seed))
    body, answer = [], task.solved.answer.text
    for style in STYLES:
        whole = _cited(style, task, _lines(task, {}), say)
        lines = _lines(task, {})
        body += [whole, *(" ".join(lines[first:]) for first in range(len(lines))), *whole.split("\n\n")]
    texts = [finished(plan.form, text, answer) for text in body]
    return min(texts, key=lambda text: abs(len(text) - length))


def _reasons(plan: Plan, task: Task, say: Say, words: Mapping[str, str]) -> str:
    lines = _lines(task, words)
    return _cited(plan.style, task, lines, say) if "cite" in plan.wants else _tallies(lines, say.rng)


def _lines(task: Task, words: Mapping[str, str]) -> list[str]:
    """The steps, a line each, with their calculations."""
    return [_line(step, words.get(str(index))) for index, step in enumerate(task.solved.steps)]


def finished(form: str, body: str, answer: str) -> str:
    """The body with the answer where it was asked for."""
    if form == "line_first":
        return f"Answer: {answer}\n\n{body}"
    last = {"line_last": "Answer: {}", "bare_last": "{}", "sentence_last": "The answer is {}."}[form]
    return f"{body}\n\n{last.format(answer.rstrip('.') if form == 'sentence_last' else answer)}"


def _line(step: Step, sentence: str | None) -> str:
    """A step in a line, with its calculation."""
    if sentence:
        return f"{sentence.rstrip('.')} ({step.how})." if step.how else sentence
    return f"{capitalised(step.what)}: {step.value.text}{f' ({step.how})' if step.how else ''}."


def _tallies(lines: Sequence[str], rng: random.Random) -> str:
    shape = rng.choice(("lines", "bullets", "run", "numbers"))
    if shape == "bullets":
        return "\n".join(f"- {line}" for line in lines)
    if shape == "numbers":
        return "\n".join(f"{index}. {line}" for index, line in enumerate(lines, 1))
    return ("\n" if shape == "lines" else " ").join(lines)


def _cited(style: str, task: Task, lines: Sequence[str], say: Say) -> str:
    """Quotations of all the evidence, each once, with the steps drawn from them."""
    solved, said = task.solved, task.said()
    facts = list(dict.fromkeys(solved.facts))
    numbers = {fact: index for index, fact in enumerate(facts, 1)}
    if style == "list":
        mark = say.rng.choice(("- ", "* ", "• "))
        return "\n".join([say("lead"), *(f'{mark}"{said[fact]}"' for fact in facts)]) + "\n\n" + " ".join(lines)
    if style == "numbered":
        quoted = "\n".join(f'[{numbers[fact]}] "{said[fact]}"' for fact in facts)
        told = []
        for step, line in zip(solved.steps, lines, strict=True):
            marks = "".join(f"[{numbers[fact]}]" for fact in dict.fromkeys(step.facts) if fact in numbers)
            told.append(f"{line} {marks}".rstrip())
        return f"{quoted}\n\n" + "\n".join(told)
    link = say.rng.choice(
        ("{bare}, see {quotes}", "{bare}; the papers say: {quotes}", "{line} Source: {quotes}", "{quotes} {line}")
    )
    used: set[str] = set()
    owned = {fact for step in solved.steps for fact in step.facts}
    told = []
    for index, (step, line) in enumerate(zip(solved.steps, lines, strict=True)):
        # What no step owns belongs to the question as a whole, and is quoted before the last step draws on it.
        due = [*(f for f in facts if f not in owned), *step.facts] if index == len(lines) - 1 else list(step.facts)
        fresh = [fact for fact in dict.fromkeys(due) if fact in said and fact not in used]
        used |= set(fresh)
        quotes = [f'"{said[fact]}"' for fact in fresh]
        if style == "stepwise":
            told.append("\n".join([*quotes, line]))
        else:
            told.append(link.format(line=line, bare=line.rstrip("."), quotes=" ".join(quotes)) if quotes else line)
    return ("\n\n" if style == "stepwise" else " ").join(told)


# What the documents do not tell.


def _abstention(plan: Plan, task: Task, say: Say) -> str:
    """That there is no answer, what is missing for one, and, where asked for, what comes nearest."""
    body = f"{say('abstain')} {say('missing', missing=lacking(task, plan.missing))}"
    quotes = nearest(plan)
    if quotes:
        body += "\n\n" + say("nearest", quote=" ".join(f'"{quote}"' for quote in quotes))
    open_ = say.all("open")
    if plan.form == "sentence_last":  # "The answer is ..."
        open_ = [text for text in open_ if text.startswith(("not ", "unknown"))]
    return finished(plan.form, body, say.rng.choice(open_))


def nearest(plan: Plan) -> list[str]:
    """The passages that come nearest to an answer that is not there, where they are asked for: evidence first, then what names the same."""
    asked = next((spec["args"]["containing"] for spec in plan.checks if spec["check"] == "quotes_document"), None)
    if asked is None:
        return []
    said = plan.task.draft.said
    ranked = [*plan.evidence, *(fact for fact in plan.dossier.spans if fact not in plan.evidence)]
    naming = {fact: sum(text in said[fact][0] for text in asked) for fact in ranked}
    best = max(naming.values())
    return [said[fact][0] for fact in ranked if naming[fact] == best][:2] if best else []


# Accounts of an entity.


def _told(task: Task, words: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    """By fact id, the sentences for what is due."""
    world, said = task.draft.world, task.said()
    return {
        fact: words.get(fact) or tasks.restated(world, world.by_id[fact], said[fact], rng)[0]
        for fact in task.solved.facts
    }


def _account(task: Task, told: Mapping[str, str], say: Say) -> str:
    """All that is due, in order of time; what another fact overrides is followed by a word on it."""
    over = tasks.overriders(task.draft.world)
    lines = []
    for fact in task.solved.facts:
        lines.append(f"{told[fact]} {say('no_longer')}" if fact in over else told[fact])
    shape = say.rng.choice(("prose", "lines", "bullets", "numbers", "prose"))
    if shape == "bullets":
        return "\n".join(f"- {line}" for line in lines)
    if shape == "numbers":
        return "\n".join(f"{index}. {line}" for index, line in enumerate(lines, 1))
    return ("\n" if shape == "lines" else " ").join(lines)


def _summary(plan: Plan, task: Task, told: Mapping[str, str], rng: random.Random) -> str:
    """What must be told, laid out to meet the constraints, with other facts of the subject where they ask for more text."""
    world, params = task.draft.world, task.params
    rest = [fact for fact in tasks.about(world, params["subject"], params["other"]) if fact.id not in told]
    rest = [fact for fact in rest if fact.id not in tasks.overriders(world) and not fact.supersedes]
    spare = [tasks.restated(world, fact, task.draft.said[fact.id][0], rng)[0] for fact in rest]
    # The other documents' figures are not this row's: there only the form has to be met.
    specs = plan.checks if task is plan.task else plan.constraints
    try:
        return checks.compose(specs, list(told.values()), spare, plan.prompt, rng)
    except CannotCompose:
        raise Reject("compose", "the constraints cannot be met with these facts") from None
