"""Reward functions for GRPO: the checks that travel with a row, run on what the policy wrote.

TRL takes them by dotted path (`longctx_synth.rewards.checks_passed`) and passes the dataset's columns as lists, one entry a completion.
A row without checks gives None, which TRL reads as "not applicable".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longctx_synth.checks import parse, run_all
from longctx_synth.checks.registry import Prompt, Spec

Completion = str | Sequence[Mapping[str, Any]]


def completion_text(completion: Completion) -> str:
    """A completion's text: the string, or the content of its last assistant message."""
    if isinstance(completion, str):
        return completion
    for message in reversed(completion):
        if message.get("role", "assistant") == "assistant":
            return str(message.get("content") or "")
    return ""


def checks_passed(
    prompts: Sequence[Prompt], completions: Sequence[Completion], checks: Sequence[str | list[Spec]], **kwargs: Any
) -> list[float | None]:
    """The mean score of each completion's checks, 0 to 1: partial credit, so that a group of completions is rarely all alike.

    >>> checks_passed(["Say it."], ["One two."], ['[{"check": "word_count", "args": {"exactly": 4}}]'])
    [0.5]
    """
    rewards: list[float | None] = []
    for prompt, completion, column in zip(prompts, completions, checks, strict=True):
        specs = parse(column) if column else []
        if not specs:
            rewards.append(None)
            continue
        verdicts = run_all(specs, completion_text(completion), prompt)
        rewards.append(sum(verdict.score for verdict in verdicts) / len(verdicts))
    return rewards


def all_checks_passed(
    prompts: Sequence[Prompt], completions: Sequence[Completion], checks: Sequence[str | list[Spec]], **kwargs: Any
) -> list[float | None]:
    """1.0 where a completion passes every one of its checks, else 0.0.

    >>> all_checks_passed(["Say it."], ["One two."], ['[{"check": "word_count", "args": {"exactly": 2}}]'])
    [1.0]
    """
    rewards: list[float | None] = []
    for prompt, completion, column in zip(prompts, completions, checks, strict=True):
        specs = parse(column) if column else []
        if not specs:
            rewards.append(None)
            continue
        rewards.append(float(all(verdict.passed for verdict in run_all(specs, completion_text(completion), prompt))))
    return rewards
