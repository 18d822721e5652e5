"""Lossless repairs: what is mended, and that nothing is mended at the cost of another check."""

from __future__ import annotations

from typing import Any

import pytest

from longctx_synth import checks


def spec(check: str, **args: Any) -> dict[str, Any]:
    return {"check": check, "args": args}


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        (spec("all_capitals"), "It rained.", "IT RAINED."),
        (spec("all_lowercase"), "It Rained.", "it rained."),
        (spec("starts_with", phrase="Well:"), "It rained.", "Well: It rained."),
        (spec("ends_with", phrase="That is all."), "It rained.", "It rained.\n\nThat is all."),
        (spec("bullets", exactly=2, mark="-"), "* a\n* b", "- a\n- b"),
        (spec("bullets", exactly=2), "1. a\n2. b", "- a\n- b"),
        (spec("numbered_list", exactly=2), "- a\n- b", "1. a\n2. b"),
        (spec("word_count", at_most=4), "It rained today. It snowed later.", "It rained today."),
        (spec("sentence_count", at_most=1), "It rained. It snowed.", "It rained."),
        (spec("postscript", marker="P.S."), "Rain.\nP.P.S. Snow.", "Rain.\nP.S. Snow."),
        (spec("wrapped_in_quotes"), "Rain.", '"Rain."'),
        (spec("wrapped_in_tag", tag="a"), "Rain.", "<a>\nRain.\n</a>"),
        (spec("code_block"), "Rain.", "```\nRain.\n```"),
        (spec("title"), "# Rain\nIt rained.", "<<Rain>>\nIt rained."),
        (spec("markdown_title", at_most=3), "**Rain**\nIt rained.", "# Rain\nIt rained."),
        (spec("signed", label="Signed", name="Orla"), "Rain.", "Rain.\n\nSigned: Orla"),
        (spec("divided", mark="***", parts=2), "a\n---\nb", "a\n***\nb"),
        (spec("json_only"), 'Here it is: {"a": "b"} Bye.', '{"a": "b"}'),
        (spec("summary_line", label="Summary"), "Here is the answer:\nSummary: rain.", "Summary: rain."),
    ],
    ids=lambda value: value["check"] if isinstance(value, dict) else "",
)
def test_repaired(one: dict[str, Any], before: str, after: str) -> None:
    assert not checks.run(one, before).passed
    assert checks.repair([one], before) == (after, [one["check"]])


def test_a_repair_that_breaks_another_check_is_not_made() -> None:
    fact = spec("facts_mentioned", facts=[{"name": "snow", "forms": ["snowed"]}])
    text = "It rained today. It snowed later."
    assert checks.repair([spec("word_count", at_most=4), fact], text) == (text, [])


def test_several_repairs_add_up() -> None:
    specs = [spec("all_lowercase"), spec("ends_with", phrase="That is all.")]
    text, names = checks.repair(specs, "<think>hm</think>It rained.")
    assert checks.judge(specs, text).passed
    assert names == ["all_lowercase", "ends_with"]
    assert text == "it rained.\n\nthat is all."


def test_nothing_to_repair_leaves_the_response_as_it_is() -> None:
    assert checks.repair([spec("title")], " \n") == (" \n", [])
    response = "<think>x</think> <<Rain>> fell."
    assert checks.repair([spec("title")], response) == (response, [])
