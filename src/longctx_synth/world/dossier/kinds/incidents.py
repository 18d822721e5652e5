# ruff: noqa: E501  (a template is one line, however long)
"""Incident logs: what broke where, what it cost, what it goes back to. The answer is a chain followed, or a filter and a sum.

A group is the trouble of one or two machines of a site: two to nine incidents in order of time, each with a form and either a cost or hours of standstill; most
go back to an earlier one of the group. Some incidents were withdrawn, some put down to another cause later. What goes back to a withdrawn incident
still does, but a withdrawn incident is not counted and its cost or hours are not added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

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

WHICH = (
    "old", "new", "north", "south", "upper", "lower", "front", "rear", "main", "spare", "inner", "outer", "left-hand", "right-hand", "grey", "green", "big", "small",
)  # fmt: skip
MACHINES = (
    "pump", "boiler", "lift", "generator", "gate motor", "ventilator", "compressor", "forklift", "switchboard", "cooling unit", "alarm panel", "water heater", "air filter",
    "roller door", "floor scrubber", "label printer", "hoist", "pallet truck", "weighing scale", "conveyor", "drain pump", "battery charger", "dust extractor", "steam valve",
    "loading ramp", "control cabinet", "baling press", "pressure tank",
)  # fmt: skip
SITES = ("depot", "yard", "annexe", "workshop", "plant", "warehouse")
CAUSES = (
    "wear",
    "damp",
    "overload",
    "misuse",
    "faulty wiring",
    "poor fitting",
    "dirt",
    "metal fatigue",
    "rust",
    "vibration",
)
MOST_TOLD = 12  # a sum of more figures is not written out
RANKS = ("first", "second", "third", "fourth", "fifth")


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Groups until there are about `size` facts. A machine's name may stand at several sites, so only both together name a machine."""
    rng = stage.structure
    sites = [f"{stage.place()} {noun}" for noun in rng.sample(SITES, 3 if size < 60 else 4 if size < 400 else 5)]
    machines = [(f"{which} {noun}", site) for which in WHICH for noun in MACHINES for site in sites]
    rng.shuffle(machines)
    causes = rng.sample(CAUSES, 5 if size < 60 else 6)
    people = [stage.person() for _ in range(6 if size < 60 else 8 if size < 400 else 12)]
    stage.cast = {"site": sites, "machine": [], "person": people}
    start = stage.first_day()
    deck: list[str] = []
    groups: list[list[Fact]] = []
    made = 0
    # A few groups more than asked for where there are few: not each of them fits a short document.
    while made < size + (24 if size < 60 else 0) and machines:
        incidents = rng.choice((2, 2, 3, 3, 4)) if size < 60 or rng.random() < 0.45 else rng.randint(3, 10)
        machine, site = machines.pop()
        own = [machine]
        if incidents >= 3 and rng.random() < 0.35:
            second = next((pair for pair in reversed(machines) if pair[1] == site), None)
            if second is not None:
                machines.remove(second)
                own.append(second[0])
        stage.cast["machine"] += own
        group = _trouble(stage, own, site, incidents, causes, people, deck, start)
        groups.append(group)
        made += len(group)
    return groups


def _trouble(
    stage: Stage,
    machines: list[str],
    site: str,
    incidents: int,
    causes: list[str],
    people: list[str],
    deck: list[str],
    start: date,
) -> list[Fact]:
    rng, values = stage.structure, stage.values
    scale = stage.style.country.scale
    facts: list[Fact] = []
    codes: list[str] = []
    day = start + timedelta(days=values.randint(0, 700))
    costs = rng.random() < 0.5
    weight = (
        values.random() ** 2
    )  # some machines' trouble is grave, so that the number of incidents does not tell what they cost
    long = incidents >= 7  # a long chain tells less of each incident, or no short document could hold it
    second = rng.randint(1, incidents - 1) if incidents >= 4 and rng.random() < (0.25 if long else 0.5) else 0
    has_causes = rng.random() < (((0.6 if incidents < 9 else 0) if long else 0.95) if costs else 0 if long else 0.6)
    palette = rng.sample(causes, 3)
    for index in range(incidents):
        code = stage.code("IN")
        first = index in (0, second)
        before = len(facts)
        day += timedelta(days=values.randint(3, 41))
        report = stage.fact("report", code=code, machine=rng.choice(machines), site=site, date=stage.day(day))
        facts.append(report)
        # Drawn for every incident, so that neither generator's place depends on what came of it.
        cost = v.odd_figure(v.draw_number(values, 70, 400 + 6800 * weight) * scale) + (
            values.randint(1, 99) / 100 if stage.style.cents else 0
        )
        hours = values.randint(3, round(28 + 100 * weight))
        measure = (
            stage.fact("cost", code=code, cost=stage.amount(cost))
            if costs
            else stage.fact("down", code=code, hours=stage.duration(hours, "hours"))
        )
        facts.append(measure)
        if not first:
            back = index - 1 if values.random() < (0.95 if long else 0.85) else values.randrange(index)
            facts.append(stage.fact("link", code=code, earlier=stage_code(codes[back])))
        codes.append(code)
        closed_on = day + timedelta(days=values.randint(2, 75))
        if rng.random() < (0.2 if long else 0.65) or index == 0:
            if not deck:  # dealt out, so that no name stands much more often than another
                deck += values.sample(people, len(people))
            facts.append(stage.fact("closed", code=code, closer=deck.pop(), date=stage.day(closed_on)))
        why, then = values.sample(palette, 2)
        cause = None
        if has_causes or first:
            cause = stage.fact("cause", code=code, cause=why)
            facts.append(cause)
        later = stage.day(day + timedelta(days=values.randint(4, 60)))
        if rng.random() < 0.3 and cause is not None:
            facts.append(stage.fact("recast", (cause,), code=code, cause=then, date=later))
        gone = stage.day(day + timedelta(days=values.randint(80, 120)))
        if rng.random() < 0.13:
            facts.append(stage.fact("void", facts[before:], code=code, date=gone))
    return facts


def stage_code(text: str) -> v.Value:
    """A code that has been drawn before, as a value."""
    return name(text)


# Solvers.


def _code(fact: Fact) -> str:
    return fact.text("code")


def _void(world: World, code: str) -> Fact | None:
    return world.one("void", "code", code)


def _figure(stage: Stage, amount: float) -> str:
    """An amount as the documents write it, without the currency."""
    return v.grouped(amount, stage.style.country, 2 if stage.style.cents else 0)


def _guesses(answer: v.Value, world: World, type_: str, slot: str) -> tuple[str, ...]:
    """What a guesser could choose from: every figure of its sort in the papers, and the right one; none where it is alone."""
    found = {answer.text, *(fact.text(slot) for fact in world.of(type_))}
    return tuple(sorted(found)) if len(found) > 1 else ()


def _hours(total: int) -> v.Value:
    """A sum of hours, which may pass a thousand."""
    return (
        v.duration(total, "hours")
        if total < 1000
        else v.Value(f"{total:,} hours", (f"{total:,} hours", f"{total} hours"), total)
    )


def _back(world: World, code: str) -> list[Fact] | None:
    """The links from an incident to the first of its chain; None where they run in a circle or are told twice."""
    chain: list[Fact] = []
    seen = {code}
    while found := world.where("link", "code", code):
        code = found[0].text("earlier")
        if len(found) > 1 or code in seen:
            return None
        seen.add(code)
        chain.append(found[0])
    return chain


def _final_cause(world: World, code: str) -> tuple[str, tuple[str, ...]] | None:
    """The cause that an incident is put down to in the end, and the facts that say so."""
    first, last = world.one("cause", "code", code), world.one("recast", "code", code)
    if first is None:
        return None
    return (first.text("cause"), (first.id,)) if last is None else (last.text("cause"), (first.id, last.id))


def _of_machine(world: World, params: Params) -> list[Fact]:
    """The forms of a machine, in order of time."""
    found = [
        fact for fact in world.where("report", "machine", params["machine"]) if fact.text("site") == params["site"]
    ]
    return sorted(found, key=lambda fact: fact.number("date"))


def _machines(world: World, type_: str, least: int = 1) -> list[dict[str, Any]]:
    """The machines that have `least` facts of a type, as parameters."""
    coded = {_code(fact) for fact in world.of(type_)}
    pairs = Counter((fact.text("machine"), fact.text("site")) for fact in world.of("report") if _code(fact) in coded)
    return [{"machine": machine, "site": site} for (machine, site), many in pairs.items() if many >= least]


def _choose_chain_cost(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    costs = {_code(fact) for fact in world.of("cost")}
    return choose(
        world,
        rng,
        hops,
        [{"code": _code(fact)} for fact in world.of("link") if _code(fact) in costs],
        _solve_chain_cost,
        400,
    )


def _solve_chain_cost(world: World, params: Params) -> Solved | None:
    """What an incident and all it goes back to cost together."""
    chain = _back(world, params["code"])
    first = world.one("cost", "code", params["code"])
    if not chain or first is None or _void(world, params["code"]) is not None:
        return None
    total, steps, used, counted = first.number("cost"), [], [first.id], 1
    figure = _figure(world.stage, total)
    for index, link in enumerate(chain):
        code = link.text("earlier")
        cost, void = world.one("cost", "code", code), _void(world, code)
        if cost is None:
            return None
        sources = (link.id, cost.id) if index or counted > 1 else (first.id, link.id, cost.id)
        how = f"{_code(link)} goes back to {code}"
        if void is not None:
            used += [link.id, void.id]
            steps.append(
                Step(
                    f"the incident that {_code(link)} goes back to, which adds nothing, since it was withdrawn",
                    name(code),
                    how,
                    (link.id, void.id),
                )
            )
            continue
        used += [link.id, cost.id]
        total = round(total + cost.number("cost"), 2)
        counted += 1
        steps.append(
            Step(
                f"the cost with {code} added, which {_code(link)} goes back to",
                world.stage.amount(total),
                f"{figure} + {_figure(world.stage, cost.number('cost'))}",
                sources,
            )
        )
        figure = _figure(world.stage, total)
    if counted < 2:
        return None
    answer = world.stage.amount(total)
    if steps[-1].value.text != answer.text:
        steps.append(Step("the cost of the whole chain", answer))
    candidates = _guesses(answer, world, "cost", "cost")
    return Solved(answer, tuple(steps), tuple(used), candidates, first.id) if candidates else None


def _closers(world: World) -> tuple[str, ...]:
    return tuple(sorted({fact.text("closer") for fact in world.of("closed")}))


def _choose_chain_closer(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """The answer is drawn first, so that nobody who closed many incidents is the answer more often."""
    if len(_closers(world)) < 3:
        return None
    options: dict[str, list[str]] = defaultdict(list)
    for fact in world.of("link"):
        chain = _back(world, _code(fact))
        # Whether a withdrawn incident can stand in a chain, the question does not say.
        sound = not any(_void(world, code) for code in (_code(fact), *(link.text("earlier") for link in chain or ())))
        if chain and len(chain) == hops - 1 and sound:
            closed = world.one("closed", "code", chain[-1].text("earlier"))
            if closed is not None:
                options[closed.text("closer")].append(_code(fact))
    return {"code": rng.choice(options[rng.choice(sorted(options))])} if options else None


def _solve_chain_closer(world: World, params: Params) -> Solved | None:
    """Who closed the incident that one goes back to in the end."""
    chain = _back(world, params["code"])
    if not chain:
        return None
    closed = world.one("closed", "code", chain[-1].text("earlier"))
    if closed is None:
        return None
    steps = [
        Step(
            f"the incident that {_code(link)} goes back to",
            name(link.text("earlier")),
            f"{_code(link)} goes back to {link.text('earlier')}",
            (link.id,),
        )
        for link in chain
    ]
    root = chain[-1].text("earlier")
    steps.append(
        Step(
            f"the person who closed {root}, the first of the chain",
            closed.values["closer"],
            f"{closed.text('closer')} closed {root}",
            (closed.id,),
        )
    )
    people = _closers(world)
    if len(people) < 3:
        return None
    return Solved(closed.values["closer"], tuple(steps), (*(link.id for link in chain), closed.id), people, closed.id)


def _choose_hours(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return choose(world, rng, hops, _machines(world, "down", 2), _solve_hours, 400)


def _solve_hours(world: World, params: Params) -> Solved | None:
    """The hours of standstill of a machine, withdrawn incidents left out."""
    total, steps, used, needed = 0, [], [], ""
    for report in _of_machine(world, params):
        code = _code(report)
        down, void = world.one("down", "code", code), _void(world, code)
        if down is None:
            return None
        if void is not None:
            used += [report.id, void.id]
            steps.append(
                Step(
                    f"the incident of {report.text('date')} that is left out, since it was withdrawn",
                    name(code),
                    "",
                    (report.id, void.id),
                )
            )
            continue
        hours = int(down.number("hours"))
        how = f"{total} + {hours}" if total else f"{down.text('hours')} under {code}"
        total += hours
        used += [report.id, down.id]
        needed = down.id
        steps.append(
            Step(
                f"the standstill up to {code} of {report.text('date')}",
                _hours(total),
                how,
                (report.id, down.id),
            )
        )
    if not total:
        return None
    answer = _hours(total)
    if steps[-1].value.text != answer.text:
        steps.append(Step("the standstill in all", answer))
    candidates = _guesses(answer, world, "down", "hours")
    return Solved(answer, tuple(steps), tuple(used), candidates, needed) if candidates else None


def _choose_days(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {**params, "which": which}
        for params in _machines(world, "closed")
        for which in ("first", "second", "third", "last")
    ]
    return choose(world, rng, hops, options, _solve_days, 400)


def _solve_days(world: World, params: Params) -> Solved | None:
    """From the form to the closing of a machine's first, second, third or last incident that was not withdrawn."""
    steps: list[Step] = []
    used: list[str] = []
    standing: list[Fact] = []
    reports = _of_machine(world, params)
    for report in reports:
        used.append(report.id)
        void = _void(world, _code(report))
        if void is None:
            standing.append(report)
            continue
        used.append(void.id)
        steps.append(
            Step(
                f"the incident of {report.text('date')} that is left out, since it was withdrawn",
                name(_code(report)),
                "",
                (report.id, void.id),
            )
        )
    place = len(standing) - 1 if params["which"] == "last" else RANKS.index(params["which"])
    if len(standing) < 2 or place >= len(standing):
        return None
    report = standing[place]
    closed = world.one("closed", "code", _code(report))
    if closed is None or closed.number("date") < report.number("date"):
        return None
    used.append(closed.id)
    days = world.stage.duration((closed.day("date") - report.day("date")).days, "days")
    steps.append(
        Step(
            f"the {params['which']} incident on the {params['machine']} of the {params['site']}",
            name(_code(report)),
            f"{report.text('date')} is the {params['which']} of {len(standing)} dates",
            tuple(fact.id for fact in standing),
        )
    )
    steps.append(
        Step(
            f"the days from the form {_code(report)} to its closing",
            days,
            f"{report.text('date')} to {closed.text('date')}",
            (report.id, closed.id),
        )
    )
    others = {f"{taken} days" for taken, _, _ in _open_days(world)}
    return Solved(days, tuple(steps), tuple(used), tuple(sorted(others)), closed.id) if len(others) > 1 else None


def _open_days(world: World) -> list[tuple[int, Fact, Fact]]:
    """(days from form to closing, form, closing) of all closed incidents, withdrawn ones too."""
    reports = {_code(fact): fact for fact in world.of("report")}
    found = [(reports[_code(fact)], fact) for fact in world.of("closed") if _code(fact) in reports]
    return [((closed.day("date") - report.day("date")).days, report, closed) for report, closed in found]


def _choose_without(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """Only causes that something of the machine was put down to at some time: else there would be nothing to leave out."""
    causes: dict[str, set[str]] = defaultdict(set)
    for fact in world.of("cause", "recast"):
        causes[_code(fact)].add(fact.text("cause"))
    options = []
    for params in _machines(world, "cost"):
        named = {cause for report in _of_machine(world, params) for cause in causes[_code(report)]}
        options += [{**params, "cause": cause} for cause in sorted(named)]
    return choose(world, rng, hops, options, _solve_without, 400)


def _solve_without(world: World, params: Params) -> Solved | None:
    """What the incidents on a machine cost, those of one cause and withdrawn ones left out."""
    total, counted, left_out = 0.0, 0, 0
    steps: list[Step] = []
    used: list[str] = []
    needed = ""
    for report in _of_machine(world, params):
        code, when = _code(report), report.text("date")
        cost, void, cause = world.one("cost", "code", code), _void(world, code), _final_cause(world, code)
        if cost is None or cause is None:
            return None
        if void is not None:
            used += [report.id, void.id]
            steps.append(
                Step(
                    f"the incident of {when} that is left out, since it was withdrawn",
                    name(code),
                    "",
                    (report.id, void.id),
                )
            )
        elif cause[0] == params["cause"]:
            used += [report.id, *cause[1]]
            steps.append(
                Step(
                    f"the incident of {when} that is left out, being put down to {cause[0]}",
                    name(code),
                    "",
                    (report.id, *cause[1]),
                )
            )
            left_out += 1
        else:
            figure = _figure(world.stage, cost.number("cost"))
            how = f"{_figure(world.stage, total)} + {figure}" if counted else f"{cost.text('cost')} for {code}"
            total = round(total + cost.number("cost"), 2)
            counted += 1
            used += [report.id, *cause[1], cost.id]
            needed = cost.id
            steps.append(
                Step(
                    f"the cost up to {code} of {when}, put down to {cause[0]}",
                    world.stage.amount(total),
                    how,
                    (report.id, *cause[1], cost.id),
                )
            )
    if not counted:
        return None
    answer = world.stage.amount(total)
    if steps[-1].value.text != answer.text:
        steps.append(Step("the cost in all", answer))
    candidates = _guesses(answer, world, "cost", "cost")
    return Solved(answer, tuple(steps), tuple(used), candidates, needed) if candidates else None


# Wide questions. Their parameters are drawn by the answer, so that every answer that there is comes up as often.


def _by_answer(rng: Random, options: Mapping[int, list[dict[str, Any]]]) -> dict[str, Any] | None:
    return rng.choice(options[rng.choice(sorted(options))]) if len(options) >= 3 else None


def _pairs(causes: Counter[str]) -> list[tuple[str, str]]:
    ordered = sorted(causes)
    return [(one, other) for index, one in enumerate(ordered) for other in ordered[index + 1 :]]


def _wide(world: World, used: list[str]) -> bool:
    return len(used) * 5 >= len(world.facts)


def _causes(world: World) -> tuple[Counter[str], Counter[str], Counter[str], list[str]]:
    """By cause: incidents first put down to it, how many of these were withdrawn, how many moved on; and all facts that tell."""
    first, gone, moved = Counter[str](), Counter[str](), Counter[str]()
    used: list[str] = []
    for fact in world.of("cause"):
        void, last = _void(world, _code(fact)), world.one("recast", "code", _code(fact))
        used += [fact.id, *([last.id] if last else []), *([void.id] if void else [])]
        first[fact.text("cause")] += 1
        if void is not None:
            gone[fact.text("cause")] += 1
        elif last is not None:
            moved[fact.text("cause")] += 1
            moved[last.text("cause")] -= 1
    return first, gone, moved, used


def _ends(world: World) -> Counter[str]:
    first, gone, moved, _ = _causes(world)
    return Counter({cause: first[cause] - gone[cause] - moved[cause] for cause in set(first) | set(moved)})


def _by_pair(rng: Random, ends: Counter[str]) -> dict[str, Any] | None:
    options: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one, other in _pairs(ends):
        options[ends[one] + ends[other]].append(dict(zip(("cause", "other"), rng.sample((one, other), 2), strict=True)))
    return _by_answer(rng, options)


def _pair_answers(ends: Counter[str], answer: int) -> tuple[str, ...]:
    return tuple(str(total) for total in sorted({answer, *(ends[one] + ends[other] for one, other in _pairs(ends))}))


def _choose_causes(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _by_pair(rng, _ends(world)) if _wide(world, _causes(world)[3]) else None


def _solve_causes(world: World, params: Params) -> Solved | None:
    """How many incidents are put down to one of two causes in the end."""
    first, gone, moved, used = _causes(world)
    ends = _ends(world)
    pair = (params["cause"], params["other"])
    if not _wide(world, used):
        return None
    steps = []
    for cause in pair:
        came = sum(
            1
            for fact in world.where("recast", "cause", cause)
            if not _void(world, _code(fact)) and world.one("cause", "code", _code(fact))
        )
        parts = [f"{first[cause]} on the forms"]
        parts += [f"- {gone[cause]} withdrawn"] if gone[cause] else []
        parts += [f"- {moved[cause] + came} moved to another cause"] if moved[cause] + came else []
        parts += [f"+ {came} moved to it"] if came else []
        left = [
            _code(fact)
            for fact in world.of("cause")
            if (found := _final_cause(world, _code(fact))) and found[0] == cause and not _void(world, _code(fact))
        ]
        how = namely(left, " ".join(parts))
        steps.append(Step(f"the incidents put down to {cause} in the end", number(ends[cause], world.stage), how))
    answer = ends[pair[0]] + ends[pair[1]]
    steps.append(
        Step("the incidents of both causes", number(answer, world.stage), f"{ends[pair[0]]} + {ends[pair[1]]}")
    )
    return Solved(number(answer, world.stage), tuple(steps), tuple(used), _pair_answers(ends, answer))


def _roots(world: World) -> tuple[dict[str, list[str]], list[str]]:
    """By cause, the incidents that were not withdrawn and go back to one that was put down to it in the end; all facts that tell."""
    found: dict[str, list[str]] = {}
    used: dict[str, None] = {}
    for link in world.of("link"):
        chain = _back(world, _code(link))
        if not chain:
            continue
        used[link.id] = None
        void = _void(world, _code(link))
        cause = _final_cause(world, chain[-1].text("earlier"))
        if void is not None:
            used[void.id] = None
        if cause is not None:
            used |= dict.fromkeys(cause[1])
            found.setdefault(cause[0], []).extend([_code(link)] if void is None else [])
    return found, list(used)


def _many(found: dict[str, list[str]]) -> Counter[str]:
    return Counter({cause: len(codes) for cause, codes in found.items()})


def _choose_roots(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    found, used = _roots(world)
    return _by_pair(rng, _many(found)) if _wide(world, used) else None


def _solve_roots(world: World, params: Params) -> Solved | None:
    """How many incidents go back in the end to one of two causes."""
    found, used = _roots(world)
    ends = _many(found)
    if not _wide(world, used):
        return None
    pair = (params["cause"], params["other"])
    steps = [
        Step(
            f"the incidents that go back in the end to one put down to {cause}",
            number(ends[cause], world.stage),
            namely(found.get(cause, ())),
        )
        for cause in pair
    ]
    answer = ends[pair[0]] + ends[pair[1]]
    steps.append(
        Step(
            "the incidents that go back to either cause",
            number(answer, world.stage),
            f"{ends[pair[0]]} + {ends[pair[1]]}",
        )
    )
    return Solved(number(answer, world.stage), tuple(steps), tuple(used), _pair_answers(ends, answer))


def _standing_days(world: World) -> tuple[dict[str, int], list[str]]:
    """The days that closed incidents took, withdrawn ones left out, by code, and all facts that tell."""
    standing: dict[str, int] = {}
    used: list[str] = []
    for days, report, closed in _open_days(world):
        void = _void(world, _code(report))
        used += [report.id, closed.id, *([void.id] if void else [])]
        if void is None:
            standing[_code(report)] = days
    return standing, used


def _choose_slow(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    standing, used = _standing_days(world)
    if len(standing) < 3 or not _wide(world, used):
        return None
    days = sorted(standing.values())
    # A limit of d days leaves those above d: each number from none to all, but for ties.
    options: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for limit in {days[0] - 1, *days}:
        if limit >= 2:
            options[sum(1 for each in days if each > limit)].append({"limit": f"{limit} days", "days": limit})
    return _by_answer(rng, options)


def _solve_slow(world: World, params: Params) -> Solved | None:
    """How many incidents took more than so many days from form to closing."""
    standing, used = _standing_days(world)
    if len(standing) < 3 or not _wide(world, used):
        return None
    slow = [f"{code} with {days}" for code, days in standing.items() if days > params["days"]]
    fast = [f"{code} with {days}" for code, days in standing.items() if days <= params["days"]]
    answer = len(slow)
    closed = len(_open_days(world))
    gone = closed - len(standing)
    steps = (
        Step(
            "the closed incidents that were not withdrawn",
            number(len(standing), world.stage),
            f"{closed} - {gone} withdrawn" if gone else "",
        ),
        Step(f"those of them that took {params['limit']} or less", number(len(fast), world.stage), namely(fast)),
        Step(
            f"those that took more than {params['limit']}",
            number(answer, world.stage),
            namely(slow, f"{len(standing)} - {len(fast)}"),
        ),
    )
    days = list(standing.values())
    reached = {0, len(days), *(sum(1 for each in days if each > limit) for limit in set(days)), answer}
    return Solved(number(answer, world.stage), steps, tuple(used), tuple(map(str, sorted(reached))))


def _by_site(world: World, type_: str, slot: str) -> tuple[dict[str, list[float]], list[str]]:
    """The figures of each site, withdrawn incidents left out, and all facts that tell."""
    parts: dict[str, list[float]] = {}
    used: list[str] = []
    for fact in world.of(type_):
        report, void = world.one("report", "code", _code(fact)), _void(world, _code(fact))
        if report is None:
            continue
        used += [report.id, fact.id, *([void.id] if void else [])]
        parts.setdefault(report.text("site"), []).extend([] if void else [fact.number(slot)])
    return parts, used


def _choose_site(type_: str, slot: str) -> Any:
    def chosen(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
        parts, used = _by_site(world, type_, slot)
        totals = {site: round(sum(figures), 2) for site, figures in parts.items()}
        if len(totals) < 3 or len(set(totals.values())) < len(totals) or not _wide(world, used):
            return None
        ranked = sorted(totals, key=lambda site: -totals[site])
        return {"rank": RANKS[ranked.index(rng.choice(sorted(totals)))]}

    return chosen


def _solve_site(type_: str, slot: str, what: str) -> Any:
    def solved(world: World, params: Params) -> Solved | None:
        parts, used = _by_site(world, type_, slot)
        totals = {site: round(sum(figures), 2) for site, figures in parts.items()}
        place = RANKS.index(params["rank"])
        if len(totals) < 3 or len(set(totals.values())) < len(totals) or place >= len(totals) or not _wide(world, used):
            return None
        ranked = sorted(totals, key=lambda site: -totals[site])
        stage = world.stage
        written = {
            site: stage.amount(total) if slot == "cost" else _hours(int(total)) for site, total in totals.items()
        }
        sums = {
            site: " + ".join(_figure(stage, x) if slot == "cost" else f"{x:.0f}" for x in figures)
            for site, figures in parts.items()
        }
        steps = [
            Step(f"{what} of the {site}", written[site], sums[site] if 1 < len(parts[site]) <= MOST_TOLD else "")
            for site in sorted(totals)
        ]
        order = ", ".join(written[site].text for site in ranked)
        steps.append(
            Step(
                f"the site that comes {params['rank']}", name(ranked[place]), f"the sums from the most down are {order}"
            )
        )
        return Solved(name(ranked[place]), tuple(steps), tuple(used), tuple(sorted(totals)))

    return solved


KIND = Kind(
    name="incidents",
    noun="incident log",
    titles=lines("""
        Incident log of {org}, [loose sheets|fair copy|extracts]
        {org}: what went wrong, part {part}
        Breakdowns and repairs at {org}, {city}
        [Forms|Cards] from the repair office of {org}
        {org}, incidents as they were handed in, folder {part}
        Trouble book of {org}, volume {part}
        Notes of the repair office for the {site}
        Papers on breakdowns, [kept|gathered] by {person}
        {org}, {city}: maintenance papers {part}
    """),
    headings=lines("""
        Folder {part}
        Forms [found|filed] by {person}
        [Further|More] forms
        From the repair office of the {site}
        Sheet {part}
        Taken from the board in the {site}
        Not yet put in order
        [Read|Copied out] by {person}
    """),
    openings=lines("""
        The sheets stand as they were pulled from the folder, so a later event may come before an earlier one.
        A withdrawn incident is not counted, and what it cost is not added to anything; what goes back to it still does.
        Where the cause of an incident was changed later, the later cause holds.
        {person} put these sheets together without looking at the dates.
        An incident may go back to another, and that one to a third; each sheet tells of one such step only.
        Each sheet gives the number of its incident, and numbers were handed out in no order at all.
        These lines were copied from forms, cards and letters, [one by one|as they came].
    """),
    types={
        "report": lines("""
            [Incident|Form] {code}: on {date} the {machine} of the {site} [failed|stopped|gave out].
            The {machine} of the {site} [gave trouble|broke down] on {date}, which was noted as {code}.
            On {date} {person} reported trouble with the {machine} of the {site}, and the form got the number {code}.
            {code} was opened on {date} for the {machine} of the {site}.
            For the {site}, {code} records that the {machine} [failed|stopped] on {date}.
            A fault of {date} on the {machine} of the {site} is filed as {code}.
            Under number {code} stands the failure of the {machine} of the {site} on {date}.
            What happened to the {machine} of the {site} on {date} can be found under {code}.
            The log of the {site} has {code} for the {machine}, [dated|with the date of] {date}.
            When the {machine} of the {site} stopped on {date}, form {code} was filled in.
            On {date} the {site} lost the use of its {machine}, and {code} was [written|filed].
            {code} [concerns|is about] the {machine} of the {site} and bears the date of {date}.
        """),
        "cost": lines("""
            Putting {code} right cost {cost}.
            {code} came to {cost} in all.
            The bill for {code} was {cost}.
            For {code} the office paid {cost}.
            {cost} went into the repair under {code}.
            Repairs under {code} are booked at {cost}.
            The damage noted as {code} cost {cost} to mend.
            Against {code} stands a repair bill of {cost}.
            [Parts|Material] and labour for {code} made {cost}.
            Accounts put the cost of {code} at {cost}.
            In the cost book, {code} has {cost}.
            After {code} the repairers were paid {cost}.
        """),
        "down": lines("""
            {code} meant {hours} of standstill.
            Because of {code}, work [stopped|stood still] for {hours}.
            The standstill under {code} lasted {hours}.
            For {code} the log gives {hours} of standstill.
            {hours} of work were lost [through|to] {code}.
            It took {hours} to get going again after {code}.
            [Nothing ran|Nothing moved] for {hours} on account of {code}.
            {code} kept [the crew|everyone] waiting for {hours}.
            The time lost to {code} was {hours}.
            After {code}, {hours} went by before work could go on.
            Lost time under {code} is put at {hours}.
            The day book has {hours} of lost time for {code}.
        """),
        "link": lines("""
            {code} goes back to {earlier}.
            {earlier} is what led to {code}.
            The trouble under {code} came from {earlier}.
            Had it not been for {earlier}, there would have been no {code}.
            The [fitters|repairers] trace {code} to {earlier}.
            {code} followed from {earlier}.
            Without {earlier}, {code} would not have happened.
            {code} is a consequence of {earlier}.
            It was {earlier} that brought about {code}.
            Behind {code} stands {earlier}.
            {earlier} was not put right for good, and so {code} came about.
            [On the back of|In a note on] {code} it says that the trouble began with {earlier}.
        """),
        "cause": lines("""
            The report on {code} [gives|names] {cause} as the cause.
            {code} was put down to {cause}.
            As the cause of {code}, {person} wrote down {cause}.
            {cause} is given as the cause of {code}.
            The form for {code} says {cause} under the heading of cause.
            When {code} was looked into, {cause} was [named as the cause|blamed].
            The fitter blamed {cause} for {code}.
            On the form of {code} the box for {cause} is ticked.
            {code} was entered in the list under {cause}.
            According to the form, {code} was due to {cause}.
            Whoever filled in {code} took {cause} for the cause.
            In the column for causes, {code} has {cause}.
        """),
        "recast": lines("""
            On {date} {code} was re-classified, since the cause was {cause} after all.
            Since {date}, {code} has been filed under {cause} instead.
            {person} moved {code} to {cause} on {date}.
            A second look on {date} showed that {code} was due to {cause}.
            The cause of {code} was changed to {cause} on {date}.
            By a correction of {date}, the cause of {code} is {cause}.
            {code} was looked into again, and on {date} {cause} was entered in place of the first cause.
            What the form of {code} gave as the cause was struck out on {date} and replaced with {cause}.
            The first finding on {code} did not hold, and from {date} on it has stood under {cause}.
            After new tests, {code} was put under {cause} on {date}.
            {cause} took the place of the first cause of {code} on {date}.
            A letter of {date} moves {code} to {cause}.
        """),
        "void": lines("""
            On {date} {code} was withdrawn.
            {code} was struck from the log on {date}.
            {person} withdrew {code} on {date}.
            Since {date}, {code} counts for nothing.
            The form {code} was withdrawn on {date}, as it should not have been filed here.
            A note of {date} takes {code} back.
            {code} no longer stands, having been withdrawn on {date}.
            By order of {date}, {code} is not to be counted.
            It was agreed on {date} to withdraw {code}.
            With effect from {date}, {code} is withdrawn.
            {date} is the day on which {code} was taken out of the log.
            The office withdrew {code} on {date}.
        """),
        "closed": lines("""
            {closer} closed {code} on {date}.
            On {date} {code} was closed by {closer}.
            {code} was closed and signed on {date} by {closer}.
            The closing of {code} on {date} bears the name of {closer}.
            On {date} it was {closer} who wrote the last line of {code} and closed the form.
            {code} could be closed on {date}, and {closer} signed.
            With the signature of {closer}, {code} was closed on {date}.
            The closing line of {code} is by {closer} and of {date}.
            Closed on {date}, {code} carries the signature of {closer}.
            {closer} put a line under {code} on {date} and closed it.
            As closed on {date}, {code} was [handed in|given back] by {closer}.
            The stamp that closed {code} is of {date}, and the hand is that of {closer}.
        """),
    },
    slots={
        "code": "code",
        "earlier": "code",
        "machine": "name",
        "site": "name",
        "cause": "name",
        "date": "date",
        "cost": "amount",
        "hours": "duration",
        "closer": "person",
    },
    colour=lines("""
        {person} [would like|asked for] a [better|second] lamp by the {machine}, and $who [agreed|shrugged].
        $who [came by|looked in] to ask about the [drawing|manual] of the {machine}, which was $paper.
        The [manual|drawing] for the {machine} is $paper, as {person} [found|noted].
        {person} and {person_} [disagree|disagreed] about the [tools|keys|lockers] in the {site}.
        There is [talk|much talk] of painting the {site}, though $who [doubts it|has heard nothing].
        [Visitors|Guests] to the {site} are [still|always] met by {person}, or else by $who.
        $who [keeps|left] [gloves|a ladder|a tool bag|a broom] next to the {machine}, [usually|mostly] $tool.
        The [noticeboard|key cabinet|rest room] of the {site} is $room, in the opinion of $who.
        [Nobody|No one] likes the sound of the {machine}, least of all $who.
        {person} [drew|made] a [sketch|small plan] of the {site} for $who.
        The [gate|canteen|cloakroom] of the {site} was [swept|aired] while $who [waited|looked on].
        A [photograph|picture] of the {machine} hangs in the office of {person}, $paper.
        $who [praised|thanked] {person} for the [tidy desk|neat hand|short sentences|clear labels].
        In the {site}, the [clock|radio|coffee machine] is $room, which $who [does not mind|has mentioned to {person}].
    """),
    short=lines("""
        The handwriting can be read throughout.
        The corners of the sheet are bent.
        Nobody was hurt.
        The carbon copies are in the cupboard.
        The insurers have not asked.
        The sheet was initialled twice.
        A coffee stain has no meaning.
        The phone rang while this was written.
        The folder is blue.
    """),
    words=vocabulary("""
        who: the porter, the night shift, the apprentice, the insurer, the safety officer, the chief clerk, the electrician, the cleaning firm, the driver, the works council
        paper: well thumbed, covered with notes, freshly printed, stained with oil, a little faded, torn at one edge, kept under glass, hard to read
        room: out of the way, too dark, in good order, never quite clean, due for a change, better than it was, in the wrong corner, much admired
        tool: out of reach, behind the door, in the way, under a sheet, on a hook, where nobody looks
    """),
    make=make,
    questions=(
        QuestionKind(
            "chain_cost",
            "amount",
            _choose_chain_cost,
            _solve_chain_cost,
            asks("""
                What did {code} and all the incidents that it goes back to, step by step, cost together, withdrawn ones left out?
                Follow {code} back to where the trouble began: what do the incidents on the way, {code} included and withdrawn ones left out, add up to in cost?
                Add the cost of {code} to that of everything it goes back to, leaving out what was withdrawn. What is the sum?
                How much money went into {code} together with each incident behind it, if withdrawn incidents add nothing?
                Taking {code} and every incident that led up to it, but none that was withdrawn, what was the total cost?
                The office wants the cost of the whole chain from {code} back to its beginning, withdrawn incidents not added. What is it?
                Withdrawn incidents aside, what is the total bill for {code} and for the incidents from which it followed, directly or not?
                Work out what {code} cost along with the chain of incidents that it goes back to, without those that were withdrawn.
                What sum results when {code} and all that it goes back to are put on one bill, withdrawn incidents excepted?
                From {code} one incident leads back to the next: what did they all cost, {code} too, if a withdrawn one costs nothing?
                State the joint cost of {code} and its forerunners, however far back, counting none that was withdrawn.
                If {code} and each incident behind it that still stands were paid at once, how much would be due?
            """),
        ),
        QuestionKind(
            "chain_closer",
            "person",
            _choose_chain_closer,
            _solve_chain_closer,
            asks("""
                Who closed the incident that {code} goes back to in the end?
                {code} goes back, directly or through others, to one incident that goes back to no other. Who closed that one?
                Follow the chain from {code} to where it begins: whose signature closed the incident there?
                Whose name stands under the closing of the incident in which {code} has its first origin?
                Which person closed the incident at the very beginning of the chain that leads to {code}?
                Behind {code} there is a first incident, from which all the rest followed. By whom was it closed?
                Name the person who closed the earliest link of the chain behind {code}.
                Where {code} has its root, an incident was closed; by whom?
                Trace {code} back as far as the sheets go. Who closed the incident that you arrive at?
                By whom was the incident closed that started everything which ended in {code}?
                Someone closed the incident that stands at the root of {code}: who was it?
                Going back from {code} step by step until nothing lies behind, whose closing does one find?
            """),
            indirect=True,
        ),
        QuestionKind(
            "machine_hours",
            "duration",
            _choose_hours,
            _solve_hours,
            asks("""
                How many hours of standstill did the {machine} of the {site} cause in all, withdrawn incidents left out?
                Add up the hours lost through the {machine} of the {site}, without withdrawn incidents. How many are there?
                What is the total time lost to the {machine} of the {site}, if withdrawn incidents are not counted?
                With withdrawn incidents set aside, for how long altogether did work stand still because of the {machine} of the {site}?
                How much time was lost in all incidents of the {machine} of the {site} that still stand?
                All standing incidents of the {machine} of the {site} taken together, how many hours did they cost?
                Leaving out what was withdrawn, how long was the standstill on account of the {machine} of the {site} in total?
                The {site} counts the hours lost with its {machine}, except under withdrawn forms. What does it arrive at?
                For the {machine} of the {site}, state the sum of all hours of standstill that are not under a withdrawn number.
                What do the hours lost by the {machine} of the {site} come to, no withdrawn incident among them?
                Over all its incidents but the withdrawn ones, how many hours did the {machine} of the {site} keep people waiting?
                Work out the lost time of the {machine} of the {site}, in hours, from the incidents that were not withdrawn.
            """),
        ),
        QuestionKind(
            "days_to_close",
            "duration",
            _choose_days,
            _solve_days,
            asks("""
                Of the incidents with the {machine} of the {site} that were not withdrawn, take the {which} by date: how many days passed until it was closed?
                How many days after its date was the {which} incident with the {machine} of the {site} closed, withdrawn ones not counted?
                How long, in days, did it take to close the {which} standing incident of the {machine} in the {site}?
                In order of time and without withdrawn ones, the {which} incident of the {machine} of the {site} stayed open for how many days?
                Counting only incidents that still stand, how many days lie between date and closing of the {which} one with the {machine} of the {site}?
                From the day it happened to the day it was closed, how many days did the {which} incident of the {machine} of the {site} last, if withdrawn incidents are passed over?
                The {site} had trouble with its {machine} more than once: how many days was the {which} incident open, no withdrawn one counted?
                Leave out what was withdrawn and put the incidents of the {machine} of the {site} in order of date. After how many days was the {which} closed?
                What is the number of days from the {which} valid incident with the {machine} of the {site} to its closing?
                How many days did the repair office need to close the {which} incident on the {machine} of the {site} that was not withdrawn?
                Passing over withdrawn forms, tell how many days the {which} form on the {machine} of the {site} waited for its closing.
                Look up the {which} incident of the {machine} of the {site} among those not withdrawn; how many days after its date does it close?
            """),
            indirect=True,
        ),
        QuestionKind(
            "cost_without",
            "amount",
            _choose_without,
            _solve_without,
            asks("""
                What did the incidents with the {machine} of the {site} cost, leaving out those put down to {cause} in the end and those withdrawn?
                Apart from what is put down to {cause} by now, and from withdrawn incidents, how much did the {machine} of the {site} cost?
                The insurer pays for the {machine} of the {site} unless the final cause is {cause} or the incident was withdrawn. How much has to be paid?
                Add up the costs of the {machine} of the {site}, except under {cause} as the final cause and except under withdrawn numbers. What comes out?
                How much went into those incidents of the {machine} of the {site} that were neither withdrawn nor due, by the latest finding, to {cause}?
                By the causes that hold in the end, what did the {machine} of the {site} cost through anything but {cause}, withdrawn incidents left aside?
                Without {cause} as the last stated cause, and without withdrawn incidents, what is the total bill for the {machine} of the {site}?
                For the {machine} of the {site}, what is the sum of the costs of all standing incidents that do not end up under {cause}?
                If incidents finally filed under {cause} and withdrawn ones are set aside, what do those of the {machine} of the {site} add up to?
                What remains of the cost of the {machine} of the {site} once everything finally due to {cause}, and everything withdrawn, is taken out?
                Someone else bears what the {machine} of the {site} cost through {cause}, as finally found. What is left for the others, withdrawn incidents costing nothing?
                Take the incidents of the {machine} of the {site} that still stand and whose final cause is not {cause}: what did they cost in all?
            """),
        ),
        QuestionKind(
            "cause_count",
            "count",
            _choose_causes,
            _solve_causes,
            asks("""
                How many incidents are put down to {cause} or {other} in the end, withdrawn ones left out?
                Going by the latest stated cause, how many standing incidents come under {cause} or {other}?
                Count the incidents whose cause, after all changes, is {cause} or {other}, without those withdrawn. How many are there?
                How often is {cause} or {other} the cause that holds, if withdrawn incidents are not counted?
                With changes of cause minded and withdrawn incidents passed over, what is the number of incidents due to {cause} or {other}?
                In all these sheets, for how many incidents that were not withdrawn is the final cause {cause} or {other}?
                {cause} and {other} are to be reported together: how many incidents, by their last cause and without withdrawn ones, are they?
                How many incidents stand under {cause} or {other} once every change of cause is made and every withdrawn one is gone?
                Not counting what was withdrawn, how many incidents had {cause} or {other} for their cause, as it was seen last?
                What is the joint number of incidents that end up under {cause} and under {other}, withdrawn ones excepted?
                Tell how many incidents, none of them withdrawn, are by the last word on their cause due to {cause} or {other}.
                Of the incidents that still stand, how many have {cause} or {other} as the last cause given?
            """),
            wide=True,
        ),
        QuestionKind(
            "root_count",
            "count",
            _choose_roots,
            _solve_roots,
            asks("""
                How many incidents that were not withdrawn go back, in the end, to one put down to {cause} or {other} by its latest cause?
                Follow every standing incident that goes back to another to where its chain begins: how many of them arrive at {cause} or {other}, as finally found?
                Of the incidents that followed from others and were not withdrawn, how many have at their root an incident whose final cause is {cause} or {other}?
                For how many standing incidents that go back to another is the first one of the chain finally due to {cause} or {other}?
                Trace each incident that goes back to some other; how many, withdrawn ones left out, begin with {cause} or {other} by the latest finding?
                How many incidents, directly or through others, follow from an incident that goes back to nothing and is finally put down to {cause} or {other}, withdrawn ones not counted?
                Leaving out withdrawn incidents, count those that have others behind them and start, at the far end, from {cause} or {other} as the cause that holds. How many are they?
                How many chains lead from a standing incident back to a first one under {cause} or {other}, the last stated cause deciding?
                The root of an incident is what it goes back to in the end. How many standing incidents have a root, other than themselves, with {cause} or {other} as its final cause?
                What is the number of incidents, none withdrawn, whose trouble started with another incident that ended up under {cause} or {other} and goes back to nothing itself?
                Among the incidents that lead back to an earlier one and still stand, in how many does the chain begin with {cause} or {other}, going by the cause given last?
                If every incident that followed from another is laid at the door of its root, how many standing ones go to roots with the final cause {cause} or {other}?
            """),
            indirect=True,
            wide=True,
        ),
        QuestionKind(
            "slow_count",
            "count",
            _choose_slow,
            _solve_slow,
            asks("""
                How many incidents took more than {limit} from their date to their closing, withdrawn ones left out?
                Of the incidents that were closed and not withdrawn, how many were open for more than {limit}?
                Count the closed incidents, without withdrawn ones, whose closing came more than {limit} after their date. How many are there?
                How often did more than {limit} pass between an incident and its closing, if withdrawn incidents are not counted?
                The office aims at {limit} from date to closing: how many closed incidents that still stand took longer?
                In how many cases that were not withdrawn did it take longer than {limit} to close an incident?
                Withdrawn incidents aside, for how many did the closing lie more than {limit} after the date of the incident?
                How many standing incidents were closed later than {limit} after their own date?
                What is the number of closed incidents, none of them withdrawn, that stayed open longer than {limit}?
                Tell how many of the closed incidents needed over {limit}, leaving out those that were withdrawn.
                Among incidents closed and still standing, how many missed the mark of {limit} between date and closing?
                More than {limit} from the date of the incident to its closing: on how many standing incidents does this fit?
            """),
            indirect=True,
            wide=True,
        ),
        QuestionKind(
            "site_cost",
            "place",
            _choose_site("cost", "cost"),
            _solve_site("cost", "cost", "the costs"),
            asks("""
                Put the sites in order of what their incidents cost in all, the dearest first and withdrawn incidents left out. Which site comes {rank}?
                If the sites are ranked by total cost from the highest down, without withdrawn incidents, which one is {rank}?
                Which site is {rank} when the costs of all standing incidents are added up site by site, the largest sum leading?
                By the money that incidents cost, withdrawn ones not added, which site stands {rank} from the top?
                Going from the dearest site to the cheapest, and counting no withdrawn incident, which site has the {rank} place?
                Add up the cost of incidents for each site, passing over withdrawn ones. Which site takes the {rank} place in the list that starts with the highest sum?
                Name the site that comes {rank} in the order of total costs, highest first, withdrawn incidents excepted.
                In a list of sites from the most costly down, made without withdrawn incidents, which is the {rank}?
                Sum up what each site spent on incidents that still stand: which site is {rank}, the biggest spender being first?
                The sites are compared by the bills for incidents not withdrawn, largest total first. Which comes {rank}?
                When every bill but those of withdrawn incidents is charged to its site, which site is charged the {rank} from the top?
                What site takes the {rank} place by costs in all, counted downwards from the highest and without what was withdrawn?
            """),
            wide=True,
        ),
        QuestionKind(
            "site_hours",
            "place",
            _choose_site("down", "hours"),
            _solve_site("down", "hours", "the hours"),
            asks("""
                Put the sites in order of the hours lost in all, the most first and withdrawn incidents left out. Which site comes {rank}?
                If the sites are ranked by hours of standstill from the most down, without withdrawn incidents, which one is {rank}?
                Which site is {rank} when the lost hours of all standing incidents are added up site by site, the largest sum leading?
                By the time that incidents took away, withdrawn ones not added, which site stands {rank} from the top?
                Going from the site that stood still longest to the one that did so least, and counting no withdrawn incident, which site has the {rank} place?
                Add up the standstill for each site, passing over withdrawn incidents. Which site takes the {rank} place in the list that starts with the most hours?
                Name the site that comes {rank} in the order of lost time, most first, withdrawn incidents excepted.
                In a list of sites from the most hours of standstill down, made without withdrawn incidents, which is the {rank}?
                Sum up the hours that each site lost through incidents that still stand: which site is {rank}, the one with most being first?
                The sites are compared by hours of standstill in incidents not withdrawn, largest total first. Which comes {rank}?
                When all lost time but that of withdrawn incidents is charged to its site, which site is charged the {rank} from the top?
                What site takes the {rank} place by hours of standstill in all, counted downwards from the most and without what was withdrawn?
            """),
            wide=True,
        ),
    ),
)
