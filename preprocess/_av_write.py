"""Writes finished clips: H.264 from payload frames, or packets copied as they are, into MP4, AVI or FLV in memory."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ._av import main_video, open_clip, reading
from ._pixels import has_avx512
from .errors import MachineError
from .media import ClipInfo
from .options import Container
from .packet_cut import PacketCut

PRESET = "veryfast"
"""x264's preset. Source: docs/clip-quality.md (curve of quality, size and CPU time over the open media)."""

THREADS = 1
"""x264's threads, whatever the machine: their number changes the bytes, and each of them costs CPU time at this size
(480x640, two cores: its own choice, three, takes 1.2 of the time). `coder` runs beside the decoding instead."""

_REPEATABLE = "asm=AVX2"
"""Keeps x264 from AVX-512, with which the same frames give other bytes about once in five times, on one thread too
(seen with x264 165, macroblock tree on). With AVX2 they are the same each time, as with AVX and SSE4.2, and as soon."""

_MUXER_OPTIONS = {
    # No edit list, although B-frames delay the picture: negative composition offsets put frame 0 at time 0.
    # ``use_editlist=0`` alone starts at 0.067 s (tried, FFmpeg 8).
    "mp4": {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"},
    "avi": {},
    "flv": {},
}
_BT709 = 1
_LIMITED = 1


@dataclass(frozen=True, slots=True)
class Sound:
    """Packets of a source's sound that go along with a window."""

    data: bytes
    form: str
    start_s: Fraction
    """On the file's own clock."""
    end_s: Fraction


class _Memory:
    """The file being written: the MP4 muxer reads its own output while it moves the index to the front."""

    name = "memory"

    def __init__(self) -> None:
        self.file = io.BytesIO()

    def reader(self) -> _Reader:
        return _Reader(self.file)


class _Reader:
    """A second cursor into a file in memory."""

    name = "memory"

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        with self._file.getbuffer() as view:
            stop = len(view) if size < 0 else self._at + size
            part = bytes(view[self._at : stop])
        self._at += len(part)
        return part

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._file.getbuffer() as view:
            base = (0, self._at, len(view))[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        pass


class OverBudgetError(Exception):
    """Coding was given up: the file would not fit its budget."""


@contextmanager
def _muxing(container: Container, memory: _Memory) -> Iterator[OutputContainer]:
    output = av.open(
        memory.file,
        mode="w",
        format=container,
        options=_MUXER_OPTIONS[container],
        io_open=lambda _url, _flags, _options: memory.reader(),
    )
    try:
        yield output
    except BaseException:
        _abandon(output)
        raise
    else:
        output.close()


def _abandon(output: OutputContainer) -> None:
    with suppress(FFmpegError, ValueError):  # half a file cannot always be finished
        output.close()


@dataclass(frozen=True, slots=True)
class Quality:
    """How finely to code: a constant quality, or an average rate reached in two passes."""

    crf: float | None = None
    bit_rate: int | None = None
    """Bits per second."""


def code_clip(
    frames: Callable[[], Iterable[VideoFrame]],
    rate_fps: Fraction,
    container: Container,
    quality: Quality,
    *,
    max_bytes: int,
    sound: Sound | None = None,
    tick: Callable[[int, int], None] = lambda _frames, _bytes: None,
) -> bytes:
    """Code ``frames`` once as H.264 and return the finished file.

    Args:
        frames: Called for the frames, once for each pass: 8-bit 4:2:0, all of one size, in order; may repeat, may be
            made while they are asked for.
        rate_fps: Constant rate.
        container: mp4, avi or flv; the latter two get no B-frames.
        quality: Constant quality, or an average bit rate.
        max_bytes: The finished file never grows beyond this.
        sound: Sound to copy, if any.
        tick: Called with the number of frames coded and of bytes written.

    Raises:
        OverBudgetError: The file would be larger than ``max_bytes``; nothing is returned.
        MachineError: The encoder is missing or fails.
    """
    try:
        if quality.bit_rate is None:
            return _pass(frames(), rate_fps, container, quality, max_bytes, sound, tick, {}, 0)
        with tempfile.TemporaryDirectory(prefix="faceready-") as folder:
            log = {
                "passlogfile": str(Path(folder) / "rate")
            }  # the encoder's bit counts, no picture
            _pass(frames(), rate_fps, container, quality, None, None, tick, log, Flags.pass1)
            return _pass(
                frames(), rate_fps, container, quality, max_bytes, sound, tick, log, Flags.pass2
            )
    except (FFmpegError, OSError) as exc:
        message = "the H.264 encoder failed"
        raise MachineError(message, code="machine.encoder") from exc


def _pass(
    frames: Iterable[VideoFrame],
    rate_fps: Fraction,
    container: Container,
    quality: Quality,
    max_bytes: int | None,
    sound: Sound | None,
    tick: Callable[[int, int], None],
    options: dict[str, str],
    flag: int,
) -> bytes:
    memory = _Memory()
    written = 0
    coming = iter(frames)
    first = next(coming)
    with _muxing(container, memory) as output:
        stream = _coder(output, first, rate_fps, container, quality, options, flag)
        copied = _SoundCopy(output, sound) if sound else None
        for n, frame in enumerate(chain([first], coming)):
            frame.pts, frame.time_base = n, 1 / rate_fps
            frame.pict_type = 0
            for packet in stream.encode(frame):
                written += packet.size
                output.mux(packet)
            if max_bytes is not None and written > max_bytes:
                raise OverBudgetError
            tick(n + 1, written)
        for packet in stream.encode(None):
            output.mux(packet)
        if copied:
            copied.mux()
    data = memory.file.getvalue()
    if max_bytes is not None and len(data) > max_bytes:
        raise OverBudgetError
    return data


def _coder(
    output: OutputContainer,
    first: VideoFrame,
    rate_fps: Fraction,
    container: Container,
    quality: Quality,
    options: dict[str, str],
    flag: int,
) -> VideoStream:
    chosen = {"preset": PRESET, **options}
    if quality.crf is not None:
        chosen["crf"] = f"{quality.crf:g}"
    if container != "mp4":
        chosen["bf"] = "0"
    if (
        has_avx512()
    ):  # named only there: x264 uses what it is told, whether or not the processor has it
        chosen["x264-params"] = _REPEATABLE
    stream = output.add_stream("libx264", rate=rate_fps, options=chosen)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = first.width, first.height, "yuv420p"
    context.time_base = 1 / rate_fps
    context.thread_count = THREADS
    context.color_range = _LIMITED
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.sample_aspect_ratio = Fraction(1)
    if quality.bit_rate is not None:
        context.bit_rate = quality.bit_rate
    if flag:
        context.flags |= flag
    return stream


def copy_clip(
    data: bytes,
    info: ClipInfo,
    cut: PacketCut,
    rate_fps: Fraction,
    container: Container,
    *,
    sound: Sound | None = None,
    tick: Callable[[float], None] = lambda _share: None,
) -> bytes:
    """Return the packets of ``cut``, untouched, in a new file, on the grid of ``rate_fps`` from time 0.

    Raises:
        UnreadableError: The source breaks off.
        MachineError: The file could not be written.
    """
    memory = _Memory()
    with open_clip(data, info.container, is_known=True) as source:
        stream = main_video(source)
        with _muxing(container, memory) as output:
            copy = output.add_stream_from_template(stream)
            copy.time_base = 1 / rate_fps
            filtered = _with_start_codes(stream, copy) if container == "avi" else None
            copied = _SoundCopy(output, sound) if sound else None
            with reading("copy the clip's packets"):
                for restamped in _restamped(source.demux(stream), info, cut, rate_fps):
                    for packet in filtered.filter(restamped) if filtered else (restamped,):
                        packet.stream = copy
                        output.mux(packet)
                    tick(0.5)
            if copied:
                copied.mux()
    return memory.file.getvalue()


def _with_start_codes(stream: VideoStream, copy: VideoStream) -> BitStreamFilterContext | None:
    """Return what puts start codes before H.264 units, as AVI has them; None where the source has them already."""
    extradata = stream.codec_context.extradata
    # 1 begins the configuration of streams with lengths instead: MP4, FLV, Matroska. Source: ISO/IEC 14496-15, 5.3.3.
    if not extradata or extradata[0] != 1:
        return None
    return BitStreamFilterContext("h264_mp4toannexb", stream, copy)


def _restamped(
    packets: Iterable[Packet[VideoStream]], info: ClipInfo, cut: PacketCut, rate_fps: Fraction
) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of ``cut`` with times counted in frames; decode times run ahead of the deepest reordering."""
    times = [info.packets[n].time_s for n in range(cut.first, cut.stop)]
    ranks = {time: n for n, time in enumerate(sorted(t for t in times if t is not None))}
    delay = max(n - ranks[time] for n, time in enumerate(times) if time is not None)
    coded = (packet for packet in packets if packet.size and not packet.is_corrupt)
    for n, packet in enumerate(coded):
        if n >= cut.stop:
            return
        if n < cut.first:
            continue
        place = n - cut.first
        time = times[place]
        if time is None:
            continue
        packet.time_base = 1 / rate_fps
        packet.pts, packet.dts, packet.duration = ranks[time], place - delay, 1
        yield packet


class _SoundCopy:
    """Copies the source's sound beside a window; made before the first packet is written."""

    def __init__(self, output: OutputContainer, sound: Sound) -> None:
        self._output, self._sound = output, sound
        self._source = open_clip(sound.data, sound.form)
        self._stream: AudioStream = self._source.streams.audio[0]
        self._copy = output.add_stream_from_template(self._stream)

    def mux(self) -> None:
        """Write the packets that begin inside the window."""
        with self._source:
            base = self._stream.time_base or Fraction(1, 1000)
            for packet in self._source.demux(self._stream):
                if packet.size == 0 or packet.pts is None:
                    continue
                time = packet.pts * base
                if self._sound.start_s <= time < self._sound.end_s:
                    shift = round(self._sound.start_s / base)
                    packet.pts -= shift
                    packet.dts = packet.pts
                    packet.stream = self._copy
                    self._output.mux(packet)
