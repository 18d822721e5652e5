"""How often ordinary answers pass each sampled constraint unasked: the figures behind `prior` in the registry.

    python benchmarks/priors.py [--answers FILE] [--draws 40]

FILE holds one answer a line: plain text, a JSON string, or an object with `text`, `completion` or `messages`. Without it the answers
are composed: due, spare and neutral sentences in the plain forms that people and models choose of their own accord (one paragraph,
several, bullets, a numbered list, headings). Those are a stand-in; for a model of yours, give its answers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from longctx_synth import checks, rewards
from longctx_synth.checks import banks, sampling
from longctx_synth.checks import text as t

# (share, specs): the shapes of unasked answers, by rough counts over chat models' answers to questions about a document.
SHAPES = (
    (0.35, []),
    (0.20, [{"check": "paragraph_count", "args": {"at_least": 2, "at_most": 3}}]),
    (0.20, [{"check": "bullets", "args": {"at_least": 3}}]),
    (0.08, [{"check": "numbered_list", "args": {"at_least": 3}}]),
    (0.07, [{"check": "bold_leads", "args": {"at_least": 3}}]),
    (0.06, [{"check": "sections", "args": {"marker": "##", "at_least": 2}}]),
    (0.04, [{"check": "highlights", "args": {"at_least": 2}}]),
)


def ordinary(rng: Random, n_due: int) -> str:
    """One unasked answer with `n_due` sentences to give."""
    due = [sampling._sentence(rng.randint(7, 18), at) for at in range(n_due)]
    specs = rng.choices([specs for _, specs in SHAPES], [share for share, _ in SHAPES])[0]
    spare = rng.sample(banks.FILLER, rng.randint(0, 6))
    return checks.compose(specs, [*due, *spare], [], "", rng)


def read(path: Path) -> list[str]:
    """The answers of a file."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            value = line
        if isinstance(value, dict):
            value = value.get("text") or value.get("completion") or value.get("messages") or ""
        found.append(rewards.completion_text(value))
    return [text for text in found if not t.is_wordless(text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=Path, help="one answer a line; composed ones where not given")
    parser.add_argument("--draws", type=int, default=40, help="answers (times arguments) a check and split")
    given = parser.parse_args()
    own = read(given.answers) if given.answers else None
    print(f"{'check':26} {'held out':8} {'declared':>8} {'measured':>8}")
    for name in (name for name in checks.names() if checks.info(name).sampled):
        entry = checks.info(name)
        splits = ("test",) if entry.held_out else sampling.SPLITS
        passed = total = 0
        for split in splits:
            for seed in range(given.draws):
                rng = Random(f"{name}{split}{seed}")
                n_due = rng.randint(2, 6)
                answer = rng.choice(own) if own else ordinary(rng, n_due)
                args = sampling._DRAWS[name](sampling._Case(rng, split, n_due, 12 * n_due, [name]))
                passed += checks.run({"check": name, "args": args}, answer).passed
                total += 1
        print(f"{name:26} {'yes' if entry.held_out else '':8} {entry.prior:8.3f} {passed / total:8.3f}")


if __name__ == "__main__":
    main()
