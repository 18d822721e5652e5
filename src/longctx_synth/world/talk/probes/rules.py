"""The probe for a rule for answers of a sort: the answer has to be right and to keep the rule."""

from __future__ import annotations

from typing import Any

from longctx_synth.checks import judge
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.acts import Act, Wording, sayings
from longctx_synth.world.talk.probes.stand import Probe, Stand, mention, said_of
from longctx_synth.world.talk.probes.working import gold_of, misled_by, two_things

RULES = ("starts", "ends", "sentences", "capitals")


def rule_act(words: Wording, form: str, trigger: str, at: int, instead: bool = False) -> Act:
    """A rule for answers of a sort, `instead` of an earlier one. params: trigger, form, phrase."""
    phrase = words.rng.choice(sayings()[form]) if form in ("starts", "ends") else ""
    text = words.say(f"instruct_{form}", trigger=trigger, phrase=phrase)
    if instead:
        text = f"{words.say('instead', trigger=trigger)} {text}"
    return Act("rule", at, text, words.say("instruct_ack"), params={"trigger": trigger, "form": form, "phrase": phrase})


def obeying(text: str, rule: Act, words: Wording) -> str:
    """A sentence as a rule wants it."""
    form, phrase = rule.params["form"], rule.params["phrase"]
    if form == "starts":
        return f"{phrase} {text}"
    if form == "ends":
        return f"{text} {phrase}"
    if form == "sentences":
        return f"{text} {words.say('second_sentence')}"
    return text.upper()


def _rule_check(rule: Act) -> dict[str, Any]:
    form, phrase = rule.params["form"], rule.params["phrase"]
    if form == "starts":
        return {"check": "starts_with", "args": {"phrase": phrase}}
    if form == "ends":
        return {"check": "ends_with", "args": {"phrase": phrase}}
    if form == "sentences":
        return {"check": "sentence_count", "args": {"exactly": 2}}
    return {"check": "all_capitals", "args": {}}


def instruction(stand: Stand) -> Probe | None:
    """A rule for answers of a sort, given at the first place; other rules hold for other sorts, some rules were replaced."""
    rng = stand.rng
    free = [trigger for trigger in sayings()["triggers"] if trigger not in stand.used]
    if len(free) < 3:
        return None
    trigger, *others = rng.sample(free, 3)
    stand.used |= {trigger, *others}
    form = rng.choice(RULES)
    rules = []
    if stand.first > 0 and rng.random() < 0.5:
        rules.append(rule_act(stand.words, rng.choice(RULES), trigger, rng.randrange(stand.first), False))
    rule = rule_act(stand.words, form, trigger, stand.first, bool(rules))
    if any(old.params == rule.params for old in rules):
        return None
    rules.append(rule)
    decoys = [
        rule_act(stand.words, rng.choice(RULES), other, stand.any(), False) for other in others[: stand.decoys - 1]
    ]
    inner = Stand(stand.cast, stand.words, rng, stand.exchanges, stand.later(stand.first - 1), stand.used, stand.decoys)
    found = two_things(inner)
    if found is None:
        return None
    working, last, acts = found
    acts += stand.beside(working.a.topic, working.attribute, stand.decoys - 1)
    plain = [working.answer(stand.words) for _ in range(3)]
    right = [obeying(text, rule, stand.words) for text in plain]
    other_rules = [*rules[:-1], *decoys]
    wrong = [
        (obeying(plain[0], other, stand.words), "the rule of another sort, or an old one")
        for other in other_rules
        if other.params["form"] != form or other.params["phrase"] != rule.params["phrase"]
    ]
    wrong += [(text, "no rule") for text in plain]
    checks = [*mention("the result", working.value.forms), _rule_check(rule)]
    wrong = [(text, why) for text, why in wrong if not judge(checks, text).passed]
    asked = f"{capitalised(trigger)}: {working.ask(stand.words)}"
    keys = {said_of(act).key for act in last}
    misled = [value.text for value in misled_by(stand, working, last, acts)]
    return Probe(
        "instruction", asked, working.value, working.type, [*rules, *decoys, *acts], [rule, *last], right, wrong, checks,
        [working.value.text, *misled], gold_of(stand, working), keys, "ruled",
    )  # fmt: skip
