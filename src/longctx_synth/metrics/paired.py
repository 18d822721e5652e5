"""Is the one of two things preferred to the other, pair by pair? Wins, ties and a 95 % interval; blind where 0.5 lies in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Preference:
    """wins, losses, ties: of the pairs with two scores; missing: the others. low, high: 95 % interval of the win rate."""

    wins: int
    losses: int
    ties: int
    missing: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Wins and half the ties over the pairs with two scores; nan where there is none."""
        pairs = self.wins + self.losses + self.ties
        return (self.wins + self.ties / 2) / pairs if pairs else math.nan

    @property
    def blind(self) -> bool:
        """Whether what gave the scores was not shown to prefer the first: the interval reaches down to one half."""
        return not self.low > 0.5

    def __str__(self) -> str:
        told = f"{self.wins} wins, {self.losses} losses, {self.ties} ties, {self.missing} without two scores"
        if self.wins + self.losses + self.ties:
            told += f"; rate {self.rate:.2f}, 95 % interval {self.low:.2f} to {self.high:.2f}"
        return f"{told}; {'blind' if self.blind else 'it can tell them apart'}"


def preference(first: Sequence[float | None], second: Sequence[float | None]) -> Preference:
    """How often `first` scores higher than `second`, pair by pair; None is missing. Ties count half.

    The interval is Wilson's (1927) for the rate over the pairs with two scores. ValueError where the lengths differ.

    >>> preference([5, 4, 3, None], [3, 4, 1, 2]).wins
    2
    """
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} and {len(second)} scores")
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    wins = sum(a > b for a, b in pairs)
    ties = sum(a == b for a, b in pairs)
    n = len(pairs)
    if not n:
        return Preference(0, 0, 0, len(first), 0.0, 1.0)
    p, z = (wins + ties / 2) / n, 1.959964
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Preference(wins, n - wins - ties, ties, len(first) - n, (centre - half) / scale, (centre + half) / scale)
