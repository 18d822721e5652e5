"""How far a judge's scores follow people's, by capability and rubric source, and their macro mean.

Of each capability: Pearson's r, Spearman's rho, Kendall's tau-b, the mean absolute error, and Krippendorff's alpha (interval)
of the human and the judge. Rows without a judge's score are left out of the figures and counted beside them.

Intervals are percentiles over resamples that draw instances, with all their answers, with replacement within the capability:
answers to one instance are judged under one rubric, so they are not independent. The draws are the same for every source.
The macro mean weighs capabilities alike. What is undefined (a judge that gives everything the same score) is None, shown
as n/a and left out of the mean, which says of how many capabilities it is.
"""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from longctx_synth.metrics.agreement import krippendorff_alpha
from longctx_synth.metrics.correlation import kendall_tau_b, mean_absolute_error, pearson, spearman
from longctx_synth.strata import stable_seed
from longctx_synth.studies.calibrate import RESAMPLES, Figure, aligned, with_interval
from longctx_synth.studies.rubric_data import Scored

Series = Sequence[float]
Score = int | float | None


def interval_alpha(human: Series, judge: Series) -> float | None:
    """Krippendorff's alpha of two raters, at the level of intervals."""
    return krippendorff_alpha(list(zip(human, judge, strict=True)), "interval")


MEASURES: dict[str, Callable[[Series, Series], float | None]] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall_tau_b,
    "mae": mean_absolute_error,
    "alpha": interval_alpha,
}
NAMES = {"pearson": "Pearson", "spearman": "Spearman", "kendall": "Kendall", "mae": "MAE", "alpha": "alpha"}
FEW = 10  # instances of a capability below which its figures say little


@dataclass(frozen=True)
class Agreement:
    """One capability under one source. n: rows with a human score; missing: those without a judge's; figures by measure."""

    capability: str
    instances: int
    n: int
    missing: int
    figures: dict[str, Figure]


@dataclass(frozen=True)
class SourceFigures:
    """One rubric source. macro: the mean over capabilities by measure; of: in how many of them the measure is defined."""

    source: str
    capabilities: list[Agreement]
    macro: dict[str, Figure]
    of: dict[str, int]

    @property
    def n(self) -> int:
        """Rows with a human score."""
        return sum(one.n for one in self.capabilities)

    @property
    def missing(self) -> int:
        """Rows that the judge left without a score."""
        return sum(one.missing for one in self.capabilities)


def figures(rows: Sequence[Scored], scores: Mapping[str, Sequence[Score]], *, seed: int = 0) -> list[SourceFigures]:
    """The figures of each source, in their order. scores: by source, the judge's score of each row; None: missing."""
    return [_source(source, rows, given, seed) for source, given in scores.items()]


def _source(source: str, rows: Sequence[Scored], scores: Sequence[Score], seed: int) -> SourceFigures:
    pairs: dict[str, dict[str, list[tuple[float, Score]]]] = defaultdict(lambda: defaultdict(list))
    for row, score in zip(rows, scores, strict=True):
        pairs[row.instance.capability][row.instance.key].append((row.human, score))
    capabilities, drawn = [], []
    for capability in sorted(pairs):
        by_instance = list(pairs[capability].values())
        every = [pair for instance in by_instance for pair in instance]
        value = _measured(every)
        again = _resampled(by_instance, random.Random(stable_seed(seed, "rubric", capability)))
        told = {name: with_interval(value[name], _defined(again[name])) for name in MEASURES}
        missing = sum(score is None for _, score in every)
        capabilities.append(Agreement(capability, len(by_instance), len(every), missing, told))
        drawn.append(again)
    macro, of = {}, {}
    for name in MEASURES:
        within = [place for place, one in enumerate(capabilities) if one.figures[name].value is not None]
        of[name] = len(within)
        values = _defined([capabilities[place].figures[name].value for place in within])
        means = (_mean(values_of) for values_of in zip(*(drawn[place][name] for place in within), strict=True))
        macro[name] = with_interval(statistics.fmean(values) if values else None, _defined(list(means)))
    return SourceFigures(source, capabilities, macro, of)


def _measured(pairs: Sequence[tuple[float, Score]]) -> dict[str, float | None]:
    both = [(human, score) for human, score in pairs if score is not None]
    human, judge = [one for one, _ in both], [float(one) for _, one in both]
    return {name: measure(human, judge) for name, measure in MEASURES.items()}


def _resampled(
    by_instance: Sequence[Sequence[tuple[float, Score]]], rng: random.Random
) -> dict[str, list[float | None]]:
    """By measure, what it comes to in each resample; of a single instance, which resamples only to itself, nothing."""
    found: dict[str, list[float | None]] = {name: [] for name in MEASURES}
    for _ in range(RESAMPLES):
        drawn = rng.choices(by_instance, k=len(by_instance))
        values = _measured([pair for instance in drawn for pair in instance]) if len(by_instance) > 1 else {}
        for name, column in found.items():
            column.append(values.get(name))
    return found


def _defined(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean of a resample over capabilities; of others than the figure's own it would be of something else."""
    return None if None in values else statistics.fmean(_defined(values))


# -- told ------------------------------------------------------------------------------------------------------------


def lines(found: Sequence[SourceFigures]) -> list[str]:
    """The figures for the terminal: the macro means of all sources, then each source by capability."""
    heads = tuple(NAMES[name] for name in MEASURES)
    macro: list[tuple[str, ...]] = [("macro mean", "rows", "missing", *heads)]
    for one in found:
        cells = [_of(one, name) for name in MEASURES]
        macro.append((one.source, f"{one.n:,}", f"{one.missing:,}", *cells))
    told = aligned(macro)
    for one in found:
        rows: list[tuple[str, ...]] = [(f"rubric: {one.source}", "rows", "missing", *heads)]
        for each in one.capabilities:
            shown = [str(each.figures[name]) for name in MEASURES]
            rows.append((each.capability, f"{each.n:,}", f"{each.missing:,}", *shown))
        told += ["", *aligned(rows)]
    told.append("")
    few = [each.capability for each in found[0].capabilities if each.instances < FEW] if found else []
    if few:
        told.append(f"Fewer than {FEW} instances, so the figures say little: {', '.join(few)}.")
    partial = [one.source for one in found if any(one.of[name] < len(one.capabilities) for name in MEASURES)]
    if partial:
        told.append(
            "n/a: undefined, as where all scores are the same, or missing. A macro mean is over the capabilities that are left, "
            f"which flatters the judge: {', '.join(partial)}."
        )
    if any(one.missing for one in found):
        told.append("Figures are over the rows that were judged; where sources miss different rows, compare with care.")
    return told


def _of(one: SourceFigures, name: str) -> str:
    whole = len(one.capabilities)
    return str(one.macro[name]) + (f" ({one.of[name]} of {whole})" if 0 < one.of[name] < whole else "")


def as_json(found: Sequence[SourceFigures]) -> dict[str, Any]:
    """The figures for programs: {source: {"macro": ..., "of": ..., "capabilities": {capability: ...}}}."""
    told = {}
    for one in found:
        capabilities = {}
        for each in one.capabilities:
            values = asdict(each)
            capabilities[values.pop("capability")] = values | values.pop("figures")
        macro = {name: asdict(figure) | {"of": one.of[name]} for name, figure in one.macro.items()}
        told[one.source] = {"n": one.n, "missing": one.missing, "macro": macro, "capabilities": capabilities}
    return told
