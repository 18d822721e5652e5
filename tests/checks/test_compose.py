"""The structure engine: order, verbatim sentences, spare before filler, quotes, refusals; and which checks conflict."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from longctx_synth import checks
from longctx_synth.checks import CannotCompose
from longctx_synth.checks import text as t
from longctx_synth.checks.banks import CAPITALS, FILLER, KEYWORDS, OPENERS, PARENTHESES, SHORT, filler

DUE = [
    "The roof of the Harwick depot was repaired for EUR 4,200 in May.",
    "The surveyor was Ms. Orla Penn.",
    "The works took 12 weeks.",
]
SPARE = ["The contractor was chosen after a short tender.", "The depot stands near the old harbour wall."]


def spec(check: str, **args: Any) -> dict[str, Any]:
    return {"check": check, "args": args}


def composed(*specs: dict[str, Any], prompt: str = "", quotes: tuple[str, ...] = (), seed: int = 1) -> str:
    text = checks.compose(list(specs), DUE, SPARE, prompt, Random(seed), quotes)
    assert checks.judge(list(specs), text, prompt).passed
    return text


def test_no_constraint_gives_the_due_sentences_alone() -> None:
    assert checks.compose([], DUE, SPARE, "", Random(1)) == " ".join(DUE)


def test_due_sentences_stand_verbatim_and_in_order() -> None:
    text = composed(spec("bullets", exactly=5), spec("postscript", marker="P.S."), spec("title"))
    places = [text.index(sentence) for sentence in DUE]
    assert places == sorted(places)


def test_spare_comes_before_filler_and_in_order() -> None:
    text = composed(spec("sentence_count", exactly=5))
    assert t.sentences(text) == [*DUE, *SPARE]
    text = composed(spec("sentence_count", exactly=6))
    assert t.sentences(text)[:5] == [*DUE, *SPARE]


def test_the_postscript_takes_a_spare_sentence() -> None:
    assert composed(spec("postscript", marker="P.S.")).endswith("P.S. " + SPARE[0])


def test_case_is_changed_only_where_demanded() -> None:
    text = composed(spec("all_lowercase"), spec("bullets", exactly=3))
    assert DUE[0].lower() in text


def test_json_holds_the_sentences() -> None:
    value = json.loads(composed(spec("json_keys", keys=["a", "b"])))
    assert value == {"a": " ".join(DUE[:2]), "b": DUE[2]}


def test_quotes_become_sentences_with_offsets() -> None:
    prompt = "Minutes.\nThe works began on\n3 June 2021 and took 12 weeks. All was well."
    quote = "The works began on 3 June 2021"
    text = composed(spec("quotes_document", count=1, min_words=5), prompt=prompt, quotes=(quote,))
    ((start, end, said),) = checks.quote_spans(text, prompt)
    assert said == quote
    assert prompt[start:end] == "The works began on\n3 June 2021"


def test_the_same_seed_gives_the_same_text() -> None:
    specs = [spec("sections", marker="##", exactly=3), spec("word_count", at_least=120)]
    assert composed(*specs, seed=5) == composed(*specs, seed=5)
    assert composed(*specs, seed=5) != composed(*specs, seed=6)


def test_long_answers_repeat_nothing() -> None:
    text = composed(spec("word_count", at_least=1200, at_most=1300), spec("no_repetition", times=2))
    assert t.word_count(text) >= 1200


@pytest.mark.parametrize(
    "specs",
    [
        [spec("all_lowercase"), spec("all_capitals")],
        [spec("all_lowercase"), spec("capital_words", at_least=2)],
        [spec("no_commas"), spec("comma_list", at_least=3)],
        [spec("json_only"), spec("bullets", exactly=3)],
        [spec("json_only"), spec("postscript", marker="P.S.")],
        [spec("json_schema", schema={"type": "object"}), spec("all_capitals")],
        [spec("title"), spec("starts_with", phrase="Well:")],
        [spec("ends_with", phrase="End."), spec("postscript", marker="P.S.")],
        [spec("wrapped_in_quotes"), spec("ends_with", phrase="End.")],
        [spec("word_count", at_most=10), spec("bullets", at_least=6)],
        [spec("word_count", at_most=15), spec("paragraph_count", exactly=6)],
        [spec("sentence_count", at_most=2), spec("numbered_list", exactly=4)],
        [spec("paragraph_count", exactly=2), spec("nth_paragraph_first_word", paragraph=3, word="Still")],
        [spec("paragraph_count", exactly=2), spec("sections", marker="##", exactly=4)],
        [spec("keywords_present", words=["roof"]), spec("keywords_absent", words=["roof"])],
        [spec("keywords_present", words=["roof"]), spec("forbids", words=["roof"])],
        [spec("starts_with", phrase="Well, now:"), spec("no_commas")],
        [spec("starts_with", phrase="Well:"), spec("nth_paragraph_first_word", paragraph=1, word="Still")],
        [spec("word_count", at_least=5), spec("word_count", at_most=9)],
        [spec("all_lowercase"), spec("quotes_document")],
    ],
    ids=lambda specs: "+".join(one["check"] for one in specs),
)
def test_conflicts_are_known(specs: list[dict[str, Any]]) -> None:
    reason = checks.compatible(specs)
    assert reason and reason.endswith(".")
    with pytest.raises(CannotCompose, match=r"."):
        checks.compose(specs, DUE, SPARE, "", Random(1))


def test_compatible_sets_are_let_through() -> None:
    specs = [spec("title"), spec("bullets", exactly=3), spec("all_lowercase"), spec("word_count", at_most=90)]
    assert checks.compatible(specs) is None
    composed(*specs)


def test_what_cannot_be_said_is_refused_with_the_reason() -> None:
    with pytest.raises(CannotCompose, match="words"):
        checks.compose([spec("word_count", at_most=9)], DUE, [], "", Random(1))
    with pytest.raises(CannotCompose):
        checks.compose([spec("keywords_absent", words=["roof"])], DUE, [], "", Random(1))


def test_the_bank_is_neutral() -> None:
    """No comma, no digit, whole sentences, none twice: a filler can break neither `closed_world` nor `no_commas`."""
    bank = filler(Random(1))
    assert len(bank) == len(set(bank)) >= 200
    for sentence in [*bank, *FILLER, *CAPITALS, *PARENTHESES, *SHORT, *OPENERS.values(), *sum(KEYWORDS.values(), ())]:
        assert t.sentences(sentence) == [sentence], sentence
        assert not set(sentence) & set(",;:0123456789"), sentence
    for word, sentences in KEYWORDS.items():
        assert len(sentences) >= 3 and all(t.mentions(t.normal(s), word) for s in sentences), word
    for word, sentence in OPENERS.items():
        assert t.first_word(sentence) == word
