"""Diversity figures against values computed by hand."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from longctx_synth.metrics import (
    chunks,
    embedding_dispersion,
    moving_average_type_token_ratio,
    text_vectors,
    type_token_ratio,
    words,
)


def test_words_are_casefolded_and_keep_apostrophes_and_hyphens() -> None:
    assert words("The  well-kept ÄPFEL don't cost 4,200 euros_now — «wirklich»?") == [
        "the", "well-kept", "äpfel", "don't", "cost", "4", "200", "euros", "now", "wirklich",
    ]  # fmt: skip
    assert words("… —") == []


def test_type_token_ratio() -> None:
    assert type_token_ratio(words("a rose is a rose is a rose")) == 3 / 8
    assert type_token_ratio(["one"]) == 1.0
    assert type_token_ratio([]) == 0.0


def test_moving_average_is_the_mean_over_windows() -> None:
    # Windows of 3 in a b a c: aba (2 types), bac (3 types).
    assert moving_average_type_token_ratio(list("abac"), window=3) == pytest.approx((2 / 3 + 3 / 3) / 2)
    assert moving_average_type_token_ratio(list("abac"), window=4) == 3 / 4
    assert moving_average_type_token_ratio(list("abac"), window=99) == 3 / 4
    assert moving_average_type_token_ratio([], window=5) == 0.0
    with pytest.raises(ValueError, match="at least 1"):
        moving_average_type_token_ratio(["a"], window=0)


def test_moving_average_equals_the_definition_on_random_texts() -> None:
    rng = random.Random(7)
    for _ in range(50):
        tokens = rng.choices("abcdefg", k=rng.randrange(1, 60))
        window = rng.randrange(1, 20)
        starts = range(max(1, len(tokens) - window + 1))
        expected = [len(set(part)) / len(part) for part in (tokens[i : i + window] for i in starts)]
        assert moving_average_type_token_ratio(tokens, window) == pytest.approx(sum(expected) / len(expected))


def test_moving_average_does_not_fall_with_length_where_the_plain_ratio_does() -> None:
    tokens = random.Random(1).choices([f"w{i}" for i in range(300)], k=4_000)
    assert type_token_ratio(tokens) < 0.1 < type_token_ratio(tokens[:100])
    assert moving_average_type_token_ratio(tokens) == pytest.approx(
        moving_average_type_token_ratio(tokens[:1000]), abs=0.02
    )


def test_chunks_cover_every_token_once_and_are_nearly_equal() -> None:
    spans = [(3 * i, 3 * i + 2) for i in range(10)]
    assert chunks(spans, 4) == [(0, 11, 4), (12, 20, 3), (21, 29, 3)]
    assert chunks(spans, 10) == [(0, 29, 10)]
    assert chunks([], 4) == []
    with pytest.raises(ValueError, match="at least 1"):
        chunks(spans, 0)


def test_dispersion_of_hand_made_vectors() -> None:
    assert embedding_dispersion(np.array([[1, 0], [0, 2], [-3, 0]])) == pytest.approx((1 + 2 + 1) / 3)
    assert embedding_dispersion(np.array([[1, 1], [5, 5]])) == pytest.approx(0.0, abs=1e-12)
    half = np.array([[1, 0], [math.cos(math.pi / 3), math.sin(math.pi / 3)]])
    assert embedding_dispersion(half) == pytest.approx(0.5)
    assert embedding_dispersion(np.array([[1.0, 0.0]])) == 0.0
    assert embedding_dispersion(np.zeros((3, 4))) == 1.0


def test_dispersion_equals_the_mean_over_pairs() -> None:
    rows = np.random.default_rng(3).normal(size=(9, 5))
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = [1 - units[i] @ units[j] for i in range(9) for j in range(i)]
    assert embedding_dispersion(rows) == pytest.approx(sum(pairs) / len(pairs))


def test_a_text_is_the_length_weighted_mean_of_its_chunks() -> None:
    vectors = text_vectors(np.array([[2.0, 0.0], [0.0, 5.0], [0.0, 1.0]]), [[3, 1], [], [7]])
    assert vectors == pytest.approx(np.array([[3 / math.sqrt(10), 1 / math.sqrt(10)], [0, 0], [0, 1]]))
    with pytest.raises(ValueError, match="3 vectors and 2 weights"):
        text_vectors(np.eye(3), [[1], [1]])
