"""Rows on the user's own text that a model asks and answers (`own.ask_about`): the prompt at its length, the checks, the answer.

The window is chosen before the question is known, for a question of usual length; of several wordings of the prompt the one that comes
nearest to the target is taken.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from longctx_synth.errors import Reject
from longctx_synth.records import Message
from longctx_synth.scenarios import Situation
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.tokens import Tokenizer
from longctx_synth.world.document import Document

from .answers import finished
from .own import OwnQuestion
from .plan import FORMS, LAYOUTS, Say

AROUND = 85  # tokens of a prompt that are not the text, about
WORDINGS = 40  # wordings that are tried for a length


def asks_itself(number: int) -> bool:
    """Whether a slot of a run over the user's texts is the model's to ask: every other one."""
    return number % 2 == 1


@dataclass
class OwnPlan:
    """What is known of a row once the question stands. offset: where the text starts in the user's message."""

    situation: Situation
    window: Document
    asked: OwnQuestion
    indirect: bool
    form: str
    layout: str
    prompt: list[Message]
    offset: int
    checks: list[dict[str, Any]]

    def answer(self, say: Say, given: str = "", quote: str = "") -> str:
        """The answer with its quotation; `given`, `quote`: others in their place."""
        return finished(self.form, f'{say("lead")} "{quote or self.asked.quote}"', given or self.asked.answer)


def plan_own(
    window: Document,
    asked: OwnQuestion,
    situation: Situation,
    say: Say,
    *,
    number: int,
    base: int,
    seed: int,
    indirect: bool,
    target: int,
    tokenizer: Tokenizer,
) -> OwnPlan:
    """The row's prompt at `target` tokens within 2 % or 16, and its checks. Raises Reject."""
    form, layout = balanced(number // 2, base + 21, FORMS), balanced(number // 2, base + 22, LAYOUTS)
    best: list[Message] = []
    for index in range(WORDINGS):
        say = Say(say.phrasings, say.split, random.Random(stable_seed(seed, "own wording", index)))
        frame = say.rng.choice(say.all("frame")).replace("{documents}", window.text)
        instruction = " ".join([say("ask", question=asked.question), say("cite"), say(form)])
        parts = {
            "question_first": [instruction, frame],
            "question_last": [frame, instruction],
            "both": [say("ask", question=asked.question), frame, instruction],
        }[layout]
        prompt = [{"role": "user", "content": "\n\n".join(parts)}]
        if not best or abs(tokenizer.count_prompt(prompt) - target) < abs(tokenizer.count_prompt(best) - target):
            best = prompt
    if abs(tokenizer.count_prompt(best) - target) > max(round(target * 0.02), 16):
        raise Reject("length", "no prompt of the right length around this question")
    offset = best[-1]["content"].index(window.text)
    start, end = asked.span
    specs: list[dict[str, Any]] = [
        {"check": "final_answer", "args": {"answer": asked.answer, "forms": list(asked.forms)}},
        {"check": "evidence_cited", "args": {"spans": [[start + offset, end + offset]]}},
    ]
    return OwnPlan(situation, window, asked, indirect, form, layout, best, offset, specs)
