"""Probes whose answer is one of the things that they name: the first or last of them, or the one that meets all conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longctx_synth.world import values as v
from longctx_synth.world.prose import capitalised, listed
from longctx_synth.world.talk.acts import Act, Thing, Wording, holding
from longctx_synth.world.talk.matters import Attribute, Topic
from longctx_synth.world.talk.probes.stand import DECOYS, Probe, Stand, asked_bare, mention, said_of
from longctx_synth.world.values import Value


def _choice(
    stand: Stand, kind: str, asked: str, answer: Thing, things: Sequence[Thing], acts: list[Act], needed: list[Act],
    gold: Callable[[Sequence[Act]], str | None], keys: set[tuple[str, str]],
) -> Probe:  # fmt: skip
    """A probe whose answer is one of the things that it names."""

    def forms(thing: Thing) -> tuple[str, ...]:
        return (thing.name, thing.name.removeprefix("the "))

    value = Value(answer.name, forms(answer), 0.0)
    others = [thing for thing in things if thing != answer]
    form = "sentence"
    if stand.rng.random() < 0.5:
        form, right = "bare", [capitalised(answer.name)]
        wrong = [(capitalised(thing.name), "another one") for thing in others]
        asked, checks = asked_bare(stand, "name", asked, value)
    else:
        right = [stand.words.say("answer_choice", value=answer.name) for _ in range(3)]
        wrong = [(stand.words.say("answer_choice", value=thing.name), "another one") for thing in others]
        checks = mention("the right one", value.forms, [thing.name for thing in others], right)
    type_ = {"person": "person", "place": "place"}.get(str(answer.topic.naming), "name")
    if str(answer.topic.naming).startswith("code"):
        type_ = "code"
    return Probe(
        kind,
        asked,
        value,
        type_,
        acts,
        needed,
        right,
        wrong,
        checks,
        [thing.name for thing in things],
        gold,
        keys,
        form,
    )


def order(stand: Stand) -> Probe | None:
    """Which of three or four things comes first or last, by dates that were told at different times, some of them changed."""
    chosen = stand.topic("day")
    if chosen is None:
        return None
    topic, attribute, _ = chosen
    rng = stand.rng
    things = stand.things(topic, min(4, stand.decoys + 1))
    if len(things) < 3:
        return None
    places = [stand.first, *(stand.later(stand.first - 1) for _ in things[1:])]
    acts: list[Act] = []
    last: list[Act] = []
    for thing, at in zip(things, places, strict=True):
        changes = rng.random() < 0.4 and at > 0
        if changes:
            acts.append(stand.tell(thing, attribute, rng.randrange(at)))
        acts.append(stand.tell(thing, attribute, at, new=changes))
        last.append(acts[-1])
    earliest = rng.random() < 0.5

    def gold(all_acts: Sequence[Act]) -> str | None:
        ends = [holding(all_acts, (thing.name, attribute.key)) for thing in things]
        ranks = [said_of(act).value.rank for act in ends if act is not None]
        if len(ranks) < len(things) or len(set(ranks)) < len(ranks):
            return None
        return things[ranks.index((min if earliest else max)(ranks))].name

    name = gold(acts)
    if name is None:
        return None
    shown = rng.sample(things, len(things))
    asked = stand.words.say(
        "first_of" if earliest else "last_of", noun=attribute.noun, names=listed([thing.name for thing in shown])
    )
    answer = next(thing for thing in things if thing.name == name)
    keys = {said_of(act).key for act in last}
    return _choice(stand, "order", asked, answer, shown, acts, last, gold, keys)


def sharded(stand: Stand) -> Probe | None:
    """Which of some things meets two or three conditions, each given at its own time."""
    rng, cast = stand.rng, stand.cast
    options = []
    for topic in cast.matter.topics:
        usable = topic.of_type("amount", "count", "day")
        if len(usable) >= 2 and f"conditions:{topic.key}" not in stand.used:
            options.append((topic, usable))
    if not options:
        return None
    topic, usable = rng.choice(options)
    number = min(len(usable), 3 if stand.decoys >= DECOYS else 2)
    attributes = rng.sample(usable, number)
    things = stand.things(topic, number + 2 if stand.decoys >= DECOYS else 3)
    if len(things) < 3:
        return None
    # The right one meets all; each other fails one condition at least, each condition fails somebody alone.
    right = rng.choice(things)
    drawn = {thing: {a.key: cast.value(a) for a in attributes} for thing in things}
    bounds: list[tuple[Attribute, bool, Value]] = []
    for attribute in attributes:
        own = drawn[right][attribute.key]
        most = attribute.type == "day" or rng.random() < 0.5
        bounds.append((attribute, most, _bound(stand, attribute, own, most)))
    others = [thing for thing in things if thing != right]
    for place, thing in enumerate(others):
        failing = place % number
        for which, (attribute, most, bound) in enumerate(bounds):
            value = _beyond(stand, attribute, bound, most, meets=which != failing)
            if value is None:
                return None
            drawn[thing][attribute.key] = value

    def fits(value: Value, most: bool, bound: Value) -> bool:
        return value.rank <= bound.rank if most else value.rank >= bound.rank

    conditions = []
    places = [stand.first, *(stand.later(stand.first - 1) for _ in bounds[1:])]
    for (attribute, most, bound), at in zip(bounds, places, strict=True):
        conditions.append(limit_act(stand.words, topic, attribute, most, bound, at))
    # Values are told at any time: which of them matter is known only with the conditions.
    tells = [
        stand.tell(thing, a, rng.randint(stand.first, stand.exchanges - 1), drawn[thing][a.key])
        for thing in things
        for a in attributes
    ]

    def gold(acts: Sequence[Act]) -> str | None:
        limits = [act for act in acts if act.kind == "limit" and act.topic == topic]
        left = []
        for thing in things:
            kept = True
            for act in limits:
                held = holding(acts, (thing.name, act.params["attribute"]))
                value = said_of(held).value.rank if held else None
                bound = act.params["bound"]
                kept &= value is not None and (value <= bound if act.params["most"] else value >= bound)
            if kept:
                left.append(thing.name)
        return left[0] if len(left) == 1 else None

    assert all(fits(drawn[right][a.key], most, bound) for a, most, bound in bounds)
    stand.used.add(f"conditions:{topic.key}")
    shown = rng.sample(things, len(things))
    asked = stand.words.say("fitting", topic=topic.noun, names=listed([thing.name for thing in shown]))
    keys = {said_of(act).key for act in tells}
    return _choice(stand, "sharded", asked, right, shown, [*conditions, *tells], [*conditions, *tells], gold, keys)


def limit_act(words: Wording, topic: Topic, attribute: Attribute, most: bool, bound: Value, at: int) -> Act:
    """A condition for the thing of a topic that is chosen in the end. params: attribute, most (or at least), bound."""
    what = "limit_until" if attribute.type == "day" else "limit_most" if most else "limit_least"
    text = words.say(what, topic=topic.noun, noun=attribute.noun, value=bound.text)
    ack = words.say("limit_ack", topic=topic.noun, plural=topic.plural)
    return Act("limit", at, text, ack, topic, params={"attribute": attribute.key, "most": most, "bound": bound.rank})


def _bound(stand: Stand, attribute: Attribute, own: Value, most: bool) -> Value:
    """A bound that a value meets with some room."""
    rng, stage = stand.rng, stand.cast.stage
    if attribute.type == "day":
        assert own.day is not None
        return stage.day(v.shift(own.day, rng, 1, 15))
    room = 1 + rng.uniform(0.03, 0.25)
    figure = own.rank * room if most else own.rank / room
    if attribute.type == "amount":
        return stage.amount(v.odd_figure(figure))
    return stage.count(max(int(own.rank) + rng.randint(0, 2) * (1 if most else -1), 2))


def _beyond(stand: Stand, attribute: Attribute, bound: Value, most: bool, meets: bool) -> Value | None:
    """A value of the attribute on this side of a bound, or the other."""
    for _ in range(60):
        value = stand.cast.value(attribute)
        if (value.rank <= bound.rank if most else value.rank >= bound.rank) == meets and value.rank != bound.rank:
            return value
    return None
