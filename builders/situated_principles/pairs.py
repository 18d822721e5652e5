"""The rejected answer of a preference pair: one that the base wrote for the same input, as long as the accepted one.

What always holds: it fails a check that the accepted answer passes, for what it says and not for a break-off; its length in
characters is within LENGTH_GAP of the accepted one's. A critic's word alone makes no pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from longctx_synth.builder import Ask
from longctx_synth.prompts import Templates
from longctx_synth.review.principles import Trace, with_principles
from longctx_synth.verdict import Verdict

from .inputs import Input

LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)
BREAK_OFFS = ("finished", "no_stub", "clean_characters")  # say nothing of an answer's content

Checked = Callable[[Input, str], Mapping[str, Verdict]]


async def rejected(
    ask: Ask, plan: Input, trace: Trace, checked: Checked, templates: Templates, *, vanilla: bool
) -> tuple[str, str]:
    """(text, why) of an answer to reject; ("", "") where none was found.

    In this order: a former draft, what the base answers to the input alone (asked where `vanilla`), what it answers when told
    to break the principle that the checks hold an answer to.
    """
    assert trace.response is not None
    text = trace.response.text
    words = max(len(text.split()), 8)

    def fits(source: str, candidate: str) -> tuple[str, str]:
        candidate = as_long(candidate, text)
        found = [name.partition(":")[2] for name, verdict in checked(plan, candidate).items() if not verdict.passed]
        found = [name for name in found if name not in BREAK_OFFS]
        near = abs(len(candidate) - len(text)) <= LENGTH_GAP * len(text)
        return (candidate, f"{source}: {', '.join(found)}") if candidate and found and near else ("", "")

    for step in trace.history():
        answers = step["stage"] == "response" and not step["kept"]
        if answers and (got := fits("first_draft", step["text"]))[0]:
            return got
    if vanilla:
        said = await ask(with_principles(plan.prompt, "", plan.goal, words), max_tokens=60 + 3 * words)
        if said.finished and (got := fits("vanilla", said.text.strip()))[0]:
            return got
    if plan.principle:
        *before, last = plan.prompt
        broken = templates.messages(
            "broken", input=last["content"], principle=plan.broken or plan.principle, words=words
        )
        said = await ask([*before, *broken], max_tokens=60 + 3 * words)
        if said.finished and (got := fits("breaks_principle", said.text.strip()))[0]:
            return got
    return "", ""


def as_long(text: str, like: str) -> str:
    """The text cut at a sentence's end where it is much longer than another one; else as it is."""
    most = (1 + LENGTH_GAP) * len(like)
    if len(text) <= most:
        return text
    ends = [
        at for at in range(len(text)) if text[at] in ".!?" and text[at + 1 : at + 2] in ("", " ", "\n") and at < most
    ]
    return text[: ends[-1] + 1].strip() if ends else text
