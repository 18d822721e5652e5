"""What --documents may name: files of many kinds, a table's text column, a dataset; and what is left out of them."""

from __future__ import annotations

import csv
import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longctx_synth.errors import SettingsError
from longctx_synth.world import corpus, sources
from longctx_synth.world.texts import join_hyphens

FIRST = "The harbour office keeps a ledger of every ship that enters the bay before noon."
SECOND = "In winter the pilots wait on the eastern quay, and nobody leaves without a signed slip."
THIRD = "A cargo of copper was weighed twice because the first scale had frozen overnight."
TEXTS = (FIRST, SECOND, THIRD)


def to_parquet(path: Path, rows: list[dict]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def to_jsonl(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def to_csv(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


WRITERS = {".parquet": to_parquet, ".jsonl": to_jsonl, ".csv": to_csv}
tables = pytest.mark.parametrize("suffix", WRITERS)


def docx(path: Path, heading: str, paragraphs: tuple[str, ...]) -> None:
    """The least that is a Word document: a heading in a style, and paragraphs with a bold first word."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{heading}</w:t></w:r></w:p>'
    for text in paragraphs:
        word, rest = text.split(" ", 1)
        body += f'<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{word} </w:t></w:r>'
        body += f"<w:r><w:t>{rest}</w:t></w:r></w:p>"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}.document.main+xml"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "word/styles.xml",
            f'<w:styles {space}><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
            "</w:styles>",
        )
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")


def pdf(path: Path, lines: tuple[str, ...]) -> None:
    """One page of Helvetica; a blank line leaves a gap, as between paragraphs."""
    show = "".join(f"({line}) Tj " * bool(line) + "T* " for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 60 760 Td {show}ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        " /Resources << /Font << /F1 4 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    )
    data, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{one}\nendobj\n".encode("ascii")
    entries = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}"
    end += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    path.write_bytes(data + end.encode("ascii"))


def html(path: Path, body: str) -> None:
    head = "<title>T</title><style>p { color: red; }</style><script>var nothing = 'to read here, at all.';</script>"
    path.write_text(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")


def sentences(texts: corpus.Corpus) -> list[str]:
    return [sentence for file in texts.files for passage in file for sentence in passage.sentences]


# ---------------------------------------------------------------- tables


@tables
def test_each_row_of_a_table_is_a_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    WRITERS[suffix](path, [{"id": number, "text": text} for number, text in enumerate(TEXTS)])
    texts = corpus.load(path)
    assert [len(file) for file in texts.files] == [1, 1, 1] and sentences(texts) == list(TEXTS)
    assert texts.files[1][0].source == f"t{suffix}, row 2"


@tables
def test_another_column_is_named_after_a_colon(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    WRITERS[suffix](path, [{"text": FIRST, "body": SECOND}])
    assert sentences(corpus.load(f"{path}:body")) == [SECOND]
    assert sentences(corpus.load(Path(f"{path}:body"))) == [SECOND]
    with pytest.raises(SettingsError, match=r"without a column 'none' \(t\.\w+: the columns are text, body\)\.$"):
        corpus.load(f"{path}:none")


def test_a_folder_is_read_by_name_then_by_row_whatever_it_holds(tmp_path: Path) -> None:
    to_parquet(tmp_path / "b.parquet", [{"text": SECOND}])
    to_csv(tmp_path / "a.csv", [{"text": FIRST}])
    (tmp_path / "c.txt").write_text(THIRD, encoding="utf-8")
    (tmp_path / "README.md").write_text("This card is about the data and is not one of its texts.", encoding="utf-8")
    (tmp_path / ".run").mkdir()
    to_parquet(tmp_path / ".run" / "0.parquet", [{"text": "State of a run is hidden and is nobody's document at all."}])
    assert sentences(corpus.load(tmp_path)) == list(TEXTS)
    assert corpus.load(tmp_path) == corpus.load(tmp_path)


def test_names_may_hold_colons_and_wildcards(tmp_path: Path) -> None:
    for name in ("a[1]*.parquet", "b:text.parquet"):
        to_parquet(tmp_path / name, [{"text": FIRST}])
        assert sentences(corpus.load(tmp_path / name)) == [FIRST]


@tables
def test_rows_that_are_no_text_are_skipped_and_counted_once(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"t{suffix}"
    rows = [FIRST, "", "   ", SECOND, "\ufffd\ufffd" * 20 + "so it was", "12", THIRD, THIRD]
    WRITERS[suffix](path, [{"id": number, "text": text} for number, text in enumerate(rows)])
    texts = corpus.load(path)
    assert sentences(texts) == list(TEXTS) and texts.dropped == {"same text": 1}
    assert texts.skipped == {"empty": 2, "binary": 1, "without a whole sentence": 1}
    (record,) = caplog.records
    assert record.name == "longctx_synth" and record.levelno == logging.WARNING
    assert f"4 texts were skipped: 2 empty (the first is t{suffix}, row 2); 1 binary (" in record.message


def test_what_is_broken_is_skipped_and_the_rest_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "b.jsonl").write_text('{"text": "torn', encoding="utf-8")
    (tmp_path / "c.txt").write_bytes("Caf\xe9 au lait is what they drink there.".encode("latin-1"))
    (tmp_path / "d.txt").write_bytes(b"\0\1\2" * 50)
    (tmp_path / "e.txt").write_text("", encoding="utf-8")
    (tmp_path / "f.txt").write_text(FIRST, encoding="utf-8")
    to_parquet(tmp_path / "g.parquet", [{"text": 7}])
    texts = corpus.load(tmp_path)
    assert sentences(texts) == [FIRST]
    reasons = ("broken .parquet", "broken .jsonl", "not UTF-8", "binary", "empty", "not a text")
    assert texts.skipped == dict.fromkeys(reasons, 1)
    assert len([record for record in caplog.records if record.name == "longctx_synth"]) == 1


def test_nothing_left_says_why(tmp_path: Path) -> None:
    to_jsonl(tmp_path / "a.jsonl", [{"text": ""}, {"text": None}])
    (tmp_path / "b.txt").write_bytes(b"\0" * 9)
    with pytest.raises(SettingsError, match=r"hold no sentences .*: 2 empty \(the first is a.jsonl, row 1\); 1 binary"):
        corpus.load(tmp_path)


def test_a_column_of_what_has_none_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FIRST, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"names the column 'body', but .* holds no table"):
        corpus.load(f"{tmp_path}:body")


def test_the_cap_on_characters_cuts_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    to_jsonl(tmp_path / "a.jsonl", [{"text": FIRST}, {"text": f"{SECOND}\n\n{THIRD}"}, {"text": "Never to be read."}])
    monkeypatch.setattr(sources, "MOST_CHARACTERS", len(FIRST) + len(SECOND) + 20)
    assert sentences(corpus.load(tmp_path)) == [FIRST, SECOND]
    assert "holds more than 1" in caplog.text and "text 2 (a.jsonl, row 2) is cut" in caplog.text
    (tmp_path / "big.txt").write_text("é. " * 5000, encoding="utf-8")
    ((_, text),) = sources.find(tmp_path / "big.txt").texts(sources.Skipped(), 1000)
    assert 990 < len(text) <= 1000


def test_many_rows_are_dealt_to_splits_whole(tmp_path: Path) -> None:
    from tests.world.test_corpus import SPLITS, body, count

    to_parquet(tmp_path / "t.parquet", [{"text": body(seed, 400)} for seed in range(40)])
    texts = corpus.load(tmp_path / "t.parquet")
    homes = [{passage.source for passage in texts.split(split)} for split in SPLITS]
    assert all(homes) and sum(map(len, homes)) == len(set().union(*homes)) == len(texts.files)
    for document in texts.windows("train", 900, count, 4):
        assert all(document.text[start:end] in sentences(texts) for start, end in document.sentences)


# ---------------------------------------------------------------- the Hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, list[dict]]], None]:
    """Puts a dataset `user/books` of these splits where `datasets` would ask the Hub."""
    import datasets

    def put(splits: dict[str, list[dict]]) -> None:
        def load_dataset(name: str, streaming: bool = False) -> dict[str, list[dict]]:
            assert streaming
            if name != "user/books":
                raise ConnectionError(f"Couldn't reach '{name}' on the Hub\nand more of it")
            return splits

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)

    return put


def test_of_a_dataset_on_the_hub_train_is_read(hub: Callable) -> None:
    hub({"test": [{"text": THIRD}], "train": [{"text": FIRST, "body": SECOND}]})
    assert sentences(corpus.load("user/books")) == [FIRST]
    assert sentences(corpus.load(Path("user/books:body"))) == [SECOND]
    hub({"validation": [{"text": SECOND}], "test": [{"text": FIRST}]})
    assert sentences(corpus.load("user/books")) == [FIRST, SECOND]
    with pytest.raises(
        SettingsError, match="user/books has no column 'body': write user/books:COLUMN with one of text"
    ):
        corpus.load("user/books:body")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("user/nothing", r"cannot be read from the Hub \(Couldn't reach 'user/nothing' on the Hub\)\.$"),
        ("./missing", "There is no file or folder"),
        ("data/missing.parquet:body", "There is no file or folder data/missing.parquet"),
        ("a/b/c", "There is no file or folder"),
    ],
)
def test_what_is_nowhere_gets_one_sentence(hub: Callable, name: str, said: str) -> None:
    hub({})
    with pytest.raises(SettingsError, match=said):
        corpus.load(name)


# ---------------------------------------------------------------- .html, .pdf, .docx


def test_html_becomes_plain_prose(tmp_path: Path) -> None:
    pytest.importorskip("markitdown")
    linked = FIRST.replace("ledger", '<a href="https://example.org/x_y">ledger</a>').replace("every", "<em>every</em>")
    html(tmp_path / "a.html", f"<h2>The port</h2><p>{linked}</p><img src='x.png' alt='quay'><p>{SECOND}</p>")
    html(
        tmp_path / "b.HTM",
        f"<p>Caf&eacute; owners on the_quay * all * agree that it is far too cold.</p><p>{THIRD}</p>",
    )
    texts = corpus.load(tmp_path)
    assert sentences(texts) == [
        FIRST,
        SECOND,
        "Café owners on the_quay * all * agree that it is far too cold.",
        THIRD,
    ]
    assert texts.files[0][0].heading == "The port" and texts.files[1][0].source == "b.HTM"


def test_word_documents_are_read(tmp_path: Path) -> None:
    pytest.importorskip("mammoth")
    pytest.importorskip("markitdown")
    docx(tmp_path / "a.docx", "The port", (FIRST, SECOND))
    texts = corpus.load(tmp_path)
    assert sentences(texts) == [FIRST, SECOND] and texts.files[0][0].heading == "The port"


def test_pdfs_are_read_and_divided_words_joined(tmp_path: Path) -> None:
    pytest.importorskip("pdfplumber")
    pytest.importorskip("markitdown")
    first, second = FIRST.replace("harbour", "har-\nbour").split("\n"), SECOND.split(", and ")
    pdf(tmp_path / "a.pdf", (*first, "", f"{second[0]}, and", second[1]))
    assert sentences(corpus.load(tmp_path)) == [FIRST, SECOND]


def test_broken_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    for module in ("markitdown", "mammoth", "pdfplumber"):
        pytest.importorskip(module)
    (tmp_path / "a.docx").write_bytes(b"PK no zip")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 torn")
    html(tmp_path / "c.html", "")
    pdf(tmp_path / "d.pdf", ())
    (tmp_path / "e.html").write_bytes(bytes(range(256)) * 40)
    html(tmp_path / "f.html", f"<p>{FIRST}</p>")
    texts = corpus.load(tmp_path)
    assert sentences(texts) == [FIRST]
    assert texts.skipped["broken .docx"] == texts.skipped["broken .pdf"] == 1 and texts.skipped["empty"] == 2


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    html(tmp_path / "a.html", f"<p>{FIRST}</p>")
    pdf(tmp_path / "b.pdf", (FIRST,))
    (tmp_path / "c.txt").write_text(SECOND, encoding="utf-8")
    monkeypatch.setattr(sources, "find_spec", lambda module: None)
    with pytest.raises(SettingsError) as caught:
        corpus.load(tmp_path)
    assert str(caught.value).endswith("a.html and 1 more needs markitdown: pip install 'longctx-synth[documents]'.")
    assert sentences(corpus.load(tmp_path / "c.txt")) == [SECOND]


def test_hyphens_stay_where_the_word_has_one() -> None:
    text = "A well-known case was well-\nknown, exam-\nple of Anglo-\nSaxon."
    assert join_hyphens(text) == "A well-known case was well-known, example of Anglo-Saxon."
