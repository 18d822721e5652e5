"""How the embedded model words facts: what it is shown, and what of its words counts."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from longctx_synth.llm.answer import Answer
from longctx_synth.review import retell
from longctx_synth.world.dossier import writer
from longctx_synth.world.dossier.reading import parse_sentence


@pytest.fixture(scope="module", params=["inventory", "organisation", "reports"])
def draft(request):
    return writer.draft(request.param, "retell", "train", tokens=1500, count=lambda text: len(text) // 4)


def reworded(draft, facts, say, attempts=1):
    """What `say(entry, shown)` is taken for, and the messages that were sent."""
    sent = []

    async def ask(messages, **options):
        sent.append(messages)
        entry, *_ = messages[-1]["content"].removeprefix("Entry: ").split("\n")
        return Answer(say(entry, messages[1:-1]), "stop", 1, 1)

    found = asyncio.run(retell.reworded(draft, facts, ask, Random(4), attempts=attempts, small=True))
    return found, sent


def _readings(draft, text):
    return parse_sentence(draft.world.kind.name, text)


def test_it_is_shown_other_facts_taken_from_the_same_wording_into_one_other(draft):
    facts = [fact for fact in draft.world.facts if len(draft.world.of(fact.type)) > retell.EXAMPLES][:12]
    _, sent = reworded(draft, facts, lambda entry, shown: "No.")
    assert len(sent) == len(facts) >= 6
    for fact, messages in zip(facts, sent, strict=True):
        entry = messages[-1]["content"].removeprefix("Entry: ").split("\n")[0]
        assert _readings(draft, entry) == [(fact.type, {slot: value.text for slot, value in fact.values.items()})]
        pairs = [
            (asked["content"].removeprefix("Entry: ").split("\n")[0], told["content"])
            for asked, told in zip(messages[1:-1:2], messages[2:-1:2], strict=True)
        ]
        assert len(pairs) == retell.EXAMPLES
        for asked, told in pairs:
            assert _readings(draft, asked) == _readings(draft, told) != _readings(draft, entry) and asked != told


def test_words_that_follow_the_examples_count(draft):
    facts = draft.world.facts[:12]

    def follow(entry, shown):
        type_, values = next(reading for reading in _readings(draft, entry))
        wanted = (type_, {slot: text.lower() for slot, text in values.items()})  # a sentence may begin with a value
        fact = next(f for f in facts if (f.type, {s: v.text.lower() for s, v in f.values.items()}) == wanted)
        return next(
            text for text in reversed(retell.wordings(fact, draft)) if text not in (entry, draft.said[fact.id][0])
        )

    found, _ = reworded(draft, facts, follow)
    assert len(found) == len(facts)
    for fact in facts:
        text, spans = found[fact.id]
        assert text != draft.said[fact.id][0]
        assert {slot: text[a:b].lower() for slot, (a, b) in spans.items()} == {
            slot: value.text.lower() for slot, value in fact.values.items()
        }


@pytest.mark.parametrize("how", ["copied", "the document's", "another fact", "another figure", "nothing"])
def test_other_words_do_not(draft, how):
    facts = [fact for fact in draft.world.facts if any(ch.isdigit() for v in fact.values.values() for ch in v.text)][:8]
    turned = {ord(str(digit)): str((digit + 1) % 10) for digit in range(10)}
    by_entry = iter(facts)

    def say(entry, shown):
        fact = next(by_entry)
        return {
            "copied": entry,
            "the document's": draft.said[fact.id][0],
            "another fact": shown[-1]["content"] if shown else "No.",
            "another figure": retell.wordings(fact, draft)[-1].translate(turned),
            "nothing": "",
        }[how]

    found, sent = reworded(draft, facts, say)
    assert found == {} and len(sent) == len(facts)


def test_a_name_keeps_its_letters(draft):
    """Seen: "The Back Office" for "the back office"."""
    named = [
        (fact, value.text)
        for fact in draft.world.facts
        for value in fact.values.values()
        if (value.text[:1].islower() and " " in value.text) or value.text.istitle()
    ]
    assert named
    for fact, name in named[:20]:
        right = retell.wordings(fact, draft)[-1]
        assert retell.holds(right, fact, draft).passed
        at = right.lower().index(name.lower())
        wrong = right[:at] + (name.title() if name[0].islower() else name.lower()) + right[at + len(name) :]
        assert not retell.holds(wrong, fact, draft).passed
