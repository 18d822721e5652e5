"""The second look: does a dataset folder hold what its columns and its card promise? From the files alone.

Nothing that the run said of itself is believed: checks are run again, hashes computed again, spans cut again, counts
counted again. Rows are read in small batches; what is kept of a row is a few hashes, so memory is one row group plus
some dozen bytes a row, never a text. A row's faults are data (`Problem`); a folder that cannot be read at all is an
error.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import LongctxError
from longctx_synth.publish.parquet import CONVERSATIONS, KINDS, kinds_of
from longctx_synth.publish.reading import SHARD, columns, conversation_shards, conversations, records, shards, values
from longctx_synth.records import CHAT, MEASURED, VIEWS, Message, Record, conversation, prompt_hash

# (prompt, completion) -> (prompt tokens, completion tokens); `longctx_synth.tokens.Tokenizer.count_row` is one.
Recount = Callable[[list[Message], list[Message]], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken promise. `split` and `id` name the row; both are empty where it concerns the card or a file."""

    split: str
    id: str
    what: str

    def __str__(self) -> str:
        place = "/".join(part for part in (self.split, self.id) if part) or "dataset"
        return f"{place}: {self.what}"


def verify(folder: Path | str, *, recount: Recount | None = None) -> list[Problem]:
    """Every problem of the dataset in `folder`; an empty list means that it holds what it promises.

    recount: counts the tokens of each row again and compares; slow, since it tokenizes everything.
    Raises SettingsError when there is no such folder, VerificationError when its files cannot be read as a dataset.
    """
    return list(problems(folder, recount=recount))


def problems(folder: Path | str, *, recount: Recount | None = None) -> Iterator[Problem]:
    """`verify` as a stream, for a progress line; card problems come last."""
    folder = Path(folder)
    across = _Across()
    whole = _Conversations()
    rows: dict[str, int] = {}
    measured: set[frozenset[str]] = set()
    for path in shards(folder):
        match = SHARD.fullmatch(path.name)
        if match is None:
            kinds = "|".join((*KINDS, CONVERSATIONS))
            yield Problem("", "", f"data/{path.name} is not named <split>-<{kinds}>-NNNNN.parquet, so no view reads it")
            continue
        split, kind = match["split"], match["kind"]
        rows[path.name] = 0
        has = set(MEASURED).intersection(columns(path))
        measured.add(frozenset(has))
        for record in records(path):
            rows[path.name] += 1
            empty = _nulls(record)
            if empty:
                yield Problem(split, record.id or "", f"null where a value is due: {', '.join(empty)}")
                continue
            for what in _row_problems(record, split, kind, recount):
                yield Problem(split, record.id, what)
            for what in across.look(record, split, kind):
                yield Problem(split, record.id, what)
            whole.expect(record, split)
    for path in conversation_shards(folder):
        split, _, _ = path.name.partition("-")
        rows[path.name] = 0
        for row in conversations(path):
            rows[path.name] += 1
            for what in whole.look(row, split):
                yield Problem(split, row["id"] or "", what)
    yield from whole.missing(folder)
    for split, what in across.views():
        yield Problem(split, "", what)
    if len(measured) > 1:
        yield Problem("", "", f"some files have the columns {', '.join(MEASURED)} and some have not")
    yield from _card_problems(folder, rows, [name for name in MEASURED if not all(name in has for has in measured)])


# One row


def _nulls(record: Record) -> list[str]:
    """The columns that wrongly hold a null. No published row has one; a file written by another hand may."""
    names = [name for name in VIEWS["records"] if getattr(record, name) is None and name not in MEASURED]
    for name in ("prompt", "completion", "chosen", "rejected"):
        messages = getattr(record, name) or []
        if any(message is None or None in message.values() for message in messages):
            names.append(name)
    return names


def _row_problems(record: Record, split: str, kind: str, recount: Recount | None) -> Iterator[str]:
    if record.split != split:
        yield f"the row says split {record.split!r}, its file {split!r}"
    if record.has_pair != kind.startswith("pairs"):
        yield (
            "a row with a pair lies among the single ones"
            if record.has_pair
            else "a row without a pair lies among the pairs"
        )
    if not any(message["content"].strip() for message in record.prompt):
        yield "the prompt is empty"
    if not _answer(record.completion).strip():
        yield "the completion is empty"
    if record.finish_reason == "length":
        yield "the answer was cut off (finish_reason is length)"
    yield from _length_problems(record, recount)
    yield from _evidence_problems(record)
    yield from _check_problems(record, split)
    for name in MEASURED:
        rate = getattr(record, name)
        if rate is not None and not 0 <= rate <= 1:
            yield f"{name} is {rate}, which is no share"
    if kind.endswith("_flat") and record.solve_rate is None:
        yield "it was left out of the grpo view without a solve_rate"
    for name in ("verdicts", "judge"):
        if not _is_json(getattr(record, name)):
            yield f"{name} is not JSON"
    if record.prompt_hash != prompt_hash(record.prompt):
        yield "prompt_hash is not the hash of the prompt"


def _length_problems(record: Record, recount: Recount | None) -> Iterator[str]:
    if record.tokens != record.prompt_tokens + record.completion_tokens:
        yield f"tokens is {record.tokens}, the parts have {record.prompt_tokens} + {record.completion_tokens}"
    allowed = max(0.02 * record.target_tokens, 16)
    if record.target_tokens <= 0:
        yield "target_tokens is missing"
    elif abs(record.prompt_tokens - record.target_tokens) > allowed:
        yield f"the prompt has {record.prompt_tokens} tokens, the target is {record.target_tokens} +- {allowed:.0f}"
    if recount is not None:
        counted = recount(record.prompt, record.completion)
        if counted != (record.prompt_tokens, record.completion_tokens):
            stored = f"{record.prompt_tokens} + {record.completion_tokens}"
            yield f"counted again there are {counted[0]} + {counted[1]} tokens, not {stored}"


def _evidence_problems(record: Record) -> Iterator[str]:
    for number, evidence in enumerate(record.evidence):
        if not 0 <= evidence.message < len(record.prompt):
            yield f"evidence {number} points to message {evidence.message}, which is not there"
        elif (
            not evidence.text
            or record.prompt[evidence.message]["content"][evidence.start : evidence.end] != evidence.text
        ):
            where = f"{evidence.start}-{evidence.end} of message {evidence.message}"
            yield f"evidence {number} is not what stands at {where}"
        if not 0 <= evidence.document < len(record.documents):
            yield f"evidence {number} names document {evidence.document}, the row has {len(record.documents)}"


def _check_problems(record: Record, split: str) -> Iterator[str]:
    from longctx_synth import checks

    try:
        specs = checks.parse(record.checks)
    except LongctxError as error:
        yield f"its checks cannot be run: {error}"
        return
    if not specs:
        yield "it has no check"
        return
    held_out = sorted({spec["check"] for spec in specs if checks.info(spec["check"]).held_out})
    if held_out and split != "test":
        yield f"held-out checks outside of test: {', '.join(held_out)}"
    answers = [("completion", record.completion)]
    if record.chosen != record.completion:
        answers.append(("chosen", record.chosen))
    for name, messages in answers:
        if messages:
            verdict = checks.judge(specs, _answer(messages), record.prompt)
            if not verdict.passed:
                yield f"{name} fails its checks: {verdict.feedback}"
    if bool(record.chosen) != bool(record.rejected):
        yield "it has only one answer of a pair"
    if record.rejected and checks.judge(specs, _answer(record.rejected), record.prompt).passed:
        yield "rejected passes every check"
    if record.has_pair and not record.rejected_because:
        yield "rejected_because is empty"


def _answer(messages: list[Message]) -> str:
    return messages[-1]["content"] if messages else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# All rows together


class _Across:
    """What must not occur twice, or not in two splits. Keeps 8-byte hashes."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.prompts: dict[int, str] = {}
        self.homes: dict[str, dict[int, str]] = {"documents": {}, "entities": {}}
        self.rates: dict[tuple[str, bool], set[float]] = defaultdict(set)  # the different ones, a few a split

    def look(self, record: Record, split: str, kind: str) -> Iterator[str]:
        """The problems of this row beside those seen before; remembers the row."""
        key = _short(record.id)
        if key in self.ids or not record.id:
            yield "another row has the same id" if record.id else "the id is empty"
        self.ids.add(key)
        prompt = _short(prompt_hash(record.prompt))
        if prompt in self.prompts:
            yield f"duplicate: another row (split {self.prompts[prompt]}) has the same prompt"
        self.prompts.setdefault(prompt, split)
        for name, homes in self.homes.items():
            for item in getattr(record, name):
                home = homes.setdefault(_short(item), split)
                if home != split:
                    yield f"{name}: {item} occurs in split {home} too"
        if record.solve_rate is not None:
            self.rates[split, kind.endswith("_flat")].add(record.solve_rate)

    def views(self) -> Iterator[tuple[str, str]]:
        """(split, problem) where the grpo view leaves out a row between two that it holds: no bounds do that."""
        for split in sorted({split for split, _ in self.rates}):
            kept, flat = self.rates.get((split, False), set()), self.rates.get((split, True), set())
            odd = [rate for rate in sorted(flat) if kept and min(kept) <= rate <= max(kept)]
            if odd:
                yield (
                    split,
                    f"rows of solve_rate {odd[0]:g} are left out of the grpo view, which holds {min(kept):g} to {max(kept):g}",
                )


class _Conversations:
    """The view `chat` beside the records: each marked row has its conversation there, and nothing else is there.

    Keeps 8-byte hashes.
    """

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}  # the split of each row
        self.marked: dict[int, int] = {}  # the conversation of each marked row
        self.found: set[int] = set()

    def expect(self, record: Record, split: str) -> None:
        """Remembers a row and, if it is marked, its conversation."""
        key = _short(record.id)
        self.rows.setdefault(key, split)
        if record.has_conversation:
            self.marked.setdefault(key, _short(prompt_hash(conversation(record)["messages"])))

    def look(self, row: Mapping[str, Any], split: str) -> Iterator[str]:
        """The problems of one row of the view."""
        messages = row["messages"]
        if row["id"] is None or messages is None or any(m is None or None in m.values() for m in messages):
            yield "chat: null where a value is due"
            return
        key = _short(row["id"])
        if key in self.found:
            yield "chat: the conversation of this row stands there twice"
        elif key not in self.rows:
            yield "chat: no row has this id"
        elif key not in self.marked:
            yield "chat: its row is not marked as a whole conversation"
        else:
            if self.rows[key] != split:
                yield f"chat: its row is in split {self.rows[key]}"
            if self.marked[key] != _short(prompt_hash(messages)):
                yield "chat: messages are not the row's prompt and completion"
        self.found.add(key)
        if not _turns_alternate(messages):
            yield "chat: after an optional system message user and assistant must alternate, the assistant last"

    def missing(self, folder: Path) -> Iterator[Problem]:
        """The marked rows whose conversation the view lacks. They are looked up again, since only hashes were kept."""
        left = self.marked.keys() - self.found
        for path in shards(folder) if left else []:
            split, _, _ = path.name.partition("-")
            for row in values(path, ["id"]):
                if _short(row["id"] or "") in left:
                    yield Problem(split, row["id"], "it is marked as a whole conversation, and chat lacks it")


def _turns_alternate(messages: list[Message]) -> bool:
    roles = [message["role"] for message in messages]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    return bool(turns) and len(turns) % 2 == 0 and turns == ["user", "assistant"] * (len(turns) // 2)


def _short(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


# The card


def _card_problems(folder: Path, rows: dict[str, int], absent: list[str]) -> Iterator[Problem]:
    """What the card declares against the files. rows: of each file under data/; absent: columns that the files lack."""
    try:
        head = _head(folder / "README.md")
        configs = {config["config_name"]: config for config in head["configs"]}
        listed = head.get("dataset_info") or []
        infos = {info["config_name"]: info for info in (listed if isinstance(listed, list) else [listed])}
        withheld = set(head.get("withheld") or ())
        for what in _declaration_problems(configs, infos, rows, absent, withheld):
            yield Problem("", "", what)
    except FileNotFoundError:
        yield Problem("", "", "README.md is missing, so no view is declared")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield Problem("", "", f"the YAML of README.md cannot be read ({type(error).__name__}: {error})")


def _head(card: Path) -> dict[str, Any]:
    import yaml

    parts = re.split(r"^---\s*$", card.read_text(encoding="utf-8"), maxsplit=2, flags=re.MULTILINE)
    if len(parts) < 3 or parts[0].strip():
        raise ValueError("it does not start with a --- block")
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    if not isinstance(head, dict):
        raise ValueError("it is not a mapping")
    return head


def _declaration_problems(
    configs: dict[str, Any], infos: dict[str, Any], rows: dict[str, int], absent: list[str], withheld: set[str]
) -> Iterator[str]:
    from fnmatch import fnmatchcase

    files = {name: match for name in rows if (match := SHARD.fullmatch(name))}
    views = VIEWS | {CONVERSATIONS: CHAT}
    for view in views:
        if view in withheld:
            if view in configs:
                yield f"the card declares the config {view} and says that it is withheld"
        elif view not in configs and any(match["kind"] in kinds_of(view) for match in files.values()):
            yield f"the card declares no config {view}"
    for view, config in configs.items():
        due = [name for name in views.get(view, []) if name not in absent]
        if view in views and config.get("columns") != due:
            yield f"config {view} declares other columns than {', '.join(due)}"
        declared = {split["name"]: split["num_examples"] for split in infos.get(view, {}).get("splits", [])}
        found: dict[str, int] = {}
        for entry in config["data_files"]:
            patterns = [entry["path"]] if isinstance(entry["path"], str) else entry["path"]
            names = [name for name in rows if any(fnmatchcase(f"data/{name}", pattern) for pattern in patterns)]
            found[entry["split"]] = sum(rows[name] for name in names)
        if declared != found:
            yield f"config {view} declares {_counts(declared)}, the files hold {_counts(found)}"
        expected: dict[str, int] = {}
        for name, match in files.items():
            if match["kind"] in kinds_of(view):
                expected[match["split"]] = expected.get(match["split"], 0) + rows[name]
        if view in views and found != expected:
            yield f"config {view} reads {_counts(found)} of the {_counts(expected)} rows under data/"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{split} {n}" for split, n in sorted(counts.items())) or "nothing"
