"""Many things asked about at once: in their order, a bounded number at a time, and what was begun is heard out.

After a fault, or once a person asked to stop, nothing new begins; what is in flight ends by itself, since its answers are
paid for. Asked twice, it is cancelled.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from longctx_synth.engine import Stop

T = TypeVar("T")


def listen(stop: Stop) -> None:
    """Takes Ctrl-C and SIGTERM as a person's wish to stop, where the running loop is the main thread's."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.ask)


async def stream(
    items: Iterable[T], work: Callable[[T], Coroutine[Any, Any, None]], *, width: int, stop: Stop
) -> BaseException | None:
    """Does `work` for the items, `width` at a time, and returns the first fault, if there was one."""
    out: set[asyncio.Task[None]] = set()
    fault: BaseException | None = None

    def stop_at_once() -> None:
        if stop.asked > 1:
            for task in out:
                task.cancel()

    stop.on_ask = stop_at_once
    try:
        for item in items:
            if fault is not None or stop.asked:
                break
            out.add(asyncio.create_task(work(item)))
            while len(out) >= width and fault is None:
                done, out = await asyncio.wait(out, return_when=asyncio.FIRST_COMPLETED)
                faults = [task.exception() for task in done if not task.cancelled()]
                fault = next((each for each in faults if each), None)
        for end in await asyncio.gather(*out, return_exceptions=True):
            fault = fault or (end if isinstance(end, BaseException) else None)
    finally:
        for task in out:
            task.cancel()
    return fault
