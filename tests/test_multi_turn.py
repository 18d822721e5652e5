"""multi_turn as a builder: its rows and views, a model on both sides over HTTP, what happens when it invents, windows, kill -9."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from longctx_synth import publish
from longctx_synth.builder import load_builder
from longctx_synth.errors import SettingsError, StuckError
from longctx_synth.publish.reading import shards
from tests import servers, talk_responders
from tests.test_build import build, command


def rows(out: Path, split: str = "train") -> list[dict]:
    return [row for shard in shards(out) if shard.name.startswith(split) for row in pq.read_table(shard).to_pylist()]


BY_PROGRAM = {"answer": "program", "tokenizer": "approximate"}


def made(out: Path, **settings: object) -> dict[str, list[dict]]:
    load_builder("multi_turn")(cache_dir=str(out / "cache"), **{**BY_PROGRAM, **settings}).generate(out)
    assert publish.verify(out) == []
    return {split: rows(out, split) for split in ("train", "validation", "test")}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("talks")
    made(out, n=45, validation=9, test=27, tokens="2048")
    return out


def test_rows_hold_what_they_promise_and_views_load(dataset: Path):
    found = rows(dataset)
    assert len(found) == 45
    by_talk = defaultdict(list)
    for row in found:
        by_talk[row["documents"][0]].append(row)
        assert row["prompt"][-1] == {"role": "user", "content": row["scenario"]["asked"]}
        assert row["scenario"]["turns"] == str(sum(message["role"] != "system" for message in row["prompt"]) + 1)
        assert row["evidence"]
    assert all(len(group) == 3 for group in by_talk.values())
    assert all(sum(row["scenario"]["chat"] == "yes" for row in group) == 1 for group in by_talk.values())
    for view in ("sft", "dpo", "grpo", "records"):
        assert len(load_dataset(str(dataset), view, split="train")) > 0
    chat = load_dataset(str(dataset), "chat", split="train")
    assert len(chat) == 15
    assert all(messages[-1]["role"] == "assistant" for messages in chat["messages"])
    kinds = Counter(row["scenario"]["question"] for row in found)
    assert len(kinds) == 9 and set(kinds.values()) == {5}


def test_pairs_differ_in_what_is_remembered_and_not_in_length(dataset: Path):
    paired = [row for row in rows(dataset) if row["rejected"]]
    assert len(paired) > 30
    for row in paired:
        chosen, rejected = row["chosen"][0]["content"], row["rejected"][0]["content"]
        assert abs(len(chosen) - len(rejected)) <= max(0.15 * len(chosen), 2)
        assert row["rejected_because"].startswith("forgotten, ")


def test_short_conversations_are_asked_one_thing_each(tmp_path: Path):
    found = made(tmp_path, n=4, tokens="512")["train"]
    assert len({row["documents"][0] for row in found}) == 4


def test_turns_are_as_many_as_were_asked_for(tmp_path: Path):
    found = made(tmp_path, n=6, tokens="2048", turns="20")["train"]
    assert {row["scenario"]["turns"] for row in found} == {"20"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"turns": "3"}, "4 to 200 turns"), ({"turns": "30-20"}, "4 to 200 turns"), ({"turns": "500"}, "4 to 200 turns")],
)
def test_turns_that_make_no_sense_are_refused(settings: dict[str, str], words: str):
    with pytest.raises(SettingsError, match=words):
        load_builder("multi_turn")(n=1, **settings)


@pytest.mark.parametrize("settings", [{"documents": "somewhere"}, {"language": "de", "answer": "whole"}])
def test_what_it_cannot_do_is_said(tmp_path: Path, settings: dict[str, str]):
    with pytest.raises(SettingsError, match="multi_turn writes conversations of its own"):
        made(tmp_path, n=1, tokens="2048", **settings)


# A model on both sides.


def spoken(out: Path, responder: str, **settings: object) -> list[dict]:
    script = servers.Script(responder=f"tests.talk_responders:{responder}", window=int(settings.pop("window", 32768)))
    with servers.process(script) as server:
        found = made(out, endpoint=[server.url], writer="model", **{**talk_responders.SETTINGS, **settings})["train"]
        assert server.stats()["refused"] == 0
    return found


def test_a_model_voices_both_sides(tmp_path: Path):
    found = spoken(tmp_path, "turns")
    exchanges = [exchange for talk in talk_responders.talks() for exchange in talk.exchanges]
    programs = {turn.text for exchange in exchanges for turn in (exchange.user, exchange.assistant)}
    for row in found:
        own, turns = map(int, row["scenario"]["model_worded"].split("/"))
        assert own >= 0.75 * turns  # the test's reader takes the first sentence on a thing
        said = [message["content"] for message in row["prompt"][:-1] if message["role"] != "system"]
        assert sum("You should know this" in text for text in said) >= len(said) / 4
        assert sum(text in programs for text in said) < len(said) / 2
        for piece in row["evidence"]:
            assert row["prompt"][piece["message"]]["content"][piece["start"] : piece["end"]] == piece["text"]


def test_turns_that_invent_do_not_count(tmp_path: Path):
    with pytest.raises(StuckError, match="too few turns in the model's words hold"):
        spoken(tmp_path, "invent", n=3, tries_per_slot=2, attempts=1)


def test_turns_that_a_second_reading_reads_otherwise_keep_the_programs_words(tmp_path: Path):
    """Turns without a value are the model's all the same; where they are too few, no row is made."""
    try:
        found = spoken(tmp_path, "swap", n=3, tries_per_slot=2, attempts=1)
    except StuckError as error:
        assert "too few turns in the model's words hold" in str(error)
        found = []
    for row in found:
        own, turns = map(int, row["scenario"]["model_worded"].split("/"))
        assert 0 < own < turns
        assert not any("You should know this" in message["content"] for message in row["prompt"])


def test_the_model_answers_from_the_conversation_and_who_forgot_is_rejected(tmp_path: Path):
    settings = {"answer": "whole", **talk_responders.SETTINGS}
    with servers.process(servers.Script(responder="tests.talk_responders:answers")) as server:
        found = made(tmp_path, endpoint=[server.url], **settings)["train"]
    assert len(found) == 6
    failed = [row for row in found if row["rejected_because"].startswith("failed_attempt")]
    assert failed
    for row in found:
        assert any(not verdict["passed"] for verdict in json.loads(row["verdicts"]))


def test_a_conversation_of_64k_tokens_by_an_endpoint_with_a_window_of_8k(tmp_path: Path):
    found = spoken(tmp_path, "long", window=8192, **talk_responders.LONG)
    assert len(found) == 3
    for row in found:
        assert abs(row["prompt_tokens"] - 65536) <= 0.02 * 65536
        own, turns = map(int, row["scenario"]["model_worded"].split("/"))
        assert own >= 0.5 * turns and turns > 60


def test_kill_9_inside_a_conversation_asks_no_finished_turn_again(tmp_path: Path):
    script = servers.Script(responder="tests.talk_responders:turns", delay=0.01)
    flags = ("--writer", "model", "--answer", "program", "--n", "6", "--tokens", "2048", "--tokenizer", "approximate")
    with servers.process(script) as server:
        flags = (*flags, "--endpoint", server.url, "--concurrency", "1")
        process = subprocess.Popen(command("multi_turn", tmp_path, *flags), stderr=subprocess.DEVNULL)
        moment = random.Random(4).randrange(8, 16)  # a conversation of this length takes more calls
        while server.stats()["answered"] < moment:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert not (tmp_path / "data").exists()
        result = build("multi_turn", tmp_path, *flags)
        assert result.returncode == 0, result.stderr
        assert server.stats()["answered_again"] <= 1  # the one that was in flight
    assert len(rows(tmp_path)) == 6


def test_help_tells_of_turns():
    told = subprocess.run(
        [sys.executable, "-m", "longctx_synth.cli", "build", "--help"], capture_output=True, text=True
    )
    assert "--turns" in told.stdout


def test_attackers_that_cannot_read_stay_near_chance(tmp_path: Path):
    pytest.importorskip("sklearn")
    from longctx_synth.studies.attack import attack

    made(tmp_path, n=207, tokens="2048", seed=3, pairs=False)
    found = attack(tmp_path, test_split="train")
    tried = {figures.kind for figures in found.kinds}
    assert tried >= {"update", "inference", "suggestion", "order", "sharded", "coherence"}
    leaky = [(figures.kind, name) for figures in found.kinds for name, share in figures.shares.items() if share.leaky]
    assert [entry for entry in leaky if entry[1] != "linear_reader"] == []
