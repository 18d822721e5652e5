"""How often attackers were right, by question kind, held against chance: figures, tables and what breaks a bound.

An attacker may exceed chance by `BOUND`. Rows are few, so a kind is called leaky only where the whole 95 % interval of the
success lies above that; the point estimate is shown and marked all the same, and `strict` holds to it. A hundred attacks without any
leak would still leave one or two intervals above by chance if the true rate were on the bound; where it is chance, next to none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.studies import seam

BOUND = 0.05  # DESIGN, section 6
LEAST = 20  # rows of a kind to train on, and to try: below, an interval says nothing
Z = 1.96  # of a 95 % interval

HELD = ("most_frequent", "question_only", "swapped_document", "last_tenth", "lexical_top", "nearest_value")
READER = "linear_reader"
ATTACKERS = (*HELD, READER)
ALL = "all kinds"


@dataclass
class Share:
    """How often an attacker was right, with the Wilson interval (Wilson 1927). chance: the mean of those rows'."""

    won: int = 0
    tried: int = 0
    chances: float = 0.0

    def add(self, won: bool, chance: float) -> None:
        """Counts one row."""
        self.won += won
        self.tried += 1
        self.chances += chance

    @property
    def rate(self) -> float:
        """Share of the rows won, 0 to 1; nan for no rows."""
        return self.won / self.tried if self.tried else float("nan")

    @property
    def chance(self) -> float:
        """Success rate of a guess on those rows."""
        return self.chances / self.tried if self.tried else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the rate."""
        if not self.tried:
            return 0.0, 1.0
        centre = (self.won + Z * Z / 2) / (self.tried + Z * Z)
        half = Z / (self.tried + Z * Z) * math.sqrt(self.won * (1 - self.rate) + Z * Z / 4)
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def above(self) -> bool:
        """Whether the rate itself is above the bound."""
        return bool(self.tried) and self.rate > self.chance + BOUND

    @property
    def leaky(self) -> bool:
        """Whether the whole interval is above the bound."""
        return bool(self.tried) and self.interval[0] > self.chance + BOUND


@dataclass
class KindFigures:
    """One question kind. tried_on: the split whose rows were tried, or "folds" where they were held out in turn."""

    kind: str
    rows: int
    tried_on: str
    shares: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in ATTACKERS})

    @property
    def chance(self) -> float:
        """Success rate of a guess."""
        return self.shares["most_frequent"].chance


def together(kinds: list[KindFigures]) -> list[KindFigures]:
    """The kinds, and all of them as one where they are several: leaks too small to show in one kind may show there."""
    if len(kinds) < 2:
        return kinds
    both = KindFigures(ALL, sum(each.rows for each in kinds), "")
    for each in kinds:
        for name, share in each.shares.items():
            total = both.shares[name]
            total.won, total.tried = total.won + share.won, total.tried + share.tried
            total.chances += share.chances
    return [*kinds, both]


@dataclass
class Attack:
    """What was found out. few: rows of the kinds that were not tried; skipped: rows without an answer to hold against."""

    folder: Path
    seed: int
    kinds: list[KindFigures]
    seams: list[seam.SeamFigures]
    few: dict[str, int]
    skipped: int

    def leaks(self, strict: bool = False) -> list[str]:
        """What breaks a bound, named with the attacker. strict: already where the point estimate does."""
        found = []
        for figures in self.kinds:
            for name in HELD:
                share = figures.shares[name]
                if share.leaky or (strict and share.above):
                    found.append(f"{figures.kind} ({name} {share.rate:.0%}, chance {share.chance:.0%})")
        for part in self.seams:
            if part.leaky or (strict and part.above):
                found.append(f"evidence of {part.world} (AUC {part.auc:.2f})")
        return found

    def lines(self) -> list[str]:
        """The tables and what else a person should know, a line each."""
        table = [("question kind", "tried on", "rows", "chance", *(name.replace("_", " ") for name in ATTACKERS))]
        for figures in self.kinds:
            cells = [_cell(figures.shares[name], name in HELD) for name in ATTACKERS]
            table.append((figures.kind, figures.tried_on, f"{figures.rows:,}", f"{figures.chance:.1%}", *cells))
        told = _aligned(table)
        told.append(
            f"Success of each attacker. !! above chance + {BOUND:.0%} with its whole 95 % interval: leaky. ! above it by the point "
            "estimate. The linear reader sees all and is held to no bound."
        )
        for figures in self.kinds:
            for name in HELD:
                share = figures.shares[name]
                if share.above:
                    low, high = share.interval
                    told.append(
                        f"  {'leaky' if share.leaky else 'above'}: {figures.kind}, {name} is right in {share.won} of {share.tried} "
                        f"({share.rate:.1%}, 95 % interval {low:.1%} to {high:.1%}; chance {share.chance:.1%})"
                    )
        table = [("world", "evidence", "other", "AUC", "95 % interval")]
        for part in self.seams:
            mark = " !!" if part.leaky else " !" if part.above else ""
            low, high = part.interval
            cells = [f"{part.auc:.2f}{mark}", f"{low:.2f} to {high:.2f}"] if part.measured else ["-", "too few"]
            table.append((part.world, f"{part.evidence:,}", f"{part.other:,}", *cells))
        told += ["", *_aligned(table)]
        told.append(f"Evidence sentences against others, by their words without the question; at most {seam.BOUND}.")
        if self.few:
            named = ", ".join(f"{kind} ({rows})" for kind, rows in sorted(self.few.items()))
            told.append(f"Not tried, fewer than {LEAST} rows, or too few documents: {named}.")
        if self.skipped:
            told.append(
                f"{self.skipped:,} rows have no question or no answer to hold against: only their evidence was looked at."
            )
        return told

    def figures(self) -> dict[str, Any]:
        """The figures as JSON."""
        kinds = [
            {
                "kind": each.kind,
                "tried_on": each.tried_on,
                "rows": each.rows,
                "chance": round(each.chance, 4),
                "attackers": {
                    name: {
                        "rate": round(share.rate, 4) if share.tried else None,
                        "low": round(share.interval[0], 4),
                        "high": round(share.interval[1], 4),
                        "rows": share.tried,
                        "chance": round(share.chance, 4) if share.tried else None,
                        **({"above": share.above, "leaky": share.leaky} if name in HELD else {}),
                    }
                    for name, share in each.shares.items()
                },
            }
            for each in self.kinds
        ]
        return {
            "folder": str(self.folder),
            "seed": self.seed,
            "bound": BOUND,
            "kinds": kinds,
            "seam": [part.figures() for part in self.seams],
            "few": self.few,
            "skipped": self.skipped,
        }

    def write_figures(self, path: Path) -> None:
        """Write the figures to a file. Raises SettingsError where it cannot be written."""
        try:
            path.write_text(json.dumps(self.figures(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"--json {path} cannot be written ({error.strerror}).") from None


def _cell(share: Share, held: bool) -> str:
    if not share.tried:
        return "-"
    mark = " !!" if share.leaky else " !" if share.above else ""
    return f"{share.rate:.1%}{mark if held else ''}"


def _aligned(table: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.rjust(w) if n else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in table
    ]
