"""The number in flight ramps up, falls when the server is overloaded, and grows again."""

from __future__ import annotations

import asyncio

import pytest

from longctx_synth.llm.limits import Limit


async def test_it_starts_low_and_ramps_by_time_alone() -> None:
    now = [0.0]
    limit = Limit(200, start=8, ramp_per_second=100, clock=lambda: now[0])
    waiting = [asyncio.create_task(limit.enter()) for _ in range(200)]
    await asyncio.sleep(0)
    assert limit.in_flight == 8
    now[0] = 0.5
    await asyncio.wait(waiting[:58])
    assert limit.in_flight == 58
    now[0] = 10.0
    await asyncio.gather(*waiting)  # Nobody leaves: only time lets them in.
    assert limit.in_flight == limit.most_in_flight == 200


async def test_answers_ramp_it_up_too() -> None:
    limit = Limit(100, start=4, ramp_per_second=0.0)
    for _ in range(6):
        await limit.enter()
        limit.leave(answered=True)
    assert limit.now == 10


async def test_overload_takes_a_quarter_once_a_round() -> None:
    limit = Limit(100, start=100)
    entered = [await limit.enter() for _ in range(100)]
    for at in entered:
        limit.overloaded(at)  # All were out when the first was told: one fall.
        limit.leave()
    assert limit.now == 75
    assert limit.decreases == 1


async def test_it_grows_by_one_a_round_after_a_fall() -> None:
    limit = Limit(100, start=40)
    entered = [await limit.enter() for _ in range(40)]
    limit.overloaded(entered[0])
    for _ in entered:
        limit.leave()
    assert limit.now == 30
    for _ in range(30):
        await limit.enter()
        limit.leave(answered=True)
    assert 30.9 < limit.now < 31.1


async def test_it_never_falls_below_one_and_nobody_starves() -> None:
    limit = Limit(10, start=10)
    order: list[int] = []

    async def one(number: int) -> None:
        entered = await limit.enter()
        order.append(number)
        limit.overloaded(entered)
        await asyncio.sleep(0)
        limit.leave()

    await asyncio.gather(*(one(number) for number in range(50)))
    assert limit.now == 1
    assert order == list(range(50))
    assert limit.in_flight == 0


async def test_a_waiter_that_is_cancelled_takes_no_place() -> None:
    limit = Limit(1, start=1)
    await limit.enter()
    waiting = [asyncio.create_task(limit.enter()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    limit.leave()  # Gives the place to the second in the same step.
    waiting[1].cancel()
    await asyncio.gather(*waiting[:2], return_exceptions=True)
    await asyncio.wait_for(waiting[2], 5)
    assert limit.in_flight == 1


def test_nothing_may_be_in_flight_is_no_setting() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Limit(0)
