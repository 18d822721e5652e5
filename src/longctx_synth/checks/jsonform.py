"""Checks on answers that are JSON. A fenced block counts as its inside; nothing may stand around it.

A schema may not hold `pattern`, `patternProperties`, `format` or references: a regular expression from data could backtrack
without end, and a reference could reach outside. Word bounds of single fields stand beside the schema, since JSON Schema
counts characters only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed

_FORBIDDEN = ("pattern", "patternProperties", "format", "$ref", "$dynamicRef", "$recursiveRef", "$id", "uniqueItems")
CLAIMS = "json block wrap head tail paragraphs parts lines emphasis sentences brackets opener"


def _cut_json(response: str, *, prompt: str, **args: Any) -> str | None:
    """The one JSON object or list in a text that has words around it."""
    for opening, closing in (("{", "}"), ("[", "]")):
        start, end = response.find(opening), response.rfind(closing)
        if 0 <= start < end and isinstance(t.load_json(response[start : end + 1]), dict | list):
            return response[start : end + 1]
    return None


def _not_json(response: str) -> Verdict:
    try:
        json.loads(t.unfenced(response))
    except ValueError as error:
        return failed(f"The answer must be JSON and nothing else; it is not: {str(error)[:120]}.")
    except RecursionError:
        pass
    return failed("The answer must be JSON and nothing else.")


@check("constraint", ifeval=True, sampled=True, prior=0.01, claims=CLAIMS, repair=_cut_json)
def json_only(response: str, *, prompt: str) -> Verdict:
    """The whole response is one JSON object or list, fenced or not."""
    value = t.load_json(response)
    if not isinstance(value, dict | list):
        return _not_json(response)
    if t.is_wordless("".join(t.leaves(value))):
        return failed("The JSON holds no text.", 0.3)
    return PASSED


@check("constraint", args={"keys": a.texts}, sampled=True, prior=0.001, claims=CLAIMS, repair=_cut_json)
def json_keys(response: str, *, prompt: str, keys: Sequence[str]) -> Verdict:
    """The response is a JSON object whose keys are exactly these, in this order, none of them empty."""
    value = t.load_json(response)
    if not isinstance(value, dict):
        return _not_json(response) if value is t.NOT_JSON else failed("The answer must be a JSON object.", 0.1)
    given = list(value)
    missing = [key for key in keys if key not in value]
    if missing:
        return failed(f"The JSON object has no key {missing[0]!r}.", 0.2 + 0.5 * (1 - len(missing) / len(keys)))
    extra = [key for key in given if key not in keys]
    if extra:
        return failed(f"The JSON object has a key that was not asked for: {extra[0][:60]!r}.", 0.7)
    if given != list(keys):
        return failed(f"The keys must stand in this order: {', '.join(keys)}.", 0.8)
    empty = [key for key in keys if t.is_wordless("".join(t.leaves(value[key])))]
    return failed(f"The value of {empty[0]!r} is empty.", 0.8) if empty else PASSED


def _schema(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "a JSON Schema object"
    stack: list[Any] = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, Mapping):
            for key, inner in top.items():
                if key in _FORBIDDEN and not isinstance(inner, Mapping):
                    return f"a JSON Schema without {key!r}"
                if key == "patternProperties":
                    return f"a JSON Schema without {key!r}"
                stack.append(inner)
        elif isinstance(top, list):
            stack.extend(top)
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(value)
    except (jsonschema.SchemaError, RecursionError) as error:
        message = getattr(error, "message", "it is nested too deep")
        return f"a valid JSON Schema ({str(message)[:100]})"
    return None


def _field_words(value: Any) -> str | None:
    good = isinstance(value, Mapping) and value
    if good:
        for path, bounds in value.items():
            pair = (
                isinstance(bounds, list | tuple) and len(bounds) == 2 and all(a.integer(0)(n) is None for n in bounds)
            )
            good = good and isinstance(path, str) and pair and bounds[0] <= bounds[1]
    return None if good else 'an object such as {"summary": [50, 80]}'


def field(value: Any, path: str) -> Any:
    """The value under a dotted path ("report.summary"), or None."""
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


@check(
    "constraint",
    args={"schema": _schema, "words": _field_words},
    sampled=True,
    prior=0.001,
    claims=CLAIMS,
    repair=_cut_json,
)
def json_schema(
    response: str, *, prompt: str, schema: Mapping[str, Any], words: Mapping[str, Sequence[int]] | None = None
) -> Verdict:
    """The response is JSON that fits the schema, and the text of each field in `words` has so many words: {"summary": [50, 80]}."""
    value = t.load_json(response)
    if not isinstance(value, dict | list):
        return _not_json(response)
    import jsonschema

    wrong: list[str] = []
    try:
        for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
            where = ".".join(map(str, error.absolute_path)) or "the JSON"
            wrong.append(f"{where[:60]}: {error.message[:160]}")
            if len(wrong) == 8:
                break
    except RecursionError:
        return failed("The JSON is nested too deep.", 0.1)
    bounds = words or {}
    for path, (low, high) in bounds.items():
        inner = field(value, path)
        count = t.word_count(" ".join(t.leaves(inner))) if inner is not None else 0
        if not low <= count <= high:
            wrong.append(f"{path} has {a.plural(count, 'word')}, not {a.must(low, high)}")
    if not wrong:
        return failed("The JSON holds no text.", 0.3) if t.is_wordless("".join(t.leaves(value))) else PASSED
    parts = 1 + len(bounds) + len(schema.get("properties", ()) or ())
    return failed(f"The JSON is not as asked: {'; '.join(wrong[:3])}.", max(0.2, 1 - len(wrong) / parts))


@check("truth", args={"path": a.one_line, "forms": a.forms})
def json_field(response: str, *, prompt: str, path: str, forms: Sequence[str]) -> Verdict:
    """The response is JSON, and the field under the dotted path holds one of the forms."""
    value = t.load_json(response)
    if not isinstance(value, dict):
        return failed("The answer must be a JSON object.")
    inner = field(value, path)
    if inner is None:
        return failed(f"The JSON has no field {path!r}.", 0.2)
    hay = t.normal(" ".join(t.leaves(inner)))
    if any(t.mentions(hay, t.normal(form)) for form in forms):
        return PASSED
    return failed(f"The field {path!r} is not as the document says.", 0.3)
