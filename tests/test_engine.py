"""The engine: exactly N rows, the same ones whatever the timing, and a story told by the funnel."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from longctx_synth.engine import Engine, Limits, Stop
from longctx_synth.errors import EndpointError, Interrupted, RefusedError, Reject, StuckError
from longctx_synth.journal import Journal
from longctx_synth.parts import Parts
from longctx_synth.records import Record, prompt_hash


@dataclass
class Case:
    split: str
    number: int
    try_: int

    @property
    def id(self) -> str:
        return f"{self.split}/{self.number}/{self.try_}"

    @property
    def seed(self) -> int:
        return random.Random(self.id).getrandbits(40)


class Maker:
    """Rejects a third of the tries, repeats prompts now and then, and takes a while that depends on `jitter` alone."""

    rows_per_case = 1

    def __init__(self, jitter: int = 0) -> None:
        self.jitter = random.Random(jitter)
        self.made: list[str] = []
        self.most = self.now = 0

    def case(self, split: str, number: int, try_: int) -> Case:
        return Case(split, number, try_)

    async def make(self, case: Case, ask: object) -> list[Record]:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(self.jitter.randrange(8)):
            await asyncio.sleep(0)
        self.now -= 1
        self.made.append(case.id)
        rng = random.Random(case.seed)
        if rng.random() < 0.33:
            raise Reject("draft", "unlucky")
        return [row(case, f"prompt {rng.randrange(200)} of {case.split}", repaired=rng.random() < 0.5)]


def row(case: Case, text: str, repaired: bool = False) -> Record:
    prompt = [{"role": "user", "content": text}]
    return Record(
        id=case.id,
        prompt=prompt,
        completion=[{"role": "assistant", "content": case.id}],
        scenario={"kind": "test"},
        split=case.split,
        prompt_hash=prompt_hash(prompt),
        repairs=["case"] if repaired else [],
    )


async def run(folder: Path, maker: Maker, rows: dict[str, int], **options) -> tuple[Engine, list[Record]]:
    limits = options.pop("limits", Limits(concurrency=8))
    with Journal.open(folder) as journal:
        engine = Engine(
            maker,
            rows,
            parts=Parts(folder / "parts", ["kind"]),
            journal=journal,
            ask_for=lambda case, seed: None,
            limits=limits,
            **options,
        )
        await engine.run()
        return engine, [r for split in rows for r in engine.parts.read(split, rows[split])]


async def test_exactly_the_rows_that_were_asked_for(tmp_path):
    engine, records = await run(tmp_path, Maker(), {"train": 90, "test": 7})
    assert [r.split for r in records] == ["train"] * 90 + ["test"] * 7
    assert engine.funnel.accepted == 97
    assert engine.funnel.rejected["draft", "unlucky"] > 10
    assert engine.funnel.rejected["duplicate", "the same prompt as an earlier row"] > 5


async def test_the_accepted_set_does_not_depend_on_timing(tmp_path):
    runs = []
    for jitter, concurrency in ((1, 1), (2, 8), (3, 64)):
        _, records = await run(
            tmp_path / str(jitter), Maker(jitter), {"train": 80}, limits=Limits(concurrency, max_repaired=0.3)
        )
        runs.append([r.id for r in records])
    assert runs[0] == runs[1] == runs[2]


async def test_duplicates_and_repairs_are_bounded_on_every_prefix(tmp_path):
    _, records = await run(tmp_path, Maker(), {"train": 80}, limits=Limits(8, max_repaired=0.3))
    assert len({r.prompt_hash for r in records}) == 80
    for end in range(1, 81):
        assert sum(bool(r.repairs) for r in records[:end]) <= -(-3 * end // 10)


async def test_a_run_can_grow_and_keeps_its_first_rows(tmp_path):
    _, few = await run(tmp_path / "a", Maker(), {"train": 30})
    maker = Maker(5)
    _, more = await run(tmp_path / "a", maker, {"train": 70})
    _, fresh = await run(tmp_path / "b", Maker(), {"train": 70})
    assert [r.id for r in more[:30]] == [r.id for r in few]
    assert [r.id for r in more] == [r.id for r in fresh]
    assert not {f"train/{number}" for number in range(30)} & {made.rsplit("/", 1)[0] for made in maker.made}
    _, again = await run(tmp_path / "a", Maker(), {"train": 12})
    assert [r.id for r in again] == [r.id for r in few[:12]]


async def test_a_slot_that_is_always_rejected_stops_the_run(tmp_path):
    class Hopeless(Maker):
        async def make(self, case, ask):
            if case.number == 3:
                raise Reject("facts", "missing")
            return [row(case, case.id)]

    with pytest.raises(StuckError, match=r"train row 3 was rejected 20 times.*3 of 9|facts: missing"):
        await run(tmp_path, Hopeless(), {"train": 9}, limits=Limits(2))
    assert Parts(tmp_path / "parts", ["kind"]).cases("train") == 3


async def test_many_rejections_in_a_row_stop_the_run(tmp_path):
    class Hopeless(Maker):
        async def make(self, case, ask):
            raise Reject("facts", "missing")

    with pytest.raises(StuckError, match="50 tries in a row"):
        await run(tmp_path, Hopeless(), {"train": 100}, limits=Limits(40))


async def test_a_failing_endpoint_leaves_cases_unsettled_and_rejects_nothing(tmp_path):
    class Flaky(Maker):
        failures = 2

        async def make(self, case, ask):
            if case.number == 2 and self.failures:
                self.failures -= 1
                raise EndpointError("gone for a moment")
            return [row(case, case.id)]

    engine, records = await run(tmp_path, Flaky(), {"train": 9})
    assert len(records) == 9
    assert not engine.funnel.rejected


async def test_an_endpoint_that_stays_away_ends_the_run_with_everything_safe(tmp_path):
    class Dead(Maker):
        async def make(self, case, ask):
            if case.number >= 5:
                raise EndpointError("http://127.0.0.1:1 does not answer")
            return [row(case, case.id)]

    with pytest.raises(EndpointError, match="does not answer"):
        await run(tmp_path, Dead(), {"train": 9})
    maker = Maker()
    _, records = await run(tmp_path, maker, {"train": 9})
    assert [r.id for r in records[:5]] == [f"train/{n}/0" for n in range(5)]


async def test_a_refused_request_stops_at_once(tmp_path):
    class Refused(Maker):
        calls = 0

        async def make(self, case, ask):
            self.calls += 1
            raise RefusedError("no such model")

    maker = Refused()
    with pytest.raises(RefusedError, match="no such model"):
        await run(tmp_path, maker, {"train": 90}, limits=Limits(4))
    assert maker.calls == 4


async def test_a_bug_in_a_case_is_counted_and_logged_not_a_crash(tmp_path, caplog):
    class Buggy(Maker):
        async def make(self, case, ask):
            if case.try_ == 0:
                raise KeyError("oops")
            return [row(case, case.id)]

    engine, records = await run(tmp_path, Buggy(), {"train": 5})
    assert len(records) == 5
    assert engine.funnel.rejected["builder", "KeyError"] == 5
    assert "oops" in caplog.text


async def test_the_first_wish_to_stop_finishes_what_is_in_flight(tmp_path):
    stop = Stop()

    class Slow(Maker):
        async def make(self, case, ask):
            if case.number == 10:
                stop.ask()
            await asyncio.sleep(0)
            self.made.append(case.id)
            return [row(case, case.id)]

    maker = Slow()
    with pytest.raises(Interrupted, match="the same command goes on"):
        await run(tmp_path, maker, {"train": 90}, limits=Limits(4), stop=stop)
    kept = Parts(tmp_path / "parts", ["kind"]).cases("train")
    assert kept == len(maker.made) and 11 <= kept <= 14


async def test_the_second_wish_stops_at_once(tmp_path):
    stop = Stop()

    class Endless(Maker):
        async def make(self, case, ask):
            if case.number < 5:
                return [row(case, case.id)]
            if case.number == 6:
                stop.ask()
                stop.ask()
            await asyncio.Event().wait()
            return []

    with pytest.raises(Interrupted):
        await asyncio.wait_for(run(tmp_path, Endless(), {"train": 90}, limits=Limits(4), stop=stop), 20)
    assert Parts(tmp_path / "parts", ["kind"]).cases("train") == 5


async def test_what_is_in_flight_bounds_what_is_ahead(tmp_path):
    class Stalled(Maker):
        furthest = 0
        gate = None

        async def make(self, case, ask):
            self.gate = self.gate or asyncio.Event()
            self.furthest = max(self.furthest, case.number)
            if case.number == 0:
                await self.gate.wait()
            elif case.number >= 31:
                self.gate.set()
            return [row(case, case.id)]

    maker = Stalled()
    _, records = await run(tmp_path, maker, {"train": 300}, limits=Limits(8))
    assert len(records) == 300
    assert maker.furthest == 299


async def test_rows_that_share_a_case_fill_slots_together(tmp_path):
    class Three(Maker):
        rows_per_case = 3

        async def make(self, case, ask):
            return [row(case, f"{case.id} {i}") for i in range(3)]

    _, records = await run(tmp_path, Three(), {"train": 7})
    assert len(records) == 7
    assert [r.prompt[0]["content"] for r in records[3:6]] == [f"train/1/0 {i}" for i in range(3)]
