"""Questions about the user's own text: what is accepted, what is sent back and with which words, what is rejected; and sentences set in.

Over a real HTTP server whose model is scripted: it is honest, invents quotes, asks what anybody knows, breaks off, and so on.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth import publish
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject
from longctx_synth.journal import Journal
from longctx_synth.llm.ask import Asker
from longctx_synth.llm.client import Client
from longctx_synth.llm.endpoint import describe
from longctx_synth.prompts import Templates
from longctx_synth.world.corpus import load
from longctx_synth.world.document import Document
from longctx_synth.world.texts import split_sentences
from tests import servers
from tests.own_responders import chronicler, corpus
from tests.servers import Script, running, schema_of

OWN = Path(__file__).parent / "builders" / "own"
load_builder(str(OWN))  # which makes a package of document_grounded's modules
own = sys.modules["document_grounded_own.own"]
places = sys.modules["document_grounded_own.own_places"]
proposal = sys.modules["document_grounded_own.own_proposal"]

TEMPLATES = Templates(Path(own.__file__).parent / "prompts")

TEXT = (
    "The parish of Harwick lies on the north bank of the river, and its quay was for long the only one within a day's ride. "
    "Barges came up on the flood and went down on the ebb. Nobody kept a count of them before the war.\n\n"
    "In March 1843 the council of Harwick chose Ada Brandt to rebuild the old quay after the flood. She asked for 4,200 crowns "
    "and was given “three thousand and a barrel of nails”, as the clerk noted. The work took 17 months. Stone came from the "
    "quarry at Ostrel, two hours away by cart.\n\n"
    "The granary was insured in the same year. Its keeper, Tobias Lund, slept above the scales until his death. The scales "
    "were sold to a dealer from the coast."
)


def window(text: str = TEXT) -> Document:
    """A document as the corpus gives it: paragraphs of whole sentences."""
    document = Document("corpus", "", "", text)
    at = 0
    for paragraph in text.split("\n\n"):
        for sentence in split_sentences(paragraph):
            start = text.index(sentence, at)
            at = start + len(sentence)
            document.sentences.append((start, at))
    return document


WORK = 0.55  # a place in the second paragraph
QUOTE = "She asked for 4,200 crowns and was given “three thousand and a barrel of nails”, as the clerk noted."
GOOD = {
    "quote": "The work took 17 months.",
    "question": "How long did the rebuilding of the old quay at Harwick take?",
    "answer": "17 months",
}
BY_NAME = {
    "quote": "In March 1843 the council of Harwick chose Ada Brandt to rebuild the old quay",
    "question": "Whom did the council entrust with the old quay of Harwick after the flood?",
    "answer": "Ada Brandt",
}


class Model:
    """A scripted model. drafts: its proposals in turn, the last one stays; guess, alone, without: its answers in the round trip.

    asked: the texts of the requests, by what they wanted.
    """

    def __init__(
        self,
        *drafts: Any,
        guess: Any = "About nine weeks.",
        alone: Any = "It took 17 months.",
        without: Any = "Not in the document.",
        key: str = "The work took 17 months.",
    ) -> None:
        self.drafts = list(drafts)
        self.guess, self.alone, self.without, self.key = guess, alone, without, key
        self.asked: list[tuple[str, str]] = []
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> Any:
        text = request["messages"][-1]["content"]
        assert len(request["messages"]) == 1
        self.requests.append(request)
        if schema_of(request):
            self.asked.append(("draft", text))
            draft = self.drafts.pop(0) if len(self.drafts) > 1 else self.drafts[0]
            return json.dumps(draft) if isinstance(draft, dict) else draft
        if "document that you do not have" in text:
            self.asked.append(("guess", text))
            return self.guess
        found = self.key in text.partition("Answer this question")[0]
        self.asked.append(("alone" if found else "without", text))
        return self.alone if found else self.without

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.asked]

    @property
    def texts(self) -> list[str]:
        return [text for kind, text in self.asked if kind == "draft"]


async def ask_about(folder: Path, model: Callable[..., Any], script: Script | None = None, **options: Any) -> Any:
    """`own.ask_about` over HTTP, at WORK unless told otherwise."""
    document = options.pop("document", None) or window()
    async with running(script or Script(), model) as server:
        info = await describe(server.url)
        with Journal.open(folder) as journal:
            async with Client([info], backoff=0.01) as http:
                ask = Asker(http, journal).case("train/0/0", 1)
                return await own.ask_about(
                    ask, TEMPLATES, document, random.Random(5), **{"place": WORK, "attempts": 2, **options}
                )


# What is accepted.


async def test_an_honest_question_is_accepted_with_its_evidence(tmp_path):
    model = Model(GOOD)
    asked = await ask_about(tmp_path, model)
    assert (asked.question, asked.answer, asked.forms) == (GOOD["question"], "17 months", ("17 months",))
    assert TEXT[slice(*asked.span)] == asked.quote == "The work took 17 months."
    assert TEXT[slice(*asked.sentences)] == "The work took 17 months."
    assert (asked.guess, asked.without) == ("About nine weeks.", "Not in the document.")
    assert len(asked.drafts) == 1 and asked.drafts[0].verdict.passed
    assert model.kinds == ["draft", "guess", "alone", "without"]


async def test_what_each_ask_is_shown(tmp_path):
    model = Model(GOOD)
    await ask_about(tmp_path, model)
    draft, guess, alone, without = (text for _, text in model.asked)
    assert TEXT in draft and draft.count("The work took 17 months.") == 2  # in the document and in the passage
    assert "The parish" not in guess and "Ada Brandt" not in guess and GOOD["question"] in guess
    assert "as the clerk noted. The work took 17 months. Stone came" in alone
    assert "In March 1843" not in alone and "granary" not in alone  # one neighbour on either side
    assert "17 months" not in without and "as the clerk noted. Stone came" in without and "granary" in without
    for text in (alone, without, guess):
        assert "quote" not in text and GOOD["question"] in text
    # The document first: the server's prefix cache serves the ask without the evidence as far as the evidence.
    head = draft.index("The work took 17 months.") - 1
    assert without[:head] == draft[:head]
    assert [request["temperature"] for request in model.requests] == [0.7, 0.0, 0.0, 0.0]
    assert schema_of(model.requests[0]) == own.SCHEMA and all(schema_of(r) is None for r in model.requests[1:])


async def test_a_part_of_a_sentence_is_evidence_and_its_whole_sentence_is_taken_out(tmp_path):
    model = Model(BY_NAME, guess="The mayor.", alone="Ada Brandt", key="Ada Brandt")
    asked = await ask_about(tmp_path, model)
    assert asked.quote == BY_NAME["quote"] and TEXT[slice(*asked.span)] == asked.quote
    assert TEXT[slice(*asked.sentences)].endswith("after the flood.")
    assert "after the flood" not in model.asked[-1][1].partition("Answer this question")[0]


async def test_typographic_quotes_may_be_plain_and_the_texts_own_stand_in_the_row(tmp_path):
    said = {
        "quote": 'was given "three thousand and a barrel of nails", as the clerk noted',
        "question": "What, by the account of the clerk, did the council grant for the quay of Harwick?",
        "answer": "three thousand and a barrel of nails",
    }
    model = Model(said, guess="Nothing.", alone=said["answer"], key="barrel of nails")
    asked = await ask_about(tmp_path, model)
    assert asked.quote == "was given “three thousand and a barrel of nails”, as the clerk noted"


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", "<think>They want a quote.</think>\n{}", 'Let me see {{"a": 1 ...\n{}\nDone.', "{}\n{{}}"],
)
async def test_an_answer_may_be_wrapped(tmp_path, wrapped):
    text = wrapped.replace("{{", "\0").replace("{}", json.dumps(GOOD), 1).replace("\0", "{").replace("}}", "}")
    asked = await ask_about(tmp_path, Model(text))
    assert asked.answer == "17 months"


@pytest.mark.parametrize("kind", ["openai", "vllm", "llamacpp", "tgi"])
async def test_any_server_does(tmp_path, kind):
    script = Script(kind=kind, overload_every=3, drop_every=5)
    asked = await ask_about(tmp_path, Model(GOOD), script)
    assert asked.answer == "17 months"


async def test_a_case_that_runs_again_pays_nothing(tmp_path):
    first = await ask_about(tmp_path, Model({**GOOD, "quote": "It took them 17 months."}, GOOD))
    silent = Model("never asked")
    again = await ask_about(tmp_path, silent)
    assert again == first and silent.asked == []


# What is sent back, and with which words.

FAULTS = [
    ({**GOOD, "quote": "The work took no less than 17 months."}, "quote:not in the document", "letter by letter"),
    ({**GOOD, "quote": "The scales were sold to a dealer"}, "quote:not in the passage", "not from elsewhere"),
    ({**GOOD, "quote": "17 months"}, "quote:length", "The quote has 2 words; 4 to 60"),
    ({**GOOD, "answer": "17 weeks"}, "answer:not in the quote", "The answer '17 weeks' does not stand in the quote"),
    ({**GOOD, "answer": "18 months"}, "answer:not in the quote", "'18 months' does not stand"),
    ({**BY_NAME, "answer": "Ada Lund"}, "answer:not in the quote", "'Ada Lund' does not stand"),
    (
        {**BY_NAME, "quote": QUOTE, "answer": " ".join(QUOTE.split()[:14])},
        "answer:length",
        "The answer has 14 words; 1 to 12",
    ),
    (
        {**GOOD, "question": "Did the work on the old quay take more than a year?", "answer": "Yes"},
        "answer:says nothing",
        "not for yes or no",
    ),
    (
        {**GOOD, "question": "Did the work on the quay of Harwick take 17 months, or longer?"},
        "question:gives the answer",
        "gives the answer away ('17 months')",
    ),
    (
        {**BY_NAME, "question": "For which quay did the council choose the builder Brandt, first name Ada?"},
        "question:gives the answer",
        "gives the answer away ('Ada Brandt')",
    ),
    ({**GOOD, "question": "How long the rebuilding of the old quay took."}, "question:form", "one question mark"),
    (
        {**GOOD, "question": "Was the old quay of Harwick rebuilt? How long did that take?"},
        "question:form",
        "one question mark",
    ),
    ({**GOOD, "question": "How long, exactly?"}, "question:form", "The question has 3 words; 5 to 40"),
    (
        {**GOOD, "question": f"How long did the work {TEXT[:200].lower().rstrip()} take?"},
        "question:form",
        "The question has 49 words",
    ),
    (
        {**GOOD, "question": "How long did the work take, according to the passage?"},
        "question:speaks of the passage",
        "leave out 'passage'",
    ),
    (
        {**GOOD, "question": "How long did it take to be rebuilt?"},
        "question:nobody named",
        "whom or what you mean instead of 'it'",
    ),
    (
        {**BY_NAME, "question": "Who was entrusted with the old quay of Bremen after the flood?"},
        "question:foreign",
        "does not have 'Bremen'",
    ),
    (
        {**GOOD, "question": "How long did the rebuilding of the quay that began in 1850 take?"},
        "question:foreign",
        "does not have '1850'",
    ),
    (
        {**GOOD, "question": "I'm sorry, but I can't help with the quay of Harwick, can I?"},
        "rules:refusal",
        "must answer",
    ),
    (
        {**GOOD, "question": "Sure, here is one: how long did the rebuilding of the old quay take?"},
        "rules:format",
        "chat filler",
    ),
    ("The work took 17 months.", "draft:json", "Write one JSON object"),
    (json.dumps(GOOD)[:-20], "draft:json", "Write one JSON object"),
    ({"quote": GOOD["quote"], "question": GOOD["question"]}, "draft:json", "none of them empty"),
    ({**GOOD, "answer": "  "}, "draft:json", "none of them empty"),
    ({**GOOD, "answer": ["17", "months"]}, "draft:json", "none of them empty"),
    (json.dumps({**GOOD, "answer": "17 \ud800 months"}), "draft:json", "none of them empty"),
    ("[1, 2]", "draft:json", "none of them empty"),
    ("", "complete", "It was empty"),
    ((json.dumps(GOOD), "length"), "complete", "It was cut off"),
]


@pytest.mark.parametrize(("fault", "name", "words"), FAULTS, ids=[f"{i}-{f[1]}" for i, f in enumerate(FAULTS)])
async def test_a_fault_is_fed_back_and_mended(tmp_path, fault, name, words):
    model = Model(fault, GOOD)
    asked = await ask_about(tmp_path, model)
    assert name in asked.drafts[0].failures
    assert asked.drafts[1].verdict.passed and asked.answer == "17 months"
    first, second = model.texts
    assert "Your last draft" not in first
    assert words in second.partition("Mend exactly this and keep the rest:")[2]
    last = fault[0] if isinstance(fault, tuple) else json.dumps(fault) if isinstance(fault, dict) else fault
    assert last in second
    assert second.startswith(first.partition("Write one question")[0])  # the document is still first
    assert model.kinds == ["draft", "draft", "guess", "alone", "without"]


@pytest.mark.parametrize(("fault", "name", "words"), FAULTS, ids=[f"{i}-{f[1]}" for i, f in enumerate(FAULTS)])
async def test_a_fault_that_stays_is_a_reject_by_stage_and_reason(tmp_path, fault, name, words):
    model = Model(fault)
    with pytest.raises(Reject) as caught:
        await ask_about(tmp_path, model, attempts=3)
    stage, _, reason = name.partition(":")
    assert (caught.value.stage, caught.value.reason) == ((stage, reason) if reason else ("draft", stage))
    assert model.kinds == ["draft"] * 3  # no round trip is paid for what does not stand


async def test_the_feedback_on_an_invented_quote_shows_the_nearest_sentence(tmp_path):
    model = Model({**GOOD, "quote": "Stone was brought from Ostrel by cart."}, GOOD)
    await ask_about(tmp_path, model)
    assert 'such as: "Stone came from the quarry at Ostrel, two hours away by cart."' in model.texts[1]


async def test_what_was_asked_before_is_told_and_held_to(tmp_path):
    seen = ["How long did rebuilding the old quay at Harwick take?"]
    model = Model(GOOD, BY_NAME, guess="The mayor.", alone="Ada Brandt.", key="Ada Brandt")
    asked = await ask_about(tmp_path, model, seen=seen)
    assert asked.answer == "Ada Brandt" and asked.drafts[0].failures == ["question:asked before"]
    assert f"- {seen[0]}" in model.texts[0] and "This was asked before" in model.texts[1]


async def test_an_indirect_question_does_not_ask_in_the_texts_words(tmp_path):
    direct = {**BY_NAME, "question": "Whom did the council of Harwick choose to rebuild the old quay?"}
    other = {**BY_NAME, "question": "Which person was put in charge of mending the landing place for barges?"}
    model = Model(direct, other, guess="The mayor.", alone="Ada Brandt", key="Ada Brandt")
    asked = await ask_about(tmp_path, model, indirect=True)
    assert asked.question == other["question"]
    assert asked.drafts[0].failures == ["question:own words"]
    assert "describe what you ask about in other words" in model.texts[0]
    assert "not council, harwick, choose" in model.texts[1] or "not council, harwick" in model.texts[1]
    assert "describe what" not in (await _first_prompt(tmp_path / "b"))


async def _first_prompt(folder: Path) -> str:
    model = Model(GOOD)
    await ask_about(folder, model)
    return model.texts[0]


async def test_forbidden_words_and_the_instructions_own_are_kept_out(tmp_path):
    model = Model({**GOOD, "question": "How long did the rebuilding of the hideous quay take?"}, GOOD)
    asked = await ask_about(tmp_path, model, forbidden=["hideous"])
    assert asked.drafts[0].failures and asked.drafts[0].failures[0].startswith("rules:policy")
    leak = "What names whom or what it is about, so that it is understood by itself?"
    model = Model({**GOOD, "question": leak}, GOOD)
    asked = await ask_about(tmp_path / "b", model)
    assert "rules:leakage" in asked.drafts[0].failures


# The round trip: no feedback, no second try.


@pytest.mark.parametrize(
    ("answers", "reason", "asks"),
    [
        ({"guess": "17 months"}, "guessed without the document", 2),
        ({"guess": "I should think seventeen months."}, "guessed without the document", 2),
        ({"alone": "Not in the document."}, "not answerable from the evidence alone", 3),
        ({"alone": "The document does not say; 17 months?"}, "not answerable from the evidence alone", 3),
        ({"alone": "Two hours by cart."}, "not answerable from the evidence alone", 3),
        ({"alone": "17 weeks"}, "not answerable from the evidence alone", 3),
        ({"alone": f"{QUOTE} The work took 17 months."}, "not answerable from the evidence alone", 3),
        ({"without": "17 months"}, "answerable without the evidence", 4),
        (
            {"without": "It is not mentioned, but it must have been some 17 months."},
            "answerable without the evidence",
            4,
        ),
        ({"guess": ""}, "an answer was empty or cut off", 2),
        ({"alone": ("17 months", "length")}, "an answer was empty or cut off", 3),
        ({"without": ("Not in", "length")}, "an answer was empty or cut off", 4),
        ({"without": "<think>It took"}, "an answer was empty or cut off", 4),
    ],
)
async def test_what_fails_the_round_trip_is_rejected_at_once(tmp_path, answers, reason, asks):
    model = Model(GOOD, **answers)
    with pytest.raises(Reject) as caught:
        await ask_about(tmp_path, model, attempts=3)
    assert (caught.value.stage, caught.value.reason) == ("round_trip", reason)
    assert model.kinds == ["draft", "guess", "alone", "without"][:asks]


@pytest.mark.parametrize(
    "answers",
    [
        {"alone": "17 months."},
        {"alone": "17"},
        {"alone": "seventeen months"},
        {"alone": "**17 months**"},
        {"alone": "<think>Months.</think>The answer is: 17 months"},
        {"without": "Two hours."},
        {"without": "It is unknown."},
        {"guess": "I do not know, perhaps 16 months."},
    ],
)
async def test_what_passes_the_round_trip(tmp_path, answers):
    assert (await ask_about(tmp_path, Model(GOOD, **answers))).answer == "17 months"


async def test_a_question_that_another_passage_answers_too_is_rejected(tmp_path):
    twice = TEXT + "\n\nThe chronicle says once more that the mason's work on the quay of Harwick took 17 months."
    model = Model(GOOD)
    with pytest.raises(Reject, match="answerable without the evidence"):
        model.without = "17 months"  # an honest reader finds it in the last paragraph
        await ask_about(tmp_path, model, document=window(twice), place=0.45)
    assert "once more" in model.asked[-1][1]


# The comparison of answers.


@pytest.mark.parametrize(
    ("said", "form", "same"),
    [
        ("It was in March 1843.", "March of 1843", True),
        ("12 days", "12 weeks", False),
        ("Twelve days", "12 days", True),
        ("1843", "March 1843", True),
        ("March", "March 1843", False),
        ("Brandt", "Ada Brandt", True),
        ("Ada Miller", "Ada Brandt", False),
        ("EUR 4,200", "€4200", True),
        ("4,200", "420", False),
        ("the committee of the harbour", "harbour committee", True),
        ("harbour", "harbour committee of the parish council of Ostrel", False),
        ("The repairs of the quay", "repair the quay", True),
        ("42.5 tonnes", "42 tonnes", False),
        ('{"answer": "Ada Brandt"}', "Ada Brandt", True),
        ("Nobody knows.", "Ada Brandt", False),
        ("the", "a quay", False),
        ("", "a quay", False),
        ("anything", "the", False),
    ],
)
def test_the_same_answer_in_other_words(said, form, same):
    assert proposal.agree(said, [form]) is same


@pytest.mark.parametrize(
    ("answer", "quote", "forms"),
    [
        ("ada brandt", "chose Ada Brandt to rebuild", ("Ada Brandt", "ada brandt")),
        ("The old quay.", "rebuild the old quay after", ("old quay", "The old quay")),
        ("12 March 1843", "on the 12th of March, 1843, when", ("12th of March, 1843", "12 March 1843")),
        ("Ada and Tobias", "Ada Brandt and Tobias Lund came", ("Ada Brandt and Tobias", "Ada and Tobias")),
        ("4,200 crowns", "asked for 4200 crowns and", ("4200 crowns", "4,200 crowns")),
        ("Oslo", "Ada Brandt came", ()),
        ("42", "costs 42.5 crowns", ()),
        ("1843 in Oslo", "in 1843 at Bergen", ()),
        ("a new stone pier", "the old wooden quay", ()),
        ("stone bridge", "the old stone pier", ()),
        ("the", "the quay", ("the",)),
        ("?", "the quay", ()),
    ],
)
def test_forms_of_an_answer(answer, quote, forms):
    assert proposal.forms_in(answer, quote) == forms


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.booleans())
def test_no_text_makes_a_verdict_raise(quote, question, answer, indirect):
    for said in (
        proposal.Proposal(quote, question, answer),
        proposal.Proposal("The work took 17 months", question, answer),
    ):
        found = proposal.verify(said, window(), places.passage_at(window(), WORK), indirect=indirect, seen=[answer])
        assert found and all(verdict.passed or verdict.feedback for verdict in found.values())
    proposal.agree(quote, [answer])
    proposal.abstained(quote, [answer])
    read = proposal.read(quote)
    assert read is None or read.quote


# Places in the text.


def test_a_quote_is_found_where_it_stands_and_widened_to_whole_words():
    text = "A – rather\n long “walk” to the partly sunken boat."
    for quote in ('A - rather long "walk" to', "“A – rather long ‘walk’ to”"):
        span = places.find_quote(quote.replace("‘walk’", "“walk”"), text, (0, len(text)))
        assert text[slice(*span)] == "A – rather\n long “walk” to"
    assert text[slice(*places.find_quote("artly sunk", text, (0, len(text))))] == "partly sunken"
    assert places.find_quote("walk", text, (0, 10)) is None


def test_passages_spread_over_the_window(tmp_path):
    document = load(corpus(tmp_path / "texts")).window("train", 0, 4000, lambda text: len(text.split()))
    deciles = Counter()
    for step in range(100):
        start, end = places.passage_at(document, (step + 0.5) / 100)
        assert 1 <= sum(start <= a and b <= end for a, b in document.sentences) <= 4
        assert "\n" not in document.text[start:end]
        deciles[int(10 * (start + end) / 2 / len(document.text))] += 1
    assert all(8 <= deciles[decile] <= 12 for decile in range(10))


def test_a_window_that_says_nothing_has_no_passage():
    with pytest.raises(Reject, match="document: no sentence to ask about"):
        places.passage_at(window("Yes. No. It is so.\n\nHe was there, and she was too."), 0.5)
    with pytest.raises(Reject):
        places.passage_at(Document("corpus", "", "", ""), 0.5)


def test_what_is_taken_out_leaves_no_hole():
    document = window("One is here. Two is here. Three is here.\n\nFour is alone.\n\nFive is last.")
    kept = [places.taken_out(document.text, *span) for span in document.sentences]
    assert kept == [
        "Two is here. Three is here.\n\nFour is alone.\n\nFive is last.",
        "One is here. Three is here.\n\nFour is alone.\n\nFive is last.",
        "One is here. Two is here.\n\nFour is alone.\n\nFive is last.",
        "One is here. Two is here. Three is here.\n\nFive is last.",
        "One is here. Two is here. Three is here.\n\nFour is alone.",
    ]
    assert places.taken_out("One is here.", 0, 12) == ""


# Sentences set into the text.


@st.composite
def windows(draw) -> Document:
    """Any text that is sentences: blanks between those of a paragraph, line ends between paragraphs."""
    document = Document("corpus", "", "", "")
    parts: list[str] = [draw(st.text(max_size=3))]
    for _ in range(draw(st.integers(0, 12))):
        start = sum(map(len, parts))
        parts.append(draw(st.text(min_size=1, max_size=20)) + draw(st.sampled_from(["", ".", "!”", '."', "?"])))
        document.sentences.append((start, start + len(parts[-1])))
        parts.append(draw(st.sampled_from([" ", " ", " ", "  ", "\n\n", "\n", ""])))
    document.text = "".join(parts)
    return document


SENTENCES = st.lists(st.tuples(st.text(min_size=1, max_size=30), st.floats(-0.2, 1.2)), max_size=15)


@given(windows(), SENTENCES, st.integers(0, 99))
def test_taking_the_spans_out_gives_the_text_back(document, given_, seed):
    sentences = [(str(number), text) for number, (text, _) in enumerate(given_)]
    where = [place for _, place in given_]
    if sentences and not document.sentences:
        with pytest.raises(Reject, match="document: no place for a sentence"):
            places.set_into(document, sentences, where, random.Random(seed))
        return
    text, spans = places.set_into(document, sentences, where, random.Random(seed))
    assert set(spans) == {name for name, _ in sentences}
    for name, sentence in sentences:
        assert text[slice(*spans[name])] == sentence and text[spans[name][0] - 1] == " "
    kept, at, cuts = [], 0, []
    for start, end in sorted(spans.values()):
        kept.append(text[at : start - 1])
        at = end
        cuts.append(sum(map(len, kept)))
    kept.append(text[at:])
    assert "".join(kept) == document.text
    # Never inside a sentence: every cut is the end of one.
    assert set(cuts) <= {end for _, end in document.sentences}
    # In the order of the places, and each gap once while there are enough.
    by_place = [where[int(name)] for name, _ in sorted(spans.items(), key=lambda item: item[1])]
    assert by_place == sorted(by_place)
    inner = [i for i in range(len(document.sentences) - 1) if places._neighbours(document, i)]
    if len(sentences) <= len(inner):
        assert len(set(cuts)) == len(cuts)
        assert set(cuts) <= {document.sentences[index][1] for index in inner}


@given(st.floats(0, 1), st.integers(1, 9), st.integers(2, 7))
def test_one_sentence_goes_into_the_nearest_gap(place, paragraphs, length):
    text = "\n\n".join(" ".join(f"Sentence {i}.{j} is here." for j in range(length)) for i in range(paragraphs))
    document = window(text)
    sentence = "The depot at Vorl holds 410 crates."
    found, spans = places.set_into(document, [("f1", sentence)], [place], random.Random(0))
    total = len(text) + len(sentence) + 1
    inner = [b for (_, b), (c, _) in zip(document.sentences, document.sentences[1:], strict=False) if text[b:c] == " "]
    best = min(abs(gap + 1 - place * total) for gap in inner)
    assert abs(spans["f1"][0] - place * total) == pytest.approx(best)
    assert len(found) == total


def test_facts_spread_over_a_real_text_and_deciles_are_met(tmp_path):
    document = load(corpus(tmp_path / "texts")).window("train", 1, 4000, lambda text: len(text.split()))
    facts = [(f"f{number:02}", f"Store {number} holds {number + 100} crates of tiles.") for number in range(40)]
    where = [((7 * number) % 40 + 0.5) / 40 for number in range(40)]
    text, spans = places.set_into(document, facts, where, random.Random(1))
    for (name, sentence), place in zip(facts, where, strict=True):
        start, end = spans[name]
        assert text[start:end] == sentence
        assert abs(start / len(text) - place) < 0.01
        assert text[start - 2] in ".!?" and text[end] == " "  # between two sentences of a paragraph


def test_nothing_is_set_into_a_quotation_a_bracket_or_between_paragraphs_while_there_is_room():
    text = (
        "He spoke. “Come here. Sit down.” She left. (It rained. It always did.) They stayed.\n\n"
        'Alone it stands.\n\n"Go home. Now." It was late. The night began.'
    )
    good = ["He spoke.", "Sit down.”", "She left.", "It always did.)", 'Now."', "It was late."]
    for step in range(40):
        found, spans = places.set_into(window(text), [("a", "F.")], [step / 40], random.Random(0))
        head = found[: spans["a"][0] - 1]
        assert any(head.endswith(end) for end in good), head
    many = [(str(number), f"F{number}.") for number in range(len(good))]
    found, spans = places.set_into(window(text), many, [0.5] * len(many), random.Random(0))
    assert all(f"{end} F" in found for end in good)


def test_equal_places_are_told_in_chance_order_and_one_seed_gives_one_text():
    facts = [(str(number), f"F{number}.") for number in range(6)]
    orders = set()
    for seed in range(20):
        first = places.set_into(window(), facts, [0.5] * 6, random.Random(seed))
        assert first == places.set_into(window(), facts, [0.5] * 6, random.Random(seed))
        orders.add(tuple(re.findall(r"F\d", first[0])))
    assert len(orders) > 10


def test_set_into_refuses_what_does_not_match():
    for sentences, where in (([("a", "A."), ("a", "B.")], [0.1, 0.2]), ([("a", "A.")], [])):
        with pytest.raises(ValueError):
            places.set_into(window(), sentences, where, random.Random(0))
    assert places.set_into(window(), [], [], random.Random(0)) == (TEXT, {})


# A whole run.


def test_a_builder_makes_rows_of_the_users_own_text(tmp_path):
    with servers.process(Script(responder="own_responders:chronicler", model="scripted")) as server:
        builder = load_builder(str(OWN))(
            cache_dir=str(tmp_path / "c"),
            n=20,
            tokens="900",
            documents=str(corpus(tmp_path / "texts")),
            endpoint=server.url,
        )
        built = builder.generate(tmp_path / "out")
    assert publish.verify(tmp_path / "out") == []
    rows = list(datasets.load_dataset(str(tmp_path / "out"), "records", split="train", cache_dir=str(tmp_path / "d")))
    assert len(rows) == 20 and built.funnel.accepted == 20
    deciles = Counter()
    for row in rows:
        (piece,) = row["evidence"]
        text = row["prompt"][0]["content"]
        assert text[piece["start"] : piece["end"]] == piece["text"]
        assert row["answer"] in piece["text"] and row["answer"] not in row["scenario"]["question"]
        deciles[int(10 * piece["start"] / len(text))] += 1
    assert max(deciles.values()) <= 4 and len(deciles) >= 8
    assert {row["attempts"] for row in rows} == {1, 2}
    assert len({row["scenario"]["question"] for row in rows}) >= 18  # windows may overlap
    assert built.funnel.rejected["round_trip", "not answerable from the evidence alone"] >= 1
    assert {stage for stage, _ in built.funnel.rejected} <= {"round_trip", "length"}  # invented quotes were mended


async def test_cases_side_by_side_do_not_mix(tmp_path):
    texts = load(corpus(tmp_path / "texts"))
    async with running(Script(), chronicler) as server:
        info = await describe(server.url)
        with Journal.open(tmp_path / "run") as journal:
            async with Client([info]) as http:
                asker = Asker(http, journal)
                windows_ = [texts.window("train", number, 600, lambda text: len(text.split())) for number in range(8)]
                asked = await asyncio.gather(
                    *(
                        own.ask_about(asker.case(f"train/{n}/0", n), TEMPLATES, document, random.Random(n))
                        for n, document in enumerate(windows_)
                    ),
                    return_exceptions=True,
                )
    for document, one in zip(windows_, asked, strict=True):
        assert isinstance(one, Reject) or document.text[slice(*one.span)] == one.quote
    assert sum(isinstance(one, Reject) for one in asked) < 4
