"""Checks: what can be said of a response by rule. The public face; each module below says what it knows.

parse, run, run_all, judge, repair        verify a response
compatible, compose, witness              lay out an answer that passes
sample, phrase                            draw constraints and ask for them in English
"""

from __future__ import annotations

from longctx_synth.checks import format as _format
from longctx_synth.checks import hygiene as _hygiene
from longctx_synth.checks import jsonform as _jsonform
from longctx_synth.checks import lists as _lists
from longctx_synth.checks import reasoning as _reasoning
from longctx_synth.checks import structure as _structure
from longctx_synth.checks import truth as _truth
from longctx_synth.checks import words as _words
from longctx_synth.checks.compatible import compatible
from longctx_synth.checks.compose import CannotCompose, compose, witness
from longctx_synth.checks.phrasing import phrase
from longctx_synth.checks.registry import (
    BadCheck,
    Check,
    Spec,
    info,
    judge,
    names,
    parse,
    prompt_text,
    repair,
    run,
    run_all,
)
from longctx_synth.checks.sampling import eligible, sample, split_of
from longctx_synth.checks.truth import quote_spans

# Importing them fills the registry.
_ENTERED = (_format, _hygiene, _jsonform, _lists, _reasoning, _structure, _truth, _words)

__all__ = [
    "BadCheck",
    "CannotCompose",
    "Check",
    "Spec",
    "compatible",
    "compose",
    "eligible",
    "info",
    "judge",
    "names",
    "parse",
    "phrase",
    "prompt_text",
    "quote_spans",
    "repair",
    "run",
    "run_all",
    "sample",
    "split_of",
    "witness",
]
