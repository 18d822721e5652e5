"""Strata: what a slot's number fixes, balanced on every prefix, so that a run can grow and rejections never skew it.

Every function here is pure in (number, seed): slot 17 has the same length and the same choice whether 20 or 20,000 rows
are asked for, and after any number of rejected tries.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from longctx_synth.errors import SettingsError

T = TypeVar("T")

GOLDEN = (math.sqrt(5) - 1) / 2  # the additive recurrence with the most even prefixes (Weyl; Roberts 2018)


def stable_seed(*parts: object) -> int:
    """A 63-bit seed that depends on the parts alone, on no process and no hash randomisation."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def even(number: int, seed: int) -> float:
    """The number-th point in [0, 1) of an evenly spreading sequence."""
    offset = (seed % 1_000_003) / 1_000_003
    return (offset + (number + 1) * GOLDEN) % 1.0


def weighted(number: int, seed: int, shares: Sequence[tuple[T, float]]) -> T:
    """The value of a slot: each value's share of every prefix is as near to its weight as can be."""
    place, total = even(number, seed), sum(weight for _, weight in shares)
    for value, weight in shares:
        place -= weight / total
        if place < 0:
            return value
    return shares[-1][0]


def balanced(number: int, seed: int, values: Sequence[T]) -> T:
    """The value of a slot: every block of len(values) slots holds each value once, in a shuffled order."""
    block, place = divmod(number, len(values))
    order = list(range(len(values)))
    random.Random(stable_seed(seed, block)).shuffle(order)
    return values[order[place]]


def matched(number: int, seed: int, values: Sequence[T], fits: Callable[[int, T], bool]) -> T:
    """The value of a slot where not every value fits every slot: `balanced`, as far as the slots' needs allow it.

    fits(slot, value) must be pure, and the same function at every call: a block's matching is cached under it. Every block
    of len(values) slots holds each value once and gives every slot one that fits (a maximum bipartite matching). Where there
    is no such matching, the slots that are left take the value that fits and was used least in the block. A slot that
    nothing fits raises SettingsError.
    """
    values = tuple(values)
    block, place = divmod(number, len(values))
    return _block(block, seed, values, fits)[place]


@lru_cache(maxsize=256)
def _block(block: int, seed: int, values: tuple[T, ...], fits: Callable[[int, T], bool]) -> tuple[T, ...]:
    """The values of a block's slots."""
    size = len(values)
    order = list(values)
    random.Random(stable_seed(seed, block)).shuffle(order)
    filled = fill(range(block * size, (block + 1) * size), order, fits)
    for slot, found in filled.items():
        if not found:
            raise SettingsError(f"None of {size} values fits slot {slot}, such as {values[0]!r}.")
    return tuple(found[0] for found in filled.values())


def fill(slots: Sequence[int], values: Sequence[T], fits: Callable[[int, T], bool]) -> dict[int, tuple[T, ...]]:
    """Each slot's value, in a tuple that is empty where none fits: as many different ones as can be, best liked first.

    The slots that a maximum matching leaves over take the value that fits and was used least.
    """
    wishes = [[index for index, value in enumerate(values) if fits(slot, value)] for slot in slots]
    taken = assign(wishes, [1] * len(values))
    used = Counter(index for index in taken if index is not None)
    filled: dict[int, tuple[T, ...]] = {}
    for slot, index, own in zip(slots, taken, wishes, strict=True):
        if index is None and own:
            index = min(own, key=used.__getitem__)
            used[index] += 1
        filled[slot] = () if index is None else (values[index],)
    return filled


def assign(wishes: Sequence[Sequence[int]], room: Sequence[int]) -> list[int | None]:
    """Gives as many items as possible a place they wish for: a maximum matching, by augmenting paths.

    wishes[i]: the places that suit item i, best liked first; room[j]: how many items place j takes. Returns each item's place,
    None for those that are left over. Earlier items are never dropped for later ones.
    """
    held: list[list[int]] = [[] for _ in room]
    taken: list[int | None] = [None] * len(wishes)
    for start in range(len(wishes)):
        came: dict[int, int] = {}  # place -> the item that would move there
        queue = deque([start])
        free: int | None = None
        while queue and free is None:
            item = queue.popleft()
            for place in wishes[item]:
                if place in came:
                    continue
                came[place] = item
                if len(held[place]) < room[place]:
                    free = place
                    break
                queue.extend(held[place])
        while free is not None:
            item = came[free]
            before = taken[item]
            taken[item] = free
            held[free].append(item)
            if before is not None:
                held[before].remove(item)
            free = before
    return taken


@dataclass(frozen=True)
class LengthMix:
    """Prompt lengths in tokens: either weighted points, or log-uniform between two bounds."""

    points: tuple[tuple[int, float], ...] = ()
    low: int = 0
    high: int = 0

    @property
    def longest(self) -> int:
        """The greatest length that the mix can ask for."""
        return max((length for length, _ in self.points), default=self.high)

    @property
    def shortest(self) -> int:
        """The least length that the mix can ask for."""
        return min((length for length, _ in self.points), default=self.low)

    def target(self, number: int, seed: int) -> int:
        """The prompt length of slot `number`."""
        if not self.points:
            return round(self.low * (self.high / self.low) ** even(number, seed))
        return weighted(number, seed, self.points)


LEAST_TOKENS = 256


def parse_lengths(text: str) -> LengthMix:
    """Reads `16384`, `4096:0.5,16384:0.5` or `loguniform:512-16384`; raises SettingsError."""
    help_ = "write 16384, or 4096:0.5,16384:0.5, or loguniform:512-16384"
    try:
        if text.startswith("loguniform:"):
            low, high = (int(part) for part in text.removeprefix("loguniform:").split("-"))
            mix = LengthMix(low=low, high=high)
            if low > high:
                raise SettingsError(f"--tokens {text}: {low} is more than {high}; {help_}.")
        else:
            pairs = [part.partition(":") for part in text.split(",")]
            mix = LengthMix(tuple((int(length), float(weight or 1)) for length, _, weight in pairs))
            if any(not 0 < weight < math.inf for _, weight in mix.points):
                raise SettingsError(f"--tokens {text}: every weight must be a number above 0; {help_}.")
    except ValueError:
        raise SettingsError(f"--tokens {text}: not a length; {help_}.") from None
    if mix.shortest < LEAST_TOKENS:
        raise SettingsError(f"--tokens {text}: the shortest prompt that can hold a document has {LEAST_TOKENS} tokens.")
    return mix
