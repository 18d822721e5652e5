"""The card tells the truth about the files, and nothing about the machine that made them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from datasets import load_dataset, load_dataset_builder

from longctx_synth.publish import publish
from longctx_synth.publish.card import clean, max_length

from .rows import SCENARIO, record, records

MADE = {
    "settings": {
        "tokens": "loguniform:512-2048",
        "documents": "/srv/somebody/corpus/letters",
        "model": "embedded:/srv/somebody/tiny.gguf",
        "endpoint": "http://gpu-7.internal:8080",
        "out": "/srv/somebody/out",
        "api_key": "sk-very-secret-0123456789",
        "nothing": None,
        "note": "see http://gpu-7.internal/x with hf_abcdefgh12345678 on 10.1.2.3:99",
    },
    "model": "tiny-alias",
    "note": "A model of 135 million parameters wrote single sentences.",
    "funnel": {"accepted": 12, "rejected": {"draft: too long": 1, "draft: facts missing": 27}},
    "usage": {"calls": 420, "seconds": 61.25},
    "cost": 1.5,
    "diversity": {"type-token ratio, moving average": 0.71},
    "figures": {"label errors in 100 rows": "0"},
    "limits": ["Only office documents."],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("card") / "dataset"

    def repaired():
        for number, each in enumerate(records("train", 8)):
            each.repairs = ["ends_with"] if number == 0 else []
            each.attempts = 3 if number == 1 else 1
            yield each

    splits = {"train": repaired(), "test": records("test", 4)}
    publish(out, splits, paradigm="verifiable_if", scenario_fields=SCENARIO, made=MADE)
    return out


@pytest.fixture(scope="module")
def card(folder: Path) -> tuple[dict, str]:
    _, head, body = (folder / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(head), body


def test_dataset_info_equals_the_files_for_every_config(folder: Path, card: tuple[dict, str]) -> None:
    infos = {info["config_name"]: info for info in card[0]["dataset_info"]}
    assert list(infos) == ["sft", "dpo", "grpo", "records"]
    for view, info in infos.items():
        builder = load_dataset_builder(str(folder), view, cache_dir=str(folder.parent / "cache"))
        rows = load_dataset(str(folder), view, cache_dir=str(folder.parent / "cache"))
        assert {s["name"]: s["num_examples"] for s in info["splits"]} == {s: r.num_rows for s, r in rows.items()}
        assert builder.info.features == rows["train"].features
        files = [p for p in (folder / "data").iterdir() if view != "dpo" or "-pairs-" in p.name]
        assert info["download_size"] == sum(path.stat().st_size for path in files)
        assert info["dataset_size"] == sum(split["num_bytes"] for split in info["splits"])
        for split in info["splits"]:
            assert split["num_bytes"] == pytest.approx(rows[split["name"]].data.nbytes, rel=0.05)


def test_the_head_says_size_licence_language_and_tags(card: tuple[dict, str]) -> None:
    head, _ = card
    assert head["license"] == "apache-2.0"
    assert head["language"] == ["en"]
    assert head["size_categories"] == ["n<1K"]
    assert {"synthetic", "long-context", "verifiable-if"} <= set(head["tags"])


def test_an_own_licence_is_a_setting(tmp_path: Path) -> None:
    made = {"licence": "other", "pretty_name": "Letters", "tags": ["law"]}
    publish(tmp_path, {"train": records("train", 1)}, paradigm="p", scenario_fields=SCENARIO, made=made)
    head = yaml.safe_load((tmp_path / "README.md").read_text().split("---\n")[1])
    assert (head["license"], head["pretty_name"], head["tags"][-1]) == ("other", "Letters", "law")


def test_the_body_tells_how_the_rows_were_made(card: tuple[dict, str]) -> None:
    _, body = card
    for line in (
        "`smollm2-135m-instruct` (embedded endpoint), 12 rows",
        "A model of 135 million parameters wrote single sentences.",
        "served as `tiny-alias`",
        "40 tries gave 12 accepted rows (30%).",
        "| draft: facts missing | 27 |",
        "| calls | 420 |",
        "Cost: $1.50.",
        "- attempts a row: 1.17 on average, 3 at most",
        "- repaired without loss: 1 rows (8.3%): `ends_with` 1",
        "- pairs: train 4, test 2",
        "- rejected because: a failed attempt 6",
        "- chosen and rejected differ in length (characters) by 1.3% on average; by more than 15 % in 0 of 6",
        "- chosen answers that were repaired: 1",
        "| type-token ratio, moving average | 0.71 |",
        "| different documents | 12 |",
        "| different scenarios | 1 |",
        "| different combinations of checks | 1 |",
        "| label errors in 100 rows | 0 |",
        "- Only office documents.",
    ):
        assert line in body, line


def test_the_check_table_says_kind_and_how_often(card: tuple[dict, str]) -> None:
    assert "| `facts_mentioned` | truth |  |  | 8 | 4 |" in card[1]


def test_nothing_of_the_machine_is_in_the_card(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    for private in ("/srv", "somebody", "gpu-7", "8080", "sk-very", "hf_abcdefgh", "10.1.2.3"):
        assert private not in text, private
    assert "| documents | letters |" in text
    assert "| nothing |" not in text
    assert "| model | embedded:tiny.gguf |" in text
    assert str(folder) not in text


def test_clean_keeps_what_is_not_private() -> None:
    assert clean({"tokens": 16_384, "tokenizer": "Qwen/Qwen3-0.6B", "n": 3, "split": "1/2 and/or 3/4 a/b"}) == {
        "tokens": 16_384, "tokenizer": "Qwen/Qwen3-0.6B", "n": 3, "split": "1/2 and/or 3/4 a/b",
    }  # fmt: skip
    assert clean(r"C:\Users\me\docs and ~/docs/x") == "docs and x"


def test_max_length_is_round_and_above_every_row(folder: Path, card: tuple[dict, str]) -> None:
    longest = max(load_dataset(str(folder), "sft", cache_dir=str(folder.parent / "cache"), split="train")["tokens"])
    assert f"max_length: {max_length(longest)}" in card[1]
    assert [max_length(n) for n in (1, 224, 225, 2_000, 16_384)] == [256, 256, 512, 2_048, 16_640]


def test_the_dpo_max_length_has_room_for_a_long_rejected_answer(tmp_path: Path) -> None:
    row = record("train", 0)
    row.rejected = [{"role": "assistant", "content": "No amount was ever approved there. " * 100}]
    publish(tmp_path, {"train": iter([row])}, paradigm="p", scenario_fields=SCENARIO)
    body = (tmp_path / "README.md").read_text().split("dataset_config: dpo")[1]
    assert int(body.split("max_length: ")[1].split("\n")[0]) > row.prompt_tokens + 600
