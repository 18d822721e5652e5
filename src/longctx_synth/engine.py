"""The engine: runs a builder's cases to exactly the rows that were asked for.

A *slot* is (split, number); a case fills one slot or, where rows share a document, `rows_per_case` slots in a row. Each
slot is tried, with a new seed a try, until a try is accepted. Accepted cases are admitted strictly in slot order, and what
depends on other rows (duplicates, the share of repaired rows) is decided there: so the accepted set depends on no timing,
and a run of N rows is a prefix of a run of N + 1. Slots are started at most `WINDOW` times the concurrency ahead of the
first unsettled one, so memory is bounded by what is in flight, not by N.

Only verdicts reject (`Reject`, counted in the funnel by stage and reason). An endpoint that fails leaves a case unsettled:
it is done again, and when the endpoint stays away the run stops with everything safe.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from longctx_synth.errors import EndpointError, Interrupted, LongctxError, RefusedError, Reject, StuckError
from longctx_synth.journal import Journal
from longctx_synth.parts import Parts
from longctx_synth.records import Record

log = logging.getLogger("longctx_synth")

WINDOW = 4
ENDPOINT_FAILURES = 3  # of one case, after the client's own retries, before the run stops


class CaseLike(Protocol):
    """What the engine needs of a case: its durable name and its seed."""

    @property
    def id(self) -> str: ...
    @property
    def seed(self) -> int: ...


class Maker(Protocol):
    """What the engine needs of a builder."""

    rows_per_case: int

    def case(self, split: str, number: int, try_: int) -> CaseLike: ...
    async def make(self, case: Any, ask: Any) -> list[Record]: ...


@dataclass(frozen=True)
class Limits:
    """How much is in flight, and when a run gives up."""

    concurrency: int = 64
    tries_per_slot: int = 20
    rejections_in_a_row: int = 50
    max_repaired: float = 1.0


@dataclass
class Funnel:
    """What became of every try. `rejected` counts by (stage, reason); yield is accepted over tries."""

    accepted: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def tries(self) -> int:
        """Tries that came to a verdict."""
        return self.accepted + sum(self.rejected.values())

    def lines(self) -> list[str]:
        """The funnel as text, most frequent reason first."""
        share = self.accepted / self.tries if self.tries else 0.0
        told = [f"{self.accepted} accepted of {self.tries} tries ({share:.0%})"]
        return told + [f"{count:6d}  {stage}: {reason}" for (stage, reason), count in self.rejected.most_common()]


@dataclass
class Progress:
    """Where a run stands, for the live line."""

    wanted: int
    kept: int
    in_flight: int
    funnel: Funnel
    warnings: list[str] = field(default_factory=list)  # names of failure signatures that have tripped


class Stop:
    """A person's wish to stop: `ask()` once finishes what is in flight, twice stops at once, thrice interrupts anything."""

    def __init__(self) -> None:
        self.asked = 0
        self.on_ask: Callable[[], None] = lambda: None

    def ask(self) -> None:
        """Takes one request to stop."""
        self.asked += 1
        if self.asked > 2:
            raise KeyboardInterrupt
        self.on_ask()


@dataclass
class _Outcome:
    split: str
    number: int
    try_: int
    records: list[Record] | None = None
    reject: Reject | None = None
    error: BaseException | None = None


class Engine:
    """One run. `rows` maps splits to wanted rows; what journal and parts already hold is not done again."""

    def __init__(
        self,
        maker: Maker,
        rows: dict[str, int],
        *,
        parts: Parts,
        journal: Journal,
        ask_for: Callable[[str, int], Any],
        limits: Limits,
        progress: Callable[[Progress], None] = lambda progress: None,
        admitted: Callable[[list[Record]], None] = lambda records: None,
        stop: Stop | None = None,
    ) -> None:
        self.admitted = admitted
        self.maker, self.rows, self.parts, self.journal = maker, rows, parts, journal
        self.ask_for, self.limits, self.report = ask_for, limits, progress
        self.stop = stop or Stop()
        self.cases = {split: math.ceil(count / maker.rows_per_case) for split, count in rows.items()}
        self.first = {split: parts.cases(split) for split in rows}  # the first case of a split not yet admitted
        self.next = dict(self.first)
        self.accepted: dict[tuple[str, int], tuple[int, list[Record]]] = {}  # waiting for their turn
        self.again: list[tuple[int, str, int, int]] = []  # a heap of (order, split, number, try)
        self.tries: Counter[tuple[str, int]] = Counter()
        self.failures: Counter[tuple[str, int]] = Counter()
        self.funnel = Funnel()
        self.in_a_row = 0
        self.seen: dict[str, set[str]] = {split: set() for split in rows}
        self.repaired: Counter[str] = Counter()
        self.running: set[asyncio.Task[None]] = set()
        self.in_flight = 0  # started, and its outcome not yet taken: a finished task lingers in `running` for a moment
        self.finished: asyncio.Queue[_Outcome | None] = asyncio.Queue()
        self._remember()

    def _remember(self) -> None:
        """Takes up what an earlier process left: rejected tries from the journal, admitted rows from the parts."""
        for split, number, try_, _, stage, reason in self.journal.outcomes():
            self.tries[split, number] = max(self.tries[split, number], try_ + 1)
            self.funnel.rejected[stage, reason] += 1
        for split in self.rows:
            for values in self.parts.column(split, ["prompt_hash", "repairs"]):
                self.seen[split].add(values["prompt_hash"])
                self.repaired[split] += bool(values["repairs"])
            self.funnel.accepted += self.first[split]

    async def run(self) -> Funnel:
        """Runs until every split has its rows; returns the funnel. Whatever ends it, what was accepted is on disk."""
        self.stop.on_ask = lambda: self.finished.put_nowait(None)
        failure: LongctxError | None = None
        try:
            while True:
                while failure is None and not self.stop.asked and self.in_flight < self.limits.concurrency:
                    slot = self._take()
                    if slot is None:
                        break
                    task = asyncio.create_task(self._try(*slot))
                    self.running.add(task)
                    self.in_flight += 1
                    task.add_done_callback(self.running.discard)
                if not self.in_flight:
                    break
                outcome = await self.finished.get()
                if outcome is None:  # a wish to stop; the second one comes after all that was finished before it
                    if self.stop.asked > 1:
                        break
                    continue
                self.in_flight -= 1
                try:
                    self._settle(outcome)
                except LongctxError as error:
                    failure = failure or error
                self.report(self.where())
        finally:
            for task in self.running:
                task.cancel()
            await asyncio.gather(*self.running, return_exceptions=True)
            self.parts.flush()
        if failure is not None:
            raise failure
        if self.stop.asked and not self._complete():
            raise Interrupted(
                f"Stopped with {self._kept()} of {sum(self.rows.values())} rows, all safe: the same command goes on."
            )
        return self.funnel

    def where(self) -> Progress:
        """The present state, for the live line."""
        return Progress(sum(self.rows.values()), self._kept(), self.in_flight, self.funnel)

    def _kept(self) -> int:
        per = self.maker.rows_per_case
        waiting = Counter(split for split, _ in self.accepted)
        return sum(min((self.first[s] + waiting[s]) * per, self.rows[s]) for s in self.rows)

    def _complete(self) -> bool:
        return all(self.first[split] >= self.cases[split] for split in self.rows)

    def _take(self) -> tuple[str, int, int] | None:
        """The next try to start: rejected slots before new ones, new ones within the window."""
        if self.again:
            _, split, number, try_ = heapq.heappop(self.again)
            return split, number, try_
        for split in self.rows:
            ahead = self.first[split] + max(WINDOW * self.limits.concurrency, 16)
            number = self.next[split]
            if number < min(self.cases[split], ahead):
                self.next[split] += 1
                return split, number, self.tries[split, number]
        return None

    async def _try(self, split: str, number: int, try_: int) -> None:
        outcome = _Outcome(split, number, try_)
        try:
            case = self.maker.case(split, number, try_)
            outcome.records = await self.maker.make(case, self.ask_for(case.id, case.seed))
            if len(outcome.records) != self.maker.rows_per_case:
                told = f"{len(outcome.records)} rows from a case of {self.maker.rows_per_case}"
                outcome.records, outcome.reject = None, Reject("builder", told)
        except Reject as reject:
            outcome.reject = reject
        except LongctxError as error:
            outcome.error = error
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a bad case is data, not a crash: counted, and its traceback is in the log
            log.exception("case %s %d, try %d", split, number, try_)
            outcome.reject = Reject("builder", f"{type(error).__name__}")
        self.finished.put_nowait(outcome)

    def _settle(self, outcome: _Outcome) -> None:
        slot = (outcome.split, outcome.number)
        if outcome.error is not None:
            self.failures[slot] += 1
            passing = isinstance(outcome.error, EndpointError) and not isinstance(outcome.error, RefusedError)
            if not passing or self.failures[slot] >= ENDPOINT_FAILURES:
                raise outcome.error
            self._push(outcome.split, outcome.number, outcome.try_)
        elif outcome.reject is not None:
            self._reject(outcome.split, outcome.number, outcome.try_, outcome.reject)
        elif outcome.records is not None:
            self.in_a_row = 0
            self.accepted[slot] = (outcome.try_, outcome.records)
            self._admit(outcome.split)

    def _admit(self, split: str) -> None:
        """Moves accepted cases into the parts, in slot order; duplicates and excess repairs fall here."""
        while (waiting := self.accepted.pop((split, self.first[split]), None)) is not None:
            number = self.first[split]
            try_, records = waiting
            reject = self._objection(split, number, records)
            if reject is not None:
                self._reject(split, number, try_, reject)
                return
            self.parts.add(split, number, records)
            self.admitted(records)
            self.seen[split].update(record.prompt_hash for record in records)
            self.repaired[split] += sum(bool(record.repairs) for record in records)
            self.tries.pop((split, number), None)
            self.failures.pop((split, number), None)
            self.funnel.accepted += 1
            self.first[split] += 1

    def _objection(self, split: str, number: int, records: list[Record]) -> Reject | None:
        hashes = [record.prompt_hash for record in records]
        if len(set(hashes)) < len(hashes) or self.seen[split].intersection(hashes):
            return Reject("duplicate", "the same prompt as an earlier row")
        repaired = self.repaired[split] + sum(bool(record.repairs) for record in records)
        if repaired > math.ceil(self.limits.max_repaired * (number + 1) * self.maker.rows_per_case):
            return Reject("repair", "more repaired rows than --max-repaired allows")
        return None

    def _reject(self, split: str, number: int, try_: int, reject: Reject) -> None:
        self.journal.outcome(split, number, try_, "rejected", reject.stage, reject.reason)
        self.funnel.rejected[reject.stage, reject.reason] += 1
        self.in_a_row += 1
        self.tries[split, number] = try_ + 1
        if try_ + 1 >= self.limits.tries_per_slot:
            raise StuckError(self._stuck(f"{split} row {number} was rejected {try_ + 1} times"))
        if self.in_a_row >= self.limits.rejections_in_a_row:
            raise StuckError(self._stuck(f"{self.in_a_row} tries in a row were rejected"))
        self._push(split, number, try_ + 1)

    def _push(self, split: str, number: int, try_: int) -> None:
        heapq.heappush(self.again, (number, split, number, try_))

    def _stuck(self, what: str) -> str:
        funnel = "\n".join(self.funnel.lines())
        return (
            f"The run cannot get on: {what}. {self._kept()} of {sum(self.rows.values())} rows are safe; mend what the "
            f"funnel shows (another model, fewer constraints, other --tokens) and run again.\n{funnel}"
        )
