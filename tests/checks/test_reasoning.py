"""Final answers, steps, evidence and JSON values: what counts, what does not, and that neither spam nor hedging pays."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_properties import TEXTS

from longctx_synth import checks
from longctx_synth.checks import BadCheck
from longctx_synth.checks.reasoning import answer_key, cited_evidence, stated_answer, told_in_order
from longctx_synth.verdict import Verdict

# --- the final answer


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("So 3 and 4.\nAnswer: 7", "7"),
        ("**Final answer:** 7.", "7"),
        ("**Answer**: `7`", "7"),
        ("## Answer: the 7", "7"),
        ("Answer = $7$", "7"),
        ("The answer is \\boxed{7}.", "7"),
        ("The final answer is: \\(\\text{7}\\)", "7"),
        ("Answer:\n\n**7**\n", "7"),
        ("The answer is 6. No: it is more.\nAnswer: 7\nI hope this is clear.", "7"),
        ("It takes a while.\n\n7", "7"),
        ("\\boxed{7.0}", "7"),
        ('{"reasoning": "3 and 4", "answer": 7}', "7"),
        ("Answer: 1,240.50", "1240.5"),
        ("Answer: .5", "0.50"),
        ("Answer: −12 %", "-12%"),
        ("Answer: 5\\,\\text{kg}", "5 kg"),
        ("Answer: 1{,}240", "1240"),
        ("Answer: 3 June 2021.", "3 june 2021"),
        ("Answer: “A Long Way”", "long way"),
    ],
)
def test_the_stated_answer(response: str, said: str) -> None:
    given = stated_answer(response)
    assert given is not None and answer_key(given) == answer_key(said)


@pytest.mark.parametrize(
    ("one", "other"), [("5", "-5"), ("0.5", "5"), ("INV-0042", "INV-42"), ("1.25", "125"), ("12", "12 m")]
)
def test_answers_that_differ(one: str, other: str) -> None:
    assert answer_key(one) != answer_key(other)


@pytest.mark.parametrize(
    "hedge",
    [
        "12 or 15",
        "15 or 12",
        "12/15",
        "12, 15",
        "12 (or 15)",
        "12?",
        "between 12 and 15",
        "not 12",
        "probably 12",
        "12 and 12.5",
    ],
)
def test_a_hedge_is_wrong(hedge: str) -> None:
    verdict = run("final_answer", f"Thus.\nAnswer: {hedge}", answer="12")
    assert not verdict.passed and verdict.score == 0


def test_a_long_last_line_is_no_answer() -> None:
    assert stated_answer("It was, when all is said and done and counted twice, 12 weeks.") is None
    assert stated_answer("The answer is\n\n") is None


# --- the steps

STEPS = [["40"], ["55", "fifty-five"], ["1,240"]]


@pytest.mark.parametrize(
    ("response", "told", "missing"),
    [
        ("40, 55, 1240", 3, None),
        ("Of 1,240 at 55: 40; fifty-five; 1,240.", 3, None),
        ("55, then 40, then 1,240", 2, 1),
        ("1,240, 55, 40", 1, 1),
        ("55, 1240", 2, 0),
        ("nothing", 0, 0),
        ("4055 1240", 1, 0),
    ],
)
def test_steps_in_order(response: str, told: int, missing: int | None) -> None:
    verdict = run("steps_shown", response, steps=STEPS)
    assert verdict.passed == (missing is None)
    assert verdict.score == pytest.approx(told / 3) or verdict.passed
    if missing is not None:
        assert f"step {missing + 1} must give '{STEPS[missing][0]}'" in verdict.feedback


@settings(max_examples=150, deadline=None, derandomize=True)
@given(said=st.lists(st.integers(0, 4), max_size=8), due=st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_the_score_is_the_longest_common_subsequence(said: list[int], due: list[int]) -> None:
    table = [[0] * (len(due) + 1) for _ in range(len(said) + 1)]
    for i, one in enumerate(said):
        for j, other in enumerate(due):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    told, missing = told_in_order(" ".join(map(str, said)), [[str(step)] for step in due])
    assert told == table[-1][-1]
    prefixes = [table[-1][j + 1] == j + 1 for j in range(len(due))]
    assert missing == (prefixes.index(False) if False in prefixes else None)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(before=TEXTS, after=TEXTS)
def test_more_text_never_hides_a_step(before: str, after: str) -> None:
    steps = [[str(1000 + at)] for at in range(4)]
    bare = run("steps_shown", "1000 then 1002", steps=steps)
    assert (
        run("steps_shown", f"x {before}\n1000 then 1002\n{after}", steps=steps).score >= bare.score
        or "</think>" in after
    )


# --- the evidence

SENTENCES = [
    "The depot stands on the north bank of the river.",
    "Its roof was repaired for EUR 4,200 in the spring.",
    "Nobody was hurt when the scaffold came down.",
    "The works took twelve weeks from start to end.",
    "A surveyor was asked for a second opinion.",
    "She retired before the works were finished.",
]
DOCUMENT = "\n".join(SENTENCES)


def span(*numbers: int, document: str = DOCUMENT) -> list[list[int]]:
    return [[document.index(SENTENCES[at]), document.index(SENTENCES[at]) + len(SENTENCES[at])] for at in numbers]


def f2(response: str, spans: list[list[int]], prompt: str = DOCUMENT) -> float:
    return cited_evidence(response, prompt, spans).f2


def quoted(*texts: str) -> str:
    return "; ".join(f'it says "{text}"' for text in texts if text)


def test_whole_sentences_and_telling_fragments_cite() -> None:
    spans = span(1, 3)
    assert f2(quoted(SENTENCES[1], SENTENCES[3]), spans) == 1
    assert f2(quoted("roof was repaired for EUR", "took twelve weeks from start"), spans) == 1
    assert f2("“Its roof was repaired for EUR 4,200”; “The works   took twelve weeks.”", spans) == 1
    found = cited_evidence(quoted(SENTENCES[1]), DOCUMENT, spans)
    assert (found.precision, found.recall, found.uncited) == (1, 0.5, (1,))
    assert found.f2 == pytest.approx(5 * 0.5 / 4.5)
    # A passage over two spans that adjoin cites both.
    assert f2(quoted(f"{SENTENCES[1]} {SENTENCES[2]}"), span(1, 2)) == 1


def test_a_turn_of_phrase_points_nowhere() -> None:
    document = "The rent of unit four is EUR 90 a week. The rent of unit five is EUR 80 a week."
    spans = [[0, 39], [40, 79]]
    found = cited_evidence(quoted("The rent of unit"), document, spans)
    assert (found.precision, found.recall) == (0, 0)
    assert cited_evidence(quoted("the", "a week", "unit"), document, spans).recall == 0
    assert cited_evidence(quoted("of unit five is"), document, spans).recall == 0.5


def test_terms_are_no_quotations() -> None:
    assert f2(quoted(SENTENCES[1], "second opinion", "so-called"), span(1)) == 1
    assert f2(quoted(SENTENCES[1], "asked for a second opinion"), span(1)) < 1


def test_any_occurrence_counts() -> None:
    twice = f"{DOCUMENT}\n{DOCUMENT}"
    late = [[at + len(DOCUMENT) + 1 for at in span(3)[0]]]
    assert f2(quoted(SENTENCES[3]), late, twice) == 1
    # The same words as evidence in two places may be quoted for both, and not a third time.
    both = [*span(3), *late]
    assert f2(quoted(SENTENCES[3]), both, twice) < 1
    assert f2(quoted(SENTENCES[3], SENTENCES[3]), both, twice) == 1
    assert f2(quoted(*[SENTENCES[3]] * 3), both, twice) < 1


def test_invented_quotations_count_against() -> None:
    found = cited_evidence(quoted(SENTENCES[1], "The roof was never repaired at all."), DOCUMENT, span(1))
    assert (found.precision, found.recall) == (0.5, 1)
    assert found.wrong == ("The roof was never repaired at all.",)


def test_quoting_everything_does_not_pay() -> None:
    spans = span(1, 3)
    honest = f2(quoted(SENTENCES[1], SENTENCES[3]), spans)
    whole = f2(quoted(DOCUMENT.replace("\n", " ")), spans)
    every = f2(quoted(*SENTENCES), spans)
    beside = f2(quoted(SENTENCES[1], DOCUMENT.replace("\n", " ")), spans)
    assert whole == 0 and whole < beside < honest and every < honest
    # The longer the document, the less is earned by quoting all of it.
    long = [f"Page {at} of the minutes tells of other matters." for at in range(40)]
    assert f2(quoted(*SENTENCES, *long), spans, "\n".join([*SENTENCES, *long])) < 0.25


def test_repeating_one_quotation_does_not_pay() -> None:
    spans = span(1, 3)
    once = f2(quoted(SENTENCES[1]), spans)
    scores = [f2(quoted(*[SENTENCES[1]] * times), spans) for times in (1, 2, 5, 20)]
    assert scores[0] == once and all(a > b for a, b in pairwise(scores))
    assert scores[-1] < 0.25
    # Nor does moving a window over it, nor quoting past the number that is looked up.
    words = SENTENCES[1].split()
    windows = [" ".join(words[at : at + 5]) for at in range(len(words) - 5)]
    assert f2(quoted(*windows), spans) < once
    assert f2(quoted(*[SENTENCES[1]] * 500), spans) < 0.02


def test_another_part_of_the_same_passage_is_no_repetition() -> None:
    assert f2(quoted("Its roof was repaired", "for EUR 4,200 in the spring."), span(1)) == 1


def test_evidence_outside_the_prompt_is_never_cited() -> None:
    verdict = run("evidence_cited", quoted(SENTENCES[1]), DOCUMENT, spans=[[10_000, 10_040]])
    assert not verdict.passed and verdict.score == 0
    assert not run("evidence_cited", quoted(SENTENCES[1]), "", spans=[[0, 9]]).passed


def test_offsets_are_those_of_the_prompts_text() -> None:
    messages = [
        {"role": "system", "content": "Read\u00a0 this. 𝐀"},
        {"role": "user", "content": f"“Minutes”  –\n\n{DOCUMENT}"},
    ]
    text = checks.prompt_text(messages)
    spec = {"check": "evidence_cited", "args": {"spans": span(1, 3, document=text)}}
    assert checks.run(spec, quoted(SENTENCES[1], SENTENCES[3]), messages).passed


def test_less_than_all_can_be_asked() -> None:
    half = quoted(SENTENCES[1])
    assert run("evidence_cited", half, DOCUMENT, spans=span(1, 3), at_least=0.5).passed
    verdict = run("evidence_cited", half, DOCUMENT, spans=span(1, 3))
    assert verdict.score == pytest.approx(f2(half, span(1, 3)))
    assert "1 passage that it must rest on, such as 'The works took twelve weeks" in verdict.feedback


QUOTES = st.lists(
    st.one_of(
        st.sampled_from(SENTENCES),
        st.builds(
            lambda start, size: DOCUMENT[start : start + size].replace("\n", " "),
            st.integers(0, len(DOCUMENT)),
            st.integers(1, 120),
        ),
        st.text(alphabet="ab cd", max_size=12),
    ),
    max_size=6,
)
SPANS = st.lists(
    st.tuples(st.integers(0, len(DOCUMENT) + 4), st.integers(1, 90)).map(lambda pair: [pair[0], sum(pair)]),
    min_size=1,
    max_size=5,
)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(quotes=QUOTES, chosen=st.sets(st.integers(0, 5), min_size=1), at=st.integers(0, 6), data=st.data())
def test_one_more_right_quotation_never_lowers_recall(
    quotes: list[str], chosen: set[int], at: int, data: st.DataObject
) -> None:
    spans = span(*sorted(chosen))
    more = SENTENCES[data.draw(st.sampled_from(sorted(chosen)))]
    before = cited_evidence(quoted(*quotes), DOCUMENT, spans)
    after = cited_evidence(quoted(*quotes[:at], more, *quotes[at:]), DOCUMENT, spans)
    assert after.recall >= before.recall
    number = next(i for i, one in enumerate(sorted(chosen)) if SENTENCES[one] == more)
    if number in before.uncited:
        appended = cited_evidence(quoted(*quotes, more), DOCUMENT, spans)
        assert appended.recall > before.recall and appended.precision >= before.precision and appended.f2 > before.f2


@settings(max_examples=200, deadline=None, derandomize=True)
@given(quotes=QUOTES, spans=SPANS, min_words=st.integers(1, 6))
def test_shares_are_shares(quotes: list[str], spans: list[list[int]], min_words: int) -> None:
    found = cited_evidence(quoted(*quotes), DOCUMENT, spans, min_words)
    assert 0 <= found.precision <= 1 and 0 <= found.recall <= 1 and 0 <= found.f2 <= 1
    assert min(found.precision, found.recall) <= found.f2 + 1e-9 <= max(found.precision, found.recall) + 2e-9
    assert len(found.uncited) == round((1 - found.recall) * len(spans))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(texts=st.lists(TEXTS, max_size=4), spans=SPANS, prompt=TEXTS)
def test_any_prompt_any_response(texts: list[str], spans: list[list[int]], prompt: str) -> None:
    response = "x " + quoted(*texts) + quoted(prompt)
    for document in (prompt, prompt * 3 + "\n".join(texts)):
        verdict = run("evidence_cited", response, document, spans=spans, min_words=1)
        assert 0 <= verdict.score <= 1 and (verdict.score == 1) == verdict.passed


def test_many_spans_in_a_long_repetitive_prompt() -> None:
    prompt = "a " * 200_000
    spans = [[at * 6000, at * 6000 + 5000] for at in range(64)]
    response = quoted(*("a " * (50 * at + 4) + "a" for at in range(80)))
    assert 0 <= run("evidence_cited", response, prompt, spans=spans).score < 1


# --- JSON values

VALUES = [
    {"path": "supplier.name", "forms": ["Harwick Ltd", "Harwick"]},
    {"path": "paid", "forms": ["false"]},
    {"path": "until", "forms": ["null"]},
    {"path": "total", "forms": ["1,240.50"]},
    {"path": "codes[]", "forms": ["A-01", "A-02", "A-02"]},
]
WHOLE: dict[str, Any] = {
    "supplier": {"name": "Harwick"},
    "paid": False,
    "until": None,
    "total": 1240.5,
    "codes": ["A-02", "A-01", "A-02"],
}


def values(given: Any) -> Verdict:
    return run("json_values", json.dumps(given), values=VALUES)


def test_json_values() -> None:
    assert values(WHOLE).passed
    assert values({**WHOLE, "total": "1240.50"}).passed
    for key, wrong, score in [
        ("total", 1240, 4 / 5),
        ("total", [1240.5], 4 / 5),
        ("paid", 0, 4 / 5),
        ("until", "", 4 / 5),
        ("supplier", None, 4 / 5),
        ("supplier", {"name": "Harwick", "town": "Leeds"}, 5 / 6),
        ("more", {"a": {"b": 1}, "c": 2}, 5 / 6),
        ("codes", ["A-01", "A-02"], (4 + 4 / 5) / 5),
        ("codes", ["A-01", "A-01", "A-02"], (4 + 4 / 6) / 5),
        ("codes", ["A-01", "A-02", "A-02", "A-03"], (4 + 6 / 7) / 5),
        ("codes", "A-01", 4 / 5),
        ("codes", [], 4 / 5),
        ("codes", [["A-01"], {}, None], 4 / 5),
    ]:
        verdict = values({**WHOLE, key: wrong})
        assert not verdict.passed and verdict.score == pytest.approx(score), (key, wrong, verdict)
    assert values([WHOLE]).score == 0


def test_a_list_at_the_root() -> None:
    due = [{"path": "[].id", "forms": [["1", "one"], "2"]}]
    assert run("json_values", '[{"id": 2}, {"id": "One"}]', values=due).passed
    assert run("json_values", '[{"id": 2}, {"id": 1}, {"no": 3}]', values=due).score < 1


def test_numbers_that_no_float_holds() -> None:
    due = [{"path": "a", "forms": ["1"]}]
    for odd in ("NaN", "Infinity", "-Infinity", "1e999", "1e308", "1" * 4200, "1" * 5000):
        assert not run("json_values", f'{{"a": {odd}}}', values=due).passed
    assert run("json_values", '{"a": 1.0}', values=due).passed


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    given=st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.sampled_from(["Harwick", "A-01", ""])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["supplier", "name", "codes", "total", "[]", "a.b"]), inner, max_size=4),
        ),
        max_leaves=12,
    )
)
def test_any_json(given: Any) -> None:
    verdict = values(given)
    assert 0 <= verdict.score < 1 and not verdict.passed


# --- arguments


@pytest.mark.parametrize(
    ("check", "args", "said"),
    [
        ("final_answer", {"answer": "—"}, "answer must be a text with letters or digits"),
        ("final_answer", {"answer": "a", "forms": ["!"]}, "forms must be a list of texts"),
        ("steps_shown", {"steps": []}, "a list of at most 40 lists of texts"),
        ("steps_shown", {"steps": [["1"]] * 41}, "a list of at most 40"),
        ("steps_shown", {"steps": ["1"]}, "a list of at most 40"),
        ("evidence_cited", {"spans": []}, "spans \\[start, end\\]"),
        ("evidence_cited", {"spans": [[4, 4]]}, "spans \\[start, end\\]"),
        ("evidence_cited", {"spans": [[-1, 4]]}, "spans \\[start, end\\]"),
        ("evidence_cited", {"spans": [[0, True]]}, "spans \\[start, end\\]"),
        ("evidence_cited", {"spans": [[0, 4]] * 65}, "at most 64"),
        ("evidence_cited", {"spans": [[0, 4]], "at_least": 0}, "a number above 0, at most 1"),
        ("evidence_cited", {"spans": [[0, 4]], "at_least": 1.5}, "a number above 0, at most 1"),
        ("json_values", {"values": {}}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a"}]}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a..b", "forms": ["1"]}]}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a[0]", "forms": ["1"]}]}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a", "forms": [["1"]]}]}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a[]", "forms": []}]}, "a list of at most 200"),
        ("json_values", {"values": [{"path": "a", "forms": ["1"]}, {"path": "a", "forms": ["2"]}]}, "given twice"),
        ("json_values", {"values": [{"path": "a.b", "forms": ["1"]}, {"path": "a", "forms": ["2"]}]}, "within another"),
    ],
)
def test_refused(check: str, args: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCheck, match=said) as caught:
        checks.parse([{"check": check, "args": args}])
    assert "\n" not in str(caught.value)


def test_no_forms_may_be_given() -> None:
    assert run("final_answer", "Answer: 7", answer="7", forms=[]).passed


def run(check: str, response: str, prompt: str = "", **args: Any) -> Verdict:
    return checks.run({"check": check, "args": args}, response, prompt)
