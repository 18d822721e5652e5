"""What the scripted servers answer to situated_principles' prompts: a base that is right under principles and wrong without,
and a critic that wants principles twice."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from typing import Any

from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject

SETTINGS = {"tokens": "420", "tokenizer": "approximate", "words": 60}
SLOTS, TRIES = {"train": 12, "test": 4}, 2  # tries of a slot that can be planned
_FILLER = "Nothing much comes to mind here and so we leave all of it where it lies until somebody else has had a look ".split()


def _question(request: dict[str, Any]) -> str:
    return request["messages"][-1]["content"]


@functools.cache
def gold() -> dict[str, str]:
    """An answer that passes, by the last message of a prompt: of queries and posts of the first slots."""
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("situated_principles")(cache_dir=scratch, n=1, **SETTINGS)
        builder.setup()
        found = {}
        for split in ("train", "test"):
            for number in range(SLOTS[split]):
                answered = 0
                for try_ in range(12):
                    if answered == TRIES:
                        break
                    case = builder.case(split, number, try_)
                    post = builder.inputs.post(case)
                    matter = post.checks[0]["args"]["facts"][0]["forms"][0]
                    found[post.prompt[-1]["content"]] = (
                        f"That hurts, and it is no wonder. Take one small step about it today: {matter}."
                    )
                    try:
                        for plan in (builder.plan(case), builder.inputs.query(case, "short")):
                            found[plan.prompt[-1]["content"]] = builder.gold(case, plan)
                        answered += 1
                    except Reject:
                        continue
        return found


def wrong(like: str) -> str:
    """A text of about the same length that says nothing; it names nothing and declines nothing."""
    words: list[str] = []
    while len(" ".join(words)) < len(like) - 3:
        words.append(_FILLER[len(words) % len(_FILLER)])
    return " ".join(words).rstrip() + "."


def base(request: dict[str, Any]) -> str:
    """Principles, rubrics, answers: the right one where principles were shown, a wrong one where they were not."""
    text = _question(request)
    if "Principles for the answer to this input" in text:
        told = text.partition("Input:\n")[2]
        again = "mended" if "A critic said of them" in text else "first"
        return f"Look at what was asked ({again}, {len(told)} signs).\nSay it plainly, and stop."
    if 'its keys are "criterion"' in text:
        name = str(len(text))
        return json.dumps(
            {"criterion": f"Is it right ({name})?"} | {str(n): f"level {n} of {name}" for n in range(1, 6)}
        )
    conversation = "\n".join(message["content"] for message in request["messages"])
    for prompt, answer in gold().items():
        if prompt in conversation:
            right = "Answer under these principles" in conversation or "A critic said of that answer" in text
            return answer if right and "go against this principle" not in text else wrong(answer)
    return "Here is an answer of my own to what was asked, in one sentence."


def critic(request: dict[str, Any]) -> str:
    """Content with principles at the second version, with answers and rubrics at once; every seventh reply has no score."""
    text = _question(request)
    if "situated:" in text:
        return json.dumps({"situated": {"feedback": "Fair.", "score": 4}})
    if "No score can be read" in text:
        return json.dumps({"feedback": "Clear now.", "score": 4})
    shown = text.partition("----- TEXT ")[2]
    if len(re.findall(r"\w+", shown)) % 7 == 0:
        return "It is good."
    return f"Feedback: look closer. [RESULT] {2 if '(first, ' in shown else 4}"
