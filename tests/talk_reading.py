"""A reader of the program's conversations that knows their language and nothing of their objects: an independent solver.

It has the sentence patterns of matters.yaml and sayings.yaml and the messages of a prompt. From the messages it reads what was told,
changed, proposed, worked out, required and drafted, in order; the question it reads by its pattern, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

import longctx_synth.world.talk as talk

HERE = Path(talk.__file__).parent
MONTHS = "January February March April May June July August September October November December".split()
DAY = rf"\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}|(?:{'|'.join(MONTHS)}) \d{{1,2}}, \d{{4}}"
VALUES = {
    "amount": r"(?:[^\s\d]{1,4} ?)?\d[\d,]*(?:\.\d+)?(?: [^\W\d]+(?: [^\W\d]+)?)?",
    "count": r"\d[\d,]*",
    "day": DAY,
    "person": r"[^\W\d_][^\d\n.,;:!?]*",
    "code": r"[A-Z]{1,4}-\d+",
}
SLOTS = {
    "thing": r"(?:(?![.!?] )[^\n:]){1,70}?", "a": r"[^\n:]{1,70}?", "b": r"[^\n:]{1,70}?",
    "noun": r"[^\n]{1,40}?", "names": r"[^\n]{1,400}?",
    "trigger": r"for the \w+", "phrase": r"[^\"\n]+", "topic": r"[\w -]{1,30}?", "plural": r"[\w -]{1,30}?", "n": r"[^\n]{1,30}?",
    "claim": r"[^\n]{1,40}?", "what": r"[^\n]{1,200}?", "value": r"[^\n]{1,60}?",
}  # fmt: skip


@lru_cache
def language() -> tuple[dict[str, Any], dict[str, Any]]:
    return tuple(yaml.safe_load((HERE / name).read_text("utf-8")) for name in ("matters.yaml", "sayings.yaml"))  # type: ignore[return-value]


@lru_cache(maxsize=4096)
def pattern(template: str, type_: str = "", nouns: tuple[str, ...] = ()) -> re.Pattern[str]:
    parts = []
    for piece in re.split(r"(\{\w+\})", template):
        if piece.startswith("{"):
            name = piece[1:-1]
            body = VALUES[type_] if name == "value" and type_ else SLOTS[name]
            if name == "noun" and nouns:
                body = "|".join(map(re.escape, nouns))
            parts.append(f"(?P<{name}>{body})")
        else:
            parts.append(re.sub(r"\\ a\\ $", r"\\ an?\\ ", re.escape(piece)))
    text = "".join(parts)
    if text[:1].isalpha():
        text = f"[{text[0].lower()}{text[0].upper()}]{text[1:]}"
    return re.compile(text)


def plain(thing: str) -> str:
    return thing[0].lower() + thing[1:] if thing.startswith("The ") else thing


def number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text).strip("."))


def day(text: str) -> date:
    words = text.replace(",", "").split()
    month = next(word for word in words if word in MONTHS)
    figures = sorted(int(word) for word in words if word.isdigit())
    return date(figures[-1], MONTHS.index(month) + 1, figures[0])


def starts(text: str) -> Iterator[str]:
    """Every place where a sentence can begin, with what follows to the end of its line."""
    for line in text.split("\n"):
        line = re.sub(r"^[-*] ", "", line)
        yield line
        for match in re.finditer(r"(?<=[.!?:”\"]) (?=\S)", line):
            yield line[match.end() :]


def best(rest: str, options: list[tuple[Any, re.Pattern[str]]]) -> tuple[Any, re.Match[str]] | None:
    """The pattern that matches a whole sentence here, the longest one with the shortest slots."""
    found = []
    for what, regex in options:
        match = re.match(rf"(?:{regex.pattern})(?= |$)", rest)
        if match:
            found.append((sum(len(group) for group in match.groups()), what, match))
    if not found:
        return None
    _, what, match = min(found, key=lambda entry: entry[0])
    return what, match


class Reader:
    """What a conversation says. facts: by (thing, noun) the values in order; the rest likewise in order."""

    def __init__(self, messages: list[dict[str, str]], matter: str) -> None:
        data, self.says = language()
        self.topics = {name: data["topics"][name] for name in data["matters"][matter]["topics"]}
        self.attributes = {
            own["noun"]: own
            for topic in self.topics.values()
            for own in (data["attributes"][name] for name in topic["attributes"])
        }
        self.facts: dict[tuple[str, str], list[str]] = {}
        self.proposed: dict[tuple[str, str], str] = {}
        self.limits: list[tuple[str, str, str, str]] = []  # topic, noun, which way, bound
        self.rules: dict[str, tuple[str, str]] = {}
        self.versions: dict[tuple[str, int], str] = {}
        self.worked: list[str] = []
        self.told = [
            (noun, pattern(line, own["type"]))
            for noun, own in self.attributes.items()
            for line in [*own["tell"], *own["update"]]
        ]
        for message in messages:
            (self.user if message["role"] == "user" else self.assistant)(message["content"])

    def says_of(self, *names: str) -> list[tuple[str, re.Pattern[str]]]:
        nouns = tuple(self.attributes)
        return [(name, pattern(line, nouns=nouns)) for name in names for line in self.says[name]]

    def user(self, text: str) -> None:
        limits = self.says_of("limit_most", "limit_least", "limit_until")
        rules = self.says_of("instruct_starts", "instruct_ends", "instruct_sentences", "instruct_capitals")
        for rest in starts(text):
            if found := best(rest, self.told):
                noun, match = found
                thing = plain(match["thing"])
                if len(thing.split()) < 9:
                    self.facts.setdefault((thing, noun), []).append(match["value"])
            if found := best(rest, limits):
                way, match = found
                if match["noun"] in self.attributes:
                    self.limits.append((match["topic"], match["noun"], way, match["value"]))
            if found := best(rest, rules):
                form, match = found
                phrase = match.groupdict().get("phrase", "")
                self.rules[match["trigger"]] = (form.removeprefix("instruct_"), phrase)

    def assistant(self, text: str) -> None:
        for rest in starts(text):
            if found := best(rest, self.says_of("proposal")):
                match = found[1]
                if match["noun"] in self.attributes:
                    self.proposed[plain(match["thing"]), match["noun"]] = match["value"].rstrip(".")
            if found := best(rest, self.says_of("answer_difference", "answer_sum", "answer_days")):
                self.worked.append(found[1]["value"])
        for lead in re.finditer(r"(?:Here is version|Version|This is version) (\d+) of the (\w+):\n\n([^\n]+)", text):
            self.versions[lead[2], int(lead[1])] = lead[3]

    # What a question asks for.

    def now(self, thing: str, noun: str) -> str | None:
        values = self.facts.get((plain(thing), noun))
        return values[-1] if values else None

    def described(self, text: str) -> str | None:
        """The thing that "the removal firm where Ines Ford is the contact" stands for."""
        for topic in self.topics.values():
            lead = f"the {topic['noun']} "
            if not text.startswith(lead):
                continue
            for noun, own in self.attributes.items():
                for clause in own.get("which", []):
                    match = pattern(clause, own["type"]).fullmatch(text[len(lead) :])
                    if match:
                        names = [
                            key[0]
                            for key, values in self.facts.items()
                            if key[1] == noun and values[-1] == match["value"]
                        ]
                        if len(names) == 1:
                            return names[0]
        return None

    def arithmetic(self, question: str) -> tuple[str, float] | None:
        names = ("difference_amount", "sum_amount", "days_between")
        for rest in [question, *starts(question)]:
            for name, regex in self.says_of(*names):
                match = re.match(rf"(?:{regex.pattern})(?= |$)", rest)
                if not match or match["noun"] not in self.attributes:
                    continue
                values = [self.now(match[slot], match["noun"]) for slot in ("a", "b")]
                if None in values:
                    continue
                one, other = (str(value) for value in values)
                if name == "days_between":
                    return "days", abs((day(one) - day(other)).days)
                if name == "sum_amount":
                    return "sum", number(one) + number(other)
                return "difference", abs(number(one) - number(other))
        return None

    def update(self, question: str) -> str | None:
        for noun, own in self.attributes.items():
            for line in own["ask"]:
                match = re.match(rf"(?:{pattern(line).pattern})(?= |$)", question)
                if match and (thing := self.described(plain(match["thing"]))):
                    return self.now(thing, noun) or ""
        return None

    def shifted(self, question: str) -> str | float | date | None:
        for name, regex in self.says_of("shifted_day_before", "shifted_day_after", "shifted_number"):
            match = re.match(rf"(?:{regex.pattern})(?= |$)", question)
            if not match or (plain(match["thing"]), match["noun"]) not in self.proposed:
                continue
            base = self.proposed[plain(match["thing"]), match["noun"]]
            if name == "shifted_number":
                return number(base) + number(match["n"])
            days = int(match["n"])
            return day(base) + timedelta(days=-days if name.endswith("before") else days)
        return None

    def names_in(self, text: str) -> list[str]:
        return [plain(name) for name in re.split(r", | and (?!the )| and (?=the )", text)]

    def choice(self, question: str) -> str | None:
        for name, regex in self.says_of("first_of", "last_of", "fitting"):
            match = re.match(rf"(?:{regex.pattern})(?= |$)", question)
            if not match:
                continue
            things = self.names_in(match["names"])
            if name == "fitting":
                left = [thing for thing in things if self.fits(thing, match.groupdict().get("topic"))]
                if len(left) == 1:
                    return left[0]
                continue
            if match["noun"] not in self.attributes:
                continue
            values = [self.now(thing, match["noun"]) for thing in things]
            if None in values:
                continue
            days = [day(str(value)) for value in values]
            return things[days.index(min(days) if name == "first_of" else max(days))]
        return None

    def topic_of(self, thing: str) -> str:
        """The topic that a thing belongs to, by its name."""
        for key, topic in self.topics.items():
            naming = topic["naming"]
            if thing in naming or (naming == "company" and thing.split()[-1] in topic["trades"]):
                return key
            if str(naming).startswith("code:") and thing.startswith(naming[5:]):
                return key
        nouns = {noun for name, noun in self.facts if name == thing}
        data = language()[0]["attributes"]
        return next(
            key
            for key, topic in self.topics.items()
            if topic["naming"] in ("person", "place") and nouns <= {data[name]["noun"] for name in topic["attributes"]}
        )

    def fits(self, thing: str, named: str | None) -> bool:
        """Whether a thing meets all conditions for its topic, which the question may name."""
        own = named or self.topics[self.topic_of(thing)]["noun"]
        for topic, noun, way, bound in self.limits:
            if topic != own:
                continue
            value = self.now(thing, noun)
            if value is None:
                return False
            if way == "limit_until":
                if day(value) > day(bound):
                    return False
            elif (number(value) > number(bound)) if way == "limit_most" else (number(value) < number(bound)):
                return False
        return True
