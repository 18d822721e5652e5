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
    assert not states_fact("Harwick has a small share of own costs.", **fact).passed
    assert "smallest" in states_fact("Harwick has the share of own costs.", **fact).feedback


PLACE = {
    "ask": "the place where the keys of the Musbari miners changing house are kept",
    "value": "Palakot Row",
    "forms": ("Palakot Row",),
    "wordings": (
        "The keys of the Musbari miners changing house are kept at Palakot Row.",
        "Palakot Row is where the keys of the Musbari miners changing house are kept.",
    ),
}
EVENT = {
    "ask": "the date of the lift collapse at the Diamngol garage",
    "value": "6 April 2021",
    "forms": ("6 April 2021", "April 6, 2021"),
    "wordings": ("The lift collapse at the Diamngol garage happened on 6 April 2021.",),
}
CHAIR = {
    "ask": "the person who chaired the 32nd meeting",
    "value": "Erik Nicolas",
    "forms": ("Erik Nicolas", "Nicolas"),
    "wordings": (
        "The 32nd meeting was chaired by Erik Nicolas.",
        "Erik Nicolas was the one who chaired the 32nd meeting.",
    ),
}


@pytest.mark.parametrize(
    ("sentence", "fact", "because"),
    [  # sentences of the embedded model that once passed
        ("The keys of the Musbari miners change house are kept at Palakot Row.", PLACE, "change"),
        ("The place where the keys of the Musbari miners changing house are kept in a Palakot Row.", PLACE, "verb"),
        ("The keys of the Musbari miners changing house are kept at a Palakot Row.", PLACE, "without an article"),
        ("The keys of the Musbari miners changing house are kept at palakot row.", PLACE, "exactly so"),
        (
            "The place where the keys of the Musbari miners changing house is kept at Palakot Row.",
            PLACE,
            "is Palakot Row",
        ),
        ("The lift collapse at the Diamngol garage on 6 April 2021.", EVENT, ""),
        ("The contract with Valentim Timber is worth 37,958 a year.", FACT, "exactly so"),
        ("The contract with Valentim Timber is worth EUR-37,958 a year.", FACT, "exactly so"),
    ],
)
def test_what_a_small_model_garbles(sentence, fact, because):
    verdict = states_fact(sentence, **fact)
    assert not verdict.passed and because in verdict.feedback


@pytest.mark.parametrize(
    ("sentence", "fact"),
    [
        ("The keys of the Musbari miners changing house are kept at Palakot Row.", PLACE),
        ("The place where the keys of the Musbari miners changing house are kept is Palakot Row.", PLACE),
        ("The date of the lift collapse at the Diamngol garage is April 6, 2021.", EVENT),
        ("Erik Nicolas chaired the 32nd meeting.", CHAIR),
        ("The person who chaired the 32nd meeting was Erik Nicolas.", CHAIR),
    ],
)
def test_what_it_says_right_passes(sentence, fact):
    assert states_fact(sentence, **fact).passed


@given(st.text(), st.text(max_size=30), st.text(min_size=1, max_size=10))
def test_no_text_makes_it_raise(sentence, ask, value):
    verdict = states_fact(sentence, ask=ask, value=value, forms=(value,), wordings=(ask,))
    assert verdict.passed == (verdict.score == 1.0)


def test_a_figure_does_not_stand_inside_another():
    fact = {"ask": "the lines with more than 93,872 euros spent on them", "value": "3", "forms": ("3",)}
    told = "The lines with more than 93,872 euros spent on them are 3."
    assert states_fact(told, wordings=(told,), **fact).passed
    verdict = states_fact("The lines with more than 93,872 euros spent on them 3 are.", wordings=(told,), **fact)
    assert "End the sentence with: is 3." in verdict.feedback
