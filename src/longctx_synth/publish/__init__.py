"""A dataset on disk: written, described, verified, uploaded.

`publish` streams accepted records into parquet under `data.new/`, writes the card, and swaps both in whole; `recover`
finishes or undoes a swap that was cut off; `revise` rewrites a folder with something measured in its rows; `verify`
re-checks a folder from its files alone; `push` uploads it.

    parquet.py   records -> deterministic, bounded parquet shards
    tally.py     what the card says of the rows, counted while they stream by
    card.py      README.md: YAML configs and dataset_info, then the text
    swap.py      the crash-proof exchange of data/ and README.md
    reading.py   the shards of a folder and their rows
    revision.py  the same rows again, with what was measured in them
    recheck.py   the second look, row by row
    upload.py    the folder to the Hub
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.publish.swap import Swap, recover
from longctx_synth.records import SPLITS, Record

__all__ = ["Problem", "publish", "push", "recover", "revise", "verify"]

# A shard closes once its rows hold this many bytes of text; on disk it is several times smaller.
SHARD_BYTES = 500_000_000


def publish(
    out: Path | str,
    records_by_split: Mapping[str, Iterable[Record]],
    *,
    paradigm: str,
    scenario_fields: list[str],
    made: Mapping[str, Any] | None = None,
    shard_bytes: int = SHARD_BYTES,
    conversations: bool = False,
) -> None:
    """Write `records_by_split` (each iterable in slot order) as the dataset folder `out`, replacing what was published
    there.

    Rows are read once and never held beyond one row group a file, so memory does not grow with their number. The
    parquet files depend on the records alone: equal records give equal bytes. `made` says how the rows came about; the
    keys that the card understands are listed in `card.card`. conversations: the paradigm's whole conversations become
    the view `chat`. Until the swap, a former dataset in `out` stays whole;
    the caller holds the run's lock, so there is one publisher at a time.

    Raises SettingsError when there is no row at all, or the folder cannot be written.
    """
    from longctx_synth.publish.card import card
    from longctx_synth.publish.parquet import write_split
    from longctx_synth.publish.tally import Tally
    from longctx_synth.records import arrow_schema

    if not scenario_fields:
        raise SettingsError(
            f"The paradigm {paradigm!r} names no scenario field; parquet cannot hold an empty struct, so give it one."
        )
    if conversations and "chat" not in scenario_fields:
        raise SettingsError(
            f"The paradigm {paradigm!r} has conversations but no scenario field 'chat' to mark the whole ones; name it."
        )
    schema = arrow_schema(list(scenario_fields))
    tally = Tally((made or {}).get("withheld") or ())
    with writable(out), Swap(Path(out)) as swap:
        for split in sorted(records_by_split, key=_split_order):
            counted = ((record, False) for record in tally.counting(split, records_by_split[split]))
            written = write_split(
                swap.data, split, counted, schema, shard_bytes=shard_bytes, conversations=conversations
            )
            for shard in written:
                tally.add_shard(shard)
        if not tally.rows:
            raise SettingsError(
                "There is no accepted row to publish; build some first, or look at the funnel for why none came."
            )
        swap.commit(card(paradigm, tally, schema, dict(made or {})))


@contextmanager
def writable(out: Path | str) -> Iterator[None]:
    """Where the folder `out` cannot be written, one sentence (SettingsError) in place of the OSError."""
    try:
        yield
    except OSError as error:
        if error.filename and not Path(error.filename).is_relative_to(out):
            raise  # the records' source, not this folder
        raise SettingsError(
            f"{str(out)!r} cannot be written to ({error.strerror or error}); choose another --out or make room."
        ) from error


def _split_order(split: str) -> tuple[int, str]:
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), split)


def __getattr__(name: str) -> Any:
    # They pull in more than publishing needs, so they load on first use.
    if name in ("Problem", "verify"):
        from longctx_synth.publish import recheck

        return getattr(recheck, name)
    if name == "revise":
        from longctx_synth.publish import revision

        return revision.revise
    if name == "push":
        from longctx_synth.publish import upload

        return upload.push
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
