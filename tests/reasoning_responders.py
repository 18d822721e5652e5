"""What the scripted server answers to long_reasoning's prompts: right where asked to be, wrong on purpose."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from typing import Any

from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject

SETTINGS = {"n": 6, "tokens": "900", "tokenizer": "approximate"}
_WRONG = {ord(str(digit)): str((digit + 1) % 10) for digit in range(10)}


@functools.cache
def _gold() -> dict[str, str]:
    """The program's traces by the instruction that asks for them."""
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("long_reasoning")(cache_dir=scratch, **SETTINGS, trace="program")
        builder.setup()
        found = {}
        for number in range(SETTINGS["n"]):
            for try_ in range(3):
                case = builder.case("train", number, try_)
                try:
                    plan = builder.plan(case)
                except Reject:
                    continue
                found[plan.instruction] = builder.gold(case, plan)
        return found


def _question(request: dict[str, Any]) -> str:
    return request["messages"][-1]["content"]


def trace(request: dict[str, Any]) -> str:
    """The gold trace; every first draft has its digits wrong."""
    text = _question(request)
    for instruction, answer in _gold().items():
        if instruction in text:
            return answer if "What was wrong with it:" in text else answer.translate(_WRONG) + " 77"
    return "The papers are silent."


def step(request: dict[str, Any]) -> str:
    """One sentence for a finding."""
    what, value = re.search(r"Finding: (.*)\nValue: (.*)", _question(request)).groups()
    return f"{what[0].upper()}{what[1:]} is {value}."


def _entries(text: str) -> list[str]:
    return re.findall(r"^\d+\. (.*)$", text.partition("Entries:")[2], re.M) or re.findall(r"Entry: (.*)", text)


def retell(request: dict[str, Any]) -> str:
    """Entries in other words, and forms filled in as the sentences have them."""
    text = _question(request)
    if "Form 1:" in text:
        found = []
        for sentence, form in re.findall(r"Sentence \d+: (.*)\nForm \d+: (.*)", text):
            pattern = re.escape(form).replace(r"\[", "[").replace(r"\]", "]")
            for name in re.findall(r"\[(\w+)\]", pattern):
                pattern = pattern.replace(f"[{name}]", f"(?P<{name}>.+?)", 1)
            match = re.fullmatch(pattern, sentence.removeprefix("The file has it that "), re.IGNORECASE)
            found.append(match.groupdict() if match else {})
        return json.dumps(found)
    return "\n".join(f"The file has it that {entry}" for entry in _entries(text))


def invent(request: dict[str, Any]) -> str:
    """Entries with a figure and a name that no fact brought."""
    return "\n".join(f"{entry[:-1]}, as Bertha Quill said to 999 others." for entry in _entries(_question(request)))


def swap(request: dict[str, Any]) -> str:
    """Entries reworded; the second reader finds other values than the facts'."""
    text = _question(request)
    if "Form 1:" in text:
        return json.dumps(
            [dict.fromkeys(re.findall(r"\[(\w+)\]", form), "x") for form in re.findall(r"Form \d+: (.*)", text)]
        )
    return retell(request)
