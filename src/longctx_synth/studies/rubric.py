"""Which rubric makes a judge follow people: one judge scores the same answers under each rubric source, held against human scores.

Sources: `none` asks how good the answer is and describes no level; `generic` is one rubric of ours for every instance;
`situated` is written for the instance by SPRI's first stage (`review.situated`), once, whoever answered; `given` is the
instance's own, from the data. Everything else of the judge's prompt is the same, down to the axis's name.

What always holds:
- Every answer is in the journal before it counts. Run again after kill -9, nothing is paid twice.
- A judgement that cannot be read is missing, never a number; so is one under a situated rubric that no critic accepted, or
  of a text that the endpoint cannot take. Missing scores are counted by source and reason.
- Equal responses to one instance are judged once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from longctx_synth.engine import Stop
from longctx_synth.errors import Interrupted, RefusedError, Reject, SettingsError, WindowError
from longctx_synth.journal import Journal
from longctx_synth.llm.session import session
from longctx_synth.review.judge import Axis, Judgement, Rubric, judge
from longctx_synth.review.principles import Way
from longctx_synth.review.situated import read_rubric, rubric_stage
from longctx_synth.settings import make_settings
from longctx_synth.studies.calibrate import RESAMPLES
from longctx_synth.studies.difficulty import REFUSED_AT_FIRST, REFUSED_IN_A_ROW
from longctx_synth.studies.rubric_data import AXIS, Data, Instance
from longctx_synth.studies.rubric_figures import SourceFigures, as_json, figures, lines
from longctx_synth.studies.streaming import listen, stream

SOURCES = ("none", "generic", "situated", "given")
RUN_DIR = Path("out/study-rubric/.run")

NONE = Axis(AXIS, "How good is the answer?", {}, threshold=5)
GENERIC = Axis(
    AXIS,
    "How well does the answer do what the request asks for, for the person who asked?",
    {
        1: "It fails: it is no answer, is about something else, or is wrong or harmful in what matters.",
        2: "It touches what was asked, but a main part of it is missing or wrong.",
        3: "It does the main part; something that the person would miss is lacking, unclear or doubtful.",
        4: "It does all that was asked, rightly and clearly; a detail could be better.",
        5: "It does all that was asked, rightly, completely and clearly; an expert would change nothing that matters.",
    },
    threshold=5,
)


@dataclass(frozen=True)
class Party:
    """Who is asked. endpoint: "embedded", "embedded:PATH.gguf" or URLs of replicas; window: where the server does not tell it."""

    endpoint: tuple[str, ...]
    model: str = ""
    window: int | None = None


@dataclass(frozen=True)
class Judged:
    """What the judge said of one row under one source. score: None where it is missing, for the reason `missing`."""

    score: int | None
    feedback: str = ""
    missing: str = ""


@dataclass
class RubricStudy:
    """What was found out.

    judge: its model. embedded: whether that is the 135M model that comes along. judged: by source, one a row of the data.
    rubrics: the situated one by `Instance.key`.
    """

    data: Data
    judge: str
    embedded: bool
    seed: int
    judged: dict[str, list[Judged]]
    rubrics: dict[str, Axis]
    usage: dict[str, Any]
    figures: list[SourceFigures] = field(init=False)

    def __post_init__(self) -> None:
        scores = {source: [one.score for one in said] for source, said in self.judged.items()}
        self.figures = figures(self.data.rows, scores, seed=self.seed)

    def missing(self, source: str) -> Counter[str]:
        """Rows without a score, by reason."""
        return Counter(one.missing for one in self.judged[source] if one.missing)

    def lines(self) -> list[str]:
        """The tables and what else a person should know, a line each."""
        rows, instances = len(self.data.rows), len({row.instance.key for row in self.data.rows})
        told = [
            f"{rows:,} answers to {instances:,} instances, scored by people and by {self.judge}; in brackets 95 % bootstrap "
            f"intervals ({RESAMPLES:,} resamples of instances).",
            "",
            *lines(self.figures),
        ]
        for source in self.judged:
            told += [
                f"{count:6,} rows missing under {source}: {why}" for why, count in self.missing(source).most_common()
            ]
        if self.data.unscored:
            told.append(f"{self.data.unscored:,} rows have no human score and were left out.")
        if self.embedded:
            told.append(
                "The embedded model is too small to judge: this shows that the study runs, and nothing of rubrics."
            )
        return told

    def write_figures(self, path: Path) -> None:
        """The figures as JSON. Raises SettingsError where the file cannot be written."""
        told = {
            "data": self.data.name,
            "judge": self.judge,
            "unscored": self.data.unscored,
            "sources": {
                source: told | {"why_missing": dict(self.missing(source))}
                for source, told in as_json(self.figures).items()
            },
            "interval": 0.95,
            "resamples": RESAMPLES,
            "seed": self.seed,
        }
        _write(path, "--json", json.dumps(told, indent=2, ensure_ascii=False) + "\n")

    def write_judgements(self, path: Path) -> None:
        """Every judgement as a line of JSON, with the situated rubric it was made under. Raises as `write_figures`."""
        told = []
        for source, said in self.judged.items():
            for row, one in zip(self.data.rows, said, strict=True):
                line: dict[str, Any] = {"id": row.instance.id, "capability": row.instance.capability, "rubric": source}
                line |= {"response": row.response, "human_score": row.human, "score": one.score}
                line |= {"feedback": one.feedback, "missing": one.missing}
                axis = self.rubrics.get(row.instance.key) if source == "situated" else None
                if axis is not None:
                    line["situated"] = {"criteria": axis.question} | {
                        f"score{level}_description": text for level, text in axis.levels.items()
                    }
                told.append(json.dumps(line, ensure_ascii=False) + "\n")
        _write(path, "--out", "".join(told))


def _write(path: Path, flag: str, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{flag} {path} cannot be written ({error.strerror}).") from None


def study(
    data: Data,
    judge_by: Party,
    base: Party | None = None,
    critic: Party | None = None,
    *,
    sources: Sequence[str] = SOURCES,
    mode: str = "strict",
    seed: int = 0,
    run_dir: Path | None = None,
    concurrency: int | None = None,
    timeout: float = 1800.0,
    retries: int = 6,
    progress: Callable[[int, int], None] = lambda done, instances: None,
) -> RubricStudy:
    """Ask the judge for every answer's score under each source, and hold the scores against the human ones.

    base, critic: who writes situated rubrics and who criticises them; the judge where None. mode: of SPRI's loop. seed: of
    the intervals. run_dir: where paid answers are kept, of any data. progress: called with (instances done, instances).
    Raises SettingsError, EndpointError and RunLockedError as a build does.
    """
    sources = list(dict.fromkeys(sources))
    for source in sources:
        if source not in SOURCES:
            raise SettingsError(f"--source {source}: the rubric sources are {', '.join(SOURCES)}.")
    bare = sum(row.instance.given is None for row in data.rows)
    if "given" in sources and bare:
        others = " ".join(f"--source {source}" for source in sources if source != "given")
        raise SettingsError(
            f"{bare:,} of {len(data.rows):,} rows of {data.name} have no score_rubric; leave the source given "
            f"out{f': {others}' if others else ''}."
        )
    if "situated" not in sources and (base or critic):
        raise SettingsError(
            "Base and critic are asked for situated rubrics only; add --source situated, or leave them out."
        )
    way = _way(mode)
    state = run_dir or RUN_DIR
    options = {"temperature": 0.7, "concurrency": concurrency, "timeout": timeout, "retries": retries}
    parties = {"judge": judge_by, "base": base or judge_by, "critic": critic or judge_by}
    if "situated" not in sources:
        parties = {"judge": judge_by}
    with Journal.open(state) as journal:
        asking = _Asking(data, sources, way, progress)
        asyncio.run(asking.run(parties, options, journal, state))
    return asking.found(seed, judge_by.endpoint[0] == "embedded")


def _way(mode: str) -> Way:
    """How SPRI's loop is run."""
    if mode == "strict":
        return Way(mode="strict")
    if mode == "paper":
        return Way(mode="paper")
    raise SettingsError(f"--mode {mode}: the modes are strict and paper.")


class _Asking:
    """The asking: judgements by row and source, instance by instance."""

    def __init__(self, data: Data, sources: list[str], way: Way, progress: Callable[[int, int], None]) -> None:
        self.data, self.sources, self.way, self.progress = data, sources, way, progress
        self.stop = Stop()
        self.rows: dict[str, list[int]] = defaultdict(list)  # places of an instance's rows
        for place, row in enumerate(data.rows):
            self.rows[row.instance.key].append(place)
        self.judged: dict[str, dict[int, Judged]] = {source: {} for source in sources}
        self.rubrics: dict[str, Axis] = {}
        self.doors: dict[str, Any] = {}
        self.usage: Counter[str] = Counter()
        self.done = self.answers = self.refused_in_a_row = 0

    async def run(self, parties: dict[str, Party], options: dict[str, Any], journal: Journal, state: Path) -> None:
        async with AsyncExitStack() as stack:
            opened: dict[Party, Any] = {}
            for name, party in parties.items():
                if party not in opened:
                    # "pieces": what a session holds against the window otherwise is the length of rows yet to be built.
                    given = {"endpoint": list(party.endpoint), "model": party.model, "window": party.window}
                    settings = make_settings({"paradigm": "study rubric", "answer": "pieces", **given, **options})
                    opened[party] = await stack.enter_async_context(session(settings, journal, state))
                self.doors[name] = opened[party]
            listen(self.stop)
            alone = all(door.kind == "embedded" for door in opened.values())
            width = options["concurrency"] or (1 if alone else 64)
            fault = await stream(self.rows, self._instance, width=width, stop=self.stop)
            for door in opened.values():
                self.usage.update(door.usage())
        if self.stop.asked and self.done < len(self.rows):
            raise Interrupted(
                f"Interrupted with {self.done} of {len(self.rows)} instances judged; their answers are safe, and the same "
                "command goes on."
            )
        if fault is not None:
            raise fault

    def found(self, seed: int, embedded: bool) -> RubricStudy:
        judged = {source: [said[place] for place in range(len(said))] for source, said in self.judged.items()}
        usage = {name: value for name, value in self.usage.items() if value}
        return RubricStudy(self.data, self.doors["judge"].model, embedded, seed, judged, self.rubrics, usage)

    async def _instance(self, key: str) -> None:
        """All answers to one instance, under every source."""
        instance = self.data.rows[self.rows[key][0]].instance
        ends = await asyncio.gather(
            *(self._source(source, instance) for source in self.sources), return_exceptions=True
        )
        for end in ends:  # all are waited for even when one fails: what they answer is paid for
            if isinstance(end, BaseException):
                raise end
        self.done += 1
        self.progress(self.done, len(self.rows))

    async def _source(self, source: str, instance: Instance) -> None:
        places = self.rows[instance.key]
        try:
            axis = await self._axis(source, instance)
        except Reject as rejected:
            self.judged[source] |= dict.fromkeys(places, Judged(None, missing=rejected.reason))
            return
        ask = self.doors["judge"].case(f"rubric/{source}/{instance.id}", 0)
        responses = list(dict.fromkeys(self.data.rows[place].response for place in places))
        ends = await asyncio.gather(
            *(self._judged(ask, axis, instance, response) for response in responses), return_exceptions=True
        )
        said: dict[str, Judged] = {}
        for response, end in zip(responses, ends, strict=True):
            if isinstance(end, BaseException):
                raise end
            said[response] = end
        self.judged[source] |= {place: said[self.data.rows[place].response] for place in places}

    async def _axis(self, source: str, instance: Instance) -> Axis:
        """The rubric of a source for an instance. Raises Reject where there is none that may be used."""
        if source == "given" and instance.given is not None:
            return instance.given
        if source != "situated":
            return {"none": NONE, "generic": GENERIC}[source]
        case = f"rubric/write/{self.way.mode}/{instance.id}"
        base, critic = self.doors["base"].case(case, 0), self.doors["critic"].case(f"{case}#critic", 0)
        written = rubric_stage(base, critic, system=instance.system, instruction=instance.input, way=self.way)
        stage = await self._asked(written)
        rubric = read_rubric(stage.text) if stage.accepted else None
        if rubric is None:
            raise Reject("rubric", f"no rubric was accepted, {stage.reason or 'the last version was not one'}")
        axis = replace(rubric.axes[0], name=AXIS)
        self.rubrics[instance.key] = axis
        return axis

    async def _judged(self, ask: Any, axis: Axis, instance: Instance, response: str) -> Judged:
        try:
            said: Judgement = await self._asked(judge(ask, Rubric((axis,)), request=instance.request, answer=response))
        except Reject as rejected:
            return Judged(None, missing=rejected.reason)
        score = said.scores[AXIS]
        return Judged(score, said.feedback[AXIS], "" if score else "the judgement could not be read")

    async def _asked(self, asking: Any) -> Any:
        """What an asking comes to. Raises Reject where the endpoint cannot take this text, what it raises where it is at fault."""
        try:
            found = await asking
        except WindowError:
            raise Reject("asking", "it does not fit the endpoint's window") from None
        except RefusedError:
            self.refused_in_a_row += 1
            least = REFUSED_IN_A_ROW if self.answers else min(REFUSED_AT_FIRST, len(self.data.rows))
            if self.refused_in_a_row >= least:  # then it is the endpoint that is wrong, not the texts
                raise
            raise Reject("asking", "the endpoint refused it") from None
        self.answers, self.refused_in_a_row = self.answers + 1, 0
        return found
