"""The rows of a dataset that ask a question with a known answer, and the contexts in which it is asked.

A row says in its `scenario` what is asked (`asked`, the question's sentence alone), of which kind (`question`), in
which kind of `world`, of which `answer_type`, and how often a guess among the plausible candidates is right (`chance`).
Reading them takes no prompt; contexts are then read row by row, and never held.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.publish.reading import columns, shards, values
from longctx_synth.strata import stable_seed
from longctx_synth.studies.candidates import TYPES, key

NEEDED = ("world", "question", "asked", "answer_type", "chance")
COLUMNS = ("id", "prompt", "checks", "answer", "scenario", "documents", "evidence")
TALK = "conversation"  # what rows say of their context whose question ends a conversation
ASKING = "long_reasoning, document_grounded and multi_turn"  # the paradigms whose rows say all that

Span = tuple[int, int]


@dataclass
class Row:
    """A row without its prompt.

    gold: the keys that are right (`candidates.key`). group: the first of its documents, by which folds are cut. fold:
    set by who trains on it; -1 for a row that is only tried. bounds: where the documents stand in the last message, if
    the row says so. talk: the context is the conversation before the last message.
    """

    id: str
    split: str
    world: str
    kind: str
    asked: str
    type: str
    chance: float
    answer: str
    gold: frozenset[str]
    documents: frozenset[str]
    group: str
    bounds: Span | None = None
    talk: bool = False
    fold: int = -1


def files_by_split(folder: Path) -> dict[str, list[Path]]:
    """The shards by split. Raises SettingsError where they are none of ours."""
    found: dict[str, list[Path]] = defaultdict(list)
    for shard in shards(folder):
        there = columns(shard)
        missing = [name for name in COLUMNS if name not in there]
        if missing:
            raise SettingsError(
                f"data/{shard.name} has no column {', '.join(missing)}: attack reads the records of a dataset built by "
                "longctx-synth; give the folder of one."
            )
        found[shard.name.split("-")[0]].append(shard)
    return found


def read_rows(files: dict[str, list[Path]], n: int, seed: int) -> tuple[list[Row], list[Row]]:
    """Rows of each of these splits, and rows without a question or an answer: at most `n` a split of either, drawn by `seed`.
    Reads no prompt.

    Raises SettingsError where rows do not say what is asked, or say it wrongly.
    """
    kept: list[Row] = []
    unanswered: list[Row] = []
    for split, paths in files.items():
        found: dict[bool, list[Row]] = {True: [], False: []}
        for path in paths:
            for each in values(path, ["id", "answer", "checks", "scenario", "documents"]):
                row = _row(each, split, path)
                found[bool(row.answer)].append(row)
        kept += _drawn(found[True], n, stable_seed(seed, split))
        unanswered += _drawn(found[False], n, stable_seed(seed, split, "unanswered"))
    return kept, unanswered


def _drawn(rows: list[Row], n: int, seed: int) -> list[Row]:
    return [rows[place] for place in sorted(random.Random(seed).sample(range(len(rows)), n))] if len(rows) > n else rows


def _row(each: dict[str, Any], split: str, path: Path) -> Row:
    scenario = each["scenario"] or {}
    missing = [name for name in NEEDED if name not in scenario]
    if missing:
        raise SettingsError(
            f"The rows in data/{path.name} do not say {', '.join(missing)} in their scenario, so there is no chance to hold an "
            f"attacker to; attack works on paradigms that ask a question with one known answer ({ASKING})."
        )
    world, kind, asked, type_, chance = (scenario[name] or "" for name in NEEDED)
    documents = each["documents"] or [each["id"]]
    talk, bounds = scenario.get("context") == TALK, _bounds(scenario.get("context") or "")
    if not (kind and asked and type_ and chance and each["answer"]):
        # A row of another task: a summary, a question that the documents leave open. Its evidence is evidence all the same.
        nothing: frozenset[str] = frozenset()
        return Row(
            each["id"],
            split,
            world,
            kind,
            asked,
            "",
            0.0,
            "",
            nothing,
            frozenset(documents),
            documents[0],
            bounds,
            talk,
        )
    if type_ not in TYPES:
        raise SettingsError(f"Row {each['id']} has the answer type {type_!r}; attack knows {', '.join(TYPES)}.")
    try:
        rate = float(chance)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise SettingsError(f"Row {each['id']} gives its chance as {chance!r}; it must be a share from 0 to 1.")
    gold = frozenset(key(type_, form) for form in (each["answer"], *_forms(each["checks"])))
    return Row(
        each["id"],
        split,
        world,
        kind,
        asked,
        type_,
        rate,
        each["answer"],
        gold,
        frozenset(documents),
        documents[0],
        bounds,
        talk,
    )


def _bounds(text: str) -> Span | None:
    start, _, end = text.partition("-")
    return (int(start), int(end)) if start.isdigit() and end.isdigit() and int(start) < int(end) else None


def _forms(checks: str | None) -> list[str]:
    """What the row's own check of the whole answer takes in the answer's place."""
    try:
        specs = json.loads(checks or "[]")
        return [form for spec in specs if spec["check"] == "exact_answer" for form in spec["args"].get("forms", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def contexts(files: dict[str, list[Path]], rows: Iterable[Row]) -> Iterator[tuple[Row, str, list[Span]]]:
    """Each of these rows with its context and the spans of its evidence there, in the order of the files.

    The context is the documents where the row says where they stand (`context`, "start-end" in the last message), else
    all messages before the last where it says that it ends a conversation, else the messages that hold evidence, without
    the question: where it is asked there stand blank lines.
    """
    wanted = {(row.split, row.id): row for row in rows}
    for split, path in ((split, path) for split, paths in files.items() for path in paths):
        for each in values(path, ["id", "prompt", "evidence"]):
            row = wanted.get((split, each["id"]))
            if row is None:
                continue
            evidence, prompt = each["evidence"] or [], each["prompt"] or []
            if row.bounds is not None and prompt:
                first, last = row.bounds
                own = [(p["start"] - first, p["end"] - first) for p in evidence if p["message"] == len(prompt) - 1]
                yield row, (prompt[-1]["content"] or "")[first:last], own
                continue
            holding = list(range(len(prompt) - 1)) if row.talk else []
            holding = holding or sorted({piece["message"] for piece in evidence if piece["message"] < len(prompt)})
            holding = holding or [place for place, message in enumerate(prompt) if message["role"] != "system"]
            base, pieces, at = {}, [], 0
            for place in holding:
                text = prompt[place]["content"] or ""
                text = text.replace(row.asked, "\n" * len(row.asked)) if row.asked else text
                base[place] = at
                pieces.append(text)
                at += len(text) + 2
            spans = [
                (base[p["message"]] + p["start"], base[p["message"]] + p["end"])
                for p in evidence
                if p["message"] in base
            ]
            yield row, "\n\n".join(pieces).rstrip(), spans
