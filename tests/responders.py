"""What the scripted server answers to verifiable_if's writer's prompts: deterministic, right where asked to be, wrong on purpose."""

from __future__ import annotations

import functools
import re
import tempfile
from typing import Any

from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject

WHOLE = {"n": 6, "tokens": "700", "answer": "whole", "constraints": "1-3"}


def _question(request: dict[str, Any]) -> str:
    return request["messages"][-1]["content"]


def piece(request: dict[str, Any]) -> str:
    """The sentence that piece.j2 asks for; one in five first drafts leaves the value out."""
    text = _question(request)
    what, value = re.search(r"What: (.*)\nValue: (.*)", text).groups()
    if "Mind:" not in text and sum(map(ord, what)) % 5 == 0:
        return f"{what[0].upper()}{what[1:]} stands in the record."
    return f"{what[0].upper()}{what[1:]} is given as {value}."


@functools.cache
def _gold() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("verifiable_if")(cache_dir=scratch, **WHOLE)
        builder.setup()
        found = {}
        for number in range(WHOLE["n"]):
            for try_ in range(4):
                case = builder.case("train", number, try_)
                try:
                    plan = builder.plan(case)
                    found[plan.instruction] = builder.gold(case, plan).text
                except Reject:
                    continue
    return found


_WRONG = {ord(str(digit)): str((digit + 1) % 10) for digit in range(10)}


def whole(request: dict[str, Any]) -> str:
    """The gold answer to whole.j2's request; every other first draft has its digits wrong."""
    text = _question(request)
    for instruction, answer in _gold().items():
        if instruction in text:
            if "document that you do not have" in text:
                return re.sub(r"[A-Z]\w+", "Someone", answer).translate(_WRONG)
            if "Your last draft" not in text and len(instruction) % 2:
                return answer.translate(_WRONG)
            return answer
    return "The document is about several matters of business, and its author has taken some care."
