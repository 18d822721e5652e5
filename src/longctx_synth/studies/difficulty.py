"""How hard a dataset's rows are: an endpoint answers each row's own prompt k times, and its checks say how often it was right.

The share of answers that pass all checks is the row's `solve_rate`; a second, stronger endpoint gives `solve_rate_strong`
and so tells hard rows from broken ones. For GRPO a row teaches only where the rate lies between 0 and 1: with bounds,
the others leave the grpo view and stay in all the others.

What always holds:
- Every answer is in the journal before it counts, in the run directory of the dataset's own build unless another is
  named, under its lock. Run again after kill -9, or with a greater k, nothing is paid twice.
- Rows stream: in memory are the rows in flight and two numbers a row.
- The dataset is rewritten once, at the end, by the swap that publishing uses.
- An answer that was cut off is not solved. A row that the endpoint cannot take whole is not measured: its rate is null.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longctx_synth import checks
from longctx_synth.engine import Stop
from longctx_synth.errors import Interrupted, LongctxError, RefusedError, SettingsError, WindowError
from longctx_synth.journal import Journal
from longctx_synth.llm.session import session
from longctx_synth.publish import recover, revise
from longctx_synth.publish.card import max_length, measure_name
from longctx_synth.publish.reading import columns, shards, values
from longctx_synth.publish.revision import shards_by_split
from longctx_synth.publish.tally import DIFFICULTIES, Tally, difficulty
from longctx_synth.records import MEASURED, Record
from longctx_synth.settings import make_settings
from longctx_synth.strata import stable_seed
from longctx_synth.studies.streaming import listen, stream

Bounds = tuple[float, float]

NEEDED = ["id", "prompt", "checks", "split", "prompt_tokens", "completion_tokens", "prompt_hash"]
NO_ROOM = "prompt and answer do not fit the endpoint's window"
REFUSED_AT_FIRST, REFUSED_IN_A_ROW = 8, 50  # rows: then it is the endpoint that is wrong, not the rows


@dataclass(frozen=True)
class Solver:
    """Who is asked. endpoint: "embedded", "embedded:PATH.gguf" or URLs of replicas; window: where the server does not tell it."""

    endpoint: Sequence[str]
    model: str = ""
    window: int | None = None


@dataclass
class Asked:
    """What came of asking one solver: answers, how many were cut off, and why rows are without a rate (by reason, rows)."""

    model: str
    kind: str
    answers: int = 0
    cut: int = 0
    unmeasured: Counter[str] = field(default_factory=Counter)
    refusal: RefusedError | None = None
    in_a_row: int = 0


@dataclass
class Difficulty:
    """What was found out. suspected: (id, solve rate, strong rate) of the rows that the strong solver never solved.

    left_whole: splits where no rate lies between the bounds, so that nothing was left out of the grpo view.
    """

    folder: Path
    splits: list[str]
    k: int
    asked: dict[str, Asked]
    tally: Tally
    suspected: list[tuple[str, float | None, float]]
    left_whole: list[str]
    usage: dict[str, Any]

    def lines(self) -> list[str]:
        """The table and what else a person should know, a line each."""
        head = ("split", "rows", "mean rate", *DIFFICULTIES, "in grpo")
        table: list[tuple[str, ...]] = [head]
        for split in self.splits:
            counts = self.tally.difficulties(split)
            rates = [(rate, rows) for (rate, _), rows in self.tally.solved[split].items() if rate is not None]
            rated = sum(rows for _, rows in rates)
            mean = f"{sum(rate * rows for rate, rows in rates) / rated:.2f}" if rated else "-"
            numbers = [sum(counts.values()), mean, *(counts[name] for name in DIFFICULTIES)]
            table.append((split, *map(str, numbers), str(self.tally.view_rows(split, "grpo"))))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        told = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        for name, asked in self.asked.items():
            told.append(f"{name}: {asked.answers:,} answers of {asked.model}, {self.k} a row")
            told += [f"{rows:6d} rows not measured: {why}" for why, rows in asked.unmeasured.most_common()]
            if asked.refusal is not None:
                told.append(f"        {asked.refusal}")
            if asked.cut:
                told.append(
                    f"{asked.cut:6d} answers were cut off and count as not solved; --max-tokens gives more room"
                )
        if self.suspected:
            told.append(f"suspected broken, the stronger model never solved them ({len(self.suspected)}):")
            told += [f"  {id_}  {_rate(rate)}, stronger {_rate(strong)}" for id_, rate, strong in self.suspected]
        return told


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2f}"


def parse_bounds(text: str) -> Bounds:
    """`0-1` or `0.1-0.9` as two exclusive bounds of the solve rate. Raises SettingsError."""
    match = re.fullmatch(r"(\d*\.?\d+)-(\d*\.?\d+)", text.strip())
    if match is None or not 0 <= float(match[1]) < float(match[2]) <= 1:
        raise SettingsError(f"--keep {text}: write two shares, the lower one first, such as 0-1 or 0.1-0.9.")
    return float(match[1]), float(match[2])


def measure(
    folder: Path | str,
    solver: Solver,
    strong: Solver | None = None,
    *,
    k: int = 8,
    temperature: float = 1.0,
    max_tokens: int | None = None,
    splits: Sequence[str] = ("train",),
    keep: Bounds | None = None,
    run_dir: Path | None = None,
    concurrency: int | None = None,
    timeout: float = 1800.0,
    retries: int = 6,
    progress: Callable[[int, int], None] = lambda done, rows: None,
) -> Difficulty:
    """Measure the rows of `splits` in the dataset `folder` and write their rates into it.

    k: answers a row and solver. max_tokens: room of an answer; None takes twice the row's own answer, rounded up.
    keep: exclusive bounds; rows of `splits` whose rate is known and not between them leave the grpo view, and those that
    had left it before come back; None: all come back. Rates and views of other splits, and rates of a strong solver
    asked before when none is asked now, stay. run_dir: default `folder/.run`. progress: called with (rows done, rows).
    Raises SettingsError for a folder that is none of our datasets, EndpointError and RunLockedError as a build does.
    """
    folder = Path(folder)
    if k < 1 or (max_tokens is not None and max_tokens < 1):
        raise SettingsError("--k and --max-tokens must be at least 1.")
    if strong is not None and strong == solver:
        raise SettingsError("--strong-endpoint is the same as --endpoint; name a stronger model, or leave it out.")
    if not (folder / "data").is_dir() and not (folder / "data.old").is_dir():
        shards(folder)  # says what is wrong
    state = Path(run_dir or folder / ".run")
    with Journal.open(state) as journal:
        recover(folder)
        files = _files(folder, splits)
        total = sum(1 for file in files for _ in _checked(file))
        study = _Study(journal, k, temperature, max_tokens, progress, total)
        options = {"temperature": temperature, "concurrency": concurrency, "timeout": timeout, "retries": retries}
        asyncio.run(study.run(files, {"weak": solver, **({"strong": strong} if strong else {})}, options, state))
        return _write(folder, study, list(dict.fromkeys(splits)), keep)


# What is asked of


def _files(folder: Path, splits: Sequence[str]) -> list[Path]:
    """The shards of these splits. Raises SettingsError where they are none of ours or a split is not there."""
    for shard in shards(folder):
        missing = [name for name in NEEDED if name not in columns(shard)]
        if missing:
            raise SettingsError(
                f"data/{shard.name} has no column {', '.join(missing)}: difficulty runs the checks that travel with the rows "
                "of a dataset built by longctx-synth; give the folder of one."
            )
    found = shards_by_split(folder)  # before anything is paid: can they be rewritten?
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"{str(folder)!r} cannot be written to, and the rates belong into it; copy it elsewhere.")
    for split in splits:
        if split not in found:
            raise SettingsError(f"--split {split}: {str(folder)!r} has the splits {', '.join(found)}.")
    return [shard for split in dict.fromkeys(splits) for shard in found[split]]


def _checked(file: Path) -> Iterator[None]:
    """One item a row, once its checks are known to run: before anything is paid."""
    for row in values(file, ["id", "checks"]):
        try:
            specs = checks.parse(row["checks"] or "[]")
        except LongctxError as error:
            raise SettingsError(f"The checks of row {row['id']} in data/{file.name} cannot be run: {error}") from None
        if not specs:
            raise SettingsError(
                f"Row {row['id']} in data/{file.name} has no checks, so nothing says whether an answer solves it; "
                "give a dataset whose every row has some."
            )
        yield


def _key(id_: str, prompt_hash: str) -> int:
    return stable_seed(id_, prompt_hash)


class _Study:
    """The asking: rates by row, and what came of it by solver."""

    def __init__(
        self,
        journal: Journal,
        k: int,
        temperature: float,
        max_tokens: int | None,
        progress: Callable[[int, int], None],
        total: int,
    ) -> None:
        self.journal, self.k, self.temperature, self.max_tokens = journal, k, temperature, max_tokens
        self.progress, self.total, self.done = progress, total, 0
        self.stop = Stop()
        self.asked: dict[str, Asked] = {}
        self.usage: Counter[str] = Counter()
        self.rates: dict[int, tuple[float | None, float | None]] = {}
        self.seen: dict[str, set[float]] = {}  # the different rates of a split, at most k + 1
        self._same: dict[tuple[float | None, float | None], tuple[float | None, float | None]] = {}

    async def run(self, files: list[Path], solvers: dict[str, Solver], options: dict[str, Any], state: Path) -> None:
        async with AsyncExitStack() as stack:
            doors: dict[str, Any] = {}
            for name, solver in solvers.items():
                # "pieces": what a session holds against the window otherwise is the length of rows yet to be built.
                given = {"endpoint": list(solver.endpoint), "model": solver.model, "window": solver.window}
                settings = make_settings({"paradigm": "difficulty", "answer": "pieces", **given, **options})
                doors[name] = await stack.enter_async_context(session(settings, self.journal, state))
                self.asked[name] = Asked(doors[name].model, doors[name].kind)
            alone = all(door.kind == "embedded" for door in doors.values())
            width = math.ceil(2 * (options["concurrency"] or (1 if alone else 64)) / self.k)
            listen(self.stop)
            rows = (row for file in files for row in values(file, NEEDED))
            fault = await stream(rows, lambda row: self._row(row, doors), width=width, stop=self.stop)
            for door in doors.values():
                self.usage.update(door.usage())
        if self.stop.asked and self.done < self.total:
            raise Interrupted(
                f"Interrupted with {self.done} of {self.total} rows measured; their answers are safe, the dataset is as it "
                "was, and the same command goes on."
            )
        if fault is not None:
            raise fault
        for asked in self.asked.values():
            if asked.refusal is not None and not asked.answers:
                raise asked.refusal

    async def _row(self, row: dict[str, Any], doors: dict[str, Any]) -> None:
        work = (self._solve(name, door, row) for name, door in doors.items())
        ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        rates: Any = (ends[0], ends[1] if len(ends) > 1 else None)
        self.rates[_key(row["id"], row["prompt_hash"])] = self._same.setdefault(rates, rates)
        if rates[0] is not None:
            self.seen.setdefault(row["split"], set()).add(rates[0])
        self.done += 1
        self.progress(self.done, self.total)

    async def _solve(self, name: str, door: Any, row: dict[str, Any]) -> float | None:
        """The share of k answers that pass every check; None, with the reason counted, where the row cannot be asked."""
        asked = self.asked[name]
        ask = door.case(f"difficulty/{name}/{row['id']}", 0)
        room = self.max_tokens or max_length(2 * row["completion_tokens"])
        # Of the window that the row takes, by the trainer's tokenizer; the endpoint's own may count a fifth less or more.
        share = (row["prompt_tokens"] + room) / door.window if door.window else 0.0

        async def once() -> Any:
            return await ask(row["prompt"], max_tokens=room, temperature=self.temperature)

        try:
            if share > 1.25:
                raise WindowError
            # The first alone: it tells whether the row can be asked, and warms the server's prefix cache for the others.
            answers = [await once()]
            ends = await asyncio.gather(*(once() for _ in range(self.k - 1)), return_exceptions=True)
            for end in ends:
                if isinstance(end, BaseException):
                    raise end
            answers += ends
        except WindowError:
            asked.unmeasured[NO_ROOM] += 1
            return None
        except RefusedError as error:
            if share > 0.8:
                asked.unmeasured[NO_ROOM] += 1
                return None
            asked.refusal = asked.refusal or error
            asked.in_a_row += 1
            if asked.in_a_row >= (REFUSED_IN_A_ROW if asked.answers else REFUSED_AT_FIRST):
                raise
            asked.unmeasured["refused by the endpoint"] += 1
            return None
        asked.in_a_row = 0
        if any(answer.truncated for answer in answers):
            asked.unmeasured["the server cut the prompt silently"] += 1
            return None
        asked.answers += len(answers)
        asked.cut += sum(not answer.finished for answer in answers)
        specs = checks.parse(row["checks"])
        solved = [answer.finished and checks.judge(specs, answer.text, row["prompt"]).passed for answer in answers]
        return sum(solved) / len(solved)


# What is written


def _write(folder: Path, study: _Study, splits: list[str], keep: Bounds | None) -> Difficulty:
    """The rates into the dataset, flat rows out of the grpo view."""
    left_whole = [
        split for split in splits if keep and not any(keep[0] < rate < keep[1] for rate in study.seen.get(split, ()))
    ]
    suspected: list[tuple[str, float | None, float]] = []

    def change(record: Record, was_flat: bool) -> bool:
        found = study.rates.get(_key(record.id, record.prompt_hash))
        if found is None:
            return was_flat
        record.solve_rate = found[0]
        if "strong" in study.asked:
            record.solve_rate_strong = found[1]
        strong = record.solve_rate_strong
        if strong is not None and difficulty(record.solve_rate, strong) == "suspected broken":
            suspected.append((record.id, record.solve_rate, strong))
        if keep is None or record.solve_rate is None or record.split in left_whole:
            return False
        return not keep[0] < record.solve_rate < keep[1]

    told = {}
    for split in splits:
        for column, asked in zip(MEASURED, study.asked.values(), strict=False):
            how = f"{study.k} answers a row by `{asked.model}` ({asked.kind}), temperature {study.temperature:g}"
            if column == "solve_rate" and keep and split not in left_whole:
                how += f"; the grpo view leaves out rates that are not strictly between {keep[0]:g} and {keep[1]:g}"
            told[measure_name(split, column)] = how
    tally = revise(folder, change, told)
    usage = {name: value for name, value in study.usage.items() if value}
    return Difficulty(folder, splits, study.k, study.asked, tally, suspected, left_whole, usage)
