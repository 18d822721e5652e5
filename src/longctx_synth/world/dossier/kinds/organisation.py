# ruff: noqa: E501  (a template is one line, however long)
"""Organisation charts: who was put under whom by which order, who may sign for how much, who leads and who stands in.

A department is a small tree of people below one of two directors. A person's line is set by staff orders: the latest one that was not
withdrawn holds. In a department a superior always has a lower rank than those below, now and in every earlier order, so no line ever runs
in a circle; limits for signing grow towards the top. Who is who is settled by the values, so a twin has the same people in other places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

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
    name,
    namely,
    number,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines
from longctx_synth.world.values import Value, odd_figure, spelled

SMALL, TINY = 60, 30  # facts asked for; worlds below them have departments that a short document can hold
WIDE = (
    60  # facts; below, a count under a director, or an answer named more often than the others, is too easily guessed
)
TOPICS = (
    "Permits", "Records", "Tariffs", "Drainage", "Fleet", "Metering", "Training", "Legacy", "Survey", "Catering", "Leasing", "Grants",
    "Safety", "Mapping", "Claims", "Archive", "Lighting", "Tenders", "Printing", "Welfare", "Mooring", "Signage", "Payroll", "Storage",
    "Licensing", "Sampling", "Energy", "Cashier", "Bookings", "Repairs", "Forestry", "Quality", "Outreach", "Billing", "Stationery", "Customs",
    "Laundry", "Telephone", "Insurance", "Parking",
)  # fmt: skip
FORMS = ("Section", "Desk", "Office", "Unit", "Team", "Bureau", "Group", "Service", "Cell", "Branch")


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Departments until there are about `size` facts, each below one of two directors."""
    rng = stage.structure
    directors = [stage.person(), stage.person()]
    units = _units(stage)
    stage.cast = {"person": [stage.person() for _ in range(6)], "mate": [], "bureau": []}
    start = stage.first_day()
    groups: list[list[Fact]] = []
    made = 0
    while made < size:
        group = _department(stage, rng, directors, units, start, size)
        groups.append(group)
        made += len(group)
    # Remarks need a unit even where no department leads one.
    stage.cast["bureau"] += [next(units) for _ in range(2)]
    return groups


def _units(stage: Stage) -> Iterator[str]:
    """Names of units, none twice; a place stands before them once the plain ones are used up."""
    plain = [f"{topic} {form}" for topic in TOPICS for form in FORMS]
    stage.structure.shuffle(plain)
    yield from plain
    while True:
        place = stage.place()
        for unit in plain[:12]:
            yield f"{place} {unit}"


def _department(
    stage: Stage, rng: Random, directors: list[str], units: Iterator[str], start: date, world: int
) -> list[Fact]:
    values = stage.values
    small, tiny = world < SMALL, world < TINY
    signing = rng.random() < 0.5
    deep = not small and rng.random() < 0.3
    covering = not signing or (not small and not deep and rng.random() < 0.12)
    size = (
        rng.choice((3, 3, 3, 4) if tiny else (3, 3, 4, 4, 5))
        if small
        else rng.randint(7, 10)
        if deep
        else rng.randint(3, 6)
    )
    # The last ones of the ranks have nobody below them.
    upper = max(2, size - (1 if small or deep else rng.randint(1, 2)))
    people = [stage.person() for _ in range(size)]
    stage.cast["mate"] += people
    orders = {person: rng.choices((1, 2, 3), (72, 28, 0) if tiny or deep else (58, 32, 10))[0] for person in people}
    withdrawn = {
        person: rng.randrange(many) if many > 1 and rng.random() < 0.45 else None for person, many in orders.items()
    }

    ranks = values.sample(people, size)
    chance = 0.95 if deep else 0.6
    above: dict[str, str] = {ranks[0]: values.choice(directors)}
    for rank in range(1, size):
        near = rank <= upper and values.random() < chance
        above[ranks[rank]] = ranks[rank - 1] if near else ranks[values.randrange(min(rank, upper))]

    facts: list[Fact] = []
    last = start
    for person in people:
        rank = ranks.index(person)
        lines_ = _line(
            values, above[person], [*ranks[: min(rank, upper)], *directors], orders[person], withdrawn[person]
        )
        if rank == 0:
            lines_ = _line(values, above[person], directors, orders[person], withdrawn[person])
        day = start + timedelta(days=values.randint(0, 420))
        before: list[Fact] = []  # the order in force so far; one that is withdrawn replaces nothing
        for index, superior in enumerate(lines_):
            day += timedelta(days=values.randint(31, 300))
            order, void = stage.code("SO"), index == withdrawn[person]
            placed = stage.fact(
                "reports", () if void else before, member=person, superior=superior, order=order, date=stage.day(day)
            )
            facts.append(placed)
            before = before if void else [placed]
            if void:
                off = day + timedelta(days=values.randint(3, 29))
                facts.append(stage.fact("revoked", (placed,), order=order, date=stage.day(off)))
                last = max(last, off)
        last = max(last, day)
    if signing:
        facts += _signing(stage, rng, ranks, upper, above, start, last, tiny or deep)
    if covering:
        facts += _covering(stage, rng, ranks, upper, units, start, tiny)
    return facts


def _line(values: Random, final: str, pool: list[str], many: int, withdrawn: int | None) -> list[str]:
    """The superiors that a person's orders name, in order of time, no two neighbours alike: `final` is that of the last one that holds."""
    holds = many - 2 if withdrawn == many - 1 else many - 1
    found = [final] * many
    for index in range(many):
        if index == holds:
            continue
        beside = {found[index - 1]} if index else set()
        if index + 1 == holds or index - 1 == holds:
            beside.add(final)
        options = [one for one in dict.fromkeys(pool) if one not in beside]
        found[index] = values.choice(options or pool)
    return found


def _signing(
    stage: Stage, rng: Random, ranks: list[str], upper: int, above: dict[str, str], start: date, last: date, tiny: bool
) -> list[Fact]:
    """Limits of all who have someone below them, and requests that go up to one of them, each as likely."""
    values, scale = stage.values, stage.style.country.scale
    twice = [rng.random() < (0.05 if tiny else 0.2) for _ in range(upper)]
    codes = [stage.code("REQ") for _ in range(2 if tiny and len(ranks) < 5 else rng.randint(2, 3))]
    facts: list[Fact] = []
    limits: dict[str, float] = {}
    limit = values.uniform(180, 950)
    for rank in reversed(range(upper)):
        limits[ranks[rank]] = limit
        limit *= values.uniform(1.45, 2.4)
    for rank in range(upper):
        person = ranks[rank]
        day = start + timedelta(days=values.randint(5, 500))
        limits[person] = _money(values, limits[person], stage)
        before: list[Fact] = []
        if twice[rank]:
            old = limits[person] / scale * values.choice([values.uniform(0.4, 0.75), values.uniform(1.35, 2.2)])
            before = [
                stage.fact("limit", member=person, amount=stage.amount(_money(values, old, stage)), date=stage.day(day))
            ]
            day += timedelta(days=values.randint(40, 500))
        facts += [
            *before,
            stage.fact("limit", before, member=person, amount=stage.amount(limits[person]), date=stage.day(day)),
        ]
        last = max(last, day)
    applicants = values.sample(ranks[1:], min(len(codes), len(ranks) - 1))
    long = len(ranks) > 6
    if long and ranks[-1] not in applicants:  # long climbs are asked for too
        applicants[0] = ranks[-1]
    while len(applicants) < len(codes):
        applicants.append(values.choice(ranks[1:]))
    for code, applicant in zip(codes, applicants, strict=True):
        chain = []
        at = applicant
        while above[at] in limits:
            at = above[at]
            chain.append(at)
        pick = max(values.randrange(len(chain)) for _ in range(2 if long else 1))
        # More than the applicant's own limit, which is why it is asked for.
        low = limits[chain[pick - 1]] * 1.04 if pick else max(limits[chain[0]] * 0.35, limits.get(applicant, 0) * 1.04)
        amount = _money(values, values.uniform(low, limits[chain[pick]] * 0.97) / scale, stage)
        day = last + timedelta(days=values.randint(2, 150))
        facts.append(
            stage.fact("request", request=code, member=applicant, amount=stage.amount(amount), date=stage.day(day))
        )
    return facts


def _money(values: Random, euros: float, stage: Stage) -> float:
    """So many euros in the country's money, an odd figure, with cents where they are written."""
    whole = odd_figure(euros * stage.style.country.scale)
    return whole + values.randint(3, 97) / 100 if stage.style.cents else whole


def _covering(
    stage: Stage, rng: Random, ranks: list[str], upper: int, units: Iterator[str], start: date, tiny: bool
) -> list[Fact]:
    """Units with a head, some of them with a former one, and who stands in for whom: someone of a lower rank."""
    values = stage.values
    led = [(next(units), rng.random() < 0.3) for _ in range(rng.randint(1, 1 if tiny else 2 if len(ranks) < 6 else 3))]
    stage.cast["bureau"] += [unit for unit, _ in led]
    many = min(upper, rng.randint(4, 7) if len(ranks) > 7 else rng.randint(2, 5))
    facts: list[Fact] = []
    heads = values.sample(ranks, len(ranks))
    for unit, twice in led:
        head = heads.pop()
        day = start + timedelta(days=values.randint(5, 500))
        before: list[Fact] = []
        if twice:
            former = values.choice([person for person in ranks if person != head])
            before = [stage.fact("heads", unit=unit, member=former, date=stage.day(day))]
            day += timedelta(days=values.randint(90, 700))
        facts += [*before, stage.fact("heads", before, unit=unit, member=head, date=stage.day(day))]
    for rank in values.sample(range(upper), many):
        deputy = values.choice(ranks[rank + 1 :])
        day = start + timedelta(days=values.randint(5, 700))
        facts.append(stage.fact("deputy", member=ranks[rank], deputy=deputy, date=stage.day(day)))
    return facts


# Solvers.


def _placing(world: World, member: str) -> tuple[Fact, tuple[str, ...], str] | None:
    """The order that holds for a person, all that has to be read to know it, and why it holds."""
    entries = sorted(world.where("reports", "member", member), key=lambda fact: fact.number("date"))
    gone = {fact.id: void for fact in entries if (void := world.one("revoked", "order", fact.text("order")))}
    valid = [fact for fact in entries if fact.id not in gone]
    if not valid:
        return None
    used = [one for fact in entries for one in (fact.id, *([gone[fact.id].id] if fact.id in gone else []))]
    holds = valid[-1]
    how = f"order {holds.text('order')} of {holds.text('date')}"
    if len(valid) > 1:
        how += f", later than {_listed([fact.text('order') for fact in valid[:-1]])}"
    if gone:
        how += f"; {_listed([fact.text('order') for fact in entries if fact.id in gone])} was withdrawn"
    return holds, tuple(used), how


def _listed(items: list[str]) -> str:
    return " and ".join(items)


def _latest(entries: list[Fact]) -> tuple[Fact, tuple[str, ...]] | None:
    """The entry of the latest date, and the ids of all; None without any, or if two share the date."""
    found = sorted(entries, key=lambda fact: fact.number("date"))
    if not found or (len(found) > 1 and found[-1].number("date") == found[-2].number("date")):
        return None
    return found[-1], tuple(fact.id for fact in found)


def _climb(world: World, member: str, levels: int) -> tuple[list[Step], list[str], str] | None:
    """Steps up from a person, the people met, and the last fact met without which the line would break ("" if none)."""
    steps: list[Step] = []
    met = [member]
    needed = ""
    for _ in range(levels):
        placed = _placing(world, met[-1])
        if placed is None:
            return None
        fact, used, how = placed
        steps.append(Step(f"the superior of {met[-1]}", name(fact.text("superior")), how, used))
        met.append(fact.text("superior"))
        needed = used[0] if len(used) == 1 else needed
    return steps, met, needed


def _evidence(steps: list[Step], *before: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*before, *(fact for step in steps for fact in step.facts)]))


def _ever_above(world: World, member: str) -> list[str]:
    """All who ever stood above a person by any order, the nearest first: a careless reader may end at any of them."""
    found: dict[str, None] = {}
    waiting = [member]
    while waiting:
        for fact in world.where("reports", "member", waiting.pop(0)):
            if fact.text("superior") not in found:
                found[fact.text("superior")] = None
                waiting.append(fact.text("superior"))
    return list(found)


def _drawn(rng: Random, options: dict[str, list[dict[str, Any]]]) -> dict[str, Any] | None:
    """The answer first, each as likely, then one of the questions that have it: no name is an answer for being named often."""
    return rng.choice(options[rng.choice(sorted(options))]) if options else None


def _members(world: World) -> list[str]:
    return list(dict.fromkeys(fact.text("member") for fact in world.of("reports")))


def _levels(many: int) -> str:
    return "one level" if many == 1 else f"{spelled(many)} levels"


def _choose_above(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for member in _members(world):
        named = {fact.text("superior") for fact in world.where("reports", "member", member)}
        climbed = _climb(world, member, hops)
        # Never a name that stands in the one sentence about this person: one level up, only of those who were moved.
        if climbed and (len(named) > 1 if hops == 1 else climbed[1][-1] not in named):
            options[climbed[1][-1]].append({"member": member, "levels": _levels(hops), "k": hops})
    return _drawn(rng, options)


def _solve_above(world: World, params: Params) -> Solved | None:
    climbed = _climb(world, params["member"], params["k"])
    if climbed is None:
        return None
    steps, _, needed = climbed
    if params["k"] == 1:
        others = [fact.text("superior") for fact in world.where("reports", "member", params["member"])]
    else:
        others = _ever_above(world, params["member"])
    return Solved(steps[-1].value, tuple(steps), _evidence(steps), tuple(dict.fromkeys(others)), needed)


def _choose_approver(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in world.of("request"):
        params = {"request": fact.text("request")}
        solved = _solve_approver(world, params)
        if solved and len(solved.steps) == hops and len(solved.candidates) > 1 and _unmarked(world, solved, rng):
            options[solved.answer.text].append(params)
    return _drawn(rng, options)


def _solve_approver(world: World, params: Params) -> Solved | None:
    request = world.one("request", "request", params["request"])
    if request is None:
        return None
    at, asked = request.text("member"), request.number("amount")
    steps = [
        Step(
            f"the person who made request {params['request']}",
            name(at),
            f"it asks for {request.text('amount')}",
            (request.id,),
        )
    ]
    needed = request.id
    passed = {at}
    while True:
        placed = _placing(world, at)
        found = placed and _latest(world.where("limit", "member", placed[0].text("superior")))
        if not placed or not found or placed[0].text("superior") in passed:
            return None
        passed.add(placed[0].text("superior"))
        limit, entries = found
        # Never the limit: many have none on file, so one that is not told reads as a superior who may not sign.
        needed = placed[1][0] if len(placed[1]) == 1 else needed
        enough = limit.number("amount") >= asked
        how = f"{placed[2]}; the limit is {limit.text('amount')}, {'enough' if enough else 'too little'} for {request.text('amount')}"
        steps.append(Step(f"the superior of {at}", placed[0].values["superior"], how, (*placed[1], *entries)))
        at = placed[0].text("superior")
        if enough:
            break
    signs = [one for one in _ever_above(world, request.text("member")) if world.where("limit", "member", one)]
    return Solved(name(at), tuple(steps), _evidence(steps), tuple(dict.fromkeys([at, *signs])), needed)


def _choose_common(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if len(world.facts) < WIDE:  # the one superior in common is the one person named most often
        return None
    # Only people of one department can have a superior in common before the director; two whose lines meet there are asked for too.
    by_head: dict[str, list[Fact]] = defaultdict(list)
    for fact in world.of("request"):
        line = _whole_line(world, fact.text("member"))
        if len(line) > 1:
            by_head[line[-2]].append(fact)
    for requests in by_head.values():
        for index, one in enumerate(requests):
            for other in requests[:index]:
                first, second = rng.sample([one.text("request"), other.text("request")], 2)
                params = {"request": first, "other": second}
                solved = _solve_common(world, params)
                if solved and len(solved.steps) == hops:
                    options[solved.answer.text].append(params)
    return _drawn(rng, options)


def _unmarked(world: World, solved: Solved, rng: Random) -> bool:
    """Whether the answer is not the candidate named most often; if it is, true only so often that it is right as often as a guess, as measured."""
    slots = (
        ("reports", "member"),
        ("reports", "superior"),
        ("limit", "member"),
        ("request", "member"),
        ("heads", "member"),
        ("deputy", "member"),
        ("deputy", "deputy"),
    )
    named = {one: sum(len(world.where(type_, slot, one)) for type_, slot in slots) for one in solved.candidates}
    return named[solved.answer.text] < max(named.values()) or rng.random() < 1.5 / len(named)


def _whole_line(world: World, member: str) -> list[str]:
    """A person and all above, the lowest first; papers that are misread may run in a circle, which ends the line."""
    line = [member]
    while (placed := _placing(world, line[-1])) is not None and placed[0].text("superior") not in line:
        line.append(placed[0].text("superior"))
    return line


def _solve_common(world: World, params: Params) -> Solved | None:
    """The lowest person above both applicants. None where one of them stands above the other, or nobody above both."""
    requests = [world.one("request", "request", params[key]) for key in ("request", "other")]
    if requests[0] is None or requests[1] is None:
        return None
    first, second = (fact.text("member") for fact in requests if fact)
    lines_ = [_whole_line(world, first), _whole_line(world, second)]
    shared = next((one for one in lines_[0] if one in lines_[1]), None)
    if shared is None or shared in (first, second):
        return None
    steps = [
        Step(f"the person who made request {fact.text('request')}", fact.values["member"], "", (fact.id,))
        for fact in requests
        if fact
    ]
    needed = requests[1].id
    for member, line in zip((first, second), lines_, strict=True):
        climbed = _climb(world, member, line.index(shared))
        assert climbed is not None
        steps += climbed[0]
        needed = climbed[2] or needed
    met, how = steps[-1], f"{shared} also stands above {first}"
    steps[-1] = Step(met.what, met.value, f"{met.how}; {how}", met.facts)
    others = dict.fromkeys([*_ever_above(world, first), *_ever_above(world, second)])
    return Solved(name(shared), tuple(steps), _evidence(steps), tuple(others), needed)


def _choose_standin(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options: dict[str, list[dict[str, Any]]] = defaultdict(list)
    k = hops - 2
    if k < 0:
        return None
    for unit in dict.fromkeys(fact.text("unit") for fact in world.of("heads")):
        whom = f"the head of the {unit}"
        if k == 1:
            whom = f"the superior of {whom}"
        elif k:
            whom = f"the person {_levels(k)} above {whom}"
        params = {"unit": unit, "whom": whom, "k": k}
        solved = _solve_standin(world, params)
        # A head who stands in for somebody above would be found in the sentence that names the unit.
        heads = {fact.text("member") for fact in world.where("heads", "unit", unit)}
        if solved and solved.answer.text not in heads and len(solved.candidates) > 1:
            options[solved.answer.text].append(params)
    return _drawn(rng, options)


def _solve_standin(world: World, params: Params) -> Solved | None:
    led = _latest(world.where("heads", "unit", params["unit"]))
    if led is None:
        return None
    head, entries = led
    climbed = _climb(world, head.text("member"), params["k"])
    deputy = world.one("deputy", "member", climbed[1][-1]) if climbed else None
    if climbed is None or deputy is None:
        return None
    since = f"since {head.text('date')}" + (", later than any other" if len(entries) > 1 else "")
    steps = [Step(f"the head of the {params['unit']}", head.values["member"], since, entries), *climbed[0]]
    steps.append(Step(f"the person who stands in for {climbed[1][-1]}", deputy.values["deputy"], "", (deputy.id,)))
    near = [head.text("member"), *_ever_above(world, head.text("member"))]
    others = [fact.text("deputy") for one in near for fact in world.where("deputy", "member", one)]
    return Solved(
        deputy.values["deputy"],
        tuple(steps),
        _evidence(steps),
        tuple(dict.fromkeys([deputy.text("deputy"), *others])),
        deputy.id,
    )


def _below(world: World, superior: str) -> list[list[str]]:
    """The people below someone, level by level."""
    levels: list[list[str]] = []
    now = [superior]
    seen = {superior}
    while now:
        asked = dict.fromkeys(fact.text("member") for one in now for fact in world.where("reports", "superior", one))
        found = [
            member
            for member in asked
            if member not in seen and (placed := _placing(world, member)) and placed[0].text("superior") in now
        ]
        seen.update(found)
        if found:
            levels.append(found)
        now = found
    return levels


def _count(figure: int, world: World) -> Value:
    return number(figure, world.stage)


def _directors(world: World) -> list[str]:
    """Those who have people below them and were never put under anyone."""
    members = set(_members(world))
    return sorted({fact.text("superior") for fact in world.of("reports")} - members)


# What may be counted below a director: how the question says it, the fact type that tells of it, and its slot for what is counted.
COUNTED = {
    "people": ("people stand", "reports", "member"),
    "requests": ("requests were made by people who stand", "request", "request"),
    "units": ("units are now led by people who stand", "heads", "unit"),
    "signers": ("people with a limit for signing stand", "limit", "member"),
    "deputies": ("people with a deputy of their own stand", "deputy", "member"),
}


def _choose_division(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if len(world.facts) < WIDE:
        return None
    for what, (things, _, _) in COUNTED.items():
        for director in _directors(world):
            params = {"director": director, "things": things, "what": what}
            solved = _solve_division(world, params)
            if solved and 5 * len(solved.facts) >= len(world.facts) and len(solved.candidates) > 5:
                options[solved.answer.text].append(params)
    # Mostly not people alone: those who count them read nothing but orders, and evidence would be known by its kind.
    others = {
        total: kept for total, found in options.items() if (kept := [one for one in found if one["what"] != "people"])
    }
    options = others if others and rng.random() < 0.7 else options
    return _drawn(rng, options)


def _solve_division(world: World, params: Params) -> Solved | None:
    """How many things belong to people below a director. None where that is nobody's or everybody's."""
    director, what = params["director"], params["what"]
    _, type_, slot = COUNTED[what]
    people = {member: depth for depth, found in enumerate(_below(world, director), 1) for member in found}
    if what == "people":
        owners: list[tuple[str, str, tuple[str, ...]]] = [(member, member, ()) for member in _members(world)]
    else:
        found = [
            _latest(world.where(type_, slot, key)) for key in dict.fromkeys(fact.text(slot) for fact in world.of(type_))
        ]
        if not all(found):
            return None
        owners = [(pair[0].text(slot), pair[0].text("member"), pair[1]) for pair in found if pair]
    used: list[str] = []
    by_level: dict[int, list[str]] = defaultdict(list)
    for thing, owner, facts in owners:
        used += facts
        if owner not in people:
            continue
        by_level[people[owner]].append(thing)
        at, passed = owner, set[str]()
        while at in people and at not in passed and (placed := _placing(world, at)):
            used += placed[1]
            passed.add(at)
            at = placed[0].text("superior")
    total = sum(map(len, by_level.values()))
    if total < 3 or total == len(owners):
        return None
    noun = {"people": "people", "signers": "people with a limit", "deputies": "people with a deputy"}.get(what, what)
    steps = [
        Step(
            f"the {noun} {'of people ' if what in ('requests', 'units') else ''}{_levels(depth)} below {director}",
            _count(len(many), world),
            namely(sorted(many)),
        )
        for depth, many in sorted(by_level.items())
    ]
    if len(steps) > 1:
        steps.append(
            Step(
                f"all {noun} below {director}",
                _count(total, world),
                " + ".join(str(len(many)) for _, many in sorted(by_level.items())),
            )
        )
    near = range(max(3, total - 8), min(len(owners) - 1, total + 8) + 1)
    return Solved(_count(total, world), tuple(steps), tuple(dict.fromkeys(used)), tuple(str(n) for n in near))


KIND = Kind(
    name="organisation",
    noun="staff file",
    titles=lines("""
        Staff file of {org}, part {part}
        {org}: orders and [notices|notes] on staff, [copied|collected] by {person}
        Who is under whom: papers of {org}
        {org}, {city}: signing, lines and [leave cover|cover]
        Personnel notes of {org}, folder {part}
        [Register|Collected slips] of the staff office, {org}
        {org}: [extracts|leaves] from the order book, part {part}
        From the staff office in {city}
        Papers on the {bureau} and its neighbours
        {org}, chart of staff, notes to sheet {part}
    """),
    headings=lines("""
        Leaf {part}
        [Found|Filed] by {person}
        From the [drawer|folder|desk] of {person}
        [Further|More] slips
        Bundle {part}
        [Read|Copied] by {person}
        Slips that mention the {bureau}
        Not yet sorted
        Sheet {part}
    """),
    openings=lines("""
        The slips stand in no order of time; of two orders for one person the later one holds.
        A withdrawn order counts as if it had never been given; the one before it stays in force.
        A request is signed by the first person up the line from its applicant whose limit reaches the amount.
        {person} [copied|typed] these slips as they came out of the drawer, so their dates alone tell the order.
        Where the same matter is entered twice, the later date holds, unless the order was withdrawn.
        Of two limits, or two heads of one unit, the later entry is the one in force.
        Nobody has sorted these papers by date; {person} [only tied|just tied] them together.
        Requests climb from superior to superior until a limit is high enough.
        These are the staff papers that {person} could find, [early and late|old and new] mixed.
    """),
    types={
        "reports": lines("""
            By order {order}, {member} reports to {superior} from {date}.
            Order {order} puts {member} under the lead of {superior} from {date}.
            From {date} on, {superior} is the superior of {member}, says order {order}.
            {member} was put under {superior} on {date} by order {order}.
            As of {date}, {member} answers to {superior}; the order is {order}.
            With order {order} of {date}, {member} joins those who report to {superior}.
            {superior} became the superior of {member} on {date} under order {order}.
            On {date}, order {order} made {superior} the superior of {member}.
            The superior of {member} from {date} is {superior}, by order {order}.
            For {member}, order {order} of {date} names {superior} as superior.
            As order {order} has it, {member} works under {superior} from {date}.
            {member} was assigned to {superior} as of {date}, order {order}.
            The superior to whom {member} reports from {date} is {superior}, as laid down in {order}.
            A move of {date} brought {member} into the line of {superior}, order {order}.
            Order {order}, in force from {date}, assigns {member} to the line of {superior}.
            {superior} is in charge of {member} as of {date}, by order {order}.
            {order} is the order of {date} that sets {superior} as superior over {member}.
            Under {order}, the line of {member} runs to {superior} from {date}.
        """),
        "revoked": lines("""
            Order {order} was withdrawn on {date}.
            On {date} the staff office took back order {order}.
            Since {date}, order {order} counts for nothing.
            {order} was struck from the order book on {date}.
            The staff office withdrew order {order} on {date}.
            By a notice of {date}, order {order} is void.
            A notice of {date} withdraws {order}.
            Order {order} no longer stands: it was taken back on {date}.
            {order} had been given in error and was cancelled on {date}.
        """),
        "limit": lines("""
            From {date}, {member} may sign for up to {amount}.
            {member} was given a limit of {amount} for signing on {date}.
            As of {date}, the signature of {member} is good for {amount} at most.
            The limit of {member} was set at {amount} on {date}.
            On {date}, {member} was allowed to sign for amounts up to {amount}.
            A slip of {date} puts what {member} may sign for at {amount}.
            Up to {amount} can be signed for by {member} from {date}.
            For {member}, {amount} is the most that may be signed for from {date}.
            The signing limit that {member} holds from {date} is {amount}.
            What {member} may approve goes up to {amount}, by a slip of {date}.
            The staff office fixed {amount} on {date} as the limit of {member}.
            {member} can approve no more than {amount}, as laid down on {date}.
        """),
        "request": lines("""
            Request {request} for {amount} was handed in by {member} on {date}.
            On {date}, {member} asked for {amount}; the request is {request}.
            {member} made request {request} on {date} and needs {amount}.
            With request {request} of {date}, {member} applies for {amount}.
            {request}, dated {date}, is a request by {member} for {amount}.
            A request by {member} for {amount} came in on {date} as {request}.
            For {amount}, {member} filled in request {request} on {date}.
            The applicant of request {request} of {date}, for {amount}, is {member}.
            {amount} is asked for in request {request}, which {member} filed on {date}.
        """),
        "heads": lines("""
            From {date}, {member} leads the {unit}.
            The {unit} is led by {member} from {date}.
            On {date}, {member} took charge of the {unit}.
            {member} was made head of the {unit} on {date}.
            As of {date}, the head of the {unit} is {member}.
            The {unit} was handed to {member} on {date}.
            The [keys|files] of the {unit} went to {member}, its head from {date}.
            On {date} the {unit} was given {member} as its head.
            At the head of the {unit} stands {member}, appointed on {date}.
        """),
        "deputy": lines("""
            When {member} is away, {deputy} stands in, as agreed on {date}.
            {deputy} was named deputy of {member} on {date}.
            By a slip of {date}, {deputy} is to act as the deputy of {member}.
            For {member}, {deputy} takes over in times of leave, says a slip of {date}.
            On {date}, {deputy} agreed to stand in for {member}.
            In the absence of {member}, {deputy} acts, by a note of {date}.
            Whoever needs {member} in times of leave goes to {deputy}, [named|chosen] on {date}.
            From {date}, {deputy} covers for {member}.
            {member} is represented by {deputy}, as entered on {date}.
        """),
    },
    slots={
        "member": "person",
        "superior": "person",
        "deputy": "person",
        "unit": "name",
        "order": "code",
        "request": "code",
        "amount": "amount",
        "date": "date",
    },
    colour=lines("""
        {mate} [asked|would like] to have [a desk by the window|a second chair|a new lamp], and $who [made a note|saw no harm in it].
        {person} [keeps|still keeps] the order book [on the top shelf|in the safe|under the counter].
        The photograph of {mate} on the [board|door card] is $state, as $who [pointed out|said].
        [Nobody|No one] in the {bureau} knew where the [stamps|keys|spare forms] were kept, least of all $who.
        {mate} and {mate_} share a [printer|telephone|locker], which $who finds [odd|sensible].
        The notice board in the {bureau} is $state, [writes|notes] {person}.
        $who [came by|looked in] while {person} was [sorting|punching|stapling] forms, most of them $state.
        {mate} [lent|passed] $who a stapler, which came back $state.
        The name plate of {mate} was [found|delivered] $state.
        In the {bureau} the clock is [slow|fast], as $who [tells|told] everyone.
        {person} and {person_} [take turns|take it in turns] to open the post, and $who [collects|collected] the stamps.
        {mate} [brought|left] a calendar for the {bureau}, $state when $who last saw it.
        The forms for {mate} came [back|in] $state, and $who [copied|filed] them.
    """),
    short=lines("""
        The signatures are legible.
        All slips were stamped.
        Salaries are not given here.
        The staff office keeps the originals.
        Marks in the margin have no meaning.
        The paper is of good quality.
        Job titles were left out.
        One corner is torn.
        Nothing was erased.
    """),
    words=vocabulary("""
        who: the porter, the auditor, the works council, the typist, the messenger, the caretaker, the trainer, the archivist, the driver, the nurse
        state: faded, slightly bent, brand new, dusty, upside down, smudged, well wrapped, worn at the edges, hard to find, a little crooked
    """),
    make=make,
    questions=(
        QuestionKind(
            "person_above",
            "person",
            _choose_above,
            _solve_above,
            asks("""
                Who stands {levels} above {member}, going by the latest orders that were not withdrawn?
                By the orders in force, which person is {levels} above {member}?
                Climb from {member} to the person {levels} higher up: who is it now?
                Start at {member} and go up {levels} along the orders that hold. Whom do you reach?
                With withdrawn and outdated orders left out, who is found {levels} above {member}?
                If the direct superior counts as one level, who is {levels} up from {member}?
                Name the person {levels} above {member} in the chart as it stands now.
                Counting a direct superior as one level, which person is now {levels} over {member}?
                Whose place in the present chart is {levels} higher than that of {member}, in the same line?
                As things stand after all orders, who is {levels} above {member}?
                Draw the chart from the orders in force: who appears {levels} over {member}?
                {member} wants to know who is {levels} higher in the line, by the orders that hold. Who is it?
            """),
        ),
        QuestionKind(
            "approver",
            "person",
            _choose_approver,
            _solve_approver,
            asks("""
                Who has to sign request {request}, if it goes up the applicant's line until a limit suffices?
                Request {request} climbs from superior to superior until a limit covers it. Who signs?
                Starting with the applicant's superior, who is the first with a limit high enough for request {request}?
                Whose signature does request {request} need, by the limits and orders in force?
                By the present lines and limits, with whom does request {request} stop on its way up and get signed?
                Up the line from its applicant, who is the lowest person who may sign request {request}?
                To whom must request {request} be carried up the line before someone may sign for its amount?
                Who is the first superior, direct or not, of the applicant of {request} whose limit reaches the amount?
                Name the person who must approve request {request}, the nearest one above the applicant whose limit is enough.
                Going up from superior to superior, who can first approve what {request} asks for?
                If nobody may sign above their limit, who of those above the applicant signs {request} first?
                Request {request} is passed up until somebody is allowed to sign for so much: who is that?
            """),
            indirect=True,
        ),
        QuestionKind(
            "common_superior",
            "person",
            _choose_common,
            _solve_common,
            asks("""
                Who is the lowest superior that the applicants of requests {request} and {other} have in common?
                Requests {request} and {other} were made by two people: at whom do their lines first meet?
                Which person stands above the applicants of both {request} and {other}, and is the lowest to do so?
                Find the nearest superior, direct or not, shared by those who made requests {request} and {other}.
                Up the lines of the applicants of {request} and {other}, who is the first to stand above both?
                The people behind requests {request} and {other} quarrel; who is the lowest person above both of them?
                By the orders in force, at which superior do the lines of the applicants of {request} and {other} join?
                Name the lowest person to whom both the applicant of {request} and the applicant of {other} report, directly or through others.
                Whom do the makers of {request} and {other} first have in common as a superior?
                Follow the lines up from whoever made {request} and whoever made {other}: where do they come together first?
                Who is set over both the person who filed {request} and the person who filed {other}, with no lower person being so?
                Requests {request} and {other} have different applicants. Who is their closest superior in common?
            """),
            indirect=True,
        ),
        QuestionKind(
            "stand_in",
            "person",
            _choose_standin,
            _solve_standin,
            asks("""
                Who stands in for {whom}?
                Who acts when {whom} is away?
                By the orders and entries in force, who is the deputy of {whom}?
                Name the deputy of {whom}, as things stand now.
                If {whom} goes on leave, who takes over?
                {whom} falls ill: who covers?
                Work out who represents {whom} in times of leave.
                Whose task is it to cover for {whom}?
                A visitor finds {whom} absent. To whom should the visitor be sent as deputy?
                Going by the latest entries, who steps in for {whom}?
                Which person acts in the absence of {whom}?
                Find {whom} in the present chart. Who is down as the deputy?
            """),
            indirect=True,
        ),
        QuestionKind(
            "below_director",
            "count",
            _choose_division,
            _solve_division,
            asks("""
                How many {things} under {director}, directly or through others?
                By the orders and entries in force, how many {things} below {director} at any level?
                Go through all the papers: how many {things} under {director}, be it directly or not?
                At any level, how many {things} below {director} now?
                With withdrawn and outdated orders left out, how many {things} somewhere below {director}?
                State how many {things} under {director} in the chart as it is now, all levels counted.
                Following every line to its top, how many {things} under {director}?
                Work out the number: how many {things} below {director}, whether directly or through somebody else?
                All lines considered, how many {things} under {director}?
                Of all those in these papers, how many {things} under {director}, near or far?
                Taking the latest order that holds for each person, how many {things} below {director}?
                How many {things} in the branch that ends at the top with {director}, below {director}?
            """),
            wide=True,
        ),
    ),
)
