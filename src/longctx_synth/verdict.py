"""The verdict: the one small thing that every reviewer returns, and that five consumers read.

A rule check, a JSON schema, a program's exact answer, an evidence quote, a judge's axis: each looks at a text and returns
a `Verdict`. The verdict accepts or rejects a draft, feeds the next attempt with its `feedback`, makes preference pairs,
is the GRPO reward and the lm-eval metric. A verdict that did not pass always says why; `score` is in [0, 1], and is 1.0
exactly when `passed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reviewer says of one text.

    passed: the text is right in the reviewer's respect.
    score: how near it came, 0 to 1; 1.0 exactly when passed.
    feedback: one sentence for the writer of the next draft; empty when passed.
    """

    passed: bool
    score: float
    feedback: str = ""


PASSED = Verdict(True, 1.0)


def failed(feedback: str, score: float = 0.0) -> Verdict:
    """A verdict that did not pass. `score` is clipped to [0, 0.99]: only a pass earns 1.0."""
    return Verdict(False, min(max(score, 0.0), 0.99), feedback)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on all together: passes when every one passes, scores their mean, joins what was said.

    No verdict at all is a failure: nothing was verified.
    """
    verdicts = list(verdicts)
    if not verdicts:
        return failed("Nothing was checked.")
    wrong = [verdict for verdict in verdicts if not verdict.passed]
    if not wrong:
        return PASSED
    mean = sum(verdict.score for verdict in verdicts) / len(verdicts)
    return failed(" ".join(verdict.feedback for verdict in wrong), mean)
