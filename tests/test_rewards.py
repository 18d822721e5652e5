"""The reward functions, called as TRL's GRPO trainer calls them: lists of columns, completions as texts or messages."""

from __future__ import annotations

import doctest
import json

import pytest

from longctx_synth import rewards
from longctx_synth.checks import BadCheck

CHECKS = json.dumps(
    [
        {"check": "bullets", "args": {"exactly": 2}},
        {"check": "facts_mentioned", "args": {"facts": [{"name": "the fee", "forms": ["EUR 40"]}]}},
    ]
)
PROMPT = [{"role": "user", "content": "The fee is EUR 40.\n\nList two points."}]
RIGHT = "- The fee is EUR 40.\n- It is due in May."


def message(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_texts_and_messages_earn_the_same() -> None:
    completions = [RIGHT, message(RIGHT), "- The fee is EUR 40.", "", message("<think>hm</think>" + RIGHT)]
    n = len(completions)
    scores = rewards.checks_passed([PROMPT] * n, completions, [CHECKS] * n, answer=[""] * n, trainer_state=None)
    assert scores == [1.0, 1.0, 0.75, 0.0, 1.0]
    assert rewards.all_checks_passed([PROMPT] * n, completions, [CHECKS] * n) == [1.0, 1.0, 0.0, 0.0, 1.0]


def test_the_last_assistant_message_counts() -> None:
    turns = [*message(RIGHT), {"role": "tool", "content": "x"}, *message("Done.")]
    assert rewards.all_checks_passed([PROMPT], [turns], [CHECKS]) == [0.0]


def test_rows_without_checks_do_not_apply() -> None:
    for empty in ("", "[]", []):
        assert rewards.checks_passed([PROMPT], [RIGHT], [empty]) == [None]
        assert rewards.all_checks_passed([PROMPT], [RIGHT], [empty]) == [None]


def test_a_broken_column_is_an_error_not_a_zero() -> None:
    with pytest.raises(BadCheck, match="not JSON"):
        rewards.checks_passed([PROMPT], [RIGHT], ["{"])


def test_worked_examples() -> None:
    assert doctest.testmod(rewards).failed == 0
