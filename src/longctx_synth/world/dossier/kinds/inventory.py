# ruff: noqa: E501  (a template is one line, however long)
"""Stock books: what lay in which store, and every voucher since. The answer is a state that no sentence states.

An account is one kind of goods in one store: an opening stock and up to seven vouchers, some of them cancelled. A
transfer joins two accounts of the same goods, which then stand in one group. Stocks never fall below zero, cancelled
vouchers counted or not. Which vouchers there are is structure, when each was written and for how much are values, so a
twin's stocks run otherwise.
"""

from __future__ import annotations

from collections import defaultdict
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
    choose,
    name,
    number,
    spread,
)
from longctx_synth.world.kinds.base import vocabulary
from longctx_synth.world.prose import lines

METALS = "brass steel copper zinc aluminium bronze nickel iron".split()
SOFT = "rubber felt cork leather canvas nylon".split()
HARD = "oak beech plastic ceramic glass steel aluminium".split()
# What is made of what: no glass hinges, no cork rollers.
GOODS = (
    (METALS, ("hinges", "brackets", "hooks", "bolts", "latches", "pulleys", "pipe clips", "valve seats", "hose nozzles", "bushings", "shims")),
    (SOFT, ("gaskets", "washers", "strips", "rings", "sleeves", "covers", "pads", "mats", "straps")),
    (HARD, ("trays", "door handles", "knobs", "panels", "signs", "lamp holders", "plugs", "end caps", "funnels", "bowls", "shelves")),
)  # fmt: skip


def make(stage: Stage, size: int) -> list[list[Fact]]:
    """Accounts until there are about `size` facts. Every kind of goods lies in two or more stores, so near misses
    abound.
    """
    rng, values = stage.structure, stage.values
    stores = [f"{stage.place()} store" for _ in range(3 if size < 60 else 4)]
    goods = [f"{make_} {noun}" for makes, nouns in GOODS for make_ in makes for noun in nouns]
    rng.shuffle(goods)
    stage.cast = {"store": stores, "item": [], "person": [stage.person() for _ in range(6)]}
    # The first day is structure: a question that names a date has one that the twin's papers cover too.
    start = date(rng.randint(2009, 2023), 1, 1) + timedelta(days=rng.randrange(365))
    # What comes in against what goes out: some stores fill up, some run dry, so that counts of goods are not all middling.
    pace = {store: values.choice((0.05, 0.2, 1.0, 4.0, 8.0)) for store in stores}
    groups: list[list[Fact]] = []
    made = 0
    while made < size and goods:
        item = goods.pop()
        stage.cast["item"].append(item)
        places = rng.sample(stores, rng.randint(2, 3))
        while places:
            pair = len(places) >= 2 and rng.random() < 0.35
            group = _accounts(stage, item, [places.pop() for _ in range(1 + pair)], start, pace)
            groups.append(group)
            made += len(group)
    return groups


def _accounts(stage: Stage, item: str, stores: list[str], start: date, pace: dict[str, float]) -> list[Fact]:
    """The accounts of one kind of goods in one store, or in two with transfers between them."""
    rng, values = stage.structure, stage.values
    facts: list[Fact] = []
    many = rng.randint(1, 7 if len(stores) == 1 else 6)
    held: dict[str, int] = {}
    for store in stores:
        held[store] = values.randint(160, 980)
        facts.append(stage.fact("opening", item=item, store=store, qty=stage.count(held[store]), date=stage.day(start)))
        if rng.random() < 0.3:
            facts.append(stage.fact("card", item=item, store=store, card=stage.code("K")))
    days: list[date] = []
    for _ in range(many):
        days.append((days or [start])[-1] + timedelta(days=values.randint(2, 19)))
    values.shuffle(days)
    # Where something comes in and something goes out, the pace of the store decides which is more: so it may be all goods of a
    # store that grow, or none of them.
    both = [(store, what) for store in stores for what in ("receipt", "issue")]
    moves = both if many >= len(both) else []
    pool = ("receipt", "issue", "transfer") if len(stores) == 2 else ("receipt", "issue")
    moves = [*moves, *((rng.choice(stores), rng.choice(pool)) for _ in range(many - len(moves)))]
    rng.shuffle(moves)
    for day, (store, what) in zip(days, moves, strict=True):
        # All that goes out is less than the opening stock: no order and no cancelling makes a stock negative.
        most = held[store] // (many + 1)
        qty = values.randint(7, max(9, int(most * (pace[store] if what == "receipt" else 1))))
        code = stage.code("V")
        slots: dict[str, Any] = {"item": item, "qty": stage.count(qty), "date": stage.day(day), "voucher": code}
        if what == "transfer":
            slots |= {"source": store, "target": stores[1 - stores.index(store)]}
        else:
            slots |= {"store": store}
        facts.append(stage.fact(what, **slots))
        if rng.random() < 0.12:
            void = stage.day(day + timedelta(days=values.randint(1, 6)))
            facts.append(stage.fact("void", facts[-1:], voucher=code, date=void))
    return facts


# Solvers.


def _movements(world: World, item: str, store: str) -> list[tuple[Fact, int]]:
    """(voucher's fact, change) of an account, in order of time, cancelled ones too."""
    found = [(fact, 1) for fact in world.where("receipt", "store", store) if fact.text("item") == item]
    found += [(fact, -1) for fact in world.where("issue", "store", store) if fact.text("item") == item]
    found += [(fact, -1) for fact in world.where("transfer", "source", store) if fact.text("item") == item]
    found += [(fact, 1) for fact in world.where("transfer", "target", store) if fact.text("item") == item]
    return sorted(
        ((fact, sign * int(fact.number("qty"))) for fact, sign in found), key=lambda pair: pair[0].number("date")
    )


def _book(
    world: World, item: str, store: str, until: float = float("inf")
) -> tuple[list[Step], list[str], list[int]] | None:
    """Steps, evidence and the stock after each step of an account up to a day, that day included."""
    opening = next((fact for fact in world.where("opening", "store", store) if fact.text("item") == item), None)
    if opening is None or opening.number("date") > until:
        return None
    stock = int(opening.number("qty"))
    steps: list[Step] = []
    used, stocks = [opening.id], [stock]
    for fact, change in _movements(world, item, store):
        if fact.number("date") > until:
            continue
        code = fact.text("voucher")
        void = world.one("void", "voucher", code)
        if void is not None:
            used += [fact.id, void.id]
            steps.append(
                Step(
                    f"the voucher of {fact.text('date')} that counts for nothing, since it was cancelled",
                    name(code),
                    "",
                    (fact.id, void.id),
                )
            )
            continue
        how = f"{_plain(stock)} {'+' if change > 0 else '-'} {_plain(abs(change))}"
        stock += change
        used.append(fact.id)
        sources = (opening.id, fact.id) if len(stocks) == 1 else (fact.id,)
        steps.append(Step(f"the stock after {code} of {fact.text('date')}", number(stock, world.stage), how, sources))
        stocks.append(stock)
    return steps, used, stocks


def _plain(figure: int) -> str:
    return f"{figure:,}"


def _accounts_of(world: World) -> list[tuple[str, str]]:
    return [(fact.text("item"), fact.text("store")) for fact in world.of("opening")]


def _choose_account(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return choose(world, rng, hops, [{"item": item, "store": store} for item, store in _accounts_of(world)], _solve_end)


def _others(world: World, item: str, store: str) -> tuple[str, ...]:
    """The figures that come into question for an account: its quantities, and each stock that it had, with and without
    what was cancelled.
    """
    opening = next(fact for fact in world.where("opening", "store", store) if fact.text("item") == item)
    moves = _movements(world, item, store)
    valid = [pair for pair in moves if world.one("void", "voucher", pair[0].text("voucher")) is None]
    figures = {abs(change) for _, change in moves}
    for some in (moves, valid):
        stock = int(opening.number("qty"))
        figures.add(stock)
        for _, change in some:
            stock += change
            figures.add(stock)
    return tuple(number(figure, world.stage).text for figure in sorted(figures))


def _solve_end(world: World, params: Params) -> Solved | None:
    booked = _book(world, params["item"], params["store"])
    if booked is None or not booked[0] or len(booked[2]) < 2:
        return None
    steps, used, stocks = booked
    if steps[-1].value.text != number(stocks[-1], world.stage).text:  # the last voucher was cancelled
        steps.append(Step("the stock that is left", number(stocks[-1], world.stage)))
    return Solved(steps[-1].value, tuple(steps), tuple(used), _others(world, params["item"], params["store"]), used[0])


def _choose_card(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    return choose(world, rng, hops, [{"card": fact.text("card")} for fact in world.of("card")], _solve_card)


def _solve_card(world: World, params: Params) -> Solved | None:
    card = world.one("card", "card", params["card"])
    if card is None:
        return None
    solved = _solve_end(world, {"item": card.text("item"), "store": card.text("store")})
    if solved is None:
        return None
    first = Step(
        f"the goods and the store of card {params['card']}",
        name(f"{card.text('item')} in the {card.text('store')}", card.text("item")),
        "",
        (card.id,),
    )
    return Solved(solved.answer, (first, *solved.steps), (card.id, *solved.facts), solved.candidates, card.id)


def _choose_day(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [
        {"item": fact.text("item"), "store": fact.text("store"), "date": fact.text("date"), "day": fact.number("date")}
        for fact in world.of("receipt", "issue")
        if world.one("void", "voucher", fact.text("voucher")) is None
    ]
    return choose(world, rng, hops, options, _solve_day)


def _solve_day(world: World, params: Params) -> Solved | None:
    booked = _book(world, params["item"], params["store"], params["day"])
    if booked is None:
        return None
    steps, used, stocks = booked
    if not steps or steps[-1].value.text != number(stocks[-1], world.stage).text:
        steps.append(Step("the stock on that day", number(stocks[-1], world.stage), "", tuple(used[:1])))
    return Solved(steps[-1].value, tuple(steps), tuple(used), _others(world, params["item"], params["store"]), used[0])


def _choose_lowest(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """First how late the voucher comes is drawn, then the account: else it would be the last more often than not."""
    accounts = _accounts_of(world)
    found: dict[float, list[dict[str, Any]]] = defaultdict(list)
    for item, store in rng.sample(accounts, min(len(accounts), 60)):
        solved = _solve_lowest(world, {"item": item, "store": store})
        if solved is not None and len(solved.steps) == hops:
            place = solved.candidates.index(solved.answer.text) / (len(solved.candidates) - 1)
            found[round(place, 1)].append({"item": item, "store": store})
    return rng.choice(found[rng.choice(sorted(found))]) if found else None


def _solve_lowest(world: World, params: Params) -> Solved | None:
    """The voucher after which an account stood lowest. The opening stock does not count, and there must be one lowest
    alone.
    """
    booked = _book(world, params["item"], params["store"])
    if booked is None or len(booked[2]) < 4:
        return None
    steps, used, stocks = booked
    after = stocks[1:]
    if after.count(min(after)) > 1:
        return None
    counted = [
        fact
        for fact, _ in _movements(world, params["item"], params["store"])
        if world.one("void", "voucher", fact.text("voucher")) is None
    ]
    found = counted[after.index(min(after))]
    code = found.text("voucher")
    last = Step(f"the voucher after which the stock stood lowest, at {_plain(min(after))}", name(code), "", ())
    own = tuple(fact.text("voucher") for fact in counted)
    # Without the opening stock one could still tell which is lowest: no single fact makes the question unanswerable.
    return Solved(name(code), (*steps, last), tuple(used), own)


TOLD_EACH = 12  # kinds of goods up to which the way to their number tells each
WAYS = ("more", "fewer")


def _choose_grown(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = []
    for store in sorted({fact.text("store") for fact in world.of("opening")}):
        for way in WAYS:
            params = {"store": store, "way": way}
            solved = _solve_grown(world, params)
            if solved is None or solved.answer.rank < 1 or 5 * len(solved.facts) < len(world.facts):
                continue
            if len(solved.candidates) >= 3:
                options.append((params, solved))
    return spread(rng, options)


def _solve_grown(world: World, params: Params) -> Solved | None:
    """Of how many kinds of goods a store has more, or fewer, in the end than at the stock-taking."""
    store, way = params["store"], params["way"]
    used: list[str] = []
    more = fewer = 0
    each: list[Step] = []
    openings = world.where("opening", "store", store)
    for opening in openings:
        booked = _book(world, opening.text("item"), store)
        if booked is None:
            return None
        _, facts, stocks = booked
        used += facts
        more += stocks[-1] > stocks[0]
        fewer += stocks[-1] < stocks[0]
        moved = "more" if stocks[-1] > stocks[0] else "fewer" if stocks[-1] < stocks[0] else "unchanged"
        told = f"{_plain(stocks[0])} at first, so {moved}"
        each.append(
            Step(
                f"the closing stock of {opening.text('item')}",
                number(stocks[-1], world.stage),
                told,
                tuple(facts),
            )
        )
    if not openings:
        return None
    same = len(openings) - more - fewer
    wanted, other = (more, fewer) if way == "more" else (fewer, more)
    answer = number(wanted, world.stage)
    range_ = tuple(number(n, world.stage).text for n in range(1, len(openings) + 1))
    if len(openings) <= TOLD_EACH:
        last = Step(
            f"the kinds of goods of which it has {way}", answer, f"{len(openings)} - {len(openings) - wanted} others"
        )
        return Solved(answer, (*each, last), tuple(dict.fromkeys(used)), range_)
    changed = number(more + fewer, world.stage)
    steps = (
        Step(f"the kinds of goods that the {store} keeps", number(len(openings), world.stage)),
        Step(
            "those whose number has changed, cancelled vouchers left out",
            changed,
            f"{len(openings)} - {same} unchanged",
        ),
        Step(f"those of which it has {way}", answer, f"{more + fewer} - {other} with {WAYS[way == 'more']}"),
    )
    return Solved(answer, steps, tuple(dict.fromkeys(used)), range_)


KIND = Kind(
    name="inventory",
    noun="stock book",
    titles=lines("""
        Stock book of {org}, [copied from the slips|fair copy|office copy]
        {org}: entries in the stock book, part {part}
        Store papers of {org} in {city}
        What came and what went: stores of {org}
        {org}, store vouchers as they were filed
        Stock movements, {org}, bundle {part}
        From the desk of {person}: stock notes
        Slips and vouchers, {org}, {city}
        Ledger extracts for the {store}
    """),
    headings=lines("""
        Sheet {part}
        [Slips|Papers] handed in by {person}
        From the [tray|drawer|folder] of {person}
        Entries not yet sorted
        [Copied|Checked] by {person}
        Bundle {part}
        Notes for the {store}
        [More|Further] entries
    """),
    openings=lines("""
        The entries stand in the order in which the slips were found, not in order of time.
        {person} copied these slips as they came to hand; their dates tell the order.
        Nobody has sorted these entries yet, so a later one may stand before an earlier one.
        What is written here was taken from slips, in no order of time.
        As [usual|ever], {person} filed the slips without looking at their dates.
        A cancelled voucher counts for nothing; where one was cancelled, a slip says so.
        These papers were [put together|collected] by {person} from several desks.
    """),
    types={
        "opening": lines("""
            On {date} the stock-taking found {qty} {item} in the {store}.
            The {store} opened its book on {date} with {qty} {item}.
            {qty} {item} lay in the {store} at the stock-taking of {date}.
            At the stock-taking of {date}, {qty} {item} were counted in the {store}.
            For the {store} the book opens on {date} with {qty} {item}.
            When the {store} was counted on {date}, it held {qty} {item}.
            {person} counted {qty} {item} in the {store} on {date}.
            The count of {date} gave {qty} {item} for the {store}.
            The {store} had {qty} {item} on its shelves when it was counted on {date}.
        """),
        "card": lines("""
            The {item} of the {store} are kept on card {card}.
            Card {card} is the one for {item} in the {store}.
            In the {store}, {item} have card {card}.
            For {item} in the {store}, the clerks use card {card}.
            Card {card} belongs to the {item} of the {store}.
            Whoever looks for the {item} of the {store} must pull card {card}.
            {item} in the {store}: card {card}.
            The clerks of the {store} note {item} on card {card}.
            On card {card} stand the {item} of the {store}.
        """),
        "receipt": lines("""
            Under voucher {voucher}, the {store} took in {qty} {item} on {date}.
            {qty} {item} came into the {store} on {date}, voucher {voucher}.
            On {date} a delivery of {qty} {item} reached the {store}; the voucher is {voucher}.
            Voucher {voucher} of {date} books {qty} {item} into the {store}.
            The {store} received {qty} {item} on {date} and signed voucher {voucher}.
            A load of {qty} {item} was put away in the {store} on {date} under {voucher}.
            With voucher {voucher}, {qty} {item} were added to the {store} on {date}.
            {person} put {qty} {item} into the {store} on {date}, as voucher {voucher} shows.
            For the {store}, {qty} new {item} arrived on {date}; they stand on voucher {voucher}.
        """),
        "issue": lines("""
            Under voucher {voucher}, the {store} gave out {qty} {item} on {date}.
            {qty} {item} left the {store} on {date}, voucher {voucher}.
            On {date} the {store} handed over {qty} {item}; the voucher is {voucher}.
            Voucher {voucher} of {date} books {qty} {item} out of the {store}.
            The {store} issued {qty} {item} on {date} against voucher {voucher}.
            A job took {qty} {item} from the {store} on {date} under {voucher}.
            With voucher {voucher}, {qty} {item} were drawn from the {store} on {date}.
            {person} fetched {qty} {item} from the {store} on {date}, as voucher {voucher} shows.
            From the {store}, {qty} {item} were used up on {date}; they stand on voucher {voucher}.
        """),
        "transfer": lines("""
            Under voucher {voucher}, {qty} {item} went from the {source} to the {target} on {date}.
            On {date} the {source} sent {qty} {item} to the {target}, voucher {voucher}.
            {qty} {item} were moved from the {source} to the {target} on {date}; the voucher is {voucher}.
            Voucher {voucher} of {date} moves {qty} {item} from the {source} to the {target}.
            The {target} was given {qty} {item} by the {source} on {date} under {voucher}.
            {person} carried {qty} {item} from the {source} to the {target} on {date}, voucher {voucher}.
            With voucher {voucher}, the {target} got {qty} {item} from the {source} on {date}.
            To help out the {target}, the {source} let go of {qty} {item} on {date} under {voucher}.
            A transfer of {qty} {item} from the {source} to the {target} was booked on {date} as {voucher}.
        """),
        "void": lines("""
            Voucher {voucher} was cancelled on {date}.
            On {date} {person} struck out voucher {voucher}.
            {voucher} was declared void on {date}.
            A red line of {date} runs through voucher {voucher}: it is void.
            The office withdrew voucher {voucher} on {date}.
            Voucher {voucher} is void since {date}.
            On {date} it was found that {voucher} had been written by mistake, and it was cancelled.
            {voucher} should not be counted: it was cancelled on {date}.
            By a note of {date}, voucher {voucher} no longer holds.
        """),
    },
    slots={
        "item": "name",
        "store": "name",
        "source": "name",
        "target": "name",
        "qty": "count",
        "date": "date",
        "voucher": "code",
        "card": "code",
    },
    colour=lines("""
        {person} [keeps|still keeps] the keys of the {store} [in a drawer|on a nail by the door|in the office].
        [Nobody|No one] could say who had [ordered|labelled|chosen] the {item}, least of all $who.
        Some of the {item} [arrived|were] $state, which {person} [noted in the margin|let pass].
        {person} [asked|would like] to have the shelves of the {store} [painted|moved|numbered afresh].
        $who [complained|wrote] that the {item} were $state.
        The scales of the {store} were [tested|oiled|cleaned] by {person}, and $who [signed for it|looked on].
        There was [talk|some talk] of another make of {item}, but $who [was against it|never answered].
        {person} and {person_} [share|shared] the [morning|evening] shift in the {store}.
        A sample of the {item} was [shown to|set aside for] $who, being $state.
        The [door|roof|lamp] of the {store} [wants|needed] mending, as $who [said|noted].
        $who [came|looked in] while {person} was [sorting|dusting] the {item}[|, most of them $state].
        [Light|Room|Order] is what the {store} lacks, in the words of $who.
    """),
    short=lines("""
        The slips are legible.
        All of it was initialled.
        The pencil marks in the margin have no meaning.
        Nothing was lost on the way.
        The ink has run a little.
        The office keeps the originals.
        Prices are not given here.
        No breakage was reported.
    """),
    words=vocabulary("""
        who: the night watchman, the foreman, the driver, the buyer, the auditor, the apprentice, the works council, the site engineer, the cleaner, the gatekeeper
        state: dusty, well wrapped, slightly bent, still in their boxes, hard to reach, sorted by size, damp, freshly oiled, mislabelled, tied in bundles
    """),
    make=make,
    questions=(
        QuestionKind(
            "stock_at_end",
            "count",
            _choose_account,
            _solve_end,
            asks("""
                How many {item} are in the {store} once every voucher that counts has been booked?
                What is the final stock of {item} in the {store}?
                After all valid vouchers, how many {item} does the {store} hold?
                With cancelled vouchers left out, how many {item} remain in the {store} at the end?
                How many {item} should a count in the {store} find after the last entry?
                Taking every valid entry together, what stock of {item} is left in the {store}?
                How many {item} does the {store} have when the book is closed?
                State the closing stock of {item} in the {store}.
                When all is booked, how many {item} lie in the {store}?
                Work out how many {item} the {store} holds in the end.
                What number of {item} is on hand in the {store} after everything in these papers?
                How large is the closing balance of {item} for the {store}?
            """),
        ),
        QuestionKind(
            "stock_on_date",
            "count",
            _choose_day,
            _solve_day,
            asks("""
                How many {item} were in the {store} at the end of {date}?
                What was the stock of {item} in the {store} when {date} was over?
                On the evening of {date}, how many {item} did the {store} hold, cancelled vouchers left out?
                With everything up to and including {date} booked, how many {item} lay in the {store}?
                How many {item} would a count in the {store} have found on the night of {date}?
                State the stock of {item} in the {store} at close of business on {date}.
                After the valid entries up to {date}, that day included, how many {item} were left in the {store}?
                What number of {item} did the {store} have once {date} was booked?
                How large was the stock of {item} in the {store} after {date}, before any later voucher?
                By the end of {date}, how many {item} had the {store} got?
                Count only what was booked up to the end of {date}: how many {item} were in the {store}?
                At midnight after {date}, what was the balance of {item} in the {store}?
            """),
        ),
        QuestionKind(
            "stock_of_card",
            "count",
            _choose_card,
            _solve_card,
            asks("""
                What is the final stock of the goods that are kept on card {card}?
                How many pieces should card {card} show after all valid vouchers?
                Which stock remains, in pieces, of what card {card} stands for, cancelled vouchers left out?
                Work out the closing balance of card {card}.
                How many of the goods on card {card} are left in their store at the end?
                When every valid voucher is booked, what figure belongs at the foot of card {card}?
                What stock does card {card} end with?
                State the closing stock, in pieces, that belongs on card {card}.
                How many pieces are there, in the end, of the goods that card {card} is about?
                The clerk wants to close card {card}: which stock does he write down?
                Take card {card}: how many of its goods lie in its store after the last valid entry?
                For the goods of card {card}, how many pieces are on hand once all is booked?
            """),
            indirect=True,
        ),
        QuestionKind(
            "lowest_point",
            "code",
            _choose_lowest,
            _solve_lowest,
            asks("""
                After which voucher did the stock of {item} in the {store} stand lowest?
                Which voucher brought the {item} of the {store} to their lowest stock after an entry?
                Name the voucher after which the {store} had the fewest {item}, the opening stock left aside.
                Of all valid vouchers for {item} in the {store}, which one left the smallest stock?
                Which voucher marks the low point of {item} in the {store}?
                The {store} was never shorter of {item} than after one voucher: which?
                Once booked, one voucher left fewer {item} in the {store} than any other did. Which one?
                Give the number of the voucher after which the stock of {item} in the {store} was at its lowest.
                Following the valid vouchers in order of time, after which of them were the {item} in the {store} fewest?
            """),
            indirect=True,
        ),
        QuestionKind(
            "goods_grown",
            "count",
            _choose_grown,
            _solve_grown,
            asks("""
                Of how many kinds of goods does the {store} have {way} in the end than at the stock-taking?
                Go through all the goods of the {store}: how many kinds end with {way} pieces than the count found, cancelled vouchers left out?
                Once every valid voucher is booked, for how many kinds of goods does the {store} hold {way} than it opened with?
                Count the kinds of goods of which the {store} is left with {way} than its book opened with.
                For how many kinds of goods does the closing balance of the {store} show {way} pieces than the opening one?
                When all is booked, how many of the articles in the {store} have {way} pieces than at the start?
                Compare the opening and the final stock of each kind of goods in the {store}: of how many are there {way} at the end?
                How many kinds of goods does the {store} keep of which there are {way} after the last valid entry than on the day of the count?
                With cancelled vouchers left out, of how many kinds of goods do {way} pieces lie in the {store} at the end than at the beginning?
                What is the number of articles of which the {store} ends up with {way} than the stock-taking gave?
                Closing the book of the {store}, for how many kinds of goods does the clerk find {way} than were counted at the stock-taking?
                In how many of its articles does the {store} finish with {way} pieces than it began with?
            """),
            wide=True,
        ),
    ),
)
