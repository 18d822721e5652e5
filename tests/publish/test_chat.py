"""The view `chat`: whole conversations beside their rows, in bounded memory, verified against them, kept by every rewrite."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Features, get_dataset_config_names, load_dataset

from longctx_synth.builder import load_builder
from longctx_synth.errors import SettingsError, VerificationError
from longctx_synth.publish import parquet, publish, push, revise, verify
from longctx_synth.records import Record, chat_schema, from_row, row
from longctx_synth.studies.sample import row_files, sample

from ..hub_stand_in import TOKEN, HubStandIn
from .rows import CHAT_SCENARIO, SCENARIO, conversation, records

Rows = list[dict[str, Any]]


def conversations(split: str, n: int, **options: Any) -> list[Record]:
    """The rows of `n` conversations of three turns; every third conversation is not whole."""
    return [each for number in range(n) for each in conversation(split, number, whole=number % 3 != 2, **options)]


def published(out: Path, rows: dict[str, Any], **options: Any) -> Path:
    publish(out, rows, paradigm="multi_turn", scenario_fields=CHAT_SCENARIO, conversations=True, **options)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("chat") / "multi_turn"
    return published(out, {"train": conversations("train", 6), "test": conversations("test", 2)})


def load(folder: Path, view: str, **settings: Any) -> Any:
    return load_dataset(str(folder), view, cache_dir=str(folder.parent / "cache"), **settings)


def digest(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# What is published.


def test_each_whole_conversation_is_a_row_plain_and_streaming(folder: Path) -> None:
    plain, streamed = load(folder, "chat"), load(folder, "chat", streaming=True)
    for split, n in (("train", 6), ("test", 2)):
        marked = [each for each in conversations(split, n) if each.scenario["chat"] == "yes"]
        assert list(plain[split]) == [{"id": each.id, "messages": each.prompt + each.completion} for each in marked]
        assert list(streamed[split]) == list(plain[split])
        assert plain[split].features == streamed[split].features == Features.from_arrow_schema(chat_schema())
    assert [plain[split].num_rows for split in ("train", "test")] == [4, 2]


def test_the_card_declares_the_view_and_the_others_do_not_change(folder: Path) -> None:
    _, head, body = (folder / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(head)
    assert get_dataset_config_names(str(folder)) == ["sft", "grpo", "records", "chat"]
    (chat,) = [config for config in card["configs"] if config["config_name"] == "chat"]
    assert chat == {
        "config_name": "chat",
        "data_files": [
            {"split": "train", "path": "data/train-chat-*.parquet"},
            {"split": "test", "path": "data/test-chat-*.parquet"},
        ],
        "columns": ["id", "messages"],
    }
    (info,) = [info for info in card["dataset_info"] if info["config_name"] == "chat"]
    assert {split["name"]: split["num_examples"] for split in info["splits"]} == {"train": 4, "test": 2}
    assert info["download_size"] == sum(path.stat().st_size for path in (folder / "data").glob("*-chat-*"))
    for split in info["splits"]:
        assert split["num_bytes"] == pytest.approx(load(folder, "chat", split=split["name"]).data.nbytes, rel=0.05)
    assert "| `chat` | whole conversations, for a loss on every assistant turn | train 4, test 2 |" in body
    assert "dataset_config: chat\n" in body and "assistant_only_loss: true" in body
    assert [load(folder, view, split="train").num_rows for view in ("sft", "grpo", "records")] == [12, 12, 12]


def test_a_paradigm_without_conversations_has_neither_file_nor_config(tmp_path: Path) -> None:
    rows = conversations("train", 2)  # marked, but nobody asked
    publish(tmp_path / "a", {"train": rows}, paradigm="multi_turn", scenario_fields=CHAT_SCENARIO)
    publish(tmp_path / "b", {"train": records("train", 2)}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    for out in (tmp_path / "a", tmp_path / "b"):
        assert not list((out / "data").glob("*chat*"))
        assert "chat" not in get_dataset_config_names(str(out))
        assert "whole conversations" not in (out / "README.md").read_text()


def test_where_no_conversation_is_whole_nothing_is_declared(tmp_path: Path) -> None:
    out = published(tmp_path, {"train": conversation("train", 0, whole=False), "test": conversation("test", 0)})
    assert [path.name for path in sorted((out / "data").glob("*-chat-*"))] == ["test-chat-00000.parquet"]
    assert list(load(out, "chat")) == ["test"]
    assert verify(out) == []
    out = published(tmp_path, {"train": conversation("train", 0, whole=False)})
    assert get_dataset_config_names(str(out)) == ["sft", "grpo", "records"]
    assert verify(out) == []


def test_the_mark_needs_its_scenario_field(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no scenario field 'chat' to mark the whole ones"):
        publish(tmp_path, {"train": []}, paradigm="mine", scenario_fields=["topic"], conversations=True)
    assert list(tmp_path.iterdir()) == []


def test_equal_rows_give_equal_bytes_and_shards_are_bounded_and_in_slot_order(folder: Path, tmp_path: Path) -> None:
    rows = {"train": conversations("train", 6), "test": conversations("test", 2)}
    assert digest(published(tmp_path / "again", rows)) == digest(folder)
    out = published(tmp_path / "small", {"train": iter(conversations("train", 9, words=500))}, shard_bytes=20_000)
    names = sorted(path.name for path in (out / "data").glob("*-chat-*"))
    assert names == [f"train-chat-{number:05d}.parquet" for number in range(len(names))]
    assert len(names) > 2
    marked = [each.id for each in conversations("train", 9) if each.scenario["chat"] == "yes"]
    assert load(out, "chat", split="train")["id"][:] == marked
    assert verify(out) == []


def test_conversations_are_not_gathered_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 1_000_000)
    text = "ninety nine words " * 5_000

    def long_rows() -> Iterator[Record]:
        for number in range(80):  # 180 kB each, 14 MB in all
            for each in conversation("train", number, turns=2):
                yield dataclasses.replace(each, prompt=[{"role": "user", "content": f"{number} {text} {text}"}])

    tracemalloc.start()
    published(tmp_path, {"train": long_rows()})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 7_000_000, peak  # a row waits once, whatever reads it
    groups = pq.ParquetFile(tmp_path / "data" / "train-chat-00000.parquet").metadata
    assert {groups.row_group(i).num_rows for i in range(groups.num_row_groups)} == {5}


def test_a_builder_of_conversations_publishes_them(tmp_path: Path) -> None:
    settings = {"answer": "program", "n": 4, "test": 1, "tokens": "512", "tokenizer": "approximate"}
    builder = load_builder("multi_turn")(**settings)
    assert builder.conversations and not load_builder("verifiable_if").conversations
    builder.generate(tmp_path / "out")
    rows = {each.id: each for split in load(tmp_path / "out", "records").values() for each in map(from_row, split)}
    found = [row for split in load(tmp_path / "out", "chat").values() for row in split]
    assert {row["id"] for row in found} == {id_ for id_, each in rows.items() if each.has_conversation} != set()
    assert all(row["messages"] == rows[row["id"]].prompt + rows[row["id"]].completion for row in found)
    assert verify(tmp_path / "out") == []


# What verify finds.


def test_a_true_dataset_has_no_problem(folder: Path) -> None:
    assert verify(folder) == []


def tampered(folder: Path, out: Path, change: Callable[[Rows], Rows]) -> Path:
    """A copy of the dataset whose train conversations were changed, in a file of the same name."""
    shutil.copytree(folder, out)
    shard = out / "data" / "train-chat-00000.parquet"
    rows = change(copy.deepcopy(pq.read_table(shard).to_pylist()))
    pq.write_table(pa.Table.from_pylist(rows, schema=chat_schema()), shard)
    return out


def told(first: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Callable[[Rows], Rows]:
    """A change of the first conversation's messages."""
    return lambda rows: [rows[0] | {"messages": first(rows[0]["messages"])}, *rows[1:]]


OTHER = "chat: messages are not the row's prompt and completion"
ROLES = "chat: after an optional system message user and assistant must alternate, the assistant last"

# Each entry plants one fault; the texts are all that `verify` may say of the rows.
BROKEN: list[tuple[str, Callable[[Rows], Rows], list[str]]] = [
    ("another word", told(lambda m: [*m[:-1], m[-1] | {"content": "It may cost nothing."}]), [OTHER]),
    ("a turn left out", told(lambda m: m[2:]), [OTHER]),
    ("ends with the user", told(lambda m: m[:-1]), [OTHER, ROLES]),
    ("two users", told(lambda m: [m[0], *m]), [OTHER, ROLES]),
    ("system in the middle", told(lambda m: [*m[:2], {"role": "system", "content": "Hush."}, *m[2:]]), [OTHER, ROLES]),
    ("no message", told(lambda m: []), [OTHER, ROLES]),
    ("system alone", told(lambda m: [{"role": "system", "content": "Hush."}]), [OTHER, ROLES]),
    ("null content", told(lambda m: [m[0] | {"content": None}, *m[1:]]), ["chat: null where a value is due"]),
    ("null messages", lambda rows: [rows[0] | {"messages": None}, *rows[1:]], ["chat: null where a value is due"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "whats"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_planted_fault_is_found_in_its_row_alone(folder: Path, tmp_path: Path, change: Any, whats: list[str]) -> None:
    id_ = conversations("train", 1)[-1].id
    problems = verify(tampered(folder, tmp_path / "broken", change))
    lacking = ["it is marked as a whole conversation, and chat lacks it"] if whats[0].startswith("chat: null") else []
    assert [(p.split, p.id, p.what) for p in problems] == [("train", id_, what) for what in whats + lacking]


def test_a_conversation_of_no_row_of_an_unmarked_row_of_another_row_and_twice(folder: Path, tmp_path: Path) -> None:
    ids = [each.id for each in conversations("train", 6)]
    marked = [each.id for each in conversations("train", 6) if each.scenario["chat"] == "yes"]
    whats = []
    for name, id_ in (("nobody", "train-99999"), ("unmarked", ids[0]), ("other", marked[1]), ("empty", "")):
        out = tampered(folder, tmp_path / name, lambda rows, id_=id_: [rows[0] | {"id": id_}, *rows[1:]])
        whats.append([(p.id, p.what) for p in verify(out)])
    lacking = (marked[0], "it is marked as a whole conversation, and chat lacks it")
    assert whats == [
        [("train-99999", "chat: no row has this id"), lacking],
        [(ids[0], "chat: its row is not marked as a whole conversation"), lacking],
        [(marked[1], OTHER), (marked[1], "chat: the conversation of this row stands there twice"), lacking],
        [("", "chat: no row has this id"), lacking],
    ]


def test_a_missing_one_and_counts_that_the_card_does_not_tell(folder: Path, tmp_path: Path) -> None:
    marked = [each.id for each in conversations("train", 6) if each.scenario["chat"] == "yes"]
    lacks = [f"train/{id_}: it is marked as a whole conversation, and chat lacks it" for id_ in marked]
    one = verify(tampered(folder, tmp_path / "one", lambda rows: rows[:2] + rows[3:]))
    assert [str(problem) for problem in one] == [
        lacks[2],
        "dataset: config chat declares test 2, train 4, the files hold test 2, train 3",
    ]
    shutil.copytree(folder, tmp_path / "all")
    (tmp_path / "all" / "data" / "train-chat-00000.parquet").unlink()
    assert [str(problem) for problem in verify(tmp_path / "all")] == [
        *lacks,
        "dataset: config chat declares test 2, train 4, the files hold test 2, train 0",
        "dataset: config chat reads test 2, train 0 of the test 2 rows under data/",
    ]


def test_a_conversation_in_the_wrong_split_and_an_undeclared_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "moved"
    shutil.copytree(folder, out)
    data = out / "data"
    (data / "test-chat-00000.parquet").rename(data / "train-chat-00001.parquet")
    whats = [problem.what for problem in verify(out)]
    assert whats[:2] == ["chat: its row is in split test"] * 2
    assert "config chat declares test 2, train 4, the files hold test 0, train 6" in whats
    (data / "train-chat-00001.parquet").rename(data / "train-chat-1.parquet")
    assert any("train-chat-1.parquet is not named" in problem.what for problem in verify(out))
    plain = tmp_path / "undeclared"
    publish(plain, {"train": conversations("train", 6)}, paradigm="multi_turn", scenario_fields=CHAT_SCENARIO)
    shutil.copy(folder / "data" / "train-chat-00000.parquet", plain / "data")
    assert [problem.what for problem in verify(plain)] == ["the card declares no config chat"]


def test_marked_rows_without_the_view_are_found(tmp_path: Path) -> None:
    publish(tmp_path, {"train": conversation("train", 0)}, paradigm="multi_turn", scenario_fields=CHAT_SCENARIO)
    assert [problem.what for problem in verify(tmp_path)] == ["it is marked as a whole conversation, and chat lacks it"]


def test_a_row_that_changed_no_longer_agrees_with_its_conversation(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "changed")
    rows = conversations("train", 6)
    rows[1].completion = [{"role": "assistant", "content": rows[1].completion[0]["content"] + " Indeed."}]
    shard = tmp_path / "changed" / "data" / "train-single-00000.parquet"
    pq.write_table(pa.Table.from_pylist([row(each) for each in rows], schema=pq.read_schema(shard)), shard)
    assert [(p.id, p.what) for p in verify(tmp_path / "changed")] == [(rows[1].id, OTHER)]


def test_a_file_of_other_columns_or_none_is_one_clear_error(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "bad")
    shard = tmp_path / "bad" / "data" / "train-chat-00000.parquet"
    pq.write_table(pq.read_table(shard).drop_columns(["messages"]), shard)
    with pytest.raises(VerificationError, match=r"train-chat-00000.parquet lacks the columns messages"):
        verify(tmp_path / "bad")
    shard.write_bytes(b"PAR1")
    with pytest.raises(VerificationError, match=r"train-chat-00000.parquet cannot be read as parquet"):
        verify(tmp_path / "bad")


# What readers of rows see, and what rewrites and uploads keep.


def test_a_row_is_looked_at_once_though_its_conversation_stands_beside_it(folder: Path) -> None:
    assert all("-chat-" not in path.name for path in row_files(folder))
    assert sorted(each.id for each in sample(folder, n=99)) == sorted(
        each.id for split, n in (("train", 6), ("test", 2)) for each in conversations(split, n)
    )


def test_revising_keeps_the_conversations(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "revised"
    shutil.copytree(folder, out)
    before = digest(out)
    revise(out, lambda record, flat: flat, {})
    assert digest(out) == before

    def measured(record: Record, flat: bool) -> bool:
        record.solve_rate = float(record.id.endswith("1"))
        return record.solve_rate == 1

    revise(out, measured, {})
    after = digest(out)
    chat = [name for name in before if "-chat-" in name]
    assert len(chat) == 2 and [after[name] for name in chat] == [before[name] for name in chat]
    assert "## Difficulty" in (out / "README.md").read_text()
    assert "| `chat` | whole conversations" in (out / "README.md").read_text()
    assert [rows.num_rows for rows in load(out, "chat").values()] == [4, 2]
    assert verify(out) == []


def test_the_hub_gets_the_conversations(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    with HubStandIn() as hub:
        push(folder, "me/talks", token=TOKEN, endpoint=hub.url)
        came = hub.repos["me/talks"]
        assert came["data/train-chat-00000.parquet"] == (folder / "data" / "train-chat-00000.parquet").read_bytes()
        broken = tampered(folder, tmp_path / "broken", lambda rows: rows[:-1])
        with pytest.raises(VerificationError, match="chat lacks it"):
            push(broken, "me/talks", token=TOKEN, endpoint=hub.url)
