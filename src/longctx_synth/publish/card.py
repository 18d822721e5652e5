"""The dataset card: what `load_dataset` and the Hub read (YAML), then what a person reads.

The YAML declares the views as projections of one set of files (`columns`), and `dataset_info` with true features and
counts for each; a view or split without rows is not declared, since an empty glob is an error. Whatever the run says
of itself passes `clean`, so no path, address or key of the machine that made the data gets into the card. `revised` is
for a dataset whose rows were measured later: it changes what the files decide and keeps what the run had said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from longctx_synth.publish.parquet import CONVERSATIONS
from longctx_synth.publish.tally import DIFFICULTIES, Tally
from longctx_synth.records import CHAT, MEASURED, VIEWS, chat_schema

if TYPE_CHECKING:
    import pyarrow as pa

# Settings that say where a run happened, not how its rows came about.
_PRIVATE = re.compile(
    r"(^|_)(key|token|secret|password|endpoints?|url|host|port|out|run_dir|cache_dir|home|user)$", re.I
)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"`|)]+", re.I)
_PATH = re.compile(r"(?<![\w.~/\\-])(?:~|[A-Za-z]:)?(?:[/\\][\w.@+-]+)+[/\\]?")
_HOST = re.compile(r"\b(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?\b")
_SECRET = re.compile(r"\b(?:hf_|sk-|nvapi-|gsk_)[\w-]{8,}")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10**7, "1M<n<10M"))
_QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)


def card(paradigm: str, tally: Tally, schema: pa.Schema, made: Mapping[str, Any]) -> str:
    """The text of README.md.

    `made` may hold (everything is optional; what is missing is left out of the card):
        settings      mapping: the effective settings of the run
        model         str: the name under which the endpoint serves its model; the rows' own `model` stands beside it
        note          str: one plain sentence on what the model is and did
        funnel        {"accepted": count, "rejected": {"stage: reason": count}}
        usage         mapping: calls, tokens, seconds, as the asker counted them
        cost          str or number (US dollars)
        diversity     mapping: further figures -> value, against reference rows where there are some
        figures       mapping: further measured figures (label audit, attackers, ...) -> value
        coverage      list of mappings, a row each: what of the scenario database these rows use
        judge         mapping: figure -> value, of the judges' scores and their agreement
        signatures    mapping: failure signature -> value against its threshold
        withheld      mapping: view that is not offered -> why; it goes into the YAML, where `verify` reads it
        limits        list of str: known limits, one sentence each
        licence, pretty_name, language, tags    of the YAML; default apache-2.0, from the paradigm, en
    """
    made = clean(made)
    body = [
        f"# {_pretty(paradigm, made)}",
        _introduction(paradigm, tally, made),
        _loading(tally),
        _how(tally, made),
        _lengths(tally),
        _training(tally),
        _checks(tally),
        _difficulty(tally, {}),
        _pairs(tally),
        _figures("Diversity", tally.diversity() | dict(made.get("diversity") or {})),
        _coverage(made.get("coverage") or []),
        _figures("Judges", made.get("judge")),
        _figures("Measured on these rows", made.get("figures")),
        _figures("Failure signatures", made.get("signatures")),
        _limits(made),
    ]
    return f"---\n{_yaml(paradigm, tally, schema, made)}---\n\n" + "\n\n".join(part for part in body if part) + "\n"


def measure_name(split: str, column: str) -> str:
    """What the card calls a measured column of a split."""
    return f"{split}, `{column}`"


def revised(text: str, paradigm: str, tally: Tally, schema: pa.Schema, told: Mapping[str, str]) -> str:
    """The card `text` of a dataset whose rows got solve rates: views, counts and the section on difficulty anew.

    told: by `measure_name`, how it was measured; of what was not measured again the old card's words stay. A card whose
    YAML is missing or broken is written anew from the rows.
    """
    import yaml

    parts = re.split(r"^---[ \t]*\n", text, maxsplit=2, flags=re.MULTILINE)
    try:
        head = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0].strip() else None
    except yaml.YAMLError:
        head = None
    if not isinstance(head, dict):
        parts = re.split(r"^---[ \t]*\n", card(paradigm, tally, schema, {}), maxsplit=2, flags=re.MULTILINE)
        head = yaml.safe_load(parts[1])
    tally.withheld = frozenset(head.get("withheld") or ())
    head |= _views(tally, schema)
    sections = re.split(r"^(?=## )", parts[-1], flags=re.MULTILINE)
    former = [section for section in sections if section.startswith("## Difficulty\n")]
    said = dict(re.findall(r"^- (\w+, `\w+`): (.*)$", "".join(former), flags=re.MULTILINE)) | clean(told)
    sections = [section for section in sections if section not in former]
    names = [section.partition("\n")[0] for section in sections]
    if "## Load it" in names:
        sections[names.index("## Load it")] = _loading(tally) + "\n\n"
    found = _difficulty(tally, said)
    if found:
        place = names.index("## Pairs") if "## Pairs" in names else len(sections)
        sections[place - 1] = sections[place - 1].rstrip("\n") + "\n\n"
        sections.insert(place, found + "\n\n")
    return f"---\n{_dump(head)}---\n{''.join(sections).rstrip()}\n"


def clean(value: Any) -> Any:
    """`value` without the machine: private settings dropped, addresses and keys masked, paths cut to a name."""
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items() if not _PRIVATE.search(str(k))}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _SECRET.sub("(key)", _ADDRESS.sub("(address)", str(value)))
    text = _PATH.sub(lambda path: re.split(r"[/\\]", path.group().rstrip("/\\"))[-1], text)
    return _HOST.sub("(address)", text)


def _pretty(paradigm: str, made: Mapping[str, Any]) -> str:
    return str(made.get("pretty_name") or f"longctx-synth: {paradigm.replace('_', ' ')}")


# The YAML


def _yaml(paradigm: str, tally: Tally, schema: pa.Schema, made: Mapping[str, Any]) -> str:
    head = {
        "license": made.get("licence") or "apache-2.0",
        "language": _as_list(made.get("language") or "en"),
        "pretty_name": _pretty(paradigm, made),
        "size_categories": [next((name for bound, name in _SIZES if tally.rows < bound), "n>10M")],
        "task_categories": ["text-generation"],
        "tags": list(
            dict.fromkeys(
                [
                    "synthetic",
                    "long-context",
                    "longctx-synth",
                    paradigm.replace("_", "-"),
                    "trl",
                    *_as_list(made.get("tags") or []),
                ]
            )
        ),
        **_views(tally, schema),
        **({"withheld": dict(made["withheld"])} if made.get("withheld") else {}),
    }
    return _dump(head)


def _dump(head: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)


def _views(tally: Tally, schema: pa.Schema) -> dict[str, Any]:
    return {
        "configs": [_config(view, tally) for view in tally.views()],
        "dataset_info": [_info(view, tally, schema) for view in tally.views()],
    }


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _config(view: str, tally: Tally) -> dict[str, Any]:
    files = []
    for split in tally.splits:
        paths = [f"data/{split}-{kind}-*.parquet" for kind in tally.kinds(split, view)]
        if paths:
            files.append({"split": split, "path": paths if len(paths) > 1 else paths[0]})
    default = {"default": True} if view == "sft" else {}
    return {"config_name": view, **default, "data_files": files, "columns": list(_columns(view))}


def _columns(view: str) -> list[str]:
    return CHAT if view == CONVERSATIONS else VIEWS[view]


def _info(view: str, tally: Tally, schema: pa.Schema) -> dict[str, Any]:
    import pyarrow as pa
    from datasets import DatasetInfo, Features, SplitDict, SplitInfo

    splits, download = SplitDict(), 0
    for split in tally.splits:
        kinds = tally.kinds(split, view)
        shards = [shard for shard in tally.shards if shard.split == split and shard.kind in kinds]
        if shards:
            num_bytes = sum(shard.view_bytes[view] for shard in shards)
            splits.add(SplitInfo(split, num_bytes=num_bytes, num_examples=sum(shard.rows for shard in shards)))
            download += sum(shard.file_bytes for shard in shards)
    fields = chat_schema() if view == CONVERSATIONS else schema
    info = DatasetInfo(
        features=Features.from_arrow_schema(pa.schema([fields.field(name) for name in _columns(view)])),
        splits=splits,
        download_size=download,
        dataset_size=sum(split.num_bytes for split in splits.values()),
    )
    declared = {key: value for key, value in info._to_yaml_dict().items() if key != "config_name"}
    return {"config_name": view, **declared}


# The text


def _introduction(paradigm: str, tally: Tally, made: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{len(tally.lengths[split].total):,} {split}" for split in tally.splits)
    models = []
    for (model, kind), rows in tally.models.most_common():
        name = f"`{clean(model)}`" if model else "a program alone, without a model"
        models.append(f"{name}{f' ({kind} endpoint)' if kind else ''}, {rows:,} rows")
    if made.get("model") and not any(f"`{made['model']}`" in told for told in models):
        models.append(f"served as `{made['model']}`")
    wrote = f"**What wrote it:** {'; '.join(models)}."
    if any(kind == "embedded" for _, kind in tally.models):
        wrote += " The embedded endpoint runs a small model on the CPU: expect correct rows, not fine writing."
    if made.get("note"):
        wrote += f" {made['note']}"
    lines = [
        f"Long-context training data of the paradigm `{paradigm}`, verified row by row: {counts}.",
        "Seeded code decided facts, checks and answers; a model supplied language, and code verified what it wrote.",
        wrote,
    ]
    return "\n".join(lines)


def _loading(tally: Tally) -> str:
    uses = {
        "sft": "supervised fine-tuning",
        "dpo": "preference pairs",
        "grpo": "prompts with their checks",
        "records": "whole records, with evidence and provenance",
        CONVERSATIONS: "whole conversations, for a loss on every assistant turn",
    }
    rows = ["| config | for | splits |", "|---|---|---|"]
    for view in tally.views():
        splits = [f"{split} {tally.view_rows(split, view):,}" for split in tally.splits if tally.kinds(split, view)]
        rows.append(f"| `{view}` | {uses[view]} | {', '.join(splits)} |")
    example = '```python\nfrom datasets import load_dataset\n\nrows = load_dataset("PATH_OR_REPO_ID", "sft")\n```'
    return "## Load it\n\n" + example + "\n\n" + "\n".join(rows)


def _how(tally: Tally, made: Mapping[str, Any]) -> str:
    parts = ["## How it was made"]
    settings = {name: value for name, value in (made.get("settings") or {}).items() if value not in (None, "", [], {})}
    if settings:
        parts.append(_table(("setting", "value"), settings.items()))
    funnel = made.get("funnel")
    if funnel:
        rejected = sorted((funnel.get("rejected") or {}).items(), key=lambda entry: (-entry[1], entry[0]))
        tries = funnel["accepted"] + sum(count for _, count in rejected)
        told = f"{tries:,} tries gave {funnel['accepted']:,} accepted rows ({funnel['accepted'] / max(tries, 1):.0%})."
        if rejected:
            told += " Where the others fell:\n\n" + _table(("stage: reason", "tries"), rejected)
        parts.append(told)
    if made.get("usage"):
        parts.append(_table(("usage", ""), made["usage"].items()))
    if made.get("cost") is not None:
        cost = made["cost"]
        parts.append(f"Cost: {f'${cost:,.2f}' if isinstance(cost, int | float) else cost}.")
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _lengths(tally: Tally) -> str:
    head = ("split", "tokens of", *(f"{q:.0%}" if 0 < q < 1 else ("min" if q == 0 else "max") for q in _QUANTILES))
    rows = []
    for split in tally.splits:
        lengths = tally.lengths[split]
        for name, values in (("prompt", lengths.prompt), ("completion", lengths.completion), ("both", lengths.total)):
            ordered = sorted(values)
            rows.append((split, name, *(f"{ordered[round(q * (len(ordered) - 1))]:,}" for q in _QUANTILES)))
    tokenizers = ", ".join(f"`{clean(name)}`" for name in sorted(tally.tokenizers) if name)
    counted = f"Counted with {tokenizers}, chat template and generation prompt included." if tokenizers else ""
    return "\n\n".join(part for part in ("## Lengths", counted, _table(head, rows)) if part)


def max_length(tokens: int) -> int:
    """A round `max_length` that no row reaches: the next multiple of 256 with room for a few closing tokens."""
    return -(-(tokens + 32) // 256) * 256


def _training(tally: Tally) -> str:
    longest = max(max(lengths.total) for lengths in tally.lengths.values())
    answer = max(max(lengths.completion) for lengths in tally.lengths.values())
    parts = [
        "## Train on it",
        f"TRL truncates at 1,024 tokens unless told otherwise. The longest row has {longest:,} tokens here; "
        "another tokenizer counts differently, so leave room.",
        "```yaml\n# trl sft --config sft.yaml\ndataset_name: PATH_OR_REPO_ID\ndataset_config: sft\n"
        f"max_length: {max_length(longest)}\ncompletion_only_loss: true\n```",
    ]
    if CONVERSATIONS in tally.views():
        parts.append(
            "```yaml\n# trl sft --config sft_chat.yaml: needs a chat template that marks the assistant's turns\n"
            f"dataset_name: PATH_OR_REPO_ID\ndataset_config: {CONVERSATIONS}\n"
            f"max_length: {max_length(longest)}\nassistant_only_loss: true\n```"
        )
    if "dpo" in tally.views():
        parts.append(
            "```yaml\n# trl dpo --config dpo.yaml\ndataset_name: PATH_OR_REPO_ID\ndataset_config: dpo\n"
            f"max_length: {max_length(max(longest, tally.longest_pair))}\n```"
        )
    if "grpo" not in tally.views():
        return "\n\n".join(parts)
    parts.append(
        "```yaml\n# trl grpo --config grpo.yaml: prompts are never cut; the answer's room is a setting\n"
        "dataset_name: PATH_OR_REPO_ID\ndataset_config: grpo\nreward_funcs: [longctx_synth.rewards.checks_passed]\n"
        f"max_completion_length: {max_length(2 * answer)}\n```"
    )
    return "\n\n".join(parts)


def _checks(tally: Tally) -> str:
    from longctx_synth import checks

    known = set(checks.names())
    names = sorted({name for counts in tally.checks.values() for name in counts})
    rows = []
    for name in names:
        info = checks.info(name) if name in known else None
        prior = f"{info.prior:.2f}" if info and info.kind == "constraint" else ""
        counts = (f"{tally.checks[split][name]:,}" for split in tally.splits)
        rows.append((f"`{name}`", info.kind if info else "", "yes" if info and info.held_out else "", prior, *counts))
    mean_checks = sum(n * rows for n, rows in tally.checks_a_row.items()) / tally.rows
    mean_attempts = sum(n * rows for n, rows in tally.attempts.items()) / tally.rows
    repairs = ", ".join(f"`{name}` {n:,}" for name, n in tally.repairs.most_common())
    lines = [
        f"- checks a row: {mean_checks:.2f} on average, {max(tally.checks_a_row)} at most",
        f"- attempts a row: {mean_attempts:.2f} on average, {max(tally.attempts)} at most",
        f"- repaired without loss: {tally.repaired:,} rows ({tally.repaired / tally.rows:.1%})"
        + (f": {repairs}" if repairs else ""),
    ]
    if tally.noise:
        lines.append(
            "- noise asked of the writer: "
            + ", ".join(f"{clean(n)} {rows:,}" for n, rows in sorted(tally.noise.items()))
        )
    table = _table(("check", "kind", "held out", "prior", *(f"{split} rows" for split in tally.splits)), rows)
    prior = "The prior is the share of answers that pass unasked. Held-out checks occur in test and evaluation only."
    return "\n\n".join(["## Checks", "\n".join(lines), *([prior, table] if rows else [])])


def _difficulty(tally: Tally, told: Mapping[str, str]) -> str:
    """The section on solve rates; empty where no row has one. told: by measure_name, how it was measured."""
    if not any(rates != (None, None) for counts in tally.solved.values() for rates in counts):
        return ""
    rows = []
    for split in tally.splits:
        counts = tally.difficulties(split)
        rows.append((split, *(counts[name] for name in DIFFICULTIES), tally.view_rows(split, "grpo")))
    names = [measure_name(split, column) for split in tally.splits for column in MEASURED]
    lines = [f"- {name}: {told[name]}" for name in names if name in told]
    text = (
        "`solve_rate` is the share of a model's sampled answers to the row's prompt that pass all of its checks; "
        "`solve_rate_strong` that of a stronger model. Easy: always solved; learnable: sometimes; hard: by the stronger "
        "model only; unsolved: never, and no stronger model was asked; suspected broken: the stronger model never did."
    )
    table = _table(("split", *DIFFICULTIES, "in the grpo view"), rows)
    return "\n\n".join(["## Difficulty", text, *(["\n".join(lines)] if lines else []), table])


def _pairs(tally: Tally) -> str:
    if not tally.pairs:
        return "## Pairs\n\nThere are none, so there is no `dpo` config."
    pairs, gap = len(tally.pair_gaps), sum(tally.pair_gaps) / len(tally.pair_gaps)
    far = sum(each > 0.15 for each in tally.pair_gaps)
    lines = [
        "- pairs: " + ", ".join(f"{split} {n:,}" for split, n in tally.pairs.items()),
        f"- chosen and rejected differ in length (characters) by {gap:.1%} on average; by more than 15 % in {far:,} of {pairs:,}",
        f"- chosen answers that were repaired: {tally.repaired_chosen:,}",
        "- rejected because: "
        + ", ".join(f"{clean(why) or 'not said'} {n:,}" for why, n in tally.rejected_because.most_common()),
    ]
    return (
        "## Pairs\n\nEvery chosen answer passes all its checks; every rejected one fails at least one.\n\n"
        + "\n".join(lines)
    )


def _figures(title: str, figures: Any) -> str:
    return f"## {title}\n\n{_table(('figure', 'value'), figures.items())}" if figures else ""


def _coverage(rows: list[Mapping[str, str]]) -> str:
    if not rows:
        return ""
    return "## Coverage\n\n" + _table(tuple(rows[0]), (row.values() for row in rows))


def _limits(made: Mapping[str, Any]) -> str:
    limits = [
        "A row's facts hold inside the row only: documents that the program wrote are invented.",
        "Checks verify what a program can verify; of style and helpfulness they say nothing.",
        *(str(limit) for limit in made.get("limits") or []),
        "The files can be verified again at any time: `longctx-synth verify DIR`.",
    ]
    return "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join(_cell(value) for value in row) + " |")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_cell(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    return " ".join(str(value).split()).replace("|", "\\|")
