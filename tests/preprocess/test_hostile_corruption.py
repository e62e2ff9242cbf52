"""Each kind of corruption has its name, the same in `prepare`, `check` and `check --quick`."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import pytest

from preprocess import check, prepare
from preprocess.errors import SourceError
from preprocess.report import Status

from .hostile import boxes, selfie, selfie_clip


def cut(data: bytes, share: float) -> bytes:
    return data[: round(len(data) * share)]


def damaged_png() -> bytes:
    data = bytearray(selfie(form="png"))
    at = data.index(b"IDAT") + 1000
    data[at] ^= 0xFF
    return bytes(data)


def cut_before_moov() -> bytes:
    data = selfie_clip("mp4")
    start = next(start for name, start, _ in boxes(data) if name == b"moov")
    return data[: start - 1000]


def sound_only() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        frame.rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def no_frames() -> bytes:
    """An mp4 whose sample table says that there is no sample."""
    data = bytearray(selfie_clip("mp4"))
    for name in (b"stsz", b"stts", b"stsc", b"stco", b"stss", b"ctts"):
        at = data.find(name)
        if at < 0:
            continue
        entries = at + (12 if name == b"stsz" else 8)
        data[entries : entries + 4] = bytes(4)
    return bytes(data)


def encrypted() -> bytes:
    return selfie_clip("mp4").replace(b"avc1\0\0\0\0\0\0", b"encv\0\0\0\0\0\0")


def moov_with_a_lie() -> bytes:
    """The first box claims a size that leads beside every other box."""
    data = bytearray(selfie_clip("mp4"))
    data[0:4] = struct.pack(">I", 21)
    return bytes(data)


DEFECTS: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "empty": ("x.jpg", lambda: b"", "source.empty", "empty"),
    "null bytes": ("x.mp4", lambda: bytes(50_000), "source.damaged", "null bytes"),
    "JPEG cut in its data": ("x.jpg", lambda: cut(selfie(), 0.6), "source.truncated", "%"),
    "JPEG cut in its header": ("x.jpg", lambda: selfie()[:100], "source.truncated", "ends"),
    "PNG cut": ("x.png", lambda: cut(selfie(form="png"), 0.5), "source.truncated", "%"),
    "PNG with a wrong checksum": ("x.png", damaged_png, "source.damaged", "checksum"),
    "HEIC cut": ("x.heic", lambda: cut(selfie(form="heic"), 0.5), "source.truncated", ""),
    "MP4 without moov": ("x.mp4", cut_before_moov, "source.truncated-moov", "moov"),
    "MP4 with a lying box": ("x.mp4", moov_with_a_lie, "source.damaged", "contradict"),
    "sound only": ("x.mp4", sound_only, "source.no-video", "sound"),
    "no frames": ("x.mp4", no_frames, "source.no-frames", "no"),
    "encrypted": ("x.mp4", encrypted, "source.encrypted", "encrypted"),
    "AVI cut in its header": ("x.avi", lambda: selfie_clip("avi")[:60], "source.damaged", ""),
    "web page": ("x.jpg", lambda: b"<!DOCTYPE html>", "source.unsupported", "web page"),
}
"""Name, builder, code, a word of the message."""


@pytest.mark.parametrize("case", DEFECTS)
def test_corruption_is_named_alike_everywhere(case: str) -> None:
    name, build, code, word = DEFECTS[case]
    data = build()
    with pytest.raises(SourceError) as caught:
        prepare(data, name=name)
    assert caught.value.code == code
    assert word in caught.value.message
    assert caught.value.advice
    for quick in (True, False):
        checked = check(data, name=name, quick=quick)
        (finding,) = checked.report.failures
        assert finding.message == caught.value.message
        assert finding.advice


def test_a_clip_cut_in_its_pictures_says_how_much_is_usable() -> None:
    data = selfie_clip("mp4")
    moov = next(data[start:end] for name, start, end in boxes(data) if name == b"moov")
    ftyp = next(data[start:end] for name, start, end in boxes(data) if name == b"ftyp")
    mdat = next(data[start:end] for name, start, end in boxes(data) if name == b"mdat")
    first = bytearray(moov)
    at = first.find(b"stco") + 8
    old = next(start for name, start, _ in boxes(data) if name == b"mdat")
    for place in range(at + 4, at + 4 + 4 * int.from_bytes(first[at : at + 4], "big"), 4):
        moved = int.from_bytes(first[place : place + 4], "big") - old + len(ftyp) + len(moov)
        first[place : place + 4] = struct.pack(">I", moved)
    whole = ftyp + bytes(first) + mdat
    assert check(whole, name="x.mp4").report.of("VID003").status is Status.PASS  # type: ignore[union-attr]
    for quick in (True, False):
        finding = check(whole[: len(ftyp) + len(moov) + len(mdat) // 3], name="x.mp4", quick=quick)
        told = finding.report.of("VID003")
        assert told is not None
        assert told.status is Status.FAIL
        assert "%" in told.message or " s" in told.message


@pytest.mark.parametrize(
    ("data", "name", "rule"),
    [
        (selfie, "x.png", "IMG008"),
        (lambda: selfie(form="png"), "x.jpg", "IMG008"),
        (lambda: selfie_clip("avi"), "x.mp4", "VID016"),
    ],
    ids=["JPEG as png", "PNG as jpg", "AVI as mp4"],
)
def test_a_wrong_extension_is_told_and_does_not_matter(
    data: Callable[[], bytes], name: str, rule: str
) -> None:
    for quick in (True, False):
        finding = check(data(), name=name, quick=quick).report.of(rule)
        assert finding is not None
        assert finding.status is Status.WARN


def test_damage_in_the_middle_of_a_clip_is_told() -> None:
    data = bytearray(selfie_clip("mp4"))
    start, end = next((start, end) for name, start, end in boxes(bytes(data)) if name == b"mdat")
    rng = np.random.default_rng(5)
    middle = (start + end) // 2
    data[middle : middle + 6000] = rng.bytes(6000)
    told = check(bytes(data), name="x.mp4").report.of("VID003")
    assert told is not None
    assert told.status is Status.FAIL
    assert "damaged" in told.message


def test_frames_of_no_time_are_no_clip() -> None:
    """One picture in a clip's clothes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 480, 640, "yuv420p"
        frame = av.VideoFrame(480, 640, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 30)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    report = check(buffer.getvalue(), name="x.mp4", quick=True).report
    told = report.of("VID004")
    assert told is not None
    assert told.status is not Status.PASS
