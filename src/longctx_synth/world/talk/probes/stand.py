"""What a probe is, what it is planned with, and the checks that its answers are held to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from longctx_synth.checks import text as t
from longctx_synth.world.talk.acts import Act, Cast, Said, Thing, Wording, holding
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


def said_of(act: Act) -> Said:
    assert act.said is not None
    return act.said


def present(key: tuple[str, str]) -> Callable[[Sequence[Act]], str | None]:
    def gold(acts: Sequence[Act]) -> str | None:
        last = holding(acts, key)
        return said_of(last).value.text if last else None

    return gold


def mention(
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


def asked_bare(stand: Stand, type_: str, asked: str, answer: Value) -> tuple[str, list[dict[str, Any]]]:
    """The question with the wish for the bare value, and its check."""
    forms = [*answer.forms, answer.text.split()[0]] if type_ == "duration" else list(answer.forms)
    checks = [{"check": "final_answer", "args": {"answer": answer.text, "forms": list(dict.fromkeys(forms))}}]
    return f"{asked} {stand.words.say(f'bare_{type_}')}", checks
