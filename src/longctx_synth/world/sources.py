"""Where the user's texts lie: a file, a folder, the text column of a table, a dataset on the Hub.

What `--documents` names is `PATH_OR_ID` or `PATH_OR_ID:COLUMN`. Files of text are read as they are, .html, .pdf and .docx
through markitdown (the extra `documents`), without links, images and emphasis. Of a table every row is a text; tables
and the Hub are read with `datasets` in streaming. Texts come by name, then by row, so the same source gives the same
texts. A text that cannot be used is counted in `Skipped` and left out; memory stays bounded by `MOST_CHARACTERS`.
"""

from __future__ import annotations

import glob
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.world.texts import Unusable, join_hyphens, read, usable

log = logging.getLogger("longctx_synth")

# What one corpus holds at most, before cleaning: some 2.5 million tokens; loading takes about half a minute and 400 MB.
MOST_CHARACTERS = 10_000_000
COLUMN = "text"
PLAIN = (".txt", ".md")
# By suffix, the modules that the conversion needs.
CONVERTED = {
    ".htm": ("markitdown",),
    ".html": ("markitdown",),
    ".docx": ("markitdown", "mammoth"),
    ".pdf": ("markitdown", "pdfminer", "pdfplumber"),
}
# By suffix, the reader in `datasets` and its options: few rows at a time, since one may hold a book.
TABLES: dict[str, tuple[str, dict[str, Any]]] = {
    ".csv": ("csv", {"chunksize": 64, "keep_default_na": False}),
    ".jsonl": ("json", {}),
    ".parquet": ("parquet", {"batch_size": 64}),
}
_KINDS = ".txt, .md, .html, .pdf, .docx, .parquet, .jsonl or .csv"
_HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")


@dataclass(slots=True)
class Skipped:
    """Texts that were left out: how many by reason, and the name of the first."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Counts one."""
        self.counts[reason] += 1
        self.first.setdefault(reason, name)

    def __str__(self) -> str:
        return "; ".join(
            f"{count:,} {reason} ({'the first is ' if count > 1 else ''}{self.first[reason]})"
            for reason, count in self.counts.items()
        )


@dataclass(frozen=True, slots=True)
class Source:
    """What `--documents` names. Make one with `find`.

    name: as given. files: in order; none for a dataset on the Hub. column: of the tables.
    """

    name: str
    root: str
    files: tuple[Path, ...]
    column: str

    def texts(self, skipped: Skipped, most: int | None = None) -> Iterator[tuple[str, str]]:
        """Pairs (name, text), at most `most` characters in all (default MOST_CHARACTERS); warns where that cuts.

        The text that goes over is cut at the end of a paragraph. Raises SettingsError where the Hub cannot be read.
        """
        most = room = MOST_CHARACTERS if most is None else most
        for number, (name, text) in enumerate(self._all(skipped, most), 1):
            if len(text) > room:
                log.warning(
                    f"--documents {self.name} holds more than {most:,} characters: text {number:,} ({name}) is cut and "
                    "what follows it is left out. Split the texts over several runs to use them all."
                )
                if head := _head(text, room):
                    yield name, head
                return
            room -= len(text)
            yield name, text

    def _all(self, skipped: Skipped, most: int) -> Iterator[tuple[str, str]]:
        for name, text in self._raw(skipped, most):
            try:
                yield name, usable(text)
            except Unusable as unusable:
                skipped.add(str(unusable), name)

    def _raw(self, skipped: Skipped, most: int) -> Iterator[tuple[str, Any]]:
        if not self.files:
            yield from _hub(self.root, self.column)
        for path in self.files:
            suffix = path.suffix.lower()
            if suffix in TABLES:
                yield from _table(path, self.column, skipped)
                continue
            try:
                yield path.name, convert(path) if suffix in CONVERTED else read(path, most)
            except Unusable as unusable:
                skipped.add(str(unusable), path.name)


def find(name: str | Path) -> Source:
    """What `PATH_OR_ID` or `PATH_OR_ID:COLUMN` names. Raises SettingsError with one sentence on what is wrong with it."""
    name = str(name)
    root, column = name, ""
    # A colon may stand in a file's name, and after a drive's letter.
    if not Path(name).expanduser().exists() and re.search(r".:[^/\\:]+$", name):
        root, _, column = name.rpartition(":")
    path = Path(root).expanduser()
    if not path.exists():
        # A path with a suffix of ours is a mistyped file, not a dataset.
        if _HUB_ID.fullmatch(root) and path.suffix.lower() not in (*PLAIN, *CONVERTED, *TABLES):
            return Source(name, root, (), column or COLUMN)
        raise SettingsError(f"There is no file or folder {root}: --documents wants {_KINDS} files, or a Hub id.")
    files = _files(path) if path.is_dir() else [path]
    if not files:
        raise SettingsError(f"The folder {root} has no {_KINDS} files for --documents to read.")
    if column and not any(file.suffix.lower() in TABLES for file in files):
        raise SettingsError(f"--documents {name} names the column '{column}', but {root} holds no table.")
    _extra_is_there(root, files)
    return Source(name, root, tuple(files), column or COLUMN)


def _files(folder: Path) -> list[Path]:
    known = {*PLAIN, *CONVERTED, *TABLES}
    # A link to a file may point outside the folder (as Debian's licences do); the text it leads to counts once.
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in known)
    # What tools hide beside data (.run, .cache, ._copies) is no document.
    files = [
        path
        for path in files
        if path.suffix.lower() in PLAIN or not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if any(path.suffix.lower() in TABLES for path in files):  # a dataset's card is about the texts, not one of them
        files = [path for path in files if path.name != "README.md"]
    return files


def _extra_is_there(root: str, files: Iterable[Path]) -> None:
    needy = [
        path for path in files if any(find_spec(module) is None for module in CONVERTED.get(path.suffix.lower(), ()))
    ]
    if needy:
        raise SettingsError(
            f"--documents {root}: reading {needy[0].name}"
            f"{f' and {len(needy) - 1:,} more' if len(needy) > 1 else ''} needs markitdown: "
            "pip install 'longctx-synth[documents]'."
        )


def convert(path: Path) -> str:
    """The text of an .html, .pdf or .docx file as Markdown without links, images and emphasis. Raises Unusable."""
    from markitdown import StreamInfo

    suffix = path.suffix.lower()
    try:
        with path.open("rb") as stream:
            text = (
                _converter()
                .convert_stream(
                    stream,
                    stream_info=StreamInfo(extension=suffix),
                    strip=["a", "b", "code", "del", "em", "i", "img", "s", "strike", "strong", "sub", "sup", "u"],
                    escape_asterisks=False,
                    escape_underscores=False,
                )
                .markdown
            )
    except OSError as error:
        raise Unusable("cannot be opened") from error
    except MemoryError:
        raise
    except Exception as error:  # every format's library has its own errors for a broken file
        raise Unusable(f"broken {suffix}") from error
    return join_hyphens(text) if suffix == ".pdf" else text


@cache
def _converter() -> Any:
    from markitdown import MarkItDown
    from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter

    # Fonts and boxes that a PDF leaves out, told page by page.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    # Only these: the others would look into archives, or ask a service.
    converter = MarkItDown(enable_builtins=False)
    for one in (HtmlConverter(), DocxConverter(), PdfConverter()):
        converter.register_converter(one)
    return converter


def _table(path: Path, column: str, skipped: Skipped) -> Iterator[tuple[str, Any]]:
    import datasets

    suffix = path.suffix.lower()
    kind, options = TABLES[suffix]
    if kind == "csv":
        options = options | {"converters": {column: str}}  # else pandas takes "12" for a number

    def rows(**more: Any) -> Any:
        files = [glob.escape(str(path.absolute()))]
        return datasets.load_dataset(kind, data_files=files, split="train", streaming=True, **options, **more)

    number = 0
    columns: dict[str, None] = {}
    try:
        table = rows()
        if kind == "parquet":
            columns |= dict.fromkeys(table.features)
            table = rows(columns=[column]) if column in columns else ()
        for number, row in enumerate(table, 1):
            columns |= dict.fromkeys(row)
            if column in row:
                yield f"{path.name}, row {number}", row[column]
    except MemoryError:
        raise
    except Exception:  # pyarrow's, pandas' and fsspec's own errors
        where = path.name if number == 0 else f"{path.name} after row {number}"
        skipped.add(f"broken {suffix}", where)
        return
    if column not in columns:
        shown = f"the columns are {', '.join(columns)}" if columns else "it has no rows"
        skipped.add(f"without a column '{column}'", f"{path.name}: {shown}")


def _hub(name: str, column: str) -> Iterator[tuple[str, Any]]:
    """Of the split train where there is one, else of all splits: a test split is not to be trained on."""
    import datasets

    try:
        splits = datasets.load_dataset(name, streaming=True)
        chosen = ["train"] if "train" in splits else sorted(splits)
        for split in chosen:
            for number, row in enumerate(splits[split], 1):
                if column not in row:
                    raise SettingsError(
                        f"--documents {name} has no column '{column}': write {name}:COLUMN with one of "
                        f"{', '.join(row)}."
                    )
                yield f"{name}, {split}, row {number}", row[column]
    except (SettingsError, MemoryError):
        raise
    # A stretch that cannot be read is not skipped: with a bad line to the Hub the corpus would be another each time.
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SettingsError(
            f"--documents {name}: there is no such file or folder, and it cannot be read from the Hub ({first})."
        ) from error


def _head(text: str, room: int) -> str:
    """The first `room` characters, cut at the end of a paragraph, else of a sentence."""
    for mark in ("\n\n", ". "):
        if (stop := text.rfind(mark, 0, room)) > 0:
            return text[: stop + 1]
    return ""
