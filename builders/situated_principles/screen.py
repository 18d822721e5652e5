"""A net for texts that no model should handle alone: phrases of a crisis, and what no answer to distress may say.

The phrases are data (`screen.yaml`). The net reads whole words and nothing between the lines: it holds the plain cases, not
all of them, and the card says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longctx_synth.checks import text as t


@dataclass(frozen=True)
class Screen:
    """crisis: phrases by kind. referral: the fixed answer; forms: what proves it."""

    crisis: Mapping[str, Sequence[str]]
    referral: str
    forms: Sequence[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Screen:
        """The screen of screen.yaml's content."""
        return cls(data["crisis"], " ".join(data["referral"].split()), data["referral_forms"])

    def crisis_in(self, text: str) -> str:
        """The kind of crisis that the text speaks of; "" for none."""
        hay = t.normal(text)
        for kind, phrases in self.crisis.items():
            if any(t.mentions(hay, t.normal(phrase)) for phrase in phrases):
                return kind
        return ""
