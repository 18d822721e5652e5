"""Answers with human scores, as the rubric study reads them: BiGGen-Bench's layout, from a file or the Hub.

A row has an id, a capability, an input, a response and a human_score (1 to 5; empty: not scored, counted and left out); if
it has them, a system_prompt and a score_rubric: {"criteria", "score1_description" ... "score5_description"}, in text formats
the JSON of it. Rows of one id, input and rubric are answers to one instance, by different models. Files and the Hub are read
with `datasets`; whatever cannot be read as such a row is refused, with its place, before anything is paid.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.review.judge import LEVELS, Axis

AXIS = "quality"  # the one axis that a judge is asked for, whatever the rubric
NEEDED = ("id", "capability", "input", "response", "human_score")
OPTIONAL = ("system_prompt", "score_rubric")
HUMAN_SPLIT = "human_eval"  # of BiGGen-Bench-Results, whose other splits no person scored

_READERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".csv": ("csv", {"keep_default_na": False, "converters": dict.fromkeys((*NEEDED, *OPTIONAL), str)}),
    ".json": ("json", {}),
    ".jsonl": ("json", {}),
    ".parquet": ("parquet", {"batch_size": 64}),  # its own is a row group, and fails on an empty one
}
_HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")
_RUBRIC_HELP = '{"criteria": ..., "score1_description": ..., up to "score5_description": ...}'


@dataclass(frozen=True)
class Instance:
    """What was asked, and the rubric that the data give for it, if any. system: "" where there is no system prompt."""

    id: str
    capability: str
    system: str
    input: str
    given: Axis | None = None

    @property
    def request(self) -> str:
        """What a judge is shown as asked for."""
        return f"{self.system}\n\n{self.input}" if self.system else self.input

    @property
    def key(self) -> str:
        """What tells it from any other instance."""
        return repr((self.id, self.capability, self.system, self.input, self.given))


@dataclass(frozen=True)
class Scored:
    """One answer to an instance, and the human score of it, 1 to 5."""

    instance: Instance
    response: str
    human: float


@dataclass(frozen=True)
class Data:
    """The scored answers, in their order, and how many rows have no human score."""

    name: str
    rows: list[Scored]
    unscored: int

    @property
    def capabilities(self) -> list[str]:
        """In order of the alphabet."""
        return sorted({row.instance.capability for row in self.rows})


def read_data(name: str, *, split: str = "", capabilities: Sequence[str] = ()) -> Data:
    """The rows of a .jsonl, .json, .parquet or .csv file, or of a dataset on the Hub.

    split: of a Hub dataset; default `human_eval` where there is one, else its only one. capabilities: only rows of these.
    Raises SettingsError that says what is wrong, and in which row.
    """
    path = Path(name).expanduser()
    if path.suffix.lower() in _READERS or path.exists() or not _HUB_ID.fullmatch(name):
        if split:
            raise SettingsError(f"--split {split}: a file has no splits; leave it out, or name a dataset on the Hub.")
        rows = _file(name, path)
    else:
        rows = _hub(name, split)
    read = [_row(f"--data {name}, row {number}", row) for number, row in enumerate(_columns(name, rows), 1)]
    if not read:
        raise SettingsError(f"--data {name} holds no rows.")
    there = sorted({instance.capability for instance, _, _ in read})
    for capability in capabilities:
        if capability not in there:
            raise SettingsError(f"--capability {capability}: {name} has only {', '.join(there)}.")
    chosen = [each for each in read if not capabilities or each[0].capability in capabilities]
    scored = [Scored(instance, response, human) for instance, response, human in chosen if human is not None]
    if not scored:
        raise SettingsError(
            f"--data {name} has no human_score in any row, so there is nothing to hold a judge against."
        )
    return Data(name, scored, len(chosen) - len(scored))


def _file(name: str, path: Path) -> Iterator[dict[str, Any]]:
    import datasets

    kinds = ", ".join(_READERS)
    if not path.is_file():
        raise SettingsError(f"--data {name}: there is no such file; give a {kinds} file, or OWNER/NAME on the Hub.")
    if path.suffix.lower() not in _READERS:
        raise SettingsError(f"--data {name}: give a {kinds} file, or OWNER/NAME on the Hub.")
    if not path.read_bytes()[:4096].strip():
        raise SettingsError(f"--data {name} is empty.")
    kind, options = _READERS[path.suffix.lower()]
    files = [glob.escape(str(path.absolute()))]
    try:
        yield from datasets.load_dataset(kind, data_files=files, split="train", streaming=True, **options)
    except MemoryError:
        raise
    except Exception as error:  # pyarrow's, pandas' and fsspec's own errors
        raise SettingsError(f"--data {name} cannot be read as {path.suffix[1:]} ({_first_line(error)}).") from error


def _hub(name: str, split: str) -> Iterator[dict[str, Any]]:
    import datasets

    try:
        splits = datasets.load_dataset(name, streaming=True)
        there = sorted(splits)
        chosen = split or (HUMAN_SPLIT if HUMAN_SPLIT in there else there[0] if len(there) == 1 else "")
        if chosen not in there:
            asked = f"--split {split}" if split else f"--data {name}"
            raise SettingsError(f"{asked}: name one of the splits of {name}: {', '.join(there)}.")
        yield from splits[chosen]
    except (SettingsError, MemoryError):
        raise
    except Exception as error:
        raise SettingsError(
            f"--data {name}: there is no such file, and it cannot be read from the Hub ({_first_line(error)})."
        ) from error


def _first_line(error: Exception) -> str:
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):  # datasets wraps what happened
        error = error.__cause__
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _columns(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        missing = [column for column in NEEDED if column not in row]
        if missing:
            raise SettingsError(
                f"--data {name} has no column {', '.join(missing)}: a row needs {', '.join(NEEDED)}, and may have "
                f"{' and '.join(OPTIONAL)}."
            )
        yield row


# One row


def _row(where: str, row: dict[str, Any]) -> tuple[Instance, str, float | None]:
    id_, capability = _text(where, row, "id"), _text(where, row, "capability")
    system = _text(where, row, "system_prompt", empty=True).strip()
    asked = _text(where, row, "input")
    # An empty answer is an answer, which people scored too.
    response = _text(where, row, "response", empty=True)
    human = _score(where, row["human_score"])
    given = _rubric(where, row.get("score_rubric"))
    return Instance(id_, capability.strip(), system, asked, given), response, human


def _text(where: str, row: dict[str, Any], column: str, *, empty: bool = False) -> str:
    value = row.get(column)
    if column == "id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None and empty:
        return ""
    if not isinstance(value, str) or not (empty or value.strip()):
        found = f"is {type(value).__name__}, not text" if value and not isinstance(value, str) else "is empty"
        raise SettingsError(f"{where}: {column} {found}.")
    return value


def _score(where: str, value: Any) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        score = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        score = float("nan")
    if not LEVELS[0] <= score <= LEVELS[-1]:  # nan is not either
        raise SettingsError(f"{where}: human_score is {value!r}, and must be a number from 1 to 5, or empty.")
    return score


def _rubric(where: str, value: Any) -> Axis | None:
    """The rubric of a row as the judge's axis; None where it has none."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise SettingsError(f"{where}: score_rubric is not JSON; write {_RUBRIC_HELP}.") from None
    if not value:
        return None
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: score_rubric is {type(value).__name__}; write {_RUBRIC_HELP}.")
    if not any(value.values()):  # how parquet holds that there is none
        return None
    texts = []
    for name in ("criteria", *(f"score{level}_description" for level in LEVELS)):
        text = value.get(name)
        if not isinstance(text, str) or not text.strip():
            raise SettingsError(f"{where}: score_rubric has no {name}; write {_RUBRIC_HELP}.")
        texts.append(" ".join(text.split()))
    return Axis(AXIS, texts[0], dict(zip(LEVELS, texts[1:], strict=True)), threshold=float(LEVELS[-1]))
