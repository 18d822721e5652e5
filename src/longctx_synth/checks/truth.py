"""Truth checks: whether a response agrees with the document or with the exact answer that the program knows.

Texts are compared without Markdown emphasis, with plain quotes and dashes, single blanks and case folded (`text.normal`), and a
form counts only where it stands as a whole. A response that is JSON is read by its string leaves.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed


def any_mention(hay: str, forms: Sequence[str]) -> int | None:
    """The first place in `hay` (normal) where one of the forms stands as a whole, or None."""
    places = [found[0] for form in forms if (found := t.mentions(hay, t.normal(form)))]
    return min(places) if places else None


def _listed(things: Sequence[str], most: int = 4) -> str:
    shown = "; ".join(things[:most])
    return shown + (f"; and {len(things) - most} more" if len(things) > most else "")


def _at_least_valid(args: dict[str, Any]) -> str | None:
    if args.get("at_least", 0) > len(args["facts"]):
        return f"at_least ({args['at_least']}) is more than the facts given ({len(args['facts'])})"
    return None


@check("truth", args={"facts": a.facts, "at_least": a.integer(1)}, valid=_at_least_valid)
def facts_mentioned(
    response: str, *, prompt: str, facts: Sequence[Mapping[str, Any]], at_least: int | None = None
) -> Verdict:
    """Every fact (or `at_least` of them) is mentioned in one of its forms: {"name": "the fee", "forms": ["EUR 4,200"]}."""
    hay = t.normal(t.readable(response))
    missing = [fact["name"] for fact in facts if any_mention(hay, fact["forms"]) is None]
    due = len(facts) if at_least is None else at_least
    got = len(facts) - len(missing)
    if got >= due:
        return PASSED
    if due < len(facts):
        return failed(f"The answer gives {got} of the facts asked for; at least {due} are due.", got / due)
    return failed(f"The answer does not give: {_listed(missing)}.", got / due)


@check("truth", args={"items": a.items})
def ordered_items(response: str, *, prompt: str, items: Sequence[Sequence[str]]) -> Verdict:
    """All items (each a list of forms) are mentioned, their first mentions in this order."""
    hay = t.normal(t.readable(response))
    places = [any_mention(hay, forms) for forms in items]
    missing = [forms[0] for forms, place in zip(items, places, strict=True) if place is None]
    if missing:
        return failed(f"The answer does not mention: {_listed(missing)}.", 0.5 * (1 - len(missing) / len(items)))
    steps = list(pairwise(place for place in places if place is not None))
    wrong = next((at for at, (before, after) in enumerate(steps) if before >= after), None)
    if wrong is not None:
        right = sum(before < after for before, after in steps)
        first, second = items[wrong][0], items[wrong + 1][0]
        return failed(f"{second} is named before {first}; the order is wrong.", 0.5 + 0.5 * right / len(places))
    return PASSED


@check("truth", args={"allowed": a.allowed})
def closed_world(response: str, *, prompt: str, allowed: Sequence[Any] = ()) -> Verdict:
    """Every number in the response stands in the prompt or in `allowed`; numbers of list marks and section heads are free."""
    said = t.numbers(t.readable(response), structural=False)
    if not said:
        return PASSED
    known = set(t.numbers(prompt))
    for value in allowed:
        known.update(t.numbers(value if isinstance(value, str) else f"{value}"))
    foreign = list(dict.fromkeys(number for number in said if number not in known))
    if not foreign:
        return PASSED
    shown = _listed([number if len(number) < 30 else number[:27] + "..." for number in foreign])
    share = sum(number in known for number in said) / len(said)
    return failed(f"These numbers do not stand in the document: {shown}.", share)


# What an answer follows on: "Answer:", "**Final answer**:", "the answer is".
ANSWER_MARK = re.compile(r"(?<![^\W_])answer[*_`~ \t]{0,6}(?:is\b|[:：=])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,])[-−]?[0-9][0-9,]*(?:\.[0-9]+)?(?![0-9])|(?<=[€$£])[0-9][0-9,]*(?:\.[0-9]+)?")


def final_number(text: str) -> str | None:
    """The number that a text gives as its answer: the first after its last "answer:" or "answer is", else the last one."""
    plain = t.readable(text).translate(str.maketrans("{}\\", "   ", "*`_~")).replace("−", "-")
    marks = list(ANSWER_MARK.finditer(plain))
    if marks:
        after = _NUMBER.search(plain, marks[-1].end())
        if after:
            return after[0].replace(",", "").rstrip(".")
    last = None
    for match in _NUMBER.finditer(plain):
        last = match[0]
    return last.replace(",", "").rstrip(".") if last else None


_MOST_LINE_WORDS = 12


def stated_answer(response: str) -> str | None:
    """What a response gives as its answer, or None.

    The rest of the line after its last "Answer:", "Final answer:" or "The answer is" (the next line where that rest is blank);
    without such a mark the last line, if that has at most 12 words.
    """
    text = t.readable(response)
    last = None
    for last in ANSWER_MARK.finditer(text):  # noqa: B007
        pass
    if last is not None:
        return next((line for line in text[last.end() :].split("\n") if not t.is_wordless(line)), None)
    line = next((line for line in reversed(text.split("\n")) if not t.is_wordless(line)), "")
    return line if 0 < t.word_count(line) <= _MOST_LINE_WORDS else None


@check("truth", args={"value": a.number, "tolerance": a.number})
def numeric_answer(response: str, *, prompt: str, value: float, tolerance: float = 0) -> Verdict:
    """The number given as the answer equals `value`, up to the absolute `tolerance`."""
    given = final_number(response)
    if given is None:
        return failed("The answer gives no number.")
    try:
        distance = abs(Decimal(given[:60]) - Decimal(repr(value)))
    except InvalidOperation:
        return failed("The number in the answer cannot be read.")
    if len(given) <= 60 and distance <= Decimal(repr(tolerance)):
        return PASSED
    return failed(f"The answer gives {given if len(given) < 30 else given[:27] + '...'}, which is not right.")


_LEAD = re.compile(r"^(?:the )?(?:final )?answer(?: is)?:? ")


def bare_answer(normal: str) -> str:
    """An answer (`text.normal`) without "the answer is", an article, and the punctuation and quotes around it."""
    stripped = _LEAD.sub("", normal.strip(" .!:;\"'()")).strip(" .!:;\"'()")
    for article in ("the ", "a ", "an "):
        stripped = stripped.removeprefix(article)
    return stripped


@check("truth", args={"answer": a.text, "forms": a.texts})
def exact_answer(response: str, *, prompt: str, answer: str, forms: Sequence[str] = ()) -> Verdict:
    """The response is the answer or one of its forms, nothing else; "Answer: X" as the last line also counts."""
    right = {bare_answer(t.normal(form)) for form in (answer, *forms)}
    text = t.readable(response)
    given = [bare_answer(t.normal(text))]
    last = t.normal(text.rstrip().rsplit("\n", 1)[-1])
    if _LEAD.match(last):
        given.append(bare_answer(last))
    if any(one in right for one in given):
        return PASSED
    stated = any_mention(t.normal(text), (answer, *forms)) is not None
    if stated:
        return failed("The answer holds the right words among others; it must be the answer alone.", 0.5)
    return failed("The answer is not the one that the document gives.")


def _choice_valid(args: dict[str, Any]) -> str | None:
    options = {t.normal(option) for option in args["options"]}
    if len(options) < 2:
        return "give at least two options"
    if "answer" in args and t.normal(args["answer"]) not in options:
        return f"the answer {args['answer']!r} is none of the options"
    return None


@check("truth", args={"options": a.forms, "answer": a.text}, ifeval=True, valid=_choice_valid)
def choice(response: str, *, prompt: str, options: Sequence[str], answer: str | None = None) -> Verdict:
    """The response names exactly one of the options, and it is `answer` where one is given."""
    hay = t.normal(t.readable(response))
    named: list[str] = []
    for option in sorted({t.normal(option) for option in options}, key=len, reverse=True):
        places = t.mentions(hay, option)
        if places:
            named.append(option)
            # A longer option hides the shorter ones inside it ("yes, in part" holds "yes").
            pieces, start = [], 0
            for place in places:
                pieces.append(hay[start:place])
                start = place + len(option)
            hay = "\x00".join([*pieces, hay[start:]])
    if len(named) != 1:
        what = "none" if not named else f"{len(named)}"
        return failed(f"The answer names {what} of the options; it must name exactly one.")
    if answer is not None and named[0] != t.normal(answer):
        return failed(f"The answer chooses {named[0]!r}, which is not right.")
    return PASSED


_SPLIT = re.compile(r"[;\n]|,(?![0-9])|\band\b", re.IGNORECASE)


def _entries(response: str) -> list[str]:
    """What a response lists: its list items, else its lines, else what commas and "and" part."""
    text = t.readable(response)
    items = [body for _, _, body in t.bullets(text)] or [body for _, body in t.numbered(text)]
    if items:
        return items
    body = [line for line in t.filled_lines(text) if not line.rstrip().endswith(":")]
    if len(body) > 1:
        return body
    line = " ".join(body)
    if ":" in line:
        line = line.partition(":")[2] or line
    return [part.strip(" .") for part in _SPLIT.split(line) if not t.is_wordless(part)]


@check("truth", args={"items": a.items})
def item_set(response: str, *, prompt: str, items: Sequence[Sequence[str]]) -> Verdict:
    """The response lists all items (each a list of forms), in any order, and no others; the score is the F1."""
    normals = [[t.normal(form) for form in forms] for forms in items]
    hay = t.normal(t.readable(response))
    missing = [
        forms[0] for forms, keys in zip(items, normals, strict=True) if not any(t.mentions(hay, k) for k in keys)
    ]
    known = [key for keys in normals for key in keys]
    extra = []
    for entry in _entries(response):
        said = t.normal(entry)
        if not t.is_wordless(said) and not any(key in said and t.mentions(said, key) for key in known):
            extra.append(entry)
    if not missing and not extra:
        return PASSED
    hits = len(items) - len(missing)
    score = 2 * hits / (2 * hits + len(missing) + len(extra)) if hits else 0.0
    wrong = []
    if missing:
        wrong.append(f"misses {_listed(missing)}")
    if extra:
        wrong.append(f"lists what does not belong: {_listed([e[:60] for e in extra], 3)}")
    return failed(f"The answer {' and '.join(wrong)}.", score)


# Each is a plain phrase in `normal` form; what document or conversation does not tell must be said, not guessed.
ABSTENTIONS = (
    "does not say",
    "does not state",
    "does not mention",
    "does not give",
    "does not tell",
    "does not specify",
    "does not contain",
    "does not include",
    "does not provide",
    "does not record",
    "do not say",
    "do not state",
    "do not mention",
    "do not give",
    "do not tell",
    "do not specify",
    "do not contain",
    "do not record",
    "don't say",
    "don't state",
    "don't mention",
    "don't give",
    "doesn't say",
    "doesn't state",
    "doesn't mention",
    "doesn't give",
    "doesn't specify",
    "doesn't provide",
    "not mentioned",
    "not stated",
    "not given",
    "not specified",
    "not provided",
    "not recorded",
    "not answered",
    "not in the document",
    "no mention of",
    "no information",
    "cannot be determined",
    "cannot be answered",
    "can't be determined",
    "can't be answered",
    "cannot tell from",
    "cannot be told",
    "cannot be found",
    "cannot be worked out",
    "not on record",
    "not on file",
    "not to be found",
    "leave it open",
    "leaves it open",
    "leave this open",
    "leaves this open",
    "no answer",
    "unanswerable",
    "unknown",
    # Of a conversation; "not mentioned" and "not given" above hold "have not mentioned" and "have not given".
    "have not told",
    "haven't told",
    "did not tell",
    "didn't tell",
    "never told",
    "never mentioned",
    "haven't mentioned",
    "haven't given",
    "has not been mentioned",
    "hasn't been mentioned",
    "has not come up",
    "hasn't come up",
)
_NONE_TOLD = re.compile(
    r"\bno (?:[\w'-]+ ){1,6}(?:is|are|was|were) (?:on record|on file|recorded|given|stated|told|mentioned|found)\b"
)
_CLAUSE_END = re.compile(r"[;,:(]| but | since | because ")

# "I don't know" opens a guess as often as not, so it counts only as the whole answer, one sentence that takes nothing back.
_NOT_KNOWN = re.compile(
    r"(?:(?:i'm |i am )?sorry, (?:but )?)?i (?:do not|don't) know(?! (?:exactly|precisely|for)\b)[^.:;!?]*[.!]?"
)
_TAKEN_BACK = re.compile(
    r"\b(?:but|however|(?:al)?though|unless|guess|think|believe|assume|suppose|perhaps|maybe|probably|presumably|likely"
    r"|might|may|could|should|must|would)\b"
)


def _declines(normal: str) -> bool:
    """Whether a text says that it was not told: one of `ABSTENTIONS`, "no … is on record", or nothing but "I do not know …"."""
    if any(t.mentions(normal, phrase) for phrase in ABSTENTIONS) or _NONE_TOLD.search(normal):
        return True
    known = _NOT_KNOWN.fullmatch(normal)
    return known is not None and not _TAKEN_BACK.search(normal, normal.index("know"))


@check("truth", args={"stated": a.boolean})
def abstains(response: str, *, prompt: str, stated: bool = False) -> Verdict:
    """The response says that document or conversation does not tell, and gives no number of its own.

    stated: so does the first clause of what it gives as its answer (`stated_answer`): "Pumps; the rest is unknown" is an answer.
    """
    if not _declines(t.normal(t.readable(response))):
        return failed("This was not told; the answer must say so.")
    if stated:
        given = t.normal(stated_answer(response) or "")
        if not _declines(_CLAUSE_END.split(given, maxsplit=1)[0]):
            return failed("This was not told; what is given as the answer must say so and nothing else.")
    return closed_world(response, prompt=prompt)


@check("truth", args={"words": a.forms})
def forbids(response: str, *, prompt: str, words: Sequence[str]) -> Verdict:
    """None of the words or phrases stands in the response: distractors, wrong values, what must not be told."""
    hay = t.normal(t.readable(response))
    found = [word for word in words if t.mentions(hay, t.normal(word))]
    if not found:
        return PASSED
    return failed(f"The answer must not contain: {_listed(found)}.", 1 - len(found) / len(words))


LANGUAGES = frozenset(
    "af am an ar as az be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr ga gl gu he hi hr ht hu hy id is it ja jv "
    "ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt nb ne nl nn no oc or pa pl ps pt qu ro ru rw se si sk sl sq sr sv sw "
    "ta te th tl tr ug uk ur vi vo wa xh zh zu".split()
)


@check("truth", args={"code": a.one_of(*sorted(LANGUAGES))}, ifeval=True)
def language(response: str, *, prompt: str, code: str) -> Verdict:
    """The response is written in the language (ISO 639-1), by its first 20,000 characters, as py3langid tells."""
    import py3langid

    sample = t.readable(response)[:20_000].lower()
    found, _ = py3langid.classify(sample)
    same = found == code or {found, code} <= {"no", "nb", "nn"}
    return PASSED if same else failed(f"The answer reads as {found!r}; it must be written in {code!r}.")


# --- quotations

_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”')
MOST_QUOTATIONS = 64


def quotations(response: str) -> list[str]:
    """What stands in "..." or “...” in a response, in order."""
    return [(m[1] or m[2]).strip() for m in _QUOTED.finditer(t.readable(response))]


class Source:
    """A text in which quotations are looked up: plain quotes and dashes, white space collapsed, offsets kept."""

    def __init__(self, text: str) -> None:
        self._plain = t.same_length_plain(text)
        self.collapsed = " ".join(self._plain.split())
        self._starts: list[tuple[int, int]] | None = None

    def find(self, quote: str) -> tuple[int, int] | None:
        """Where the words stand verbatim, [start, end) in `collapsed`; closing punctuation of the quote may be the writer's."""
        plain = " ".join(t.same_length_plain(quote).split())
        for wanted in dict.fromkeys((plain, plain.rstrip(".,;:!?"))):
            at = self.collapsed.find(wanted) if wanted else -1
            if at >= 0:
                return at, at + len(wanted)
        return None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the text itself of a span of `collapsed`."""
        if self._starts is None:
            self._starts = []
            at = 0
            for match in re.finditer(r"\S+", self._plain):
                self._starts.append((at, match.start()))
                at += match.end() - match.start() + 1
        return self._back(start), self._back(end - 1) + 1

    def _back(self, at: int) -> int:
        starts = self._starts or [(0, 0)]
        collapsed, original = starts[bisect_right(starts, (at, len(self._plain))) - 1]
        return original + at - collapsed


def quote_spans(response: str, prompt: str) -> list[tuple[int, int, str]]:
    """(start, end, quotation) of each quotation in the response that stands in the prompt's text, in code points."""
    source = Source(prompt)
    found = []
    for quote in quotations(response)[:MOST_QUOTATIONS]:
        span = source.find(quote)
        if span:
            found.append((*source.original(*span), quote))
    return found


@check("truth", args={"count": a.integer(1, 32), "min_words": a.integer(1, 200), "containing": a.forms})
def quotes_document(
    response: str, *, prompt: str, count: int = 1, min_words: int = 4, containing: Sequence[str] | None = None
) -> Verdict:
    """At least `count` different quotations of at least `min_words` words stand verbatim in the prompt, one with a form of `containing`.

    The first 64 quotations that are long enough are looked up; `quote_spans` tells where they stand.
    """
    long_enough = [quote for quote in dict.fromkeys(quotations(response)) if len(quote.split()) >= min_words]
    if not long_enough:
        return failed(
            f"The answer must quote at least {a.plural(min_words, 'word')} of the document between quotation marks."
        )
    source = Source(prompt)
    spans: dict[tuple[int, int], str] = {}
    foreign = ""
    for quote in long_enough[:MOST_QUOTATIONS]:
        span = source.find(quote)
        if span:
            spans[span] = quote
        else:
            foreign = foreign or quote
    if len(spans) < count:
        said = f"{a.plural(len(spans), 'quotation')} in the answer stand in the document word for word; {count} must."
        if foreign:
            said = said[:-1] + f", and this one does not: {foreign[:80]!r}."
        return failed(said, len(spans) / count)
    if containing and not any(any_mention(t.normal(quote), containing) is not None for quote in spans.values()):
        return failed(f"A quotation must contain {' or '.join(map(repr, containing[:3]))}.", 0.5)
    return PASSED
