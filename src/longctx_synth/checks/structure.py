"""Checks on paragraphs, lines and parts: how an answer is divided, and with what its parts begin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, ifeval=True, sampled=True, prior=0.3, claims="paragraphs")
def paragraph_count(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of paragraphs (running text between blank lines; see `text.py`) is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(len(t.paragraphs(response)), "paragraph", low, high)


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, sampled=True, prior=0.3)
def paragraph_sentences(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """Every paragraph has a number of sentences within the bounds; there is at least one paragraph."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    counts = [len(t.sentences(paragraph)) for paragraph in t.paragraphs(response)]
    if not counts:
        return failed("The answer has no paragraph of running text.")
    wrong = [(at, n) for at, n in enumerate(counts, 1) if n < low or (high is not None and n > high)]
    if not wrong:
        return PASSED
    at, n = wrong[0]
    said = f"Paragraph {at} has {a.plural(n, 'sentence')}; every paragraph must have {a.must(low, high)}."
    return failed(said, 1 - len(wrong) / len(counts))


@check(
    "constraint",
    args={"paragraph": a.integer(1, 50), "word": a.word},
    ifeval=True,
    sampled=True,
    prior=0.01,
    claims="opener",
)
def nth_paragraph_first_word(response: str, *, prompt: str, paragraph: int, word: str) -> Verdict:
    """The n-th paragraph begins with the word."""
    found = t.paragraphs(response)
    if len(found) < paragraph:
        return failed(
            f"The answer has {a.plural(len(found), 'paragraph')}; paragraph {paragraph} must begin with {word!r}."
        )
    if t.mentions(t.normal(found[paragraph - 1][: 200 + 2 * len(word)]).lstrip(" \"'("), t.normal(word))[:1] == [0]:
        return PASSED
    first = t.first_word(found[paragraph - 1])[:40]
    return failed(f"Paragraph {paragraph} begins with {first!r}; it must begin with {word!r}.", 0.3)


ORDINALS = (
    ("first", "firstly"),
    ("second", "secondly"),
    ("third", "thirdly"),
    ("fourth", "fourthly"),
    ("fifth", "fifthly"),
    ("sixth", "sixthly"),
)


@check(
    "constraint",
    args={"count": a.integer(2, 6)},
    held_out=True,
    sampled=True,
    prior=0.01,
    claims="opener",
)
def ordinal_openers(response: str, *, prompt: str, count: int) -> Verdict:
    """The first `count` paragraphs begin with First, Second, Third and so on."""
    openers = [t.first_word(paragraph).casefold() for paragraph in t.paragraphs(response)]
    right = sum(word in ordinals for word, ordinals in zip(openers, ORDINALS[:count], strict=False))
    if right == count:
        return PASSED
    wanted = ", ".join(ordinals[0].capitalize() for ordinals in ORDINALS[:count])
    return failed(f"The first {count} paragraphs must begin with {wanted}; {right} of them do.", right / count)


@check(
    "constraint",
    args=a.BOUNDS,
    valid=a.bounds_valid,
    held_out=True,
    sampled=True,
    prior=0.2,
    claims="lines paragraphs block parts emphasis",
)
def line_count(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of lines that are not blank is within the bounds; fences and tags of their own line do not count."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(sum(kind not in ("blank", "fence", "tag") for kind, _ in t.lines(response)), "line", low, high)


@check("constraint", args={}, held_out=True, sampled=True, prior=0.33, claims="lines")
def sentence_per_line(response: str, *, prompt: str) -> Verdict:
    """Every sentence stands on a line of its own, and there are at least two."""
    per_line = [
        len(t.sentences(line))
        for kind, line in t.lines(response)
        if kind in ("prose", "bullet", "number", "quote", "postscript")
    ]
    crowded = sum(n > 1 for n in per_line)
    if crowded:
        return failed(
            f"{a.plural(crowded, 'line')} of the answer hold more than one sentence.", 1 - crowded / len(per_line)
        )
    if sum(n == 1 for n in per_line) < 2:
        return failed("The answer must have at least two sentences, each on a line of its own.", 0.5)
    # A line that ends without a full stop is half a sentence if the next one goes on in small letters.
    texts = [line.strip() for kind, line in t.lines(response) if kind == "prose"]
    broken = sum(
        x[-1] not in ".!?…:;\"”*)_'’" and not y[0].isupper() and x != x.upper() and x != x.lower()
        for x, y in pairwise(texts)
    )
    if broken:
        return failed(f"{a.plural(broken, 'sentence')} run over more than one line.", 1 - broken / len(texts))
    return PASSED


def _section_level(marker: str) -> int:
    return len(marker) if marker.strip("#") == "" else 0


_SECTION_MARKERS = a.one_of("Section", "Part", "Chapter", "#", "##", "###")


@check(
    "constraint",
    args={"marker": _SECTION_MARKERS, **a.BOUNDS},
    valid=a.bounds_valid,
    ifeval=True,
    sampled=True,
    prior=0.02,
    claims="parts",
)
def sections(
    response: str,
    *,
    prompt: str,
    marker: str,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """The number of sections with a heading of this kind (`## x`, or lines `Section 1`) is within the bounds; none is empty."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    level = _section_level(marker)
    filled: list[bool] = []
    for kind, line in t.lines(response):
        stripped = line.strip()
        if kind == "heading":
            match = t.HEADING.match(stripped)
            head = match[2].strip("*_ ") if match else stripped.strip("*_ ")
            named = t.SECTION.match(head)
            if (match and len(match[1]) == level) if level else (named and named[1].casefold() == marker.casefold()):
                filled.append(False)
                continue
        if filled and kind != "blank":
            filled[-1] = True
    empty = filled.count(False)
    if empty:
        return failed(f"{a.plural(empty, 'section')} of the answer are empty.", 0.5)
    shape = f"{marker} Title" if level else f"{marker} 1"
    verdict = a.within(len(filled), "section", low, high)
    return (
        verdict
        if verdict.passed
        else failed(f"{verdict.feedback} A section begins with a line like {shape!r}.", verdict.score)
    )


def _parts_by_rule(response: str, mark: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in response.split("\n"):
        if line.strip() == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return ["\n".join(part) for part in parts]


def _rule_repair(response: str, *, prompt: str, mark: str, parts: int) -> str:
    return "\n".join(mark if t.line_kind(line) == "rule" else line for line in response.split("\n"))


@check(
    "constraint",
    args={"mark": a.one_of("---", "***", "===", "___"), "parts": a.integer(2, 20)},
    ifeval=True,
    held_out=True,
    sampled=True,
    prior=0.01,
    claims="parts",
    repair=_rule_repair,
)
def divided(response: str, *, prompt: str, mark: str, parts: int) -> Verdict:
    """The response has exactly so many parts, divided by lines that hold the mark alone (IFEval parts paragraphs by ***)."""
    found = _parts_by_rule(response, mark)
    if any(t.is_wordless(part) for part in found):
        return failed(f"A part between the {mark} lines is empty.", 0.3)
    score = min(len(found), parts) / max(len(found), parts)
    if len(found) == parts:
        return PASSED
    return failed(
        f"The answer has {a.plural(len(found), 'part')} divided by {mark}; it must have exactly {parts}.", score
    )


@check(
    "constraint",
    args={"mark": a.one_line},
    ifeval=True,
    prior=0.01,
    claims="parts block paragraphs lines head tail wrap",
)
def two_answers(response: str, *, prompt: str, mark: str = "******") -> Verdict:
    """Two different answers, divided by a line that holds the mark alone."""
    found = _parts_by_rule(response, mark.strip())
    if len(found) != 2:
        return failed(f"The answer must be two answers with one line {mark!r} between them.")
    if any(t.is_wordless(part) for part in found):
        return failed("One of the two answers is empty.", 0.3)
    if t.normal(found[0]) == t.normal(found[1]):
        return failed("The two answers are the same; they must differ.", 0.5)
    return PASSED


@check(
    "constraint",
    args={"labels": a.words},
    held_out=True,
    sampled=True,
    prior=0.01,
    claims="parts block paragraphs lines head emphasis opener",
)
def labelled_lines(response: str, *, prompt: str, labels: Sequence[str]) -> Verdict:
    """The response is made of lines that open with these labels and a colon, in this order, each followed by text."""
    texts = [line.strip() for line in t.filled_lines(response)]
    wanted = [t.normal(label) + ":" for label in labels]
    at = 0
    for line in texts:
        if at < len(wanted):
            start = t.normal(line[: len(wanted[at]) * 2 + 40])
            if start.startswith(wanted[at]) and not t.is_wordless(line[len(wanted[at]) :]):
                at += 1
    if at < len(labels):
        return failed(
            f"The answer must have a line that opens with '{labels[at]}:' and goes on with text, in this order.",
            at / len(labels),
        )
    if not t.normal(texts[0][: len(wanted[0]) * 2 + 40]).startswith(wanted[0]):
        return failed(f"The first line must open with '{labels[0]}:'.", 0.8)
    return PASSED


def _cut_opening(response: str, *, prompt: str, label: str) -> str | None:
    """Drop an opening line such as "Here is the answer:" where the labelled line follows it."""
    head, _, rest = response.partition("\n")
    return rest.lstrip() if head.rstrip().endswith(":") and rest.strip() else None


@check("constraint", args={"label": a.word}, sampled=True, prior=0.02, claims="head", repair=_cut_opening)
def summary_line(response: str, *, prompt: str, label: str) -> Verdict:
    """The first line opens with the label and a colon, and text follows on that line."""
    first = t.filled_lines(response)[0].strip()
    body = t.normal(first[:400])
    wanted = t.normal(label) + ":"
    if not body.startswith(wanted):
        return failed(f"The first line must open with '{label}:'.")
    if t.is_wordless(body[len(wanted) :]):
        return failed(f"Text must follow '{label}:' on the first line.", 0.5)
    return PASSED


@check("constraint", args={"text": a.text}, ifeval=True, prior=0.01, claims="head")
def repeats_first(response: str, *, prompt: str, text: str) -> Verdict:
    """The response first repeats the text word for word, then goes on."""
    said, wanted = t.normal(response), t.normal(text)
    if not said.startswith(wanted):
        return failed("The answer must first repeat the request word for word.")
    if t.is_wordless(said[len(wanted) :]):
        return failed("The answer only repeats the request; the answer itself must follow.", 0.5)
    return PASSED
