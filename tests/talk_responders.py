"""What the scripted server answers to multi_turn's prompts: turns in other words, answers from the conversation, wrong ones on purpose."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections import defaultdict
from typing import Any

from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject

SETTINGS = {"n": 6, "tokens": "2048", "tokenizer": "approximate"}


def _content(request: dict[str, Any]) -> str:
    return request["messages"][-1]["content"]


def _due(text: str) -> list[str]:
    """What a prompt says is due in the turn."""
    if "Write your" in text:
        return re.findall(r"^- (.*)$", text.partition("It must say all of this")[2], re.M)
    return re.findall(r'"((?:[^"]|"(?! "|\)))+)"', text.partition("spelled exactly so:")[2])


LONG = {"n": 3, "tokens": "65536"}


def long(request: dict[str, Any]) -> str:
    """As `turns`, for a conversation of 64k tokens."""
    return turns(request, **LONG)


def turns(request: dict[str, Any], **settings: Any) -> str:
    """A turn that says what is due, each point introduced anew; forms filled in as the text has them; else a plain word."""
    text = _content(request)
    if "Form 1:" in text:
        return _forms(text, **settings)
    if "Write your" in text:
        head = "Hello, I need some help with this. " if "your first message" in text else ""
        return (
            head + " ".join(f"You should know this: {line}" for line in _due(text))
            if _due(text)
            else "It goes on well here."
        )
    if "Note for the assistant" in text:
        due = _due(text)
        return " ".join(["That is fine with me.", *due]) if due else "Thank you, that is all noted here."
    return "I cannot say."


def _forms(text: str, **settings: Any) -> str:
    found = []
    blocks = re.findall(r"Sentence \d+: (.*?)\nForm \d+: (The .*? is \[value\]\.)", text, re.S)
    for sentence, form in blocks:
        parts = form.removesuffix(" is [value].").split(" of ")
        ends = [" of ".join(parts[at:]) for at in range(1, len(parts))]
        thing = next((end for end in ends if end in _values(**settings)), "")
        line = next((part for part in re.split(r"(?<=[.!?]) |\n", sentence) if thing.casefold() in part.casefold()), "")
        found.append({"value": _value(line, thing, **settings)})
    return json.dumps(found)


def _value(line: str, thing: str, **settings: Any) -> str:
    """Whatever stands as a value in a sentence: the test's reader looks it up in the program's own values."""
    return max((value for value in _values(**settings).get(thing, ()) if value in line), key=len, default="")


@functools.cache
def _values(**settings: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for talk in talks(**settings):
        for exchange in talk.exchanges:
            for act in exchange.acts:
                if act.said:
                    found[act.said.thing.name].add(act.said.value.text)
    return found


@functools.cache
def talks(**settings: Any) -> list[Any]:
    """The conversations of the settings, in the program's words."""
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("multi_turn")(cache_dir=scratch, **{**SETTINGS, **settings}, answer="program")
        builder.setup()
        found = []
        for number in range(builder.settings.n // builder.rows_per_case):
            for try_ in range(3):
                try:
                    found.append(builder.talk(builder.case("train", number, try_)))
                except Reject:
                    continue
        return found


def invent(request: dict[str, Any]) -> str:
    """Turns with a figure and a name that nobody has said."""
    text = turns(request)
    return text if text.startswith("[") else f"{text} Bertha Quill counted 99,999 of them."


def swap(request: dict[str, Any]) -> str:
    """Right turns; the second reader finds other values."""
    text = _content(request)
    if "Form 1:" in text:
        return json.dumps([{"value": "x"}] * text.count("Form "))
    return turns(request)


@functools.cache
def _answers() -> dict[str, tuple[str, str]]:
    return {slot.probe.asked: (slot.probe.right[0], slot.probe.wrong[0][0]) for talk in talks() for slot in talk.slots}


def answers(request: dict[str, Any]) -> str:
    """The right answer; every first one, and what is said without the conversation, is that of somebody who forgot."""
    text = _content(request)
    for asked, (right, wrong) in _answers().items():
        if text.startswith(asked):
            return right if "Your last answer was not right" in text else wrong
    return "I cannot say."
