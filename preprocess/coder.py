"""Codes payload frames at constant quality on a thread of its own, while the next ones are still being made.

One thread decodes, filters and looks, another one codes: two cores share the work without either stage needing threads
inside, which cost CPU time at these sizes (measured: 1.1 to 1.25 of the time on one thread, decoding and coding alike).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from fractions import Fraction
from queue import SimpleQueue
from threading import Thread

from av.video.frame import VideoFrame

from ._av_write import OverBudgetError, Quality, Sound, code_clip
from .media import ClipInfo, Media
from .options import Container
from .plans import Window

CRF = 13
"""x264's constant quality. Source: docs/clip-quality.md."""
_POLL_S = 0.05
"""How often a waiting caller reports progress and looks at the clock."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a coded file is to be, besides its pictures."""

    times_s: tuple[Fraction, ...] = field(repr=False)
    """Source time of each frame, ascending; a repeated time is a repeated frame."""
    rate_fps: Fraction
    """Constant rate."""
    container: Container
    max_base64_chars: int
    """Hard ceiling of the finished file."""
    sound: Sound | None = None

    @property
    def max_bytes(self) -> int:
        """The ceiling in bytes of the file itself."""
        return self.max_base64_chars // 4 * 3

    @property
    def duration_s(self) -> Fraction:
        """Number of frames divided by the rate."""
        return len(self.times_s) / self.rate_fps


def sound_of(media: Media, window: Window) -> Sound:
    """Return the sound beside ``window`` of a clip."""
    info = media.info
    assert isinstance(info, ClipInfo)  # noqa: S101 - windows are of clips
    start = info.start_s
    return Sound(media.data, info.container, start + window.start_s, start + window.end_s)


_LEAST_CODED = 25
"""Frames to be coded before their size says something of the rest; the encoder holds back about ten."""
_DOUBT = 3
"""How many times its projected size a file must still fit: the frames to come may move more."""


class _CancelledError(Exception):
    """Nobody wants the file any more."""


class Coder:
    """Codes the frames of one order as they are fed; starts at once, `cancel` ends it.

    Args:
        order: What to code.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self._fed = self._coded = self._written_bytes = 0
        self._is_cancelled = False
        self._frames: SimpleQueue[VideoFrame | None] = SimpleQueue()
        self._future: Future[bytes | None] = Future()
        Thread(target=self._run, name="faceready-coder", daemon=True).start()

    @property
    def is_fed(self) -> bool:
        """Whether all frames have come."""
        return self._fed == len(self.order.times_s)

    @property
    def will_fit(self) -> bool:
        """Whether the file is so far from its ceiling that the frames need not be kept for another pass."""
        if self._coded < _LEAST_CODED:
            return False
        whole_bytes = self._written_bytes / self._coded * len(self.order.times_s)
        return whole_bytes * _DOUBT <= self.order.max_bytes

    def feed(self, time_s: Fraction, frame: VideoFrame) -> None:
        """Take the frame of a source time, as often as the order repeats it; times must ascend."""
        times = self.order.times_s
        while self._fed < len(times) and times[self._fed] == time_s:
            self._frames.put(frame)
            self._fed += 1

    def result(self, tick: Callable[[float], None]) -> bytes | None:
        """Wait for the finished file; None where it would exceed the ceiling. All frames must have been fed.

        Args:
            tick: Called with the share done while it waits; what it raises stops the wait, and the coding.

        Raises:
            MachineError: The encoder is missing or fails.
        """
        while not self._future.done():
            try:
                tick(self._coded / len(self.order.times_s))
            except BaseException:
                self.cancel()
                raise
            try:
                return self._future.result(_POLL_S)
            except TimeoutError:
                continue
        return self._future.result()

    def cancel(self) -> None:
        """Stop at the next frame, and wait for that; safe to call at any time."""
        self._is_cancelled = True
        self._frames.put(None)
        self._future.exception()

    def _run(self) -> None:
        try:
            self._future.set_result(self._code())
        except BaseException as exc:
            self._future.set_exception(exc)

    def _code(self) -> bytes | None:
        order = self.order
        try:
            return code_clip(
                self._arriving,
                order.rate_fps,
                order.container,
                Quality(crf=CRF),
                max_bytes=order.max_bytes,
                sound=order.sound,
                tick=self._note,
            )
        except OverBudgetError:
            return None

    def _arriving(self) -> Iterator[VideoFrame]:
        for _ in self.order.times_s:
            frame = self._frames.get()
            if self._is_cancelled or frame is None:
                raise _CancelledError
            yield frame

    def _note(self, frames: int, written_bytes: int) -> None:
        self._coded, self._written_bytes = frames, written_bytes
