"""The kinds of worlds, by name."""

from __future__ import annotations

from longctx_synth.world.dossier.kinds import (
    budget,
    contract,
    incidents,
    inventory,
    organisation,
    policy,
    reports,
    timeline,
)
from longctx_synth.world.dossier.model import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        budget.KIND,
        contract.KIND,
        incidents.KIND,
        inventory.KIND,
        organisation.KIND,
        policy.KIND,
        reports.KIND,
        timeline.KIND,
    )
}

__all__ = ["KINDS"]
