"""What is tested, and when it was said: nine kinds of probes, each with its acts, its answer and the answers that forget.

A probe is planned before the conversation around it is written. Its acts are placed in exchanges so that the farthest one that the
answer needs stands where the slot wants it; decoys of the same type stand beside them. `gold` says from all acts of the finished
conversation what the answer is: where it is not the planned one, something disturbed it.

    update      the present value of something that has changed, the thing named by another of its properties
    inference   a sum, difference or span over two things that the user spoke of at different times
    suggestion  what the assistant itself proposed, carried on
    order       which of some things comes first or last
    sharded     the one thing that meets conditions given one by one
    instruction a rule for answers of a sort, given once, in force for that sort only
    version     an earlier version of a text that was changed since
    coherence   what the assistant worked out before, which it must stand by
    never_said  something that was never told
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from longctx_synth.checks import judge
from longctx_synth.checks import text as t
from longctx_synth.world import values as v
from longctx_synth.world.prose import capitalised, listed
from longctx_synth.world.talk.acts import Act, Cast, Said, Thing, Wording, holding, sayings
from longctx_synth.world.talk.matters import Attribute, Topic
from longctx_synth.world.values import Value

DECOYS = 3  # other things of which the same is told
MOST_FORBIDDEN = 8
ANSWER_TYPES = {"amount": "amount", "count": "count", "day": "date", "person": "person", "code": "code"}


@dataclass
class Probe:
    """A test of memory.

    asked: the user's question. answer: its value, None where the answer is a text or that there is none. needed: the acts without
    which it cannot be answered. right: sentences that answer it; wrong: what one says who forgot, with what was forgotten.
    candidates: values that come into question. keys: what no other act of the conversation may touch. what: the phrase for what is
    asked, where "{what} is {answer}" says it.
    """

    kind: str
    asked: str
    answer: Value | None
    answer_type: str
    acts: list[Act]
    needed: list[Act]
    right: list[str]
    wrong: list[tuple[str, str]]
    checks: list[dict[str, Any]]
    candidates: list[str]
    gold: Callable[[Sequence[Act]], str | None]
    keys: set[tuple[str, str]] = field(default_factory=set)
    form: str = "sentence"
    what: str = ""

    @property
    def expected(self) -> str:
        """What `gold` has to say of the finished conversation."""
        if self.kind == "version":
            return self.right[0]
        return self.answer.text if self.answer else ""

    @property
    def chance(self) -> float:
        """How often a guess among the candidates is right."""
        return 1 / max(len(set(self.candidates)), 1)


@dataclass
class Stand:
    """What a probe is planned with. exchanges: how many stand before it; first: the exchange of its farthest needed act.

    used: what of the conversation is taken (a trigger, the notice, a topic's conditions).
    """

    cast: Cast
    words: Wording
    rng: Random
    exchanges: int
    first: int
    used: set[str]
    decoys: int = DECOYS

    def later(self, than: int | None = None) -> int:
        """An exchange after `than` (the first needed one), if there is one."""
        start = self.first if than is None else than
        return self.rng.randint(min(start + 1, self.exchanges - 1), self.exchanges - 1)

    def any(self) -> int:
        """Any exchange."""
        return self.rng.randrange(self.exchanges)

    def topic(self, *types: str, which: bool = False) -> tuple[Topic, Attribute, Attribute | None] | None:
        """A topic, an attribute of one of these types, and one that picks out its things."""
        options = []
        for topic in self.cast.matter.topics:
            picks = [a for a in topic.attributes if a.which]
            for attribute in topic.of_type(*types):
                others = [pick for pick in picks if pick.key != attribute.key]
                if others or not which:
                    options.append((topic, attribute, self.rng.choice(others) if others else None))
        return self.rng.choice(options) if options else None

    def things(self, topic: Topic, number: int) -> list[Thing]:
        """New things of a topic; fewer where its names run out."""
        found = [self.cast.thing(topic) for _ in range(number)]
        return [thing for thing in found if thing is not None]

    def tell(self, thing: Thing, attribute: Attribute, at: int, value: Value | None = None, new: bool = False) -> Act:
        """The user tells a value; `new`: one that replaces an earlier one."""
        value = value or self.cast.value(attribute)
        line = self.words.one(attribute.update if new else attribute.tell, thing=thing.name, value=value.text)
        return Act("update" if new else "tell", at, line, topic=thing.topic, said=Said(thing, attribute, value))

    def beside(self, topic: Topic, attribute: Attribute, number: int | None = None) -> list[Act]:
        """Other things of the topic of which the same attribute is told, at any time."""
        things = self.things(topic, self.decoys if number is None else number)
        return [self.tell(thing, attribute, self.any()) for thing in things]

    def picked(self, thing: Thing, attribute: Attribute, value: Value) -> str:
        """The thing described by one of its values."""
        return f"the {thing.topic.noun} {self.words.pick(attribute.which).format(value=value.text)}"


def _said(act: Act) -> Said:
    assert act.said is not None
    return act.said


def _value_of(key: tuple[str, str]) -> Callable[[Sequence[Act]], str | None]:
    def gold(acts: Sequence[Act]) -> str | None:
        last = holding(acts, key)
        return _said(last).value.text if last else None

    return gold


def _mention(
    name: str, forms: Sequence[str], forbidden: Sequence[str] = (), right: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Checks of a sentence: it gives the value, and none of the others; what a right sentence itself holds is not forbidden."""
    specs: list[dict[str, Any]] = [
        {"check": "facts_mentioned", "args": {"facts": [{"name": name, "forms": list(forms)}]}}
    ]
    said = [t.normal(text) for text in (*right, *forms)]
    words = [word for word in dict.fromkeys(forbidden) if not any(t.mentions(text, t.normal(word)) for text in said)]
    if words:
        specs.append({"check": "forbids", "args": {"words": words[:MOST_FORBIDDEN]}})
    return specs


def _asked_bare(stand: Stand, type_: str, asked: str, answer: Value) -> tuple[str, list[dict[str, Any]]]:
    """The question with the wish for the bare value, and its check."""
    checks = [{"check": "final_answer", "args": {"answer": answer.text, "forms": list(answer.forms)}}]
    return f"{asked} {stand.words.say(f'bare_{type_}')}", checks


# The kinds. Each returns None where the conversation has no room for it.


def update(stand: Stand) -> Probe | None:
    """The present value of what has changed one to three times."""
    chosen = stand.topic("amount", "count", "day", "code", "person", which=True)
    if chosen is None:
        return None
    topic, attribute, pick = chosen
    things = stand.things(topic, 1)
    if not things or pick is None:
        return None
    thing, rng = things[0], stand.rng
    times = rng.choice((1, 1, 2, 3))
    if rng.random() < 0.5 and stand.first > 0:  # the last change is what lies farthest back
        ends, known = stand.first, stand.later()
    else:
        ends, known = stand.later(), stand.first
    starts = sorted(rng.randint(0, max(ends - 1, 0)) for _ in range(times))
    who = stand.tell(thing, pick, known)
    chain = [stand.tell(thing, attribute, at, new=place > 0) for place, at in enumerate([*starts, ends])]
    decoys = stand.beside(topic, attribute)
    if decoys:  # somebody else's value changes last
        last = _said(decoys[-1])
        decoys.append(stand.tell(last.thing, attribute, stand.later(max(decoys[-1].at, ends - 1)), new=True))
    answer = _said(chain[-1]).value
    key = _said(chain[-1]).key
    others = [_said(act).value.text for act in (*chain[-2::-1], *decoys) if _said(act).value.text != answer.text]
    asked = stand.words.one(attribute.ask, thing=stand.picked(thing, pick, _said(who).value))
    slots = {"noun": attribute.noun, "thing": thing.name}
    form = "bare" if rng.random() < 0.5 else "sentence"
    if form == "bare":
        right = [answer.text]
        wrong = [(other, "an earlier or another one's value") for other in others]
        asked_, checks = _asked_bare(stand, attribute.type, asked, answer)
    else:
        lines = sayings()["answer_value"]
        right = [stand.words.one(lines, value=answer.text, **slots) for _ in range(3)]
        wrong = [
            (stand.words.one(lines, value=other, **slots), "an earlier or another one's value") for other in others[:3]
        ]
        asked_, checks = asked, _mention(attribute.noun, answer.forms, others, right)
    return Probe(
        "update", asked_, answer, ANSWER_TYPES[attribute.type], [who, *chain, *decoys], [who, chain[-1]],
        right, wrong, checks, [answer.text, *others], _value_of(key), {key, _said(who).key}, form, f"the {attribute.noun} of {thing.name}",
    )  # fmt: skip


@dataclass
class Working:
    """Something worked out over two things. name: difference, sum or days."""

    name: str
    attribute: Attribute
    a: Thing
    b: Thing
    value: Value

    @property
    def slots(self) -> dict[str, str]:
        """What its sentences are filled with."""
        return {"noun": self.attribute.noun, "a": self.a.name, "b": self.b.name}

    @property
    def type(self) -> str:
        """The type of its result."""
        return "duration" if self.name == "days" else ANSWER_TYPES[self.attribute.type]

    def ask(self, words: Wording) -> str:
        """The question."""
        return words.say(
            {"difference": "difference_amount", "sum": "sum_amount", "days": "days_between"}[self.name], **self.slots
        )

    def what(self, words: Wording) -> str:
        """The phrase for it."""
        text = words.say(f"what_{self.name}", **self.slots)
        return text[:1].lower() + text[1:] if text.startswith("The ") else text

    def answer(self, words: Wording, value: Value | None = None) -> str:
        """The answer, with its own value or another."""
        return words.say(f"answer_{self.name}", value=(value or self.value).text, **self.slots)


def worked(cast: Cast, name: str, attribute: Attribute, one: Value, other: Value) -> Value | None:
    """The result over two values; None where it is too small to be one."""
    stage = cast.stage
    if name == "days":
        days = abs(int(one.rank - other.rank))
        return v.duration(days, "days") if 2 <= days < 1000 else None
    result = one.rank + other.rank if name == "sum" else abs(one.rank - other.rank)
    if attribute.type == "amount":
        return stage.amount(result) if result >= 1 else None
    return stage.count(int(result)) if result >= 2 else None


def names_of_working(attribute: Attribute) -> tuple[str, ...]:
    """What can be worked out over two values of an attribute."""
    return ("days",) if attribute.type == "day" else ("difference", "sum")


def _working(stand: Stand) -> tuple[Working, list[Act], list[Act]] | None:
    """Two things, what is worked out over them, the acts that tell it (the needed ones first), and all of them."""
    chosen = stand.topic("amount", "count", "day")
    if chosen is None:
        return None
    topic, attribute, _ = chosen
    things = stand.things(topic, 2)
    if len(things) < 2:
        return None
    rng = stand.rng
    name = rng.choice(names_of_working(attribute))
    for _ in range(20):
        values = [stand.cast.value(attribute) for _ in range(3)]
        result = worked(stand.cast, name, attribute, values[0], values[1])
        if result is not None and result.text not in {value.text for value in values}:
            break
    else:
        return None
    places = [stand.first, stand.later()]
    rng.shuffle(places)
    acts: list[Act] = []
    last: list[Act] = []
    for thing, value, at in zip(things, values, places, strict=False):
        if rng.random() < 0.4 and at > 0:
            acts.append(stand.tell(thing, attribute, rng.randrange(at)))
        acts.append(stand.tell(thing, attribute, at, value, new=bool(acts) and _said(acts[-1]).thing == thing))
        last.append(acts[-1])
    return Working(name, attribute, things[0], things[1], result), last, acts


def _gold_of(stand: Stand, working: Working) -> Callable[[Sequence[Act]], str | None]:
    def gold(acts: Sequence[Act]) -> str | None:
        ends = [holding(acts, (thing.name, working.attribute.key)) for thing in (working.a, working.b)]
        if None in ends:
            return None
        one, other = (_said(act).value for act in ends if act is not None)
        result = worked(stand.cast, working.name, working.attribute, one, other)
        return result.text if result else None

    return gold


def _misled(stand: Stand, working: Working, last: Sequence[Act], acts: Sequence[Act]) -> list[Value]:
    """What is worked out with an earlier value, or with another thing's, in one's place."""
    own = [_said(act).value for act in last]
    others = [_said(act).value for act in acts if act not in last]
    found = []
    for other in others:
        for kept in own:
            value = worked(stand.cast, working.name, working.attribute, kept, other)
            if value is not None and value.text != working.value.text:
                found.append(value)
    return found


def inference(stand: Stand) -> Probe | None:
    """A sum, difference or span over what was told at different times."""
    found = _working(stand)
    if found is None:
        return None
    working, last, acts = found
    decoys = stand.beside(working.a.topic, working.attribute)
    misled = _misled(stand, working, last, [*acts, *decoys])
    if not misled:
        return None
    stand.rng.shuffle(misled)
    asked, form = working.ask(stand.words), "sentence"
    if stand.rng.random() < 0.5:
        form, right = "bare", [working.value.text]
        wrong = [(value.text, "worked out with another value") for value in misled]
        bare = "duration" if working.name == "days" else working.attribute.type
        asked, checks = _asked_bare(stand, bare, asked, working.value)
    else:
        right = [working.answer(stand.words) for _ in range(3)]
        wrong = [(working.answer(stand.words, value), "worked out with another value") for value in misled[:4]]
        checks = _mention("the result", working.value.forms)
    return Probe(
        "inference", asked, working.value, working.type, [*acts, *decoys], list(last), right, wrong, checks,
        [working.value.text, *(value.text for value in misled)], _gold_of(stand, working),
        {_said(act).key for act in last}, form, working.what(stand.words),
    )  # fmt: skip


def suggestion_act(stand_words: Wording, cast: Cast, thing: Thing, attribute: Attribute, at: int) -> Act:
    """The user asks for a value, the assistant proposes one."""
    value = cast.value(attribute)
    slots = {"noun": attribute.noun, "thing": thing.name}
    ask = stand_words.say("propose_day" if attribute.type == "day" else "propose_number", **slots)
    text = stand_words.say("proposal", value=value.text, **slots)
    return Act("propose", at, ask, text, thing.topic, Said(thing, attribute, value), "assistant", True)


def suggestion(stand: Stand) -> Probe | None:
    """What the assistant proposed, and a step on from it."""
    chosen = stand.topic("day", "day", "amount", "count")
    if chosen is None:
        return None
    topic, attribute, _ = chosen
    things = stand.things(topic, 3)
    if len(things) < 2:
        return None
    rng, cast = stand.rng, stand.cast
    places = sorted(range(stand.exchanges), key=lambda at: (at != stand.first, rng.random()))
    acts = [suggestion_act(stand.words, cast, thing, attribute, at) for thing, at in zip(things, places, strict=False)]
    decoys = stand.beside(topic, attribute, max(stand.decoys - 1, 1))
    # What the user tells of the same thing's other attributes and of others' same attribute stands around it.
    stage = cast.stage
    if attribute.type == "day":
        days = rng.randint(3, 20)
        step, what = str(days), rng.choice(("before", "after"))
        days = -days if what == "before" else days
        ask = f"shifted_day_{what}"

        def shift(value: Value) -> Value:
            return stage.day(v.shift(value.day, Random(0), days, days))  # type: ignore[arg-type]
    else:
        ask = "shifted_number"
        low, high = attribute.low, attribute.high
        more = rng.randint(3, 12) if attribute.type == "count" else 0
        extra = (
            stage.count(more)
            if more
            else stage.amount(
                v.odd_figure(
                    v.draw_number(rng, low * stage.style.country.scale / 9, high * stage.style.country.scale / 9)
                )
            )
        )
        step = extra.text

        def shift(value: Value) -> Value:
            total = value.rank + extra.rank
            return stage.count(int(total)) if attribute.type == "count" else stage.amount(total)

    act = acts[0]
    answer = shift(_said(act).value)
    others = [
        shifted for one in (*acts[1:], *decoys) if (shifted := shift(_said(one).value)).text != answer.text
    ]  # fmt: skip
    if not others or answer.text in {_said(one).value.text for one in (*acts, *decoys)}:
        return None
    slots = {"noun": attribute.noun, "thing": _said(act).thing.name}
    asked = stand.words.say(ask, n=step, **slots)
    form = "sentence"
    if rng.random() < 0.5:
        form, right = "bare", [answer.text]
        wrong = [(other.text, "counted from another one's value") for other in others]
        asked, checks = _asked_bare(stand, attribute.type, asked, answer)
    else:
        right = [stand.words.say("answer_shift", value=answer.text, **slots) for _ in range(3)]
        wrong = [
            (stand.words.say("answer_shift", value=other.text, **slots), "counted from another one's value")
            for other in others[:3]
        ]
        checks = _mention("the result", answer.forms, [other.text for other in others], right)
    key = _said(act).key

    def gold(all_acts: Sequence[Act]) -> str | None:
        own = [one for one in all_acts if one.kind == "propose" and _said(one).key == key]
        return shift(_said(own[-1]).value).text if own else None

    return Probe(
        "suggestion", asked, answer, ANSWER_TYPES[attribute.type], [*acts, *decoys], [act], right, wrong, checks,
        [answer.text, *(other.text for other in others)], gold, {key}, form,
    )  # fmt: skip


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
        asked, checks = _asked_bare(stand, "name", asked, value)
    else:
        right = [stand.words.say("answer_choice", value=answer.name) for _ in range(3)]
        wrong = [(stand.words.say("answer_choice", value=thing.name), "another one") for thing in others]
        checks = _mention("the right one", value.forms, [thing.name for thing in others], right)
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
        ranks = [_said(act).value.rank for act in ends if act is not None]
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
    keys = {_said(act).key for act in last}
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
                value = _said(held).value.rank if held else None
                bound = act.params["bound"]
                kept &= value is not None and (value <= bound if act.params["most"] else value >= bound)
            if kept:
                left.append(thing.name)
        return left[0] if len(left) == 1 else None

    assert all(fits(drawn[right][a.key], most, bound) for a, most, bound in bounds)
    stand.used.add(f"conditions:{topic.key}")
    shown = rng.sample(things, len(things))
    asked = stand.words.say("fitting", topic=topic.noun, names=listed([thing.name for thing in shown]))
    keys = {_said(act).key for act in tells}
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


RULES = ("starts", "ends", "sentences", "capitals")


def rule_act(words: Wording, form: str, trigger: str, at: int, instead: bool = False) -> Act:
    """A rule for answers of a sort, `instead` of an earlier one. params: trigger, form, phrase."""
    phrase = words.rng.choice(sayings()[form]) if form in ("starts", "ends") else ""
    text = words.say(f"instruct_{form}", trigger=trigger, phrase=phrase)
    if instead:
        text = f"{words.say('instead', trigger=trigger)} {text}"
    return Act("rule", at, text, words.say("instruct_ack"), params={"trigger": trigger, "form": form, "phrase": phrase})


def obeying(text: str, rule: Act, words: Wording) -> str:
    """A sentence as a rule wants it."""
    form, phrase = rule.params["form"], rule.params["phrase"]
    if form == "starts":
        return f"{phrase} {text}"
    if form == "ends":
        return f"{text} {phrase}"
    if form == "sentences":
        return f"{text} {words.say('second_sentence')}"
    return text.upper()


def _rule_check(rule: Act) -> dict[str, Any]:
    form, phrase = rule.params["form"], rule.params["phrase"]
    if form == "starts":
        return {"check": "starts_with", "args": {"phrase": phrase}}
    if form == "ends":
        return {"check": "ends_with", "args": {"phrase": phrase}}
    if form == "sentences":
        return {"check": "sentence_count", "args": {"exactly": 2}}
    return {"check": "all_capitals", "args": {}}


def instruction(stand: Stand) -> Probe | None:
    """A rule for answers of a sort, given at the first place; other rules hold for other sorts, some rules were replaced."""
    rng = stand.rng
    free = [trigger for trigger in sayings()["triggers"] if trigger not in stand.used]
    if len(free) < 3:
        return None
    trigger, *others = rng.sample(free, 3)
    stand.used |= {trigger, *others}
    form = rng.choice(RULES)
    rules = []
    if stand.first > 0 and rng.random() < 0.5:
        rules.append(rule_act(stand.words, rng.choice(RULES), trigger, rng.randrange(stand.first), False))
    rule = rule_act(stand.words, form, trigger, stand.first, bool(rules))
    if any(old.params == rule.params for old in rules):
        return None
    rules.append(rule)
    decoys = [
        rule_act(stand.words, rng.choice(RULES), other, stand.any(), False) for other in others[: stand.decoys - 1]
    ]
    inner = Stand(stand.cast, stand.words, rng, stand.exchanges, stand.later(stand.first - 1), stand.used, stand.decoys)
    found = _working(inner)
    if found is None:
        return None
    working, last, acts = found
    acts += stand.beside(working.a.topic, working.attribute, stand.decoys - 1)
    plain = [working.answer(stand.words) for _ in range(3)]
    right = [obeying(text, rule, stand.words) for text in plain]
    other_rules = [*rules[:-1], *decoys]
    wrong = [
        (obeying(plain[0], other, stand.words), "the rule of another sort, or an old one")
        for other in other_rules
        if other.params["form"] != form or other.params["phrase"] != rule.params["phrase"]
    ]
    wrong += [(text, "no rule") for text in plain]
    checks = [*_mention("the result", working.value.forms), _rule_check(rule)]
    wrong = [(text, why) for text, why in wrong if not judge(checks, text).passed]
    asked = f"{capitalised(trigger)}: {working.ask(stand.words)}"
    keys = {_said(act).key for act in last}
    misled = [value.text for value in _misled(stand, working, last, acts)]
    return Probe(
        "instruction", asked, working.value, working.type, [*rules, *decoys, *acts], [rule, *last], right, wrong, checks,
        [working.value.text, *misled], _gold_of(stand, working), keys, "ruled",
    )  # fmt: skip


FIELDS = ("place", "day", "person", "amount")


def version(stand: Stand) -> Probe | None:
    """An earlier version of a notice that was changed since, word for word."""
    if "notice" in stand.used or stand.exchanges < 2:
        return None
    rng, cast = stand.rng, stand.cast
    stage = cast.stage
    first = min(stand.first, stand.exchanges - 2)
    before = rng.randint(0, min(first, 2))
    after = rng.randint(1, min(stand.exchanges - 1 - first, 3))
    places = [
        *sorted(rng.sample(range(first), before)),
        first,
        *sorted(rng.sample(range(first + 1, stand.exchanges), after)),
    ]

    def drawn(name: str) -> Value:
        if name == "place":
            return Value(place := stage.place(), (place,), 0.0)
        if name == "person":
            return Value(person := stage.person(), (person,), 0.0)
        if name == "day":
            return stage.day(v.shift(cast.first_day, stage.values, 20, 300))
        return stage.amount(
            v.odd_figure(v.draw_number(stage.values, 800 * stage.style.country.scale, 9000 * stage.style.country.scale))
        )

    fields = {name: drawn(name) for name in FIELDS}
    notice = stand.words.pick(cast.matter.notice)
    acts: list[Act] = []
    texts: list[str] = []
    history: list[dict[str, Value]] = []
    for number, at in enumerate(places, 1):
        if number == 1:
            ask = stand.words.say("draft_ask", **{name: value.text for name, value in fields.items()})
        else:
            changed = rng.choice([name for name in FIELDS if number == 2 or name != acts[-1].params["changed"]])
            fields = {**fields, changed: drawn(changed)}
            ask = stand.words.say(f"change_{changed}", value=fields[changed].text)
        text = notice.format(**{name: value.text for name, value in fields.items()})
        lead = stand.words.say("draft_lead", n=str(number))
        params = {"version": number, "text": text, "changed": changed if number > 1 else ""}
        acts.append(Act("version", at, ask, f"{lead}\n\n{text}", None, None, "assistant", True, params))
        texts.append(text)
        history.append(dict(fields))
    wanted = before  # its place in the lists
    own = history[wanted]
    others = dict.fromkeys(
        value.text for other in history for value in other.values() if value.text not in {v.text for v in own.values()}
    )
    checks: list[dict[str, Any]] = [
        {
            "check": "facts_mentioned",
            "args": {"facts": [{"name": f"the {name}", "forms": list(value.forms)} for name, value in own.items()]},
        },
        {"check": "forbids", "args": {"words": list(others)[:MOST_FORBIDDEN]}},
    ]
    asked = stand.words.say("version_ask", n=str(wanted + 1))
    wrong = [(text, "another version") for text in texts if text != texts[wanted]]
    stand.used.add("notice")

    def gold(all_acts: Sequence[Act]) -> str | None:
        found = [act for act in all_acts if act.kind == "version" and act.params["version"] == wanted + 1]
        return found[0].params["text"] if len(found) == 1 else None

    return Probe(
        "version", asked, None, "text", acts, [acts[wanted]], [texts[wanted]], wrong, checks, texts, gold, set(), "text"
    )


def coherence(stand: Stand) -> Probe | None:
    """Whether the assistant stands by what it worked out, when the user says it back, rightly or not."""
    rng = stand.rng
    sooner = max(stand.first - 1, 0)
    inner = Stand(stand.cast, stand.words, rng, stand.first + 1, rng.randint(0, sooner), stand.used, stand.decoys)
    found = _working(inner)
    if found is None:
        return None
    working, last, acts = found
    act = working_act(stand.words, working, stand.first)
    what = working.what(stand.words)
    decoys = stand.beside(working.a.topic, working.attribute)
    false = [
        value
        for value in _misled(stand, working, last, [*acts, *decoys])
        if abs(value.rank - working.value.rank) < 0.5 * working.value.rank
    ] or _misled(stand, working, last, [*acts, *decoys])
    if not false:
        return None
    other = rng.choice(false)
    agrees = rng.random() < 0.5
    claim = working.value if agrees else other
    asked = stand.words.say("coherence_ask", claim=claim.text, what=what)
    slots = {"what": what}
    right = [stand.words.say("yes" if agrees else "no", value=working.value.text, **slots) for _ in range(3)]
    wrong = [(stand.words.say("no" if agrees else "yes", value=other.text, **slots), "gives in, or doubts itself")]
    checks = [
        {"check": "choice", "args": {"options": ["yes", "no"], "answer": "yes" if agrees else "no"}},
        *_mention("the result", working.value.forms),
    ]
    key = (what, working.value.text)

    def gold(all_acts: Sequence[Act]) -> str | None:
        own = [one for one in all_acts if one.kind == "work" and one.params["working"] == key]
        return ("yes" if claim.text == working.value.text else "no") if own else None

    act.params["working"] = key
    answer = Value("yes" if agrees else "no", ("yes" if agrees else "no",), 0.0)
    return Probe(
        "coherence", asked, answer, "choice", [*acts, act, *decoys], [act], right, wrong, checks, ["yes", "no"], gold,
        {_said(one).key for one in last}, "confirmed",
    )  # fmt: skip


def working_act(words: Wording, working: Working, at: int) -> Act:
    """The user asks for a sum, difference or span, the assistant works it out."""
    return Act(
        "work", at, working.ask(words), working.answer(words), working.a.topic, None, "assistant", True,
        {"working": None, "names": [working.a.name, working.b.name], "value": working.value.text},
    )  # fmt: skip


def never_said(stand: Stand) -> Probe | None:
    """What was never told, of a thing of which other things were."""
    chosen = stand.topic("amount", "count", "day", "code", "person", which=True)
    if chosen is None:
        return None
    topic, attribute, pick = chosen
    things = stand.things(topic, 1)
    if not things or pick is None:
        return None
    thing = things[0]
    who = stand.tell(thing, pick, stand.first)
    acts = [who]
    more = [a for a in topic.attributes if a.key not in (attribute.key, pick.key)]
    if more:
        acts.append(stand.tell(thing, stand.rng.choice(more), stand.later()))
    decoys = stand.beside(topic, attribute)
    asked = stand.words.one(attribute.ask, thing=stand.picked(thing, pick, _said(who).value))
    slots = {"noun": attribute.noun, "thing": thing.name}
    right = [stand.words.say("answer_never", **slots) for _ in range(4)]
    wrong = [
        (stand.words.say("answer_value", value=_said(act).value.text, **slots), "another one's value") for act in decoys
    ] * 2
    key = (thing.name, attribute.key)

    def gold(all_acts: Sequence[Act]) -> str | None:
        return "" if holding(all_acts, key) is None else None

    return Probe(
        "never_said", asked, None, ANSWER_TYPES[attribute.type], [*acts, *decoys], [who], right, wrong,
        [{"check": "abstains", "args": {}}], [], gold, {key, _said(who).key}, "abstain",
    )  # fmt: skip


KINDS: dict[str, Callable[[Stand], Probe | None]] = {
    "update": update,
    "inference": inference,
    "suggestion": suggestion,
    "order": order,
    "sharded": sharded,
    "instruction": instruction,
    "version": version,
    "coherence": coherence,
    "never_said": never_said,
}
