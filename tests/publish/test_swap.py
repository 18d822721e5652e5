"""A kill -9 at any point of a swap leaves, after recover, either the whole old dataset or the whole new one."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from longctx_synth.publish import publish, recover, swap

from .rows import SCENARIO, records

# The system calls of a swap that change what is on disk; the process is killed right before the n-th of them.
CHANGES = ("mkdir", "write_text", "write_bytes", "unlink")
TOUCHES = [(os, "replace"), (os, "fsync"), (shutil, "rmtree"), *((Path, name) for name in CHANGES)]


def publish_rows(out: Path, n: int) -> None:
    publish(out, {"train": records("train", n)}, paradigm="verifiable_if", scenario_fields=SCENARIO)


def exchange(out: Path, after: dict[str, bytes]) -> None:
    """What `publish` does to the disk, with files made before: no Arrow threads in a forked process."""
    with swap.Swap(out) as open_swap:
        for name, data in after.items():
            if name != "README.md":
                (open_swap.data / Path(name).name).write_bytes(data)
        open_swap.commit(after["README.md"].decode())


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def die_before(touch: int, work: Callable[[], None]) -> None:
    """In a process of its own: do the work, and be killed right before the `touch`-th change to the disk."""
    left = touch

    def deadly(function):
        def call(*args, **kwargs):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return call

    for owner, name in TOUCHES:
        setattr(owner, name, deadly(getattr(owner, name)))
    work()


def killed(touch: int, work: Callable[[], None]) -> bool:
    """Whether the work was killed; False when it came to its end before the `touch`-th change."""
    process = multiprocessing.get_context("fork").Process(target=die_before, args=(touch, work))
    process.start()
    process.join(timeout=60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], dict[str, bytes]]:
    """A published dataset of 3 rows, its contents, and those of one of 5 rows."""
    base = tmp_path_factory.mktemp("swap")
    for n in (3, 5):
        publish_rows(base / str(n), n)
    return base / "3", contents(base / "3"), contents(base / "5")


@pytest.mark.parametrize("fresh", [False, True], ids=["over an older dataset", "into an empty folder"])
def test_killed_before_every_change_to_the_disk(states, tmp_path: Path, fresh: bool) -> None:
    older, before, after = states
    before = {} if fresh else before
    seen = set()
    for touch in range(200):
        out = tmp_path / f"killed-{touch}"
        if fresh:
            out.mkdir()
        else:
            shutil.copytree(older, out)
        died = killed(touch, lambda out=out: exchange(out, after))
        recover(out)
        now = contents(out)
        assert now in (before, after), f"mixed after a kill before change {touch}: {sorted(now)}"
        assert not list(out.glob("*.tmp")) + [path for path in (out / swap.NEW, out / swap.OLD) if path.exists()]
        seen.add(now == after)
        if not died:
            break
    else:
        pytest.fail("publish never came to its end")
    assert now == after
    assert seen == {True, False}  # some kills fell before the commit, some after


def test_recover_is_itself_safe_to_kill(states, tmp_path: Path) -> None:
    older, _, after = states
    committed = tmp_path / "committed"
    shutil.copytree(older, committed)
    (committed / swap.NEW).mkdir()
    for name, data in after.items():
        target = committed / swap.READY if name == "README.md" else committed / swap.NEW / Path(name).name
        target.write_bytes(data)
    for touch in range(60):
        out = tmp_path / f"again-{touch}"
        shutil.copytree(committed, out)
        died = killed(touch, lambda out=out: recover(out))
        recover(out)
        assert contents(out) == after
        if not died:
            return
    pytest.fail("recover never came to its end")


def test_recover_leaves_a_settled_folder_and_an_empty_one_alone(states, tmp_path: Path) -> None:
    older, before, _ = states
    recover(older)
    assert contents(older) == before
    recover(tmp_path)
    assert list(tmp_path.iterdir()) == []
