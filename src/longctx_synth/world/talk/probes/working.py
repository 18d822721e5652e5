"""Probes for what is worked out over two things that were told at different times: asked for now, or said back rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from longctx_synth.world import values as v
from longctx_synth.world.talk.acts import Act, Cast, Thing, Wording, holding
from longctx_synth.world.talk.matters import Attribute
from longctx_synth.world.talk.probes.stand import ANSWER_TYPES, Probe, Stand, asked_bare, mention, said_of
from longctx_synth.world.values import Value


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


def working_act(words: Wording, working: Working, at: int) -> Act:
    """The user asks for a sum, difference or span, the assistant works it out."""
    return Act(
        "work", at, working.ask(words), working.answer(words), working.a.topic, None, "assistant", True,
        {"working": None, "names": [working.a.name, working.b.name],
            "rests_on": [(thing.name, working.attribute.key) for thing in (working.a, working.b)], "value": working.value.text},
    )  # fmt: skip


def two_things(stand: Stand) -> tuple[Working, list[Act], list[Act]] | None:
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
        acts.append(stand.tell(thing, attribute, at, value, new=bool(acts) and said_of(acts[-1]).thing == thing))
        last.append(acts[-1])
    return Working(name, attribute, things[0], things[1], result), last, acts


def gold_of(stand: Stand, working: Working) -> Callable[[Sequence[Act]], str | None]:
    def gold(acts: Sequence[Act]) -> str | None:
        ends = [holding(acts, (thing.name, working.attribute.key)) for thing in (working.a, working.b)]
        if None in ends:
            return None
        one, other = (said_of(act).value for act in ends if act is not None)
        result = worked(stand.cast, working.name, working.attribute, one, other)
        return result.text if result else None

    return gold


def misled_by(stand: Stand, working: Working, last: Sequence[Act], acts: Sequence[Act]) -> list[Value]:
    """What is worked out with an earlier value, or with another thing's, in one's place."""
    own = [said_of(act).value for act in last]
    others = [said_of(act).value for act in acts if act not in last]
    found = []
    for other in others:
        for kept in own:
            value = worked(stand.cast, working.name, working.attribute, kept, other)
            if value is not None and value.text != working.value.text:
                found.append(value)
    return found


def inference(stand: Stand) -> Probe | None:
    """A sum, difference or span over what was told at different times."""
    found = two_things(stand)
    if found is None:
        return None
    working, last, acts = found
    decoys = stand.beside(working.a.topic, working.attribute)
    misled = misled_by(stand, working, last, [*acts, *decoys])
    if not misled:
        return None
    stand.rng.shuffle(misled)
    asked, form = working.ask(stand.words), "sentence"
    if stand.rng.random() < 0.5:
        form, right = "bare", [working.value.text]
        wrong = [(value.text, "worked out with another value") for value in misled]
        bare = "duration" if working.name == "days" else working.attribute.type
        asked, checks = asked_bare(stand, bare, asked, working.value)
    else:
        right = [working.answer(stand.words) for _ in range(3)]
        wrong = [(working.answer(stand.words, value), "worked out with another value") for value in misled[:4]]
        checks = mention("the result", working.value.forms)
    return Probe(
        "inference", asked, working.value, working.type, [*acts, *decoys], list(last), right, wrong, checks,
        [working.value.text, *(value.text for value in misled)], gold_of(stand, working),
        {said_of(act).key for act in last}, form, working.what(stand.words),
    )  # fmt: skip


def coherence(stand: Stand) -> Probe | None:
    """Whether the assistant stands by what it worked out, when the user says it back, rightly or not."""
    rng = stand.rng
    sooner = max(stand.first - 1, 0)
    inner = Stand(stand.cast, stand.words, rng, stand.first + 1, rng.randint(0, sooner), stand.used, stand.decoys)
    found = two_things(inner)
    if found is None:
        return None
    working, last, acts = found
    act = working_act(stand.words, working, stand.first)
    what = working.what(stand.words)
    decoys = stand.beside(working.a.topic, working.attribute)
    false = [
        value
        for value in misled_by(stand, working, last, [*acts, *decoys])
        if abs(value.rank - working.value.rank) < 0.5 * working.value.rank
    ] or misled_by(stand, working, last, [*acts, *decoys])
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
        *mention("the result", working.value.forms),
    ]
    key = (what, working.value.text)

    def gold(all_acts: Sequence[Act]) -> str | None:
        own = [one for one in all_acts if one.kind == "work" and one.params["working"] == key]
        return ("yes" if claim.text == working.value.text else "no") if own else None

    act.params["working"] = key
    answer = Value("yes" if agrees else "no", ("yes" if agrees else "no",), 0.0)
    return Probe(
        "coherence", asked, answer, "choice", [*acts, act, *decoys], [act], right, wrong, checks, ["yes", "no"], gold,
        {said_of(one).key for one in last}, "confirmed",
    )  # fmt: skip
