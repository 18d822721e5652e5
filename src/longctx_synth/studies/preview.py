"""Rows as a person wants to read them before paying for a thousand: new ones of a paradigm, or some of a dataset on disk.

Nothing that a row says of itself is believed where it can be seen again: checks are run again on its answers, evidence is
cut out of the prompt again, and what disagrees with the row's own words is told. A long prompt is folded in the middle, but
never over its evidence. Texts are data of unknown origin: their control characters are made visible before a terminal sees
them.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from longctx_synth import checks
from longctx_synth.builder import Built, SynthBuilder, paradigms
from longctx_synth.engine import Progress
from longctx_synth.errors import EndpointError, Interrupted, LongctxError, StuckError
from longctx_synth.parts import Parts
from longctx_synth.records import Evidence, Message, Record
from longctx_synth.studies.folding import HEAD, fold, visible
from longctx_synth.verdict import Verdict

if TYPE_CHECKING:
    from longctx_synth.checks import Spec

ARGUMENTS = 200  # characters of a check's arguments that are shown


# Rows: of a dataset, or new ones


def is_dataset(target: str) -> bool:
    """Whether a target names rows that are there, and no builder that makes some. A paradigm's name is never a folder.

    A folder that holds both (a builder's own repository) is a builder; its rows are shown by its `data` folder.
    """
    folder = Path(target).expanduser()
    if ("/" not in target and target in paradigms()) or (folder / "builder.py").is_file():
        return False
    return folder.is_dir()


@dataclass
class Made:
    """New rows of a paradigm, in slot order, and what ended the run early, if anything did."""

    records: list[Record]
    built: Built | None
    error: LongctxError | None = None


def make(
    builder: SynthBuilder,
    n: int,
    *,
    split: str = "train",
    run_dir: Path,
    progress: Callable[[Progress, dict[str, Any]], None] = lambda progress, usage: None,
) -> Made:
    """The first `n` rows of a split, made by `builder` in `run_dir` and published nowhere; a build that is given the same
    run directory goes on from them.

    A run that gets stuck or loses its endpoint gives the rows it had, with the error: a preview is there to show that too.
    """
    built, error = None, None
    try:
        built = builder.generate(run_dir, run_dir=run_dir, publish=False, only={split: n}, progress=progress)
    except (StuckError, EndpointError, Interrupted) as caught:
        error = caught
    # The engine has written what was accepted, whatever ended it; without a parts folder it never came to start.
    kept = Parts(run_dir / "parts", builder.scenario_fields).read(split, n) if (run_dir / "parts").is_dir() else ()
    return Made(list(kept), built, error)


# Showing a row


def show(record: Record, *, full: bool = False, plain: bool = False) -> Group:
    """A row as a stack of panels. full: nothing is folded. plain: for a file or a pipe, without frames at the sides."""
    view = _View(record, full, box.HORIZONTALS if plain else box.ROUNDED)
    return Group(*view.panels())


class _View:
    def __init__(self, record: Record, full: bool, frame: box.Box) -> None:
        self.record, self.full, self.frame = record, full, frame

    def panels(self) -> list[RenderableType]:
        record = self.record
        head = Text.assemble(
            (visible(record.id), "bold"), f"  {record.split}, {'pair' if record.has_pair else 'single'}"
        )
        found: list[RenderableType] = [head]
        if record.scenario:
            found.append(self._panel("scenario", self._scenario()))
        found.append(self._panel(self._prompt_title(), self._prompt()))
        found.append(self._panel(f"answer · {_tokens(record.completion_tokens)}", self._answer(record.completion)))
        if record.chosen and record.chosen != record.completion:
            found.append(self._panel("chosen answer", self._answer(record.chosen)))
        if record.rejected:
            why = visible(record.rejected_because) or "no reason given"
            found.append(self._panel(f"rejected answer · {why}", self._answer(record.rejected)))
        found.append(self._panel("checks, run again now", self._checks()))
        judged = self._judge()
        if judged is not None:
            found.append(self._panel("judge", judged))
        found.append(self._panel("how it was made", self._made()))
        return found

    def _panel(self, title: str, body: RenderableType) -> Panel:
        return Panel(body, title=Text(title), title_align="left", box=self.frame, border_style="dim")

    # scenario

    def _scenario(self) -> Table:
        """The fields by dimension, those of no known dimension last."""
        from longctx_synth.scenarios import DIMENSIONS

        grouped: dict[str, list[str]] = {}
        for name, value in self.record.scenario.items():
            if value:
                grouped.setdefault(DIMENSIONS.get(name, "other"), []).append(name)
        table = _grid(3)
        for dimension in sorted(grouped, key=lambda name: (name == "other", name)):
            for place, name in enumerate(grouped[dimension]):
                value = visible(self.record.scenario[name])
                table.add_row(Text("" if place else dimension, "bold"), Text(name, "cyan"), Text(value))
        return table

    # texts

    def _prompt_title(self) -> str:
        record = self.record
        target = f" of {record.target_tokens:,} asked for" if record.target_tokens else ""
        return f"prompt · {_tokens(record.prompt_tokens)}{target}"

    def _prompt(self) -> Group:
        record = self.record
        lines: list[RenderableType] = []
        for index, message in enumerate(record.prompt):
            here = [piece for piece in record.evidence if piece.message == index]
            lines += self._message(message, here)
        lines += [Text(f"✗ {wrong}", "red") for wrong in evidence_faults(record)]
        return Group(*lines)

    def _answer(self, messages: list[Message]) -> Group:
        return Group(*[line for message in messages for line in self._message(message, [])])

    def _message(self, message: Message, evidence: list[Evidence]) -> list[RenderableType]:
        content, role = message.get("content") or "", message.get("role") or "?"
        length = len(content) if self.full else HEAD if evidence or role != "assistant" else 2 * HEAD
        numbers = [self.record.evidence.index(piece) + 1 for piece in evidence]
        body = Text()
        for piece in fold(content, [(piece.start, piece.end) for piece in evidence], head=length, tail=length):
            if piece.kind == "text":
                body.append(visible(piece.text))
            elif piece.kind == "evidence":
                body.append(f"[{numbers[piece.number - 1]}»", "bold green")
                body.append(visible(piece.text), "green")
                body.append("«]", "bold green")
            else:
                body.append(f" … {piece.number:,} words … ", "dim italic")
        return [Text(f"{visible(role)}:", "bold cyan"), body]

    # verdicts

    def _checks(self) -> Group:
        record = self.record
        try:
            specs = checks.parse(record.checks or "[]")
        except LongctxError as error:
            return Group(Text(f"✗ They cannot be run: {error}", "red"))
        if not specs:
            return Group(Text("✗ The row has none: nothing is verified.", "red"))
        answers = {"answer": record.completion}
        if record.chosen and record.chosen != record.completion:
            answers["chosen"] = record.chosen
        if record.rejected:
            answers["rejected"] = record.rejected
        verdicts = {name: checks.run_all(specs, _last(texts), record.prompt) for name, texts in answers.items()}
        table = _grid(2 + len(answers))
        table.add_row("", "", *[Text(name, "bold") for name in answers])
        for place, spec in enumerate(specs):
            marks = [_mark(verdicts[name][place]) for name in answers]
            table.add_row(Text(spec["check"]), Text(_arguments(spec), "dim"), *marks)
        lines: list[RenderableType] = [table]
        for name, found in verdicts.items():
            for spec, verdict in zip(specs, found, strict=True):
                if not verdict.passed:
                    told = f"✗ {name}, {spec['check']}: {visible(verdict.feedback)}"
                    lines.append(Text(told, "red" if name != "rejected" else "dim"))
        lines += [Text(f"✗ {wrong}", "bold red") for wrong in self._contradictions(specs, verdicts)]
        elsewhere = [name for name in stored_verdicts(record) if name not in {spec["check"] for spec in specs}]
        if elsewhere:
            passed = sum(stored_verdicts(record)[name] for name in elsewhere)
            told = f"As the row says, not seen again here: {passed} of {len(elsewhere)} other reviewers passed it"
            lines.append(Text(f"{told} ({visible(', '.join(elsewhere))}).", "dim"))
        return Group(*lines)

    def _contradictions(self, specs: Sequence[Spec], verdicts: dict[str, list[Verdict]]) -> list[str]:
        """Where the row and the second look disagree."""
        says = stored_verdicts(self.record)
        wrong = []
        for spec, verdict in zip(specs, verdicts["answer"], strict=True):
            name = spec["check"]
            if says.get(name) and not verdict.passed:
                wrong.append(f"The row says that {name} passed; it does not.")
        if "rejected" in verdicts and all(verdict.passed for verdict in verdicts["rejected"]):
            wrong.append("The rejected answer passes every check: the pair teaches no preference.")
        return wrong

    def _judge(self) -> RenderableType | None:
        judged = judgements(self.record)
        if not judged:
            return None
        last = max(map(_draft, judged))
        final = [entry for entry in judged if _draft(entry) == last]
        table = _grid(2 + len(final))
        names = [Text(visible(str(entry.get("judge", "?"))), "bold") for entry in final]
        table.add_row("", *names, Text("median", "bold") if len(final) > 1 else "")
        lines: list[RenderableType] = [table]
        for axis in dict.fromkeys(axis for entry in final for axis in entry["scores"]):
            scores = [entry["scores"].get(axis) for entry in final]
            given = [score for score in scores if isinstance(score, int | float)]
            median = _score(statistics.median(given)) if len(final) > 1 and given else ""
            table.add_row(Text(visible(axis), "cyan"), *map(_score, scores), median)
            for entry in final:
                feedback = entry.get("feedback")
                said = feedback.get(axis) if isinstance(feedback, dict) else None
                if said:
                    lines.append(Text(f"{visible(axis)}: {visible(str(said))}", "dim"))
        earlier = len(set(map(_draft, judged))) - 1
        if earlier:
            lines.append(Text(f"{earlier} earlier draft{'s' * (earlier > 1)} judged as well.", "dim"))
        return Group(*lines)

    # the rest

    def _made(self) -> Table:
        record = self.record
        rates = [getattr(record, name, None) for name in ("solve_rate", "solve_rate_strong")]
        facts = {
            "attempts": f"{record.attempts}",
            "finish reason": record.finish_reason,
            "repairs": ", ".join(record.repairs) or "none",
            "noise": ", ".join(record.noise) or "none",
            "tokens": f"{record.tokens:,} = {record.prompt_tokens:,} + {record.completion_tokens:,}, by {record.tokenizer}",
            "model": f"{record.model or 'none'} ({record.endpoint_kind or 'unknown'})",
            "gold answer": record.answer,
            "documents": f"{len(record.documents)}, with {len(record.entities)} named entities",
            "evidence": f"{len(record.evidence)} passages",
            "solve rate": "" if rates[0] is None else f"{rates[0]:.2f}",
            "solve rate, strong model": "" if rates[1] is None else f"{rates[1]:.2f}",
            "case": f"{record.case}, seed {record.seed}",
        }
        table = _grid(2)
        for name, value in facts.items():
            if value:
                table.add_row(Text(name, "cyan"), Text(visible(value)))
        return table


def evidence_faults(record: Record) -> list[str]:
    """A sentence for every piece of evidence that does not stand in the prompt where the row says."""
    wrong = []
    for number, piece in enumerate(record.evidence, 1):
        inside = 0 <= piece.message < len(record.prompt)
        content = record.prompt[piece.message]["content"] if inside else ""
        if not piece.text or piece.start < 0 or content[piece.start : piece.end] != piece.text:
            wrong.append(f"Evidence {number} does not stand at {piece.start}-{piece.end} of message {piece.message}.")
    return wrong


def stored_verdicts(record: Record) -> dict[str, bool]:
    """What the row says of its last draft: reviewer -> passed. Empty where it says nothing that can be read."""
    entries = [entry for entry in _json_list(record.verdicts) if "check" in entry]
    last = max(map(_draft, entries), default=0)
    found: dict[str, bool] = {}
    for entry in entries:
        if _draft(entry) == last:
            name = str(entry["check"])
            found[name] = found.get(name, True) and entry.get("passed") is True
    return found


def judgements(record: Record) -> list[dict[str, Any]]:
    """The entries of the row's `judge` column that hold scores: {judge, draft, scores: {axis: 1-5 or None}, feedback}."""
    return [entry for entry in _json_list(record.judge) if isinstance(entry.get("scores"), dict)]


def _draft(entry: dict[str, Any]) -> int:
    return entry["draft"] if isinstance(entry.get("draft"), int) else 0


def _json_list(column: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(column or "[]")
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _grid(columns: int) -> Table:
    table = Table.grid(padding=(0, 2))
    for place in range(columns):
        table.add_column(no_wrap=place == 0, overflow="fold")
    return table


def _mark(verdict: Verdict) -> Text:
    return Text("✓ pass", "green") if verdict.passed else Text(f"✗ fail {verdict.score:.2f}", "red")


def _score(score: Any) -> Text:
    if not isinstance(score, int | float):
        return Text("not judged", "yellow")
    return Text(f"{score:g}", "green" if score >= 4 else "red" if score <= 2 else "yellow")


def _arguments(spec: Spec) -> str:
    text = ", ".join(f"{name}={_value(value)}" for name, value in spec["args"].items())
    return visible(text if len(text) <= ARGUMENTS else text[: ARGUMENTS - 1] + "…")


def _value(value: Any) -> str:
    """An argument in short: of alternatives (several forms of one value) the first, of a fact its name."""
    if isinstance(value, list):
        heads = [item[0] if isinstance(item, list) and item else item for item in value]
        return "[" + "; ".join(map(_value, heads)) + "]"
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _last(messages: list[Message]) -> str:
    return (messages[-1].get("content") or "") if messages else ""


def _tokens(number: int) -> str:
    return f"{number:,} tokens"
