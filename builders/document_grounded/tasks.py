"""Questions that can be asked of any kind of world, in the form of its own question kinds: what to gather, to extract, to compare.

Nothing is known here of a kind but its facts and the types of their slots. Names and codes say what a fact is about, figures
what it says of it. A fact is *overridden* where another supersedes or contradicts it. Parameters hold names and codes alone, so the same
question can be put to a twin; a solver gives None where the facts do not settle it, or would not settle it alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
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
MUST = (3, 4)  # things that a summary must hold
PAIRS = 14  # draws of a second question to compare with the first
WORDS = {"qty": "quantity", "code": "reference"}  # slots whose name is no word
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
    """By fact id, the facts that make it void, replace it or say otherwise."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in world.facts:
        for other in dict.fromkeys((*fact.supersedes, *fact.contradicts)):
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
    """The facts that name `subject` (and `other`, where given) and those that override them, in order of time.

    What has no date stands after what came before it in its group.
    """
    wanted, over = {subject, other} - {""}, overriders(world)
    found = {fact.id: fact for fact in world.facts if wanted <= set(labels(world, fact).values())}
    found |= {new.id: new for fact in list(found.values()) for new in over.get(fact.id, ())}
    times: dict[str, float] = {}
    for group in world.groups:
        last = 0.0
        for fact in group:
            last = times[fact.id] = _time(world, fact) or last
    return sorted((fact for fact in world.facts if fact.id in found), key=lambda fact: times[fact.id])


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


# A summary: some facts of an entity by what marks them, the rest may be left out.


def marks(world: World, params: Params) -> dict[str, Fact]:
    """Facts about the subject by a name or code that stands in no other of them, and none of which is overridden."""
    facts, over = about(world, params["subject"], params["other"]), overriders(world)
    seen: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        for text in dict.fromkeys(labels(world, fact).values()):
            seen[text].append(fact)
    found: dict[str, Fact] = {}
    for text, named in sorted(seen.items(), key=lambda pair: not any(map(str.isdigit, pair[0]))):  # codes mark best
        fact = named[0]
        if len(named) == 1 and fact.id not in over and not fact.supersedes and fact not in found.values():
            found[text] = fact
    return {text: fact for text, fact in found.items() if text not in (params["subject"], params["other"])}


def _choose_summary(world: World, rng: Random, hops: int) -> dict[str, Any] | None:
    options = _subjects(world, MUST[0], 3 * MOST)
    for params in rng.sample(options, min(len(options), 30)):
        marked = marks(world, params)
        if len(marked) >= MUST[0]:
            coded = [text for text in marked if any(map(str.isdigit, text))]
            pool = coded if len(coded) >= MUST[0] else list(marked)
            must = rng.sample(pool, min(len(pool), rng.choice(MUST)))
            if any(figures(world, marked[text]) for text in must):  # names alone could stand in a twin too
                return {**params, "must": must}
    return None


def _solve_summary(world: World, params: Params) -> Solved | None:
    marked = marks(world, params)
    facts = [marked[text] for text in params["must"] if text in marked]
    order = {fact.id: place for place, fact in enumerate(about(world, params["subject"], params["other"]))}
    return _told(sorted(facts, key=lambda fact: order[fact.id])) if len(facts) == len(params["must"]) else None


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
            if fewest <= len(facts) <= ENTRIES[1] and clear and plain and full and sound:
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
        if params["other"]:
            entry[params["other"]] = cancelled(world, fact, params["key"])
        found[key] = entry
    return found


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
            if (
                not shared
                or len(news) > 1
                or over.get(new.id)
                or fact_id not in new.supersedes
                or len(new.supersedes) > 1
            ):
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


def lacking(task_steps: tuple[Step, ...], missing: Fact, ask: str) -> str:
    """What cannot be found without a fact, in the words of the step that needs it; "" where they would tell what only that fact tells."""
    step = next((step for step in task_steps if missing.id in step.facts), task_steps[-1])
    told = [value.text for value in missing.values.values() if value.text not in ask]
    vague = {"this", "these", "those", "them", "it"} & set(step.what.split())  # of a step before, which is not told
    return "" if vague or any(text in step.what for text in told) else step.what
