"""How each kind of server wants the parts of a request that they disagree about: one table, no other place.

All kinds speak the Messages API (`/v1/chat/completions`). They differ in how a JSON Schema is asked for, in the name
of the answer's token limit, and in where they tell how many tokens a text has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]


def _tgi(schema: Schema) -> dict[str, Any]:
    return {"type": "json", "value": schema}


def _openai(schema: Schema) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def _vllm(schema: Schema) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _llamacpp(schema: Schema) -> dict[str, Any]:
    return {"type": "json_object", "schema": schema}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular to a kind of server.

    response_format: a JSON Schema -> the request's `response_format`.
    names: what the kind can do, for `longctx-synth endpoint`.
    tokenize: path of its own tokenizer, "" where it has none; count_request: model, text -> its request;
    count_reply: its reply -> the number of tokens.
    """

    response_format: Callable[[Schema], dict[str, Any]]
    names: tuple[str, ...]
    tokenize: str = ""
    count_request: Callable[[str, str], dict[str, Any]] = lambda model, text: {"model": model, "prompt": text}
    count_reply: Callable[[Any], int] = lambda reply: int(reply["count"])


DIALECTS: dict[str, Dialect] = {
    "tgi": Dialect(
        _tgi,
        ("messages", "json_schema", "generate"),
        tokenize="/tokenize",
        count_request=lambda model, text: {"inputs": text},
        count_reply=len,
    ),
    "vllm": Dialect(_vllm, ("messages", "json_schema"), tokenize="/tokenize"),
    "sglang": Dialect(_vllm, ("messages", "json_schema")),
    "llamacpp": Dialect(
        _llamacpp,
        ("messages", "json_schema"),
        tokenize="/tokenize",
        count_request=lambda model, text: {"content": text},
        count_reply=lambda reply: len(reply["tokens"]),
    ),
    "openai": Dialect(_openai, ("messages", "json_schema")),
    "embedded": Dialect(
        _llamacpp,
        ("messages", "json_schema"),
        tokenize="/extras/tokenize/count",
        count_request=lambda model, text: {"model": model, "input": text},
    ),
}


def limit_name(kind: str, url: str) -> str:
    """What the answer's token limit is called: OpenAI's own newer models refuse the name that all others know."""
    return "max_completion_tokens" if kind == "openai" and "://api.openai.com" in url else "max_tokens"
