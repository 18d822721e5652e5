"""The exchange of `data/` and `README.md`, whole or not at all, wherever a kill -9 falls.

New files are written beside the old: `data.new/` and `card.part.tmp`. When every byte of both is on disk, renaming
`card.part.tmp` to `card.tmp` is the commit. Then data -> data.old, data.new -> data, card.tmp -> README.md, and
data.old goes. So a folder is always in one of two states, and `recover` can tell them apart:

    no card.tmp    not committed, or done: throw away data.new and card.part.tmp, keep (or put back) the old data
    card.tmp       committed: do the renames that are still owed; each is done at most once

Every rename is followed by an fsync of the folder, so the order holds on disk too. One process at a time: the run's
lock.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType

# In the working order of a swap. `push` leaves them out, by these names.
PART, READY, NEW, OLD = "card.part.tmp", "card.tmp", "data.new", "data.old"


class Swap:
    """A context: write files into `.data`, then `commit(card)`. Left without a commit, it undoes itself."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.data = out / NEW

    def __enter__(self) -> Swap:
        self.out.mkdir(parents=True, exist_ok=True)
        recover(self.out)
        self.data.mkdir()
        return self

    def commit(self, card: str) -> None:
        """Make everything in `.data` durable, together with the card, and exchange both for what was there."""
        for path in sorted(self.data.iterdir()):
            sync(path)
        sync(self.data)
        (self.out / PART).write_text(card, encoding="utf-8")
        sync(self.out / PART)
        _rename(self.out / PART, self.out / READY)
        recover(self.out)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            recover(self.out)


def recover(out: Path | str) -> None:
    """Finish a committed swap in `out`, or clear away an uncommitted one. Idempotent; leaves a settled folder alone."""
    out = Path(out)
    data, new, old = out / "data", out / NEW, out / OLD
    if (out / READY).exists():
        if new.exists():
            if data.exists():
                _remove(old)
                _rename(data, old)
            _rename(new, data)
        _rename(out / READY, out / "README.md")
    elif old.exists() and not data.exists():
        _rename(old, data)
    _remove(new)
    _remove(old)
    (out / PART).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename(source: Path, target: Path) -> None:
    os.replace(source, target)
    sync(target.parent)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
