"""A scripted judge, base and critic for the rubric study: a score is written in the answer that is judged, by rubric source.

An answer such as "none=3 generic=2 situated=4 given=5" gets these scores. What is not one digit ("given=?") is not readable
as a judgement. A base writes a rubric that says "situated"; a critic accepts it, unless the instruction says "hopeless".
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.servers import schema_of

GIVEN = "Does it hold what the data ask for?"


def source_of(request: dict[str, Any]) -> str:
    """Which rubric a judge was given."""
    asked = request["messages"][1]["content"]
    axis = asked[asked.index("\nquality: ") :]
    known = {"How good is the answer?": "none", "for the person who asked?": "generic", GIVEN: "given"}
    return next((source for words, source in known.items() if words in axis), "situated")


def role(request: dict[str, Any]) -> str:
    """base, critic or judge."""
    names = set((schema_of(request) or {}).get("properties", {}))
    return "base" if "criterion" in names else "judge" if "quality" in names else "critic"


def respond(request: dict[str, Any]) -> str:
    """The scripted server's answer."""
    who = role(request)
    told = request["messages"][1]["content"]
    if who == "base":
        return json.dumps(
            {"criterion": "Is it situated?"} | {str(n): f"It is situated {n} times." for n in range(1, 6)}
        )
    if who == "critic":
        return f"Feedback: seen. [RESULT] {2 if 'hopeless' in told else 5}"
    score = re.findall(rf"{source_of(request)}=(\S)", told)[-1]
    if score == "?":
        return "I would rather not say."
    return json.dumps({"quality": {"feedback": f"It is worth {score}.", "score": int(score)}})
