"""Contracts and amendments: read back from their text, solved a second time by other means, and attacked.

The second solver knows nothing of the kind's: it gets the finished text, cuts it where the dossier says that sentences
end, reads each with the templates, and replays every contract day by day from the strings.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from datetime import date, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longctx_synth.errors import Reject
from longctx_synth.tokens import load
from longctx_synth.world import prose
from longctx_synth.world.dossier import reading, writer
from longctx_synth.world.dossier.kinds import contract
from longctx_synth.world.dossier.model import World, for_split

KIND = contract.KIND
COUNT = load("approximate").count


def drafted(seed: str, split: str, tokens: int, **more) -> writer.Draft:
    return writer.draft("contract", seed, split, tokens=tokens, count=COUNT, **more)


def asked(world: World, seed: str):
    """A question of each kind and number of steps that this world has, with its solution."""
    for kind in KIND.questions:
        for hops in range(1, 9):
            if kind.wide and hops > 2:
                continue
            params = kind.choose(world, Random(f"{seed}:{hops}"), hops)
            if params is not None:
                solved = kind.solve(world, params)
                assert solved is not None, (kind.name, params)
                assert kind.wide or len(solved.steps) == hops, (kind.name, hops)
                yield kind, hops, params, solved


# A solver of another make.


def day(text: str) -> date:
    return datetime.strptime(text, "%d %B %Y" if text[0].isdigit() else "%B %d, %Y").date()


def figure(text: str) -> float:
    found = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))


class Cabinet:
    """All papers, as the text tells them."""

    def __init__(self, facts: list[tuple[str, dict[str, str]]]) -> None:
        self.papers: dict[str, dict[str, str]] = {}
        self.moves: dict[tuple[str, str], list[tuple[date, str, str, float]]] = defaultdict(list)
        self.start: dict[tuple[str, str], float] = {}
        self.void: set[str] = set()
        self.chain: dict[str, list[tuple[date, str]]] = defaultdict(list)
        self.behind: dict[str, tuple[str, str, date]] = {}
        self.passed: dict[tuple[str, str], tuple[str, date]] = {}
        for type_, slots in facts:
            if type_ == "contract":
                self.papers[slots["contract"]] = slots
                self.chain[slots["contract"]].append((day(slots["date"]), slots["supplier"]))
            elif type_ == "void":
                self.void.add(slots["amendment"])
            elif type_ == "passing":
                self.chain[slots["contract"]].append((day(slots["date"]), slots["target"]))
                self.passed[slots["source"], slots["target"]] = (slots["contract"], day(slots["date"]))
            else:
                kind, operation = type_.split("_")
                clause = (slots["contract"], f"{slots['term']} {kind}")
                if operation == "first":
                    self.start[clause] = figure(slots[kind])
                else:
                    self.moves[clause].append((day(slots["date"]), slots["amendment"], operation, figure(slots[kind])))
                    self.behind[slots["amendment"]] = (*clause, day(slots["date"]))

    def at(self, code: str, item: str, when: date = date.max) -> float:
        value = self.start[code, item]
        for on, amendment, operation, number in sorted(self.moves[code, item]):
            if on <= when and amendment not in self.void:
                value = number if operation == "set" else value + number * (1 if operation == "up" else -1)
        return round(value, 2)

    def holder(self, code: str, when: date) -> str:
        return max(link for link in self.chain[code] if link[0] <= when)[1]

    def job(self, params) -> str:
        return next(
            code
            for code, slots in self.papers.items()
            if (slots["job"], slots["site"]) == (params["job"], params["site"])
        )

    def site(self, site: str) -> list[str]:
        return [code for code, slots in self.papers.items() if slots["site"] == site]

    def answer(self, kind: str, params) -> object:
        if kind == "fee_at_end":
            return self.at(params["contract"], f"{params['term']} fee")
        if kind == "period_on_date":
            return self.at(params["contract"], f"{params['term']} period", day(params["date"]))
        if kind == "limit_of_job":
            return self.at(self.job(params), f"{params['term']} limit")
        if kind == "fee_at_passing":
            code, when = self.passed[params["source"], params["target"]]
            return self.at(code, f"{params['term']} fee", when)
        if kind == "period_of_amendment":
            return self.at(*self.behind[params["amendment"]][:2])
        if kind == "limit_change":
            early, late = (
                self.at(params["contract"], f"{params['term']} limit", day(params[key])) for key in ("date", "later")
            )
            return abs(early - late)
        if kind == "extreme":
            moves = [move for move in self.moves[params["contract"], params["item"]] if move[1] not in self.void]
            after = {move[1]: self.at(params["contract"], params["item"], move[0]) for move in moves}
            return (max if params["extreme"] in ("highest", "longest") else min)(after, key=lambda code: after[code])
        if kind == "supplier_at_amendment":
            code, _, when = self.behind[params["amendment"]]
            return self.holder(code, when)
        if kind == "supplier_on_date":
            return self.holder(self.job(params), day(params["date"]))
        if kind == "amendments_after":
            return sum(
                code not in self.void and item.endswith(f" {params['what'][:-1]}") and on > day(params["date"])
                for code, (_, item, on) in self.behind.items()
            )
        if kind == "clauses_moved":
            end, of = day(params["date"]), f" {params['what'][:-1]}"
            moved = [self.at(*clause, end) - start for clause, start in self.start.items() if clause[1].endswith(of)]
            return sum(change > 0 if params["way"] == "above" else change < 0 for change in moved)
        assert kind == "busiest_site"
        tally = Counter(
            slots["site"]
            for code, slots in self.papers.items()
            for on, _ in sorted(self.chain[code])[1:]
            if on.year == int(params["year"])
        )
        return tally.most_common(1)[0][0]


@pytest.mark.parametrize("split", ["train", "test"])
def test_second_solver_agrees(split: str) -> None:
    solved_of: Counter[str] = Counter()
    for number in range(21):
        tokens = (600, 800, 1000, 1400, 2500, 6000)[number % 6]
        draft = drafted(f"{split}{number}", split, tokens)
        told = writer.compose(draft, seed=f"s{number}", tokens=tokens, count=COUNT)
        cabinet = Cabinet(reading.parse("contract", [told.text[a:b] for a, b in told.sentences]))
        for kind, _, params, solved in asked(draft.world, f"s{number}"):
            answer, text = cabinet.answer(kind.name, params), solved.answer.text
            assert answer == (figure(text) if kind.answer_type in ("amount", "duration", "count") else text), (
                number,
                kind.name,
                params,
            )
            solved_of[kind.name] += 1
    assert set(solved_of) == {kind.name for kind in KIND.questions} and min(solved_of.values()) >= 8, solved_of


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.integers(450, 3000), st.sampled_from(["train", "validation", "test"]))
def test_consistent_whatever_the_seed(number: int, tokens: int, split: str) -> None:
    seed = f"h{number}"
    try:
        draft = drafted(seed, split, tokens)
    except Reject:
        return
    world = draft.world
    told = writer.compose(draft, seed=seed, tokens=tokens, count=COUNT)
    for fact in world.facts:
        start, end = told.spans[fact.id]
        readings = reading.parse_sentence("contract", told.text[start:end])
        assert len(readings) == 1, (told.text[start:end], readings)
        assert readings[0][0] == fact.type
        assert {k: v.lower() for k, v in readings[0][1].items()} == {k: v.text.lower() for k, v in fact.values.items()}
    spans = set(told.spans.values())
    assert not any(reading.parse_sentence("contract", told.text[a:b]) for a, b in told.sentences if (a, b) not in spans)

    signed = {fact.text("contract"): fact.day("date") for fact in world.of("contract")}
    amended = {
        fact.text("amendment"): fact for fact in world.facts if "amendment" in fact.values and fact.type != "void"
    }
    assert all(fact.day("date") > signed[fact.text("contract")] for fact in [*amended.values(), *world.of("passing")])
    assert all(fact.day("date") > amended[fact.text("amendment")].day("date") for fact in world.of("void"))
    days = Counter(
        (fact.text("contract"), fact.day("date")) for fact in [*amended.values(), *world.of("passing", "contract")]
    )
    assert max(days.values()) == 1
    for kind, _, params, solved in asked(world, seed):
        assert solved.steps[-1].value.text == solved.answer.text
        assert solved.answer.text in solved.candidates and len(solved.candidates) == len(set(solved.candidates)) >= 2
        assert len(set(solved.facts)) == len(solved.facts) and set(solved.facts) <= set(world.by_id)
        assert len({step.what for step in solved.steps}) == len(solved.steps)
        assert set(prose.slots(" ".join(kind.asks))) <= set(params)
        if solved.needed:
            assert solved.needed in solved.facts and kind.solve(world.without(solved.needed), params) is None
        if kind.wide:
            assert len(solved.facts) >= len(world.facts) / 5
        elif kind.answer_type in ("amount", "duration", "count") and not kind.indirect:
            # Whatever happened to other contracts does not matter.
            own = [[fact for fact in group if fact.id in solved.facts] for group in world.groups]
            alone = kind.solve(World(KIND, world.stage, own), params)
            assert alone is not None and alone.answer.text == solved.answer.text


def test_figures_stay_above_zero_whichever_amendments_count() -> None:
    for seed in range(12):
        world = drafted(f"z{seed}", "train", 6000).world
        least: dict[tuple[str, str, str], float] = {}
        for fact in world.facts:
            kind, _, operation = fact.type.partition("_")
            if operation in ("first", "set"):
                key = (kind, fact.text("contract"), fact.text("term"))
                least[key] = min(least.get(key, math.inf), fact.number(kind))
        for fact in world.facts:
            kind, _, operation = fact.type.partition("_")
            if operation == "down":
                least[kind, fact.text("contract"), fact.text("term")] -= fact.number(kind)
        assert min(least.values()) > 0


def test_twin_has_the_same_shape_and_other_answers() -> None:
    same = total = solvable = 0
    for number in range(14):
        draft = drafted(f"t{number}", "train", 3000)
        twin = drafted(f"t{number}", "train", 3000, twin=draft, values_seed="b")
        assert [(f.id, f.type) for f in draft.world.facts] == [(f.id, f.type) for f in twin.world.facts]
        for kind, _, params, solved in asked(draft.world, f"t{number}"):
            total += 1
            other = kind.solve(twin.world, params)
            solvable += other is not None
            same += other is not None and other.answer.text == solved.answer.text
    assert solvable > 0.75 * total and same < 0.3 * solvable, (same, solvable, total)


def test_every_number_of_steps_is_served() -> None:
    served: set[int] = set()
    for number in range(12):
        world = drafted(f"v{number}", "train", 4000).world
        served |= {hops for kind, hops, _, _ in asked(world, f"v{number}") if not kind.wide}
    assert served >= set(range(1, 9))
    short = {
        hops
        for n in range(20)
        for kind, hops, _, _ in asked(drafted(f"w{n}", "train", 512).world, f"w{n}")
        if not kind.wide
    }
    assert short >= {1, 2, 3}


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text.lower()))


def test_no_shortcut() -> None:
    """By question kind, neither the commonest answer nor a value of the sentence nearest to the question beats chance."""
    answers: dict[str, list[str]] = defaultdict(list)
    places: dict[str, list[bool]] = defaultdict(list)
    hits: dict[str, list[bool]] = defaultdict(list)
    chance: dict[str, list[float]] = defaultdict(list)
    for number in range(240):
        split, tokens = ("train", "test", "validation")[number % 3], (600, 900, 1500)[number // 3 % 3]
        draft = drafted(f"a{number}", split, tokens)
        told = [(fact, words(draft.said[fact.id][0])) for fact in draft.world.facts]
        seen = Counter(word for _, own in told for word in own)
        for kind in KIND.questions:
            rng = Random(f"a{number}{kind.name}")
            for hops in rng.sample(range(1, 7), 6):
                params = kind.choose(draft.world, rng, hops)
                if params is not None:
                    break
            else:
                continue
            solved = kind.solve(draft.world, params)
            assert solved is not None
            wording = rng.choice(for_split(kind.asks, split))
            ask = words(prose.render(wording, {key: str(value) for key, value in params.items()})[0])
            nearest = max(told, key=lambda pair: sum(math.log(1 + len(told) / seen[word]) for word in pair[1] & ask))[0]
            hits[kind.name].append(solved.answer.text in {value.text for value in nearest.values.values()})
            answers[kind.name].append(solved.answer.text)
            chance[kind.name].append(1 / len(solved.candidates))
            places[kind.name].append(solved.candidates[-1] == solved.answer.text)
    for kind in KIND.questions:
        name, count = kind.name, len(answers[kind.name])
        by_chance = sum(chance[name]) / count
        slack = 0.05 + 1.5 * math.sqrt(
            by_chance * (1 - by_chance) / count
        )  # of so many questions, chance alone gives that
        assert count >= 30, (name, count)
        assert Counter(answers[name]).most_common(1)[0][1] / count <= by_chance + slack, name
        assert sum(hits[name]) / count <= by_chance + slack, (name, sum(hits[name]) / count, by_chance)
        if kind.answer_type in ("name", "place", "code"):
            assert sum(places[name]) / count <= by_chance + slack, name
