"""Noise: transformations of language that a writer is told to apply while the meaning stays.

The four transformations are those of "Modular Techniques for Synthetic Long-Context Data Generation" (arXiv 2509.01185); the
words are ours. Which of them a row's writer was asked for is settled by the slot and stands in the row's `noise` column.
Whether a model did it, which the paper leaves open, is measured by writing a sample again without noise and comparing.
"""

from __future__ import annotations

import itertools

from longctx_synth.strata import balanced

TRANSFORMATIONS = {
    "synonym_substitution": "replace some words with synonyms; never numbers, names, codes, dates or quotations",
    "sentence_restructuring": "build sentences differently from the source: another subject, voice or order of clauses",
    "phrase_reordering": "move phrases within their sentences where the meaning allows it",
    "mild_redundancy": "say one thing once more in other words, briefly and without adding anything new",
}


def chosen(number: int, seed: int, k: int) -> list[str]:
    """The k transformations of a slot: every combination of k of the four occurs equally often."""
    return list(balanced(number, seed, list(itertools.combinations(TRANSFORMATIONS, k)))) if k else []


def instruction(names: list[str]) -> str:
    """What the writer is told; empty where nothing is asked."""
    if not names:
        return ""
    listed = "; ".join(TRANSFORMATIONS[name] for name in names)
    return f"Vary the language and keep the meaning exactly. Apply at least {_number(len(names))}: {listed}."


def _number(count: int) -> str:
    return {1: "this one", 2: "these two", 3: "these three", 4: "these four"}[count]
