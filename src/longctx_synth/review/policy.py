"""What a text must not hold whoever wrote it: personal data that could be real, and words that a user forbids.

Each finder lays hold of a mark that such data cannot be without (an `@`, a `+`, thirteen digits, two letters and two digits),
takes a bounded piece of text around it, and has arithmetic or a numbering plan decide: Luhn for cards, ISO 7064 for IBANs,
libphonenumber's metadata (package `phonenumbers`) for international telephone numbers. So the time is linear in the text, and
codes, amounts, plates and dates are no finds. What is set aside for fiction or documentation (RFC 2606's domains, 555-0100,
Ofcom's drama numbers) belongs to nobody and is none either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from longctx_synth.checks import text as t
from longctx_synth.errors import SettingsError
from longctx_synth.verdict import PASSED, Verdict, failed

# --- e-mail addresses

_LOCAL = re.compile(r"[\w.+%'-]{1,64}\Z")
_DOMAIN = re.compile(r"[^\W_](?:[^\W_]|-){0,62}(?:\.[^\W_](?:[^\W_]|-){0,62}){1,8}")
# RFC 2606 and RFC 6761: domains that no one can hold.
_NOBODYS_DOMAINS = ("example.com", "example.org", "example.net")
_NOBODYS_ENDINGS = ("example", "invalid", "test", "localhost")


def emails(text: str) -> list[str]:
    """E-mail addresses under domains that somebody could hold."""
    found = []
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text[max(at - 64, 0) : at])
        domain = _DOMAIN.match(text, at + 1, at + 600)
        if local and local[0].strip(".'%+-") and domain:
            labels = domain[0].casefold().split(".")
            ending = labels[-1]
            nobodys = ending in _NOBODYS_ENDINGS or ".".join(labels[-2:]) in _NOBODYS_DOMAINS
            if len(ending) >= 2 and ending[0].isalpha() and not nobodys:
                found.append(f"{local[0].lstrip(chr(39) + '.')}@{domain[0]}")
        at = text.find("@", at + 1)
    return found


# --- telephone numbers

_BETWEEN = r"[ \u00a0.\-/()]{0,3}"
# Lookbehinds keep codes ("PL 8492-29", "CN37/6964"), amounts and decimals out: a number stands free.
_FREE_AFTER = rf"(?=x\d|\W|\Z)(?![.,/-]\d|{_BETWEEN}\d)"  # x: an extension
_INTERNATIONAL = re.compile(rf"(?<![\w+])(?:\+|00[ ]?(?=[1-9])){_BETWEEN}\d(?:{_BETWEEN}\d){{6,15}}(?=x\d|\W|\Z)")
_AFTER_WORD = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|cell|fax|whatsapp|hotline|call|dial|ring)\b(?: (?:no|number|us|me|line))?"
    rf"[.:]?(?: (?:is|on|at|under))?:? ?(\(?\+?\d(?:{_BETWEEN}\d){{6,13}}){_FREE_AFTER}",
    re.IGNORECASE,
)
_TRUNK = re.compile(
    r"(?<![\w.,/+-])(?<![\d.,/+-] )(?:\(0\d{1,4}\)|0\d{1,4})[ \u00a0/-]{1,2}\d{2,8}(?:[ \u00a0-]\d{2,4}){0,3}"
    + _FREE_AFTER
)
_NORTH_AMERICAN = re.compile(r"(?<![\w.,/+-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-.]\d{4}" + _FREE_AFTER)
# Digits that the numbering authorities keep for fiction: NANP 555-01XX; Ofcom's numbers for drama.
_FICTIONAL = re.compile(
    r"(?:1?[2-9]\d\d55501\d\d|(?:44|0)(?:207946|7700900|1632960|1154960|1174960|1214960|1314960)\d{3,4})\Z"
)


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))


def _is_real_number(digits: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}", None))
    except phonenumbers.NumberParseException:
        return False


def phone_numbers(text: str) -> list[str]:
    """Telephone numbers: international ones that a numbering plan knows, national ones written as such.

    A national number is told by a word before it ("Tel.", "call"), a trunk prefix with groups ("(030) 1234 567"), or the
    North American 3-3-4 grouping; other bare digits are taken for codes and figures.
    """
    found = []
    for match in _INTERNATIONAL.finditer(text):
        number = match[0].replace("(0)", "")
        while len(digits := _digits(number).removeprefix("00")) >= 7:
            if _FICTIONAL.match(digits):
                break
            if len(digits) <= 15 and _is_real_number(digits):
                found.append(number)
                break
            number = re.sub(r"\d+\D*\Z", "", number)  # figures that follow: +31 20 624 1111 12 times
    for match in _AFTER_WORD.finditer(text):
        digits = _digits(match[1])
        if 7 <= len(digits) <= 15 and not match[1].startswith("+") and not _FICTIONAL.match(digits):
            found.append(match[1])
    for match in _TRUNK.finditer(text):
        digits = _digits(match[0])
        if 9 <= len(digits) <= 12 and not _is_date(match[0]) and not _FICTIONAL.match(digits):
            found.append(match[0])
    for match in _NORTH_AMERICAN.finditer(text):
        if not _FICTIONAL.match(_digits(match[0])):
            found.append(match[0])
    return list(dict.fromkeys(found))


def _is_date(text: str) -> bool:
    """Whether digits begin like 03-11-2024 or 03/11 2024: a day and a month, then a year."""
    parts = re.split(r"[^\d]+", text.strip("()"))
    return len(parts) > 2 and len(parts[0]) <= 2 and len(parts[1]) == 2 and parts[2][:2] in ("19", "20")


# --- card numbers

_CARD = re.compile(r"(?<![\w.,/+-])\d(?:[ -]?\d){12,18}(?![\w]|[.,/-]\d)")
_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}\Z|5[1-5]\d{14}\Z|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}\Z|3[47]\d{13}\Z"
    r"|3(?:0[0-5]|[68]\d)\d{11}\Z|6(?:011|4[4-9]\d|5\d\d)\d{12}\Z|35(?:2[89]|[3-8]\d)\d{12}\Z|62\d{14,17}\Z"
)
_CARD_GROUPS = re.compile(r"\d+\Z|(?:\d{4}[ -]){3}\d{1,4}(?:[ -]\d{3})?\Z|\d{4}[ -]\d{6}[ -]\d{4,5}\Z")


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right doubled, digits of products summed, a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_numbers(text: str) -> list[str]:
    """Payment card numbers: an issuer's prefix and length, grouped as on a card or not at all, and Luhn's sum."""
    found = []
    for match in _CARD.finditer(text):
        digits = _digits(match[0])
        if _CARD_GROUPS.match(match[0]) and _ISSUERS.match(digits) and luhn(digits):
            found.append(match[0])
    return found


# --- IBANs

# Length by country, from the SWIFT IBAN registry (compared with python-stdnum 2.2's copy of it).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_IBAN = re.compile(r"(?<![^\W_])([A-Z]{2})[ ]?\d\d(?:[ -]?[A-Z0-9]){11,34}")


def ibans(text: str) -> list[str]:
    """IBANs of their country's length whose check digits hold (ISO 13616: rearranged, letters as 10 to 35, 1 modulo 97)."""
    found = []
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[1], 0)
        bare = re.sub("[ -]", "", match[0])[:length]
        if length and len(bare) == length:
            number = "".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])
            if int(number) % 97 == 1:
                found.append(bare)
    return found


# --- forbidden words

# Scripts written without blanks between words: there an entry is looked for as it stands.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_TOKEN = re.compile(r"[^\W_]+")


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(t.normal(text))


class WordList:
    """Words and phrases, found whole and in any case; the time does not depend on how many there are."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._phrases: dict[int, dict[tuple[str, ...], str]] = {}
        self._unspaced: list[tuple[str, str]] = []
        for entry in entries:
            if _UNSPACED.search(entry):
                self._unspaced.append((t.normal(entry), entry))
            elif tokens := tuple(_tokens(entry)):
                self._phrases.setdefault(len(tokens), {}).setdefault(tokens, entry)

    def find(self, text: str) -> list[str]:
        """The entries that stand in the text, as the list spells them."""
        tokens = _tokens(text)
        found = []
        for length, phrases in sorted(self._phrases.items()):
            runs = zip(*(tokens[shift:] for shift in range(length)), strict=False)
            found += [phrases[run] for run in runs if run in phrases]
        if self._unspaced:
            hay = t.normal(text)
            found += [entry for spelled, entry in self._unspaced if spelled in hay]
        return list(dict.fromkeys(found))


def load_words(path: Path | str) -> tuple[str, ...]:
    """The words and phrases of a file: UTF-8, one a line; `#` starts a comment, blank lines are skipped.

    Raises SettingsError where the file cannot be read, a line has no letter or digit, or no word is left.
    """
    name = Path(path).name
    try:
        lines = Path(path).expanduser().read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise SettingsError(
            f"The word list {name} cannot be read ({error.strerror or error}); give a text file with one word a line."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The word list {name} is not UTF-8 text; save it as UTF-8 with one word a line.") from None
    words = []
    for number, line in enumerate(lines, 1):
        word = line.split("#", 1)[0].strip()
        if not word:
            continue
        if not _tokens(word):
            raise SettingsError(
                f"The word list {name}, line {number}: {word[:40]!r} has no letter and no digit; give a word or a phrase, "
                "or start the line with # for a comment."
            )
        words.append(word)
    if not words:
        raise SettingsError(f"The word list {name} holds no word; give one word a line, or leave the setting out.")
    return tuple(dict.fromkeys(words))


# --- the review

_FINDERS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("e-mail address", emails),
    ("phone number", phone_numbers),
    ("card number", card_numbers),
    ("IBAN", ibans),
)
NAMES = tuple(f"policy: {what}" for what, _ in _FINDERS)
FORBIDDEN = "policy: forbidden word"


def _key(find: str, what: str) -> str:
    """What two spellings of one find have in common; of a telephone number its last digits, with or without the country."""
    bare = "".join(filter(str.isalnum, find)).casefold()
    return bare[-8:] if what == "phone number" else bare


def _masked(find: str) -> str:
    """Enough of a find to know it again; the rest must not travel into logs and prompts."""
    return f"{find[:4]}…"


@lru_cache(maxsize=8)
def _held(source: str, what: str) -> frozenset[str]:
    return frozenset(_key(find, what) for find in dict(_FINDERS)[what](source))


def review(
    text: str, *, allowed: Sequence[str] = (), forbidden: WordList | None = None, personal: bool = True
) -> dict[str, Verdict]:
    """The policy's verdicts on a text, under the names of the funnel.

    allowed: texts whose own data the text may repeat (its source document). forbidden: the user's words; these may stand
    nowhere, so a source that holds them does not excuse the text. personal: whether personal data is looked for.
    """
    verdicts = {}
    for name, (what, finder) in zip(NAMES, _FINDERS, strict=True) if personal else ():
        finds = finder(text)
        if finds:
            finds = [find for find in finds if all(_key(find, what) not in _held(source, what) for source in allowed)]
        article = "an" if what[0] in "eI" else "a"
        verdicts[name] = (
            failed(f"The text holds {article} {what} that could be somebody's ({_masked(finds[0])}); leave it out.")
            if finds
            else PASSED
        )
    if forbidden is not None:
        words = forbidden.find(text)
        verdicts[FORBIDDEN] = failed(f"The text must not contain {words[0][:60]!r}.") if words else PASSED
    return verdicts
