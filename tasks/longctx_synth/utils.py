"""The paradigms under lm-eval: documents made by seeded code, scored by the checks that verify the training rows.

The documents are those of each builder's test split under a seed of their own, so they share no name, phrasing or
combination of constraints with training rows, and checks and kinds of worlds that are held out from training occur in
them. They depend on nothing but this package: lengths are measured by `approximate` tokens, not by a tokenizer that is
installed here and not there. So every model on every machine reads the same documents, and document 17 is the same
whether 20 or 50 are asked for. A slot that cannot be filled at a length (an extraction whose schema takes most of 512
tokens) is passed over, and the next one stands in its place.

A document's `prompt` is one text, or the messages of a conversation (`multi_turn`), whose roles `conversation.py` keeps.

lm-eval hands the model's arguments and `--metadata` to `verifiable_if`, `long_reasoning` and the others, and cuts a
prompt that does not fit from the left with at most a warning. The head holds the instruction as often as not, so a cut
prompt measures nothing: whatever can be known about the model's window is looked up before anything runs, and a leaf
that does not fit is an error.

Whether an answer is exact is counted once more under each of a document's `strata` (the fifth of the context in which
its evidence begins, the number of its steps). A document gives only the metrics of its own strata; lm-eval takes each
metric's mean over the documents that give it.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import datasets

SEED = 7_310_425  # the length is added; not a default of any build, so that no one's own test rows are these
DOCUMENTS = 50
LENGTHS = (4096,)
EXAMPLE = '{"lengths": [16384], "documents": 20}'
TOLERANCE = 0.02
TRIES = {  # of a slot, before it is passed over
    "verifiable_if": 40,
    "long_reasoning": 8,
    "document_grounded": 8,
    "multi_turn": 8,
    "situated_principles": 8,
}
WORLDS = ("long_reasoning", "document_grounded")
ANSWER_TOKENS = 1024  # max_gen_toks in every base YAML
SPARE = 40  # slots beyond twice the documents that are looked at before a length is given up
DEPTHS = 5
STEPS = {"1_2": (1, 2), "3_4": (3, 4), "5_8": (5, 6, 7, 8)}
TEMPLATE_TOKENS = 64  # room for what a chat template adds
TURN_TOKENS = 8  # and for what it adds with each further message
API_WINDOW = 2048  # what lm-eval's completions models take for the window unless told
logger = logging.getLogger("lm_eval.tasks.longctx_synth")


def verifiable_if(**asked: Any) -> dict[str, datasets.Dataset]:
    """The documents of a leaf of verifiable_if: {"test": Dataset}. asked: see `_leaf`."""
    return _leaf("verifiable_if", **asked)


def long_reasoning(**asked: Any) -> dict[str, datasets.Dataset]:
    """The documents of a leaf of long_reasoning: {"test": Dataset}. asked: see `_leaf`."""
    return _leaf("long_reasoning", **asked)


def document_grounded(**asked: Any) -> dict[str, datasets.Dataset]:
    """The documents of a leaf of document_grounded: {"test": Dataset}. asked: see `_leaf`."""
    return _leaf("document_grounded", **asked)


def multi_turn(**asked: Any) -> dict[str, datasets.Dataset]:
    """The documents of a leaf of multi_turn: {"test": Dataset}. asked: see `_leaf`."""
    return _leaf("multi_turn", **asked)


def situated_principles(**asked: Any) -> dict[str, datasets.Dataset]:
    """The documents of a leaf of situated_principles, queries over a document: {"test": Dataset}. asked: see `_leaf`."""
    return _leaf("situated_principles", **asked)


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response.

    all_checks_passed: 1.0 where every check passes, else 0.0. checks_passed: mean score of the checks. The other two
    are that mean over the checks that need the document (facts, order, quotations) and over the constraints on form.
    """
    from longctx_synth import checks

    specs = checks.parse(doc["checks"])
    verdicts = checks.run_all(specs, results[0], doc["prompt"])
    form = [checks.info(spec["check"]).kind == "constraint" for spec in specs]

    def mean(which: Iterable[bool]) -> float:
        scores = [verdict.score for verdict, chosen in zip(verdicts, which, strict=True) if chosen]
        return sum(scores) / len(scores)

    return {
        "all_checks_passed": float(all(verdict.passed for verdict in verdicts)),
        "checks_passed": mean([True] * len(form)),
        "document_checks_passed": mean([not each for each in form]),
        "format_checks_passed": mean(form),
    }


def process_results_by_length(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response, and the two main ones once more under the document's length."""
    scores = process_results(doc, results)
    named = {f"{name}_{doc['length']}": scores[name] for name in ("all_checks_passed", "checks_passed")}
    return scores | named


def process_answers(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response to a question that has an answer.

    answer_exact: 1.0 where all checks that hold the answer to one value pass, else 0.0; of a document without such a
    check (a summary, an account of an entity), where all its truth checks pass. answer_exact_depth_1 to _5 and
    answer_exact_steps_*: the same, under the document's strata alone. all_checks_passed: 1.0 where every check passes.
    checks_passed: mean score of the checks; document_checks_passed: of the truth checks among them.
    """
    from longctx_synth import checks
    from longctx_synth.rewards import ANSWER_CHECKS

    specs = checks.parse(doc["checks"])
    verdicts = checks.run_all(specs, results[0], doc["prompt"])
    truth = [v for v, spec in zip(verdicts, specs, strict=True) if checks.info(spec["check"]).kind == "truth"]
    answer = [v for v, spec in zip(verdicts, specs, strict=True) if spec["check"] in ANSWER_CHECKS] or truth
    exact = float(all(verdict.passed for verdict in answer))
    return {
        "answer_exact": exact,
        "all_checks_passed": float(all(verdict.passed for verdict in verdicts)),
        "checks_passed": sum(verdict.score for verdict in verdicts) / len(verdicts),
        "document_checks_passed": sum(verdict.score for verdict in truth) / len(truth),
        **{f"answer_exact_{stratum}": exact for stratum in doc["strata"]},
    }


def process_kept(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response to a query that obliges to something a program can decide.

    all_checks_passed: 1.0 where every check passes. checks_passed: mean score of the checks. kept_*: the first once more,
    under the kind of the query alone (quote, abstain, correct, keep a secret, be brief).
    """
    from longctx_synth import checks

    verdicts = checks.run_all(doc["checks"], results[0], doc["prompt"])
    passed = float(all(verdict.passed for verdict in verdicts))
    return {
        "all_checks_passed": passed,
        "checks_passed": sum(verdict.score for verdict in verdicts) / len(verdicts),
        f"kept_{doc['task']}": passed,
    }


def process_answers_by_length(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response, and the three main ones once more under the document's length."""
    return _by_length(doc, process_answers(doc, results))


def process_conversations(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response to the last question of a conversation.

    All its checks need the conversation: a rule for answers was given there just as a value was. So an answer is exact
    where all pass. document_checks_passed leaves out `forbids`, which says nothing of an answer that names no value at
    all. answer_exact_distance_1 to _5 (the fifth of the conversation that it
    reaches back to, 1 the last) and answer_exact_kind_*: the same, under the document's strata alone.
    """
    from longctx_synth import checks

    specs = checks.parse(doc["checks"])
    verdicts = checks.run_all(specs, results[0], doc["prompt"])
    exact = float(all(verdict.passed for verdict in verdicts))
    needed = [v.score for v, spec in zip(verdicts, specs, strict=True) if spec["check"] != "forbids"]
    return {
        "answer_exact": exact,
        "all_checks_passed": exact,
        "checks_passed": sum(verdict.score for verdict in verdicts) / len(verdicts),
        "document_checks_passed": sum(needed) / len(needed),
        **{f"answer_exact_{stratum}": exact for stratum in doc["strata"]},
    }


def process_conversations_by_length(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """The metrics of one response, and the three main ones once more under the document's length."""
    return _by_length(doc, process_conversations(doc, results))


def _by_length(doc: dict[str, Any], scores: dict[str, float]) -> dict[str, float]:
    main = ("answer_exact", "all_checks_passed", "checks_passed")
    return scores | {f"{name}_{doc['length']}": scores[name] for name in main}


# The documents.


def _leaf(
    paradigm: str,
    leaf_tokens: int | None = None,
    lengths: int | Iterable[int] = LENGTHS,
    documents: int = DOCUMENTS,
    **model_args: Any,
) -> dict[str, datasets.Dataset]:
    """The documents of a leaf: {"test": Dataset}.

    leaf_tokens: a fixed leaf's length; without it `lengths` holds, with `documents` for each. model_args: the rest of
    what lm-eval merges into the metadata. Raises ValueError for settings that make no sense and for prompts that the
    model's window would cut.
    """
    wanted = [leaf_tokens] if leaf_tokens else [lengths] if isinstance(lengths, int) else list(lengths)
    for name, values in (("lengths", wanted), ("documents", [documents])):
        if not values or not all(isinstance(value, int) and value > 0 for value in values):
            raise ValueError(f"--metadata: {name} must be whole numbers above 0, such as {EXAMPLE}.")
    if leaf_tokens and lengths != LENGTHS:
        logger.warning(
            "lengths has no effect on the leaf of %d tokens; longctx_synth_%s takes it.", leaf_tokens, paradigm
        )
    rows = [row for tokens in dict.fromkeys(wanted) for row in _rows(paradigm, tokens, documents)]
    _refuse_to_cut(paradigm, rows, model_args)
    return {"test": datasets.Dataset.from_list(rows)}


def _rows(paradigm: str, tokens: int, documents: int) -> list[dict[str, Any]]:
    """The first so many documents of a length, in the order of their slots."""
    found: list[dict[str, Any]] = []
    for number in range(2 * documents + SPARE):
        row = _document(paradigm, tokens, number)
        if row is not None:
            found.append(row)
        if len(found) == documents:
            return found
    raise RuntimeError(f"{paradigm} has only {len(found)} documents of {tokens} tokens: please report this.")


@functools.lru_cache(maxsize=32)
def _builder(paradigm: str, tokens: int) -> Any:
    from longctx_synth.builder import load_builder

    by_program = {"answer": "program", "trace": "program", "writer": "program"}
    if paradigm == "situated_principles":
        by_program["carrier"] = "document"
    builder = load_builder(paradigm)(
        **by_program, pairs=False, n=0, test=1, tokens=str(tokens), tokenizer="approximate", seed=SEED + tokens
    )
    builder.setup()
    return builder


@functools.lru_cache(maxsize=2048)
def _document(paradigm: str, tokens: int, number: int) -> dict[str, Any] | None:
    """The document of a slot: the first try that meets the length and whose program-written answer passes; None if none."""
    from longctx_synth import checks
    from longctx_synth.errors import Reject
    from longctx_synth.records import content_hash, to_json

    builder = _builder(paradigm, tokens)
    for try_ in range(TRIES[paradigm]):
        case = builder.case("test", number, try_)
        try:
            plan = builder.plan(case)
            gold = builder.gold(case, plan)
        except Reject:
            continue
        if paradigm == "verifiable_if":
            gold = gold.text
            if not plan.constraints:
                continue
        elif builder.tokenizer.count(gold) > ANSWER_TOKENS:
            continue
        if paradigm == "multi_turn":
            text, prompt = plan.text, plan.prompt
        else:
            text = plan.dossier.text if paradigm in WORLDS else plan.document.text
            # A system message becomes the first paragraph: not every model takes one, and lm-eval sends none of a task's.
            prompt = checks.prompt_text(plan.prompt)
        length = builder.tokenizer.count_prompt(_messages(prompt))
        fits = abs(length - tokens) <= TOLERANCE * tokens
        if not fits or not checks.judge(plan.checks, gold, prompt).passed:
            continue
        row = {
            "id": f"{case.row_id}-{tokens}",
            "length": tokens,
            "tokens": length,
            "form": plan.form,
            "prompt": prompt,
            "checks": to_json(plan.checks),
            "gold": gold,
            "document": content_hash(text),
        }
        if paradigm == "situated_principles":
            return row | {"task": plan.kind}
        return row if paradigm == "verifiable_if" else row | _about(paradigm, plan)
    return None


def _about(paradigm: str, plan: Any) -> dict[str, Any]:
    """What a document is about, for a person who reads samples, and the strata of its exactness.

    An unanswerable question has no depth: what it needs stands nowhere.
    """
    if paradigm == "multi_turn":
        return {"question": plan.question, "strata": list(plan.strata)}
    task, spans = plan.task, plan.dossier.spans
    missing = getattr(plan, "missing", "")
    first = next((fact for fact in task.solved.facts if fact in spans), "")
    strata = []
    if first and not missing:
        strata.append(f"depth_{1 + DEPTHS * spans[first][0] // len(plan.dossier.text)}")
    if paradigm == "long_reasoning":
        strata += [f"steps_{name}" for name, many in STEPS.items() if task.steps in many]
    return {
        "task": getattr(plan, "name", "reasoning"),
        "world": task.world,
        "question": task.question.name,
        "steps": task.steps,
        "strata": strata,
    }


def _messages(prompt: str | list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt


# Whether a prompt fits the model's window.


def _refuse_to_cut(paradigm: str, rows: list[dict[str, Any]], model_args: dict[str, Any]) -> None:
    """Raises ValueError where lm-eval would cut a prompt; warns where the window cannot be known."""
    if not model_args.get("pretrained") and not model_args.get("model") and not model_args.get("base_url"):
        return  # no model yet (lm_eval ls, validate), or one that lives in this process
    window, source = _window(model_args)
    if window is None:
        logger.warning("The model's window is unknown here: make sure that it holds the prompt and the answer.")
        return
    count = _counter(model_args)
    room = int(model_args.get("max_gen_toks") or ANSWER_TOKENS)
    longest: dict[int, tuple[int, int]] = {}
    for row in rows:
        messages = _messages(row["prompt"])
        template = TEMPLATE_TOKENS + TURN_TOKENS * (len(messages) - 1)
        size = (sum(count(message["content"]) for message in messages), template)
        longest[row["length"]] = max(longest.get(row["length"], (0, 0)), size, key=sum)
    for length, (prompt, template) in longest.items():
        if prompt + template + room > window:
            raise ValueError(
                f"longctx_synth_{paradigm} at {length} tokens does not fit: the longest prompt has {prompt} of this "
                f"model's tokens, {template} more for a chat template, {room} for the answer, and that passes the "
                f"window of {window} ({source}), and lm-eval would cut the prompt's head. Give --model_args "
                "max_length=... where the model takes more, run shorter leaves, or ask for shorter answers with both "
                "--gen_kwargs max_gen_toks=N and --metadata max_gen_toks=N."
            )


def _window(model_args: dict[str, Any]) -> tuple[int | None, str]:
    """(tokens, where that is known from); (None, "") where it is not known or where nothing is cut."""
    for name in ("max_length", "max_model_len", "context_length"):
        if model_args.get(name):
            return int(model_args[name]), name
    url = str(model_args.get("base_url") or "").rstrip("/")
    if url:  # chat endpoints get the text uncut, and refuse what is too long themselves
        return (None, "") if url.endswith("chat/completions") else (API_WINDOW, "lm-eval's own without max_length")
    file = _model_file(model_args.get("pretrained"), "config.json")
    if file is None:
        return None, ""
    config = json.loads(file.read_text("utf-8"))
    config = config.get("text_config") or config
    sizes = [config[name] for name in ("n_positions", "max_position_embeddings", "n_ctx") if config.get(name)]
    return (int(sizes[0]), "its config.json") if sizes else (None, "")


def _counter(model_args: dict[str, Any]) -> Callable[[str], int]:
    """Counts in the model's own tokens where its tokenizer can be read here, else in approximate ones."""
    from longctx_synth.tokens import load

    for name in ("tokenizer", "pretrained", "model"):
        file = _model_file(model_args.get(name), "tokenizer.json")
        if file is not None:
            from tokenizers import Tokenizer

            own = Tokenizer.from_file(str(file))
            own.no_truncation()
            return lambda text: len(own.encode(text).ids)
    return load("approximate").count


def _model_file(model: Any, name: str) -> Path | None:
    """A file of a local checkpoint, or of a Hub model that is already in the cache; nothing is downloaded."""
    if not isinstance(model, str) or not model:
        return None
    local = Path(model).expanduser() / name
    if local.is_file():
        return local
    from huggingface_hub import try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(model, name)
    except ValueError:  # not the form of a Hub id
        return None
    return Path(cached) if isinstance(cached, str) else None
