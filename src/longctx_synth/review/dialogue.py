"""A model voices a conversation: one call a turn, both sides, each turn verified before the next is asked for.

The program has planned who says what when; the user's side sees persona and plan, never what will be asked in the end, and the
assistant's side sees the conversation. Neither needs the whole of it: a call gets the last turns, and a *state* written by code of
what was settled before (values that hold, rules, conditions). So an endpoint with a small window can write a conversation of any
length. A turn of the model's counts only if

- whatever is due in it stands there, thing and value in one sentence, as the program spells them, and a second reading by the model
  finds the same values;
- the closed world holds: no number and no name that was not in sight;
- it keeps its part: no speaker's label, no assistant's phrases from the user, no repetition of an earlier turn, a fitting length.

What fails is asked again, that turn alone; what still fails keeps the program's words, and is counted. Rules, conditions and versions
of a text always keep the program's words, since a shade of meaning would change the answer. The embedded model, which can do none of
that for a whole turn, words one statement of it: one that the user makes, or that the assistant repeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from longctx_synth.checks import text as t
from longctx_synth.prompts import Templates
from longctx_synth.records import Message
from longctx_synth.review.refine import Draft, refine
from longctx_synth.review.retell import reread, same
from longctx_synth.review.rules import Rules
from longctx_synth.review.statement import foreign_names, foreign_numbers, states_fact
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world.dossier.model import for_split
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.acts import Act, sayings
from longctx_synth.world.talk.talk import Talk
from longctx_synth.world.talk.turns import Exchange, Piece, Turn

RECENT, LEAST_RECENT = 2_400, 200  # tokens of the last turns that a call sees, at most and at least
SETTLED, STATE = 30, 1_000  # lines of the state, at most, and tokens that they and the instruction take, about
FIXED = ("rule", "limit", "version")  # acts that keep the program's words
EXAMPLES = 2
EVEN = 5  # turns within which the lengths of those before are made up for
READ_TOGETHER = 10  # statements that a second reading is shown at once
RUN = 8  # words in a row that a turn may share with one before it
SHARED = 0.5  # share of a turn's runs from which on it is a repetition
_CHANGED = re.compile(
    r"\b(?:now|new|instead|different|another|again|wrong|misread|(?:turns?|turned) out|not what|rather than|no longer|any ?more|after all"
    r"|has become|went (?:up|down)|postponed|brought forward|moved|(?:chang|updat|correct|rais|lower|replac|switch|revis)\w*)\b",
    re.IGNORECASE,
)
_ASSISTANTLY = re.compile(
    r"\b(?:how (?:can|may) i (?:help|assist)|i(?:'m| am) here to help|as an ai|happy to (?:help|assist)|let me know if you need)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:\*\*)?(?:user|assistant|human|you|me|ai|bot|system)(?:\*\*)?\s*:", re.IGNORECASE | re.MULTILINE
)

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Voiced:
    """How many turns have words of the model's, of how many."""

    own: int
    turns: int


@lru_cache(maxsize=1)
def _templates() -> Templates:
    return Templates(Path(__file__).parent / "prompts")


async def voice(talk: Talk, ask: Any, *, attempts: int, small: bool, count: Count, rng: Random) -> Voiced:
    """Words the turns of `talk` by the model, in place, in their order. count: tokens of a text.

    The journal holds every answer, so a conversation goes on with the turn at which it was cut off.
    """
    own = 0
    drift = 0  # tokens that the model's words take beyond the program's
    done: list[Exchange] = []
    for exchange in talk.exchanges:
        for turn in (exchange.user, exchange.assistant):
            scene = _Scene(talk, done, exchange, turn, count, drift)
            planned = count(turn.text)
            if small:
                turn.model = await _small(scene, ask, attempts, rng)
            else:
                turn.model = await _whole(scene, ask, attempts)
            own += turn.model
            drift += count(turn.text) - planned
        done.append(exchange)
    return Voiced(own, 2 * len(talk.exchanges))


def settled(hidden: Sequence[Act], acts: Sequence[Act], names: set[str]) -> list[str]:
    """The running state, a line each: what `hidden` acts said that still holds after all `acts`, of the named things first, rules and
    conditions, then the latest of the rest; versions of a text where a named thing is none.
    """
    facts: dict[tuple[str, str], str] = {}
    last = {act.said.key: act for act in acts if act.said is not None}
    for act in hidden:
        if act.said is not None and last[act.said.key] is act:
            by = " (your suggestion)" if act.by == "assistant" else ""
            facts[act.said.key] = f"{act.said.thing.name}: {act.said.attribute.noun} {act.said.value.text}{by}"
    near = [line for (name, _), line in facts.items() if name in names]
    rest = [line for (name, _), line in facts.items() if name not in names]
    told = [act.user for act in hidden if act.kind in ("rule", "limit")]
    told += [
        f"{act.user} Your answer: {act.params['value']}"
        for act in hidden
        if act.kind == "work" and names & set(act.params["names"])
    ]
    if not names:
        told += [
            f"Version {act.params['version']} of the {act.params['name']}: {act.params['text']}"
            for act in hidden
            if act.kind == "version"
        ]
    room = max(SETTLED - len(near), 0)
    return [*near[:SETTLED], *told[-8:], *(rest[-room:] if room else [])]


@dataclass
class _Scene:
    """Where a turn stands. done: the exchanges before its own."""

    talk: Talk
    done: list[Exchange]
    exchange: Exchange
    turn: Turn
    count: Count
    drift: int = 0

    @property
    def is_user(self) -> bool:
        return self.turn.role == "user"

    @property
    def acts(self) -> list[Act]:
        """The acts that have words in this turn and may be worded anew."""
        return [act for act in self.exchange.acts if act.kind not in FIXED and (self.is_user or act.assistant)]

    @property
    def fixed(self) -> list[Piece]:
        """The pieces that keep the program's words."""
        kinds = {id(act) for act in self.exchange.acts if act.kind in FIXED}
        return [piece for piece in self.turn.pieces if any(id(act) in kinds for act, _, _ in piece.marks)]

    def recent(self, tokens: int) -> list[Message]:
        """The last turns before this one that fit into so many tokens, oldest first."""
        turns = [turn for exchange in self.done for turn in (exchange.user, exchange.assistant)]
        if not self.is_user:
            turns.append(self.exchange.user)
        found: list[Message] = []
        for turn in reversed(turns):
            tokens -= self.count(turn.text)
            if found and tokens < 0:
                break
            found.append({"role": turn.role, "content": turn.text})
        if found[::-1][:1] and found[-1]["role"] == "assistant":
            found.pop()  # a conversation begins with the user
        return found[::-1]

    def state(self, seen: int) -> list[str]:
        """What was settled in turns that a call does not see, of the things in hand first. seen: turns that it sees."""
        acts = [act for exchange in self.done for act in exchange.acts]
        hidden = [act for exchange in self.done[: max(len(self.done) - seen // 2, 0)] for act in exchange.acts]
        names = {act.said.thing.name for act in self.exchange.acts if act.said is not None}
        names |= {name for act in self.exchange.acts for name in act.params.get("names", ())}
        return settled(hidden, acts, names)

    def sources(self, seen: Sequence[Message], state: Sequence[str]) -> list[str]:
        """What a turn may take names and numbers from."""
        stage = self.talk.cast.stage
        planned = [
            text for act in self.exchange.acts for text in ((act.user,) if self.is_user else (act.user, act.assistant))
        ]
        return [
            *(message["content"] for message in seen),
            *state,
            *planned,
            self.turn.text,
            stage.org,
            stage.city,
            self.talk.role,
        ]


# A whole turn


async def _whole(scene: _Scene, ask: Any, attempts: int) -> bool:
    """The turn in the model's words where they hold."""
    name = "turn_user" if scene.is_user else "turn_assistant"
    due = [act.user if scene.is_user else act.assistant for act in scene.acts]
    fixed = scene.fixed
    # Of the window a half: the model's tokens may be shorter than those that are counted here.
    room = (ask.window or 1 << 30) // 2 - STATE - 3 * scene.count(scene.turn.text)
    recent = scene.recent(min(RECENT, max(room, LEAST_RECENT)))
    state = scene.state(len(recent))
    planned = t.word_count(scene.turn.text) - sum(t.word_count(piece.text) for piece in fixed)
    if planned < 2:
        return False  # nothing but what keeps its words
    # What is too long so far is made up for within some turns.
    wanted = round(planned * min(max(1 - scene.drift / (EVEN * scene.count(scene.turn.text)), 0.5), 1.3))
    length = (max(min(planned // 3, 6), 2), planned * 2 + 25)
    rules = Rules(form="markdown", language="en", length=length, allowed=[scene.turn.text, *due])
    sources = scene.sources(recent, state)
    marks: list[tuple[Act, int, int]] = []

    def messages(feedback: str) -> list[Message]:
        stage = scene.talk.cast.stage
        asked = _templates().messages(
            name,
            role=scene.talk.role,
            org=stage.org,
            purpose=scene.talk.matter.purpose,
            state=state,
            recent=recent,
            first=not scene.done,
            due=due,
            words=max(wanted, 3),
            feedback=feedback,
        )
        return asked if scene.is_user else [asked[0], *recent[:-1], asked[-1]]

    async def write(feedback: str, last: Draft | None) -> Draft:
        answer = await ask(messages(feedback), max_tokens=120 + 3 * planned)
        return Draft(answer.text.strip(), answer.finish_reason)

    async def keeps_rules(draft: Draft) -> Mapping[str, Verdict]:
        return {f"rules:{key}": verdict for key, verdict in rules.review(draft.text, draft.finish_reason).items()}

    async def holds(draft: Draft) -> Mapping[str, Verdict]:
        marks.clear()
        verdicts = {"part": _keeps_part(draft.text, scene), "world": _closed(draft.text, sources)}
        for number, act in enumerate(scene.acts):
            verdict, span = _states(draft.text, act, scene.is_user)
            verdicts[f"due{number}"] = verdict
            if span and (scene.is_user or act.by == "assistant"):
                marks.append((act, *span))
        return verdicts

    async def reads_the_same(draft: Draft) -> Mapping[str, Verdict]:
        stated = [(act.said, start, end) for act, start, end in marks if act.said is not None]
        if not stated:
            return {}
        pairs = [
            (draft.text[start:end], f"The {said.attribute.noun} of {said.thing.name} is [value].")
            for said, start, end in stated
        ]
        read: list[dict[str, Any]] = []
        for start in range(0, len(pairs), READ_TOGETHER):
            batch = pairs[start : start + READ_TOGETHER]
            read += [*await reread(batch, ask), *[{}] * len(batch)][: len(batch)]
        verdicts = {}
        for number, (said, _, _) in enumerate(stated):
            found = str(read[number].get("value"))
            right = any(same(found, form) for form in said.value.forms)
            told = f"A reader could not tell the {said.attribute.noun} of {said.thing.name}; say it clearly."
            verdicts[f"reread{number}"] = PASSED if right else failed(told)
        return verdicts

    refined = await refine(write, [keeps_rules, holds, reads_the_same], attempts=attempts)
    if not refined.passed:
        return False
    piece = Piece(refined.best.text, "", tuple(marks))
    scene.turn.pieces = [piece, *(Piece(p.text, "\n\n" if "\n" in p.text else " ", p.marks) for p in fixed)]
    return True


def _keeps_part(text: str, scene: _Scene) -> Verdict:
    """Whether a turn is its speaker's, and not an earlier one again."""
    if _LABEL.search(text):
        return failed("Write the message alone, without a speaker's name.")
    if scene.is_user and _ASSISTANTLY.search(text):
        return failed("You are the user; do not offer help.")
    runs = _runs(text)
    for exchange in scene.done[-40:]:
        turn = exchange.user if scene.is_user else exchange.assistant
        if len(runs) > 4 and len(runs & _runs(turn.text)) > SHARED * len(runs):
            return failed("That was said before; write something new.")
    return PASSED


@lru_cache(maxsize=256)
def _runs(text: str) -> set[tuple[str, ...]]:
    words = t.normal(text).split()
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def _closed(text: str, sources: Sequence[str]) -> Verdict:
    strange = [*foreign_numbers(text, sources), *foreign_names(text, sources)]
    return failed(f"Leave out {strange[0]}: nobody has said it.") if strange else PASSED


def musts(act: Act, by_user: bool) -> list[str]:
    """What has to stand together in one sentence for an act to be done by that side."""
    if act.kind in ("tell", "update") and act.said is not None:
        return [act.said.thing.name, act.said.value.text] if by_user else []
    if act.kind == "propose" and act.said is not None:
        return [act.said.thing.name] if by_user else [act.said.thing.name, act.said.value.text]
    if act.kind == "work":
        return list(act.params["names"]) if by_user else [act.params["value"]]
    return []


def _states(text: str, act: Act, by_user: bool) -> tuple[Verdict, tuple[int, int] | None]:
    """Whether a text does an act, and in which sentence or line of it."""
    wanted = musts(act, by_user)
    if not wanted:
        return PASSED, None
    at = 0
    for unit in _units(text):
        start = text.index(unit, at)
        at = start + len(unit)
        low = unit.casefold()
        if all(_whole_in(low, word.casefold()) for word in wanted):
            if act.kind == "update" and by_user and not says_change(unit):
                return failed(f"Say that this is new: {act.user}"), None
            return PASSED, (start, at)
    told = " and ".join(wanted)
    return failed(f"One sentence must hold {told}, spelled just so: {act.user if by_user else act.assistant}"), None


def says_change(sentence: str) -> bool:
    """Whether a sentence says that what it states is not what was said before."""
    return _CHANGED.search(sentence) is not None


def _whole_in(low: str, word: str) -> bool:
    at = low.find(word)
    while at >= 0:
        before, after = low[at - 1 : at], low[at + len(word) : at + len(word) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = low.find(word, at + 1)
    return False


def _units(text: str) -> list[str]:
    """Lines, and the sentences in them."""
    return [part for line in text.split("\n") for part in re.split(r"(?<=[.!?]) (?=\S)", line) if part.strip()]


# A sentence of a turn, for the embedded model


async def _small(scene: _Scene, ask: Any, attempts: int, rng: Random) -> bool:
    """One statement of the turn in the model's words: one that the user makes, or that the assistant repeats.

    A model of this size says rightly what it has been shown the form of, so it is shown other values in other known wordings.
    """
    told = [act for act in scene.exchange.acts if act.said is not None and act.by == "user"]
    if not told:
        return False
    act = rng.choice(told)
    assert act.said is not None
    said, split = act.said, scene.talk.cast.stage.split
    if scene.is_user:
        place = next(i for i, piece in enumerate(scene.turn.pieces) if any(mark[0] is act for mark in piece.marks))
        program = act.user
        templates = for_split(said.attribute.update if act.kind == "update" else said.attribute.tell, split)
    else:
        program = ""
        templates = [line for line in for_split(sayings()["echo"], split) if not line.startswith("{")]
    slots = {"noun": said.attribute.noun, "thing": said.thing.name, "value": said.value.text}
    known = [capitalised(line.format(**slots)) for line in templates]
    others = [
        line for line, text in zip(templates, known, strict=True) if text != program
    ] or templates  # test has but one

    async def write(feedback: str, last: Draft | None) -> Draft:
        # Seen: told what was wrong, it talks of that; so it is shown other examples instead.
        shown: list[Message] = []
        line = rng.choice(others)
        for name in rng.sample(sayings()["examples"], EXAMPLES):
            value = scene.talk.cast.value(said.attribute).text
            text = capitalised(line.format(noun=said.attribute.noun, thing=name, value=value))
            shown += [_form(said.attribute.noun, name, value), {"role": "assistant", "content": text}]
        answer = await ask([*shown, _form(*slots.values())], max_tokens=80, stop=["\n"], temperature=0.3)
        return Draft(answer.text.strip(), answer.finish_reason)

    async def true(draft: Draft) -> Mapping[str, Verdict]:
        what = f"the {said.attribute.noun} of {said.thing.name}"
        verdict = states_fact(
            draft.text, ask=what, value=said.value.text, forms=said.value.forms, wordings=known, words=(4, 40)
        )
        if verdict.passed and draft.text == program:
            verdict = failed("Use other words.")
        return {"true": verdict}

    refined = await refine(write, [true], attempts=attempts)
    if not refined.passed:
        return False
    text = refined.best.text
    if scene.is_user:
        piece = scene.turn.pieces[place]
        start = next(mark[1] for mark in piece.marks if mark[0] is act)
        scene.turn.pieces[place] = Piece(piece.text[:start] + text, piece.joint, ((act, start, start + len(text)),))
    else:
        scene.turn.pieces.insert(1, Piece(text, " ", ((act, 0, len(text)),)))  # behind the acknowledgement
    return True


def _form(noun: str, thing: str, value: str) -> Message:
    return {"role": "user", "content": _templates().render("say.user.j2", noun=noun, thing=thing, value=value)}
