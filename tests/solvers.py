"""Solvers for the tests of difficulty: they answer the prompts of tests/publish/rows.py, and which rows they can is in the number.

By the depot's number modulo 4: 0 every answer is right; 1 those to an even seed; 2 those of the model "strong" only; 3 none.
"""

from __future__ import annotations

import re
from typing import Any


def right(number: int, seed: int, model: str) -> bool:
    """Whether the answer to the row of this number is right."""
    return (True, seed % 2 == 0, model == "strong", False)[number % 4]


def solve(request: dict[str, Any]) -> str:
    """The scripted server's answer."""
    number, amount = re.search(
        r"depot (\d+) the council approved ([\d,.]+) euros", request["messages"][0]["content"]
    ).groups()  # type: ignore[union-attr]
    if right(int(number), request["seed"], request["model"]):
        return f"<think>Which amount? 1 euro?</think>The council approved {amount} euros."
    return "The document does not say which amount was approved."


def ramble(request: dict[str, Any]) -> tuple[str, str]:
    """A right answer that was cut off."""
    return solve({**request, "seed": 0}), "length"
