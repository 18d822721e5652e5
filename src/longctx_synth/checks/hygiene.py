"""Hygiene checks: what no good answer does, whatever was asked. Shared by all splits; never sampled as constraints."""

from __future__ import annotations

import unicodedata

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed

REFUSALS = (
    "i can't help",
    "i cannot help",
    "i can't assist",
    "i cannot assist",
    "i'm unable to",
    "i am unable to",
    "i'm not able to",
    "i am not able to",
    "i'm sorry, but",
    "i am sorry, but",
    "i apologize, but",
    "i can't provide",
    "i cannot provide",
    "i can't fulfill",
    "i cannot fulfill",
    "i cannot comply",
    "as an ai",
    "as a language model",
    "as a large language model",
    "i don't have access to",
    "i do not have access to",
)


@check("hygiene", prior=0.97)
def no_refusal(response: str, *, prompt: str) -> Verdict:
    """No refusal boilerplate stands in the first 1,000 characters ("I cannot assist", "as an AI")."""
    hay = t.normal(t.readable(response)[:1000])
    found = next((phrase for phrase in REFUSALS if t.mentions(hay, phrase)), None)
    return PASSED if found is None else failed(f"The answer refuses ({found!r}); it must answer.")


PREAMBLES = (
    "sure, here",
    "sure! here",
    "sure. here",
    "certainly",
    "of course",
    "absolutely",
    "here is the answer",
    "here's the answer",
    "here is the rewritten",
    "here is a possible",
    "i hope this helps",
    "great question",
    "let me know if",
)


@check("hygiene", prior=0.8)
def no_preamble(response: str, *, prompt: str) -> Verdict:
    """The response does not open with chat filler ("Sure, here is", "Certainly") and does not close with an offer of help."""
    head, tail = t.normal(response[:200]).lstrip("\"'({"), t.normal(response[-200:])
    opening = next((phrase for phrase in PREAMBLES if head.startswith(phrase)), None)
    closing = next(
        (phrase for phrase in ("i hope this helps", "let me know if", "feel free to ask") if phrase in tail), None
    )
    if opening or closing:
        return failed(f"The answer has chat filler ({(opening or closing)!r}); it must be the answer alone.", 0.5)
    return PASSED


@check("hygiene", args={"times": a.integer(2, 100)}, prior=0.95)
def no_repetition(response: str, *, prompt: str, times: int = 3) -> Verdict:
    """No sentence of five words or more stands `times` times, and no run of one to eight words is said over and over.

    A loop is a passage of at least 24 words in which every word equals the one a fixed step (1 to 8 words) before.
    """
    counts: dict[str, int] = {}
    sentences = [t.normal(sentence) for sentence in t.sentences(t.readable(response))]
    for sentence in sentences:
        if sentence.count(" ") >= 4:
            counts[sentence] = counts.get(sentence, 0) + 1
    worst = max(counts, key=lambda sentence: counts[sentence], default="")
    if worst and counts[worst] >= times:
        share = 1 - sum(n - 1 for n in counts.values()) / max(len(sentences), 1)
        return failed(f"The sentence {worst[:60]!r} stands {counts[worst]} times in the answer.", share)
    tokens = [token for token in t.normal(response).split() if not t.is_wordless(token)]
    for step in range(1, 9):
        run = 0
        for at in range(step, len(tokens)):
            run = run + 1 if tokens[at] == tokens[at - step] else 0
            if run >= 24:
                loop = " ".join(tokens[at - step + 1 : at + 1])
                return failed(f"The answer repeats {loop[:60]!r} over and over.", 0.2)
    return PASSED


@check("hygiene", prior=0.9)
def finished(response: str, *, prompt: str) -> Verdict:
    """The response does not break off: its last line ends a sentence, a list item, a heading's table, a block or JSON."""
    text = response.rstrip()
    if t.load_json(text) is not t.NOT_JSON:
        return PASSED
    if text.count("```") % 2:
        return failed("The answer breaks off inside a code block.", 0.5)
    kind = t.line_kind(text.rsplit("\n", 1)[-1])
    if text.endswith((",", ";", ":", "-", "–", "(", "[", "{", " and", " or", " the", " of")) or kind == "heading":
        return failed("The answer breaks off.", 0.5)
    if kind == "prose" and len(text) > 60 and text[-1].isalnum():
        return failed("The answer breaks off in the middle of a sentence.", 0.5)
    return PASSED


_STUBS = ("lorem ipsum", "todo", "tbd", "[insert", "[your", "xxx", "<insert", "placeholder text")


@check("hygiene", prior=0.97)
def no_stub(response: str, *, prompt: str) -> Verdict:
    """No text that waits to be written: TODO, lorem ipsum, [insert ...]."""
    hay = t.normal(t.readable(response))
    found = next((stub for stub in _STUBS if t.mentions(hay, stub)), None)
    return PASSED if found is None else failed(f"The answer has a part that waits to be written ({found!r}).", 0.3)


@check("hygiene", prior=0.99)
def clean_characters(response: str, *, prompt: str) -> Verdict:
    """No control characters, lone surrogates, private-use or replacement characters: marks of broken decoding."""
    wrong = [
        c
        for c in set(response)
        if c == "\ufffd" or (c not in "\n\t\r" and unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn"))
    ]
    if not wrong:
        return PASSED
    return failed(f"The answer has a broken character (U+{ord(min(wrong)):04X}).", 0.5)


@check("hygiene", args={"run": a.integer(5, 1000), "share": a.number}, prior=0.9)
def own_words(response: str, *, prompt: str, run: int = 12, share: float = 0.5) -> Verdict:
    """At most `share` of the response's runs of `run` words are copied from the prompt."""
    said = t.normal(t.readable(response)).split()
    if len(said) < run:
        return PASSED
    source = t.normal(prompt).split()
    # Each run is kept as its hash, 8 bytes or so, not as its text.
    known = {hash(tuple(source[at : at + run])) for at in range(len(source) - run + 1)}
    runs = [hash(tuple(said[at : at + run])) for at in range(len(said) - run + 1)]
    copied = sum(one in known for one in runs) / len(runs)
    if copied <= share:
        return PASSED
    return failed(f"{copied:.0%} of the answer is copied from the document; at most {share:.0%} may be.", 1 - copied)
