"""Which checks can stand together: by what they lay hold of, and by the arithmetic of their arguments.

Two checks that claim the same part of an answer (its case, its opening, its list block, ...) conflict, and so do the pairs
in `_PAIRS`. Arguments conflict where the least that one demands is more than another allows: six paragraphs in at most 40 words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import Spec, info

JSON_CHECKS = ("json_only", "json_keys", "json_schema")
# What may be asked of JSON beside its shape.
_WITH_JSON = {
    "word_count",
    "reading_seconds",
    "keywords_present",
    "keywords_absent",
    "keyword_frequency",
    "letter_frequency",
    "all_lowercase",
    "capital_words",
    "numbers_with_unit",
    "date_format",
    "parentheses",
    "questions",
    "semicolons",
}
_BLOCKS = ("bullets", "numbered_list", "checklist", "bold_leads", "nested_bullets", "block_quotes", "table")
_PAIRS = {
    frozenset(pair)
    for pair in (
        ("sentence_per_line", "table"),
        ("sentence_per_line", "paragraph_sentences"),
        ("sentence_per_line", "summary_line"),
        ("sentence_per_line", "sections"),
        ("sentence_per_line", "nested_bullets"),
        ("line_count", "nth_paragraph_first_word"),
        ("line_count", "ordinal_openers"),
        ("line_count", "paragraph_sentences"),
        ("labelled_lines", "paragraph_sentences"),
        ("two_answers", "paragraph_sentences"),
        ("two_answers", "nth_paragraph_first_word"),
        ("two_answers", "ordinal_openers"),
        ("ordinal_openers", "summary_line"),
        ("ordinal_openers", "starts_with"),
        ("ordinal_openers", "repeats_first"),
        ("wrapped_in_quotes", "quotes_document"),
        ("all_capitals", "quotes_document"),
        ("all_lowercase", "quotes_document"),
        ("all_capitals", "json_schema"),
        ("all_capitals", "json_keys"),
        ("all_capitals", "json_only"),
    )
}


def _least_sentences(name: str, args: dict[str, Any]) -> int:
    """How many sentences an answer that meets this check has at the least."""
    low = a.limits(args)[0]
    if name in ("sentence_count", "paragraph_count", "highlights", "placeholders", *_BLOCKS):
        return low
    if name in ("sections", "line_count"):
        return low
    if name == "nth_paragraph_first_word":
        return int(args["paragraph"])
    if name == "ordinal_openers":
        return int(args["count"])
    if name == "divided":
        return int(args["parts"])
    if name == "labelled_lines":
        return len(args["labels"])
    return 1


def _least_words(name: str, args: dict[str, Any]) -> int:
    """How many words an answer that meets this check has at the least; three to a sentence."""
    if name in ("word_count", "capital_words"):
        return a.limits(args)[0]
    if name == "keyword_frequency":
        return a.limits(args)[0]
    if name == "keywords_present":
        return len(args["words"])
    if name == "reading_seconds":
        return a.limits(args)[0] * 3
    if name == "json_schema":
        return sum(int(bounds[0]) for bounds in (args.get("words") or {}).values())
    if name in ("starts_with", "ends_with"):
        return t.word_count(args["phrase"]) + 1
    if name == "repeats_first":
        return t.word_count(args["text"]) + 1
    return 3 * _least_sentences(name, args)


def compatible(specs: Sequence[Spec]) -> str | None:
    """None, or one sentence on why no sensible answer can pass all of these."""
    named: dict[str, dict[str, Any]] = {}
    for spec in specs:
        name, args = spec["check"], spec.get("args") or {}
        if info(name).kind != "constraint":
            named.setdefault(name, args)
            continue
        if name in named:
            return f"{name} is asked twice."
        named[name] = args
    order = list(named)
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            reason = _clash(one, other)
            if reason:
                return reason
    return _arithmetic(named) or _wording(named)


def _clash(one: str, other: str) -> str | None:
    shared = info(one).claims & info(other).claims
    if shared:
        return f"{one} and {other} both decide the {min(shared)} of the answer."
    if frozenset((one, other)) in _PAIRS:
        return f"{one} and {other} cannot both hold."
    for json_check, rest in ((one, other), (other, one)):
        if json_check in JSON_CHECKS and rest not in _WITH_JSON and info(rest).kind == "constraint":
            return f"{json_check} leaves no room for {rest}."
    return None


def names_clash(one: str, other: str) -> bool:
    """Whether two checks conflict whatever their arguments."""
    return one == other or _clash(one, other) is not None


def _arithmetic(named: dict[str, dict[str, Any]]) -> str | None:
    for counter, least in (("sentence_count", _least_sentences), ("word_count", _least_words)):
        high = a.limits(named[counter])[1] if counter in named else None
        if high is None:
            continue
        for name, args in named.items():
            if name != counter and info(name).kind == "constraint" and least(name, args) > high:
                what = "words" if counter == "word_count" else "sentences"
                return f"{name} needs at least {least(name, args)} {what}; {counter} allows {high}."
    if "sentence_count" in named and "word_count" in named:
        # A sentence of more than 40 words would not be sensible.
        high = a.limits(named["sentence_count"])[1]
        low = a.limits(named["word_count"])[0]
        if high is not None and low > 40 * high:
            return f"{low} words do not fit into {high} sentences."
    if "paragraph_count" in named:
        high = a.limits(named["paragraph_count"])[1]
        for name, key in (("nth_paragraph_first_word", "paragraph"), ("ordinal_openers", "count")):
            if high is not None and name in named and named[name][key] > high:
                return f"{name} needs {named[name][key]} paragraphs; paragraph_count allows {high}."
        parts = max(a.limits(named.get("sections", {}))[0], named.get("divided", {}).get("parts", 0))
        if high is not None and parts > high:
            return f"{parts} parts need as many paragraphs; paragraph_count allows {high}."
        low_sentences = a.limits(named["paragraph_sentences"])[0] if "paragraph_sentences" in named else 1
        total = a.limits(named["sentence_count"])[1] if "sentence_count" in named else None
        if total is not None and low_sentences * a.limits(named["paragraph_count"])[0] > total:
            return f"The paragraphs need more than {total} sentences."
    opener = named.get("nth_paragraph_first_word")
    if opener and opener["paragraph"] == 1:
        for head in ("starts_with", "summary_line", "repeats_first"):
            if head in named:
                return f"{head} and nth_paragraph_first_word both decide the first word."
    return None


def _wording(named: dict[str, dict[str, Any]]) -> str | None:
    """Words that one check demands and another forbids."""
    due: list[str] = list(named.get("keywords_present", {}).get("words", ()))
    frequency = named.get("keyword_frequency")
    if frequency and a.limits(frequency)[0] > 0:
        due.append(frequency["word"])
    due += [named[name][key] for name, key in _PHRASES if name in named]
    banned = [*named.get("keywords_absent", {}).get("words", ()), *named.get("forbids", {}).get("words", ())]
    if frequency and a.limits(frequency)[1] == 0:
        banned.append(frequency["word"])
    for text in due:
        for word in banned:
            if t.mentions(t.normal(text), t.normal(word)):
                return f"{word!r} is both asked for and forbidden."
    if "no_commas" in named:
        for text in due:
            if "," in text:
                return f"{text!r} holds a comma, and no_commas allows none."
    return None


_PHRASES = (
    ("starts_with", "phrase"),
    ("ends_with", "phrase"),
    ("repeats_first", "text"),
    ("nth_paragraph_first_word", "word"),
    ("summary_line", "label"),
)
