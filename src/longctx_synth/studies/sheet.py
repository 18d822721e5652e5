"""The sheet that a person labels, so that a judge can be held against people: some answers, each with one axis to decide.

It is blind: no line holds a score, and the order tells nothing. It is spread evenly over the judge's scores: rare ones are
where judge and human can differ, and a plain sample would miss them. Figures over such a sheet are therefore of the sheet,
not of the dataset.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.records import Message, Record
from longctx_synth.review.judge import Rubric
from longctx_synth.strata import stable_seed
from longctx_synth.studies.calibrate import stored_scores
from longctx_synth.studies.drafts import drafts

SHOWN = 250  # words at each end of a folded request: instructions stand there, before or after the document


def sheet(
    folder: Path, rubric: Rubric, *, n: int, axes: Sequence[str] = (), seed: int = 0, of_drafts: bool = False
) -> list[dict[str, Any]]:
    """`n` lines to label (fewer where the dataset has fewer judged answers), in an order that tells nothing.

    Lines are spread evenly over `axes` (default all of the rubric's), and within an axis over the judge's scores. `passes` is
    what a pass takes at least, in the rubric's words. of_drafts: a line shows a draft that a critic scored (`studies.drafts`),
    not a row's answer. Raises SettingsError.
    """
    unknown = [axis for axis in axes if axis not in rubric.names]
    if unknown:
        raise SettingsError(f"--axis {unknown[0]}: the rubric has only {', '.join(rubric.names)}.")
    if n < 1:
        raise SettingsError(f"--n {n}: the sheet needs at least one line.")
    stored = ((d.id, {d.axis: d.score}) for d in drafts(folder)) if of_drafts else stored_scores(folder)
    chosen = _spread(_by_score(stored, list(axes) or rubric.names), n, seed)
    if not chosen:
        raise SettingsError(
            f"{str(folder)!r} holds no row judged on {' or '.join(axes or rubric.names)}: build it with --judge-endpoint, "
            "or give its own --rubric."
        )
    shown = (_drafts_shown if of_drafts else _rows_shown)(folder, {id_ for id_, _ in chosen})
    random.Random(stable_seed(seed, "sheet", "order")).shuffle(chosen)
    found = []
    for id_, name in chosen:
        axis = rubric[name]
        request, answer = shown[id_]
        passes = f"At least: {axis.levels[math.ceil(axis.threshold)]}"
        found.append(
            {
                "id": id_,
                "axis": name,
                "question": axis.question,
                "passes": passes,
                "request": request,
                "answer": answer,
                "human": None,
            }
        )
    return found


def _rows_shown(folder: Path, ids: Set[str]) -> dict[str, tuple[str, str]]:
    """(request, answer) of the rows."""
    from longctx_synth.studies.sample import sample

    rows = sample(folder, ids=sorted(ids))
    return {row.id: (folded(row), _text(row.completion)) for row in rows}


def _drafts_shown(folder: Path, ids: Set[str]) -> dict[str, tuple[str, str]]:
    """(what it was written for, text) of the drafts."""
    from longctx_synth.studies.sample import sample

    wanted = [draft for draft in drafts(folder) if draft.id in ids]
    rows = {row.id: folded(row) for row in sample(folder, ids=sorted({draft.row for draft in wanted}))}
    shown = {}
    for draft in wanted:
        goal = f"\n\nWhat the answer is for: {draft.goal}" if draft.goal else ""
        under = f"\n\nThe principles that were written for it:\n{draft.principles}" if draft.principles else ""
        shown[draft.id] = (rows[draft.row] + goal + under, draft.text)
    return shown


def _by_score(
    stored: Iterable[tuple[str, Mapping[str, float | None]]], axes: Sequence[str]
) -> dict[str, dict[float, list[str]]]:
    """The ids by axis and score."""
    by: dict[str, dict[float, list[str]]] = {axis: defaultdict(list) for axis in axes}
    for id_, scores in stored:
        for axis in axes:
            score = scores.get(axis)
            if score is not None:
                by[axis][score].append(id_)
    return by


def _spread(by: dict[str, dict[float, list[str]]], n: int, seed: int) -> list[tuple[str, str]]:
    """`n` pairs (id, axis): axes in turn, within each the score that was taken least so far."""
    chosen: list[tuple[str, str]] = []
    taken: Counter[tuple[str, float]] = Counter()
    for axis, scores in by.items():
        for score, ids in scores.items():
            random.Random(stable_seed(seed, "sheet", axis, score)).shuffle(ids)
    while len(chosen) < n:
        before = len(chosen)
        for axis, scores in by.items():
            left = [score for score, ids in scores.items() if ids]
            if left and len(chosen) < n:
                score = min(left, key=lambda score: (taken[axis, score], score))
                taken[axis, score] += 1
                chosen.append((scores[score].pop(), axis))
        if len(chosen) == before:
            break
    return chosen


def folded(record: Record) -> str:
    """The row's prompt as a labeller needs it: both ends and the evidence in full, the rest of a long document left out."""
    from longctx_synth.studies.folding import fold

    parts = []
    for index, message in enumerate(record.prompt):
        spans = [(piece.start, piece.end) for piece in record.evidence if piece.message == index]
        pieces = fold(message["content"], spans, head=SHOWN, tail=SHOWN)
        text = "".join(f" [… {p.number:,} words …] " if p.kind == "fold" else p.text for p in pieces)
        parts.append(f"{message['role']}: {text}" if len(record.prompt) > 1 else text)
    return "\n\n".join(parts)


def _text(messages: Sequence[Message]) -> str:
    return "\n\n".join(message["content"] for message in messages)


def write_sheet(path: Path, rows: Sequence[dict[str, Any]], wanted: int, *, of_drafts: bool = False) -> list[str]:
    """Writes the sheet and says what is in it. Never over a file that is there: it may hold somebody's labels."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except FileExistsError:
        raise SettingsError(f"{path} is there already and may hold labels; choose another --out.") from None
    except OSError as error:
        raise SettingsError(f"--out {path} cannot be written ({error.strerror}).") from None
    counts = Counter(row["axis"] for row in rows)
    told = ", ".join(f"{count} {axis}" for axis, count in sorted(counts.items()))
    return [
        f"{len(rows)} lines in {path}: {told}.",
        *([f"{wanted} were asked for; the dataset has no more judged answers."] if len(rows) < wanted else []),
        'Set "human" to "pass" or "fail" in each, then: longctx-synth calibrate SHEET --data DIR'
        + (" --rubric critic" if of_drafts else ""),
        "Rare scores stand in it more often than in the dataset, so the figures will be of the sheet.",
    ]
