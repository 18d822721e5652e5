"""The probe for an earlier version of a text that was changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longctx_synth.world import values as v
from longctx_synth.world.talk.acts import Act
from longctx_synth.world.talk.probes.stand import MOST_FORBIDDEN, Probe, Stand
from longctx_synth.world.values import Value

FIELDS = ("place", "day", "person", "amount")


def version(stand: Stand) -> Probe | None:
    """An earlier version of a notice that was changed since, word for word."""
    if "notice" in stand.used or stand.exchanges < 2:
        return None
    rng, cast = stand.rng, stand.cast
    stage = cast.stage
    first = min(stand.first, stand.exchanges - 2)
    before = rng.randint(0, min(first, 2))
    after = rng.randint(1, min(stand.exchanges - 1 - first, 3))
    places = [
        *sorted(rng.sample(range(first), before)),
        first,
        *sorted(rng.sample(range(first + 1, stand.exchanges), after)),
    ]

    def drawn(name: str) -> Value:
        if name == "place":
            return Value(place := stage.place(), (place,), 0.0)
        if name == "person":
            return Value(person := stage.person(), (person,), 0.0)
        if name == "day":
            return stage.day(v.shift(cast.first_day, stage.values, 20, 300))
        return stage.amount(
            v.odd_figure(v.draw_number(stage.values, 800 * stage.style.country.scale, 9000 * stage.style.country.scale))
        )

    fields = {name: drawn(name) for name in FIELDS}
    notice = stand.words.pick(cast.matter.notice)
    acts: list[Act] = []
    texts: list[str] = []
    history: list[dict[str, Value]] = []
    for number, at in enumerate(places, 1):
        if number == 1:
            ask = stand.words.say("draft_ask", **{name: value.text for name, value in fields.items()})
        else:
            changed = rng.choice([name for name in FIELDS if number == 2 or name != acts[-1].params["changed"]])
            fields = {**fields, changed: drawn(changed)}
            ask = stand.words.say(f"change_{changed}", value=fields[changed].text)
        text = notice.format(**{name: value.text for name, value in fields.items()})
        lead = stand.words.say("draft_lead", n=str(number))
        params = {"version": number, "text": text, "changed": changed if number > 1 else ""}
        acts.append(Act("version", at, ask, f"{lead}\n\n{text}", None, None, "assistant", True, params))
        texts.append(text)
        history.append(dict(fields))
    wanted = before  # its place in the lists
    own = history[wanted]
    others = dict.fromkeys(
        value.text for other in history for value in other.values() if value.text not in {v.text for v in own.values()}
    )
    checks: list[dict[str, Any]] = [
        {
            "check": "facts_mentioned",
            "args": {"facts": [{"name": f"the {name}", "forms": list(value.forms)} for name, value in own.items()]},
        },
        {"check": "forbids", "args": {"words": list(others)[:MOST_FORBIDDEN]}},
    ]
    asked = stand.words.say("version_ask", n=str(wanted + 1))
    wrong = [(text, "another version") for text in texts if text != texts[wanted]]
    stand.used.add("notice")

    def gold(all_acts: Sequence[Act]) -> str | None:
        found = [act for act in all_acts if act.kind == "version" and act.params["version"] == wanted + 1]
        return found[0].params["text"] if len(found) == 1 else None

    return Probe(
        "version", asked, None, "text", acts, [acts[wanted]], [texts[wanted]], wrong, checks, texts, gold, set(), "text"
    )
