"""Reward functions for GRPO: the checks that travel with a row, run on what the policy wrote.

TRL takes them by dotted path (`longctx_synth.rewards.checks_passed`) and passes the dataset's columns as lists, one entry a completion.
A row without the checks that a reward needs gives None, which TRL reads as "not applicable". Every reward lies in [0, 1]. `grounded`
and `steps_in_order` pay evidence and steps through the answer, never beside it: a wrong answer earns less than any right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longctx_synth.checks import parse, run_all
from longctx_synth.checks.registry import Prompt, Spec

Completion = str | Sequence[Mapping[str, Any]]

# The checks that hold an answer to one value. Those that look for mentions (facts_mentioned, ordered_items) are none of
# them: a text that mentions everything passes.
ANSWER_CHECKS = (
    "abstains",
    "choice",
    "exact_answer",
    "final_answer",
    "item_set",
    "json_field",
    "json_values",
    "numeric_answer",
)


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


def answer_exact(
    prompts: Sequence[Prompt], completions: Sequence[Completion], checks: Sequence[str | list[Spec]], **kwargs: Any
) -> list[float | None]:
    """1.0 where a completion passes all those of its checks that hold the answer to one value (`ANSWER_CHECKS`), else 0.0.

    >>> row = '[{"check": "final_answer", "args": {"answer": "40"}}]'
    >>> answer_exact(["What is due?"] * 2, ["8 times 5.\\nAnswer: 40", "Answer: 40 or 48"], [row] * 2)
    [1.0, 0.0]
    """
    rewards: list[float | None] = []
    for prompt, completion, column in zip(prompts, completions, checks, strict=True):
        specs = parse(column) if column else []
        rewards.append(_right(specs, completion, prompt))
    return rewards


def grounded(
    prompts: Sequence[Prompt], completions: Sequence[Completion], checks: Sequence[str | list[Spec]], **kwargs: Any
) -> list[float | None]:
    """0.5 + 0.5 F2 of the cited evidence where the answer is right, 0.1 F2 where it is wrong.

    The F2 is that of `evidence_cited`, whatever its `at_least`: quotations that are no evidence, or evidence told again, lower it.
    A tenth is paid without the answer, so that finding the place is a start; a wrong answer never reaches a right one. A row
    whose right answer is to abstain has no evidence to cite: 1.0 or 0.0.

    >>> prompt = "The rent is EUR 40 a week. It is due on Monday."
    >>> row = '[{"check": "final_answer", "args": {"answer": "Monday"}}, {"check": "evidence_cited", "args": {"spans": [[27, 47]]}}]'
    >>> right = 'The lease says "It is due on Monday."\\nAnswer: Monday'
    >>> grounded([prompt] * 3, [right, "Answer: Monday", right.replace("Answer: M", "Answer: S")], [row] * 3)
    [1.0, 0.5, 0.1]
    """
    rewards: list[float | None] = []
    for prompt, completion, column in zip(prompts, completions, checks, strict=True):
        specs = parse(column) if column else []
        right = _right(specs, completion, prompt)
        # At 1.0 the score is the F2 itself; a lower bound, which serves to accept drafts, would make it 1.0 too early.
        evidence = [
            {**spec, "args": {**spec["args"], "at_least": 1.0}} for spec in specs if spec["check"] == "evidence_cited"
        ]
        f2 = _mean_score(evidence, completion, prompt)
        if f2 is None and any(spec["check"] == "abstains" for spec in specs):
            rewards.append(right)
        elif f2 is None or right is None:
            rewards.append(None)
        else:
            rewards.append(0.5 + 0.5 * f2 if right else 0.1 * f2)
    return rewards


def steps_in_order(
    prompts: Sequence[Prompt], completions: Sequence[Completion], checks: Sequence[str | list[Spec]], **kwargs: Any
) -> list[float | None]:
    """0.5 + 0.5 of the share of the solver's steps shown in order where the answer is right, else 0.0.

    >>> row = '[{"check": "final_answer", "args": {"answer": "46"}}, {"check": "steps_shown", "args": {"steps": [["40"], ["46"]]}}]'
    >>> texts = ["8 times 5 is 40; and 6 is 46.\\nAnswer: 46", "Answer: 46", "It is 40, then 46.\\nAnswer: 47"]
    >>> steps_in_order(["What is due?"] * 3, texts, [row] * 3)
    [1.0, 0.75, 0.0]
    """
    rewards: list[float | None] = []
    for prompt, completion, column in zip(prompts, completions, checks, strict=True):
        specs = parse(column) if column else []
        right = _right(specs, completion, prompt)
        steps = _mean_score([spec for spec in specs if spec["check"] == "steps_shown"], completion, prompt)
        if right is None or steps is None:
            rewards.append(None)
        else:
            rewards.append(0.5 + 0.5 * steps if right else 0.0)
    return rewards


def _right(specs: Sequence[Spec], completion: Completion, prompt: Prompt) -> float | None:
    """1.0 where all answer checks among the specs pass, else 0.0; None where there are none."""
    answer = [spec for spec in specs if spec["check"] in ANSWER_CHECKS]
    if not answer:
        return None
    return float(all(verdict.passed for verdict in run_all(answer, completion_text(completion), prompt)))


def _mean_score(specs: Sequence[Spec], completion: Completion, prompt: Prompt) -> float | None:
    if not specs:
        return None
    verdicts = run_all(specs, completion_text(completion), prompt)
    return sum(verdict.score for verdict in verdicts) / len(verdicts)
