"""One accepted example, its columns, and the views (sft, dpo, grpo, records) that are projections of them.

A record is stored once, whole; a view is a list of its columns that the dataset card declares. All paradigms share these
features, so their datasets concatenate. Nested free-form data (checks, verdicts, judge) are JSON strings: Arrow would fill
the missing keys of nested dicts with None. A record without a preference pair has empty `chosen` and `rejected`. The columns
of `MEASURED` are null until `longctx-synth difficulty` fills them; files of before they existed lack them.

A paradigm of conversations has one view more, `chat`: whole conversations in files of their own, a row each of those
records that `has_conversation`. Several records share a conversation; one of them is marked.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Message = dict[str, str]

SPLITS = ("train", "validation", "test")

VIEWS: dict[str, list[str]] = {
    "sft": ["id", "prompt", "completion", "tokens"],
    "dpo": ["id", "prompt", "chosen", "rejected", "rejected_because"],
    "grpo": ["id", "prompt", "checks", "answer", "tokens", "solve_rate", "solve_rate_strong"],
}

MEASURED = ("solve_rate", "solve_rate_strong")

CHAT = ["id", "messages"]  # the columns of the view `chat`, which is no projection of records


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the prompt states what the answer needs: code points [start, end) of `prompt[message]["content"]`."""

    message: int
    document: int
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Record:
    """One accepted row. Field order is column order.

    solve_rate, solve_rate_strong: share of a model's answers to `prompt` that pass all checks, 0 to 1; None: not measured.
    """

    id: str
    prompt: list[Message]
    completion: list[Message]
    chosen: list[Message] = field(default_factory=list)
    rejected: list[Message] = field(default_factory=list)
    rejected_because: str = ""
    checks: str = "[]"
    answer: str = ""
    tokens: int = 0
    paradigm: str = ""
    split: str = "train"
    case: str = ""
    scenario: dict[str, str] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    target_tokens: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokenizer: str = ""
    verdicts: str = "[]"
    judge: str = "[]"
    model: str = ""
    endpoint_kind: str = ""
    prompt_hash: str = ""
    seed: int = 0
    attempts: int = 1
    finish_reason: str = "stop"
    noise: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    solve_rate: float | None = None
    solve_rate_strong: float | None = None

    @property
    def has_pair(self) -> bool:
        """Whether the row can teach a preference."""
        return bool(self.chosen and self.rejected)

    @property
    def has_conversation(self) -> bool:
        """Whether prompt and completion are a whole conversation in which every assistant turn passed its checks.

        The scenario field `chat` says so; its value "yes" is kept for that.
        """
        return self.scenario.get("chat") == "yes"


VIEWS["records"] = list(Record.__dataclass_fields__)


def content_hash(text: str) -> str:
    """A short, stable name of a text: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def prompt_hash(prompt: list[Message]) -> str:
    """The content hash of a prompt; two rows with the same one are duplicates."""
    return content_hash(json.dumps(prompt, ensure_ascii=False, sort_keys=True))


def to_json(value: Any) -> str:
    """JSON for a string column: keys sorted, no spaces, so that equal values are equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row(record: Record) -> dict[str, Any]:
    """The record as a row of plain Python values, in column order."""
    values = {name: getattr(record, name) for name in Record.__dataclass_fields__}
    values["evidence"] = [asdict(piece) for piece in record.evidence]
    return values


def from_row(values: dict[str, Any]) -> Record:
    """The record of a row read back from parquet."""
    values = dict(values)
    values["scenario"] = {k: v for k, v in (values.get("scenario") or {}).items() if v is not None}
    values["evidence"] = [Evidence(**e) for e in values.get("evidence") or []]
    return Record(**{name: values[name] for name in Record.__dataclass_fields__ if name in values})


def conversation(record: Record) -> dict[str, Any]:
    """The row of the view `chat` that a record gives."""
    return {"id": record.id, "messages": record.prompt + record.completion}


def arrow_schema(scenario_fields: list[str]) -> pa.Schema:
    """The Arrow schema of whole records; `scenario_fields` are the string fields of the paradigm's scenario struct.

    An empty struct cannot be written to parquet, so a paradigm has at least one scenario field.
    """
    import pyarrow as pa

    messages = _messages()
    evidence = pa.list_(
        pa.struct(
            [
                ("message", pa.int32()),
                ("document", pa.int32()),
                ("start", pa.int32()),
                ("end", pa.int32()),
                ("text", pa.string()),
            ]
        )
    )
    special: dict[str, pa.DataType] = {
        "prompt": messages,
        "completion": messages,
        "chosen": messages,
        "rejected": messages,
        "evidence": evidence,
        "scenario": pa.struct([(name, pa.string()) for name in scenario_fields]),
        "documents": pa.list_(pa.string()),
        "entities": pa.list_(pa.string()),
        "noise": pa.list_(pa.string()),
        "repairs": pa.list_(pa.string()),
        "seed": pa.int64(),
        **dict.fromkeys(MEASURED, pa.float64()),
    }
    integers = {"tokens", "target_tokens", "prompt_tokens", "completion_tokens", "attempts"}
    return pa.schema(
        [
            (name, special.get(name) or (pa.int32() if name in integers else pa.string()))
            for name in Record.__dataclass_fields__
        ]
    )


def chat_schema() -> pa.Schema:
    """The Arrow schema of the view `chat`."""
    import pyarrow as pa

    return pa.schema([("id", pa.string()), ("messages", _messages())])


def _messages() -> pa.DataType:
    import pyarrow as pa

    return pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))
