"""`matched` and `assign`: as even as `balanced`, where values must fit slots; and what happens where they cannot."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longctx_synth.errors import SettingsError
from longctx_synth.strata import assign, balanced, matched

COLOURS = ("red", "green", "blue", "grey", "black", "white")


def anything(number: int, value: str) -> bool:
    return True


def by_parity(number: int, value: str) -> bool:
    """Three of the six fit even slots, three odd ones, one of them both."""
    return value == "grey" or (COLOURS.index(value) < 3) == (number % 2 == 0)


def test_where_everything_fits_it_is_balanced():
    assert [matched(n, 7, COLOURS, anything) for n in range(60)] == [balanced(n, 7, COLOURS) for n in range(60)]


def test_every_block_holds_each_value_once_and_every_slot_one_that_fits():
    values = [matched(n, 3, COLOURS, by_parity) for n in range(600)]
    assert all(by_parity(n, value) for n, value in enumerate(values))
    assert all(sorted(values[at : at + 6]) == sorted(COLOURS) for at in range(0, 600, 6))


def test_every_prefix_is_even_within_one():
    counts: Counter[str] = Counter(dict.fromkeys(COLOURS, 0))
    for n in range(300):
        counts[matched(n, 3, COLOURS, by_parity)] += 1
        assert max(counts.values()) - min(counts.values()) <= 1


def test_blocks_differ_from_each_other_and_from_seed_to_seed():
    blocks = {tuple(matched(n, 3, COLOURS, by_parity) for n in range(at, at + 6)) for at in range(0, 120, 6)}
    assert len(blocks) > 5
    assert {matched(0, seed, COLOURS, anything) for seed in range(60)} == set(COLOURS)


def test_slots_that_are_left_take_the_least_used_value_that_fits():
    def only_two(number: int, value: str) -> bool:
        return value in ("red", "green")

    for at in range(0, 60, 6):
        assert Counter(matched(n, 1, COLOURS, only_two) for n in range(at, at + 6)) == {"red": 3, "green": 3}


def test_a_slot_that_nothing_fits_is_an_error_with_its_number():
    with pytest.raises(SettingsError, match="slot 8"):
        matched(6, 1, COLOURS, lambda number, value: number != 8)


def test_a_slot_does_not_depend_on_what_was_asked_before():
    forwards = [matched(n, 11, COLOURS, by_parity) for n in range(40)]
    assert [matched(n, 11, COLOURS, by_parity) for n in reversed(range(40))] == forwards[::-1]


def test_it_is_the_same_in_every_process():
    program = (
        "from longctx_synth.strata import matched\n"
        "fits = lambda n, v: (n + v) % 3 > 0\n"
        "print([matched(n, 5, range(9), fits) for n in range(27)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed} | paths(),
        ).stdout
        for seed in ("0", "1")
    }
    assert len(runs) == 1


def paths() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path)}


def best(wishes: list[list[int]], room: list[int]) -> int:
    """The greatest number of items that can be placed, by trying everything."""
    choices = [[*own, None] for own in wishes]
    counts = (Counter(place for place in taken if place is not None) for taken in itertools.product(*choices))
    return max(counts_.total() for counts_ in counts if all(counts_[place] <= room[place] for place in counts_))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), unique=True, max_size=4), max_size=5),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_assign_places_as_many_as_can_be_placed(wishes: list[list[int]], room: list[int]):
    taken = assign(wishes, room)
    counts = Counter(place for place in taken if place is not None)
    assert all(place is None or place in wishes[item] for item, place in enumerate(taken))
    assert all(counts[place] <= room[place] for place in counts)
    assert counts.total() == best(wishes, room)


def test_assign_keeps_to_what_is_liked_best_where_nobody_else_wants_it():
    assert assign([[2, 0], [1, 2]], [1, 1, 1]) == [2, 1]
    assert assign([[0], [0, 1], [0]], [1, 1]) == [0, 1, None]
