"""What noise did to a text: how much of the wording changed against the same text written without it, and how much of the meaning.

A writer that is told to vary its language may or may not do so. Each pair is (noisy, plain): the same facts, written by the
same model with and without the instruction. Lexical change is 1 minus the overlap of word trigrams (Dice); meaning is the
cosine of the sentence embeddings.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from longctx_synth.metrics.lexical import words


def ngram_overlap(one: str, other: str, n: int = 3) -> float:
    """Dice overlap of the texts' word n-grams, counted with their multiplicity: 1.0 for equal wordings, 0.0 for none shared.

    >>> ngram_overlap("a b c d", "a b c e")
    0.5
    """
    grams = [Counter(zip(*(tokens[i:] for i in range(n)), strict=False)) for tokens in (words(one), words(other))]
    total = sum(grams[0].values()) + sum(grams[1].values())
    return 2 * (grams[0] & grams[1]).total() / total if total else float(words(one) == words(other))


def similarity(pairs: Sequence[tuple[str, str]]) -> list[float] | None:
    """Cosine of the MiniLM embeddings of each pair's texts; None where sentence-transformers or the model is not there."""
    from longctx_synth.metrics import encoder

    try:
        model = encoder.load()
    except ImportError:
        return None
    import numpy as np

    texts = [text for pair in pairs for text in pair]
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    return [float(np.dot(vectors[i], vectors[i + 1])) for i in range(0, len(texts), 2)]


def noise_figures(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The figures of a sample of (noisy, plain) pairs as a card prints them; empty where there is no pair."""
    if not pairs:
        return {}
    changes = [1 - ngram_overlap(noisy, plain) for noisy, plain in pairs]
    told = {
        f"noise: lexical change against the un-noised twin ({len(pairs)} rows), mean / median": (
            f"{statistics.fmean(changes):.2f} / {statistics.median(changes):.2f}"
        ),
        "noise: rows whose wording did not change at all": f"{sum(change == 0 for change in changes)} of {len(pairs)}",
    }
    alike = similarity(pairs)
    if alike is not None:
        told["noise: similarity to the un-noised twin (MiniLM cosine), mean / least"] = (
            f"{statistics.fmean(alike):.2f} / {min(alike):.2f}"
        )
    return told
