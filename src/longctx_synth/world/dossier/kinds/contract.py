# ruff: noqa: E501  (a template is one line, however long)
"""Contracts and their amendments: what is in force is what the latest valid ones have made of it, and hardly ever what a sentence states.

A group is one contract: its signing, one or two clauses, up to nine amendments of these (each sets a figure anew, raises or lowers it), the
amendments that were declared void, and the suppliers to whom the contract passed. A void amendment counts as never made. Figures stay above
zero whichever amendments count; no two events of a contract fall on the same day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
    namely,
    number,
    spread,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines
from longctx_synth.world.values import Value, draw_number, grouped, odd_figure

# Clauses by class: the word that ends their names, and the names' beginnings; a period's with its unit and usual length.
FEES = "monthly call-out standby inspection weekend travel storage handling night emergency set-up licence".split()
LIMITS = "call visit pallet parcel badge key vehicle order claim shift ticket crate".split()
PERIODS = {
    "notice": ("days", 90), "payment": ("days", 45), "delivery": ("days", 50), "repair": ("hours", 60), "response": ("hours", 48), "warranty": ("weeks", 110),
    "trial": ("days", 75), "handover": ("days", 60), "retention": ("weeks", 70), "objection": ("days", 52), "lock-in": ("weeks", 80), "storage": ("days", 70),
}  # fmt: skip
TASKS = "upkeep cleaning inspection repair testing replacement painting monitoring overhaul supply".split()
THINGS = (
    "lifts", "boilers", "gates", "pumps", "fire doors", "windows", "roof lights", "lamps", "copiers", "fork lifts", "drains", "air filters", "water meters", "fences",
    "vending machines", "cold rooms", "generators", "hoists", "conveyors", "cameras", "turnstiles", "shutters", "radiators", "awnings", "scales", "compressors", "tanks",
    "alarm bells", "signposts", "benches", "work clothes", "tow bars", "trolleys", "ladders", "cable drums", "washrooms", "loading ramps", "switchboards", "sprinklers", "heaters",
)  # fmt: skip
FIRMS = "Services Works Group Partners Contractors Trading Engineering Maintenance Company Associates Industries Supplies".split()
CLASSES = ("fee", "period", "limit")
OPERATIONS = ("set", "up", "down")
# What amendments of a class mostly do in a world; of clauses that rise as often as they sink, about half would always stand above.
MIXES = (("set", "up", "up", "up", "down"), ("set", "up", "up", "down", "down"), ("set", "up", "down", "down", "down"))
STATED = 0.15  # share of answers that some sentence states: the others have to be reckoned


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Contracts until there are about `size` facts. Sites take turns, suppliers have several contracts each."""
    rng = stage.structure
    noun = rng.choice(["depot", "works", "yard", "plant", "annex", "terminal"])
    sites = [f"{stage.place()} {noun}" for _ in range(3)]
    suppliers = [_supplier(stage) for _ in range(4 + max(0, size - 60) // 20)]
    # A contract is known by what it is for and where, so no two agree in both.
    jobs = [(site, f"{task} of the {thing}") for site in sites for task in TASKS for thing in THINGS]
    rng.shuffle(jobs)
    stage.cast = {"site": sites, "job": [job for _, job in jobs[:40]], "person": [stage.person() for _ in range(6)]}
    start = date(rng.randint(2009, 2020), 1, 1) + timedelta(days=rng.randrange(365))
    most = (
        3 if size < 92 else 5 if size < 130 else 7
    )  # amendments of a clause: a short document has to hold whole contracts
    groups: list[list[Fact]] = []
    made = 0
    mixes = {kind: rng.choice(MIXES) for kind in CLASSES}
    by_site = {site: [job for where, job in jobs if where == site] for site in sites}
    while made < size and (left := by_site[sites[len(groups) % 3]]):
        group = _contract(
            stage,
            left.pop(),
            sites[len(groups) % 3],
            suppliers,
            start + timedelta(days=rng.randrange(700)),
            most,
            mixes,
        )
        groups.append(group)
        made += len(group)
    return groups


def _supplier(stage: Stage) -> str:
    # The pool's firms carry a trade ("Castings"), which would not fit what the contract is for.
    while True:
        firm = f"{stage.company().rsplit(' ', 1)[0]} {stage.structure.choice(FIRMS)}"
        if firm not in stage.pool.entities:
            stage.pool.entities[firm] = None
            return firm


def _contract(
    stage: Stage,
    job: str,
    site: str,
    suppliers: Sequence[str],
    start: date,
    most: int,
    mixes: Mapping[str, Sequence[str]],
) -> list[Fact]:
    rng, values = stage.structure, stage.values
    code = stage.code("C")
    clauses = _clauses(rng, 1 if most < 5 else rng.choice([1, 1, 2]))
    bound = rng.sample(suppliers, rng.choice([1, 2, 2, 3, 3]))
    plan = [(clauses[0], rng.choice(mixes[clauses[0][0]])) for _ in range(rng.randint(1, most))]
    if len(clauses) == 2:
        plan += [(clauses[1], rng.choice(mixes[clauses[1][0]])) for _ in range(rng.randint(1, 2))]
        rng.shuffle(plan)
    voided = [rng.random() < 0.15 for _ in plan]

    day = start + timedelta(days=values.randint(0, 40))
    facts = [stage.fact("contract", contract=code, supplier=bound[0], job=job, site=site, date=stage.day(day))]
    base: dict[tuple[str, str], float] = {}
    for kind, term in clauses:
        base[kind, term] = _first(stage, kind, term)
        facts.append(
            stage.fact(f"{kind}_first", contract=code, term=term, **_slot(stage, kind, term, base[kind, term]))
        )
    days = []
    for _ in range(len(plan) + len(bound) - 1):
        day += timedelta(days=values.randint(25, 150))
        days.append(day)
    # When the contract passes on is a matter of values, so that the twin has other suppliers at the same amendments.
    passing = sorted(values.sample(range(len(days)), len(bound) - 1))
    changing = [index for index in range(len(days)) if index not in passing]
    # What stands on a clause: its first figure or the last newly set one, and what was added or taken off since.
    standing = {clause: [fact] for clause, fact in zip(clauses, facts[1:], strict=True)}
    for index, (clause, operation), void in zip(changing, plan, voided, strict=True):
        kind, term = clause
        share = values.uniform(0.75, 1.6) if operation == "set" else values.uniform(0.03, 0.085)
        figure = _slot(stage, kind, term, max(2.0, base[clause] * share))
        before = standing[clause] if operation == "set" and not void else ()
        fact = stage.fact(
            f"{kind}_{operation}",
            before,
            contract=code,
            term=term,
            amendment=stage.code("AM"),
            date=stage.day(days[index]),
            **figure,
        )
        facts.append(fact)
        if void:
            later = days[index] + timedelta(days=values.randint(4, 90))
            facts.append(stage.fact("void", (fact,), amendment=fact.text("amendment"), date=stage.day(later)))
        else:
            standing[clause] = [fact] if operation == "set" else [*standing[clause], fact]
    for index, source, target in zip(passing, bound[:-1], bound[1:], strict=True):
        facts.append(stage.fact("passing", contract=code, source=source, target=target, date=stage.day(days[index])))
    return facts


def _clauses(rng: Random, many: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while len(found) < many:
        kind = rng.choice(CLASSES)
        term = rng.choice({"fee": FEES, "period": list(PERIODS), "limit": LIMITS}[kind])
        if (kind, term) not in found:
            found.append((kind, term))
    return found


def _first(stage: Stage, kind: str, term: str) -> float:
    if kind == "fee":
        return draw_number(stage.values, 240, 2900) * stage.style.country.scale
    return draw_number(stage.values, 90, 1300) if kind == "limit" else PERIODS[term][1] * stage.values.uniform(0.8, 2.4)


def _slot(stage: Stage, kind: str, term: str, figure: float) -> dict[str, Any]:
    """A figure, as the slot of its class."""
    if kind == "fee":
        cents = stage.values.randrange(1, 100) / 100 if stage.style.cents else 0
        return {kind: stage.amount(odd_figure(figure) + cents)}
    return {
        kind: stage.count(odd_figure(figure)) if kind == "limit" else stage.duration(round(figure), PERIODS[term][0])
    }


# Solvers. Figures are reckoned in hundredths, so that cents add up exactly.


def _written(world: World, kind: str, like: Value, hundredths: int) -> Value:
    if kind == "fee":
        return world.stage.amount(hundredths / 100)
    whole = hundredths // 100
    return number(whole, world.stage) if kind == "limit" else world.stage.duration(whole, like.text.split()[1])


def _plain(world: World, kind: str, hundredths: int) -> str:
    style = world.stage.style
    return grouped(hundredths / 100, style.country, 2 if kind == "fee" and style.cents else 0)


def _void(world: World, amendment: Fact) -> Fact | None:
    return world.one("void", "amendment", amendment.text("amendment"))


def _amendments(world: World, contract: str, kind: str, term: str) -> list[Fact]:
    """All amendments of a clause, void ones too, in order of time."""
    found = [
        fact
        for operation in OPERATIONS
        for fact in world.where(f"{kind}_{operation}", "contract", contract)
        if fact.text("term") == term
    ]
    return sorted(found, key=lambda fact: fact.number("date"))


def _amendment(world: World, code: str) -> tuple[Fact, str] | None:
    """The amendment of this code and its class."""
    for kind in CLASSES:
        for operation in OPERATIONS:
            fact = world.one(f"{kind}_{operation}", "amendment", code)
            if fact is not None:
                return fact, kind
    return None


def _hundredths(fact: Fact, kind: str) -> int:
    return round(fact.number(kind) * 100)


class _Clause:
    """A clause followed through time: its steps, the evidence, and what it stood at after each amendment that counts."""

    def __init__(self, world: World, contract: str, kind: str, term: str) -> None:
        self.world, self.contract, self.kind, self.term = world, contract, kind, term
        self.first = next(
            (fact for fact in world.where(f"{kind}_first", "contract", contract) if fact.text("term") == term), None
        )
        self.all = _amendments(world, contract, kind, term)
        self.steps: list[Step] = []
        self.used: list[str] = []
        self.states: list[tuple[Fact, int]] = []
        self.value: int | None = None if self.first is None else _hundredths(self.first, kind)

    @property
    def item(self) -> str:
        return f"{self.term} {self.kind}"

    def write(self, hundredths: int) -> Value:
        like = (self.first or self.all[0]).values[self.kind]
        return _written(self.world, self.kind, like, hundredths)

    def follow(self, after: float = float("-inf"), until: float = float("inf"), *, skip: bool = True) -> bool:
        """Takes the amendments of a stretch of time into account. skip: only from the last one that sets the figure anew. False where the figure is not known."""
        stretch = [fact for fact in self.all if after < fact.number("date") <= until]
        anew = [i for i, fact in enumerate(stretch) if fact.type.endswith("_set") and _void(self.world, fact) is None]
        stretch = stretch[anew[-1] :] if anew and skip else stretch
        counted = next((fact for fact in stretch if _void(self.world, fact) is None), None)
        if self.first is not None and not self.used and (counted is None or not counted.type.endswith("_set")):
            self.used.append(self.first.id)
        for fact in stretch:
            code, void = fact.text("amendment"), _void(self.world, fact)
            figure = _hundredths(fact, self.kind)
            if void is not None:
                what = f"the amendment of {fact.text('date')} that counts for nothing, since it was declared void"
                self.steps.append(Step(what, name(code), "", (fact.id, void.id)))
                self.used += [fact.id, void.id]
                continue
            if fact.type.endswith("_set"):
                self.value, how = figure, f"{code} sets it anew"
            elif self.value is None:
                return False
            else:
                sign = "+" if fact.type.endswith("_up") else "-"
                how = f"{_plain(self.world, self.kind, self.value)} {sign} {_plain(self.world, self.kind, figure)}"
                self.value += figure if sign == "+" else -figure
            sources = (self.first.id, fact.id) if self.first and not self.states and " sets " not in how else (fact.id,)
            self.steps.append(
                Step(f"the {self.item} after {code} of {fact.text('date')}", self.write(self.value), how, sources)
            )
            self.used.append(fact.id)
            self.states.append((fact, self.value))
        return self.value is not None

    def close(self, what: str) -> None:
        """Ends with the figure, where a void amendment came last."""
        assert self.value is not None
        answer = self.write(self.value)
        if self.steps and self.steps[-1].value.text != answer.text:
            self.steps.append(Step(what, answer))

    def choices(self, right: int) -> tuple[str, ...]:
        """What a hasty reader could take for the answer: the clause's figures as told, and what comes out with void amendments counted in."""
        told = [fact.text(self.kind) for fact in ([self.first] if self.first else []) + self.all]
        sums, state = [], None if self.first is None else _hundredths(self.first, self.kind)
        for fact in self.all:
            figure = _hundredths(fact, self.kind)
            state = (
                figure
                if fact.type.endswith("_set")
                else None
                if state is None
                else state + (figure if fact.type.endswith("_up") else -figure)
            )
            if state is not None:
                sums.append(self.write(state).text)
        states = [self.write(state).text for _, state in self.states]
        return tuple(dict.fromkeys([self.write(right).text, *told, *sums, *states]))

    def solved(self, what: str, before: tuple[Step, ...] = (), evidence: tuple[str, ...] = ()) -> Solved | None:
        """The figure as the answer; None where no amendment comes into it."""
        if not self.steps:
            return None
        self.close(what)
        assert self.value is not None
        # With a figure set anew, what was signed at first is not needed; without an amendment the rest would still give an answer.
        needed = evidence[0] if evidence else self.first.id if self.first and self.first.id in self.used else ""
        used = tuple(dict.fromkeys([*evidence, *self.used]))
        return Solved(self.steps[-1].value, (*before, *self.steps), used, self.choices(self.value), needed)


def _signed(world: World, contract: str) -> float:
    fact = world.one("contract", "contract", contract)
    return fact.number("date") if fact else float("-inf")


def _solve_end(kind: str, world: World, params: Params) -> Solved | None:
    clause = _Clause(world, params["contract"], kind, params["term"])
    return clause.solved(f"the {clause.item} that is left in force") if clause.follow() else None


def _solve_day(kind: str, world: World, params: Params) -> Solved | None:
    clause = _Clause(world, params["contract"], kind, params["term"])
    if params["day"] < _signed(world, params["contract"]) or not clause.follow(until=params["day"]):
        return None
    return clause.solved(f"the {clause.item} in force on {params['date']}")


def _solve_job(kind: str, world: World, params: Params) -> Solved | None:
    found = [fact for fact in world.where("contract", "job", params["job"]) if fact.text("site") == params["site"]]
    if len(found) != 1:
        return None
    code = found[0].text("contract")
    clause = _Clause(world, code, kind, params["term"])
    if not clause.follow():
        return None
    first = Step(f"the contract for the {params['job']} at the {params['site']}", name(code), "", (found[0].id,))
    return clause.solved(f"the {clause.item} that is left in force", (first,), (found[0].id,))


def _solve_passing(kind: str, world: World, params: Params) -> Solved | None:
    found = [
        fact for fact in world.where("passing", "source", params["source"]) if fact.text("target") == params["target"]
    ]
    if len(found) != 1:
        return None
    code, day = found[0].text("contract"), found[0].number("date")
    clause = _Clause(world, code, kind, params["term"])
    if not clause.follow(until=day):
        return None
    first = Step(
        f"the contract that passed from {params['source']} to {params['target']}, and when",
        name(f"{code} on {found[0].text('date')}", code),
        "",
        (found[0].id,),
    )
    return clause.solved(f"the {clause.item} in force when the contract passed on", (first,), (found[0].id,))


def _solve_amended(kind: str, world: World, params: Params) -> Solved | None:
    found = _amendment(world, params["amendment"])
    if found is None or found[1] != kind:
        return None
    fact = found[0]
    clause = _Clause(world, fact.text("contract"), kind, fact.text("term"))
    if len(clause.all) < 2 or not clause.follow():
        return None
    first = Step(
        f"the {kind} that {params['amendment']} is about",
        name(f"{clause.item} of {clause.contract}", clause.item),
        "",
        (fact.id,),
    )
    return clause.solved(f"the {clause.item} that is left in force", (first,), (fact.id,))


def _solve_change(kind: str, world: World, params: Params) -> Solved | None:
    clause = _Clause(world, params["contract"], kind, params["term"])
    early, late = params["day"], params["until"]
    if early < _signed(world, params["contract"]) or not clause.follow(until=early) or clause.value is None:
        return None
    before = clause.value
    clause.close(f"the {clause.item} on {params['date']}")
    count = len(clause.states)
    if not clause.follow(early, late):
        return None
    between = clause.states[count:]
    # One raise alone would be its own answer.
    if not between or clause.value == before or (len(between) == 1 and not between[0][0].type.endswith("_set")):
        return None
    clause.close(f"the {clause.item} on {params['later']}")
    low, high = sorted((before, clause.value))
    answer = clause.write(high - low)
    how = f"{_plain(world, kind, high)} - {_plain(world, kind, low)}"
    steps = (
        *clause.steps,
        Step(f"the difference between the {clause.item} on {params['date']} and on {params['later']}", answer, how),
    )
    # Raises and cuts alone tell the difference without the first figure.
    anew = any(fact.type.endswith("_set") for fact, _ in between)
    needed = clause.first.id if anew and clause.first and clause.first.id in clause.used else ""
    states = [value for _, value in clause.states] + ([_hundredths(clause.first, kind)] if clause.first else [])
    gaps = [clause.write(abs(a - b)).text for a in states for b in states if a > b]
    told = [fact.text(kind) for fact in ([clause.first] if clause.first else []) + clause.all]
    return Solved(
        answer, steps, tuple(dict.fromkeys(clause.used)), tuple(dict.fromkeys([answer.text, *gaps, *told])), needed
    )


EXTREMES = {"fee": ("highest", "lowest"), "limit": ("highest", "lowest"), "period": ("longest", "shortest")}


def _solve_extreme(world: World, params: Params) -> Solved | None:
    """The valid amendment after which a clause stood highest or lowest; there must be one alone."""
    term, _, kind = params["item"].rpartition(" ")
    clause = _Clause(world, params["contract"], kind, term)
    if not clause.follow(skip=False) or len(clause.states) < 3:
        return None
    figures = [value for _, value in clause.states]
    most = max(figures) if params["extreme"] in ("highest", "longest") else min(figures)
    if figures.count(most) > 1:
        return None
    found = clause.states[figures.index(most)][0]
    step = Step(
        f"the amendment after which the {clause.item} was {params['extreme']}, at {clause.write(most).text}",
        name(found.text("amendment")),
    )
    own = tuple(fact.text("amendment") for fact in clause.all)
    # Not the first figure: which amendment led highest may be told from the raises and cuts alone.
    return Solved(step.value, (*clause.steps, step), tuple(clause.used), own)


def _holders(world: World, contract: Fact) -> list[Fact] | None:
    """What handed a contract on, in order of time; None where a link is missing."""
    passings = sorted(world.where("passing", "contract", contract.text("contract")), key=lambda one: one.number("date"))
    chain = [contract.text("supplier"), *(passing.text("target") for passing in passings)]
    return passings if [passing.text("source") for passing in passings] == chain[:-1] else None


def _bound(
    world: World, contract: Fact, day: float, when: str, before: tuple[Step, ...], evidence: tuple[str, ...]
) -> Solved | None:
    """The supplier bound by a contract on a day; None where it was never handed on."""
    passings = _holders(world, contract)
    if not passings:
        return None
    code = contract.text("contract")
    supplier = contract.text("supplier")
    steps = [*before, Step(f"the supplier that signed {code}", name(supplier), "", (contract.id,))]
    chain = [supplier]
    for passing in passings:
        chain.append(passing.text("target"))
        steps.append(
            Step(
                f"the supplier that held {code} from {passing.text('date')}",
                name(chain[-1]),
                f"handed over by {passing.text('source')}",
                (passing.id,),
            )
        )
        if passing.number("date") < day:
            supplier = chain[-1]
    steps.append(Step(f"the supplier that held {code} {when}", name(supplier)))
    used = (*evidence, contract.id, *(passing.id for passing in passings))
    return Solved(name(supplier), tuple(steps), tuple(dict.fromkeys(used)), tuple(dict.fromkeys(chain)), used[0])


def _solve_bound(world: World, params: Params) -> Solved | None:
    """The supplier bound by a contract when an amendment of it took effect."""
    found = _amendment(world, params["amendment"])
    contract = found and world.one("contract", "contract", found[0].text("contract"))
    if not found or not contract:
        return None
    fact, code = found[0], contract.text("contract")
    first = Step(
        f"the contract that {params['amendment']} changes, and from when",
        name(f"{code} from {fact.text('date')}", code),
        "",
        (fact.id,),
    )
    return _bound(world, contract, fact.number("date"), f"on {fact.text('date')}", (first,), (fact.id,))


def _solve_holder(world: World, params: Params) -> Solved | None:
    """The supplier responsible for a piece of work on a day."""
    found = [fact for fact in world.where("contract", "job", params["job"]) if fact.text("site") == params["site"]]
    if len(found) != 1 or found[0].number("date") > params["day"]:
        return None
    code = found[0].text("contract")
    first = Step(f"the contract for the {params['job']} at the {params['site']}", name(code), "", (found[0].id,))
    return _bound(world, found[0], params["day"], f"on {params['date']}", (first,), ())


WHAT = {"fees": "fee", "limits": "limit", "periods": "period"}


def _of_class(world: World, kind: str) -> list[Fact]:
    """The amendments of the clauses of a class, void ones too."""
    return world.of(*(f"{kind}_{operation}" for operation in OPERATIONS))


def _sites(world: World) -> list[str]:
    return sorted({fact.text("site") for fact in world.of("contract")})


def _year(fact: Fact) -> int:
    return fact.day("date").year


def _solve_count(world: World, params: Params) -> Solved | None:
    """How many valid amendments of a class of clauses took effect after a day.

    Of a class, not of a site: were more questions asked by site, what tells a contract's site would be evidence most of the time.
    """
    what = params["what"]
    amendments = _of_class(world, WHAT[what])
    late = [fact for fact in amendments if fact.number("date") > params["day"]]
    voids = [void for fact in amendments if (void := _void(world, fact)) is not None]
    if len(amendments) < 3:
        return None
    gone = [fact for fact in late if _void(world, fact) is not None]
    total = len(late) - len(gone)
    codes = [fact.text("amendment") for fact in late]
    steps = [
        Step(f"the amendments of {what}", number(len(amendments), world.stage)),
        Step(f"those of them that take effect after {params['date']}", number(len(late), world.stage), namely(codes)),
        Step(
            "those of the later ones that were declared void",
            number(len(gone), world.stage),
            namely(fact.text("amendment") for fact in gone),
        ),
        Step("the amendments that count", number(total, world.stage), f"{len(late)} - {len(gone)}"),
    ]
    used = (*(fact.id for fact in amendments), *(void.id for void in voids))
    candidates = tuple(number(n, world.stage).text for n in range(len(amendments) - len(voids) + 1))
    return Solved(steps[-1].value, tuple(steps), used, candidates)


MOVED = {"above": 1, "below": -1}
MOVED_BACK = {"above": "below", "below": "above"}


def _solve_moved(world: World, params: Params) -> Solved | None:
    """How many clauses of a class stood above (below) their first figure on a day. What no amendment has touched by then has not moved."""
    end, kind = params["day"], WHAT[params["what"]]
    used: list[str] = []
    steps: list[Step] = []
    ways: list[int] = []
    for first in world.of(f"{kind}_first"):
        clause = _Clause(world, first.text("contract"), kind, first.text("term"))
        voids = [void.id for fact in clause.all if (void := _void(world, fact))]
        used += [first.id, *(fact.id for fact in clause.all), *voids]
        if not any(fact.number("date") <= end for fact in clause.all):
            continue
        clause.follow(until=end)
        assert clause.value is not None
        start = _hundredths(first, kind)
        ways.append((clause.value > start) - (clause.value < start))
        how = f"{_plain(world, kind, start)} at first, so {('unchanged', 'above', 'below')[ways[-1]]}"
        what = f"the {clause.item} of {clause.contract} on {params['date']}"
        steps.append(Step(what, clause.write(clause.value), how, tuple(dict.fromkeys([first.id, *clause.used]))))
    if len(ways) < 2:
        return None
    total, other, same = (ways.count(way) for way in (MOVED[params["way"]], -MOVED[params["way"]], 0))
    how = ""
    if len(steps) > 12:
        steps = [
            Step(
                f"the {params['what']} with an amendment of {params['date']} or before", number(len(ways), world.stage)
            ),
            Step("those that stand at their first figure all the same", number(same, world.stage)),
            Step(f"those that stand {MOVED_BACK[params['way']]} it", number(other, world.stage)),
        ]
        how = f"{len(ways)} - {same} - {other}"
    steps.append(
        Step(f"the {params['what']} that stand {params['way']} their first figure", number(total, world.stage), how)
    )
    return Solved(
        steps[-1].value,
        tuple(steps),
        tuple(dict.fromkeys(used)),
        tuple(number(n, world.stage).text for n in range(len(ways) + 1)),
    )


def _solve_busiest(world: World, params: Params) -> Solved | None:
    """The site whose contracts changed hands most often in a year; there must be one alone."""
    sites = _sites(world)
    steps: list[Step] = []
    used: list[str] = []
    counts: list[int] = []
    for site in sites:
        contracts = world.where("contract", "site", site)
        passings = [
            fact for contract in contracts for fact in world.where("passing", "contract", contract.text("contract"))
        ]
        used += [fact.id for fact in (*contracts, *passings)]
        own = [fact.text("contract") for fact in passings if _year(fact) == int(params["year"])]
        counts.append(len(own))
        how = namely(
            (f"{code} {own.count(code)} times" if own.count(code) > 1 else code for code in dict.fromkeys(own)), ""
        )
        steps.append(
            Step(f"the changes of supplier of {params['year']} for the {site}", number(counts[-1], world.stage), how)
        )
    if len(sites) < 2 or counts.count(max(counts)) > 1:
        return None
    found = sites[counts.index(max(counts))]
    steps.append(Step("the site with the most of them", name(found), f"{max(counts)} is the largest number"))
    return Solved(name(found), tuple(steps), tuple(used), tuple(sites))


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
        reckoned = any(" + " in step.how or " - " in step.how for step in solved.steps)
        if reckoned or rng.random() < STATED:
            return params
    return None


def _evenly(
    world: World,
    rng: Random,
    hops: int | None,
    options: Sequence[dict[str, Any]],
    solve: Solve,
    key: Callable[[Solved], Any],
) -> dict[str, Any] | None:
    """One of the options (of so many steps): first what `key` makes of the answer is drawn, then an option."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for params in rng.sample(options, min(len(options), 120)):
        solved = solve(world, params)
        if solved is not None and hops in (None, len(solved.steps)):
            found[key(solved)].append(params)
    return rng.choice(found[rng.choice(sorted(found))]) if found else None


def _clauses_of(world: World, kind: str) -> list[dict[str, Any]]:
    return [{"contract": fact.text("contract"), "term": fact.text("term")} for fact in world.of(f"{kind}_first")]


def _moments(world: World, rng: Random, contract: str, kind: str, term: str) -> list[date]:
    """A day after the signing and one after each amendment, before the next: none on which anything happens to the contract or the clause."""
    signed = world.one("contract", "contract", contract)
    days = [fact.day("date") for fact in [signed, *_amendments(world, contract, kind, term)] if fact is not None]
    taken = {fact.day("date") for type_ in ("contract", "passing") for fact in world.where(type_, "contract", contract)}
    found = []
    for day, following in zip(days, [*days[1:], days[-1] + timedelta(days=90)], strict=True):
        options = [day + timedelta(days=n) for n in range(2, (following - day).days)]
        found.append(rng.choice([option for option in options if option not in taken]))
    return found


def _choose_end(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return _pick(world, rng, hops, _clauses_of(world, kind), partial(_solve_end, kind))


def _choose_day(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for own in rng.sample(clauses := _clauses_of(world, kind), min(len(clauses), 40)):
        for when in _moments(world, rng, own["contract"], kind, own["term"])[1:]:
            value = world.stage.day(when)
            options.append(own | {"date": value.text, "day": value.rank})
    return _pick(world, rng, hops, options, partial(_solve_day, kind))


def _choose_change(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for own in rng.sample(clauses := _clauses_of(world, kind), min(len(clauses), 25)):
        moments = [world.stage.day(when) for when in _moments(world, rng, own["contract"], kind, own["term"])]
        for index, early in enumerate(moments):
            for late in moments[index + 1 :]:
                options.append(own | {"date": early.text, "day": early.rank, "later": late.text, "until": late.rank})
    return _pick(world, rng, hops, options, partial(_solve_change, kind))


def _choose_job(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for own in _clauses_of(world, kind):
        contract = world.one("contract", "contract", own["contract"])
        if contract is not None:
            options.append({"job": contract.text("job"), "site": contract.text("site"), "term": own["term"]})
    return _pick(world, rng, hops, options, partial(_solve_job, kind))


def _choose_passing(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {"source": passing.text("source"), "target": passing.text("target"), "term": own["term"]}
        for own in _clauses_of(world, kind)
        for passing in world.where("passing", "contract", own["contract"])
    ]
    return _pick(world, rng, hops, options, partial(_solve_passing, kind))


def _choose_amended(kind: str, world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {"amendment": fact.text("amendment")} for fact in world.of(*(f"{kind}_{operation}" for operation in OPERATIONS))
    ]
    return _pick(world, rng, hops, options, partial(_solve_amended, kind))


def _choose_extreme(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {"contract": own["contract"], "item": f"{own['term']} {kind}", "extreme": extreme}
        for kind in CLASSES
        for own in _clauses_of(world, kind)
        for extreme in EXTREMES[kind]
    ]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for params in rng.sample(options, min(len(options), 120)):
        solved = _solve_extreme(world, params)
        if solved is not None and len(solved.steps) == hops:
            found[[solved.answer.text in step.what for step in solved.steps].index(True)].append(params)
    # A sum of raises and cuts is at its highest or lowest at either end more often than in the middle.
    if not found:
        return None
    places = sorted(found)
    place = rng.choices(places, [0.75 if place in (0, hops - 2) else 1.0 for place in places])[0]
    return None if len(found) < 3 and place in (0, hops - 2) and rng.random() < 0.35 else rng.choice(found[place])


def _place(solved: Solved) -> int:
    return solved.candidates.index(solved.answer.text)


def _choose_bound(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    types = [f"{kind}_{operation}" for kind in CLASSES for operation in OPERATIONS]
    options = [{"amendment": fact.text("amendment")} for fact in world.of(*types)]
    return _evenly(world, rng, hops, options, _solve_bound, _place)


def _choose_holder(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for contract in rng.sample(contracts := world.of("contract"), min(len(contracts), 30)):
        passings = world.where("passing", "contract", contract.text("contract"))
        days = sorted(fact.day("date") for fact in (contract, *passings))
        for day, following in zip(days, [*days[1:], days[-1] + timedelta(days=150)], strict=True):
            when = world.stage.day(rng.choice([day + timedelta(days=n) for n in range(2, (following - day).days)]))
            options.append(
                {"job": contract.text("job"), "site": contract.text("site"), "date": when.text, "day": when.rank}
            )
    return _evenly(world, rng, hops, options, _solve_holder, _place)


def _widely(
    world: World, options: Sequence[dict[str, Any]], solve: Solve
) -> dict[int, dict[float, list[dict[str, Any]]]]:
    """By number of candidates and by answer the options that take a fifth of the facts."""
    found: dict[int, dict[float, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for params in options:
        solved = solve(world, params)
        if solved is not None and len(solved.facts) >= len(world.facts) / 5:
            found[len(solved.candidates)][solved.answer.rank].append(params)
    return found


def _cuts(world: World, rng: Random, what: str, most: int) -> list[dict[str, Any]]:
    """Days between the amendments of a class, none on which one of them takes effect."""
    days = [fact.day("date") for fact in _of_class(world, WHAT[what])]
    found = []
    for day in rng.sample(days, min(len(days), most)):
        for when in (day + timedelta(days=rng.choice([-4, -3, -2])), day + timedelta(days=rng.choice([2, 3, 4]))):
            if when not in days:
                value = world.stage.day(when)
                found.append({"what": what, "date": value.text, "day": value.rank})
    return found


def _choose_count(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """Of one class, every number of amendments as likely as any other."""
    for what in rng.sample(list(WHAT), len(WHAT)):
        found = _widely(world, _cuts(world, rng, what, 16), _solve_count)
        flat = {answer: own for by_answer in found.values() for answer, own in by_answer.items()}
        if flat:
            return rng.choice(flat[rng.choice(sorted(flat))])
    return None


def _choose_moved(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for what in WHAT:
        for own in _cuts(world, rng, what, 12 if len(world.facts) < 600 else 4):
            for way in MOVED:
                params = own | {"way": way}
                solved = _solve_moved(world, params)
                if solved is not None and 5 * len(solved.facts) >= len(world.facts) and len(solved.candidates) >= 3:
                    options.append((params, solved))
    return spread(rng, options)


def _choose_busiest(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """A year. A site with more contracts than another is named more often: it must not be the answer more often than by chance."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for year in sorted({str(_year(fact)) for fact in world.of("passing")}):
        solved = _solve_busiest(world, {"year": year})
        if solved is not None:
            found[solved.answer.text].append({"year": year})
    told = {site: len(world.where("contract", "site", site)) for site in _sites(world)}
    named = {site: count > 1.05 * min(told.values()) for site, count in told.items()}
    if (
        {named[site] for site in found} != set(named.values())
        or not found
        or len(world.of("contract", "passing")) < len(world.facts) / 5
    ):
        return None
    drawn = rng.choice(sorted(named))
    return rng.choice(found[rng.choice(sorted(site for site in found if named[site] == named[drawn]))])


# Sentences. CLAUSE is its name ("standby fee"), VALUE its figure; each class gets the frames in its own words, so a sentence has one reading.

FIRST = lines("""
    As first signed, contract {contract} puts the CLAUSE at VALUE.
    The CLAUSE in the original text of contract {contract} is VALUE.
    When contract {contract} was signed, the CLAUSE stood at VALUE.
    Contract {contract} started out with VALUE as its CLAUSE.
    Before any amendment, contract {contract} gives VALUE as the CLAUSE.
    The [first|unamended] version of contract {contract} names VALUE as the CLAUSE.
    In contract {contract} as signed, the CLAUSE is put down as VALUE.
    For the CLAUSE, the parties to contract {contract} first agreed on VALUE.
    {person} read VALUE as the CLAUSE in the original of contract {contract}.
    To begin with, the CLAUSE under contract {contract} was VALUE.
    What contract {contract} laid down at first as the CLAUSE is VALUE.
    The day of signing saw VALUE [written|typed] into contract {contract} as the CLAUSE.
""")
SET = lines("""
    Amendment {amendment} sets the CLAUSE of contract {contract} at VALUE from {date}.
    From {date} on, the CLAUSE of contract {contract} is VALUE under amendment {amendment}.
    By amendment {amendment}, contract {contract} has VALUE as its new CLAUSE from {date}.
    With effect from {date}, amendment {amendment} fixes the CLAUSE of contract {contract} at VALUE.
    Contract {contract} was amended by {amendment}: from {date} the CLAUSE is VALUE.
    The CLAUSE of contract {contract} becomes VALUE on {date}, as amendment {amendment} has it.
    Amendment {amendment} replaces the CLAUSE of contract {contract} with one of VALUE as of {date}.
    As of {date}, VALUE is the new CLAUSE of contract {contract} according to amendment {amendment}.
    {person} signed amendment {amendment}, under which the CLAUSE of contract {contract} is VALUE from {date}.
    In contract {contract}, amendment {amendment} puts VALUE in place of the old CLAUSE from {date}.
    Whatever it was before, the CLAUSE of contract {contract} is VALUE from {date} by amendment {amendment}.
    Under {amendment}, an amendment to contract {contract}, the CLAUSE is newly set at VALUE from {date}.
""")
MOVE = lines("""
    Amendment {amendment} RAISES the CLAUSE of contract {contract} by VALUE from {date}.
    From {date} on, the CLAUSE of contract {contract} is HIGHER by VALUE under amendment {amendment}.
    By amendment {amendment}, the CLAUSE of contract {contract} was RAISED by VALUE as of {date}.
    With effect from {date}, amendment {amendment} ADDS VALUE TO the CLAUSE of contract {contract}.
    Contract {contract} was amended by {amendment}: the CLAUSE GOES UP by VALUE on {date}.
    The CLAUSE of contract {contract} GOES UP by VALUE on {date}, as amendment {amendment} has it.
    As of {date}, the parties to contract {contract} have RAISED the CLAUSE by VALUE with amendment {amendment}.
    On {date} amendment {amendment} took effect, which RAISES the CLAUSE of contract {contract} by VALUE.
    {person} signed amendment {amendment}, which makes the CLAUSE of contract {contract} HIGHER by VALUE from {date}.
    In contract {contract}, the CLAUSE is RAISED by VALUE from {date} through amendment {amendment}.
    Since {date}, when amendment {amendment} came into force, the CLAUSE of contract {contract} has been HIGHER by VALUE than before.
    Under {amendment}, an amendment to contract {contract}, the CLAUSE GOES UP by VALUE from {date}.
""")
WORDS = {
    "up": {
        "RAISES": "raises",
        "RAISED": "raised",
        "HIGHER": "higher",
        "ADDS": "adds",
        "TO": "to",
        "GOES UP": "goes up",
    },
    "down": {
        "RAISES": "lowers",
        "RAISED": "lowered",
        "HIGHER": "lower",
        "ADDS": "takes",
        "TO": "off",
        "GOES UP": "goes down",
    },
}
PERIOD_WORDS = {
    "up": {"RAISES": "lengthens", "RAISED": "lengthened", "HIGHER": "longer", "GOES UP": "grows"},
    "down": {"RAISES": "shortens", "RAISED": "shortened", "HIGHER": "shorter", "GOES UP": "shrinks"},
}


def _templates() -> dict[str, tuple[str, ...]]:
    """By fact type the frames in its words."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in CLASSES:
        for operation, frames in (("first", FIRST), ("set", SET), ("up", MOVE), ("down", MOVE)):
            words = {"CLAUSE": f"{{term}} {kind}", "VALUE": f"{{{kind}}}"}
            words |= WORDS.get(operation, {}) | (PERIOD_WORDS.get(operation, {}) if kind == "period" else {})
            own = []
            for frame in frames:
                for word, text in sorted(words.items(), key=lambda pair: -len(pair[0])):
                    frame = frame.replace(word, text)
                own.append(frame)
            found[f"{kind}_{operation}"] = tuple(own)
    return found


KIND = Kind(
    name="contract",
    noun="contract file",
    titles=lines("""
        Contract file of {org}, [part|folder] {part}
        {org}: contracts and what became of them
        Amendments on file at {org}, {city}
        Purchasing papers of {org}, [volume|bundle] {part}
        {org}, [register|list] of contracts and amendments
        From the contracts desk of {org}
        Extracts from the contract register, {org}, sheet {part}
        Papers for the {site}, contracts and amendments
        What {person} found in the contract cabinet of {org}
    """),
    headings=lines("""
        Folder {part}
        [Papers|Extracts] gathered by {person}
        From the [cabinet|drawer|desk] of {person}
        [Loose|Unsorted] papers
        [Copied|Compared] by {person}
        Sheet {part} of the register
        Found in the office of the {site}
        [More|Further] extracts
    """),
    openings=lines("""
        The extracts below stand in no order of time; the dates on which amendments take effect tell the order.
        An amendment that was declared void counts as never made, whenever that was declared.
        [Raises and cuts|Increases and cuts] apply to whatever was in force on the day when they took effect; a newly set figure takes the place of all that went before.
        {person} has copied these lines from several folders without sorting them.
        [Nobody|No one] has put these papers in order, so a later amendment may stand before an earlier one.
        Void amendments have been left in the file; a separate line says which they are.
        Contracts are told [side by side|mixed up] here, as the papers came out of the cabinet.
        When a contract passes to another supplier, its clauses pass with it unchanged.
    """),
    types={
        "contract": lines("""
            Contract {contract} was signed with {supplier} on {date} for the {job} at the {site}.
            On {date} {supplier} signed contract {contract}, which covers the {job} at the {site}.
            For the {job} at the {site} there is contract {contract}, signed by {supplier} on {date}.
            {supplier} is in charge of the {job} at the {site} under contract {contract} of {date}.
            The {job} at the {site} is the matter of contract {contract}, which {supplier} signed on {date}.
            Contract {contract} of {date} entrusts {supplier} with the {job} at the {site}.
            {person} signed contract {contract} with {supplier} on {date}; it is about the {job} at the {site}.
            Signed on {date} by {supplier}, contract {contract} deals with the {job} at the {site}.
            At the {site}, the {job} falls under contract {contract}, signed on {date} by {supplier}.
            The register has contract {contract} with {supplier} under {date}, for the {job} at the {site}.
            With contract {contract}, signed on {date}, {supplier} took on the {job} at the {site}.
            The signature of {supplier} under contract {contract} dates from {date}, and the paper is for the {job} at the {site}.
        """),
        **_templates(),
        "void": lines("""
            Amendment {amendment} was declared void from the start on {date}.
            On {date} it was ruled that amendment {amendment} had never been valid.
            {amendment} counts as never made, by a ruling of {date}.
            A notice of {date} declares amendment {amendment} void from the beginning.
            The legal office found on {date} that {amendment} never had any force.
            Since the signature was missing, amendment {amendment} was annulled from the outset on {date}.
            By a letter of {date}, {amendment} is treated as if it had never been signed.
            {person} certified on {date} that amendment {amendment} is void from the start.
            Amendment {amendment} never took effect: it was found invalid on {date}.
            With its annulment on {date}, {amendment} is as good as never written.
            The parties agreed on {date} to regard {amendment} as void from the first day.
            As the minutes of {date} show, amendment {amendment} was wiped out from the beginning.
        """),
        "passing": lines("""
            {target} took over contract {contract} from {source} on {date}.
            On {date} contract {contract} passed from the hands of {source} into those of {target}.
            {source} handed contract {contract} over to {target} on {date}.
            {source} assigned contract {contract} on {date}, and the assignee was {target}.
            By an assignment of {date}, {target} stepped into contract {contract} in place of {source}.
            Since {date}, {target} has stood in for {source} as the other party to contract {contract}.
            {source} left contract {contract} on {date}, and {target} entered it.
            With effect from {date}, {source} gave contract {contract} up to {target}.
            {person} agreed that {target} should have contract {contract} instead of {source} from {date}.
            The other party to contract {contract} changed on {date}: {target} followed {source}.
            As of {date}, contract {contract} is no longer held by {source} but by {target}.
            {target} replaced {source} under contract {contract} on {date}.
        """),
    },
    slots={
        "contract": "code",
        "amendment": "code",
        "supplier": "name",
        "source": "name",
        "target": "name",
        "job": "name",
        "site": "name",
        "term": "name",
        "fee": "amount",
        "period": "duration",
        "limit": "count",
        "date": "date",
    },
    colour=lines("""
        {person} [keeps|still keeps] the originals [in a locked cabinet|in the safe|in a grey box] at the {site}.
        $who [asked|wanted to know] why the papers for the {site} were $state.
        [Nobody|No one] remembers who [drafted|typed|stapled] the annexes, least of all $who.
        The [binder|folder] at the {site} was $state when {person} [opened|fetched] it.
        {person} and {person_} [read|went through] the small print together[| one evening], with $who looking on.
        $who [wrote|noted] that the [annexes|copies|last pages] were $state.
        There was [talk|some talk] of a new form of contract, but $who [was against it|never answered].
        {person} [would like|asked] to have all papers [scanned|bound|translated], which $who [welcomed|put off].
        A copy went to $who, [somewhat late|by the usual post] and $state.
        The [table|room] at the {site} where papers are signed [is too small|has no clock], in the words of $who.
        $who and {person} [differ|do not agree] on how the folders of the {site} should be [named|shelved].
        Some of the copies at the {site} [are|were found] $state, as {person} [said|wrote] to $who.
    """),
    short=lines("""
        The stamps are legible.
        All pages were initialled.
        Pencil marks mean nothing here.
        The annexes are kept elsewhere.
        No page is missing.
        The originals have been seen.
        The wording is plain enough.
        Copies were made for all.
    """),
    words=vocabulary("""
        who: the legal office, the auditor, the buyer, the site manager, the works council, the notary, the trainee, the treasurer, the secretary, the controller
        state: dog-eared, neatly bound, out of order, stained with coffee, hard to read, freshly copied, tied with string, covered with notes, still sealed, slightly torn
    """),
    make=make,
    questions=(
        QuestionKind(
            "fee_at_end",
            "amount",
            partial(_choose_end, "fee"),
            partial(_solve_end, "fee"),
            asks("""
                What is the {term} fee of contract {contract} after all valid amendments?
                With void amendments left aside, what does the {term} fee under contract {contract} come to in the end?
                Once every amendment that counts has taken effect, how high is the {term} fee of contract {contract}?
                State the final {term} fee of contract {contract}.
                Work out the {term} fee that contract {contract} ends up with.
                How much is the {term} fee of contract {contract} when all that is valid has been taken into account?
                Going through everything that was validly agreed, what is the latest {term} fee of contract {contract}?
                What {term} fee is in force under contract {contract} after the last of these papers?
                Contract {contract} has been amended. Which {term} fee holds in the end?
                To what amount has the {term} fee of contract {contract} moved, void amendments not counted?
                Which amount has to be paid as the {term} fee under contract {contract} as it finally stands?
                Taking all valid amendments together, give the {term} fee of contract {contract}.
            """),
        ),
        QuestionKind(
            "period_on_date",
            "duration",
            partial(_choose_day, "period"),
            partial(_solve_day, "period"),
            asks("""
                How long was the {term} period of contract {contract} on {date}?
                What {term} period was in force under contract {contract} on {date}, void amendments left aside?
                On {date}, which {term} period held for contract {contract}?
                Counting only valid amendments in effect by {date}, how long was the {term} period of contract {contract}?
                Someone looks at contract {contract} on {date}: how long is its {term} period that day?
                State the {term} period that applied under contract {contract} on {date}.
                As things stood on {date}, what was the {term} period in contract {contract}?
                Work out how long the {term} period of contract {contract} was on {date}.
                For contract {contract}, give the length of the {term} period as validly amended up to {date}.
                If {date} is the day that matters, which {term} period does contract {contract} have?
                What length did the {term} period of contract {contract} have on {date}?
                Amendments that take effect after {date} do not matter: how long is the {term} period of contract {contract} by then?
            """),
        ),
        QuestionKind(
            "limit_of_job",
            "count",
            partial(_choose_job, "limit"),
            partial(_solve_job, "limit"),
            asks("""
                What is the final {term} limit in the contract for the {job} at the {site}?
                The {job} at the {site} is under contract: which {term} limit holds after all valid amendments?
                Find the contract for the {job} at the {site} and give its {term} limit as it stands in the end.
                In the end, how high is the {term} limit that applies to the {job} at the {site}?
                Whoever does the {job} at the {site} has to respect which {term} limit, once all valid amendments are in effect?
                With void amendments left aside, where does the {term} limit stand for the {job} at the {site}?
                What {term} limit has been agreed in the end for the {job} at the {site}?
                After everything that was validly amended, what number is the {term} limit for the {job} at the {site}?
                State the latest valid {term} limit of the contract about the {job} at the {site}.
                Work out the {term} limit that finally holds where the {job} at the {site} is concerned.
                Give the {term} limit for the {job} at the {site} as of the last valid amendment.
                At the {site}, which {term} limit does the contract for the {job} end up with?
            """),
            indirect=True,
        ),
        QuestionKind(
            "fee_at_passing",
            "amount",
            partial(_choose_passing, "fee"),
            partial(_solve_passing, "fee"),
            asks("""
                What was the {term} fee of the contract that {target} took over from {source}, on the day of the takeover?
                When {source} handed its contract to {target}, how high was the {term} fee?
                At which {term} fee did {target} take a contract over from {source}?
                {target} followed {source} in a contract. What was its {term} fee at that moment, void amendments left aside?
                Which {term} fee was in force on the day when a contract passed from {source} to {target}?
                Work out the {term} fee with which {target} began in the contract that it has from {source}.
                How much was the {term} fee, as validly amended by then, when {target} replaced {source}?
                A contract went from {source} to {target}: what did its {term} fee amount to on that day?
                State the {term} fee of the contract between {source} leaving it and {target} entering it.
                What {term} fee did {source} leave behind when {target} took its contract over?
                On the date of the assignment from {source} to {target}, what {term} fee did the assigned contract carry?
                The contract that {source} gave up to {target} had which {term} fee on the day it changed hands?
            """),
            indirect=True,
        ),
        QuestionKind(
            "period_of_amendment",
            "duration",
            partial(_choose_amended, "period"),
            partial(_solve_amended, "period"),
            asks("""
                Amendment {amendment} is about a period. How long is this period after all valid amendments?
                How long, in the end, is the period that {amendment} deals with?
                Take the period that amendment {amendment} is about: what is its final length?
                With void amendments left aside, where does the period named in {amendment} stand in the end?
                Which length does the period that is the matter of amendment {amendment} finally have?
                After the last valid amendment, how long is the period that {amendment} touches upon?
                Work out the final length of the period that was the subject of {amendment}.
                What has become, in the end, of the period which {amendment} was written to change?
                The clause that {amendment} refers to is a period. Give the length that is finally in force.
                In its contract, the period mentioned in amendment {amendment} ends up at what length?
                Once all that is valid has taken effect, how long is the period with which {amendment} is concerned?
                State how long the period is, at the end of all valid changes, that {amendment} was meant to alter.
            """),
            indirect=True,
        ),
        QuestionKind(
            "limit_change",
            "count",
            partial(_choose_change, "limit"),
            partial(_solve_change, "limit"),
            asks("""
                How far apart are the {term} limit of contract {contract} on {date} and the one on {later}?
                By how much did the {term} limit of contract {contract} differ between {date} and {later}?
                What is the difference between the {term} limits in force under contract {contract} on {date} and on {later}?
                Between {date} and {later}, by what number did the {term} limit of contract {contract} change in all?
                Compare contract {contract} on {date} and on {later}: how large is the gap in its {term} limit?
                From {date} to {later}, how much did the {term} limit of contract {contract} move, void amendments left aside?
                Put the {term} limit of contract {contract} on {later} beside that on {date}. What is the difference?
                How big is the change in the {term} limit of contract {contract} from {date} to {later}, valid amendments only?
                Take the {term} limit of contract {contract} twice, on {date} and on {later}. By what number do the two differ?
                State the difference that the time from {date} to {later} made to the {term} limit of contract {contract}.
                What number lies between the {term} limit of contract {contract} as of {date} and as of {later}?
                On {date} contract {contract} had one {term} limit, on {later} another. What is the difference between them?
            """),
            indirect=True,
        ),
        QuestionKind(
            "extreme",
            "code",
            _choose_extreme,
            _solve_extreme,
            asks("""
                After which amendment was the {item} of contract {contract} {extreme}?
                Which valid amendment left the {item} of contract {contract} at its {extreme}?
                Name the amendment after which contract {contract} had its {extreme} {item}, the original one left aside.
                Of all valid amendments to the {item} of contract {contract}, which one led to the {extreme} figure?
                Which amendment brought the {item} of contract {contract} to the {extreme} value that any amendment gave it?
                Follow the {item} of contract {contract} in order of time: after which amendment is it {extreme}?
                The {item} of contract {contract} was {extreme} of all after one amendment. Which?
                Give the code of the amendment by which the {item} of contract {contract} became {extreme}, seen over all valid amendments.
                Void amendments and the original text aside, which amendment marks the {extreme} {item} of contract {contract}?
                Once in effect, one amendment left contract {contract} with the {extreme} {item}. Which was it?
                When the {item} of contract {contract} stood {extreme}, which valid amendment had last changed it, the time before any amendment not counted?
                Look at what the {item} of contract {contract} was after each valid amendment. Which amendment stands beside the {extreme} one?
            """),
            indirect=True,
        ),
        QuestionKind(
            "supplier_at_amendment",
            "name",
            _choose_bound,
            _solve_bound,
            asks("""
                Which supplier was bound by the contract concerned when amendment {amendment} was to take effect?
                Amendment {amendment} concerns a contract. Who was the supplier under it on the day named in {amendment}?
                On the day from which {amendment} applies, which firm held the contract that it is about?
                Which firm was the other party to the amended contract on the date given in {amendment}?
                Name the supplier that stood in the contract at the time for which {amendment} was written.
                Who held the contract that amendment {amendment} is about, on the day {amendment} gives?
                Look up the date in amendment {amendment}: which supplier did the contract it changes belong to then?
                Find the contract behind {amendment}. Which supplier had it on the date of that amendment?
                With which firm was the contract running when the day of amendment {amendment} came?
                The date in {amendment} found the contract in the hands of which supplier?
                To which firm did amendment {amendment} apply first, going by who held the contract on its date?
                Which supplier had the contract named in {amendment} at the time when that amendment was due to begin?
            """),
            indirect=True,
        ),
        QuestionKind(
            "supplier_on_date",
            "name",
            _choose_holder,
            _solve_holder,
            asks("""
                Which supplier was responsible for the {job} at the {site} on {date}?
                On {date}, which firm held the contract for the {job} at the {site}?
                Who had to see to the {job} at the {site} on {date}?
                A complaint of {date} is about the {job} at the {site}. To which supplier does it go?
                Name the firm that was in charge of the {job} at the {site} on {date}.
                With whom did the contract for the {job} at the {site} stand on {date}?
                Going by who had the contract that day, which supplier did the {job} at the {site} on {date}?
                On {date} someone asks for the firm behind the {job} at the {site}. Which is it?
                As of {date}, in whose hands was the contract for the {job} at the {site}?
                Which firm could send a bill for the {job} at the {site} on {date}, as the holder of the contract?
                The {job} at the {site} was the business of which supplier on {date}?
                State which supplier was bound on {date} to provide the {job} at the {site}.
            """),
            indirect=True,
        ),
        QuestionKind(
            "amendments_after",
            "count",
            _choose_count,
            _solve_count,
            asks("""
                How many valid amendments of {what} take effect after {date}?
                Counting from the day after {date}, how many amendments of {what} that are not void come into force?
                How many amendments with a date later than {date}, void ones left out, change {what}?
                Go through all contracts: how many valid amendments of their {what} come after {date}?
                What is the number of valid amendments of {what} that came into force later than {date}?
                Leave out void amendments and any of {date} or before. How many amendments of {what} are left?
                Over all contracts, count the amendments of {what} in force from a later day than {date} that were not declared void.
                Once {date} was over, how often did a valid amendment still change one of the {what}?
                Of the amendments that concern {what}, how many take effect later than {date} and are valid?
            """),
            wide=True,
        ),
        QuestionKind(
            "clauses_moved",
            "count",
            _choose_moved,
            _solve_moved,
            asks("""
                How many {what} agreed in these contracts stood {way} their first figure on {date}?
                On {date}, how many of the {what} in all contracts were {way} what had been signed at first?
                Of all {what} in the contracts, how many lay {way} their original figure on {date}?
                Compare each of the {what} in the contracts with its first figure: how many were {way} it on {date}?
                With valid amendments up to {date} taken into account, how many {what} are {way} where they started?
                How many of the {what} agreed had ended up {way} the original figure by {date}?
                Count the {what} in the contracts that were in force on {date} at a figure {way} the first one.
                Over all contracts, what number of {what} had been moved {way} the figure as signed, going by {date}?
                When {date} comes, for how many of the {what} in the contracts is the figure in force {way} the one first signed?
            """),
            wide=True,
        ),
        QuestionKind(
            "busiest_site",
            "place",
            _choose_busiest,
            _solve_busiest,
            asks("""
                For which site did contracts pass to another supplier most often in {year}?
                Which site saw the largest number of changes of supplier under its contracts in {year}?
                In {year}, the contracts of one site changed hands more often than those of any other. Which site?
                Count the handovers of {year} by the site of the contract: where are they most?
                Compare the sites: whose contracts went to a new supplier most often in {year}?
                Name the site for whose contracts {year} brought the most new suppliers.
                Going by contracts that were taken over by another supplier in {year}, which site leads?
                Which site comes first if the assignments of its contracts in {year} are counted?
                Where, among all the sites, did contracts get another supplier most often in {year}?
            """),
            wide=True,
        ),
    ),
)
