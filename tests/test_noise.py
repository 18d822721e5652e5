"""Noise: which transformations are asked, evenly, and how what they did is measured."""

from __future__ import annotations

from collections import Counter
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth import noise
from longctx_synth.metrics.noise import ngram_overlap, noise_figures


@pytest.mark.parametrize("k", [0, 1, 2, 3, 4])
def test_every_combination_is_asked_equally_often(k):
    asked = Counter(tuple(noise.chosen(number, 5, k)) for number in range(comb(4, k) * 10))
    assert set(asked.values()) == {10} and len(asked) == comb(4, k)
    assert all(len(set(names)) == k and set(names) <= set(noise.TRANSFORMATIONS) for names in asked)


def test_the_instruction_names_what_is_asked_and_is_empty_without_noise():
    assert noise.instruction([]) == ""
    told = noise.instruction(["synonym_substitution", "mild_redundancy"])
    assert "these two" in told and "synonyms" in told and "once more" in told and "clauses" not in told


@given(st.text(), st.text())
def test_overlap_is_symmetric_and_in_bounds(one, other):
    assert 0.0 <= ngram_overlap(one, other) <= 1.0
    assert ngram_overlap(one, other) == ngram_overlap(other, one)
    assert ngram_overlap(one, one) == 1.0


def test_overlap_by_hand():
    assert ngram_overlap("the cat sat on the mat", "the cat sat on a mat") == 2 * 2 / 8
    assert ngram_overlap("a b c", "d e f") == 0.0
    assert ngram_overlap("two words", "two words") == 1.0  # too short for a trigram


def test_figures_tell_change_and_meaning():
    pytest.importorskip("sentence_transformers")
    pairs = [
        ("The fee was 40 euros.", "The fee was 40 euros."),
        ("A sum of 40 euros was due.", "The fee was 40 euros."),
    ]
    told = noise_figures(pairs)
    assert any("1 of 2" in value for value in told.values())
    alike = next(value for name, value in told.items() if "cosine" in name)
    assert 0.5 < float(alike.split(" / ")[0]) < 1.0
    assert noise_figures([]) == {}
