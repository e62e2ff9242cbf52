from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from preprocess.errors import MachineError, UsageError
from preprocess.output import TEMPORARY_PREFIX, refuse_existing, write_whole

DATA = bytes(range(256)) * 400


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    assert write_whole(target, DATA) == target
    assert target.read_bytes() == DATA
    assert names(tmp_path) == ["out.png"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_finished_file_has_the_users_usual_mode(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "out", DATA)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~umask


def test_the_unfinished_file_is_private_and_in_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    write = os.write

    def spy(descriptor: int, data: bytes) -> int:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        assert [n for n in names(tmp_path) if n.startswith(TEMPORARY_PREFIX)]
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", spy)
    write_whole(tmp_path / "out", DATA)
    assert seen
    assert set(seen) == {0o600}


def test_an_existing_file_stays_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with pytest.raises(UsageError, match="exists already") as caught:
        write_whole(target, DATA)
    assert caught.value.code == "usage.exists"
    assert "--force" in caught.value.advice
    assert target.read_bytes() == b"old"
    write_whole(target, DATA, overwrite=True)
    assert target.read_bytes() == DATA
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    target = tmp_path / "out"
    fsync = os.fsync

    def somebody_else_is_faster(descriptor: int) -> None:
        fsync(descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            target.write_bytes(b"theirs")

    if not links:
        monkeypatch.setattr(os, "link", _unsupported)
    monkeypatch.setattr(os, "fsync", somebody_else_is_faster)
    with pytest.raises(UsageError):
        write_whole(target, DATA)
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out"]


def _unsupported(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no hard links here")


def test_a_disk_without_hard_links_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _unsupported)
    write_whole(tmp_path / "out", DATA)
    assert (tmp_path / "out").read_bytes() == DATA
    assert names(tmp_path) == ["out"]


def test_a_symbolic_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "out").symlink_to("precious")
    with pytest.raises(UsageError):
        write_whole(tmp_path / "out", DATA)
    write_whole(tmp_path / "out", DATA, overwrite=True)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("overwrite", [True, False])
def test_folders_pipes_and_devices_are_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "folder", "link"):
        with pytest.raises(UsageError) as caught:
            write_whole(tmp_path / name, DATA, overwrite=overwrite)
        assert caught.value.code == "usage.not-a-file"
    assert names(tmp_path) == ["folder", "link", "pipe"]


def test_existing_files_are_found_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    refuse_existing(tmp_path / "free")
    refuse_existing(tmp_path / "out", overwrite=True)
    for name in ("out", "dangling"):
        with pytest.raises(UsageError):
            refuse_existing(tmp_path / name)


@pytest.mark.parametrize("target", ["none/out", "file/out", "x" * 300, "nul\0l", ""])
def test_a_name_that_cannot_be_is_the_callers_mistake(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as caught:
        write_whole(tmp_path / target, DATA)
    assert caught.value.code in ("usage.output", "usage.not-a-file")
    assert str(tmp_path) not in str(caught.value)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(
    "name", [b"caf\xe9.png", b"two\nlines.png", b"--force", b"n" * 255], ids=repr
)
def test_any_file_name_is_written(tmp_path: Path, name: bytes) -> None:
    target = tmp_path / os.fsdecode(name)
    assert write_whole(target, DATA).read_bytes() == DATA
    assert write_whole(target, DATA[:10], overwrite=True).read_bytes() == DATA[:10]


def test_a_path_of_four_thousand_characters_is_written(tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 3600:
        folder /= "d" * 100
    folder.mkdir(parents=True)
    folder /= "e" * (4000 - 202 - len(str(folder)))
    folder.mkdir()
    target = folder / ("f" * 200)
    assert len(str(target)) == 4000
    assert write_whole(target, DATA).read_bytes() == DATA


ERRORS = {
    errno.ENOSPC: "machine.disk-full",
    errno.EDQUOT: "machine.disk-full",
    errno.EROFS: "machine.permission",
    errno.EACCES: "machine.permission",
    errno.EIO: "machine.write",
}


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", ["open", "write", "fsync", "link"])
def test_an_error_of_the_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, step: str
) -> None:
    real = getattr(os, step)

    def fails(*args: object, **named: object) -> object:
        if step == "open" and not str(args[0]).startswith(TEMPORARY_PREFIX):
            return real(*args, **named)
        raise OSError(number, "failed", "/home/someone/out")

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(MachineError) as caught:
        write_whole(tmp_path / "out", DATA)
    monkeypatch.undo()
    assert caught.value.code == ERRORS[number]
    assert "someone" not in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize("step", ["write", "fsync", "link"])
def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "out", DATA)
    monkeypatch.undo()
    assert names(tmp_path) == []


def run_python(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, check=False
    )


WRITE = "import sys; from preprocess.output import write_whole; write_whole(sys.argv[1], bytes(1 << 20))"


def test_a_file_larger_than_allowed_is_a_full_disk(tmp_path: Path) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({1 << 16},) * 2); "
    done = run_python(limit + WRITE, str(tmp_path / "out"))
    assert "MachineError: the output does not fit on the disk" in done.stderr
    assert names(tmp_path) == []


@pytest.fixture
def full_disk(tmp_path: Path):
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a small disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_left_as_it_was(full_disk: Path) -> None:
    (full_disk / "old").write_bytes(b"old")
    with pytest.raises(MachineError) as caught:
        write_whole(full_disk / "old", bytes(1 << 17), overwrite=True)
    assert caught.value.code == "machine.disk-full"
    assert names(full_disk) == ["old"]
    assert (full_disk / "old").read_bytes() == b"old"


def test_a_read_only_folder_is_told(full_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(full_disk)], check=True)
    with pytest.raises(MachineError) as caught:
        write_whole(full_disk / "out", DATA)
    assert caught.value.code == "machine.permission"


KILLS = 40
"""Kills at random moments; each is an interpreter start (20 ms)."""


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_whole_new_one(tmp_path: Path) -> None:
    script = (
        "import sys; from preprocess.output import write_whole\n"
        "print('ready', flush=True)\n"
        "size = 1 << 20\n"
        "for n in range(1, 100000):\n"
        "    write_whole(sys.argv[1], bytes([n % 251]) * size, overwrite=True)\n"
    )
    target = tmp_path / "out"
    chance = random.Random(7)  # noqa: S311
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.uniform(0, 0.02))
            writer.kill()
        if target.exists():
            content = target.read_bytes()
            assert len(content) == 1 << 20
            assert len(set(content)) == 1
    left = [name for name in names(tmp_path) if name != "out"]
    assert all(name.startswith(TEMPORARY_PREFIX) for name in left)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in left} <= {0o600, 0o644}


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_whole(target, b"0" * 200_000)
    stop = threading.Event()
    torn: list[int] = []

    def read() -> None:
        while not stop.is_set():
            content = target.read_bytes()
            if len(content) != 200_000 or len(set(content)) != 1:
                torn.append(len(content))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(30):
            write_whole(target, bytes([n]) * 200_000, overwrite=True)
    finally:
        stop.set()
        reader.join()
    assert not torn


def test_threads_that_write_the_same_name_do_not_mix(tmp_path: Path) -> None:
    target = tmp_path / "out"
    won: list[int] = []

    def write(n: int) -> None:
        try:
            write_whole(target, bytes([n]) * 100_000)
        except UsageError:
            return
        won.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert target.read_bytes() == bytes(won) * 100_000
    assert names(tmp_path) == ["out"]
