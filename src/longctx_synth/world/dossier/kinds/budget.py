# ruff: noqa: E501  (a template is one line, however long)
"""Budgets against actuals: what a line was granted, what was charged to it, and what is left: sums that no sentence states.

A line is one purpose of one department in one year: an approved budget with an account code, supplementary grants, and invoices, some of them cut by a
credit note or cancelled. A transfer joins two lines of a department and year, which then stand in one group. The year of an entry is that of its date;
what is cancelled counts for nothing, and a credit note lessens its invoice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
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
    number,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines, listed
from longctx_synth.world.values import Value, draw_number, grouped, odd_figure

DEPARTMENTS = (
    "archive", "workshop", "laboratory", "canteen", "print shop", "registry", "library", "legal office", "motor pool", "warehouse", "press office", "drawing office",
    "data centre", "nursery", "payroll office", "training centre", "machine shop", "call centre", "map room", "planning office",
)  # fmt: skip
PURPOSES = (
    "travel", "repairs", "postage", "stationery", "software", "furniture", "catering", "heating", "cleaning", "insurance", "printing", "translation", "security",
    "fuel", "telephone", "books", "lighting", "removals", "advertising", "legal advice", "work clothes", "first aid", "temporary staff", "recruitment", "freight",
    "storage", "photography", "subscriptions", "water", "waste disposal", "paint", "tools", "spare parts", "gardening", "exhibitions", "membership", "audit", "licences",
    "car hire", "parking", "safety checks", "signs", "packaging", "courier", "hospitality", "data backup", "archiving", "calibration", "consulting", "lift upkeep",
    "window cleaning", "pest control", "language courses", "health checks", "staff outings", "web hosting", "copying", "binding", "laundry", "seminars", "surveys",
    "tree care", "drain cleaning", "scaffolding", "crane hire", "sound insulation", "meters", "batteries", "glass", "locks", "carpets", "blinds", "screens", "cables",
    "lamps", "pumps", "filters", "chemicals", "gloves", "helmets", "plants", "flags", "awards", "gifts", "rent", "leasing", "interest", "bank charges", "customs", "permits",
)  # fmt: skip
STATED = 0.15  # share of answers that some sentence states: the others have to be reckoned


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Lines until there are about `size` facts: departments take turns, and every purpose comes back in other departments and years."""
    rng = stage.structure
    departments = rng.sample(DEPARTMENTS, 2 if size < 115 else 3)
    start = rng.randint(2009, 2021)
    years = [start + n for n in range(2 if size < 210 else 3)]
    purposes = rng.sample(PURPOSES, min(len(PURPOSES), 3 + max(0, size - 60) // 50))
    stage.cast = {"dept": departments, "purpose": purposes, "person": [stage.person() for _ in range(6)]}
    left = {dept: [(purpose, year) for purpose in purposes for year in years] for dept in departments}
    for keys in left.values():
        rng.shuffle(keys)
    most = (
        2 if size < 92 else 3 if size < 108 else 5 if size < 150 else 7
    )  # invoices of a line: a short document has to hold whole groups
    last: dict[str, str] = {}
    groups: list[list[Fact]] = []
    made = 0
    while made < size and any(left.values()):
        dept = departments[len(groups) % len(departments)]
        if not left[dept]:
            groups.append([])
            continue
        # Often the same purpose in another year: what there is to compare should not lie far apart.
        again = [key for key in left[dept] if key[0] == last.get(dept)]
        own = [again[0] if again and rng.random() < 0.5 else left[dept][-1]]
        left[dept].remove(own[0])
        last[dept] = own[0][0]
        others = [key for key in left[dept] if key[1] == own[0][1]]
        if others and rng.random() < (0.4 if most > 2 else 0.2):
            own.append(others[0])
            left[dept].remove(others[0])
        groups.append(_lines(stage, dept, [purpose for purpose, _ in own], own[0][1], most - len(own) + 1))
        made += len(groups[-1])
    return [group for group in groups if group]


def _money(stage: Stage, figure: float) -> Value:
    cents = stage.values.randrange(1, 100) / 100 if stage.style.cents else 0
    return stage.amount(odd_figure(max(3.0, figure)) + cents)


def _lines(stage: Stage, dept: str, purposes: list[str], year: int, most: int) -> list[Fact]:
    rng, values = stage.structure, stage.values
    facts: list[Fact] = []
    base: dict[str, float] = {}
    plan: list[tuple[str, str]] = []
    for purpose in purposes:
        base[purpose] = draw_number(values, 1900, 26_000) * stage.style.country.scale
        facts.append(
            stage.fact(
                "budget",
                dept=dept,
                purpose=purpose,
                year=Value(str(year), (str(year),), float(year)),
                money=_money(stage, base[purpose]),
                account=stage.code("K"),
            )
        )
        plan += [("invoice", purpose) for _ in range(rng.randint(2, max(2, most)))]
        plan += [("supplement", purpose) for _ in range(rng.choice([0, 0, 1, 1, 2] if most > 2 else [0, 1]))]
    if len(purposes) == 2:
        plan += [("transfer", rng.choice(purposes)) for _ in range(rng.choice([1, 1, 2]))]
    rng.shuffle(plan)
    days = sorted(values.sample(range(8, 340), len(plan)))
    # Half of the lines end up above what they were granted.
    bills = {}
    for purpose in purposes:
        weights = [values.uniform(0.5, 1.6) for what, of in plan if (what, of) == ("invoice", purpose)]
        spent = base[purpose] * values.uniform(0.65, 1.5)
        bills[purpose] = [spent * weight / sum(weights) for weight in weights]
    for (what, purpose), offset in zip(plan, days, strict=True):
        day = date(year, 1, 1) + timedelta(days=offset)
        slots: dict[str, Any] = {
            "dept": dept,
            "date": stage.day(day),
            "code": stage.code({"invoice": "F", "supplement": "S", "transfer": "T"}[what]),
        }
        if what == "transfer":
            target = purposes[1 - purposes.index(purpose)]
            slots |= {
                "source": purpose,
                "target": target,
                "money": _money(stage, base[purpose] * values.uniform(0.03, 0.12)),
            }
        elif what == "supplement":
            slots |= {"purpose": purpose, "money": _money(stage, base[purpose] * values.uniform(0.04, 0.16))}
        else:
            slots |= {"purpose": purpose, "money": _money(stage, bills[purpose].pop())}
        fact = stage.fact(what, **slots)
        facts.append(fact)
        fate, later = rng.random(), stage.day(day + timedelta(days=values.randint(3, 24)))
        if fate < 0.13:
            facts.append(stage.fact("void", (fact,), code=fact.text("code"), date=later))
        elif fate < 0.3 and what == "invoice":
            back = _money(stage, fact.number("money") * values.uniform(0.06, 0.5))
            facts.append(stage.fact("credit", invoice=fact.text("code"), money=back, date=later, code=stage.code("N")))
    return facts


# Solvers. Figures are reckoned in hundredths, so that cents add up exactly.


def _hundredths(fact: Fact) -> int:
    return round(fact.number("money") * 100)


def _written(world: World, hundredths: int) -> Value:
    """An amount; one below zero is "minus" so much."""
    value = world.stage.amount(abs(hundredths) / 100)
    return (
        value
        if hundredths >= 0
        else Value(f"minus {value.text}", (f"minus {value.text}", *(f"-{form}" for form in value.forms)), -value.rank)
    )


def _plain(world: World, hundredths: int) -> str:
    style = world.stage.style
    figure = grouped(abs(hundredths) / 100, style.country, 2 if style.cents else 0)
    return figure if hundredths >= 0 else f"-{figure}"


@dataclass(slots=True)
class _Sum:
    """A sum on its way: steps, evidence, and the total in hundredths. terms: what went into it, for one line of reckoning."""

    total: int = 0
    steps: list[Step] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)

    def written(self, world: World) -> str:
        """The reckoning in one line."""
        return " ".join(self.terms).removeprefix("+ ") if self.terms else _plain(world, 0)

    def bracketed(self, world: World) -> str:
        return f"({self.written(world)})" if len(self.terms) > 2 else self.written(world)


Line = tuple[str, str, int]  # department, purpose, year


def _called(line: Line) -> str:
    return f"the {line[1]} line of the {line[0]} in {line[2]}"


def _void(world: World, code: str) -> Fact | None:
    return world.one("void", "code", code)


def _entries(world: World, what: str, slot: str, line: Line) -> list[Fact]:
    """The entries of a line, cancelled ones too, in order of time."""
    found = [
        fact
        for fact in world.where(what, slot, line[1])
        if fact.text("dept") == line[0] and fact.day("date").year == line[2]
    ]
    return sorted(found, key=lambda fact: fact.number("date"))


def _cancelled(fact: Fact, void: Fact) -> Step:
    kind = {"invoice": "invoice", "supplement": "supplementary grant", "transfer": "transfer"}[fact.type]
    return Step(
        f"the {kind} of {fact.text('date')} that counts for nothing, since it was cancelled",
        name(fact.text("code")),
        "",
        (fact.id, void.id),
    )


def _spent(world: World, line: Line, *, credits: bool = True) -> _Sum | None:
    """What was spent on a line: its invoices, those that were cancelled left out, less their credit notes. None where there is no invoice."""
    invoices = _entries(world, "invoice", "purpose", line)
    if not invoices:
        return None
    made = _Sum()
    before: tuple[str, ...] = ()
    for fact in invoices:
        code, figure = fact.text("code"), _hundredths(fact)
        void = _void(world, code)
        if void is not None:
            made.steps.append(_cancelled(fact, void))
            made.used += [fact.id, void.id]
            continue
        made.used.append(fact.id)
        made.terms += ["+", _plain(world, figure)]
        sources: tuple[str, ...] = (fact.id,)
        for credit in world.where("credit", "invoice", code) if credits else []:
            how = f"{_plain(world, figure)} - {_plain(world, _hundredths(credit))}"
            figure -= _hundredths(credit)
            made.steps.append(
                Step(
                    f"what is left of {code} after credit note {credit.text('code')}",
                    _written(world, figure),
                    how,
                    (fact.id, credit.id),
                )
            )
            made.used.append(credit.id)
            made.terms += ["-", _plain(world, _hundredths(credit))]
            sources = ()
        if before or made.total:
            how = f"{_plain(world, made.total)} + {_plain(world, figure)}"
            made.steps.append(
                Step(
                    f"the spending on {_called(line)} up to {code}",
                    _written(world, made.total + figure),
                    how,
                    (*before, *sources),
                )
            )
            before = ()
        else:
            before = sources
        made.total += figure
    return made


def _granted(world: World, line: Line) -> _Sum | None:
    """What a line was granted: budget, supplementary grants and transfers, those that were cancelled left out. None where the budget is not told."""
    budget = next(
        (
            fact
            for fact in world.where("budget", "purpose", line[1])
            if (fact.text("dept"), fact.text("year")) == (line[0], str(line[2]))
        ),
        None,
    )
    if budget is None:
        return None
    made = _Sum(_hundredths(budget), [], [budget.id], ["+", _plain(world, _hundredths(budget))])
    changes = [
        (fact, 1)
        for fact in _entries(world, "supplement", "purpose", line) + _entries(world, "transfer", "target", line)
    ]
    changes += [(fact, -1) for fact in _entries(world, "transfer", "source", line)]
    first: tuple[str, ...] = (budget.id,)
    for fact, sign in sorted(changes, key=lambda pair: pair[0].number("date")):
        code, figure = fact.text("code"), _hundredths(fact)
        void = _void(world, code)
        if void is not None:
            made.steps.append(_cancelled(fact, void))
            made.used += [fact.id, void.id]
            continue
        how = f"{_plain(world, made.total)} {'+' if sign > 0 else '-'} {_plain(world, figure)}"
        made.total += sign * figure
        made.used.append(fact.id)
        made.terms += ["+" if sign > 0 else "-", _plain(world, figure)]
        made.steps.append(
            Step(f"the grant to {_called(line)} after {code}", _written(world, made.total), how, (*first, fact.id))
        )
        first = ()
    return made


def _close(world: World, made: _Sum, what: str) -> None:
    """Ends with the total, where something cancelled came last."""
    if made.steps and made.steps[-1].value.text != _written(world, made.total).text:
        made.steps.append(Step(what, _written(world, made.total)))


def _figures(world: World, line: Line, right: int, types: Sequence[str]) -> tuple[str, ...]:
    """What a hasty reader could take for the answer: the line's figures as told, and what comes out with cancelled entries counted in."""
    told = [
        fact
        for type_ in types
        for slot in ("source", "target", "purpose")
        for fact in (_entries(world, type_, slot, line) if type_ != "budget" else [])
    ]
    figures = [_hundredths(fact) for fact in told]
    figures += [
        _hundredths(fact)
        for fact in world.where("budget", "purpose", line[1])
        if "budget" in types and (fact.text("dept"), fact.text("year")) == (line[0], str(line[2]))
    ]
    figures += [sum(_hundredths(fact) for fact in told if fact.type == "invoice")] if "invoice" in types else []
    return tuple(
        dict.fromkeys(
            [_written(world, right).text, *(_written(world, figure).text for figure in figures if figure > 0)]
        )
    )


def _line(params: Params) -> Line:
    return params["dept"], params["purpose"], int(params["year"])


def _solve_spent(world: World, params: Params) -> Solved | None:
    line = _line(params)
    made = _spent(world, line)
    if made is None or not made.steps or not made.total:
        return None
    _close(world, made, f"the spending on {_called(line)} in all")
    return Solved(
        _written(world, made.total), tuple(made.steps), tuple(made.used), _figures(world, line, made.total, ["invoice"])
    )


def _solve_granted(world: World, params: Params) -> Solved | None:
    line = _line(params)
    made = _granted(world, line)
    if made is None or not made.steps:
        return None
    _close(world, made, f"{_called(line)}: granted in all")
    figures = _figures(world, line, made.total, ["budget", "supplement", "transfer"])
    return Solved(_written(world, made.total), tuple(made.steps), tuple(made.used), figures, made.used[0])


def _of_account(world: World, account: str) -> tuple[Line, Fact, Step] | None:
    budget = world.one("budget", "account", account)
    if budget is None:
        return None
    line = (budget.text("dept"), budget.text("purpose"), int(budget.text("year")))
    return line, budget, Step(f"the line of account {account}", name(_called(line)), "", (budget.id,))


def _solve_gap(world: World, params: Params) -> Solved | None:
    """How far apart are what an account was granted and what was spent on it?"""
    found = _of_account(world, params["account"])
    if found is None:
        return None
    line, budget, first = found
    granted, spent = _granted(world, line), _spent(world, line)
    if granted is None or spent is None or not spent.total or granted.total == spent.total:
        return None
    _close(world, granted, f"{_called(line)}: granted in all")
    _close(world, spent, f"the spending on {_called(line)} in all")
    high, low = sorted((granted.total, spent.total), reverse=True)
    answer = _written(world, high - low)
    last = Step(
        f"the amount by which the line {'stays within its budget' if high == granted.total else 'is overspent'}",
        answer,
        f"{_plain(world, high)} - {_plain(world, low)}",
    )
    used = tuple(dict.fromkeys([budget.id, *granted.used, *spent.used]))
    figures = _figures(world, line, high - low, ["budget", "supplement", "transfer", "invoice"])
    return Solved(answer, (first, *granted.steps, *spent.steps, last), used, figures, budget.id)


def _solve_behind(world: World, params: Params) -> Solved | None:
    """What was spent on the line that a transfer was to go to."""
    transfer = world.one("transfer", "code", params["code"])
    if transfer is None:
        return None
    line = (transfer.text("dept"), transfer.text("target"), transfer.day("date").year)
    solved = _solve_spent(world, {"dept": line[0], "purpose": line[1], "year": line[2]})
    if solved is None:
        return None
    first = Step(f"the line that {params['code']} was to go to", name(_called(line)), "", (transfer.id,))
    return Solved(solved.answer, (first, *solved.steps), (transfer.id, *solved.facts), solved.candidates, transfer.id)


def _solve_years(world: World, params: Params) -> Solved | None:
    """How far apart what was spent on a purpose in two years is."""
    pair = [(params["dept"], params["purpose"], int(params[key])) for key in ("year", "later")]
    sums = [_spent(world, line) for line in pair]
    if any(made is None or not made.total for made in sums) or sums[0].total == sums[1].total:  # type: ignore[union-attr]
        return None
    steps: list[Step] = []
    used: list[str] = []
    totals: list[int] = []
    choices: list[str] = []
    for line, made in zip(pair, sums, strict=True):
        assert made is not None
        _close(world, made, f"the spending on {_called(line)} in all")
        steps += made.steps
        used += made.used
        totals.append(made.total)
        choices += _figures(world, line, made.total, ["invoice"])
    high, low = sorted(totals, reverse=True)
    answer = _written(world, high - low)
    steps.append(
        Step(
            f"the difference between {params['year']} and {params['later']}",
            answer,
            f"{_plain(world, high)} - {_plain(world, low)}",
        )
    )
    return Solved(answer, tuple(steps), tuple(used), tuple(dict.fromkeys([answer.text, *choices])))


def _solve_tipping(world: World, params: Params) -> Solved | None:
    """The invoice with which the valid invoices of an account, credit notes left aside, first come to more than an amount."""
    found = _of_account(world, params["account"])
    if found is None:
        return None
    line, budget, first = found
    limit = round(params["limit"] * 100)
    steps = [first]
    used = [budget.id]
    total = 0
    invoices = _entries(world, "invoice", "purpose", line)
    for fact in invoices:
        code, void = fact.text("code"), _void(world, fact.text("code"))
        used.append(fact.id)
        if void is not None:
            steps.append(_cancelled(fact, void))
            used.append(void.id)
            continue
        how = f"{_plain(world, total)} + {_plain(world, _hundredths(fact))}" if total else ""
        total += _hundredths(fact)
        steps.append(Step(f"the sum of the invoices up to {code}", _written(world, total), how, (fact.id,)))
        if total > limit:
            steps.append(Step(f"the first invoice with which the sum is above {params['amount']}", name(code)))
            return Solved(name(code), tuple(steps), tuple(used), tuple(one.text("code") for one in invoices), budget.id)
    return None


def _left(world: World, line: Line) -> tuple[int, str, list[str]] | None:
    """What is left of a line, how it is reckoned, and from what. None where its budget is not told."""
    granted, spent = _granted(world, line), _spent(world, line) or _Sum()
    if granted is None:
        return None
    return (
        granted.total - spent.total,
        f"{granted.bracketed(world)} - {spent.bracketed(world)}",
        granted.used + spent.used,
    )


def _solve_compare(world: World, params: Params) -> Solved | None:
    """Which of some lines of a department and year has most (least) left; there must be one alone."""
    steps: list[Step] = []
    used: list[str] = []
    rests: list[int] = []
    for purpose in params["purposes"]:
        line = (params["dept"], purpose, int(params["year"]))
        rest = _left(world, line)
        if rest is None:
            return None
        rests.append(rest[0])
        used += rest[2]
        steps.append(
            Step(f"what is left on {_called(line)}", _written(world, rest[0]), rest[1], tuple(dict.fromkeys(rest[2])))
        )
    best = max(rests) if params["extreme"] == "most" else min(rests)
    if rests.count(best) > 1:
        return None
    found = params["purposes"][rests.index(best)]
    steps.append(
        Step(
            f"the line with the {params['extreme']} left",
            name(found),
            f"{_written(world, best).text} is the {'largest' if params['extreme'] == 'most' else 'smallest'} figure",
        )
    )
    return Solved(name(found), tuple(steps), tuple(dict.fromkeys(used)), tuple(params["purposes"]), used[0])


def _known(world: World) -> list[Line]:
    return [(fact.text("dept"), fact.text("purpose"), int(fact.text("year"))) for fact in world.of("budget")]


def _solve_above(world: World, params: Params) -> Solved | None:
    """How many lines of a department, each year a line of its own, end further than an amount from what they were granted.

    Spending alone would make evidence of every invoice and of no grant.
    """
    limit = round(params["limit"] * 100)
    steps: list[Step] = []
    used: list[str] = []
    gaps: list[int] = []
    for line in [line for line in _known(world) if line[0] == params["dept"]]:
        granted, spent = _granted(world, line), _spent(world, line) or _Sum()
        if granted is None:
            return None
        high, low = (granted, spent) if granted.total >= spent.total else (spent, granted)
        facts = tuple(dict.fromkeys([*granted.used, *spent.used]))
        gaps.append(high.total - low.total)
        used += facts
        how = f"{high.bracketed(world)} - {low.bracketed(world)}"
        steps.append(Step(f"the gap on {_called(line)}", _written(world, gaps[-1]), how, facts))
    if len(gaps) < 2:
        return None
    above = sum(gap > limit for gap in gaps)
    how = ""
    if len(gaps) > 12:
        steps = [
            Step(f"the lines of the {params['dept']}, year by year", number(len(gaps), world.stage)),
            Step(
                f"those that end {params['amount']} or less from their grants", number(len(gaps) - above, world.stage)
            ),
        ]
        how = f"{len(gaps)} - {len(gaps) - above}"
    steps.append(
        Step(f"the lines that end more than {params['amount']} from their grants", number(above, world.stage), how)
    )
    return Solved(
        steps[-1].value,
        tuple(steps),
        tuple(dict.fromkeys(used)),
        tuple(number(n, world.stage).text for n in range(len(gaps) + 1)),
    )


def _solve_department(world: World, params: Params) -> Solved | None:
    """The department that has most (least) left of a year's lines taken together; there must be one alone."""
    rests: dict[str, int] = {}
    used: list[str] = []
    steps: list[Step] = []
    known = _known(world)
    for dept in sorted({line[0] for line in known}):
        parts = [
            rest
            for line in known
            if line[0] == dept and line[2] == int(params["year"]) and (rest := _left(world, line)) is not None
        ]
        if not parts:
            continue
        rests[dept] = sum(rest for rest, _, _ in parts)
        used += [one for _, _, ids in parts for one in ids]
        how = (
            " ".join(("+ " if rest >= 0 else "- ") + _plain(world, abs(rest)) for rest, _, _ in parts).removeprefix(
                "+ "
            )
            if 2 <= len(parts) <= 12
            else parts[0][1]
            if len(parts) == 1
            else f"{len(parts)} lines taken together"
        )
        steps.append(
            Step(f"what the {dept} has left of its lines of {params['year']}", _written(world, rests[dept]), how)
        )
    if len(rests) < 2:
        return None
    best = (max if params["extreme"] == "most" else min)(rests.values())
    if list(rests.values()).count(best) > 1:
        return None
    found = next(dept for dept, rest in rests.items() if rest == best)
    steps.append(Step(f"the department with the {params['extreme']} left", name(found)))
    return Solved(name(found), tuple(steps), tuple(dict.fromkeys(used)), tuple(rests))


# Choosers.

Solve = Callable[[World, Params], Solved | None]


def _pick(
    world: World, rng: Random, hops: int, options: Sequence[dict[str, Any]], solve: Solve
) -> dict[str, Any] | None:
    """One of the options of so many steps, nearly always one whose answer no sentence states."""
    for params in rng.sample(options, min(len(options), 90)):
        solved = solve(world, params)
        if solved is None or len(solved.steps) != hops:
            continue
        if any(" + " in step.how or " - " in step.how for step in solved.steps) or rng.random() < STATED:
            return params
    return None


def _as_params(line: Line) -> dict[str, Any]:
    return {"dept": line[0], "purpose": line[1], "year": str(line[2])}


def _choose_line(solve: Solve, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, [_as_params(line) for line in _known(world)], solve)


def _choose_gap(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, [{"account": fact.text("account")} for fact in world.of("budget")], _solve_gap)


def _choose_behind(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, [{"code": fact.text("code")} for fact in world.of("transfer")], _solve_behind)


def _choose_years(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    by_purpose: dict[tuple[str, str], list[int]] = defaultdict(list)
    for dept, purpose, year in _known(world):
        by_purpose[dept, purpose].append(year)
    options = [
        {"dept": dept, "purpose": purpose, "year": str(early), "later": str(late)}
        for (dept, purpose), years in by_purpose.items()
        for early in years
        for late in years
        if early < late
    ]
    return _pick(world, rng, hops, options, _solve_years)


def _between(world: World, rng: Random, low: int, high: int) -> Value:
    """An amount from a sum up to just below the next."""
    unit = 1 if world.stage.style.cents else 100
    return world.stage.amount(max(unit, rng.randrange(low, high, unit) if low < high else low) / 100)


def _choose_tipping(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """An account with an invoice at the place that takes so many steps, then an amount that makes it the answer."""
    for budget in rng.sample(budgets := world.of("budget"), min(len(budgets), 60)):
        invoices = _entries(
            world, "invoice", "purpose", (budget.text("dept"), budget.text("purpose"), int(budget.text("year")))
        )
        valid = [fact for fact in invoices if _void(world, fact.text("code")) is None]
        place = hops - 3
        if len(valid) < 2 or not 0 <= place < len(invoices) or invoices[place] not in valid:
            continue
        if place == len(invoices) - 1 > 1 and rng.random() < 0.25:
            continue  # a long way leads to the last one more often than by chance
        before = sum(_hundredths(fact) for fact in valid[: valid.index(invoices[place])])
        amount = _between(world, rng, before + 100, before + _hundredths(invoices[place]))
        params = {"account": budget.text("account"), "amount": amount.text, "limit": amount.rank}
        solved = _solve_tipping(world, params)
        if solved is not None and len(solved.steps) == hops:
            return params
    return None


def _choose_compare(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    many = hops - 1
    by_year: dict[tuple[str, int], list[str]] = defaultdict(list)
    for dept, purpose, year in _known(world):
        by_year[dept, year].append(purpose)
    fitting = sorted(key for key, purposes in by_year.items() if len(purposes) >= many)
    if not 2 <= many <= 7 or not fitting:
        return None
    dept, year = rng.choice(fitting)
    purposes = rng.sample(by_year[dept, year], many)
    params = {
        "dept": dept,
        "year": str(year),
        "purposes": purposes,
        "list": listed(purposes, "or"),
        "extreme": rng.choice(["most", "least"]),
    }
    return params if _solve_compare(world, params) is not None else None


def _choose_above(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """First how many lines it shall be, each number as likely as any other, then an amount that makes it so."""
    departments = sorted({fact.text("dept") for fact in world.of("budget")})
    for dept in rng.sample(departments, len(departments)):
        sums = sorted(
            (abs(rest[0]) for line in _known(world) if line[0] == dept and (rest := _left(world, line)) is not None),
            reverse=True,
        )
        if len(sums) < 2:
            continue
        many = rng.randint(0, len(sums))
        high = sums[many - 1] if many else round(sums[0] * 1.3)
        low = sums[many] if many < len(sums) else sums[-1] // 2
        if high - low < 300:
            continue
        amount = _between(world, rng, low + 100, high)
        params = {"dept": dept, "amount": amount.text, "limit": amount.rank}
        solved = _solve_above(world, params)
        if solved is not None and len(solved.facts) >= len(world.facts) / 5:
            return params
    return None


def _choose_department(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """A year: first which department it shall be, then a year and whether most or least is asked for."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for year in sorted({fact.text("year") for fact in world.of("budget")}):
        for extreme in ("most", "least"):
            params = {"year": year, "extreme": extreme}
            solved = _solve_department(world, params)
            if solved is not None and len(solved.facts) >= len(world.facts) / 5:
                found[solved.answer.text].append(params)
    return rng.choice(found[rng.choice(sorted(found))]) if found else None


KIND = Kind(
    name="budget",
    noun="budget file",
    titles=lines("""
        Budget papers of {org}, [part|folder] {part}
        {org}: budgets and what was charged to them
        Grants and invoices, {org}, {city}
        From the accounts office of {org}
        {org}, budget ledger, [extracts|excerpts] {part}
        What the departments of {org} were granted and what they spent
        Accounts on the {dept} and other departments, {org}
        Budget file of {org}, [copied|collected] by {person}
        Notes on grants and bills, {org}, bundle {part}
    """),
    headings=lines("""
        Bundle {part}
        [Notes|Slips] from the desk of {person}
        Papers about the {dept} and others
        [Copied|Checked] by {person}
        Sheet {part} of the ledger
        [Loose|Unsorted] entries
        From the [tray|folder] of {person}
        [More|Further] entries
    """),
    openings=lines("""
        The entries stand in no order of time; an entry belongs to the year of its date.
        What was cancelled counts for nothing, be it an invoice, a transfer or a grant.
        A credit note lessens the invoice that it names, and so what was spent.
        {person} has copied these entries from several ledgers without sorting them.
        Supplementary grants and transfers change what a line was granted, from whatever date in the year.
        [Nobody|No one] has sorted these slips, so a later entry may stand before an earlier one.
        The same line exists in several departments and years; each has an account of its own.
        As [usual|ever], {person} filed grants and bills together as they came in.
    """),
    types={
        "budget": lines("""
            The budget for {year} grants {money} to the {purpose} line of the {dept} under account {account}.
            For {year}, the {dept} has {money} on its {purpose} line, account {account}.
            In the budget of {year}, the {purpose} line of the {dept} stands at {money}, with account {account}.
            Account {account} is the {purpose} line of the {dept} for {year}, with an approved budget of {money}.
            The {dept} was granted {money} for {purpose} in the budget of {year}, to be booked on account {account}.
            Approved for the {purpose} line of the {dept} in {year} are {money}, kept as account {account}.
            {person} entered {money} under account {account} as the budget of the {purpose} line of the {dept} for {year}.
            Under {account}, the budget of {year} has {money} for the {purpose} line of the {dept}.
            The {purpose} line of the {dept} began {year} with a budget of {money} on account {account}.
            When the budget of {year} was passed, {money} went into the {purpose} line of the {dept}, which is account {account}.
            The plan for {year} puts {money} at the disposal of the {dept} for {purpose}, account {account}.
            On account {account}, the {dept} may spend {money} for {purpose} in {year} under the approved budget.
        """),
        "supplement": lines("""
            On {date} the {purpose} line of the {dept} got a supplementary grant of {money}, {code}.
            Supplementary grant {code} of {date} adds {money} to the {purpose} line of the {dept}.
            By grant {code}, {money} more were approved on {date} for the {purpose} line of the {dept}.
            The {dept} was given another {money} for its {purpose} line on {date} under {code}.
            Another {money} for the {purpose} line of the {dept} came with supplementary grant {code} on {date}.
            With {code}, a supplementary budget of {date}, the {purpose} line of the {dept} grew by {money}.
            {person} signed supplementary grant {code} on {date}: {money} for the {purpose} line of the {dept}.
            The {purpose} line of the {dept} was topped up by {money} on {date}, as grant {code} shows.
            For its {purpose} line, the {dept} received {money} on top on {date}, grant {code}.
        """),
        "transfer": lines("""
            Transfer {code} of {date} moves {money} from the {source} line to the {target} line of the {dept}.
            On {date} the {dept} moved {money} out of its {source} line into its {target} line, transfer {code}.
            With transfer {code}, the {source} line of the {dept} gave {money} to the {target} line on {date}.
            The {target} line of the {dept} was given {money} from the {source} line on {date} by transfer {code}.
            By {code}, a transfer of {date}, {money} went from the {source} line over to the {target} line within the {dept}.
            Within the {dept}, {money} were shifted on {date} from the {source} line to the {target} line under transfer {code}.
            {person} signed transfer {code} on {date}, which takes {money} off the {source} line for the {target} line of the {dept}.
            To help out its {target} line, the {dept} took {money} from its {source} line on {date}, transfer {code}.
            At the request of the {dept}, {money} left the {source} line for the {target} line on {date} under {code}.
        """),
        "invoice": lines("""
            Invoice {code} of {date} charges {money} to the {purpose} line of the {dept}.
            On {date} the {dept} was billed {money} on its {purpose} line, invoice {code}.
            The {purpose} line of the {dept} paid {money} on {date} against invoice {code}.
            A bill of {money} was booked on {date} to the {purpose} line of the {dept} as invoice {code}.
            For {purpose}, the {dept} settled invoice {code} of {date} over {money}.
            Under invoice {code}, {money} went from the {purpose} line of the {dept} on {date}.
            {person} passed invoice {code} on {date}, {money} at the expense of the {purpose} line of the {dept}.
            With invoice {code} of {date}, the {purpose} line of the {dept} bore a cost of {money}.
            The {dept} spent {money} from its {purpose} line on {date}, as invoice {code} shows.
            Dated {date}, invoice {code} takes {money} out of the {purpose} line of the {dept}.
            On the {purpose} line of the {dept} stands invoice {code} of {date}, made out for {money}.
            The accounts office put invoice {code} over {money} on the {purpose} line of the {dept} on {date}.
        """),
        "credit": lines("""
            Credit note {code} of {date} takes {money} off invoice {invoice}.
            On {date} {money} of invoice {invoice} came back with credit note {code}.
            Invoice {invoice} was lessened by {money} on {date}, credit note {code}.
            By credit note {code}, {money} of invoice {invoice} were returned on {date}.
            For faults in what was delivered, credit note {code} of {date} gives back {money} on invoice {invoice}.
            Of what was paid on invoice {invoice}, {money} were refunded on {date} under credit note {code}.
            {person} filed credit note {code} of {date}, which returns {money} on invoice {invoice}.
            With {code}, a credit note of {date}, {money} have to be taken off invoice {invoice}.
            A rebate of {money} on invoice {invoice} was granted on {date} by credit note {code}.
        """),
        "void": lines("""
            {code} was cancelled on {date} and counts for nothing.
            On {date} {person} struck out {code}: it is void.
            By a note of {date}, {code} is to be treated as never booked.
            A red line of {date} runs through {code}, which is void.
            The accounts office withdrew {code} altogether on {date}.
            Since {date}, {code} is void and must not be counted.
            On {date} it was found that {code} had been booked by mistake, and it was cancelled.
            {code} should be left out of every sum: it was cancelled on {date}.
            As noted on {date}, {code} no longer holds.
        """),
    },
    slots={
        "dept": "name",
        "purpose": "name",
        "source": "name",
        "target": "name",
        "year": "count",
        "money": "amount",
        "account": "code",
        "code": "code",
        "invoice": "code",
        "date": "date",
    },
    colour=lines("""
        {person} [keeps|still keeps] the slips of the {dept} [in a shoe box|in a tin|on a spike].
        [Nobody|No one] could say who had [copied|typed|numbered] the pages, least of all $who.
        $who [complained|wrote] that the slips of the {dept} were $state.
        {person} [asked|would like] to have the ledgers of the {dept} [bound|renumbered|kept elsewhere].
        There was [talk|some talk] of a new form for the {dept}, but $who [was against it|never answered].
        {person} and {person_} [went through|checked] the columns together, and $who [signed|looked on].
        The cashbox of the {dept} [sticks|has a new key], as $who [said|noted].
        $who [came|looked in] while {person} was [adding up|sorting] slips[|, most of them $state].
        [Order|Light|Quiet] is what the {dept} lacks, in the words of $who.
        Some of the slips of the {dept} were $state, which {person} [let pass|noted in the margin].
        $who [wants|asked for] rounder figures from the {dept}, and {person} [laughed|said nothing].
        A [folder|bundle] of the {dept} came back from $who $state.
    """),
    short=lines("""
        The slips are legible.
        All of it was initialled.
        Pencil marks mean nothing here.
        Receipts are kept elsewhere.
        The columns were ruled by hand.
        Nothing was lost on the way.
        The originals have been seen.
        No stamp is missing.
    """),
    words=vocabulary("""
        who: the auditor, the treasurer, the cashier, the controller, the trainee, the works council, the bookkeeper, the secretary, the night porter, the inspector
        state: dog-eared, neatly pinned, out of order, stained with tea, hard to read, freshly stamped, tied with string, covered with notes, still folded, slightly torn
    """),
    make=make,
    questions=(
        QuestionKind(
            "spent_on_line",
            "amount",
            partial(_choose_line, _solve_spent),
            _solve_spent,
            asks("""
                How much did the {dept} spend on its {purpose} line in {year}, credit notes deducted and cancelled invoices left out?
                What do the valid invoices of {year} on the {purpose} line of the {dept} come to, less credit notes?
                What was spent in all on {purpose} by the {dept} in {year}?
                Add up what the {purpose} line of the {dept} really paid in {year}.
                In {year}, what did {purpose} cost the {dept}, once credits are taken off and void invoices left aside?
                Work out the total spent on the {purpose} line of the {dept} in {year}.
                State the sum that was charged for {year} to the {purpose} line of the {dept} and holds.
                For {purpose}, how much money left the {dept} in {year}, all valid invoices and credit notes counted?
                How high were the actual costs of the {purpose} line of the {dept} in {year}?
                Taking invoices that count less their credit notes, what did the {dept} spend on {purpose} in {year}?
                To what sum do the expenses of {year} on the {purpose} line of the {dept} amount?
                Which total belongs at the foot of the {purpose} line of the {dept} for {year}, if only what was really spent is added up?
            """),
        ),
        QuestionKind(
            "granted_to_line",
            "amount",
            partial(_choose_line, _solve_granted),
            _solve_granted,
            asks("""
                How much was the {purpose} line of the {dept} granted for {year} in all, with supplementary grants and transfers?
                With every valid grant and transfer counted, what budget did the {dept} have for {purpose} in {year}?
                What is the final budget of {year} for the {purpose} line of the {dept}?
                Work out the money at the disposal of the {dept} for {purpose} in {year}, before any invoice.
                In {year}, what could the {dept} spend on {purpose} after all supplements and transfers that hold?
                State the budget of the {purpose} line of the {dept} for {year} as changed by all valid grants and transfers.
                Starting from the approved budget, where does the grant for {purpose} of the {dept} stand at the end of {year}?
                What do budget, supplements and transfers give in all for the {purpose} line of the {dept} in {year}?
                How large is the amended budget of the {dept} for {purpose} in {year}, cancelled changes left aside?
            """),
        ),
        QuestionKind(
            "gap_on_account",
            "amount",
            _choose_gap,
            _solve_gap,
            asks("""
                How far apart are what account {account} was granted in all and what was spent on it?
                By how much does the spending on account {account} miss the money granted to it, above or below?
                What is the difference between the grants and the actual costs of account {account}?
                Set what was really spent on account {account} against its amended budget: how large is the difference?
                Between all that account {account} was granted and all that was spent on it, what gap remains?
                Work out by what sum account {account} ended above or below its grants.
                Compare grants and expenses of account {account}. What amount lies between them?
                When account {account} is closed, how big is the gap between the final budget and the real expenses?
                How much do the money granted and the money spent differ for account {account}, cancelled entries left out?
                State the amount by which the budget of account {account}, with all valid changes, differs from what was spent.
                Take account {account}: subtract the smaller of grants and expenses from the larger. What is the result?
                What sum separates the expenses of account {account} from all it was granted?
            """),
            indirect=True,
        ),
        QuestionKind(
            "spent_behind_transfer",
            "amount",
            _choose_behind,
            _solve_behind,
            asks("""
                How much was spent in that year on the line that transfer {code} was to go to?
                Transfer {code} was meant for a line. What did this line really spend in the year of the transfer?
                What do the invoices of the line that was to receive {code} come to in that year, credits deducted?
                Find the line which {code} was to help out: how much did it spend in the same year?
                Look at where transfer {code} was headed. What were the year's actual costs on that line?
                On the line named as the receiver of {code}, what was spent in all that year?
                The receiving line of {code} had what expenses in the year of the transfer, cancelled invoices left out?
                Work out what was spent, in the year concerned, on the line for which {code} was written.
                State the total that the line at the receiving end of {code} spent in its year.
                What sum did the line to which {code} moves money spend in the year of that transfer?
                For the line that {code} was made out in favour of, add up the valid invoices of the year less credit notes.
                Which total of expenses, for the year, belongs to the line that {code} was to top up?
            """),
            indirect=True,
        ),
        QuestionKind(
            "change_between_years",
            "amount",
            _choose_years,
            _solve_years,
            asks("""
                By how much did what the {dept} spent on {purpose} differ between {year} and {later}?
                How far apart are the actual costs of the {purpose} line of the {dept} in {year} and in {later}?
                Compare {year} with {later}: what is the difference in what the {dept} spent on {purpose}?
                What is the gap between the expenses of {year} and of {later} on the {purpose} line of the {dept}?
                Between {year} and {later}, by what sum did the spending of the {dept} on {purpose} change?
                Set the valid invoices, less credits, of {year} on the {purpose} line of the {dept} against those of {later}. What is the difference?
                Work out the difference that lies between {year} and {later} in the real costs of {purpose} for the {dept}.
                For {purpose}, the {dept} spent one sum in {year} and another in {later}. How much do they differ?
                What amount separates the spending of the {dept} on {purpose} in {later} from that in {year}?
            """),
            indirect=True,
        ),
        QuestionKind(
            "tipping_invoice",
            "code",
            _choose_tipping,
            _solve_tipping,
            asks("""
                With which invoice did the valid invoices on account {account} first come to more than {amount}, credit notes left aside?
                Which invoice took the sum of all valid invoices on account {account} above {amount}, credits not deducted?
                Add up the valid invoices of account {account} in order of time, without credits: which one goes beyond {amount}?
                Name the invoice at which the running total of account {account} first exceeds {amount}, counting valid invoices in full.
                On account {account}, which invoice brought the sum of valid invoices, credits aside, past {amount}?
                The invoices on account {account} that count, taken in full and by date, first exceed {amount} with which of them?
                Which is the first invoice after which more than {amount} had been billed to account {account} by valid invoices?
                Up to which invoice do you have to count, by date and valid ones only, until account {account} has been billed more than {amount}?
                Going by date through the valid invoices of account {account}, credits left aside, where does their sum first rise above {amount}?
            """),
            indirect=True,
        ),
        QuestionKind(
            "line_with_rest",
            "choice",
            _choose_compare,
            _solve_compare,
            asks("""
                Which line of the {dept} had the {extreme} left at the end of {year}: {list}?
                Of these lines of the {dept}, which one ends {year} with the {extreme} money left of its grants: {list}?
                In {year}, where did the {dept} have the {extreme} left after all valid entries: on {list}?
                {list}: which of these lines of the {dept} has the {extreme} left for {year}, overspending counted as less than nothing?
                Grants less expenses in {year}: which line of the {dept} has the {extreme} left, {list}?
                At the close of {year}, which of its lines leaves the {dept} with the {extreme} unspent: {list}?
                Compare what remains of {year} on some lines of the {dept}: is the {extreme} left on {list}?
                Take these lines of the {dept} for {year} and name the one with the {extreme} money left: {list}.
                Which of the following has the {extreme} left in the {dept} when {year} is over, all valid changes and credits considered: {list}?
            """),
            indirect=True,
        ),
        QuestionKind(
            "lines_above",
            "count",
            _choose_above,
            _solve_above,
            asks("""
                On how many lines of the {dept}, each year counted apart, do spending and grants lie more than {amount} apart?
                How many lines of the {dept} end their year more than {amount} above or below what they were granted?
                Go through the lines of the {dept} year by year: how many of them miss their grants by more than {amount}, either way?
                Counting a line once for each year that it has a budget, how many lines of the {dept} are more than {amount} off what they were granted?
                For how many yearly lines of the {dept} is the gap between all that was granted and all that was spent above {amount}?
                How many times did a line of the {dept} close a year more than {amount} away from its grants, over or under?
                Of all yearly lines of the {dept}, how many have a difference of more than {amount} between grants and real expenses?
                What is the number of accounts of the {dept} on which grants and real spending differ by more than {amount}?
                With each year's line taken by itself, on how many lines of the {dept} does more than {amount} lie between the money granted and the money spent?
            """),
            wide=True,
        ),
        QuestionKind(
            "department_with_rest",
            "name",
            _choose_department,
            _solve_department,
            asks("""
                Which department had the {extreme} money left of {year}, all its lines taken together?
                All lines together, which department ends {year} with the {extreme} left of its grants?
                Set grants against expenses for {year}: which department has the {extreme} money over?
                Taking every line of {year} into account, where is the {extreme} money left, by department?
                Name the department whose lines of {year} have, on the whole, the {extreme} left, overspending counted as less than nothing.
                Compare the departments for {year}: which has the {extreme} left over?
                To which department do the valid grants of {year} leave the {extreme} once its actual expenses are paid?
                By department, the {extreme} unspent money of {year} is found where?
                After adding up what is left on all lines of {year}, which department has the {extreme}?
            """),
            wide=True,
        ),
    ),
)
