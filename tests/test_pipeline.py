"""From scenario to accepted row with judges: a real build over HTTP against a scripted writer and scripted judges."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import datasets
import pytest

from longctx_synth import publish
from longctx_synth.builder import Built, load_builder
from longctx_synth.errors import SettingsError, StuckError
from longctx_synth.metrics.agreement import cohens_kappa, krippendorff_alpha
from longctx_synth.review.judge import load_rubric
from tests import responders
from tests.servers import Script, Server, running, schema_of

Respond = Callable[[dict[str, Any]], str]
AXES = load_rubric().names


def scores(given: Callable[[str], dict[str, int]], feedback: str = "It is fine.") -> Respond:
    """A judge: given(what it was shown) -> scores of some axes; 5 on the others."""

    def respond(request: dict[str, Any]) -> str:
        shown = "\n".join(message["content"] for message in request["messages"])
        found = given(shown)
        axes = schema_of(request)["properties"]
        return json.dumps({axis: {"feedback": feedback, "score": found.get(axis, 5)} for axis in axes})

    return respond


@contextlib.asynccontextmanager
async def servers_of(*judges: Respond) -> AsyncIterator[tuple[Server, list[Server]]]:
    """A writer that answers right, and these judges, each behind a URL of its own."""
    async with contextlib.AsyncExitStack() as stack:
        writer = await stack.enter_async_context(running(Script(model="writer"), responders.whole))
        found = [
            await stack.enter_async_context(running(Script(model=f"judge-{place}"), judge))
            for place, judge in enumerate(judges)
        ]
        yield writer, found


async def build(out: Path, writer: Server, judges: list[Server], **settings: Any) -> Built:
    """Builds in a thread, beside the servers' loop."""
    urls = [judge.url for judge in judges]
    values = {**responders.WHOLE, "concurrency": 1, "judge_endpoint": urls, **settings}
    builder = load_builder("verifiable_if")(cache_dir=str(out / "cache"), endpoint=writer.url, **values)
    return await asyncio.to_thread(builder.generate, out / "data")


def rows(out: Path) -> list[dict[str, Any]]:
    return list(datasets.load_dataset(str(out / "data"), "records", split="train", cache_dir=str(out / "hf")).to_list())


def asked(server: Server) -> list[str]:
    return [request["messages"][-1]["content"] for request in server.requests]


async def test_a_judge_that_approves(tmp_path):
    async with servers_of(scores(lambda shown: {"coherence": 4})) as (writer, judges):
        built = await build(tmp_path, writer, judges)
    found = rows(tmp_path)
    assert len(found) == 6 and publish.verify(tmp_path / "data") == []
    for row in found:
        last = json.loads(row["judge"])[-1]
        assert last["judge"] == "judge-0" and last["scores"] == {**dict.fromkeys(AXES, 5), "coherence": 4}
    assert not any("No judge" in note for note in built.notes)
    card = (tmp_path / "data" / "README.md").read_text()
    assert "mean 4.00 over 6 rows, 0 missing" in card and "judge-0" in card
    # Judges see only what rules and checks have passed.
    judged = {text.split("----- ANSWER")[1] for text in asked(judges[0])}
    assert len(judged) >= 6


async def test_a_judge_that_rejects_stops_the_run_and_the_funnel_says_why(tmp_path):
    async with servers_of(scores(lambda shown: {"coherence": 1})) as (writer, judges):
        with pytest.raises(StuckError) as stuck:
            await build(tmp_path, writer, judges, attempts=1, tries_per_slot=3)
    assert "judge: coherence" in str(stuck.value)
    assert not (tmp_path / "data" / "data").exists()


async def test_a_judge_that_answers_in_broken_json_never_passes_a_draft(tmp_path):
    async with servers_of(lambda request: '{"coherence": {"feedback": "nice", "sco') as (writer, judges):
        with pytest.raises(StuckError) as stuck:
            await build(tmp_path, writer, judges, attempts=1, tries_per_slot=2)
        assert judges[0].counts.answered % 2 == 0 and judges[0].counts.answered > 0  # every judgement was asked again
    assert "judge: factual_grounding" in str(stuck.value)


async def test_the_feedback_of_a_judge_reaches_the_next_request(tmp_path):
    seen: Counter[str] = Counter()

    def once(shown: str) -> dict[str, int]:
        answer = shown.split("----- ANSWER")[1]
        seen[answer] += 1
        return {"tone_fidelity": 2} if seen[answer] == 1 else {}

    async with servers_of(scores(once, "Sound less like a robot.")) as (writer, judges):
        built = await build(tmp_path, writer, judges)
        again = [text for text in asked(writer) if "Sound less like a robot." in text]
        assert len(again) >= 6
        assert all("Your last draft was not accepted" in text for text in again)
    found = rows(tmp_path)
    for row in found:
        judged = json.loads(row["judge"])
        assert [entry["scores"]["tone_fidelity"] for entry in judged][-2:] == [2, 5]
        assert judged[-1]["draft"] == judged[-2]["draft"] + 1 <= row["attempts"]
    assert built.funnel.accepted == 6
    # The draft that only the judge failed is no rejected answer of a pair: it passes the row's checks.
    assert not any(
        row["rejected"] and row["rejected"][-1]["content"] == row["completion"][-1]["content"] for row in found
    )


async def test_two_judges_that_contradict_each_other(tmp_path):
    """One gives 5 throughout, the other 1 to 5 by the length of the answer: medians and agreement as computed by hand."""

    def by_length(shown: str) -> dict[str, int]:
        return {"coherence": 1 + len(shown) % 5}

    async with servers_of(scores(lambda shown: {}), scores(by_length)) as (writer, judges):
        built = await build(tmp_path, writer, judges, judge="record")
        given = {
            text.split("----- ANSWER")[1]: by_length("\n".join(m["content"] for m in request["messages"]))["coherence"]
            for request, text in zip(judges[1].requests, asked(judges[1]), strict=True)
        }
    assert built.funnel.accepted == 6
    found = rows(tmp_path)
    pairs = []
    for row in found:
        entries = json.loads(row["judge"])
        assert [entry["judge"] for entry in entries] == ["judge-0", "judge-1"]
        pairs.append([entry["scores"]["coherence"] for entry in entries])
    assert {pair[0] for pair in pairs} == {5} and sorted(pair[1] for pair in pairs) == sorted(given.values())
    mean = sum((a + b) / 2 for a, b in pairs) / 6
    alpha = krippendorff_alpha([[float(a), float(b)] for a, b in pairs], "ordinal")
    kappa = cohens_kappa([a for a, _ in pairs], [b for _, b in pairs], weights="quadratic")
    card = (tmp_path / "data" / "README.md").read_text()
    line = next(line for line in card.splitlines() if line.startswith("| ") and "coherence" in line and "mean" in line)
    assert f"mean {mean:.2f}" in line and f"{alpha:.2f}" in line and f"{kappa:.2f}" in line


async def test_the_same_median_gates(tmp_path):
    """5 and 2 have the median 3.5, below the threshold of 4; 5 and 4 pass."""
    assert load_rubric()["factual_grounding"].threshold == 4
    async with servers_of(scores(lambda shown: {}), scores(lambda shown: {"factual_grounding": 2})) as (writer, judges):
        with pytest.raises(StuckError, match="judge: factual_grounding"):
            await build(tmp_path / "low", writer, judges, attempts=1, tries_per_slot=2)
    async with servers_of(scores(lambda shown: {}), scores(lambda shown: {"factual_grounding": 4})) as (writer, judges):
        assert (await build(tmp_path / "high", writer, judges)).funnel.accepted == 6


async def test_what_judges_said_is_not_asked_again(tmp_path):
    async with servers_of(scores(lambda shown: {})) as (writer, judges):
        await build(tmp_path, writer, judges)
        sent = judges[0].counts.answered
        built = await build(tmp_path, writer, judges, n=6)
        assert judges[0].counts.answered == sent
    assert built.rows == {"train": 6}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"judge": "gate"}, "too small to judge"),
        ({"judge": "off", "judge_endpoint": ["http://127.0.0.1:1"]}, "leave out one"),
        ({"judge_endpoint": ["http://a", "http://b", "http://c"], "judge_model": ["x", "y"]}, "one model for each"),
        ({"judge": "maybe"}, "--judge"),
        ({"layers": "3-1"}, "--layers 3-1"),
        ({"noise": 5}, "--noise"),
        ({"fields": "many"}, "--fields"),
    ],
)
def test_judge_settings_that_make_no_sense(settings, words):
    with pytest.raises(SettingsError, match=words):
        load_builder("verifiable_if")(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"judge_rubric": "nowhere.yaml", "judge_endpoint": ["http://127.0.0.1:1"]}, "nowhere.yaml"),
        ({"scenarios": "nowhere.jsonl"}, "nowhere.jsonl"),
        ({"forbid_words": "nowhere.txt"}, "nowhere.txt"),
        ({"language": "xx"}, "--language xx"),
        ({"language": "de"}, "--answer whole"),
    ],
)
def test_files_and_languages_that_are_not_there(tmp_path, settings, words):
    with pytest.raises(SettingsError, match=words):
        builder = load_builder("verifiable_if")(cache_dir=str(tmp_path), **{"answer": "program", **settings})
        builder.setup()


def test_a_missing_prompts_folder(tmp_path):
    with pytest.raises(SettingsError, match="--prompts"):
        load_builder("verifiable_if")(cache_dir=str(tmp_path), prompts=str(tmp_path / "nowhere"))
