"""The refine loop: write, review, write again with what was wrong, until a draft passes or the attempts are used up.

One function serves rule checks, judges and critics alike: a reviewer looks at a draft and gives verdicts by name. Reviewers
stand in order of their price; a later one is asked only about drafts that all earlier ones passed. The feedback of the failed
verdicts goes into the next attempt. The best draft is kept, not the last: one that passed, else the one that got furthest
(`keep="last"` is there to compare with published systems that keep the last). Nothing is thrown away: `Refined.drafts` is
the whole history, and what failed can serve as the rejected side of a pair.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from longctx_synth.verdict import Verdict, all_of, failed


@dataclass
class Draft:
    """One attempt at a text. `verdicts` by reviewer's name, in the order they were given.

    repairs: lossless edits that were made to the model's own text. number: which attempt it is, from 1.
    """

    text: str
    finish_reason: str = "stop"
    repairs: list[str] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    number: int = 1

    @property
    def verdict(self) -> Verdict:
        """All verdicts together; a draft that nobody reviewed did not pass."""
        return all_of(self.verdicts.values())

    @property
    def failures(self) -> list[str]:
        """The names of the verdicts that did not pass."""
        return [name for name, verdict in self.verdicts.items() if not verdict.passed]


Write = Callable[[str, "Draft | None"], Awaitable[Draft]]
Reviewer = Callable[[Draft], Awaitable[Mapping[str, Verdict]]]


@dataclass
class Refined:
    """What the loop came to. `best` is in `drafts`."""

    best: Draft
    drafts: list[Draft]

    @property
    def passed(self) -> bool:
        """Whether the best draft passed every reviewer."""
        return self.best.verdict.passed

    def history(self) -> list[dict[str, object]]:
        """Every draft's verdicts, for a row: [{"check", "passed", "draft"}], drafts that failed included."""
        return [
            {"check": name, "passed": verdict.passed, "draft": draft.number}
            for draft in self.drafts
            for name, verdict in draft.verdicts.items()
        ]


async def refine(
    write: Write,
    reviewers: Sequence[Reviewer],
    *,
    attempts: int,
    keep: Literal["best", "last"] = "best",
    more: Callable[[], bool] = lambda: True,
) -> Refined:
    """Writes up to `attempts` drafts until one passes all `reviewers`.

    write(feedback, last): the next draft; `feedback` is "" and `last` None the first time. A draft whose text is blank or
    cut off at the token limit is not shown to the reviewers: nothing can be said of half a text but that it is half.
    keep: which draft `Refined.best` is. more: asked before every draft but the first; False ends the loop early.
    """
    drafts: list[Draft] = []
    depths: list[int] = []  # how many reviewers a draft passed
    feedback, last = "", None
    for number in range(1, attempts + 1):
        if drafts and not more():
            break
        draft = await write(feedback, last)
        draft.number = number
        drafts.append(draft)
        depths.append(0)
        if not draft.text.strip():
            draft.verdicts["complete"] = failed("It was empty; write the text.")
        elif draft.finish_reason == "length":
            draft.verdicts["complete"] = failed("It was cut off; write less.")
        else:
            for review in reviewers:
                found = await review(draft)
                draft.verdicts.update(found)
                if not all(verdict.passed for verdict in found.values()):
                    break
                depths[-1] += 1
        if draft.verdict.passed:
            break
        feedback, last = draft.verdict.feedback, draft
    if keep == "last":
        return Refined(drafts[-1], drafts)
    best = max(range(len(drafts)), key=lambda i: (depths[i], drafts[i].verdict.score, -i))
    return Refined(drafts[best], drafts)
