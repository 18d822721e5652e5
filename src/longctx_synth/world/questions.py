"""Questions whose answer follows from several facts: counts, orders, extremes, and who has a given value.

Each speaks only of the subjects for which the document gives the attribute, so the answer is exact whatever was left
out.
"""

from __future__ import annotations

from datetime import date
from random import Random

from longctx_synth.world import prose, values
from longctx_synth.world.document import Document, Fact, Question
from longctx_synth.world.kinds.base import Attribute, Kind


def derive(document: Document, kind: Kind, rng: Random, style: values.Style, most: int = 24) -> list[Question]:
    """Up to `most` questions, of all kinds that the document allows, in a seeded order."""
    questions: list[Question] = []
    for attribute in kind.attributes:
        facts = [fact for fact in document.facts if fact.attribute == attribute.key and fact.section > 0]
        facts = [fact for fact in facts if fact.subject != document.facts[0].subject]
        if len(facts) >= 3 and attribute.top:
            questions += _extremes(kind, attribute, facts)
        if len(facts) >= 3 and attribute.over:
            questions += _counts(kind, attribute, facts, rng, style)
        if len(facts) >= 3 and attribute.first:
            questions += _orders(kind, attribute, facts, rng)
        if attribute.which and facts:
            questions += _lookups(kind, attribute, facts, rng)
    questions = list({question.ask: question for question in questions}.values())
    rng.shuffle(questions)
    return questions[:most]


def _rank(fact: Fact) -> float:
    return fact.rank


def subject_forms(name: str) -> tuple[str, ...]:
    """How an answer may call a subject."""
    bare = name.removeprefix("the ")
    return (name, bare) if bare != name else (name,)


def _extremes(kind: Kind, attribute: Attribute, facts: list[Fact]) -> list[Question]:
    found = []
    ordered = sorted(facts, key=_rank)
    for phrase, fact, next_ in ((attribute.top, ordered[-1], ordered[-2]), (attribute.bottom, ordered[0], ordered[1])):
        if fact.rank == next_.rank:
            continue
        name = fact.subject
        statements = (
            f"{name} has {phrase}.",
            f"Of all {kind.plural} for which one is given, {name} has {phrase}.",
            f"The {kind.noun} with {phrase} is {name}.",
            f"No other {kind.noun} comes before {name} when one looks for {phrase}.",
            f"{name} has {phrase}, namely {fact.value}.",
        )
        found.append(
            Question(
                "extreme",
                f"which {kind.noun} has {phrase}",
                name,
                subject_forms(name),
                tuple(item.id for item in facts),
                tuple(map(prose.capitalised, statements)),
            )
        )
    return found


def _counts(kind: Kind, attribute: Attribute, facts: list[Fact], rng: Random, style: values.Style) -> list[Question]:
    ranks = sorted(fact.rank for fact in facts)
    cut = rng.randrange(1, len(ranks))
    if ranks[cut - 1] == ranks[cut]:
        return []
    threshold = _between(attribute, ranks[cut - 1], ranks[cut], style)
    if threshold is None:
        return []
    phrase = attribute.over.replace("{x}", threshold)
    number = len(ranks) - cut
    text = str(number)
    word = values.spelled(number) if number < 1000 else text
    noun, verb = (kind.noun, "has") if number == 1 else (kind.plural, "have")
    statements = (
        f"{word} {noun} {verb} {phrase}.",
        f"The number of {kind.plural} with {phrase} is {text}.",
        f"There {'is' if number == 1 else 'are'} {text} {noun} with {phrase}.",
        f"Counting the {kind.plural} with {phrase} gives {text}.",
    )
    return [
        Question(
            "count",
            f"how many {kind.plural} have {phrase}",
            text,
            tuple(dict.fromkeys((text, word))),
            tuple(fact.id for fact in facts),
            tuple(map(prose.capitalised, statements)),
        )
    ]


def _between(attribute: Attribute, low: float, high: float, style: values.Style) -> str | None:
    """A threshold with low <= threshold < high, so that "above" is true of `high` alone; rounder than either where
    there is room.
    """
    if attribute.type == "date":
        return values.day(date.fromordinal(int(low)), style).text
    step = 10 ** max(0, len(str(int(high - low))) - 1)
    whole = int(high) // step * step
    if whole == high:
        whole -= step
    if not low <= whole < high:
        return None
    if attribute.type == "amount":
        return values.amount(whole, style).text
    if attribute.type == "percentage":
        return values.percentage(whole * 10, style).text
    if attribute.type == "duration":
        return f"{whole} {attribute.unit}" if whole > 1 else None
    return values.grouped(whole, style.country)


def _orders(kind: Kind, attribute: Attribute, facts: list[Fact], rng: Random) -> list[Question]:
    found = []
    for _ in range(2):
        chosen = rng.sample(facts, rng.randint(3, min(4, len(facts))))
        if len({fact.rank for fact in chosen}) < len(chosen):
            continue
        shown = prose.listed([fact.subject for fact in chosen])
        names = [fact.subject for fact in sorted(chosen, key=_rank)]
        answer = ", ".join(names)
        then = ", then ".join(names)
        statements = (
            f"From first to last, the order is {prose.listed(names)}.",
            f"First {attribute.first} was {names[0]}, {'; then '.join(['followed by ' + names[1], *names[2:]])}.",
            f"The {kind.plural} were {attribute.first} in this order: {then}.",
            f"{names[0]} was {attribute.first} first, before {prose.listed(names[1:])}, in that order.",
        )
        found.append(
            Question(
                "order",
                f"in which order {shown} were {attribute.first}, the earliest first",
                answer,
                (answer, then, prose.listed(names)),
                tuple(fact.id for fact in chosen),
                tuple(map(prose.capitalised, statements)),
                tuple(subject_forms(name) for name in names),
            )
        )
    return found


def _lookups(kind: Kind, attribute: Attribute, facts: list[Fact], rng: Random) -> list[Question]:
    once = [fact for fact in facts if sum(other.value == fact.value for other in facts) == 1]
    found = []
    for fact in rng.sample(once, min(2, len(once))):
        predicate = attribute.which.replace("{v}", fact.value)
        statements = (
            f"{fact.subject} {predicate}.",
            f"The {kind.noun} that {predicate} is {fact.subject}.",
            f"It is {fact.subject} that {predicate}.",
            f"Among the {kind.plural}, {fact.subject} {predicate}.",
        )
        found.append(
            Question(
                "lookup",
                f"which {kind.noun} {predicate}",
                fact.subject,
                subject_forms(fact.subject),
                (fact.id,),
                tuple(map(prose.capitalised, statements)),
            )
        )
    return found
