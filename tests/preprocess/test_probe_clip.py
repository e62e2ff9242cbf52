"""Facts of clips, each with one peculiarity, and the errors of those that cannot be read."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from preprocess.errors import LimitExceededError, PreprocessError, UnreadableError, UnsupportedError
from preprocess.geometry import Orientation, Size
from preprocess.media import ClipInfo
from preprocess.probe_clip import probe_clip
from preprocess.profile import Profile
from preprocess.sniff import sniff
from preprocess.watch import Watch

from .clips import code, played, scene

PROFILE = Profile.builtin()


def facts(data: bytes, profile: Profile = PROFILE) -> ClipInfo:
    return probe_clip(data, sniff(data).form, None, profile, Watch())


def short(**options: object) -> bytes:
    return code(played(scene(480, 640), 30), **options)  # type: ignore[arg-type]


def test_ordinary_clip_is_told_as_it_is() -> None:
    info = facts(short())
    assert (info.container, info.codec, info.pixel_format) == ("mp4", "h264", "yuv420p")
    assert info.size_upright == Size(480, 640)
    assert (info.rate_fps_packets, info.is_constant_rate, info.frame_count_packets) == (
        30,
        True,
        30,
    )
    assert info.duration_s_packets == 1
    assert info.times_s[0] == 0
    assert info.starts_with_key
    assert not (info.has_audio or info.is_truncated or info.is_interlaced or info.private)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_display_matrix_is_read_without_decoding(orientation: Orientation) -> None:
    info = facts(short(orientation=orientation, container="mov"))
    assert (info.orientation, info.has_odd_matrix) == (orientation, False)
    assert info.size_upright == Size(480, 640)


def test_odd_matrix_is_named() -> None:
    assert facts(short(matrix=(0.7, 0.7, -0.7, 0.7))).has_odd_matrix


@pytest.mark.parametrize("container", ["mov", "matroska", "mpegts", "flv", "avi"])
def test_rate_comes_from_times_in_every_container(container: str) -> None:
    info = facts(short(container=container, rate_fps=Fraction(30000, 1001), b_frames=0))
    assert info.is_constant_rate
    assert info.rate_fps_packets == Fraction(30000, 1001)
    assert info.frame_count_packets == 30


def test_recording_without_duration_has_one_by_its_packets() -> None:
    info = facts(short(container="webm", codec="libvpx", muxer={"live": "1"}, options={"deadline": "realtime"}))  # fmt: skip
    assert info.duration_s_header is None
    assert info.duration_s_packets == pytest.approx(1, abs=0.002)


def test_pixel_aspect_is_told() -> None:
    info = facts(short(aspect=Fraction(4, 3)))
    assert info.pixel_aspect == Fraction(4, 3)
    assert info.size_square == Size(640, 640)


def test_interlaced_frames_are_noticed() -> None:
    assert facts(short(options={"x264-params": "tff=1"}, key_every=10)).is_interlaced


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("bt709", "sdr", False)),
        ({"space": 2, "transfer": 2, "primaries": 2}, ("bt601", "sdr", False)),
        ({"space": 6, "primaries": 6, "transfer": 6}, ("bt601", "sdr", False)),
        ({"full_range": True}, ("bt709", "sdr", True)),
        ({"space": 9, "primaries": 9, "transfer": 18}, ("bt2020", "hlg", False)),
        ({"space": 9, "primaries": 9, "transfer": 16}, ("bt2020", "pq", False)),
    ],
)
def test_colour_is_told_from_tags_or_size(
    options: dict[str, object], expected: tuple[str, str, bool]
) -> None:
    info = facts(short(**options))
    assert (info.color_space, info.color_transfer, info.is_full_range) == expected


def test_bit_depth_is_told() -> None:
    assert facts(short(pixel_format="yuv420p10le")).bit_depth == 10


def test_private_tags_are_named() -> None:
    info = facts(short(metadata={"title": "x", "comment": "y"}))
    assert set(info.private) >= {"title", "comment"}


def test_clip_cut_off_before_its_index_says_so() -> None:
    data = short()
    with pytest.raises(UnreadableError) as caught:
        facts(data[: data.index(b"moov") - 4])
    assert caught.value.code == "source.truncated-moov"
    assert "moov" in caught.value.message


def test_clip_cut_off_inside_its_pictures_tells_its_usable_share() -> None:
    data = short(muxer={"moov_size": "20000"})  # the index lies in front
    info = facts(data[: len(data) * 6 // 10])
    assert info.is_truncated
    assert Fraction(1, 10) < info.usable_share < Fraction(9, 10)


def test_sound_without_pictures_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(UnreadableError) as caught:
        facts(file.getvalue())
    assert caught.value.code == "source.no-video"


def test_codec_off_the_list_is_refused_before_decoding() -> None:
    with pytest.raises(UnsupportedError) as caught:
        facts(short(container="matroska", codec="ffv1"))
    assert caught.value.code == "source.codec"


@pytest.mark.parametrize(
    ("key", "value"), [("max_pixels", 1000), ("max_duration_s", 0.5), ("max_streams", 0)]
)
def test_reading_limits_hold(key: str, value: float) -> None:
    profile = Profile.parse(f"[reading]\n{key} = {value}", base=PROFILE)
    with pytest.raises(LimitExceededError):
        facts(short(), profile)


REAL = [
    # file, what the error's code is
    ("corrupt_video/media__sample_audio_only.mp4", "source.no-video"),
    ("corrupt_video/media__sample_fragmented_clearkey.mp4", "source.encrypted"),
    ("corrupt_video/media__sample_malformed_free_box.mp4", "source.damaged"),
    ("corrupt_video/media__sample_vvc.mp4", "source.codec"),
]


@pytest.mark.media
@pytest.mark.parametrize(("name", "code_"), REAL)
def test_real_unreadable_clips_are_named(name: str, code_: str, media: Path) -> None:
    with pytest.raises(PreprocessError) as caught:
        facts((media / name).read_bytes())
    assert caught.value.code == code_


@pytest.mark.media
def test_real_clips_agree_with_their_manifest(
    media: Path, manifest: list[dict[str, object]]
) -> None:
    checked = 0
    for entry in manifest:
        if entry["kind"] not in ("face_video", "face_video_conformance", "noface_video"):
            continue
        info = facts((media / str(entry["file"])).read_bytes())
        assert info.size_coded == Size(int(str(entry["width"])), int(str(entry["height"])))
        if entry["rotation"]:
            assert info.orientation is not Orientation.UPRIGHT
        if "VFR" in str(entry["note"]) and entry["kind"] == "face_video":
            assert not info.is_constant_rate
        checked += 1
    assert checked > 40
