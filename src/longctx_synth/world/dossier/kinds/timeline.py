# ruff: noqa: E501  (a template is one line, however long)
"""Plans of work: jobs that begin on a date or so many days after another one, notices that put them back, jobs called off.

A chain is a few jobs of which the first has a date and every other hangs on one before it, by its end or by its beginning. A notice puts a job back,
and with it all that hangs on the job, unless the notice was taken back. Only the last job of a chain is ever called off, so
no date hangs on a job that is not done. Which job stands where in its chain is settled by the values. Hardly any date that is asked for stands in the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
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
from longctx_synth.world.prose import lines, listed
from longctx_synth.world.values import Value

NUMBERED = 0.65  # share of jobs that have a number and a crew
BY_NUMBER = 0.8  # how often jobs that are compared are named by their numbers
TRIES = 24  # draws of jobs to compare, named so and named otherwise
SMALL = 60  # facts asked for; a world below it has short chains and two crews
SIDES = ("north", "south", "east", "west", "upper", "lower", "inner", "outer")
THINGS = (
    "roof", "boiler", "bridge", "gate", "pump", "fence", "cellar", "tower", "stair", "canal", "gallery", "kiln", "ramp", "chimney", "well",
    "platform", "window", "drain", "corridor", "courtyard", "garage", "footpath", "silo", "wall", "hoist", "vault", "porch", "jetty", "tank",
    "workshop",
)  # fmt: skip
WORKS = (
    "survey",
    "overhaul",
    "repainting",
    "rewiring",
    "cleaning",
    "inspection",
    "refit",
    "sealing",
    "measuring",
    "paving",
    "extension",
    "insulation",
)
BEGINS = ("fixed", "follows", "alongside")


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Chains until there are about `size` facts. All begin within a few months, so that much is under way at once."""
    rng = stage.structure
    small = size < SMALL
    crews = [f"{stage.place()} crew" for _ in range(2 if small else 3)]
    # As few things as will do, so that most jobs have near namesakes.
    things = rng.sample(THINGS, min(len(THINGS), 3 + size // 120))
    jobs = [f"{side} {thing} {work}" for side in SIDES for thing in things for work in WORKS]
    rng.shuffle(jobs)
    stage.cast = {"crew": crews, "job": jobs[:40], "person": [stage.person() for _ in range(6)]}
    start = stage.first_day()
    groups: list[list[Fact]] = []
    made = 0
    while made < size and len(jobs) > 8:
        many = rng.choice((1, 1, 1, 2, 2, 3)) if small else rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 5, 6))
        group = _chain(stage, rng, [jobs.pop() for _ in range(many)], crews, start)
        groups.append(group)
        made += len(group)
    return groups


def _chain(stage: Stage, rng: Random, jobs: list[str], crews: list[str], start: date) -> list[Fact]:
    values = stage.values
    kinds = ["fixed", *(rng.choice(("follows", "alongside")) for _ in jobs[1:])]
    notices = [rng.choices((0, 1, 2), (68, 25, 7))[0] for _ in jobs]
    facts: list[Fact] = []
    ranks = values.sample(jobs, len(jobs))
    for rank, job in enumerate(ranks):
        if rank == 0:
            day = start + timedelta(days=values.randint(70, 150))
            begin = stage.fact("fixed", item=job, date=stage.day(day))
        else:
            other = ranks[rank - 1] if values.random() < 0.8 else ranks[values.randrange(rank)]
            begin = stage.fact(kinds[rank], item=job, other=other, gap=_stretch(stage, 3, 34))
        facts += [
            begin,
            stage.fact("lasts", item=job, span=_stretch(stage, 13, 110)),
        ]
        crew = values.choice(crews)
        if rng.random() < NUMBERED:
            facts.append(stage.fact("job", item=job, code=stage.code("J"), crew=crew))
        for _ in range(notices[rank]):
            given = start + timedelta(days=values.randint(1, 40))
            notice = stage.code("N")
            put = stage.fact("postponed", item=job, shift=_stretch(stage, 3, 22), notice=notice, date=stage.day(given))
            facts.append(put)
            if rng.random() < 0.4:
                taken = given + timedelta(days=values.randint(2, 19))
                facts.append(stage.fact("withdrawn", (put,), notice=notice, date=stage.day(taken)))
    if rng.random() < 0.14:
        off, told = start + timedelta(days=values.randint(5, 60)), [f for f in facts if "item" in f.values]
        own = [fact for fact in told if fact.text("item") == ranks[-1]]
        facts.append(stage.fact("cancelled", own, item=ranks[-1], date=stage.day(off)))
    return facts


def _stretch(stage: Stage, low: int, high: int) -> Value:
    """Days, or now and then weeks."""
    weeks = stage.values.random() < 0.25
    days = stage.values.randint(low, high)
    return stage.duration(max(2, round(days / 7)), "weeks") if weeks else stage.duration(days, "days")


# Solvers.


def _days(value: Value) -> int:
    return int(value.rank) * (7 if value.text.endswith("weeks") else 1)


def _moved(day: Value, by: Value, world: World) -> tuple[Value, str]:
    """The day so much later, and the sum."""
    moved = world.stage.day(date.fromordinal(int(day.rank) + _days(by)))
    return moved, f"{day.text} + {by.text}" + (f" ({_days(by)} days)" if by.text.endswith("weeks") else "")


Way = tuple[list[Step], list[str], Value]


def _begin(world: World, item: str, waiting: tuple[str, ...] = ()) -> Way | None:
    """Steps, evidence and the day on which a job begins; no step for a day that is simply given.

    waiting: jobs that wait for this one; None where one of them is waited for again, as papers that are misread may have it.
    """
    if item in waiting:
        return None
    found = [fact for type_ in BEGINS for fact in world.where(type_, "item", item)]
    if len(found) != 1 or world.where("cancelled", "item", item):
        return None
    fact = found[0]
    notices = sorted(world.where("postponed", "item", item), key=lambda notice: (notice.number("date"), notice.id))
    valid = [(notice, world.where("withdrawn", "notice", notice.text("notice"))) for notice in notices]
    used = [fact.id]
    steps: list[Step] = []
    if fact.type == "fixed":
        day, how = fact.values["date"], ""
    else:
        before = (_end if fact.type == "follows" else _begin)(world, fact.text("other"), (*waiting, item))
        if before is None:
            return None
        steps, used = list(before[0]), [*before[1], fact.id]
        day, how = _moved(before[2], fact.values["gap"], world)
        first = f"the first day of the {item}" + (" before any notice" if any(not void for _, void in valid) else "")
        steps.append(Step(first, day, how, (fact.id,)))
    for notice, void in valid:
        used += [notice.id, *(one.id for one in void)]
        if not void:
            day, how = _moved(day, notice.values["shift"], world)
            sources = (notice.id,) if steps else (fact.id, notice.id)
            steps.append(Step(f"the first day of the {item} after notice {notice.text('notice')}", day, how, sources))
    if steps and _is_first_day(steps[-1], item):
        steps[-1] = _without_void(world, item, steps[-1])
    return steps, used, day


def _is_first_day(step: Step, item: str) -> bool:
    return step.what.startswith(f"the first day of the {item}")


def _without_void(world: World, item: str, step: Step) -> Step:
    """The step, saying which notices for the job do not count."""
    how, facts = step.how, step.facts
    for notice in world.where("postponed", "item", item):
        void = world.where("withdrawn", "notice", notice.text("notice"))
        if void:
            how += f"; notice {notice.text('notice')} was taken back"
            facts = (*facts, notice.id, *(one.id for one in void))
    return Step(step.what, step.value, how, facts)


def _end(world: World, item: str, waiting: tuple[str, ...] = ()) -> Way | None:
    """Steps, evidence and the day on which a job ends. waiting: see `_begin`."""
    begin, lasts = _begin(world, item, waiting), world.one("lasts", "item", item)
    if begin is None or lasts is None:
        return None
    steps, used, day = begin
    ends, how = _moved(day, lasts.values["span"], world)
    sources = (lasts.id,) if steps else (*used[:1], lasts.id)
    last = Step(f"the last day of the {item}", ends, how, sources)
    if not steps or not _is_first_day(steps[-1], item):
        last = _without_void(world, item, last)
    return [*steps, last], [*used, lasts.id], ends


@lru_cache(maxsize=4)
def _ways(world: World) -> dict[str, tuple[Way, Way]]:
    """By job how its first and its last day are found. For choosing only: all jobs, where a question asks for a few."""
    found = {item: (_begin(world, item), _end(world, item)) for item in _items(world)}
    return {item: (begin, end) for item, (begin, end) in found.items() if begin and end}


def _joined(ways: Sequence[Way]) -> tuple[list[Step], list[str]]:
    """Steps and evidence of several ways, what they share once."""
    steps = {step.what: step for way in ways for step in way[0]}
    return list(steps.values()), list(dict.fromkeys(fact for way in ways for fact in way[1]))


def _dates(world: World, right: Value) -> tuple[str, ...]:
    """The right day and those that the papers name for something: what a guesser could choose from."""
    return tuple(
        dict.fromkeys(
            [
                right.text,
                *sorted({fact.text("date") for fact in world.of("fixed", "postponed", "withdrawn", "cancelled")}),
            ]
        )
    )


def _items(world: World) -> list[str]:
    return [fact.text("item") for fact in world.of("lasts")]


def _last_given(world: World, way: Way) -> str:
    """The fact that gives the one date that all else is counted from."""
    return next(fact for fact in way[1] if world.by_id[fact].type == "fixed")


def _choose_end(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [item for item, (_, end) in _ways(world).items() if len(end[0]) == hops]
    return {"item": rng.choice(options)} if options else None


def _solve_end(world: World, params: Params) -> Solved | None:
    way = _end(world, params["item"])
    if way is None:
        return None
    return Solved(
        way[2],
        tuple(way[0]),
        tuple(way[1]),
        _dates(world, way[2]),
        _last_given(world, way) if len(way[0]) > 1 else way[1][-1],
    )


def _choose_code(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    ways = _ways(world)
    options = [
        fact.text("code")
        for fact in world.of("job")
        if hops > 1 and (way := ways.get(fact.text("item"))) and len(way[0][0]) == hops - 1
    ]
    return {"code": rng.choice(options)} if options else None


def _solve_code(world: World, params: Params) -> Solved | None:
    """The first day of the job with a number. None where that day is simply given."""
    job = world.one("job", "code", params["code"])
    way = _begin(world, job.text("item")) if job else None
    if job is None or way is None or not way[0]:
        return None
    steps = (Step(f"the job with number {params['code']}", job.values["item"], "", (job.id,)), *way[0])
    return Solved(way[2], steps, (job.id, *way[1]), _dates(world, way[2]), _last_given(world, way))


def _choose_between(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    ways = _ways(world)
    items = sorted(ways)
    for _ in range(400 if len(items) > 1 else 0):
        first, second = rng.sample(items, 2)
        end, begin = ways[first][1], ways[second][0]
        if begin[2].rank - end[2].rank >= 2 and len(_joined([end, begin])[0]) + 1 == hops:
            return {"first": first, "second": second}
    return None


def _solve_between(world: World, params: Params) -> Solved | None:
    """The days from the end of one job to the beginning of another. None where it begins no later than two days after."""
    end, begin = _end(world, params["first"]), _begin(world, params["second"])
    if end is None or begin is None:
        return None
    gap = int(begin[2].rank - end[2].rank)
    if gap < 2:
        return None
    steps, used = _joined([end, begin])
    answer = world.stage.duration(gap, "days")
    last = Step(
        f"the time from the last day of the {params['first']} to the first day of the {params['second']}",
        answer,
        f"from {end[2].text} to {begin[2].text}",
    )
    told = {
        fact.text(slot)
        for type_, slot in (("follows", "gap"), ("alongside", "gap"), ("lasts", "span"), ("postponed", "shift"))
        for fact in world.of(type_)
    }
    # What is counted from the end of the first job is as far from it however long that job takes.
    needed = "" if end[1][-1] in begin[1] else end[1][-1]
    return Solved(answer, (*steps, last), tuple(used), tuple(dict.fromkeys([answer.text, *sorted(told)])), needed)


def _compared(world: World, items: Sequence[str], coded: bool) -> dict[str, str] | None:
    """The jobs to compare as a question names them: by name, or by number; None where not all have one."""
    jobs = [world.one("job", "item", item) for item in items]
    codes = [job.text("code") for job in jobs if job]
    if coded and len(codes) < len(items):
        return None
    names = [f"job {code}" for code in codes] if coded else [f"the {item}" for item in items]
    return {"names": listed(names, "or"), "items": "; ".join(items), "codes": "; ".join(codes) if coded else ""}


def _comparisons(world: World, rng: Random, hops: int) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Jobs that end after as many steps as are left, and how a question names them: mostly by their numbers, each of which takes a
    step; else cards would hardly ever be evidence."""
    first = rng.random() < BY_NUMBER
    for attempt in range(2 * TRIES):
        coded = first == (attempt < TRIES)
        items = _alike(world, rng, hops - (2, 3)[attempt % 2] if coded else hops)
        named = _compared(world, items, coded) if items else None
        if items and named:
            yield items, named


def _looked_up(world: World, params: Params) -> tuple[list[Step], list[str]] | None:
    """The steps from numbers to jobs, and their evidence; none where the question gives names. None where a number is unknown."""
    steps, used = [], []
    for code, item in (
        zip(params["codes"].split("; "), params["items"].split("; "), strict=False) if params["codes"] else ()
    ):
        job = world.one("job", "code", code)
        if job is None or job.text("item") != item:
            return None
        steps.append(Step(f"the job with number {code}", job.values["item"], "", (job.id,)))
        used.append(job.id)
    return steps, used


def _answered(world: World, item: str) -> Value:
    """A job as an answer: by name, or by its number where it has one."""
    job = world.one("job", "item", item)
    return name(item, f"the {item}", *((job.text("code"), f"job {job.text('code')}") if job else ()))


def _depth(way: Way, world: World) -> int:
    return sum(world.by_id[fact].type in BEGINS for fact in way[1])


def _alike(world: World, rng: Random, hops: int) -> list[str] | None:
    """Two or three jobs, equally deep in their chains, whose last days take one step less than asked."""
    ends = {item: end for item, (_, end) in _ways(world).items()}
    by_depth: dict[int, list[str]] = defaultdict(list)
    for item, end in ends.items():
        by_depth[_depth(end, world)].append(item)
    items = list(ends)
    for _ in range(120 if items else 0):
        pool = by_depth[_depth(ends[rng.choice(items)], world)]
        chosen = rng.sample(pool, min(len(pool), rng.choice((2, 2, 3))))
        if len(chosen) > 1 and len(_joined([ends[item] for item in chosen])[0]) == hops - 1:
            return chosen
    return None


def _choose_order(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    for _, named in _comparisons(world, rng, hops):
        params = {**named, "extreme": rng.choice(("first", "last"))}
        if (solved := _solve_order(world, params)) and len(solved.steps) == hops:
            return params
    return None


def _solve_order(world: World, params: Params) -> Solved | None:
    """Which job ends first, or last. None where two do."""
    items = params["items"].split("; ")
    ways = [_end(world, item) for item in items]
    known = [way for way in ways if way]
    if len(known) < len(items):
        return None
    looked = _looked_up(world, params)
    if looked is None:
        return None
    days = [way[2].rank for way in known]
    best = min(days) if params["extreme"] == "first" else max(days)
    if days.count(best) > 1:
        return None
    answer = items[days.index(best)]
    steps, used = _joined(known)
    how = ", ".join(f"{item}: {way[2].text}" for item, way in zip(items, known, strict=True))
    last = Step(f"the job that ends {params['extreme']}", _answered(world, answer), how)
    # How long the first job takes matters where it could end before or after all others, none of which waits for it.
    begin, span = _begin(world, items[0]), known[0][1][-1]
    rest = min(days[1:]) if params["extreme"] == "first" else max(days[1:])
    free = begin is not None and begin[2].rank < rest
    needed = span if free and not any(span in way[1] for way in known[1:]) else ""
    return Solved(last.value, (*looked[0], *steps, last), (*looked[1], *used), tuple(items), needed)


def _choose_current(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    for items, named in _comparisons(world, rng, hops):
        begin, end = _ways(world)[rng.choice(items)]
        inside = range(int(begin[2].rank) + 1, int(end[2].rank))
        if not inside:
            continue
        day = world.stage.day(date.fromordinal(rng.choice(inside)))
        params = {**named, "date": day.text, "day": int(day.rank)}
        if (solved := _solve_current(world, params)) and len(solved.steps) == hops:
            return params
    return None


def _solve_current(world: World, params: Params) -> Solved | None:
    """Which of some jobs is under way on a day. None where none is, or two are, or the day is the first or last of one of them."""
    items, day = params["items"].split("; "), params["day"]
    spans = [(_begin(world, item), _end(world, item)) for item in items]
    known = [(begin, end) for begin, end in spans if begin and end]
    if len(known) < len(items) or any(day in (begin[2].rank, end[2].rank) for begin, end in known):
        return None
    current = [item for item, (begin, end) in zip(items, known, strict=True) if begin[2].rank < day < end[2].rank]
    if len(current) != 1:
        return None
    looked = _looked_up(world, params)
    if looked is None:
        return None
    steps, used = _joined([end for _, end in known])
    how = ", ".join(
        f"{item}: {begin[2].text} to {end[2].text}" for item, (begin, end) in zip(items, known, strict=True)
    )
    last = Step(f"the job that is under way on {params['date']}", _answered(world, current[0]), how)
    # Nothing is needed: of jobs one of which is under way, the others tell which.
    return Solved(last.value, (*looked[0], *steps, last), (*looked[1], *used), tuple(items))


def _off(world: World, job: str) -> list[Fact]:
    return world.where("cancelled", "item", job)


@lru_cache(maxsize=16)
def _busy_days(world: World, crew: str) -> tuple[dict[int, list[int]], list[tuple[Way, Way]], list[Fact]] | None:
    """Days by how many jobs of a crew are under way on them, first and last days of its jobs left aside; its jobs; those called off."""
    jobs = [fact.text("item") for fact in world.where("job", "crew", crew)]
    off = [fact for job in jobs for fact in _off(world, job)]
    dropped = {fact.text("item") for fact in off}
    ways = [(_begin(world, job), _end(world, job)) for job in jobs if job not in dropped]
    known = [(begin, end) for begin, end in ways if begin and end]
    if not known or len(known) < len(ways):
        return None
    first = sorted(int(begin[2].rank) for begin, _ in known)
    last = sorted(int(end[2].rank) for _, end in known)
    by_count: dict[int, list[int]] = defaultdict(list)
    for day in sorted(set(range(first[0], last[-1])) - {*first, *last}):
        by_count[bisect_left(first, day) - bisect_left(last, day)].append(day)
    by_count.pop(0, None)
    return by_count, known, off


def _choose_busy(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    crews = sorted({fact.text("crew") for fact in world.of("job")})
    for crew in rng.sample(crews, len(crews)):
        busy = _busy_days(world, crew)
        if busy and len(busy[0]) > 1:
            day = rng.choice(busy[0][rng.choice(sorted(busy[0]))])  # the answer first, each as likely
            params = {"crew": crew, "date": world.stage.day(date.fromordinal(day)).text, "day": day}
            solved = _solve_busy(world, params)
            if solved and 5 * len(solved.facts) >= len(world.facts):
                return params
    return None


def _solve_busy(world: World, params: Params) -> Solved | None:
    """How many jobs of a crew are under way on a day. None for none, or where a date is missing, or the day is the first or last of one of them."""
    crew, day, stage = params["crew"], params["day"], world.stage
    busy = _busy_days(world, crew)
    if busy is None:
        return None
    by_count, known, off = busy
    total = next((many for many, days in by_count.items() if day in days), 0)
    if not total:
        return None
    jobs = [job for job in (fact.text("item") for fact in world.where("job", "crew", crew)) if not _off(world, job)]
    spans = list(zip(jobs, known, strict=True))
    begun = [f"the {job}" for job, (begin, _) in spans if begin[2].rank < day]
    over = [f"the {job}" for job, (_, end) in spans if end[2].rank < day]
    called = f"{len(known) + len(off)} - {len(off)} called off" if off else ""
    steps = (
        Step(f"the jobs of the {crew} that are not called off", number(len(known), stage), called),
        Step(f"those of them that have begun by {params['date']}", number(len(begun), stage), namely(begun)),
        Step(f"those of them that are over by {params['date']}", number(len(over), stage), namely(over)),
        Step(
            f"the jobs of the {crew} that are under way on {params['date']}",
            number(total, stage),
            namely([job for job in begun if job not in over], f"{len(begun)} - {len(over)}"),
        ),
    )
    # Of the cards the crew's own: if those of all crews were evidence, a card would be told by being one.
    own = (*world.where("job", "crew", crew), *off)
    used = [*(fact.id for fact in own), *(fact for _, end in known for fact in end[1])]
    return Solved(
        number(total, stage), steps, tuple(dict.fromkeys(used)), tuple(str(many) for many in sorted(by_count))
    )


KIND = Kind(
    name="timeline",
    noun="work plan",
    held_out=True,
    titles=lines("""
        Work plan of {org}, [notes|slips|cards] for part {part}
        {org}: what is to be done and when, [copied|gathered] by {person}
        Planning papers of {org} in {city}
        Cards from the planning board, {org}
        {org}, works office: [notices|jobs and notices], bundle {part}
        Jobs of the {crew} and others
        From the desk of {person}: the order of works
        Schedule notes, {org}, {city}
        Extracts from the works diary of {org}, part {part}
        {org}: building works, loose leaves
    """),
    headings=lines("""
        Card box {part}
        [Taken|Copied] from the board by {person}
        From the [tray|drawer|clipboard] of {person}
        [More|Further] cards
        Cards of the {crew}
        Not yet sorted
        Leaf {part}
        [Seen|Checked] by {person}
        Bundle {part}
    """),
    openings=lines("""
        The cards stand in no order of time; what hangs on another job is dated by that job alone.
        A notice that was taken back counts for nothing; every other notice puts its job back.
        When a job is put back, all that hangs on its beginning or its end moves with it.
        {person} [emptied|cleared] the planning board card by card, [early|first] and [late|last] jobs mixed.
        A job that was called off is not done at all; notices that hold add up.
        Days are counted by the calendar, weekends and holidays like any other day.
        These cards were [dropped|shuffled] once and never sorted again, says {person}.
        Two notices for one job add up, unless one was taken back.
        A job is said to end so many days, or weeks of seven days, after its first day.
        The [board|diary] itself is lost; {person} [saved|kept] what follows.
    """),
    types={
        "fixed": lines("""
            The {item} begins on {date}.
            On {date}, work begins on the {item}.
            For the {item}, the plan names {date} as the first day.
            {date} is set as the first day of the {item}.
            The first day of the {item} is {date}.
            The start of the {item} was put at {date}.
            The {item} is planned to start on {date}.
            By the plan, {date} sees the start of the {item}.
            The card of the {item} gives {date} as its start.
        """),
        "follows": lines("""
            The {item} begins {gap} after the {other} ends.
            {gap} after the end of the {other}, the {item} begins.
            Once the {other} has ended, {gap} go by before the {item} begins.
            The start of the {item} comes {gap} after the {other} is over.
            From the last day of the {other} to the first day of the {item}, {gap} go by.
            Between the end of the {other} and the start of the {item}, the plan leaves {gap}.
            The {other} has to be finished {gap} before the start of the {item}.
            For the {item}, the first day lies {gap} after the end of the {other}.
            When the {other} is finished, the {item} starts {gap} later.
        """),
        "alongside": lines("""
            The {item} begins {gap} after the {other} begins.
            {gap} after the start of the {other}, the {item} begins.
            Once the {other} has begun, {gap} go by before the {item} begins.
            The start of the {item} comes {gap} after that of the {other}.
            From the first day of the {other} to the first day of the {item}, {gap} go by.
            Between the start of the {other} and the start of the {item}, the plan leaves {gap}.
            The {other} has to be started {gap} before the start of the {item}.
            For the {item}, the first day lies {gap} after the beginning of the {other}.
            When the {other} has been started, the {item} starts {gap} later.
        """),
        "lasts": lines("""
            The {item} ends {span} after it begins.
            The end of the {item} comes {span} after its start.
            {span} go by from the first day of the {item} to its last.
            Counted from its start, the {item} is over after {span}.
            The last day of the {item} lies {span} after its first.
            Once begun, the {item} is finished {span} later.
            {span} after its first day, the {item} comes to an end.
            For the {item}, the last day is reached {span} after the first.
            The {item} is finished {span} after the day on which it starts.
        """),
        "postponed": lines("""
            Notice {notice} of {date} puts the {item} back by {shift}.
            On {date}, the start of the {item} was put back by {shift}, notice {notice}.
            By notice {notice}, given on {date}, the {item} has to begin {shift} later.
            The {item} was postponed by {shift} on {date} under notice {notice}.
            With notice {notice} of {date}, the works office moved the start of the {item} {shift} back.
            A delay of {shift} for the {item} was announced on {date} as notice {notice}.
            {notice}, a notice of {date}, delays the start of the {item} by {shift}.
            The start of the {item} slips by {shift}, says notice {notice} of {date}.
            For the {item}, notice {notice} of {date} brings a delay of {shift}.
        """),
        "withdrawn": lines("""
            Notice {notice} was taken back on {date}.
            On {date}, {person} took back notice {notice}.
            {notice} was declared void on {date}.
            Since {date}, notice {notice} counts for nothing.
            The works office withdrew notice {notice} on {date}.
            A line of {date} says that {notice} is void.
            Notice {notice} no longer holds: it was cancelled on {date}.
            By a slip of {date}, {notice} is withdrawn.
            {notice} had been sent in error and was cancelled on {date}.
        """),
        "job": lines("""
            The {item} is job {code} of the {crew}.
            Job {code}, the {item}, was given to the {crew}.
            The {crew} does the {item} as job {code}.
            As job {code}, the {item} goes to the {crew}.
            The card of the {item} bears the number {code} and the name of the {crew}.
            For the {item}, number {code}, the {crew} is responsible.
            The {crew} will carry out the {item}; its number is {code}.
            Under number {code}, the {item} is entrusted to the {crew}.
            The number {code} stands for the {item}, a task of the {crew}.
        """),
        "cancelled": lines("""
            The {item} was called off on {date}.
            On {date} it was decided not to do the {item} at all.
            Since {date}, the {item} is off the plan.
            The works office struck the {item} from the plan on {date}.
            The {item} will not be done, by a decision of {date}.
            By a note of {date}, the {item} is dropped.
            The {item} is cancelled, says a line of {date}.
            A decision of {date} takes the {item} off the list for good.
            On {date}, the card of the {item} was crossed out: there will be no such job.
        """),
    },
    slots={
        "item": "name",
        "other": "name",
        "crew": "name",
        "gap": "duration",
        "span": "duration",
        "shift": "duration",
        "date": "date",
        "notice": "code",
        "code": "code",
    },
    colour=lines("""
        {person} [drew|sketched] the {job} on the back of a card, and $who [kept|framed] it.
        The tools for the {job} were [found|handed over] $state, as $who [noted|wrote].
        [Nobody|No one] could say who had [ordered|chosen] the colours for the {job}, least of all $who.
        The {crew} [asked|would like] to have [a second van|new gloves|a larger hut], and $who [made a note|saw no harm in it].
        {person} [keeps|still keeps] the spare cards [in a drawer|in a tin|behind the door].
        A photograph of the {job} came back $state, [says|writes] $who.
        $who [came by|looked in] while {person} was [pinning|sorting] cards, most of them $state.
        The planks for the {job} are $state, [in the words of|according to] $who.
        {person} and {person_} [share|shared] the [key|lamp|ladder] of the works office, which $who finds [odd|sensible].
        [Noise|Dust] is what $who fears most about the {job}.
        The sign on the hut of the {crew} is $state, [writes|notes] {person}.
        $who [wanted|asked] to see the drawings for the {job}, which were $state.
        {person} [thanked the {crew} for|wrote to the {crew} about] the [coffee|tea], and $who [joined in|signed too].
    """),
    short=lines("""
        The handwriting is legible.
        Costs are not given here.
        All cards were initialled.
        The pins have left small holes.
        Nothing was erased.
        The colours of the cards have no meaning.
        Sketches were left out.
        The works office keeps the originals.
    """),
    words=vocabulary("""
        who: the foreman, the architect, the caretaker, the auditor, the apprentice, the neighbour, the driver, the site engineer, the porter, the safety officer
        state: dusty, slightly bent, well wrapped, covered in paint, damp, upside down, freshly oiled, hard to find, tied with string, a little crooked
    """),
    make=make,
    questions=(
        QuestionKind(
            "end_of_job",
            "date",
            _choose_end,
            _solve_end,
            asks("""
                When does the {item} end, once every notice that holds is counted?
                What is the last day of the {item}?
                On which date is the {item} over?
                Work out the date on which the {item} ends, leaving aside notices that were taken back.
                By the plan and all valid notices, when is the {item} finished?
                State the day on which the {item} comes to its end.
                With every delay that still holds, what is the end date of the {item}?
                Which date marks the end of the {item}?
                The works office wants to know when the {item} will be over. Which date is it?
                Following the plan with its valid notices, on what day does the {item} end?
                Give the date of the last day of the {item}.
                How long must one wait for the end of the {item}: until which date?
            """),
        ),
        QuestionKind(
            "start_of_number",
            "date",
            _choose_code,
            _solve_code,
            asks("""
                On which date does job {code} begin?
                What is the first day of the job with the number {code}?
                When does the work that has the number {code} start, valid notices counted?
                Job {code}: on what day does it begin by the plan and all notices that hold?
                Work out the date on which job {code} starts.
                With every delay that still holds, when does job {code} begin?
                The crew of job {code} asks for its first day. Which date is it?
                State the starting date of what is listed under {code}.
                Which date marks the beginning of the work with number {code}?
                Leaving aside notices that were taken back, when is the start of job {code}?
                Give the first day of the job that the number {code} stands for.
                From which date on will the crew be busy with job {code}?
            """),
            indirect=True,
        ),
        QuestionKind(
            "days_between",
            "duration",
            _choose_between,
            _solve_between,
            asks("""
                How many days after the end of the {first} does the {second} begin?
                From the last day of the {first} to the first day of the {second}, how many days go by?
                How many days lie between the date on which the {first} ends and the date on which the {second} begins?
                The {first} ends, and later the {second} begins: how many days later?
                Count the days from the end of the {first} to the start of the {second}.
                How long does it take, in days, from the end of the {first} until the {second} starts?
                By how many days does the start of the {second} come after the end of the {first}?
                Once the {first} is over, in how many days does the {second} start?
                With all valid notices counted, how many days separate the end of the {first} from the later start of the {second}?
                When the {first} has ended, how many days must go by until the {second} begins?
                State in days how much later the {second} starts than the {first} ends.
                What is the distance in days from the last day of the {first} to the first day of the {second}?
            """),
            indirect=True,
        ),
        QuestionKind(
            "first_or_last",
            "name",
            _choose_order,
            _solve_order,
            asks("""
                Which ends {extreme}: {names}?
                Of these jobs, which one is the {extreme} to end: {names}?
                {names}: which of them is finished {extreme}?
                Name the job that is over {extreme}, {names}.
                With valid notices counted, which is the {extreme} to be finished: {names}?
                Which comes to its last day {extreme}: {names}?
                Which job comes to its end {extreme}, {names}?
                Whose last day comes {extreme}, that of {names}?
                If all goes by the plan and its notices, which of these ends {extreme}: {names}?
                Compare the end dates. Which job is done {extreme}, {names}?
                One of these jobs ends {extreme}. Is it {names}?
                Which of the following will the works office see finished {extreme}: {names}?
            """),
        ),
        QuestionKind(
            "under_way",
            "name",
            _choose_current,
            _solve_current,
            asks("""
                Which job is under way on {date}: {names}?
                On {date}, one of these is being worked on. Which is it: {names}?
                {date} lies between the first and the last day of which job, {names}?
                Of {names}, which is in progress on {date}?
                A visitor comes on {date} and asks which work is going on, {names}. What is the answer?
                With valid notices counted, which of these has begun but not ended on {date}: {names}?
                Which would one see in progress on {date}, {names}?
                Only one of these has started and is not yet over on {date}: {names}. Which one?
                By the plan and its notices, what is being done on {date}: {names}?
                On the day {date}, which of these jobs is not still to come and not yet finished: {names}?
                Name the job in progress on {date}, {names}.
                Take the date {date}. During which job does it fall, {names}?
            """),
        ),
        QuestionKind(
            "busy_crew",
            "count",
            _choose_busy,
            _solve_busy,
            asks("""
                How many jobs of the {crew} are under way on {date}?
                On {date}, how many of the jobs given to the {crew} have begun and not yet ended?
                Count the jobs that the {crew} has in progress on {date}, without those called off.
                How many tasks does the {crew} have in hand on {date}?
                Go through all the cards: how many jobs of the {crew} are being done on {date}?
                By the plan and all valid notices, in how many jobs is the {crew} engaged on {date}?
                What is the number of jobs under way for the {crew} on {date}?
                {date} falls within how many of the jobs of the {crew}?
                If one visited the {crew} on {date}, how many of its jobs would be in progress?
                How many of the tasks of the {crew} have started but are not over on {date}, those called off left out?
                State how many jobs the {crew} is working on when the calendar shows {date}.
                On how many jobs at once is the {crew} at work on {date}?
            """),
            wide=True,
        ),
    ),
)
