"""The drafts that a critic scored, as the rows of situated_principles keep them in their traces.

A row's own text passed the gate, so it cannot show what the critic fails; its other drafts can. A critic is therefore held
against people on drafts, each shown with what it was written for: the input, its goal, and of an answer the principles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from longctx_synth.errors import SettingsError, VerificationError
from longctx_synth.review.methods import constitution


@dataclass(frozen=True)
class Draft:
    """One draft. id: row, stage and number, which no other draft has. axis: of `critic.criteria`. score: 1 to 5, None where
    none could be read. goal, principles: what it was written for, "" for nothing."""

    id: str
    row: str
    axis: str
    score: int | None
    text: str
    goal: str
    principles: str


def drafts(folder: Path) -> Iterator[Draft]:
    """Every draft that a critic was asked about, in the files' order; a text that a row repeats comes once.

    Raises SettingsError where the folder holds no such rows, VerificationError where a file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from longctx_synth.studies.sample import row_files

    files = row_files(folder)
    if not files:
        raise SettingsError(f"{str(folder)!r} holds no data/*.parquet; give the folder of a dataset.")
    for file in files:
        try:
            with pq.ParquetFile(file) as parquet:
                fields = parquet.schema_arrow
                if "scenario" not in fields.names or fields.field("scenario").type.get_field_index("trace") < 0:
                    raise SettingsError(f"{file} keeps no drafts: --rubric critic is for rows of situated_principles.")
                for batch in parquet.iter_batches(batch_size=256, columns=["id", "scenario"]):
                    for row in batch.to_pylist():
                        yield from _of_row(row["id"], row["scenario"])
        except (pa.ArrowException, OSError) as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise VerificationError(f"{file} cannot be read as parquet ({first}).") from None


def _of_row(id_: str, told: dict[str, str]) -> Iterator[Draft]:
    principles = "\n".join(constitution().rules) if told["method"] == "fixed_principles" else told["principles"]
    seen = set()
    for step in json.loads(told["trace"] or "[]"):
        stage, text = step["stage"], step["text"]
        if not step["critic_calls"] or (stage, text) in seen:
            continue
        seen.add((stage, text))
        under = principles if stage == "response" else ""
        axis = "answer" if stage == "response" and not under else stage
        yield Draft(f"{id_}/{stage}/{step['draft']}", id_, axis, step["score"], text, told["goal"], under)
