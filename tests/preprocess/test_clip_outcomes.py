"""What becomes of one clip in every turn, rate, length and container; the independent judge holds each payload."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from preprocess import CaptureRejected, Payload, prepare
from preprocess.geometry import Orientation
from preprocess.report import Rung

from .clips import code, pictures_of, played, scene

FRAMES = 66
"""2.2 s at 30 fps: short, for speed, yet a payload."""


def hold(payload: Payload, tools: Path, folder: Path, *options: str) -> None:
    """Let the independent judge refuse ``payload``, if it can."""
    path = payload.save(folder / f"payload.{payload.extension}", overwrite=True)
    command = [sys.executable, str(tools / "judge.py"), *options, str(path)]
    verdict = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    assert verdict["faults"] == []


def vary(count: int) -> list[int]:
    """Return times in ms of a camera that aims at 30 fps and wanders."""
    steps = [33, 33, 40, 27, 33, 66, 33, 34]
    times = [0]
    while len(times) < count:
        times.append(times[-1] + steps[len(times) % len(steps)])
    return times


@pytest.mark.parametrize("orientation", list(Orientation))
def test_every_turn_and_mirroring_comes_out_upright(
    orientation: Orientation, tools: Path, tmp_path: Path
) -> None:
    plain = prepare(code(played(scene(), FRAMES)))
    payload = prepare(code(played(scene(), FRAMES), orientation=orientation, container="mov"))
    assert payload.rung >= Rung.CROP
    hold(payload, tools, tmp_path)
    one, other = pictures_of(plain.data)[10], pictures_of(payload.data)[10]
    if plain.crop == payload.crop:
        assert np.abs(one.astype(int) - other).mean() < 3.0
    assert abs(plain.face.width - payload.face.width) < 0.1 * plain.face.width
    assert abs(plain.face.center.x - payload.face.center.x) < 0.15 * plain.face.width


RATES = [
    # fps of the source, fps of the payload, whether frames are repeated
    (Fraction(24), Fraction(25), True),
    (Fraction(25), Fraction(25), False),
    (Fraction(30000, 1001), Fraction(30000, 1001), False),
    (Fraction(30), Fraction(30), False),
    (Fraction(48), Fraction(30), False),
    (Fraction(50), Fraction(25), False),
    (Fraction(60), Fraction(30), False),
]


@pytest.mark.parametrize(("source", "expected", "repeats"), RATES, ids=lambda v: str(v))
def test_rate_comes_out_constant_and_inside_the_limits(
    source: Fraction, expected: Fraction, repeats: bool, tools: Path, tmp_path: Path
) -> None:
    count = int(source * Fraction(22, 10))
    payload = prepare(code(played(scene(), count), rate_fps=source))
    assert payload.rate_fps == pytest.approx(float(expected), abs=1e-6)
    assert (payload.report.of("QUAL006") is not None) == repeats
    assert payload.frames == round(payload.duration_s * float(expected))
    hold(payload, tools, tmp_path)


def test_variable_rate_becomes_the_nearest_constant_one(tools: Path, tmp_path: Path) -> None:
    payload = prepare(code(played(scene(), 70), times_ms=vary(70)))
    assert payload.rate_fps == 30
    assert any(entry.step == "rate" for entry in payload.ledger)
    hold(payload, tools, tmp_path)


def test_too_slow_a_clip_is_refused_with_its_rate() -> None:
    with pytest.raises(CaptureRejected) as caught:
        prepare(code(played(scene(), 40), rate_fps=15))
    assert caught.value.report.of("VID008").status == "fail"


LENGTHS = [
    # seconds, ready, seconds of the payload
    (1, False, 0.0),
    (2, True, 2.0),
    (3, True, 3.0),
    (5, True, 5.0),
    pytest.param(20, True, 5.0, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("seconds", "is_ready", "expected_s"), LENGTHS)
def test_length_comes_out_between_two_and_five_seconds(
    seconds: int, is_ready: bool, expected_s: float, tools: Path, tmp_path: Path
) -> None:
    data = code(played(scene(), seconds * 30))
    if not is_ready:
        with pytest.raises(CaptureRejected) as caught:
            prepare(data)
        finding = caught.value.report.of("VID017")
        assert finding.message == "the clip lasts 1.0 s, too short for 2 s of one face"
        assert finding.advice == "Film for 3 to 5 seconds."
        return
    payload = prepare(data)
    assert payload.duration_s == pytest.approx(expected_s, abs=1e-9)
    hold(payload, tools, tmp_path)


CONTAINERS = [
    # container, codec, B-frames, muxer's options, rung of a clip that is compliant but for its container
    ("mp4", "libx264", 2, {"movflags": "negative_cts_offsets", "use_editlist": "0"}, Rung.AS_IS),
    ("mov", "libx264", 2, {}, Rung.STRIP),
    ("matroska", "libx264", 2, {}, Rung.STRIP),
    ("mpegts", "libx264", 2, {}, Rung.STRIP),
    ("flv", "libx264", 0, {}, Rung.AS_IS),
    ("avi", "libx264", 0, {}, Rung.AS_IS),
    ("avi", "libx264", 2, {}, Rung.CROP),
    ("mp4", "mpeg4", 0, {}, Rung.CROP),
    ("avi", "mjpeg", 0, {}, Rung.CROP),
    ("webm", "libvpx", 0, {"live": "1"}, Rung.CROP),
    ("webm", "libvpx-vp9", 0, {}, Rung.CROP),
    ("mp4", "libx265", 0, {}, Rung.CROP),
]


@pytest.mark.parametrize(
    ("container", "codec", "b_frames", "muxer", "rung"),
    CONTAINERS,
    ids=[f"{c}-{k}-b{b}" for c, k, b, _, _ in CONTAINERS],
)
def test_each_container_takes_its_rung(
    container: str,
    codec: str,
    b_frames: int,
    muxer: dict[str, str],
    rung: Rung,
    tools: Path,
    tmp_path: Path,
) -> None:
    options = {"x265-params": "log-level=none:pools=1"} if codec == "libx265" else {}
    if codec.startswith("libvpx"):
        options = {"deadline": "realtime", "cpu-used": "8", "b": "4M"}
    if codec in ("mpeg4", "mjpeg"):
        options = {"qmin": "3", "qmax": "4"}
    data = code(
        played(scene(480, 640), FRAMES),
        container=container,
        codec=codec,
        b_frames=b_frames,
        muxer=muxer,
        options=options,
        pixel_format="yuvj420p" if codec == "mjpeg" else "yuv420p",
        full_range=codec == "mjpeg",
    )
    payload = prepare(data)
    assert payload.rung is rung
    if rung is Rung.AS_IS:
        assert payload.data == data
    hold(payload, tools, tmp_path)
    again = prepare(payload.data)
    assert (again.rung, again.sha256) == (Rung.AS_IS, payload.sha256)


def test_long_compliant_clip_is_trimmed_without_touching_a_packet(
    tools: Path, tmp_path: Path
) -> None:
    data = code(played(scene(480, 640), 8 * 30), key_every=45)
    payload = prepare(data)
    assert payload.rung is Rung.TRIM
    assert payload.rate_fps == 30
    assert 140 < payload.frames <= 150  # where B-frames let it end
    hold(payload, tools, tmp_path)
    first = round(payload.window.start_s * 30)
    source, made = pictures_of(data), pictures_of(payload.data)
    assert all(np.array_equal(source[first + n], made[n]) for n in range(0, len(made), 10))


@pytest.mark.parametrize("container", ["avi", "flv"])
def test_asked_for_container_is_written_without_b_frames(
    container: str, tools: Path, tmp_path: Path
) -> None:
    payload = prepare(code(played(scene(), FRAMES)), container=container)
    assert payload.form == container
    hold(payload, tools, tmp_path)
    assert prepare(payload.data).sha256 == payload.sha256


def test_sound_is_left_out_unless_kept(tools: Path, tmp_path: Path) -> None:
    data = code(played(scene(), 90), sound_s=3.0)
    silent, kept = prepare(data), prepare(data, keep_audio=True)
    assert not silent.plan.keep_audio
    assert kept.plan.keep_audio
    hold(silent, tools, tmp_path)
    hold(kept, tools, tmp_path, "--audio-ok")


def test_pixels_that_are_not_square_come_out_square(tools: Path, tmp_path: Path) -> None:
    squeezed = [picture[:, ::2] for picture in played(scene(1080, 720), FRAMES)]
    payload = prepare(code(squeezed, aspect=Fraction(2)))
    hold(payload, tools, tmp_path)
    assert payload.face.height / payload.face.width == pytest.approx(1.0, abs=0.35)
