"""What rendering the writer's prompt costs for a long document, against joining the same strings.

python benchmarks/prompts.py [--characters 600000]
"""

from __future__ import annotations

import argparse
import time

from longctx_synth.builder import builders_root
from longctx_synth.prompts import Templates

ROUNDS = 50


def seconds(work) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--characters", type=int, default=600_000)
    characters = arguments.parse_args().characters
    document = ("The depot at Harwick holds 14 {{ braces }} & <tags>. " * (characters // 50))[:characters]
    templates = Templates(builders_root() / "verifiable_if" / "prompts")
    values = {"instruction": "Write.", "due": [], "fields": [], "noise": "", "feedback": "", "draft": ""}
    rendered = seconds(lambda: templates.messages("whole", document=document, **values))
    floor = seconds(lambda: "".join(["Document:\n\n", document, "\n\nWrite.\n"]).strip())
    print(
        f"{characters:,} characters: rendered in {rendered * 1e3:.2f} ms, {rendered / floor:.1f} x joining the strings"
    )


if __name__ == "__main__":
    main()
