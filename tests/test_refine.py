"""The refine loop: bounded, staged, fed back; the best draft is kept and nothing is thrown away."""

from __future__ import annotations

import pytest

from longctx_synth.review.refine import Draft, refine
from longctx_synth.verdict import PASSED, Verdict, failed


def writer(*texts: str | Draft):
    """A writer of these texts, in order, and what it was told each time."""
    told: list[tuple[str, str | None]] = []

    async def write(feedback: str, last: Draft | None) -> Draft:
        told.append((feedback, last.text if last else None))
        text = texts[len(told) - 1]
        return text if isinstance(text, Draft) else Draft(text)

    return write, told


def wants(word: str, name: str = "", score: float = 0.0):
    """A reviewer that wants a word, and the drafts it saw."""
    seen: list[str] = []

    async def review(draft: Draft) -> dict[str, Verdict]:
        seen.append(draft.text)
        return {name or word: PASSED if word in draft.text else failed(f"Say {word}.", score)}

    return review, seen


async def test_the_feedback_of_a_failed_verdict_reaches_the_next_attempt():
    write, told = writer("a", "a b")
    review, _ = wants("b")
    refined = await refine(write, [review], attempts=3)
    assert told == [("", None), ("Say b.", "a")]
    assert refined.passed and refined.best.text == "a b" and refined.best.number == 2
    assert [draft.text for draft in refined.drafts] == ["a", "a b"]


async def test_attempts_are_bounded():
    write, told = writer("x", "x", "x", "b")
    review, _ = wants("b")
    refined = await refine(write, [review], attempts=3)
    assert len(told) == 3 and not refined.passed


async def test_a_later_reviewer_is_asked_only_about_what_the_earlier_ones_passed():
    write, _ = writer("b", "a", "a b")
    cheap, saw_cheap = wants("a")
    dear, saw_dear = wants("b")
    refined = await refine(write, [cheap, dear], attempts=3)
    assert saw_cheap == ["b", "a", "a b"]
    assert saw_dear == ["a", "a b"]
    assert refined.best.verdicts == {"a": PASSED, "b": PASSED}


async def test_the_best_draft_is_kept_not_the_last():
    write, _ = writer("a", "nothing", "none")
    cheap, _ = wants("a")
    dear, _ = wants("b")
    refined = await refine(write, [cheap, dear], attempts=3)
    assert not refined.passed and refined.best.text == "a"  # it got past the first reviewer


async def test_among_equals_the_first_is_kept():
    write, _ = writer("one", "two")
    review, _ = wants("b", score=0.5)
    assert (await refine(write, [review], attempts=2)).best.text == "one"


@pytest.mark.parametrize(
    ("draft", "feedback"), [(Draft("half a", "length"), "It was cut off"), (Draft(" \n"), "It was empty")]
)
async def test_what_is_cut_off_or_empty_is_shown_to_no_reviewer(draft, feedback):
    write, told = writer(draft, "a")
    review, seen = wants("a")
    refined = await refine(write, [review], attempts=2)
    assert seen == ["a"] and refined.passed
    assert told[1][0].startswith(feedback)


async def test_without_a_verdict_nothing_passes():
    write, _ = writer("a", "b")

    async def silent(draft: Draft) -> dict[str, Verdict]:
        return {}

    assert not (await refine(write, [silent], attempts=2)).passed


async def test_the_history_holds_every_draft():
    write, _ = writer("x", "a b")
    one, _ = wants("a", "first")
    two, _ = wants("b", "second")
    refined = await refine(write, [one, two], attempts=2)
    assert refined.history() == [
        {"check": "first", "passed": False, "draft": 1},
        {"check": "first", "passed": True, "draft": 2},
        {"check": "second", "passed": True, "draft": 2},
    ]


async def test_what_the_writer_raises_ends_the_loop():
    async def write(feedback: str, last: Draft | None) -> Draft:
        raise KeyError("endpoint")

    with pytest.raises(KeyError):
        await refine(write, [], attempts=2)
