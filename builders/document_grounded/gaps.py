"""What a document does not tell when one of its facts is left out, as a noun phrase that names the fact and not its content.

A phrase fits where each of its slots is named in the question or by other evidence, so that a reader can come to it, and where no other
fact tells the same of the same things.
"""

from __future__ import annotations

from collections.abc import Sequence

from longctx_synth.world import prose
from longctx_synth.world.dossier.model import Fact, World
from longctx_synth.world.dossier.task import Task

_CLAUSES = ("fee", "period", "limit")
# By kind of world and type of fact, phrases from which the first that fits is taken.
PHRASES: dict[tuple[str, str], tuple[str, ...]] = {
    ("budget", "budget"): (
        "the line that account {account} belongs to",
        "the budget of the {purpose} line of the {dept} for {year}",
    ),
    ("budget", "transfer"): ("the line that transfer {code} went to",),
    ("contract", "contract"): (
        "the contract for the {job} at the {site}",
        "the supplier that signed contract {contract}",
    ),
    ("contract", "passing"): ("the contract that passed from {source} to {target}",),
    **{("contract", f"{kind}_first"): (f"the {{term}} {kind} that contract {{contract}} began with",) for kind in _CLAUSES},
    **{
        ("contract", f"{kind}_{way}"): ("the clause that amendment {amendment} changes",)
        for kind in _CLAUSES
        for way in ("set", "up", "down")
    },
    ("incidents", "closed"): ("the closing of {code}",),
    ("incidents", "cost"): ("the cost of {code}",),
    ("incidents", "down"): ("the standstill caused by {code}",),
    ("inventory", "opening"): ("the number of {item} in the {store} at the stock-taking",),
    ("inventory", "card"): ("the goods and the store of card {card}",),
    ("organisation", "deputy"): ("the deputy of {member}",),
    ("organisation", "reports"): ("the superior of {member}",),
    ("organisation", "request"): ("the person who made request {request}",),
    ("policy", "base"): ("the rate of the {office} for the occupation of {cat}",),
    ("policy", "claim"): ("the filing of claim {code}",),
    ("reports", "figure"): ("the figure of report {ref}", "the report by {source} on the {matter}"),
    ("reports", "rest"): ("the report on which report {ref} rests", "the report by {source} on the {matter}"),
    ("timeline", "fixed"): ("the first day set for the {item}",),
    ("timeline", "lasts"): ("the duration of the {item}",),
}  # fmt: skip


def gap(world: World, left_out: Fact, ask: str, evidence: Sequence[Fact]) -> str:
    """What is not told where `left_out` is not, of the evidence of a question; "" where no phrase fits."""
    own = {value.text for value in left_out.values.values()}
    # What says nothing but of this very fact (that it was corrected) does not lead to it.
    others = [fact for fact in evidence if fact.id != left_out.id and not _names(world, fact) <= own]
    known = {value.text for fact in others for value in fact.values.values()}
    for phrase in PHRASES.get((world.kind.name, left_out.type), ()):
        about = {slot: left_out.text(slot) for slot in prose.slots(phrase)}
        if not all(text in known or text in ask for text in about.values()):
            continue
        like = [fact for fact in world.of(left_out.type) if all(fact.text(slot) == about[slot] for slot in about)]
        if len(like) == 1:
            return phrase.format(**about)
    return ""


def lacking(task: Task, missing: str) -> str:
    """`gap` of a task's fact, by its id."""
    world = task.draft.world
    return gap(world, world.by_id[missing], task.ask, [world.by_id[fact] for fact in task.solved.facts])


def _names(world: World, fact: Fact) -> set[str]:
    return {
        value.text for slot, value in fact.values.items() if world.kind.slots.get(slot) in ("code", "person", "name")
    }
