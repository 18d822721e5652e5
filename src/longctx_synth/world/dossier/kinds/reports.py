# ruff: noqa: E501  (a template is one line, however long)
"""Competing reports: several sources give figures for one matter; some are corrected, rest on others, or are withdrawn.

A matter ("the number of lamp posts in Harwick") is a group of its own: its file, a ruling whose report goes first, fallbacks, and up to
five reports by as many sources. A report gives a figure of its own, which corrections raise, lower or replace in order of their
dates, or rests on the final figure of an earlier report. A withdrawn report falls, and every report that rests on it.
Which reports fall is structure, which report another rests on and who agrees with whom are values, so a twin's questions keep their solutions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

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
    spread,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines
from longctx_synth.world.values import Value, draw_number, odd_figure

COUNTS = (
    ("lamp posts", 140, 2400), ("street trees", 190, 5200), ("parking spaces", 160, 3900), ("vacant flats", 120, 900), ("broken windows", 120, 800),
    ("graves", 300, 7000), ("registered boats", 130, 1300), ("bus passengers on a market day", 300, 9000), ("fire hydrants", 120, 900), ("school places", 240, 4800),
    ("allotments", 120, 900), ("visitors on the open day", 300, 8000), ("burst pipes since the frost", 120, 700), ("benches", 130, 900), ("market stalls", 120, 700),
    ("houses with a damp cellar", 150, 2600), ("nesting swifts", 140, 1900), ("cracked roof tiles", 200, 6000), ("bicycles left at the station", 130, 2100), ("empty shops", 120, 600),
    ("beehives", 120, 900), ("water meters", 300, 8200), ("manholes", 160, 2700), ("road signs", 160, 3300), ("households without a bath", 130, 1200),
)  # fmt: skip
COSTS = (
    ("mending the weir", 21e3, 9e5), ("a new roof for the school", 4e4, 9e5), ("resurfacing the main road", 6e4, 2e6), ("dredging the harbour", 5e4, 3e6), ("repairing the pumping station", 3e4, 8e5),
    ("clearing the landslip", 9e3, 4e5), ("rebuilding the footbridge", 2e4, 7e5), ("draining the sports ground", 9e3, 2e5), ("moving the library", 2e4, 5e5), ("a heating plant for the baths", 4e4, 9e5),
    ("shoring up the quay wall", 3e4, 1e6), ("rewiring the town hall", 2e4, 6e5), ("a second well", 9e3, 3e5), ("restoring the clock tower", 2e4, 6e5), ("removing the old tanks", 8e3, 3e5),
    ("the flood damage", 4e4, 4e6), ("the fire at the depot", 3e4, 2e6), ("widening the tunnel", 9e4, 6e6), ("new lifts for the hospital", 5e4, 9e5), ("sealing the landfill", 7e4, 3e6),
)  # fmt: skip
FIRMS = ("Surveyors", "Assessors", "Audit", "Consultants", "Valuers", "Engineers")
OFFICES = (
    "office above the bakery", "office by the weir", "office in the old mill", "office next to the chapel", "office behind the station", "office over the bank",
    "office with the green door", "office at the fish market", "office under the arcade", "office in the customs house",
)  # fmt: skip


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Where the sources have their offices, and matters until there are about `size` facts."""
    rng, values = stage.structure, stage.values
    sources = [_source(stage) for _ in range(4 if size < 60 else 5)]
    places = list(dict.fromkeys(stage.place() for _ in range(2 + size // 60)))
    many = min(len(COUNTS), 4 + size // 50)
    things: list[tuple[str, float, float, bool]] = [
        (f"number of {what}", low, high, False) for what, low, high in rng.sample(COUNTS, many)
    ]
    things += [(f"cost of {what}", low, high, True) for what, low, high in rng.sample(COSTS, min(len(COSTS), many))]
    matters = [(f"{what} in {place}", low, high, money) for what, low, high, money in things for place in places]
    rng.shuffle(matters)
    stage.cast = {"person": [stage.person() for _ in range(6)], "source": sources, "matter": [], "place": places}
    start = stage.first_day()
    ways = {
        source: _Way(values.uniform(-0.09, 0.09), values.uniform(0, 0.5), 10 ** values.uniform(-1, 1))
        for source in sources
    }
    groups: list[list[Fact]] = []
    if size >= 70:
        groups.append(
            [
                stage.fact("office", source=source, alias=alias)
                for source, alias in zip(rng.sample(sources, 3), rng.sample(OFFICES, 3), strict=True)
            ]
        )
    made = sum(map(len, groups))
    while made < size and matters:
        matter = matters.pop()
        stage.cast["matter"].append(matter[0])
        groups.append(_matter(stage, *matter, ways, start + timedelta(days=values.randrange(700)), size < 40))
        made += len(groups[-1])
    return groups


@dataclass(frozen=True, slots=True)
class _Way:
    """How a source is: it puts things higher or lower than others, agrees with them more or less often, and has its weight in rankings.

    Without such leanings every count over the whole would be a middling one.
    """

    lean: float
    agrees: float
    weight: float


def _source(stage: Stage) -> str:
    given, surname = stage.pool.person(stage.structure)
    source = f"{surname} {stage.structure.choice(FIRMS)}" if stage.structure.random() < 0.7 else f"{given} {surname}"
    stage.pool.entities[source] = None
    return source


def _matter(
    stage: Stage, matter: str, low: float, high: float, money: bool, ways: dict[str, _Way], start: date, short: bool
) -> list[Fact]:
    """All that is on file about one matter. short: with two or three reports, so that a page holds two matters."""
    rng, values = stage.structure, stage.values
    # Structure: who reports, which reports rest on others, which fall, how often each is corrected.
    k = rng.choices((2, 3, 4, 5), (1, 1, 0, 0) if short else (1, 4, 3, 0) if len(ways) < 5 else (1, 4, 4, 2))[0]
    who = rng.sample(list(ways), k)
    many = rng.choice(range(max(1, k - 1)))
    rests = [i >= k - many for i in range(k)]
    gone = [rng.random() < 0.25 for _ in range(k)]
    on_fallen = [rng.random() < 0.3 for _ in range(k)]
    mends = [
        [rng.choices(MENDS, (2, 3, 3))[0] for _ in range(rng.choices((0, 1, 2, 3), (44, 35, 16, 5))[0])]
        for _ in range(k)
    ]
    plain = range(k - many)
    if all(gone[i] for i in plain):  # one report at least must stand
        gone[0] = False
    drawn = [
        rests[i] and on_fallen[i] and any(gone[j] for j in plain) for i in range(k)
    ]  # down by the report that it rests on
    fallen = [gone[i] or drawn[i] for i in range(k)]
    links = min(k - 1, sum(fallen) + (rng.random() < 0.15))
    # Values: who wrote when, which report each rests on, what it comes to in the end, in which order the sources count.
    told = values.sample(plain, len(plain)) + values.sample(range(k - many, k), many)  # in order of time
    finals: dict[int, int] = {}
    base: dict[int, int] = {}
    own: list[int] = []  # whose figures are their own
    # Who agrees never repeats a figure that stands written for another: what stands twice would be right more often.
    shown = [not each or each[-1] == "replaced" for each in mends]
    truth = _drawn(stage, low, high, money)
    for i in told:
        if rests[i]:
            base[i] = values.choice([j for j in finals if fallen[j] == drawn[i]])
            finals[i] = finals[base[i]]
            continue
        agrees = values.random() < ways[who[i]].agrees
        same = [j for j in own if not (shown[i] and shown[j])]
        finals[i] = (
            finals[values.choice(same)]
            if agrees and same
            else _beside(stage, truth, list(finals.values()), ways[who[i]].lean)
        )
        own.append(i)
    order = sorted(range(k), key=lambda i: -(values.random() ** (1 / ways[who[i]].weight)))
    if values.random() < 0.7:
        order.sort(key=lambda i: not fallen[i])
    days: dict[int, date] = {}
    day = start
    for i in told:
        day += timedelta(days=values.randint(3, 80))
        days[i] = day
    refs = [stage.code("R") for _ in range(k)]
    file = stage.code("F")
    facts = [stage.fact("file", file=file, matter=matter), stage.fact("ruling", file=file, source=who[order[0]])]
    reports: list[Fact] = []
    later: list[Fact] = []
    last = day
    for i in range(k):
        against = [reports[j] for j in range(i) if finals[j] != finals[i]]
        slots: dict[str, Any] = {"source": who[i], "matter": matter, "ref": name(refs[i]), "date": stage.day(days[i])}
        if rests[i]:
            reports.append(stage.fact("rest", (), against, base=refs[base[i]], **slots))
            continue
        stated, changes = _history(stage, finals[i], mends[i], truth)
        reports.append(stage.fact("figure", (), against, value=_value(stage, stated, money), **slots))
        when = days[i]
        mended = [reports[-1]]
        for type_, figure in changes:
            when += timedelta(days=values.randint(4, 50))
            slot, before = ("value", mended) if type_ == "replaced" else ("diff", [])
            given = {slot: _value(stage, figure, money)}
            mended.append(stage.fact(type_, before, (), ref=refs[i], date=stage.day(when), **given))
        later += mended[1:]
        last = max(last, when)
    for i in range(k):
        if gone[i]:
            last += timedelta(days=values.randint(2, 40))
            falls = [fact for fact in (*reports, *later) if fact.text("ref") in _resting(reports, refs[i])]
            falls = [fact for fact in falls if fact.type != "withdrawn"]
            later.append(stage.fact("withdrawn", falls, (), ref=refs[i], date=stage.day(last)))
    ranks = [stage.fact("fallback", file=file, source=who[order[i]], other=who[order[i + 1]]) for i in range(links)]
    return [*facts, *reports, *later, *ranks]


MENDS = ("replaced", "raised", "lowered")


def _resting(reports: Sequence[Fact], ref: str) -> set[str]:
    """A report and all that rest on it, directly or through others."""
    found = {ref}
    while more := {r.text("ref") for r in reports if r.type == "rest" and r.text("base") in found} - found:
        found |= more
    return found


def _drawn(stage: Stage, low: float, high: float, money: bool) -> int:
    """A figure, of money in hundredths where the papers give them."""
    figure = odd_figure(draw_number(stage.values, low, high) * (stage.style.country.scale if money else 1))
    return figure * 100 + stage.values.randrange(3, 99) if money and stage.style.cents else figure


def _beside(stage: Stage, near: int, taken: Sequence[int], lean: float = 0.0) -> int:
    """Another figure for the same thing, some way off."""
    while True:
        figure = odd_figure(near * (1 + lean + stage.values.choice((-1, 1)) * stage.values.uniform(0.01, 0.08)))
        if figure not in taken:
            return figure


def _history(stage: Stage, final: int, mends: Sequence[str], truth: int) -> tuple[int, list[tuple[str, int]]]:
    """The figure first stated and the corrections that lead from it to the final one."""
    changes: list[tuple[str, int]] = []
    figure, seen = final, [final]
    for type_ in reversed(mends):
        if type_ == "replaced":
            changes.append((type_, figure))
            figure = _beside(stage, final, seen)
        else:
            diff = max(3, odd_figure(truth * stage.values.uniform(0.01, 0.06)))
            changes.append((type_, diff))
            figure += -diff if type_ == "raised" else diff
        seen.append(figure)
    return figure, changes[::-1]


def _value(stage: Stage, figure: int, money: bool) -> Value:
    if not money:
        return stage.count(figure)
    return stage.amount(figure / 100 if stage.style.cents else figure)


# Solvers.


def _is_money(matter: str) -> bool:
    return matter.startswith("cost ")


def _figure(world: World, figure: float, matter: str) -> Value:
    return world.stage.amount(round(figure, 2)) if _is_money(matter) else number(figure, world.stage)


def _report(world: World, ref: str) -> Fact | None:
    return world.one("figure", "ref", ref) or world.one("rest", "ref", ref)


def _reports(world: World, matter: str) -> list[Fact]:
    return [*world.where("figure", "matter", matter), *world.where("rest", "matter", matter)]


def _by(world: World, source: str, matter: str) -> Fact | None:
    """The report of a source on a matter."""
    return next((fact for fact in _reports(world, matter) if fact.text("source") == source), None)


def _corrections(world: World, ref: str) -> list[Fact]:
    return sorted(
        (fact for type_ in MENDS for fact in world.where(type_, "ref", ref)), key=lambda fact: fact.number("date")
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A report and those that it rests on, down to one with a figure of its own or to one that was withdrawn (`end`)."""

    reports: tuple[Fact, ...]
    end: Fact | None


def _line(world: World, report: Fact) -> _Line | None:
    """None where a report that it rests on is not told of."""
    reports = [report]
    while True:
        end = world.one("withdrawn", "ref", reports[-1].text("ref"))
        if end is not None or reports[-1].type == "figure":
            return _Line(tuple(reports), end)
        below = _report(world, reports[-1].text("base"))
        if below is None or below in reports:
            return None
        reports.append(below)


@dataclass(frozen=True, slots=True)
class _Final:
    """What a report comes to: its final figure, None where it has fallen, and the way there."""

    figure: float | None
    steps: tuple[Step, ...]
    used: tuple[str, ...]


# Most questions are drawn from many that are solved, and the whole is counted over and over: each report is followed once a world.
_FINALS: WeakKeyDictionary[World, dict[str, _Final | None]] = WeakKeyDictionary()
_STANDINGS: WeakKeyDictionary[World, dict[str, _Standing | None]] = WeakKeyDictionary()


def _final(world: World, report: Fact) -> _Final | None:
    """What a report comes to; None where a report that it rests on is not told of."""
    known = _FINALS.setdefault(world, {})
    if report.id not in known:
        ref = report.text("ref")
        known[report.id] = _followed(world, report, f"report {ref}", f"{ref} is by {report.text('source')}")
    return known[report.id]


def _followed(world: World, report: Fact, whose: str, why: str, also: tuple[str, ...] = ()) -> _Final | None:
    """whose, why, also: what the first step says of the report, on what ground, and that ground's facts."""
    line = _line(world, report)
    if line is None:
        return None
    steps: list[Step] = []
    used = list(also)
    for upper, lower in zip(line.reports, line.reports[1:], strict=False):
        steps.append(Step(f"the report on which {whose} rests", name(lower.text("ref")), why, (*also, upper.id)))
        used.append(upper.id)
        whose, why, also = f"report {lower.text('ref')}", "", ()
    root = line.reports[-1]
    used.append(root.id)
    if line.end is not None:
        steps.append(
            Step(f"the day on which {whose} was withdrawn", line.end.values["date"], why, (*also, root.id, line.end.id))
        )
        return _Final(None, tuple(steps), (*used, line.end.id))
    figure, matter = root.number("value"), root.text("matter")
    corrections = _corrections(world, root.text("ref"))
    if not corrections:
        steps.append(Step(f"the figure of {whose}", root.values["value"], why, (*also, root.id)))
    for place, fact in enumerate(corrections):
        before = _figure(world, figure, matter).text
        if fact.type == "replaced":
            figure, how = fact.number("value"), f"{before} is replaced"
        else:
            change = fact.number("diff")
            figure += change if fact.type == "raised" else -change
            how = f"{before} {'+' if fact.type == 'raised' else '-'} {fact.text('diff')}"
        used.append(fact.id)
        ground, facts = (why, (*also, root.id, fact.id)) if place == 0 else ("", (fact.id,))
        what = f"the figure of {whose} after the correction of {fact.text('date')}"
        steps.append(Step(what, _figure(world, figure, matter), f"{ground}; {how}" if ground else how, facts))
        whose = f"report {root.text('ref')}"
    return _Final(round(figure, 2), tuple(steps), tuple(used))


def _told(world: World, matter: str) -> dict[float, str]:
    """Every figure that a report on the matter ever had, in order of size, with its text."""
    figures: set[float] = set()
    for report in world.where("figure", "matter", matter):
        figure = report.number("value")
        figures.add(round(figure, 2))
        for fact in _corrections(world, report.text("ref")):
            figure = (
                fact.number("value")
                if fact.type == "replaced"
                else figure + fact.number("diff") * (1 if fact.type == "raised" else -1)
            )
            figures.add(round(figure, 2))
    return {figure: _figure(world, figure, matter).text for figure in sorted(figures)}


def _pick(
    world: World,
    rng: Random,
    hops: int,
    options: Sequence[dict[str, Any]],
    solve: Callable[[World, Params], Solved | None],
    least: int = 2,
) -> dict[str, Any] | None:
    """An option whose solution takes `hops` steps and has `least` candidates or more: first the answer is drawn, then the option."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    least = least if len(world.groups) > 2 else 2  # a page with a matter or two has no more to offer
    for params in rng.sample(options, min(len(options), 60)):
        solved = solve(world, params)
        if (
            solved is not None
            and len(solved.steps) == hops
            and len(solved.candidates) >= least
            and solved.answer.text != "0"
        ):
            found[solved.answer.text].append(params)
    return rng.choice(found[rng.choice(sorted(found))]) if found else None


def _matters(world: World, money: bool) -> list[dict[str, Any]]:
    return [{"matter": fact.text("matter")} for fact in world.of("file") if _is_money(fact.text("matter")) == money]


@dataclass(frozen=True, slots=True)
class _Standing:
    """The report that counts in a file, and the way to it."""

    report: Fact
    final: _Final
    steps: tuple[Step, ...]
    used: tuple[str, ...]


def _standing(world: World, file: Fact) -> _Standing | None:
    """None where the ruling, a report or a fallback that is needed is not told of."""
    known = _STANDINGS.setdefault(world, {})
    if file.id not in known:
        known[file.id] = _ranked(world, file)
    return known[file.id]


def _ranked(world: World, file: Fact) -> _Standing | None:
    code, matter = file.text("file"), file.text("matter")
    ruling = world.one("ruling", "file", code)
    if ruling is None:
        return None
    source = ruling.text("source")
    steps: list[Step] = []
    used: list[str] = []
    whose, why = f"the report by {source}", f"file {code} puts {source} first"
    also: tuple[str, ...] = (file.id, ruling.id)
    while True:
        report = _by(world, source, matter)
        if report is None:
            return None
        final = _followed(world, report, whose, why, also)
        if final is None:
            return None
        steps += final.steps
        used += final.used
        if final.figure is not None:
            return _Standing(report, final, tuple(steps), tuple(used))
        link = next((fact for fact in world.where("fallback", "file", code) if fact.text("source") == source), None)
        if link is None or link.id in used:
            return None
        steps.append(
            Step(
                f"the source that takes the place of {source}",
                link.values["other"],
                f"the report by {source} has fallen",
                (link.id,),
            )
        )
        used.append(link.id)
        source = link.text("other")
        whose, why, also = f"the report by {source}", "", ()


def _choose_count(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, _matters(world, False), _solve_matter, 3)


def _choose_cost(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, _matters(world, True), _solve_matter, 3)


def _solve_matter(world: World, params: Params) -> Solved | None:
    """The figure that counts for a matter."""
    file = world.one("file", "matter", params["matter"])
    found = _standing(world, file) if file else None
    if file is None or found is None:
        return None
    return Solved(
        found.steps[-1].value,
        found.steps,
        _once(found.used),
        tuple(_told(world, file.text("matter")).values()),
        found.report.id,
    )


def _choose_file(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(
        world,
        rng,
        hops,
        [{"file": fact.text("file")} for fact in world.of("file") if not _is_money(fact.text("matter"))],
        _solve_file,
        3,
    )


def _solve_file(world: World, params: Params) -> Solved | None:
    file = world.one("file", "file", params["file"])
    solved = _solve_matter(world, {"matter": file.text("matter")}) if file else None
    if file is None or solved is None:
        return None
    first = Step(
        f"the matter of file {params['file']}", name(f"the {file.text('matter')}", file.text("matter")), "", (file.id,)
    )
    return Solved(solved.answer, (first, *solved.steps), solved.facts, solved.candidates, solved.needed)


def _choose_office(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    offices = {fact.text("source"): fact.text("alias") for fact in world.of("office")}
    options = [
        {"alias": offices[fact.text("source")], "matter": fact.text("matter")}
        for fact in world.of("figure", "rest")
        if fact.text("source") in offices and _is_money(fact.text("matter"))
    ]
    return _pick(world, rng, hops, options, _solve_office, 3)


def _solve_office(world: World, params: Params) -> Solved | None:
    """What the source that has an office came to in the end."""
    office = world.one("office", "alias", params["alias"])
    report = _by(world, office.text("source"), params["matter"]) if office else None
    final = _final(world, report) if report else None
    if office is None or report is None or final is None or final.figure is None:
        return None
    first = Step(f"the source that has the {params['alias']}", office.values["source"], "", (office.id,))
    return Solved(
        final.steps[-1].value,
        (first, *final.steps),
        (office.id, *final.used),
        tuple(_told(world, params["matter"]).values()),
        report.id,
    )


def _pairs(world: World, money: bool) -> list[dict[str, Any]]:
    by_matter: dict[str, list[str]] = defaultdict(list)
    for fact in world.of("figure", "rest"):
        if _is_money(fact.text("matter")) == money:
            by_matter[fact.text("matter")].append(fact.text("source"))
    return [
        {"matter": matter, "source": source, "other": other}
        for matter, sources in by_matter.items()
        for source in sources
        for other in sources
        if source != other
    ]


def _choose_gap(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, _pairs(world, False), _solve_gap, 3)


def _solve_gap(world: World, params: Params) -> Solved | None:
    """By how much two sources differ in the end; 0 where they agree, which is asked only of a twin."""
    matter = params["matter"]
    reports = [_by(world, params[who], matter) for who in ("source", "other")]
    finals = [_final(world, report) if report else None for report in reports]
    one, two = finals
    if reports[0] is None or one is None or two is None or one.figure is None or two.figure is None:
        return None
    high, low = sorted((one.figure, two.figure), reverse=True)
    answer = _figure(world, high - low, matter)
    last = Step(
        f"the difference between {params['source']} and {params['other']}",
        answer,
        f"{_figure(world, high, matter).text} - {_figure(world, low, matter).text}",
    )
    told = list(_told(world, matter))
    gaps = sorted({round(high - low, 2)} | {round(b - a, 2) for place, a in enumerate(told) for b in told[place + 1 :]})
    candidates = tuple(_figure(world, gap, matter).text for gap in gaps)
    return Solved(answer, (*_new(one.steps, two.steps), last), _once((*one.used, *two.used)), candidates, reports[0].id)


def _choose_origin(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(
        world,
        rng,
        hops,
        [{"source": fact.text("source"), "matter": fact.text("matter")} for fact in world.of("rest")],
        _solve_origin,
    )


def _solve_origin(world: World, params: Params) -> Solved | None:
    """The source whose own figure a report comes down to; None where the report has fallen."""
    report = _by(world, params["source"], params["matter"])
    line = _line(world, report) if report else None
    if report is None or line is None or line.end is not None or len(line.reports) < 2:
        return None
    steps: list[Step] = []
    whose = f"the report by {params['source']}"
    for upper, lower in zip(line.reports, line.reports[1:-1], strict=False):
        steps.append(Step(f"the report on which {whose} rests", name(lower.text("ref")), "", (upper.id,)))
        whose = f"report {lower.text('ref')}"
    upper, root = line.reports[-2:]
    steps.append(
        Step(
            f"the source of the report on which {whose} rests",
            root.values["source"],
            f"{root.text('ref')} gives a figure of its own",
            (upper.id, root.id),
        )
    )
    others = tuple(sorted(fact.text("source") for fact in _reports(world, params["matter"]) if fact is not report))
    return Solved(root.values["source"], tuple(steps), tuple(fact.id for fact in line.reports), others, report.id)


def _choose_dissent(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(
        world,
        rng,
        hops,
        [{"source": fact.text("source"), "matter": fact.text("matter")} for fact in world.of("figure", "rest")],
        _solve_dissent,
    )


def _solve_dissent(world: World, params: Params) -> Solved | None:
    """The source whose final figure for a matter is furthest from that of the source asked about; two others at least must stand."""
    matter = params["matter"]
    mine = _by(world, params["source"], matter)
    own = _final(world, mine) if mine else None
    if mine is None or own is None or own.figure is None:
        return None
    steps, used = list(own.steps), list(own.used)
    apart: list[tuple[float, Fact, float]] = []
    others = [fact for fact in _reports(world, matter) if fact is not mine]
    for report in others:
        final = _final(world, report)
        if final is None:
            return None
        steps = _new(steps, final.steps)
        used += final.used
        if final.figure is not None:
            apart.append((round(abs(final.figure - own.figure), 2), report, final.figure))
    apart.sort(key=lambda each: each[0])
    if len(apart) < 2 or apart[-1][0] == apart[-2][0]:
        return None
    _, found, figure = apart[-1]
    how = f"{_figure(world, figure, matter).text} against {_figure(world, own.figure, matter).text}"
    steps.append(Step(f"the source that contradicts {params['source']} most", found.values["source"], how, ()))
    return Solved(
        found.values["source"],
        tuple(steps),
        _once(used),
        tuple(sorted(fact.text("source") for fact in others)),
        mine.id,
    )


def _new(steps: Iterable[Step], more: Iterable[Step]) -> list[Step]:
    """The steps of two ways, those that both take once."""
    found: dict[str, Step] = {}
    for step in (*steps, *more):
        found.setdefault(step.what, step)
    return list(found.values())


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _sources(world: World) -> list[str]:
    return sorted({fact.text("source") for fact in world.of("figure", "rest")})


LEAST_RANGE = 3  # counts that a wide question could have for an answer


def _wide(
    world: World, rng: Random, options: Sequence[dict[str, Any]], solve: Callable[[World, Params], Solved | None]
) -> dict[str, Any] | None:
    """An option that takes a fifth of the facts and has a range of answers."""
    found = []
    for params in options:
        solved = solve(world, params)
        if (
            solved is not None
            and solved.answer.rank >= 1
            and len(solved.candidates) >= LEAST_RANGE
            and 5 * len(solved.facts) >= len(world.facts)
        ):
            found.append((params, solved))
    return spread(rng, found)


def _choose_higher(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    sources = _sources(world)
    return _wide(world, rng, [{"source": a, "other": b} for a in sources for b in sources if a != b], _solve_higher)


def _solve_higher(world: World, params: Params) -> Solved | None:
    """On how many matters one source has a higher figure than another, where both reports stand and the file does not put it first.

    Whom the files put first is asked too, or it would be evidence much more seldom than what the reports say.
    """
    used: list[str] = []
    figures: list[dict[str, float]] = []
    for who in ("source", "other"):
        mine: dict[str, float] = {}
        for report in [*world.where("figure", "source", params[who]), *world.where("rest", "source", params[who])]:
            final = _final(world, report)
            if final is None:
                return None
            used += final.used
            if final.figure is not None:
                mine[report.text("matter")] = final.figure
        figures.append(mine)
    both = figures[0].keys() & figures[1].keys()
    behind = []
    for matter in sorted(both):
        file = world.one("file", "matter", matter)
        ruling = world.one("ruling", "file", file.text("file")) if file else None
        if file is None or ruling is None:
            return None
        used += [file.id, ruling.id]
        if ruling.text("source") != params["source"]:
            behind.append(matter)
    same = sum(figures[0][matter] == figures[1][matter] for matter in behind)
    lower = [matter for matter in behind if figures[0][matter] < figures[1][matter]]
    higher = [matter for matter in behind if figures[0][matter] > figures[1][matter]]
    if len(behind) == same:
        return None
    answer = number(len(higher), world.stage)
    steps = (
        Step(
            f"the matters on which {params['source']} and {params['other']} both have a report that stands",
            number(len(both), world.stage),
            namely(f"the {matter}" for matter in sorted(both)),
        ),
        Step(
            f"those of them whose file does not put {params['source']} first",
            number(len(behind), world.stage),
            f"{len(both)} - {len(both) - len(behind)}",
        ),
        Step(
            "those of these on which they differ",
            number(len(behind) - same, world.stage),
            f"{len(behind)} - {same} on which they agree",
        ),
        Step(
            f"those on which {params['source']} is higher",
            answer,
            namely(
                (f"the {matter}" for matter in higher),
                f"{len(behind) - same} - {len(lower)} with {params['other']} higher",
            ),
        ),
    )
    return Solved(
        answer, steps, _once(used), tuple(number(n, world.stage).text for n in range(1, len(behind) - same + 1))
    )


WAYS = ("higher", "lower")


def _choose_passed(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _wide(
        world, rng, [{"source": source, "way": way} for source in _sources(world) for way in WAYS], _solve_passed
    )


def _solve_passed(world: World, params: Params) -> Solved | None:
    """How often a source whose report stands is passed over for another whose figure is higher, or lower."""
    source, way = params["source"], params["way"]
    used: list[str] = []
    standing, over, higher, lower = [], [], [], []  # files by number
    for file in world.of("file"):
        report = _by(world, source, file.text("matter"))
        if report is None:
            continue
        final, found = _final(world, report), _standing(world, file)
        if final is None or found is None or found.final.figure is None:
            return None
        used += final.used
        if final.figure is None:
            continue
        used += found.used
        code = file.text("file")
        standing.append(code)
        if found.report is not report:
            over.append(code)
            higher += [code] if found.final.figure > final.figure else []
            lower += [code] if found.final.figure < final.figure else []
    same = len(over) - len(higher) - len(lower)
    if len(over) == same:
        return None
    wanted, other = (higher, lower) if way == "higher" else (lower, higher)
    answer = number(len(wanted), world.stage)
    steps = (
        Step(f"the files in which the report by {source} stands", number(len(standing), world.stage), namely(standing)),
        Step(
            "those of them in which another report counts",
            number(len(over), world.stage),
            namely(over, f"{len(standing)} - {len(standing) - len(over)} in which {source} counts"),
        ),
        Step(
            f"those in which the report that counts has a {way} figure than {source}",
            answer,
            namely(wanted, f"{len(over)} - {same} with the same - {len(other)} with a {WAYS[way == 'higher']} one"),
        ),
    )
    return Solved(
        answer, steps, _once(used), tuple(number(n, world.stage).text for n in range(1, len(over) - same + 1))
    )


KIND = Kind(
    name="reports",
    noun="file of reports",
    titles=lines("""
        [Reports received|Reports on file], {org}, part {part}
        {org}: what the sources say, bundle {part}
        Papers of {org} in {city}: findings and corrections
        From the registry of {org}, folder {part}
        Disputed figures, {org}
        Who says what: digest for {org}
        Notes by {person} on the reports for {org}
        {org}, figures under review
        [Extracts|Excerpts] from the files on {place}
        Reports, corrections and rulings, {org}, {city}
        Digest {part} of the reports to {org}
    """),
    headings=lines("""
        Sheet {part}
        Papers on {place}
        [Copied|Compared] by {person}
        [More|Further] findings
        From the [folder|tray|cabinet] of {person}
        Not yet sorted
        Bundle {part}
        [Received|Filed] without comment
        Extracts made by {person}
        Findings and what became of them
    """),
    openings=lines("""
        The entries stand as they were found in the files, not in order of time.
        Where a report was corrected more than once, the corrections hold one upon another in order of their dates.
        A report that rests on another has the other's final figure, and falls when the other is withdrawn.
        {person} put these extracts together in no order; the dates tell what came first.
        In every file one report goes first; another takes its place only where the first has fallen.
        A withdrawn report counts for nothing, and no more does a report that rests on it.
        Nobody has sorted these papers, so a correction may stand before the report that it corrects.
        The sources do not agree, and {org} keeps all that they wrote.
        {person} copied these entries from several files, as they came to hand.
    """),
    types={
        "office": lines("""
            {source} can be found in the {alias}.
            The {alias} is that of {source}.
            Letters to {source} go to the {alias}.
            Whoever wants to see {source} must call at the {alias}.
            The {alias} belongs to {source}.
            It is in the {alias} that {source} can be met.
            For years the {alias} has been let to {source}.
            The name on the {alias} is {source}.
            Papers for {source} are left at the {alias}.
            The tenant of the {alias} is {source}.
            To reach {source}, ask at the {alias}.
            Behind the {alias} stands the name of {source}.
        """),
        "file": lines("""
            File {file} deals with the {matter}.
            The {matter} is the business of file {file}.
            All papers on the {matter} belong in file {file}.
            Whoever asks about the {matter} should pull file {file}.
            For the {matter}, the clerks opened file {file}.
            The question of the {matter} is kept under {file}.
            Under {file} the registry keeps the {matter}.
            {person} opened file {file} for the {matter}.
            What {file} is about is the {matter}.
            The label on file {file} names the {matter}.
            To settle the {matter}, {person} started file {file}.
            The {matter} has file number {file}.
        """),
        "ruling": lines("""
            In file {file}, the report by {source} goes first.
            The ruling in file {file} puts {source} before all others.
            For file {file} it was ruled that the report by {source} is to be used if it stands.
            First place in file {file} goes to {source}.
            As ruled for file {file}, the figure of {source} comes before any other.
            The first choice in file {file} is the report by {source}.
            {person} ruled that {source} goes first in file {file}.
            Of all the reports in file {file}, the one by {source} has first claim.
            File {file} is to be settled by {source}, so long as that report stands.
            In the ranking for file {file}, {source} is at the top.
            Where file {file} is concerned, the word of {source} is taken first.
            By the ruling of {person}, file {file} follows {source} before anyone else.
        """),
        "fallback": lines("""
            In file {file}, should the report by {source} fall, the one by {other} takes its place.
            If {source} drops out of file {file}, {other} is next.
            Next after {source} in file {file} comes {other}.
            In the ranking for file {file}, {other} comes right behind {source}.
            For file {file}, the report by {other} is to be used where that by {source} has fallen.
            Failing {source}, file {file} turns to {other}.
            {other} stands in for {source} in file {file}, should it come to that.
            The place of {source} in file {file} passes to {other} if the report does not stand.
            Second to {source}, as far as file {file} goes, is {other}.
            Were the report by {source} to be lost to file {file}, {other} would fill the gap.
            {person} noted for file {file} that {other} follows {source}.
            Once {source} no longer stands in file {file}, it is the turn of {other}.
        """),
        "figure": lines("""
            In report {ref} of {date}, {source} put the {matter} at {value}.
            {source} gave the {matter} as {value} in report {ref} of {date}.
            Report {ref}, which {source} signed on {date}, has {value} as the {matter}.
            On {date} {source} stated in report {ref} that the {matter} was {value}.
            The {matter} was {value} in the view of {source}, to go by report {ref} of {date}.
            According to report {ref}, handed in by {source} on {date}, the {matter} came to {value}.
            {value} is what {source} found for the {matter}, as set out in report {ref} of {date}.
            For the {matter}, {source} arrived at {value} in report {ref} of {date}.
            {source} closed report {ref} on {date} with {value} as the {matter}.
            As to the {matter}, report {ref} by {source} says {value}; it was filed on {date}.
            Dated {date}, report {ref} by {source} sets the {matter} at {value}.
            Asked about the {matter}, {source} answered {value} in report {ref} of {date}.
        """),
        "rest": lines("""
            In report {ref} of {date}, {source} rested on the final figure of report {base} for the {matter}.
            {source} wrote report {ref} on the {matter} on {date}, resting on whatever the final figure of {base} is.
            Report {ref}, which {source} signed on {date}, rests on {base} and its final figure for the {matter}.
            On {date} {source} filed report {ref}, which rests on the final figure of {base} for the {matter}.
            For the {matter}, report {ref} by {source} of {date} rests on the final figure of {base}.
            As to the {matter}, {source} has the final figure of {base}, on which report {ref} of {date} rests.
            No figure of its own stands in report {ref} by {source} of {date}: for the {matter} it rests on the final one of {base}.
            The {matter} is, in report {ref} by {source}, the final figure of {base}, on which it has rested since {date}.
            Report {ref} on the {matter}, by {source}, rests on the final figure of {base}; it was filed on {date}.
            Dated {date}, report {ref} by {source} rests on {base} and takes its final figure for the {matter}.
            Asked about the {matter}, {source} rested report {ref} of {date} on the final figure of {base}.
            The final figure of {base} is what report {ref} by {source} of {date} rests on for the {matter}.
        """),
        "replaced": lines("""
            A correction of {date} replaces the figure of report {ref} by {value}.
            On {date} the figure in report {ref} was struck out and {value} written instead.
            Since {date} report {ref} has had {value} in place of its former figure.
            Report {ref} was rewritten on {date} and now says {value}.
            The figure of report {ref} was changed to {value} on {date}.
            By a correction of {date}, {value} is what report {ref} has to say.
            {value} took the place of the former figure in report {ref} on {date}.
            {person} entered {value} as the new figure of report {ref} on {date}.
            A slip of {date}, pasted over the figure of report {ref}, reads {value}.
            Report {ref}: new figure {value}, entered on {date}.
            With effect from {date}, the figure of report {ref} is {value}.
            In report {ref} the figure was set anew on {date}, at {value}.
        """),
        "raised": lines("""
            A correction of {date} adds {diff} to the figure of report {ref}.
            On {date} the figure in report {ref} was raised by {diff}.
            Since {date} the figure of report {ref} has stood {diff} higher than before.
            Report {ref} was found to be {diff} too low and was raised by as much on {date}.
            The figure of report {ref} went up by {diff} on {date}.
            By a correction of {date}, {diff} came on top of the figure in report {ref}.
            {diff} was added to the figure of report {ref} on {date}.
            {person} raised the figure of report {ref} by {diff} on {date}.
            A slip of {date}, pinned to report {ref}, adds {diff}.
            Report {ref}: {diff} to be added, as noted on {date}.
            With effect from {date}, report {ref} shows {diff} more than it did.
            In report {ref}, {diff} had been left out, and was put in on {date}.
        """),
        "lowered": lines("""
            A correction of {date} takes {diff} off the figure of report {ref}.
            On {date} the figure in report {ref} was lowered by {diff}.
            Since {date} the figure of report {ref} has stood {diff} lower than before.
            Report {ref} was found to be {diff} too high and was lowered by as much on {date}.
            The figure of report {ref} went down by {diff} on {date}.
            By a correction of {date}, {diff} came off the figure in report {ref}.
            {diff} was taken away from the figure of report {ref} on {date}.
            {person} lowered the figure of report {ref} by {diff} on {date}.
            A slip of {date}, pinned to report {ref}, deducts {diff}.
            Report {ref}: {diff} to be deducted, as noted on {date}.
            With effect from {date}, report {ref} shows {diff} less than it did.
            In report {ref}, {diff} had been counted twice, and was taken out on {date}.
        """),
        "withdrawn": lines("""
            Report {ref} was withdrawn on {date}, and with it falls every report that rests on it.
            On {date} report {ref} was taken back; what rests on it falls too.
            The withdrawal of report {ref} on {date} holds for all that rests on it.
            Report {ref} has fallen: it was withdrawn on {date}, together with anything that rests on it.
            Since {date} neither report {ref} nor a report resting on it counts any more.
            {person} noted on {date} that {ref} is withdrawn and that no report resting on it stands.
            A note of {date} withdraws report {ref} and whatever rests on it.
            Nothing that rests on report {ref} stands, since {ref} itself was withdrawn on {date}.
            As of {date}, report {ref} is withdrawn, and so is what rests on it.
            {ref} was declared void on {date}, along with each report that rests on it.
            With its withdrawal on {date}, report {ref} fell, and so did all that rests on it.
            Report {ref} no longer stands, nor does what rests on it: it was withdrawn on {date}.
        """),
    },
    slots={
        "source": "name",
        "other": "name",
        "alias": "name",
        "file": "code",
        "matter": "name",
        "ref": "code",
        "base": "code",
        "value": "amount",
        "diff": "amount",
        "date": "date",
    },
    colour=lines("""
        {person} [keeps|still keeps] [copies|a list] of all that {source} sends [in the cellar|on a shelf by the door|in a tin box].
        [Nobody|No one] in the registry remembers who first [asked about|wanted to know] the {matter}, least of all $who.
        $who [called|wrote] to say that the papers from {source} were $state.
        The [envelope|folder] from {source} arrived $state, which {person} [noted in the margin|let pass].
        {person} and {person_} [share|shared] the [work|reading] on {place}, and $who [looked on|made the tea].
        There was [talk|some talk] of asking another house about {place}, but $who [was against it|never answered].
        {person} [would like|asked] to have the files on {place} [moved|bound|kept in another room].
        In the [meeting|hearing], $who [spoke at length about|had much to say on] the {matter}[|, though the minutes were $state].
        The [road|way] to {place} was [long|wet], {source} [complained|wrote], and the notes were $state.
        $who [came|looked in] while {person} was [reading|sorting] the papers[|, most of them $state].
        [Handwriting|Spelling] is not what {source} is known for, in the words of $who.
        {person} [knows|remembers] {source} [from school|from an earlier post|from letters alone] and [says so|makes no secret of it].
        [A press cutting|A letter to the editor] about the {matter} lies [among the papers|in the folder], $state.
    """),
    short=lines("""
        The signatures are legible.
        All of it was initialled.
        The pencil marks in the margin have no meaning.
        No page is missing.
        The ink has run a little.
        The registry keeps the originals.
        Fees are not given here.
        The annexes were not copied.
        Maps are kept elsewhere.
        Nobody was sworn in.
    """),
    words=vocabulary("""
        who: the night porter, the mayor, the driver, the archivist, the treasurer, the apprentice, the works council, the site engineer, the caretaker, the messenger
        state: dusty, well bound, slightly torn, hard to read, full of blots, tied with string, damp, neatly typed, in the wrong order, without a cover sheet
    """),
    make=make,
    questions=(
        QuestionKind(
            "count_that_counts",
            "count",
            _choose_count,
            _solve_matter,
            asks("""
                By the ranking in its file and after all corrections and withdrawals, what is the {matter}?
                What is the {matter}, if the source is used whose turn it is by the file?
                Which figure counts for the {matter} in the end?
                The sources disagree on the {matter}: which figure is to be used, going by the ruling and by what still stands?
                Following the order of precedence, what figure must be entered as the {matter}?
                State the {matter} as it has to be taken by the rules of its file.
                Once corrections, withdrawals and the ranking are taken into account, which figure holds as the {matter}?
                What should the registry give as the {matter}, going by whose report comes first among those that stand?
                Find the file, see whose report counts there, and say what the {matter} finally is.
                Of the figures given for the {matter}, corrected where they were corrected, which one prevails?
                If someone asks for the {matter}, what is the right answer by the file's own ranking?
                Work out which final figure counts as the {matter}.
            """),
        ),
        QuestionKind(
            "cost_that_counts",
            "amount",
            _choose_cost,
            _solve_matter,
            asks("""
                By the ranking in its file and after all corrections and withdrawals, what is the {matter}?
                How much is the {matter}, if the source is used whose turn it is by the file?
                Which amount counts for the {matter} in the end?
                The sources disagree on the {matter}: which amount is to be used, going by the ruling and by what still stands?
                Following the order of precedence, what sum must be entered as the {matter}?
                State the {matter} as it has to be taken by the rules of its file.
                Once corrections, withdrawals and the ranking are taken into account, which sum holds as the {matter}?
                What should the registry give as the {matter}, going by whose report comes first among those that stand?
                Find the file, see whose report counts there, and say how much the {matter} finally is.
                Of the amounts given for the {matter}, corrected where they were corrected, which one prevails?
                If someone asks for the {matter}, what sum is right by the file's own ranking?
                Work out which final amount counts as the {matter}.
            """),
        ),
        QuestionKind(
            "count_of_file",
            "count",
            _choose_file,
            _solve_file,
            asks("""
                Which figure counts in the matter of file {file}, after all corrections and withdrawals?
                What number settles the question that file {file} is about?
                In file {file}, what is the final figure of the report that counts?
                The registry wants to close file {file}: which figure goes on its cover?
                Going by its ranking and by the reports that still stand, what figure does file {file} end with?
                Take the matter that file {file} deals with: which of the corrected figures prevails?
                What is the outcome of file {file}, as a number?
                For what file {file} is concerned with, which figure is to be used in the end?
                Work out the figure by which file {file} has to be settled.
                Once it is clear whose report counts in file {file}, what figure does that report come to?
                State the figure that holds in file {file} when everything on record is taken into account.
                Someone reads out the last word on file {file}: what number is it?
            """),
            indirect=True,
        ),
        QuestionKind(
            "cost_by_office",
            "amount",
            _choose_office,
            _solve_office,
            asks("""
                What does the source from the {alias} give as the {matter} in the end, with every correction made?
                How much is the {matter}, going by the final figure from the {alias}?
                Which amount for the {matter} does the report from the {alias} come to, after all corrections?
                Ask at the {alias}: what is the {matter} now held to be there?
                The people in the {alias} reported on the {matter}. What is their final figure?
                Taking corrections and reports that rest on others into account, what sum does the {alias} stand for as the {matter}?
                What is the final figure for the {matter} that goes back to the {alias}?
                State the amount at which whoever sits in the {alias} finally puts the {matter}.
                In the end, what is the {matter} according to the report that came out of the {alias}?
                As the {matter}, which sum holds in the report of the source that has the {alias}?
                Whoever works in the {alias} has a final figure for the {matter}: which?
                Find out who has the {alias}, and say what that source's report on the {matter} comes to.
            """),
            indirect=True,
        ),
        QuestionKind(
            "gap",
            "count",
            _choose_gap,
            _solve_gap,
            asks("""
                By how much do the final figures of {source} and {other} for the {matter} differ?
                How far apart are {source} and {other} on the {matter} once all corrections are made?
                What is the difference between what {source} and {other} finally have as the {matter}?
                On the {matter}, how large is the gap that is left between {source} and {other}?
                Take the final figures for the {matter}: how much lies between that of {source} and that of {other}?
                {source} and {other} do not agree on the {matter}. By how much, in the end?
                Corrections included, what separates {other} from {source} on the {matter}?
                Subtract the smaller from the larger: what is left between {source} and {other} for the {matter}?
                How much more does one of {source} and {other} have than the other as the {matter}, when all is corrected?
                Work out the distance between the final figures that {source} and {other} have for the {matter}.
                State the difference on the {matter} that remains between {source} and {other} after every correction.
                For the {matter}, the last word of {source} and the last word of {other} differ by what number?
            """),
            indirect=True,
        ),
        QuestionKind(
            "origin",
            "name",
            _choose_origin,
            _solve_origin,
            asks("""
                On whose own figure does {source} rest in the end for the {matter}?
                Where does the figure of {source} for the {matter} come from: which source first worked it out?
                Which source does the report by {source} on the {matter} finally go back to?
                Follow the reports down: whose figure for the {matter} does {source} have?
                What {source} reports as the {matter} was worked out elsewhere. By which source?
                Name the source from which {source} has the figure for the {matter}, through however many reports.
                Who stands at the beginning of the line of reports that leads to what {source} says of the {matter}?
                The report by {source} on the {matter} rests on others; which source is at the bottom?
                To which source does the figure that {source} has for the {matter} belong?
                If the figure of {source} for the {matter} is wrong, which source made the mistake?
                What source is behind the report by {source} on the {matter}, when all that it rests on is followed?
                Who worked out the figure that {source} passes on for the {matter}?
            """),
        ),
        QuestionKind(
            "dissent",
            "name",
            _choose_dissent,
            _solve_dissent,
            asks("""
                Which other source contradicts {source} most on the {matter}, if the final figures of reports that stand are compared?
                Whose final figure for the {matter} lies furthest from that of {source}, fallen reports left out?
                Who is most at odds with {source} over the {matter}, once corrections and withdrawals are taken into account?
                Among the reports on the {matter} that have not fallen, whose final figure is least like that of {source}?
                On the {matter}, which source differs most from {source} in the end?
                Name the source whose standing report has the final figure for the {matter} that is furthest away from what {source} has.
                With all corrections made and fallen reports left out, who contradicts {source} most strongly on the {matter}?
                {source} is contradicted on the {matter}: by whom most, among sources whose reports stand?
                If fallen reports are set aside, the widest gap on the {matter} is between {source} and which other source?
                Whose final figure for the {matter} conflicts most with that of {source}, among reports that stand?
                Find the source that, in the end, is furthest from {source} about the {matter}.
                Of the others whose report on the {matter} still stands, who is the most distant from the final figure of {source}?
            """),
        ),
        QuestionKind(
            "matters_higher",
            "count",
            _choose_higher,
            _solve_higher,
            asks("""
                On how many matters does {source} end up with a higher figure than {other}, where both have a report that stands? Files that put {source} first are left out.
                Compare {source} and {other} on every matter where neither report has fallen: how often is the final figure of {source} the higher one? Leave out files that put {source} first.
                How many matters are there on which the standing report of {source} comes to more than that of {other}? Matters in whose file {source} goes first do not count.
                Counting only reports that still stand, on how many matters is {source} above {other} in the end? Files that put {source} first are left out.
                {source} and {other} contradict each other on some matters. Leaving out fallen reports, on how many does {source} have the larger final figure? Leave out files that put {source} first.
                What is the number of matters on which the last word of {source} is more than that of {other}, fallen reports left aside? Matters in whose file {source} goes first do not count.
                With all corrections and withdrawals in, in how many cases does {source} put a matter higher than {other}? Files that put {source} first are left out.
                Go through all matters on which both {source} and {other} have a report that still stands: how many times does {source} come to the larger figure? Leave out files that put {source} first.
                How many times does {other} come to a lower final figure than {source} for one and the same matter, both reports standing? Matters in whose file {source} goes first do not count.
                Count the matters on which {other} stays below {source} once corrections are made and fallen reports dropped. Files that put {source} first are left out.
                Of the matters on which the reports by {source} and by {other} both stand, how many have the higher final figure from {source}? Leave out files that put {source} first.
                Take every matter where {source} and {other} both still have a say: on how many does {source} name the larger figure in the end? Matters in whose file {source} goes first do not count.
            """),
            wide=True,
        ),
        QuestionKind(
            "passed_over",
            "count",
            _choose_passed,
            _solve_passed,
            asks("""
                In how many files does another report count than that by {source}, with a {way} figure, although the report by {source} stands?
                Settle every file by its ranking: how often is a standing report by {source} passed over for one with a {way} final figure?
                How many files go to another source with a {way} figure than {source} finally has, if fallen reports of {source} are left out?
                Count the files in which {source} has a report that stands, but one with a {way} final figure is the one that counts.
                On how many matters does the report of another source count, its figure {way} than the final one of {source}, whose own report still stands?
                Through all the files in which {source} has a report that stands: how many are settled by a {way} figure?
                What is the number of files in which the figure to be used is {way} than that of the standing report by {source}?
                Leaving out files where the report by {source} has fallen or where there is none, how many are decided by a {way} figure than that of {source}?
                For how many matters does the file's ranking lead to a {way} figure than the last word of {source}, {source} having a report that stands?
                With rankings, corrections and withdrawals followed in every file, how many files come out {way} than {source} has them in a standing report?
                If each file is decided by the first report in its ranking that has not fallen, how many end {way} than the standing report by {source}?
                How often is the outcome of a file {way} than what {source} has there, in a report that stands?
            """),
            wide=True,
        ),
    ),
)
