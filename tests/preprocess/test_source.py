from __future__ import annotations

import errno
import io
import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.errors import LimitExceededError, MachineError, UsageError
from preprocess.profile import Profile
from preprocess.source import display_name, read_source

CONTENT = b"\xff\xd8 not much of a picture"


def limited(limit_bytes: int) -> Profile:
    profile = Profile.builtin()
    return replace(profile, reading=replace(profile.reading, max_source_bytes=limit_bytes))


PROFILE = limited(1000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Selfie.JPG"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_content_is_taken_as_it_is(kind: type) -> None:
    source = read_source(kind(CONTENT), profile=PROFILE)
    assert (source.data, source.name, source.extension) == (CONTENT, "memory", None)
    assert type(source.data) is bytes


def test_a_path_gives_content_name_and_extension(file: Path) -> None:
    for path in (file, str(file)):
        source = read_source(path, profile=PROFILE)
        assert (source.data, source.name, source.extension) == (CONTENT, "Selfie.JPG", "jpg")


def test_an_open_file_is_read_from_where_it_stands_and_left_open(file: Path) -> None:
    with file.open("rb") as opened:
        opened.seek(2)
        source = read_source(opened, profile=PROFILE)
        assert not opened.closed
    assert (source.data, source.name) == (CONTENT[2:], "Selfie.JPG")


def test_a_given_name_wins(file: Path) -> None:
    source = read_source(file, profile=PROFILE, name="upload.mov")
    assert (source.name, source.extension) == ("upload.mov", "mov")


@pytest.mark.parametrize("size_bytes", [0, 1, 999, 1000])
def test_up_to_the_limit_everything_is_read(tmp_path: Path, size_bytes: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(size_bytes))
    with path.open("rb") as stream:
        sizes = {
            len(read_source(s, profile=PROFILE).data) for s in (path, stream, bytes(size_bytes))
        }
    assert sizes == {size_bytes}


@pytest.mark.parametrize("form", ["path", "bytes", "stream"])
def test_one_byte_more_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(1001))
    source = {"path": path, "bytes": bytes(1001), "stream": io.BytesIO(bytes(1001))}[form]
    with pytest.raises(LimitExceededError, match="1,000 bytes") as caught:
        read_source(source, profile=PROFILE)
    assert caught.value.code == "source.limit.bytes"


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(LimitExceededError):
        read_source(path, profile=PROFILE)


def test_an_endless_stream_is_read_to_the_limit_alone() -> None:
    class Endless(io.RawIOBase):
        given_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.given_bytes += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(LimitExceededError):
        read_source(stream, profile=PROFILE)
    assert stream.given_bytes == 1001


def test_a_file_that_hides_its_size_is_read_whole() -> None:
    assert read_source("/proc/self/status", profile=limited(100_000)).data.startswith(b"Name:")
    with pytest.raises(LimitExceededError):
        read_source("/proc/self/status", profile=limited(10))


def test_a_missing_file_is_the_callers_mistake(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "none" / "none", "", "a\0b", "x" * 300):
        with pytest.raises(UsageError) as caught:
            read_source(path, profile=PROFILE)
        assert caught.value.code == "usage.missing"
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_missing_permission_is_the_machines(file: Path) -> None:
    file.chmod(0)
    with pytest.raises(MachineError) as caught:
        read_source(file, profile=PROFILE)
    assert caught.value.code == "machine.permission"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "machine.permission"),
        (errno.EIO, "machine.read"),
        (errno.ESTALE, "machine.read"),
        (errno.ENOENT, "usage.missing"),
    ],
)
def test_errors_of_a_stream_are_translated_without_their_path(number: int, code: str) -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise OSError(number, "failed", "/home/someone/secret.jpg")

    with pytest.raises((UsageError, MachineError)) as caught:
        read_source(Broken(), profile=PROFILE)
    assert caught.value.code == code
    assert "secret" not in str(caught.value) + caught.value.advice


def test_folders_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))
    with listener:
        for path in (tmp_path, pipe, tmp_path / "socket", Path("/dev/zero"), Path("/dev/tty")):
            with pytest.raises(UsageError) as caught:
                read_source(path, profile=PROFILE)
            assert caught.value.code == "usage.not-a-file"
            assert caught.value.advice


def test_a_pipe_that_takes_the_place_of_a_file_is_refused_without_waiting(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = file.stat()
    file.unlink()
    os.mkfifo(file)
    monkeypatch.setattr(os, "stat", lambda _: looked_at)
    with pytest.raises(UsageError, match="a pipe"):
        read_source(file, profile=PROFILE)


@pytest.mark.parametrize("source", [None, 7, 1.5, object(), ["a"]])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(UsageError, match="binary file"):
        read_source(source, profile=PROFILE)  # type: ignore[arg-type]


def test_text_and_non_blocking_files_are_refused(file: Path) -> None:
    with pytest.raises(UsageError, match="binary mode"):
        read_source(io.StringIO("text"), profile=PROFILE)  # type: ignore[arg-type]
    with file.open("rb") as closed:
        pass
    with pytest.raises(UsageError):
        read_source(closed, profile=PROFILE)


ODD_NAMES = {
    b"caf\xe9.jpg": r"caf\xe9.jpg",
    b"two\nlines.jpg": r"two\nlines.jpg",
    b"--help.jpg": "--help.jpg",
    b"-": "-",
    b"\x1b[31mred.jpg": r"\x1b[31mred.jpg",
    "自拍 1.jpg".encode(): "自拍 1.jpg",
    "gpj\u202e.exe".encode(): r"gpj\u202e.exe",
    b" ": " ",
}


@pytest.mark.parametrize("name", ODD_NAMES, ids=repr)
def test_any_file_name_is_read_and_shown_on_one_line(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(CONTENT)
    source = read_source(path, profile=PROFILE)
    assert source.data == CONTENT
    assert source.name == ODD_NAMES[name]
    source.name.encode()  # printable, also where the output is UTF-8 and strict


def test_a_path_of_four_thousand_characters_is_read(tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 3600:
        folder /= "d" * 100
    folder.mkdir(parents=True)
    folder /= "e" * (4000 - 202 - len(str(folder)))
    folder.mkdir()
    path = folder / ("f" * 200)
    path.write_bytes(CONTENT)
    assert len(str(path)) == 4000
    assert read_source(path, profile=PROFILE).data == CONTENT


def test_a_given_name_of_four_thousand_characters_is_cut_for_display() -> None:
    source = read_source(CONTENT, profile=PROFILE, name="n" * 4000 + ".mov")
    assert len(source.name) <= 120
    assert source.name.endswith(".mov")
    assert source.extension == "mov"


@given(st.binary(max_size=300))
def test_every_name_can_be_shown(name: bytes) -> None:
    shown = display_name(os.fsdecode(name))
    assert shown.isprintable()
    assert len(shown) <= 120
    shown.encode("utf-8")


def test_a_growing_file_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(500))
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(bytes(4096))

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(LimitExceededError):
            for _ in range(
                1000
            ):  # sooner or later it is over the limit, before or while it is read
                read_source(path, profile=limited(200_000))
    finally:
        stop.set()
        writer.join()
