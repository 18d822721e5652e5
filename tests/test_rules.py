"""What a draft must keep whatever the row asks, and what no text may hold: rules.py and policy.py."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longctx_synth import tokens
from longctx_synth.errors import SettingsError
from longctx_synth.review import policy
from longctx_synth.review.rules import Rules, first_failed, load_words, said_by
from longctx_synth.world import writer

GOOD = (
    "The north wall of the depot is 3.1 metres high, and the gate on that side was painted in spring. Ada Brandt signed the "
    "delivery note for the steel doors after the second inspection."
)


def failures(rules: Rules, text: str, finish_reason: str = "stop") -> list[str]:
    return [name for name, verdict in rules.review(text, finish_reason).items() if not verdict.passed]


def test_a_good_draft_passes_every_rule():
    verdicts = Rules(length=(10, 60), form="text", forbidden=["treasure"]).review(GOOD)
    assert all(verdict.passed for verdict in verdicts.values())
    assert list(verdicts) == [
        "length", "format", "language", "repetition", "refusal", "leakage", *policy.NAMES, "policy: forbidden word",
    ]  # fmt: skip
    assert first_failed(verdicts) is None


@pytest.mark.parametrize(
    ("rules", "text", "reason"),
    [
        (Rules(length=(50, 90)), GOOD, "length"),
        (Rules(length=(1, 10)), GOOD, "length"),
        (Rules(), "", "length"),
        (Rules(), "<think>The wall is high, I should say so", "length"),
        (Rules(), GOOD + " \ufffd", "format"),
        (Rules(), "Sure, here is the answer. " + GOOD, "format"),
        (Rules(form="text"), "# Report\n\n" + GOOD, "format"),
        (Rules(form="text"), json.dumps({"report": GOOD}), "format"),
        (Rules(form="markdown"), "# Report\n\n```\n" + GOOD, "format"),
        (Rules(form="json"), "The wall: {" + GOOD, "json"),
        (Rules(), "Die Nordwand des Lagers ist 3,1 Meter hoch, und das Tor auf dieser Seite wurde im Frühjahr gestrichen.", "language"),
        (Rules(), GOOD + " The gate was painted in spring again." * 3, "repetition"),
        (Rules(), "I'm sorry, but I cannot assist with this document.", "refusal"),
        (Rules(), GOOD + "<|im_end|>", "leakage"),
        (Rules(), "Assistant: " + GOOD, "leakage"),
        (Rules(), GOOD + " {{ document }}", "leakage"),
        (Rules(), "This is my last draft, mended. " + GOOD, "leakage"),
        (Rules(), "Mind: name all of what it is about.\n" + GOOD, "leakage"),
        (Rules(forbidden=["steel door", "steel doors"]), GOOD, "policy: forbidden word"),
        (Rules(own_policy=False, forbidden=["DEPOT"]), GOOD, "policy: forbidden word"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(rules, text, reason):
    assert failures(rules, text) == [reason]


def test_a_draft_that_was_cut_off_says_so():
    name, verdict = first_failed(Rules().review(GOOD, "length")) or ("", None)
    assert name == "length" and verdict and "cut off" in verdict.feedback


def test_reasoning_is_no_part_of_the_draft():
    assert not failures(Rules(length=(10, 60)), "<think>call me at anna.berg@gmail.com</think>" + GOOD)


def test_json_schema_and_fields_are_told_apart():
    schema = {"type": "object", "properties": {"summary": {"type": "string"}, "pages": {"type": "integer"}}}
    rules = Rules(form="json", schema=schema, fields=["summary", "notes.author"], language="")
    assert not failures(rules, '{"summary": "The wall is high.", "notes": {"author": "Ada"}, "pages": 0}')
    assert failures(rules, '```json\n{"summary": "High.", "notes": {"author": "Ada"}}\n```') == []
    assert failures(rules, '{"summary": "The wall.", "notes": {"author": " "}}') == ["fields"]
    assert failures(rules, '{"summary": 5, "notes": {"author": "Ada"}}') == ["schema"]
    assert failures(rules, "The wall is high.") == ["json"]


def test_names_and_figures_do_not_turn_a_language():
    answer = "Jarosław Wiśniewski, Żuławy Wielkie, Gołąbki: PLN 37,958. The yearly value is told to Małgorzata Łęcka, and the "
    assert not failures(Rules(), answer + "board of Świętokrzyskie Młyny was shown the contract.")
    assert not failures(Rules(), "Wiśniewski, Żuławy.")  # too short to tell


# Leakage.

INSTRUCTION = (
    'Write a short report for the finance director. It has to state:\n- the yearly value of the contract with Valentim Timber\n\n'
    'Observe these rules:\nEnd with exactly this sentence: "That is all the file has to say on it." Use at most three paragraphs.'
)  # fmt: skip
DOCUMENT = (
    "The contract with Valentim Timber was drawn up in spring, and is worth 37,958 euros a year to both of its parties."
)
PROMPT = f"Document:\n\n{DOCUMENT}\n\nWrite the answer to the request below, from this document alone.\n\n{INSTRUCTION}"
FACT = {"name": "the yearly value of the contract with Valentim Timber", "forms": ["37,958 euros"]}
CHECKS = [
    {"check": "facts_mentioned", "args": {"facts": [FACT]}},
    {"check": "ends_with", "args": {"phrase": "That is all the file has to say on it."}},
]


def test_what_the_answer_must_say_is_no_leak():
    rules = Rules(prompt=PROMPT, allowed=[DOCUMENT, *said_by(CHECKS)])
    answer = f"{DOCUMENT}\n\nThe yearly value of the contract with Valentim Timber: 37,958 euros. That is all the file has to say on it."
    assert not failures(rules, answer)


@pytest.mark.parametrize(
    "leak",
    [
        "Write the answer to the request below, from this document alone.",
        "I was told to write a short report for the finance director.\n\nIt has to state:",
        INSTRUCTION,
    ],
)
def test_eight_words_of_the_instruction_are_a_leak(leak):
    rules = Rules(prompt=[{"role": "user", "content": PROMPT}], allowed=[DOCUMENT, *said_by(CHECKS)])
    assert failures(rules, f"{leak} {DOCUMENT}") == ["leakage"]


def test_seven_words_are_none():
    assert not failures(Rules(prompt=PROMPT, allowed=DOCUMENT), "Short report for the finance director. " + GOOD)


def test_a_role_as_a_value_and_a_plain_heading_are_none():
    assert not failures(Rules(form="json", language=""), '{"role": "user", "of": "system"}')
    assert not failures(Rules(form="markdown"), "## Response\n\n" + GOOD)
    assert failures(Rules(), "### Response:\n\n" + GOOD) == ["leakage"]


def test_marks_of_the_document_are_no_leak():
    log = "Assistant: the pump is off, {{ pump }} says. It was seen in the log of the station on the day of the repair."
    assert failures(Rules(), log) == ["leakage"]
    assert not failures(Rules(allowed=log), log)


# Personal data.


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to anna.berg@gmail.com.", "e-mail address"),
        ("mailto:j.o'neil+work@uni-köln.de", "e-mail address"),
        ("+31 20 624 1111", "phone number"),
        ("0031 20 624 1111", "phone number"),
        ("+254 (0)20 271 2345", "phone number"),
        ("(030) 1234 5678", "phone number"),
        ("0712 345 678", "phone number"),
        ("Our number is 0712 345 678.", "phone number"),
        ("We rang +31 20 624 1111 12 times.", "phone number"),
        ("Tel.: 22 12 34 56", "phone number"),
        ("(416) 736-5000", "phone number"),
        ("416.736.5000x12 or so", "phone number"),
        ("4111 1111 1111 1111", "card number"),
        ("paid with 378282246310005", "card number"),
        ("DE89 3704 0044 0532 0130 00 EUR 500", "IBAN"),
        ("GB82WEST12345698765432", "IBAN"),
    ],
)
def test_what_could_be_somebodys_is_found(text, what):
    found = [name for name, verdict in policy.review(text).items() if not verdict.passed]
    assert found == [f"policy: {what}"]


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.org, info@mill.example, x@mail.example.com, a@b.test, 12@2.50 euros, @home",
        "PL 8492-29, CN37/6964, GR96/9424, FN 1451-43, PN-77/4, reg. KA-01-HH-1234",
        "₹5,37,912 and CLP 1,234,567,890 and 37 958 112 złotys, 0.123456789, 3.1415926535",
        "18/09/2014, 2014-09-18, 03-11-2024, 03/11 2024, 18.09.2014 14:30, call 112",
        "+1 555 123 4567, (416) 555-0123, +44 7700 900123, Tel. 020 7946 0958, +12 345 678",
        "4111 1111 1111 1112, 1234 5678 9012 3452, DE88 3704 0044 0532 0130 00, 5,237,912,112,223,331",
    ],
)
def test_codes_amounts_dates_and_what_is_nobodys_are_not(text):
    assert [name for name, verdict in policy.review(text).items() if not verdict.passed] == []


def test_what_the_source_holds_is_no_leak_of_the_answer():
    source = "The clerk is reached at +31 20 624 1111 or anna.berg@gmail.com."
    assert not failures(Rules(allowed=source, language=""), "Call +31 (0)20-6241111, or write to Anna.Berg@gmail.com.")
    assert failures(Rules(allowed=source, language=""), "Write to ada.brandt@gmail.com.") == ["policy: e-mail address"]


def test_feedback_does_not_spread_the_data():
    verdict = policy.review("Write to anna.berg@gmail.com.")["policy: e-mail address"]
    assert "anna…" in verdict.feedback and "berg" not in verdict.feedback


def test_documents_of_the_world_hold_no_personal_data():
    """All 300 documents of the measurement pass; a tenth of them is enough for every run of the tests."""
    count = tokens.load("approximate").count
    for seed in range(30):
        document = writer.write(seed, tokens=700, count=count, split=("train", "validation", "test")[seed % 3])
        wrong = [verdict.feedback for verdict in Rules().review(document.text).values() if not verdict.passed]
        assert not wrong, (seed, wrong)


# The user's words.


def test_a_word_list_is_one_a_line(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("# ours\nsteel  doors\n\nself-harm # both\nsteel  doors\n東京\n", "utf-8")
    assert load_words(file) == ("steel  doors", "self-harm", "東京")
    words = policy.WordList(load_words(file))
    assert words.find("He bought two STEEL\ndoors.") == ["steel  doors"]
    assert words.find("昨日は東京で") == ["東京"]
    assert words.find("Of steel, doorsteps and self harmony.") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "holds no word"), (b"# only\n", "holds no word"), (b"fine\n--\n", "line 2"), (b"\xff\xfeab", "UTF-8")],
)
def test_a_wrong_word_list_is_explained(tmp_path, content, said):
    file = tmp_path / "words.txt"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        load_words(file)


def test_a_word_list_that_is_not_there(tmp_path):
    with pytest.raises(SettingsError, match=r"words\.txt cannot be read"):
        load_words(tmp_path / "words.txt")


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"form": "yaml"}, "no form 'yaml'"),
        ({"length": (50, 10)}, "50 to 10"),
        ({"form": "text", "fields": ["summary"]}, "need the form"),
        ({"form": "json", "schema": {"type": "strin"}}, "valid JSON Schema"),
        ({"form": "json", "schema": {"pattern": "(a+)+"}}, "without 'pattern'"),
        ({"language": "tlh"}, "must be one of"),
        ({"forbidden": ["--"]}, "no letter"),
    ],
)
def test_wrong_settings_are_refused_at_once(settings_, said):
    with pytest.raises(SettingsError, match=said):
        Rules(**settings_)


# Any text at all.

HARD = st.one_of(st.text(), st.text(alphabet="0123456789 +-()/.@aAZ{<|#`\n", max_size=400))
EVERYTHING = Rules(
    length=(5, 50), form="json", schema={"type": "object"}, fields=["a.b"], forbidden=["aa", "東"], prompt=PROMPT, allowed=DOCUMENT
)  # fmt: skip


@given(HARD)
@example("٣" * 20 + "@٣.٣٣")
@example("+" + "٠١٢٣٤٥٦٧٨٩" * 2)
@example("\ud800 {{\ud800")
@settings(max_examples=150, deadline=None)
def test_no_text_makes_one_raise(text):
    for rules in (EVERYTHING, Rules(form="text", length=(1, 9))):
        for verdict in rules.review(text, "stop").values():
            assert verdict.passed == (verdict.score == 1.0) and verdict.passed == (verdict.feedback == "")


UNITS = "a|1|1 |@|a@|a@b.|+|+1|(|(0|0 |A1|DE89 3704 |{{ |<||call |1-|-|é.|Tel. 12 |00 |0712 ".split("|")


@pytest.mark.parametrize("unit", filter(None, UNITS))
def test_the_time_is_linear_in_the_text(unit):
    policy.review("+31 20 624 1111")  # loads the numbering plans
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    policy.review(text, forbidden=policy.WordList(["a b c", "zz"]))
    Rules(own_policy=False, language="", prompt=PROMPT)._leakage(text, text)
    assert time.process_time() - start < 3
