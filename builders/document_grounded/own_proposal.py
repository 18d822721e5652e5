"""What code holds a model's question about the user's own text to: quote, answer and question, and when two answers are the same.

Pure functions from texts to verdicts; no text makes one raise. Comparison is by figures in one spelling and by stems of the words
that carry meaning, since a model's answer is seldom the text's letter for letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from longctx_synth.checks import text as t
from longctx_synth.checks.registry import answer_text
from longctx_synth.checks.truth import ABSTENTIONS, bare_answer
from longctx_synth.review.statement import content_words, foreign_names
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world.document import Document

from .own_places import find_quote, whole_sentences

QUESTION_WORDS, ANSWER_WORDS, QUOTE_WORDS = (5, 40), (1, 12), (4, 60)
INDIRECT = 0.5  # greatest share of an indirect question's words that the evidence has
SHOWN = 240  # characters of a sentence that feedback shows
SAME = 0.8  # share of words in common from which two answers, or two questions, are one


@dataclass(frozen=True)
class Proposal:
    """What the model proposed, not yet verified."""

    quote: str
    question: str
    answer: str


def read(text: str) -> Proposal | None:
    """The proposal in a model's answer, which may be fenced or stand after thoughts; None where a part is missing or empty."""
    text = answer_text(text)
    value = t.load_json(text)
    decoder, at = json.JSONDecoder(), -1
    for _ in range(8):
        if isinstance(value, dict):
            break
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            value, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
    if not isinstance(value, dict):
        return None
    found = {}
    for name in ("quote", "question", "answer"):
        part = value.get(name)
        part = str(part) if isinstance(part, int | float) and not isinstance(part, bool) else part
        if not isinstance(part, str) or t.is_wordless(part) or any("\ud800" <= c <= "\udfff" for c in part):
            return None
        found[name] = part.strip()
    return Proposal(**found)


def verify(
    said: Proposal,
    window: Document,
    passage: tuple[int, int],
    *,
    indirect: bool = False,
    seen: Sequence[str] = (),
    language: str = "en",
) -> dict[str, Verdict]:
    """What code can tell of a proposal, by "quote:…", "answer:…" or "question:…"; one fault is told once."""
    text = window.text
    span = find_quote(said.quote, text, passage)
    if span is None:
        near = _nearest(said.quote, window, passage)
        if find_quote(said.quote, text, (0, len(text))) is not None:
            told = failed(f'Quote from the passage, not from elsewhere, such as: "{near}"', 0.5)
            return {"quote:not in the passage": told}
        told = failed(f'Copy the quote letter by letter from the passage, such as: "{near}"')
        return {"quote:not in the document": told}
    quote = text[slice(*span)]
    evidence = text[slice(*whole_sentences(window, span))]
    forms = forms_in(said.answer, quote)
    return {
        "quote:length": _between(quote, QUOTE_WORDS, "quote"),
        "answer:length": _between(said.answer, ANSWER_WORDS, "answer"),
        "answer:says nothing": _says(said.answer),
        "answer:not in the quote": PASSED
        if forms
        else failed(f"The answer {said.answer[:80]!r} does not stand in the quote; answer in the quote's own words."),
        "question:form": _form(said.question),
        "question:speaks of the passage": _speaks(said.question, evidence),
        "question:nobody named": _named(said.question, language),
        "question:gives the answer": _gives(said.question, (*forms, said.answer)),
        "question:foreign": _foreign(said.question, text, language),
        "question:asked before": _asked(said.question, seen),
        "question:own words": _indirect(said.question, evidence) if indirect else PASSED,
    }


def _between(text: str, bounds: tuple[int, int], name: str) -> Verdict:
    count, (low, high) = t.word_count(text), bounds
    if low <= count <= high:
        return PASSED
    return failed(f"The {name} has {count} words; {low} to {high} are wanted.", min(count, high) / max(count, low))


def _says(answer: str) -> Verdict:
    figures, words = _key(answer)
    if figures or words - {"true", "false", "both", "none", "neith"}:
        return PASSED
    return failed("Ask for something that has a name or a figure, not for yes or no.")


_MARKS = "?？؟\u037e"
_POINTERS = frozenset(
    "passage passages excerpt excerpts quote quotes quoted quotation sentence sentences snippet paragraph".split()
)
# A question whose subject is a pronoun cannot be understood by itself.
_SUBJECT = re.compile(
    r"\A(?:(?:by|in|on|at|to|for|from|with|of|under) )?(?:what|which|who|whom|whose|when|where|why|how)(?: [a-z]+)? "
    r"(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|should|must) (he|she|it|they|this|that|these|those|we|you|i)\b"
)


def _form(question: str) -> Verdict:
    low, high = QUESTION_WORDS
    if "\n" in question or not question.endswith(tuple(_MARKS)) or sum(map(question.count, _MARKS)) != 1:
        return failed("Write one question in one line, with one question mark, at its end.")
    return _between(question, (low, high), "question")


def _speaks(question: str, evidence: str) -> Verdict:
    own = content_words(evidence)
    found = [word for word in content_words(question) if word in _POINTERS and word not in own]
    return failed(f"Ask about the matter itself; leave out {found[0]!r}.") if found else PASSED


def _named(question: str, language: str) -> Verdict:
    pronoun = _SUBJECT.match(t.normal(question)) if language == "en" else None
    return failed(f"Name whom or what you mean instead of {pronoun[1]!r}.") if pronoun else PASSED


def _gives(question: str, forms: Sequence[str]) -> Verdict:
    hay = t.normal(question)
    asked_figures, asked = _key(question)
    for form in forms:
        figures, words = _key(form)
        told = figures <= asked_figures and len(words & asked) >= SAME * len(words)
        if t.mentions(hay, bare_answer(t.normal(form))) or ((figures or words) and told):
            return failed(f"The question gives the answer away ({form[:60]!r}); ask so that it is not in the question.")
    return PASSED


def _foreign(question: str, text: str, language: str) -> Verdict:
    known = set(t.numbers(text))
    strange = [number for number in t.numbers(question) if number not in known]
    if language not in ("de", "lb"):  # which write every noun with a capital
        strange += foreign_names(question, [text])
    return failed(f"The document does not have {strange[0]!r}; leave it out of the question.") if strange else PASSED


def _asked(question: str, seen: Sequence[str]) -> Verdict:
    figures, words = _key(question)
    for other in seen:
        other_figures, other_words = _key(other)
        union = len(words | other_words)
        same = figures == other_figures and len(words & other_words) >= SAME * union
        if same or t.normal(other) == t.normal(question):
            return failed("This was asked before; ask about something else in the passage.")
    return PASSED


def _indirect(question: str, evidence: str) -> Verdict:
    stems, asked = _key(evidence)[1], _key(question)[1]
    words = [word for word in dict.fromkeys(content_words(question)) if word[:5] in asked]
    taken = [word for word in words if word[:5] in stems]
    if len(taken) <= INDIRECT * len(words):
        return PASSED
    return failed(
        f"Describe it in other words than the passage's: not {', '.join(taken[:4])}.", 1 - len(taken) / len(words)
    )


def _nearest(quote: str, window: Document, passage: tuple[int, int]) -> str:
    """The passage's sentence that has most of the quote's words, its beginning where it is long."""
    wanted = set(content_words(quote))
    inside = [window.text[a:b] for a, b in window.sentences if passage[0] <= a and b <= passage[1]]
    return max(inside, key=lambda sentence: len(wanted & set(content_words(sentence))))[:SHOWN]


# The same answer in other words.

_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split(),
        1,
    )
}
# What says nothing of the matter by itself: pronouns, question words, auxiliaries, endings of ordinals.
_EMPTY = frozenset(
    "he him she they them we us you me my your our what why when where how whose did does do done can could would "
    "shall should might must much many not no yes st nd rd th answer".split()
)


def _key(text: str) -> tuple[set[str], set[str]]:
    """The figures of a text, in one spelling, and the stems (five letters) of its words that carry meaning."""
    words = content_words(text)
    figures = {*t.numbers(text), *(_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS)}
    return figures, {word[:5] for word in words if word not in _NUMBER_WORDS and word not in _EMPTY}


def agree(said: str, forms: Sequence[str]) -> bool:
    """Whether an answer gives one of the forms, leniently: word for word somewhere in it, or the same figures and nearly the same words.

    "It was in March 1843." gives "March of 1843", "Brandt" gives "Ada Brandt"; "12 weeks" is not "12 days", nor "Ada Miller" "Ada Brandt".
    """
    hay = t.normal(t.readable(said))
    return any(t.mentions(hay, bare_answer(t.normal(form))) or _alike(said, form) for form in forms)


def _alike(said: str, form: str) -> bool:
    figures, words = _key(form)
    said_figures, said_words = _key(t.readable(said))
    if not figures <= said_figures or not (figures or words):
        return False
    if not words or (figures and not said_words):
        return True
    shared = len(words & said_words)
    return shared >= SAME * len(words) or (0 < len(said_words) == shared and 2 * shared >= len(words))


def abstained(said: str, forms: Sequence[str]) -> bool:
    """Whether an answer says that the document does not tell; a phrase that the right answer holds itself does not count."""
    hay, own = t.normal(said), t.normal(" ".join(forms))
    return any(t.mentions(hay, phrase) and phrase not in own for phrase in ABSTENTIONS)


def forms_in(answer: str, quote: str) -> tuple[str, ...]:
    """Forms of an answer that stands in the quote, the quote's own wording first; empty where it does not stand there.

    It stands there word for word, or all its figures and names and at least half of its other words do; an answer without figure or name
    needs all its words there.
    """
    bare = bare_answer(t.normal(answer))
    plain = answer.strip().rstrip(".,;:!")
    if t.mentions(t.normal(quote), bare):
        pattern = r"(?<!\w)" + r"\s+".join(map(re.escape, bare.split())) + r"(?!\w)"
        found = re.search(pattern, t.same_length_plain(quote), re.IGNORECASE)
        own = quote[found.start() : found.end()] if found else plain
        return tuple(dict.fromkeys((own, plain)))
    (figures, words), (quoted_figures, quoted) = _key(answer), _key(quote)
    names = {name.lower()[:5] for name in foreign_names(answer, [])}
    needed = names if figures or names else words
    if not (figures or words) or not figures <= quoted_figures or not needed <= quoted:
        return ()
    if 2 * len(words & quoted) < len(words):
        return ()
    run = _shortest(quote, figures, words & quoted, t.word_count(answer) + 4)
    return tuple(dict.fromkeys((run, plain) if run else (plain,)))


def _shortest(quote: str, figures: set[str], words: set[str], most: int) -> str:
    """The shortest run of the quote's words, of at most `most`, that holds all the figures and stems; "" where there is none."""
    tokens = [(match.start(), match.end(), *_key(match[0])) for match in re.finditer(r"\S+", quote)]
    for size in range(1, most + 1):
        for first in range(len(tokens) - size + 1):
            inside = tokens[first : first + size]
            has = set().union(*(token[2] for token in inside)), set().union(*(token[3] for token in inside))
            if figures <= has[0] and words <= has[1]:
                return quote[inside[0][0] : inside[-1][1]].strip(".,;:!?\"'“”‘’()[] ")
    return ""
