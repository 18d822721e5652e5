"""Language models as judges: axes of a rubric, scored 1 to 5 with feedback, by one judge or a panel of several.

Mechanism. The rubric is data (`rubric.yaml`, or a user's file). One call covers all axes; the source stands first in the
prompt, so that the drafts of a case share its cached prefix; the answer's JSON has the feedback before the score, so that
the score follows from it. An axis that cannot be read (no JSON, no such axis, a score that is not 1 to 5) is asked again,
alone, with what was wrong; after that it is missing.

What always holds: a missing score is None and never a pass; a panel's score is the median of the judges that gave one; no
answer of a judge makes anything here raise. What is judged is marked off as material, so that a text which asks for a good
score is read as text.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from longctx_synth.errors import SettingsError
from longctx_synth.metrics.agreement import median_scores
from longctx_synth.prompts import Templates
from longctx_synth.records import Message, content_hash, to_json
from longctx_synth.verdict import PASSED, Verdict, failed

if TYPE_CHECKING:
    from longctx_synth.llm.answer import Answer

LEVELS = (1, 2, 3, 4, 5)
MAX_TOKENS = 1_500  # of one judgement: five axes of two sentences, with room for a judge that thinks first
FEEDBACK = 600  # characters of a judge's feedback that are kept: it goes into the row and into the next prompt

_HERE = Path(__file__).parent
_AXIS = re.compile(r"[a-z][a-z0-9_]{0,39}")
_STARTS = 20  # places of a judge's answer at which its JSON object is looked for


class Ask(Protocol):
    """A door to a judge: `builder.Ask`, as far as judging needs it. `model` is the judge's name."""

    model: str

    async def __call__(
        self,
        messages: list[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        temperature: float | None = None,
    ) -> Answer: ...


# -- the rubric ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """One respect in which an answer is judged.

    levels: what each score, 1 to 5, looks like; none for a judge that is to decide by itself. threshold: least that passes.
    """

    name: str
    question: str
    levels: dict[int, str]
    threshold: float


@dataclass(frozen=True)
class Rubric:
    """The axes, in the order in which they are asked."""

    axes: tuple[Axis, ...]

    @property
    def names(self) -> list[str]:
        """The axes' names."""
        return [axis.name for axis in self.axes]

    @property
    def sha(self) -> str:
        """A hash of all that a judge is told and held to, the prompt's wording included: for the run's fingerprint."""
        axes = [[axis.name, axis.question, sorted(axis.levels.items()), axis.threshold] for axis in self.axes]
        return content_hash(
            to_json([axes, *(path.read_text("utf-8") for path in sorted(_HERE.glob("prompts/judge.*.j2")))])
        )

    def __getitem__(self, name: str) -> Axis:
        return next(axis for axis in self.axes if axis.name == name)


def load_rubric(path: Path | None = None) -> Rubric:
    """Our rubric, or a user's file of the same form; raises SettingsError that says what is wrong in which axis."""
    import yaml

    file = Path(path) if path is not None else _HERE / "rubric.yaml"
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The rubric {file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The rubric {file} is not UTF-8 text.") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"The rubric {file} is not YAML: {' '.join(str(error).split())}.") from None
    axes = loaded.get("axes") if isinstance(loaded, dict) else None
    if not isinstance(axes, dict) or not axes:
        raise SettingsError(f"The rubric {file} has no axes; write 'axes:' with at least one axis under it.")
    return Rubric(tuple(_axis(file, name, values) for name, values in axes.items()))


def _axis(file: Path, name: object, values: object) -> Axis:
    def wrong(what: str) -> SettingsError:
        return SettingsError(f"The rubric {file}, axis {name!r}: {what}.")

    if not isinstance(name, str) or not _AXIS.fullmatch(name):
        raise wrong("a name has lower-case letters, digits and underscores, such as factual_grounding")
    if not isinstance(values, dict):
        raise wrong("give it a question, a threshold and levels")
    unknown = sorted(str(key) for key in values if key not in ("question", "threshold", "levels"))
    if unknown:
        raise wrong(f"there is no {unknown[0]!r}; an axis has a question, a threshold and levels")
    question, threshold, levels = (values.get(key) for key in ("question", "threshold", "levels"))
    if not isinstance(question, str) or not question.strip():
        raise wrong("the question is missing")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 1 <= threshold <= 5:
        raise wrong(f"the threshold is {threshold!r}, and must be a number from 1 to 5")
    described = {str(level): text for level, text in levels.items()} if isinstance(levels, dict) else {}
    if sorted(described) != [str(level) for level in LEVELS]:
        raise wrong(f"it must describe the levels 1, 2, 3, 4 and 5; it has {', '.join(sorted(described)) or 'none'}")
    for level, text in described.items():
        if not isinstance(text, str) or not text.strip():
            raise wrong(f"level {level} has no description")
    ordered = {level: " ".join(described[str(level)].split()) for level in LEVELS}
    return Axis(name, " ".join(question.split()), ordered, threshold)


# -- one judge -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judgement:
    """What one judge said of one answer.

    judge: its model's name. scores: 1 to 5 by axis, None where it gave none that can be read. feedback: by axis, "" where
    there is none. calls: how often it was asked.
    """

    judge: str
    scores: dict[str, int | None]
    feedback: dict[str, str]
    calls: int = 1


def schema(axes: Sequence[Axis]) -> dict[str, Any]:
    """The JSON Schema of a judgement: {axis: {feedback, score}}, feedback first."""
    one = {
        "type": "object",
        "properties": {"feedback": {"type": "string"}, "score": {"type": "integer", "enum": list(LEVELS)}},
        "required": ["feedback", "score"],
        "additionalProperties": False,
    }
    names = [axis.name for axis in axes]
    return {
        "type": "object",
        "properties": dict.fromkeys(names, one),
        "required": names,
        "additionalProperties": False,
    }


async def judge(
    ask: Ask,
    rubric: Rubric,
    *,
    request: str,
    answer: str,
    source: str = "",
    tries: int = 2,
    max_tokens: int = MAX_TOKENS,
) -> Judgement:
    """One judge's scores of `answer` on every axis of the rubric.

    request: what was asked of the writer; where it holds the source, that is not sent twice. source: what the answer may
    draw on. tries: times that an axis is asked for before it is missing (at least 1). What the endpoint raises goes through.
    """
    first = messages(rubric, request=request, answer=answer, source=source)
    scores: dict[str, int | None] = dict.fromkeys(rubric.names)
    feedback: dict[str, str] = dict.fromkeys(rubric.names, "")
    asked, due, calls = first, list(rubric.axes), 0
    while due and calls < max(tries, 1):
        calls += 1
        said = await ask(asked, schema=schema(due), max_tokens=max_tokens, temperature=0.0)
        if said.truncated:  # The judge did not see all of it, and would not the next time either.
            break
        wrong = _read(said.text, due, scores, feedback, cut=not said.finished)
        due = [axis for axis in due if scores[axis.name] is None]
        again = _templates().render("judge.again.j2", wrong=wrong, axes=due, form=_form(due)) if due else ""
        # From the first request, not from the last: the conversation does not grow with the tries.
        asked = [
            *first,
            {"role": "assistant", "content": _sendable(said.text)[:2_000].strip() or "(nothing)"},
            {"role": "user", "content": again},
        ]
    return Judgement(ask.model, scores, feedback, calls)


def messages(rubric: Rubric, *, request: str, answer: str, source: str = "") -> list[Message]:
    """What a judge is sent first: the source before all that changes between drafts."""
    request, answer, source = _sendable(request), _sendable(answer), _sendable(source).strip()
    if source and source in request:
        request = request.replace(source, "[the source, as above]")
    # A mark is a hash of what it encloses, so no text can hold its own closing mark.
    marks = {"source": content_hash(source), "request": content_hash(request), "answer": content_hash(answer)}
    return _templates().messages(
        "judge",
        source=source,
        request=request,
        answer=answer,
        marks=marks,
        axes=rubric.axes,
        form=_form(rubric.axes),
    )


@functools.cache
def _templates() -> Templates:
    return Templates(_HERE / "prompts")


def _form(axes: Sequence[Axis]) -> str:
    """The wanted object as an example, for servers and models that hold to no schema."""
    lines = [f'  "{axis.name}": {{"feedback": "...", "score": 1 to 5}}' for axis in axes]
    return "{\n" + ",\n".join(lines) + "\n}"


def _sendable(text: str) -> str:
    """The text without lone surrogates, which no server can be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _read(
    text: str, due: Sequence[Axis], scores: dict[str, int | None], feedback: dict[str, str], *, cut: bool
) -> list[str]:
    """Fills in the axes that `text` judges, and returns what is wrong with the others."""
    names = {axis.name for axis in due}
    found = _object(text, names)
    if found is None:
        return [
            "It was cut off before its end." if cut else "It is not one JSON object of the form that was asked for."
        ]
    wrong = []
    for name in (axis.name for axis in due):
        said = found.get(name)
        if not isinstance(said, dict):
            wrong.append(f"{name}: it is missing." if said is None else f"{name}: it is not an object.")
            continue
        told = said.get("feedback")
        feedback[name] = _one_line(told) if isinstance(told, str) else ""
        score = _score(said.get("score"))
        if score is None:
            wrong.append(f"{name}: the score is not a whole number from 1 to 5.")
        elif not isinstance(told, str):
            wrong.append(f"{name}: the feedback is missing.")
        else:
            scores[name] = score
    return wrong


def _object(text: str, names: set[str]) -> dict[str, Any] | None:
    """The JSON object in the text that speaks of any of the axes: a model may think aloud, wrap it or fence it.

    None where there is none, and where two differ: one of them may be quoted from the very answer that is judged.
    """
    # What a judge thought before it answered is not its answer; but the mark may stand in a feedback too.
    for part in (text.partition("</think>")[2], text):
        found = _objects(part, names)
        if found:
            return found[0] if all(one == found[0] for one in found) else None
    return None


def _objects(text: str, names: set[str]) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    at = -1
    for _ in range(_STARTS):
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and names & value.keys():
            found.append(value)
            at = end - 1
    return found


def _score(value: object) -> int | None:
    """1 to 5, from a number or its digit in quotation marks; None for anything else."""
    if isinstance(value, str) and value.strip() in ("1", "2", "3", "4", "5"):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in LEVELS:
        return None
    return int(value)


def _one_line(text: str) -> str:
    line = " ".join(_sendable(text).split())
    return line if len(line) <= FEEDBACK else line[: FEEDBACK - 1].rstrip() + "…"


# -- several judges --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reviewed:
    """What a panel said of one draft.

    scores: by axis the median over the judges that gave one, None where none did. verdicts: "judge:AXIS" -> Verdict, empty
    where the panel only records. judgements: one a judge, in the panel's order. draft: its number in the case, from 1.
    """

    scores: dict[str, float | None]
    verdicts: dict[str, Verdict]
    judgements: list[Judgement]
    draft: int = 1

    def entries(self) -> list[dict[str, Any]]:
        """What the record's `judge` column holds of this draft: a plain dictionary a judge."""
        return [
            {"judge": one.judge, "draft": self.draft, "scores": one.scores, "feedback": one.feedback}
            for one in self.judgements
        ]


class Panel:
    """One or several judges with one rubric, or with a rubric for each request.

    asks: a door to each judge, for this case; each needs a case id of its own, since two judges of one model and case id
    would replay each other's answers. gate: whether a low score fails the draft; otherwise scores are only recorded.
    situated: writes the rubric of a request, once for all its drafts; where it finds none (None), nothing is judged, and
    the axes of `rubric` are missing.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        rubric: Rubric,
        gate: bool = True,
        *,
        tries: int = 2,
        situated: Callable[[str], Awaitable[Rubric | None]] | None = None,
    ) -> None:
        if not asks:
            raise ValueError("a panel has at least one judge")
        self.asks, self.rubric, self.gate, self.tries = list(asks), rubric, gate, tries
        self._situated, self._written = situated, dict[str, Rubric | None]()

    async def _rubric(self, request: str) -> Rubric | None:
        if self._situated is None:
            return self.rubric
        if request not in self._written:
            self._written[request] = await self._situated(request)
        return self._written[request]

    async def review(self, request: str, answer: str, source: str = "", *, draft: int = 1) -> Reviewed:
        """All judges' scores of one draft, asked at the same time."""
        rubric = await self._rubric(request)
        if rubric is None:
            missing: dict[str, float | None] = dict.fromkeys(self.rubric.names)
            return Reviewed(missing, verdicts_of(self.rubric, missing, []) if self.gate else {}, [], draft)
        work = (
            judge(ask, rubric, request=request, answer=answer, source=source, tries=self.tries) for ask in self.asks
        )
        # All are waited for even when one fails: what they answer is paid for, and goes into the journal.
        done = await asyncio.gather(*work, return_exceptions=True)
        judgements: list[Judgement] = []
        for one in done:
            if isinstance(one, BaseException):
                raise one
            judgements.append(one)
        judgements = _named_apart(judgements)
        scores = median_scores({one.judge: one.scores for one in judgements})
        verdicts = verdicts_of(rubric, scores, judgements) if self.gate else {}
        return Reviewed(scores, verdicts, judgements, draft)


def verdicts_of(
    rubric: Rubric, scores: Mapping[str, float | None], judgements: Sequence[Judgement]
) -> dict[str, Verdict]:
    """The verdict on each axis, under "judge:AXIS": the median against the threshold, with what the strictest judge said."""
    verdicts = {}
    for axis in rubric.axes:
        score = scores.get(axis.name)
        if score is None:
            verdicts[f"judge:{axis.name}"] = failed(f"{axis.name} was not judged.")
        elif score >= axis.threshold:
            verdicts[f"judge:{axis.name}"] = PASSED
        else:
            verdicts[f"judge:{axis.name}"] = failed(_why(axis, judgements), (score - 1) / 4)
    return verdicts


def _why(axis: Axis, judgements: Sequence[Judgement]) -> str:
    """The feedback of the judge that scored lowest; where it said nothing, the next one's, or what its score stands for."""
    ranked = sorted(
        ((score, one) for one in judgements if (score := one.scores.get(axis.name)) is not None),
        key=lambda pair: pair[0],
    )
    said = next((one.feedback[axis.name] for _, one in ranked if one.feedback.get(axis.name)), "")
    return said or axis.levels[ranked[0][0]]


def _named_apart(judgements: list[Judgement]) -> list[Judgement]:
    """Judges of one model, told apart: agreement is between judges, not between names."""
    seen: dict[str, int] = {}
    named = []
    for one in judgements:
        seen[one.judge] = seen.get(one.judge, 0) + 1
        name = one.judge if seen[one.judge] == 1 else f"{one.judge} #{seen[one.judge]}"
        named.append(Judgement(name, one.scores, one.feedback, one.calls))
    return named
