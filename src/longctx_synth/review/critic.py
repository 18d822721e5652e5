"""A critic: one score of 1 to 5, with feedback, for one text under one question.

Mechanism. The critic is asked for `Feedback: … [RESULT] n`, the form that Prometheus-like critics are trained on (SPRI, arXiv
2502.03397, uses it). A reply in which no score can be read, or in which two scores contradict each other, is asked again
with what was wrong, as a JSON object under a schema, until `tries` are used up; after that the score is missing.

What always holds: a missing score is None; what is judged is marked off as material; no reply makes anything here raise.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longctx_synth.prompts import Templates
from longctx_synth.records import Message, content_hash
from longctx_synth.review.judge import FEEDBACK, LEVELS, Ask, Axis, Rubric, load_rubric

MAX_TOKENS = 300  # of a critique: two sentences and a score, with a little room for a critic that thinks first
TRIES = 3

_HERE = Path(__file__).parent
_RESULT = re.compile(r"\[\s*RESULT\s*\]\W{0,4}(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_FEEDBACK = re.compile(r"^\W*feedback\W*:\W*", re.IGNORECASE)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "feedback": {"type": "string", "maxLength": 160},
        "score": {"type": "integer", "enum": list(LEVELS)},
    },
    "required": ["feedback", "score"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Critique:
    """What a critic said of a text. score: 1 to 5, None where none can be read. calls: how often it was asked."""

    score: int | None
    feedback: str = ""
    calls: int = 1


@functools.cache
def criteria() -> Rubric:
    """Our criteria, an axis for each thing that is judged: principles, response, answer, rubric."""
    return load_rubric(_HERE / "critic.yaml")


def critic_hash() -> str:
    """A hash of all that a critic is told, for the run's fingerprint."""
    files = [_HERE / "critic.yaml", *sorted((_HERE / "prompts").glob("critic.*.j2"))]
    return content_hash("\n".join(file.read_text("utf-8") for file in files))


async def critique(
    ask: Ask,
    criterion: Axis,
    *,
    given: Mapping[str, str],
    text: str,
    tries: int = TRIES,
    temperature: float | None = 0.0,
    json_first: bool = False,
) -> Critique:
    """The critic's score of `text`. given: the material it was written for, by name, in the order of showing.

    tries: times that it is asked before the score is missing (at least 1). json_first: asks for the JSON object at once, for
    a model too small to keep to any other form. What the endpoint raises goes through.
    """
    first = _messages(criterion, given, text, json_first)
    asked, feedback, calls = first, "", 0
    schema = _SCHEMA if json_first else None
    for calls in range(1, max(tries, 1) + 1):
        said = await ask(asked, schema=schema, max_tokens=MAX_TOKENS, temperature=temperature)
        if getattr(said, "truncated", False):  # it did not see all of it, and would not the next time either
            break
        score, told, wrong = read(said.text)
        feedback = told or feedback
        if score is not None:
            return Critique(score, feedback, calls)
        asked = [
            *first,
            {"role": "assistant", "content": _sendable(said.text)[:2_000].strip() or "(nothing)"},
            {"role": "user", "content": _templates().render("critic.again.j2", wrong=wrong)},
        ]
        schema = _SCHEMA
    return Critique(None, feedback, calls)


def read(text: str) -> tuple[int | None, str, str]:
    """(score, feedback, what is wrong) of a critic's reply; the score is None where it has none, or two that differ."""
    text = text.rpartition("</think>")[2]
    found = _json(text)
    if found is not None:
        scores, told = [found.get("score")], str(found.get("feedback") or "")
    else:
        scores = [float(match[1]) for match in _RESULT.finditer(text)]
        told = _RESULT.split(text)[0]
        if not scores and not _FEEDBACK.match(told):  # talk that was not meant for the writer
            told = ""
    told = _one_line(_FEEDBACK.sub("", told.strip()))
    if not scores:
        return None, told, "there is no [RESULT] with a number"
    if len(set(scores)) > 1:
        return None, told, "it gives two different scores"
    score = scores[0]
    if isinstance(score, bool) or not isinstance(score, int | float) or score not in LEVELS:
        return None, told, "the score is not a whole number from 1 to 5"
    return int(score), told, ""


def _json(text: str) -> dict[str, Any] | None:
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "score" in value else None


def _messages(criterion: Axis, given: Mapping[str, str], text: str, as_json: bool) -> list[Message]:
    shown = [(name, _sendable(material).strip()) for name, material in given.items()]
    text = _sendable(text)
    # A mark is a hash of what it encloses, so no text can hold its own closing mark.
    marks = {name: content_hash(material) for name, material in [*shown, ("text", text)]}
    return _templates().messages("critic", given=shown, text=text, marks=marks, criterion=criterion, json=as_json)


@functools.cache
def _templates() -> Templates:
    return Templates(_HERE / "prompts")


def _sendable(text: str) -> str:
    """The text without lone surrogates, which no server can be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _one_line(text: str) -> str:
    line = " ".join(_sendable(text).split())
    return line if len(line) <= FEEDBACK else line[: FEEDBACK - 1].rstrip() + "…"
