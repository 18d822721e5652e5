"""Are rows bound to their documents, do constraints bind, do pairs teach content? The blueprint's section 6 on 300 rows.

    python benchmarks/quality.py [--rows 300] [--tokens 1024]        rows written here, without a model
    python benchmarks/quality.py --dir out/verifiable_if             rows of a dataset

The first form also answers each row from its twin (the same document with every value redrawn), which is harder to tell from
the truth than another row's answer.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from longctx_synth import checks
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject
from longctx_synth.metrics import binding


def twins(builder, rows: int) -> tuple[int, int]:
    """(failed, tried): answers written for the twin of each row's document, held against the row's checks."""
    failed = tried = 0
    for number in range(rows):
        case = builder.case("train", number, 0)
        try:
            plan = builder.plan(case)
            text = builder.gold(case, builder.planner.swapped(case, plan, 0), "twin").text
        except Reject:
            continue
        tried += 1
        failed += not checks.judge(plan.checks, text, plan.prompt).passed
    return failed, tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--tokens", default="1024")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.dir or Path(scratch) / "out"
        if args.dir is None:
            builder = load_builder("verifiable_if")(
                cache_dir=scratch, answer="program", n=args.rows, tokens=args.tokens
            )
            built = builder.generate(folder)
            print("\n".join(built.funnel.lines()))
            failed, tried = twins(builder, args.rows)
            print(f"answers for the twin document that fail: {failed} of {tried} ({failed / tried:.1%})")
        rows = [row for file in sorted((folder / "data").glob("train-*")) for row in pq.read_table(file).to_pylist()]
        rows = rows[: args.rows]
        for name, value in binding.figures(rows).items():
            print(f"{name}: {value}")
        for name, (rate, trials) in sorted(binding.unasked_pass_rates(rows).items(), key=lambda item: -item[1][0]):
            declared = checks.info(name).prior
            print(f"  {name:28} met unasked {rate:6.1%} of {trials:5}   declared prior {declared:.2f}")


if __name__ == "__main__":
    main()
