"""Failure signatures: marks in a run's accepted rows and in its funnel that a generator is going wrong, seen while it runs.

`Watch` is fed every accepted record in the order of admission, and shown the funnel's rejected tries. No single row is at fault
for any of these, so no check can see them: answers that grow alike, a judge that passes nothing, JSON that the model ever
misses, answers that grow from row to row or within a row, more and more attempts. A signature warns; it rejects nothing.

Memory is bounded whatever N is (see `running.py`), and what is told depends only on the records and their order.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longctx_synth.checks import text as t
from longctx_synth.records import Record
from longctx_synth.review.running import Course, Overlap, own_stretches

ALIKE, WINDOW = 100, 300  # answers compared with each other: for shared runs, for templates
LONGEST = 2_000  # words of an answer that are compared
SHARED, PATTERN = 8, 12  # words of the n-grams of the two signs of template collapse
WIDESPREAD = 0.05  # share of rows in which a 12-word run must stand to be a template
POSITIONS = 32  # segments of a row that are followed one by one
EVERY = 25  # rows after which `tripped` looks again

Rejected = Mapping[tuple[str, str], int]

# Stages at which a try falls over a draft of the model, not over the program's own plan; `schema drift` is a share of these.
DRAFT_STAGES = frozenset(("draft", "rules", "judge", "piece", "checks", "complete"))
SCHEMA_REASONS = frozenset(("json", "schema", "fields", "json_only", "json_schema", "json_keys"))


@dataclass(frozen=True, slots=True)
class Threshold:
    """value: above it a signature trips. fewest: rows, or drafts, below which nothing is said. why: where the value comes from."""

    value: float
    fewest: int
    why: str


THRESHOLDS: dict[str, Threshold] = {
    "self-repetition": Threshold(
        0.75,
        60,
        "After Salkar et al. 2022 (Self-Repetition in Abstractive Neural Summarizers), who count n-grams that a system says in several "
        "outputs. Measured: answers laid out by verifiable_if's program, padded from some 290 sentences, come to 0.39 to 0.52 over 100 "
        "answers; a model that fills in one form comes to 1.",
    ),
    "template": Threshold(
        0.2,
        60,
        "Twelve words in a row in 5 % of the rows are no chance. Measured: 0 in answers laid out by verifiable_if's program; in a "
        "fifth of the rows they are what is learned first.",
    ),
    "judge over-rejection": Threshold(
        0.7,
        20,
        "A judge that fails more than 7 drafts of 10 on an axis measures its rubric or itself rather than the drafts, and every accepted "
        "row costs three drafts and more.",
    ),
    "schema drift": Threshold(
        0.2,
        20,
        "A server that enforces the schema rejects nothing here and a good model without it a few per cent; at a fifth the schema is not "
        "being sent, or is not understood.",
    ),
    "length runaway": Threshold(
        1.5,
        40,
        "The strata keep what is asked for alike over the run. Measured: halves of 500 rows differ by 14 %, of 60 rows by 43 %, so the "
        "difference must be sure as well (SURE).",
    ),
    "length runaway within rows": Threshold(
        2.0,
        40,
        "Later segments may be longer, a conclusion or a last turn; on average twice as long is an answer that loses its end.",
    ),
    "length over target": Threshold(1.5, 20, "Half as long again as asked for is outside every tolerance of ours."),
    "attempts creeping up": Threshold(
        1.5,
        40,
        "Each slot starts afresh, so attempts a row stay level unless the endpoint's answers or the feedback get worse.",
    ),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One sign: a figure, the threshold above which it trips, and a sentence for a person."""

    name: str
    value: float
    threshold: float
    tripped: bool
    told: str


def paragraph_words(record: Record) -> list[int]:
    """Words of each paragraph of the answer: the default segments of a row with one turn."""
    return [t.word_count(paragraph) for paragraph in t.paragraphs(_answer(record))]


def turn_words(record: Record) -> list[int]:
    """Words of each of the assistant's turns, those in the prompt too: the segments of rows with many turns."""
    turns = [message for message in [*record.prompt, *record.completion] if message.get("role") == "assistant"]
    return [t.word_count(t.readable(message.get("content") or "")) for message in turns]


def _answer(record: Record) -> str:
    return "\n\n".join(message.get("content") or "" for message in record.completion)


def _plain_words(text: str) -> list[str]:
    return [bare for bare in map(t.bare, t.normal(text).split()) if bare]


class Watch:
    """The signatures of one run.

    thresholds: values by name in place of THRESHOLDS' own. segments: words of a row's segments, in order. target: how many words
    a row's answer was to have, None where that is not known. passing: the least score that passes, by axis of the judge; default
    the rubric's own. rejected: the funnel's counts by (stage, reason), if they are to be looked at by `tripped` too.
    """

    def __init__(
        self,
        thresholds: Mapping[str, float] | None = None,
        *,
        segments: Callable[[Record], Sequence[int]] = paragraph_words,
        target: Callable[[Record], float | None] = lambda record: None,
        passing: Mapping[str, float] | None = None,
        rejected: Rejected | None = None,
    ) -> None:
        unknown = sorted(set(thresholds or ()) - set(THRESHOLDS))
        if unknown:
            raise ValueError(f"There is no signature {unknown[0]!r}; the signatures are {', '.join(THRESHOLDS)}.")
        self.thresholds = {name: (thresholds or {}).get(name, one.value) for name, one in THRESHOLDS.items()}
        self.rejected: Rejected = rejected if rejected is not None else {}
        self._segments, self._target, self._passing = segments, target, passing
        self.rows = 0
        self._shared, self._patterns = Overlap(SHARED, ALIKE), Overlap(PATTERN, WINDOW)
        self._words, self._attempts, self._within, self._over = Course(), Course(), Course(), Course()
        self._positions = [Course() for _ in range(POSITIONS)]
        self._drafts = 0  # of accepted rows
        self._astray = 0  # of them, those that failed for JSON, schema or fields
        self._judged: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._looked: tuple[int, list[str]] = (-EVERY, [])

    def add(self, record: Record) -> None:
        """Takes note of the next accepted row."""
        self.rows += 1
        answer = _answer(record)
        said = _plain_words(t.readable(answer))[:LONGEST]
        prompt = _plain_words("\n".join(message.get("content") or "" for message in record.prompt))
        stretches = own_stretches(said, prompt)
        self._shared.add(stretches)
        self._patterns.add(stretches)
        words = t.word_count(t.readable(answer))
        self._words.add(words)
        self._attempts.add(record.attempts)
        wanted = self._target(record)
        if wanted:
            self._over.add(words / wanted)
        segments = list(self._segments(record))
        if len(segments) > 1:
            middle = len(segments) // 2
            # Means of logarithms, so that one row of two lines, 1 and 100 words, does not outweigh fifty others.
            first, later = statistics.fmean(segments[:middle]), statistics.fmean(segments[-middle:])
            self._within.add(math.log((later + 1) / (first + 1)))
        for course, length in zip(self._positions, segments, strict=False):
            course.add(length)
        self._add_reviews(record)

    def _add_reviews(self, record: Record) -> None:
        """The drafts of the row, as its judge and its verdicts tell of them."""
        verdicts = _entries(record.verdicts)
        drafts = {entry["draft"] for entry in verdicts if isinstance(entry.get("draft"), int)}
        self._drafts += max(len(drafts), 1)
        astray = {
            str(entry.get("draft", 1))
            for entry in verdicts
            if _bare(str(entry.get("check"))) in SCHEMA_REASONS and entry.get("passed") is False
        }
        self._astray += len(astray)
        by_draft: dict[tuple[Any, str], list[float]] = {}
        for entry in _entries(record.judge):
            scores = entry.get("scores")
            for axis, score in scores.items() if isinstance(scores, dict) else ():
                if isinstance(score, int | float) and not isinstance(score, bool):
                    by_draft.setdefault((str(entry.get("draft", 1)), axis), []).append(score)
        for (_, axis), given in by_draft.items():
            self._judged[axis] += 1
            self._failed[axis] += statistics.median(given) < self._pass_mark(axis)

    def _pass_mark(self, axis: str) -> float:
        if self._passing is None:
            from longctx_synth.review.judge import load_rubric

            self._passing = {one.name: one.threshold for one in load_rubric().axes}
        return self._passing.get(axis, 3)

    # What is told.

    def signs(self, rejected: Rejected | None = None) -> list[Signature]:
        """Every signature that can be told of what was seen, tripped or not. rejected: the funnel's counts by (stage, reason)."""
        gone = self.rejected if rejected is None else rejected
        return [*self._collapse(), *self._judge(gone), *self._drift(gone), *self._lengths(), *self._creeping()]

    @property
    def tripped(self) -> list[str]:
        """The names of the signatures that have tripped, looked at anew every `EVERY` rows: cheap enough for a live line."""
        at, names = self._looked
        if self.rows - at >= EVERY:
            names = list(dict.fromkeys(sign.name for sign in self.signs() if sign.tripped))
            self._looked = (self.rows, names)
        return names

    def lines(self, rejected: Rejected | None = None) -> list[str]:
        """For the terminal: a line for each signature that tripped, or one that says that none did."""
        signs = self.signs(rejected)
        told = [f"Warning, {sign.name}: {sign.told}" for sign in signs if sign.tripped]
        if told or not signs:
            return told
        return [f"None of {len(signs)} failure signatures tripped over {self.rows:,} rows."]

    def figures(self, rejected: Rejected | None = None) -> dict[str, str]:
        """For the card: every signature's figure beside its threshold."""
        return {
            sign.name: f"{_figure(sign.value)} ({'TRIPPED, ' if sign.tripped else ''}trips above {_figure(sign.threshold)}): "
            f"{sign.told}"
            for sign in self.signs(rejected)
        }

    def _sign(
        self, name: str, value: float, seen: int, told: str, axis: str = "", *, sure: bool = True
    ) -> Iterator[Signature]:
        if seen >= THRESHOLDS[name].fewest:
            limit = self.thresholds[name]
            yield Signature(f"{name} ({axis})" if axis else name, value, limit, sure and value > limit, told)

    def _collapse(self) -> Iterator[Signature]:
        seen = len(self._shared)
        share = self._shared.share(2)
        yield from self._sign(
            "self-repetition", share, seen,
            f"{share:.0%} of the last {seen} answers share {SHARED} words in a row with another one.",
        )  # fmt: skip
        seen = len(self._patterns)
        share = self._patterns.share(max(math.ceil(WIDESPREAD * seen), 3))
        yield from self._sign(
            "template", share, seen,
            f"{share:.0%} of the last {seen} answers hold a run of {PATTERN} words that stands in {WIDESPREAD:.0%} of them.",
        )  # fmt: skip

    def _judge(self, rejected: Rejected) -> Iterator[Signature]:
        fallen: Counter[str] = Counter()
        for (stage, reason), count in rejected.items():
            if stage == "judge" or reason.startswith("judge:"):
                fallen[_bare(reason)] += count
        for axis in sorted({*self._judged, *fallen}):
            # A try that fell over one axis was judged on all.
            seen = self._judged[axis] + fallen.total()
            share = (self._failed[axis] + fallen[axis]) / seen if seen else 0.0
            told = f"{share:.0%} of {seen:,} judged drafts failed on {axis}: read some of them, and the axis's levels."
            yield from self._sign("judge over-rejection", share, seen, told, axis)

    def _drift(self, rejected: Rejected) -> Iterator[Signature]:
        tries = sum(count for (stage, _), count in rejected.items() if stage in DRAFT_STAGES)
        astray = sum(
            count
            for (stage, reason), count in rejected.items()
            if stage in DRAFT_STAGES and _bare(reason) in SCHEMA_REASONS
        )
        seen = self._drafts + tries
        share = (self._astray + astray) / seen if seen else 0.0
        told = f"{share:.0%} of {seen:,} drafts were not the JSON that was asked for: see that the endpoint enforces the schema."
        yield from self._sign("schema drift", share, seen, told)

    def _lengths(self) -> Iterator[Signature]:
        worst, what = self._words, "answers"
        for place, course in enumerate(self._positions, 1):
            seen = course.count >= THRESHOLDS["length runaway"].fewest
            # Segments of a few words double by chance.
            if seen and course.is_sure and course.halves()[0] >= 10 and course.growth > worst.growth:
                worst, what = course, f"segment {place} of the answers"
        first, later = worst.halves()
        told = f"{what}: {first:.0f} words on average in the first half of the rows, {later:.0f} in the later half."
        yield from self._sign("length runaway", worst.growth, self._words.count, told, sure=worst.is_sure)
        ratio = math.exp(self._within.mean)
        told = f"within a row the later half of the segments is {ratio:.2f} times as long as the first, on average."
        yield from self._sign("length runaway within rows", ratio, self._within.count, told)
        told = f"answers have {self._over.mean:.2f} times the words asked for, on average."
        yield from self._sign("length over target", self._over.mean, self._over.count, told)

    def _creeping(self) -> Iterator[Signature]:
        course = self._attempts
        first, later = course.halves()
        told = f"a row took {first:.2f} attempts in the first half of the rows and {later:.2f} in the later half."
        yield from self._sign("attempts creeping up", course.growth, course.count, told, sure=course.is_sure)


def _bare(name: str) -> str:
    """A reviewer's name without its source: "rules:json" and "json" are one."""
    return name.rpartition(":")[2].strip()


def _figure(value: float) -> str:
    return f"{value:.2f}"


def _entries(column: str) -> Iterable[dict[str, Any]]:
    """The objects of a JSON list column; none where it is something else."""
    try:
        value = json.loads(column)
    except (ValueError, RecursionError):
        return []
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
