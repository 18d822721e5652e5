"""The leaves of multi_turn under lm-eval: a history reaches the model in its roles, by template, by endpoint, as a transcript."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import longctx_synth
from longctx_synth import checks
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject
from longctx_synth.world.talk.probes import KINDS

from .servers import running
from .tiny_models import save_model

pytest.importorskip("lm_eval", reason="the tasks need the extra `eval`")

from .test_lm_eval import TASKS, evaluate, rows_of, scores_of, tasks, utils  # noqa: F401

LEAF = "longctx_synth_multi_turn_512"
ANY = "longctx_synth_multi_turn"


@pytest.fixture(scope="module")
def leaf() -> Any:
    """The leaf of 512 tokens with 12 documents: each kind, with a system message and without."""
    return tasks(LEAF, documents=12)["tasks"][LEAF]


@pytest.fixture(scope="module")
def docs(leaf: Any) -> list[dict[str, Any]]:
    return [dict(doc) for doc in leaf.eval_docs]


def context(task: Any, doc: dict[str, Any], **options: Any) -> Any:
    """What lm-eval gives the model for a document; the chat template here hands back the messages that it got."""
    return task.fewshot_context(doc, 0, chat_template=lambda messages: messages, **options)


# What is asked.


def test_a_document_is_a_conversation_whose_last_turn_is_the_users(docs: list[dict[str, Any]]) -> None:
    for doc in docs:
        roles = [message["role"] for message in doc["prompt"]]
        turns = roles[1:] if roles[0] == "system" else roles
        assert turns == ["user", "assistant"] * (len(turns) // 2) + ["user"] and len(turns) > 4
        assert checks.judge(doc["checks"], doc["gold"], doc["prompt"]).passed
    assert {doc["prompt"][0]["role"] for doc in docs} == {"system", "user"}


def test_every_kind_and_every_distance_is_counted(leaf: Any) -> None:
    declared = {name.removeprefix("answer_exact_") for name in leaf.aggregation()}
    kinds = {f"kind_{kind}" for kind in KINDS}
    distances = {f"distance_{fifth}" for fifth in range(1, 6)}
    assert declared == kinds | distances | {
        "answer_exact",
        "all_checks_passed",
        "checks_passed",
        "document_checks_passed",
    }
    rows = rows_of(tasks(ANY, lengths=[2048], documents=45))
    counted = Counter(stratum for row in rows for stratum in row["strata"])
    assert counted.keys() == kinds | distances
    assert all(counted[each] >= 4 for each in distances), counted
    for row in rows:
        assert len(row["strata"]) == 2 and f"kind_{row['question']}" in row["strata"]


def test_a_document_counts_in_its_own_strata_and_length_alone() -> None:
    loaded = tasks(ANY, lengths=[512, 1024], documents=6)
    rows = rows_of(loaded)
    right = rows[0]["strata"][1]
    scores = scores_of(evaluate(loaded, lambda doc: doc["gold"] if right in doc["strata"] else "")["results"], ANY)
    of = [row for row in rows if right in row["strata"]]
    assert scores["answer_exact"] == scores["all_checks_passed"] == pytest.approx(len(of) / len(rows))
    assert scores[f"answer_exact_{right}"] == 1.0
    for kind in KINDS:
        if f"kind_{kind}" != right:
            assert scores.get(f"answer_exact_kind_{kind}", 0.0) == 0.0
    for length in (512, 1024):
        here = [row for row in rows if row["length"] == length]
        assert scores[f"answer_exact_{length}"] == pytest.approx(len([row for row in here if row in of]) / len(here))


def test_a_right_value_that_breaks_a_rule_given_in_the_conversation_is_not_exact(
    docs: list[dict[str, Any]],
    utils: Any,  # noqa: F811
) -> None:
    ruled = [doc for doc in docs if doc["question"] == "instruction"]
    assert ruled
    for doc in ruled:
        scores = utils.process_conversations(doc, [f"Well, well. It is so: {doc['gold'].lower()} Well. Well."])
        assert (scores["answer_exact"], scores["all_checks_passed"]) == (0.0, 0.0)
        assert 0.0 < scores["checks_passed"] < 1.0


def test_no_name_of_a_training_conversation_occurs(docs: list[dict[str, Any]]) -> None:
    builder = load_builder("multi_turn")(n=12, tokens="1024", tokenizer="approximate")
    builder.setup()
    names: set[str] = set()
    for number in range(12):
        try:
            names |= set(builder.plan(builder.case("train", number, 0)).talk.cast.stage.pool.entities)
        except Reject:
            continue
    assert len(names) > 40
    said = "\n".join(message["content"] for doc in docs for message in doc["prompt"])
    assert not [name for name in names if name in said]


# How it is asked.


def test_a_chat_template_gets_the_messages_as_they_are(leaf: Any, docs: list[dict[str, Any]]) -> None:
    for doc in docs:
        for multiturn in (False, True):
            assert context(leaf, doc, apply_chat_template=True, fewshot_as_multiturn=multiturn) == doc["prompt"]


def test_a_system_instruction_comes_before_the_conversations_own_in_one_message(
    leaf: Any, docs: list[dict[str, Any]]
) -> None:
    for doc in docs:
        given = context(leaf, doc, apply_chat_template=True, system_instruction="Be brief.")
        own = doc["prompt"][0]["role"] == "system"
        system = f"Be brief.\n\n{doc['prompt'][0]['content']}" if own else "Be brief."
        assert given == [{"role": "system", "content": system}, *doc["prompt"][own:]]
        assert leaf.eval_docs[docs.index(doc)]["prompt"] == doc["prompt"]  # untouched


def test_without_a_template_it_is_a_transcript_that_ends_where_the_user_would_go_on(
    leaf: Any, docs: list[dict[str, Any]]
) -> None:
    doc = next(doc for doc in docs if doc["prompt"][0]["role"] == "system")
    text = context(leaf, doc)
    assert text == leaf.doc_to_text(doc)
    names = {"system": "System", "user": "User", "assistant": "Assistant"}
    turns = [f"{names[message['role']]}: {message['content']}" for message in doc["prompt"]]
    assert text == "\n\n".join(turns) + "\n\nAssistant:"
    request = leaf.construct_requests(doc, text, metadata=("", 0, 1), apply_chat_template=False)
    assert request.arguments[0] == text and request.arguments[1]["until"] == ["\nUser:"]
    templated = leaf.construct_requests(doc, text, metadata=("", 0, 1), apply_chat_template=True)
    assert templated.arguments[1]["until"] == []


def test_a_stop_of_the_users_own_is_kept() -> None:
    task = tasks(LEAF, documents=1)["tasks"][LEAF]
    task.set_config(key="generation_kwargs", value={"until": ["###"]}, update=True)
    doc = task.eval_docs[0]
    request = task.construct_requests(doc, "text", metadata=("", 0, 1), apply_chat_template=False)
    assert request.arguments[1]["until"] == ["###"]


def test_each_turn_of_a_history_takes_room_of_the_window(docs: list[dict[str, Any]], utils: Any) -> None:  # noqa: F811
    from longctx_synth.tokens import load

    count = load("approximate").count
    doc = utils.multi_turn(leaf_tokens=512, documents=1)["test"][0]
    prompt = sum(count(message["content"]) for message in doc["prompt"])
    template = 64 + 8 * (len(doc["prompt"]) - 1)
    settings = {"pretrained": "somebody/model", "leaf_tokens": 512, "documents": 1}
    need = prompt + template + 1024
    assert utils.multi_turn(**settings, max_length=need)["test"].num_rows == 1
    with pytest.raises(ValueError, match=f"longest prompt has {prompt} of this model's tokens, {template} more for"):
        utils.multi_turn(**settings, max_length=need - 1)


@pytest.mark.slow
async def test_a_chat_endpoint_is_sent_the_conversations_by_lm_evals_own_command(
    docs: list[dict[str, Any]], tmp_path: Path
) -> None:
    pytest.importorskip("tenacity", reason="lm-eval's endpoints need the extra `eval`, which brings lm-eval[api]")
    gold = {json.dumps(doc["prompt"]): doc["gold"] for doc in docs}

    def answer(request: dict[str, Any]) -> str:
        return gold.get(json.dumps(request["messages"]), "I was never in this conversation.")

    async with running(responder=answer) as server:
        arguments = (
            f"model=scripted,base_url={server.url}/v1/chat/completions,num_concurrent=1,tokenized_requests=False"
        )
        line = ["run", "--model", "local-chat-completions", "--model_args", arguments, "--apply_chat_template"]
        line += ["--tasks", LEAF, "--include_path", str(TASKS), "--metadata", '{"documents": 12}']
        line += ["--output_path", str(tmp_path), "--log_samples"]
        source = str(Path(longctx_synth.__file__).parents[1])
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]),
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lm_eval", *line,
            cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 240)
        assert process.returncode == 0, said.decode()[-4_000:]
        sent = [request["messages"] for request in server.requests]
    assert sorted(sent, key=json.dumps) == sorted((doc["prompt"] for doc in docs), key=json.dumps)
    (file,) = tmp_path.rglob("results_*.json")
    scores = scores_of(json.loads(file.read_text())["results"], LEAF)
    assert len(scores) > 10 and set(scores.values()) == {1.0}


@pytest.fixture(scope="module")
def model(docs: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = (message["content"] for doc in docs for message in doc["prompt"])
    return save_model(tmp_path_factory.mktemp("model"), texts)


@pytest.mark.slow
@pytest.mark.parametrize("templated", [True, False], ids=["template", "transcript"])
def test_a_local_model_reads_the_conversation_in_its_own_template(
    docs: list[dict[str, Any]], model: Path, templated: bool
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager
    from transformers import AutoTokenizer

    arguments = {"pretrained": str(model), "device": "cpu", "dtype": "float32"}
    manager = TaskManager(
        include_path=str(TASKS), include_defaults=False, metadata={"documents": 12, "max_gen_toks": 4, **arguments}
    )
    done = simple_evaluate(
        model="hf", model_args=arguments, tasks=[LEAF], task_manager=manager, limit=3, bootstrap_iters=0,
        gen_kwargs={"max_gen_toks": 4}, apply_chat_template=templated, batch_size=1,
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(model)
    samples = done["samples"][LEAF]
    assert len(samples) == 3
    for sample, doc in zip(samples, docs, strict=False):
        ((given, settings),) = sample["arguments"]
        assert sample["doc"]["id"] == doc["id"] and sample["resps"][0][0] is not None
        if templated:
            assert given == tokenizer.apply_chat_template(doc["prompt"], tokenize=False, add_generation_prompt=True)
            assert given.count("<|im_start|>") == len(doc["prompt"]) + 1
        else:
            assert given.startswith(("User: ", "System: ")) and given.endswith("\n\nAssistant:")
            assert settings["until"] == ["\nUser:"]
    assert 0.0 <= done["results"][LEAF]["checks_passed,none"] <= 1.0
