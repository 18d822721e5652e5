"""How an answer that is not JSON is put together: openings, parts, paragraphs, one list block, closings, wrapping, case.

The body is a row of *slots*: paragraphs that take between `low` and `high` sentences, and at most one block that takes one
sentence an item. Sentences fill the slots in order, so their order is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks import banks
from longctx_synth.checks import text as t
from longctx_synth.checks.compatible import JSON_CHECKS
from longctx_synth.checks.registry import Spec, info

BLOCKS = ("bullets", "numbered_list", "checklist", "bold_leads", "nested_bullets", "block_quotes", "table")
CLOSINGS = ("ends_with", "ends_with_question")
_LONGEST_PARAGRAPH = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay out: body paragraphs, whether the block has a lead-in line, whether the closing stands alone."""

    paragraphs: int
    intro: bool
    own_closing: bool


@dataclass(frozen=True, slots=True)
class Demands:
    """What the constraint specs ask of a layout, by check name."""

    args: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, specs: Sequence[Spec]) -> Demands:
        return cls({spec["check"]: spec["args"] for spec in specs if info(spec["check"]).kind == "constraint"})

    def get(self, name: str, key: str, default: Any = None) -> Any:
        return self.args.get(name, {}).get(key, default)

    @property
    def is_json(self) -> bool:
        return any(name in self.args for name in JSON_CHECKS)

    @property
    def block(self) -> str | None:
        return next((name for name in BLOCKS if name in self.args), None)

    @property
    def closing(self) -> bool:
        return any(name in self.args for name in CLOSINGS)

    @property
    def parts(self) -> int:
        """How many parts with something between them; 1 where nothing parts the answer."""
        if "sections" in self.args:
            low, high = a.limits(self.args["sections"])
            return max(low, 1) if high is None or high >= 1 else 1
        return int(self.get("divided", "parts", 1))

    @property
    def head_paragraphs(self) -> int:
        return sum(name in self.args for name in ("summary_line", "repeats_first"))

    def words(self) -> tuple[int, int | None]:
        low, high = a.limits(self.args.get("word_count", {}))
        if "reading_seconds" in self.args:
            seconds, most = a.limits(self.args["reading_seconds"])
            low = max(low, seconds * 4)
            high = high if most is None else min(high or most * 4, most * 4)
        return low, high

    def openers(self) -> dict[int, str]:
        """Paragraph number (from 1, of all paragraphs) -> the sentence that opens it."""
        found: dict[int, str] = {}
        if "nth_paragraph_first_word" in self.args:
            word = self.args["nth_paragraph_first_word"]["word"]
            bank = {key.casefold(): sentence for key, sentence in banks.OPENERS.items()}
            sentence = bank.get(word.casefold()) or f"{word}: the text goes on from here."
            found[self.args["nth_paragraph_first_word"]["paragraph"]] = sentence
        for at in range(int(self.get("ordinal_openers", "count", 0))):
            found[at + 1] = banks.ORDINAL_OPENERS[at]
        return found

    def least_sentences(self) -> int:
        """How many sentences, openers and lead-ins apart, the structure takes at the least."""
        items = a.limits(self.args[self.block])[0] if self.block else 0
        paragraphs = a.limits(self.args["paragraph_count"])[0] if "paragraph_count" in self.args else 0
        lines = a.limits(self.args["line_count"])[0] if "line_count" in self.args else 0
        labels = len(self.get("labelled_lines", "labels", ()))
        sentences = a.limits(self.args["sentence_count"])[0] if "sentence_count" in self.args else 0
        marked = a.limits(self.args["highlights"])[0] if "highlights" in self.args else 0
        body = max(items + max(0, paragraphs - 2), paragraphs - 2, lines - 3, labels, self.parts - 1)
        return max(body, sentences - 6, marked, 0)

    def paragraph_options(self, n: int, due: int) -> list[int]:
        """Numbers of body paragraphs to try for n sentences, `due` of them to be given, the plainest first."""
        if "labelled_lines" in self.args or "two_answers" in self.args:
            return [1]
        least = max([self.parts - (1 if self.block else 0), *self.openers()]) - self.head_paragraphs
        if "line_count" in self.args:
            low, high = a.limits(self.args["line_count"])
            top = high if high is not None else max(low, min(n, low + 3))
            return [p for p in range(top, max(low - 4, 0), -1) if p >= 1]
        if "paragraph_count" in self.args:
            low, high = a.limits(self.args["paragraph_count"])
            top = high if high is not None else max(low, n // 3)
            return [p for p in range(top, max(low - 4, -1), -1) if p >= max(least, 0)]
        if "paragraph_sentences" in self.args:
            low, high = a.limits(self.args["paragraph_sentences"])
            most = n // max(low, 1) + 1
            middle = max(1, round(n / max(1, (low + (high or low + 2)) / 2)))
            options = sorted(range(0 if self.block else 1, min(most, 30) + 1), key=lambda p: abs(p - middle))
            return [p for p in options if p >= least][:6] or [max(least, 1)]
        if self.block:
            # What is more than the list wants goes below it.
            natural = [2, 1, 0, 3] if n > max(due, a.limits(self.args[self.block])[0]) else [1, 2, 0, 3]
        else:
            middle = max(1, round(n / 3.5))
            natural = [middle, middle + 1, max(1, middle - 1)]
        options = [p for p in dict.fromkeys(natural) if p >= least]
        return options or [max(least, 0), max(least, 0) + 1]


@dataclass(frozen=True, slots=True)
class Stock:
    """The choices that one answer makes once: its title, headings, labels, lead-in, question, table head."""

    title: str
    headings: list[str]
    labels: list[str]
    intro: str
    question: str
    tops: list[str]
    cells: list[str]

    @classmethod
    def draw(cls, rng: Random) -> Stock:
        headings, labels = list(banks.HEADINGS), list(banks.LABELS[1:-1])
        rng.shuffle(headings)
        rng.shuffle(labels)
        return cls(
            rng.choice(banks.TITLES),
            headings,
            [banks.LABELS[0], *labels],
            rng.choice(banks.INTROS),
            rng.choice(banks.QUESTIONS),
            list(banks.TOPS),
            list(banks.TABLE_CELLS),
        )


@dataclass(slots=True)
class _Slot:
    """A paragraph or (block=True) the list block, before it is written out."""

    low: int
    high: int
    block: bool = False
    wish: int = 0
    part: int = 0
    opener: str = ""
    closer: str = ""
    sentences: list[str] = field(default_factory=list)


def render(demands: Demands, layout: Layout, sentences: Sequence[str], due: int, stock: Stock) -> str | None:
    """The text of one layout, or None where the sentences do not fit it. `due`: how many at the front must stay in the body."""
    rest = list(sentences)
    head: list[str] = []
    tail: list[str] = []
    if "postscript" in demands.args:
        if len(rest) <= due:
            return None
        tail.append(f"{demands.args['postscript']['marker']} {rest.pop()}")
    if "repeats_first" in demands.args:
        head.append(demands.args["repeats_first"]["text"])
    if "summary_line" in demands.args:
        if not rest:
            return None
        head.append(f"{demands.args['summary_line']['label']}: {rest.pop(0)}")
    rest = _highlighted(rest, demands, stock)
    body: list[str] | None
    if "labelled_lines" in demands.args:
        body = _labelled(rest, demands.args["labelled_lines"]["labels"])
    elif "two_answers" in demands.args:
        half = (len(rest) + 1) // 2
        mark = demands.args["two_answers"].get("mark", "******").strip()
        body = [" ".join(rest[:half]), mark, " ".join(rest[half:])] if len(rest) > 1 else None
    else:
        body = _body(demands, layout, rest, due - ("summary_line" in demands.args), stock)
    if body is None:
        return None
    return _finish(demands, layout, head, body, tail, stock)


def _highlighted(sentences: list[str], demands: Demands, stock: Stock) -> list[str]:
    if "highlights" not in demands.args:
        return sentences
    low, high = a.limits(demands.args["highlights"])
    count = low if high is None else min(max(low, 1), high) if high else 0
    labels = [stock.labels[at % len(stock.labels)] for at in range(count)]
    marked = [f"**{label}:** {s}" for label, s in zip(labels, sentences, strict=False)]
    return [*marked, *sentences[len(marked) :]]


def groups_of(sentences: Sequence[str], count: int) -> list[list[str]] | None:
    """The sentences in `count` runs of nearly equal length, none empty."""
    if len(sentences) < count:
        return None
    size, more = divmod(len(sentences), count)
    groups, at = [], 0
    for number in range(count):
        end = at + size + (number < more)
        groups.append(list(sentences[at:end]))
        at = end
    return groups


def _labelled(sentences: Sequence[str], labels: Sequence[str]) -> list[str] | None:
    groups = groups_of(sentences, len(labels))
    if groups is None:
        return None
    return [f"{label}: {' '.join(group)}" for label, group in zip(labels, groups, strict=True)]


def _slots(demands: Demands, layout: Layout, n: int, due: int) -> list[_Slot] | None:
    """The empty slots of a layout, in reading order."""
    low, high = (1, _LONGEST_PARAGRAPH)
    if "paragraph_sentences" in demands.args:
        low, top = a.limits(demands.args["paragraph_sentences"])
        low, high = max(low, 1), top if top is not None else max(_LONGEST_PARAGRAPH, low + 4)
    parts, paragraphs = demands.parts, layout.paragraphs
    block = demands.block
    if paragraphs + (1 if block else 0) < parts:
        return None
    slots = []
    for at in range(paragraphs):
        # With a list, one paragraph (or those of the parts before the last) stands before it, the others after.
        slots.append(_Slot(low, high, part=min(at, parts - 1) if block else at * parts // max(paragraphs, 1)))
    if block:
        at_least, at_most = a.limits(demands.args[block])
        items = max(at_least, 1)
        if at_most is not None and at_most < items:
            return None
        # An open number of items takes in what is due, up to a readable length.
        most = at_most if at_most is not None else max(items, min(n - max(0, paragraphs - 1), 12))
        place = min(paragraphs, max(1, parts - 1) if paragraphs >= parts else parts - 1)
        if paragraphs >= parts:
            place = min(paragraphs, parts)
        slots.insert(place, _Slot(items, max(items, most), block=True, wish=max(items, min(due, most)), part=parts - 1))
        for slot in slots[place + 1 :]:
            slot.part = parts - 1
    openers = demands.openers()
    number = demands.head_paragraphs
    for slot in slots:
        if slot.block:
            continue
        number += 1
        if number in openers:
            slot.opener = openers.pop(number)
    if openers:
        return None
    if layout.intro:
        place = next(at for at, slot in enumerate(slots) if slot.block)
        if place == 0 or slots[place - 1].part != slots[place].part:
            return None
        slots[place - 1].closer = "intro"
    for slot in slots:
        given = bool(slot.opener) + bool(slot.closer)
        slot.low, slot.high = max(slot.low - given, 0), slot.high - given
        if slot.high < 0:
            return None
    return slots


def _fill(slots: list[_Slot], sentences: Sequence[str]) -> bool:
    """Deal the sentences out in order: every slot its least, the list what it wishes, then paragraphs evenly, then the list again.

    Paragraphs below the list come before those above it: what is due shall stand in the list, not ahead of it.
    """
    n = len(sentences)
    counts = [slot.low for slot in slots]
    left = n - sum(counts)
    if left < 0 or n > sum(slot.high for slot in slots):
        return False
    place = next((at for at, slot in enumerate(slots) if slot.block), -1)

    def deal(some: list[int], most: Callable[[_Slot], int]) -> None:
        nonlocal left
        while left and some:
            at = min(some, key=lambda at: (counts[at] + bool(slots[at].closer), at))
            if counts[at] >= most(slots[at]):
                some.remove(at)
                continue
            counts[at] += 1
            left -= 1

    everywhere = range(len(slots))
    deal([place] if place >= 0 else [], lambda slot: slot.wish)
    deal([at for at in everywhere if at > place], lambda slot: min(slot.high, 5) if place >= 0 else slot.high)
    deal([at for at in everywhere if at != place], lambda slot: slot.high)
    deal([place] if place >= 0 else [], lambda slot: slot.high)
    at = 0
    for slot, count in zip(slots, counts, strict=True):
        slot.sentences = list(sentences[at : at + count])
        at += count
    return left == 0


def _body(demands: Demands, layout: Layout, sentences: Sequence[str], due: int, stock: Stock) -> list[str] | None:
    slots = _slots(demands, layout, len(sentences), due)
    if slots is None or not _fill(slots, sentences):
        return None
    joiner = "\n" if "sentence_per_line" in demands.args else " "
    chunks: list[str] = []
    part = -1
    for slot in slots:
        if slot.part != part:
            part = slot.part
            if "sections" in demands.args:
                chunks.append(_heading(demands.args["sections"]["marker"], part, stock))
            elif part and "divided" in demands.args:
                chunks.append(demands.args["divided"]["mark"])
        if slot.block:
            chunks.append(_block(demands, slot.sentences, stock))
            continue
        intro = [stock.intro] if slot.closer else []
        texts = [slot.opener] if slot.opener else []
        texts += slot.sentences + intro
        if not texts:
            return None
        chunks.append(joiner.join(texts))
    if "line_count" in demands.args:
        return ["\n".join(chunks)]
    return chunks


def _heading(marker: str, part: int, stock: Stock) -> str:
    name = stock.headings[part % len(stock.headings)]
    return f"{marker} {name}" if marker.startswith("#") else f"{marker} {part + 1}"


def _block(demands: Demands, items: Sequence[str], stock: Stock) -> str:
    name = demands.block
    args = demands.args[name] if name else {}
    if name == "numbered_list":
        return "\n".join(f"{at}. {item}" for at, item in enumerate(items, 1))
    if name == "checklist":
        return "\n".join(f"- [ ] {item}" for item in items)
    if name == "bold_leads":
        labels = stock.labels
        return "\n".join(f"- **{labels[at % len(labels)]}:** {item}" for at, item in enumerate(items))
    if name == "block_quotes":
        return "\n\n".join(f"> {item}" for item in items)
    if name == "nested_bullets":
        return _nested(items, stock)
    if name == "table":
        return _table(items, args, stock)
    mark = args.get("mark") or "-"
    return "\n".join(f"{mark} {item}" for item in items)


def _nested(items: Sequence[str], stock: Stock) -> str:
    groups = groups_of(items, min(len(stock.tops), max(1, len(items) // 3))) or []
    rows: list[str] = []
    for top, group in zip(stock.tops, groups, strict=False):
        rows.append(f"- {top}")
        rows += [f"  - {item}" for item in group]
    return "\n".join(rows)


def _table(items: Sequence[str], args: dict[str, Any], stock: Stock) -> str:
    headers = list(args.get("headers") or ())
    columns = len(headers) or args.get("columns") or 2
    if not headers:
        names = list(banks.TABLE_HEADERS)
        headers = (
            ["Statement"] if columns == 1 else [names[at] if at < len(names) else f"Note {at}" for at in range(columns)]
        )
    rows = [headers, ["---"] * columns]
    for at, item in enumerate(items):
        label = banks.ORDINALS[at] if at < len(banks.ORDINALS) else "Further"
        more = [stock.cells[i % len(stock.cells)] for i in range(max(0, columns - 2))]
        rows.append([item] if columns == 1 else [label, item, *more])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _finish(
    demands: Demands, layout: Layout, head: list[str], body: list[str], tail: list[str], stock: Stock
) -> str | None:
    """Openings before, closings after, wrapping around; case last."""
    break_ = "\n" if "line_count" in demands.args else "\n\n"
    if "starts_with" in demands.args:
        phrase = demands.args["starts_with"]["phrase"].strip()
        phrase += "" if phrase[-1:] in ".!?:" else ":"
        kind = t.line_kind(body[0].partition("\n")[0])
        glue = "\n" if "sentence_per_line" in demands.args and phrase[-1:] in ".!?" else " "
        joins = kind == "prose" and "labelled_lines" not in demands.args
        body = [f"{phrase}{glue}{body[0]}", *body[1:]] if joins else [phrase, *body]
    if demands.closing:
        closing = demands.args.get("ends_with", {}).get("phrase") or stock.question
        last = body[-1].rsplit("\n", 1)[-1]
        if layout.own_closing or t.line_kind(last) != "prose":
            tail.append(closing)
        else:
            body = [*body[:-1], body[-1] + ("\n" if "sentence_per_line" in demands.args else " ") + closing]
    if "signed" in demands.args:
        tail.append(f"{demands.args['signed']['label']}: {demands.args['signed']['name']}")
    if "markdown_title" in demands.args:
        words = stock.title.split()
        head.insert(0, "# " + " ".join(words[: demands.args["markdown_title"]["at_most"]]))
    if "title" in demands.args:
        head.insert(0, f"<<{stock.title}>>")
    chunks = [*head, *body, *tail]
    text = break_.join(chunk for chunk in chunks if chunk)
    if "wrapped_in_tag" in demands.args:
        tag = demands.args["wrapped_in_tag"]["tag"]
        text = f"<{tag}>\n{text}\n</{tag}>"
    if "code_block" in demands.args:
        text = f"```\n{text}\n```"
    if "wrapped_in_quotes" in demands.args:
        text = f'"{text}"'
    if "all_capitals" in demands.args:
        text = text.upper()
    if "all_lowercase" in demands.args:
        text = text.lower()
    return text
