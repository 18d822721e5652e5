"""What `parse` refuses, in one clear sentence each."""

from __future__ import annotations

import json

import pytest

from longctx_synth import checks
from longctx_synth.checks import BadCheck
from longctx_synth.errors import SettingsError

FACT = {"name": "fee", "forms": ["EUR 4"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "not JSON"),
        ("3", "not a list"),
        ('{"check": "title"}', "not a list"),
        ([3], "not of the form"),
        ([{"args": {}}], "not of the form"),
        ([{"check": "title", "arguments": {}}], "not of the form"),
        ([{"check": "no_such"}], "no check 'no_such'; the checks are"),
        ([{"check": ["title"]}], "no check"),
        ([{"check": "title", "args": 3}], "not an object"),
        ([{"check": "title", "args": {"size": 3}}], "no argument 'size'; it takes no arguments"),
        ([{"check": "starts_with"}], "needs the argument 'phrase'"),
        ([{"check": "starts_with", "args": {"phrase": " "}}], "phrase must be a text of one line"),
        ([{"check": "word_count"}], "give at_least, at_most or exactly"),
        ([{"check": "word_count", "args": {"at_least": 9, "at_most": 3}}], "at_least .9. is above at_most .3."),
        ([{"check": "word_count", "args": {"at_least": 9, "exactly": 3}}], "not both"),
        ([{"check": "word_count", "args": {"at_least": "9"}}], "a whole number from 0"),
        ([{"check": "word_count", "args": {"at_least": True}}], "a whole number"),
        ([{"check": "bullets", "args": {"exactly": 3, "mark": "x"}}], "one of '-'"),
        ([{"check": "facts_mentioned", "args": {"facts": []}}], "a list of"),
        ([{"check": "facts_mentioned", "args": {"facts": [{"name": "x"}]}}], "a list of"),
        ([{"check": "facts_mentioned", "args": {"facts": [{"name": "x", "forms": ["!"]}]}}], "a list of"),
        ([{"check": "facts_mentioned", "args": {"facts": [FACT], "at_least": 2}}], "more than the facts"),
        ([{"check": "choice", "args": {"options": ["a"]}}], "at least two options"),
        ([{"check": "choice", "args": {"options": ["a", "b"], "answer": "c"}}], "none of the options"),
        ([{"check": "numeric_answer", "args": {"value": float("inf")}}], "a number"),
        ([{"check": "language", "args": {"code": "xx"}}], "one of"),
        ([{"check": "json_schema", "args": {"schema": {"pattern": "(a+)+$"}}}], "without 'pattern'"),
        ([{"check": "json_schema", "args": {"schema": {"$ref": "http://x"}}}], "without '\\$ref'"),
        ([{"check": "json_schema", "args": {"schema": {"type": "text"}}}], "a valid JSON Schema"),
        ([{"check": "json_schema", "args": {"schema": {}, "words": {"a": [5, 3]}}}], "an object such as"),
        ([{"check": "wrapped_in_tag", "args": {"tag": "a b"}}], "a tag name"),
        ([{"check": "letter_frequency", "args": {"letter": "ab", "at_least": 1}}], "one letter"),
        ([{"check": "labelled_lines", "args": {"labels": []}}], "a list of words"),
    ],
)
def test_refused(given: object, said: str) -> None:
    with pytest.raises(BadCheck, match=said) as caught:
        checks.parse(given)  # type: ignore[arg-type]
    assert isinstance(caught.value, SettingsError)
    assert "\n" not in str(caught.value)


def test_json_and_lists_parse_alike_and_none_means_not_given() -> None:
    specs = [{"check": "word_count", "args": {"at_least": 3, "at_most": None}}, {"check": "title"}]
    parsed = [{"check": "word_count", "args": {"at_least": 3}}, {"check": "title", "args": {}}]
    assert checks.parse(specs) == checks.parse(json.dumps(specs)) == parsed
    assert checks.parse(parsed) == parsed


def test_the_registry_is_as_promised() -> None:
    entries = [checks.info(name) for name in checks.names()]
    assert len(entries) >= 40
    assert all(entry.doc for entry in entries)
    sampled = [entry for entry in entries if entry.sampled]
    assert all(entry.kind == "constraint" and entry.prior <= 0.5 for entry in sampled)
    assert len(sampled) >= 28
    assert sum(entry.held_out for entry in sampled) >= 10
    assert all(entry.sampled for entry in entries if entry.held_out)
    assert sum(entry.ifeval for entry in entries) >= 25
    assert {entry.kind for entry in entries} == {"constraint", "truth", "hygiene"}


def test_feedback_is_specific() -> None:
    spec = {"check": "word_count", "args": {"at_least": 40, "at_most": 80}}
    verdict = checks.run(spec, "word " * 34)
    assert verdict.feedback == "The answer has 34 words; it must have between 40 and 80."
    assert verdict.score == pytest.approx(34 / 40)
    spec = {"check": "bullets", "args": {"exactly": 1}}
    assert checks.run(spec, "- a\n- b").feedback == "The answer has 2 bullet points; it must have exactly 1."


def test_prompt_text_joins_messages() -> None:
    assert checks.prompt_text([{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]) == "a\n\nb"
    assert checks.prompt_text("a") == "a"
