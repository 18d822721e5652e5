"""The committed reference data of the paradigms with exact answers: it loads, verifies, and is bound to its documents."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import pytest

from longctx_synth import publish
from longctx_synth.metrics import binding

BUILDERS = Path(__file__).parent.parent / "builders"
PARADIGMS = ["document_grounded", "long_reasoning", "multi_turn"]


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_it_is_what_it_promises(paradigm):
    folder = BUILDERS / paradigm
    assert publish.verify(folder) == []
    assert sum(file.stat().st_size for file in (folder / "data").glob("*")) < 1 << 20
    card = (folder / "README.md").read_text("utf-8")
    assert "Known limits" in card and "SmolLM2" in card


@pytest.mark.parametrize("view", ["sft", "dpo", "grpo", "records"])
@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_every_view_loads(paradigm, view, tmp_path):
    data = datasets.load_dataset(str(BUILDERS / paradigm), view, cache_dir=str(tmp_path))
    assert {"train", "test"} <= set(data)
    assert all(split.num_rows for split in data.values())


def test_conversations_load(tmp_path):
    data = datasets.load_dataset(str(BUILDERS / "multi_turn"), "chat", cache_dir=str(tmp_path))
    for split in data.values():
        for messages in split["messages"]:
            roles = [message["role"] for message in messages if message["role"] != "system"]
            assert roles == ["user", "assistant"] * (len(roles) // 2)


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_answers_need_their_documents(paradigm, tmp_path):
    rows = list(datasets.load_dataset(str(BUILDERS / paradigm), "records", split="train", cache_dir=str(tmp_path)))
    assert binding.foreign_answers_fail(rows) >= 0.95
    short = paradigm == "multi_turn"  # "14 days" against "7 days" is a difference in length of a seventh
    paired = [row for row in rows if row["chosen"] and (not short or len(row["chosen"][0]["content"]) > 20)]
    assert binding.pair_lengths(paired)["greatest"] <= 0.15
    for row in rows:
        assert json.loads(row["checks"])
        for piece in row["evidence"]:
            assert row["prompt"][piece["message"]]["content"][piece["start"] : piece["end"]] == piece["text"]
