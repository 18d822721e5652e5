"""A published folder is a dataset: four views, plain and streaming, the same bytes for the same records."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Features, get_dataset_config_names, load_dataset

from longctx_synth.errors import SettingsError
from longctx_synth.publish import parquet, publish, revise
from longctx_synth.records import VIEWS, arrow_schema, from_row

from .rows import SCENARIO, record, records

COUNTS = {"train": 7, "validation": 2, "test": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "verifiable_if"
    publish(out, {s: records(s, n) for s, n in COUNTS.items()}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    return out


def load(folder: Path, view: str, **settings: object):
    return load_dataset(str(folder), view, cache_dir=str(folder.parent / "cache"), **settings)


@pytest.mark.parametrize("view", ["sft", "dpo", "grpo", "records"])
def test_each_view_loads_plain_and_streaming_with_its_columns_in_order(folder: Path, view: str) -> None:
    plain = load(folder, view)
    streamed = load(folder, view, streaming=True)
    pairs = {split: -(-n // 2) for split, n in COUNTS.items()}
    assert {split: rows.num_rows for split, rows in plain.items()} == (pairs if view == "dpo" else COUNTS)
    for split, rows in plain.items():
        assert rows.column_names == VIEWS[view]
        assert list(streamed[split]) == list(rows)
        assert streamed[split].features == rows.features


def test_views_share_features_and_hold_what_was_published(folder: Path) -> None:
    whole = load(folder, "records", split="train")
    assert whole.features == Features.from_arrow_schema(arrow_schema(SCENARIO))
    for view in ("sft", "dpo", "grpo"):
        rows = load(folder, view, split="train")
        assert rows.features == Features({name: whole.features[name] for name in VIEWS[view]})
    assert sorted((from_row(row) for row in whole), key=lambda r: r.id) == list(records("train", 7))


def test_the_default_config_is_sft_and_it_is_declared_once(folder: Path) -> None:
    assert load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))["train"].column_names == VIEWS["sft"]
    head = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert [c["config_name"] for c in head["configs"]] == ["sft", "dpo", "grpo", "records"]
    assert [c.get("default", False) for c in head["configs"]] == [True, False, False, False]


def test_a_train_only_dataset_without_pairs_declares_neither_other_splits_nor_dpo(tmp_path: Path) -> None:
    out = tmp_path / "plain"
    publish(
        out,
        {"train": records("train", 3, pair_every=0), "test": iter([])},
        paradigm="verifiable_if",
        scenario_fields=SCENARIO,
    )
    assert get_dataset_config_names(str(out)) == ["sft", "grpo", "records"]
    assert list(load(out, "sft")) == ["train"]
    assert len(load(out, "grpo")["train"]) == 3
    assert len(list(load(out, "records", streaming=True)["train"])) == 3


def test_a_dataset_of_pairs_only_loads(tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    publish(out, {"train": records("train", 3, pair_every=1)}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    assert all(len(load(out, view)["train"]) == 3 for view in VIEWS)


def test_equal_records_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    publish(out, {s: records(s, n) for s, n in COUNTS.items()}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    assert digest(out) == digest(folder)


def digest(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_publishing_again_replaces_everything_under_data(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "grown"
    for n in (5, 2):
        publish(out, {"train": records("train", n, pair_every=0)}, paradigm="verifiable_if", scenario_fields=SCENARIO)
        assert sorted(p.name for p in out.iterdir()) == ["README.md", "data"]
        assert len(load_dataset(str(out), "sft", cache_dir=str(tmp_path / f"cache{n}"))["train"]) == n


def test_shards_are_bounded_numbered_and_in_slot_order(tmp_path: Path) -> None:
    out = tmp_path / "sharded"
    publish(
        out,
        {"train": records("train", 9, words=2_000, pair_every=0)},
        paradigm="verifiable_if",
        scenario_fields=SCENARIO,
        shard_bytes=30_000,
    )
    names = sorted(path.name for path in (out / "data").iterdir())
    assert names == [f"train-single-{i:05d}.parquet" for i in range(len(names))]
    assert len(names) > 3
    assert load(out, "sft", split="train")["id"][:] == [f"train-{i:05d}" for i in range(9)]


def test_row_groups_are_bounded_and_rows_are_not_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 1_000_000)
    text = {"role": "user", "content": "ninety nine words " * 10_000}

    def long_rows():
        for number in range(80):  # 180 kB each, 14 MB in all
            yield dataclasses.replace(
                record("train", number, pair=False), prompt=[text | {"content": f"{number} {text}"}]
            )

    tracemalloc.start()
    publish(tmp_path, {"train": long_rows()}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 7_000_000
    (shard,) = (tmp_path / "data").iterdir()
    groups = pq.ParquetFile(shard).metadata
    assert {groups.row_group(i).num_rows for i in range(groups.num_row_groups)} == {5}


def test_a_document_that_neighbours_share_is_stored_about_once(tmp_path: Path) -> None:
    document = random.Random(3).randbytes(250_000).hex()  # zstd alone halves it, no more

    def size(n: int) -> int:
        rows = [
            dataclasses.replace(
                record("train", number, pair=False), prompt=[{"role": "user", "content": f"{document} {number}"}]
            )
            for number in range(n)
        ]
        publish(tmp_path / str(n), {"train": rows}, paradigm="verifiable_if", scenario_fields=SCENARIO)
        (shard,) = (tmp_path / str(n) / "data").iterdir()
        return shard.stat().st_size

    assert size(4) < 1.2 * size(1)


def test_nothing_to_publish_is_refused_and_leaves_the_former_dataset(folder: Path) -> None:
    before = digest(folder)
    with pytest.raises(SettingsError, match="no accepted row"):
        publish(folder, {"train": iter([])}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    assert digest(folder) == before


def test_an_error_while_rows_stream_leaves_the_former_dataset(folder: Path) -> None:
    before = digest(folder)

    def broken():
        yield record("train", 0)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        publish(folder, {"train": broken()}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    assert digest(folder) == before


def test_a_folder_that_cannot_be_written_is_one_sentence_and_a_broken_source_is_not_blamed_on_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"cannot be written to .*choose another --out"):
        publish(tmp_path / "file" / "out", {"train": records("train", 1)}, paradigm="p", scenario_fields=SCENARIO)

    def lost():
        yield (tmp_path / "no-such-part").read_text()

    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "out", {"train": lost()}, paradigm="p", scenario_fields=SCENARIO)


def test_revising_is_as_frugal_as_publishing_and_undoes_itself_on_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 1_000_000)
    text = "ninety nine words " * 10_000
    rows = (
        dataclasses.replace(record("train", n, pair=n % 2 == 0), prompt=[{"role": "user", "content": f"{n} {text}"}])
        for n in range(240)
    )
    publish(tmp_path, {"train": rows}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    before = digest(tmp_path)
    tracemalloc.start()
    revise(tmp_path, lambda row, was_flat: was_flat, {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000, peak  # of 43 MB: two streams are read 16 rows at a time
    assert digest(tmp_path) == before

    def broken(row, was_flat):
        raise RuntimeError("the change broke")

    with pytest.raises(RuntimeError, match="the change broke"):
        revise(tmp_path, broken, {})
    assert digest(tmp_path) == before
