"""Boxes, points and orientations, in pixels of the upright picture unless a name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Point:
    """A position in pixels, x to the right and y down, from the picture's upper left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in whole pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    def turned(self, orientation: Orientation) -> Size:
        """Return the size that the upright picture has when this one is stored with ``orientation``."""
        return Size(self.height, self.width) if orientation.swaps_axes else self


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle: left <= x < left + width, top <= y < top + height; fractions allowed."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """First column outside the box."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """First row outside the box."""
        return self.top + self.height

    @property
    def center(self) -> Point:
        """Middle of the box."""
        return Point(self.left + self.width / 2, self.top + self.height / 2)

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return max(self.width, 0.0) * max(self.height, 0.0)

    def scaled(self, factor_x: float, factor_y: float | None = None) -> Box:
        """Return the box in a picture scaled by ``factor_x`` and ``factor_y`` (the same by default)."""
        fy = factor_x if factor_y is None else factor_y
        return Box(self.left * factor_x, self.top * fy, self.width * factor_x, self.height * fy)

    def moved(self, dx: float, dy: float) -> Box:
        """Return the box shifted by ``dx`` to the right and ``dy`` down."""
        return Box(self.left + dx, self.top + dy, self.width, self.height)

    def grown(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the box with each side moved outwards by so many pixels."""
        return Box(
            self.left - left,
            self.top - top,
            self.width + left + right,
            self.height + top + bottom,
        )

    def intersection(self, other: Box) -> Box:
        """Return the common part; its width or height is 0 where there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(left, top, max(0.0, right - left), max(0.0, bottom - top))

    def union(self, other: Box) -> Box:
        """Return the smallest box that contains both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Box(left, top, right - left, bottom - top)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 (apart) to 1 (equal)."""
        common = self.intersection(other).area
        whole = self.area + other.area - common
        return common / whole if whole > 0 else 0.0

    def contains(self, other: Box, *, slack_px: float = 0.0) -> bool:
        """Tell whether ``other`` lies inside, give or take ``slack_px``."""
        return (
            other.left >= self.left - slack_px
            and other.top >= self.top - slack_px
            and other.right <= self.right + slack_px
            and other.bottom <= self.bottom + slack_px
        )

    def enclosing_pixels(self, size: Size) -> PixelBox:
        """Return the smallest box of whole pixels that covers this one within a picture of ``size``."""
        left, top = max(0, floor(self.left)), max(0, floor(self.top))
        right, bottom = min(size.width, ceil(self.right)), min(size.height, ceil(self.bottom))
        return PixelBox(left, top, max(0, right - left), max(0, bottom - top))


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A half-open rectangle of whole pixels: what can be cut out of a picture."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column outside the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row outside the box."""
        return self.top + self.height

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    def as_box(self) -> Box:
        """Return the same rectangle as a `Box`."""
        return Box(self.left, self.top, self.width, self.height)

    @classmethod
    def whole(cls, size: Size) -> PixelBox:
        """Return the box that covers a picture of ``size``."""
        return cls(0, 0, size.width, size.height)


class Orientation(IntEnum):
    """How stored pixels become the upright picture, with the numbers of the EXIF tag 0x0112.

    Source: CIPA DC-008 (Exif 3.0), section 4.6.5.1.6.
    """

    UPRIGHT = 1
    MIRRORED = 2
    TURN_180 = 3
    MIRRORED_180 = 4
    TRANSPOSED = 5
    TURN_CW_90 = 6
    """Stored picture must be turned clockwise by 90 degrees."""
    TRANSVERSED = 7
    TURN_CW_270 = 8

    @property
    def swaps_axes(self) -> bool:
        """Whether width and height change places."""
        return self >= Orientation.TRANSPOSED

    @property
    def is_mirrored(self) -> bool:
        """Whether the stored picture is a mirror image of the upright one."""
        return self in _MIRRORED

    @property
    def turn_deg(self) -> int:
        """Clockwise turn applied after the horizontal mirroring, if any: 0, 90, 180 or 270."""
        return _TURNS[self]

    @classmethod
    def from_turn(cls, turn_deg: int, *, mirrored: bool = False) -> Orientation:
        """Return the orientation for a horizontal mirroring (if ``mirrored``) and then a clockwise turn.

        Args:
            turn_deg: A multiple of 90, clockwise.
            mirrored: Whether to flip left and right first.
        """
        for orientation in cls:
            if orientation.turn_deg == turn_deg % 360 and orientation.is_mirrored == mirrored:
                return orientation
        message = f"{turn_deg} is not a multiple of 90"
        raise ValueError(message)

    def then(self, later: Orientation) -> Orientation:
        """Return the orientation that does this one first and ``later`` after it."""
        turn = self.turn_deg if not later.is_mirrored else -self.turn_deg
        return Orientation.from_turn(
            turn + later.turn_deg, mirrored=self.is_mirrored != later.is_mirrored
        )

    @property
    def inverse(self) -> Orientation:
        """Return the orientation that undoes this one."""
        if self is Orientation.TURN_CW_90:
            return Orientation.TURN_CW_270
        if self is Orientation.TURN_CW_270:
            return Orientation.TURN_CW_90
        return self

    def stored_box(self, box: PixelBox, upright: Size) -> PixelBox:
        """Return where ``box`` of the upright picture of size ``upright`` lies in the stored pixels."""
        left, top, width, height = box.left, box.top, box.width, box.height
        right, bottom = upright.width - box.right, upright.height - box.bottom
        match self:
            case Orientation.UPRIGHT:
                return box
            case Orientation.MIRRORED:
                return PixelBox(right, top, width, height)
            case Orientation.TURN_180:
                return PixelBox(right, bottom, width, height)
            case Orientation.MIRRORED_180:
                return PixelBox(left, bottom, width, height)
            case Orientation.TRANSPOSED:
                return PixelBox(top, left, height, width)
            case Orientation.TURN_CW_90:
                return PixelBox(top, right, height, width)
            case Orientation.TRANSVERSED:
                return PixelBox(bottom, right, height, width)
            case Orientation.TURN_CW_270:
                return PixelBox(bottom, left, height, width)


_MIRRORED = frozenset(
    {
        Orientation.MIRRORED,
        Orientation.MIRRORED_180,
        Orientation.TRANSPOSED,
        Orientation.TRANSVERSED,
    }
)
_TURNS = {
    Orientation.UPRIGHT: 0,
    Orientation.MIRRORED: 0,
    Orientation.TURN_180: 180,
    Orientation.MIRRORED_180: 180,
    Orientation.TRANSPOSED: 270,
    Orientation.TURN_CW_90: 90,
    Orientation.TRANSVERSED: 90,
    Orientation.TURN_CW_270: 270,
}
