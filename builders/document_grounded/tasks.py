"""Questions that can be asked of any kind of world, in the form of its own question kinds: what to gather, to extract, to compare.

Nothing is known here of a kind but its facts and the types of their slots. Names and codes say what a fact is about, figures
what it says of it. A fact is *overridden* where another supersedes it: it no longer holds. Parameters hold names and codes alone, so
the same question can be put to a twin; a solver gives None where the facts do not settle it, or would not settle it alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from random import Random
from typing import Any

from longctx_synth.world import prose
from longctx_synth.world.dossier.model import Fact, Params, QuestionKind, Solved, Step, World, for_split, name, number
from longctx_synth.world.values import Value

LABELS = ("code", "person", "place", "name")  # slot types that say what a fact is about; codes are the sharpest
FIGURES = ("count", "amount", "date", "duration", "percentage")
FEWEST, MOST = 3, 8  # facts of an entity that is written about
ENTRIES = (2, 6)  # entries that are extracted at once
SMALL = 16  # facts of a world below which one entry will do
MOST_EVIDENCE = 10  # facts that an answer may be asked to quote
MOST_COMPARED = (
    14  # the same of two answers; fewer would ask about what little is told of, so about the same types of facts
)
MUST = (2, 3)  # codes of which a summary must tell everything
MOST_MARKED = 4  # facts under such a code
PAIRS = 14  # draws of a second question to compare with the first
# What an account may say of what is void or replaced.
LAPSED = ("no longer holds", "no longer hold", "no longer valid", "no longer in force", "no longer applies", "does not hold", "superseded",
          "overridden", "set aside")  # fmt: skip
# What a figure means, by the end of a fact's type, where like entries mean unlike things; and what the property is called.
MEANINGS = {"up": "raised by", "down": "lowered by", "set": "set at", "receipt": "taken in", "issue": "given out"}
MEANING = "effect"
WORDS = {"qty": "quantity", "code": "reference", "ref": "report", "dept": "department"}  # slots whose name is no word
NUMERIC = {"count": "integer", "amount": "number", "percentage": "number"}


def word_of(slot: str) -> str:
    """A slot's name in running text."""
    return WORDS.get(slot, slot).replace("_", " ")


def labels(world: World, fact: Fact) -> dict[str, str]:
    """What a fact is about: its codes and names by slot, codes first."""
    slots = world.kind.slots
    found = [slot for slot in fact.values if slots.get(slot) in LABELS]
    return {slot: fact.text(slot) for slot in sorted(found, key=lambda slot: LABELS.index(slots[slot]))}


def figures(world: World, fact: Fact) -> dict[str, Value]:
    """What a fact says in figures, by slot."""
    return {slot: value for slot, value in fact.values.items() if world.kind.slots.get(slot) in FIGURES}


def overriders(world: World) -> dict[str, list[Fact]]:
    """By fact id, the facts that make it void or replace it."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in world.facts:
        for other in fact.supersedes:
            if other in world.by_id:
                found[other].append(fact)
    return dict(found)


def _naming(world: World) -> dict[str, list[Fact]]:
    """Facts by the names and codes in them."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in world.facts:
        for text in dict.fromkeys(labels(world, fact).values()):
            found[text].append(fact)
    return found


# Everything about an entity.


def about(world: World, subject: str, other: str = "") -> list[Fact]:
    """The facts that name `subject` (and `other`, where given) and those that override them, `in_order`."""
    wanted, over = {subject, other} - {""}, overriders(world)
    found = {fact.id: fact for fact in world.facts if wanted <= set(labels(world, fact).values())}
    found |= {new.id: new for fact in list(found.values()) for new in over.get(fact.id, ())}
    return in_order(world, found)


def in_order(world: World, ids: Collection[str]) -> list[Fact]:
    """These facts in order of time; what has no date stands after what came before it in its group."""
    times: dict[str, float] = {}
    for group in world.groups:
        last = 0.0
        for fact in group:
            last = times[fact.id] = _time(world, fact) or last
    return sorted((fact for fact in world.facts if fact.id in ids), key=lambda fact: times[fact.id])


def _time(world: World, fact: Fact) -> float:
    days = [fact.number(slot) for slot in fact.values if world.kind.slots.get(slot) == "date"]
    return min(days, default=0.0)


def _subjects(world: World, low: int, high: int, whole: bool = False) -> list[dict[str, str]]:
    """Entities with so many facts; pairs of them where no entity alone has. whole: only where these facts are all there is to tell."""
    naming = _naming(world)
    single = [{"subject": text, "other": ""} for text, facts in naming.items() if low <= len(facts) <= high]
    sound = [params for params in single if _fits(world, naming, params, low, high, whole)]
    if sound:
        return sound
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    for fact in world.facts:
        named = list(labels(world, fact).values())
        for index, first in enumerate(named):
            for second in named[index + 1 :]:
                pairs[first, second] += 1
    double = [{"subject": one, "other": two} for (one, two), many in pairs.items() if low <= many <= high]
    return [params for params in double if low <= len(about(world, **params)) <= high]


def _fits(
    world: World, naming: dict[str, list[Fact]], params: dict[str, str], low: int, high: int, whole: bool
) -> bool:  # fmt: skip
    facts = about(world, **params)
    if not low <= len(facts) <= high:
        return False
    slots = world.kind.slots
    codes = {text for fact in facts for slot, text in labels(world, fact).items() if slots[slot] == "code"}
    if not whole or params["subject"] in codes:
        return True
    # What is recorded under a code of one of these facts is about the entity too, though it does not name it.
    told = {fact.id for fact in facts}
    return all(fact.id in told for code in codes for fact in naming[code])


def _choose_subject(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = _subjects(world, FEWEST, MOST, whole=True)
    # Names alone could stand in a twin too, in other places.
    options = [params for params in options if any(figures(world, fact) for fact in about(world, **params))]
    return rng.choice(options) if options else None


def _solve_subject(world: World, params: Params) -> Solved | None:
    facts = about(world, params["subject"], params["other"])
    return _told(facts) if len(facts) >= 2 else None


def _told(facts: list[Fact]) -> Solved:
    """An answer that is a text: what all the facts say."""
    said = "\n".join(" | ".join(value.text for value in fact.values.values()) for fact in facts)
    return Solved(name(said), (), tuple(fact.id for fact in facts), (said,))


# A summary: all that is recorded under some codes that stand with an entity, the rest may be left out.


def marks(world: World, params: Params) -> dict[str, tuple[Fact, ...]]:
    """By each code that a fact about the subject names, all facts that name it and those that override them.

    Only codes with few facts: a summary must tell all of them.
    """
    naming, over = _naming(world), overriders(world)
    named = {params["subject"], params["other"]} - {""}
    found: dict[str, tuple[Fact, ...]] = {}
    for fact in naming[params["subject"]]:
        if not named <= set(labels(world, fact).values()):
            continue
        for slot, text in labels(world, fact).items():
            if world.kind.slots[slot] == "code" and text not in named:
                told = {one.id: one for one in naming[text]}
                told |= {new.id: new for one in naming[text] for new in over.get(one.id, ())}
                if len(told) <= MOST_MARKED:
                    found[text] = tuple(told.values())
    return found


def _choose_summary(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = _subjects(world, MUST[0], 3 * MOST)
    for params in rng.sample(options, min(len(options), 30)):
        marked = marks(world, params)
        if len(marked) < MUST[0]:
            continue
        must = rng.sample(sorted(marked), min(len(marked), rng.choice(MUST)))
        told = {fact.id: fact for text in must for fact in marked[text]}
        # Names alone could stand in a twin too.
        if len(told) <= MOST and any(figures(world, fact) for fact in told.values()):
            return {**params, "must": must}
    return None


def _solve_summary(world: World, params: Params) -> Solved | None:
    marked = marks(world, params)
    if not set(params["must"]) <= marked.keys():
        return None
    return _told(in_order(world, {fact.id for text in params["must"] for fact in marked[text]}))


# Extraction into a schema.


def entries(world: World, params: Params) -> dict[str, Fact]:
    """The facts that name the subject and have a `key` of their own, by it."""
    found: dict[str, Fact] = {}
    for fact in world.facts:
        if params["key"] in fact.values and params["subject"] in labels(world, fact).values():
            found.setdefault(fact.text(params["key"]), fact)
    return found


def cancelled(world: World, fact: Fact, key: str) -> bool:
    """Whether another fact about the same key makes this one void: it says so, and nothing in its place."""
    for new in overriders(world).get(fact.id, ()):
        own = set(new.values) - {slot for slot in new.values if world.kind.slots.get(slot) == "date"}
        if key in new.values and new.text(key) == fact.text(key) and own <= {key} and fact.id in new.supersedes:
            return True
    return False


def _choose_entries(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options, over = [], overriders(world)
    naming = _naming(world)
    fewest = ENTRIES[0] if len(world.facts) >= SMALL else 1
    keys = [slot for slot, type_ in world.kind.slots.items() if type_ == "code"] or [
        slot for slot, type_ in world.kind.slots.items() if type_ in LABELS
    ]
    for key in keys:
        named: dict[str, list[Fact]] = defaultdict(list)
        for fact in world.facts:
            for slot, text in labels(world, fact).items():
                if key in fact.values and slot != key:
                    named[text].append(fact)
        voids = any(cancelled(world, fact, key) for fact in world.facts if key in fact.values)
        for text, facts in named.items():
            texts = [fact.text(key) for fact in facts]
            plain = all(not set(text) & set(".[]\"'") for text in texts)
            full = all(len(fact.values) >= 3 and figures(world, fact) for fact in facts)
            sound = all(cancelled(world, fact, key) for fact in facts if fact.id in over)
            # No other fact with such a code may name the entity: which of them is meant, the request could not say.
            others = {fact.id for fact in naming[text] if _prefixes(world, fact) & {_prefix(text) for text in texts}}
            clear = others == {fact.id for fact in facts} and len(set(texts)) == len(texts)
            # Entries of one sort: the request names the beginning of their codes, and no property is some entries' alone.
            like = len({frozenset(fact.values) for fact in facts}) == len({_prefix(text) for text in texts}) == 1
            if fewest <= len(facts) <= ENTRIES[1] and clear and plain and full and sound and like:
                options.append({"subject": text, "key": key, "other": "cancelled" if voids else ""})
    return rng.choice(options) if options else None


def _prefix(text: str) -> str:
    return text.rpartition("-")[0]


def _prefixes(world: World, fact: Fact) -> set[str]:
    """The beginnings of the codes in a fact."""
    return {_prefix(text) for slot, text in labels(world, fact).items() if world.kind.slots[slot] == "code"}


def key_word(world: World, params: Params) -> str:
    """What the keys of an extraction are called, codes with their beginning: "voucher (V-…)"."""
    word, first = word_of(params["key"]), next(iter(entries(world, params)), "")
    return f"{word} ({_prefix(first)}-…)" if world.kind.slots[params["key"]] == "code" and _prefix(first) else word


def extracted(world: World, params: Params) -> dict[str, dict[str, Any]]:
    """The JSON that is asked for: by key, the other slots of each entry, numbers as numbers and dates as ISO dates."""
    found: dict[str, dict[str, Any]] = {}
    for key, fact in entries(world, params).items():
        entry = {
            word_of(slot).replace(" ", "_"): _json_value(value, world.kind.slots.get(slot, "name"))
            for slot, value in fact.values.items()
            if slot != params["key"]
        }
        if _meaning(fact):
            entry[MEANING] = _meaning(fact)
        if params["other"]:
            entry[params["other"]] = cancelled(world, fact, params["key"])
        found[key] = entry
    return found


def _meaning(fact: Fact) -> str:
    return MEANINGS.get(fact.type.rpartition("_")[2], "")


def _json_value(value: Value, type_: str) -> Any:
    if type_ == "date" and value.day:
        return value.day.isoformat()
    if type_ in NUMERIC:
        return int(value.rank) if value.rank == int(value.rank) else round(value.rank, 2)
    return value.text


def schema(world: World, params: Params) -> dict[str, Any]:
    """The JSON Schema of `extracted`. It says nothing of how many entries there are."""
    properties: dict[str, Any] = {}
    always: set[str] | None = None
    for fact in entries(world, params).values():
        slots = {slot for slot in fact.values if slot != params["key"]}
        always = slots if always is None else always & slots
        for slot in fact.values:
            if slot != params["key"]:
                properties[word_of(slot).replace(" ", "_")] = _property(world.kind.slots.get(slot, "name"))
    required = [prop for prop in properties if prop in {word_of(slot).replace(" ", "_") for slot in always or ()}]
    if any(map(_meaning, entries(world, params).values())):
        types = [type_.rpartition("_")[2] for type_ in world.kind.types]
        properties[MEANING] = {"enum": [said for end, said in MEANINGS.items() if end in types]}
        required.append(MEANING)
    if params["other"]:
        told = f"true where another passage says that this {word_of(params['key'])} is void, withdrawn or cancelled"
        properties[params["other"]] = {"type": "boolean", "description": told}
        required.append(params["other"])
    entry = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"type": "object", "additionalProperties": entry}


def _property(type_: str) -> dict[str, str]:
    if type_ == "date":
        return {"type": "string", "description": "YYYY-MM-DD"}
    if type_ in NUMERIC:
        plain = {"amount": "without currency", "percentage": "in per cent"}.get(type_)
        return {"type": NUMERIC[type_], **({"description": plain} if plain else {})}
    return {"type": "string", **({"description": "number and unit"} if type_ == "duration" else {})}


def json_forms(world: World, params: Params) -> list[dict[str, Any]]:
    """What `json_values` is to find, by path; of a text every form, of a number or date the one way to write it."""
    values = []
    facts = entries(world, params)
    for key, entry in extracted(world, params).items():
        by_name = {word_of(slot).replace(" ", "_"): value for slot, value in facts[key].values.items()}
        for field, given in entry.items():
            if isinstance(given, bool):
                forms = [str(given).lower()]
            elif field not in by_name:
                forms = [given]
            elif field == "term":  # "pallet" of a "pallet limit"
                forms = [*by_name[field].forms, f"{given} {facts[key].type.partition('_')[0]}"]
            elif isinstance(given, str) and by_name[field].day is None:
                forms = list(by_name[field].forms)
            else:
                forms = [str(given)]
            values.append({"path": f"{key}.{field}", "forms": forms})
    return values


def _solve_entries(world: World, params: Params) -> Solved | None:
    facts = entries(world, params)
    if not facts:
        return None
    ids = [fact.id for fact in facts.values()]
    if params["other"]:
        over = overriders(world)
        ids += [
            new.id for fact in facts.values() if cancelled(world, fact, params["key"]) for new in over.get(fact.id, ())
        ]
    said = json.dumps(extracted(world, params), ensure_ascii=False)
    return Solved(name(said), (), tuple(dict.fromkeys(ids)), (said,))


# Comparisons.


def _measurable(kind: QuestionKind) -> bool:
    return not kind.wide and kind.answer_type in ("count", "amount", "date", "duration")


def _choose_two(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    """The same question about two things, few steps each."""
    kinds = [kind for kind in world.kind.questions if _measurable(kind)]
    rng.shuffle(kinds)
    for kind in kinds:
        lines = for_split(kind.asks, world.stage.split)
        posed = [params for _ in range(PAIRS) if (params := kind.choose(world, rng, rng.choice((1, 2, 2, 3, 3, 4))))]
        for first, second in pairwise(posed):
            asked = [prose.render(line, {s: str(v) for s, v in p.items()})[0]
                     for line, p in zip((rng.choice(lines), rng.choice(lines)), (first, second), strict=True)]  # fmt: skip
            params = {"kind": kind.name, "one": first, "two": second, "first": asked[0], "second": asked[1]}
            if first != second and _two(world, params) is not None:
                return params
    return None


def _two(world: World, params: Params) -> tuple[Solved, Solved] | None:
    kind = world.kind.question(params["kind"])
    one, two = kind.solve(world, params["one"]), kind.solve(world, params["two"])
    if one is None or two is None or abs(one.answer.rank - two.answer.rank) < 2:
        return None
    if kind.answer_type == "duration" and one.answer.text.split()[-1] != two.answer.text.split()[-1]:
        return None
    if len({*one.facts, *two.facts}) > MOST_COMPARED:
        return None
    return one, two


def _results(params: Params, one: Solved, two: Solved) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The way to both results, each closed with the result under its number, and the facts of both."""
    steps = []
    for which, solved in (("first", one), ("second", two)):
        steps += [
            *solved.steps[:-1],
            Step(f"the {which} result", solved.answer, solved.steps[-1].how, solved.steps[-1].facts),
        ]
    return tuple(steps), tuple(dict.fromkeys((*one.facts, *two.facts)))


def _solve_difference(world: World, params: Params) -> Solved | None:
    found = _two(world, params)
    if found is None:
        return None
    one, two = found
    answer, how = _difference(world, world.kind.question(params["kind"]).answer_type, one.answer, two.answer)
    steps, facts = _results(params, one, two)
    steps = (*steps, Step("the difference", answer, how))
    return Solved(answer, steps, facts, (answer.text, one.answer.text, two.answer.text))


def _difference(world: World, type_: str, one: Value, two: Value) -> tuple[Value, str]:
    """The distance between two values of a type, and the calculation."""
    high, low = (one, two) if one.rank > two.rank else (two, one)
    gap = high.rank - low.rank
    stage = world.stage
    if type_ == "date":
        return _with_figure(stage.duration(round(gap), "days"), gap), f"from {low.text} to {high.text}"
    if type_ == "amount":
        return stage.amount(gap), f"{high.text} - {low.text}"
    if type_ == "duration":
        return _with_figure(stage.duration(round(gap), high.text.split()[-1]), gap), f"{high.text} - {low.text}"
    return number(round(gap), stage), f"{high.text} - {low.text}"


def _with_figure(value: Value, figure: float) -> Value:
    """A duration that is asked for in its unit: the figure alone will do."""
    return Value(value.text, (*value.forms, str(round(figure))), value.rank)


def _solve_greater(world: World, params: Params) -> Solved | None:
    found = _two(world, params)
    if found is None:
        return None
    one, two = found
    which = "the first" if one.answer.rank > two.answer.rank else "the second"
    short = which.removeprefix("the ")
    answer = Value(which, (which, short, f"{which} one", f"{which} result", f"{which} question"), 0.0)
    steps, facts = _results(params, one, two)
    word = "later" if world.kind.question(params["kind"]).answer_type == "date" else "greater"
    return Solved(answer, (*steps, Step(f"the {word} of the two", answer)), facts, ("the first", "the second"))


def _clashes(world: World) -> Iterator[tuple[Fact, Fact, list[str]]]:
    """(old, new, what both name) where one dated fact overrides another that no third comes near."""
    over = overriders(world)
    named = _naming(world)
    for fact_id, news in over.items():
        old = world.by_id[fact_id]
        for new in news:
            shared = [text for text in labels(world, old).values() if text in labels(world, new).values()]
            if not shared or len(news) > 1 or over.get(new.id) or len(new.supersedes) > 1:
                continue
            together = [fact for fact in named[shared[0]] if set(shared) <= set(labels(world, fact).values())]
            days = _days(world, old), _days(world, new)
            if {fact.id for fact in together} == {old.id, new.id} and all(len(found) == 1 for found in days):
                yield old, new, shared


def _days(world: World, fact: Fact) -> list[Value]:
    return [value for slot, value in fact.values.items() if world.kind.slots.get(slot) == "date"]


def _choose_clash(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = [{"subject": " and ".join(shared)} for _, _, shared in _clashes(world)]
    options = [params for params in options if _solve_clash(world, params)]
    return rng.choice(options) if options else None


def _solve_clash(world: World, params: Params) -> Solved | None:
    """The days between a passage and the one that overrides it: neither passage tells them, and both are needed."""
    gaps: dict[str, Solved] = {}
    for old, new, shared in _clashes(world):
        (before,), (after,) = _days(world, old), _days(world, new)
        gap = int(abs(after.rank - before.rank))
        if not 2 <= gap < 1000:
            continue
        answer, subject = world.stage.duration(gap, "days"), " and ".join(shared)
        steps = (
            Step(f"the date in the passage on {subject} that is overridden", before, "", (old.id,)),
            Step("the date in the passage that overrides it", after, "", (new.id,)),
            Step(
                "the time between the two",
                answer,
                f"from {min(before, after, key=_rank).text} to {max(before, after, key=_rank).text}",
            ),
        )
        gaps[subject] = Solved(answer, steps, (old.id, new.id), (), new.id)
    found = gaps.get(params["subject"])
    told = tuple(sorted({solved.answer.text for solved in gaps.values()}))
    return replace(found, candidates=told) if found else None


def _rank(value: Value) -> float:
    return value.rank


GATHER = QuestionKind("all_about", "", _choose_subject, _solve_subject, ())
SUMMARY = QuestionKind("summary", "", _choose_summary, _solve_summary, ())
EXTRACT = QuestionKind("extract", "", _choose_entries, _solve_entries, ())
DIFFERENCE = QuestionKind("difference", "count", _choose_two, _solve_difference, (), indirect=True)
GREATER = QuestionKind("greater", "choice", _choose_two, _solve_greater, (), indirect=True)
OVERRIDE = QuestionKind("override", "duration", _choose_clash, _solve_clash, (), indirect=True)


def answer_type(kind: QuestionKind, world: World, params: Params) -> str:
    """The type of an answer, which for a comparison is that of what is compared."""
    if kind.name == "difference":
        own = world.kind.question(params["kind"]).answer_type
        return "duration" if own == "date" else own
    return kind.answer_type


# The program's own sentences for an answer.


def restated(world: World, fact: Fact, said: str, rng: Random) -> list[str]:
    """The fact in the templates of its type, those first that are least like how the document has it; `said` where there are none."""
    filled = {slot: value.text for slot, value in fact.values.items()}
    filled |= {"org": world.stage.org, "city": world.stage.city}
    found = []
    for template in for_split(world.kind.types[fact.type], world.stage.split):
        if "$" in template or not set(prose.slots(template)) <= filled.keys():
            continue
        found.append(prose.render(prose.expand(template, rng, world.kind.words), filled)[0])
    found.sort(key=lambda text: SequenceMatcher(None, said, text, autojunk=False).ratio())
    return found or [said]
