"""What a run will take, projected from a handful of its own cases: time, calls, tokens, cost, yield, each with a 90 % interval.

The cases are made in the run directory of the build, so they are the build's first rows and nothing is paid twice. What a
slot cost is seen (`SlotCost`); what the others will cost is projected:

- Length. The target length of every slot is known before it is made. A cost is taken to be a constant plus a share that grows
  with length, neither negative: the least-squares slope, held between 0 and the mean cost over the mean length. So short
  first slots neither hide what long ones cost nor exaggerate it.
- Interval. A bootstrap over slots (Efron 1979), seeded. With n slots the percentile interval is too narrow: its deviations are
  stretched by sqrt(n/(n-1)) t/z, so that it is as wide as a t interval (Hesterberg 2015, doi 10.1080/00031305.2015.1089789,
  section 4.3). The spread of the slots still to come is added. Simulated with skewed costs and up to half of the tries
  rejected, it held what came in 86 to 97 of 100 runs, for 2 to 50 cases.
- Rejections not seen yet. Five cases without a rejection do not show that there is none: every replicate has Gamma(1/2)
  further rejections, what Jeffreys' prior adds to a count. So neither yield nor cost is ever certain before the end.
- Time. Slots are projected as one queue at the concurrency that was measured; a greater one is reckoned only where the
  endpoint says how many requests it works on at once.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from longctx_synth.builder import Built, SlotCost, SynthBuilder
from longctx_synth.engine import Progress
from longctx_synth.errors import EndpointError
from longctx_synth.strata import stable_seed

REPLICATES = 2000
FEW = 10  # cases below which the interval is said to be rough
KNOWN_LENGTHS = 2000  # slots of a split of which the target length is looked up; every prefix of a length mix is even
Z = 1.6449  # 95 % quantile of the normal distribution
# 95 % quantiles of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
T = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753,
    1.746, 1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip
_PART = re.compile(r"(\w+)-(\d{8})-(\d{8})\.parquet")

QUANTITIES: dict[str, Callable[[SlotCost], float]] = {
    "tries": lambda slot: slot.tries,
    "calls": lambda slot: slot.calls,
    "prompt tokens": lambda slot: slot.prompt_tokens,
    "generated tokens": lambda slot: slot.completion_tokens,
    "seconds": lambda slot: slot.seconds,
}


@dataclass(frozen=True)
class Projection:
    """One quantity. row: its mean over the rows of the run; total: for all of them, with a 90 % interval; left: of it, what is
    still to come. low and high are None where one case alone was measured, which says nothing of the spread."""

    name: str
    row: float
    total: float
    low: float | None
    high: float | None
    left: float


@dataclass(frozen=True)
class Estimate:
    """A run's projection. rows: asked for, by split; done: of them, there already; cases: measured just now;
    projections by name ("seconds" is the time on the clock, "cost" is there where prices are); yield_: accepted over tries,
    with a 90 % interval; notes: what was assumed, a sentence each."""

    rows: dict[str, int]
    done: int
    cases: int
    projections: dict[str, Projection] = field(default_factory=dict)
    yield_: tuple[float, float | None, float | None] | None = None
    notes: list[str] = field(default_factory=list)


def estimate(
    builder: SynthBuilder,
    out: Path,
    *,
    run_dir: Path | None = None,
    cases: int = 5,
    progress: Callable[[Progress, dict[str, Any]], None] = lambda progress, usage: None,
) -> Estimate:
    """Makes the next `cases` cases of the run that would build into `out`, and projects what all its rows take.

    They stay in the run directory (default `out/.run`), where the build finds them. Raises LongctxError like a build.
    """
    settings, per = builder.settings, builder.rows_per_case
    state = Path(run_dir or Path(out) / ".run")
    slots = {split: math.ceil(count / per) for split, count in settings.wanted.items()}
    there = {split: min(settled(state, split), count) for split, count in slots.items()}
    split = max(slots, key=lambda name: slots[name] - there[name])
    if there[split] == slots[split]:
        note = f"Every row is in {state} already: nothing is left to pay, `build` publishes them."
        return Estimate(settings.wanted, sum(settings.wanted.values()), 0, notes=[note])
    upto = min(there[split] + cases, slots[split])
    rows = min(upto * per, settings.wanted[split])
    built = builder.generate(out, run_dir=run_dir, publish=False, only={split: rows}, progress=progress)
    measured = sorted((slot for slot in built.slots if slot.number < upto), key=lambda slot: slot.number)
    there[split] = upto
    lengths = {slot.number: builder.case(slot.split, slot.number, 0).tokens for slot in measured}
    coming = _mean_length(builder, slots, {(slot.split, slot.number) for slot in measured})

    def projected(seen: Sequence[SlotCost]) -> dict[str, Projection]:
        return replicate(
            seen,
            [lengths[slot.number] for slot in seen],
            coming,
            slots=sum(slots.values()),
            left=sum(slots.values()) - sum(there.values()),
            prices=(settings.price_in, settings.price_out),
            rows_per_slot=per,
            seed=stable_seed(settings.seed, "estimate"),
        )

    replicated = projected(measured)
    share, told = _concurrency(builder, len(measured))
    if share == 1 and len(measured) > 2:
        # The first case waits for all that is loaded on first use (a second or so); it must not say so of a thousand others.
        first = next(slot for slot in built.slots if slot in measured)
        replicated["seconds"] = projected([slot for slot in measured if slot is not first])["seconds"]
        told += " The first case's time, which holds what is loaded once, is left out."
    replicated["seconds"] = _divided(replicated["seconds"], share)
    tries = replicated.pop("tries")
    everything = sum(slots.values())
    bounds = (
        (None, None) if tries.low is None or tries.high is None else (everything / tries.high, everything / tries.low)
    )
    return Estimate(
        settings.wanted,
        sum(min(there[name] * per, settings.wanted[name]) for name in slots),
        len(measured),
        replicated,
        (everything / tries.total, *bounds),
        _notes(builder, measured, list(lengths.values()), coming, built, told),
    )


def settled(run_dir: Path, split: str) -> int:
    """How many slots of a split are accepted and on disk in a run directory. Reads names only: another process may hold it."""
    folder = run_dir / "parts"
    found = [_PART.fullmatch(file.name) for file in folder.iterdir()] if folder.is_dir() else []
    count = 0
    for first, last in sorted((int(part[2]), int(part[3])) for part in found if part and part[1] == split):
        if first != count:
            break
        count = last + 1
    return count


# The projection


def replicate(
    measured: Sequence[SlotCost],
    lengths: Sequence[float],
    coming: float,
    *,
    slots: int,
    left: int,
    prices: tuple[float, float] = (0.0, 0.0),
    rows_per_slot: int = 1,
    seed: int = 0,
) -> dict[str, Projection]:
    """Projections of the quantities (and of "cost", where prices per million tokens are given) over `slots` slots.

    measured: what some slots cost; lengths: their target lengths in tokens. coming: the mean target length of the others.
    left: slots still to be made. Needs one measured slot at least; with one there is no interval.
    """
    import numpy

    rng = numpy.random.default_rng(seed)
    n, rest = len(measured), max(slots - len(measured), 0)
    values = {name: numpy.array([value(slot) for slot in measured], float) for name, value in QUANTITIES.items()}
    if any(prices):
        values["cost"] = (values["prompt tokens"] * prices[0] + values["generated tokens"] * prices[1]) / 1e6
    x = numpy.array(lengths, float)
    drawn = rng.integers(n, size=(REPLICATES, n))
    unseen = rng.gamma(0.5, size=REPLICATES)
    noise = rng.standard_normal(REPLICATES)
    tries = values["tries"][drawn].sum(axis=1)
    stretch = math.sqrt(n / (n - 1)) * _t(n - 1) / Z if n > 1 else 0.0
    found = {}
    for name, y in values.items():
        mean = float(adjusted(y, x, coming))
        known = float(y.sum())
        total = known + rest * mean
        low = high = None
        if n > 1:
            means = mean + stretch * (adjusted(y[drawn], x[drawn], coming) - mean)
            means = numpy.maximum(means, 0.0) * (tries + unseen) / tries
            totals = known + rest * means + math.sqrt(rest) * float(y.std(ddof=1)) * noise
            # No replicate can undo what was seen, nor fill a slot with less than one try.
            floor = known + (rest if name == "tries" else 0)
            low, high = (float(bound) for bound in numpy.quantile(numpy.maximum(totals, floor), (0.05, 0.95)))
            low, high = min(low, total), max(high, total)
        found[name] = Projection(name, total / slots / rows_per_slot, total, low, high, left * mean)
    return found


def adjusted(y: Any, x: Any, at: float) -> Any:
    """The mean of `y` (over the last axis) where the mean of `x` is `at`: y = a + b x with neither a nor b negative.

    >>> import numpy
    >>> float(adjusted(numpy.array([1.0, 2.0]), numpy.array([100.0, 200.0]), 300.0))
    3.0
    >>> float(adjusted(numpy.array([5.0, 5.0]), numpy.array([100.0, 200.0]), 300.0))
    5.0
    """
    import numpy

    mean_y, mean_x = y.mean(axis=-1), x.mean(axis=-1)
    deviation = x - mean_x[..., None]
    spread = (deviation**2).sum(axis=-1)
    slope = (deviation * (y - mean_y[..., None])).sum(axis=-1) / numpy.where(spread > 0, spread, 1.0)
    return mean_y + numpy.clip(slope, 0.0, mean_y / mean_x) * (at - mean_x)


def _t(degrees: int) -> float:
    """The 95 % quantile of Student's t; beyond the table by its first-order expansion (Abramowitz and Stegun 26.7.5)."""
    return T[degrees - 1] if degrees <= len(T) else Z + (Z**3 + Z) / (4 * degrees)


def _divided(whole: Projection, by: float) -> Projection:
    low = None if whole.low is None else whole.low / by
    high = None if whole.high is None else whole.high / by
    return Projection(whole.name, whole.row / by, whole.total / by, low, high, whole.left / by)


def _mean_length(builder: SynthBuilder, slots: dict[str, int], measured: set[tuple[str, int]]) -> float:
    """The mean target length of the slots that were not measured, in tokens."""
    total, weight = 0.0, 0
    for split, count in slots.items():
        numbers = [number for number in range(min(count, KNOWN_LENGTHS)) if (split, number) not in measured]
        if numbers:
            others = count - sum(name == split for name, _ in measured)
            total += others * sum(builder.case(split, number, 0).tokens for number in numbers) / len(numbers)
            weight += others
    return total / weight if weight else 1.0


# Time


def _concurrency(builder: SynthBuilder, cases: int) -> tuple[int, str]:
    """How many cases are reckoned to go on at once, and the sentence that says why."""
    settings = builder.settings
    if not builder.needs_endpoint():
        return (
            1,
            "No model is asked, so cases are made one after another by this program; --concurrency changes nothing.",
        )
    wanted = settings.concurrency or (1 if settings.embedded else 64)
    used = min(wanted, cases)
    if used == wanted:
        return used, f"Time is reckoned at {_cases(used)} at once, as measured."
    slots = 1 if settings.embedded else endpoint_slots(settings.endpoint)
    if slots is None:
        return used, (
            f"Time is reckoned at the {_cases(used)} at once that were measured: the endpoint does not say how many it works "
            f"on, and the run's {wanted} would make it up to {wanted / used:.0f} times shorter. More --cases measure more."
        )
    reckoned = max(used, min(wanted, slots))
    if reckoned == used:
        return (
            used,
            f"Time is reckoned at the {_cases(used)} at once that were measured: the endpoint takes {slots} at once.",
        )
    return reckoned, (
        f"Time is scaled from the {_cases(used)} at once that were measured to {reckoned}: the run has {wanted} in flight, the "
        f"endpoint says it takes {slots}. That an answer takes no longer then is assumed, so time may be understated."
    )


def endpoint_slots(urls: Sequence[str]) -> int | None:
    """How many requests the servers say they work on at once, together; None where one of them does not say."""
    from longctx_synth.llm.endpoint import describe

    async def ask() -> list[int | None]:
        return [info.slots for info in await asyncio.gather(*(describe(url, window=1) for url in urls))]

    try:
        # In a thread: the caller may be inside an event loop of its own, a notebook's.
        with ThreadPoolExecutor(1) as thread:
            found = thread.submit(lambda: asyncio.run(ask())).result()
    except EndpointError:
        return None
    known = [slots for slots in found if slots]
    return sum(known) if len(known) == len(found) else None


def _cases(number: int) -> str:
    return f"{number} case{'s' * (number != 1)}"


# What is assumed


def _notes(
    builder: SynthBuilder,
    measured: Sequence[SlotCost],
    lengths: Sequence[float],
    coming: float,
    built: Built,
    concurrency: str,
) -> list[str]:
    settings = builder.settings
    spread = f"{min(lengths):,} to {max(lengths):,}" if min(lengths) < max(lengths) else f"{lengths[0]:,}"
    told = [
        f"Measured: {_cases(len(measured))} with prompts of {spread} tokens (mean {sum(lengths) / len(lengths):,.0f}); the others "
        f"ask for {coming:,.0f} on average, and costs are scaled to that as far as they grew with length."
    ]
    if len(measured) == 1:
        told.append("One case says nothing of the spread, so there is no interval: give more --cases.")
    elif len(measured) < FEW:
        told.append(
            f"{_cases(len(measured))} are few: the intervals are wide for that, and rough. More --cases narrow them."
        )
    told.append(concurrency)
    replayed = built.usage.get("replayed", 0)
    if replayed:
        told.append(
            f"{replayed:,} answers came from the journal: they cost no time now, so time is understated; their tokens count."
        )
    if settings.judges:
        told.append("Calls and tokens include the judges'; they are priced like the writer's.")
    if not (settings.price_in or settings.price_out) and builder.needs_endpoint():
        told.append("Give --price-in and --price-out (of a million tokens) for the cost.")
    told.append("Starting up and publishing are not in the time.")
    return told


# Showing it


def show(found: Estimate) -> Group:
    """The estimate as a table (a row, all rows, the interval, what is still to pay) with its assumptions below."""
    wanted = sum(found.rows.values())
    rows = f"{wanted:,} row{'s' * (wanted != 1)}"
    splits = ", ".join(f"{count:,} {split}" for split, count in found.rows.items())
    lines: list[Any] = [Text(f"{rows} ({splits}), of which {found.done:,} are made", "bold")]
    if found.projections:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column("")
        for title in ("a row", rows, "90 % interval", "still to pay"):
            table.add_column(title, justify="right", no_wrap=True)
        for projection in found.projections.values():
            told = _told(projection.name)
            interval = "" if projection.low is None or projection.high is None else _range(projection, told)
            name = "time" if projection.name == "seconds" else projection.name
            table.add_row(name, told(projection.row), told(projection.total), interval, told(projection.left))
        if found.yield_ is not None:
            value, low, high = found.yield_
            interval = "" if low is None or high is None else f"{low:.0%} – {high:.0%}"
            table.add_row("yield", f"{value:.0%}", "", interval, "")
        lines.append(table)
    lines += [Text(f"· {note}") for note in found.notes]
    return Group(*lines)


def _range(projection: Projection, told: Callable[[float], str]) -> str:
    return f"{told(projection.low or 0.0)} – {told(projection.high or 0.0)}"


def _told(name: str) -> Callable[[float], str]:
    """How a quantity is written: durations in the units of a clock, prices with cents, the rest as counts."""
    if name == "seconds":
        return duration
    if name == "cost":
        return lambda value: f"{value:,.2f}" if value >= 0.1 or value == 0 else f"{value:.5f}"
    return lambda value: f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def duration(seconds: float) -> str:
    """A time on the clock, in its two greatest units: "1.4 s", "12 min 30 s", "3 h 25 min", "2 d 4 h"."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms" if seconds else "0 s"
    whole = round(seconds)
    for size, name, below, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size:,} {name} {whole % size // below} {part}"
    return f"{whole} s"
