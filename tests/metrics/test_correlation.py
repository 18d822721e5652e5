"""Correlations against values computed by hand and SciPy's; what they are undefined for, and what they do not depend on."""

from __future__ import annotations

import math
import random
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from longctx_synth.metrics.correlation import kendall_tau_b, mean_absolute_error, mid_ranks, pearson, spearman

CORRELATIONS = (pearson, spearman, kendall_tau_b)
FIGURES = (*CORRELATIONS, mean_absolute_error)
scores = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=30)


def apart(pairs):
    return [x for x, _ in pairs], [y for _, y in pairs]


def test_figures_with_ties_by_hand():
    x, y = [1, 2, 2, 3, 5], [2, 1, 3, 3, 5]
    # Means 2.6 and 2.8. Deviations of x: -1.6 -0.6 -0.6 0.4 2.4, squares 9.2; of y: -0.8 -1.8 0.2 0.2 2.2, squares 8.8.
    # Products: 1.28 + 1.08 - 0.12 + 0.08 + 5.28 = 7.6.
    assert pearson(x, y) == pytest.approx(7.6 / math.sqrt(9.2 * 8.8))
    # Ranks 1 2.5 2.5 4 5 and 2 1 3.5 3.5 5, both of mean 3: squares 9.5 and 9.5; products 2 + 1 - 0.25 + 0.5 + 4 = 7.25.
    assert mid_ranks(x) == [1, 2.5, 2.5, 4, 5] and mid_ranks(y) == [2, 1, 3.5, 3.5, 5]
    assert spearman(x, y) == pytest.approx(7.25 / 9.5)
    # Of 10 pairs one is tied in x and one in y; discordant is the first with the second; the other seven agree.
    assert kendall_tau_b(x, y) == pytest.approx((7 - 1) / 9)
    assert mean_absolute_error(x, y) == pytest.approx(3 / 5)


@pytest.mark.parametrize("figure", CORRELATIONS)
def test_what_is_constant_or_too_short_is_undefined_not_zero(figure):
    assert figure([], []) is None
    assert figure([3], [4]) is None
    assert figure([3, 3, 3], [1, 2, 3]) is None
    assert figure([1, 2, 3], [3, 3, 3]) is None
    assert figure([0.1, 0.1, 0.1], [1, 2, 3]) is None  # 0.1 * 3 / 3 is not 0.1
    assert figure([1, 2], [1, 2]) == pytest.approx(1) and figure([1, 2], [2, 1]) == pytest.approx(-1)


@pytest.mark.parametrize("figure", FIGURES)
def test_series_of_different_lengths(figure):
    with pytest.raises(ValueError, match="2 and 1"):
        figure([1, 2], [1])


def test_no_unit_lies_nowhere():
    assert mean_absolute_error([], []) is None and mean_absolute_error([1], [5]) == 4


@pytest.mark.parametrize("values", [range(1, 6), [n / 3 for n in range(3, 16)], [1, 5]])
def test_correlations_are_scipys(values):
    rng = random.Random(7)
    theirs = (stats.pearsonr, stats.spearmanr, stats.kendalltau)
    for _round in range(60):
        n = rng.randint(2, 60)
        x, y = rng.choices(values, k=n), rng.choices(values, k=n)
        for ours, scipys in zip(CORRELATIONS, theirs, strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = float(scipys(x, y)[0])
            found = ours(x, y)
            assert math.isnan(expected) if found is None else found == pytest.approx(expected)


@given(scores, st.randoms(use_true_random=False))
def test_total_within_bounds_and_without_order(pairs, rng):
    x, y = apart(pairs)
    again = apart(rng.sample(pairs, len(pairs)))
    for figure in CORRELATIONS:
        found = figure(x, y)
        assert (found is None) == (len(set(x)) < 2 or len(set(y)) < 2)
        if found is not None:
            assert -1 <= found <= 1
            assert figure(*again) == pytest.approx(found)
            assert figure(y, x) == pytest.approx(found)
            assert figure([-one for one in x], y) == pytest.approx(-found)
    error = mean_absolute_error(x, y)
    assert (error is None) == (not pairs)
    assert error is None or (0 <= error <= 4 and error == mean_absolute_error(*again) == mean_absolute_error(y, x))


@given(scores)
def test_ranks_know_only_the_order(pairs):
    x, y = apart(pairs)
    stretched = [one**3 for one in x]
    for figure in (spearman, kendall_tau_b):
        assert figure(stretched, y) == figure(x, y)


@given(st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_any_finite_numbers(values):
    for figure in CORRELATIONS:
        found = figure(values, list(reversed(values)))
        assert found is None or -1 <= found <= 1
