"""Some rows of a folder: drawn by a seed or named by id, read without the others.

A folder is a dataset (its data/*.parquet), a folder of parquet files, or one whose run goes on (.run/parts/*.parquet: what is
accepted and not yet published). Files are only read, never cleaned up: another process may be writing beside them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from longctx_synth.errors import LongctxError, SettingsError, VerificationError
from longctx_synth.publish.reading import holds_conversations
from longctx_synth.records import SPLITS, Record, from_row

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PLACES = ("data", ".", ".run/parts")  # where rows may lie in a folder; the first that has some is read
NEEDED = ("id", "prompt", "completion")


def row_files(folder: Path) -> list[Path]:
    """The parquet files that hold the rows of a folder, train first; none where it holds no rows."""
    for place in PLACES:
        there = (folder / place).glob("*.parquet") if folder.is_dir() else ()
        found = sorted((path for path in there if not holds_conversations(path)), key=_reading_order)
        if found:
            return found
    return []


def sample(
    folder: Path, *, split: str | None = None, n: int = 3, seed: int = 0, ids: Sequence[str] = ()
) -> list[Record]:
    """`n` rows of a folder, each as likely as any other and the same for the same seed; or exactly those of `ids`, in that
    order. split: only rows of this one; None for all.

    Raises SettingsError where there is no such folder, split or id, VerificationError where a file cannot be read.
    """
    files = row_files(folder)
    if not files:
        raise SettingsError(
            f"{str(folder)!r} holds neither a builder.py nor rows (data/*.parquet): give a paradigm, or the folder of a "
            "builder or of a dataset."
        )
    if split is not None:
        of_split = [file for file in files if _split(file) == split]
        if not of_split:
            there = ", ".join(dict.fromkeys(map(_split, files)))
            raise SettingsError(f"--split {split}: {str(folder)!r} has no such rows, only {there}.")
        files = of_split
    if ids:
        return _named(folder, files, ids)
    counts = [_open(file).metadata.num_rows for file in files]
    drawn = sorted(random.Random(seed).sample(range(sum(counts)), min(n, sum(counts))))
    records, before = [], 0
    for file, count in zip(files, counts, strict=True):
        inside = [number - before for number in drawn if before <= number < before + count]
        records += list(_rows(file, inside).values())
        before += count
    return records


def _named(folder: Path, files: list[Path], ids: Sequence[str]) -> list[Record]:
    wanted: dict[Path, list[int]] = defaultdict(list)
    left, example = set(ids), ""
    for file in files:
        number = 0
        for batch in _open(file).iter_batches(batch_size=1024, columns=["id"]):
            for id_ in batch.column(0).to_pylist():
                example = example or str(id_)
                if id_ in left:
                    wanted[file].append(number)
                    left.discard(id_)
                number += 1
    if left:
        first = next(id_ for id_ in ids if id_ in left)
        raise SettingsError(f"--id {first}: {str(folder)!r} has no such row; its ids look like {example}.")
    found = {record.id: record for file, numbers in wanted.items() for record in _rows(file, numbers).values()}
    return [found[id_] for id_ in dict.fromkeys(ids)]


def _rows(file: Path, numbers: Sequence[int]) -> dict[int, Record]:
    """Rows of one file by number (ascending), reading only the row groups that hold them, a few rows in memory at a time."""
    wanted, found, first = set(numbers), {}, 0
    if not wanted:
        return {}
    parquet = _open(file)
    for group in range(parquet.num_row_groups):
        after = first + parquet.metadata.row_group(group).num_rows
        if any(first <= number < after for number in wanted):
            number = first
            for batch in parquet.iter_batches(batch_size=16, row_groups=[group]):
                for place in range(batch.num_rows):
                    if number + place in wanted:
                        found[number + place] = _record(file, batch.slice(place, 1).to_pylist()[0])
                number += batch.num_rows
        first = after
    return found


def _record(file: Path, values: dict) -> Record:
    # A file by another hand may hold nulls where a published row has an empty value.
    record = from_row({name: value for name, value in values.items() if value is not None})
    for name in ("prompt", "completion", "chosen", "rejected"):
        if not all(isinstance(message, dict) for message in getattr(record, name)):
            raise VerificationError(
                f"{file.name}: the column {name} is no list of messages ({{role, content}}); preview shows rows that "
                "longctx-synth made."
            )
    return record


def _open(file: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise VerificationError(f"{file} cannot be read as parquet ({first}); publish or download it again.") from None
    missing = [name for name in NEEDED if name not in parquet.schema_arrow.names]
    if missing:
        raise LongctxError(
            f"{file} lacks the columns {', '.join(missing)}: preview shows rows that longctx-synth made."
        )
    return parquet


def _split(file: Path) -> str:
    return file.name.split("-")[0].removesuffix(".parquet")


def _reading_order(file: Path) -> tuple[int, str]:
    split = _split(file)
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), file.name)
