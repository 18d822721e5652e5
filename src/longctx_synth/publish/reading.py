"""What lies in a dataset folder: its shards, in which order, and their rows, a small batch in memory at a time.

Files of before a measured column existed are read with null in its place, so old datasets stay datasets.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError, VerificationError
from longctx_synth.publish.parquet import CONVERSATIONS, KINDS
from longctx_synth.records import CHAT, MEASURED, SPLITS, VIEWS, Record, from_row

READ_ROWS = 16
SHARD = re.compile(rf"(?P<split>\w+)-(?P<kind>{'|'.join((*KINDS, CONVERSATIONS))})-\d{{5}}\.parquet")


def shards(folder: Path) -> list[Path]:
    """The parquet files of a dataset that hold its records, train first.

    Raises SettingsError for no folder, VerificationError for no file.
    """
    if not folder.is_dir():
        raise SettingsError(
            f"{str(folder)!r} is not a folder; give the folder of a dataset, with README.md and data/ in it."
        )
    found = [path for path in _files(folder) if not holds_conversations(path)]
    if not found:
        raise VerificationError(
            f"{str(folder)!r} holds no data/*.parquet, so it is not a dataset; build or download one there."
        )
    return found


def conversation_shards(folder: Path) -> list[Path]:
    """The files of a dataset's view `chat`, train first; none where the paradigm has no conversations."""
    return [path for path in _files(folder) if holds_conversations(path)]


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "data").glob("*.parquet"), key=_reading_order)


def holds_conversations(path: Path) -> bool:
    """Whether a file, by its name, is one of the view `chat` and holds no records."""
    match = SHARD.fullmatch(path.name)
    return match is not None and match["kind"] == CONVERSATIONS


def _reading_order(shard: Path) -> tuple[int, str]:
    # Train first: a row that two splits share is then reported where it does harm.
    split = shard.name.split("-")[0]
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), shard.name)


def columns(shard: Path) -> list[str]:
    """The names of a file's columns. Raises VerificationError where it is not parquet."""
    return [name for names in _open(shard, lambda file: iter([file.schema_arrow.names])) for name in names]


def values(shard: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a file in its order, those columns only. Raises VerificationError where it cannot be read."""

    def rows(file: Any) -> Iterator[dict[str, Any]]:
        for batch in file.iter_batches(batch_size=READ_ROWS, columns=list(names), use_threads=False):
            yield from batch.to_pylist()

    return _open(shard, rows)


def _open(shard: Path, look: Any) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(shard, memory_map=False) as file:
            yield from look(file)
    except (pa.ArrowException, OSError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise VerificationError(
            f"{shard.name} cannot be read as parquet ({first}); publish or download it again."
        ) from error


def records(shard: Path) -> Iterator[Record]:
    """The rows of a file as records. Raises VerificationError where it lacks a column or cannot be read."""
    there = columns(shard)
    missing = [name for name in VIEWS["records"] if name not in there and name not in MEASURED]
    if missing:
        raise VerificationError(
            f"{shard.name} lacks the columns {', '.join(missing)}, so its rows cannot be verified; publish it again."
        )
    # Only what a record has: a paradigm may carry columns beyond it.
    return map(from_row, values(shard, [name for name in VIEWS["records"] if name in there]))


def conversations(shard: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of the view `chat`. Raises VerificationError where it lacks a column or cannot be read."""
    missing = [name for name in CHAT if name not in columns(shard)]
    if missing:
        raise VerificationError(
            f"{shard.name} lacks the columns {', '.join(missing)}, so it holds no conversations; publish it again."
        )
    return values(shard, CHAT)


def in_slot_order(shards: Sequence[Path]) -> Iterator[tuple[Record, bool]]:
    """The rows of one split in the order of their ids, each with whether it lies in a flat shard.

    Shards of each kind are in slot order already, so this merges as many streams as there are kinds.
    """
    return heapq.merge(*(_series(shards, kind) for kind in KINDS), key=lambda entry: _slot(entry[0].id))


def _series(shards: Sequence[Path], kind: str) -> Iterator[tuple[Record, bool]]:
    for shard in shards:
        match = SHARD.fullmatch(shard.name)
        if match and match["kind"] == kind:
            for record in records(shard):
                yield record, kind.endswith("_flat")


def _slot(id_: str) -> list[Any]:
    """An id as a sorting key in which numbers compare as numbers: a split of a million rows outgrows the zeros."""
    parts = re.split(r"([0-9]+)", id_)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]
