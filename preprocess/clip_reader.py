"""Reads one clip for the look and the execution: glimpses of it, and payload frames that are made on the way.

Decoding is most of the cost of a clip, so a window is decoded once: while the look watches a few of its frames, the
payload frames of the framing that is expected are made, kept, and coded on another thread. When the plan turns out as
expected, the execution finds them here, nearly coded; otherwise it decodes again.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Self

from av.video.frame import VideoFrame

from ._av import reading
from ._av_filter import FrameMaker, Thumbnails
from .clip_frames import ClipFrames, Shown
from .coder import Coder, Order
from .detector import Picture
from .errors import UnreadableError
from .framing import Framing
from .geometry import Orientation, Size
from .media import Media
from .plans import Window
from .watch import Watch

SMALL_PIXELS = 640 * 480
"""Frames up to this size are decoded by one thread. Measured at 480x640: 0.74 of two threads' CPU time, 1.0 to 1.2 of
their wall time."""
MAX_THREADS = 4
"""Each thread more holds a frame more in memory; FFmpeg's own choice is one more than there are cores."""
LOOK_PX = 640
"""Longest side of the pictures that are looked at; the face models see 128 and 192 px."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One frame to look at."""

    time_s: Fraction
    picture: Picture = field(repr=False)
    """uint8, shape (height, width, 3), RGB, upright, pixels square, at most `LOOK_PX` long."""
    is_key: bool


@dataclass(slots=True)
class _Kept:
    """Payload frames, made for an order and fed to its coder; held until that is sure to need no second pass."""

    framing: Framing
    coder: Coder = field(repr=False)
    frames: dict[Fraction, VideoFrame] = field(repr=False, default_factory=dict)
    """By source time."""

    def take(self, time_s: Fraction, frame: VideoFrame) -> None:
        """Hand a finished frame to the coder, and hold it if need be; times must ascend."""
        self.coder.feed(time_s, frame)
        if self.coder.will_fit:
            self.frames.clear()
        else:
            self.frames[time_s] = frame


class ClipReader:
    """Frames of one clip that lies in memory; `close` stops what is being coded, and frees everything.

    Args:
        media: A clip that was probed.
        makes_payload: Whether a payload will be asked for; if not, none is begun while looking.
    """

    def __init__(self, media: Media, *, makes_payload: bool = True) -> None:
        self.media = media
        self.makes_payload = makes_payload
        self._frames = ClipFrames(media)
        self.info = self._frames.info
        self._kept: _Kept | None = None
        self._thumbnails = Thumbnails()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop coding and let go of the frames; safe to call twice."""
        if self._kept is not None:
            self._kept.coder.cancel()
        self._kept = None

    @property
    def damaged_s(self) -> Sequence[Fraction]:
        """Times of frames that did not decode cleanly, as far as it was decoded."""
        return self._frames.damaged_s

    def expect_pictures(self, seen: bool) -> None:
        """Raise where nothing was ``seen`` because nothing decodes.

        Raises:
            UnreadableError: Not one frame decoded (``source.damaged``).
        """
        if not seen:
            message = "not one frame of the clip could be decoded"
            raise UnreadableError(message, code="source.damaged")

    def look_scale(self, orientation: Orientation) -> float:
        """Return how many pixels of the upright source one pixel of a glimpse stands for."""
        upright = self.info.size_square.turned(orientation)
        return max(1.0, max(upright.width, upright.height) / LOOK_PX)

    def keyframes(
        self, times_s: Sequence[Fraction], orientation: Orientation, watch: Watch
    ) -> Iterator[Glimpse]:
        """Yield the keyframes at ``times_s``, decoding nothing else."""
        wanted = {bisect_left(self.info.times_s, time) for time in times_s}
        for seen, (place, frame) in enumerate(self._frames.keyframes(wanted)):
            watch.tick("look", seen / len(wanted))
            yield self._glimpse(frame, place, orientation, is_key=True)

    def scan(
        self, window: Window, spacing_s: Fraction, orientation: Orientation, watch: Watch
    ) -> Iterator[Glimpse]:
        """Yield a frame every ``spacing_s``, decoded roughly: for looking only, frames nobody refers to left out."""
        next_place = 0
        for place, frame in self._stretch(window, watch, is_rough=True):
            if place >= next_place:
                next_place = self._place_after(place, spacing_s)
                yield self._glimpse(frame, place, orientation)

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
        """Decode ``window``, once; yield a frame every ``spacing_s`` and the last one.

        All its frames are decoded, but for those that neither the payload nor another frame needs.

        Args:
            window: What to decode.
            spacing_s: Time between the frames that are looked at.
            orientation: Stored pixels to upright.
            watch: Asked between packets.
            framing: What the payload frames will most likely be; they are made, and kept for `payload_frames`.
            order: What will most likely be coded from them; it is begun. Comes with ``framing``.
        """
        self.close()
        next_place, last = 0, self._frames.places_in(window).stop - 1
        if framing is not None and order is not None:
            self._kept = _Kept(framing, Coder(order))
            needed = self._needed(framing, order.times_s)
            stretch = self._stretch(window, watch, needed=needed and {*needed, last})
            stretch = self._made(stretch, framing, order.times_s, self._kept.take)
        else:
            stretch = self._stretch(window, watch)
        for place, frame in stretch:
            if place >= next_place or place == last:
                next_place = self._place_after(place, spacing_s)
                yield self._glimpse(frame, place, orientation)

    def coder(self, framing: Framing, order: Order, watch: Watch) -> Coder:
        """Return the coder of an order, fed with all its frames: the one that runs already, or a fresh one.

        Raises:
            UnreadableError: Frames of the window do not decode.
        """
        kept = self._kept
        is_expected = kept and kept.framing == framing and kept.coder.order == order
        if kept and is_expected and kept.coder.is_fed:
            return kept.coder
        missing = 0
        for is_careful in (True,) if is_expected else (False, True):
            self.close()
            kept = self._kept = _Kept(framing, Coder(order))
            missing = self._decode(framing, order, watch, kept.take, is_careful=is_careful)
            if not missing:
                return kept.coder
        raise _undecodable(missing, order)

    def payload_frames(self, framing: Framing, order: Order, watch: Watch) -> list[VideoFrame]:
        """Return the frames of an order, for another pass over them: the kept ones, or freshly decoded.

        Raises:
            UnreadableError: Frames of the window do not decode.
        """
        kept = self._kept
        frames = kept.frames if kept and kept.framing == framing else {}
        if any(time not in frames for time in order.times_s):
            self.close()
            frames = {}
            # Whatever the first pass needed to get them all, this one gets them.
            missing = self._decode(framing, order, watch, frames.__setitem__, is_careful=True)
            if missing:
                raise _undecodable(missing, order)
        return [frames[time] for time in order.times_s]

    def _decode(
        self,
        framing: Framing,
        order: Order,
        watch: Watch,
        take: Callable[[Fraction, VideoFrame], None],
        *,
        is_careful: bool,
    ) -> int:
        """Make all frames of an order and hand them to ``take``; return how many did not decode."""
        window = Window(order.times_s[0], self._end_of(order.times_s[-1]))
        stretch = self._stretch(
            window,
            watch,
            needed=self._needed(framing, order.times_s),
            is_careful=is_careful,
            stage="execute",
        )
        shown = {place for place, _ in self._made(stretch, framing, order.times_s, take)}
        return len(self._places(order.times_s) - shown)

    def _made(
        self,
        stretch: Iterator[Shown],
        framing: Framing,
        times_s: Sequence[Fraction],
        take: Callable[[Fraction, VideoFrame], None],
    ) -> Iterator[Shown]:
        """Pass decoded frames through; make payload frames of those at ``times_s`` and hand them to ``take``."""
        wanted = self._places(times_s)
        maker: FrameMaker | None = None

        def hand_over(finished: list[Shown]) -> None:
            for place, made in finished:
                if place in wanted:
                    take(self.info.times_s[place], made)

        for place, frame in stretch:
            yield place, frame
            if place in wanted or framing.is_interlaced:
                maker = maker or _maker(framing, frame)
                hand_over(maker.make(frame, place))
        if maker is not None:
            hand_over(maker.finish())

    def _needed(self, framing: Framing, times_s: Sequence[Fraction]) -> set[int] | None:
        """Return the places of the frames that payload frames are made from; None for all of them."""
        return None if framing.is_interlaced else self._places(times_s)

    def _stretch(
        self,
        window: Window,
        watch: Watch,
        *,
        needed: Collection[int] | None = None,
        is_rough: bool = False,
        is_careful: bool = False,
        stage: str = "look",
    ) -> Iterator[Shown]:
        """Yield the frames that ``window`` shows, asking ``watch`` at every packet."""
        wanted = self._frames.places_in(window)
        done = 0
        for shown in self._frames.stretch(
            wanted,
            threads=self._threads(),
            needed=needed,
            is_rough=is_rough,
            is_careful=is_careful,
        ):
            if shown is None:
                watch.tick(stage, done / max(1, len(wanted)))
                continue
            done = shown[0] - wanted.start
            yield shown

    def _threads(self) -> int:
        """Return how many threads to decode with: the cores that coding leaves, one for small frames."""
        if self.info.size_coded.pixels <= SMALL_PIXELS:
            return 1
        cores = (os.cpu_count() or 1) - (self._kept is not None)
        return max(1, min(MAX_THREADS, cores))

    def _places(self, times_s: Collection[Fraction]) -> set[int]:
        return {self._frames.place_of[time] for time in times_s}

    def _place_after(self, place: int, spacing_s: Fraction) -> int:
        return bisect_left(self.info.times_s, self.info.times_s[place] + spacing_s)

    def _end_of(self, time_s: Fraction) -> Fraction:
        times = self.info.times_s
        place = bisect_right(times, time_s)
        return times[place] if place < len(times) else self.info.duration_s_packets

    def _glimpse(
        self, frame: VideoFrame, place: int, orientation: Orientation, *, is_key: bool = False
    ) -> Glimpse:
        square = self.info.size_square
        factor = self.look_scale(orientation)
        size = Size(max(1, round(square.width / factor)), max(1, round(square.height / factor)))
        picture = self._thumbnails.make(frame, size, orientation)
        return Glimpse(self.info.times_s[place], picture, is_key or bool(frame.key_frame))


def _undecodable(missing: int, order: Order) -> UnreadableError:
    start_s = float(order.times_s[0])
    message = f"{missing} frames of the window from {start_s:.2f} s do not decode"
    return UnreadableError(message, code="source.damaged")


def _maker(framing: Framing, first: VideoFrame) -> FrameMaker:
    with reading("set up the filters"):
        return FrameMaker(framing, first)
