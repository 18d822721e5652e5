"""Checks on how an answer opens, ends and is wrapped, and on marks inside it: titles, phrases, emphasis, brackets, dates."""

from __future__ import annotations

import re

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed

_TITLE = re.compile(r"<<([^<>\n]{1,300})>>")


def _first_line(response: str) -> tuple[str, str]:
    head, _, rest = response.strip().partition("\n")
    return head.strip(), rest


def _head_title(response: str) -> str:
    """What a first line shaped like a title says: `# x`, `**x**` or `<<x>>`; else empty."""
    head, _ = _first_line(response)
    if head.startswith("#"):
        return head.strip("#* ")
    if (head.startswith("**") and head.endswith("**")) or (head.startswith("<<") and head.endswith(">>")):
        return head.strip("*<> ")
    return ""


def _angle_title(response: str, *, prompt: str) -> str | None:
    title = _head_title(response)
    return f"<<{title}>>\n{_first_line(response)[1]}" if title else None


@check("constraint", ifeval=True, sampled=True, prior=0.01, claims="head", repair=_angle_title)
def title(response: str, *, prompt: str) -> Verdict:
    """The response has a title in double angle brackets: <<title>>."""
    if any(not t.is_wordless(match[1]) for match in _TITLE.finditer(response)):
        return PASSED
    return failed("The answer has no title in double angle brackets, such as <<title>>.")


def _hash_title(response: str, *, prompt: str, at_most: int) -> str | None:
    head = _head_title(response)
    return f"# {head}\n{_first_line(response)[1]}" if head else None


@check("constraint", args={"at_most": a.integer(1, 50)}, sampled=True, prior=0.1, claims="head", repair=_hash_title)
def markdown_title(response: str, *, prompt: str, at_most: int) -> Verdict:
    """The first line is a Markdown heading of the first level (`# Title`) of at most so many words, and text follows."""
    head, rest = _first_line(response)
    match = t.HEADING.match(head)
    if not match or len(match[1]) != 1 or t.is_wordless(match[2]):
        return failed("The first line must be a Markdown title, such as '# Title'.")
    if t.is_wordless(rest):
        return failed("Text must follow the title.", 0.5)
    count = t.word_count(match[2])
    if count > at_most:
        return failed(f"The title has {a.plural(count, 'word')}; it must have at most {at_most}.", at_most / count)
    return PASSED


def _prepend(response: str, *, prompt: str, phrase: str) -> str:
    return f"{phrase} {response.lstrip()}"


def _append(response: str, *, prompt: str, phrase: str) -> str:
    return f"{response.rstrip()}\n\n{phrase}"


@check("constraint", args={"phrase": a.one_line}, sampled=True, prior=0.01, claims="head", repair=_prepend)
def starts_with(response: str, *, prompt: str, phrase: str) -> Verdict:
    """The response begins with the phrase, in any case, and goes on."""
    said, wanted = t.normal(response), t.normal(phrase)
    if not said.startswith(wanted):
        return failed(f"The answer must begin with {phrase!r}.")
    if t.is_wordless(said[len(wanted) :]):
        return failed("The answer is the opening phrase alone; text must follow.", 0.5)
    return PASSED


@check("constraint", args={"phrase": a.one_line}, ifeval=True, sampled=True, prior=0.01, claims="tail", repair=_append)
def ends_with(response: str, *, prompt: str, phrase: str) -> Verdict:
    """The response ends with the phrase, in any case, and something stands before it."""
    said, wanted = t.normal(response).rstrip("\"' "), t.normal(phrase).rstrip("\"' ")
    if not said.endswith(wanted):
        return failed(f"The answer must end with {phrase!r}, and nothing may follow.")
    if t.is_wordless(said[: len(said) - len(wanted)]):
        return failed("The answer is the closing phrase alone; text must stand before it.", 0.5)
    return PASSED


@check("constraint", held_out=True, sampled=True, prior=0.03, claims="tail")
def ends_with_question(response: str, *, prompt: str) -> Verdict:
    """The last sentence is a question, and it is not the only one."""
    if not response.rstrip(" \t\n\"'”’)*_`").endswith(("?", "？")):
        return failed("The answer must end with a question.")
    if len(t.sentences(response)) < 2:
        return failed("The answer is a question alone; an answer must stand before it.", 0.5)
    return PASSED


def _postscript_mark(marker: str) -> re.Pattern[str]:
    letters = [re.escape(c) + r"\.?" for c in marker if c.isalpha()]
    return re.compile(r"^[*_ \t]*" + r"\s?".join(letters) + r":?[*_]*[ \t]+(?=\S)", re.IGNORECASE | re.MULTILINE)


def _rename_postscript(response: str, *, prompt: str, marker: str) -> str | None:
    """P.P.S. for P.S. and the other way round."""
    other = "P.S." if len(marker) > 4 else "P.P.S."
    new, count = _postscript_mark(other).subn(lambda _: marker + " ", response, count=1)
    return new if count else None


@check(
    "constraint",
    args={"marker": a.one_of("P.S.", "P.P.S.")},
    ifeval=True,
    sampled=True,
    prior=0.01,
    claims="tail",
    repair=_rename_postscript,
)
def postscript(response: str, *, prompt: str, marker: str) -> Verdict:
    """A line near the end opens with the marker (P.S. or P.P.S., dots and colon optional) and goes on with text."""
    match = None
    for match in _postscript_mark(marker).finditer(response):  # noqa: B007 (the last one is wanted)
        pass
    if match is None:
        return failed(f"The answer must close with a postscript that begins with {marker}")
    if t.is_wordless(response[match.end() :]):
        return failed(f"Text must follow {marker}", 0.5)
    if t.is_wordless(response[: match.start()]):
        return failed("The answer is a postscript alone; the answer itself must stand before it.", 0.5)
    return PASSED


def _sign(response: str, *, prompt: str, label: str, name: str) -> str:
    return f"{response.rstrip()}\n\n{label}: {name}"


@check(
    "constraint",
    args={"label": a.one_of("Signed", "Prepared by", "Reviewed by", "Compiled by", "Submitted by"), "name": a.word},
    held_out=True,
    sampled=True,
    prior=0.001,
    claims="tail",
    repair=_sign,
)
def signed(response: str, *, prompt: str, label: str, name: str) -> Verdict:
    """The last line is a signature, `Prepared by: name`, and the answer stands above it."""
    texts = t.filled_lines(response)
    if t.normal(texts[-1]).rstrip(".") != f"{t.normal(label)}: {t.normal(name)}".rstrip("."):
        return failed(f"The last line must be '{label}: {name}'.")
    if all(t.is_wordless(line) for line in texts[:-1]):
        return failed("The answer is a signature alone; the answer itself must stand above it.", 0.5)
    return PASSED


_PLACEHOLDER = re.compile(r"\[([^\[\]\n]{2,60})\](?!\()")


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.02, claims="brackets")
def placeholders(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of placeholders in square brackets, such as [address], is within the bounds; links and boxes are none."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = sum(any(map(str.isalpha, match[1])) for match in _PLACEHOLDER.finditer(response))
    return a.within(found, "placeholder in square brackets", low, high)


_HIGHLIGHT = re.compile(r"(?<!\*)\*{1,2}(?=[^\s*])[^*\n]{1,400}(?<=[^\s*])\*{1,2}(?!\*)")


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.1, claims="emphasis")
def highlights(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of passages in *italics* or **bold** is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(sum(1 for _ in _HIGHLIGHT.finditer(response)), "highlighted passage", low, high)


_PARENTHESIS = re.compile(r"\(([^()\n]{2,300})\)")


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, held_out=True, sampled=True, prior=0.15)
def parentheses(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of remarks in parentheses is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = sum(any(map(str.isalpha, match[1])) for match in _PARENTHESIS.finditer(response))
    return a.within(found, "remark in parentheses", low, high)


def _quote(response: str, *, prompt: str) -> str:
    return f'"{response.strip()}"'


@check("constraint", ifeval=True, sampled=True, prior=0.01, claims="wrap head tail", repair=_quote)
def wrapped_in_quotes(response: str, *, prompt: str) -> Verdict:
    """The whole response stands in double quotation marks."""
    text = response.strip()
    if len(text) > 2 and ((text[0] == '"' and text[-1] == '"') or (text[0] == "“" and text[-1] == "”")):
        return PASSED
    return failed("The whole answer must stand in double quotation marks, one at its beginning and one at its end.")


def _tag(value: object) -> str | None:
    good = isinstance(value, str) and value.isascii() and value.replace("_", "").isalnum() and len(value) <= 40
    return None if good else "a tag name of letters, digits and underscores"


def _wrap_tag(response: str, *, prompt: str, tag: str) -> str:
    return f"<{tag}>\n{response.strip()}\n</{tag}>"


@check("constraint", args={"tag": _tag}, sampled=True, prior=0.01, claims="wrap head tail", repair=_wrap_tag)
def wrapped_in_tag(response: str, *, prompt: str, tag: str) -> Verdict:
    """The whole response stands between <tag> and </tag>, once each."""
    text = response.strip().casefold()
    opening, closing = f"<{tag}>".casefold(), f"</{tag}>".casefold()
    if not (text.startswith(opening) and text.endswith(closing)):
        return failed(f"The whole answer must stand between <{tag}> and </{tag}>.")
    if text.count(opening) != 1 or text.count(closing) != 1:
        return failed(f"The tags <{tag}> and </{tag}> must each stand once.", 0.5)
    return failed("Nothing stands between the tags.") if t.is_wordless(text[len(opening) : -len(closing)]) else PASSED


def _fence(response: str, *, prompt: str) -> str:
    return f"```\n{response.strip()}\n```"


@check("constraint", held_out=True, sampled=True, prior=0.01, claims="wrap head tail emphasis", repair=_fence)
def code_block(response: str, *, prompt: str) -> Verdict:
    """The whole response is one fenced code block."""
    text = response.strip()
    inner = t.unfenced(text)
    if inner == text or text.count("```") != 2:
        return failed("The whole answer must be one code block between two lines of ```.")
    return failed("The code block is empty.") if t.is_wordless(inner) else PASSED


_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# Compiled when first used: these patterns would take a third of the package's import time.
DATE_FORMATS = {
    "YYYY-MM-DD": r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])",
    "D Month YYYY": rf"(?<!\w)[0-9]{{1,2}} {_MONTH} [0-9]{{4}}(?!\w)",
    "Month D, YYYY": rf"(?<!\w){_MONTH} [0-9]{{1,2}}, [0-9]{{4}}(?!\w)",
    "DD/MM/YYYY": r"(?<![\w/])[0-9]{2}/[0-9]{2}/[0-9]{4}(?![\w/])",
    "DD.MM.YYYY": r"(?<![\w.])[0-9]{2}\.[0-9]{2}\.[0-9]{4}(?!\w)",
}


@check("constraint", args={"format": a.one_of(*DATE_FORMATS)}, prior=0.1, claims="dates")
def date_format(response: str, *, prompt: str, format: str) -> Verdict:
    """At least one full date stands in the response, and every full date has this format."""
    counts = {
        name: sum(1 for _ in re.finditer(pattern, response, re.IGNORECASE)) for name, pattern in DATE_FORMATS.items()
    }
    others = [name for name, count in counts.items() if count and name != format]
    if others:
        total = sum(counts.values())
        return failed(
            f"The answer writes dates as {others[0]}; every date must be written {format}.", counts[format] / total
        )
    return PASSED if counts[format] else failed(f"The answer has no date written {format}.")


@check("constraint", args={"unit": a.one_line, **a.BOUNDS}, valid=a.bounds_valid, prior=0.1)
def numbers_with_unit(
    response: str,
    *,
    prompt: str,
    unit: str,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """The number of numbers that stand next to the unit, before or after it (12 km, EUR 40, 5%), is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    hay, key = t.normal(t.readable(response)), t.normal(unit)
    places = t.mentions(hay, key) if not key[0].isalpha() else [m.start() for m in re.finditer(re.escape(key), hay)]
    found = 0
    for at in places:
        end = at + len(key)
        whole_end = end >= len(hay) or not hay[end].isalpha()
        before, after = hay[max(0, at - 2) : at].rstrip(), hay[end : end + 2].lstrip()
        whole_start = at == 0 or not hay[at - 1].isalpha()
        found += (before[-1:].isdigit() and whole_end) or (after[:1].isdigit() and whole_start)
    return a.within(found, f"number with the unit {unit}", low, high)


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, sampled=True, prior=0.05)
def questions(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of sentences that end with a question mark is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    sentences = t.sentences(t.readable(response))
    asked = sum(sentence.rstrip("\"'”’)*_").endswith(("?", "？")) for sentence in sentences)
    return a.within(asked, "question", low, high)


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, sampled=True, prior=0.1)
def semicolons(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of semicolons is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(response.count(";") + response.count("；"), "semicolon", low, high)


@check(
    "constraint", args={"words": a.integer(1, 30), "at_least": a.integer(1)}, sampled=True, prior=0.2, claims="short"
)
def short_sentences(response: str, *, prompt: str, words: int, at_least: int) -> Verdict:
    """At least so many sentences have at most `words` words."""
    short = sum(t.word_count(sentence) <= words for sentence in t.sentences(response))
    return a.within(short, f"sentence of at most {words} words", at_least, None)
