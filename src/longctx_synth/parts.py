"""Accepted records on disk, before they are published: zstd parquet parts, a contiguous prefix of slots a split.

A part is written whole under a temporary name and renamed, so it is there or not there; a name says which cases it holds
(`train-00000000-00000063.parquet`, cases 0 to 63). Since records are kept in slot order, what is on disk for a split is
always the cases 0 to k-1. What a crash takes with it are records whose part was not yet full; their answers are in the
journal, so making them again costs no call.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from longctx_synth.errors import LongctxError
from longctx_synth.records import Record, arrow_schema, from_row, row

# A part costs some 3 ms, however few its rows; cases of a part that was not full are replayed after a crash.
PART_ROWS = 256
PART_BYTES = 4 << 20  # of text: rows of a megabyte are written a few at a time, since what waits for a part is memory
# What waits for a part is turned into Arrow early: as Python objects, rows keep the garbage collector busy.
BATCH_ROWS = 64
BATCH_BYTES = 256 << 10
_NAME = re.compile(r"(\w+)-(\d{8})-(\d{8})\.parquet")


@dataclass
class _Waiting:
    """What waits for a part: its first case, rows as they came, and the rows before those as Arrow."""

    first: int
    last: int
    records: list[Record] = field(default_factory=list)
    batches: list[pa.RecordBatch] = field(default_factory=list)
    rows: int = 0
    batch_bytes: int = 0
    part_bytes: int = 0


class Parts:
    """The parts of one run. `add` buffers a case's records, `flush` makes all that was added durable."""

    def __init__(self, folder: Path, scenario_fields: list[str]) -> None:
        self.folder = folder
        self.schema = arrow_schema(scenario_fields)
        self._waiting: dict[str, _Waiting] = {}
        self._kept: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("*.tmp"):
            leftover.unlink()

    def files(self, split: str) -> list[tuple[int, int, Path]]:
        """(first case, last case, file) of the durable prefix of a split, in order."""
        found = []
        for path in self.folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match and match[1] == split:
                found.append((int(match[2]), int(match[3]), path))
        prefix: list[tuple[int, int, Path]] = []
        for first, last, path in sorted(found):
            if first != (prefix[-1][1] + 1 if prefix else 0):
                break
            prefix.append((first, last, path))
        return prefix

    def cases(self, split: str) -> int:
        """How many cases of a split are durable or waiting for their part."""
        if split not in self._kept:
            files = self.files(split)
            self._kept[split] = files[-1][1] + 1 if files else 0
        return self._kept[split]

    def add(self, split: str, case: int, records: list[Record]) -> None:
        """Keeps the records of the next case of a split; writes a part when one is full."""
        if case != self.cases(split):
            raise ValueError(f"case {case} of {split} is not the next one ({self.cases(split)})")
        waiting = self._waiting.setdefault(split, _Waiting(case, case))
        waiting.last = case
        waiting.records += records
        waiting.rows += len(records)
        waiting.batch_bytes += sum(map(_size, records))
        self._kept[split] = case + 1
        if len(waiting.records) >= BATCH_ROWS or waiting.batch_bytes >= BATCH_BYTES:
            self._pack(waiting)
            if waiting.rows >= PART_ROWS or waiting.part_bytes >= PART_BYTES:
                self._write(split)

    def flush(self) -> None:
        """Writes what is waiting as parts, however small."""
        for split in list(self._waiting):
            self._write(split)

    def _pack(self, waiting: _Waiting) -> None:
        """Turns rows as they came into Arrow."""
        if waiting.records:
            rows = [row(record) for record in waiting.records]
            waiting.batches.append(pa.RecordBatch.from_pylist(rows, schema=self.schema))
            waiting.part_bytes += waiting.batch_bytes
            waiting.records, waiting.batch_bytes = [], 0

    def _write(self, split: str) -> None:
        waiting = self._waiting.pop(split)
        self._pack(waiting)
        final = self.folder / f"{split}-{waiting.first:08d}-{waiting.last:08d}.parquet"
        table = pa.Table.from_batches(waiting.batches, schema=self.schema)
        draft = final.with_suffix(".tmp")
        try:
            # A dictionary and bounds would serve readers that look for values; a part is read from end to end. Pages are
            # cut every few rows, else the whole of a column is laid out in memory once more before it is compressed.
            pq.write_table(
                table, draft, compression="zstd", use_dictionary=False, write_statistics=False, write_batch_size=8
            )
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(draft, final)
        except OSError as error:
            raise LongctxError(
                f"Accepted rows cannot be written to {self.folder} ({error.strerror or error}): make room and run the "
                "same command again; nothing that was paid for is lost."
            ) from error

    def read(self, split: str, rows: int | None = None) -> Iterator[Record]:
        """The first `rows` durable records of a split in slot order, a part's row batch in memory at a time."""
        left = rows
        for _, _, path in self.files(split):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=16):
                for values in batch.to_pylist():
                    if left is not None:
                        if left == 0:
                            return
                        left -= 1
                    yield from_row(values)

    def column(self, split: str, names: list[str]) -> Iterator[dict]:
        """Some columns of all durable records of a split, in slot order."""
        for _, _, path in self.files(split):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=1024, columns=names):
                yield from batch.to_pylist()

    def clear(self) -> None:
        """Drops every part."""
        self._waiting.clear()
        self._kept.clear()
        for path in self.folder.glob("*.parquet"):
            path.unlink()


def _size(record: Record) -> int:
    """About how many bytes of text a record holds."""
    lists = (record.prompt, record.completion, record.chosen, record.rejected)
    texts = sum(len(message["content"]) for messages in lists for message in messages)
    return texts + len(record.checks) + len(record.verdicts) + len(record.judge)
