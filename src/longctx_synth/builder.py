"""The base class of every builder, and how a builder is found.

A builder says how one case is made (`make`, straight-line code) and what it needs to be set up; everything durable (slots,
replay, exactly N rows, publishing) is the engine's, the journal's and publish's. `generate` is the one driver: the command
line calls it, and so does the `datasets` face, where generation is the download step and `_generate_examples` streams
accepted records. Keys never enter a config; gen_kwargs carry paths.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import inspect
import logging
import random
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import datasets

from longctx_synth import publish
from longctx_synth.engine import Engine, Funnel, Limits, Progress, Stop
from longctx_synth.errors import LongctxError, Reject, SettingsError
from longctx_synth.journal import Journal
from longctx_synth.metrics.agreement import agreement_figures
from longctx_synth.parts import Parts
from longctx_synth.prompts import Templates
from longctx_synth.records import (
    Evidence,
    Message,
    Record,
    arrow_schema,
    content_hash,
    prompt_hash,
    row,
    to_json,
)
from longctx_synth.review.judge import Panel, Rubric, load_rubric
from longctx_synth.review.refine import Draft
from longctx_synth.review.rules import load_words
from longctx_synth.review.signatures import Watch
from longctx_synth.review.situated import placeholder, situated_rubric
from longctx_synth.scenarios import Database, Situation, check_language, coverage
from longctx_synth.scenarios import load as load_scenarios
from longctx_synth.settings import fingerprint, folder_hash, make_settings, refuse_other_settings
from longctx_synth.strata import stable_seed
from longctx_synth.tokens import Tokenizer, load

if TYPE_CHECKING:
    from longctx_synth.llm.answer import Answer


@dataclass(frozen=True)
class Case:
    """One try of one slot. Everything random in a case comes from `rng`.

    split, number: the slot. try_: 0 for the first try. seed: this try's. base: the split's, the same for all its slots, for
    strata. tokens: the row's target `prompt_tokens`.
    """

    paradigm: str
    split: str
    number: int
    try_: int
    seed: int
    base: int
    tokens: int
    rng: random.Random = field(repr=False, compare=False, default_factory=random.Random)

    @property
    def id(self) -> str:
        """The durable name under which the journal keeps this try's calls."""
        return f"{self.paradigm}/{self.split}/{self.number}/{self.try_}"

    @property
    def row_id(self) -> str:
        """The id of the row that fills this slot."""
        return f"{self.paradigm}-{self.split}-{self.number:06d}"


class Ask(Protocol):
    """The only door to a model."""

    model: str
    kind: str
    count: int
    judges: Sequence[Any]  # an ask of each judge

    async def __call__(
        self,
        messages: list[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        temperature: float | None = None,
        stop: list[str] | None = None,
    ) -> Answer: ...


@dataclass
class SlotCost:
    """What one slot cost this process: tries, calls (replayed ones and the judges' too), tokens, seconds from start to end."""

    split: str
    number: int
    tries: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


@dataclass
class Built:
    """What a run made: rows by split, the funnel, what it used, the endpoint's faults, and how long it took (seconds).

    notes: what else a person should read at the end (judge, coverage, failure signatures), a line each.
    slots: what the slots settled by this process cost, the first `COSTED` of them.
    """

    out: Path
    rows: dict[str, int]
    funnel: Funnel
    usage: dict[str, Any]
    faults: dict[str, int]
    seconds: float
    notes: list[str] = field(default_factory=list)
    slots: list[SlotCost] = field(default_factory=list)


CARD_SAMPLE = 300  # rows over which the card's figures are taken
SITUATED = "situated"  # --judge-rubric: one is written for each request
FEWEST_COVERED = 10  # rows below which coverage says nothing
COSTED = 1000  # slots of which the cost is kept

# What DatasetBuilder.__init__ takes; every other keyword is a setting of ours.
_FACE = frozenset(inspect.signature(datasets.DatasetBuilder.__init__).parameters) - {"self", "config_kwargs"}


@dataclass
class SynthConfig(datasets.BuilderConfig):
    """The `datasets` face of Settings: the same names, given as keyword arguments to the builder."""

    run: dict[str, Any] | None = None


class SynthBuilder(datasets.GeneratorBasedBuilder):
    """A paradigm. Subclasses set `paradigm` and `scenario_fields` and write `make`; they may extend `setup`.

    Example:
        >>> builder = load_builder("verifiable_if")(n=24, tokens="2048")        # doctest: +SKIP
        >>> builder.download_and_prepare(); builder.as_dataset("train")         # doctest: +SKIP
    """

    BUILDER_CONFIG_CLASS = SynthConfig
    VERSION = datasets.Version("1.0.0")
    DEFAULT_WRITER_BATCH_SIZE = 16  # rows can be megabytes; the default of 1,000 holds them all in memory

    paradigm: ClassVar[str] = ""
    scenario_fields: ClassVar[list[str]] = ["kind"]
    uses_scenarios: ClassVar[bool] = False
    windowed: ClassVar[bool] = False  # whether rows may be longer than the window of the model that writes them
    conversations: ClassVar[bool] = False  # whether rows whose scenario has chat = "yes" become the view `chat` too
    rows_per_case: int = 1

    def __init__(self, cache_dir: str | None = None, **values: Any) -> None:
        face = {name: values.pop(name) for name in _FACE & values.keys()}
        run = values.pop("run", None) or {}
        self.settings = make_settings({"paradigm": self.paradigm, **run, **values})
        self.folder = Path(sys.modules[type(self).__module__].__file__ or ".").parent
        over = Path(self.settings.prompts).expanduser() if self.settings.prompts else None
        self.templates = Templates(self.folder / "prompts", over)
        super().__init__(cache_dir=cache_dir, run=self.settings.model_dump(mode="json"), **face)

    # What a paradigm writes.

    def setup(self) -> None:
        """Loads what every case needs. Called once before the first case; raises SettingsError."""
        self.tokenizer: Tokenizer = load(self.settings.tokenizer)
        self.language = check_language(self.settings.language)
        self.forbidden = load_words(Path(self.settings.forbid_words)) if self.settings.forbid_words else []
        self.rubric = _rubric(self.settings.judge_rubric) if self.settings.judging != "off" else None
        self.scenarios: Database | None = load_scenarios(self.settings.scenarios) if self.uses_scenarios else None

    def needs_endpoint(self) -> bool:
        """Whether these settings ask a model at all."""
        return self.settings.answer != "program"

    def found_out(self) -> dict[str, str]:
        """What `setup` found that belongs into the fingerprint: content hashes of the user's files. Extend it, don't replace it."""
        return {
            "scenarios_sha": self.scenarios.sha if self.scenarios else "",
            "prompts_sha": folder_hash(self.templates.over, ("*.j2",)) if self.templates.over else "",
            "forbidden_sha": content_hash("\n".join(self.forbidden)) if self.forbidden else "",
            "rubric_sha": self.rubric.sha if self.rubric else "",
        }

    def about_model(self) -> str:
        """One plain sentence for the card on what the model did in these rows."""
        return ""

    def limits(self) -> list[str]:
        """Known limits of the data, for the card, one sentence each."""
        return []

    def withheld(self) -> dict[str, str]:
        """Views that these rows are not offered as, and why: `{"grpo": "..."}`. The card declares no such config."""
        return {}

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """One try: `rows_per_case` records, or Reject(stage, reason)."""
        raise NotImplementedError

    def passing(self) -> dict[str, float] | None:
        """The least score that passes, by axis of this run's judges; None where nobody judges by a rubric of the run."""
        return {axis.name: axis.threshold for axis in self.rubric.axes} if self.rubric else None

    async def measured(self, sample: list[Record], ask_for: Callable[[Case], Ask]) -> dict[str, str]:
        """Figures for the card that need the model once more, over accepted rows. Journaled like every ask."""
        return {}

    # What a paradigm uses.

    def situation(self, case: Case, kinds: Sequence[str]) -> Situation:
        """The case's scenario and the fields that depend on it, stratified over the slots. kinds: of document, to choose from."""
        assert self.scenarios is not None, "uses_scenarios is not set"
        return self.scenarios.situation(
            case.split, case.number, stable_seed(case.base, "scenario"), kinds, language=self.settings.language
        )

    def panel(self, ask: Ask) -> Panel | None:
        """The judges of a case; None where nobody judges."""
        if self.rubric is None or not ask.judges:
            return None
        if self.settings.judge_rubric != SITUATED:
            return Panel(ask.judges, self.rubric, gate=self.settings.judging == "gate")

        async def written(request: str) -> Rubric | None:
            base = ask if self.needs_endpoint() else ask.judges[0]
            return await situated_rubric(base, ask.judges[0], instruction=request)

        return Panel(ask.judges, self.rubric, gate=self.settings.judging == "gate", situated=written)

    def record(
        self,
        case: Case,
        ask: Ask,
        *,
        prompt: list[Message],
        text: str,
        checks_: Sequence[dict[str, Any]],
        scenario: dict[str, str],
        answer: str = "",
        documents: Sequence[str] = (),
        entities: Sequence[str] = (),
        evidence: Sequence[Evidence] = (),
        rejected: str = "",
        because: str = "",
        drafts: Sequence[Draft] = (),
        judged: Sequence[dict[str, Any]] = (),
        noise: Sequence[str] = (),
        repairs: Sequence[str] = (),
    ) -> Record:
        """The row of a case: an accepted answer with its checks and where it comes from; lengths and hashes are taken here.

        documents, entities: texts and names; their content hashes are stored. drafts: every one on the way, the accepted one too.
        """
        completion = [{"role": "assistant", "content": text}]
        head, tail = self.tokenizer.count_row(prompt, completion)
        return Record(
            id=case.row_id,
            prompt=prompt,
            completion=completion,
            chosen=completion if rejected else [],
            rejected=[{"role": "assistant", "content": rejected}] if rejected else [],
            rejected_because=because,
            checks=to_json(list(checks_)),
            answer=answer,
            tokens=head + tail,
            paradigm=self.paradigm,
            split=case.split,
            case=case.id,
            scenario=scenario,
            documents=[content_hash(document) for document in documents],
            entities=sorted(content_hash(name) for name in entities),
            evidence=list(evidence),
            target_tokens=case.tokens,
            prompt_tokens=head,
            completion_tokens=tail,
            tokenizer=self.tokenizer.name,
            verdicts=to_json(
                [
                    {"check": name.partition(":")[2] or name, "passed": verdict.passed, "draft": draft.number}
                    for draft in drafts
                    for name, verdict in draft.verdicts.items()
                ]
            ),
            judge=to_json(list(judged)),
            model=ask.model,
            endpoint_kind=ask.kind,
            prompt_hash=prompt_hash(prompt),
            seed=case.seed,
            attempts=max(len(drafts), 1) + case.try_,
            noise=list(noise),
            repairs=list(repairs),
        )

    # What the engine calls.

    def case(self, split: str, number: int, try_: int) -> Case:
        """The case of a slot and try: its seed, its target length and its random generator."""
        base = stable_seed(self.settings.seed, self.paradigm, split)
        seed = stable_seed(base, number, try_)
        tokens = self.settings.lengths.target(number, base)
        return Case(self.paradigm, split, number, try_, seed, base, tokens, random.Random(seed))

    # The driver.

    def generate(
        self,
        out: Path,
        *,
        run_dir: Path | None = None,
        restart: bool = False,
        stop: Stop | None = None,
        progress: Callable[[Progress, dict[str, Any]], None] = lambda progress, usage: None,
        publish: bool = True,
        only: dict[str, int] | None = None,
    ) -> Built:
        """Builds into `out` until exactly the rows that were asked for are published there.

        only: rows by split instead of the settings' n, validation and test. publish: False accepts rows into the run
        directory, where a later build finds them, and writes nothing into `out`. Run state lies in `run_dir` (default
        `out/.run`). Works inside a running event loop (a notebook's) too, in a thread of its own. Raises LongctxError;
        whatever was accepted before stays.
        """
        wanted = only or self.settings.wanted
        state = Path(run_dir or Path(out) / ".run")
        work = self._generate(Path(out), state, restart, stop or Stop(), progress, publish, wanted)
        if not _inside_a_loop():
            return asyncio.run(work)
        box: list[Any] = []

        def inside() -> None:
            try:
                box.append(asyncio.run(work))
            except BaseException as error:
                box.append(error)

        thread = threading.Thread(target=inside, name="longctx-synth")
        thread.start()
        thread.join()
        if isinstance(box[0], BaseException):
            raise box[0]
        return box[0]

    async def _generate(
        self,
        out: Path,
        run_dir: Path,
        restart: bool,
        stop: Stop,
        progress: Callable[[Progress, dict[str, Any]], None],
        publishing: bool,
        wanted: dict[str, int],
    ) -> Built:
        from longctx_synth.llm.session import session

        started = time.monotonic()
        settings = self.settings
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.ask)
        _make_folder(run_dir)
        journal = Journal.open(run_dir)
        try:
            if publishing:
                publish.recover(out)
            self.setup()
            parts = Parts(run_dir / "parts", self.scenario_fields)
            async with session(
                settings,
                journal,
                run_dir,
                needed=self.needs_endpoint(),
                windowed=self.windowed,
                count=self.tokenizer.count_prompt,
            ) as door:
                print_ = fingerprint(
                    settings,
                    served_model=door.model,
                    endpoint_kind=door.kind,
                    builder=folder_hash(self.folder),
                    tokenizer_sha=self.tokenizer.name,
                    judge_models=" ".join(door.judge_models),
                    **self.found_out(),
                )
                stored = journal.settings()
                if stored is not None and restart:
                    journal.drop_outcomes()
                    parts.clear()
                elif stored is not None:
                    refuse_other_settings(stored, print_, run_dir)
                journal.store_settings(print_)
                watch = Watch(passing=self.passing())
                for split in wanted:
                    for record in parts.read(split, min(parts.cases(split) * self.rows_per_case, CARD_SAMPLE)):
                        watch.add(record)

                def show(state: Progress) -> None:
                    state.warnings = watch.tripped
                    progress(state, door.usage())

                def watch_all(records: list[Record]) -> None:
                    for record in records:
                        watch.add(record)

                def ask_for(case_id: str, seed: int) -> Ask:
                    return _Guarded(door.case(case_id, seed), door.judges(case_id, seed))

                costed = _Costed(self)
                engine = Engine(
                    costed,
                    wanted,
                    parts=parts,
                    journal=journal,
                    ask_for=ask_for,
                    limits=Limits(
                        settings.concurrency or (1 if settings.embedded else 64),
                        settings.tries_per_slot,
                        settings.rejections_in_a_row,
                        1.0 if settings.max_repaired is None else settings.max_repaired,
                    ),
                    progress=show,
                    admitted=watch_all,
                    stop=stop,
                )
                watch.rejected = engine.funnel.rejected
                funnel = await engine.run()
                sample = [
                    record for split, count in wanted.items() for record in parts.read(split, min(count, CARD_SAMPLE))
                ][:CARD_SAMPLE]
                measured = {}
                if publishing:
                    measured = await self.measured(sample, lambda case: ask_for(case.id, case.seed))
                usage, faults = door.usage(), door.faults()
            seen = coverage((record.scenario for record in sample), self._available())
            told = seen.lines() if len(sample) >= FEWEST_COVERED else []
            notes = [*self._about_judge(), *told, *watch.lines(funnel.rejected)]
            if publishing:
                made = self._made(print_ | wanted, funnel, usage, sample)
                made["figures"] |= measured
                made["coverage"] = seen.table()
                made["judge"] = agreement_figures(record.judge for record in sample)
                made["signatures"] = watch.figures(funnel.rejected)
                publish.publish(
                    out,
                    {split: parts.read(split, count) for split, count in wanted.items()},
                    paradigm=self.paradigm,
                    scenario_fields=self.scenario_fields,
                    made=made,
                    conversations=self.conversations,
                )
        finally:
            journal.close()
        seconds = time.monotonic() - started
        return Built(out, wanted, funnel, usage, faults, seconds, notes, list(costed.costs.values()))

    def _available(self) -> dict[str, int]:
        return self.scenarios.available() if self.scenarios else {}

    def _about_judge(self) -> list[str]:
        settings = self.settings
        if settings.judging != "off":
            return []
        why = "the embedded model is too small to judge" if settings.embedded else "no --judge-endpoint was given"
        return [f"No judge looked at these rows ({why}); checks alone accepted them."]

    def _made(
        self, told: dict[str, Any], funnel: Funnel, usage: dict[str, Any], sample: list[Record]
    ) -> dict[str, Any]:
        """How the data was made, for the card."""
        from longctx_synth.metrics import binding

        settings = self.settings
        made: dict[str, Any] = {
            "settings": told,
            "model": told["served_model"],
            "note": self.about_model(),
            "funnel": {
                "accepted": funnel.accepted,
                "rejected": {f"{s}: {r}": n for (s, r), n in funnel.rejected.items()},
            },
            "usage": usage,
            "licence": settings.licence or ("other" if settings.documents else "apache-2.0"),
            "language": list(dict.fromkeys(["en", settings.language])),
            "figures": binding.figures([row(record) for record in sample]),
            "limits": [*self.limits(), *self._about_judge()],
            "withheld": self.withheld(),
        }
        if settings.price_in or settings.price_out:
            spent = {
                kind: usage.get(f"{kind}_tokens", 0) + usage.get(f"replayed_{kind}_tokens", 0)
                for kind in ("prompt", "completion")
            }
            cost = spent["prompt"] * settings.price_in + spent["completion"] * settings.price_out
            made["cost"] = round(cost / 1e6, 4)
        return made

    # The face for people who work in `datasets`.

    def _info(self) -> datasets.DatasetInfo:
        features = datasets.Features.from_arrow_schema(arrow_schema(self.scenario_fields))
        return datasets.DatasetInfo(description=(self.__doc__ or "").strip(), features=features)

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        name = hashlib.sha256(repr(sorted(self.settings.model_dump(mode="json").items())).encode()).hexdigest()[:16]
        out = Path(self._cache_dir_root) / "longctx_synth" / f"{self.paradigm}-{name}"
        self.generate(out)
        folder = str(out / ".run" / "parts")
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"folder": folder, "split": split, "rows": count})
            for split, count in self.settings.wanted.items()
        ]

    def _generate_examples(self, folder: str, split: str, rows: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        for index, record in enumerate(Parts(Path(folder), self.scenario_fields).read(split, rows)):
            yield _key(index), row(record)


class _Guarded:
    """An ask whose answer a case can trust to have been given to the whole prompt; it counts what the case used.

    A judge whose prompt was cut is another matter: what it said is missing, and the draft is none the worse for it.
    """

    def __init__(self, ask: Any, judges: Sequence[Any] = (), *, judging: bool = False) -> None:
        self._ask, self._judging = ask, judging
        self.judges: Sequence[Any] = [_Guarded(judge, judging=True) for judge in judges]
        self.used = [0, 0, 0]  # calls, prompt tokens, completion tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ask, name)

    async def __call__(self, messages: list[Message], **options: Any) -> Answer:
        answer = await self._ask(messages, **options)
        for index, number in enumerate((1, answer.prompt_tokens or 0, answer.completion_tokens or 0)):
            self.used[index] += number
        if answer.truncated and not self._judging:
            raise Reject("endpoint", "the server cut the prompt silently")
        return answer


class _Costed:
    """A builder for the engine, with what each slot cost noted beside it."""

    def __init__(self, builder: SynthBuilder) -> None:
        self.builder, self.rows_per_case, self.case = builder, builder.rows_per_case, builder.case
        self.costs: dict[tuple[str, int], SlotCost] = {}

    async def make(self, case: Case, ask: Any) -> list[Record]:
        started = time.monotonic()
        try:
            return await self.builder.make(case, ask)
        finally:
            slot = (case.split, case.number)
            if slot in self.costs or len(self.costs) < COSTED:
                cost = self.costs.setdefault(slot, SlotCost(*slot))
                used = [sum(party.used[i] for party in [ask, *ask.judges]) for i in range(3)]
                cost.tries += 1
                cost.calls += used[0]
                cost.prompt_tokens += used[1]
                cost.completion_tokens += used[2]
                cost.seconds += time.monotonic() - started


def _rubric(named: str | None) -> Rubric:
    """The judges' rubric: ours, a file's, or what stands for the rubrics that are written for each request."""
    return placeholder() if named == SITUATED else load_rubric(Path(named) if named else None)


def _key(index: int) -> Any:
    key = getattr(datasets.builder, "Key", None)  # since datasets 4.5; before, an int
    return key(0, index) if key else index


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--out: {folder} cannot be made ({error.strerror}).") from None


def builders_root() -> Path:
    """Where our builders lie: the checkout's `builders/`, or the wheel's package data. Never the working directory."""
    here = Path(__file__).resolve().parent
    checkout = here.parent.parent / "builders"
    return checkout if checkout.is_dir() else here / "package_data" / "builders"


def paradigms() -> list[str]:
    """The names of our builders."""
    return sorted(path.parent.name for path in builders_root().glob("*/builder.py"))


def load_builder(name: str) -> type[SynthBuilder]:
    """The builder class of a paradigm's name, or of a folder of the user's own that holds a builder.py."""
    folder = Path(name).expanduser()
    if "/" not in name and name in paradigms():
        folder = builders_root() / name
    file = folder / "builder.py"
    if not file.is_file():
        raise SettingsError(
            f"There is no paradigm '{name}': give one of {', '.join(paradigms()) or '(none installed)'}, or a folder "
            "that holds a builder.py."
        )
    module_name = f"longctx_synth_builders.{folder.resolve().name}"
    known = sys.modules.get(module_name)
    if known is None or known.__file__ != str(file.resolve()):
        # The folder is a package, so that a builder of several files imports its own (`from .plan import ...`).
        sys.modules.setdefault("longctx_synth_builders", types.ModuleType("longctx_synth_builders"))
        for name in [name for name in sys.modules if name.startswith(f"{module_name}.")]:
            del sys.modules[name]  # of another folder of the same name
        spec = importlib.util.spec_from_file_location(
            module_name, file.resolve(), submodule_search_locations=[str(folder.resolve())]
        )
        assert spec is not None and spec.loader is not None
        known = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = known
        try:
            spec.loader.exec_module(known)
        except LongctxError:
            raise
        except Exception as error:
            del sys.modules[module_name]
            raise SettingsError(f"{file} cannot be loaded: {type(error).__name__}: {error}.") from error
    classes = [
        value
        for value in vars(known).values()
        if isinstance(value, type) and issubclass(value, SynthBuilder) and value.__module__ == module_name
    ]
    if len(classes) != 1:
        raise SettingsError(f"{file} must define one subclass of SynthBuilder; it defines {len(classes)}.")
    return classes[0]


logging.getLogger("longctx_synth").addHandler(logging.NullHandler())
