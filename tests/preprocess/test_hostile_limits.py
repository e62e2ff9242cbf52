"""Limits are enforced before their cost, deadlines hold, and odd names work from end to end."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from preprocess import Profile, check, prepare
from preprocess.errors import (
    CaptureRejected,
    DeadlineExceededError,
    LimitExceededError,
    PreprocessError,
)
from samples.clips import clip

from .hostile import boxes, replaced, selfie, selfie_clip

QUICK_S = 5.0
"""A refusal before decoding takes milliseconds; the rest is for a busy machine and first imports."""
GROWTH_BYTES = 200 << 20
"""A refused bomb must not take this much memory; decoded, each takes several times as much."""


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb() -> bytes:
    """20,000 x 20,000 pixels of one colour in a megabyte."""
    rows = zlib.compress(bytes(20_000 * (60_001 // 100)), 9)
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_bomb() -> bytes:
    data = bytearray(selfie())
    at = data.index(b"\xff\xc0" if b"\xff\xc0" in data else b"\xff\xc2")
    data[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    return bytes(data)


def gif_bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (16, 16)).save(buffer, "GIF")
    data = bytearray(buffer.getvalue())
    data[6:10] = struct.pack("<HH", 65_000, 65_000)
    return bytes(data)


def bmp_bomb() -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def tracks_without_number() -> bytes:
    data = selfie_clip("mp4")
    moov = next(data[start + 8 : end] for name, start, end in boxes(data) if name == b"moov")
    trak = next(moov[start:end] for name, start, end in boxes(moov) if name == b"trak")
    return replaced(data, (b"moov",), moov + trak * 30)


def endless_clip() -> bytes:
    return clip(width_px=64, height_px=64, duration_s=700, loop_s=1, rate_fps=5)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG": (png_bomb, "source.limit.pixels"),
    "JPEG": (jpeg_bomb, "source.limit.pixels"),
    "GIF": (gif_bomb, "source.limit.pixels"),
    "BMP": (bmp_bomb, "source.limit.pixels"),
    "tracks": (tracks_without_number, "source.limit.streams"),
    "minutes": (endless_clip, "source.limit.duration"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_before_they_cost_anything(bomb: str) -> None:
    build, code = BOMBS[bomb]
    data = build()
    before = psutil.Process().memory_info().rss
    for judge in (prepare, check, lambda source: check(source, quick=True)):
        begun = time.monotonic()
        with pytest.raises(LimitExceededError) as caught:
            judge(data)
        assert caught.value.code == code
        assert time.monotonic() - begun < QUICK_S
    assert psutil.Process().memory_info().rss - before < GROWTH_BYTES


def test_bytes_over_the_limit_are_refused_unread() -> None:
    profile = Profile.builtin()
    small = replace(profile, reading=replace(profile.reading, max_source_bytes=1000))
    for judge in (prepare, check):
        with pytest.raises(LimitExceededError) as caught:
            judge(selfie(), profile=small)
        assert caught.value.code == "source.limit.bytes"


@pytest.mark.parametrize("isolate", [False, True], ids=["in process", "isolated"])
@pytest.mark.parametrize("judge", [prepare, check])
def test_a_time_limit_holds(judge: Callable[..., object], isolate: bool) -> None:
    data = selfie_clip("mp4")
    begun = time.monotonic()
    with pytest.raises(DeadlineExceededError) as caught:
        judge(data, timeout_s=0.02, isolate=isolate)
    assert caught.value.code == "timeout"
    assert time.monotonic() - begun < QUICK_S


def test_isolation_changes_nothing_about_the_result() -> None:
    for data in (selfie(1080, 1440), selfie_clip("mp4")):
        here, there = prepare(data, name="x"), prepare(data, name="x", isolate=True)
        assert there == here
        assert there.source.data is data
    with pytest.raises(CaptureRejected) as rejected:
        prepare(_no_face(), isolate=True)
    assert rejected.value.report.of("FACE001") is not None
    assert check(selfie(), isolate=True) == check(selfie())


def _no_face() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (480, 640), "gray").save(buffer, "PNG")
    return buffer.getvalue()


def faceready(*arguments: str | bytes, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "preprocess", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


NAMES = {
    "not UTF-8": b"caf\xe9\xff.jpg",
    "two lines": b"two\nlines.jpg",
    "dash": b"--force.jpg",
    "escape": b"\x1b]0;x\x07.jpg",
    "255 bytes": b"n" * 251 + b".jpg",
    "255 bytes of three-byte letters": "\u8138".encode() * 83 + b".jpg",
}


@pytest.mark.parametrize("case", NAMES)
def test_odd_names_are_prepared_and_checked(tmp_path: Path, case: str) -> None:
    source = tmp_path / os.fsdecode(NAMES[case])
    source.write_bytes(selfie(1080, 1440))
    for command in (["check"], ["prepare"]):
        done = faceready(*command, "--format", "json", "--", os.fsencode(source.name), cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        json.loads(done.stdout)
    payloads = [path for path in tmp_path.iterdir() if path != source]
    assert len(payloads) == 1
    assert payloads[0].read_bytes()
    text = faceready("check", "--", os.fsencode(source.name), cwd=tmp_path)
    assert "\x1b]" not in text.stdout + text.stderr


def test_a_path_of_four_thousand_characters_is_prepared(tmp_path: Path) -> None:
    folder = tmp_path
    while 4000 - len(str(folder)) > 240:  # the file's own name takes the rest, at most 255 bytes
        folder /= "d" * 100
    folder.mkdir(parents=True)
    source = folder / ("s" * (4000 - len(str(folder)) - 5) + ".jpg")
    source.write_bytes(selfie(1080, 1440))
    assert len(str(source)) == 4000
    done = faceready("prepare", "--format", "json", str(source), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(folder.iterdir())) == 2


def test_errors_name_no_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    source = tmp_path / "secret" / "x.jpg"
    source.write_bytes(selfie()[:2000])
    for judge in (prepare, lambda path: prepare(path, isolate=True)):
        with pytest.raises(PreprocessError) as caught:
            judge(source)
        assert "secret" not in repr(caught.value) + str(caught.value) + caught.value.advice
