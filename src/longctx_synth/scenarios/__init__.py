"""What to write about: scenarios, places and the fields that hang together with them, sampled evenly over the slots of a run."""

from longctx_synth.scenarios.coverage import Coverage, FieldCoverage, coverage
from longctx_synth.scenarios.database import Database, load
from longctx_synth.scenarios.situation import DIMENSIONS, SITUATION_FIELDS, Situation, check_language, home

__all__ = [
    "DIMENSIONS",
    "SITUATION_FIELDS",
    "Coverage",
    "Database",
    "FieldCoverage",
    "Situation",
    "check_language",
    "coverage",
    "home",
    "load",
]
