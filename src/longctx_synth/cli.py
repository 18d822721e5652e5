"""The command line: parse, call, print; nothing else.

Every error is one sentence on standard error and a non-zero exit status (the error's own). Heavy imports happen inside
commands, so that `--help` answers at once.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from longctx_synth.errors import LongctxError

app = typer.Typer(
    name="longctx-synth",
    help="Synthetic long-context training data that is verified row by row.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)
Panel = typer.Option


class _Warnings(logging.Handler):
    """Shows the library's warnings; a case's traceback, an error, is for the log of who embeds the library."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints one warning on standard error."""
        if record.levelno == logging.WARNING:
            console.print(f"[yellow]Warning:[/yellow] {escape(record.getMessage())}", soft_wrap=True)


def main() -> None:
    """Entry point of `longctx-synth`."""
    logging.getLogger("longctx_synth").addHandler(_Warnings())
    try:
        app()
    except LongctxError as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}", soft_wrap=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        console.print("[red]Error:[/red] Interrupted; what was finished is safe.", soft_wrap=True)
        sys.exit(130)


@app.command(epilog="Example: longctx-synth build verifiable_if --n 1000 --tokens 16384 --endpoint http://gpu:8080")
def build(
    paradigm: Annotated[str, typer.Argument(help="A paradigm, or a folder of your own that holds a builder.py.")],
    config: Annotated[Path | None, Panel(help="YAML file of settings; flags win over it.")] = None,
    out: Annotated[Path | None, Panel(help="Dataset folder; default ./out/PARADIGM.")] = None,
    run_dir: Annotated[Path | None, Panel(help="Run state; default OUT/.run.")] = None,
    restart: Annotated[bool, Panel("--restart", help="Drop this run's rows, keep every paid answer.")] = False,
    n: Annotated[int | None, Panel("--n", help="Train rows (default 24).")] = None,
    validation: Annotated[int | None, Panel(help="Validation rows (default 0).")] = None,
    test: Annotated[int | None, Panel(help="Test rows (default 0).")] = None,
    tokens: Annotated[
        str | None, Panel(help="Prompt length: 16384, 4096:0.5,16384:0.5 or loguniform:512-16384.")
    ] = None,
    tokenizer: Annotated[
        str | None, Panel(help="The trainer's tokenizer: embedded, a folder, a .gguf file or a Hub id.")
    ] = None,
    documents: Annotated[
        str | None,
        Panel(help="Your own texts: file, folder or Hub id; add :COLUMN for a table's column (default text)."),
    ] = None,
    scenarios: Annotated[
        str | None, Panel(help="Your own scenarios: JSONL or Parquet file, folder or Hub id (default ours).")
    ] = None,
    fields: Annotated[
        str | None, Panel(help="Scenario fields that reach the prompt: 0, 1, 3, 5 or all (default 3).")
    ] = None,
    layers: Annotated[str | None, Panel(help="Constraint layers a row, such as 1 or 0-3 (default 0-2).")] = None,
    noise: Annotated[int | None, Panel(help="Transformations the writer is told to apply, 0 to 4 (default 0).")] = None,
    language: Annotated[str | None, Panel(help="Language of the answers, such as de (default en).")] = None,
    prompts: Annotated[
        str | None, Panel(help="Folder of your own writer's templates (.j2); they win over ours.")
    ] = None,
    forbid_words: Annotated[str | None, Panel(help="File of words no answer may hold, one a line.")] = None,
    licence: Annotated[str | None, Panel(help="Licence for the card (default apache-2.0, or other).")] = None,
    endpoint: Annotated[
        list[str] | None, Panel(help="embedded, embedded:PATH.gguf or a URL; repeat for replicas.")
    ] = None,
    model: Annotated[str | None, Panel(help="Model to ask for; default what the endpoint serves.")] = None,
    window: Annotated[int | None, Panel(help="Context window, where the endpoint does not tell it.")] = None,
    temperature: Annotated[float | None, Panel(help="Sampling temperature (default 0.7).")] = None,
    answer: Annotated[
        str | None, Panel(help="whole, pieces, program or auto: pieces on the embedded model, whole elsewhere.")
    ] = None,
    trace: Annotated[
        str | None, Panel(help="Who writes reasoning traces: model, hybrid (a step at a time), program or auto.")
    ] = None,
    writer: Annotated[
        str | None, Panel(help="Who writes the documents, or a conversation's turns: program (default) or model.")
    ] = None,
    turns: Annotated[
        str | None, Panel(help="Turns of a conversation, 4 to 200: 20, 8-40, or auto by its length (default).")
    ] = None,
    judge: Annotated[
        str | None, Panel(help="gate, record, off or auto: gate where a --judge-endpoint is given, else off.")
    ] = None,
    judge_endpoint: Annotated[list[str] | None, Panel(help="URL of a judge; repeat for several.")] = None,
    judge_model: Annotated[list[str] | None, Panel(help="Model of the judge; repeat, one for each judge.")] = None,
    judge_rubric: Annotated[
        str | None,
        Panel(help="YAML of axes, levels and thresholds instead of ours, or situated: one for each request."),
    ] = None,
    task: Annotated[
        str | None,
        Panel(help="situated_principles: respond, reappraise, rubric, or a mixture: respond:0.5,rubric:0.5."),
    ] = None,
    method: Annotated[
        str | None, Panel(help="How answers come about: spri, vanilla, self_refine, fixed_principles, self_align.")
    ] = None,
    mode: Annotated[
        str | None, Panel(help="strict (default), or paper: SPRI with the quirks of its published code.")
    ] = None,
    queries: Annotated[
        str | None, Panel(help="Your own inputs: file, folder or Hub id; add :COLUMN for a table's column.")
    ] = None,
    carrier: Annotated[
        str | None, Panel(help="What carries an input: short (nothing), document, conversation or mixed.")
    ] = None,
    goal: Annotated[str | None, Panel(help="What every answer is for, in a sentence.")] = None,
    words: Annotated[int | None, Panel(help="Most words of principles and of their answer (default 128).")] = None,
    versions: Annotated[int | None, Panel(help="Versions of a text that the critic sees at most (default 4).")] = None,
    threshold: Annotated[int | None, Panel(help="The critic's score that accepts a text (default 4).")] = None,
    calls: Annotated[int | None, Panel(help="Most calls an input, the same for every method.")] = None,
    examples: Annotated[int | None, Panel(help="Examples of principles that the base is shown (default 3).")] = None,
    crisis: Annotated[str | None, Panel(help="Inputs that speak of a crisis: drop (default) or referral.")] = None,
    critic_kappa: Annotated[
        float | None, Panel(help="The critic's kappa against people, as calibrate measured it; 0.6 opens grpo.")
    ] = None,
    attempts: Annotated[int | None, Panel(help="Drafts of a text before its case is rejected (default 3).")] = None,
    constraints: Annotated[str | None, Panel(help="Format constraints a row, such as 3 or 1-5.")] = None,
    exclude_checks: Annotated[
        list[str] | None, Panel(help="Check not to sample; ifeval leaves out IFEval's kinds. Repeats.")
    ] = None,
    pairs: Annotated[bool | None, Panel("--pairs/--no-pairs", help="Make rejected answers for DPO.")] = None,
    max_repaired: Annotated[float | None, Panel(help="Greatest share of repaired rows (0.2; embedded 1.0).")] = None,
    seed: Annotated[int | None, Panel(help="Seed of the run (default 0).")] = None,
    concurrency: Annotated[int | None, Panel(help="Cases in flight (default 64; embedded 1).")] = None,
    timeout: Annotated[float | None, Panel(help="Seconds for one request (default 1800).")] = None,
    retries: Annotated[int | None, Panel(help="Times a request is sent again (default 6).")] = None,
    price_in: Annotated[float | None, Panel(help="Price of a million prompt tokens, for the cost.")] = None,
    price_out: Annotated[float | None, Panel(help="Price of a million generated tokens.")] = None,
) -> None:
    """Build a dataset of exactly N verified rows. Stop it at will: the same command goes on."""
    flags = {
        key: value
        for key, value in locals().items()
        if key not in ("paradigm", "config", "out", "run_dir", "restart") and value is not None
    }
    from longctx_synth.builder import load_builder
    from longctx_synth.settings import load_config

    values = load_config(config) if config else {}
    there, state = values.pop("out", None), values.pop("run_dir", None)
    out = out or Path(there or Path("out") / Path(paradigm).name)
    run_dir = run_dir or (Path(state) if state else None)
    builder_class = load_builder(paradigm)
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:  # the `datasets` face wants a cache; the command does not use it
        builder = builder_class(cache_dir=scratch, **(values | flags))
        line = _Line(builder.settings.price_in, builder.settings.price_out)
        with line:
            built = builder.generate(out, run_dir=run_dir, restart=restart, progress=line.update)
    rows = ", ".join(f"{count} {split}" for split, count in built.rows.items())
    console.print(f"{rows} rows in {out} after {built.seconds:.0f} s", soft_wrap=True)
    for text in built.funnel.lines():
        console.print(escape(text), soft_wrap=True)
    for text in built.notes:
        console.print(escape(text), soft_wrap=True)
    for why, count in sorted(built.faults.items(), key=lambda item: -item[1]):
        console.print(escape(f"{count:6d}  borne by trying again: {why}"), soft_wrap=True)
    if built.usage:
        told = ", ".join(f"{key} {_short(value)}" for key, value in built.usage.items())
        console.print(escape(told), soft_wrap=True)


@app.command(epilog="Example: longctx-synth verify ./out/verifiable_if --tokenizer embedded")
def verify(
    folder: Annotated[Path, typer.Argument(help="A dataset folder: README.md and data/.")],
    tokenizer: Annotated[str | None, Panel(help="Count every row's tokens again with this tokenizer.")] = None,
) -> None:
    """Verify a dataset from its files alone: checks, pairs, lengths, evidence, splits, duplicates."""
    from longctx_synth import publish

    recount = None
    if tokenizer:
        from longctx_synth.tokens import load

        recount = load(tokenizer).count_row
    problems = publish.verify(folder, recount=recount)
    for problem in problems:
        print(f"{problem.split}\t{problem.id}\t{problem.what}")
    if problems:
        console.print(f"[red]Error:[/red] {len(problems)} problems in {escape(str(folder))}.", soft_wrap=True)
        raise typer.Exit(1)
    print(f"{folder}: every row holds what it promises.")


@app.command(epilog="Example: longctx-synth push ./out/verifiable_if my-org/verified-long --private")
def push(
    folder: Annotated[Path, typer.Argument(help="A dataset folder.")],
    repo_id: Annotated[str, typer.Argument(help="OWNER/NAME on the Hub.")],
    private: Annotated[bool, Panel("--private", help="Create the repository as private.")] = False,
    unverified: Annotated[bool, Panel("--unverified", help="Push in spite of what verify finds.")] = False,
) -> None:
    """Verify a dataset and push it to the Hub (HF_TOKEN or a stored login). Run state is never pushed."""
    from longctx_synth import publish

    print(publish.push(folder, repo_id, private=private, unverified=unverified))


@app.command(epilog="Example: longctx-synth endpoint http://127.0.0.1:8080")
def endpoint(
    url: Annotated[str, typer.Argument(help="A URL, or embedded.")],
    window: Annotated[int | None, Panel(help="Context window, where the endpoint does not tell it.")] = None,
) -> None:
    """Tell what a server is and what it can do."""
    import asyncio
    import tempfile

    from longctx_synth.llm.endpoint import describe

    async def ask() -> Any:
        if url.split(":", 1)[0] == "embedded":
            from longctx_synth.llm.embedded import serve

            with tempfile.TemporaryDirectory() as folder:
                async with serve(url, Path(folder)) as info:
                    return info
        return await describe(url, window=window)

    info = asyncio.run(ask())
    for name in ("kind", "model", "window", "url"):
        print(f"{name:12} {getattr(info, name) or 'unknown'}")
    print(f"{'structured':12} {', '.join(getattr(info, 'dialects', ()) or ('none',))}")


ConfigFlag = Annotated[Path | None, Panel(help="YAML file of settings; flags win over it.")]
SetFlag = Annotated[
    list[str] | None, Panel("--set", help="Any other setting, as NAME=VALUE with build's names; repeats.")
]
TokensFlag = Annotated[str | None, Panel(help="Prompt length: 16384, 4096:0.5,16384:0.5 or loguniform:512-16384.")]
EndpointFlag = Annotated[list[str] | None, Panel(help="embedded, embedded:PATH.gguf or a URL; repeat for replicas.")]
ModelFlag = Annotated[str | None, Panel(help="Model to ask for; default what the endpoint serves.")]
AnswerFlag = Annotated[str | None, Panel(help="Who writes the answer: whole, pieces, program or auto.")]
NoiseFlag = Annotated[str | None, Panel(help="Transformations the writer is told to apply, 0 to 4.")]
FieldsFlag = Annotated[str | None, Panel(help="Scenario fields that reach the prompt: 0, 1, 3, 5 or all.")]
LayersFlag = Annotated[str | None, Panel(help="Constraint layers a row, such as 1 or 0-3.")]
JudgeFlag = Annotated[list[str] | None, Panel(help="URL of the judge; repeat for several judges.")]


@app.command(epilog="Example: longctx-synth preview verifiable_if --n 2 --tokens 1024 --answer program")
def preview(
    target: Annotated[str, typer.Argument(help="A paradigm, a folder with a builder.py, or a dataset folder.")],
    n: Annotated[int, Panel("--n", min=1, help="Rows to show.")] = 3,
    split: Annotated[str | None, Panel(help="Split to show (a dataset: default all; new rows: train).")] = None,
    ids: Annotated[list[str] | None, Panel("--id", help="Row of a dataset, by id; repeats.")] = None,
    full: Annotated[bool, Panel("--full", help="Show every word, fold nothing.")] = False,
    run_dir: Annotated[
        Path | None, Panel(help="Keep new rows here, where a build with this --run-dir goes on; default nowhere.")
    ] = None,
    config: ConfigFlag = None,
    set_: SetFlag = None,
    tokens: TokensFlag = None,
    endpoint: EndpointFlag = None,
    model: ModelFlag = None,
    answer: AnswerFlag = None,
    noise: NoiseFlag = None,
    fields: FieldsFlag = None,
    layers: LayersFlag = None,
    judge_endpoint: JudgeFlag = None,
    seed: Annotated[int | None, Panel(help="Seed of the run, or of the draw from a dataset (default 0).")] = None,
) -> None:
    """Show a few rows as a person reads them: new ones of a paradigm, or some of a dataset. Checks are run again."""
    flags = _settings_among(locals())
    import tempfile

    from longctx_synth.errors import SettingsError
    from longctx_synth.studies.preview import is_dataset, make, show
    from longctx_synth.studies.sample import row_files, sample

    pages = Console(highlight=False)
    if is_dataset(target):
        useless = [f"--{name.replace('_', '-')}" for name in flags if name != "seed"]
        if useless or run_dir or config or set_:
            raise SettingsError(
                f"{', '.join(useless) or '--run-dir, --config or --set'}: {target} is a dataset, so no row is made; give a "
                "paradigm to see new rows."
            )
        for record in sample(Path(target).expanduser(), split=split, n=n, seed=seed or 0, ids=ids or ()):
            _page(pages, show(record, full=full, plain=not pages.is_terminal))
        return
    if ids:
        raise SettingsError(
            f"--id {ids[0]}: {target} makes new rows; give a dataset folder (its data/) for rows by id."
        )
    split = split or "train"
    values = _run_values(config, set_, flags)[0]
    named = {"train": "n"}.get(split, split)
    with tempfile.TemporaryDirectory() as scratch:
        if named not in ("n", "validation", "test"):
            raise SettingsError(f"--split {split}: the splits are train, validation and test.")
        if not values.get(named):
            values[named] = n
        builder = _builder(target, scratch, values)
        with _Line(builder.settings.price_in, builder.settings.price_out) as line:
            made = make(builder, n, split=split, run_dir=run_dir or Path(scratch) / "run", progress=line.update)
    for record in made.records:
        _page(pages, show(record, full=full, plain=not pages.is_terminal))
    if made.error is not None:
        raise made.error
    for text in [*made.built.funnel.lines(), *made.built.notes] if made.built else []:
        console.print(escape(text), soft_wrap=True)
    kept = f"The rows are in {run_dir}: a build with this --run-dir goes on." if run_dir else "Nothing was kept."
    console.print(escape(kept), soft_wrap=True)
    if rows := row_files(Path(target).expanduser()):
        console.print(escape(f"{target} holds rows too: `preview {rows[0].parent}` shows those."), soft_wrap=True)


@app.command(epilog="Example: longctx-synth estimate verifiable_if --n 1000 --tokens 16384 --endpoint http://gpu:8080")
def estimate(
    paradigm: Annotated[str, typer.Argument(help="A paradigm, or a folder of your own that holds a builder.py.")],
    cases: Annotated[int, Panel(min=1, help="Cases to measure; they are the run's own next ones.")] = 5,
    out: Annotated[Path | None, Panel(help="Dataset folder of the run; default ./out/PARADIGM.")] = None,
    run_dir: Annotated[Path | None, Panel(help="Run state; default OUT/.run.")] = None,
    n: Annotated[int | None, Panel("--n", help="Train rows of the run (default 24).")] = None,
    config: ConfigFlag = None,
    set_: SetFlag = None,
    tokens: TokensFlag = None,
    endpoint: EndpointFlag = None,
    model: ModelFlag = None,
    answer: AnswerFlag = None,
    noise: NoiseFlag = None,
    fields: FieldsFlag = None,
    layers: LayersFlag = None,
    judge_endpoint: JudgeFlag = None,
    seed: Annotated[int | None, Panel(help="Seed of the run (default 0).")] = None,
    concurrency: Annotated[int | None, Panel(help="Cases in flight (default 64; embedded 1).")] = None,
    price_in: Annotated[float | None, Panel(help="Price of a million prompt tokens, for the cost.")] = None,
    price_out: Annotated[float | None, Panel(help="Price of a million generated tokens.")] = None,
) -> None:
    """Make a few cases of a run and project its time, calls, tokens, yield and cost. The build goes on from them."""
    flags = _settings_among(locals())
    import tempfile

    from longctx_synth.studies import estimate as study

    values, there, state = _run_values(config, set_, flags)
    out = out or there or Path("out") / Path(paradigm).name
    run_dir = run_dir or state
    with tempfile.TemporaryDirectory() as scratch:
        builder = _builder(paradigm, scratch, values)
        with _Line(builder.settings.price_in, builder.settings.price_out) as line:
            found = study.estimate(builder, out, run_dir=run_dir, cases=cases, progress=line.update)
    _page(Console(highlight=False), study.show(found))


def _page(pages: Console, body: Any) -> None:
    """Prints to standard output; where that is no terminal, with neither colour nor trailing blanks."""
    if pages.is_terminal:
        pages.print(body)
        return
    pages.width = 110
    with pages.capture() as drawn:
        pages.print(body)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def _settings_among(values: dict[str, Any]) -> dict[str, Any]:
    """The settings among a command's own arguments: those that were given."""
    ours = ["tokens", "endpoint", "model", "answer", "noise", "fields", "layers", "judge_endpoint", "seed"]
    ours += ["concurrency", "price_in", "price_out"]
    if "paradigm" in values:  # `preview --n` says how many rows to show, not how many the run has
        ours.append("n")
    return {name: values[name] for name in ours if values.get(name) is not None}


def _run_values(
    config: Path | None, pairs: list[str] | None, flags: dict[str, Any]
) -> tuple[dict[str, Any], Path | None, Path | None]:
    """Settings of a config file, then of --set, then of flags; and the file's `out` and `run_dir`."""
    from longctx_synth.errors import SettingsError
    from longctx_synth.settings import Settings, load_config

    values = load_config(config) if config else {}
    out, run_dir = values.pop("out", None), values.pop("run_dir", None)
    given: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise SettingsError(f"--set {pair}: write NAME=VALUE, such as --set max-repaired=0.5.")
        several = name in Settings.model_fields and str(Settings.model_fields[name].annotation).startswith("list")
        given[name] = [*given.get(name, []), value] if several else value
    return values | given | flags, Path(out) if out else None, Path(run_dir) if run_dir else None


def _builder(paradigm: str, scratch: str, values: dict[str, Any]) -> Any:
    """The builder of a run; `scratch` is the cache that its `datasets` face wants and no command uses."""
    from longctx_synth.builder import load_builder

    return load_builder(paradigm)(cache_dir=scratch, **values)


@app.command(epilog="Example: longctx-synth calibrate labels.jsonl --data ./out/verifiable_if")
def calibrate(
    labels: Annotated[Path | None, typer.Argument(help="JSONL of labels: id, axis, human (pass or fail).")] = None,
    data: Annotated[Path | None, Panel(help="Dataset folder that holds the judge's scores.")] = None,
    rubric: Annotated[
        Path | None, Panel(help="Rubric of the judge (YAML), or critic: the drafts of situated_principles.")
    ] = None,
    json_file: Annotated[Path | None, Panel("--json", help="Write the figures here too.")] = None,
    sample: Annotated[Path | None, Panel(help="Make a sheet to label from this dataset folder instead.")] = None,
    n: Annotated[int, Panel("--n", help="Lines of the sheet.")] = 50,
    axis: Annotated[list[str] | None, Panel(help="Axis of the sheet; repeats (default all).")] = None,
    out: Annotated[Path | None, Panel(help="File of the sheet.")] = None,
    seed: Annotated[int, Panel(help="Seed of sheet and intervals.")] = 0,
) -> None:
    """Hold human labels against the judge's scores; with --sample, make the sheet to label, blind to them."""
    from longctx_synth.errors import SettingsError
    from longctx_synth.review.critic import criteria
    from longctx_synth.review.judge import load_rubric
    from longctx_synth.studies import calibrate as study
    from longctx_synth.studies import sheet

    if (labels is None) == (sample is None):
        raise SettingsError("Give either a file of labels, or --sample DIR with --out FILE to make a sheet.")
    critic = str(rubric) == "critic"
    axes = criteria() if critic else load_rubric(rubric)
    if sample is not None:
        if out is None:
            raise SettingsError("--sample needs --out FILE, where the sheet is to go.")
        rows = sheet.sheet(sample, axes, n=n, axes=axis or (), seed=seed, of_drafts=critic)
        told = sheet.write_sheet(out, rows, n, of_drafts=critic)
    else:
        assert labels is not None
        read, unlabelled = study.read_labels(labels, axes, data, of_drafts=critic)
        figures = study.calibrate(read, axes, seed=seed)
        told = study.lines(figures, unlabelled)
        if json_file is not None:
            study.write_figures(json_file, figures, unlabelled, seed)
    for line in told:
        print(line)


@app.command(epilog="Example: longctx-synth difficulty ./out/verifiable_if --endpoint http://gpu:8080 --k 8 --keep 0-1")
def difficulty(
    folder: Annotated[Path, typer.Argument(help="A dataset folder: README.md and data/.")],
    endpoint: Annotated[
        list[str], Panel(help="Who solves: embedded, embedded:PATH.gguf or a URL; repeat for replicas.")
    ],
    model: Annotated[str, Panel(help="Model to ask for; default what the endpoint serves.")] = "",
    window: Annotated[int | None, Panel(help="Context window, where the endpoint does not tell it.")] = None,
    strong_endpoint: Annotated[
        list[str] | None, Panel(help="A stronger model: tells hard rows from broken ones. Repeat for replicas.")
    ] = None,
    strong_model: Annotated[str, Panel(help="Model to ask for there.")] = "",
    strong_window: Annotated[int | None, Panel(help="Context window there, where it does not tell it.")] = None,
    k: Annotated[int, Panel("--k", help="Answers a row.")] = 8,
    temperature: Annotated[float, Panel(help="Sampling temperature: that of the GRPO run.")] = 1.0,
    max_tokens: Annotated[int | None, Panel(help="Room of an answer; default twice the row's own.")] = None,
    split: Annotated[list[str] | None, Panel(help="Split to measure (default train). Repeats.")] = None,
    keep: Annotated[
        str | None,
        Panel(help="Keep the grpo view to solve rates strictly between, such as 0-1; without it, to all rows."),
    ] = None,
    run_dir: Annotated[Path | None, Panel(help="Where paid answers are kept; default FOLDER/.run.")] = None,
    concurrency: Annotated[int | None, Panel(help="Requests in flight (default 64; embedded 1).")] = None,
    timeout: Annotated[float, Panel(help="Seconds for one request.")] = 1800.0,
    retries: Annotated[int, Panel(help="Times a request is sent again.")] = 6,
) -> None:
    """Measure how often a model solves each row, and write it into the dataset. Stop it at will: the same command goes on."""
    from longctx_synth.studies.difficulty import Solver, measure, parse_bounds

    bounds = parse_bounds(keep) if keep else None
    with _counting("rows") as show:
        found = measure(
            folder,
            Solver(endpoint, model, window),
            Solver(strong_endpoint, strong_model, strong_window) if strong_endpoint else None,
            k=k,
            temperature=temperature,
            max_tokens=max_tokens,
            splits=split or ["train"],
            keep=bounds,
            run_dir=run_dir,
            concurrency=concurrency,
            timeout=timeout,
            retries=retries,
            progress=show,
        )
    for text in found.lines():
        print(text)
    if found.usage:
        console.print(escape(", ".join(f"{key} {_short(value)}" for key, value in found.usage.items())), soft_wrap=True)
    if found.left_whole:
        raise LongctxError(
            f"No solve rate of {', '.join(found.left_whole)} lies strictly between {keep}: the rates are written, but the "
            "grpo view there still holds every row; measure with another model, or give other bounds."
        )


@app.command(epilog="Example: longctx-synth attack ./out/long_reasoning --json shortcuts.json")
def attack(
    folder: Annotated[Path, typer.Argument(help="A dataset folder: README.md and data/.")],
    test_split: Annotated[
        str | None, Panel(help="Split to try attackers on; default test. train: folds of train, held out in turn.")
    ] = None,
    n: Annotated[int, Panel("--n", help="Most rows of a split.")] = 2000,
    seed: Annotated[int, Panel(help="Seed of what is drawn.")] = 0,
    strict: Annotated[
        bool, Panel("--strict", help="Hold the point estimate to the bound, not the lower end of its 95 % interval.")
    ] = False,
    json_file: Annotated[Path | None, Panel("--json", help="Write the figures here too.")] = None,
) -> None:
    """Look for shortcuts: attackers that see only part of a row are trained, and must stay within 5 points of a guess."""
    from longctx_synth.studies.attack import attack as find_shortcuts

    with _counting("rows read") as show:
        found = find_shortcuts(folder, test_split=test_split, n=n, seed=seed, progress=show)
    for text in found.lines():
        print(text)
    if json_file is not None:
        found.write_figures(json_file)
    leaks = found.leaks(strict)
    if leaks:
        raise LongctxError(
            f"{str(folder)!r} can be answered by shortcuts: {', '.join(leaks)}; give those kinds more even answers and "
            "distractors of the same form, or drop them."
        )


studies = typer.Typer(help="Experiments on data of your own.", no_args_is_help=True)
app.add_typer(studies, name="study")


@studies.command(
    "rubric",
    epilog="Example: longctx-synth study rubric --data prometheus-eval/BiGGen-Bench-Results --endpoint http://gpu:8080",
)
def study_rubric(
    data: Annotated[
        str,
        Panel(help="Answers with human scores, in BiGGen-Bench's layout: .jsonl, .json, .parquet, .csv or a Hub id."),
    ],
    endpoint: Annotated[
        list[str], Panel(help="The judge: a URL, embedded or embedded:PATH.gguf; repeat for replicas.")
    ],
    model: Annotated[str, Panel(help="Model of the judge; default what the endpoint serves.")] = "",
    window: Annotated[int | None, Panel(help="Context window, where the endpoint does not tell it.")] = None,
    source: Annotated[
        list[str] | None, Panel(help="Rubric source: none, generic, situated or given; repeats (default all four).")
    ] = None,
    base_endpoint: Annotated[
        list[str] | None, Panel(help="Who writes situated rubrics; default the judge. Repeat for replicas.")
    ] = None,
    base_model: Annotated[str, Panel(help="Model of the base; default what its endpoint serves.")] = "",
    critic_endpoint: Annotated[
        list[str] | None, Panel(help="Who criticises them; default the judge. Repeat for replicas.")
    ] = None,
    critic_model: Annotated[str, Panel(help="Model of the critic; default what its endpoint serves.")] = "",
    mode: Annotated[
        str, Panel(help="strict: only rubrics that the critic accepts; paper: the last one, as SPRI was published.")
    ] = "strict",
    split: Annotated[str, Panel(help="Split of a Hub dataset (default human_eval, or its only one).")] = "",
    capability: Annotated[list[str] | None, Panel(help="Capability to keep to; repeats (default all).")] = None,
    json_file: Annotated[Path | None, Panel("--json", help="Write the figures here too.")] = None,
    out: Annotated[Path | None, Panel(help="Write every judgement here, a line of JSON each.")] = None,
    run_dir: Annotated[Path | None, Panel(help="Where paid answers are kept; default ./out/study-rubric/.run.")] = None,
    seed: Annotated[int, Panel(help="Seed of the intervals.")] = 0,
    concurrency: Annotated[int | None, Panel(help="Instances in flight (default 64; embedded 1).")] = None,
    timeout: Annotated[float, Panel(help="Seconds for one request.")] = 1800.0,
    retries: Annotated[int, Panel(help="Times a request is sent again.")] = 6,
) -> None:
    """Hold a judge's scores against people's under several rubrics. Stop it at will: the same command goes on."""
    from longctx_synth.studies.rubric import SOURCES, Party, study
    from longctx_synth.studies.rubric_data import read_data

    read = read_data(data, split=split, capabilities=capability or ())
    others = (
        Party(tuple(urls or endpoint), name, window) if urls or name else None
        for urls, name in ((base_endpoint, base_model), (critic_endpoint, critic_model))
    )
    with _counting("instances judged") as show:
        found = study(
            read,
            Party(tuple(endpoint), model, window),
            *others,
            sources=source or SOURCES,
            mode=mode,
            seed=seed,
            run_dir=run_dir,
            concurrency=concurrency,
            timeout=timeout,
            retries=retries,
            progress=show,
        )
    for text in found.lines():
        print(text)
    if json_file is not None:
        found.write_figures(json_file)
    if out is not None:
        found.write_judgements(out)
    console.print(escape(", ".join(f"{key} {_short(value)}" for key, value in found.usage.items())), soft_wrap=True)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows how many of how many are done: on a terminal always, in a log every ten seconds."""
    told = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal told
        if status:
            status.update(f"{done}/{total} {what}")
        elif time.monotonic() - told >= 10:
            told = time.monotonic()
            console.print(f"{done}/{total} {what}")

    with console.status("starting") if console.is_terminal else nullcontext() as status:
        yield show


class _Line:
    """The live line: accepted / wanted, yield, tokens a second, cost, time left."""

    def __init__(self, price_in: float, price_out: float) -> None:
        self.prices = (price_in, price_out)
        self.started = time.monotonic()
        self.kept_at_start: int | None = None
        self.last = 0.0
        self.status = console.status("starting") if console.is_terminal else None

    def __enter__(self) -> _Line:
        if self.status:
            self.status.start()
        return self

    def __exit__(self, *what: object) -> None:
        if self.status:
            self.status.stop()

    def update(self, progress: Any, usage: dict[str, Any]) -> None:
        """Shows where the run stands; at most ten times a second on a terminal, every ten seconds in a log."""
        now = time.monotonic()
        if self.kept_at_start is None:
            self.kept_at_start = progress.kept
        if now - self.last < (0.1 if self.status else 10.0) and progress.kept < progress.wanted:
            return
        self.last = now
        seconds = max(now - self.started, 1e-6)
        new = progress.kept - self.kept_at_start
        left = (progress.wanted - progress.kept) * seconds / new if new else None
        tokens_in, tokens_out = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
        cost = (tokens_in * self.prices[0] + tokens_out * self.prices[1]) / 1e6
        funnel = progress.funnel
        text = (
            f"{progress.kept}/{progress.wanted} rows · yield {funnel.accepted / max(funnel.tries, 1):.0%} · "
            f"{(tokens_in + tokens_out) / seconds:,.0f} tokens/s"
            + (f" · cost {cost:.2f}" if any(self.prices) else "")
            + (f" · {left:,.0f} s left" if left is not None else "")
            + (f" · look at: {', '.join(progress.warnings)}" if progress.warnings else "")
        )
        if self.status:
            self.status.update(text)
        else:
            console.print(text, soft_wrap=True)


def _short(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
