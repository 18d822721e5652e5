"""Every check: what passes, what fails, empty text, Unicode, and a text of 100,000 tokens."""

from __future__ import annotations

import pytest
from cases import CASES, Case

from longctx_synth import checks

BLANK = ["", "   \n\t", "...", "<think>all thought, no answer</think>", "<think>never closed", "—", "***"]
LONG = {
    "prose": "The works of 2021 took, by all accounts, some 12 weeks (or more). " * 7700,
    "one word": "word " * 20_000,
    "no blank": "a" * 100_000,
    "bullets": "- item one\n" * 8_000,
    "quotes": 'He said "so it was in the end". ' * 3_000,
    "marks": '*"[(<|`#' * 10_000 + "x",
    "stars": "**a " * 20_000,
    "digits": "1,234.5" * 12_000,
    "brackets": "[" * 50_000 + "x",
    "braces": '{"a":' * 100_000,
    "dots": "." * 50_000 + "x",
    "spaced dots": ". " * 50_000 + "x",
    "abbreviations": "e.g. " * 20_000,
    "open quotes": "“" * 50_000 + "x",
    "one quotation": '"' + "word " * 20_000 + '"',
    "blank lines": "x" + "\n" * 60_000 + "x",
    "table": "| a | b |\n" * 8_000,
}
UNICODE = [
    "Ça coûte 4 200 € — “voilà” … ß İ ı ǅ 𝐀",
    "日本語の文章です。数字は１２３。",
    "مرحبا بالعالم، ١٢٣",
    "e\u0301 \u200d\ufeff 👩‍👩‍👧 \ud800 x",
    "²³ ½ Ⅷ ٣",
]


def ids(case: Case) -> str:
    return f"{case.check}-{CASES.index(case)}"


def test_every_check_has_cases() -> None:
    assert {case.check for case in CASES} == set(checks.names())


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_passes(case: Case) -> None:
    for text in case.passing:
        verdict = checks.run(case.spec, text, case.prompt)
        assert verdict.passed and verdict.score == 1.0 and not verdict.feedback, (text, verdict)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_fails_with_a_reason(case: Case) -> None:
    for text in case.failing:
        verdict = checks.run(case.spec, text, case.prompt)
        assert not verdict.passed and 0 <= verdict.score < 1, (text, verdict)
        assert verdict.feedback and "\n" not in verdict.feedback, (text, verdict)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_blank_fails(case: Case) -> None:
    for text in BLANK:
        assert not checks.run(case.spec, text, case.prompt).passed, text


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_reasoning_is_stripped(case: Case) -> None:
    text = case.passing[0]
    assert checks.run(case.spec, f"<think>\nnot this, 99 times\n</think>\n\n{text}", case.prompt).passed
    assert not checks.run(case.spec, f"{text}</think>", case.prompt).passed


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_unicode(case: Case) -> None:
    for text in UNICODE:
        verdict = checks.run(case.spec, text, text)
        assert (verdict.score == 1.0) == verdict.passed


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_long_texts(case: Case) -> None:
    for text in LONG.values():
        verdict = checks.run(case.spec, text, case.prompt)
        assert 0 <= verdict.score <= 1 and (verdict.score == 1.0) == verdict.passed


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_long_prompt(case: Case) -> None:
    prompt = [{"role": "user", "content": LONG["prose"]}, {"role": "user", "content": case.prompt}]
    assert checks.run(case.spec, case.passing[0], prompt).passed
