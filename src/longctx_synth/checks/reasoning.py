"""Truth checks on answers that are worked out or rest on evidence: the final answer, its steps, its quotations, its JSON values.

An answer and its forms are compared as keys (`answer_key`): `text.normal`, without LaTeX dress, articles and closing marks, every
number in one spelling. What always holds: an answer is right or wrong, and a hedge is wrong; steps count only in their order;
evidence counts once, by whichever occurrence of a quotation lies on it; values the document does not ask for lower the score.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.checks.truth import MOST_QUOTATIONS, Source, bare_answer, quotations, stated_answer
from longctx_synth.verdict import PASSED, Verdict, failed

MOST_STEPS = 40
MOST_SPANS = 64

# --- one spelling for what is compared

_LATEX_BLANK = re.compile(r"\\[,;: ]")
_LATEX = re.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf)\b|\\[!()\[\]]|\\(?=[$%&#])|[{}]")
_TIMES = re.compile(r"(?<=[0-9])\*(?=[0-9])")
_POINT = re.compile(r"(?<![\w.])\.(?=[0-9])")
# Not in codes (A4, INV-0042), where a zero has its meaning. Possessive, so that no part of "1,234.5x" is taken for a number.
_FIGURE = re.compile(r"(?<![\w.,])(?<![^\W\d]-)[0-9]++(?:[.,][0-9]++)*+(?!\w)")


def _plain(text: str) -> str:
    """A text for comparison: no LaTeX dress, `text.normal`, and "12*34" kept as a product rather than read as emphasis."""
    bare = _LATEX.sub("", _LATEX_BLANK.sub(" ", text))
    return _POINT.sub("0.", t.normal(_TIMES.sub(" × ", bare))).replace(" %", "%")


def _figures(normal: str) -> str:
    """The text with every number that is no part of a code in one spelling: "1,240.50" and "1240.5" are one."""
    return _FIGURE.sub(_one_spelling, normal)


def _one_spelling(match: re.Match[str]) -> str:
    number = t.canonical_number(match[0])
    return f"0{number}" if number.startswith(".") else number  # ".5" would stand in "12.5" as a whole


def answer_key(text: str) -> str:
    """What an answer is compared by: two answers are the same exactly when their keys are."""
    plain = _plain(text).strip(" .!:;\"'()")
    if len(plain) > 2 and plain[0] == plain[-1] == "$":
        plain = plain[1:-1]
    return _figures(bare_answer(plain))


def _shown(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= most else line[: most - 3] + "...")


# --- the final answer


def _form(value: Any) -> str | None:
    return None if a.forms([value]) is None else "a text with letters or digits"


def _forms_or_none(value: Any) -> str | None:
    good = isinstance(value, list | tuple) and (not value or a.forms(value) is None)
    return None if good else "a list of texts with letters or digits"


@check("truth", args={"answer": _form, "forms": _forms_or_none})
def final_answer(response: str, *, prompt: str, answer: str, forms: Sequence[str] = ()) -> Verdict:
    """What the response gives as its answer (`stated_answer`) is the answer or one of its forms, and nothing more.

    Emphasis, \\boxed{}, quotes, articles, a closing full stop and the spelling of numbers ("1,240", "1240.0") do not matter; a
    unit counts only as a form has it. "12 or 15" is not 12.
    """
    given = stated_answer(response)
    if given is None:
        return failed('The response states no answer; its last line must be "Answer: " and the answer.')
    if answer_key(given) in {answer_key(form) for form in (answer, *forms)}:
        return PASSED
    return failed(f"The answer given is {_shown(given)}, which is not right.")


# --- the steps


def _steps(value: Any) -> str | None:
    good = a.items(value) is None and len(value) <= MOST_STEPS
    return None if good else f"a list of at most {MOST_STEPS} lists of texts"


def told_in_order(hay: str, steps: Sequence[Sequence[str]]) -> tuple[int, int | None]:
    """(how many of the steps can be read off `hay` in their order, the first that does not follow on those before it, or None).

    The first is the length of the longest subsequence of the steps whose mentions follow one another without overlapping:
    `ends[k]` is the earliest place at which k of the steps seen so far can have been told.
    """
    ends = [0]
    missing: int | None = None
    for number, forms in enumerate(steps, 1):
        keys = {_figures(_plain(form)) for form in forms}
        places = sorted((at, at + len(key)) for key in keys for at in t.mentions(hay, key))
        starts = [start for start, _ in places]
        soonest = [end for _, end in places]
        for at in range(len(soonest) - 2, -1, -1):
            soonest[at] = min(soonest[at], soonest[at + 1])
        # From the most steps down: a step extends only what was told before it.
        for told in range(len(ends) - 1, -1, -1):
            at = bisect_left(starts, ends[told])
            if at == len(starts):
                continue
            if told + 1 == len(ends):
                ends.append(soonest[at])
            else:
                ends[told + 1] = min(ends[told + 1], soonest[at])
        if missing is None and len(ends) <= number:
            missing = number - 1
    return len(ends) - 1, missing


@check("truth", args={"steps": _steps})
def steps_shown(response: str, *, prompt: str, steps: Sequence[Sequence[str]]) -> Verdict:
    """The values that a solver passes through (each a list of forms) are mentioned in this order, whatever stands between.

    The score is the share of them in the longest subsequence in order. A value that also stands earlier, as an input, is no
    matter. Alone it proves no reasoning: a list of all numbers would pass; see `rewards.steps_in_order`.
    """
    told, missing = told_in_order(_figures(_plain(t.readable(response))), steps)
    if missing is None:
        return PASSED
    where = f", after {_shown(steps[missing - 1][0])}" if missing else ""
    said = f"The working shows {told} of {a.plural(len(steps), 'step')} in order"
    return failed(f"{said}; step {missing + 1} must give {_shown(steps[missing][0])}{where}.", told / len(steps))


# --- the evidence

Region = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the quotations of a response stand to the gold spans.

    precision: share of the quotations that are right; recall: share of the spans that are cited; f2: both, recall weighing more.
    uncited: indices of the spans that are not cited; wrong, repeated: the quotations that are no evidence, or evidence told again.
    """

    precision: float
    recall: float
    uncited: tuple[int, ...]
    wrong: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def f2(self) -> float:
        """F-beta with beta = 2 (van Rijsbergen): 5PR / (4P + R)."""
        both = self.precision * self.recall
        return 5 * both / (4 * self.precision + self.recall) if both else 0.0


def cited_evidence(response: str, prompt: str, spans: Sequence[Sequence[int]], min_words: int = 4) -> Evidence:
    """The quotations of a response against gold spans, [start, end) in code points of the prompt's text.

    A quotation is evidence where at least half of it lies on gold spans. It then cites each span of which it covers half, and,
    as a fragment, a span in which half of it lies, if it has `min_words` words and stands nowhere else in the prompt: a turn of
    phrase that stands everywhere points nowhere. Of several occurrences any may count. A quotation is right if it cites a span
    not cited before, or another part of one; over the same words again it is a repetition. What is shorter than `min_words`
    and cites nothing is a term, not a quotation; beyond the first 64 none is right.
    """
    source = Source(prompt)
    gold = [_collapsed(source, len(prompt), span[0], span[1]) for span in spans]
    cited: set[int] = set()
    taken: list[Region] = []
    right = 0
    wrong: list[str] = []
    repeated: list[str] = []
    for number, quote in enumerate(quotations(response)):
        regions = _evidence_regions(source, quote, gold, min_words) if number < MOST_QUOTATIONS else []
        # What cites a new span comes first, so that one more right quotation, wherever it stands, never lowers the recall.
        fresh = next((pair for pair in regions if not pair[1] <= cited), None)
        if fresh is None:
            fresh = next((pair for pair in regions if not any(_overlap(pair[0], one) for one in taken)), None)
        if fresh is not None:
            right += 1
            taken.append(fresh[0])
            cited |= fresh[1]
        elif regions:
            repeated.append(quote)
        elif t.word_count(quote) >= min_words:
            wrong.append(quote)
    total = right + len(wrong) + len(repeated)
    return Evidence(
        right / total if total else 0.0,
        len(cited) / len(gold),
        tuple(at for at in range(len(gold)) if at not in cited),
        tuple(wrong),
        tuple(repeated),
    )


def _collapsed(source: Source, length: int, start: int, end: int) -> Region | None:
    """A span of the prompt as a span of `source.collapsed`, blanks at its ends left out; None where the prompt has no such span."""
    if end > length:
        return None
    places = range(len(source.collapsed))
    first, last = (
        bisect_left(places, at, key=lambda place: source.original(place, place + 1)[0]) for at in (start, end)
    )
    piece = source.collapsed[first:last]
    first, last = last - len(piece.lstrip()), first + len(piece.rstrip())
    return (first, last) if first < last else None


def _overlap(one: Region, other: Region) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _evidence_regions(
    source: Source, quote: str, gold: Sequence[Region | None], min_words: int
) -> list[tuple[Region, frozenset[int]]]:
    """The occurrences of a quotation that cite something, with the indices of the spans they cite; in the spans' order."""
    plain = " ".join(t.same_length_plain(quote).split())
    merged = _merged(span for span in gold if span)
    found: dict[Region, frozenset[int]] = {}
    for wanted in dict.fromkeys((plain, plain.rstrip(".,;:!?"))):  # closing punctuation may be the writer's
        first = source.collapsed.find(wanted) if wanted else -1
        if first < 0:
            continue
        size = len(wanted)
        telling = t.word_count(wanted) >= min_words and source.collapsed.find(wanted, first + 1) < 0
        for region in dict.fromkeys(r for span in gold if span for r in _nearest(source.collapsed, wanted, span)):
            if 2 * sum(_overlap(region, span) for span in merged) < size:
                continue
            shared = [(at, span, _overlap(region, span)) for at, span in enumerate(gold) if span]
            cites = frozenset(
                at for at, span, common in shared if 2 * common >= span[1] - span[0] or (telling and 2 * common >= size)
            )
            if cites:
                found.setdefault(region, cites)
    return list(found.items())


def _nearest(text: str, wanted: str, span: Region) -> list[Region]:
    """The occurrences of `wanted` that overlap the span most: one of the best, or the nearest before and after.

    The overlap is the same for all starts from where one holds the other to where it no longer does, and falls off on either
    side: so three searches do, however often the words stand there.
    """
    size = len(wanted)
    low, high = sorted((span[0], span[1] - size))
    at = text.find(wanted, max(low, 0), high + size)
    places = [at]
    if at < 0:
        places = [
            text.rfind(wanted, max(span[0] - size + 1, 0), low + size - 1),
            text.find(wanted, high + 1, span[1] - 1 + size),
        ]
    return [(at, at + size) for at in places if at >= 0]


def _merged(spans: Iterable[Region]) -> list[Region]:
    """The spans in order, those that overlap made one."""
    found: list[Region] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _spans(value: Any) -> str | None:
    def good(span: Any) -> bool:
        pair = isinstance(span, list | tuple) and len(span) == 2 and all(a.integer(0, 10**9)(at) is None for at in span)
        return pair and span[0] < span[1]

    right = isinstance(value, list | tuple) and 0 < len(value) <= MOST_SPANS and all(map(good, value))
    return None if right else f"a list of at most {MOST_SPANS} spans [start, end]"


def _share(value: Any) -> str | None:
    return None if a.number(value) is None and 0 < value <= 1 else "a number above 0, at most 1"


@check("truth", args={"spans": _spans, "at_least": _share, "min_words": a.integer(1, 200)})
def evidence_cited(
    response: str, *, prompt: str, spans: Sequence[Sequence[int]], at_least: float = 1.0, min_words: int = 4
) -> Verdict:
    """The quotations of the response cite the evidence: the F2 over `spans`, offsets in the prompt's text, is `at_least` so much.

    At 1.0 every span is cited, and every quotation is evidence and told once. The score of what fails is the F2; see
    `cited_evidence`. A message's own offset is the length of the messages before it, plus 2 for each.
    """
    evidence = cited_evidence(response, prompt, spans, min_words)
    if evidence.f2 >= at_least:
        return PASSED
    wrong = []
    if evidence.uncited:
        start, end = spans[evidence.uncited[0]]
        passage = prompt[start:end] if end <= len(prompt) else ""
        count = a.plural(len(evidence.uncited), "passage")
        wrong.append(
            f"does not quote {count} that it must rest on" + (f", such as {_shown(passage, 90)}" if passage else "")
        )
    if evidence.wrong:
        wrong.append(f"quotes what is no evidence or does not stand in the document: {_shown(evidence.wrong[0])}")
    if evidence.repeated:
        wrong.append(f"quotes the same passage again: {_shown(evidence.repeated[0])}")
    return failed(f"The answer {'; and it '.join(wrong)}.", evidence.f2)


# --- JSON values

Path = tuple[str | None, ...]  # None stands for "every item of the list"
_ABSENT = object()


def _path(path: str) -> Path:
    """ "lines[].amount" as ("lines", None, "amount")."""
    found: list[str | None] = []
    for part in path.split("."):
        name = part.rstrip("[]")
        found += [name] if name else []
        found += [None] * ((len(part) - len(name)) // 2)
    return tuple(found)


def _path_text(path: Path) -> str:
    text = ""
    for step in path:
        text += "[]" if step is None else f".{step}" if text else step
    return text[:60]


def _values(value: Any) -> str | None:
    def good(entry: Any) -> bool:
        whole = isinstance(entry, Mapping) and set(entry) == {"path", "forms"} and a.one_line(entry["path"]) is None
        if not whole or not all(re.fullmatch(r"[^\[\]]*(?:\[\])*", part) and part for part in entry["path"].split(".")):
            return False
        forms = entry["forms"]
        if "[]" not in entry["path"]:
            return a.forms(forms) is None
        return isinstance(forms, list | tuple) and bool(forms) and all(not _form(f) or not a.forms(f) for f in forms)

    right = isinstance(value, list | tuple) and 0 < len(value) <= 200 and all(map(good, value))
    return None if right else 'a list of at most 200 {"path": "supplier.name", "forms": [...]}'


def _paths_valid(args: dict[str, Any]) -> str | None:
    paths = sorted((_path_text(path), path) for path in (_path(entry["path"]) for entry in args["values"]))
    seen: set[Path] = set()
    for text, path in sorted(paths, key=lambda pair: len(pair[1])):
        if any(path[:size] in seen for size in range(len(path) + 1)):
            return f"the path {text!r} is given twice or lies within another"
        seen.add(path)
    return None


def _reached(value: Any, path: Path) -> list[Any]:
    """What stands under a path: one value, or every one where the path passes through lists; `_ABSENT` where it breaks off."""
    level = [value]
    for step in path:
        following: list[Any] = []
        for one in level:
            if step is None and isinstance(one, list):
                following.extend(one)
            elif step is not None and isinstance(one, dict):
                following.append(one.get(step, _ABSENT))
            else:
                following.append(_ABSENT)
        level = following
    return level


def _value_key(value: Any) -> str | None:
    """What a JSON scalar is compared by: a number in plain digits, `true`, `false`, `null`; None for what is no scalar."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        return answer_key(f"{number:f}") if number.is_finite() else None
    return answer_key(value) if isinstance(value, str) else None


def _share_right(given: Sequence[Any], forms: Sequence[Any], listed: bool) -> float:
    """1.0 where the values are as due. Where they are a list, in any order: the F1 of its members, one to one."""
    keys = [_value_key(value) for value in given]
    if not listed:
        return float(keys[0] in {answer_key(form) for form in forms})
    due: dict[str, list[int]] = {}
    for at, member in enumerate(forms):
        for spelling in {answer_key(form) for form in ([member] if isinstance(member, str) else member)}:
            due.setdefault(spelling, []).append(at)
    used: set[int] = set()
    for key in keys:
        used.update([at for at in due.get(key, ()) if at not in used][:1] if key else ())
    return 2 * len(used) / (len(forms) + len(keys))


def _unasked(value: Any, paths: Sequence[Path]) -> list[Path]:
    """The paths in a JSON value that lead to none of those asked for, each once and without what lies under it."""
    asked = set(paths)
    towards = {path[:size] for path in paths for size in range(len(path))}
    found: dict[Path, None] = {}
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, top = stack.pop()
        if path in asked:
            continue
        if path not in towards:
            found[path] = None
        elif isinstance(top, dict):
            stack.extend(((*path, key), inner) for key, inner in top.items())
        elif isinstance(top, list):
            stack.extend(((*path, None), inner) for inner in top)
    return list(found)


@check("truth", args={"values": _values}, valid=_paths_valid)
def json_values(response: str, *, prompt: str, values: Sequence[Mapping[str, Any]]) -> Verdict:
    """The response is JSON, fenced or not, and holds at each path one of the forms, and nothing under other paths.

    {"path": "supplier.name", "forms": ["Harwick Ltd"]}. Numbers compare by value, `true`, `false` and `null` by these words. A
    path with [] passes through every item of a list; its forms are the members due, in any order, each a text or a list of
    texts: {"path": "lines[].amount", "forms": ["40", ["12.5", "12.50 EUR"]]}. The score is the share that is right of the
    values due and the keys not asked for.
    """
    given = t.load_json(response)
    if not isinstance(given, dict | list):
        return failed("The answer must be JSON and nothing else.")
    paths = [_path(entry["path"]) for entry in values]
    shares = [
        _share_right(_reached(given, path), entry["forms"], None in path)
        for path, entry in zip(paths, values, strict=True)
    ]
    unasked = _unasked(given, paths)
    wrong = [entry["path"] for entry, share in zip(values, shares, strict=True) if share < 1]
    if not wrong and not unasked:
        return PASSED
    said = []
    if wrong:
        said.append(f"is not as the document says under {', '.join(map(_shown, wrong[:4]))}")
    if unasked:
        said.append(f"holds what was not asked for: {_shown(_path_text(unasked[0]))}")
    return failed(f"The JSON {' and '.join(said)}.", sum(shares) / (len(values) + len(unasked)))
