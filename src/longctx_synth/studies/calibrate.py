"""How far a judge agrees with people: labels of pass or fail, held against the judge's scores, axis by axis.

A person labels a sheet (`studies.sheet`) or any JSONL of the same form; `calibrate` counts how the rubric's threshold would
have decided, with bootstrap intervals, and which threshold would have decided best. A pass is the positive. What the judge
left unscored counts as not passed, as it does in the gate. Undefined figures (a precision where nothing passed) are None and
shown as n/a, never as 0.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError, VerificationError
from longctx_synth.metrics.agreement import cohens_kappa, judged_drafts, median_scores
from longctx_synth.review.judge import LEVELS, Rubric
from longctx_synth.strata import stable_seed
from longctx_synth.studies.drafts import drafts

RESAMPLES = 1_000  # enough for two digits of a 95 % interval (Efron and Tibshirani 1993, section 13.3)
FEW = 10  # human passes or fails of an axis below which the figures say little

_LABELS = {True: True, False: False, "pass": True, "fail": False}
_HELP = 'write {"id": ..., "axis": ..., "human": "pass" or "fail"}'


# -- labels ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Label:
    """A person's word on one answer and axis, beside the judge's score (1 to 5, a median may lie between; None: missing)."""

    id: str
    axis: str
    human: bool
    score: float | None


def read_labels(
    path: Path, rubric: Rubric, data: Path | None = None, *, of_drafts: bool = False
) -> tuple[list[Label], int]:
    """The labels of a JSONL file and how many of its lines have none yet (`human` is null).

    data: the dataset whose `judge` column holds the scores of lines without one of their own; of_drafts: whose rows' drafts
    hold them. Raises SettingsError that names the line.
    """
    lines = _lines(path)
    unscored = [where for where, line in lines if line["human"] is not None and "score" not in line]
    if unscored and data is None:
        raise SettingsError(f"{unscored[0]} has no score; add one, or name the judged dataset with --data DIR.")
    scores: dict[str, Mapping[str, float | None]] = {}
    if unscored and data is not None:
        scores.update({d.id: {d.axis: d.score} for d in drafts(data)} if of_drafts else stored_scores(data))
    labels: list[Label] = []
    seen: dict[tuple[str, str], str] = {}
    for where, line in lines:
        id_, axis = line["id"], line["axis"]
        if axis not in rubric.names:
            raise SettingsError(f"{where}: the rubric has no axis {axis!r}, only {', '.join(rubric.names)}.")
        if (id_, axis) in seen:
            raise SettingsError(f"{where} labels {axis} of {id_} again, after {seen[id_, axis]}; keep one of them.")
        seen[id_, axis] = where
        if line["human"] is None:
            continue
        if "score" not in line and id_ not in scores:
            raise SettingsError(
                f"{where}: {str(data)!r} has no {'draft' if of_drafts else 'row'} {id_}; is it the dataset of these labels?"
            )
        score = line["score"] if "score" in line else scores[id_].get(axis)
        labels.append(Label(id_, axis, line["human"], score))
    if not labels:
        raise SettingsError(f'{path} has no label yet: set "human" to "pass" or "fail" in its lines.')
    return labels, len(lines) - len(labels)


def _lines(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every line that is not blank, checked, with its place for messages; `human` is made True, False or None."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"The labels {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The labels {path} are not UTF-8 text; give a JSONL file.") from None
    # Not splitlines(): a JSON string may hold U+2028 as it is.
    return [_line(f"{path}, line {i}", line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]


def _line(where: str, text: str) -> tuple[str, dict[str, Any]]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsError(f"{where} is not JSON; {_HELP}.") from None
    if not isinstance(line, dict) or not all(isinstance(line.get(key), str) for key in ("id", "axis")):
        raise SettingsError(f"{where} lacks an id or an axis; {_HELP}.")
    human = line.get("human")
    word = human.strip().lower() if isinstance(human, str) else human
    if word is not None and (not isinstance(word, bool | str) or word not in _LABELS):
        raise SettingsError(f"{where}: human is {human!r}; {_HELP}.")
    line["human"] = None if word is None else _LABELS[word]
    score = line.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 1 <= score <= 5):
        raise SettingsError(f"{where}: the score is {score!r}, and must be a number from 1 to 5, or null.")
    return where, line


def stored_scores(folder: Path) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Of each row of a dataset, its id and by axis the judges' median of the draft that stands; {} where it was not judged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from longctx_synth.studies.sample import row_files

    files = row_files(folder)
    if not files:
        raise SettingsError(f"{str(folder)!r} holds no data/*.parquet; give the folder of a judged dataset.")
    for file in files:
        try:
            with pq.ParquetFile(file) as parquet:
                if not {"id", "judge"} <= set(parquet.schema_arrow.names):
                    raise SettingsError(f"{file} lacks the columns id and judge, so it tells of no judge.")
                for batch in parquet.iter_batches(batch_size=1024, columns=["id", "judge"]):
                    for row in batch.to_pylist():
                        drafts = judged_drafts(row["judge"] or "")
                        yield row["id"], median_scores(drafts[-1]) if drafts else {}
        except (pa.ArrowException, OSError) as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise VerificationError(f"{file} cannot be read as parquet ({first}).") from None


# -- figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Confusion:
    """Answers by what the human and the judge said. A judge's pass is a score of at least the threshold."""

    both_pass: int
    judge_only: int  # the judge passes what the human fails
    human_only: int  # the judge fails what the human passes
    both_fail: int

    @property
    def precision(self) -> float | None:
        """The share of the judge's passes that the human passes too; None where the judge passes nothing."""
        return _share(self.both_pass, self.both_pass + self.judge_only)

    @property
    def recall(self) -> float | None:
        """The share of the human's passes that the judge passes too; None where the human passes nothing."""
        return _share(self.both_pass, self.both_pass + self.human_only)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where neither passes anything."""
        return _share(2 * self.both_pass, 2 * self.both_pass + self.judge_only + self.human_only)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of human and judge; None where both say one and the same of everything."""
        counts = (self.both_pass, self.judge_only, self.human_only, self.both_fail)
        human = [said for said, count in zip((True, False, True, False), counts, strict=True) for _ in range(count)]
        judge = [said for said, count in zip((True, True, False, False), counts, strict=True) for _ in range(count)]
        return cohens_kappa(human, judge)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


FIGURES = ("precision", "recall", "f1", "kappa")


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % bootstrap interval; each None where it is undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "n/a"
        interval = "" if self.low is None or self.high is None else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.value:.2f}{interval}"


@dataclass(frozen=True)
class AxisFigures:
    """One axis: n labels, `missing` of them without a judge's score, at the rubric's threshold, and the best threshold."""

    axis: str
    n: int
    missing: int
    threshold: float
    confusion: Confusion
    precision: Figure
    recall: Figure
    f1: Figure
    kappa: Figure
    best_threshold: float | None
    best_f1: float | None


def calibrate(labels: Iterable[Label], rubric: Rubric, *, seed: int = 0) -> list[AxisFigures]:
    """The figures of every axis that has a label, in the rubric's order."""
    by_axis: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_axis[label.axis].append(label)
    return [_axis(by_axis[axis.name], axis.name, axis.threshold, seed) for axis in rubric.axes if axis.name in by_axis]


def _axis(labels: list[Label], axis: str, threshold: float, seed: int) -> AxisFigures:
    table = confusion(labels, threshold)
    best, best_f1 = best_threshold(labels)
    return AxisFigures(
        axis,
        n=len(labels),
        missing=sum(label.score is None for label in labels),
        threshold=threshold,
        confusion=table,
        best_threshold=best,
        best_f1=best_f1,
        **_intervals(table, random.Random(stable_seed(seed, "calibrate", axis))),
    )


def confusion(labels: Iterable[Label], threshold: float) -> Confusion:
    """The labels counted at a threshold."""
    said = Counter((label.human, label.score is not None and label.score >= threshold) for label in labels)
    return Confusion(said[True, True], said[False, True], said[True, False], said[False, False])


def best_threshold(labels: Sequence[Label]) -> tuple[float | None, float | None]:
    """The threshold from 1 to 5 with the greatest F1, and that F1; of equals the strictest; None where F1 is undefined.

    Halves are tried where a score is not whole, which medians of an even number of judges need not be.
    """
    whole = all(label.score is None or label.score == int(label.score) for label in labels)
    candidates = [float(level) for level in LEVELS] if whole else [1 + half / 2 for half in range(9)]
    tried = [(f1, threshold) for threshold in candidates if (f1 := confusion(labels, threshold).f1) is not None]
    if not tried:
        return None, None
    f1, threshold = max(tried)
    return threshold, f1


def _intervals(table: Confusion, rng: random.Random) -> dict[str, Figure]:
    """The figures with percentile intervals over resamples of the labels, drawn with replacement.

    Labels of one cell of the table are alike, so a resample is a draw of cells. None where more than 5 % of the resamples
    leave the figure undefined: an interval over the rest would be of something else.
    """
    cells = (table.both_pass, table.judge_only, table.human_only, table.both_fail)
    sums, n = list(itertools.accumulate(cells)), sum(cells)
    drawn: dict[str, list[float]] = {name: [] for name in FIGURES}
    for _ in range(RESAMPLES):
        counts = Counter(rng.choices(range(4), cum_weights=sums, k=n))
        again = Confusion(*(counts[cell] for cell in range(4)))
        for name in FIGURES:
            value = getattr(again, name)
            if value is not None:
                drawn[name].append(value)
    return {name: with_interval(getattr(table, name), drawn[name]) for name in FIGURES}


def with_interval(value: float | None, drawn: Sequence[float]) -> Figure:
    """A figure with its percentile interval over what it came to in RESAMPLES resamples, undefined ones left out."""
    if value is None or len(drawn) < 0.95 * RESAMPLES:
        return Figure(value)
    cuts = statistics.quantiles(drawn, n=40, method="inclusive")
    return Figure(value, cuts[0], cuts[-1])


def write_figures(path: Path, figures: Sequence[AxisFigures], unlabelled: int, seed: int) -> None:
    """The figures as JSON, for programs: {"axes": {axis: figures}, ...}."""
    axes = {one.axis: {key: value for key, value in asdict(one).items() if key != "axis"} for one in figures}
    about = {"unlabelled": unlabelled, "interval": 0.95, "resamples": RESAMPLES, "seed": seed}
    try:
        path.write_text(json.dumps({"axes": axes, **about}, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--json {path} cannot be written ({error.strerror}).") from None


def lines(figures: Sequence[AxisFigures], unlabelled: int) -> list[str]:
    """The figures for the terminal."""
    n = sum(one.n for one in figures)
    told = [
        f"{n:,} labels; positive means that the human passes it; in brackets 95 % bootstrap intervals ({RESAMPLES:,} resamples).",
        "",
    ]
    rows: list[tuple[str, ...]] = [
        ("axis", "n", "missing", "threshold", "precision", "recall", "F1", "kappa", "best threshold (F1)")
    ]
    for one in figures:
        best = "n/a" if one.best_threshold is None else f"{one.best_threshold:g} ({one.best_f1:.2f})"
        shown = [str(getattr(one, name)) for name in FIGURES]
        rows.append((one.axis, f"{one.n:,}", str(one.missing), f"{one.threshold:g}", *shown, best))
    told += aligned(rows)
    counts: list[tuple[str, ...]] = [("", "both pass", "only the judge passes", "only the human passes", "both fail")]
    counts += [(one.axis, *(f"{count:,}" for count in asdict(one.confusion).values())) for one in figures]
    told += ["", *aligned(counts), ""]
    if unlabelled:
        told.append(f"{unlabelled:,} lines have no label yet and were left out.")
    for one in figures:
        passes = one.confusion.both_pass + one.confusion.human_only
        if min(passes, one.n - passes) < FEW:
            told.append(f"{one.axis}: {passes} human passes and {one.n - passes} fails are few; label more of both.")
        if not one.confusion.human_only + one.confusion.both_fail:
            told.append(
                f"{one.axis}: the judge failed none of them; a gate hides what it fails, --judge record keeps it."
            )
    told.append("The best threshold was chosen on these very labels; try it on others before relying on its F1.")
    return told


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows of cells as aligned lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
