"""The probe for an earlier version of a text that was changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longctx_synth.world import values as v
from longctx_synth.world.talk.acts import Act, Cast, Wording, sayings
from longctx_synth.world.talk.probes.stand import MOST_FORBIDDEN, Probe, Stand
from longctx_synth.world.values import Value

FIELDS = ("place", "day", "person", "amount")


def version_act(words: Wording, cast: Cast, name: str, last: Act | None, at: int) -> Act:
    """The user has a text drafted, or the last version of it changed; the assistant writes the whole.

    name: one of the sayings' texts. params: name, version, text, changed (a field), fields (their values), pattern.
    """
    rng = words.rng
    if last is None:
        pattern, changed = words.pick(cast.matter.notice), ""
        fields = {field: _drawn(cast, field) for field in FIELDS}
        ask = words.say("draft_ask", text=name, **{field: value.text for field, value in fields.items()})
    else:
        pattern = last.params["pattern"]
        changed = rng.choice([field for field in FIELDS if field != last.params["changed"]])
        fields = {**last.params["fields"], changed: _drawn(cast, changed)}
        ask = words.say(f"change_{changed}", text=name, value=fields[changed].text)
    number = last.params["version"] + 1 if last else 1
    text = pattern.format(**{field: value.text for field, value in fields.items()})
    lead = words.say("draft_lead", n=str(number), text=name)
    params = {"name": name, "version": number, "text": text, "changed": changed, "fields": fields, "pattern": pattern}
    return Act("version", at, ask, f"{lead}\n\n{text}", None, None, "assistant", True, params)


def _drawn(cast: Cast, field: str) -> Value:
    stage = cast.stage
    if field == "place":
        return Value(place := stage.place(), (place,), 0.0)
    if field == "person":
        return Value(person := stage.person(), (person,), 0.0)
    if field == "day":
        return stage.day(v.shift(cast.first_day, stage.values, 20, 300))
    scale = stage.style.country.scale
    return stage.amount(v.odd_figure(v.draw_number(stage.values, 800 * scale, 9000 * scale)))


def free_texts(used: set[str]) -> list[str]:
    """The texts that nobody has asked for yet."""
    return [name for name in sayings()["texts"] if f"text:{name}" not in used]


def version(stand: Stand) -> Probe | None:
    """An earlier version of a text that was changed since, word for word."""
    free = free_texts(stand.used)
    if not free or stand.exchanges < 2:
        return None
    rng = stand.rng
    name = rng.choice(free)
    first = min(stand.first, stand.exchanges - 2)
    before = rng.randint(0, min(first, 2))
    after = rng.randint(1, min(stand.exchanges - 1 - first, 3))
    places = [
        *sorted(rng.sample(range(first), before)),
        first,
        *sorted(rng.sample(range(first + 1, stand.exchanges), after)),
    ]
    acts: list[Act] = []
    for at in places:
        acts.append(version_act(stand.words, stand.cast, name, acts[-1] if acts else None, at))
    texts: list[str] = [act.params["text"] for act in acts]
    wanted = before  # its place in the lists
    own: dict[str, Value] = acts[wanted].params["fields"]
    mine = {value.text for value in own.values()}
    others = dict.fromkeys(
        value.text for act in acts for value in act.params["fields"].values() if value.text not in mine
    )
    checks: list[dict[str, Any]] = [
        {
            "check": "facts_mentioned",
            "args": {"facts": [{"name": f"the {field}", "forms": list(value.forms)} for field, value in own.items()]},
        },
        {"check": "forbids", "args": {"words": list(others)[:MOST_FORBIDDEN]}},
    ]
    asked = stand.words.say("version_ask", n=str(wanted + 1), text=name)
    wrong = [(text, "another version") for text in texts if text != texts[wanted]]
    stand.used.add(f"text:{name}")

    def gold(all_acts: Sequence[Act]) -> str | None:
        found = [
            act
            for act in all_acts
            if act.kind == "version" and (act.params["name"], act.params["version"]) == (name, wanted + 1)
        ]
        return found[0].params["text"] if len(found) == 1 else None

    return Probe(
        "version", asked, None, "text", acts, [acts[wanted]], [texts[wanted]], wrong, checks, texts, gold, set(), "text"
    )
