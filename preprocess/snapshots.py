"""Readers that keep reduced pictures of what is looked at, so that showing it costs no second decode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from . import _images
from ._pixels import reduced
from .clip_reader import ClipReader, Glimpse
from .geometry import Orientation
from .media import Kind, Media
from .profile import Profile
from .reader import Reader
from .still_reader import StillReader
from .watch import Watch

if TYPE_CHECKING:
    from .coder import Order
    from .detector import Picture
    from .framing import Framing
    from .plans import Window

STILL_PX = 960
"""Longest side of a still's snapshot: sharp on a screen, about 150 kB."""
GLIMPSE_PX = 360
"""Longest side of a clip's snapshots: a dozen of them make one contact sheet."""
QUALITY = 85
MAX_SNAPSHOTS = 12
"""Of one clip, spread evenly over the time that was looked at."""

Snap = tuple[Fraction, bytes]
"""Time from the first frame in seconds, and the upright picture as JPEG."""


class SnappingReader(Reader, Protocol):
    """A reader that remembers what it showed."""

    def snapshots(self) -> Sequence[Snap]:
        """Return what was looked at, in order of time; empty when not wanted."""
        ...


def snapping_reader(media: Media, profile: Profile, *, wanted: bool) -> SnappingReader:
    """Return a reader for a probed source; nothing is decoded yet.

    Args:
        media: The probed source.
        profile: Its frame size says how far a still may be reduced.
        wanted: Whether to keep snapshots at all.
    """
    if media.kind is Kind.IMAGE:
        return _StillSnaps(media, profile, wanted=wanted)
    return _ClipSnaps(media, wanted=wanted)


def _jpeg(picture: Picture, longest_px: int) -> bytes:
    small, _ = reduced(picture, longest_px)
    return _images.jpeg_bytes(small, quality=QUALITY)


class _StillSnaps(StillReader):
    def __init__(self, media: Media, profile: Profile, *, wanted: bool) -> None:
        super().__init__(media)
        self._target = profile.still.size
        self._wanted = wanted

    def snapshots(self) -> Sequence[Snap]:
        if not self._wanted:
            return ()
        picture, _ = self.view(self._target)  # decoded already: the reader keeps it
        return ((Fraction(0), _jpeg(picture, STILL_PX)),)


class _ClipSnaps(ClipReader):
    def __init__(self, media: Media, *, wanted: bool) -> None:
        super().__init__(media, makes_payload=False)
        self._wanted = wanted
        self._snaps: dict[Fraction, bytes] = {}

    def snapshots(self) -> Sequence[Snap]:
        times = sorted(self._snaps)
        return [(time, self._snaps[time]) for time in _spread(times, MAX_SNAPSHOTS)]

    def keyframes(
        self, times_s: Sequence[Fraction], orientation: Orientation, watch: Watch
    ) -> Iterator[Glimpse]:
        return self._snapped(super().keyframes(times_s, orientation, watch))

    def scan(
        self, window: Window, spacing_s: Fraction, orientation: Orientation, watch: Watch
    ) -> Iterator[Glimpse]:
        return self._snapped(super().scan(window, spacing_s, orientation, watch))

    def examine(
        self,
        window: Window,
        spacing_s: Fraction,
        orientation: Orientation,
        watch: Watch,
        *,
        framing: Framing | None = None,
        order: Order | None = None,
    ) -> Iterator[Glimpse]:
        return self._snapped(
            super().examine(window, spacing_s, orientation, watch, framing=framing, order=order)
        )

    def _snapped(self, glimpses: Iterator[Glimpse]) -> Iterator[Glimpse]:
        for glimpse in glimpses:
            if self._wanted:
                self._snaps.setdefault(glimpse.time_s, _jpeg(glimpse.picture, GLIMPSE_PX))
            yield glimpse


def _spread(times_s: Sequence[Fraction], count: int) -> list[Fraction]:
    """Return at most ``count`` of the ascending ``times_s``, as evenly spread in time as they allow."""
    left = list(times_s)
    if len(left) <= count:
        return left
    first, step = left[0], (left[-1] - left[0]) / (count - 1)
    chosen: list[Fraction] = []
    for place in range(count):
        chosen.append(_nearest(left, first + place * step))
        left.remove(chosen[-1])
    return sorted(chosen)


def _nearest(times_s: Sequence[Fraction], ideal_s: Fraction) -> Fraction:
    return min(times_s, key=lambda time: abs(time - ideal_s))
