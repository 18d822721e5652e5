"""A model words the documents: each fact's sentence anew, verified before it counts.

The program decides what is said and where it stands; a model decides how. A sentence of the model's replaces the
program's only if

- every value of its fact stands in it as the fact spells it,
- the closed world holds: no number and no name that the program's sentence did not have, and no new "not",
- a second reading finds the same fact: on an endpoint that can, the model fills in the fact's form from the sentence
  alone; what the embedded model wrote has to read as that fact, and as no other, by the program's own templates.

What fails is asked again with what was wrong; what still fails keeps the program's sentence, and is counted. So a
document is complete whatever the model does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from longctx_synth.prompts import Templates
from longctx_synth.records import Message
from longctx_synth.review.refine import Draft as Attempt
from longctx_synth.review.refine import refine
from longctx_synth.review.statement import foreign_names, foreign_numbers, gives
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world import prose
from longctx_synth.world.dossier.model import Fact, for_split
from longctx_synth.world.dossier.reading import parse_sentence
from longctx_synth.world.dossier.writer import Draft

TOGETHER = 4  # facts that a model words in one request
EXAMPLES = 3
MOST_SMALL = 8  # sentences of a context that the embedded model is asked for: a second each
STYLES = ("as a clerk would note it", "as if told to a colleague", "soberly", "briefly", "as in a letter", "")
_NOT = re.compile(r"\b(?:not|never|no longer|nobody|none|without|except|n't|instead)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Retold:
    """A draft in the model's words. own: ids of the facts whose sentence is the model's; kept: of those that kept the
    program's.
    """

    draft: Draft
    own: tuple[str, ...]
    kept: tuple[str, ...]


@lru_cache(maxsize=1)
def _templates() -> Templates:
    return Templates(Path(__file__).parent / "prompts")


async def retell(draft: Draft, ask: Any, rng: Random, *, attempts: int, small: bool) -> Retold:
    """The draft with each sentence worded by the model, as far as it can. small: the embedded model, one fact a
    request and some facts of a context only. A sentence that is the program's own, copied, counts as the program's.
    """
    facts = list(draft.world.facts)
    rng.shuffle(facts)
    size = 1 if small else TOGETHER
    asked = facts[:MOST_SMALL] if small else facts
    said = dict(draft.said)
    own: list[str] = []
    for start in range(0, len(asked), size):
        batch = asked[start : start + size]
        for fact, sentence in (await _worded(draft, batch, ask, rng, attempts, small)).items():
            spans = _spans(sentence, draft.world.by_id[fact])
            if spans is not None and sentence != draft.said[fact][0]:
                said[fact] = (sentence, spans)
                own.append(fact)
    kept = tuple(fact.id for fact in facts if fact.id not in set(own))
    return Retold(replace(draft, said=said), tuple(own), kept)


async def _worded(
    draft: Draft, batch: Sequence[Fact], ask: Any, rng: Random, attempts: int, small: bool
) -> dict[str, str]:
    """By fact id the model's sentences that hold; those of the best attempt, where none holds for all."""
    sentences = [draft.said[fact.id][0] for fact in batch]
    style = "" if small else rng.choice(STYLES)
    shown = _shown(draft, batch[0], rng) if small else []
    found: dict[str, str] = {}

    async def write(feedback: str, last: Attempt | None) -> Attempt:
        asked = _templates().messages("retell", sentences=sentences, style=style, feedback=feedback)
        messages = [*asked[:-1], *shown, asked[-1]]
        answer = await ask(
            messages,
            max_tokens=40 + 70 * len(batch),
            stop=["\n"] if small else None,
            temperature=0.2 if small or feedback else None,
        )
        return Attempt(answer.text.strip(), answer.finish_reason)

    async def true(attempt: Attempt) -> Mapping[str, Verdict]:
        told = [
            re.sub(r"^(?:\d+[.)]|[-*•])\s*", "", line.strip()) for line in attempt.text.splitlines() if line.strip()
        ]
        if len(told) != len(batch):
            return {"lines": failed(f"There are {len(told)} sentences; write {len(batch)}, one a line.")}
        verdicts = {fact.id: holds(text, fact, draft, small=small) for fact, text in zip(batch, told, strict=True)}
        good = [(fact, text) for fact, text in zip(batch, told, strict=True) if verdicts[fact.id].passed]
        if not small and good:
            verdicts |= await _reread(good, draft, ask)
        found.update({fact.id: text for fact, text in good if verdicts[fact.id].passed})
        return verdicts

    await refine(write, [true], attempts=attempts)
    return found


def _shown(draft: Draft, fact: Fact, rng: Random) -> list[Message]:
    """Other facts of the type, each reworded from one known wording into another: what a small model needs to see."""
    others = [other for other in draft.world.of(fact.type) if other.id != fact.id]
    shown: list[Message] = []
    for other in rng.sample(others, min(EXAMPLES, len(others))):
        known = wordings(other, draft)
        if len(known) > 1:
            first, second = rng.sample(known, 2)
            asked = _templates().messages("retell", sentences=[first], style="", feedback="")[-1]
            shown += [asked, {"role": "assistant", "content": second}]
    return shown


def holds(text: str, fact: Fact, draft: Draft, *, small: bool = False) -> Verdict:
    """Whether a sentence states the fact and brings nothing of its own. small: it must read as the fact by the templates, too."""
    program = draft.said[fact.id][0]
    if not 4 <= len(text.split()) <= 60 or not text.endswith(".") or text[:1] != text[:1].upper():
        return failed("Write one whole sentence that ends with a full stop.")
    if text.rstrip(".").count(". ") > program.rstrip(".").count(". ") or any(
        mark in text for mark in '{}[]<>*#|`"“”\n'
    ):
        return failed("Write one plain sentence only.")
    missing = [value.text for value in fact.values.values() if not gives(text, value.text, (value.text,))]
    if missing:
        return failed(f"It must say {missing[0]} exactly so.")
    sources = (program, *(value.text for value in fact.values.values()))
    strange = [*foreign_numbers(text, sources), *foreign_names(text, sources)]
    if strange:
        return failed(f"Leave out {strange[0]}.")
    told = wordings(fact, draft)
    known = " ".join(told)
    if len(_NOT.findall(text)) > len(_NOT.findall(program)) and not set(map(str.lower, _NOT.findall(text))) <= set(
        map(str.lower, _NOT.findall(known))
    ):
        return failed("It must not deny anything.")
    if small:
        # Seen: a small model swaps superior and subordinate, or who left a contract and who entered it, and no list of words tells.
        own = (fact.type, {slot: value.text.casefold() for slot, value in fact.values.items()})
        read = parse_sentence(draft.world.kind.name, text)
        if [(type_, {slot: said.casefold() for slot, said in values.items()}) for type_, values in read] != [own]:
            return failed("Say the same as the entry, in one of the ways that such entries are put.")
    return PASSED


def wordings(fact: Fact, draft: Draft) -> list[str]:
    """The program's own sentences for a fact, one a template."""
    kind, stage = draft.world.kind, draft.world.stage
    filled = {slot: value.text for slot, value in fact.values.items()} | {"org": stage.org, "city": stage.city}
    found = [draft.said[fact.id][0]]
    for template in for_split(kind.types[fact.type], stage.split):
        pattern = prose.expand(template, Random(0), kind.words)
        if all(slot in filled for slot in prose.slots(pattern)):
            found.append(prose.render(pattern, filled)[0])
    return found


def form_of(fact: Fact, draft: Draft) -> str:
    """The fact's form for a second reading: a wording with its slots in brackets."""
    text, spans = draft.said[fact.id]
    for slot, (start, end) in sorted(spans.items(), key=lambda item: -item[1][0]):
        text = f"{text[:start]}[{slot}]{text[end:]}"
    return text


async def _reread(good: Sequence[tuple[Fact, str]], draft: Draft, ask: Any) -> dict[str, Verdict]:
    """The second reading: what the model finds in the sentences alone must be the facts' own values."""
    read = await reread([(text, form_of(fact, draft)) for fact, text in good], ask)
    verdicts: dict[str, Verdict] = {}
    for index, (fact, _) in enumerate(good):
        own = read[index] if index < len(read) else {}
        wrong = [
            slot
            for slot, value in fact.values.items()
            if not any(same(str(own.get(slot)), form) for form in (value.text, *value.forms))
        ]
        verdicts[fact.id] = failed(f"A reader could not tell what {wrong[0]} is; say it clearly.") if wrong else PASSED
    return verdicts


async def reread(pairs: Sequence[tuple[str, str]], ask: Any) -> list[dict[str, Any]]:
    """What a model finds in each sentence for its form, a text with [slots]: an object each, as far as it answers."""
    answer = await ask(_templates().messages("reread", pairs=pairs), max_tokens=60 + 80 * len(pairs), temperature=0.0)
    return _objects(answer.text)


def _objects(text: str) -> list[dict[str, Any]]:
    start, end = text.find("["), text.rfind("]")
    try:
        value = json.loads(text[start : end + 1])
    except ValueError:
        return []
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []


def same(one: str, other: str) -> bool:
    """Whether two readings are one: case, blanks, an article in front and a full stop behind make no difference."""
    plain = [" ".join(text.casefold().split()).strip(" .").removeprefix("the ") for text in (one, other)]
    return plain[0] == plain[1]


def _spans(sentence: str, fact: Fact) -> dict[str, tuple[int, int]] | None:
    """Where the values stand in a sentence; None where one cannot be found as spelled."""
    spans = {}
    lowered = sentence.lower()
    for slot, value in fact.values.items():
        at = sentence.find(value.text)
        if at < 0:
            at = lowered.find(value.text.lower())
        if at < 0 or len(lowered) != len(sentence):
            return None
        spans[slot] = (at, at + len(value.text))
    return spans
