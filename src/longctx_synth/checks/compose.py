"""The structure engine: lays sentences out into one readable text that meets every spec.

It is the witness of every constraint, and the way in which a small model's sentences become an answer. A text is built from
a *layout* (how many paragraphs, whether a list has a lead-in, where the closing phrase stands) and a run of sentences: those
due, then spare ones, then neutral filler. Layouts and lengths are tried in order of plainness and each result is judged by the
checks themselves, so what is returned is right by construction of the search, not by trust in the layout code.

Invariants: due sentences stand in the text verbatim and in order (but for case, where a check demands one); spare sentences
are used in order; filler only where neither suffices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

from longctx_synth.checks import args as a
from longctx_synth.checks import banks
from longctx_synth.checks import text as t
from longctx_synth.checks.compatible import JSON_CHECKS, compatible
from longctx_synth.checks.jsonlayout import json_text
from longctx_synth.checks.layout import Demands, Layout, Stock, render
from longctx_synth.checks.registry import Prompt, Spec, info, parse, prompt_text, run, run_all
from longctx_synth.checks.truth import any_mention, quotations

_MOST_RENDERS = 1500
# Checks that a sentence can only break: one that fails alone is left out of spare and filler.
_NEGATIVE = ("keywords_absent", "forbids", "no_commas", "closed_world", "no_refusal", "no_stub")


class CannotCompose(Exception):
    """No text that holds the due sentences and passes every check was found; `reason` says what stood in the way."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compose(
    checks: str | Sequence[Spec],
    due: Sequence[str],
    spare: Sequence[str],
    prompt: Prompt,
    rng: Random,
    quotes: Sequence[str] = (),
) -> str:
    """One readable text that holds every `due` sentence and passes every check. Raises CannotCompose.

    due: whole sentences, kept in order; spare: sentences that may be used, in order; quotes: passages of the prompt to be
    quoted verbatim, each in a sentence of its own.
    """
    specs = parse(checks)
    reason = compatible(specs)
    if reason:
        raise CannotCompose(reason)
    document = prompt_text(prompt)
    demands = Demands.of(specs)
    negative = [spec for spec in specs if _only_forbids(spec)]
    wanted = [*due, *_quoting(specs, due, quotes, document, rng), *_facts(specs, due)]
    wanted = _emphasised(demands, wanted, rng)
    extra = [s for s in spare if s not in wanted and _allowed(s, negative, document)]
    special = _special(demands, wanted, rng)
    shown = t.normal(" ".join(wanted))
    bank = [s for s in banks.filler(rng) if t.normal(s) not in shown and _allowed(s, negative, document)]
    bank = _by_letter(bank, demands)
    stock = Stock.draw(rng)
    best: tuple[int, str] = (-1, "no layout holds so many sentences")
    keys = [t.normal(sentence) for sentence in wanted]
    for tries, (layout, sentences) in enumerate(_candidates(demands, wanted, special, extra, bank)):
        if tries >= _MOST_RENDERS:
            break
        if demands.is_json:
            text = json_text(demands, sentences, len(wanted), stock, [*extra, *bank])
        else:
            text = render(demands, layout, sentences, len(wanted), stock)
        if text is None:
            continue
        verdicts = run_all(specs, text, document)
        passed = sum(verdict.passed for verdict in verdicts)
        if passed == len(specs):
            hay = t.normal(t.readable(text))
            lost = next((s for s, key in zip(wanted, keys, strict=True) if key not in hay), None)
            if lost is None:
                return text
            best = max(best, (passed, f"the sentence {lost[:60]!r} would not stand in the text"))
        else:
            best = max(best, (passed, next(v.feedback for v in verdicts if not v.passed)))
    raise CannotCompose(best[1])


def witness(checks: Spec | str | Sequence[Spec], prompt: Prompt, rng: Random) -> str:
    """A plain text that passes the check or checks; raises CannotCompose where arguments leave none."""
    return compose([checks] if isinstance(checks, dict) else checks, [], [], prompt, rng)


def _only_forbids(spec: Spec) -> bool:
    name, args = spec["check"], spec["args"]
    if name in (
        "keyword_frequency",
        "letter_frequency",
        "placeholders",
        "parentheses",
        "capital_words",
        "questions",
        "semicolons",
    ):
        return a.limits(args)[1] == 0
    return name in _NEGATIVE or name == "sentence_length"


def _allowed(sentence: str, negative: Sequence[Spec], document: str) -> bool:
    return all(run(spec, sentence, document).passed for spec in negative)


def _quoting(specs: Sequence[Spec], due: Sequence[str], quotes: Sequence[str], document: str, rng: Random) -> list[str]:
    """Sentences that quote the document: the passages given, and as many more as the checks demand."""
    found = [f"{rng.choice(banks.QUOTE_LEADS)} “{_inside(quote)}”" + _stop(quote) for quote in quotes]
    for spec in specs:
        if spec["check"] != "quotes_document":
            continue
        args = spec["args"]
        if run(spec, " ".join([*due, *found]) or "-", document).passed:
            continue
        have = sum(len(quotations(sentence)) for sentence in [*due, *found])
        least, need = args.get("min_words", 4), args.get("count", 1)
        for passage in _passages(document, least, args.get("containing")):
            if have >= need and not args.get("containing"):
                break
            found.append(f"{rng.choice(banks.QUOTE_LEADS)} “{passage}”" + _stop(passage))
            have += 1
            if run(spec, " ".join([*due, *found]), document).passed:
                break
    return found


def _inside(quote: str) -> str:
    return " ".join(quote.replace("“", "'").replace("”", "'").replace('"', "'").split())


def _stop(quote: str) -> str:
    return "" if quote.rstrip()[-1:] in ".!?" else "."


def _passages(document: str, least: int, containing: Sequence[str] | None) -> Iterator[str]:
    """Sentences of the document with enough words and no quotation marks; those that hold a demanded form first."""
    fit = [
        sentence
        for line in document.split("\n")
        for sentence in t.split_sentences(line.strip())
        if least <= len(sentence.split()) <= least + 40 and not set(sentence) & set('"“”<>|*`#')
    ]
    if containing:
        fit.sort(key=lambda sentence: any_mention(t.normal(sentence), containing) is None)
    yield from fit
    words = document.split()
    for start in range(0, max(0, len(words) - least + 1), max(1, least)):
        passage = " ".join(words[start : start + least])
        if not set(passage) & set('"“”<>|*`#'):
            yield passage


def _facts(specs: Sequence[Spec], due: Sequence[str]) -> list[str]:
    """Plain sentences for the facts and items that the checks want and no due sentence gives (for witnesses)."""
    hay = t.normal(" ".join(due))
    found: list[str] = []
    for spec in specs:
        if spec["check"] == "facts_mentioned":
            for fact in spec["args"]["facts"]:
                if any_mention(hay, fact["forms"]) is None:
                    found.append(f"For {fact['name']} the document gives {fact['forms'][0]}.")
        elif spec["check"] == "ordered_items" and any(
            any_mention(hay, forms) is None for forms in spec["args"]["items"]
        ):
            found += [f"The document names {forms[0]}." for forms in spec["args"]["items"]]
    return found


def _special(demands: Demands, wanted: Sequence[str], rng: Random) -> list[str]:
    """Sentences that carry what the checks want to see in words: keywords, placeholders, capitals, parentheses, dates."""
    found: list[str] = []
    hay = t.normal(" ".join(wanted))

    def add(options: Sequence[str], count: int) -> None:
        fresh = [s for s in options if s not in found]
        found.extend(rng.sample(fresh, min(count, len(fresh))))

    for word in demands.get("keywords_present", "words", ()):
        if not t.mentions(t.normal(hay + " " + " ".join(found)), t.normal(word)):
            add(banks.KEYWORDS.get(word.casefold()) or [f"The word {word} belongs here."], 1)
    if "keyword_frequency" in demands.args:
        word = demands.args["keyword_frequency"]["word"]
        need = a.limits(demands.args["keyword_frequency"])[0] - len(t.mentions(hay, t.normal(word)))
        options = list(banks.KEYWORDS.get(word.casefold(), ()))
        options += [f"The word {word} {how}." for how in _WORD_USES][: max(0, need - len(options))]
        add(options, max(0, need))
    carriers: tuple[tuple[str, Sequence[str]], ...] = (
        ("placeholders", banks.PLACEHOLDERS),
        ("capital_words", banks.CAPITALS),
        ("parentheses", banks.PARENTHESES),
        ("questions", banks.QUESTIONS),
        ("semicolons", banks.SEMICOLONS),
    )
    for name, carrying in carriers:
        if name in demands.args:
            have = _have(name, wanted)
            add(carrying, max(0, a.limits(demands.args[name])[0] - have))
    if "short_sentences" in demands.args:
        words, count = demands.args["short_sentences"]["words"], demands.args["short_sentences"]["at_least"]
        have = sum(t.word_count(sentence) <= words for sentence in [*wanted, *found])
        add([s for s in banks.SHORT if t.word_count(s) <= words], max(0, count - have))
    if "date_format" in demands.args:
        add([f"The text bears the date {_DATES[demands.args['date_format']['format']]}."], 1)
    if "numbers_with_unit" in demands.args:
        unit = demands.args["numbers_with_unit"]["unit"]
        count = a.limits(demands.args["numbers_with_unit"])[0]
        found.extend(f"Entry {chr(97 + at % 26)} comes to {at + 2} {unit}." for at in range(count))
    if "comma_list" in demands.args:
        things = ["names", "dates", "places", "sums", "terms", "titles", "notes", "tables", "figures", "annexes"]
        count = demands.args["comma_list"]["at_least"]
        listed = (things * (count // len(things) + 1))[:count]
        found.append("The document holds " + ", ".join(listed[:-1]) + f", {listed[-1]}.")
    return found


def _emphasised(demands: Demands, wanted: Sequence[str], rng: Random) -> list[str]:
    """The due sentences, with as many of their longer words in capitals as are asked for: emphasis where it has a point.

    Words inside quotation marks and sentences in other scripts are left alone.
    """
    sentences = list(wanted)
    if "capital_words" not in demands.args:
        return sentences
    need = a.limits(demands.args["capital_words"])[0] - _have("capital_words", sentences)
    places = []
    for number, sentence in enumerate(sentences):
        plain = min((at for mark in '"“' if (at := sentence.find(mark)) >= 0), default=len(sentence))
        places += [(number, m.start(), m.end()) for m in _LONG_WORD.finditer(sentence, 0, plain)]
    rng.shuffle(places)
    chosen: dict[int, list[tuple[int, int]]] = {}
    for _ in range(max(0, need)):  # one more word a round, in the sentence that has fewest so far
        if not places:
            break
        place = min(places, key=lambda place: len(chosen.get(place[0], ())))
        places.remove(place)
        chosen.setdefault(place[0], []).append(place[1:])
    for number, spans in chosen.items():
        for start, end in sorted(spans, reverse=True):
            sentences[number] = (
                sentences[number][:start] + sentences[number][start:end].upper() + sentences[number][end:]
            )
    return sentences


_LONG_WORD = re.compile(r"(?<![\w'’/-])(?!(?:which|where|whose|their|there|about|under|after)\b)[a-z]{5,}(?![\w'’/-])")
_WORD_USES = (
    "is used here",
    "comes up again",
    "fits the text",
    "sums it up",
    "says it best",
    "has its place",
    "recurs",
)
_DATES = {
    "YYYY-MM-DD": "2024-03-05",
    "D Month YYYY": "5 March 2024",
    "Month D, YYYY": "March 5, 2024",
    "DD/MM/YYYY": "05/03/2024",
    "DD.MM.YYYY": "05.03.2024",
}


def _have(name: str, wanted: Sequence[str]) -> int:
    """How often the due sentences already have what a counting check counts."""
    text = " ".join(wanted)
    if t.is_wordless(text):
        return 0
    have = 0
    while have < 50 and info(name).function(text, prompt="", at_least=have + 1).passed:
        have += 1
    return have


def _by_letter(bank: list[str], demands: Demands) -> list[str]:
    """Where a letter's frequency is bounded, the sentences that help most come first."""
    if "letter_frequency" not in demands.args:
        return bank
    args = demands.args["letter_frequency"]
    letter = args["letter"].casefold()
    sign = -1 if a.limits(args)[0] else 1
    return sorted(bank, key=lambda sentence: sign * sentence.casefold().count(letter))


def _candidates(
    demands: Demands, wanted: Sequence[str], special: list[str], extra: list[str], bank: list[str]
) -> Iterator[tuple[Layout, list[str]]]:
    """Layouts and runs of sentences to try, the plainest first."""
    pool = [*extra, *bank]
    base = [*wanted, *special]
    low, high = demands.words()
    least = max(demands.least_sentences() - len(base), 0 if base else 1)
    have = sum(map(t.word_count, base))
    # Long answers: skip the lengths that are far too short (headings and labels may bring some words).
    start, total = least, have + sum(map(t.word_count, pool[:least]))
    while total < low - 60 and start < len(pool):
        total += t.word_count(pool[start])
        start += 1
    most = max(low, total) + 60 if high is None else high
    for count in range(start, len(pool) + 1):
        if count > start:
            total += t.word_count(pool[count - 1])
        if count - start >= 10 and (total > most or not low):
            break
        sentences = [*wanted, *pool[: min(count, len(extra))], *special, *pool[min(count, len(extra)) : count]]
        layouts = list(_layouts(demands, len(sentences), len(wanted)))
        if demands.args.keys() & _PARTED and not demands.args.keys() & _LISTED:
            for layout in layouts[:4]:
                yield layout, _woven(wanted, sentences[len(wanted) :])
        for layout in layouts:
            yield layout, sentences
    if high is not None and extra and start < len(pool):
        # Spare sentences may be too long for narrow bounds: the same again with filler, which comes in all lengths.
        for count in range(least, min(least + 8, len(bank) + 1)):
            for shift in (0, 3, 7):
                for layout in _layouts(demands, len(base) + count, len(wanted)):
                    yield layout, [*base, *sorted(bank[shift : shift + count + 6], key=t.word_count)[:count]]


# Where the text falls into parts, what is due is spread over them: a section of filler alone says nothing.
_PARTED = {"sections", "paragraph_count", "divided"}
_LISTED = {"table", "bullets", "numbered_list", "nested_bullets", "checklist", "labelled_lines"}


def _woven(wanted: Sequence[str], rest: Sequence[str]) -> list[str]:
    """The due sentences in order, with the rest spread evenly after them; the last one is of the rest, if there is any."""
    woven: list[str] = []
    for at, sentence in enumerate(wanted):
        woven += [sentence, *rest[at * len(rest) // len(wanted) : (at + 1) * len(rest) // len(wanted)]]
    return woven or list(rest)


def _layouts(demands: Demands, n: int, due: int) -> Iterator[Layout]:
    if demands.is_json:
        yield Layout(0, False, False)
        return
    yield from (
        Layout(paragraphs, intro, own)
        for paragraphs, intro, own in product(
            demands.paragraph_options(n, due),
            (True, False) if demands.block else (False,),
            (True, False) if demands.closing else (False,),
        )
    )


__all__ = ["JSON_CHECKS", "CannotCompose", "compose", "witness"]
