"""What is tested, and when it was said: nine kinds of probes, each with its acts, its answer and the answers that forget.

A probe is planned before the conversation around it is written. Its acts are placed in exchanges so that the farthest one that the
answer needs stands where the slot wants it; decoys of the same type stand beside them. `gold` says from all acts of the finished
conversation what the answer is: where it is not the planned one, something disturbed it.

    update      the present value of something that has changed, the thing named by another of its properties
    inference   a sum, difference or span over two things that the user spoke of at different times
    suggestion  what the assistant itself proposed, carried on
    order       which of some things comes first or last
    sharded     the one thing that meets conditions given one by one
    instruction a rule for answers of a sort, given once, in force for that sort only
    version     an earlier version of a text that was changed since
    coherence   what the assistant worked out before, which it must stand by
    never_said  something that was never told
"""

from __future__ import annotations

from collections.abc import Callable

from longctx_synth.world.talk.probes.choice import order, sharded
from longctx_synth.world.talk.probes.present import never_said, update
from longctx_synth.world.talk.probes.rules import instruction
from longctx_synth.world.talk.probes.stand import Probe, Stand
from longctx_synth.world.talk.probes.suggestion import suggestion
from longctx_synth.world.talk.probes.version import version
from longctx_synth.world.talk.probes.working import coherence, inference

KINDS: dict[str, Callable[[Stand], Probe | None]] = {
    "update": update,
    "inference": inference,
    "suggestion": suggestion,
    "order": order,
    "sharded": sharded,
    "instruction": instruction,
    "version": version,
    "coherence": coherence,
    "never_said": never_said,
}

__all__ = ["KINDS", "Probe", "Stand"]
