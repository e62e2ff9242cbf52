"""Colour of a clip: what its numbers mean, and how they become BT.709 limited 8 bit."""

from __future__ import annotations

from dataclasses import dataclass

from av.video.codeccontext import VideoCodecContext

from .geometry import Size

_SPACES = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
    0: "rgb",
}
_PRIMARIES = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt601",
    9: "bt2020",
    12: "display-p3",
}
_TRANSFERS = {16: "pq", 18: "hlg"}
"""Numbers of ITU-T H.273, tables 2, 3 and 4."""
_UNSPECIFIED = 2
_FULL = 2
HD_LINES = 720
"""Untagged pictures with fewer lines are BT.601 (design, section 8)."""


@dataclass(frozen=True, slots=True)
class Color:
    """What the samples of a clip mean."""

    space: str
    primaries: str
    transfer: str
    is_full_range: bool
    is_tagged: bool
    bit_depth: int


def color_of(context: VideoCodecContext, size: Size, pixel_format: str | None) -> Color:
    """Return the colour of a stream from its tags, and from the size rule where it has none."""
    space = _SPACES.get(context.colorspace)
    primaries = _PRIMARIES.get(context.color_primaries)
    by_size = "bt601" if size.height < HD_LINES else "bt709"
    depth = max((c.bits for c in context.format.components), default=8) if context.format else 8
    return Color(
        space=space or by_size,
        primaries=primaries or "bt709",
        transfer=_TRANSFERS.get(context.color_trc, "sdr"),
        is_full_range=context.color_range == _FULL or (pixel_format or "").startswith("yuvj"),
        is_tagged=_UNSPECIFIED
        not in (context.colorspace, context.color_primaries, context.color_trc),
        bit_depth=depth,
    )
