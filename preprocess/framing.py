"""What is done to each decoded frame, as data: the one fixed crop, scale, turn and colour conversion of a window."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .geometry import Orientation, PixelBox, Size
from .media import ClipInfo


@dataclass(frozen=True, slots=True)
class ColorChange:
    """How samples become BT.709, limited range, 8 bit 4:2:0."""

    space: str
    """Matrix of the source: bt601, bt709, bt2020, ..."""
    primaries: str
    transfer: str
    """sdr, hlg or pq."""
    is_full_range: bool
    is_foreign_format: bool
    """Whether samples are not 8-bit 4:2:0 already."""

    @property
    def is_identity(self) -> bool:
        """Whether the numbers stay as they are."""
        return (
            self.space == "bt709"
            and self.primaries == "bt709"
            and self.transfer == "sdr"
            and not self.is_full_range
        )


@dataclass(frozen=True, slots=True)
class Framing:
    """From a stored frame to a payload frame."""

    size_coded: Size
    crop: PixelBox
    """In stored pixels (before pixel aspect and turn); even edges where chroma is subsampled."""
    target: Size
    """Size of the upright result."""
    orientation: Orientation
    color: ColorChange
    is_interlaced: bool

    @property
    def scaled(self) -> Size:
        """Size after scaling and before turning."""
        return self.target.turned(self.orientation)


def color_change(info: ClipInfo) -> ColorChange:
    """Return what the colours of ``info`` need to become BT.709 limited 8 bit 4:2:0."""
    return ColorChange(
        space=info.color_space,
        primaries=info.color_primaries,
        transfer=info.color_transfer,
        is_full_range=info.is_full_range,
        is_foreign_format=info.pixel_format not in ("yuv420p", "yuvj420p"),
    )


def frame(info: ClipInfo, orientation: Orientation, crop: PixelBox, target: Size) -> Framing:
    """Return the framing for ``crop`` of the upright source.

    Args:
        info: The source.
        orientation: Stored pixels to upright, tag and asked-for turn together.
        crop: In pixels of the upright source with square pixels.
        target: Size of the payload.
    """
    upright = info.size_square.turned(orientation)
    stored = orientation.stored_box(crop, upright)
    aspect = info.pixel_aspect
    if aspect != 1:
        left, right = _even(stored.left / aspect), _even(stored.right / aspect)
        stored = PixelBox(left, stored.top, right - left, stored.height)
    left, top = max(0, stored.left), max(0, stored.top)
    width = min(stored.width, info.size_coded.width - left)
    height = min(stored.height, info.size_coded.height - top)
    return Framing(
        size_coded=info.size_coded,
        crop=PixelBox(left, top, width, height),
        target=target,
        orientation=orientation,
        color=color_change(info),
        is_interlaced=info.is_interlaced,
    )


def _even(value: Fraction) -> int:
    return 2 * round(value / 2)
