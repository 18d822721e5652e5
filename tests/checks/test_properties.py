"""Properties: no text makes a check raise; every constraint has a witness; every sample composes into one text that passes all."""

from __future__ import annotations

from random import Random

import pytest
from cases import CASES, Case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longctx_synth import checks
from longctx_synth.checks import text as t

# Pieces that the checks look for, in any order, between any characters.
PIECES = st.sampled_from(
    [
        *(
            "- ",
            "* ",
            "1. ",
            "> ",
            "# ",
            "- [ ] ",
            "\n",
            "\n\n",
            "\t",
            "| a | b |\n",
            "|---|---|\n",
            "---\n",
            "***\n",
            "```\n",
        ),
        *(
            "**",
            "*",
            '"',
            "“",
            "”",
            "’",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "\\",
            ":",
            ",",
            ";",
            "?",
            ". ",
            "e.g. ",
            "<<",
            ">>",
        ),
        *(
            "4,200",
            "42.5",
            "EUR ",
            "12 weeks",
            "took 12 weeks",
            "roof",
            "Overall",
            "First",
            "Answer: ",
            "Summary: ",
            "P.S. ",
        ),
        *("Section 1\n", "<answer>", "</answer>", "</think>", "<think>", '"summary": '),
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=30).map("".join))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}-{CASES.index(case)}")
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=TEXTS, prompt=TEXTS)
def test_never_raises(case: Case, text: str, prompt: str) -> None:
    verdict = checks.run(case.spec, text, prompt)
    assert 0.0 <= verdict.score <= 1.0
    assert (verdict.score == 1.0) == verdict.passed == (verdict.feedback == "")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=TEXTS)
def test_repairs_never_make_a_text_worse(text: str) -> None:
    for case in CASES:
        repaired, names = checks.repair([case.spec], text, case.prompt)
        if names:
            assert checks.run(case.spec, repaired, case.prompt).passed
        else:
            assert repaired == text


CONSTRAINTS = [case for case in CASES if checks.info(case.check).kind == "constraint"]


@pytest.mark.parametrize("case", CONSTRAINTS, ids=lambda case: f"{case.check}-{CASES.index(case)}")
def test_every_constraint_has_a_witness(case: Case) -> None:
    # The cases' own arguments, but where those are too small for whole sentences.
    larger = {
        "word_count": {"at_least": 30, "at_most": 45},
        "sentence_length": {"at_least": 3, "at_most": 12},
        "short_sentences": {"words": 4, "at_least": 2},
        "json_schema": {**case.args, "words": {"summary": [20, 35]}},
    }
    spec = {"check": case.check, "args": larger.get(case.check, case.args)}
    text = checks.witness(spec, case.prompt, Random(3))
    assert checks.run(spec, text, case.prompt).passed


@pytest.mark.parametrize(
    "name", ["quotes_document", "facts_mentioned", "ordered_items", "no_refusal", "finished", "closed_world"]
)
def test_some_truth_and_hygiene_checks_have_witnesses(name: str) -> None:
    case = next(case for case in CASES if case.check == name)
    text = checks.witness(case.spec, case.prompt, Random(4))
    assert checks.run(case.spec, text, case.prompt).passed


WORDS = [
    *"The a council depot roof harbour survey Ms. Penn report budget of in was approved by after repaired between Harwick".split(),
    *(
        "EUR 4,200",
        "3 June 2021",
        "12.5 km",
        "No. 4",
        "Orla Penn",
        "the second, smaller site,",
        "“north”",
        "EU-wide",
        "it's",
        "(phase two)",
    ),
]


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Due and spare sentences as a document might give them: names, amounts, dates, commas, abbreviations."""

    def sentences(count: int, tag: str) -> list[str]:
        found = []
        for at in range(count):
            words = draw(st.lists(st.sampled_from(WORDS), min_size=4, max_size=18))
            found.append(f"{tag}{chr(65 + at)} {' '.join(words).rstrip(',')} it.")
        return found

    return sentences(draw(st.integers(2, 8)), "Due"), sentences(draw(st.integers(0, 6)), "Spare")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@settings(max_examples=70, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(answer=answers(), k=st.integers(1, 5), seed=st.integers(0, 10**6), without_ifeval=st.booleans())
def test_every_sample_composes(
    split: str, answer: tuple[list[str], list[str]], k: int, seed: int, without_ifeval: bool
) -> None:
    due, spare = answer
    rng = Random(seed)
    specs = checks.sample(
        rng,
        k,
        split=split,
        n_due=len(due),
        due_words=sum(map(t.word_count, due)),
        exclude={"ifeval"} if without_ifeval else (),
    )
    assert len(specs) == k and checks.compatible(specs) is None
    assert checks.split_of([spec["check"] for spec in specs]) == split
    text = checks.compose(specs, due, spare, "", rng)
    assert checks.judge(specs, text, "").passed
    hay = t.normal(t.readable(text))
    places = [hay.find(t.normal(sentence)) for sentence in due]
    assert min(places) >= 0
    assert all(checks.phrase(spec, rng, split) for spec in specs)
