"""How often each value of each field comes, over the first slots of a split: `python -m longctx_synth.scenarios --n 300`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from longctx_synth.errors import LongctxError
from longctx_synth.scenarios import DIMENSIONS, SITUATION_FIELDS, coverage, load


def main() -> int:
    """Prints the table; exit status 2 where the scenarios cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m longctx_synth.scenarios", description=__doc__)
    parser.add_argument("--n", type=int, default=300, help="slots to sample (default 300)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="train", choices=["train", "validation", "test"])
    parser.add_argument("--scenarios", help="your own: a JSONL or Parquet file, a folder or a Hub id")
    parser.add_argument("--kinds", help="kinds of documents to choose from, with commas (default: all that occur)")
    parser.add_argument("--show", type=int, default=0, help="situations to print in full")
    given = parser.parse_args()
    try:
        database = load(given.scenarios)
        kinds = given.kinds.split(",") if given.kinds else database.kinds()
        situations = [database.situation(given.split, number, given.seed, kinds) for number in range(given.n)]
    except LongctxError as error:
        print(error, file=sys.stderr)
        return 2
    rows = [situation.values() | {"kind": situation.kind} for situation in situations]
    available = database.available(given.split) | {"kind": len(kinds)}
    for situation in situations[: given.show]:
        print("\n".join(f"{name}: {text}" for name, text in situation.fields(None)), end="\n\n")
    print(f"{given.n} situations, split {given.split}, seed {given.seed}, database {database.sha[:12]}\n")
    for field in [*SITUATION_FIELDS, "kind"]:
        counts = Counter(row[field] for row in rows)
        by_count: dict[int, list[str]] = {}
        for value, count in sorted(counts.items()):
            by_count.setdefault(count, []).append(value)
        unseen = available[field] - len(counts)
        print(f"{field} ({DIMENSIONS[field]}): {len(counts)} of {available[field]} values")
        for count, values in sorted(by_count.items(), reverse=True):
            print(f"  {count:>4} x {len(values):>3}  {_short(values)}")
        if unseen > 0:
            print(f"  {0:>4} x {unseen:>3}")
    print("\n" + "\n".join(coverage(rows, available).lines()))
    return 0


def _short(values: list[str], width: int = 100) -> str:
    """As many of the values as fit on a line."""
    text = ", ".join(values)
    return text if len(text) <= width else text[:width].rpartition(", ")[0] + ", …"


if __name__ == "__main__":
    sys.exit(main())
