"""Facts into documents of a wanted length, each piece of evidence where it was asked for.

A draft is a bag of sentences, one for each fact and some without: every sentence is understandable alone, so all of
them can stand anywhere, and the order of telling is not the order of time. `draft` makes a world that fits a budget
(whole groups of facts are left out, never single ones). `compose` puts the sentences into documents: evidence first, at
the places that were asked for, the rest around it in chance order. Spans are noted while the text is put together, so
nothing is ever searched for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from longctx_synth.errors import Reject
from longctx_synth.world import prose, values
from longctx_synth.world.climate import COLD
from longctx_synth.world.countries import BY_CODE, COUNTRIES, Home
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import Fact, Kind, Stage, World, for_split
from longctx_synth.world.names import ORGANISATIONS, NamePool
from longctx_synth.world.planner import least_used
from longctx_synth.world.values import Style

Count = Callable[[str], int]
Said = tuple[str, dict[str, tuple[int, int]]]  # a sentence, and where its slots stand in it

REMARKS = 0.012  # share of the budget kept for sentences without a fact, which fit the length: more would mark the rest as facts
LEAST_FACTS = 6
SMALL = 900  # tokens of a context below which the small groups of facts come first
SHELL = 46  # tokens of what stands around the sentences of a document, about
REWORDED = 0.08  # the same where a model words the sentences afterwards: its own are longer now and then
SPARE = 16  # tokens that are kept free besides, since what stands around the sentences takes more now and then
SAMPLE = 32  # groups whose sentences are counted, to know the rest
REMARK_RATE = 0.22  # tokens a letter in sentences without figures, about
MISSES = 40  # groups that did not fit, after which no smaller one is looked for
SLACK = 12  # tokens that may stay empty: a remark takes no fewer
SHORTEST, LONGEST = 160, 131_072
# How documents stand in a context: before, between a title and its date, after the head. {n} counts from 1.
FRAMES = (
    ("[{n}] {title}", "\n{date}", ""),
    ("Document {n}: {title} ({date})", "", ""),
    ("### {title}", "\n*{date}*", ""),
    ("{title}", "\n{date}", "\n---"),
    ('<document id="{n}">\n{title}, {date}', "", ""),
    ("{title}, {date}", "", "\n====="),
    ("File {n}\n{title}", ", {date}", ""),
    ("** {title} **", " {date}", ""),
)
CLOSING = {4: "\n</document>"}


@dataclass(slots=True)
class Passage:
    """A document of the context: `text[start:end]`."""

    title: str
    date: str
    start: int
    end: int


@dataclass(slots=True)
class Dossier:
    """A finished context. spans: by fact id where its sentence stands; slots: by (fact id, slot) where a value does."""

    text: str
    passages: list[Passage]
    spans: dict[str, tuple[int, int]]
    slots: dict[tuple[str, str], tuple[int, int]]
    sentences: list[tuple[int, int]]
    entities: list[str]

    def passage_of(self, place: int) -> int:
        """The number of the document in which a code point stands."""
        return next(index for index, passage in enumerate(self.passages) if place < passage.end)


@dataclass(slots=True)
class Draft:
    """A world that fits, and its sentences, not yet in order.

    said: by fact id (text, spans of the slots in it). size, kept: how many facts were made, and which groups of them
    were kept.
    """

    world: World
    said: dict[str, Said]
    size: int
    kept: list[int]
    rate: float


def stage(seed: str, split: str, *, home: Home | None = None, values_seed: str | None = None) -> Stage:
    """Where a world is set: country, organisation, style. `values_seed` gives the twin's."""
    rng = Random(f"stage:{split}:{seed}")
    country = BY_CODE[home.country] if home else rng.choice(COUNTRIES)
    pool = NamePool(country.name, split)
    style = Style.sample(rng, country)
    org = pool.organisation(rng, (home.organisations if home else ()) or ORGANISATIONS)
    city = home.city if home else rng.choice(country.towns)
    values_rng = Random(f"values:{split}:{seed if values_seed is None else f'twin {values_seed} of {seed}'}")
    return Stage(
        split, style, pool, org, city, Random(f"structure:{split}:{seed}"), values_rng, home.nouns if home else ()
    )


def draft(
    kind_name: str,
    seed: str,
    split: str,
    *,
    tokens: int,
    count: Count,
    home: Home | None = None,
    twin: Draft | None = None,
    values_seed: str | None = None,
    reworded: bool = False,
) -> Draft:
    """A world whose sentences take about `tokens` tokens, headings and remarks counted.

    twin, values_seed: for the twin of a draft of the same seed, with the same groups of facts and other values. reworded:
    whether a model words the sentences afterwards. Raises Reject where the budget holds too few facts.
    """
    kind = KINDS[kind_name]
    set_ = stage(seed, split, home=home, values_seed=values_seed)
    size = twin.size if twin else max(12, tokens // 20)  # somewhat more than will fit
    groups = kind.make(set_, size)
    writer = _Wording(kind, set_, Random(f"wording:{split}:{seed}"))
    if twin:
        said = {fact.id: writer.state(fact) for index in twin.kept for fact in groups[index]}
        return Draft(World(kind, set_, [groups[index] for index in twin.kept]), said, size, twin.kept, twin.rate)
    stated: dict[int, dict[str, Said]] = {}

    def state(index: int) -> dict[str, Said]:
        if index not in stated:
            stated[index] = {fact.id: writer.state(fact) for fact in groups[index]}
        return stated[index]

    def length(index: int) -> int:
        return sum(len(text) + 1 for text, _ in state(index).values())

    # Sentences of one kind have much the same tokens a letter, so a sample is counted, not each; `task.fit` counts the whole.
    sample = [text for index in range(min(SAMPLE, len(groups))) for text, _ in state(index).values()]
    laid_out = "\n\n".join(" ".join(sample[at : at + 3]) for at in range(0, len(sample), 3))
    rate = count(laid_out) / sum(len(text) + 1 for text in sample)
    # Heads, openings and headings take their part: see `_shells`.
    budget = (tokens * (1 - (REWORDED if reworded else REMARKS)) - SPARE - SHELL * _documents(tokens)) / rate
    order = sorted(range(len(groups)), key=length) if tokens < SMALL else range(len(groups))
    kept = _packed(order, length, budget, SLACK / rate)
    said = {fact: sentence for index in kept for fact, sentence in state(index).items()}
    if len(said) < LEAST_FACTS:
        raise Reject("world", "too few facts fit the length")
    return Draft(World(kind, set_, [groups[index] for index in kept]), said, size, kept, rate)


def _packed(order: Sequence[int], length: Callable[[int], int], room: float, slack: float) -> list[int]:
    """Which groups are told: as they come while they fit, then what did not fit in place of what did, while that leaves less room.

    What stays empty is filled with remarks, and where there are many of them the rest is told to be facts.
    """
    kept: list[int] = []
    passed: list[int] = []
    for index in order:
        if length(index) <= room:
            room -= length(index)
            kept.append(index)
        else:
            passed.append(index)
            if len(passed) == MISSES:
                break
    while room > slack:
        # Dropping nothing (None) is tried too: a later group may fit where an earlier one did not.
        swaps = (
            (length(new) - (0 if old is None else length(old)), new, old) for new in passed for old in (None, *kept)
        )
        gained, new, old = max(
            (swap for swap in swaps if 0 < swap[0] <= room), key=lambda swap: swap[0], default=(0, -1, None)
        )
        if not gained:
            break
        room -= gained
        passed.remove(new)
        kept.append(new)
        if old is not None:
            kept.remove(old)
            passed.append(old)
    return kept


class _Wording:
    """Chooses templates, the least used first, and fills what is open in them but no fact's from the cast."""

    def __init__(self, kind: Kind, set_: Stage, rng: Random) -> None:
        self.kind, self.stage, self.rng = kind, set_, rng
        self.uses: Counter[str] = Counter()
        self.said: set[str] = set()
        self.part = rng.randint(2, 40)
        self.words = kind.words
        if not set_.style.country.winter:
            self.words = {k: tuple(w for w in words if not COLD.search(w)) for k, words in kind.words.items()}

    def state(self, fact: Fact) -> Said:
        """The sentence that states a fact, and where its values stand in it."""
        templates = for_split(self.kind.types[fact.type], self.stage.split)
        pattern = prose.expand(least_used(templates, self.uses, self.rng), self.rng, self.words)
        filled = {slot: value.text for slot, value in fact.values.items()}
        text, spans = prose.render(pattern, self._filled(pattern, filled))
        return text, {slot: span for slot, span in spans.items() if slot in filled}

    def loose(self, templates: Sequence[str]) -> str | None:
        """A title, heading or remark that has not been said yet; None if none comes to mind."""
        for _ in range(60):
            pattern = prose.expand(least_used(templates, self.uses, self.rng), self.rng, self.words)
            text = prose.render(pattern, self._filled(pattern, {}))[0]
            if text not in self.said:
                self.said.add(text)
                return text
        return None

    def _filled(self, pattern: str, own: dict[str, str]) -> dict[str, str]:
        """Slots that are no fact's: org, city, part, and one of the cast. A slot that stands twice gets two of them by
        {x} and {x_}.
        """
        filled = {"org": self.stage.org, "city": self.stage.city, **own}
        for slot in prose.slots(pattern):
            if slot == "part":
                self.part += self.rng.randint(1, 3)
                filled[slot] = str(self.part)
            elif slot not in filled:
                others = [name for name in self.stage.cast[slot.rstrip("_")] if name not in filled.values()]
                filled[slot] = self.rng.choice(others or self.stage.cast[slot.rstrip("_")])
        return filled


def compose(
    draft_: Draft,
    *,
    seed: str,
    tokens: int,
    count: Count,
    evidence: Sequence[str] = (),
    place: float = 0.0,
    leave_out: str = "",
    more: int = 0,
) -> Dossier:
    """The documents, about `tokens + more` tokens in all.

    evidence: ids of facts to be spread over the context, the k-th of n at `place + k/n` (mod 1) of its length, in a
    chance order of k. leave_out: id of a fact that is not told, for an unanswerable twin. more: what a first attempt
    missed the length by.
    """
    rng = Random(f"layout:{seed}")
    kind, set_ = draft_.world.kind, draft_.world.stage
    writer = _Wording(kind, set_, rng)
    said = {fact: text for fact, (text, _) in draft_.said.items() if fact != leave_out}
    plain: list[Unit] = [fact for fact in said if fact not in set(evidence)]
    shells = _shells(tokens, draft_.world.facts, rng, kind, writer)
    left = tokens + more - sum(count(part) + 2 for shell in shells for part in shell.parts())
    left -= round(sum(len(text) + 1 for text in said.values()) * draft_.rate)
    for shell in shells:
        if left >= 0:
            break
        left += sum(count(part) + 2 for part in (shell.opening, *shell.headings) if part)
        shell.opening, shell.headings = "", []  # what only frames the facts gives way to them
    while left > 6:
        remark = writer.loose(kind.short) if left < 26 else None
        remark = remark or writer.loose(kind.colour)
        size = round((len(remark) + 1) * REMARK_RATE) if remark else 0
        if remark and size <= left + 4:
            plain.append((None, remark))
            left -= size
        elif left < 26 or not remark:
            break
    order = _ordered(plain, [fact for fact in evidence if fact in said], place, Random(f"order:{seed}"), said)
    return _put(order, said, draft_, shells, Random(f"cuts:{seed}"))


@dataclass(slots=True)
class _Shell:
    """What stands around the sentences of a document."""

    head: str
    title: str
    date: str
    opening: str
    headings: list[str]
    closing: str

    def parts(self) -> list[str]:
        return [part for part in (self.head, self.opening, *self.headings, self.closing) if part]


Unit = str | tuple[None, str]


def _ordered(others: list[Unit], evidence: list[str], place: float, rng: Random, said: dict[str, str]) -> list[Unit]:
    """All units in the order of telling: by length, the k-th piece of evidence begins at its share of the whole."""
    rng.shuffle(others)
    k = len(evidence)
    if not k:
        return others
    shares = [(place + index / k) % 1.0 for index in range(k)]
    rng.shuffle(shares)
    placed = sorted(zip(shares, evidence, strict=True))
    total = sum(len(_text(unit, said)) + 1 for unit in [*others, *evidence])
    order: list[Unit] = []
    done = 0
    waiting = list(reversed(others))
    for share, fact in placed:
        while waiting and done + len(_text(waiting[-1], said)) / 2 < share * total:
            unit = waiting.pop()
            order.append(unit)
            done += len(_text(unit, said)) + 1
        order.append(fact)
        done += len(said[fact]) + 1
    return [*order, *reversed(waiting)]


def _text(unit: Unit, said: dict[str, str]) -> str:
    return said[unit] if isinstance(unit, str) else unit[1]


def _documents(tokens: int) -> float:
    """How many documents a context of this length has, about."""
    return min(48.0, max(1.0, (tokens / 420) ** 0.75))


def _shells(tokens: int, facts: list[Fact], rng: Random, kind: Kind, writer: _Wording) -> list[_Shell]:
    """Heads, openings and headings: more and longer documents the longer the context is."""
    units = len(facts)
    number = max(1, min(round(_documents(tokens) * rng.uniform(0.7, 1.1)), units // 4))
    frame = rng.randrange(len(FRAMES))
    before, between, after = FRAMES[frame]
    day = max((value.day for fact in facts for value in fact.values.values() if value.day), default=date(2021, 3, 1))
    shells = []
    for index in range(number):
        title = writer.loose(kind.titles) or f"{kind.noun.capitalize()} {writer.part + index}"
        day += timedelta(days=rng.randint(1, 9))
        when = values.day(day, writer.stage.style).text
        head = (before + between + after).format(n=index + 1, title=title, date=when)
        opening = (writer.loose(kind.openings) or "") if rng.random() < 0.6 else ""
        many = round(units / number / 9) if rng.random() < 0.6 else 0
        headings = [heading for _ in range(many) if (heading := writer.loose(kind.headings))]
        shells.append(_Shell(head, title, when, opening, headings, CLOSING.get(frame, "")))
    return shells


def _put(order: list[Unit], said: dict[str, str], draft_: Draft, shells: list[_Shell], rng: Random) -> Dossier:
    """The text, and every span in it."""
    parts: list[str] = []
    length = 0
    dossier = Dossier("", [], {}, {}, [], [])

    def put(text: str) -> int:
        nonlocal length
        parts.append(text)
        length += len(text)
        return length - len(text)

    bounds = _cuts(len(order), len(shells), rng)
    for index, shell in enumerate(shells):
        if index:
            put("\n\n")
        start = put(shell.head)
        if shell.opening:
            put("\n\n")
            at = put(shell.opening)
            dossier.sentences.append((at, length))
        mine = order[bounds[index] : bounds[index + 1]]
        headed = dict(
            zip(sorted(rng.sample(range(len(mine)), min(len(shell.headings), len(mine)))), shell.headings, strict=False)
        )
        paragraph = 0
        for position, unit in enumerate(mine):
            if position in headed:
                put(f"\n\n{headed[position]}")
                paragraph = 0
            if paragraph == 0:
                put("\n\n")
                paragraph = rng.choice((2, 3, 3, 4, 5))
            else:
                put(" ")
            paragraph -= 1
            at = put(_text(unit, said))
            dossier.sentences.append((at, length))
            if isinstance(unit, str):
                dossier.spans[unit] = (at, length)
                for slot, (first, last) in draft_.said[unit][1].items():
                    dossier.slots[unit, slot] = (at + first, at + last)
        put(shell.closing)
        dossier.passages.append(Passage(shell.title, shell.date, start, length))
    dossier.text = "".join(parts)
    dossier.entities = [name for name in draft_.world.stage.pool.entities if name in dossier.text]
    return dossier


def _cuts(units: int, documents: int, rng: Random) -> list[int]:
    """Where each document begins among the units: uneven, none empty."""
    weights = [rng.uniform(0.6, 1.4) for _ in range(documents)]
    total, bounds, done = sum(weights), [0], 0.0
    for weight in weights:
        done += weight
        bounds.append(round(done / total * units))
    return bounds
