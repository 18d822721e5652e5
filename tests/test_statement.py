"""What is taken for a true statement of one fact, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth.review.statement import states_fact

FACT = {
    "ask": "the yearly value of the contract with Valentim Timber",
    "value": "37,958 euros",
    "forms": ("37,958 euros", "EUR 37,958"),
    "wordings": (
        "The contract with Valentim Timber is worth 37,958 euros a year.",
        "Valentim Timber has a contract worth 37,958 euros each year.",
    ),
}


@pytest.mark.parametrize(
    "sentence",
    [
        "The yearly value of the contract with Valentim Timber is 37,958 euros.",
        "The contract with Valentim Timber is worth EUR 37,958 a year.",
        "Valentim Timber has a contract that is worth 37,958 euros each year.",
    ],
)
def test_true_statements_pass(sentence):
    assert states_fact(sentence, **FACT).passed


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("The yearly value of the contract with Valentim Timber is 37,985 euros.", "37,958"),
        ("The yearly value of the contract with Valentin Timber is 37,958 euros.", "Valentin"),
        ("The yearly value of the contract is 37,958 euros.", "Name all"),
        ("The yearly value of the contract with Valentim Timber is 37,958 euros in 2020.", "2020"),
        ("The yearly value of the contract with Valentim Timber is 37,958 euros for oak.", "oak"),
        ("The yearly value of the contract with Valentim Timber is 37,958 euros", "full stop"),
        ("The yearly value of the contract with Valentim Timber 37,958 euros.", "verb"),
        ("Here is the sentence. The yearly value of the contract with Valentim Timber is 37,958 euros.", ""),
        ("The euros of the year worth the Timber contract is with Valentim 37,958 euros.", "plainly"),
    ],
)
def test_what_is_wrong_is_said(sentence, because):
    verdict = states_fact(sentence, **FACT)
    assert not verdict.passed and because in verdict.feedback


def test_a_superlative_must_stay():
    fact = {
        "ask": "which project has the smallest share of own costs",
        "value": "Harwick",
        "forms": ("Harwick",),
        "wordings": ("Harwick has the smallest share of own costs.",),
    }
    assert states_fact("Harwick has the smallest share of own costs.", **fact).passed
    assert "smallest" in states_fact("Harwick has a small share of own costs.", **fact).feedback


@given(st.text(), st.text(max_size=30), st.text(min_size=1, max_size=10))
def test_no_text_makes_it_raise(sentence, ask, value):
    verdict = states_fact(sentence, ask=ask, value=value, forms=(value,), wordings=(ask,))
    assert verdict.passed == (verdict.score == 1.0)
