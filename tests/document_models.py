"""What the scripted server answers to document_grounded's writer's prompts: wrong at first, right once told what was wrong."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject
from tests import reasoning_responders

FOLDER = Path(__file__).parent.parent / "builders" / "document_grounded"
SETTINGS = {"n": 8, "tokens": "800", "tokenizer": "approximate"}


def _question(request: dict[str, Any]) -> str:
    return request["messages"][-1]["content"]


def piece(request: dict[str, Any]) -> str:
    """A sentence for a finding, or for a fact that is due; one in five first drafts of a finding leaves the value out."""
    text = _question(request)
    if "Finding:" not in text:
        return reasoning_responders.retell(request)
    what = re.search(r"Finding: (.*)", text)[1]
    if "was not right" not in text and sum(map(ord, what)) % 5 == 0:
        return f"{what[0].upper()}{what[1:]} is what was found."
    return reasoning_responders.step(request)


def mute(request: dict[str, Any]) -> str:
    """Nothing that states a finding or a fact."""
    return "The papers are about several matters."


@functools.cache
def _gold(**settings: Any) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("document_grounded")(cache_dir=scratch, **settings)
        builder.setup()
        found = {}
        for number in range(settings["n"]):
            for try_ in range(3):
                case = builder.case("train", number, try_)
                try:
                    plan = builder.plan(case)
                    found[plan.instruction] = builder.gold(case, plan)
                except Reject:
                    continue
    return found


def whole(request: dict[str, Any]) -> str:
    """The program's answer to answer.j2's request, given only to who tells what was wrong with the last draft."""
    text = _question(request)
    answer = next(
        (answer for instruction, answer in _gold(**SETTINGS, answer="whole").items() if instruction in text), ""
    )
    told = re.search(r"Mend exactly this and keep the rest: (.+)", text)
    return answer if told and answer else "The papers are about several matters, and there were 31,313 of them."


WORDS = (
    "river bridge council harbour winter keeper window garden letter market mill tower road field stone boat".split()
)


def paragraph(rng: Random) -> str:
    """Sentences with names and figures of their own, so that each can be asked about."""
    told = []
    for _ in range(4):
        name = "".join(rng.choice("bdfklmnprst") + rng.choice("aeiou") for _ in range(3)).capitalize()
        first, second = rng.sample(WORDS, 2)
        told.append(
            f"In the {first} of {name} the old {second} was kept by {rng.randint(120, 980)} people for a long time."
        )
    return " ".join(told)


def own(request: dict[str, Any]) -> str:
    """To own_ask a question about the passage's first sentence, and its answer where the evidence is told; to answer.j2 what it tells."""
    text = _question(request)
    if "A passage of this document:" in text:
        passage = text.split("A passage of this document:")[1]
        quote = re.search(r"In the \w+ of \w+ the old \w+ was kept by \d+ people for a long time\.", passage)[0]
        place, thing, number = re.search(r"of (\w+) the old (\w+) was kept by (\d+)", quote).groups()
        question = f"By how many people was the old {thing} of {place} kept for a long time?"
        if "in other words" in text:
            question = f"What count of folk looked after that ancient {thing} near {place}?"
        return json.dumps({"quote": quote, "question": question, "answer": f"{number} people"})
    if asked := re.search(
        r"(?:the old|that ancient) (\w+) (?:of|near) (\w+)(?: kept|\?)", text.rsplit("Question:", 1)[-1]
    ):
        if "that you do not have" in text:
            return "It was kept by 7 people."
        found = re.search(rf"of {asked[2]} the old {asked[1]} was kept by (\d+) people", text.rsplit("Question:", 1)[0])
        return f"{found[1]} people" if found else "Not in the document."
    return next((sentence for sentence in _right(text)), "The papers are about several matters.")


def _right(text: str) -> list[str]:
    """An answer put together from what answer.j2 tells: the sentences it rests on, the findings, the answer where it was asked for."""
    sentences = re.findall(
        r"^- (.*)$", text.split("It rests on these sentences")[-1].split("The findings on the way")[0], re.M
    )
    findings = re.findall(
        r"^- (.*)$", text.split("The findings on the way, exactly as spelled here:")[-1].split("The right")[0], re.M
    )
    answer = re.search(r"The right answer is: (.*)", text)
    if answer is None:
        return []
    quoted = [f'"{sentence}"' for sentence in sentences] if "It rests on these sentences" in text else []
    return ["\n".join([*quoted, *findings, "", f"Answer: {answer[1]}"])]
