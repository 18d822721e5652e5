"""How far two series of scores go together: Pearson's r, Spearman's rho, Kendall's tau-b, and how far they lie apart.

Each takes two series of numbers over the same units. A correlation is between -1 and 1, does not depend on the order of the
units, and is None where it is undefined: fewer than two units, or a series that is constant, which says nothing of the
other. None is not 0: a judge that gives everything a 3 was not shown to be unrelated. ValueError where the lengths differ.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence


def pearson(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's r, the covariance over the product of the standard deviations (Pearson 1895); None where undefined.

    >>> pearson([1, 2, 3, 4], [1, 3, 2, 4])
    0.8
    """
    _same_length(x, y)
    if len(set(x)) < 2 or len(set(y)) < 2:  # asked of the values: 0.1 three times over is not 0.1 less its rounded mean
        return None
    try:
        return _within(statistics.correlation(x, y))
    except statistics.StatisticsError:  # values so close that their variance is 0 in floating point
        return None


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Spearman's rho: Pearson's r of the ranks, tied values sharing the mean of theirs (Spearman 1904); None where undefined.

    >>> spearman([1, 2, 3], [1, 10, 100])
    1.0
    """
    return pearson(mid_ranks(x), mid_ranks(y))


def mid_ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1 for the least; equal values share the mean of their ranks.

    >>> mid_ranks([10, 30, 10, 20])
    [1.5, 4.0, 1.5, 3.0]
    """
    ranks, below = {}, 0
    for value, times in sorted(Counter(values).items()):
        ranks[value] = below + (times + 1) / 2
        below += times
    return [ranks[value] for value in values]


def kendall_tau_b(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Kendall's tau-b: concordant less discordant pairs of units over the pairs that are not tied; None where undefined.

    tau-b = (C - D) / sqrt((P - Tx)(P - Ty)), of P pairs Tx tied in x and Ty in y (Kendall 1945, "The treatment of ties in
    ranking problems", Biometrika 33). Counted over a table of the values: time is cells times different values of y.

    >>> kendall_tau_b([1, 2, 3], [1, 3, 2])  # two pairs of three agree
    0.3333333333333333
    """
    _same_length(x, y)
    rows: defaultdict[float, Counter[float]] = defaultdict(Counter)
    for a, b in zip(x, y, strict=True):
        rows[a][b] += 1
    lower: Counter[float] = Counter()  # values of y in the rows of lesser x
    balance = 0
    for _, row in sorted(rows.items()):
        for b, times in row.items():
            balance += times * sum(before if a < b else -before for a, before in lower.items() if a != b)
        lower.update(row)
    pairs = math.comb(len(x), 2)
    untied_x, untied_y = (pairs - sum(math.comb(n, 2) for n in Counter(series).values()) for series in (x, y))
    if not untied_x or not untied_y:
        return None
    return _within(balance / math.sqrt(untied_x * untied_y))


def mean_absolute_error(x: Sequence[float], y: Sequence[float]) -> float | None:
    """The mean distance of the two series, in their own unit; None of no units.

    >>> mean_absolute_error([1, 2], [3, 2])
    1.0
    """
    _same_length(x, y)
    return math.fsum(abs(a - b) for a, b in zip(x, y, strict=True)) / len(x) if x else None


def _same_length(x: Sequence[float], y: Sequence[float]) -> None:
    if len(x) != len(y):
        raise ValueError(f"the series have {len(x)} and {len(y)} units")


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))  # rounding may step over
