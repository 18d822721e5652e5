"""Records to parquet shards: streamed, bounded, and the same bytes for the same records.

Rows that have a preference pair go to `<split>-pairs-NNNNN.parquet`, the others to `<split>-single-NNNNN.parquet`, each
in the order in which they come; rows that GRPO can learn nothing from go to kinds of their own, which its view does not
read. Where the paradigm has whole conversations, they go to `<split>-chat-NNNNN.parquet` besides. Rows of one document
are neighbours, and zstd finds the repeated document only inside one page and one window: hence 16 MiB pages, no
dictionary on text, and a level whose window is 4 MiB. A row group holds at most 32 MB of text (or one row, if that is
larger), which bounds what a writer or a reader needs in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longctx_synth.records import CHAT, MEASURED, VIEWS, Message, Record, chat_schema, conversation, row

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROW_GROUP_BYTES = 32_000_000
PAGE_BYTES = 16 * 2**20
# Level 9 is the first whose window (4 MiB) spans a 1M-token document's neighbours; 12 and up cost 3-20x for 1 %.
ZSTD_LEVEL = 9
# Rows between two looks at the page size: a page overshoots by at most this many rows.
BATCH_ROWS = 8

# Few distinct values, short: a dictionary is smaller, and bounds are useful to readers.
_CODED = ["paradigm", "split", "model", "tokenizer", "endpoint_kind", "finish_reason", "rejected_because"]
_BOUNDED = [
    "id",
    "split",
    "tokens",
    "target_tokens",
    "prompt_tokens",
    "completion_tokens",
    "attempts",
    "seed",
    *MEASURED,
]

# "flat": a row whose answers all earn the same, so that a group of them has no advantage to learn from.
KINDS = ("pairs", "pairs_flat", "single", "single_flat")

# Beside them, with other columns: the view and the kind of its shards.
CONVERSATIONS = "chat"


def kinds_of(view: str) -> tuple[str, ...]:
    """The kinds of shards that a view reads."""
    return {
        "dpo": ("pairs", "pairs_flat"),
        "grpo": ("pairs", "single"),
        CONVERSATIONS: (CONVERSATIONS,),
    }.get(view, KINDS)


@dataclass(frozen=True, slots=True)
class Shard:
    """A finished file: name under data/, split, kind (of KINDS, or CONVERSATIONS), rows, bytes on disk, Arrow bytes a view."""

    name: str
    split: str
    kind: str
    rows: int
    file_bytes: int
    view_bytes: dict[str, int]


def write_split(
    folder: Path,
    split: str,
    records: Iterable[tuple[Record, bool]],
    schema: pa.Schema,
    *,
    shard_bytes: int,
    conversations: bool = False,
) -> Iterator[Shard]:
    """Write one split's records, each with whether it is flat, into `folder`; yields each shard as it is finished.

    conversations: those of the records that have one are written as whole conversations too.
    """
    whole = _Columns(schema, VIEWS, row, _size)
    series = {kind: _Series(folder, split, kind, whole, shard_bytes) for kind in KINDS}
    if conversations:
        chat = _Columns(chat_schema(), {CONVERSATIONS: CHAT}, conversation, _conversation_size)
        series[CONVERSATIONS] = _Series(folder, split, CONVERSATIONS, chat, shard_bytes)
    try:
        for record, flat in records:
            due = [("pairs" if record.has_pair else "single") + ("_flat" if flat else "")]
            if conversations and record.has_conversation:
                due.append(CONVERSATIONS)
            for kind in due:
                finished = series[kind].add(record)
                if finished:
                    yield finished
        for each in series.values():
            finished = each.close()
            if finished:
                yield finished
    finally:
        for each in series.values():
            each.abandon()


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a file holds of a record: its schema, the views that read it, the row of a record and its size in bytes."""

    schema: pa.Schema
    views: Mapping[str, list[str]]
    row: Callable[[Record], dict[str, Any]]
    size: Callable[[Record], int]


class _Series:
    """The numbered shards of one split and kind: rows gather to a row group, row groups to a shard."""

    def __init__(self, folder: Path, split: str, kind: str, columns: _Columns, shard_bytes: int) -> None:
        self.folder, self.split, self.kind = folder, split, kind
        self.columns, self.shard_bytes = columns, shard_bytes
        self.number = 0
        self.waiting: list[Record] = []
        self.waiting_bytes = 0
        self.written_bytes = 0
        self.writer: pq.ParquetWriter | None = None
        self._reset()

    def _reset(self) -> None:
        self.rows = 0
        self.written_bytes = 0
        self.view_bytes = dict.fromkeys(self.columns.views, 0)

    @property
    def name(self) -> str:
        return f"{self.split}-{self.kind}-{self.number:05d}.parquet"

    def add(self, record: Record) -> Shard | None:
        """Take one record; the shard that it closed, if it closed one."""
        size = self.columns.size(record)
        finished = None
        if self.waiting and self.waiting_bytes + size > ROW_GROUP_BYTES:
            self._write_group()
        if self.rows + len(self.waiting) and self.written_bytes + self.waiting_bytes + size > self.shard_bytes:
            finished = self.close()
        self.waiting.append(record)
        self.waiting_bytes += size
        return finished

    def _write_group(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [self.columns.row(record) for record in self.waiting]
        table = pa.Table.from_pylist(rows, schema=self.columns.schema)
        if self.writer is None:
            self.writer = pq.ParquetWriter(
                self.folder / self.name,
                self.columns.schema,
                version="2.6",
                data_page_version="1.0",
                compression="zstd",
                compression_level=ZSTD_LEVEL,
                use_dictionary=_CODED,
                write_statistics=_BOUNDED,
                data_page_size=PAGE_BYTES,
                write_batch_size=BATCH_ROWS,
            )
        self.writer.write_table(table, row_group_size=max(1, table.num_rows))
        for view, names in self.columns.views.items():
            self.view_bytes[view] += table.select(names).nbytes
        self.rows += table.num_rows
        self.written_bytes += self.waiting_bytes
        self.waiting, self.waiting_bytes = [], 0

    def close(self) -> Shard | None:
        """Finish the current shard; None when it would hold no row."""
        if self.waiting:
            self._write_group()
        if self.writer is None:
            return None
        self.writer.close()
        self.writer = None
        size = (self.folder / self.name).stat().st_size
        shard = Shard(self.name, self.split, self.kind, self.rows, size, self.view_bytes)
        self.number += 1
        self._reset()
        return shard

    def abandon(self) -> None:
        """Let go of an open file after an error; what it holds is not used."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def _size(record: Record) -> int:
    """About how many bytes of Arrow memory a record takes: its long texts in UTF-8, and a little for the rest."""
    texts = _text_size(record.prompt, record.completion, record.chosen, record.rejected)
    return texts + sum(len(e.text) for e in record.evidence) + len(record.checks) + len(record.verdicts) + 1_000


def _conversation_size(record: Record) -> int:
    return _text_size(record.prompt, record.completion) + 1_000


def _text_size(*lists: list[Message]) -> int:
    return sum(len(message["content"].encode("utf-8", "surrogatepass")) for messages in lists for message in messages)
