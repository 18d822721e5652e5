"""How diverse the rows of datasets are, side by side, and what noise changed between two runs of one plan.

    python benchmarks/diversity.py out/fields1-noise0 out/fields1-noise2 ...

For every folder: rows, yield (from the card), moving-average type-token ratio of the answers, embedding dispersion (MiniLM, long
texts in chunks) of answers and of prompts. For every pair of folders whose rows share prompts: how far the answers moved, by
word trigrams and by embedding.
"""

from __future__ import annotations

import itertools
import re
import statistics
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from longctx_synth import metrics
from longctx_synth.metrics import encoder
from longctx_synth.metrics.noise import ngram_overlap, similarity


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [
        row for file in sorted((folder / "data").glob("train-*.parquet")) for row in pq.read_table(file).to_pylist()
    ]


def dispersion(texts: list[str]) -> float:
    model = encoder.load()
    size = min(model.get_max_seq_length() or 256, 256) - 2
    pieces, weights = [], []
    for text in texts:
        spans = model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
            "offset_mapping"
        ]
        cut = metrics.chunks(spans, size)
        pieces += [text[start:end] for start, end, _ in cut]
        weights.append([tokens for _, _, tokens in cut])
    vectors = model.encode(pieces, show_progress_bar=False, convert_to_numpy=True)
    return metrics.embedding_dispersion(metrics.text_vectors(vectors, weights))


def figures(folder: Path, rows: list[dict[str, Any]]) -> list[str]:
    answers = [row["completion"][-1]["content"] for row in rows]
    prompts = [row["prompt"][-1]["content"] for row in rows]
    told = re.search(
        r"([\d,]+) tries gave ([\d,]+) accepted rows \((\d+%)\)", (folder / "README.md").read_text("utf-8")
    )
    ratio = statistics.fmean(metrics.moving_average_type_token_ratio(metrics.words(text)) for text in answers)
    return [
        folder.name,
        f"{len(rows)}",
        told.group(3) if told else "?",
        f"{ratio:.3f}",
        f"{dispersion(answers):.3f}",
        f"{dispersion(prompts):.3f}",
    ]


def moved(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[str] | None:
    by_prompt = {row["prompt_hash"]: row["completion"][-1]["content"] for row in one}
    pairs = [
        (row["completion"][-1]["content"], by_prompt[row["prompt_hash"]])
        for row in other
        if row["prompt_hash"] in by_prompt
    ]
    if not pairs:
        return None
    changes = [1 - ngram_overlap(*pair) for pair in pairs]
    alike = similarity(pairs) or [float("nan")]
    return [
        str(len(pairs)),
        f"{statistics.fmean(changes):.3f}",
        f"{sum(change == 0 for change in changes)}",
        f"{statistics.fmean(alike):.3f}",
        f"{min(alike):.3f}",
    ]


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]]
    if not folders:
        sys.exit(__doc__)
    rows = {folder: rows_of(folder) for folder in folders}
    head = [
        "dataset",
        "rows",
        "yield",
        "MATTR answers",
        "dispersion answers",
        "dispersion prompts",
    ]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for folder in folders:
        print("| " + " | ".join(figures(folder, rows[folder])) + " |")
    head = ["same prompts in", "rows", "mean trigram change", "unchanged", "mean cosine", "least cosine"]
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for one, other in itertools.combinations(folders, 2):
        found = moved(rows[one], rows[other])
        if found:
            print("| " + " | ".join([f"{one.name}, {other.name}", *found]) + " |")


if __name__ == "__main__":
    main()
