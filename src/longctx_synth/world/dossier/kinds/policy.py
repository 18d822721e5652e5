# ruff: noqa: E501  (a template is one line, however long)
"""Rule sheets and the claims under them. The answer is a rule applied: rate, extras, exceptions, exceptions to these, and a ceiling.

A group is an office: its clauses and the claims filed there. A claim is worth the rate of its claimant's trade, more for each mark that a clause of the office adds
something for, unless another clause takes the trade out of that one, unless a third one undoes this for a claim with a certain mark; and never more than the ceiling. Clauses
change from a day on, and people change their trade from a day on: what holds on the day of filing decides. A mark that no clause of the office names adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from longctx_synth.world import values as v
from longctx_synth.world.dossier.model import (
    Fact,
    Kind,
    Params,
    QuestionKind,
    Solved,
    Stage,
    Step,
    World,
    asks,
    choose,
    name,
    namely,
    number,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines

# No trade begins with a vowel: the templates say "a {cat}". Marks are singular.
TRADES = ("fitter", "driver", "clerk", "surveyor", "technician", "manager", "porter", "trainee", "planner", "buyer")
MARKS = (
    "night duty", "work abroad", "weekend travel", "heavy freight", "short notice", "rough terrain", "overtime", "private car use", "bad weather", "solo work", "ferry travel",
)  # fmt: skip
OFFICES = ("office", "branch", "station", "bureau", "centre", "agency")
RANKS = ("first", "second", "third", "fourth", "fifth")
MOST_TOLD = 12  # a sum of more figures is not written out


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Offices until there are about `size` facts; all of them have the same few trades and marks, with other figures."""
    rng = stage.structure
    trades, marks = rng.sample(TRADES, 4), rng.sample(MARKS, 8)
    districts = [f"{stage.place()} district" for _ in range(0 if size < 100 else 3 if size < 500 else 4)]
    stage.cast = {"office": [], "person": [stage.person() for _ in range(6)], "trade": trades}
    start = stage.first_day()
    taken: set[str] = set()
    deck: list[str] = []
    groups: list[list[Fact]] = []
    made = 0
    # A few groups more than asked for where there are few: not each of them fits a short document.
    while made < size + (24 if size < 60 else 0):
        office = _fresh(taken, lambda: f"{stage.place()} {rng.choice(OFFICES)}")
        stage.cast["office"].append(office)
        if not deck:  # dealt out: which office belongs to which district is a relation, so it is not the structure's
            deck += stage.values.sample(districts, len(districts))
        district = deck.pop() if districts else ""
        # Few clauses and claims, more, or many clauses that a claim may meet one after the other.
        wealth = 0 if size < 60 else rng.choice((0, 0, 1, 1, 1, 2, 2) if size >= 100 else (0, 0, 1))
        group = _office(stage, office, district, trades, marks, start, taken, wealth)
        groups.append(group)
        made += len(group)
    return groups


def _fresh(taken: set[str], draw: Any) -> str:
    while (drawn := draw()) in taken:
        pass
    taken.add(drawn)
    return str(drawn)


def _office(
    stage: Stage,
    office: str,
    district: str,
    trades: list[str],
    marks: list[str],
    start: date,
    taken: set[str],
    wealth: int,
) -> list[Fact]:
    rng, values = stage.structure, stage.values
    small, rich = wealth == 0, wealth == 2
    facts: list[Fact] = []
    amended: list[tuple[Fact, float]] = []

    def money(low: float, high: float) -> float:
        return v.odd_figure(values.uniform(low, high) * stage.style.country.scale) + (
            values.randint(1, 99) / 100 if stage.style.cents else 0
        )

    def rule(type_: str, figure: float, **slots: Any) -> Fact:
        fact = stage.fact(type_, clause=name(stage.code("R")), amount=stage.amount(figure), **slots)
        facts.append(fact)
        amended.append((fact, figure))
        return fact

    own = rng.sample(trades, 2 if small else 3)  # most have claims: a rate that nobody draws would be told by that
    rates = [money(180, 460) for _ in own]
    for trade, rate in zip(own, rates, strict=True):
        rule("base", rate, office=office, cat=trade)
    named = rng.sample(marks, len(marks))
    # Which marks earn something is the structure's, which clause is for which of them is not.
    earning = [named.pop() for _ in range(rng.choice((1, 1, 2)) if small else 3 if rich else rng.choice((2, 2, 3)))]
    relevant = list(earning)
    total = 0.0
    for index, mark in enumerate(values.sample(earning, len(earning))):
        plus = money(30, 150)
        total += plus
        extra = rule("extra", plus, office=office, mark=mark)
        if rng.random() < (0.8 if index == 0 or rich else 0.6):
            taken_out = stage.fact(
                "except", clause=name(stage.code("R")), other=extra.values["clause"], cat=values.choice(own)
            )
            facts.append(taken_out)
            if rng.random() < (0.5 if small else 0.85 if rich else 0.65):
                other = named.pop()
                relevant.append(other)
                facts.append(
                    stage.fact("unless", clause=name(stage.code("R")), other=taken_out.values["clause"], mark=other)
                )
    ceiling = max(rates) + values.uniform(0.05, 0.8) * total
    if rng.random() < 0.55:
        top = v.odd_figure(ceiling) + (values.randint(1, 99) / 100 if stage.style.cents else 0)
        rule("cap", top, office=office)
    turn = start + timedelta(days=values.randint(120, 500))
    for old, figure in rng.sample(amended, 1 if small else rng.choice((4, 5)) if rich else rng.choice((1, 2, 2, 3))):
        factor = values.choice((values.uniform(0.78, 0.94), values.uniform(1.06, 1.3)))
        # A rate never passes the ceiling's reach and a ceiling never sinks below a rate.
        if old.type == "cap" or (old.type == "base" and factor > 1 and any(fact.type == "cap" for fact in facts)):
            factor = 1 + abs(factor - 1) * (1 if old.type == "cap" else 0.2)
        changed = v.odd_figure(figure * factor) + (values.randint(1, 99) / 100 if stage.style.cents else 0)
        since = turn + timedelta(days=values.randint(0, 60))
        facts.append(
            stage.fact(
                "amend", (old,), clause=old.values["clause"], amount=stage.amount(changed), date=stage.day(since)
            )
        )
    if district:
        facts.append(stage.fact("district", office=office, district=district))
    person = ""
    for index in range(rng.choice((2, 2, 3)) if small else rng.choice((3, 4)) if rich else rng.randint(3, 6)):
        filed = turn + timedelta(days=values.randint(-110, 150))
        again = index and not small and rng.random() < 0.2
        if not again:
            person = _fresh(taken, stage.person)
            trade, later = values.sample(own, 2)
            hired = stage.fact("cat", claimant=person, cat=trade)
            facts.append(hired)
            change = stage.day(filed + timedelta(days=values.choice((-1, 1)) * values.randint(3, 60)))
            if rng.random() < 0.22:
                facts.append(stage.fact("promo", (hired,), claimant=person, cat=later, date=change))
        code = stage.code("CL")
        facts.append(stage.fact("claim", code=name(code), claimant=person, office=office, date=stage.day(filed)))
        # Mostly marks that a clause here speaks of, now and then one that only others do.
        drawn = rng.sample(relevant, len(relevant)) + rng.sample(named, len(named))
        for _ in range(
            rng.choice((0, 1, 1, 2)) if small else rng.choice((1, 2, 3, 4)) if rich else rng.choice((0, 1, 1, 2, 2))
        ):
            facts.append(stage.fact("mark", code=name(code), mark=drawn.pop(0 if rng.random() < 0.9 else -1)))
    return facts


# Solvers.


class Worth(NamedTuple):
    """What a claim is worth, and how that is found."""

    total: float
    steps: list[Step]
    used: list[str]
    base: Fact


def _figure(stage: Stage, amount: float) -> str:
    """An amount as the documents write it, without the currency."""
    return v.grouped(amount, stage.style.country, 2 if stage.style.cents else 0)


def _trade(world: World, claimant: str, day: float) -> tuple[str, tuple[str, ...]] | None:
    """Someone's trade on a day, and the facts that tell it."""
    first, later = world.one("cat", "claimant", claimant), world.one("promo", "claimant", claimant)
    if first is None:
        return None
    told = (first.id,) if later is None else (first.id, later.id)
    return (later if later is not None and later.number("date") <= day else first).text("cat"), told


def _marks(world: World, code: str) -> dict[str, Fact]:
    return {fact.text("mark"): fact for fact in world.where("mark", "code", code)}


class Ruling(NamedTuple):
    """Whether a mark's extra is paid: the clauses that were looked at, the last of which decides; the facts behind each."""

    clauses: list[Fact]
    facts: list[tuple[str, ...]]


def _ruling(
    world: World, extra: Fact, trade: tuple[str, tuple[str, ...]], marks: dict[str, Fact]
) -> tuple[Ruling, list[str]]:
    """The ruling on an extra, and all facts looked at, exceptions that do not fit included."""
    ruling = Ruling([extra], [(extra.id,)])
    seen = [extra.id]
    for exception in world.where("except", "other", extra.text("clause")):
        seen += [exception.id, *trade[1]]
        if exception.text("cat") != trade[0]:
            continue
        ruling.clauses.append(exception)
        ruling.facts.append((exception.id, *trade[1]))
        for undone in world.where("unless", "other", exception.text("clause")):
            seen.append(undone.id)
            if undone.text("mark") in marks:
                seen.append(marks[undone.text("mark")].id)
                ruling.clauses.append(undone)
                ruling.facts.append((undone.id, marks[undone.text("mark")].id))
    return ruling, seen


def _worth(world: World, claim: Fact, day: float | None = None, when: str = "") -> Worth | None:
    """A claim's worth by the rules of its day of filing, or of another day, written `when`."""
    stage, code, office = world.stage, claim.text("code"), claim.text("office")
    day, when = (claim.number("date"), claim.text("date")) if day is None else (day, when)
    trade = _trade(world, claim.text("claimant"), day)
    if trade is None:
        return None
    base = next((fact for fact in world.where("base", "office", office) if fact.text("cat") == trade[0]), None)
    if base is None:
        return None
    used = [claim.id, *trade[1], base.id]
    steps = [
        Step(
            f"the rate for {claim.text('claimant')}, a {trade[0]} on {when}, by {base.text('clause')}",
            base.values["amount"],
            f"{code} was filed at the {office}",
            tuple(used),
        )
    ]

    def now(rule: Fact, what: str) -> float:
        """A clause's figure on the day."""
        amend = world.one("amend", "clause", rule.text("clause"))
        if amend is None:
            return rule.number("amount")
        used.append(amend.id)
        if amend.number("date") > day:
            return rule.number("amount")
        steps.append(
            Step(
                f"{what} of {rule.text('clause')} as it stood on {when}",
                amend.values["amount"],
                f"changed from {amend.text('date')} on",
                (amend.id,),
            )
        )
        return amend.number("amount")

    total = now(base, "the rate")
    marks = _marks(world, code)
    used += [mark.id for mark in marks.values()]  # one that comes to nothing has to be read too before that is known
    for extra in world.where("extra", "office", office):
        mark = marks.get(extra.text("mark"))
        if mark is None:
            continue
        ruling, seen = _ruling(world, extra, trade, marks)
        used += seen
        what = f"the extra for {extra.text('mark')}"
        if len(ruling.clauses) == 2:
            steps.append(
                Step(
                    f"the clause by which a {trade[0]} does not get {what} on {when}",
                    ruling.clauses[1].values["clause"],
                    f"{ruling.clauses[1].text('clause')} takes a {trade[0]} out of {extra.text('clause')}",
                    (extra.id, mark.id, *ruling.facts[1]),
                )
            )
            continue
        if len(ruling.clauses) == 3:
            steps.append(
                Step(
                    f"the clause by which {code} gets {what} all the same on {when}",
                    ruling.clauses[2].values["clause"],
                    f"{ruling.clauses[2].text('clause')} undoes {ruling.clauses[1].text('clause')} for {ruling.clauses[2].text('mark')}",
                    (*ruling.facts[1], *ruling.facts[2]),
                )
            )
        plus = now(extra, what)
        how = f"{_figure(stage, total)} + {_figure(stage, plus)}"
        total = round(total + plus, 2)
        steps.append(Step(f"the sum with {what} on {when}", stage.amount(total), how, (extra.id, mark.id)))
    cap = world.one("cap", "office", office)
    if cap is not None:
        used.append(cap.id)
        top = now(cap, "the ceiling")
        if total > top:
            steps.append(
                Step(
                    f"what the ceiling of {cap.text('clause')} leaves of the sum on {when}",
                    stage.amount(top),
                    f"{_figure(stage, total)} is more than {_figure(stage, top)}",
                    (cap.id,),
                )
            )
            total = top
        elif steps[-1].what.startswith("the ceiling"):  # a ceiling that was changed and is not reached is no step
            steps.pop()
    return Worth(total, steps, list(dict.fromkeys(used)), base)


def _finished(worth: Worth, stage: Stage) -> list[Step]:
    """The steps, the last of which gives the amount."""
    if worth.steps[-1].value.text == stage.amount(worth.total).text:
        return worth.steps
    return [*worth.steps, Step("the amount that remains", stage.amount(worth.total))]


def _told(world: World, *more: str) -> tuple[str, ...]:
    """What a guesser could choose from: every amount in the papers, and the right one."""
    return tuple(sorted({*more, *(fact.text("amount") for fact in world.of("base", "extra", "cap", "amend"))}))


def _choose_amount(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return choose(world, rng, hops, [{"code": fact.text("code")} for fact in world.of("claim")], _solve_amount, 400)


def _solve_amount(world: World, params: Params) -> Solved | None:
    """What a claim is worth."""
    claim = world.one("claim", "code", params["code"])
    worth = _worth(world, claim) if claim is not None else None
    if worth is None:
        return None
    answer = world.stage.amount(worth.total)
    return Solved(
        answer, tuple(_finished(worth, world.stage)), tuple(worth.used), _told(world, answer.text), worth.base.id
    )


def _filed_at(world: World, office: str) -> list[Fact]:
    return sorted(world.where("claim", "office", office), key=lambda fact: fact.number("date"))


def _choose_nth(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {"office": office, "which": which}
        for office in sorted({fact.text("office") for fact in world.of("claim")})
        for which in ("first", "second", "third", "last")
    ]
    return choose(world, rng, hops, options, _solve_nth, 400)


def _solve_nth(world: World, params: Params) -> Solved | None:
    """What an office's first, second, third or last claim is worth."""
    claims = _filed_at(world, params["office"])
    place = len(claims) - 1 if params["which"] == "last" else RANKS.index(params["which"])
    if len(claims) < 2 or place >= len(claims) or len({fact.number("date") for fact in claims}) < len(claims):
        return None
    claim = claims[place]
    worth = _worth(world, claim)
    if worth is None:
        return None
    first = Step(
        f"the {params['which']} claim filed at the {params['office']}",
        name(claim.text("code")),
        f"{claim.text('date')} is the {params['which']} of {len(claims)} dates",
        tuple(fact.id for fact in claims),
    )
    answer = world.stage.amount(worth.total)
    used = dict.fromkeys([*(fact.id for fact in claims), *worth.used])
    return Solved(
        answer, (first, *_finished(worth, world.stage)), tuple(used), _told(world, answer.text), worth.base.id
    )


def _choose_change(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """Another day of filing, on the far side of a change."""
    options = []
    for fact in world.of("claim"):
        own = [world.one("promo", "claimant", fact.text("claimant"))]
        clauses = {rule.text("clause") for rule in _clauses_of(world, fact.text("office"))}
        own += [amend for clause in sorted(clauses) if (amend := world.one("amend", "clause", clause))]
        for change in own:
            if change is not None:
                late = change.number("date") > fact.number("date")
                day = change.day("date") + timedelta(days=rng.randint(1, 40) if late else -rng.randint(1, 40))
                options.append({"code": fact.text("code"), "date": world.stage.day(day).text, "day": day.toordinal()})
    for params in rng.sample(options, min(len(options), 400)):
        solved = _solve_change(world, params)
        if solved is not None and len(solved.steps) == hops and solved.answer.rank > 0:
            return params
    return None


def _clauses_of(world: World, office: str) -> list[Fact]:
    return [fact for type_ in ("base", "extra", "cap") for fact in world.where(type_, "office", office)]


def _solve_change(world: World, params: Params) -> Solved | None:
    """By how much a claim would differ had it been filed on another day."""
    claim = world.one("claim", "code", params["code"])
    if claim is None:
        return None
    before, after = _worth(world, claim), _worth(world, claim, params["day"], params["date"])
    if before is None or after is None:
        return None
    stage = world.stage
    gap = round(abs(after.total - before.total), 2)
    larger, smaller = max(before.total, after.total), min(before.total, after.total)
    last = Step(
        f"the difference between {claim.text('date')} and {params['date']}",
        stage.amount(gap),
        f"{_figure(stage, larger)} - {_figure(stage, smaller)}",
    )
    used = dict.fromkeys([*before.used, *after.used])
    return Solved(
        stage.amount(gap),
        (*before.steps, *after.steps, last),
        tuple(used),
        _told(world, stage.amount(gap).text),
        claim.id,
    )


def _choose_clause(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    offices: dict[tuple[str, str], None] = {
        (fact.text("office"), fact.text("mark")): None for fact in world.of("extra")
    }
    options = []
    for fact in world.of("claim"):
        options += [
            {"code": fact.text("code"), "mark": mark}
            for mark in _marks(world, fact.text("code"))
            if (fact.text("office"), mark) in offices
        ]
    return choose(world, rng, hops, options, _solve_clause, 400)


def _solve_clause(world: World, params: Params) -> Solved | None:
    """The clause that has the last word on whether a claim gets the extra for a mark."""
    claim = world.one("claim", "code", params["code"])
    if claim is None:
        return None
    marks = _marks(world, params["code"])
    extra = next(
        (fact for fact in world.where("extra", "office", claim.text("office")) if fact.text("mark") == params["mark"]),
        None,
    )
    trade = _trade(world, claim.text("claimant"), claim.number("date"))
    if extra is None or trade is None or params["mark"] not in marks:
        return None
    ruling, seen = _ruling(world, extra, trade, marks)
    whats = (
        f"the clause that adds something for {params['mark']} at the {claim.text('office')}",
        f"the clause that takes a {trade[0]} out of it",
        "the clause that undoes this exception",
    )
    steps = [
        Step(what, fact.values["clause"], "", facts)
        for what, fact, facts in zip(whats, ruling.clauses, ruling.facts, strict=False)
    ]
    own = {fact.text("clause") for fact in world.where("extra", "office", claim.text("office"))}
    own |= {fact.text("clause") for clause in sorted(own) for fact in world.where("except", "other", clause)}
    own |= {fact.text("clause") for clause in sorted(own) for fact in world.where("unless", "other", clause)}
    if len(own) < 2:
        return None
    used = dict.fromkeys([claim.id, marks[params["mark"]].id, *seen])
    # Where one office alone has an extra for the mark, the question tells the office.
    needed = claim.id if len(world.where("extra", "mark", params["mark"])) > 1 else ""
    return Solved(ruling.clauses[-1].values["clause"], tuple(steps), tuple(used), tuple(sorted(own)), needed)


# Wide questions: over every claim.


def _all(world: World) -> tuple[dict[str, Worth], list[str]] | None:
    """Every claim's worth by its code, and all facts looked at."""
    worths: dict[str, Worth] = {}
    for claim in world.of("claim"):
        worth = _worth(world, claim)
        if worth is None:
            return None
        worths[claim.text("code")] = worth
    # Exceptions that come to nothing have to be read too before that is known.
    used = [fact for worth in worths.values() for fact in worth.used] + [
        fact.id for fact in world.of("except", "unless")
    ]
    return worths, list(dict.fromkeys(used))


def _choose_above(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """A limit for a number of claims that is drawn first, from none to all."""
    found = _all(world)
    totals = sorted(worth.total for worth in found[0].values()) if found else []
    if len(totals) < 3:
        return None
    above = rng.randint(0, len(totals))
    low = totals[-above - 1] if above < len(totals) else totals[0] * 0.8
    high = totals[-above] if above else totals[-1] * 1.2
    limit = round(rng.uniform(low, high), 2) if world.stage.style.cents else v.odd_figure(rng.uniform(low, high))
    limit = limit if low <= limit < high else low
    if sum(1 for total in totals if total > limit) != above:  # equal amounts
        return None
    return {"limit": world.stage.amount(limit).text, "figure": limit}


def _solve_above(world: World, params: Params) -> Solved | None:
    """How many claims are worth more than a limit."""
    found = _all(world)
    if not found or len(found[0]) < 3:
        return None
    worths, used = found
    answer = sum(1 for worth in worths.values() if worth.total > params["figure"])
    steps = []
    if len(worths) <= MOST_TOLD:
        steps += [
            Step(f"the amount of {code}", world.stage.amount(worth.total), "", tuple(worth.used))
            for code, worth in worths.items()
        ]
    few = [code for code, worth in worths.items() if worth.total <= params["figure"]]
    steps.append(Step(f"the claims that get {params['limit']} or less", number(len(few), world.stage), namely(few)))
    steps.append(
        Step(
            f"the claims that get more than {params['limit']}",
            number(answer, world.stage),
            f"{len(worths)} - {len(worths) - answer}",
        )
    )
    return Solved(number(answer, world.stage), tuple(steps), tuple(used), tuple(str(n) for n in range(len(worths) + 1)))


def _districts(world: World) -> tuple[dict[str, list[float]], list[str]] | None:
    """The amounts of each district's claims, and all facts looked at."""
    found = _all(world)
    if not found:
        return None
    parts: dict[str, list[float]] = defaultdict(list)
    used = found[1]
    for fact in world.of("district"):
        used.append(fact.id)
        parts[fact.text("district")] += [
            found[0][claim.text("code")].total for claim in world.where("claim", "office", fact.text("office"))
        ]
    return (
        (parts, used)
        if len(parts) >= 3 and len({round(sum(part), 2) for part in parts.values()}) == len(parts)
        else None
    )


def _ranked(parts: dict[str, list[float]]) -> Sequence[str]:
    return sorted(parts, key=lambda district: -sum(parts[district]))


def _choose_district(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    found = _districts(world)
    return {"rank": RANKS[_ranked(found[0]).index(rng.choice(sorted(found[0])))]} if found else None


def _solve_district(world: World, params: Params) -> Solved | None:
    """Which district's claims come to the most, the second most, ..."""
    found = _districts(world)
    if not found or RANKS.index(params["rank"]) >= len(found[0]):
        return None
    parts, used = found
    stage = world.stage
    answer = _ranked(parts)[RANKS.index(params["rank"])]
    written = {district: stage.amount(round(sum(part), 2)) for district, part in parts.items()}
    steps = [
        Step(
            f"the claims of the {district}",
            written[district],
            " + ".join(_figure(stage, x) for x in part) if 1 < len(part) <= MOST_TOLD else "",
        )
        for district, part in sorted(parts.items())
    ]
    order = ", ".join(written[district].text for district in _ranked(parts))
    steps.append(
        Step(f"the district that comes {params['rank']}", name(answer), f"the sums from the most down are {order}")
    )
    return Solved(name(answer), tuple(steps), tuple(used), tuple(sorted(parts)))


KIND = Kind(
    name="policy",
    noun="rule book",
    titles=lines("""
        Rule sheets and claims of {org}
        {org}: allowances, [rules and cases|clauses and claims], part {part}
        Allowance papers of {org} in {city}
        What may be claimed, and who claimed it: {org}
        {org}, claims desk, folder {part}
        Clauses and claims, {org}, bundle {part}
        Working file of {person}: allowances
        Staff allowances at {org}, {city}, volume {part}
        Papers on allowances for the {office}
    """),
    headings=lines("""
        Folder {part}
        Copied for the {office}
        [Clauses|Rules] and cases, [continued|unsorted]
        [Further|More] lines from the claims desk
        Seen by {person}
        Sheet {part}
        From the tray of {person}
        Not in order
    """),
    openings=lines("""
        A claim is judged by what held on the day on which it was filed, whatever was changed later.
        A mark that no clause of the office speaks of adds nothing to a claim.
        Clauses of one office say nothing about the claims of another.
        These lines were taken from rule sheets, forms and letters, in no order.
        First comes the rate, then what is added to it, and last of all the ceiling, if the office has one.
        {person} copied clauses and claims as they came to hand.
        What a claim is not marked for in these papers, it is not marked for at all.
    """),
    types={
        "base": lines("""
            At the {office}, a {cat} is paid {amount} for each claim, by clause {clause}.
            Clause {clause} of the {office} sets the rate of a {cat} at {amount}.
            For a {cat}, clause {clause} of the {office} provides a rate of {amount}.
            Under {clause}, the {office} pays {amount} to anyone who claims as a {cat}.
            The rate for a {cat} at the {office} is {amount}, as clause {clause} has it.
            {clause} is the clause by which a {cat} at the {office} has a rate of {amount}.
            The {office} put down in clause {clause} that a {cat} starts from {amount}.
            Whoever claims as a {cat} at the {office} starts from {amount} by clause {clause}.
            In the rule sheet of the {office}, {clause} gives a {cat} a rate of {amount}.
            A rate of {amount} is what {clause} of the {office} allows a {cat}.
            Before any extra, clause {clause} of the {office} grants {amount} to a {cat}.
            {clause} of the {office} names {amount} as the rate for a {cat}.
        """),
        "extra": lines("""
            Clause {clause} of the {office} adds {amount} where a claim is marked for {mark}.
            For {mark}, the {office} pays {amount} on top, by clause {clause}.
            By {clause}, the {office} makes good {amount} for {mark}.
            An extra of {amount} for {mark} is due at the {office} under clause {clause}.
            The {office} grants {amount} more because of {mark}, as clause {clause} says.
            Under clause {clause} of the {office}, a claim marked for {mark} rises by {amount}.
            What {clause} of the {office} adds for {mark} is {amount}.
            {amount} comes on top for {mark} at the {office}, says clause {clause}.
            A mark for {mark} lifts a claim at the {office} by {amount} according to {clause}.
            The rule sheet of the {office} has {clause} for {mark}, which brings {amount} more.
            Claims at the {office} get {amount} in addition for {mark}, thanks to clause {clause}.
            {clause} is the clause of the {office} that rewards {mark} with an extra of {amount}.
        """),
        "except": lines("""
            Clause {clause} takes a {cat} out of clause {other}.
            By {clause}, clause {other} does not hold for a {cat}.
            Nobody who claims as a {cat} comes under {other}, says clause {clause}.
            A {cat} cannot have what {other} adds, because of clause {clause}.
            According to clause {clause}, the extra of {other} is not paid to a {cat}.
            {clause} makes an exception to {other} for every {cat}.
            For a {cat}, clause {clause} sets {other} aside.
            What clause {other} adds is withheld from a {cat} by {clause}.
            As {clause} puts it, a {cat} gets nothing out of clause {other}.
            The extra of clause {other} is there for all but a {cat}, by clause {clause}.
            Clause {other} passes over a {cat}, as {clause} lays down.
            With {clause}, the extra of {other} is barred for a {cat}.
        """),
        "unless": lines("""
            Clause {clause} says that {other} does not hold where the claim is marked for {mark}.
            In a claim marked for {mark}, the exception of {other} falls away by clause {clause}.
            By {clause}, a mark for {mark} lifts the exception that {other} makes.
            The exception in clause {other} is dropped for {mark}, as {clause} has it.
            {clause} goes further, so that with a mark for {mark} clause {other} is not applied.
            Where a claim is marked for {mark}, clause {clause} undoes {other}.
            Clause {other} yields to {clause} as soon as a claim is marked for {mark}.
            An exception to {other} stands in {clause}, and it is for claims marked for {mark}.
            Despite {other}, a claim marked for {mark} gets the extra, by clause {clause}.
            What {other} takes away, {clause} gives back to a claim marked for {mark}.
            A claim marked for {mark} is spared clause {other} under clause {clause}.
            Clause {clause} shields a claim marked for {mark} from {other}.
        """),
        "cap": lines("""
            Clause {clause} caps every claim at the {office} at {amount}.
            No claim at the {office} pays more than {amount}, by clause {clause}.
            The most that the {office} pays on one claim is {amount}, says {clause}.
            At the {office}, {clause} puts the ceiling for a claim at {amount}.
            Whatever adds up, the {office} stops at {amount} on one claim under clause {clause}.
            With {amount}, clause {clause} of the {office} names the top of what one claim may bring.
            {amount} is the ceiling that {clause} sets for a claim at the {office}.
            Under {clause}, a claim at the {office} is cut down to {amount} where it comes to more.
            The ceiling of the {office} stands in clause {clause} and is {amount}.
            A claim at the {office} ends at {amount} at the latest, as {clause} lays down.
            Above {amount} the {office} pays nothing on a claim, by clause {clause}.
            The upper limit of a claim at the {office} is put at {amount} in {clause}.
        """),
        "amend": lines("""
            From {date} on, the figure in clause {clause} is {amount}.
            Clause {clause} was changed to {amount} for all claims filed from {date} on.
            On {date} clause {clause} was given a new figure, {amount}.
            With effect from {date}, {clause} reads {amount} instead.
            A circular puts {clause} at {amount} from {date} onwards.
            {amount} has been the figure of clause {clause} since {date}.
            As of {date}, {amount} takes the place of the old figure in {clause}.
            The figure of {clause} gave way to {amount} on {date}.
            For claims filed on {date} or later, clause {clause} stands at {amount}.
            {clause} was rewritten with {amount} as its figure, valid from {date}.
            Since {date}, clause {clause} has had the figure of {amount}.
            The board fixed {clause} anew, at {amount} from {date}.
        """),
        "district": lines("""
            The {office} belongs to the {district}.
            In the {district} lies the {office}.
            The {district} includes the {office}.
            Papers from the {office} go to the {district}.
            The {office} is run by the {district}.
            Among the offices of the {district} is the {office}.
            The {office} counts as part of the {district}.
            For the {office}, the {district} is in charge.
            The {district} looks after the {office}.
            The {office} has the {district} above it.
            What the {office} pays is booked in the {district}.
            On the list of the {district} stands the {office}.
        """),
        "claim": lines("""
            {claimant} filed claim {code} at the {office} on {date}.
            On {date} claim {code} came in at the {office} from {claimant}.
            Claim {code} was filed by {claimant} on {date} at the {office}.
            The {office} took in claim {code} of {claimant} on {date}.
            {code} is the claim that {claimant} filed at the {office} on {date}.
            At the {office}, {claimant} handed in claim {code} on {date}.
            With the date of {date}, the {office} holds claim {code} by {claimant}.
            The {office} stamped claim {code} on {date}, the day on which {claimant} filed it.
            Filed on {date} at the {office}, claim {code} is signed by {claimant}.
            The post of {date} brought the {office} claim {code}, signed by {claimant}.
            Claim {code}, received at the {office} on {date}, is that of {claimant}.
            It was on {date} that {claimant} put claim {code} before the {office}.
        """),
        "cat": lines("""
            {claimant} was taken on as a {cat}.
            It was as a {cat} that {claimant} was hired.
            The staff list has {claimant} down as hired for a {cat}.
            {claimant} began here as a {cat}.
            When hired, {claimant} was a {cat}.
            The first contract of {claimant} was that of a {cat}.
            {claimant} came to the organisation as a {cat}.
            In the staff book, {claimant} is entered at first as a {cat}.
            {claimant} started out as a {cat}.
            The card of {claimant} begins with the trade of a {cat}.
            A {cat} is what {claimant} was hired to be.
            The post for which {claimant} was engaged was that of a {cat}.
        """),
        "promo": lines("""
            From {date} on, {claimant} has been a {cat} instead.
            On {date} {claimant} changed over and became a {cat}.
            {claimant} was made a {cat} on {date}.
            Since {date}, the trade of {claimant} has been that of a {cat}.
            With effect from {date}, {claimant} took up the work of a {cat}.
            The staff list shows a change of {date}, by which {claimant} became a {cat}.
            {claimant} gave up the old trade and became a {cat} on {date}.
            It is as a {cat} that {claimant} has worked since {date}.
            A new contract of {date} gives {claimant} the trade of a {cat}.
            Until {date} it was otherwise, but from that day {claimant} has counted as a {cat}.
            The personnel desk moved {claimant} on {date} to the post of a {cat}.
            As of {date}, {claimant} is to be treated as a {cat}.
        """),
        "mark": lines("""
            Claim {code} is marked for {mark}.
            On claim {code} there is a mark for {mark}.
            A mark for {mark} stands on claim {code}.
            {code} bears a mark for {mark}.
            The form of {code} has the box for {mark} ticked.
            {mark} is noted on claim {code}.
            Among the marks on claim {code} is one for {mark}.
            The desk put a mark for {mark} on {code}.
            Whoever reads claim {code} finds a mark for {mark}.
            Claim {code} speaks of {mark}, and is marked for it.
            With regard to {mark}, claim {code} has its mark.
            The mark for {mark} was set on claim {code}.
        """),
    },
    slots={
        "clause": "code",
        "other": "code",
        "code": "code",
        "office": "name",
        "district": "name",
        "cat": "name",
        "mark": "name",
        "claimant": "person",
        "amount": "amount",
        "date": "date",
    },
    colour=lines("""
        {person} [would like|has asked for] [larger print|wider margins] on the forms of the {office}, and $who [agreed|smiled].
        The [waiting room|counter|letter box] of the {office} is $room, as $who [said|noted].
        {person} and {person_} [share|take turns at] a desk, which is $room.
        $who [wrote|telephoned] to ask when the {office} [opens|closes for lunch], and {person} [answered|was out].
        There is [talk|some talk] of [new chairs|a new sign] for the {office}, though $who [doubts it|would rather save].
        [Nobody|No one] at the {office} could find the [stapler|key|stamp], which was $room.
        {person} [bound|punched] the sheets of the {office} with care, to the joy of $who.
        In the {office}, the [clock|lamp|kettle] is $room, and $who has [got used to it|complained].
        $who [praised|thanked] {person} for [plain words|a neat hand|quick replies].
        The [copy|copies] for the {office} [went|had to go] by [post|rail], since $who [wished it|was away].
        {person} keeps [a plant|a calendar|a bowl of sweets] on the desk, and $who [likes it|has got used to it].
        A [visitor|guest] of the {office} left [an umbrella|a hat|a scarf], which $who [took home|looks after].
        At the {office}, {person} [answers|opens] the letters, unless $who [is quicker|does so].
    """),
    short=lines("""
        The copies are legible.
        The margin has been trimmed.
        Nothing here is secret.
        The staple is missing.
        The letters were answered in time.
        Somebody underlined a word for no reason.
        The envelope has been kept.
        The stamp is crooked.
        The paper is thin.
    """),
    words=vocabulary("""
        who: the auditor, the cashier, the messenger, the staff council, the legal desk, the typist, the deputy, the archivist, the doorman, the printer
        room: by the window, behind the door, out of sight, in need of repair, much too small, quite new, next to the stairs, where it always was, in the wrong place, a little dusty
    """),
    make=make,
    questions=(
        QuestionKind(
            "claim_amount",
            "amount",
            _choose_amount,
            _solve_amount,
            asks("""
                What amount does claim {code} get under the rules that held when it was filed?
                How much is due on claim {code}, every clause that bore on it on its day of filing considered?
                By the rules in force on its day of filing, what is claim {code} worth?
                Apply the clauses of the office, as they stood on the day of filing, to claim {code}: how much has to be paid?
                Work out what has to be paid on {code} by the rules of the day it was filed, exceptions and any ceiling included.
                What sum should the cashier hand over for claim {code}, if the rules of its day of filing are kept to?
                Claim {code} is to be settled today by the rules of the day on which it was filed. With what amount?
                Which amount results for {code} from rate, extras, exceptions and ceiling as they were when it was filed?
                If nothing is overlooked in the clauses that held on the day of filing, how much does {code} bring?
                Claim {code} lies on the desk, waiting for its figure by the rules of the day on which it came in. Which is it?
                State the amount to which claim {code} comes when all the rules of its day of filing are followed.
                How large is the payment that the rule sheet, as it was on the day of filing, allows for claim {code}?
            """),
        ),
        QuestionKind(
            "nth_amount",
            "amount",
            _choose_nth,
            _solve_nth,
            asks("""
                What amount does the {which} claim filed at the {office} get under the rules that held on that day?
                In order of filing, what is the {which} claim of the {office} worth by the clauses as they stood then?
                Take the {which} claim that the {office} received, by date: how much is due on it by the rules of its day?
                How much has to be paid on the {which} of the claims filed at the {office}, by the rates, exceptions and any ceiling of the day of filing?
                The {office} settles its claims in order of date, each by the rules of its day of filing. With what amount does it settle the {which}?
                Sort the claims of the {office} by day of filing and work out the {which} by the rules of that day: what does it come to?
                What did the rule sheet, on the day of filing, allow for the claim that was the {which} to reach the {office}?
                By rate, extras, exceptions and ceiling as they were on its day of filing, what amount belongs to the {which} claim at the {office}?
                State what is paid, by the rules of its day of filing, on the claim that was filed {which} at the {office}.
                Whoever filed {which} at the {office} is owed how much on that claim, as the rules stood on the day?
                Of all claims at the {office}, the {which} by date is to be paid now, by the rules of its day of filing. How much is it?
                What payment follows from the clauses for the {which} claim in the {office}, counted by date of filing, if that date also decides which rules hold?
            """),
            indirect=True,
        ),
        QuestionKind(
            "other_day",
            "amount",
            _choose_change,
            _solve_change,
            asks("""
                By how much would the amount of claim {code} differ, up or down, had it been filed on {date}?
                Suppose claim {code} had been filed on {date} and all else were the same: how large would the difference be to what it gets now?
                What is the gap between what {code} gets and what it would get with {date} as its day of filing?
                Claim {code} might have been filed on {date} instead. How much more or less would have been paid?
                How far apart are the amount due on {code} and the amount that would be due had it come in on {date}?
                If the day of filing of claim {code} were {date}, by what amount would the payment change?
                Compare claim {code} as it was filed with the same claim filed on {date}: what is the difference in money?
                Filed on {date}, the claim {code} would have brought another amount. How large is the difference?
                What difference does it make to claim {code}, in money, if the rules and the trade of {date} are applied?
                Work out {code} once as filed and once for {date}. By how much do the two results differ?
                Moving the filing of {code} to {date} changes its amount by how much?
                State the difference between the payment on {code} and the one that the same claim would have got on {date}.
            """),
            indirect=True,
        ),
        QuestionKind(
            "last_word",
            "code",
            _choose_clause,
            _solve_clause,
            asks("""
                Which clause has the last word on whether claim {code} gets the extra for {mark}?
                Claim {code} is marked for {mark}: by which clause is it finally decided whether that adds anything?
                Name the clause that settles, after all exceptions, whether {mark} counts for claim {code}.
                For {mark} on claim {code}, which clause decides in the end, be it for or against the extra?
                The extra for {mark} on claim {code} is either paid or not; which clause is the reason?
                On which clause does it finally rest what becomes of {mark} in claim {code}?
                Going through the exceptions one by one, at which clause does the question of {mark} in claim {code} come to its end?
                What clause would the desk quote to {code} for paying or refusing the extra for {mark}?
                In the matter of {mark}, which clause applies to claim {code} last?
                State the number of the clause that makes the final ruling on {mark} for claim {code}.
                Does claim {code} get anything for {mark}? Give the clause that the answer depends on in the end.
                Whether {mark} raises claim {code} depends on a rule, an exception to it, and what undoes the exception: which clause comes last among those that apply?
            """),
            indirect=True,
        ),
        QuestionKind(
            "above_count",
            "count",
            _choose_above,
            _solve_above,
            asks("""
                How many claims get more than {limit} under the rules that their offices had on the day of filing?
                Work out every claim by the clauses that held when it was filed. How many come to more than {limit}?
                Of all claims in these papers, how many are worth over {limit} by the rules of the day they came in?
                On how many claims has an amount above {limit} to be paid, the day of filing deciding which rules hold?
                If each claim is settled by the rules of its day of filing, in how many cases is more than {limit} due?
                Count the claims whose amount, by the rates, exceptions and ceilings of the day of filing, exceeds {limit}. How many are there?
                Paying each claim by the rules of its day, the cashier needs a second signature above {limit}: for how many of the claims is that?
                What is the number of claims that bring more than {limit} each, as the rules stood when they were filed?
                After the rates, extras, exceptions and ceilings that held on the day of filing, how many claims lie above {limit}?
                Settle all claims of all offices by the rules of the day they were filed. How many payments are larger than {limit}?
                Tell how many of the claims, each under its own rule sheet as of its day of filing, pass the mark of {limit}.
                How often does a claim come out at more than {limit}, all clauses in force on its day of filing being minded?
            """),
            wide=True,
        ),
        QuestionKind(
            "district_rank",
            "place",
            _choose_district,
            _solve_district,
            asks("""
                Put the districts in order of what their claims come to in all, by the rules of the day of filing, the most first. Which comes {rank}?
                If the amounts of all claims are added up by district, which district has the {rank} largest sum, the largest being first?
                Going from the district that pays most on its claims down to the one that pays least, which is {rank}?
                Every claim is settled by the rules of its day of filing and charged to the district of its office: which district stands {rank} from the top?
                By the total of what its offices pay on claims, each under the rules of its day, which district takes the {rank} place, counted from the highest?
                Which district is {rank} in the list of total payments, highest first, when each claim is paid by the rules of its day of filing?
                Name the district whose claims, all worked out by the clauses as they stood on the day of filing, make the {rank} sum from the top down.
                The districts are ranked by the claims that they have to pay, the dearest first. Which of them comes {rank}?
                Add up by district what the claims of its offices get. Which district is in the {rank} place, downwards?
                In order of total claims from the highest sum down, which district is the {rank}?
                When all claims are paid, which district has the {rank} place among those that spent most?
                What district comes {rank} if one starts from the largest total of claims and goes down?
            """),
            wide=True,
        ),
    ),
    held_out=True,
)
