"""A long text for a person's eyes: folded in the middle, never over its evidence, and safe for a terminal."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

HEAD = TAIL = 200  # words of a folded text that are shown at its ends: instructions stand there
AROUND = 12  # words shown on either side of a piece of evidence
LEAST_FOLD = 40  # fewer words than this are not worth a fold
# Long runs without a blank (a language that writes none, a table's rule) count as several words, so that they fold too.
_WORD = re.compile(r"\S{1,40}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a folded text. number: of the evidence, from 1; of a fold, how many words it hides (`text` is empty)."""

    kind: Literal["text", "evidence", "fold"]
    text: str
    number: int = 0


def fold(text: str, spans: Sequence[tuple[int, int]] = (), *, head: int = HEAD, tail: int = TAIL) -> list[Piece]:
    """The text cut into what is shown and what is folded: `head` words, every span with its surroundings, `tail` words.

    spans: code points [start, end) of evidence; outside the text or empty they are left out, overlapping ones are cut.
    What is shown is verbatim, and shown plus hidden words are all words. Linear in the text.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    good = sorted((start, end, number) for number, (start, end) in enumerate(spans, 1) if 0 <= start < end <= len(text))
    keep = [(0, head), (len(words) - tail, len(words))]
    for start, end, _ in good:
        keep.append((bisect.bisect_right(ends, start) - AROUND, bisect.bisect_left(starts, end) + AROUND))
    shown: list[list[int]] = []
    for first, last in sorted((max(first, 0), min(last, len(words))) for first, last in keep):
        if shown and first - shown[-1][1] < LEAST_FOLD:
            shown[-1][1] = max(shown[-1][1], last)
        else:
            shown.append([first, last])
    pieces: list[Piece] = []
    before = 0
    for first, last in shown:
        if first >= last and words:
            continue
        if first > before:
            pieces.append(Piece("fold", "", first - before))
        start = starts[first] if first else 0
        end = ends[last - 1] if last < len(words) else len(text)
        pieces += _with_evidence(text, start, end, good)
        before = last
    if before < len(words):
        pieces.append(Piece("fold", "", len(words) - before))
    return pieces


def _with_evidence(text: str, start: int, end: int, spans: list[tuple[int, int, int]]) -> list[Piece]:
    pieces = []
    for first, last, number in spans:
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if first > start:
            pieces.append(Piece("text", text[start:first]))
        pieces.append(Piece("evidence", text[first:last], number))
        start = last
    if start < end:
        pieces.append(Piece("text", text[start:end]))
    return pieces


_CONTROL = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {0x7F: "␡"}
_CONTROL |= {code: f"<{code:02X}>" for code in range(0x80, 0xA0)}
_CONTROL |= {code: f"<{code:04X}>" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}


def visible(text: str) -> str:
    """The text with control characters and marks of writing direction made visible: none reaches the terminal as such."""
    return text.replace("\r\n", "\n").translate(_CONTROL)
