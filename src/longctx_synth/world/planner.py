"""Settles the structure of a document: setting, subjects, which attributes are stated, in which words, in which
order.

Blocks (a subject and what is said of it) are planned and counted one by one until the budget is nearly spent, then
sentences are taken from the last block until the text fits. Nothing here depends on values but their length under the
document's own seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random

from longctx_synth.errors import SettingsError
from longctx_synth.world import frame, prose, values
from longctx_synth.world.climate import mild
from longctx_synth.world.countries import BY_CODE, COUNTRIES, Home
from longctx_synth.world.kinds import Attribute, Kind
from longctx_synth.world.names import ORGANISATIONS, NamePool
from longctx_synth.world.plan import (
    Block,
    Part,
    Plan,
    Sentence,
    Subject,
    block_text,
    compose,
    draw,
    fill,
    named,
    settle,
)

Count = Callable[[str], int]

PLATE = "BCDFGHKLMNPRSTVX"
OPENERS = (
    "[The file|The register|The sheet] [notes|shows|records] that ",
    "[Records|The papers|The notes] [show|say] that ",
    "It [is noted|was noted|is on record] that ",
    "[For the record|In addition|Beyond that|Besides], ",
    "[According to the file|By all accounts|As far as is known], ",
    "[What is more|Furthermore], ",
    "[One further point|A further note]: ",
)


class Planner:
    """Settles structure. Values are drawn as well, with the document's own seed, only to know how long sentences are."""

    def __init__(self, kind: Kind, split: str, rng: Random, name: str, home: Home | None = None) -> None:
        country = BY_CODE[home.country] if home else rng.choice(COUNTRIES)
        self.kind = kind if country.winter else mild(kind.name)
        self.split, self.rng, self.name = split, rng, name
        patterns = (home.organisations if home else ()) or ORGANISATIONS
        self.pool = NamePool(country.name, split)
        self.style = values.Style.sample(rng, country)
        self.setting = {
            "org": self.pool.organisation(rng, patterns),
            "city": home.city if home else rng.choice(country.towns),
            "country": country.name,
        }
        self.home = home
        self.said: set[str] = set()
        self.uses: Counter[str] = Counter()
        self.numbers = iter(range(rng.randint(3, 160), 10**6))
        self.headings: set[str] = set()
        self.names: set[str] = set()
        self.cycle: list[str] = []

    def plan(self, tokens: int, count: Count) -> Plan:
        kind, rng = self.kind, self.rng
        title = prose.render(prose.expand(rng.choice(kind.titles), rng, {}), self.setting)[0]
        if self.setting["city"] not in title and rng.random() < 0.5:
            title += f", {self.setting['country'].removeprefix('the ')}"
        work = prose.expand(kind.work, rng, {})
        subject = Subject((work,), (work, *kind.work_again))
        few = tokens < 600
        opening = self._frame(
            frame.OPENING, rng.choice(kind.opening), subject, rng.randint(2, 2 if few else 5), "opening"
        )
        closing = self._frame(
            frame.CLOSING, rng.choice(kind.closing), subject, rng.randint(1, 1 if few else 4), "closing"
        )
        numbering = rng.choice(["", "", "1. ", "## ", "§ "])
        plan = Plan(
            kind,
            self.split,
            title,
            self.style,
            self.setting,
            numbering,
            [opening, closing],
            self.pool,
            self.said,
            self.uses,
        )
        # Remarks fill what is left, in the original and in the twin, whose values may be longer or shorter.
        budget = tokens - max(14, round(0.015 * tokens) if tokens < 20_000 else round(0.004 * tokens))
        end = settle(plan, self.name)
        used = count(compose(plan, end).text)
        parts: list[Part] = []
        while used < budget:
            part = Part(self._heading(), [])
            used += count(part.heading + "\n\n")
            low, high = kind.per_section
            for _ in range(rng.randint(low, max(low, min(high, 1 + tokens // 500)))):
                if used >= budget:
                    break
                block = self._block(f"{len(parts)}.{len(part.blocks)}")
                draw(
                    block,
                    Random(f"length:{self.name}:{block.place}"),
                    self.style,
                    NamePool(self.style.country.name, self.split),
                    date(2020, 1, 1),
                )
                used += count(block_text(block, self.setting) + "\n\n")
                part.blocks.append(block)
            if not part.blocks:
                break
            parts.append(part)
        plan.parts = [opening, *parts, closing]
        self._trim(plan, budget, count)
        return plan

    def _trim(self, plan: Plan, budget: int, count: Count) -> None:
        """Takes sentences from the last block until the text is no longer than `budget`, whole blocks where little is
        left.
        """
        for _ in range(200):
            end = settle(plan, self.name)
            excess = count(compose(plan, end).text) - budget
            if excess <= 0:
                return
            while excess > 0:
                inner = plan.parts[1:-1]
                if not inner:
                    raise SettingsError(f"A document of the kind {self.kind.name} needs more than {budget:,} tokens.")
                block = inner[-1].blocks[-1]
                spoken = [sentence for paragraph in block.paragraphs for sentence in paragraph]
                alone = len(inner) == 1 and len(inner[0].blocks) == 1
                if len([s for s in spoken if s.keys]) <= 2 and not alone:
                    excess -= count(block_text(block, self.setting))
                    inner[-1].blocks.pop()
                    if not inner[-1].blocks:
                        excess -= count(inner[-1].heading)
                        plan.parts.remove(inner[-1])
                    continue
                if len(spoken) <= 1:
                    return
                last = block.paragraphs[-1].pop()
                excess -= count(prose.render(last.pattern, fill(block, self.setting))[0])
                if not block.paragraphs[-1]:
                    block.paragraphs.pop()

    def _heading(self) -> str:
        for _ in range(60):
            pattern = prose.expand(self.rng.choice(self.kind.headings), self.rng, self.kind.words)
            area = self.pool.place(self.rng) if "{area}" in pattern else ""
            heading = prose.render(pattern, {**self.setting, "area": area, "number": str(len(self.headings) + 1)})[0]
            if heading not in self.headings:
                break
        self.headings.add(heading)
        return heading

    def _subject(self) -> Subject:
        rng = self.rng
        for _ in range(60):
            pattern, again = self._own_subject() or rng.choice(self.kind.subjects)
            pattern = prose.expand(pattern, rng, self.kind.words)
            open_slots = prose.slots(pattern)
            fresh = {
                "place": self.pool.place(rng) if "place" in open_slots else "",
                "company": self.pool.company(rng) if "company" in open_slots else "",
                "number": values.ordinal(next(self.numbers)) if "number" in open_slots else "",
                "plate": f"{rng.choice(PLATE)}{rng.choice(PLATE)} {rng.randrange(1012, 9987)}",
            }
            name = "".join(pattern.replace(f"{{{slot}}}", fresh[slot]) for slot in open_slots[:1])
            if name not in self.names:
                break
        self.names.add(name)
        bare = name.removeprefix("the ")
        return Subject((name, bare) if bare != name else (name,), tuple(again.split("|")))

    def _own_subject(self) -> tuple[str, str] | None:
        """Pattern and second mention of a subject that the document's organisation would have; None where it brings none."""
        home, own = self.home, self.kind.own
        if home is None or own is None or not home.nouns or ("{mishap}" in own[0] and not home.mishaps):
            return None
        if not self.cycle:  # all of them once before any comes again
            self.cycle = self.rng.sample(home.nouns, len(home.nouns))
        noun = self.cycle.pop()
        mishap = self.rng.choice(home.mishaps) if home.mishaps else ""
        filled = [text.replace("{noun}", noun).replace("{head}", noun.split()[-1]) for text in own]
        return filled[0].replace("{mishap}", mishap), filled[1]

    def _block(self, place: str) -> Block:
        kind, rng = self.kind, self.rng
        subject = self._subject()
        keys = [attribute.key for attribute in kind.attributes]
        chosen = rng.sample(keys, rng.randint(min(4, len(keys)), len(keys)))
        groups: list[tuple[str, ...]] = []
        open_keys = list(chosen)
        for pair in rng.sample(list(kind.pairs), len(kind.pairs)):
            if all(key in open_keys for key in pair) and rng.random() < 0.4:
                groups.append(pair)
                open_keys = [key for key in open_keys if key not in pair]
        groups += [(key,) for key in open_keys]
        rng.shuffle(groups)
        sentences: list[Sentence] = []
        breaks = {0}
        since = 0
        rhythm = rng.choice([0.12, 0.3, 0.45])
        for index, keys_here in enumerate(groups):
            if since >= 2 and rng.random() < rhythm and index < len(groups) - 1:
                breaks.add(len(sentences))
                since = 0
            sentences.append(self._sentence(kind, subject, keys_here, len(sentences) in breaks))
            since += 1
            if rng.random() < 0.28:
                aside = remark(kind, subject, rng, self.said, self.uses)
                if aside:
                    sentences.append(aside)
                    since += 1
        paragraphs = [
            sentences[start:stop]
            for start, stop in zip(sorted(breaks), [*sorted(breaks)[1:], len(sentences)], strict=True)
        ]
        return Block(subject, kind.by_key, paragraphs, place)

    def _templates(self, attribute_templates: tuple[str, ...]) -> list[str]:
        """Every third template belongs to test alone."""
        if len(attribute_templates) < 6:
            return list(attribute_templates)
        return [line for index, line in enumerate(attribute_templates) if (index % 3 == 2) == (self.split == "test")]

    def _sentence(self, kind: Kind, subject: Subject, keys: tuple[str, ...], first: bool) -> Sentence:
        lines = kind.pairs[keys] if len(keys) > 1 else self._templates(kind.by_key[keys[0]].templates)
        return self._settle_pattern(lines, subject, keys, first, kind.words)

    def _settle_pattern(
        self,
        lines: tuple[str, ...] | list[str],
        subject: Subject,
        keys: tuple[str, ...],
        first: bool,
        words: Mapping[str, Sequence[str]],
    ) -> Sentence:
        rng = self.rng
        kind_dates = {a.key for a in (*self.kind.attributes, *frame.OPENING, *frame.CLOSING) if a.type == "date"}
        for _ in range(12):
            line = least_used(lines, self.uses, rng)
            pattern = prose.expand(line, rng, words)
            if pattern not in self.said:
                break
        self.said.add(pattern)
        name = subject.names[0] if first or rng.random() < 0.25 else rng.choice(subject.again)
        opens = pattern.startswith(("{s}", "The ", "A ", "An "))
        if not first and opens and rng.random() < 0.22:
            if not pattern.startswith("{s}"):
                pattern = pattern[0].lower() + pattern[1:]
            pattern = prose.expand(least_used(OPENERS, self.uses, rng), rng, {}) + " " + pattern
        for key in keys:
            slot = "v" if len(keys) == 1 else key
            dated = key in kind_dates
            if dated and f"on {{{slot}}}" in pattern and rng.random() < 0.15:
                pattern = pattern.replace(f"on {{{slot}}}", f"on {{{key}!}} {{{slot}}}", 1)
            pattern = pattern.replace(f"{{{slot}}}", f"{{{key}}}")
        return Sentence(named(pattern, name), keys)

    def _frame(
        self, attributes: tuple[Attribute, ...], heading: str, subject: Subject, amount: int, place: str
    ) -> Part:
        chosen = self.rng.sample(attributes, amount)
        sentences = [
            self._settle_pattern(a.templates, subject, (a.key,), index == 0, frame.WORDS)
            for index, a in enumerate(chosen)
        ]
        paragraphs = [sentences] if len(sentences) < 4 else [sentences[:2], sentences[2:]]
        return Part(heading, [Block(subject, {a.key: a for a in chosen}, paragraphs, place)])


def least_used(lines: Sequence[str], uses: Counter[str], rng: Random) -> str:
    """One of the templates that this document has used least; counts it."""
    fewest = min(uses[line] for line in lines)
    line = rng.choice([line for line in lines if uses[line] == fewest])
    uses[line] += 1
    return line


def remark(kind: Kind, subject: Subject, rng: Random, said: set[str], uses: Counter[str]) -> Sentence | None:
    """A sentence without a fact that this document has not said yet; None if none comes to mind."""
    for _ in range(20):
        pattern = prose.expand(least_used(kind.colour, uses, rng), rng, kind.words)
        if pattern not in said:
            said.add(pattern)
            return Sentence(named(pattern, rng.choice((subject.names[0], *subject.again))))
    return None
