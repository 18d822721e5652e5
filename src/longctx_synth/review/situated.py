"""A rubric for one instruction, written by a model, and judgements under it.

Mechanism. SPRI's first stage with a rubric in the place of principles: the base writes a criterion and five described levels
for the instruction, a critic scores whether judges could use it, the base mends it. The result is a `judge.Rubric` of one
axis, so every judge of the house can use it: `judge_under` asks one, and `--judge-rubric situated` gives it to the panel.

What always holds: a rubric has a criterion and five different levels, or is missing (None); a judgement that cannot be read
is missing (None), never a score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from longctx_synth.records import content_hash
from longctx_synth.review.critic import critic_hash
from longctx_synth.review.judge import LEVELS, Axis, Rubric, judge
from longctx_synth.review.principles import Ask, Stage, Way, critic_of, run_stage, templates
from longctx_synth.review.refine import Draft
from longctx_synth.verdict import PASSED, Verdict, failed

AXIS = "situated"
THRESHOLD = 4
WORDS = 96  # that six sentences take; a lower bound, meant for answers, would cut every rubric off

_PROPERTIES = {name: {"type": "string", "maxLength": 200} for name in ("criterion", *map(str, LEVELS))}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": _PROPERTIES,
    "required": list(_PROPERTIES),
    "additionalProperties": False,
}


def rubric_of(criterion: str, levels: Mapping[int, str], threshold: float = THRESHOLD) -> Rubric:
    """A rubric of one criterion and its five described levels, as judges take it."""
    return Rubric((Axis(AXIS, criterion, {level: levels[level] for level in LEVELS}, threshold),))


def placeholder() -> Rubric:
    """What stands for situated rubrics where a run needs to know axis, threshold and a hash before any is written."""
    prompts = sorted((Path(__file__).parent / "prompts").glob("situated_rubric.*.j2"))
    told = content_hash("\n".join([critic_hash(), *(file.read_text("utf-8") for file in prompts)]))
    return rubric_of(f"written for each instruction ({told})", dict.fromkeys(LEVELS, "written for each instruction"))


async def rubric_stage(
    base: Ask,
    critic: Ask,
    *,
    system: str = "",
    instruction: str,
    goal: str = "",
    seeds: Sequence[tuple[str, Rubric]] = (),
    way: Way = Way(),
) -> Stage:
    """The loop that writes a rubric, whole. Its texts are JSON: `read_rubric` reads them. seeds: instructions with a rubric."""
    words = max(way.words, WORDS)
    fixed = {"goal": goal, "words": words}

    async def write(feedback: str, last: Draft | None) -> Draft:
        mending = {"draft": last.text, "feedback": feedback} if last and feedback else {"draft": "", "feedback": ""}
        asked = templates().messages("situated_rubric", system=system, instruction=instruction, **fixed, **mending)
        if not mending["draft"]:
            shown = []
            for told, rubric in seeds:
                example = templates().messages(
                    "situated_rubric", system="", instruction=told, draft="", feedback="", **fixed
                )[-1]
                shown += [example, {"role": "assistant", "content": as_json(rubric)}]
            asked = [*asked[:-1], *shown, asked[-1]]
        said = await base(asked, schema=_SCHEMA, max_tokens=160 + 2 * words)
        rubric_ = read_rubric(said.text)
        return Draft(as_json(rubric_) if rubric_ else said.text.strip(), "stop" if rubric_ else said.finish_reason)

    async def has_form(draft: Draft) -> dict[str, Verdict]:
        right = read_rubric(draft.text) is not None
        wrong = failed("It must be the JSON object that was asked for, with a criterion and five different levels.")
        return {"form:rubric": PASSED if right else wrong}

    given = ({"what the one who answers was told": system} if system else {}) | {"instruction": instruction}
    criticise = critic_of(critic, "rubric", way, given)
    return await run_stage("rubric", write, criticise, way, first=[has_form], calls=way.calls)


async def situated_rubric(
    base: Ask,
    critic: Ask,
    *,
    system: str = "",
    instruction: str,
    goal: str = "",
    seeds: Sequence[tuple[str, Rubric]] = (),
    way: Way = Way(),
) -> Rubric | None:
    """A rubric for answers to `instruction` (one axis, `situated`); None where none was accepted.

    system: what the one who answers was told, "" for nothing. goal: what is to be judged, where that is known. What an
    endpoint raises goes through. The same content asked in the same case is replayed from the journal.
    """
    stage = await rubric_stage(base, critic, system=system, instruction=instruction, goal=goal, seeds=seeds, way=way)
    return read_rubric(stage.text) if stage.accepted else None


async def judge_under(
    critic: Ask, rubric: Rubric, *, instruction: str, response: str, system: str = "", tries: int = 2
) -> int | None:
    """The critic's score, 1 to 5, of a response under a rubric of one axis; None where none can be read.

    tries: times that it is asked (at least 1).
    """
    request = f"{system}\n\n{instruction}" if system else instruction
    said = await judge(critic, rubric, request=request, answer=response, tries=tries)
    return said.scores[rubric.axes[0].name]


def read_rubric(text: str) -> Rubric | None:
    """The rubric in a model's answer: a criterion and five levels that are all there and all different."""
    text = text.rpartition("</think>")[2]
    start = text.find("{")
    try:
        # Not strict: small models break a line inside a string, and servers let them.
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    parts = [value.get(name) for name in _PROPERTIES]
    if not all(isinstance(part, str) and part.strip(" .…") for part in parts):
        return None
    criterion, *levels = [" ".join(str(part).encode("utf-8", "replace").decode("utf-8").split()) for part in parts]
    if len({level.casefold() for level in levels}) < len(LEVELS):
        return None
    return rubric_of(criterion, dict(zip(LEVELS, levels, strict=True)))


def as_json(rubric: Rubric) -> str:
    """A rubric of one axis in the form that the base is asked for."""
    axis = rubric.axes[0]
    return json.dumps({"criterion": axis.question} | {str(n): axis.levels[n] for n in LEVELS}, ensure_ascii=False)
