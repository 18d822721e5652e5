"""What a text is made of: words, sentences, lines of several kinds, paragraphs, list items, quotations, numbers.

Every measure is one pass over the text. Regular expressions here have no nested quantifier whose parts can match the same
character, so none backtracks. Definitions, on which constraints and feedback rest:
- word: what stands between white space (or long dashes) and holds a letter or digit, list marks apart; each Han or kana
  character is a word of its own.
- line kinds: heading (`# x`, `Section 2`), title (`<<x>>`), bullet, number, table, rule (`---`, `***`), fence, quote (`> x`),
  postscript, signature, prose.
- paragraph: neighbouring prose lines; headings, lists, tables, rules, quotes, postscript and signature are none.
- sentence: ends in . ! ? or … with what closes it, before white space, abbreviations apart; a line of prose or a list item
  that ends without such a mark ends a sentence too. Headings, titles, tables and rules hold none.
"""

from __future__ import annotations

import json
import re
from typing import Any

_MARK = re.compile(
    r"^[ \t]*(?:[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?|[0-9]{1,4}[.)][ \t]+|>[ \t]?|#{1,6}[ \t]+)", re.MULTILINE
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_DASHES = str.maketrans({"—": " ", "–": "-", "‒": "-"})

BULLET = re.compile(r"^([ \t]*)([-*+•])[ \t]+(.*)$")
NUMBER = re.compile(r"^([ \t]*)([0-9]{1,4})[.)][ \t]+(.*)$")
HEADING = re.compile(r"^(#{1,6})[ \t]+(.*)$")
SECTION = re.compile(r"^(section|part|chapter)[ \t]+([0-9]{1,3}|[ivx]{1,5})\b", re.IGNORECASE)
_RULE = re.compile(r"^(?:-{3,}|\*{3,}|_{3,}|={3,})$")
POSTSCRIPT = re.compile(r"^(?:p\.[ ]?p\.[ ]?s\b|p\.[ ]?s\b|ps:|pps:)", re.IGNORECASE)
SIGNATURE = re.compile(r"^(?:signed|prepared by|reviewed by|compiled by|submitted by)(?:[ ]by)?:", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text, with the punctuation that clings to them."""
    found = []
    for token in _MARK.sub("", text).translate(_DASHES).split():
        cjk = _CJK.findall(token)
        if cjk:
            found.extend(cjk)
            token = _CJK.sub("", token)
        if any(map(str.isalnum, token)):
            found.append(token)
    return found


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(words(text))


def bare(word: str) -> str:
    """A word without the punctuation and emphasis marks around it."""
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while end > start and not word[end - 1].isalnum():
        end -= 1
    return word[start:end]


def line_kind(line: str) -> str:
    """Which kind of line this is: blank, heading, title, bullet, number, table, rule, fence, quote, postscript, signature, prose."""
    stripped = line.strip()
    if not stripped:
        return "blank"
    plain = stripped.strip("*_ ")
    if _RULE.match(stripped.replace(" ", "")):
        return "rule"
    if stripped.startswith(("```", "~~~")):
        return "fence"
    if stripped.startswith("<<") and stripped.endswith(">>"):
        return "title"
    if stripped.startswith("<") and stripped.endswith(">") and " " not in stripped:
        return "tag"
    if HEADING.match(stripped) or (SECTION.match(plain) and len(plain) < 80 and not plain.endswith((".", "!", "?"))):
        return "heading"
    if BULLET.match(line):
        return "bullet"
    if NUMBER.match(line):
        return "number"
    if stripped.startswith("|") and stripped.endswith("|") and len(stripped) > 1:
        return "table"
    if stripped.startswith(">"):
        return "quote"
    if POSTSCRIPT.match(plain):
        return "postscript"
    if SIGNATURE.match(plain):
        return "signature"
    return "prose"


def lines(text: str) -> list[tuple[str, str]]:
    """(kind, line) of every line, blank ones too."""
    return [(line_kind(line), line) for line in text.split("\n")]


def filled_lines(text: str) -> list[str]:
    """The lines that are not blank."""
    return [line for line in text.split("\n") if line.strip()]


def paragraphs(text: str) -> list[str]:
    """The paragraphs, each with its line breaks."""
    found: list[str] = []
    group: list[str] = []
    in_item = False
    for kind, line in lines(text):
        continues = (in_item and line[:2] in ("  ", "\t")) or (in_item and line[:1] == "\t")
        if kind == "prose" and not continues:
            group.append(line)
            in_item = False
            continue
        if group:
            found.append("\n".join(group))
            group = []
        if kind in ("bullet", "number"):
            in_item = True
        elif kind == "blank":
            in_item = False
    if group:
        found.append("\n".join(group))
    return found


def bullets(text: str) -> list[tuple[int, str, str]]:
    """(indent, mark, text) of every bullet item."""
    matches = (BULLET.match(line) for kind, line in lines(text) if kind == "bullet")
    return [(len(m[1].expandtabs(4)), m[2], m[3].strip()) for m in matches if m]


def numbered(text: str) -> list[tuple[int, str]]:
    """(number, text) of every item of numbered lists, at the outer level."""
    matches = (NUMBER.match(line) for kind, line in lines(text) if kind == "number")
    return [(int(m[2]), m[3].strip()) for m in matches if m and len(m[1]) < 3]


# The lookbehind lets a run of marks be tried from its first one only: linear on "........x".
TERMINAL = re.compile(r"(?<![.!?…])[.!?…]+[\"”’')\]*_]*(?=\s|$)|[。！？]+[”’」』)]*")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr vs etc e.g i.e eg ie cf fig figs no nos vol approx inc ltd co corp dept est gen hon p.s p.p.s ps "
    "a.m p.m u.s u.k jan feb mar apr jun jul aug sept sep oct nov dec".split()
)


def split_sentences(prose: str) -> list[str]:
    """The sentences of running text."""
    found: list[str] = []
    start = 0
    for match in TERMINAL.finditer(prose):
        if match[0] == ".":
            head = prose[max(start, match.start() - 16) : match.start()]
            raw = re.split(r"\s", head)[-1].lstrip("(\"'“*_")
            last = raw.lower()
            following = prose[match.end() : match.end() + 8].lstrip()[:1]
            initial = len(raw) == 1 and raw.isupper() and raw != "I"
            inside = _goes_on(last, following) if last in ("no", "etc") else last in _ABBREVIATIONS
            if following and (initial or inside):
                continue
        sentence = prose[start : match.end()].strip()
        start = match.end()
        if not is_wordless(sentence):
            found.append(sentence)
    rest = prose[start:].strip()
    if not is_wordless(rest):
        found.append(rest)
    return found


def _goes_on(last: str, following: str) -> bool:
    """Whether `no.` or `etc.` before this character stands inside a sentence: No. 4, etc. and."""
    return following.isdigit() if last == "no" else following.islower()


def is_wordless(text: str) -> bool:
    """Whether a text has neither letter nor digit."""
    return not any(map(str.isalnum, text))


def sentences(text: str) -> list[str]:
    """The sentences of an answer, marks of lists and quotes removed."""
    found: list[str] = []
    group: list[str] = []

    def close() -> None:
        if group:
            found.extend(split_sentences("\n".join(group)))
            group.clear()

    for kind, line in lines(text):
        if kind == "prose":
            group.append(line.strip())
            continue
        close()
        if kind in ("bullet", "number", "quote", "postscript"):
            found.extend(split_sentences(_MARK.sub("", line).strip()))
    close()
    return found


def first_word(text: str) -> str:
    """The first word of a text, bare; empty where there is none."""
    for token in _MARK.sub("", text[:2000]).split():
        if any(map(str.isalnum, token)):
            return bare(token)
    return ""


# --- plain text, for what is compared rather than counted

_EMPHASIS = re.compile(r"[*`~]|\\(?=[|_*\[\]\"])|(?<![^\W_])_+|_+(?![^\W_])")
_ALIKE = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "–": "-", "‑": "-", "−": "-", "‐": "-", "—": "-"}
    | dict.fromkeys("\u00a0\u2009\u202f\u2007", " ")
)


def same_length_plain(text: str) -> str:
    """Typographic quotes, dashes and blanks made plain, character for character: offsets stay."""
    return text.translate(_ALIKE)


def normal(text: str) -> str:
    """A text for comparison: no Markdown emphasis, plain quotes and dashes, single blanks, case folded."""
    return " ".join(_EMPHASIS.sub("", text.translate(_ALIKE)).split()).casefold()


_FENCED = re.compile(r"\A```[a-zA-Z0-9]*[ \t]*\n(.*)\n[ \t]*```\Z", re.DOTALL)


def unfenced(text: str) -> str:
    """The inside of a text that is one fenced block; else the text."""
    match = _FENCED.match(text.strip())
    return match[1].strip() if match else text.strip()


NOT_JSON = object()


def load_json(text: str) -> Any:
    """The JSON value that the whole text is, fenced or not; NOT_JSON where it is none."""
    try:
        return json.loads(unfenced(text))
    except (ValueError, RecursionError):
        return NOT_JSON


def leaves(value: Any) -> list[str]:
    """The strings and numbers of a JSON value, in order (no recursion: depth is the writer's choice, not ours)."""
    found: list[str] = []
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            stack.extend(reversed(top.values()))
        elif isinstance(top, list):
            stack.extend(reversed(top))
        elif top is not None:
            found.append(top if isinstance(top, str) else json.dumps(top) if _printable(top) else "")
    return found


def _printable(value: Any) -> bool:
    return isinstance(value, bool | float) or abs(value) < 10**4000


def readable(text: str) -> str:
    """What a reader reads: the string leaves of an answer that is JSON, a line each; else the text."""
    if text.lstrip()[:1] in ("{", "[", "`"):
        value = load_json(text)
        if isinstance(value, dict | list):
            return "\n".join(leaves(value))
    return text


# --- mentions and numbers


def mentions(hay: str, form: str) -> list[int]:
    """Where `form` stands in `hay` (both `normal`) as a whole: not inside a longer word or number.

    "42" stands neither in "1,420" nor in "42.5", but does in "42." at a sentence's end.
    """
    found: list[int] = []
    at = hay.find(form) if form else -1
    while at >= 0:
        end = at + len(form)
        if _free_before(hay, at, form[0]) and _free_after(hay, end, form[-1]):
            found.append(at)
            at = hay.find(form, end)
        else:
            at = hay.find(form, at + 1)
    return found


def _free_before(hay: str, at: int, first: str) -> bool:
    if at == 0 or not first.isalnum():
        return True
    before = hay[at - 1]
    if before.isalnum():
        return False
    return not (first.isdigit() and before in ".," and at > 1 and hay[at - 2].isdigit())


def _free_after(hay: str, end: int, last: str) -> bool:
    if end >= len(hay) or not last.isalnum():
        return True
    after = hay[end]
    if after.isalnum():
        return False
    return not (last.isdigit() and after in ".," and end + 1 < len(hay) and hay[end + 1].isdigit())


_NUMBERS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_STRUCTURE = re.compile(
    r"^[ \t>]*(?:[-*+•][ \t]+)?[0-9]{1,3}[.)](?=[ \t])|^[ \t#*_]*(?:section|part|chapter|answer|step)[ \t]+[0-9]{1,3}\b",
    re.MULTILINE | re.IGNORECASE,
)


def canonical_number(digits: str) -> str:
    """One spelling of a number: no thousands commas, no needless zeros. "4,200.50" and "4200.5" are one."""
    groups = digits.split(",")
    tail = groups[-1].partition(".")[0]
    if len(groups) > 1 and len(groups[0]) <= 3 and len(tail) == 3 and all(len(g) == 3 for g in groups[1:-1]):
        digits = digits.replace(",", "")
    if digits.count(".") == 1 and "," not in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits.lstrip("0") or "0"


def numbers(text: str, *, structural: bool = True) -> list[str]:
    """The numbers of a text in canonical form; `structural=False` leaves out those of list marks and `Section 2`."""
    if not structural:
        text = _STRUCTURE.sub(" ", text)
    return [canonical_number(match) for match in _NUMBERS.findall(text)]
