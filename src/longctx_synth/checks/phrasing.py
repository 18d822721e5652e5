"""How a constraint is asked for: one instruction in natural English, from `phrasings.yaml`, by split.

Splits share no phrasing; a held-out check has phrasings for test only and is asked for in those whatever the split. Numbers come
with their noun in the right number, and a bound has several wordings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

from longctx_synth.checks import args as a
from longctx_synth.checks.registry import Spec, info
from longctx_synth.errors import SettingsError

_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@cache
def phrasings() -> dict[str, dict[str, Any]]:
    """check -> {"thing", "train", "validation", "test", "also"}, as in phrasings.yaml."""
    from importlib.resources import files

    import yaml

    text = files("longctx_synth.checks").joinpath("phrasings.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return loaded


def phrase(spec: Spec, rng: Random, split: str) -> str:
    """One instruction (at times of two sentences) that asks for what the constraint checks. Raises SettingsError where none is known."""
    name, args = spec["check"], spec.get("args") or {}
    entry = phrasings().get(name)
    if entry is None:
        raise SettingsError(f"The check {name!r} has no phrasings; only sampled constraints can be asked for.")
    if info(name).held_out:
        split = "test"
    values = _values(name, args, entry, rng)
    text = rng.choice(entry[split]).format_map(values)
    for argument, options in entry.get("also", {}).items():
        if args.get(argument) is not None:
            text += " " + rng.choice(options[split]).format_map(values)
    return text


def _values(name: str, args: Mapping[str, Any], entry: Mapping[str, Any], rng: Random) -> dict[str, str]:
    """What stands for the names in braces."""
    values = {key: value if isinstance(value, str) else str(value) for key, value in args.items()}
    if "thing" in entry:
        values["count"] = _count(args, entry["thing"], rng)
    if name == "keywords_present":
        words = args["words"]
        values["words"] = ("the word " if len(words) == 1 else "the words ") + _and([f"'{word}'" for word in words])
    elif name == "short_sentences":
        values["words"] = str(args["words"])
    elif name == "nth_paragraph_first_word":
        n = args["paragraph"]
        values["nth"] = _NTH[n - 1] if n <= len(_NTH) else f"{n}th"
    elif name == "sections":
        marker = args["marker"]
        values["example"] = f"{marker} Heading" if marker.startswith("#") else f"{marker} 1"
    elif name == "bullets" and "mark" in args:
        values["mark"] = f"'{args['mark']}'"
    elif name == "table":
        values["headers"] = _and(args.get("headers") or [])
    elif name == "json_keys":
        values["keys"] = _and([f'"{key}"' for key in args["keys"]])
    elif name == "json_schema":
        values["schema"] = json.dumps(args["schema"], ensure_ascii=False)
        fields = (args.get("words") or {}).items()
        values["field_words"] = _and([f'"{path}" must have {a.must(*bounds)} words' for path, bounds in fields])
    elif name == "labelled_lines":
        values["labels"] = _and([f"'{label}:'" for label in args["labels"]])
    elif name == "ordinal_openers":
        values["ordinals"] = _and([word.capitalize() for word in _NTH[: args["count"]]])
        values["paragraphs"] = f"{args['count']} paragraphs"
    return values


def _and(things: Sequence[str]) -> str:
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1] if things else ""


def _count(args: Mapping[str, Any], thing: str, rng: Random) -> str:
    """`exactly 4 bullet points`, `at least 1 sentence`, `between 3 and 5 items`, in one of several wordings."""
    low, high = a.limits(args)
    if high is None:
        things = a.plural(low, thing)
        if low == 1:
            return f"at least {things}"
        return rng.choice((f"at least {things}", f"no fewer than {things}"))
    things = a.plural(high, thing)
    if low == high:
        return f"exactly {things}"
    if low == 0:
        return rng.choice((f"at most {things}", f"no more than {things}"))
    return rng.choice((f"between {low:,} and {things}", f"{low:,} to {things}"))
