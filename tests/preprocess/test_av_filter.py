"""Payload frames sample by sample: untouched where nothing asks for a change, upright, in the right colours."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from preprocess._av_filter import FrameMaker, Thumbnails
from preprocess.errors import UnreadableError
from preprocess.framing import ColorChange, Framing
from preprocess.geometry import Orientation, PixelBox, Size

from .clips import code, played, scene

PLAIN = ColorChange("bt709", "bt709", "sdr", is_full_range=False, is_foreign_format=False)
ROUNDING = 2.0
"""Grey levels by which two ways from YUV to RGB may differ on average."""


def frames_of(data: bytes) -> list[VideoFrame]:
    with av.open(io.BytesIO(data)) as container:
        return list(container.decode(video=0))


def framing(size: Size, crop: PixelBox, target: Size, **other: object) -> Framing:
    given = {
        "orientation": Orientation.UPRIGHT,
        "color": PLAIN,
        "is_interlaced": False,
        **other,
    }
    return Framing(size, crop, target, **given)  # type: ignore[arg-type]


def test_cut_without_scaling_leaves_every_sample_alone() -> None:
    frame = frames_of(code(played(scene(), 3)))[1]
    maker = FrameMaker(framing(Size(540, 720), PixelBox(30, 40, 480, 640), Size(480, 640)), frame)
    [(place, made)] = maker.make(frame, 7)
    source, cut = frame.to_ndarray(), made.to_ndarray()
    assert (
        made.planes[0].line_size < frame.planes[0].line_size
    )  # a copy: the whole picture can be freed
    assert place == 7
    assert np.array_equal(cut[:640], source[40:680, 30:510])
    blue, red = source[720:].reshape(2, 360, 270)
    assert np.array_equal(cut[640:800].reshape(320, 240), blue[20:340, 15:255])
    assert np.array_equal(cut[800:].reshape(320, 240), red[20:340, 15:255])


@pytest.mark.parametrize("orientation", list(Orientation))
def test_turned_frames_equal_the_upright_ones(orientation: Orientation) -> None:
    upright = frames_of(code(played(scene(480, 640), 1)))[0].to_ndarray(format="rgb24")
    stored = frames_of(code(played(scene(480, 640), 1), orientation=orientation))[0]
    size = Size(stored.width, stored.height)
    maker = FrameMaker(
        framing(size, PixelBox.whole(size), Size(480, 640), orientation=orientation), stored
    )
    made = maker.make(stored, 0)[0][1].to_ndarray(format="rgb24")
    assert np.abs(made.astype(int) - upright).mean() < ROUNDING
    small = Thumbnails().make(stored, Size(size.width // 2, size.height // 2), orientation)
    assert small.shape == (320, 240, 3)
    assert small.flags.c_contiguous  # FFmpeg pads lines, and MediaPipe sees no face in padded ones
    assert (
        np.abs(small.astype(int) - upright[::2, ::2]).mean() < 6
    )  # averaged over areas, not picked


COLORS = [
    # what the clip is, how its frames are described
    ({}, PLAIN),
    ({"space": 6}, ColorChange("bt601", "bt709", "sdr", False, False)),
    ({"full_range": True, "pixel_format": "yuvj420p"}, ColorChange("bt709", "bt709", "sdr", True, False)),
    ({"pixel_format": "yuv444p"}, ColorChange("bt709", "bt709", "sdr", False, True)),
    ({"pixel_format": "yuv422p10le"}, ColorChange("bt709", "bt709", "sdr", False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("options", "color"), COLORS, ids=["709", "601", "full", "444", "10 bit"])
def test_faces_keep_their_colour(options: dict[str, object], color: ColorChange) -> None:
    pictures = played(scene(480, 640), 1)
    plain = frames_of(code(pictures, options={"crf": "4"}))[0]
    frame = frames_of(code(pictures, **{"options": {"crf": "4"}, **options}))[0]  # type: ignore[arg-type]
    size = Size(480, 640)
    maker = FrameMaker(framing(size, PixelBox.whole(size), size, color=color), frame)
    [(_, made)] = maker.make(frame, 0)
    assert made.format.name == "yuv420p"
    difference = made.to_ndarray().astype(int) - plain.to_ndarray()
    assert abs(difference[:640].mean()) < 1
    assert abs(difference[640:800].mean()) < 1
    assert abs(difference[800:].mean()) < 1


def test_deinterlacing_returns_a_frame_for_each() -> None:
    frames = frames_of(code(played(scene(480, 640), 8), options={"x264-params": "tff=1"}))
    size = Size(480, 640)
    maker = FrameMaker(framing(size, PixelBox.whole(size), size, is_interlaced=True), frames[0])
    places = [p for n, frame in enumerate(frames) for p, _ in maker.make(frame, n)]
    places += [p for p, _ in maker.finish()]
    assert places == list(range(8))


def test_frame_of_another_size_is_refused() -> None:
    size = Size(480, 640)
    maker = FrameMaker(framing(size, PixelBox.whole(size), size), VideoFrame(480, 640, "yuv420p"))
    with pytest.raises(UnreadableError, match="size"):
        maker.make(VideoFrame(320, 240, "yuv420p"), 0)
