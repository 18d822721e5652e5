"""Probes for what holds now, and for what was never told: a thing named by another of its properties, many values told of others."""

from __future__ import annotations

from collections.abc import Sequence

from longctx_synth.world.talk.acts import Act, holding, sayings
from longctx_synth.world.talk.probes.stand import ANSWER_TYPES, Probe, Stand, asked_bare, mention, present, said_of


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
    if not ends:
        return None  # nothing changes within one message
    starts = sorted(rng.sample(range(ends), min(times, ends)))
    who = stand.tell(thing, pick, known)
    chain = [stand.tell(thing, attribute, at, new=place > 0) for place, at in enumerate([*starts, ends])]
    decoys = stand.beside(topic, attribute)
    if decoys:  # somebody else's value changes last
        last = said_of(decoys[-1])
        decoys.append(stand.tell(last.thing, attribute, stand.later(max(decoys[-1].at, ends - 1)), new=True))
    answer = said_of(chain[-1]).value
    key = said_of(chain[-1]).key
    others = [said_of(act).value.text for act in (*chain[-2::-1], *decoys) if said_of(act).value.text != answer.text]
    asked = stand.words.one(attribute.ask, thing=stand.picked(thing, pick, said_of(who).value))
    slots = {"noun": attribute.noun, "thing": thing.name}
    form = "bare" if rng.random() < 0.5 else "sentence"
    if form == "bare":
        right = [answer.text]
        wrong = [(other, "an earlier or another one's value") for other in others]
        asked_, checks = asked_bare(stand, attribute.type, asked, answer)
    else:
        lines = sayings()["answer_value"]
        right = [stand.words.one(lines, value=answer.text, **slots) for _ in range(3)]
        wrong = [
            (stand.words.one(lines, value=other, **slots), "an earlier or another one's value") for other in others[:3]
        ]
        asked_, checks = asked, mention(attribute.noun, answer.forms, others, right)
    return Probe(
        "update", asked_, answer, ANSWER_TYPES[attribute.type], [who, *chain, *decoys], [who, chain[-1]],
        right, wrong, checks, [answer.text, *others], present(key), {key, said_of(who).key}, form, f"the {attribute.noun} of {thing.name}",
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
    if not decoys:
        return None
    asked = stand.words.one(attribute.ask, thing=stand.picked(thing, pick, said_of(who).value))
    slots = {"noun": attribute.noun, "thing": thing.name}
    right = [stand.words.say("answer_never", **slots) for _ in range(4)]
    wrong = [
        (stand.words.say("answer_value", value=said_of(act).value.text, **slots), "another one's value")
        for act in decoys
    ] * 2
    key = (thing.name, attribute.key)
    told = [said_of(act).value.text for act in decoys]

    def gold(all_acts: Sequence[Act]) -> str | None:
        return "" if holding(all_acts, key) is None else None

    return Probe(
        "never_said", asked, None, ANSWER_TYPES[attribute.type], [*acts, *decoys], [who], right, wrong,
        [{"check": "abstains", "args": {}}, {"check": "forbids", "args": {"words": told}}], [], gold, {key, said_of(who).key}, "abstain",
    )  # fmt: skip
