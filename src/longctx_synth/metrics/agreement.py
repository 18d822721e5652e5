"""How far raters agree beyond chance: Krippendorff's alpha, Cohen's kappa, and their figures over a dataset's judges.

Both are 1 for perfect agreement and 0 for what chance alone would give; below 0 raters disagree systematically. Both are
undefined, here None, where there is nothing to disagree about: no unit with two ratings, or one and the same value
everywhere.
"""

from __future__ import annotations

import itertools
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: Sequence[Sequence[float | None]], level: Level = "ordinal") -> float | None:
    """Krippendorff's alpha of `ratings`, units x raters, None where a rater gave none; None where it is undefined.

    level: how far apart two values are: "nominal" 0 or 1; "interval" the square of their difference; "ordinal" the square of
    the number of ratings that lie between them, each end counted half. Units with fewer than two ratings say nothing and
    are left out. Source: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", sections C to E: alpha =
    1 - observed / expected disagreement, over a matrix of coincidences in which a unit with m ratings adds 1 / (m - 1)
    for each ordered pair of them.

    >>> krippendorff_alpha([[1, 1], [2, 2], [1, 2]], level="nominal")  # 1 - 5 * 2 / 18
    0.4444444444444444
    """
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError(f"level is {level!r}, it must be nominal, ordinal or interval")
    coincidences: defaultdict[tuple[float, float], float] = defaultdict(float)
    totals: Counter[float] = Counter()  # n_c: pairable ratings of each value
    for unit, alike in Counter(map(tuple, ratings)).items():  # scores are few, so most units are like another
        given = Counter(value for value in unit if value is not None)
        m = sum(given.values())
        if m < 2:
            continue
        for (a, times_a), (b, times_b) in itertools.product(given.items(), repeat=2):
            coincidences[a, b] += alike * times_a * (times_b - (a == b)) / (m - 1)
        for value, times in given.items():
            totals[value] += alike * times
    distance = _distances(totals, level)
    n = sum(totals.values())
    expected = sum(totals[a] * totals[b] * distance[a, b] for a, b in itertools.product(totals, repeat=2))
    if not expected:
        return None
    observed = sum(count * distance[pair] for pair, count in coincidences.items())
    return 1.0 - (n - 1) * observed / expected


def _distances(totals: Mapping[float, int], level: Level) -> dict[tuple[float, float], float]:
    """The squared difference of every ordered pair of values."""
    values = sorted(totals)
    below = dict(zip(values, itertools.accumulate((totals[v] for v in values), initial=0), strict=False))
    out: dict[tuple[float, float], float] = {}
    for a, b in itertools.product(values, repeat=2):
        if level == "nominal":
            out[a, b] = float(a != b)
        elif level == "interval":
            out[a, b] = float((a - b) ** 2)
        else:  # From the middle of one value's ratings, in rank order, to the middle of the other's.
            out[a, b] = (below[a] + totals[a] / 2 - below[b] - totals[b] / 2) ** 2
    return out


def cohens_kappa(a: Sequence[Any], b: Sequence[Any], weights: Literal["quadratic"] | None = None) -> float | None:
    """Cohen's kappa of two raters over the same units; None where it is undefined.

    weights: None counts every disagreement alike and takes any hashable values; "quadratic" counts the square of the
    difference of two numbers (Cohen 1968, weighted kappa), which suits scores. kappa = 1 - observed / chance disagreement,
    chance being that each rater gives its own values in any order (Cohen 1960, Educational and Psychological Measurement
    20). ValueError where the lengths differ or the weights are unknown.

    >>> cohens_kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    """
    if len(a) != len(b):
        raise ValueError(f"the raters rated {len(a)} and {len(b)} units")
    if weights not in (None, "quadratic"):
        raise ValueError(f"weights is {weights!r}, it must be None or 'quadratic'")

    def distance(x: Any, y: Any) -> float:
        return float(x != y) if weights is None else float((x - y) ** 2)

    ours: Counter[Hashable] = Counter(a)
    theirs: Counter[Hashable] = Counter(b)
    chance = sum(m * n * distance(x, y) for x, m in ours.items() for y, n in theirs.items())
    if not chance:
        return None
    observed = sum(count * distance(x, y) for (x, y), count in Counter(zip(a, b, strict=True)).items())
    return 1.0 - len(a) * observed / chance


def mean_pairwise_kappa(
    ratings: Sequence[Sequence[float | None]], weights: Literal["quadratic"] | None = None
) -> float | None:
    """The mean of Cohen's kappa over all pairs of raters (Light 1971), each over the units that both rated.

    ratings: units x raters, of equal lengths. Pairs whose kappa is undefined are left out; None where none is left.
    """
    raters = len(ratings[0]) if ratings else 0
    kappas = []
    for i, j in itertools.combinations(range(raters), 2):
        both = [(unit[i], unit[j]) for unit in ratings if unit[i] is not None and unit[j] is not None]
        kappa = cohens_kappa([x for x, _ in both], [y for _, y in both], weights)
        if kappa is not None:
            kappas.append(kappa)
    return statistics.fmean(kappas) if kappas else None


# -- over a dataset --------------------------------------------------------------------------------------------------


def judged_drafts(column: str) -> list[dict[str, dict[str, int | None]]]:
    """A record's `judge` column as its drafts in order, each {judge: {axis: score or None}}.

    The column is the JSON of a list of {"judge", "draft", "scores", "feedback"}; what is not of that form is passed over.
    """
    try:
        entries = json.loads(column)
    except (ValueError, RecursionError):
        return []
    drafts: dict[int, dict[str, dict[str, int | None]]] = {}
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("scores"), dict) and isinstance(entry.get("draft", 1), int):
            scores = {axis: value if _is_score(value) else None for axis, value in entry["scores"].items()}
            drafts.setdefault(entry.get("draft", 1), {})[str(entry.get("judge"))] = scores
    return [drafts[number] for number in sorted(drafts)]


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 5


def median_scores(draft: Mapping[str, Mapping[str, int | None]]) -> dict[str, float | None]:
    """By axis, the median over the judges that scored one draft ({judge: {axis: score}}); None where none did."""
    axes = dict.fromkeys(axis for scores in draft.values() for axis in scores)
    given = {axis: [v for scores in draft.values() if (v := scores.get(axis)) is not None] for axis in axes}
    return {axis: float(statistics.median(values)) if values else None for axis, values in given.items()}


def agreement_figures(judge_columns: Iterable[str]) -> dict[str, str]:
    """The judges' figures for the card, one line an axis, from the rows' `judge` columns.

    Mean and missing are of the medians of each row's last draft, which is the one that stands. Agreement is over every
    draft that was judged, the failed ones too: among accepted rows alone, all of them good, no agreement could show. Alpha
    is ordinal; kappa has quadratic weights and is the mean over pairs of judges.
    """
    medians: dict[str, list[float | None]] = defaultdict(list)
    drafts: dict[str, list[dict[str, int | None]]] = defaultdict(list)
    raters: dict[str, None] = {}
    for column in judge_columns:
        rounds = judged_drafts(column)
        for draft in rounds:
            raters.update(dict.fromkeys(draft))
            for axis in dict.fromkeys(axis for scores in draft.values() for axis in scores):
                drafts[axis].append({judge: scores.get(axis) for judge, scores in draft.items()})
        for axis, median in median_scores(rounds[-1]).items() if rounds else ():
            medians[axis].append(median)
    told = {}
    for axis, values in medians.items():
        given = [value for value in values if value is not None]
        mean = f"mean {statistics.fmean(given):.2f}" if given else "no score"
        line = f"{mean} over {len(given):,} rows, {len(values) - len(given):,} missing"
        if len(raters) > 1:
            ratings = [[unit.get(judge) for judge in raters] for unit in drafts[axis]]
            alpha = krippendorff_alpha(ratings, "ordinal")
            kappa = mean_pairwise_kappa(ratings, "quadratic")
            both = sum(sum(value is not None for value in unit) > 1 for unit in ratings)
            line += (
                f"; {len(raters)} judges on {both:,} drafts: Krippendorff's alpha {_told(alpha)}, "
                f"Cohen's kappa {_told(kappa)}"
            )
        told[f"judge: {axis}"] = line
    return told


def _told(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
