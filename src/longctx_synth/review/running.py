"""Figures over a run that goes on and on, in bounded memory: how a quantity moves, and how alike the last answers are.

A `Course` is kept in at most `BUCKETS` sums of neighbouring rows, which are joined in pairs as they fill; an `Overlap` in the
n-grams of its window, as 64-bit digests (no `hash()`: alike in every process).
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from xxhash import xxh3_64_intdigest

BUCKETS = 64
SOURCED = 5  # words in a row that an answer has from its own prompt: these do not count
SURE = 4.0  # standard errors between two halves: many courses are looked at again and again, so 2 or 3 come by chance


class Course:
    """A quantity over the rows, in order: the means of the first and the later half, in bounded memory."""

    def __init__(self) -> None:
        self._width = 1  # values a bucket
        self._buckets: list[tuple[int, float, float]] = []  # count, sum, sum of squares
        self.count = 0

    def add(self, value: float) -> None:
        """The next row's value."""
        if self._buckets and self._buckets[-1][0] < self._width:
            self._buckets[-1] = _joined([self._buckets[-1], (1, value, value * value)])
        else:
            if len(self._buckets) == BUCKETS:
                pairs = zip(self._buckets[::2], self._buckets[1::2], strict=True)
                self._buckets = [_joined(pair) for pair in pairs]
                self._width *= 2
            self._buckets.append((1, value, value * value))
        self.count += 1

    @property
    def mean(self) -> float:
        """Over all rows; 0 where there is none."""
        return sum(total for _, total, _ in self._buckets) / self.count if self.count else 0.0

    def halves(self) -> tuple[float, float]:
        """The means of the first and the later half, to a bucket; (0, 0) with fewer than two rows."""
        (few, first, _), (many, later, _) = self._sums()
        return (first / few, later / many) if few else (0.0, 0.0)

    @property
    def growth(self) -> float:
        """The later half's mean over the first's; 1 where there is nothing to compare."""
        first, later = self.halves()
        return later / first if first > 0 else 1.0

    @property
    def is_sure(self) -> bool:
        """Whether the halves differ by `SURE` standard errors (Welch), so that it is no chance."""
        halves = self._sums()
        if min(count for count, _, _ in halves) < 2:
            return False
        error = sum(max(squares - total * total / n, 0.0) / (n - 1) / n for n, total, squares in halves)
        first, later = self.halves()
        return abs(later - first) > SURE * math.sqrt(error)

    def _sums(self) -> tuple[tuple[int, float, float], tuple[int, float, float]]:
        middle = len(self._buckets) // 2
        return _joined(self._buckets[:middle]), _joined(self._buckets[middle:])


def _joined(buckets: Iterable[tuple[int, float, float]]) -> tuple[int, float, float]:
    counts, totals, squares = zip(*buckets, strict=True) if (buckets := list(buckets)) else ((0,), (0.0,), (0.0,))
    return sum(counts), sum(totals), sum(squares)


class Overlap:
    """How often the n-grams (of so many words) of the last `window` answers stand in several of them."""

    def __init__(self, words: int, window: int) -> None:
        self.words, self.window = words, window
        self._rows: deque[frozenset[int]] = deque()
        self._rows_with: Counter[int] = Counter()

    def add(self, stretches: Sequence[Sequence[str]]) -> None:
        """An answer's own words, in stretches between which no n-gram goes on."""
        runs = {run for stretch in stretches for run in _runs(stretch, self.words)}
        grams = frozenset(xxh3_64_intdigest(" ".join(run).encode("utf-8", "replace")) for run in runs)
        self._rows.append(grams)
        self._rows_with.update(grams)
        if len(self._rows) > self.window:
            for gram in self._rows.popleft():
                self._rows_with[gram] -= 1
                if not self._rows_with[gram]:
                    del self._rows_with[gram]

    def __len__(self) -> int:
        return len(self._rows)

    def share(self, in_rows: float) -> float:
        """The share of answers with an n-gram that stands in at least `in_rows` of the answers."""
        common = {gram for gram, rows in self._rows_with.items() if rows >= in_rows}
        return sum(not common.isdisjoint(row) for row in self._rows) / len(self._rows) if self._rows else 0.0


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def own_stretches(said: Sequence[str], prompt: Sequence[str]) -> list[list[str]]:
    """The words of an answer without those in runs of `SOURCED` words that its prompt has too, in the stretches that are left."""
    runs = set(_runs(said, SOURCED))
    shared = {run for run in _runs(prompt, SOURCED) if run in runs} if runs else set()
    stretches: list[list[str]] = [[]]
    sourced_until = 0
    for at, word in enumerate(said):
        if tuple(said[at : at + SOURCED]) in shared:
            sourced_until = at + SOURCED
        if at >= sourced_until:
            stretches[-1].append(word)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]
