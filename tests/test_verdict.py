"""The verdict: passed, score, feedback hang together."""

from __future__ import annotations

import pytest

from longctx_synth.verdict import PASSED, Verdict, all_of, failed


def test_a_failure_never_scores_one() -> None:
    assert failed("No.", 1.0).score < 1.0
    assert failed("No.", 7).score < 1.0
    assert failed("No.", -3).score == 0.0


def test_all_of_passes_when_every_one_passes() -> None:
    assert all_of([PASSED, PASSED]) == Verdict(True, 1.0, "")


def test_all_of_takes_the_mean_and_joins_the_feedback() -> None:
    verdict = all_of([PASSED, failed("Too long.", 0.5), failed("No title.")])
    assert not verdict.passed
    assert verdict.score == pytest.approx(0.5)
    assert verdict.feedback == "Too long. No title."


def test_nothing_checked_is_a_failure() -> None:
    assert not all_of([]).passed


def test_verdicts_are_values() -> None:
    with pytest.raises(AttributeError):
        PASSED.score = 0.0  # type: ignore[misc]
