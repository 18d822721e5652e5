"""Which entries of the database a slot takes: even over every prefix of a split's slots, and fitting together.

In this order, each a pure function of the slot's number: the kind of document and the time frame in turn (`strata.balanced`);
the scenario, so that every block of slots holds each industry once and each industry goes through its scenarios in turn, kinds
permitting; the place, countries in turn; the audience among those who may read of the scenario, formality and expertise among
the audience's; tone and guidance among those that fit what stands already (`strata.matched`). Where the data cannot give every
kind its turn, the kind gives way: scenarios stay even.
"""

from __future__ import annotations

import random
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from longctx_synth.errors import SettingsError
from longctx_synth.scenarios.situation import Audience, Guidance, Situation, Tone
from longctx_synth.strata import assign, balanced, fill, matched, stable_seed

if TYPE_CHECKING:
    from longctx_synth.scenarios.database import Database, Scenario
    from longctx_synth.scenarios.places import Place

# Times that each formality and each expertise stands in a block: few readers have all of them, so a block needs some room.
STYLED = 10
# Tries to give every kind its turn, a round of all scenarios: about 50 ms where none helps. A database of few industries with many
# scenarios each has many small blocks and wants more of them; where it is large, whether any order would do is not asked.
SWAPS, MOST_SWAPS, BOUNDED = 300, 10_000, 1_000


class Strata:
    """The slots of one split under one seed. kinds: those of the world's documents that may be chosen."""

    def __init__(self, database: Database, split: str, seed: int, kinds: tuple[str, ...]) -> None:
        if split not in database.splits:
            raise SettingsError(f"There is no split named {split!r}: use {', '.join(database.splits)}.")
        if not kinds or len(set(kinds)) < len(kinds):
            raise SettingsError(f"The kinds of documents to choose from are {list(kinds)}: give each once.")
        fitting = [scenario for scenario in database.splits[split] if set(kinds) & set(scenario.kinds)]
        if not fitting:
            raise SettingsError(
                f"{database.about}: of {len(database.scenarios)} scenarios none is left for the split '{split}' and documents of "
                f"the kinds {', '.join(kinds)}; splits share no scenario, so give more of them."
            )
        self.database = database
        self.seed = stable_seed(seed, split, "situation")
        self.kinds = kinds
        self._all = database.expertise
        # Industries, each with its scenarios; those that have none here are left out.
        self.lists: list[list[Scenario]] = [
            own for name in database.industries if (own := [entry for entry in fitting if entry.industry == name])
        ]
        self.blocks = max(map(len, self.lists))  # of a round: after it every scenario has had its turn
        # Asked once for every value that might fit a slot.
        self.formality, self.expertise = lru_cache(4096)(self._formality), lru_cache(4096)(self._expertise)
        self._round, self._tour = lru_cache(maxsize=8)(self._plan), lru_cache(maxsize=8)(self._plan_tour)

    def situation(self, number: int) -> Situation:
        """The situation of slot `number`."""
        database = self.database
        scenario, kind, turn = self.scenario(number)
        industry = database.industries[scenario.industry]
        place = self.place(number)
        country = database.countries[place.country]
        return Situation(
            id=scenario.id,
            industry=scenario.industry,
            situation=scenario.situation,
            role=scenario.role,
            stakes=scenario.stakes,
            document=self._document(scenario, kind, turn),
            kind=kind,
            place=place,
            country=country,
            organisations=industry.organisations,
            roles=industry.roles,
            regulator=f"the {country.demonym} {industry.regulator}",
            units=industry.units,
            nouns=industry.nouns(kind),
            mishaps=industry.nouns("mishaps"),
            audience=self.audience(number),
            tone=self.tone(number),
            formality=self.formality(number),
            expertise=self.expertise(number),
            time_frame=balanced(number, self._seed("time_frame"), database.time_frames),
            guidance=matched(number, self._seed("guidance"), database.guidance, self._fits_guidance),
        )

    def audience(self, number: int) -> Audience:
        """Who reads a slot's text."""
        return matched(number, self._seed("audience"), self.database.audiences, self._fits_audience)

    def tone(self, number: int) -> Tone:
        """The tone of a slot's text."""
        return matched(number, self._seed("tone"), self.database.tones, self._fits_tone)

    def _formality(self, number: int) -> str:
        return matched(number, self._seed("formality"), self.database.formality * STYLED, self._fits_formality)

    def _expertise(self, number: int) -> str:
        return matched(number, self._seed("expertise"), self.database.expertise * STYLED, self._fits_expertise)

    def scenario(self, number: int) -> tuple[Scenario, str, int]:
        """The scenario of a slot, the kind of its document, and how often the scenario had its turn before."""
        round_, place = divmod(number, self.blocks * len(self.lists))
        return self._round(round_)[place]

    def _document(self, scenario: Scenario, kind: str, turn: int) -> str:
        if len(scenario.documents) == len(scenario.kinds):
            return scenario.documents[scenario.kinds.index(kind)]
        return balanced(turn, self._seed("document", scenario.id), scenario.documents)

    # What fits what.

    def _fits_place(self, number: int, place: Place) -> bool:
        return place in self._places[self.scenario(number)[0].id]

    def _fits_tone(self, number: int, tone: Tone) -> bool:
        return self.formality(number) in tone.formality and self.expertise(number) in (tone.expertise or self._all)

    def _fits_guidance(self, number: int, guidance: Guidance) -> bool:
        return (
            self.formality(number) in guidance.formality
            and self.expertise(number) in (guidance.expertise or self._all)
            and (not guidance.readers or self.audience(number).side in guidance.readers)
            and (not guidance.avoids or self.tone(number).name not in guidance.avoids)
        )

    def _fits_audience(self, number: int, audience: Audience) -> bool:
        scenario = self.scenario(number)[0]
        reads = not scenario.readers or audience.name in scenario.readers
        return reads and bare(audience.name) != bare(scenario.role)

    def _fits_formality(self, number: int, formality: str) -> bool:
        return formality in self.audience(number).formality

    def _fits_expertise(self, number: int, expertise: str) -> bool:
        return expertise in self.audience(number).expertise

    @cached_property
    def _places(self) -> dict[str, frozenset[Place]]:
        return {own.id: frozenset(self.database.places_for(own)) for owns in self.lists for own in owns}

    # Places.

    def place(self, number: int) -> Place:
        """The place of a slot: every country in turn, each with its places in turn, as far as they have what is needed."""
        return self._tour(number // len(self.database.places))[number]

    def _plan_tour(self, tour: int) -> dict[int, Place]:
        """The slots of a tour, in which every place comes once: in its n-th stage come all countries that have n places."""
        rng = random.Random(self._seed("tour", tour))
        towns: dict[str, list[Place]] = {}
        for place in rng.sample(self.database.places, len(self.database.places)):
            towns.setdefault(place.country, []).append(place)
        planned: dict[int, Place] = {}
        start = tour * len(self.database.places)
        for stage in range(max(map(len, towns.values()))):
            stops = [own[stage] for own in towns.values() if len(own) > stage]
            rng.shuffle(stops)
            for slot, found in fill(range(start, start + len(stops)), stops, self._fits_place).items():
                planned[slot] = found[0] if found else self._anywhere(slot)
            start += len(stops)
        return planned

    def _anywhere(self, number: int) -> Place:
        return balanced(number, self._seed("anywhere"), self.database.places_for(self.scenario(number)[0]))

    # Industries, scenarios and kinds.

    def _seed(self, *parts: object) -> int:
        return stable_seed(self.seed, *parts)

    def _plan(self, round_: int) -> list[tuple[Scenario, str, int]]:
        """A round: `blocks` blocks of slots, each with every industry once."""
        size = len(self.lists)
        start = round_ * self.blocks * size
        wanted = [
            [self._kind(slot) for slot in range(start + block * size, start + (block + 1) * size)]
            for block in range(self.blocks)
        ]
        turns = [[round_ * self.blocks + block for block in range(self.blocks)] for _ in self.lists]
        order = [
            [balanced(turn, self._seed("scenario", own[0].industry), own) for turn in turns[index]]
            for index, own in enumerate(self.lists)
        ]
        taken = self._even_kinds(order, wanted, random.Random(self._seed("swaps", round_)), round_)
        planned: list[tuple[Scenario, str, int]] = []
        used: Counter[int] = Counter()
        for block, kinds in enumerate(wanted):
            rng = random.Random(self._seed("block", round_, block))
            planned += self._seat(
                [own[block] for own in order], taken[block], kinds, round_ * self.blocks + block, used, rng
            )
        return planned

    def _kind(self, slot: int) -> int:
        return balanced(slot, self._seed("kind"), range(len(self.kinds)))

    def _wishes(self, scenario: Scenario) -> list[int]:
        return [index for index, kind in enumerate(self.kinds) if kind in scenario.kinds]

    def _even_kinds(
        self, order: list[list[Scenario]], wanted: list[list[int]], rng: random.Random, round_: int
    ) -> list[list[int | None]]:
        """The kind of each industry's scenario in each block, None where it finds no slot that fits.

        Reorders each industry's scenarios in `order` where that lets more of them find one.
        """
        rooms = [[kinds.count(kind) for kind in range(len(self.kinds))] for kinds in wanted]
        wishes = {own.id: self._wishes(own) for owns in order for own in owns}

        def seat(block: int) -> list[int | None]:
            return assign([wishes[own[block].id] for own in order], rooms[block])

        taken = [seat(block) for block in range(self.blocks)]
        least = 0  # scenarios that find no slot in whatever order
        if self.blocks * len(order) <= BOUNDED:
            items = [wishes[own[block].id] for block in range(self.blocks) for own in order]
            least = assign(items, [sum(room) for room in zip(*rooms, strict=True)]).count(None)
        missing = {block: seats.count(None) for block, seats in enumerate(taken) if None in seats}
        first = round_ * self.blocks
        for _ in range(min(MOST_SWAPS, SWAPS * max(1, self.blocks // len(order)))):
            if sum(missing.values()) <= least:
                break
            one, other, industry = rng.choice(list(missing)), rng.randrange(self.blocks), rng.randrange(len(order))
            cycle = len(self.lists[industry])
            if one == other or (first + one) // cycle != (first + other) // cycle:
                continue  # a swap over the end of a cycle would let one scenario come twice before another
            own = order[industry]
            own[one], own[other] = own[other], own[one]
            tried = {one: seat(one), other: seat(other)}
            if sum(seats.count(None) for seats in tried.values()) > missing[one] + missing.get(other, 0):
                own[one], own[other] = own[other], own[one]
                continue
            for block, seats in tried.items():
                taken[block] = seats
                missing.pop(block, None)
                if None in seats:
                    missing[block] = seats.count(None)
        return taken

    def _seat(
        self,
        scenarios: list[Scenario],
        taken: list[int | None],
        wanted: list[int],
        visit: int,
        used: Counter[int],
        rng: random.Random,
    ) -> list[tuple[Scenario, str, int]]:
        """The block's slots in order: who found a kind takes a slot of it, by lot; the others take the slots that are left.

        The others' kinds are those that the round had least of; used: how often it had each, counted on here.
        """
        queue: dict[int | None, list[int]] = {}
        for industry in rng.sample(range(len(scenarios)), len(scenarios)):
            queue.setdefault(taken[industry], []).append(industry)
        seats: list[tuple[Scenario, str, int]] = []
        for kind in wanted:
            chosen = kind
            if queue.get(kind):
                industry = queue[kind].pop()
            else:
                industry = queue[None].pop()
                chosen = min(self._wishes(scenarios[industry]), key=used.__getitem__)
            used[chosen] += 1
            seats.append((scenarios[industry], self.kinds[chosen], visit // len(self.lists[industry])))
        return seats


def bare(name: str) -> str:
    """A name as it compares: without article and case."""
    words = name.casefold().split()
    return " ".join(words[1:] if words[:1] in (["the"], ["a"], ["an"], ["our"], ["your"]) else words)
