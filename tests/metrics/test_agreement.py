"""Agreement against published examples, values computed by hand, and scikit-learn."""

from __future__ import annotations

import json
import random
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from longctx_synth.metrics.agreement import (
    agreement_figures,
    cohens_kappa,
    judged_drafts,
    krippendorff_alpha,
    mean_pairwise_kappa,
    median_scores,
)

_ = None
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
PUBLISHED = list(
    zip(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
        strict=True,
    )
)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_published_example(level, alpha):
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_the_published_example_with_two_observers():
    # The same paper, sections A and B: binary data 0.095, nominal data 0.692.
    binary = zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True)
    assert krippendorff_alpha(list(binary), "nominal") == pytest.approx(0.095, abs=0.0005)
    letters = zip(map(ord, "aabbdcccedda"), map(ord, "babbbccceddd"), strict=True)
    assert krippendorff_alpha(list(letters), "nominal") == pytest.approx(0.692, abs=0.0005)


def test_ordinal_alpha_by_hand():
    # Units (1,1) (2,2) (4,4) (1,2): ratings n1 = 3, n2 = 3, n4 = 2, n = 8. Squared rank distances: 1-2 is 3/2 + 3/2 = 3, so
    # 9; 1-4 is 3/2 + 3 + 2/2 = 5.5, so 30.25; 2-4 is 3/2 + 2/2 = 2.5, so 6.25. Observed: the pair (1,2) both ways, 18.
    # Expected: 2 (3*3*9 + 3*2*30.25 + 3*2*6.25) = 600. alpha = 1 - 7 * 18 / 600.
    assert krippendorff_alpha([[1, 1], [2, 2], [4, 4], [1, 2]], "ordinal") == pytest.approx(0.79)


def test_alpha_says_nothing_where_there_is_nothing_to_disagree_about():
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1, None], [None, 2]]) is None
    assert krippendorff_alpha([[3, 3], [3, 3]]) is None
    assert krippendorff_alpha([[1, 1], [5, 5], [2, None]]) == 1.0
    with pytest.raises(ValueError, match="nominal, ordinal or interval"):
        krippendorff_alpha([[1, 2]], "ratio")  # type: ignore[arg-type]


@given(st.lists(st.lists(st.none() | st.integers(1, 5), min_size=3, max_size=3), max_size=12), st.randoms())
def test_alpha_does_not_depend_on_who_is_who(ratings, rng):
    shuffled = [rng.sample(unit, 3) for unit in rng.sample(ratings, len(ratings))]
    for level in ("nominal", "ordinal", "interval"):
        before, after = krippendorff_alpha(ratings, level), krippendorff_alpha(shuffled, level)
        assert before == after if before is None else after == pytest.approx(before)
        assert before is None or before <= 1.0 + 1e-12


def test_kappa_by_hand():
    # Cohen's own kind of table: 20 both yes, 5 and 10 apart, 15 both no. Agreement 0.7, chance 0.5*0.6 + 0.5*0.4 = 0.5.
    a = [1] * 25 + [0] * 25
    b = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohens_kappa(a, b) == pytest.approx(0.4)
    assert cohens_kappa([1, 1], [1, 1]) is None
    assert cohens_kappa([], []) is None
    with pytest.raises(ValueError, match="2 and 1"):
        cohens_kappa([1, 2], [1])
    with pytest.raises(ValueError, match="quadratic"):
        cohens_kappa([1], [1], "linear")  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_kappa_is_scikit_learns(weights):
    rng = random.Random(4)
    for _round in range(60):
        n = rng.randint(1, 40)
        a, b = rng.choices(range(1, 6), k=n), rng.choices(range(1, 6), k=n)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # All levels are named: scikit-learn takes a score's rank among those that occur for its weight otherwise.
            theirs = cohen_kappa_score(a, b, weights=weights, labels=range(1, 6))
        ours = cohens_kappa(a, b, weights)
        assert (theirs != theirs) if ours is None else ours == pytest.approx(theirs)


def test_mean_pairwise_kappa_is_the_mean_over_pairs():
    ratings = [(1, 1, 2), (2, 2, 2), (1, 2, 1), (2, 2, None), (1, 1, 1)]
    pairs = [
        cohens_kappa([1, 2, 1, 2, 1], [1, 2, 2, 2, 1]),
        cohens_kappa([1, 2, 1, 1], [2, 2, 1, 1]),
        cohens_kappa([1, 2, 2, 1], [2, 2, 1, 1]),
    ]
    assert mean_pairwise_kappa(ratings) == pytest.approx(sum(pairs) / 3)  # type: ignore[arg-type]
    assert mean_pairwise_kappa([(1, None), (None, 2)]) is None
    assert mean_pairwise_kappa([]) is None


# -- over a dataset --------------------------------------------------------------------------------------------------


def column(*drafts: dict[str, dict[str, int | None]]) -> str:
    return json.dumps(
        [
            {"judge": judge, "draft": number, "scores": scores, "feedback": {}}
            for number, draft in enumerate(drafts, 1)
            for judge, scores in draft.items()
        ]
    )


def test_the_figures_of_the_card_by_hand():
    columns = [
        column({"a": {"tone": 1}, "b": {"tone": 1}}, {"a": {"tone": 4}, "b": {"tone": 4}}),
        column({"a": {"tone": 2}, "b": {"tone": 2}}),
        column({"a": {"tone": 1}, "b": {"tone": 2}}),
        column({"a": {"tone": None}, "b": {"tone": None}}),
        "[]",
    ]
    # The drafts are the units of test_ordinal_alpha_by_hand. Medians of the last drafts: 4, 2, 1.5 and one missing.
    # Quadratic kappa: one pair (1,2) of four apart by 1: 1 of 4. Chance, a has 1 1 2 4 and b has 1 2 2 4: squared
    # differences of all 16 pairs sum to 2 (0+1+1+9) + (1+0+0+4) + (9+4+4+0) = 44, of 16. kappa = 1 - (1/4) / (44/16) = 0.909.
    assert agreement_figures(columns) == {
        "judge: tone": "mean 2.50 over 3 rows, 1 missing; 2 judges on 4 drafts: Krippendorff's alpha 0.79, "
        "Cohen's kappa 0.91"
    }


def test_a_single_judge_has_no_agreement():
    assert agreement_figures([column({"a": {"tone": 4, "form": None}})]) == {
        "judge: tone": "mean 4.00 over 1 rows, 0 missing",
        "judge: form": "no score over 0 rows, 1 missing",
    }
    assert agreement_figures(["[]", "[]"]) == {}
    same = [column({"a": {"tone": 5}, "b": {"tone": 5}})]
    assert "alpha undefined, Cohen's kappa undefined" in agreement_figures(same)["judge: tone"]


def test_drafts_and_medians():
    drafts = judged_drafts(column({"a": {"tone": 2}}, {"a": {"tone": 3}, "b": {"tone": 4}, "c": {"tone": None}}))
    assert [median_scores(draft) for draft in drafts] == [{"tone": 2.0}, {"tone": 3.5}]
    assert median_scores({"a": {"tone": None}}) == {"tone": None}
    # Out of range is no score.
    assert judged_drafts('[{"judge": "a", "draft": 1, "scores": {"x": 6, "y": true, "z": "4"}}]') == [
        {"a": {"x": None, "y": None, "z": None}}
    ]


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_column_makes_it_raise(text):
    judged_drafts(text)
    agreement_figures([text])
