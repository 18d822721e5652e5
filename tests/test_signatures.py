"""Failure signatures: what trips each, what does not, and that a long run costs no memory."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth.records import Record
from longctx_synth.review import running, signatures
from longctx_synth.review.running import Course
from longctx_synth.review.signatures import THRESHOLDS, Watch, turn_words

WORDS = (
    "river bridge council report timber spring depot wall gate steel delivery note inspection roof harbour crane pump meeting grant clinic "
    "school festival supplier contract winter market orchard ledger ferry landing mill tower engine driver road"
).split()


def sentence(rng: random.Random, length: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(length)).capitalize() + "."


def record(number: int, answer: str | None = None, *, words: int = 60, **values: object) -> Record:
    rng = random.Random(number)
    return Record(
        id=f"row-{number}",
        prompt=[{"role": "user", "content": str(values.pop("prompt", f"Question {number}?"))}],
        completion=[{"role": "assistant", "content": sentence(rng, words) if answer is None else answer}],
        **values,  # type: ignore[arg-type]
    )


def watched(records, **options) -> Watch:
    watch = Watch(**options)
    for one in records:
        watch.add(one)
    return watch


def sign(watch: Watch, name: str, rejected=None) -> signatures.Signature | None:
    return next((one for one in watch.signs(rejected) if one.name == name), None)


def test_a_healthy_run_trips_nothing():
    watch = watched(record(n) for n in range(200))
    assert watch.tripped == []
    assert watch.lines() == [f"None of {len(watch.signs())} failure signatures tripped over 200 rows."]
    assert set(watch.figures()) == {
        "self-repetition", "template", "schema drift", "length runaway", "attempts creeping up",
    }  # fmt: skip


def test_nothing_is_said_of_a_few_rows():
    watch = watched(record(n, "The same answer for each of the rows that there are, word for word.") for n in range(5))
    assert watch.signs() == [] and watch.lines() == [] and watch.tripped == [] and watch.figures() == {}


# Template collapse.

FORM = "According to the document that was given to us the value that was asked for is"


def test_answers_that_fill_in_a_form_have_collapsed():
    watch = watched(record(n, f"{FORM} {sentence(random.Random(n), 30)}") for n in range(100))
    assert sign(watch, "self-repetition").value == sign(watch, "template").value == 1.0
    assert watch.tripped == ["self-repetition", "template"]
    assert watch.lines()[0].startswith("Warning, self-repetition: 100% of the last 100 answers")
    assert watch.figures()["template"].startswith("1.00 (TRIPPED, trips above 0.20): ")


def test_words_of_the_own_prompt_do_not_count():
    watch = watched(
        record(n, f"{FORM} {sentence(random.Random(n), 30)}", prompt=f"Begin with: {FORM}") for n in range(100)
    )
    assert sign(watch, "self-repetition").value == sign(watch, "template").value == 0.0


def test_a_run_shared_by_two_repeats_but_is_no_template():
    watch = watched(
        record(n, f"{sentence(random.Random(n // 2), 20)} {sentence(random.Random(1000 + n), 30)}") for n in range(100)
    )
    assert sign(watch, "self-repetition").value == 1.0 and sign(watch, "template").value == 0.0


def test_a_collapse_that_begins_late_is_seen_and_one_that_is_over_is_forgotten():
    fresh, form = [record(n) for n in range(1000)], [record(n, f"{FORM} {n}.") for n in range(300)]
    assert watched([*fresh, *form]).tripped == ["self-repetition", "template"]
    assert watched([*form, *fresh[:400]], thresholds={"length runaway": 9}).tripped == []


# Judge.


def judged(number: int, *scores: dict[str, int | None]) -> Record:
    entries = [
        {"judge": judge, "draft": draft, "scores": given, "feedback": {}}
        for draft, given in enumerate(scores, 1)
        for judge in ("a", "b")
    ]
    return record(number, judge=json.dumps(entries))


def test_a_judge_that_fails_nearly_every_draft_is_named_with_its_axis():
    low, high = {"coherence": 1, "tone_fidelity": 4}, {"coherence": 5, "tone_fidelity": None}
    watch = watched((judged(n, low, low, low, high) for n in range(20)), passing={"coherence": 3})
    told = sign(watch, "judge over-rejection (coherence)")
    assert told.tripped and told.value == 0.75 and "80 judged drafts" in told.told
    assert not sign(watch, "judge over-rejection (tone_fidelity)").tripped


def test_tries_that_fell_at_the_judge_count_too():
    watch = watched(judged(n, {"coherence": 5}) for n in range(10))
    assert sign(watch, "judge over-rejection (coherence)") is None
    rejected = Counter({("judge", "judge:coherence"): 60, ("judge", "tone_fidelity"): 10, ("length", "too long"): 500})
    assert sign(watch, "judge over-rejection (coherence)", rejected).value == 60 / 80
    assert not sign(watch, "judge over-rejection (tone_fidelity)", rejected).tripped


def test_the_pass_mark_is_the_rubrics_own():
    from longctx_synth.review.judge import load_rubric

    axis = load_rubric().axes[0]
    watch = watched(judged(n, {axis.name: axis.threshold - 1}) for n in range(30))
    assert sign(watch, f"judge over-rejection ({axis.name})").value == 1.0
    watch = watched(judged(n, {axis.name: axis.threshold}) for n in range(30))
    assert sign(watch, f"judge over-rejection ({axis.name})").value == 0.0


# Schema drift.


def test_drafts_that_miss_the_schema_are_counted_in_rows_and_in_the_funnel():
    verdicts = json.dumps(
        [
            {"check": "json", "passed": False, "draft": 1},
            {"check": "json", "passed": True, "draft": 2},
            {"check": "rules:fields", "passed": False, "draft": 2},
            {"check": "json", "passed": True, "draft": 3},
        ]
    )
    watch = watched(record(n, verdicts=verdicts) for n in range(10))
    assert sign(watch, "schema drift").value == pytest.approx(20 / 30)
    rejected = {("draft", "rules:schema"): 5, ("rules", "length"): 5, ("document", "too few sentences"): 70}
    assert sign(watch, "schema drift", rejected).value == pytest.approx(25 / 40)


def test_the_live_line_sees_the_funnel_it_was_given():
    rejected: Counter[tuple[str, str]] = Counter({("draft", "json"): 90})
    watch = watched((record(n) for n in range(100)), rejected=rejected)
    assert watch.tripped == ["schema drift"]


# Lengths and attempts.


def test_answers_that_grow_over_the_run_are_a_runaway():
    watch = watched(record(n, words=20 + n) for n in range(200))
    told = sign(watch, "length runaway")
    assert told.tripped and told.value == pytest.approx(169.5 / 69.5, rel=0.05)


def test_lengths_that_differ_by_chance_are_none():
    rng = random.Random(0)
    runs = [watched(record(n, words=int(rng.lognormvariate(4, 1)) + 1) for n in range(60)) for _ in range(40)]
    growths = [sign(watch, "length runaway") for watch in runs]
    assert any(told.value > told.threshold for told in growths) and not any(told.tripped for told in growths)


def test_one_segment_that_grows_is_found_among_steady_ones():
    watch = watched((record(n) for n in range(100)), segments=lambda row: [50, 50, 20 + int(row.id[4:]), 50])
    told = sign(watch, "length runaway")
    assert told.tripped and told.told.startswith("segment 3 of the answers")


def test_later_turns_that_grow_within_rows_are_a_runaway():
    def row(number: int) -> Record:
        one = record(number, words=90)
        one.prompt += [
            {"role": "assistant", "content": sentence(random.Random(number), 20)},
            {"role": "user", "content": "And then?"},
        ]
        return one

    told = sign(watched(map(row, range(60)), segments=turn_words), "length runaway within rows")
    assert told.tripped and told.value == pytest.approx(91 / 21, rel=0.01)
    assert not sign(watched(map(row, range(60))), "length runaway within rows")  # one paragraph: nothing to compare


def test_answers_are_held_against_their_target_where_there_is_one():
    watch = watched((record(n, words=80) for n in range(30)), target=lambda row: 40)
    assert sign(watch, "length over target").value == pytest.approx(2.0)


def test_attempts_that_creep_up_are_told():
    told = sign(watched(record(n, attempts=1 + n // 25) for n in range(100)), "attempts creeping up")
    assert told.tripped and told.value == pytest.approx(3.5 / 1.5, rel=0.05)


# What always holds.


def test_every_threshold_says_why_and_can_be_set():
    assert all(one.why and one.fewest >= 20 for one in THRESHOLDS.values())
    assert watched((record(n, attempts=1) for n in range(50)), thresholds={"schema drift": -1}).tripped
    with pytest.raises(ValueError, match="no signature 'lenght'"):
        Watch({"lenght": 1})


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=600))
def test_a_course_keeps_its_mean_and_stays_small(values):
    course = Course()
    for value in values:
        course.add(value)
    assert course.mean == pytest.approx(sum(values) / len(values), abs=1e-6)
    assert len(course._buckets) <= running.BUCKETS
    first, later = course.halves()
    assert min(values) - 1e-6 <= min(first, later) and max(first, later) <= max(values) + 1e-6


def test_memory_does_not_grow_with_the_run():
    watch = watched(record(n, words=30) for n in range(2000))
    assert len(watch._shared._rows) == signatures.ALIKE and len(watch._patterns._rows) == signatures.WINDOW
    assert len(watch._shared._rows_with) <= signatures.ALIKE * 30
    assert all(count > 0 for count in watch._shared._rows_with.values())


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_column_makes_it_raise(answer, verdicts, judge):
    watch = watched(record(n, answer, verdicts=verdicts, judge=judge) for n in range(3))
    assert watch.rows == 3 and watch.signs() == []


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(["draft", "check", "scores", "passed", "json"])


@given(
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
    )
)
def test_no_json_makes_it_raise(value):
    column = json.dumps([value, {"scores": value, "draft": value}, {"check": value, "draft": value, "passed": value}])
    watched([record(0, verdicts=column, judge=column)], passing={}).signs()
