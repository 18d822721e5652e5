"""Places in the user's own text: what to ask about, what to take out, and where a sentence can be set in.

All is pure, and points into the text with code-point offsets. A sentence that is set in goes between two sentences of a
paragraph, preceded by one blank, which is all that is added besides it: taking [start - 1, end) of every span out gives the
text back.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from random import Random

from longctx_synth.checks.truth import Source
from longctx_synth.errors import Reject
from longctx_synth.review.statement import content_words
from longctx_synth.world.document import Document

PASSAGE_WORDS, PASSAGE_SENTENCES = 60, 4  # a passage grows to so many words or sentences


def passage_at(window: Document, place: float) -> tuple[int, int]:
    """[start, end) of the passage nearest to a place (0 to 1): a sentence that says something, its paragraph around it up to 60 words.

    Raises Reject where no sentence says anything.
    """
    spans, text = window.sentences, window.text
    target = place * len(text)
    for centre in sorted(range(len(spans)), key=lambda index: abs(sum(spans[index]) / 2 - target)):
        sentence = text[slice(*spans[centre])]
        if not 6 <= len(sentence.split()) <= 80 or len(content_words(sentence)) < 4:
            continue
        first = last = centre
        while (
            last - first + 1 < PASSAGE_SENTENCES and len(text[spans[first][0] : spans[last][1]].split()) < PASSAGE_WORDS
        ):
            if last + 1 < len(spans) and _neighbours(window, last):
                last += 1
            elif first and _neighbours(window, first - 1):
                first -= 1
            else:
                break
        return spans[first][0], spans[last][1]
    raise Reject("document", "no sentence to ask about")


def _neighbours(window: Document, index: int) -> bool:
    """Whether a sentence and the one after it stand in one paragraph."""
    gap = window.text[window.sentences[index][1] : window.sentences[index + 1][0]]
    return bool(gap) and not gap.strip(" ")


def whole_sentences(window: Document, span: tuple[int, int], more: int = 0) -> tuple[int, int]:
    """[start, end) of the sentences that a span touches, with up to `more` neighbours on either side."""
    touched = [index for index, (start, end) in enumerate(window.sentences) if start < span[1] and span[0] < end]
    first, last = max(touched[0] - more, 0), min(touched[-1] + more, len(window.sentences) - 1)
    return window.sentences[first][0], window.sentences[last][1]


def find_quote(quote: str, text: str, within: tuple[int, int]) -> tuple[int, int] | None:
    """Where the quote stands in `text[slice(*within)]`, widened to whole words; quotes, dashes and white space may differ in kind."""
    start, end = within
    source = Source(text[start:end])
    found = source.find(quote) or source.find(quote.strip(" \t\n\"'“”‘’"))
    if found is None:
        return None
    first, last = (start + at for at in source.original(*found))
    while first > start and text[first - 1].isalnum() and text[first].isalnum():
        first -= 1
    while last < end and text[last].isalnum() and text[last - 1].isalnum():
        last += 1
    return first, last


def taken_out(text: str, start: int, end: int) -> str:
    """The text without [start, end), whole sentences, closed up: between what is left stands the wider of the two gaps."""
    head, tail = text[:start].rstrip(), text[end:].lstrip()
    before, after = text[len(head) : start], text[end : len(text) - len(tail)]
    joint = max(before, after, key=lambda gap: (gap.count("\n"), len(gap))) if head and tail else ""
    return head + joint + tail


_STOPPED = re.compile(r"[.!?…][\"”’')\]]*\Z")


def set_into(
    window: Document, sentences: Sequence[tuple[str, str]], places: Sequence[float], rng: Random
) -> tuple[str, dict[str, tuple[int, int]]]:
    """The window's text with the sentences in it, and [start, end) of each by its id.

    sentences: (id, text) each; places: where in the finished text (0 to 1) each is to begin, in the same order. Each goes between
    two sentences of a paragraph, into the gap nearest to its place; no two into one gap while there are enough. Gaps inside
    quotations and brackets, and at paragraphs' ends, are used only where there are too few others. Equal places: chance order.
    Raises Reject where the window has no sentence; ValueError for ids that are not unique or places that do not match.
    """
    if len({name for name, _ in sentences}) != len(sentences) or len(places) != len(sentences):
        raise ValueError("one place for each sentence, and ids that are unique, are wanted")
    if not sentences:
        return window.text, {}
    gaps = _gaps(window, len(sentences))
    if not gaps:
        raise Reject("document", "no place for a sentence")
    share = -(-len(sentences) // len(gaps))
    slots = [gap for gap in gaps for _ in range(share)]
    order = list(range(len(sentences)))
    rng.shuffle(order)
    order.sort(key=lambda index: places[index])
    total = len(window.text) + sum(len(text) + 1 for _, text in sentences)
    parts: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    at, added, slot = 0, 0, -1
    for done, index in enumerate(order):
        name, sentence = sentences[index]
        # The gap nearest to the place, after the last one, with room for those that are still to come.
        low, high = slot + 1, len(slots) - (len(order) - done)
        wanted = places[index] * total - added - 1
        slot = bisect_left(slots, wanted, low, high)
        if slot > low and wanted - slots[slot - 1] <= slots[slot] - wanted:
            slot -= 1
        gap = slots[slot]
        parts += [window.text[at:gap], " ", sentence]
        spans[name] = (gap + added + 1, gap + added + 1 + len(sentence))
        added += len(sentence) + 1
        at = gap
    return "".join([*parts, window.text[at:]]), spans


def _gaps(window: Document, wanted: int) -> list[int]:
    """Ends of sentences after which one can be set in, the seamless ones alone where they are enough."""
    text, spans = window.text, window.sentences
    inner: list[int] = []
    seamless: list[int] = []
    straight = curly = brackets = 0  # what is open since the paragraph began
    for index, (start, end) in enumerate(spans[:-1]):
        sentence = text[start:end]
        straight += sentence.count('"')
        curly += sentence.count("“") - sentence.count("”")
        brackets += sentence.count("(") - sentence.count(")")
        if not _neighbours(window, index):
            straight = curly = brackets = 0
            continue
        inner.append(end)
        if straight % 2 == 0 and curly == brackets == 0 and _STOPPED.search(sentence):
            seamless.append(end)
    every = [end for _, end in spans]
    return next((gaps for gaps in (seamless, inner) if len(gaps) >= wanted), every)
