"""How many requests are in flight to one server: additive increase, multiplicative decrease, a ramped start.

A server that is overloaded says so with 429 or 503; then the limit falls to three quarters, once per round (the
requests that were already out when it fell do not make it fall again), and grows again by about one per round of
answers. Before the first such word the limit ramps up from `start`: by time, since answers may take half an hour, and
with every answer, so that a fast server is filled at once. What waits, waits in order.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

START = 32
RAMP_PER_SECOND = 512.0
DECREASE = 0.75


class Limit:
    """The number of requests that may be in flight, between 1 and `most`. Used from one event loop."""

    def __init__(
        self,
        most: int,
        start: int = START,
        ramp_per_second: float = RAMP_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1:
            raise ValueError(f"most must be at least 1, got {most}")
        self.most = most
        self.now = float(min(start, most))
        self.in_flight = 0
        self.most_in_flight = 0
        self.decreases = 0
        self._ramp = ramp_per_second
        self._clock = clock
        self._ramped = clock()
        self._fell = float("-inf")
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ramping(self) -> bool:
        """Whether no overload was seen yet."""
        return self.decreases == 0

    async def enter(self) -> float:
        """Wait for a place and take it; returns the time of entry, to be given to `overloaded`."""
        if self.in_flight >= int(self.now) or self._waiting:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._admit()
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self.in_flight -= 1  # The place was given in the same moment as we were cancelled: hand it on.
                    self._admit()
                raise
        else:
            self.in_flight += 1
            if self.in_flight > self.most_in_flight:
                self.most_in_flight = self.in_flight
        return self._clock()

    def leave(self, answered: bool = False) -> None:
        """Give the place back. answered: the server answered well, so the limit may grow."""
        self.in_flight -= 1
        if answered and self.now < self.most:
            self.now = min(float(self.most), self.now + (1.0 if self.ramping else 1.0 / self.now))
        if self._waiting:
            self._admit()

    def overloaded(self, entered: float) -> None:
        """The server said that it has too much to do, to a request that entered at `entered`."""
        if entered <= self._fell:
            return
        self.now = max(1.0, min(self.now, float(max(self.in_flight, 1))) * DECREASE)
        self._fell = self._clock()
        self.decreases += 1

    def _admit(self) -> None:
        if self.ramping and self.now < self.most:
            now = self._clock()
            # Nothing accrues while nobody waits: a burst after a pause is ramped like the first.
            if self._waiting and self._timer is not None:
                self.now = min(float(self.most), self.now + (now - self._ramped) * self._ramp)
            self._ramped = now
        while self._waiting and (self.in_flight < int(self.now) or self._waiting[0].done()):
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self._waiting and self._timer is None and self.ramping and self.now < self.most:
            self._timer = asyncio.get_running_loop().call_later(0.02, self._tick)

    def _tick(self) -> None:
        self._admit()
        self._timer = None
        if self._waiting and self.ramping and self.now < self.most:
            self._timer = asyncio.get_running_loop().call_later(0.02, self._tick)
