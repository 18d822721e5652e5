"""What a conversation consists of: acts, each the smallest thing that a user and an assistant do together.

An act carries its words for both sides and, where it states something, what it states (`Said`). Whoever reads acts in their order
knows what holds at any point: the later statement of a thing's attribute replaces the earlier one (`holding`). An act that is *open*
asks for something; an exchange (a user's turn and the answer) has one of these at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from longctx_synth.world import values as v
from longctx_synth.world.dossier.model import Stage, for_split
from longctx_synth.world.planner import least_used
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.matters import Attribute, Matter, Topic
from longctx_synth.world.values import Value

LATEST_DAY = 300  # days after the first that a date may lie


@dataclass(frozen=True, slots=True)
class Thing:
    """One of a topic's things, by its invented name."""

    name: str
    topic: Topic


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody states an attribute of a thing."""

    thing: Thing
    attribute: Attribute
    value: Value

    @property
    def key(self) -> tuple[str, str]:
        """What it is about: two statements with one key are of the same matter."""
        return self.thing.name, self.attribute.key


@dataclass(slots=True, eq=False)
class Act:
    """One thing that is said or asked for. at: the exchange in which that is done.

    user, assistant: a sentence or more of each; "" where that side leaves it to an acknowledgement. said: what it states. by:
    who states it, which is where its evidence stands. params: of a rule, a condition, a version, a piece of working.
    """

    kind: str
    at: int
    user: str
    assistant: str = ""
    topic: Topic | None = None
    said: Said | None = None
    by: str = "user"
    open: bool = False
    params: dict[str, Any] = field(default_factory=dict)


def holding(acts: Iterable[Act], key: tuple[str, str]) -> Act | None:
    """The act that says what holds of a thing's attribute: the last one that states it."""
    last = None
    for act in acts:
        if act.said is not None and act.said.key == key:
            last = act
    return last


@lru_cache(maxsize=1)
def sayings() -> dict[str, Any]:
    """What is said about any topic, by purpose."""
    import yaml

    return yaml.safe_load((Path(__file__).parent / "sayings.yaml").read_text("utf-8"))


class Wording:
    """Chooses among the sentences that a split may use, the least used first, and fills them."""

    def __init__(self, split: str, rng: Random) -> None:
        self.split, self.rng = split, rng
        self.uses: Counter[str] = Counter()

    def one(self, lines: Sequence[str], /, **slots: str) -> str:
        """One of the lines, filled, with a capital first letter."""
        return capitalised(least_used(for_split(lines, self.split), self.uses, self.rng).format(**slots))

    def say(self, purpose: str, /, **slots: str) -> str:
        """One of the sayings of a purpose."""
        return self.one(sayings()[purpose], **slots)

    def pick(self, options: Sequence[Any]) -> Any:
        """One of a split's options of any kind."""
        return self.rng.choice([options[i] for i in range(len(options)) if (i % 3 == 2) == (self.split == "test")])


class Cast:
    """The things of one conversation and the values that they may have; no name is drawn twice, and values seldom."""

    def __init__(self, matter: Matter, stage: Stage) -> None:
        self.matter, self.stage = matter, stage
        self.first_day = stage.first_day()
        self._names: set[str] = set()
        self._drawn: dict[str, set[str]] = {}

    def thing(self, topic: Topic) -> Thing | None:
        """A new thing of a topic; None where its names are used up."""
        stage, naming = self.stage, topic.naming
        if isinstance(naming, tuple):
            left = [name for name in naming if name not in self._names]
            if not left:
                return None
            name = stage.structure.choice(left)
        elif naming.startswith("code:"):
            name = stage.code(naming[5:])
        else:
            name = {"company": lambda: stage.company(topic.trades), "person": stage.person, "place": stage.place}[
                naming
            ]()
            if name in self._names:
                return None
        self._names.add(name)
        return Thing(name, topic)

    def value(self, attribute: Attribute) -> Value:
        """A value of an attribute, another than all before while that is easy."""
        drawn = self._drawn.setdefault(attribute.type if attribute.type != "count" else attribute.key, set())
        for _ in range(20):
            value = self._value(attribute)
            if value.text not in drawn:
                break
        drawn.add(value.text)
        return value

    def _value(self, attribute: Attribute) -> Value:
        stage = self.stage
        if attribute.type == "amount":
            scale = stage.style.country.scale
            return stage.amount(
                v.odd_figure(v.draw_number(stage.values, attribute.low * scale, attribute.high * scale))
            )
        if attribute.type == "count":
            return stage.count(stage.values.randint(int(attribute.low), int(attribute.high)))
        if attribute.type == "day":
            return stage.day(v.shift(self.first_day, stage.values, 20, LATEST_DAY))
        if attribute.type == "person":
            return Value(name := stage.person(), (name,), 0.0)
        return Value(code := stage.code(attribute.prefix), (code,), 0.0)
