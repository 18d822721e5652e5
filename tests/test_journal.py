"""The journal keeps what it was given: through kill -9, full disks and damaged files, one holder at a time."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longctx_synth import journal as journals
from longctx_synth.errors import LongctxError, RunLockedError, SettingsError
from longctx_synth.journal import Journal, Outcome

WRITER = """
import sys
from longctx_synth.journal import Journal
journal = Journal.open(sys.argv[1])
start = len(journal)
for number in range(start, 10**9):
    journal.put(number.to_bytes(16, "big"), b"answer %d " % number * 20)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_what_was_put_is_there_after_reopening(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        assert journal.get(key(1)) is None
        journal.put(key(1), b"one")
        assert journal.get(key(1)) == b"one"
    with Journal.open(tmp_path) as journal:
        assert journal.get(key(1)) == b"one"
        assert key(1) in journal
        assert len(journal) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=300)), max_size=20))
def test_it_is_a_durable_dict(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[bytes, bytes]]) -> None:
    folder = tmp_path_factory.mktemp("run")
    with Journal.open(folder) as journal:
        for name, answer in pairs:
            journal.put(name, answer)
    with Journal.open(folder) as journal:
        assert {name: journal.get(name) for name, _ in pairs} == dict(pairs)


def test_every_put_that_returned_survives_kill_9(tmp_path: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        last = -1
        for _ in range(300):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().split("\n")[:-1]  # A last line without its end may be torn.
        last = int(said[-1]) if said else last
        writer.wait()
        writer.stdout.close()
        with Journal.open(tmp_path) as journal:
            assert len(journal) in (last + 1, last + 2)  # The last put may have returned before it was told.
            for number in range(last + 1):
                assert journal.get(key(number)) == b"answer %d " % number * 20


def test_a_second_holder_is_refused_at_once(tmp_path: Path) -> None:
    with Journal.open(tmp_path):
        with pytest.raises(RunLockedError, match=f"held by process {os.getpid()}"):
            Journal.open(tmp_path)
        other = [sys.executable, "-c", f"from longctx_synth.journal import Journal; Journal.open({str(tmp_path)!r})"]
        told = subprocess.run(other, capture_output=True, text=True, timeout=30)
        assert "RunLockedError" in told.stderr
    Journal.open(tmp_path).close()


def test_a_damaged_entry_is_owed_again_and_the_rest_stays(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for number in range(3):
            journal.put(key(number), b"answer %d" % number)
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        database.execute("UPDATE calls SET answer = ? WHERE key = ?", (b"answer X", key(1)))
    database.close()
    with Journal.open(tmp_path) as journal:
        assert journal.get(key(1)) is None
        assert key(1) not in journal
        journal.put(key(1), b"paid again")
        assert [journal.get(key(number)) for number in range(3)] == [b"answer 0", b"paid again", b"answer 2"]
    with Journal.open(tmp_path) as journal:
        assert journal.get(key(1)) == b"paid again"


def test_a_torn_log_loses_no_more_than_its_end(tmp_path: Path) -> None:
    """A WAL cut in the middle of a frame, as by a full disk in the moment of a crash."""
    with Journal.open(tmp_path / "a") as journal:
        for number in range(40):
            journal.put(key(number), os.urandom(500))
        (tmp_path / "b").mkdir()
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            (tmp_path / "b" / name).write_bytes((tmp_path / "a" / name).read_bytes())
    log = tmp_path / "b" / "journal.sqlite-wal"
    os.truncate(log, log.stat().st_size - 5000)
    with Journal.open(tmp_path / "b") as journal:
        assert 30 <= len(journal) < 40
        assert all(journal.get(key(number)) is not None for number in range(len(journal)))
        journal.put(key(99), b"goes on")


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"this is not a database at all, " * 400)
    with pytest.raises(LongctxError, match=r"journal\.sqlite is damaged.*move it away"):
        Journal.open(tmp_path)
    (tmp_path / "journal.sqlite").unlink()
    Journal.open(tmp_path).close()  # The failed start did not keep the lock.


def test_a_damaged_page_is_one_clear_sentence(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for number in range(400):
            journal.put(key(number), os.urandom(600))
    path = tmp_path / "journal.sqlite"
    data = bytearray(path.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(data)
    with pytest.raises(LongctxError, match="damaged"):
        Journal.open(tmp_path)


def test_a_full_disk_is_one_clear_sentence_and_nothing_is_lost(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.put(key(0), b"kept")
        pages = journal._database.execute("PRAGMA page_count").fetchone()[0]
        journal._database.execute(f"PRAGMA max_page_count={pages + 5}")
        with pytest.raises(LongctxError, match=r"full or failing.*what was stored is safe"):
            for number in range(1, 100):
                journal.put(key(number), os.urandom(3000))
        assert key(number) not in journal
        assert journal.get(key(0)) == b"kept"
        kept = len(journal)
    with Journal.open(tmp_path) as journal:
        assert len(journal) == kept
        journal.put(key(number), b"room was made")


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "file_system", lambda path: "nfs4")
    with pytest.raises(SettingsError, match=r"network file system \(nfs4\).*--run-dir"):
        Journal.open(tmp_path / "run")
    assert not (tmp_path / "run" / "journal.sqlite").exists()


def test_the_file_system_is_that_of_the_innermost_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    blank = tmp_path / "with blank"
    blank.mkdir()
    mounts.write_text(
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        f"40 22 0:40 / {tmp_path!s} rw shared:2 - nfs4 server:/home rw\n"
        f"41 40 0:41 / {str(blank).replace(' ', chr(92) + '040')} rw - xfs /dev/b rw\n"
        "a line of another format\n"
    )
    assert journals.file_system(tmp_path / "deeper" / "still", mounts) == "nfs4"
    assert journals.file_system(blank, mounts) == "xfs"
    assert journals.file_system(Path("/"), mounts) == "ext4"
    assert journals.file_system(tmp_path, tmp_path / "no such file") == ""


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        *[(kind, True) for kind in ("nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "lustre")],
        *[(kind, False) for kind in ("ext4", "overlay", "tmpfs", "btrfs", "")],
    ],
)
def test_which_file_systems_are_network_ones(kind: str, refused: bool) -> None:
    assert journals.is_network(kind) is refused


def test_outcomes_are_kept_one_a_try_and_dropped_by_a_restart(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.put(key(1), b"paid")
        journal.outcome("train", 0, 0, "rejected", "facts", "a fact is missing")
        journal.outcome("train", 0, 1, "accepted")
        journal.outcome("train", 0, 1, "accepted", "", "said again")
    with Journal.open(tmp_path) as journal:
        assert journal.outcomes() == [
            Outcome("train", 0, 0, "rejected", "facts", "a fact is missing"),
            Outcome("train", 0, 1, "accepted", "", "said again"),
        ]
    with Journal.open(tmp_path, allow_restart=True) as journal:
        assert journal.outcomes() == []
        assert journal.get(key(1)) == b"paid"


def test_settings_are_stored_and_replaced(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        assert journal.settings() is None
        journal.store_settings({"tokens": "2048", "seed": 1})
        journal.store_settings({"tokens": "4096", "größe": [1, None]})
    with Journal.open(tmp_path) as journal:
        assert journal.settings() == {"tokens": "4096", "größe": [1, None]}


def test_a_journal_of_another_format_is_refused(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        database.execute("UPDATE about SET value='99' WHERE name='version'")
    database.close()
    with pytest.raises(SettingsError, match="another version"):
        Journal.open(tmp_path)


def test_a_run_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be made"):
        Journal.open(tmp_path / "file" / "run")
