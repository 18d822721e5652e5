"""The kinds of business documents that the program can write, by name."""

from __future__ import annotations

from longctx_synth.world.kinds import fleet, grants, incidents, inspection, minutes, status, suppliers
from longctx_synth.world.kinds.base import Attribute, Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (inspection.KIND, suppliers.KIND, incidents.KIND, minutes.KIND, grants.KIND, fleet.KIND, status.KIND)
}

# Written for test only, unless asked for by name: what was learned on the others must carry over.
HELD_OUT = frozenset({"status"})

__all__ = ["HELD_OUT", "KINDS", "Attribute", "Kind"]
