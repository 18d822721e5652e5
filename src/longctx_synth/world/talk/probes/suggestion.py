"""The probe for what the assistant itself proposed, carried on by a step."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from longctx_synth.world import values as v
from longctx_synth.world.talk.acts import Act, Cast, Said, Thing, Wording
from longctx_synth.world.talk.matters import Attribute
from longctx_synth.world.talk.probes.stand import ANSWER_TYPES, Probe, Stand, asked_bare, mention, said_of
from longctx_synth.world.values import Value


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
    answer = shift(said_of(act).value)
    others = [
        shifted for one in (*acts[1:], *decoys) if (shifted := shift(said_of(one).value)).text != answer.text
    ]  # fmt: skip
    if not others or answer.text in {said_of(one).value.text for one in (*acts, *decoys)}:
        return None
    slots = {"noun": attribute.noun, "thing": said_of(act).thing.name}
    asked = stand.words.say(ask, n=step, **slots)
    form = "sentence"
    if rng.random() < 0.5:
        form, right = "bare", [answer.text]
        wrong = [(other.text, "counted from another one's value") for other in others]
        asked, checks = asked_bare(stand, attribute.type, asked, answer)
    else:
        right = [stand.words.say("answer_shift", value=answer.text, **slots) for _ in range(3)]
        wrong = [
            (stand.words.say("answer_shift", value=other.text, **slots), "counted from another one's value")
            for other in others[:3]
        ]
        checks = mention("the result", answer.forms, [other.text for other in others], right)
    key = said_of(act).key

    def gold(all_acts: Sequence[Act]) -> str | None:
        own = [one for one in all_acts if one.kind == "propose" and said_of(one).key == key]
        return shift(said_of(own[-1]).value).text if own else None

    return Probe(
        "suggestion", asked, answer, ANSWER_TYPES[attribute.type], [*acts, *decoys], [act], right, wrong, checks,
        [answer.text, *(other.text for other in others)], gold, {key}, form,
    )  # fmt: skip
