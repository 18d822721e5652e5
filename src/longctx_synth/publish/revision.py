"""A published dataset written once more with something measured in its rows, by the same crash-proof swap.

Rows stream from the old files into the new ones in slot order, so what comes out depends on the rows and on `change`
alone, not on how often it was done. The card keeps what the run said; what the files decide is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from longctx_synth.errors import SettingsError
from longctx_synth.publish import SHARD_BYTES, writable
from longctx_synth.publish.reading import SHARD, columns, conversation_shards, in_slot_order, shards
from longctx_synth.publish.swap import Swap
from longctx_synth.publish.tally import Tally
from longctx_synth.records import VIEWS, Record

# Changes a record in place and says whether it is flat from now on: not in the grpo view.
Change = Callable[[Record, bool], bool]


def shards_by_split(out: Path) -> dict[str, list[Path]]:
    """The shards of a dataset that can be rewritten. Raises SettingsError where a file is none of ours."""
    by_split: dict[str, list[Path]] = {}
    for shard in shards(out):
        match = SHARD.fullmatch(shard.name)
        beyond = [name for name in columns(shard) if name not in VIEWS["records"]]
        if match is None or beyond:
            what = f"the columns {', '.join(beyond)}" if match else "a name of another kind"
            raise SettingsError(
                f"data/{shard.name} has {what}, which would be lost; only datasets of ours are rewritten."
            )
        by_split.setdefault(match["split"], []).append(shard)
    return by_split


def revise(out: Path | str, change: Change, told: Mapping[str, str], *, shard_bytes: int = SHARD_BYTES) -> Tally:
    """Rewrite the dataset folder `out`, every record through `change(record, flat)`; returns the counts of the new one.

    told: by `card.measure_name`, how its rows were measured, for the card. Until the swap the former dataset stays whole; the caller
    holds the run's lock. Raises SettingsError where a file is none of ours or the folder cannot be written,
    VerificationError where a file cannot be read.
    """
    import pyarrow.parquet as pq

    from longctx_synth.publish.card import revised
    from longctx_synth.publish.parquet import write_split
    from longctx_synth.records import arrow_schema

    out = Path(out)
    by_split = shards_by_split(out)
    fields = [field.name for field in pq.read_schema(next(iter(by_split.values()))[0]).field("scenario").type]
    schema = arrow_schema(fields)
    whole = bool(conversation_shards(out))
    tally = Tally()
    paradigms: set[str] = set()

    def changed(split: str) -> Iterator[tuple[Record, bool]]:
        for record, was_flat in in_slot_order(by_split[split]):
            flat = change(record, was_flat)
            tally.add(split, record)
            paradigms.add(record.paradigm)
            yield record, flat

    with writable(out), Swap(out) as swap:
        for split in by_split:
            written = write_split(
                swap.data, split, changed(split), schema, shard_bytes=shard_bytes, conversations=whole
            )
            for shard_ in written:
                tally.add_shard(shard_)
        card = out / "README.md"
        text = card.read_text("utf-8", "replace") if card.exists() else ""
        swap.commit(revised(text, min(paradigms, default=""), tally, schema, told))
    return tally
