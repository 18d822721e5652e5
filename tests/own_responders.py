"""What the scripted server answers about a user's own text, a chronicle of sentences of one form: honest, with a fault now and then."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from tests.servers import schema_of

THINGS = "harbour bridge kiln orchard archive turbine ledger quarry ferry granary foundry reservoir mill depot".split()
VERBS = "repaired inspected painted measured surveyed moved closed reopened insured cleaned".split()
_SENTENCE = re.compile(
    r"In (\d+) the (\w+) near the (\w+) of (\w+) was (\w+) at a cost of (\d+) crowns, as the \w+ committee had asked\."
)


def corpus(folder: Path) -> Path:
    """Twelve chronicles of 120 works, and remarks without which no window would have its length."""
    folder.mkdir()
    rng = random.Random(3)
    for number in range(12):
        sentences = [
            f"In {rng.randrange(1700, 2020)} the {rng.choice(THINGS)} near the {rng.choice(THINGS)} of "
            f"{chr(65 + rng.randrange(26))}{''.join(rng.choices('aeioulnrst', k=6))} was {rng.choice(VERBS)} at a cost "
            f"of {rng.randrange(1000, 99999)} crowns, as the {rng.choice(THINGS)} committee had asked."
            + rng.choice(("", "", " It rained.", " The clerk signed for it.", " Few came to see the work."))
            for _ in range(120)
        ]
        paragraphs = [" ".join(sentences[i : i + 5]) for i in range(0, 120, 5)]
        (folder / f"chronicle{number}.md").write_text(f"# Chronicle {number}\n\n" + "\n\n".join(paragraphs) + "\n")
    return folder


def chronicler(request: dict[str, Any]) -> str:
    """Asks what a work cost, and answers such questions.

    One first draft in three invents its quote, and one answer in seven is not seen even where it stands.
    """
    text = request["messages"][-1]["content"]
    if schema_of(request):
        passage = text.partition("A passage of this document:\n\n")[2].partition("\n\n")[0]
        found = _SENTENCE.search(passage)
        assert found is not None, passage
        year, thing, near, name, verb, cost = found.groups()
        quote = found[0]
        if "Your last draft" not in text and int(year) % 3 == 0:
            quote = quote.replace(cost, f"about {cost}")
        question = f"At what cost was the {thing} near the {near} of {name} {verb}?"
        return json.dumps({"quote": quote, "question": question, "answer": f"{cost} crowns"})
    asked = re.search(r"At what cost was the (\w+) near the (\w+) of (\w+) (\w+)\?", text)
    assert asked is not None, text
    thing, near, name, verb = asked.groups()
    if "document that you do not have" in text:
        return "Some 100 crowns."
    found = re.search(rf"the {thing} near the {near} of {name} was {verb} at a cost of (\d+) crowns", text)
    if found and int(found[1]) % 7 == 0:
        return "Nobody knows."
    return f"It cost {found[1]} crowns." if found else "Not in the document."
