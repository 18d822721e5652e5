"""The command line: parse, call, print; nothing else.

Every error is one sentence on standard error and a non-zero exit status (the error's own). Heavy imports happen inside
commands, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
import time
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


def main() -> None:
    """Entry point of `longctx-synth`."""
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
    documents: Annotated[str | None, Panel(help="Your own .txt/.md file or folder.")] = None,
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
        )
        if self.status:
            self.status.update(text)
        else:
            console.print(text, soft_wrap=True)


def _short(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
