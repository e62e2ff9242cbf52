"""Reads the frames of one clip: keyframes alone, a quick scan, or a stretch in full, which it then remembers.

Decoding is most of the cost of a clip, so a window is decoded once: while the look watches a few of its frames, the
payload frames of the framing that is expected are made on the way and kept. When the plan turns out as expected, the
execution finds them here; otherwise it decodes again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Self

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ._av import decoder_of, open_clip, reading
from ._av_filter import FrameMaker, thumbnail
from .detector import Picture
from .errors import UnreadableError
from .framing import Framing
from .geometry import Orientation, Size
from .media import ClipInfo, Media
from .plans import Window
from .watch import Watch

MAX_LATE = 16
"""Frames past the window's end after which none of it can still be on its way: decoders hold back at most 16 frames.
Source: ITU-T H.264 and H.265, annex A (max_dec_frame_buffering)."""
LOOK_PX = 640
"""Longest side of the pictures that are looked at; the face models see 128 and 192 px."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One frame to look at."""

    time_s: Fraction
    picture: Picture = field(repr=False)
    """uint8, shape (height, width, 3), RGB, upright, pixels square, at most `LOOK_PX` long."""
    is_key: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Payload frames that were made on the way."""

    framing: Framing
    frames: dict[Fraction, VideoFrame] = field(repr=False)
    """By source time."""


class ClipReader:
    """Frames of one clip that lies in memory. Holds the payload frames of one window; `close` frees them.

    Args:
        media: A clip that was probed.
    """

    def __init__(self, media: Media) -> None:
        if not isinstance(media.info, ClipInfo):
            message = "a still has no frames to read"
            raise TypeError(message)
        self.media = media
        self.info = media.info
        self.damaged_s: list[Fraction] = []
        """Times of frames that did not decode cleanly, as far as it was decoded."""
        self._data = media.data
        self._places = {time: place for place, time in enumerate(self.info.times_s)}
        self._kept: Kept | None = None

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
        """Let go of everything; the reader must not be used afterwards."""
        self._kept = None
        self._data = b""

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
        wanted = set(times_s)
        ordinals = {
            n: p.time_s for n, p in enumerate(self.info.packets) if p.is_key and p.time_s in wanted
        }
        if not ordinals:
            return
        last = max(ordinals)
        with self._open() as (container, stream):
            context = stream.codec_context
            context.thread_type = "SLICE"
            context.thread_count = 1
            for n, packet in self._packets(container, stream):
                if n > last:
                    return
                time = ordinals.get(n)
                if time is None:
                    continue
                watch.tick("look", float(n / max(1, len(self.info.packets))))
                frames = self._decoded(packet, time)
                frames += self._drained(stream, time)
                context.flush_buffers()
                if frames:
                    yield self._glimpse(frames[0], time, orientation, is_key=True)

    def scan(
        self, window: Window, spacing_s: Fraction, orientation: Orientation, watch: Watch
    ) -> Iterator[Glimpse]:
        """Yield a frame every ``spacing_s``, decoded roughly: for looking only, frames nobody refers to left out."""
        next_s = window.start_s
        for time, frame in self._stretch(window, watch, is_rough=True):
            if time >= next_s:
                next_s = time + spacing_s
                yield self._glimpse(frame, time, orientation)

    def examine(
        self,
        window: Window,
        spacing_s: Fraction,
        orientation: Orientation,
        watch: Watch,
        *,
        framing: Framing | None,
        keep_s: Sequence[Fraction],
    ) -> Iterator[Glimpse]:
        """Decode ``window`` in full, once; yield a frame every ``spacing_s`` and the last one.

        Args:
            window: What to decode.
            spacing_s: Time between the frames that are looked at.
            orientation: Stored pixels to upright.
            watch: Asked between packets.
            framing: What the payload frames will most likely be; they are made and kept for `payload_frames`.
            keep_s: Source times of the payload frames.
        """
        made: dict[Fraction, VideoFrame] = {}
        self._kept = None
        wanted = set(keep_s)
        last_s = self.info.times_s[bisect_left(self.info.times_s, window.end_s) - 1]
        next_s = window.start_s
        maker: FrameMaker | None = None
        for time, frame in self._stretch(window, watch):
            if time >= next_s or time == last_s:
                next_s = time + spacing_s
                yield self._glimpse(frame, time, orientation)
            if framing is not None and (time in wanted or framing.is_interlaced):
                maker = maker or _maker(framing, frame)
                self._keep(maker.make(frame, self._places[time]), wanted, made)
        if maker is not None:
            self._keep(maker.finish(), wanted, made)
        if framing is not None:
            self._kept = Kept(framing, made)

    def payload_frames(
        self, framing: Framing, times_s: Sequence[Fraction], watch: Watch
    ) -> dict[Fraction, VideoFrame]:
        """Return the payload frame of each of ``times_s``: the kept ones, or freshly decoded.

        Raises:
            UnreadableError: Frames of the window do not decode.
        """
        kept = self._kept
        if kept is not None and kept.framing == framing and all(t in kept.frames for t in times_s):
            return kept.frames
        self._kept = None
        wanted = set(times_s)
        made: dict[Fraction, VideoFrame] = {}
        maker: FrameMaker | None = None
        window = Window(min(wanted), self._end_of(max(wanted)))
        for time, frame in self._stretch(window, watch, stage="execute"):
            if time in wanted or framing.is_interlaced:
                maker = maker or _maker(framing, frame)
                self._keep(maker.make(frame, self._places[time]), wanted, made)
        if maker is not None:
            self._keep(maker.finish(), wanted, made)
        if missing := wanted - made.keys():
            message = (
                f"{len(missing)} frames of the window from {float(min(wanted)):.2f} s do not decode"
            )
            raise UnreadableError(message, code="source.damaged")
        self._kept = Kept(framing, made)
        return made

    def _keep(
        self,
        finished: list[tuple[int, VideoFrame]],
        wanted: set[Fraction],
        made: dict[Fraction, VideoFrame],
    ) -> None:
        for place, frame in finished:
            if (time := self.info.times_s[place]) in wanted:
                made[time] = frame

    def _end_of(self, time_s: Fraction) -> Fraction:
        place = bisect_right(self.info.times_s, time_s)
        return (
            self.info.times_s[place]
            if place < len(self.info.times_s)
            else self.info.duration_s_packets
        )

    def _open(self) -> _Opened:
        return _Opened(self._data, self.info)

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """Yield the packets of the video stream with the places they have in ``info.packets``."""
        n = 0
        with reading("read the clip's packets"):
            for packet in container.demux(stream):
                if packet.size == 0 or packet.is_corrupt:
                    continue
                yield n, packet
                n += 1

    def _stretch(
        self, window: Window, watch: Watch, *, is_rough: bool = False, stage: str = "look"
    ) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Yield the shown frames of ``window`` in order of time, decoded from the keyframe at or before its start."""
        start = self._entry(window.start_s)
        derived = iter(self._shown_from(start)) if self.info.are_times_derived else None
        length = float(window.length_s) or 1.0
        total = len(self.info.packets)
        past_end = 0
        with self._open() as (container, stream):
            context = stream.codec_context
            context.thread_type = "AUTO"
            context.copy_opaque = True
            if is_rough:
                context.skip_frame = "NONREF"
                context.options = {"skip_loop_filter": "all"}
            for n, packet in self._packets(container, stream):
                if n < start:
                    continue
                packet.opaque = n
                hint = self.info.packets[n].time_s if n < total else None
                frames = self._decoded(packet, hint)
                if n == total - 1:
                    frames += self._drained(stream, hint)
                for frame in frames:
                    time = next(derived, None) if derived else self._time_of(frame)
                    if time is None:
                        continue
                    if time >= window.end_s:
                        past_end += 1
                        continue
                    if time < window.start_s:
                        continue
                    if frame.is_corrupt:
                        self._note_damage(time)
                    watch.tick(stage, float(time - window.start_s) / length)
                    yield time, frame
                if past_end > MAX_LATE:
                    return

    def _entry(self, time_s: Fraction) -> int:
        """Return the place of the packet from which decoding must begin to show the frame at ``time_s``."""
        entry = 0
        for n, packet in enumerate(self.info.packets):
            if packet.is_key and packet.time_s is not None and packet.time_s <= time_s:
                entry = n
        return entry

    def _shown_from(self, start: int) -> list[Fraction]:
        return sorted(p.time_s for p in self.info.packets[start:] if p.time_s is not None)

    def _time_of(self, frame: VideoFrame) -> Fraction | None:
        place = frame.opaque
        if isinstance(place, int) and place < len(self.info.packets):
            return self.info.packets[place].time_s
        return None

    def _decoded(self, packet: Packet[VideoStream], time_s: Fraction | None) -> list[VideoFrame]:
        try:
            with reading("decode a frame"):
                return packet.decode()
        except UnreadableError:
            self._note_damage(time_s)
            return []

    def _drained(self, stream: VideoStream, time_s: Fraction | None) -> list[VideoFrame]:
        try:
            with reading("decode a frame"):
                return stream.decode(None)
        except UnreadableError:
            self._note_damage(time_s)
            return []

    def _note_damage(self, time_s: Fraction | None) -> None:
        if time_s is not None and time_s not in self.damaged_s:
            self.damaged_s.append(time_s)

    def _glimpse(
        self, frame: VideoFrame, time_s: Fraction, orientation: Orientation, *, is_key: bool = False
    ) -> Glimpse:
        square = self.info.size_square
        factor = self.look_scale(orientation)
        size = Size(max(1, round(square.width / factor)), max(1, round(square.height / factor)))
        return Glimpse(time_s, thumbnail(frame, size, orientation), is_key or bool(frame.key_frame))


class _Opened:
    """The clip's container and video stream, opened for one run through its packets."""

    def __init__(self, data: bytes, info: ClipInfo) -> None:
        self._container = open_clip(data, info.container, is_known=True)
        self._stream = self._container.streams[info.stream_index]

    def __enter__(self) -> tuple[InputContainer, VideoStream]:
        assert isinstance(self._stream, VideoStream)  # noqa: S101 - the probe chose it
        decoder_of(self._stream)
        return self._container, self._stream

    def __exit__(self, *_: object) -> None:
        self._container.close()


def _maker(framing: Framing, first: VideoFrame) -> FrameMaker:
    with reading("set up the filters"):
        return FrameMaker(framing, first)
