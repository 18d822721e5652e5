"""verifiable_if under lm-eval: documents made by seeded code, scored by the checks that verify the training rows.

The documents are those of the builder's test split under a seed of their own, so they share no name, phrasing or
combination of constraints with training rows, and checks that are held out from training occur in them. They depend on
nothing but this package: lengths are measured by `approximate` tokens, not by a tokenizer that is installed here and
not there. So every model on every machine reads the same documents, and document 17 is the same whether 20 or 50 are
asked for.

lm-eval hands the model's arguments and `--metadata` to `verifiable_if`, and cuts a prompt that does not fit from the
left with at most a warning. The head holds the instruction as often as not, so a cut prompt measures nothing: whatever
can be known about the model's window is looked up before anything runs, and a leaf that does not fit is an error.
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
TRIES = 40
ANSWER_TOKENS = 1024  # max_gen_toks in _verifiable_if_yaml
TEMPLATE_TOKENS = 64  # room for what a chat template adds
API_WINDOW = 2048  # what lm-eval's completions models take for the window unless told
logger = logging.getLogger("lm_eval.tasks.longctx_synth")


def verifiable_if(
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
            "lengths has no effect on the leaf of %d tokens; longctx_synth_verifiable_if takes it.", leaf_tokens
        )
    rows = [_document(tokens, number) for tokens in dict.fromkeys(wanted) for number in range(documents)]
    _refuse_to_cut(rows, model_args)
    return {"test": datasets.Dataset.from_list(rows)}


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


@functools.lru_cache(maxsize=16)
def _builder(tokens: int) -> Any:
    from longctx_synth.builder import load_builder

    builder = load_builder("verifiable_if")(
        answer="program", pairs=False, n=0, test=1, tokens=str(tokens), tokenizer="approximate", seed=SEED + tokens
    )
    builder.setup()
    return builder


@functools.lru_cache(maxsize=2048)
def _document(tokens: int, number: int) -> dict[str, Any]:
    """Document `number` of a length: the first try that meets the length and whose program-written answer passes."""
    from longctx_synth import checks
    from longctx_synth.errors import Reject
    from longctx_synth.records import content_hash, to_json

    builder = _builder(tokens)
    for try_ in range(TRIES):
        case = builder.case("test", number, try_)
        try:
            plan = builder.plan(case)
            gold = builder.gold(case, plan).text
        except Reject:
            continue
        # A system message becomes the first paragraph: not every model takes one, and lm-eval sends none of a task's.
        prompt = checks.prompt_text(plan.prompt)
        length = builder.tokenizer.count_prompt([{"role": "user", "content": prompt}])
        fits = abs(length - tokens) <= TOLERANCE * tokens
        if not fits or not plan.constraints or not checks.judge(plan.checks, gold, prompt).passed:
            continue
        return {
            "id": f"{case.row_id}-{tokens}",
            "length": tokens,
            "tokens": length,
            "form": plan.form,
            "prompt": prompt,
            "checks": to_json(plan.checks),
            "gold": gold,
            "document": content_hash(plan.document.text),
        }
    raise RuntimeError(f"No document of {tokens} tokens in {TRIES} tries: please report this.")


# Whether a prompt fits the model's window.


def _refuse_to_cut(rows: list[dict[str, Any]], model_args: dict[str, Any]) -> None:
    """Raises ValueError where lm-eval would cut a prompt; warns where the window cannot be known."""
    if not model_args.get("pretrained") and not model_args.get("model") and not model_args.get("base_url"):
        return  # no model yet (lm_eval ls, validate), or one that lives in this process
    window, source = _window(model_args)
    if window is None:
        logger.warning("The model's window is unknown here: make sure that it holds the prompt and the answer.")
        return
    count = _counter(model_args)
    room = int(model_args.get("max_gen_toks") or ANSWER_TOKENS)
    longest: dict[int, int] = {}
    for row in rows:
        longest[row["length"]] = max(longest.get(row["length"], 0), count(row["prompt"]))
    for length, prompt in longest.items():
        if prompt + TEMPLATE_TOKENS + room > window:
            raise ValueError(
                f"longctx_synth_verifiable_if at {length} tokens does not fit: the longest prompt has {prompt} of this "
                f"model's tokens, {TEMPLATE_TOKENS} more for a chat template, {room} for the answer, and that passes the "
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
