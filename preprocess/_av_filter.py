"""Decoded frames into payload frames and thumbnails: FFmpeg's filters and scaler through PyAV."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.error import BlockingIOError as NotYetError
from av.error import EOFError as EndError
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from ._pixels import upright
from .detector import Picture
from .errors import UnreadableError
from .framing import Framing
from .geometry import Orientation, Size
from .tone import to_sdr

INDEX_BASE = Fraction(1, 90_000)
"""Time base that filter graphs run on; a frame's time stamp in it is its place among the shown frames."""

_TURNS = {
    Orientation.UPRIGHT: (),
    Orientation.MIRRORED: ("hflip",),
    Orientation.TURN_180: ("hflip", "vflip"),
    Orientation.MIRRORED_180: ("vflip",),
    Orientation.TRANSPOSED: ("transpose=cclock_flip",),
    Orientation.TURN_CW_90: ("transpose=clock",),
    Orientation.TRANSVERSED: ("transpose=clock_flip",),
    Orientation.TURN_CW_270: ("transpose=cclock",),
}
_MATRICES = {
    "bt601": "smpte170m",
    "bt709": "bt709",
    "bt2020": "bt2020nc",
    "smpte240m": "smpte240m",
}
_PRIMARIES = {"bt601": "smpte170m", "bt709": "bt709", "bt2020": "bt2020", "display-p3": "smpte432"}
_COLORSPACE_TAKES = "|".join(
    f"yuv{sampling}p{depth}" for depth in ("", "10", "12") for sampling in ("420", "422", "444")
)
"""What FFmpeg's filter ``colorspace`` accepts."""


class FrameMaker:
    """Turns decoded frames into payload frames, in order; made once per framing.

    Args:
        framing: What to do.
        first: The first frame, for its format.
    """

    def __init__(self, framing: Framing, first: VideoFrame) -> None:
        self._format = (first.width, first.height, first.format.name)
        self._transfer = framing.color.transfer
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add_buffer(
            width=first.width,
            height=first.height,
            format=first.format,
            time_base=INDEX_BASE,
        )
        last = source
        for step in _steps(framing, first):
            name, _, args = step.partition("=")
            node = self._graph.add(name, args or None)
            last.link_to(node)
            last = node
        sink = self._graph.add("buffersink")
        last.link_to(sink)
        self._graph.configure()

    def make(self, frame: VideoFrame, index: int) -> list[tuple[int, VideoFrame]]:
        """Take the frame with place ``index``; return the finished frames with their places, maybe none yet.

        Raises:
            UnreadableError: The frame has another size or format than the first.
        """
        if (frame.width, frame.height, frame.format.name) != self._format:
            message = "the clip changes its picture size or format on the way"
            raise UnreadableError(message, code="source.damaged")
        frame.pts = index
        frame.time_base = INDEX_BASE
        self._graph.push(frame)
        return self._pull()

    def finish(self) -> list[tuple[int, VideoFrame]]:
        """Return the frames that were held back."""
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> list[tuple[int, VideoFrame]]:
        made: list[tuple[int, VideoFrame]] = []
        while True:
            try:
                frame = self._graph.pull()
            except (NotYetError, EndError):
                return made
            assert isinstance(frame, VideoFrame)  # noqa: S101 - a graph of video filters
            place = round((frame.pts or 0) * (frame.time_base or INDEX_BASE) / INDEX_BASE)
            made.append((place, frame if self._transfer == "sdr" else _sdr(frame, self._transfer)))


def _sdr(frame: VideoFrame, transfer: str) -> VideoFrame:
    """Return a 16-bit BT.2020 RGB frame as BT.709 limited 8-bit 4:2:0."""
    signal = np.asarray(frame.to_ndarray(), np.uint16)
    made = VideoFrame.from_ndarray(to_sdr(signal, transfer), "rgb24")
    return made.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def _steps(framing: Framing, first: VideoFrame) -> list[str]:
    crop, scaled, color = framing.crop, framing.scaled, framing.color
    steps = ["bwdif=mode=send_frame:deint=all"] if framing.is_interlaced else []
    if crop.size != Size(first.width, first.height):
        steps.append(f"crop={crop.width}:{crop.height}:{crop.left}:{crop.top}:exact=1")
    # A copy first: the scaler walks its input so slowly that each line is fetched from memory anew. Measured for
    # 1080x1440 cut from 1920x1080 and scaled to 480x640: 0.5 of the time. It also lets go of the decoded picture.
    steps.append("copy")
    steps.append(f"scale={scaled.width}:{scaled.height}:flags=bicubic:{_same_colors(framing)}")
    matrix = _MATRICES.get(color.space, "bt709")
    if color.is_identity:
        steps.append("format=yuv420p")
    elif color.transfer != "sdr":
        steps += [
            f"scale=in_color_matrix=bt2020:in_range={_range(framing)}:out_range=pc:flags=bicubic+full_chroma_int",
            "format=rgb48le",
        ]
    else:
        primaries = _PRIMARIES.get(color.primaries, "bt709")
        steps += [
            f"format={_COLORSPACE_TAKES}",
            f"setparams=colorspace={matrix}:color_primaries={primaries}:color_trc=bt709:range={_range(framing)}",
            "colorspace=all=bt709:range=tv:format=yuv420p:fast=0",
        ]
    return [*steps, *_TURNS[framing.orientation]]


def _same_colors(framing: Framing) -> str:
    """Return options that keep the scaler from converting: left to itself it takes its output for BT.601."""
    matrix = _MATRICES.get(framing.color.space, "bt709")
    matrix = {"bt2020nc": "bt2020"}.get(matrix, matrix)
    span = _range(framing)
    return f"in_color_matrix={matrix}:out_color_matrix={matrix}:in_range={span}:out_range={span}"


def _range(framing: Framing) -> str:
    return "pc" if framing.color.is_full_range else "tv"


class Thumbnails:
    """Makes small RGB pictures of one clip's frames, for looking at; keeps the scaler's tables between frames.

    Reduced first and converted afterwards, on one thread: half the CPU time of doing both at once, a fifth of the
    scaler's own way with its threads (1080x1920 to 360x640).
    """

    def __init__(self) -> None:
        self._reduce, self._convert = VideoReformatter(), VideoReformatter()

    def make(self, frame: VideoFrame, size: Size, orientation: Orientation) -> Picture:
        """Return ``frame`` reduced to ``size`` and turned upright; transfer curves other than SDR's are taken as it.

        Args:
            frame: Any decoded frame; not changed.
            size: Size of the reduced picture before turning.
            orientation: Stored pixels to upright.

        Returns:
            uint8, shape (height, width, 3), RGB, C-contiguous.
        """
        small = self._reduce.reformat(
            frame, size.width, size.height, "yuv420p", interpolation="AREA", threads=1
        )
        rgb = self._convert.reformat(
            small, format="rgb24", interpolation="FAST_BILINEAR", threads=1
        )
        # PyAV pads the lines of what it hands out, and MediaPipe sees no face in padded lines.
        return np.ascontiguousarray(upright(np.asarray(rgb.to_ndarray(), np.uint8), orientation))
