"""Reading a clip: each frame at its place in every container, payload frames made once, and as ffmpeg makes them."""

from __future__ import annotations

import io
import shutil
import threading
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.real_media import can_be_compared, entering_frames, ffmpeg_frames, fidelity
from preprocess import CaptureRejected, PreprocessError, prepare
from preprocess.clip_frames import ClipFrames
from preprocess.clip_reader import ClipReader
from preprocess.coder import Order
from preprocess.framing import Framing, frame
from preprocess.geometry import Orientation, PixelBox, Size
from preprocess.media import Media
from preprocess.plans import Window
from preprocess.probe import probe
from preprocess.profile import Profile
from preprocess.source import read_source
from preprocess.watch import Watch

from .clips import code, played, scene

LEAST_ENTERING_DB = 45.0
LEAST_PSNR_DB, LEAST_SSIM = 47.0, 0.991
"""Of a payload against the frames that entered the encoder. Source: docs/clip-quality.md."""


def stairs(count: int) -> list[np.ndarray]:
    """Return pictures whose grey level tells their number."""
    return [np.full((120, 160, 3), 20 + 2 * n, np.uint8) for n in range(count)]


def number_of(samples: np.ndarray) -> int:
    level = float(samples[:100].mean())  # limited range: 16 to 235
    return round(((level - 16) * 255 / 219 - 20) / 2)


def probed(data: bytes) -> Media:
    profile = Profile.load("detect-ai-fake-faces")
    return probe(read_source(data, profile=profile), profile, Watch())


def square_framing(reader: ClipReader) -> Framing:
    size = reader.info.size_coded
    return frame(reader.info, Orientation.UPRIGHT, PixelBox.whole(size), Size(120, 160))


CONTAINERS = ["mp4", "mov", "avi", "flv", "matroska", "mpegts"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_frames_come_at_their_places(container: str) -> None:
    b_frames = 0 if container in ("avi", "flv") else 2
    data = code(stairs(90), container=container, b_frames=b_frames, key_every=20)
    frames = ClipFrames(probed(data))
    for wanted in (range(90), range(33, 60), range(85, 90), range(40, 41)):
        shown = [s for s in frames.stretch(wanted, threads=1) if s is not None]
        assert [place for place, _ in shown] == list(wanted)
        assert [number_of(f.to_ndarray()) for _, f in shown] == list(wanted)
    assert not frames.damaged_s


def test_clips_that_are_prepared_at_once_come_out_as_alone() -> None:
    clips = [code(played(scene(), 66), orientation=o) for o in list(Orientation)[:3]]
    alone = [prepare(data).sha256 for data in clips]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(2):
            assert [payload.sha256 for payload in pool.map(prepare, clips)] == alone


def test_a_clip_is_read_again_while_frames_of_the_first_run_go() -> None:
    frames = ClipFrames(probed(code(stairs(90))))
    first = [s for s in frames.stretch(range(90), threads=1) if s is not None]
    places = []
    for shown in frames.stretch(range(90), threads=1):
        if shown is not None:
            places.append(shown[0])
        if first:
            first.pop(0)
    assert places == list(range(90))


def test_stretch_ends_with_its_last_frame() -> None:
    frames = ClipFrames(probed(code(stairs(90), key_every=90)))
    packets = sum(1 for s in frames.stretch(range(20), threads=1) if s is None)
    assert packets < 30, "decoded far beyond the window"


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    ("codec", "b_frames", "saves"),
    [
        *[("libx264", 2, True), ("libx265", 2, True), ("mpeg4", 2, True)],
        *[("libvpx-vp9", 0, False), ("libsvtav1", 0, False)],
    ],
)
def test_needed_frames_are_the_same_without_the_others(
    codec: str, b_frames: int, saves: bool, threads: int
) -> None:
    options = {"bf": "2"} if codec == "mpeg4" else {}
    if codec == "libx265":
        options = {"x265-params": "log-level=none:pools=1:bframes=3"}
    if codec == "libsvtav1":
        options = {"preset": "12", "svtav1-params": "hierarchical-levels=3"}
    data = code(stairs(90), codec=codec, b_frames=b_frames, key_every=40, options=options)
    frames, wanted = ClipFrames(probed(data)), range(11, 80)
    every = dict(s for s in frames.stretch(wanted, threads=threads) if s is not None)
    assert list(every) == list(wanted)
    needed = range(wanted.start, wanted.stop, 2)
    some = dict(s for s in frames.stretch(wanted, threads=threads, needed=needed) if s is not None)
    assert set(needed) <= set(some)
    for place in needed:
        assert np.array_equal(some[place].to_ndarray(), every[place].to_ndarray())
    assert (len(some) < len(every)) == saves
    assert not frames.damaged_s


def without_reordering_depth(data: bytes) -> bytes:
    """Return an H.264 clip of ours whose parameters no longer tell how far frames are reordered (no VUI at all)."""
    with av.open(io.BytesIO(data)) as container:
        extradata = container.streams.video[0].codec_context.extradata
    length = int.from_bytes(extradata[6:8], "big")
    old = extradata[8 : 8 + length]
    bits = "".join(f"{byte:08b}" for byte in old.replace(b"\0\0\3", b"\0\0"))
    at = 8  # behind the header of the unit

    def fixed(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    def coded() -> int:  # Exp-Golomb. Source: ITU-T H.264, 9.1
        zeros = bits.index("1", at) - at
        return fixed(zeros + zeros + 1) - 1

    # seq_parameter_set_data. Source: ITU-T H.264, 7.3.2.1.1
    assert fixed(8) == 77, "not the Main profile"
    fixed(16)
    assert [coded() for _ in range(3)][2] == 0  # id, log2_max_frame_num, pic_order_cnt_type
    coded()  # log2_max_pic_order_cnt_lsb
    coded(), fixed(1), coded(), coded()  # references, gaps, width, height
    assert fixed(1) == 1, "not progressive"
    fixed(1)
    if fixed(1):
        [coded() for _ in range(4)]
    kept = bits[:at] + "0" + "1"  # no VUI, end of the unit
    kept += "0" * (-len(kept) % 8)
    new = bytes(int(kept[n : n + 8], 2) for n in range(0, len(kept), 8))
    assert b"\0\0" not in new
    return data.replace(old, new + bytes(length - len(new)))


@pytest.mark.parametrize(
    ("container", "muxer"),
    [("mp4", {}), ("matroska", {}), ("mp4", {"movflags": "frag_keyframe+empty_moov"})],
)
def test_no_frame_is_lost_where_the_stream_does_not_tell_its_reordering(
    container: str, muxer: dict[str, str]
) -> None:
    options = {"profile": "main", "x264-params": "b-pyramid=normal:b-adapt=0"}
    made = code(
        played(scene(), 110),
        rate_fps=48,
        container=container,
        muxer=muxer,
        b_frames=3,
        options=options,
        key_every=250,
    )
    stripped = without_reordering_depth(made)
    assert stripped != made
    one, other = prepare(made), prepare(stripped)
    assert one.rate_fps == 30  # 48 are thinned, so frames are skipped
    assert other.sha256 == one.sha256


def test_needed_frames_come_where_the_file_knows_no_times() -> None:
    frames = ClipFrames(probed(code(stairs(60), container="avi", b_frames=2)))
    assert frames.info.are_times_derived
    shown = [s for s in frames.stretch(range(60), threads=1, needed={5, 20}) if s is not None]
    assert [number_of(f.to_ndarray()) for place, f in shown if place in (5, 20)] == [5, 20]


def test_keyframes_alone_are_decoded() -> None:
    data = code(stairs(90), key_every=20, options={"sc_threshold": "0"})
    media = probed(data)
    frames = ClipFrames(media)
    keys = [bisect_left(frames.info.times_s, t) for t in frames.info.key_times_s]
    assert len(keys) >= 4
    shown = list(frames.keyframes(keys[1:3]))
    assert [place for place, _ in shown] == keys[1:3]
    assert [number_of(f.to_ndarray()) for _, f in shown] == keys[1:3]


def examined(
    reader: ClipReader, times_s: tuple[Fraction, ...], ceiling: int
) -> tuple[Framing, Order]:
    framing = square_framing(reader)
    order = Order(times_s, Fraction(30), "mp4", ceiling)
    window = Window(times_s[0], times_s[-1] + Fraction(1, 30))
    glimpses = list(
        reader.examine(
            window, Fraction(1, 2), Orientation.UPRIGHT, Watch(), framing=framing, order=order
        )
    )
    assert glimpses[0].time_s == times_s[0]
    assert glimpses[-1].time_s == times_s[-1]
    return framing, order


def test_kept_and_fresh_frames_are_the_same() -> None:
    media = probed(code(stairs(90)))
    with ClipReader(media) as looked, ClipReader(media) as fresh:
        framing, order = examined(looked, looked.info.times_s[10:80], 8_000_000)
        one = looked.coder(framing, order, Watch()).result(lambda _: None)
        other = fresh.coder(framing, order, Watch()).result(lambda _: None)
        assert one == other
        kept = looked.payload_frames(framing, order, Watch())
        again = fresh.payload_frames(framing, order, Watch())
        assert [number_of(f.to_ndarray()) for f in kept] == list(range(10, 80))
        for ours, theirs in zip(kept, again, strict=True):
            assert np.array_equal(ours.to_ndarray(), theirs.to_ndarray())


def test_another_order_than_expected_is_decoded_again() -> None:
    with ClipReader(probed(code(stairs(90)))) as reader:
        framing, order = examined(reader, reader.info.times_s[10:80], 8_000_000)
        first = reader.coder(framing, order, Watch())
        assert reader.coder(framing, order, Watch()) is first
        shorter = Order(order.times_s[:50], order.rate_fps, "mp4", 8_000_000)
        assert reader.coder(framing, shorter, Watch()) is not first
        assert len(reader.payload_frames(framing, shorter, Watch())) == 50


def test_leaving_the_reader_leaves_no_thread() -> None:
    with ClipReader(probed(code(stairs(90)))) as reader:
        framing, order = (
            square_framing(reader),
            Order(reader.info.times_s, Fraction(30), "mp4", 10**6),
        )
        window = Window(Fraction(0), Fraction(3))
        glimpses = reader.examine(
            window, Fraction(1, 2), Orientation.UPRIGHT, Watch(), framing=framing, order=order
        )
        next(glimpses)
        next(glimpses)
    for thread in threading.enumerate():
        if thread.name == "faceready-coder":
            thread.join(1)
            assert not thread.is_alive()


def test_the_same_clip_gives_the_same_bytes() -> None:
    data = code(played(scene(), 66))
    assert len({prepare(data).sha256 for _ in range(3)}) == 1


needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the program ffmpeg")


@needs_ffmpeg
@pytest.mark.parametrize("orientation", [Orientation.UPRIGHT, Orientation.TURN_CW_90])
def test_frames_enter_the_encoder_as_ffmpeg_makes_them(orientation: Orientation) -> None:
    payload = prepare(code(played(scene(), 66), orientation=orientation))
    assert can_be_compared(payload)
    measured = fidelity(payload)
    assert measured["entering_psnr_db"] >= LEAST_ENTERING_DB


@needs_ffmpeg
def test_comparison_with_ffmpeg_notices_a_shifted_frame() -> None:
    payload = prepare(code(played(scene(), 66)))
    ours, theirs = entering_frames(payload), list(ffmpeg_frames(payload))
    flat = [f.to_ndarray().ravel().astype(int) for f in ours]
    assert np.abs(flat[3] - theirs[3]).mean() < np.abs(flat[3] - theirs[9]).mean() / 2


@needs_ffmpeg
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_real_clips_keep_their_fidelity(media: Path) -> None:
    """Every clip of the open media that has to be coded anew and whose ceiling does not bind."""
    checked = compared = 0
    for path in sorted(media.glob("**/*")):
        if path.suffix not in (".mp4", ".webm", ".mov", ".mkv", ".avi"):
            continue
        try:
            payload = prepare(path)
        except (CaptureRejected, PreprocessError):  # refusals are not this test's subject
            continue
        if payload.rung.label not in ("crop", "resample") or payload.kind.value != "video":
            continue
        measured = fidelity(payload)
        assert measured["psnr_db"] >= LEAST_PSNR_DB, path.name
        assert measured["ssim"] >= LEAST_SSIM, path.name
        assert measured.get("entering_psnr_db", 99.0) >= LEAST_ENTERING_DB, path.name
        checked += 1
        compared += "entering_psnr_db" in measured
    assert checked >= 8
    assert compared >= 5
