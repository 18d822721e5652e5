"""How much of what could be sampled was: per field and per dimension of diversity, for the terminal and the card."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from longctx_synth.scenarios.situation import DIMENSIONS


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """One field over some rows.

    used of available: different values; evenness: entropy of the counts by that of an even spread over as many values as there
    are or could be in so few rows (Pielou's J; 1 where one value is all there is); most, least: rows of the commonest and of
    the rarest value, those that never came included.
    """

    field: str
    dimension: str
    rows: int
    used: int
    available: int
    evenness: float
    most: int
    least: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a set of rows covers, fields in the order of their dimensions."""

    rows: int
    fields: tuple[FieldCoverage, ...]

    def dimensions(self) -> dict[str, list[FieldCoverage]]:
        """The fields of each dimension."""
        found: dict[str, list[FieldCoverage]] = {}
        for entry in self.fields:
            found.setdefault(entry.dimension, []).append(entry)
        return found

    def lines(self) -> list[str]:
        """A line a dimension, for the terminal."""
        return [
            f"{dimension} diversity: "
            + ", ".join(f"{entry.field} {entry.used}/{entry.available} ({entry.evenness:.2f} even)" for entry in fields)
            for dimension, fields in self.dimensions().items()
        ]

    def table(self) -> list[dict[str, str]]:
        """A row a field, as the card prints it: column name to text."""
        return [
            {
                "dimension": entry.dimension,
                "field": entry.field,
                "values": f"{entry.used} of {entry.available}",
                "evenness": f"{entry.evenness:.3f}",
                "rows of a value": f"{entry.least} to {entry.most}",
            }
            for entry in self.fields
        ]


def coverage(rows: Iterable[Mapping[str, str]], available: Mapping[str, int]) -> Coverage:
    """Counts rows' `scenario` structs. available: how many values a field can take; where it is not told, those that came.

    Fields that belong to no dimension are left out. Memory grows with different values, not with rows.
    """
    counts: dict[str, Counter[str]] = {}
    total = 0
    for row in rows:
        total += 1
        for field, value in row.items():
            if field in DIMENSIONS:
                counts.setdefault(field, Counter())[value] += 1
    order = list(dict.fromkeys(DIMENSIONS.values()))
    names = sorted(counts, key=lambda field: (order.index(DIMENSIONS[field]), list(DIMENSIONS).index(field)))
    return Coverage(total, tuple(_field(name, counts[name], available.get(name, 0)) for name in names))


def _field(field: str, counts: Counter[str], available: int) -> FieldCoverage:
    available = max(available, len(counts))
    least = min(counts.values()) if len(counts) == available else 0
    return FieldCoverage(
        field=field,
        dimension=DIMENSIONS[field],
        rows=counts.total(),
        used=len(counts),
        available=available,
        evenness=evenness(counts, available),
        most=max(counts.values()),
        least=least,
    )


def evenness(counts: Mapping[str, int], available: int) -> float:
    """Shannon entropy of the counts by its greatest value, ln min(available, rows); 1.0 where that is 0.

    >>> evenness({"a": 2, "b": 2}, 2)
    1.0
    """
    rows = sum(counts.values())
    greatest = math.log(min(available, rows)) if rows else 0.0
    if greatest <= 0:
        return 1.0
    entropy = -sum(count / rows * math.log(count / rows) for count in counts.values() if count)
    return min(1.0, entropy / greatest)
