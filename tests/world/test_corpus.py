"""The user's own texts: cleaned, without duplicates, dealt to splits, cut at sentence ends to the wanted length."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from longctx_synth.errors import SettingsError
from longctx_synth.world import corpus
from longctx_synth.world.writer import write

LICENCES = Path("/usr/share/common-licenses")
SPLITS = ("train", "validation", "test")


def count(text: str) -> int:
    return len(text) // 4


def body(seed: int, tokens: int = 2500) -> str:
    """Varied prose, hard-wrapped as people's files are."""
    lines = []
    for paragraph in write(seed, tokens=tokens, count=count, split="train").text.split("\n\n"):
        row = ""
        for word in paragraph.split():
            if len(row) + len(word) > 70:
                lines.append(row)
                row = word
            else:
                row = f"{row} {word}".strip()
        lines += [row, ""]
    return "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(12):
        (tmp_path / f"{seed:02d}.{'md' if seed % 2 else 'txt'}").write_text(body(seed), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("tokens", [300, 1000, 2000])
def test_windows_are_whole_sentences_of_the_wanted_length(folder: Path, tokens: int) -> None:
    texts = corpus.load(folder)
    known = {sentence for passages in texts.files for passage in passages for sentence in passage.sentences}
    for split in SPLITS:
        for document in texts.windows(split, tokens, count, 6):
            assert abs(count(document.text) - tokens) <= max(8, tokens // 100)
            assert document.kind == "corpus" and document.facts == [] and document.sections
            assert all(quote in known for quote in document.quotes())
            assert document.sections[0].start == 0 and document.sections[-1].end == len(document.text)


def test_splits_share_no_sentence_and_windows_differ(folder: Path) -> None:
    texts = corpus.load(folder)
    seen: dict[str, set[str]] = {}
    for split in SPLITS:
        documents = texts.windows(split, 900, count, 8)
        assert len({document.text for document in documents}) >= 6
        seen[split] = {quote for document in documents for quote in document.quotes() if len(quote.split()) > 8}
    assert not seen["train"] & seen["test"] and not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["test"]


def test_one_big_file_is_cut_into_regions(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(body(1, 12_000), encoding="utf-8")
    texts = corpus.load(path)
    parts = {split: {p.sentences for p in texts.split(split)} for split in SPLITS}
    assert all(parts.values())
    assert not parts["train"] & parts["test"]
    shares = {"train": 0.5, "test": 0.5}
    assert 0.4 < texts.tokens("train", count, shares) / sum(texts.tokens(s, count, shares) for s in shares) < 0.6


def test_many_small_files_go_to_splits_whole(tmp_path: Path) -> None:
    for seed in range(40):
        (tmp_path / f"{seed}.txt").write_text(body(seed, 400), encoding="utf-8")
    texts = corpus.load(tmp_path)
    homes: dict[str, set[str]] = {}
    for split in SPLITS:
        for passage in texts.split(split):
            homes.setdefault(passage.source, set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert {split for splits in homes.values() for split in splits} == set(SPLITS)


def test_the_same_windows_every_time(folder: Path) -> None:
    first, second = corpus.load(folder), corpus.load(folder)
    assert first.windows("train", 700, count, 5) == second.windows("train", 700, count, 5)


def test_copies_are_dropped(folder: Path) -> None:
    (folder / "copy.txt").write_text((folder / "00.txt").read_text(), encoding="utf-8")
    near = (folder / "02.txt").read_text().replace(
        "the", "the", 1
    ) + "\n\nOne more sentence stands at the very end of it.\n"
    (folder / "near.txt").write_text(near, encoding="utf-8")
    texts = corpus.load(folder)
    assert texts.dropped["same text"] == 1 and texts.dropped["nearly the same text"] == 1
    assert len(texts.files) == 12


def test_cleaning_joins_lines_and_leaves_tables_and_art_out() -> None:
    text = (
        "# A heading\r\n\r\nThe first line is\r\nhard-wrapped, as mail is. It costs e.g. Dr. Roe nothing.\r\n\r\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n==========\n\n```\ncode is not prose, and it stays out.\n```\n\n"
        "A second paragraph stands here with enough words in it."
    )
    passages = corpus.clean(text, "x.md")
    assert [passage.sentences for passage in passages] == [
        ("The first line is hard-wrapped, as mail is.", "It costs e.g. Dr. Roe nothing."),
        ("A second paragraph stands here with enough words in it.",),
    ]
    assert passages[0].heading == "A heading"


def test_distinct_sentences_can_be_told_by_their_key(folder: Path) -> None:
    for document in corpus.load(folder).windows("train", 1200, count, 4):
        found = corpus.distinct_sentences(document, random.Random(3), 5)
        assert len(found) >= 3
        for sentence, key in found:
            assert key in sentence and document.text.casefold().count(key.casefold()) == 1
            assert 8 <= len(sentence.split()) <= 40
        assert found == corpus.distinct_sentences(document, random.Random(3), 5)


def test_bad_input_gets_one_sentence_that_names_the_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    binary, latin, bare = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.txt"
    binary.write_bytes(b"\x00\x01\x02" * 100)
    latin.write_bytes("Caf\xe9 au lait is what they drink there.".encode("latin-1"))
    bare.write_text("| a | b |\n", encoding="utf-8")
    for path in (tmp_path / "missing", empty, binary, latin, bare):
        with pytest.raises(SettingsError) as caught:
            corpus.load(path)
        assert path.name in str(caught.value) and "\n" not in str(caught.value)


def test_a_corpus_too_small_says_how_much_is_there(tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text(body(2, 1500), encoding="utf-8")
    texts = corpus.load(tmp_path)
    with pytest.raises(SettingsError, match=r"'test': it has [\d,]+ tokens and a document needs 4,000"):
        texts.window("test", 0, 4000, count)
    with pytest.raises(SettingsError, match="no share"):
        texts.window("test", 0, 400, count, shares={"train": 1.0})


@pytest.mark.skipif(not LICENCES.is_dir(), reason="no licence texts on this machine")
def test_the_licences_that_debian_ships(tmp_path: Path) -> None:
    for path in LICENCES.iterdir():
        if path.is_file():
            (tmp_path / f"{path.name}.txt").write_bytes(path.read_bytes())
    texts = corpus.load(tmp_path)
    assert len(texts.files) >= 3
    for document in texts.windows("train", 4096, count, 12):
        assert abs(count(document.text) - 4096) <= 41
        assert len(corpus.distinct_sentences(document, random.Random(1), 3)) == 3


def test_shares_leave_every_split_room_for_a_document(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(body(3, 12_000), encoding="utf-8")
    texts = corpus.load(tmp_path)
    shares = texts.shares_for({"train": 100, "validation": 1, "test": 5}, 2000, count)
    assert abs(sum(shares.values()) - 1) < 1e-9 and shares["train"] > shares["test"] > shares["validation"]
    for split in SPLITS:
        assert abs(count(texts.window(split, 0, 2000, count, shares=shares).text) - 2000) <= 20
    with pytest.raises(
        SettingsError, match=r"hold [\d,]+ tokens, and documents of 4,000 tokens for 3 splits need 19,200"
    ):
        texts.shares_for({"train": 100, "validation": 1, "test": 5}, 4000, count)
    assert set(texts.shares_for({"train": 4, "validation": 0, "test": 4}, 3000, count)) == {"train", "test"}
