"""Sample clips have the timing, turn and container that was asked for."""

import io
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from samples.clips import ClipSpec, clip, frame_times, frames

SMALL = ClipSpec(width_px=96, height_px=128, duration_s=Fraction(1))
CODING_LEVELS = 12.0
"""Mean difference in grey levels that coarse coding of so small a picture may bring; the same
picture turned by 180 degrees differs by more than 40."""


def decoded(data: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(data)) as container:
        return list(container.decode(video=0))


def times(data: bytes) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in decoded(data)]


@pytest.mark.parametrize("rate_fps", [24, 25, Fraction(30_000, 1001), 30, 50, 60])
def test_constant_rates_are_exact(rate_fps):
    spacing = {b - a for a, b in pairwise(times(clip(SMALL, rate_fps=rate_fps)))}
    assert spacing == {1 / Fraction(rate_fps)}


def test_a_variable_rate_keeps_the_length_and_varies_the_spacing():
    stamps = times(clip(SMALL, variable_rate=True, duration_s=4))
    gaps = [float(b - a) for a, b in pairwise(stamps)]
    assert len(stamps) == 120
    assert stamps[-1] < 4
    assert min(gaps) < 0.5 / 30 * 1.1 < 1.4 / 30 < max(gaps)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270, -90])
def test_turning_by_the_display_matrix_gives_the_upright_picture(rotation_deg):
    frame = decoded(clip(SMALL, rotation_deg=rotation_deg, quality=15))[0]
    stored = frame.to_ndarray(format="rgb24").astype(np.int16)
    turned = np.rot90(stored, frame.rotation // 90)
    upright = next(iter(frames(SMALL)))
    assert turned.shape == upright.shape
    assert np.abs(turned - upright).mean() < CODING_LEVELS
    assert np.abs(turned[::-1, ::-1] - upright).mean() > CODING_LEVELS
    assert (frame.rotation - rotation_deg) % 360 == 0


def test_a_recorders_webm_has_no_duration_and_a_file_has_one():
    found = []
    for live in (True, False):
        with av.open(io.BytesIO(clip(SMALL, container="webm", codec="libvpx", live=live))) as made:
            found.append(made.duration)
    assert found[0] is None
    assert found[1] == pytest.approx(1_000_000, abs=50_000)


def test_a_looped_clip_repeats_its_packets_at_an_exact_rate():
    data = clip(SMALL, duration_s=5, loop_s=1)
    stamps = times(data)
    assert stamps == [Fraction(n, 30) for n in range(150)]
    pictures = [frame.to_ndarray(format="gray") for frame in decoded(data)]
    np.testing.assert_array_equal(pictures[0], pictures[120])
    assert (pictures[0] != pictures[15]).any()


def test_a_loop_of_a_variable_rate_is_refused():
    with pytest.raises(ValueError, match="constant rate"):
        clip(SMALL, loop_s=1, variable_rate=True)


def test_the_face_is_there_only_during_its_spans():
    spec = ClipSpec(
        width_px=96,
        height_px=128,
        duration_s=Fraction(3),
        noise=0.0,
        face_spans_s=((Fraction(1), Fraction(2)),),
    )
    empty, *_ = pictures = list(frames(spec))
    is_empty = [bool((picture == empty).all()) for picture in pictures]
    assert is_empty == [not 1 <= time_s < 2 for time_s in frame_times(spec)]


def test_sound_goes_along_when_asked_for():
    for container, codec, sound in (("mp4", "libx264", "aac"), ("webm", "libvpx", "opus")):
        with av.open(io.BytesIO(clip(SMALL, container=container, codec=codec, audio=True))) as made:
            assert [stream.codec_context.name for stream in made.streams.audio] == [sound]


@pytest.mark.parametrize("container", ["mov", "matroska", "avi", "flv", "mpegts"])
def test_every_container_carries_all_frames(container):
    assert len(decoded(clip(SMALL, container=container))) == 30
