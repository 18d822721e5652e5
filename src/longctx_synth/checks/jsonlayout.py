"""How an answer that is JSON is put together: sentences dealt out to the fields of a schema, of given keys, or of a plain report.

Understood of a schema: object, array of strings, string (with words bounds), enum, const, boolean, integer, number, nested
objects. Others get the plainest value of their type; the checks then say whether that will do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longctx_synth.checks import text as t
from longctx_synth.checks.layout import Demands, Stock, groups_of


@dataclass(slots=True)
class _Place:
    """A field that takes sentences: a list (one an item) or a text."""

    holder: dict[str, Any]
    key: str
    is_list: bool
    low: int = 1
    high: int = 30
    words: tuple[int, int] | None = None
    sentences: list[str] = field(default_factory=list)


def json_text(demands: Demands, sentences: Sequence[str], due: int, stock: Stock, pool: Sequence[str]) -> str | None:
    """The JSON that holds the sentences; `pool` gives what fills fields with words bounds. None where they do not fit."""
    if "json_schema" in demands.args:
        args = demands.args["json_schema"]
        places: list[_Place] = []
        value = _skeleton(args["schema"], "", args.get("words") or {}, places, stock)
        if not isinstance(value, dict) or not (
            _deal(places, sentences, due, pool) or _deal(places, sentences, len(sentences), pool)
        ):
            return None
    elif "json_keys" in demands.args:
        keys = demands.args["json_keys"]["keys"]
        groups = groups_of(sentences, len(keys))
        if groups is None:
            return None
        value = {key: " ".join(group) for key, group in zip(keys, groups, strict=True)}
    else:
        if not sentences:
            return None
        value = {"title": stock.title, "points": list(sentences)}
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.lower() if "all_lowercase" in demands.args else text


def _skeleton(
    schema: Mapping[str, Any], path: str, words: Mapping[str, Any], places: list[_Place], stock: Stock
) -> Any:
    """The schema's value with its sentence fields still empty; those are noted in `places`."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        value: dict[str, Any] = {}
        for key, inner in schema.get("properties", {}).items():
            place = f"{path}.{key}" if path else key
            kind = inner.get("type") if isinstance(inner, Mapping) else None
            plain = isinstance(inner, Mapping) and not inner.get("enum") and "const" not in inner
            if kind == "array" and plain:
                low = max(inner.get("minItems", 1), 1)
                places.append(_Place(value, key, True, low, inner.get("maxItems", max(low, 30))))
                value[key] = []
            elif kind == "string" and plain:
                short = inner.get("maxLength", 10_000) < 80
                if short and place not in words:
                    value[key] = stock.title[: inner["maxLength"]]
                    continue
                bounds = words.get(place)
                places.append(_Place(value, key, False, words=tuple(bounds) if bounds else None))
                value[key] = ""
            else:
                value[key] = _skeleton(inner if isinstance(inner, Mapping) else {}, place, words, places, stock)
        return value
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return {"boolean": True, "null": None, "array": [], "string": stock.title}.get(kind)


def _deal(places: list[_Place], sentences: Sequence[str], due: int, pool: Sequence[str]) -> bool:
    """Deal the due sentences to the lists first, then to open texts; fields with words bounds take what fits from the rest."""
    rest = list(sentences)
    for place in places:
        place.sentences = []
    lists = [place for place in places if place.is_list]
    texts = [place for place in places if not place.is_list and place.words is None]
    bounded = [place for place in places if place.words is not None]
    for place in lists:
        later = sum(other.low for other in lists[lists.index(place) + 1 :]) + len(texts)
        take = max(place.low, min(place.high, len(rest) - later, max(0, due)))
        due -= take
        place.sentences, rest = rest[:take], rest[take:]
    fresh = [s for s in pool if s not in sentences]
    for place in lists:
        while len(place.sentences) < place.low and fresh:
            place.sentences.append(fresh.pop(0))
    groups = groups_of(rest, len(texts)) if texts and rest else None
    for at, place in enumerate(texts):
        place.sentences = groups[at] if groups else ([rest.pop(0)] if rest else [fresh.pop(0)] if fresh else [])
    if texts:
        rest = []
    for place in bounded:
        low, high = place.words or (0, 0)
        count = 0
        for source in (rest, fresh):
            at = 0
            while at < len(source) and (count < low or source is rest):
                size = t.word_count(source[at])
                if count + size <= high:
                    place.sentences.append(source.pop(at))
                    count += size
                else:
                    at += 1
        if not low <= count <= high:
            return False
    if rest:
        return False
    for place in places:
        if not place.sentences:
            return False
        place.holder[place.key] = list(place.sentences) if place.is_list else " ".join(place.sentences)
    return True
