"""Decodes the frames of one clip by their places among the shown frames, wherever they lie in the file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ._av import decoder_of, open_clip, reading
from .errors import UnreadableError
from .media import ClipInfo, Media
from .plans import Window

MAX_LATE = 16
"""Frames past a stretch's end after which none of it can still be on its way: decoders hold back at most 16 frames.
Source: ITU-T H.264 and H.265, annex A (max_dec_frame_buffering)."""

SKIPPING_CODECS = frozenset({"h264", "hevc", "mpeg4"})
"""Codecs whose decoders heed `skip_frame` packet by packet, and have frames that no other refers to. libdav1d reads it
once, when it opens: told to skip before the first frame that is wanted, it would leave out later ones that are, too."""

Shown = tuple[int, VideoFrame]
"""A decoded frame and its place among the shown frames, that of its time in ``ClipInfo.times_s``."""


class ClipFrames:
    """Decodes stretches and single keyframes of a clip that lies in memory; each call opens it anew.

    Args:
        media: A clip that was probed.
    """

    def __init__(self, media: Media) -> None:
        if not isinstance(media.info, ClipInfo):
            message = "a still has no frames to read"
            raise TypeError(message)
        self.info = media.info
        self.damaged_s: list[Fraction] = []
        """Times of frames that did not decode cleanly, as far as it was decoded."""
        self._data = media.data
        places = {time: place for place, time in enumerate(self.info.times_s)}
        self.place_of = places
        """Place of each shown frame's time."""
        self._places = [
            None if p.time_s is None else places.get(p.time_s) for p in self.info.packets
        ]
        """Place of each packet's frame; None for frames that are never shown."""

    def places_in(self, window: Window) -> range:
        """Return the places of the frames that ``window`` shows."""
        times = self.info.times_s
        return range(bisect_left(times, window.start_s), bisect_left(times, window.end_s))

    def keyframes(self, wanted: Collection[int]) -> Iterator[Shown]:
        """Yield the keyframes at the places ``wanted``, decoding nothing else; on one thread."""
        ordinals = {
            n: place
            for n, (packet, place) in enumerate(zip(self.info.packets, self._places, strict=True))
            if packet.is_key and place in wanted
        }
        if not ordinals:
            return
        last = max(ordinals)
        with _Opened(self._data, self.info) as (container, stream):
            context = stream.codec_context
            context.thread_type = "SLICE"
            context.thread_count = 1
            for n, packet in _packets(container, stream):
                if n > last:
                    return
                place = ordinals.get(n)
                if place is None:
                    continue
                frames = self._decoded(packet, place)
                frames += self._drained(stream, place)
                context.flush_buffers()
                if frames:
                    yield place, frames[0]

    def stretch(
        self,
        wanted: range,
        *,
        threads: int,
        needed: Collection[int] | None = None,
        is_rough: bool = False,
        is_careful: bool = False,
    ) -> Iterator[Shown | None]:
        """Yield the frames at the places ``wanted`` in order, decoded from the keyframe at or before the first.

        Args:
            wanted: Places, in a row.
            threads: Threads to decode with.
            needed: Places among them whose frames must come, all by default. Of the others, and of those on the way to
                the first, only what these are coded from is decoded; they may be yielded or not.
            is_rough: For looking only: frames that no other refers to are left out.
            is_careful: Decode everything, and let FFmpeg find out by trial how far frames are reordered where the
                stream does not say. For streams that lost a frame without: H.264 that does not tell its depth of
                reordering, HEVC whose sub-layers refer to what the flags call unreferred.

        Yields:
            A frame, or None for a packet on the way to the first one, so that callers can tell that time passes.
        """
        info, places = self.info, self._places
        start = self._entry(wanted.start)
        derived = iter(self._shown_from(start)) if info.are_times_derived else None
        total = len(info.packets)
        needed = wanted if needed is None or derived else frozenset(needed).intersection(wanted)
        skips = info.codec in SKIPPING_CODECS and not (is_rough or is_careful or derived)
        late, to_come = 0, total if is_rough else len(needed)
        with _Opened(self._data, info, is_careful=is_careful) as (container, stream):
            context = stream.codec_context
            context.thread_type = "AUTO"
            context.thread_count = threads
            context.copy_opaque = True
            if is_rough:
                context.skip_frame = "NONREF"
                context.options = {"skip_loop_filter": "all"}
            for n, packet in _packets(container, stream):
                if n < start:
                    continue
                packet.opaque = _Number(n)
                hint = places[n] if n < total else None
                if skips:
                    context.skip_frame = "DEFAULT" if hint is None or hint in needed else "NONREF"
                frames = self._decoded(packet, hint)
                if n == total - 1:
                    frames += self._drained(stream, hint)
                yield None
                for frame in frames:
                    place = next(derived, None) if derived else self._place_of(frame)
                    if place is None or place < wanted.start:
                        continue
                    if place >= wanted.stop:
                        late += 1
                        continue
                    if frame.is_corrupt:
                        self._note_damage(place)
                    to_come -= is_rough or place in needed
                    yield place, frame
                if to_come == 0 or late > MAX_LATE:
                    return

    def _entry(self, place: int) -> int:
        """Return the number of the packet from which decoding must begin to show the frame at ``place``."""
        entry = 0
        for n, (packet, its_place) in enumerate(zip(self.info.packets, self._places, strict=True)):
            if packet.is_key and its_place is not None and its_place <= place:
                entry = n
        return entry

    def _shown_from(self, start: int) -> list[int]:
        return sorted(place for place in self._places[start:] if place is not None)

    def _place_of(self, frame: VideoFrame) -> int | None:
        number = frame.opaque
        if isinstance(number, _Number) and number.value < len(self._places):
            return self._places[number.value]
        return None

    def _decoded(self, packet: Packet[VideoStream], place: int | None) -> list[VideoFrame]:
        try:
            with reading("decode a frame"):
                return packet.decode()
        except UnreadableError:
            self._note_damage(place)
            return []

    def _drained(self, stream: VideoStream, place: int | None) -> list[VideoFrame]:
        try:
            with reading("decode a frame"):
                return stream.decode(None)
        except UnreadableError:
            self._note_damage(place)
            return []

    def _note_damage(self, place: int | None) -> None:
        if place is not None and (time := self.info.times_s[place]) not in self.damaged_s:
            self.damaged_s.append(time)


@dataclass(frozen=True, slots=True)
class _Number:
    """A packet's number, in an object of its own.

    PyAV knows what travels with a packet by its address, and forgets it when the first holder goes (18.1): with bare
    numbers, which Python shares, frames of two runs would lose theirs. No longer needed once
    ``av/opaque.py`` counts references; tests/preprocess/test_clip_reader.py reads clips side by side.
    """

    value: int


class _Opened:
    """The clip's container and video stream, opened for one run through its packets."""

    def __init__(self, data: bytes, info: ClipInfo, *, is_careful: bool = False) -> None:
        self._container = open_clip(data, info.container, is_known=not is_careful)
        self._stream = self._container.streams[info.stream_index]

    def __enter__(self) -> tuple[InputContainer, VideoStream]:
        assert isinstance(self._stream, VideoStream)  # noqa: S101 - the probe chose it
        decoder_of(self._stream)
        return self._container, self._stream

    def __exit__(self, *_: object) -> None:
        self._container.close()


def _packets(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[int, Packet[VideoStream]]]:
    """Yield the packets of the video stream with their numbers in ``ClipInfo.packets``."""
    n = 0
    with reading("read the clip's packets"):
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_corrupt:
                continue
            yield n, packet
            n += 1
