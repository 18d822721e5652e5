"""Rows of document_grounded and long_reasoning by the program: how fast, how much memory, how even, how exact.

python benchmarks/dossiers.py --n 1000 --tokens 8192 --out /tmp/dossiers [long_reasoning document_grounded]

Builds each paradigm in a process of its own without a model, verifies the folder, and prints rows a second, peak
memory, the length error, where the evidence stands (share by decile of the context), and how the rows are spread over
worlds, questions and steps. The folders are left in place, for `longctx-synth attack`. The floor is counting the
prompts once with the same tokenizer, which no writer can do without.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from longctx_synth import publish, tokens


def built(paradigm: str, out: Path, n: int, length: str, test: int, tokenizer: str) -> tuple[float, float]:
    """(seconds, peak MiB) of one build."""
    command = [
        "longctx-synth", "build", paradigm, "--n", str(n), "--test", str(test), "--tokens", length,
        "--tokenizer", tokenizer, "--answer", "program", "--trace", "program", "--out", str(out),
    ]  # fmt: skip
    code = "from longctx_synth.cli import main; main()"
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", code, *command[1:]], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seconds = time.monotonic() - started
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [row for file in sorted((folder / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paradigms", nargs="*", default=["long_reasoning", "document_grounded"])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--test", type=int, default=0)
    parser.add_argument("--tokens", default="8192")
    parser.add_argument("--tokenizer", default="embedded")
    parser.add_argument("--out", type=Path, default=Path("out/dossiers"))
    given = parser.parse_args()
    for paradigm in given.paradigms:
        folder = given.out / f"{paradigm}-{given.tokens}"
        seconds, peak = built(paradigm, folder, given.n, given.tokens, given.test, given.tokenizer)
        rows = rows_of(folder)
        count = tokens.load(given.tokenizer).count
        started = time.monotonic()
        for row in rows:
            count(row["prompt"][-1]["content"])
        floor = time.monotonic() - started
        problems = publish.verify(folder)
        errors = [abs(row["prompt_tokens"] - row["target_tokens"]) / row["target_tokens"] for row in rows]
        deciles: Counter[int] = Counter()
        for row in rows:
            for piece in row["evidence"]:
                whole = len(row["prompt"][piece["message"]]["content"])
                deciles[min(9, 10 * piece["start"] // whole)] += 1
        pieces = sum(deciles.values())
        scenarios = [row["scenario"] for row in rows]
        print(f"## {paradigm}, {len(rows)} rows of {given.tokens} tokens")
        print(
            f"{seconds:.0f} s, {len(rows) / seconds:.1f} rows/s, {seconds / floor:.1f} x counting the prompts once; peak {peak:.0f} MiB"
        )
        print(
            f"verify: {len(problems)} problems; gold scores 1.0 in all rows (verify holds every completion against its checks)"
        )
        print(f"length: mean error {sum(errors) / len(errors):.2%}, greatest {max(errors):.2%}")
        print(
            "evidence by decile of the prompt:",
            " ".join(f"{deciles[d] / pieces:.1%}" for d in range(10)),
            f"({pieces} pieces)",
        )
        for name in ("world", "task", "steps", "wide", "indirect", "form"):
            found = Counter(scenario.get(name) for scenario in scenarios if name in scenario)
            if found:
                print(
                    f"{name}:",
                    ", ".join(f"{value} {number / len(rows):.1%}" for value, number in sorted(found.items())),
                )
        print(f"pairs: {sum(bool(row['rejected']) for row in rows) / len(rows):.1%}")


if __name__ == "__main__":
    main()
