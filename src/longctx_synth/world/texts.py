"""Reading the user's texts: decoding, telling what is none, cleaning into paragraphs of whole sentences, and marks to tell copies by.

Hard-wrapped lines are joined; what is no prose (tables, rules, code, art, lines of capitals) is left out. Sentences
of a paragraph, joined with single spaces, give the paragraph back.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

# How many words in a row tell a copy.
SHINGLE = 8
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
_STOP = re.compile(r"[.!?][\"”’')\]]*(?= +[\"“‘'(\[]?[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATED = (
    "mr mrs ms dr prof st no nos vol art sec inc ltd co corp jr sr vs etc e.g i.e cf fig p pp ch ed al u.s approx"
)
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_DEBRIS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]|\(cid:\d+\)")
WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph in its place: `heading` is the last heading above it, if the source has one."""

    source: str
    heading: str
    sentences: tuple[str, ...]


class Unusable(Exception):
    """A text that is left out; str() is the reason, in a word or two."""


def read(path: Path, most: int | None = None) -> str:
    """A file's text, UTF-8; of a longer one a little more than the first `most` characters. Raises Unusable."""
    limit = -1 if most is None else 4 * (most + 1)
    try:
        with path.open("rb") as file:
            raw = file.read(limit)
    except OSError as error:
        raise Unusable(f"cannot be opened: {error.strerror or error}") from error
    if b"\0" in raw[:65536]:
        raise Unusable("binary")
    try:
        # Not final where the file was cut: the last character may be torn.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw, final=len(raw) != limit)
    except UnicodeDecodeError as error:
        raise Unusable("not UTF-8") from error


def usable(text: object) -> str:
    """The text, if it is one. Raises Unusable for what is empty, binary or broken."""
    if text is None or text == "":
        raise Unusable("empty")
    if not isinstance(text, str):
        raise Unusable("not a text")
    if not text.strip():
        raise Unusable("empty")
    head = text[:65536]
    # Bytes that were never text, and fonts without an alphabet, decode to a crowd of these; a stray one is a slip.
    if "\0" in head or len(_DEBRIS.findall(head)) > len(head) / 100:
        raise Unusable("binary")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unusable("broken Unicode") from None
    return text


def join_hyphens(text: str) -> str:
    """Words that a line's end divides, whole again; the hyphen stays where the text has the word with it elsewhere."""
    known = set(re.findall(r"[^\W\d_]+-[^\W\d_]+", text))
    return re.sub(
        r"([^\W\d_]+)-\n([^\W\d_]+)",
        lambda match: (
            f"{match[1]}-{match[2]}"
            if f"{match[1]}-{match[2]}" in known or match[2][0].isupper()
            else match[1] + match[2]
        ),
        text,
    )


def clean(text: str, source: str = "") -> list[Passage]:
    """Paragraphs of whole sentences, hard-wrapped lines joined; tables, rules, code and art left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\u00ad", "")
    text = re.sub(r"(?ms)^(```|~~~).*?^\1[^\n]*$", "\n", text)
    passages = []
    heading = ""
    for chunk in re.split(r"\n[ \t]*\n", text):
        rows = [row.strip() for row in chunk.split("\n")]
        while rows and (match := _HEADING.match(rows[0])):
            heading = match[1]
            rows = rows[1:]
        rows = [row for row in rows if row]
        if not rows:
            continue
        joined = re.sub(r"\s+", " ", " ".join(rows))
        if not _is_prose(rows, joined):
            if (
                len(rows) == 1
                and 3 <= len(joined) <= 80
                and joined[-1] not in ".,;:"
                and any(c.isalpha() for c in joined)
            ):
                heading = joined if sum(c.isalpha() or c == " " for c in joined) > 0.8 * len(joined) else heading
            continue
        passages.append(Passage(source, heading, tuple(split_sentences(joined))))
    return passages


def _is_prose(rows: list[str], joined: str) -> bool:
    letters = sum(character.isalpha() or character == " " for character in joined)
    if letters < 0.75 * len(joined) or len(joined.split()) < 6:
        return False
    if sum(row.startswith("|") or row.count("|") > 1 or "\t" in row for row in rows) > len(rows) / 2:
        return False
    if re.search(r"[=_*~#+-]{6,}|\.{5,}", joined):
        return False
    if joined.upper() == joined and len(joined.split()) < 30:
        return False
    return re.search(r"[.!?:;][\"”’')\]]*$", joined) is not None


def split_sentences(paragraph: str) -> list[str]:
    """Sentences of a paragraph; joined with single spaces they give it back."""
    sentences = []
    start = 0
    for match in _STOP.finditer(paragraph):
        before = paragraph[start : match.start()].rsplit(" ", 1)[-1].strip("(\"'“‘[").casefold()
        # "Dr. Roe", "J. Roe", "e.g. Oslo" and list numbers ("2. The ...") do not end a sentence.
        if paragraph[match.start()] == "." and (before in _ABBREVIATIONS or len(before) == 1 or before.isdigit()):
            continue
        sentences.append(paragraph[start : match.end()])
        start = match.end() + 1
    if start < len(paragraph):
        sentences.append(paragraph[start:])
    return [sentence.strip() for sentence in sentences if sentence.strip()]


def words_of(passage: Passage) -> list[str]:
    return [word.casefold() for sentence in passage.sentences for word in WORDS.findall(sentence)]


def shingles(words: list[str]) -> set[int]:
    """Hashes of all runs of eight words; of the whole where it is shorter."""
    return {mark(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}


def mark(words: list[str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), "big")
