"""Writes a document of a wanted length from facts.

Two seeds, kept apart: the *structure* seed settles setting, subjects, which attributes are stated, patterns of
sentences, and order; the *values* seed settles what is true. `write(seed, values_seed=other)` therefore gives the
twin: the same sections, subjects and asks, other values. A twin is made from its original's plan, so it cannot drift
even where lengths differ.

A long document has more subjects, not longer ones. Lengths: blocks are planned and counted one by one until the
budget is nearly spent; the rest is met exactly with remarks that carry no fact, added or taken away, so no sentence
is ever cut. Truth is in the plan: spans are noted while the text is put together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from longctx_synth.errors import SettingsError
from longctx_synth.world import prose
from longctx_synth.world.countries import Home
from longctx_synth.world.document import Document
from longctx_synth.world.kinds import HELD_OUT, KINDS
from longctx_synth.world.plan import Block, Plan, Sentence, compose, settle
from longctx_synth.world.planner import Planner, remark
from longctx_synth.world.questions import derive

Count = Callable[[str], int]
SHORTEST, LONGEST = 200, 131_072


def kinds_for(split: str) -> list[str]:
    """The kinds that documents of a split have when none is asked for: some occur in test alone."""
    if split not in ("train", "validation", "test"):
        raise SettingsError(f"There is no split named {split!r}: use train, validation or test.")
    return [name for name in KINDS if split == "test" or name not in HELD_OUT]


def write(
    seed: Random | int | str,
    *,
    tokens: int,
    count: Count,
    split: str,
    kind: str | None = None,
    values_seed: int | str | None = None,
    home: Home | None = None,
) -> Document:
    """A document of `tokens` tokens (within 1 % or 8) under `count`.

    seed: settles all (a Random is asked for one number). split: whose names and sentences may be used. values_seed:
    for the twin of the document that the same `seed` gives without it. home: the country, city and kind of organisation
    the document is set in (its twin is asked for with the same); without it they are drawn. Raises SettingsError for an unknown kind or
    split, or a length outside 200..131,072.
    """
    name = str(seed.getrandbits(63) if isinstance(seed, Random) else seed)
    if not SHORTEST <= tokens <= LONGEST:
        raise SettingsError(f"A document can have {SHORTEST} to {LONGEST:,} tokens, not {tokens:,}.")
    if kind is not None and kind not in KINDS:
        raise SettingsError(f"There is no kind of document named {kind!r}: choose from {', '.join(KINDS)}.")
    chosen = KINDS[kind or Random(f"kind:{split}:{name}").choice(kinds_for(split))]
    plan = Planner(chosen, split, Random(f"structure:{chosen.name}:{split}:{name}"), name, home).plan(tokens, count)
    values_name = name if values_seed is None else f"twin:{values_seed}"
    end = settle(plan, values_name)
    _fit(plan, end, tokens, count, Random(f"fit:{name}:{values_name}"))
    document = compose(plan, end)
    document.entities = [name for name in plan.pool.entities if name in document.text]
    document.seed = name if values_seed is None else f"{name}/{values_seed}"
    document.questions = derive(document, plan.kind, Random(f"questions:{name}:{values_name}"), plan.style)
    return document


def _fit(plan: Plan, end: date, tokens: int, count: Count, rng: Random) -> None:
    """Adds or takes away remarks until the text has `tokens` tokens, within 1 % or 8."""
    tolerance = max(8, tokens // 100)
    aim = max(4, tolerance // 3)
    blocks = [block for part in plan.parts[1:-1] for block in part.blocks]
    shorts = list(plan.kind.short)
    rng.shuffle(shorts)
    for _ in range(40):
        gap = tokens - count(compose(plan, end).text)
        if abs(gap) <= aim:
            return
        if gap < 0:
            _drop(blocks, -gap, count, plan, rng)
            continue
        for _ in range(400):
            if gap <= aim:
                break
            options: list[tuple[int, Sentence, Block]] = []
            for text in shorts[:12]:
                options.append((count(" " + text), Sentence(text), rng.choice(blocks)))
            for _ in range(4 if gap > 60 else 12):
                block = rng.choice(blocks)
                aside = remark(plan.kind, block.subject, rng, plan.said, plan.uses)
                if aside:
                    options.append((count(" " + prose.render(aside.pattern, {})[0]), aside, block))
            fitting = [option for option in options if option[0] <= gap + aim]
            if not fitting:
                break
            size, sentence, block = rng.choice(fitting) if gap > 60 else max(fitting, key=lambda option: option[0])
            if sentence.pattern in shorts:
                shorts.remove(sentence.pattern)
            min(block.paragraphs, key=len).append(sentence)
            gap -= size
    gap = tokens - count(compose(plan, end).text)
    if abs(gap) > tolerance:
        raise SettingsError(
            f"No {plan.kind.name} document of {tokens:,} tokens could be fitted: {gap:+,} tokens are left."
        )


def _drop(blocks: list[Block], excess: int, count: Count, plan: Plan, rng: Random) -> None:
    """Takes remarks out, never a paragraph's first sentence, until `excess` tokens are gone."""
    places = [
        (paragraph, sentence)
        for block in blocks
        for paragraph in block.paragraphs
        for sentence in paragraph[1:]
        if not sentence.keys
    ]
    rng.shuffle(places)
    for paragraph, sentence in places:
        if excess <= 0:
            break
        paragraph.remove(sentence)
        excess -= count(" " + prose.render(sentence.pattern, plan.setting)[0])
