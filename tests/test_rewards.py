"""The reward functions, called as TRL's GRPO trainer calls them: lists of columns, completions as texts or messages."""

from __future__ import annotations

import doctest
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longctx_synth import rewards
from longctx_synth.checks import BadCheck

CHECKS = json.dumps(
    [
        {"check": "bullets", "args": {"exactly": 2}},
        {"check": "facts_mentioned", "args": {"facts": [{"name": "the fee", "forms": ["EUR 40"]}]}},
    ]
)
PROMPT = [{"role": "user", "content": "The fee is EUR 40.\n\nList two points."}]
RIGHT = "- The fee is EUR 40.\n- It is due in May."


def message(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_texts_and_messages_earn_the_same() -> None:
    completions = [RIGHT, message(RIGHT), "- The fee is EUR 40.", "", message("<think>hm</think>" + RIGHT)]
    n = len(completions)
    scores = rewards.checks_passed([PROMPT] * n, completions, [CHECKS] * n, answer=[""] * n, trainer_state=None)
    assert scores == [1.0, 1.0, 0.75, 0.0, 1.0]
    assert rewards.all_checks_passed([PROMPT] * n, completions, [CHECKS] * n) == [1.0, 1.0, 0.0, 0.0, 1.0]


def test_the_last_assistant_message_counts() -> None:
    turns = [*message(RIGHT), {"role": "tool", "content": "x"}, *message("Done.")]
    assert rewards.all_checks_passed([PROMPT], [turns], [CHECKS]) == [0.0]


def test_rows_without_checks_do_not_apply() -> None:
    for empty in ("", "[]", []):
        assert rewards.checks_passed([PROMPT], [RIGHT], [empty]) == [None]
        assert rewards.all_checks_passed([PROMPT], [RIGHT], [empty]) == [None]


def test_a_broken_column_is_an_error_not_a_zero() -> None:
    with pytest.raises(BadCheck, match="not JSON"):
        rewards.checks_passed([PROMPT], [RIGHT], ["{"])


FACTS = [f"Berth {at} was leased for EUR {100 + 7 * at} a month." for at in range(1, 13)]
DOCUMENT = " ".join(FACTS)
NUMBERS = ", ".join(str(number) for at in range(1, 13) for number in (at, 100 + 7 * at))
WORKED = "Berth 3 costs 121 and berth 5 costs 135. Together that is 256; half of it is 128."
# Half of the rents of berths 3 and 5: the steps are what the solver computes, the spans where it reads.
ANSWER = {"check": "final_answer", "args": {"answer": "128", "forms": ["EUR 128"]}}
STEPS = {"check": "steps_shown", "args": {"steps": [["121"], ["135"], ["256"], ["128"]]}}
EVIDENCE = {
    "check": "evidence_cited",
    "args": {"spans": [[DOCUMENT.index(FACTS[at]), DOCUMENT.index(FACTS[at]) + len(FACTS[at])] for at in (2, 4)]},
}


def reward(name: str, completion: Any, *specs: dict[str, Any], prompt: str = DOCUMENT) -> float | None:
    messages = [{"role": "user", "content": prompt}]
    return getattr(rewards, name)([messages], [completion], [json.dumps(specs)], answer=["128"], trainer_state=None)[0]


def test_the_answer_alone() -> None:
    assert reward("answer_exact", f"{WORKED}\nAnswer: 128", ANSWER, STEPS, EVIDENCE) == 1
    for wrong in ("Answer: 129", "Answer: 128 or 129", WORKED, "", "Answer: 128</think>"):
        assert reward("answer_exact", wrong, ANSWER, STEPS, EVIDENCE) == 0
    field = {"check": "json_values", "args": {"values": [{"path": "half", "forms": ["128"]}]}}
    assert reward("answer_exact", '{"half": 128}', field) == 1
    assert reward("answer_exact", '{"half": 128, "or": 129}', field) == 0
    assert reward("answer_exact", "Answer: 128", ANSWER, {"check": "numeric_answer", "args": {"value": 129}}) == 0


def test_grounded() -> None:
    both = f'It says "{FACTS[2]}" and "{FACTS[4]}"'
    assert reward("grounded", f"{both}\nAnswer: 128", ANSWER, EVIDENCE) == 1
    assert reward("grounded", message(f"{both}\nAnswer: 128"), ANSWER, EVIDENCE) == 1
    assert reward("grounded", "Answer: 128", ANSWER, EVIDENCE) == 0.5
    assert reward("grounded", f"{both}\nAnswer: 129", ANSWER, EVIDENCE) == pytest.approx(0.1)
    one = f'It says "{FACTS[2]}"\nAnswer: 128'
    assert reward("grounded", one, ANSWER, EVIDENCE) == pytest.approx(0.5 + 0.5 * 5 * 0.5 / 4.5)
    # What a draft is accepted by does not blunt the reward.
    lax = {"check": "evidence_cited", "args": {**EVIDENCE["args"], "at_least": 0.5}}
    assert reward("grounded", one, ANSWER, lax) == reward("grounded", one, ANSWER, EVIDENCE)


def test_grounded_where_nothing_is_told() -> None:
    abstains = {"check": "abstains", "args": {}}
    assert reward("grounded", "The document does not say.", abstains) == 1
    assert reward("grounded", "It was berth 77.", abstains) == 0


def test_steps_are_paid_through_the_answer() -> None:
    assert reward("steps_in_order", f"{WORKED}\nAnswer: 128", ANSWER, STEPS) == 1
    assert reward("steps_in_order", "121 and 256.\nAnswer: 128", ANSWER, STEPS) == pytest.approx(0.5 + 0.5 * 3 / 4)
    assert reward("steps_in_order", "Answer: 128", ANSWER, STEPS) == pytest.approx(0.5 + 0.5 / 4)
    assert reward("steps_in_order", f"{WORKED}\nAnswer: 129", ANSWER, STEPS) == 0


def test_spam_does_not_pay() -> None:
    honest = reward("grounded", f'"{FACTS[2]}" "{FACTS[4]}"\nAnswer: 128', ANSWER, EVIDENCE) or 0
    everything = reward("grounded", f'"{DOCUMENT}"\nAnswer: 128', ANSWER, EVIDENCE)
    sentences = " ".join(f'"{fact}"' for fact in FACTS)
    assert everything == 0.5
    assert (reward("grounded", f"{sentences}\nAnswer: 128", ANSWER, EVIDENCE) or 0) < 0.8 * honest
    again = " ".join([f'"{FACTS[2]}"'] * 20)
    assert (reward("grounded", f"{again}\nAnswer: 128", ANSWER, EVIDENCE) or 0) < 0.65
    assert (reward("grounded", f"{sentences}\nAnswer: 1", ANSWER, EVIDENCE) or 0) < 0.06
    assert reward("steps_in_order", f"{NUMBERS}, 256, 128\nAnswer: 7", ANSWER, STEPS) == 0
    # The document's own numbers hold the inputs, not what is computed from them.
    assert (reward("steps_in_order", f"{NUMBERS}\nAnswer: 128", ANSWER, STEPS) or 0) < 1


def test_rows_without_the_checks_do_not_apply() -> None:
    fact = {"check": "facts_mentioned", "args": {"facts": [{"name": "half", "forms": ["128"]}]}}
    for name, without in {
        "answer_exact": [[], [STEPS], [EVIDENCE], [fact]],
        "grounded": [[], [ANSWER], [EVIDENCE], [fact, EVIDENCE], [ANSWER, STEPS]],
        "steps_in_order": [[], [ANSWER], [STEPS], [ANSWER, EVIDENCE]],
    }.items():
        for specs in without:
            assert reward(name, "Answer: 128", *specs) is None, (name, specs)
        assert getattr(rewards, name)([PROMPT], ["x"], [""]) == [None]
        with pytest.raises(BadCheck, match="not JSON"):
            getattr(rewards, name)([PROMPT], ["x"], ["{"])


PIECES = st.lists(
    st.one_of(
        st.sampled_from([f'"{fact}" ' for fact in FACTS] + ["121 ", "135 ", "256 ", WORKED, "\n"]), st.text(max_size=9)
    ),
    max_size=8,
).map("".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(one=PIECES, other=PIECES, wrong=st.sampled_from(["127", "128 or 129", "none", ""]))
def test_a_wrong_answer_never_earns_more_than_a_right_one(one: str, other: str, wrong: str) -> None:
    for name in ("grounded", "steps_in_order"):
        low = reward(name, f"{one}\nAnswer: {wrong}", ANSWER, STEPS, EVIDENCE)
        high = reward(name, f"{other}\nAnswer: 128", ANSWER, STEPS, EVIDENCE)
        assert low is not None and high is not None and 0 <= low <= 0.1 and 0.5 <= high <= 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=PIECES)
def test_rewards_stay_within_bounds(text: str) -> None:
    for name in ("checks_passed", "all_checks_passed", "answer_exact", "grounded", "steps_in_order"):
        earned = reward(name, text, ANSWER, STEPS, EVIDENCE)
        assert earned is not None and 0 <= earned <= 1


def test_worked_examples() -> None:
    assert doctest.testmod(rewards).failed == 0
