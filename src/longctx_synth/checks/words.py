"""Checks on words and lengths: how many words and sentences, which words, how often, in which letters."""

from __future__ import annotations

from collections.abc import Sequence

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed


def _cut(response: str, high: int, count) -> str | None:  # type: ignore[no-untyped-def]
    """The text up to the last sentence end at which `count` is within `high`; None where nothing is left.

    Lossless in form: what stays is whole sentences, and `repair` keeps it only if every check that passed still passes.
    """
    if count(response) <= high:
        return None
    ends = [m.end() for m in t.TERMINAL.finditer(response)]
    low, top = 0, len(ends)
    while low < top:  # the count grows with the text, so the last good end is found by halving
        middle = (low + top) // 2
        if count(response[: ends[middle]]) <= high:
            low = middle + 1
        else:
            top = middle
    return response[: ends[low - 1]].rstrip() if low else None


def _cut_words(response: str, *, prompt: str, **args: int) -> str | None:
    high = a.limits(args)[1]
    return None if high is None else _cut(response, high, t.word_count)


def _cut_sentences(response: str, *, prompt: str, **args: int) -> str | None:
    high = a.limits(args)[1]
    return None if high is None else _cut(response, high, lambda text: len(t.sentences(text)))


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.45, repair=_cut_words)
def word_count(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of words is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(t.word_count(response), "word", low, high)


@check(
    "constraint",
    args=a.BOUNDS,
    valid=a.bounds_valid,
    ifeval=True,
    sampled=True,
    prior=0.33,
    claims="sentences",
    repair=_cut_sentences,
)
def sentence_count(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of sentences is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(len(t.sentences(response)), "sentence", low, high)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(repr, words[:6]))


@check("constraint", args={"words": a.words}, ifeval=True, sampled=True, prior=0.1)
def keywords_present(response: str, *, prompt: str, words: Sequence[str]) -> Verdict:
    """Every one of the words stands in the response, in any case."""
    hay = t.normal(t.readable(response))
    missing = [word for word in words if not t.mentions(hay, t.normal(word))]
    if not missing:
        return PASSED
    return failed(f"The answer must use {_listed(missing)}.", 1 - len(missing) / len(words))


@check("constraint", args={"words": a.words}, ifeval=True, prior=0.9)
def keywords_absent(response: str, *, prompt: str, words: Sequence[str]) -> Verdict:
    """None of the words stands in the response."""
    hay = t.normal(t.readable(response))
    found = [word for word in words if t.mentions(hay, t.normal(word))]
    if not found:
        return PASSED
    return failed(f"The answer must not use {_listed(found)}.", 1 - len(found) / len(words))


@check("constraint", args={"word": a.word, **a.BOUNDS}, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.05)
def keyword_frequency(
    response: str,
    *,
    prompt: str,
    word: str,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """The word stands in the response as often as the bounds say."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    times = len(t.mentions(t.normal(t.readable(response)), t.normal(word)))
    if low <= times and (high is None or times <= high):
        return PASSED
    score = times / low if times < low else (high or 0) / times
    return failed(
        f"The answer uses {word!r} {a.plural(times, 'time')}; it must use it {a.must(low, high)} times.", score
    )


def _letter(value: object) -> str | None:
    return None if isinstance(value, str) and len(value) == 1 and value.isalpha() else "one letter"


@check("constraint", args={"letter": _letter, **a.BOUNDS}, valid=a.bounds_valid, ifeval=True, prior=0.5)
def letter_frequency(
    response: str,
    *,
    prompt: str,
    letter: str,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """The letter, in either case, stands in the response as often as the bounds say."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    times = response.casefold().count(letter.casefold())
    if low <= times and (high is None or times <= high):
        return PASSED
    score = times / low if times < low else (high or 0) / times
    return failed(
        f"The letter {letter!r} stands {times:,} times in the answer; it must {a.must(low, high)} times.", score
    )


def _case_verdict(response: str, wrong: int, case: str) -> Verdict:
    cased = sum(c.isupper() or c.islower() for c in response)
    if not cased:
        return failed(f"The answer has no letters; it must be written in {case}.")
    if not wrong:
        return PASSED
    return failed(
        f"{a.plural(wrong, 'letter')} of the answer are not in {case}; all must be.", 1 - wrong / max(cased, wrong)
    )


def _upper(response: str, *, prompt: str) -> str:
    return response.upper()


def _lower(response: str, *, prompt: str) -> str:
    return response.lower()


@check("constraint", ifeval=True, sampled=True, prior=0.01, claims="case", repair=_upper)
def all_capitals(response: str, *, prompt: str) -> Verdict:
    """Every letter that has a capital is one."""
    return _case_verdict(response, sum(c.islower() and c.upper() != c for c in response), "capital letters")


@check("constraint", ifeval=True, sampled=True, prior=0.01, claims="case", repair=_lower)
def all_lowercase(response: str, *, prompt: str) -> Verdict:
    """No letter is a capital."""
    return _case_verdict(response, sum(c.isupper() and c.lower() != c for c in response), "small letters")


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.3, claims="case")
def capital_words(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of words of two letters or more that stand wholly in capitals is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    shouted = sum(w.isupper() and sum(map(str.isalpha, w)) > 1 for w in map(t.bare, t.words(response)))
    return a.within(shouted, "word in capitals", low, high)


@check("constraint", ifeval=True, prior=0.15, claims="commas")
def no_commas(response: str, *, prompt: str) -> Verdict:
    """No comma stands in the response. One between digits, as in 4,200, belongs to the number and is no comma here."""
    last = len(response) - 1
    commas = 0
    at = response.find(",")
    while at >= 0:
        inside = 0 < at < last and response[at - 1].isdigit() and response[at + 1].isdigit()
        commas += not inside
        at = response.find(",", at + 1)
    commas += sum(map(response.count, "，、،"))
    if not commas:
        return PASSED
    return failed(f"The answer has {a.plural(commas, 'comma')}; it must have none.", 1 / (1 + commas))


@check(
    "constraint",
    args={"at_least": a.integer(1), "at_most": a.integer(1)},
    valid=a.bounds_valid,
    prior=0.5,
    claims="sentences",
)
def sentence_length(response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None) -> Verdict:
    """Every sentence has a number of words within the bounds."""
    sentences = t.sentences(response)
    if not sentences:
        return failed("The answer has no sentence.")
    low, high = a.limits({"at_least": at_least, "at_most": at_most})
    lengths = [(t.word_count(sentence), sentence) for sentence in sentences]
    wrong = [(n, sentence) for n, sentence in lengths if n < low or (high is not None and n > high)]
    if not wrong:
        return PASSED
    n, sentence = wrong[0]
    said = f"The sentence {sentence[:60]!r} has {a.plural(n, 'word')}; each must have {a.must(low, high)}."
    return failed(said, 1 - len(wrong) / len(sentences))


# Adults read English non-fiction silently at 238 words a minute: Brysbaert, J. Memory and Language 109 (2019).
WORDS_A_MINUTE = 238


@check("constraint", args={"at_least": a.integer(1), "at_most": a.integer(1)}, valid=a.bounds_valid, prior=0.3)
def reading_seconds(response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None) -> Verdict:
    """Reading the response takes a number of seconds within the bounds, at 238 words a minute."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most})
    seconds = round(t.word_count(response) * 60 / WORDS_A_MINUTE)
    if low <= seconds and (high is None or seconds <= high):
        return PASSED
    score = seconds / low if seconds < low else (high or 0) / seconds
    return failed(f"The answer takes {a.plural(seconds, 'second')} to read; it must take {a.must(low, high)}.", score)
