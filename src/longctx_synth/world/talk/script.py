"""A conversation around planned acts, exchange by exchange, to a wanted number of tokens.

Segments of a few exchanges have a topic each. Every exchange holds the acts that were planned for it and others of the same sorts:
values told, changed, proposed, worked out, conditions, general questions. So what will be asked for looks like what will not. A
user's turn is prose or a list, an answer acknowledges, repeats, lays out in a table, advises. Spans of acts are noted while the text
is put together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from random import Random

from longctx_synth.settings import FEWEST_TURNS, MOST_TURNS
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.acts import Act, Cast, Said, Thing, Wording, sayings
from longctx_synth.world.talk.matters import Attribute, Topic
from longctx_synth.world.talk.probes.choice import limit_act
from longctx_synth.world.talk.probes.rules import RULES, rule_act
from longctx_synth.world.talk.probes.suggestion import suggestion_act
from longctx_synth.world.talk.probes.version import free_texts, version_act
from longctx_synth.world.talk.probes.working import Working, names_of_working, worked, working_act
from longctx_synth.world.talk.turns import Exchange, Turn

SEGMENT = (3, 8)  # exchanges
LISTED = 4  # statements from which on a user's turn is a list
CONDITIONS = 0.09  # how often the next act is a rule or a condition
# How often a value of a type is told, so that what is told is of the types that probes rest on, about as often.
TOLD = {"day": 2.0, "amount": 1.0, "count": 1.0, "person": 0.4, "code": 0.4}
A_DRAFT = 110  # tokens that the draft of a text takes, at least
MOST_VERSIONS = 6  # of a text that no probe asks about
UNNAMED = 0.6  # how often a remark names no thing: a name without a figure is seldom evidence
AT_HAND = 0.4  # how often what is told next is of the segment's own topic
USER_SHARE = 0.52  # of an exchange's tokens, about
LEAST_EXCHANGE, AN_EXCHANGE = 70, 165  # tokens, where the length leaves the choice


def turns_for(tokens: int, rng: Random) -> int:
    """How many turns a conversation of so many tokens has, the question and its answer counted; even."""
    exchanges = tokens / min(max(tokens / 12, LEAST_EXCHANGE), AN_EXCHANGE) * rng.uniform(0.6, 1.5)
    return 2 * round(min(max(exchanges, FEWEST_TURNS / 2), MOST_TURNS / 2))


class Script:
    """Writes the exchanges of one conversation.

    count: tokens of a text; frame: tokens that the chat template adds to a message. planned: acts with their exchange. keys: what no
    other act may touch; used: triggers of rules and topics of conditions that are taken.
    """

    def __init__(
        self,
        cast: Cast,
        words: Wording,
        rng: Random,
        planned: Iterable[Act],
        keys: set[tuple[str, str]],
        *,
        count: Callable[[str], int],
        frame: int,
        role: str,
        used: set[str],
    ) -> None:
        self.cast, self.words, self.rng, self.count, self.frame, self.role = cast, words, rng, count, frame, role
        self.keys, self.used = keys, used
        self.planned: dict[int, list[Act]] = defaultdict(list)
        self.exchanges: list[Exchange] = []
        self.done: list[Act] = []
        for act in planned:
            self.planned[act.at].append(act)
        topics = list(cast.matter.topics)
        rng.shuffle(topics)
        self.topics = topics
        self._segment_left = 0
        self._topic = topics[0]
        self.grid: dict[str, list[tuple[Thing, Attribute]]] = {topic.key: [] for topic in topics}
        self.said: set[str] = set()
        self.style = rng.choice(("plain", "chatty", "plain"))

    def write(self, budget: int) -> Exchange:
        """The next exchange, of about so many tokens."""
        at = len(self.exchanges)
        if not self._segment_left:
            self._topic = self._new_topic()
            self._segment_left = self.rng.randint(*SEGMENT)
        self._segment_left -= 1
        acts = list(self.planned.pop(at, []))
        user, assistant = Turn("user"), Turn("assistant")
        room = budget - 2 * self.frame
        told = sum(self.count(act.user) for act in acts)
        due = sum(self.count(act.assistant) for act in acts)
        while told + due < room * (USER_SHARE + 0.1) or not acts:
            act = self._another(at, acts, room - told - due)
            if act is None:
                break
            size = self.count(act.user) + self.count(act.assistant)
            if acts and told + due + size > room:
                break
            acts.append(act)
            told += self.count(act.user)
            due += self.count(act.assistant)
        acts = self._in_order(acts)
        self._speak(user, acts, at)
        self._answer(assistant, acts, room - self.count(user.text))
        self.done += acts
        self.exchanges.append(Exchange(user, assistant, acts, self._topic))
        return self.exchanges[-1]

    # What is done.

    def _new_topic(self) -> Topic:
        others = [topic for topic in self.topics if topic is not self._topic] or self.topics
        return self.rng.choice(others)

    def _another(self, at: int, acts: Sequence[Act], room: int) -> Act | None:
        """One more act for an exchange in which so many tokens are left."""
        rng = self.rng
        is_open = any(act.open for act in acts)
        roll = rng.random()
        act = self._condition(at) if rng.random() < CONDITIONS else None
        if act is None and not is_open and room >= 60:
            if roll < 0.08:
                act = self._work(at)
            elif roll < 0.16:
                act = self._propose(at, acts)
            elif roll < 0.28:
                act = self._chat(at)
            elif roll < 0.37 and room > A_DRAFT:
                act = self._draft(at)
        if act is None and roll > 0.82:
            act = self._change(at, acts)
        if act is None:
            act = self._tell(at, acts)
        return act

    def _condition(self, at: int) -> Act | None:
        """A rule for answers, or a condition for a choice: of sorts and topics that no probe asks about."""
        rng = self.rng
        if rng.random() < 0.4:
            free = [trigger for trigger in sayings()["triggers"] if trigger not in self.used]
            if not free:
                return None
            trigger = rng.choice(free)
            self.used.add(trigger)
            return rule_act(self.words, rng.choice(RULES), trigger, at)
        topic = self._topic
        attributes = [
            attribute
            for attribute in topic.of_type("amount", "count", "day")
            if f"{topic.key}/{attribute.key}" not in self.used
        ]
        if f"conditions:{topic.key}" in self.used or not attributes:
            return None
        attribute = rng.choice(attributes)
        self.used.add(f"{topic.key}/{attribute.key}")
        most = attribute.type == "day" or rng.random() < 0.5
        return limit_act(self.words, topic, attribute, most, self.cast.value(attribute), at)

    def _tell(self, at: int, acts: Sequence[Act]) -> Act | None:
        busy = {act.said.thing.name for act in acts if act.said is not None}
        topic = self._topic if self.rng.random() < AT_HAND else self.rng.choice(self.topics)
        grid = self.grid[topic.key]
        for _ in range(4):
            place = next((i for i, (thing, _) in enumerate(grid) if thing.name not in busy), None)
            if place is not None:
                thing, attribute = grid.pop(place)
                if (thing.name, attribute.key) in self.keys:
                    continue
                value = self.cast.value(attribute)
                line = self.words.one(attribute.tell, thing=thing.name, value=value.text)
                return Act("tell", at, line, topic=topic, said=Said(thing, attribute, value))
            fresh = [new for _ in range(4) if (new := self.cast.thing(topic)) is not None]
            if not fresh:
                return self._change(at, acts)
            pairs = [(new, attribute) for new in fresh for attribute in topic.attributes]
            # Efraimidis and Spirakis (2006): a shuffle in which a pair of twice the weight tends to come first.
            pairs.sort(key=lambda pair: self.rng.random() ** (1 / TOLD[pair[1].type]), reverse=True)
            grid += pairs
        return None

    def _settled(self, *types: str) -> list[Act]:
        """Statements of this segment's topic that still hold and that a probe does not rest on."""
        found: dict[tuple[str, str], Act] = {}
        for act in self.done:
            if act.said is not None and act.said.thing.topic is self._topic and act.said.attribute.type in types:
                found[act.said.key] = act
        return [act for key, act in found.items() if key not in self.keys]

    def _change(self, at: int, acts: Sequence[Act]) -> Act | None:
        busy = {act.said.thing.name for act in acts if act.said is not None}
        options = [
            act
            for act in self._settled("amount", "count", "day", "code", "person")
            if act.by == "user" and act.said is not None and act.said.thing.name not in busy
        ]
        if not options:
            return None
        said = self.rng.choice(options).said
        assert said is not None
        value = self.cast.value(said.attribute)
        if value.text == said.value.text:
            return None
        line = self.words.one(said.attribute.update, thing=said.thing.name, value=value.text)
        return Act("update", at, line, topic=self._topic, said=Said(said.thing, said.attribute, value))

    def _work(self, at: int) -> Act | None:
        by_attribute: dict[str, list[Said]] = defaultdict(list)
        for act in self._settled("amount", "count", "day"):
            if act.said is not None and act.by == "user":
                by_attribute[act.said.attribute.key].append(act.said)
        pairs = [found for found in by_attribute.values() if len(found) > 1]
        if not pairs:
            return None
        one, other = self.rng.sample(self.rng.choice(pairs), 2)
        name = self.rng.choice(names_of_working(one.attribute))
        value = worked(self.cast, name, one.attribute, one.value, other.value)
        if value is None:
            return None
        return working_act(self.words, Working(name, one.attribute, one.thing, other.thing, value), at)

    def _propose(self, at: int, acts: Sequence[Act]) -> Act | None:
        busy = {act.said.thing.name for act in acts if act.said is not None}
        grid = self.grid[self._topic.key]
        for place, (thing, attribute) in enumerate(grid):
            fits = attribute.type in ("day", "count", "amount") and thing.name not in busy
            if fits and (thing.name, attribute.key) not in self.keys:
                grid.pop(place)
                return suggestion_act(self.words, self.cast, thing, attribute, at)
        return None

    def _draft(self, at: int) -> Act | None:
        """A text that no probe asks about is drafted, or changed."""
        own = {act.params["name"]: act for act in self.done if act.kind == "version"}
        names = [
            name for name in free_texts(self.used) if name not in own or own[name].params["version"] < MOST_VERSIONS
        ]
        if not names:
            return None
        name = self.rng.choice(names)
        return version_act(self.words, self.cast, name, own.get(name), at)

    def _chat(self, at: int) -> Act | None:
        for _ in range(3):
            ask, answer = self.words.pick(self._topic.questions)
            if ask not in self.said:
                self.said.add(ask)
                return Act("chat", at, ask, answer, self._topic, open=True)
        return None

    # How it is said.

    def _in_order(self, acts: Sequence[Act]) -> list[Act]:
        """By topic, the present one first, and what is open last: one asks after one has told."""
        topics: list[str] = [self.exchanges[-1].topic.key] if self.exchanges else []
        for act in acts:
            if act.topic is not None and act.topic.key not in topics:
                topics.append(act.topic.key)
        return sorted(acts, key=lambda act: (act.open, topics.index(act.topic.key) if act.topic else len(topics)))

    def _speak(self, turn: Turn, acts: Sequence[Act], at: int) -> None:
        rng, words = self.rng, self.words
        if at == 0:
            stage = self.cast.stage
            turn.add(words.one(self.cast.matter.opening, role=self.role, org=stage.org, city=stage.city), "")
        before = self.exchanges[-1].topic if self.exchanges else None
        told = [act for act in acts if act.said is not None and not act.open]
        rest = [act for act in acts if act not in told]
        current = before
        if len(told) >= LISTED and rng.random() < 0.75:
            by_topic: dict[str, list[Act]] = defaultdict(list)
            for act in told:
                assert act.topic is not None
                by_topic[act.topic.key].append(act)
            mark = rng.choice(("- ", "- ", "* "))
            for group in by_topic.values():
                topic = group[0].topic
                assert topic is not None
                if len(group) == 1:  # no list
                    turn.add(self._shift(topic), "\n\n")
                    turn.add(group[0].user, " ", group[0])
                else:
                    turn.add(words.say("notes", plural=topic.plural), "\n\n")
                    for act in group:
                        turn.add(f"{mark}{act.user}", "\n", act, act.user)
                current = topic
        else:
            for act in told:
                shift = act.topic is not None and current is not act.topic
                if shift and act.topic is not None:
                    turn.add(self._shift(act.topic), " ")
                    current = act.topic
                turn.add(act.user, " ", act)
        for act in rest:
            joint = "\n\n" if "\n" in turn.text else " "
            if act.kind == "chat" and act.topic is not current and act.topic is not None:
                turn.add(self._shift(act.topic), joint)
                current = act.topic
            turn.add(act.user, joint if not turn.text.endswith(":") else " ", act)
        if self.style == "chatty" and rng.random() < 0.3:
            self._loose(turn, self._topic.worries, "\n\n" if "\n" in turn.text else " ")

    def _shift(self, topic: Topic) -> str:
        """A lead from one topic to another; what was never spoken of does not come "again"."""
        known = any(act.topic is topic for act in self.done)
        while True:
            text = self.words.say("shift", plural=topic.plural)
            if known or "again" not in text:
                return text

    def _answer(self, turn: Turn, acts: Sequence[Act], room: int) -> None:
        rng, words = self.rng, self.words
        told = [act for act in acts if act.said is not None and not act.open]
        if told:
            changed = any(act.kind == "update" for act in told)
            turn.add(words.say("ack_update" if changed else "ack"), " ")
            left = room - self.count(turn.text) - sum(self.count(act.assistant) for act in acts)
            if len(told) >= 3 and left > 14 * len(told) and rng.random() < 0.6:
                self._table(turn, told, left)
            elif left > 25 and rng.random() < 0.4:
                self._echo(turn, rng.choice(told))
        for act in acts:
            if act.assistant:
                joint = "\n\n" if "\n" in turn.text or "\n" in act.assistant else " "
                turn.add(act.assistant, joint, act if act.by == "assistant" else None)
        if not turn.text:
            turn.add(words.say("ack"), " ")
        left = room - self.count(turn.text)
        misses = 0
        while left > 10 and misses < 4:
            if self._loose(turn, self._topic.advice, turn.joint, left + 4):
                left -= self.count(turn.pieces[-1].text)
            else:
                misses += 1
        if rng.random() < 0.3 and left > 0:
            self._loose(turn, sayings()["over"], turn.joint, repeat=True)

    def _echo(self, turn: Turn, act: Act) -> None:
        assert act.said is not None
        turn.add(self.words.say("echo", **_slots(act.said)), " ", act)

    def _table(self, turn: Turn, told: Sequence[Act], left: int) -> None:
        """What was just told, laid out."""
        turn.add(self.words.say("table"), " ")
        head = self.words.pick(sayings()["heads"])
        turn.add("| " + " | ".join(head) + " |", "\n\n")
        turn.add("|---|---|---|", "\n")
        order = list(told)
        self.rng.shuffle(order)
        for act in order:
            assert act.said is not None
            slots = _slots(act.said)
            row = f"| {capitalised(slots['noun'])} | {slots['thing']} | {slots['value']} |"
            turn.add(row, "\n", act)

    def _loose(
        self, turn: Turn, lines: Sequence[str], joint: str, room: int | None = None, repeat: bool = False
    ) -> bool:
        """A remark that states nothing; whether one was found that fits and was not made lately."""
        names = [act.said.thing.name for act in self.done[-20:] if act.said and act.said.thing.topic is self._topic]
        if self.rng.random() < UNNAMED:
            names = []
        if not names:
            lines = [line for line in lines if "{thing}" not in line]
        for _ in range(3):
            text = self.words.one(lines, thing=self.rng.choice(names) if names else "")
            if (repeat or text not in self.said) and (room is None or self.count(text) <= room):
                self.said.add(text)
                turn.add(text, joint, loose=True)
                return True
        return False


def _slots(said: Said) -> dict[str, str]:
    return {"noun": said.attribute.noun, "thing": said.thing.name, "value": said.value.text}
