"""Complexification: constraint layers that make a task as awkward as work is, each with prose and a machine check.

A layer is made by a small generator from the situation, the document's facts and what is asked already. It adds a sentence or
two to the instruction, and what follows from them: things that the answer has to say (`due`) and further checks (`specs`).
Whether a layer applies is decided by what the document holds; what does not apply is skipped, never forced. Four of the eight
bind to the document itself (missing, contradiction, exception, dependency): they cannot be met without reading it.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from longctx_synth.scenarios import Situation
from longctx_synth.strata import balanced
from longctx_synth.world.document import Document

Spec = dict[str, Any]


@dataclass(frozen=True)
class Due:
    """One thing the answer must say: how it is asked for, the value, and sentences that say it.

    span: where the document's sentence for it stands; None for what the document does not state.
    """

    id: str
    ask: str
    value: str
    forms: tuple[str, ...]
    statements: tuple[str, ...]
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Layer:
    """What one generator adds. asked: a further item for the list of what is asked (an unanswerable one).

    prose: for the instruction. due: what the answer has to say because of the prose. specs: further checks.
    order: ids of two asked items; the answer has to tell the first before the second.
    """

    name: str
    prose: str
    due: tuple[Due, ...] = ()
    asked: Due | None = None
    specs: tuple[Spec, ...] = ()
    order: tuple[str, str] | None = None


@dataclass(frozen=True)
class Setting:
    """What a generator may look at. asked: what the task asks for so far; form: how it asks (facts, ordered, ...)."""

    situation: Situation
    document: Document
    asked: Sequence[Due]
    form: str
    split: str
    language: str = "en"
    taken: frozenset[str] = field(default_factory=frozenset)  # names of the layers chosen already


@functools.cache
def phrasings() -> dict[str, dict[str, list[str]]]:
    """How layers are worded: {layer or bank: {split: lines}}. Splits never share a line."""
    return yaml.safe_load((Path(__file__).parent / "phrasings.yaml").read_text("utf-8"))


def complexify(setting: Setting, k: int, number: int, seed: int, rng: random.Random) -> list[Layer]:
    """Up to `k` layers for slot `number`: the slot's own order of generators, each taken if it applies.

    Over the slots of a split every generator comes first equally often; then those that bind to the document, since they
    apply less often, then the others. Fewer than k where the document allows no more.
    """
    from longctx_synth.layers.generators import BOUND, GENERATORS

    first = balanced(number, seed, sorted(GENERATORS))
    rest = rng.sample(sorted(GENERATORS), len(GENERATORS))
    order = [first, *sorted((name for name in rest if name != first), key=lambda name: name not in BOUND)]
    layers: list[Layer] = []
    for name in order:
        if len(layers) == k:
            break
        asked = [*setting.asked, *(layer.asked for layer in layers if layer.asked)]
        taken = frozenset(layer.name for layer in layers)
        now = Setting(setting.situation, setting.document, asked, setting.form, setting.split, setting.language, taken)
        layer = GENERATORS[name](now, rng)
        if layer is not None:
            layers.append(layer)
    return layers
