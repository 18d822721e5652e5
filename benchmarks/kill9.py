"""kill -9 at a random moment of a 200-row run, five times: what is paid twice, and whether a byte changes.

    python benchmarks/kill9.py [--rows 200] [--kills 5] [--builder tests/builders/wide]

A scripted server in a process of its own counts the requests it received and the answers it sent whole, and knows an answer
that it sends for a second time. Answers that were on the wire at the kill are in flight, not paid twice: the server's count of
answers sent is read just before the kill and held against what the journal has; the rest of `answered_again` was in flight.
Prints a line a kill, and the median.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402


def parquet(out: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted((out / "data").glob("*.parquet"))}


def stored(run_dir: Path) -> int:
    """Answers in a dead run's journal."""
    database = sqlite3.connect(run_dir / "journal.sqlite")
    try:
        return database.execute("select count(*) from calls").fetchone()[0]
    finally:
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds the server takes for an answer")
    parser.add_argument("--builder", default=str(ROOT / "tests" / "builders" / "toy"))
    parser.add_argument("--responder", default="")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    script = servers.Script(delay=args.delay, responder=args.responder)
    rng = random.Random(args.seed)

    def command(out: Path, url: str) -> list[str]:
        flags = ["--n", str(args.rows), "--concurrency", str(args.concurrency), "--endpoint", url, "--out", str(out)]
        extra = ["--answer", "pieces", "--tokens", "700"] if args.responder else []
        return [sys.executable, "-m", "longctx_synth.cli", "build", args.builder, *flags, *extra]

    with tempfile.TemporaryDirectory() as scratch:
        with servers.process(script) as server:
            subprocess.run(command(Path(scratch) / "undisturbed", server.url), check=True, stderr=subprocess.DEVNULL)
            calls = server.stats()["answered"]
        wanted = parquet(Path(scratch) / "undisturbed")
        print(f"{args.builder}: {args.rows} rows, {calls} calls, {args.concurrency} cases in flight")
        twice = []
        for kill in range(args.kills):
            out = Path(scratch) / str(kill)
            with servers.process(script) as server:
                process = subprocess.Popen(command(out, server.url), stderr=subprocess.DEVNULL)
                moment = rng.randrange(calls // 20, calls - calls // 20)
                while server.stats()["answered"] < moment and process.poll() is None:
                    time.sleep(0.001)
                before = server.stats()["answered"]
                process.kill()
                process.wait()
                lost = max(0, before - stored(out / ".run"))
                subprocess.run(command(out, server.url), check=True, stderr=subprocess.DEVNULL)
                again = server.stats()["answered_again"]
            same = parquet(out) == wanted
            print(
                f"kill {kill + 1} after {before} answers: {lost} sent whole before it and not stored, {again} asked again in "
                f"all (the rest in flight), parquet {'the same byte for byte' if same else 'DIFFERS'}"
            )
            twice.append(lost)
        print(f"paid twice, median of {args.kills}: {statistics.median(twice)}")


if __name__ == "__main__":
    main()
