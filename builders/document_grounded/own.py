"""Questions about the user's own text, asked and answered by the model, held to the text by code.

The program chooses the passage, so that evidence spreads over the window as evenly as the places it is given; the model writes a quote,
a question and an answer; code verifies that the quote stands in the passage, that the answer stands in the quote, and that
the question says enough and not too much (`own_proposal`). What failed is fed back. A draft that stands makes a round trip of
three asks that know nothing of each other, the cheapest first: a guess from the question alone must miss, the evidence alone must
give the same answer, and the document without the evidence must not. What fails there is rejected: no rewording mends it.

Always: `OwnQuestion.quote` is the window's own text at `span`; its answer stands in it; an ask that was cut off is no pass; nothing
that the model says of its own work is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from longctx_synth.builder import Ask
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import answer_text
from longctx_synth.errors import Reject
from longctx_synth.prompts import Templates
from longctx_synth.review.refine import Draft, refine
from longctx_synth.review.rules import Rules
from longctx_synth.review.statement import foreign_names
from longctx_synth.scenarios import check_language
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world.document import Document

from .own_places import find_quote, passage_at, taken_out, whole_sentences
from .own_proposal import Proposal, abstained, agree, forms_in, read, verify

DRAFT_TOKENS, ANSWER_TOKENS = 700, 300  # with some room for a model that thinks first

# The quote stands first: what is written after it follows from it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("quote", "question", "answer")},
    "required": ["quote", "question", "answer"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class OwnQuestion:
    """A question about a window that passed everything.

    quote: the evidence as it stands in the text, `text[slice(*span)]`. sentences: [start, end) of the whole sentences that it touches;
    without them nobody can answer (`taken_out`). forms: accepted forms of the answer, the text's own first. guess: what the model said
    without any document, a wrong answer; without: what it said to the document without the evidence, which is wrong or abstains.
    drafts: every draft with its verdicts, the accepted one last.
    """

    question: str
    answer: str
    forms: tuple[str, ...]
    quote: str
    span: tuple[int, int]
    sentences: tuple[int, int]
    guess: str
    without: str
    drafts: list[Draft] = field(default_factory=list, compare=False, repr=False)


async def ask_about(
    ask: Ask,
    templates: Templates,
    window: Document,
    rng: Random,
    *,
    place: float | None = None,
    indirect: bool = False,
    seen: Sequence[str] = (),
    attempts: int = 3,
    language: str = "en",
    forbidden: Sequence[str] = (),
) -> OwnQuestion:
    """A verified question about the window, by the model that `ask` reaches.

    place: where in the window, 0 to 1, the evidence is to stand (a chance place where None). indirect: whether it must ask in
    other words than the evidence's. seen: questions that it must differ from. attempts: drafts before the case is given up.
    Raises Reject: stage "document" (nothing to ask about), "draft", "rules", "question", "answer" or "quote" (the last fault of the
    best draft), "round_trip".
    """
    start, end = passage_at(window, rng.random() if place is None else place)
    passage = window.text[start:end]
    given: dict[str, Any] = {
        "language": check_language(language),
        "want": _want(passage, rng),
        "indirect": indirect,
        "seen": list(seen),
    }
    # The instruction without the document: what stands there may be said.
    instruction = templates.messages("own_ask", document="", passage="", feedback="", draft="", **given)
    rules = Rules(language=language, forbidden=forbidden, prompt=instruction, allowed=[passage, *seen])

    async def write(feedback: str, last: Draft | None) -> Draft:
        draft = last.text if last else ""
        messages = templates.messages(
            "own_ask", document=window.text, passage=passage, feedback=feedback, draft=draft, **given
        )
        said = await ask(messages, schema=SCHEMA, max_tokens=DRAFT_TOKENS)
        return Draft(said.text.strip(), "stop" if said.finished else "length")

    async def is_read(draft: Draft) -> dict[str, Verdict]:
        shape = 'Write one JSON object with the texts "quote", "question" and "answer", none of them empty.'
        return {"draft:json": failed(shape) if read(draft.text) is None else PASSED}

    async def keeps_rules(draft: Draft) -> dict[str, Verdict]:
        said = _read_again(draft)
        return {f"rules:{name}": v for name, v in rules.review(f"{said.question}\n{said.answer}").items()}

    async def holds(draft: Draft) -> dict[str, Verdict]:
        said = _read_again(draft)
        return verify(said, window, (start, end), indirect=indirect, seen=seen, language=language)

    refined = await refine(write, [is_read, keeps_rules, holds], attempts=attempts)
    if not refined.passed:
        stage, _, reason = refined.best.failures[0].partition(":")
        raise Reject(stage, reason) if reason else Reject("draft", stage)
    said = _read_again(refined.best)
    span = find_quote(said.quote, window.text, (start, end))
    assert span is not None
    quote = window.text[slice(*span)]
    forms = forms_in(said.answer, quote)
    guess, without = await _round_trip(ask, templates, window, said.question, forms, span)
    sentences = whole_sentences(window, span)
    return OwnQuestion(said.question, said.answer, forms, quote, span, sentences, guess, without, refined.drafts)


def _want(passage: str, rng: Random) -> str:
    """What the question is to ask for, among what the passage has: models left to themselves ask for one thing over and over."""
    asks = [
        "Ask what was done, said or decided, or what something is.",
        "Ask why something was so, or by what means it came about.",
    ]
    if any(map(str.isdigit, passage)):
        asks += ["Ask for a figure, an amount or a date."] * 2
    if foreign_names(passage, []):
        asks += ["Ask for a name: who, where or which."] * 2
    return rng.choice(asks)


def _read_again(draft: Draft) -> Proposal:
    said = read(draft.text)
    assert said is not None  # what cannot be read gets no further
    return said


# The round trip.


async def _round_trip(
    ask: Ask,
    templates: Templates,
    window: Document,
    question: str,
    forms: tuple[str, ...],
    span: tuple[int, int],
) -> tuple[str, str]:
    """What the model says without a document, and without the evidence. Raises Reject where the evidence is not what it takes."""

    async def answer(name: str, **values: str) -> str:
        messages = templates.messages(name, question=question, **values)
        said = await ask(messages, max_tokens=ANSWER_TOKENS, temperature=0.0)
        text = answer_text(said.text)
        if not said.finished or t.is_wordless(text):
            raise Reject("round_trip", "an answer was empty or cut off")
        return text

    guess = await answer("own_guess")
    if agree(guess, forms):
        raise Reject("round_trip", "guessed without the document")
    alone = await answer("own_answer", document=window.text[slice(*whole_sentences(window, span, more=1))])
    # A long answer holds the right words by chance, as the whole evidence would.
    brief = t.word_count(alone) <= 2 * max(map(t.word_count, forms)) + 12
    if not brief or abstained(alone, forms) or not agree(alone, forms):
        raise Reject("round_trip", "not answerable from the evidence alone")
    without = await answer("own_answer", document=taken_out(window.text, *whole_sentences(window, span)))
    if agree(without, forms):
        raise Reject("round_trip", "answerable without the evidence")
    return guess, without
