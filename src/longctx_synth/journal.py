"""The journal of a run: what was paid for and what was decided, in one SQLite file that survives kill -9.

Mechanism. `<run dir>/journal.sqlite` is opened in WAL mode with synchronous=NORMAL and no open transaction: each
`put` is one commit, handed to the operating system before it returns, while the fsync happens at checkpoints only. So
the write is never grouped, the fsync always is. `calls` is a plain rowid table with no index (random keys in an index
write ten times the bytes); the keys are loaded into a dict at the start, the answers stay on disk.

Invariants.
- A key that `put` returned for is there after kill -9. After a power cut at most the calls since the last checkpoint
are owed again.
- An entry whose checksum is wrong is owed again: `get` returns None, never a damaged answer.
- One process holds the run: `flock` on `<run dir>/lock`, released by the kernel when the process dies.
- Prompts are not stored, only hashes of them (inside the keys, which the caller makes). API keys never come here.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from longctx_synth.errors import LongctxError, RunLockedError, SettingsError

VERSION = 1

# Shared memory and locks of SQLite's WAL do not work between machines, and on these not reliably on one.
# fmt: off
NETWORK_FILE_SYSTEMS = frozenset((
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "ceph", "lustre",
    "gpfs", "beegfs", "orangefs", "pvfs2", "ocfs2", "gfs2", "glusterfs", "davfs", "wekafs", "panfs", "acfs",
))
# fmt: on

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, sum INTEGER NOT NULL, answer BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    id INTEGER PRIMARY KEY, split TEXT NOT NULL, slot INTEGER NOT NULL, try INTEGER NOT NULL,
    status TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL);
"""


class Outcome(NamedTuple):
    """How one try of one slot ended. status: the engine's word for it ("accepted", "rejected", ...)."""

    split: str
    slot: int
    try_: int
    status: str
    stage: str
    reason: str


class Journal:
    """The open journal of one run directory. Made by `Journal.open`, closed by `close` or as a context manager."""

    def __init__(self, run_dir: Path, database: sqlite3.Connection, lock: int) -> None:
        self.run_dir = run_dir
        self.path = run_dir / "journal.sqlite"
        self._database = database
        self._lock: int | None = lock
        self._rows: dict[bytes, int] = {}

    @classmethod
    def open(cls, run_dir: Path | str, *, allow_restart: bool = False) -> Journal:
        """Open or make the journal of `run_dir` and hold it until `close`.

        run_dir: made if missing. allow_restart: drop the outcomes of the run before (the paid calls are kept).
        Raises RunLockedError at once when another process (or another Journal of this one) holds the run; SettingsError
        when the directory cannot be used; LongctxError when the file is damaged or the disk is full.
        """
        run_dir = Path(run_dir)
        try:
            run_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"The run directory {run_dir} cannot be made: {error.strerror}.") from error
        kind = file_system(run_dir)
        if is_network(kind):
            raise SettingsError(
                f"The run directory {run_dir} lies on a network file system ({kind}), where SQLite's log is not safe; "
                "name a local directory with --run-dir."
            )
        lock = _take_lock(run_dir)
        try:
            database = sqlite3.connect(
                run_dir / "journal.sqlite", isolation_level=None, check_same_thread=False, timeout=10
            )
        except sqlite3.Error as error:
            os.close(lock)
            raise SettingsError(f"The journal in {run_dir} cannot be opened: {error}.") from error
        journal = cls(run_dir, database, lock)
        try:
            with journal._clear_errors("open"):
                journal._prepare()
                if allow_restart:
                    journal.drop_outcomes()
        except BaseException:
            journal.close()
            raise
        return journal

    def _prepare(self) -> None:
        execute = self._database.execute
        # Without this the directory of temporary files could be another, full, disk.
        execute("PRAGMA temp_store=MEMORY")
        # One process holds the run anyway; so SQLite need not lock the file and share memory anew for every answer.
        execute("PRAGMA locking_mode=EXCLUSIVE")
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)
        found = execute("SELECT value FROM about WHERE name='version'").fetchone()
        if found is None:
            execute("INSERT INTO about VALUES ('version', ?)", (str(VERSION),))
        elif found[0] != str(VERSION):
            raise SettingsError(
                f"The journal {self.path} was written by another version of longctx-synth (format {found[0]}, "
                f"this one reads {VERSION}); use that version or another --run-dir."
            )
        # A later entry of a key wins: it was paid again because the first could not be read.
        self._rows = {key: row for row, key in execute("SELECT id, key FROM calls ORDER BY id")}

    # -- calls -------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many answered calls the journal holds."""
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def get(self, key: bytes) -> bytes | None:
        """The answer stored under `key`, or None if it is owed (never paid, or not readable any more)."""
        row = self._rows.get(key)
        if row is None:
            return None
        try:
            found = self._database.execute("SELECT sum, answer FROM calls WHERE id=?", (row,)).fetchone()
        except sqlite3.DatabaseError:
            found = None
        if found is not None:
            answer = bytes(found[1]) if isinstance(found[1], bytes) else b""
            if found[0] == _checksum(key, answer):
                return answer
        del self._rows[key]
        return None

    def put(self, key: bytes, answer: bytes) -> None:
        """Store `answer` under `key`; it is with the operating system when this returns. Raises LongctxError."""
        try:
            cursor = self._database.execute(
                "INSERT INTO calls (key, sum, answer) VALUES (?, ?, ?)", (key, _checksum(key, answer), answer)
            )
        except sqlite3.Error as error:
            raise self._clear_error("write to", error) from error
        self._rows[key] = cursor.lastrowid or 0

    def forget(self, key: bytes) -> None:
        """Let a call be owed again, because its stored answer proved unreadable."""
        self._rows.pop(key, None)

    # -- outcomes ----------------------------------------------------------------------------------------------------

    def outcome(self, split: str, slot: int, try_: int, status: str, stage: str = "", reason: str = "") -> None:
        """Store how a try of a slot ended, durably like `put`. Said again for the same try, the later word holds."""
        with self._clear_errors("write to"):
            self._database.execute(
                "INSERT INTO outcomes (split, slot, try, status, stage, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (split, slot, try_, status, stage, reason, time.time()),
            )

    def outcomes(self) -> list[Outcome]:
        """All outcomes, one a (split, slot, try), in the order in which they were first decided."""
        last: dict[tuple[str, int, int], Outcome] = {}
        with self._clear_errors("read"):
            for row in self._database.execute(
                "SELECT split, slot, try, status, stage, reason FROM outcomes ORDER BY id"
            ):
                last[row[:3]] = Outcome(*row)
        return list(last.values())

    def drop_outcomes(self) -> None:
        """Forget every outcome; the paid calls stay (what `--restart` does)."""
        with self._clear_errors("write to"):
            self._database.execute("DELETE FROM outcomes")

    # -- settings ----------------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any] | None:
        """The settings stored with the run, or None for a new run."""
        with self._clear_errors("read"):
            found = self._database.execute("SELECT value FROM about WHERE name='settings'").fetchone()
        return None if found is None else json.loads(found[0])

    def store_settings(self, settings: dict[str, Any]) -> None:
        """Store the run's settings (JSON values), in place of earlier ones. Leave secrets out."""
        text = json.dumps(settings, ensure_ascii=False, sort_keys=True)
        with self._clear_errors("write to"):
            self._database.execute("INSERT OR REPLACE INTO about VALUES ('settings', ?)", (text,))

    # -- end ---------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Write everything through to the disk and release the run. May be called twice."""
        try:
            self._database.close()
        except sqlite3.Error:
            pass  # What was put is in the WAL already; the next start reads it from there.
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _clear_errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._clear_error(doing, error) from error

    def _clear_error(self, doing: str, error: sqlite3.Error) -> LongctxError:
        """What an SQLite error means for a person, in one sentence."""
        text = str(error)
        if "full" in text or "disk I/O" in text:
            return LongctxError(
                f"The disk under {self.run_dir} is full or failing ({text}); make room and run the same command again: "
                "what was stored is safe and is not asked for again."
            )
        if "readonly" in text or "unable to open" in text:
            return SettingsError(f"The journal {self.path} cannot be written ({text}); check its owner and mode.")
        if "locked" in text:
            return RunLockedError(f"The journal {self.path} is locked by another program; end it first.")
        return LongctxError(
            f"The journal {self.path} is damaged, could not {doing} it ({text}); restore it from a copy or move it "
            "away, then its calls are asked for again."
        )


def _checksum(key: bytes, answer: bytes) -> int:
    return zlib.crc32(answer, zlib.crc32(key))


def _take_lock(run_dir: Path) -> int:
    """Hold `<run dir>/lock` with flock; the file's text names the holder for the others' error message."""
    path = run_dir / "lock"
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise SettingsError(f"The run directory {run_dir} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 64, 0).decode("ascii", "replace").strip()
        os.close(lock)
        if error.errno in (errno.EAGAIN, errno.EACCES):
            who = f"process {holder}" if holder else "another process"
            raise RunLockedError(
                f"The run directory {run_dir} is held by {who}; wait for it, end it, or name another directory."
            ) from error
        raise SettingsError(f"The run directory {run_dir} cannot be locked: {error.strerror}.") from error
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except OSError:
        pass  # The text is a courtesy (the disk may be full); the lock holds without it.
    return lock


def file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The type of the file system that `path` lies on ("ext4", "nfs4", ...), "" where the system does not tell.

    mounts: a file in the format of Linux's /proc/self/mountinfo.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    path = path.resolve()
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        # The kernel writes blanks in a mount point as octal escapes.
        point = fields[4]
        for escape, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
            point = point.replace(escape, character)
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), right.split()[0]
    return kind


def is_network(kind: str) -> bool:
    """Whether a file system of this type keeps its files on another machine."""
    # FUSE file systems that people run jobs on are remote ones (sshfs, gcsfuse, s3fs, rclone); local ones are rare.
    return kind in NETWORK_FILE_SYSTEMS or (
        kind.startswith("fuse.") and kind not in ("fuse.fuse-overlayfs", "fuse.bindfs")
    )
