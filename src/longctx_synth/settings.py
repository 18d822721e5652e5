"""Settings: everything that a person can choose about a run, checked once, and the fingerprint that guards a run directory.

The fingerprint is what must stay the same for a run to go on: all that changes which rows come out. Where and how fast they
come (URL, concurrency, time-outs) and how many are asked for are left out of it, in one table. API keys are never settings.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import longctx_synth
from longctx_synth.errors import OtherSettingsError, SettingsError
from longctx_synth.strata import LengthMix, parse_lengths

FEWEST_TURNS, MOST_TURNS = 4, 200

NOT_IN_FINGERPRINT = {
    "n",
    "validation",
    "test",
    "endpoint",
    "concurrency",
    "timeout",
    "retries",
    "tries_per_slot",
    "rejections_in_a_row",
    "price_in",
    "price_out",
    "licence",
    "documents",
    "scenarios",
    "prompts",
    "forbid_words",
    "judge_endpoint",
    "judge_model",
    "judge_rubric",
    "noise_sample",
    "queries",
    "critic_kappa",
}  # fmt: skip  -- paths are left out: what their files hold enters by content (`found_out`), as do the judges' models

# Settings that one paradigm alone has: another one's run is not told by them, and refuses them.
ITS_OWN = {
    "turns": "multi_turn",
    **dict.fromkeys(
        (
            "task", "method", "mode", "queries", "carrier", "goal", "words", "versions", "threshold", "calls", "examples",
            "crisis", "critic_kappa",
        ),
        "situated_principles",
    ),
}  # fmt: skip

BUILT_IN = ("multi_turn", "document_grounded", "verifiable_if", "long_reasoning", "situated_principles")
TASKS = ("respond", "reappraise", "rubric")
LEAST_CALLS = {"spri": 4, "vanilla": 1, "self_refine": 2, "fixed_principles": 2, "self_align": 1}


class Settings(BaseModel):
    """One run's settings. Field names are the command line's flags and the keys of `--config run.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paradigm: str
    n: int = Field(24, ge=0, description="train rows")
    validation: int = Field(0, ge=0, description="validation rows")
    test: int = Field(0, ge=0, description="test rows")
    tokens: str = Field("", description="prompt length: 16384, 4096:0.5,16384:0.5 or loguniform:512-16384")
    tokenizer: str = Field("embedded", description="the trainer's tokenizer: embedded, a folder, a .gguf or a Hub id")
    documents: str | None = Field(
        None,
        description="your own texts instead of written documents: a file or folder (.txt, .md, .html, .pdf, .docx, .parquet, "
        ".jsonl, .csv) or a Hub id; PATH_OR_ID:COLUMN for another column than text",
    )
    scenarios: str | None = Field(None, description="your own scenarios: a JSONL or Parquet file, a folder or a Hub id")
    fields: str = Field(
        "3", pattern=r"^(\d{1,2}|all)$", description="scenario fields that reach the prompt: 0, 1, 3, 5 … or all"
    )
    layers: str = Field("0-2", pattern=r"^[0-3](-[0-3])?$", description="constraint layers a row, such as 1 or 0-3")
    noise: int = Field(0, ge=0, le=4, description="transformations that the writer is told to apply, 0 to 4")
    noise_sample: int = Field(
        16, ge=0, description="rows of a noisy run that are written again without noise, to measure it"
    )
    language: str = Field(
        "en", description="language of the answers, an ISO 639-1 code; other than en needs whole answers"
    )
    prompts: str | None = Field(
        None, description="folder of your own writer's templates; a file there wins over the builder's"
    )
    forbid_words: str | None = Field(None, description="file of words that no answer may hold, one a line")
    licence: str = Field("", description="licence in the card; default apache-2.0, or other with --documents")
    endpoint: list[str] = Field(["embedded"], description="embedded, embedded:PATH.gguf or a URL; repeat for replicas")
    model: str = Field("", description="model name to ask for; default: what the endpoint serves")
    window: int | None = Field(None, gt=0, description="context window where the endpoint does not tell it")
    temperature: float = Field(0.7, ge=0, le=2)
    answer: Literal["auto", "whole", "pieces", "program"] = Field(
        "auto",
        description="who writes the answer: the model at once (whole), the model a fact at a time (pieces), no model (program)",
    )
    trace: Literal["auto", "model", "hybrid", "program"] = Field(
        "auto",
        description="who writes a reasoning trace: the model, the model a step at a time (hybrid, default on the embedded model), no model",
    )
    writer: Literal["program", "model"] = Field(
        "program",
        description="who writes the documents or turns: the program from templates, or the model from the program's sentences",
    )
    turns: str = Field(
        "auto",
        pattern=r"^(auto|\d{1,3}(-\d{1,3})?)$",
        description="turns of a conversation, question and answer counted: 20, 8-40, or auto by its length",
    )
    judge: Literal["auto", "off", "record", "gate"] = Field(
        "auto",
        description="whether a judge accepts drafts (gate), only scores them (record) or is not asked; auto: gate with --judge-endpoint",
    )
    judge_endpoint: list[str] = Field([], description="URL of the judge; repeat for several judges")
    judge_model: list[str] = Field(
        [], description="model of the judge, one for each --judge-endpoint, or several on one"
    )
    judge_rubric: str | None = Field(None, description="YAML file of axes, levels and thresholds instead of ours")
    task: str = Field(
        "respond",
        description="what situated_principles makes: respond, reappraise, rubric, or a mixture such as respond:0.5,rubric:0.5",
    )
    method: Literal["spri", "vanilla", "self_refine", "fixed_principles", "self_align"] = Field(
        "spri",
        description="how answers come about: under principles of their own (spri), or what that is compared with",
    )
    mode: Literal["strict", "paper"] = Field(
        "strict",
        description="strict: best version, scores asked again, below the threshold rejected; paper: as published",
    )
    queries: str | None = Field(
        None, description="your own inputs: a file, folder or Hub id; PATH_OR_ID:COLUMN for another column than text"
    )
    carrier: Literal["mixed", "short", "document", "conversation"] = Field(
        "mixed",
        description="what carries an input: nothing (short), a document, a conversation, or each of them in turn",
    )
    goal: str = Field("", description="what every answer is for, in a sentence; principles are written toward it")
    words: int = Field(128, ge=20, le=2000, description="most words of principles and of an answer under them")
    versions: int = Field(
        4, ge=1, le=10, description="versions of a text that the critic sees at most, the first one too"
    )
    threshold: int = Field(4, ge=1, le=5, description="the critic's score that accepts a text")
    calls: int | None = Field(None, ge=1, le=100, description="most calls an input, the same for every method")
    examples: int = Field(3, ge=0, le=8, description="examples of principles that the base is shown, 0 to 8")
    crisis: Literal["drop", "referral"] = Field(
        "drop", description="an input that speaks of a crisis: drop it, or answer it with a fixed referral"
    )
    critic_kappa: float | None = Field(
        None, ge=-1, le=1, description="kappa of this critic against people, as calibrate measured it"
    )
    attempts: int = Field(3, ge=1, le=20, description="drafts of a text before its case is rejected")
    constraints: str = Field("1-5", pattern=r"^[1-5](-[1-5])?$", description="format constraints a row")
    exclude_checks: list[str] = Field([], description="checks not to sample, by name; ifeval leaves out IFEval's kinds")
    pairs: bool = Field(True, description="make a rejected answer for DPO")
    max_repaired: float | None = Field(None, ge=0, le=1, description="greatest share of repaired rows")
    seed: int = Field(0, ge=0)
    concurrency: int | None = Field(None, ge=1, le=4096, description="cases in flight; default 64, embedded 1")
    timeout: float = Field(1800.0, gt=0, description="seconds for one request")
    retries: int = Field(6, ge=0, le=100, description="times a request is sent again when that can help")
    tries_per_slot: int = Field(20, ge=1, description="tries of one slot before the run stops; embedded 60")
    rejections_in_a_row: int = Field(50, ge=1)
    price_in: float = Field(0.0, ge=0, description="price of a million prompt tokens")
    price_out: float = Field(0.0, ge=0, description="price of a million generated tokens")

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        values = {key: value for key, value in values.items() if value is not None}
        for name in ("endpoint", "judge_endpoint", "judge_model"):
            if isinstance(values.get(name), str):
                values[name] = [values[name]]
        for name in ("constraints", "layers", "fields"):
            if isinstance(values.get(name), int):
                values[name] = str(values[name])
        embedded = values.get("endpoint", ["embedded"])[0:1] == ["embedded"]
        values["tokens"] = str(values.get("tokens") or ("loguniform:512-2048" if embedded else "loguniform:512-16384"))
        values.setdefault("max_repaired", 1.0 if embedded else 0.2)
        values.setdefault("tries_per_slot", 60 if embedded else 20)  # a small model fails often, and costs nothing
        return values

    @model_validator(mode="after")
    def _agree(self) -> Settings:
        foreign = [name for name in self.model_fields_set if ITS_OWN.get(name, self.paradigm) != self.paradigm]
        if foreign and self.paradigm in BUILT_IN:
            name = min(foreign)
            raise SettingsError(
                f"--{name.replace('_', '-')}: {self.paradigm} has no such setting, only {ITS_OWN[name]}."
            )
        parse_lengths(self.tokens)
        parse_tasks(self.task)
        least = LEAST_CALLS[self.method]
        if self.calls is not None and self.calls < least:
            raise SettingsError(f"--calls {self.calls}: --method {self.method} takes at least {least} calls an input.")
        for name, (low, high) in (("constraints", self.constraint_range), ("layers", self.layer_range)):
            if low > high:
                raise SettingsError(f"--{name} {getattr(self, name)}: {low} is more than {high}.")
        fewest, most = self.turn_range or (FEWEST_TURNS, MOST_TURNS)
        if not FEWEST_TURNS <= fewest <= most <= MOST_TURNS:
            raise SettingsError(
                f"--turns {self.turns}: conversations have {FEWEST_TURNS} to {MOST_TURNS} turns; write 20, 8-40 or auto."
            )
        if self.judge == "gate" or self.judge == "record":
            if not self.judge_endpoint and self.endpoint[0] == "embedded":
                raise SettingsError(
                    f"--judge {self.judge}: the embedded model is too small to judge; give --judge-endpoint, or a better model."
                )
        elif self.judge == "off" and self.judge_endpoint:
            raise SettingsError("--judge off with a --judge-endpoint: leave out one of them.")
        if (
            len(self.judge_model) > 1
            and len(self.judge_endpoint) > 1
            and len(self.judge_model) != len(self.judge_endpoint)
        ):
            raise SettingsError(
                f"--judge-model stands {len(self.judge_model)} times and --judge-endpoint {len(self.judge_endpoint)} times: "
                "give one model for each endpoint, or several models on one endpoint."
            )
        if self.n + self.validation + self.test == 0:
            raise SettingsError("--n, --validation and --test are all 0: there is nothing to build.")
        return self

    @property
    def lengths(self) -> LengthMix:
        """The parsed length mix."""
        return parse_lengths(self.tokens)

    @property
    def tasks(self) -> tuple[tuple[str, float], ...]:
        """The parsed mixture of tasks: (name, weight)."""
        return parse_tasks(self.task)

    @property
    def constraint_range(self) -> tuple[int, int]:
        """Least and greatest number of constraints a row."""
        return _range(self.constraints)

    @property
    def layer_range(self) -> tuple[int, int]:
        """Least and greatest number of constraint layers a row."""
        return _range(self.layers)

    @property
    def turn_range(self) -> tuple[int, int] | None:
        """Least and greatest number of turns of a conversation; None where its length decides."""
        return None if self.turns == "auto" else _range(self.turns)

    @property
    def field_limit(self) -> int | None:
        """How many scenario fields reach the prompt; None for all."""
        return None if self.fields == "all" else int(self.fields)

    @property
    def judging(self) -> str:
        """What `judge` comes to: "off", "record" or "gate"."""
        return ("gate" if self.judge_endpoint else "off") if self.judge == "auto" else self.judge

    @property
    def judges(self) -> list[tuple[str, str]]:
        """(endpoint, model) of each judge; the run's own endpoint where none is named, "" for the model it serves."""
        if self.judging == "off":
            return []
        urls = self.judge_endpoint or [self.endpoint[0]]
        models = self.judge_model or [""]
        number = max(len(urls), len(models))
        return [(urls[i % len(urls)], models[i % len(models)]) for i in range(number)]

    @property
    def wanted(self) -> dict[str, int]:
        """Rows asked for, by split; splits without rows left out."""
        counts = {"train": self.n, "validation": self.validation, "test": self.test}
        return {split: count for split, count in counts.items() if count}

    @property
    def embedded(self) -> bool:
        """Whether the run starts its own endpoint."""
        return self.endpoint[0].split(":", 1)[0] == "embedded"


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def parse_tasks(text: str) -> tuple[tuple[str, float], ...]:
    """Reads `respond` or `respond:0.5,reappraise:0.25,rubric:0.25` as (name, weight); raises SettingsError."""
    help_ = f"give one of {', '.join(TASKS)}, or a mixture such as respond:0.5,rubric:0.5"
    points = []
    for part in text.split(","):
        name, _, weight = (piece.strip() for piece in part.partition(":"))
        if name not in TASKS:
            raise SettingsError(f"--task {text}: there is no task {name!r}; {help_}.")
        try:
            share = float(weight or 1)
        except ValueError:
            raise SettingsError(f"--task {text}: the weight {weight!r} is no number; {help_}.") from None
        if not 0 < share < float("inf"):
            raise SettingsError(f"--task {text}: every weight must be a number above 0; {help_}.")
        points.append((name, share))
    return tuple(points)


def make_settings(values: dict[str, Any]) -> Settings:
    """Settings of plain values; raises SettingsError with one sentence that names the setting."""
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"] if not isinstance(part, int)) or "settings"
        if first["type"] == "extra_forbidden":
            known = ", ".join(sorted(Settings.model_fields))
            raise SettingsError(f"There is no setting '{name}'; the settings are {known}.") from None
        raise SettingsError(f"--{name.replace('_', '-')} {first.get('input')!r}: {first['msg']}.") from None


def load_config(path: str | Path) -> dict[str, Any]:
    """The settings that a YAML file holds, names as on the command line (dashes or underscores)."""
    import yaml

    try:
        values = yaml.safe_load(Path(path).read_text("utf-8")) or {}
    except FileNotFoundError:
        raise SettingsError(f"--config {path}: there is no such file.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"--config {path}: cannot be read as YAML ({str(error).splitlines()[0]}).") from None
    if not isinstance(values, dict):
        raise SettingsError(f"--config {path}: must be a mapping of setting names to values.")
    return {str(key).replace("-", "_"): value for key, value in values.items()}


def folder_hash(folder: Path, patterns: tuple[str, ...] = ("*.py", "*.j2", "*.yaml")) -> str:
    """A hash of a builder's own files: names and bytes, in order."""
    digest = hashlib.sha256()
    for file in sorted({path for pattern in patterns for path in folder.rglob(pattern)}):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def fingerprint(settings: Settings, **more: str) -> dict[str, Any]:
    """What must stay the same for a run to go on. `more`: what the run found out (served model, hashes of files)."""
    foreign = {name for name, paradigm in ITS_OWN.items() if paradigm != settings.paradigm}
    values = settings.model_dump(exclude=NOT_IN_FINGERPRINT | foreign, mode="json")
    return values | {"version": longctx_synth.__version__, **more}


def refuse_other_settings(stored: dict[str, Any], now: dict[str, Any], run_dir: Path) -> None:
    """Raises OtherSettingsError that says which settings differ from those the run directory was made with."""
    names = [name for name in sorted(stored.keys() | now.keys()) if stored.get(name) != now.get(name)]
    if names:
        told = "; ".join(f"{name} was {stored.get(name)!r}, is {now.get(name)!r}" for name in names)
        raise OtherSettingsError(
            f"{run_dir} was made with other settings ({told}): go on with those, choose another --out, or give "
            "--restart, which drops the rows but keeps every paid answer."
        )
