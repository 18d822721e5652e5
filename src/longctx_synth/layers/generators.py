"""The eight generators of constraint layers. Each is a function from a setting to a layer, or None where it does not apply."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from longctx_synth.layers import Due, Layer, Setting, phrasings
from longctx_synth.world import prose, values
from longctx_synth.world.document import Fact
from longctx_synth.world.kinds import KINDS
from longctx_synth.world.plan import named

Generator = Callable[[Setting, random.Random], Layer | None]

NOT_STATED = (
    "not stated",
    "not given",
    "not mentioned",
    "not recorded",
    "not in the document",
    "does not state",
    "does not give",
    "does not mention",
    "does not say",
    "does not record",
    "doesn't state",
    "doesn't say",
    "doesn't mention",
    "no mention of",
    "not specified",
    "does not specify",
)
NUMERIC = ("amount", "count", "percentage", "duration")


def _say(setting: Setting, rng: random.Random, what: str, **slots: str) -> str:
    return rng.choice(phrasings()[what][setting.split]).format(**slots)


def regulation(setting: Setting, rng: random.Random) -> Layer | None:
    """A rule of the place's regulator that the answer has to name."""
    rule = f"Rule {rng.randint(11, 89)}.{rng.randint(2, 9)}"
    body = setting.situation.regulator
    due = Due(
        "regulation",
        f"the rule of {body} under which this answer is given",
        rule,
        (rule,),
        (
            f"This answer is given under {rule} of {body}.",
            f"Under {rule} of {body}, these points have to be put in writing.",
            f"The points are set out as {rule} of {body} asks.",
            f"{rule} of {body} applies to this answer.",
        ),
    )
    return Layer("regulation", _say(setting, rng, "regulation", rule=rule, regulator=body), (due,))


def deadline(setting: Setting, rng: random.Random) -> Layer | None:
    """A date in the document's own style by which comments have to be in, to be named in the answer."""
    document = setting.document
    if document.style is None or document.day is None:
        return None
    when = values.day(document.day + timedelta(days=rng.randint(9, 75)), document.style)
    taken = {form for fact in document.facts if fact.kind == "date" for form in fact.forms}
    if taken & set(when.forms):
        return None
    due = Due(
        "deadline",
        "the date by which comments on this text have to be sent in",
        when.text,
        when.forms,
        (
            f"Comments on this text have to be sent in by {when.text}.",
            f"Anyone who wants to comment on this text has until {when.text}.",
            f"The last day for comments on this text is {when.text}.",
            f"Comments on this text are taken until {when.text}.",
        ),
    )
    return Layer("deadline", _say(setting, rng, "deadline", date=when.text), (due,))


def budget(setting: Setting, rng: random.Random) -> Layer | None:
    """A ceiling for the cost of what follows from the answer, in the place's currency, to be named."""
    style = setting.document.style
    if style is None:
        return None
    figure = values.odd_figure(values.draw_number(rng, 400, 60_000) * style.country.scale)
    ceiling = values.amount(figure, _whole(style))
    due = Due(
        "budget",
        "the ceiling for any follow-up work",
        ceiling.text,
        ceiling.forms,
        (
            f"The ceiling for any follow-up work is {ceiling.text}.",
            f"Follow-up work may cost {ceiling.text} at most.",
            f"No more than {ceiling.text} may be spent on follow-up work.",
            f"For follow-up work there is a ceiling of {ceiling.text}.",
        ),
    )
    return Layer("budget", _say(setting, rng, "budget", amount=ceiling.text), (due,))


def stakeholders(setting: Setting, rng: random.Random) -> Layer | None:
    """Two people of the organisation who want opposite things; the answer reports both wishes."""
    if setting.language != "en":
        return None
    one = f"the {setting.situation.role}"
    others = [
        f"the {role}" for role in setting.situation.roles if f"the {role}" not in (one, setting.situation.audience.name)
    ]
    if not others:
        return None
    other = rng.choice(others)
    wishes = rng.choice(phrasings()["wishes"][setting.split]).split("|")
    rng.shuffle(wishes)
    due = tuple(
        Due(
            f"wish{index}",
            f"what {who} wants",
            wish,
            (wish,),
            (
                f"{who[0].upper()}{who[1:]} wants {wish}.",
                f"What {who} wants is {wish}.",
                f"The wish of {who} is {wish}.",
            ),
        )
        for index, (who, wish) in enumerate(zip((one, other), wishes, strict=True))
    )
    said = _say(setting, rng, "stakeholders", one=one, other=other, wish_one=wishes[0], wish_other=wishes[1])
    return Layer("stakeholders", said[0].upper() + said[1:], due)


def missing(setting: Setting, rng: random.Random) -> Layer | None:
    """An item that the document does not hold stands among those asked for; the answer has to say so."""
    document = setting.document
    if setting.language != "en" or setting.form not in ("facts", "ordered") or document.kind not in KINDS:
        return None
    kind = KINDS[document.kind]
    stated = {(fact.subject, fact.attribute) for fact in document.facts}
    subjects = list(dict.fromkeys(fact.subject for fact in document.facts if fact.attribute in kind.by_key))
    open_ = [
        (subject, attribute)
        for subject in subjects
        for attribute in kind.attributes
        if (subject, attribute.key) not in stated
    ]
    if not open_:
        return None
    subject, attribute = rng.choice(open_)
    ask = named(attribute.ask, subject)
    told = prose.capitalised(ask)
    due = Due(
        "missing",
        ask,
        "not stated",
        NOT_STATED,
        (
            f"{told} is not stated in the document.",
            f"The document does not state {ask}.",
            f"{told} is not given anywhere in the document.",
            f"Nowhere does the document say {ask}." if not ask.startswith("the ") else f"There is no mention of {ask}.",
        ),
    )
    return Layer("missing", _say(setting, rng, "missing"), asked=due)


def contradiction(setting: Setting, rng: random.Random) -> Layer | None:
    """Someone's note has another value, which the document gives for another subject; the document holds."""
    facts = {fact.ask: fact for fact in setting.document.facts}
    due = [facts[item.ask] for item in setting.asked if item.ask in facts and item.ask.startswith("the ")]
    shown = " ".join(form for item in setting.asked for form in (item.ask, *item.forms))
    found: list[tuple[Fact, Fact]] = []
    for fact in due:
        for other in setting.document.facts:
            same = other.attribute == fact.attribute and other.subject != fact.subject
            if same and not any(form in shown for form in other.forms) and not set(other.forms) & set(fact.forms):
                found.append((fact, other))
    if not found:
        return None
    fact, other = rng.choice(found)
    said = _say(setting, rng, "contradiction", ask=fact.ask, wrong=other.value)
    return Layer("contradiction", said, specs=({"check": "forbids", "args": {"words": [other.forms[0]]}},))


def exception(setting: Setting, rng: random.Random) -> Layer | None:
    """A rule that depends on a figure in the document: one sentence where it is above a limit, another where it is not."""
    style = setting.document.style
    facts = {fact.ask: fact for fact in setting.document.facts}
    asked = [facts[item.ask] for item in setting.asked if item.ask in facts]
    numeric = [fact for fact in asked if fact.kind in NUMERIC and fact.ask.startswith("the ")]
    if setting.language != "en" or style is None or not numeric:
        return None
    fact = rng.choice(numeric)
    above = rng.random() < 0.5
    factor = rng.uniform(0.55, 0.9) if above else rng.uniform(1.15, 1.7)
    limit = _limit(fact, fact.rank * factor, style)
    if limit is None or (limit[1] < fact.rank) != above:
        return None
    yes, no = rng.choice(phrasings()["referrals"][setting.split]).split("|")
    right, wrong = (yes, no) if above else (no, yes)
    due = Due("exception", "which of the two sentences holds", right.rstrip("."), (right.rstrip("."),), (right,))
    return Layer(
        "exception",
        _say(setting, rng, "exception", ask=fact.ask, limit=limit[0], yes=yes, no=no),
        (due,),
        specs=({"check": "forbids", "args": {"words": [wrong.rstrip(".")]}},),
    )


def _limit(fact: Fact, figure: float, style: values.Style) -> tuple[str, float] | None:
    """A round limit near `figure`, written as the document writes such values, and its rank."""
    if fact.kind == "percentage":
        whole = round(figure)
        return (f"{whole}{style.percent}", float(whole)) if 0 < whole < 100 else None
    if fact.kind == "duration":
        whole = round(figure)
        return (f"{whole} {fact.value.split()[-1]}", float(whole)) if whole > 1 else None
    step = 10 ** max(len(str(int(figure))) - 2, 0)
    whole = round(figure / step) * step
    if whole < 2:
        return None
    if fact.kind == "amount":
        return values.amount(whole, _whole(style)).text, float(whole)
    return values.count(whole, style).text, float(whole)


def _whole(style: values.Style) -> values.Style:
    """The style without cents: nobody sets a limit to the cent."""
    return replace(style, cents=False)


def dependency(setting: Setting, rng: random.Random) -> Layer | None:
    """One item makes sense only after another, which stands later in the list: an order against the list's."""
    facts = {fact.ask for fact in setting.document.facts}
    asked = [item for item in setting.asked if item.ask in facts]
    if setting.form != "facts" or len(asked) < 2:
        return None
    place = rng.randrange(len(asked) - 1)
    late, early = asked[place], asked[place + 1]
    said = _say(setting, rng, "dependency", early=early.ask, late=late.ask)
    return Layer("dependency", said[0].upper() + said[1:], order=(early.id, late.id))


GENERATORS: dict[str, Generator] = {
    generator.__name__: generator
    for generator in (regulation, deadline, budget, stakeholders, missing, contradiction, exception, dependency)
}

# Those that cannot be met without reading the document; tried before the others.
BOUND = ("contradiction", "dependency", "exception", "missing")
