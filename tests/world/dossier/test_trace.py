"""A solution as text: the prescribed answer line, notes behind results, things counted by name."""

from __future__ import annotations

from random import Random

import pytest

from longctx_synth.world.dossier import trace
from longctx_synth.world.dossier.model import MOST_NAMED, Step, name, namely

STEPS = (
    Step(
        "the first day of the well survey",
        name("23 March 2017"),
        "9 March 2017 + 14 days; notice N-8582 was taken back",
    ),
    Step("those of them that count", name("2"), "5 - 3; namely IN-1 and IN-2"),
    Step("the people one level below Ada Brandt", name("1"), "namely Jon Falk"),
    Step("what is left on the water line", name("445")),
)


@pytest.mark.parametrize("form", trace.FORMS)
def test_every_form_ends_with_the_prescribed_line_and_puts_notes_behind_results(form: str) -> None:
    for seed in range(12):
        text = trace.write(form, STEPS, {}, "445", Random(seed))
        assert text.split("\n")[-2:] == ["", "Answer: 445"]
        assert "taken back = " not in text and "IN-2 = " not in text and "since namely" not in text
        assert "read off" not in text and "What about what" not in text


def test_a_count_names_what_it_counts_up_to_a_dozen() -> None:
    assert namely(["IN-1"]) == "namely IN-1"
    assert namely(["IN-1", "IN-2"], "5 - 3") == "5 - 3; namely IN-1 and IN-2"
    assert namely([], "5 - 5") == "5 - 5" and namely([]) == ""
    assert namely(map(str, range(MOST_NAMED + 1)), "13 - 0") == "13 - 0"
