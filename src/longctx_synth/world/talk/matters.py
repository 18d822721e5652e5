"""What conversations are about: matters, their topics, and the attributes of the topics' things, read from matters.yaml.

All of it is language for a program: sentences with slots, every third of a list for the test split alone. What never changes: an
attribute's sentences name the thing and the value and can stand alone; a held-out matter occurs in test only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a thing has. type: amount, count, day, person or code; low, high: of amounts (euros' worth) and counts."""

    key: str
    type: str
    noun: str
    tell: tuple[str, ...]
    update: tuple[str, ...]
    ask: tuple[str, ...]
    which: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A sort of things, with what people say of it.

    naming: company, person, place, code:XX, or a list of names. trades: how the names of companies end.
    """

    key: str
    noun: str
    plural: str
    naming: str | tuple[str, ...]
    attributes: tuple[Attribute, ...]
    advice: tuple[str, ...]
    worries: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    trades: tuple[str, ...] = ()

    def of_type(self, *types: str) -> list[Attribute]:
        """Its attributes of these types."""
        return [attribute for attribute in self.attributes if attribute.type in types]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a user is busy with. notice: texts with the slots place, day, person and amount."""

    key: str
    purpose: str
    roles: tuple[str, ...]
    topics: tuple[Topic, ...]
    opening: tuple[str, ...]
    notice: tuple[str, ...]
    held_out: bool = False


@lru_cache(maxsize=1)
def load() -> dict[str, Matter]:
    """All matters by name."""
    import yaml

    data = yaml.safe_load((Path(__file__).parent / "matters.yaml").read_text("utf-8"))
    attributes = {
        key: Attribute(
            key,
            own["type"],
            own["noun"],
            tuple(own["tell"]),
            tuple(own["update"]),
            tuple(own["ask"]),
            tuple(own.get("which", ())),
            float(own.get("low", 0)),
            float(own.get("high", 0)),
            own.get("prefix", ""),
        )
        for key, own in data["attributes"].items()
    }
    topics = {
        key: Topic(
            key,
            own["noun"],
            own["plural"],
            tuple(own["naming"]) if isinstance(own["naming"], list) else own["naming"],
            tuple(attributes[name] for name in own["attributes"]),
            tuple(own["advice"]),
            tuple(own["worries"]),
            tuple((pair["q"], pair["a"]) for pair in own["questions"]),
            tuple(own.get("trades", ())),
        )
        for key, own in data["topics"].items()
    }
    return {
        key: Matter(
            key,
            own["purpose"],
            tuple(own["roles"]),
            tuple(topics[name] for name in own["topics"]),
            tuple(own["opening"]),
            tuple(own["notice"]),
            bool(own.get("held_out")),
        )
        for key, own in data["matters"].items()
    }


def matters_for(split: str) -> list[Matter]:
    """The matters of a split: some are test's alone."""
    return [matter for matter in load().values() if split == "test" or not matter.held_out]
