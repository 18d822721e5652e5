"""A model words the documents: each fact's sentence anew, verified before it counts.

The program decides what is said and where it stands; a model decides how. A sentence of the model's replaces the
program's only if

- every value of its fact stands in it as the fact spells it,
- the closed world holds: no number and no name that the program's sentence did not have, and no new "not",
- a second reading finds the same fact: on an endpoint that can, the model fills in the fact's form from the sentence
  alone; what the embedded model wrote has to read as that fact, and as no other, by the program's own templates.

What fails is asked again with what was wrong; what still fails keeps the program's sentence, and is counted. So a
document is complete whatever the model does. The embedded model is shown other facts of the type, each taken from one
wording into another, and is asked to do the same: so its words are those of the examples, in which code knows them to
be right. The facts that an answer is to tell are `reworded` the same way.
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
from longctx_synth.review.statement import CLOSE, closeness, foreign_names, foreign_numbers, gives
from longctx_synth.verdict import PASSED, Verdict, failed
from longctx_synth.world import prose
from longctx_synth.world.dossier.model import Fact, for_split
from longctx_synth.world.dossier.reading import parse_sentence
from longctx_synth.world.dossier.writer import Draft

TOGETHER = 4  # facts that a model words in one request
EXAMPLES = 3
MOST_SMALL = 8  # sentences of a context that the embedded model is asked for: a second each
STYLES = ("as a clerk would note it", "as if told to a colleague", "soberly", "briefly", "as in a letter", "")
Said = tuple[str, dict[str, tuple[int, int]]]  # a sentence, and where each slot's value stands in it
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
    own = await reworded(draft, facts[:MOST_SMALL] if small else facts, ask, rng, attempts=attempts, small=small)
    kept = tuple(fact.id for fact in facts if fact.id not in own)
    return Retold(replace(draft, said={**draft.said, **own}), tuple(own), kept)


async def reworded(
    draft: Draft, facts: Sequence[Fact], ask: Any, rng: Random, *, attempts: int, small: bool
) -> dict[str, Said]:
    """By fact id the model's sentences that hold and are not the draft's own, with where their values stand."""
    size = 1 if small else TOGETHER
    own: dict[str, Said] = {}
    for start in range(0, len(facts), size):
        batch = facts[start : start + size]
        for fact, sentence in (await _worded(draft, batch, ask, rng, attempts, small)).items():
            spans = _spans(sentence, draft.world.by_id[fact])
            if spans is not None and sentence != draft.said[fact][0]:
                own[fact] = (sentence, spans)
    return own


async def _worded(
    draft: Draft, batch: Sequence[Fact], ask: Any, rng: Random, attempts: int, small: bool
) -> dict[str, str]:
    """By fact id the model's sentences that hold; those of the best attempt, where none holds for all."""
    style = "" if small else rng.choice(STYLES)
    found: dict[str, str] = {}
    given: list[str] = []

    async def write(feedback: str, last: Attempt | None) -> Attempt:
        # A small model takes feedback for matter; another attempt of its is shown other wordings.
        given[:], shown = _shown(draft, batch[0], rng) if small else ([draft.said[fact.id][0] for fact in batch], [])
        asked = _asked(given, style, "" if small else feedback)
        answer = await ask(
            [*asked[:-1], *shown, asked[-1]],
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
        if small and told == given:
            return {"own": failed("Say it in other words.")}
        good = [(fact, text) for fact, text in zip(batch, told, strict=True) if verdicts[fact.id].passed]
        if not small and good:
            verdicts |= await _reread(good, draft, ask)
        found.update({fact.id: text for fact, text in good if verdicts[fact.id].passed})
        return verdicts

    await refine(write, [true], attempts=attempts)
    return found


def _asked(sentences: Sequence[str], style: str, feedback: str) -> list[Message]:
    return _templates().messages("retell", sentences=sentences, style=style, feedback=feedback)


def _shown(draft: Draft, fact: Fact, rng: Random) -> tuple[list[str], list[Message]]:
    """A wording of the fact, and other facts of its type reworded from that very one into another that the document
    does not have: what a small model needs to see.
    """
    one, other = _pair(draft, fact, rng)
    if not one:
        return [draft.said[fact.id][0]], []
    alike = [like for like in draft.world.of(fact.type) if like.id != fact.id and set(like.values) >= set(fact.values)]
    shown: list[Message] = []
    for like in rng.sample(alike, min(EXAMPLES, len(alike))):
        first, second = (_filled(pattern, like, draft) for pattern in (one, other))
        shown += [_asked([first], "", "")[-1], {"role": "assistant", "content": second}]
    return [_filled(one, fact, draft)], shown


def _pair(draft: Draft, fact: Fact, rng: Random) -> tuple[str, str]:
    """Two patterns of the fact's type, the second with a sentence that is not near the document's; "", "" where there are none."""
    kind, stage = draft.world.kind, draft.world.stage
    given = {*fact.values, "org", "city"}
    patterns = [prose.expand(template, rng, kind.words) for template in for_split(kind.types[fact.type], stage.split)]
    usable = [pattern for pattern in dict.fromkeys(patterns) if set(fact.values) <= set(prose.slots(pattern)) <= given]
    said = draft.said[fact.id][0]
    fresh = [pattern for pattern in usable if closeness(_filled(pattern, fact, draft), [said]) < CLOSE]
    if len(usable) < 2 or not fresh:
        return "", ""
    other = rng.choice(fresh)
    return rng.choice([pattern for pattern in usable if pattern != other]), other


def _filled(pattern: str, fact: Fact, draft: Draft) -> str:
    stage = draft.world.stage
    filled = {slot: value.text for slot, value in fact.values.items()} | {"org": stage.org, "city": stage.city}
    return prose.render(pattern, filled)[0]


def holds(text: str, fact: Fact, draft: Draft, *, small: bool = False) -> Verdict:
    """Whether a sentence states the fact and brings nothing of its own. small: it must read as the fact by the templates, too."""
    program = draft.said[fact.id][0]
    if not 4 <= len(text.split()) <= 60 or not text.endswith(".") or text[:1] != text[:1].upper():
        return failed("Write one whole sentence that ends with a full stop.")
    if text.rstrip(".").count(". ") > program.rstrip(".").count(". ") or any(
        mark in text for mark in '{}[]<>*#|`"“”\n'
    ):
        return failed("Write one plain sentence only.")
    told = [value.text for value in fact.values.values()]
    missing = [value for value in told if not gives(text, value, (value,)) or _respelled(value, text)]
    if missing:
        return failed(f"It must say {missing[0]} exactly so.")
    sources = (program, *told)
    strange = [*foreign_numbers(text, sources), *foreign_names(text, sources)]
    if strange:
        return failed(f"Leave out {strange[0]}.")
    known = " ".join(wordings(fact, draft))
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


def _respelled(value: str, text: str) -> bool:
    """Whether a value stands in the text in other letters only: "The Back Office" for "the back office"."""
    kept = value in text or value[:1].upper() + value[1:] in text
    return not kept and value.casefold() in text.casefold()


def wordings(fact: Fact, draft: Draft) -> list[str]:
    """The program's own sentences for a fact, one a template."""
    kind, given = draft.world.kind, {*fact.values, "org", "city"}
    found = [draft.said[fact.id][0]]
    for template in for_split(kind.types[fact.type], draft.world.stage.split):
        pattern = prose.expand(template, Random(0), kind.words)
        if set(prose.slots(pattern)) <= given:
            found.append(_filled(pattern, fact, draft))
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
