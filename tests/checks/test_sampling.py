"""Samples: splits kept apart, exclusions held, phrasings counted and disjoint."""

from __future__ import annotations

from random import Random

import pytest

from longctx_synth import checks
from longctx_synth.checks import sampling
from longctx_synth.checks.phrasing import phrasings
from longctx_synth.errors import SettingsError

SPLITS = ("train", "validation", "test")


def drawn(split: str, n: int = 60, **more: object) -> list[list[checks.Spec]]:
    return [
        checks.sample(
            Random(seed), 1 + seed % 5, split=split, n_due=2 + seed % 7, due_words=12 * (2 + seed % 7), **more
        )  # type: ignore[arg-type]
        for seed in range(n)
    ]


def test_the_same_seed_draws_the_same() -> None:
    assert drawn("train", 5) == drawn("train", 5)


def test_held_out_checks_come_in_test_only() -> None:
    for split in SPLITS:
        names = {spec["check"] for specs in drawn(split) for spec in specs}
        held_out = {name for name in names if checks.info(name).held_out}
        assert bool(held_out) == (split == "test")
        assert len(names) >= 15


def test_combinations_are_disjoint() -> None:
    seen = {split: {frozenset(s["check"] for s in specs) for specs in drawn(split)} for split in SPLITS}
    assert not seen["train"] & seen["validation"]
    assert not seen["train"] & seen["test"]
    assert not seen["validation"] & seen["test"]


def test_word_bounds_lie_on_the_splits_own_grid() -> None:
    grids = {"train": {0}, "validation": {5}, "test": {2, 3, 4, 6, 7, 8}}
    found = set()
    for split in SPLITS:
        for specs in drawn(split, 120):
            for spec in specs:
                if spec["check"] == "word_count":
                    found.add(split)
                    assert {bound % 10 for bound in spec["args"].values()} <= grids[split]
    assert found == set(SPLITS)


@pytest.mark.parametrize(
    "bank",
    [
        "KEYWORDS",
        "OPENERS",
        "STARTS",
        "ENDS",
        "SUMMARY_LABELS",
        "TAGS",
        "SECTION_MARKERS",
        "KEY_LISTS",
        "TABLE_HEADS",
        "SCHEMA_KEYS",
    ],
)
def test_argument_banks_are_disjoint(bank: str) -> None:
    entries = [str(entry) for split in SPLITS for entry in getattr(sampling, bank)[split]]
    assert len(entries) == len(set(entries))
    assert all(getattr(sampling, bank)[split] for split in SPLITS)


def test_excluded_checks_never_come() -> None:
    for split in SPLITS:
        for specs in drawn(split, 30, exclude={"ifeval", "table"}):
            for spec in specs:
                assert spec["check"] != "table" and not checks.info(spec["check"]).ifeval


def test_an_unknown_exclusion_is_an_error() -> None:
    with pytest.raises(SettingsError, match="no check 'tabel'"):
        checks.sample(Random(1), 1, split="train", n_due=3, due_words=30, exclude={"tabel"})


def test_what_stands_beside_is_respected() -> None:
    beside = [{"check": "quotes_document", "args": {}}]
    for specs in drawn("train", 40, beside=beside):
        assert checks.compatible([*specs, *beside]) is None
        assert not {"all_lowercase", "all_capitals", "wrapped_in_quotes"} & {spec["check"] for spec in specs}


def test_what_cannot_be_drawn_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="ask for fewer"):
        checks.sample(Random(1), 30, split="train", n_due=3, due_words=30)
    with pytest.raises(SettingsError, match="no split"):
        checks.sample(Random(1), 1, split="dev", n_due=3, due_words=30)


SAMPLED = [name for name in checks.names() if checks.info(name).sampled]


@pytest.mark.parametrize("name", SAMPLED)
def test_phrasings_suffice_and_differ(name: str) -> None:
    entry = phrasings()[name]
    if checks.info(name).held_out:
        assert len(entry["test"]) >= 12 and "train" not in entry
    else:
        assert len(entry["train"]) >= 8 and len(entry["validation"]) >= 2 and len(entry["test"]) >= 2
    every = [text for split in SPLITS for text in entry.get(split, ())]
    assert len(every) == len(set(every))


def test_nothing_else_has_phrasings() -> None:
    assert set(phrasings()) == set(SAMPLED)
    with pytest.raises(SettingsError, match="no phrasings"):
        checks.phrase({"check": "no_refusal", "args": {}}, Random(1), "train")


def test_every_phrasing_can_be_filled_in() -> None:
    """Each of the templates, with drawn arguments, has no brace left and reads as a sentence."""
    for name in SAMPLED:
        for split in ("test",) if checks.info(name).held_out else SPLITS:
            said = set()
            for seed in range(60):
                rng = Random(seed)
                case = sampling._Case(rng, split, 4, 50, [name])
                spec = {"check": name, "args": sampling._DRAWS[name](case)}
                text = checks.phrase(spec, rng, split)
                assert text[0].isupper() or not text[0].isalpha(), text
                if name != "json_schema":
                    assert "{" not in text, text
                said.add(text)
            assert len(said) >= 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"exactly": 1}, {"exactly 1 bullet point"}),
        ({"exactly": 3}, {"exactly 3 bullet points"}),
        ({"at_least": 1}, {"at least 1 bullet point"}),
        ({"at_least": 2}, {"at least 2 bullet points", "no fewer than 2 bullet points"}),
        ({"at_most": 4}, {"at most 4 bullet points", "no more than 4 bullet points"}),
        ({"at_least": 2, "at_most": 4}, {"between 2 and 4 bullet points", "2 to 4 bullet points"}),
    ],
)
def test_bounds_are_said_in_the_right_number(args: dict[str, int], said: set[str]) -> None:
    texts = {checks.phrase({"check": "bullets", "args": args}, Random(seed), "train") for seed in range(40)}
    assert all(any(one in text for one in said) for text in texts)
    assert all(any(one in text for text in texts) for one in said)
