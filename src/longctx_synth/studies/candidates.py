"""The values in a text that could answer a question of a given type, found by form alone.

A reader who has understood nothing still knows that an amount is asked for, and can list the amounts. These lists are what
the attackers of `studies.attackers` choose from. What counts as the same value is decided by `key`: "EUR 4,200" and
"4,200 euros" are one amount, "May 3, 2019" and "2019-05-03" one date, "Dr Anna Harlow" and "Anna Harlow" one person.

What always holds: one pass over the text; every repetition in the expressions is over characters that cannot begin what
follows it, or is bounded, so none backtracks. A figure is only one thing: the 2019 of a date is no count.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from longctx_synth.checks.text import canonical_number, normal

TYPES = ("count", "amount", "date", "duration", "percentage", "person", "place", "name", "code", "choice")
ORDERED = ("count", "amount", "date", "duration", "percentage")  # of these there is a largest and a smallest
NAMES = ("person", "place", "name")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
# "One" is too often no number.
_SPELLED = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen twenty".split(),
        map(str, range(2, 21)),
        strict=True,
    )
)
_DAYS = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365.25}
_FIGURE = r"[0-9]+(?:,[0-9]{2,3})*(?:\.[0-9]+)?"
_UPPER = "".join(char for char in map(chr, range(0x41, 0x530)) if char.isupper())
_NAME_OF = {
    "person": re.compile(rf"(?<!\w)[{_UPPER}][\w'’\-]*(?: (?:(?:de|da|di|van|von|der) )?[{_UPPER}][\w'’\-]*){{0,3}}"),
    "place": re.compile(rf"(?<!\w)[{_UPPER}][\w'’\-]*(?: (?:(?:of|de|on|&) )?[{_UPPER}0-9][\w'’\-]*){{0,3}}"),
}
_LOWER = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
_ORDINARY = frozenset(
    "a according after all also although and as at because before both but by during each for from he here if in it its later "
    "next no not of on one or other over she since so some that the their then there these they this those to under until "
    "we what when where which while who with within".split()
)
_TITLES = frozenset("the a an mr mrs ms dr prof".split())
_NO_CURRENCY = frozenset("account accounts certificates funds rights unit units".split())


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a value stands: `text[start:end]`. typed: its form says its type (an amount with its currency)."""

    key: str
    start: int
    end: int
    typed: bool = True


@lru_cache(maxsize=1)
def _figures() -> re.Pattern[str]:
    from babel import Locale

    currencies = Locale("en").currencies
    last = {name.split(" (")[0].split()[-1].lower() for name in currencies.values()}
    words = {word for word in last if word.isalpha() and len(word) > 2} - _NO_CURRENCY
    word = "|".join(sorted((re.escape(word) for word in words | {f"{word}s" for word in words}), key=len, reverse=True))
    code, sign = "|".join(sorted(currencies)), "[$€£¥\u20a0-\u20cf]"
    numeral = "|".join(sorted(_SPELLED, key=len, reverse=True))
    day = "[0-9]{1,2}(?:st|nd|rd|th)?"
    return re.compile(
        r"(?<![\w])(?<![0-9][.,])(?:"
        rf"(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?!\w)|[0-9]{{1,2}}[./][0-9]{{1,2}}[./][0-9]{{4}}(?!\w)"
        rf"|{day}(?: of)? {_MONTH},? [0-9]{{4}}(?!\w)|{_MONTH} (?:{day},? )?[0-9]{{4}}(?!\w))"
        rf"|(?P<amount>(?:(?:{code})|[A-Z]{{0,3}}{sign}) ?{_FIGURE}(?!\w)|{_FIGURE} ?{sign}"
        rf"|{_FIGURE} (?:million |billion )?(?:[A-Z][a-z]+ ){{0,2}}(?:{code}|{word})(?!\w))"
        rf"|(?P<percentage>{_FIGURE} ?(?:%|per ?cent(?!\w)))"
        rf"|(?P<duration>(?:{_FIGURE}|{numeral})[ -](?:second|minute|hour|day|week|month|year)s?(?!\w))"
        r"|(?P<code>[A-Z]{1,6}[-/]?[0-9]+[A-Z]{0,3}(?:[-/.][A-Z0-9]+)*(?!\w)|[A-Z]{1,6} [0-9]{3,}(?:[-/][A-Z0-9]+)*(?!\w)"
        r"|[0-9]+/[A-Z0-9]+(?:[-/][A-Z0-9]+)*(?!\w)|[0-9]+-[A-Z][A-Z0-9]*(?:[-/][A-Z0-9]+)*(?!\w))"
        r"|(?P<ordinal>[0-9]+(?:st|nd|rd|th)(?!\w))"
        rf"|(?P<count>{_FIGURE}(?!\w)|(?:{numeral})(?!\w)|(?:{numeral.title()})(?!\w))"
        r")"
    )


def key(type_: str, text: str) -> str:
    """What a value of this type is called when values are compared; equal keys are the same answer."""
    plain = normal(text)
    if type_ in ("count", "amount", "percentage"):
        return _number(plain)
    if type_ == "date":
        return _date(plain)
    if type_ == "duration":
        number, unit = _number(plain), re.search("(second|minute|hour|day|week|month|year)", plain)
        return f"{number} {unit[1]}" if unit else number
    if type_ == "code":
        return re.sub(r"[\s\-]", "", plain).strip(".,;:")
    if type_ in NAMES:
        words = plain.strip(" .,;:!?\"'()").removesuffix("'s").split()
        while len(words) > 1 and words[0].rstrip(".") in _TITLES:
            words.pop(0)
        return " ".join(words)
    return plain.strip(" .,;:!?\"'()")


def _number(plain: str) -> str:
    found = re.search(_FIGURE, plain)
    if found:
        return canonical_number(found[0])
    spelled = re.search("[a-z]+", plain)
    return _SPELLED.get(spelled[0], plain) if spelled else plain


def _date(plain: str) -> str:
    numbers = re.findall("[0-9]+", plain[:40])
    month = re.search("|".join(_MONTHS), plain)
    if month and numbers:
        number = _MONTHS.index(month[0]) + 1
        return f"{numbers[-1]}-{number:02d}" + (f"-{int(numbers[0]):02d}" if len(numbers) > 1 else "")
    if len(numbers) == 3:
        year, middle, day = numbers if len(numbers[0]) == 4 else reversed(numbers)  # 03/05/2019 is the third of May
        return f"{year}-{int(middle):02d}-{int(day):02d}"
    return plain


def size(type_: str, key_: str) -> float:
    """A number that orders the values of an ordered type; nan where there is none."""
    try:
        if type_ == "date":
            year, month, day = (*map(int, key_.split("-")), 1, 1)[:3]
            return float(datetime.date(year, month, day).toordinal())
        if type_ == "duration":
            number, unit = key_.split()
            return float(number) * _DAYS[unit]
        return float(key_) if type_ in ORDERED else float("nan")
    except (ValueError, KeyError):
        return float("nan")


def occurrences(type_: str, text: str, options: Collection[str] = (), around: Collection[str] = ()) -> list[Occurrence]:
    """The values of a type in a text, in reading order.

    options: the keys of a choice. around: ordinary words that names of this kind have in them ("the Harwick depot", "the mobile
    crane BB 1887"). Amounts and percentages may stand bare in a table whose head says what they are: bare figures are given
    too, not `typed`.
    """
    if type_ == "choice":
        return _options(text, options)
    found = [(match.lastgroup or "", match) for match in _figures().finditer(text)]
    if type_ in NAMES:
        figures = [(group, *match.span()) for group, match in found if group != "count"]
        return _names(type_, text, figures, around)
    bare = "count" if type_ in ("amount", "percentage") else type_
    return [
        Occurrence(key(type_, match[0]), match.start(), match.end(), group == type_)
        for group, match in found
        if group in (type_, bare)
    ]


def _options(text: str, options: Collection[str]) -> list[Occurrence]:
    if not options:
        return []
    forms = "|".join(re.escape(option).replace(r"\ ", r"\s") for option in sorted(options, key=lambda o: (-len(o), o)))
    found = re.finditer(rf"(?<!\w)(?:{forms})(?!\w)", text, re.IGNORECASE)
    return [Occurrence(key("choice", match[0]), match.start(), match.end()) for match in found]


def _names(type_: str, text: str, figures: list[tuple[str, int, int]], around: Collection[str]) -> list[Occurrence]:
    pieces, last = [], 0
    for _, start, end in figures:  # "On 3 May 2019" is no name
        pieces += [text[last:start], "\n" * (end - start)]
        last = end
    masked = "".join([*pieces, text[last:]])
    lower = {word for word in re.findall(r"[^\W\d_]+", text) if word[0].islower()} | _ORDINARY
    spans = []
    for match in _NAME_OF["person" if type_ == "person" else "place"].finditer(masked):
        start, words = match.start(), match[0].split(" ")
        # A first word that also stands in lower case is an ordinary one at a sentence's start.
        while words and words[0].lower() in lower:
            start += len(words.pop(0)) + 1
        if words and not words[0][0].isdigit():
            end = start + len(" ".join(words).rstrip("'’-").removesuffix("'s").removesuffix("’s"))
            spans.append((start, end))
    spans += _runs(masked, around)
    found = []
    for start, end in sorted(
        spans + [(start, end) for group, start, end in figures if around and group in ("code", "ordinal")]
    ):
        found.append(Occurrence(key(type_, text[start:end]), start, end))
        since, until = _widened(text, start, end, around) if around else (start, end)
        if (since, until) != (start, end):
            found.append(Occurrence(key(type_, text[since:until]), since, until))
    return found


def _runs(text: str, around: Collection[str]) -> list[tuple[int, int]]:
    """Names without a capital ("payroll office"): as many of those words in a row as stand together, ordinary ones not at the ends."""
    found: list[tuple[int, int]] = []
    start, reach = -1, -2
    for match in _LOWER.finditer(text) if around else ():
        word = match[0]
        if word not in around:
            continue
        follows = match.start() == reach + 1 and text[reach] == " "
        if word not in _ORDINARY:
            start = start if follows else match.start()
            found[len(found) - follows :] = [(start, match.end())]
        if follows or word not in _ORDINARY:
            reach = match.end()
    return found


def _widened(text: str, start: int, end: int, around: Collection[str]) -> tuple[int, int]:
    """A name with the words before and after it that belong to such names, at most four on each side."""
    for _ in range(4):
        word = re.search(r"(?<!\w)([^\W\d_]+) $", text[max(start - 30, 0) : start])
        if word and word[1].casefold() in around and word[1] not in _ORDINARY:
            start -= len(word[0])
        word = re.match(r" ([^\W\d_]+)(?!\w)", text[end : end + 30])
        if word and word[1].casefold() in around and word[1] not in _ORDINARY:
            end += len(word[0])
    return start, end
