"""What a call costs on the client's side, journal included, next to the floor: the bare HTTP client.

    python benchmarks/engine.py                 # the whole table, about five minutes on two cores
    python benchmarks/engine.py --in-flight 64 --chars 400000

A server in a process of its own answers every chat completion at once. Each cell of the table is a process of its
own, so that peak memory is the cell's. "floor": json.dumps, aiohttp's post with its limit of connections lifted,
json.loads; no retries, no journal, nothing kept. "ask": `Asker` with client and journal. "engine": that under the
engine, a short row a call. "rows": the same with the prompt in the row, so with parquet's cost. CPU is process_time
of the client, all threads; KiB on disk are the journal's, a call. The prompts all differ. The last line holds every
answer back for a second to see how many are really in flight.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPLY = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "instant",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "word " * 100}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 100, "total_tokens": 100},
    }
).encode()


class Instant(asyncio.BufferedProtocol):
    """Just enough HTTP to read a request of any size and answer it."""

    delay = 0.0
    in_flight = 0
    most_in_flight = 0
    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Prepare for the first request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = bytearray(1 << 18)
        self.head = b""
        self.owed = -1  # bytes of the body to come; -1 while the head is read

    def get_buffer(self, sizehint: int) -> bytearray:
        """One buffer for all: what is read is only counted."""
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Count what came; answer when the request is whole."""
        if self.owed < 0:
            self.head += bytes(self.buffer[:nbytes])
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.head[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.owed = length - (len(self.head) - end - 4)
            Instant.in_flight += 1
            Instant.most_in_flight = max(Instant.most_in_flight, Instant.in_flight)
        else:
            self.owed -= nbytes
        if self.owed <= 0:
            stats = self.head.startswith(b"GET /stats")
            self.head, self.owed = b"", -1
            if stats:
                self.finish(json.dumps({"most": Instant.most_in_flight, "answered": Instant.answered}).encode())
                Instant.most_in_flight = 0
            elif Instant.delay:
                asyncio.get_running_loop().call_later(Instant.delay, self.finish, REPLY)
            else:
                self.finish(REPLY)

    def finish(self, body: bytes) -> None:
        """Send an answer whole."""
        Instant.in_flight -= 1
        Instant.answered += 1
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def serve(delay: float) -> None:
    """The server's process: prints its URL and runs until killed."""
    Instant.delay = delay
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


async def drive(requests: int, in_flight: int, one: Callable[[int], Awaitable[None]]) -> tuple[float, float]:
    """Run `one(i)` for every i, `in_flight` at a time, after a warm-up; returns wall and CPU seconds."""

    async def worker(numbers: Any) -> None:
        for number in numbers:
            await one(number)

    async def round_of(numbers: range) -> None:
        shared = iter(numbers)
        await asyncio.gather(*(worker(shared) for _ in range(in_flight)))

    await round_of(range(in_flight))
    wall, cpu = time.perf_counter(), time.process_time()
    await round_of(range(in_flight, in_flight + requests))
    return time.perf_counter() - wall, time.process_time() - cpu


async def floor(url: str, requests: int, in_flight: int, text: str) -> dict[str, float]:
    """The bare client."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:

        async def one(number: int) -> None:
            message = {"role": "user", "content": f"{number} {text}"}
            body = {"model": "instant", "messages": [message], "max_tokens": 512, "temperature": 0.7, "seed": number}
            data = json.dumps(body).encode()
            headers = {"Content-Type": "application/json"}
            async with session.post(f"{url}/v1/chat/completions", data=data, headers=headers) as reply:
                json.loads(await reply.read())["choices"][0]["message"]["content"]

        wall, cpu = await drive(requests, in_flight, one)
    return {"wall": wall, "cpu": cpu, "disk": 0.0}


async def ask(url: str, requests: int, in_flight: int, text: str) -> dict[str, float]:
    """`Asker`, client and journal."""
    from longctx_synth.journal import Journal
    from longctx_synth.llm.ask import Asker
    from longctx_synth.llm.client import Client
    from longctx_synth.llm.endpoint import EndpointInfo

    folder = Path(tempfile.mkdtemp(prefix="longctx-benchmark-"))
    try:
        with Journal.open(folder) as journal:
            async with Client([EndpointInfo("openai", "instant", None, url)], concurrency=in_flight) as client:
                asker = Asker(client, journal)

                async def one(number: int) -> None:
                    await asker.case(f"train/{number}/0", number)([{"role": "user", "content": f"{number} {text}"}])

                wall, cpu = await drive(requests, in_flight, one)
            assert asker.usage.sent == requests + in_flight == len(journal)
        disk = sum(file.stat().st_size for file in folder.iterdir()) / (requests + in_flight)
    finally:
        shutil.rmtree(folder)
    return {"wall": wall, "cpu": cpu, "disk": disk}


async def rows(url: str, requests: int, in_flight: int, text: str, *, whole: bool = False) -> dict[str, float]:
    """The engine over `Asker`: one call a case, one row a case; `whole` keeps the long prompt in the row."""
    from longctx_synth.engine import Engine, Limits
    from longctx_synth.journal import Journal
    from longctx_synth.llm.ask import Asker
    from longctx_synth.llm.client import Client
    from longctx_synth.llm.endpoint import EndpointInfo
    from longctx_synth.parts import Parts
    from longctx_synth.records import Record

    @dataclass(frozen=True)
    class Case:
        number: int

        @property
        def id(self) -> str:
            return f"train/{self.number}/0"

        @property
        def seed(self) -> int:
            return self.number

    class Maker:
        rows_per_case = 1

        def case(self, split: str, number: int, try_: int) -> Case:
            return Case(number)

        async def make(self, case: Case, ask: Any) -> list[Record]:
            messages = [{"role": "user", "content": f"{case.number} {text}"}]
            answer = await ask(messages)
            kept = messages if whole else [{"role": "user", "content": str(case.number)}]
            completion = [{"role": "assistant", "content": answer.text}]
            return [Record(case.id, kept, completion, scenario={"kind": "x"}, prompt_hash=case.id)]

    folder = Path(tempfile.mkdtemp(prefix="longctx-benchmark-"))
    try:
        with Journal.open(folder) as journal:
            async with Client([EndpointInfo("openai", "instant", None, url)], concurrency=in_flight) as client:
                asker = Asker(client, journal)
                parts = Parts(folder / "parts", ["kind"])
                for count in (in_flight, in_flight + requests):  # a warm-up, and then the run grows
                    limits = Limits(concurrency=in_flight)
                    engine = Engine(
                        Maker(), {"train": count}, parts=parts, journal=journal, ask_for=asker.case, limits=limits
                    )
                    wall, cpu = time.perf_counter(), time.process_time()
                    await engine.run()
                    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            assert asker.usage.sent == requests + in_flight == len(journal)
        disk = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) / (requests + in_flight)
    finally:
        shutil.rmtree(folder)
    return {"wall": wall, "cpu": cpu, "disk": disk}


CLIENTS: dict[str, Callable[..., Any]] = {
    "floor": floor,
    "ask": ask,
    "engine": rows,
    "rows": functools.partial(rows, whole=True),
}


def cell(client: str, url: str, requests: int, in_flight: int, chars: int) -> dict[str, float]:
    """One cell, in a process of its own."""
    command = [sys.executable, __file__, "--cell", client, "--url", url, "--requests", str(requests)]
    command += ["--in-flight", str(in_flight), "--chars", str(chars)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def start_server(delay: float) -> tuple[subprocess.Popen[str], str]:
    """A server process and its URL."""
    command = [sys.executable, __file__, "--serve", str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def most_in_flight(url: str) -> int:
    """How many requests the server held at once since it was last asked."""
    import urllib.request

    with urllib.request.urlopen(f"{url}/stats") as reply:
        return json.load(reply)["most"]


def table(in_flights: list[int], sizes: list[int], repeats: int) -> None:
    """Print the whole table."""
    heads = ("in flight", "chars", "client", "rows/s", "CPU ms", "x floor", "MiB", "KiB disk")
    print("{:>9} {:>7} {:>6} {:>8} {:>7} {:>8} {:>6} {:>9}".format(*heads))
    server, url = start_server(0.0)
    try:
        for chars in sizes:
            for in_flight in in_flights:
                requests = max(in_flight * 4, 6000) if chars < 10_000 else max(in_flight, 512)
                # Turn about, and the least of each: what else the machine does only ever adds.
                runs: dict[str, list[dict[str, float]]] = {name: [] for name in CLIENTS}
                for _ in range(repeats):
                    for name in CLIENTS:
                        runs[name].append(cell(name, url, requests, in_flight, chars))
                cpu = {name: min(run["cpu"] for run in runs[name]) for name in CLIENTS}
                for name in CLIENTS:
                    wall = min(run["wall"] for run in runs[name])
                    memory = max(run["memory"] for run in runs[name])
                    disk = max(run["disk"] for run in runs[name]) / 1024
                    print(
                        f"{in_flight:>9} {chars:>7} {name:>6} {requests / wall:>8.0f} "
                        f"{1000 * cpu[name] / requests:>7.3f} "
                        f"{cpu[name] / cpu['floor']:>8.2f} {memory:>6.0f} {disk:>9.2f}",
                        flush=True,
                    )
    finally:
        server.kill()
        server.wait()
    most = max(in_flights)
    server, url = start_server(1.0)
    try:
        run = cell("ask", url, 2 * most, most, 200)
        print(
            f"asked for {most:,} in flight, answers held back 1 s: the server held {most_in_flight(url):,} at once, "
            f"{2 * most / run['wall']:.0f} rows/s"
        )
    finally:
        server.kill()
        server.wait()


def main() -> None:
    """Parse and run."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--in-flight", type=int, action="append")
    options.add_argument("--chars", type=int, action="append")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--requests", type=int, help=argparse.SUPPRESS)
    options.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    options.add_argument("--cell", choices=CLIENTS, help=argparse.SUPPRESS)
    options.add_argument("--url", help=argparse.SUPPRESS)
    given = options.parse_args()
    in_flights, sizes = given.in_flight or [64, 256, 1024], given.chars or [200, 400_000]
    if given.serve is not None:
        asyncio.run(serve(given.serve))
    elif given.cell:
        text = ("A sentence of the document, of no particular content at all. " * (sizes[0] // 62 + 1))[: sizes[0]]
        found = asyncio.run(CLIENTS[given.cell](given.url, given.requests, in_flights[0], text))
        unit = 2**20 if sys.platform == "darwin" else 2**10
        print(json.dumps({**found, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}))
    else:
        table(in_flights, sizes, given.repeats)


if __name__ == "__main__":
    main()
