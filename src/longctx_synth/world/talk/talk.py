"""Conversations for the slots of a case: probes planned, the script written once, each slot's history cut and fitted to its length.

Slots that share a conversation share its exchanges up to where their questions are asked; only remarks that state nothing are added
or left out, so that each history meets its own length. What a slot's number fixes: the kind of probe, and how far back the farthest
needed act lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from longctx_synth.errors import Reject
from longctx_synth.strata import balanced, even, stable_seed
from longctx_synth.tokens import Message, Tokenizer
from longctx_synth.world.countries import Home
from longctx_synth.world.dossier.model import for_split
from longctx_synth.world.dossier.writer import stage
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.acts import Cast, Wording, sayings
from longctx_synth.world.talk.matters import Matter, matters_for
from longctx_synth.world.talk.probes import KINDS, Probe, Stand
from longctx_synth.world.talk.script import UNNAMED, Script
from longctx_synth.world.talk.turns import Exchange, Turn

SMALL = 1300  # tokens of a history below which there are fewer decoys
PLANS = 6  # plans of a probe before another kind is taken
SCRIPTS = 6  # conversations before a case is rejected
ROOM = 12  # tokens that a script leaves for remarks
FAR = 150  # missing tokens from which on remarks are spread over all answers
MOST_REMARKS = 12  # that one answer gets to meet a length
NEAR = 8  # exchanges within which a remark is not made twice


@dataclass(slots=True)
class Slot:
    """A row of a conversation: its question comes after so many exchanges, at so many tokens."""

    probe: Probe
    exchanges: int
    tokens: int


@dataclass(slots=True)
class Talk:
    """A conversation, and what its slots ask."""

    matter: Matter
    cast: Cast
    words: Wording
    role: str
    start: list[Message]
    exchanges: list[Exchange]
    slots: list[Slot]


@dataclass(slots=True)
class History:
    """What stands before a slot's question, and the question.

    evidence: (message of the prompt, start, end) of what the answer needs. distance: how far back the farthest of it begins, as a
    share of the history's characters.
    """

    prompt: list[Message]
    turns: list[Turn]
    evidence: list[tuple[int, int, int]]
    distance: float


def converse(
    seed: int,
    base: int,
    split: str,
    slots: Sequence[tuple[int, int]],
    *,
    tokenizer: Tokenizer,
    turns: Callable[[int, Random], int],
    home: Home | None = None,
    spare: int = 0,
) -> Talk:
    """The conversation of some slots, (number, tokens of the prompt) each. Raises Reject where none fits.

    base: the split's seed, for the strata. turns: how many turns a conversation of so many tokens has, question and answer counted.
    spare: tokens an exchange that are left for what a model will add; remarks fill what it does not.
    """
    failure = Reject("length", "no history of the right length")
    for attempt in range(SCRIPTS):
        try:
            talk = _converse(f"{seed}/{attempt}", base, split, slots, tokenizer, turns, home, spare)
            for place in range(len(slots)):
                history(talk, place, tokenizer)
            return talk
        except Reject as reject:
            failure = reject
    raise failure


def _converse(
    seed: str,
    base: int,
    split: str,
    slots: Sequence[tuple[int, int]],
    tokenizer: Tokenizer,
    turns: Callable[[int, Random], int],
    home: Home | None,
    spare: int,
) -> Talk:
    rng = Random(f"talk:{split}:{seed}")
    matter = balanced(slots[0][0] // len(slots), stable_seed(base, "matter"), matters_for(split))
    cast = Cast(matter, stage(seed, split, home=home))
    words = Wording(split, rng)
    start = [{"role": "system", "content": words.say("system")}] if rng.random() < 0.4 else []
    role = words.pick(matter.roles)
    longest = max(tokens for _, tokens in slots)
    exchanges = max(turns(longest, rng) // 2 - 1, 1)
    used: set[str] = set()
    planned: list[Slot] = []
    for number, tokens in slots:
        end = max(round(exchanges * tokens / longest), 1)
        place = 1 - even(number, stable_seed(base, "distance"))
        planned.append(Slot(_probe(number, base, cast, words, rng, end, place, tokens, used), end, tokens))
    frame = _frame(tokenizer)
    script = Script(
        cast,
        words,
        rng,
        [act for slot in planned for act in slot.probe.acts],
        {key for slot in planned for key in slot.probe.keys},
        count=tokenizer.count,
        frame=frame,
        role=role,
        used=used,
    )
    written = tokenizer.count_prompt([*start, {"role": "user", "content": ""}])
    for at in range(max(slot.exchanges for slot in planned)):
        # The next slot whose question comes after this exchange decides how long it may be.
        end, target = min(
            (slot.exchanges, slot.tokens - tokenizer.count(slot.probe.asked)) for slot in planned if slot.exchanges > at
        )
        exchange = script.write(max((target - written - ROOM) // (end - at) - spare, 40))
        written += spare + tokenizer.count(exchange.user.text) + tokenizer.count(exchange.assistant.text) + 2 * frame
    return Talk(matter, cast, words, role, start, script.exchanges, planned)


def _frame(tokenizer: Tokenizer) -> int:
    """Tokens that the chat template adds to a message."""
    one = [{"role": "user", "content": "a"}]
    three = [*one, {"role": "assistant", "content": "a"}, *one]
    return (tokenizer.count_prompt(three) - tokenizer.count_prompt(one)) // 2 - tokenizer.count("a")


def _probe(
    number: int, base: int, cast: Cast, words: Wording, rng: Random, end: int, place: float, tokens: int, used: set[str]
) -> Probe:
    """The slot's probe; the next kind where the conversation has no room for one of its own."""
    names = list(KINDS)
    first = names.index(balanced(number, stable_seed(base, "probe"), names))
    for name in [*names[first:], *names[:first]]:
        for _ in range(PLANS):
            stand = Stand(cast, words, rng, end, min(int(place * end), end - 1), used, 2 if tokens < SMALL else 3)
            probe = KINDS[name](stand)
            if probe is not None:
                return probe
    raise Reject("probe", "no kind of probe fits the conversation")


def history(talk: Talk, place: int, tokenizer: Tokenizer) -> History:
    """A slot's history and question, as long as the slot wants it, from the conversation as it is worded now.

    Raises Reject where no remark more or less meets the length, or where something disturbed the answer.
    """
    slot = talk.slots[place]
    exchanges = talk.exchanges[: slot.exchanges]
    ask = {"role": "user", "content": slot.probe.asked}
    rng = Random(f"fit:{slot.probe.asked}")
    tolerance = max(round(slot.tokens * 0.02), 16)
    turns = _turns(exchanges)

    def prompt_now() -> list[Message]:
        return [*talk.start, *({"role": turn.role, "content": turn.text} for turn in turns), ask]

    for _ in range(6):
        missing = slot.tokens - tokenizer.count_prompt(prompt_now())
        if abs(missing) <= tolerance * 0.8:
            break
        if missing > 0:
            _lengthen(turns, missing, tolerance, talk, exchanges, tokenizer, rng)
            continue
        over = _shorten(turns, -missing, tolerance, tokenizer)
        if over > tolerance and any(turn.model for turn in turns):
            exchanges = _dropped(exchanges, slot.probe, over, tokenizer, rng)
            turns = _turns(exchanges)
    else:
        raise Reject("length", "no history of the right length")
    if slot.probe.gold([act for exchange in exchanges for act in exchange.acts]) != slot.probe.expected:
        raise Reject("probe", f"another answer to {slot.probe.kind} holds in the end")
    evidence = []
    before = 0
    needed = {id(act): act for act in slot.probe.needed}
    last: dict[int, int] = {}
    for index, turn in enumerate(turns):
        for act, start, end in turn.marks():
            if id(act) in needed and (act.by == "user" or turn.role == "assistant"):
                evidence.append((index + len(talk.start), start, end))
                last[id(act)] = before + start
        before += len(turn.text)
    if set(last) != set(needed):
        raise Reject("probe", "what is needed stands nowhere")
    starts = list(last.values())
    return History(prompt_now(), turns, sorted(set(evidence)), 1 - min(starts) / before)


def _turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    return [turn.copy() for exchange in exchanges for turn in (exchange.user, exchange.assistant)]


def _lengthen(
    turns: Sequence[Turn],
    missing: int,
    tolerance: int,
    talk: Talk,
    exchanges: Sequence[Exchange],
    tokenizer: Tokenizer,
    rng: Random,
) -> None:
    """Remarks behind the last answer, or behind many where much is missing, until little is or nothing new comes to mind."""
    answers = turns[1::2]
    places = [len(answers) - 1] if missing <= FAR else rng.sample(range(len(answers)), len(answers))
    last: dict[str, int] = {}  # where a remark was made last: near by it is not made again
    for _ in range(MOST_REMARKS):
        for place in places:
            topics = [exchanges[place].topic] if missing > FAR else [exchanges[place].topic, *talk.matter.topics]
            names = [act.said.thing.name for act in exchanges[place].acts if act.said and act.topic is topics[0]]
            if rng.random() < UNNAMED:
                names = []
            lines = [*(line for topic in topics for line in for_split(topic.advice, talk.words.split))]
            lines += for_split(sayings()["over"], talk.words.split) if missing <= FAR else []
            for line in rng.sample(lines, len(lines)):
                if missing <= tolerance * 0.6:
                    return
                if ("{thing}" in line and not names) or abs(last.get(line, -NEAR) - place) < NEAR:
                    continue
                text = capitalised(line.format(thing=rng.choice(names) if names else ""))
                size = tokenizer.count(text)
                if text not in answers[place].text and size <= missing + tolerance * 0.6:
                    answers[place].add(text, answers[place].joint, loose=True)
                    last[line] = place
                    missing -= size
                    break
            else:
                continue
            if missing <= tolerance * 0.6:
                return


def _shorten(turns: Sequence[Turn], over: int, tolerance: int, tokenizer: Tokenizer) -> int:
    """Remarks left out, the latest first; a turn keeps at least one piece. Returns how much is still over."""
    for turn in reversed(turns):
        for place in reversed([place for place, piece in enumerate(turn.pieces) if place and piece.loose]):
            if over <= tolerance * 0.6:
                return over
            gone = turn.pieces.pop(place)
            over -= tokenizer.count(gone.text)
            if place < len(turn.pieces):  # what follows stands where it stood
                turn.pieces[place] = replace(turn.pieces[place], joint=gone.joint)
    return over


def _dropped(
    exchanges: Sequence[Exchange], probe: Probe, over: int, tokenizer: Tokenizer, rng: Random
) -> list[Exchange]:
    """The exchanges without some that neither the probe nor what is worked out in others rests on, about `over` tokens of them.

    For conversations that a model has worded at greater length than the program had planned.
    """
    own = {id(act) for act in probe.acts}
    kept = list(exchanges)
    order = list(exchanges[1:])
    rng.shuffle(order)
    for exchange in order:
        size = sum(tokenizer.count(turn.text) for turn in (exchange.user, exchange.assistant))
        if size > over or any(id(act) in own for act in exchange.acts):
            continue
        told = {act.said.key for act in exchange.acts if act.said is not None}
        others = [act for other in kept if other is not exchange for act in other.acts]
        if not any(told & set(act.params.get("rests_on", ())) for act in others):
            kept = [other for other in kept if other is not exchange]
            over -= size
    return kept
