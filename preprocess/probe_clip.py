"""Finds the facts of a clip from its boxes and packets; decodes one frame at most, where only frames tell the turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ._av import ISO_FORMS, decoder_of, main_video, open_clip, reading, video_streams
from ._boxes import IsoFile, orientation_of, scan_iso
from ._color import color_of
from ._timeline import RawPacket, Timeline, lay_timeline
from .errors import LimitExceededError, UnreadableError, UnsupportedError
from .geometry import Orientation, Size
from .media import ClipInfo, CodedFrame
from .profile import Profile, ReadingLimits
from .rate import measure_pace
from .watch import Watch

PRIVATE_WORDS = (
    *(
        "location",
        "iso6709",
        "gps",
        "comment",
        "title",
        "artist",
        "author",
        "description",
        "copyright",
        "serial",
    ),
    *("synopsis", "performer", "composer", "album", "keywords", "owner", "lyrics", "xmp"),
)
"""A tag whose name holds one of these words names a person, a place or one device (design, section 8)."""
_PRIVATE_BOXES = {
    "\xa9xyz": "location",
    "loci": "location",
    "XMP_": "xmp",
    "\xa9nam": "title",
    "\xa9cmt": "comment",
}
_INDEX = re.compile(rb"moov.{4}mvhd", re.DOTALL)
"""An index that is there, whether or not the boxes around it lead to it."""
_TICK_PACKETS = 500


def probe_clip(
    data: bytes, form: str, extension: str | None, profile: Profile, watch: Watch
) -> ClipInfo:
    """Return the facts of the clip in ``data``.

    Args:
        data: The whole file.
        form: What its magic bytes say: mp4, mov, 3gp, avi, flv, matroska, webm or mpegts.
        extension: Extension of its name, lower case without dot; None when it has none.
        profile: Its reading limits are held before anything is decoded.
        watch: Asked between packets.

    Raises:
        UnreadableError: No picture can be had: ``source.truncated-moov``, ``source.encrypted``, ``source.no-video``,
            ``source.no-frames`` or ``source.damaged``.
        UnsupportedError: Container, codec or a reference to another file is not on our list.
        LimitExceededError: Longer, larger or with more streams than the reading limits allow.
    """
    iso = scan_iso(data) if form in ISO_FORMS else None
    if iso is not None:
        _refuse_closed(iso, data)
    with open_clip(data, form) as container:
        _refuse_streams(container, profile.reading)
        stream = main_video(container)
        codec = decoder_of(stream)
        size = _coded_size(stream, profile.reading)
        scan = _scan(container, stream, codec, form, profile.reading, watch)
        orientation, is_odd = (
            orientation_of(iso.video.matrix) if iso and iso.video else (Orientation.UPRIGHT, False)
        )
        if iso is None:
            orientation, is_odd = _orientation_of_frames(data, form)
        return _info(
            data, form, extension, container, stream, codec, size, iso, scan, orientation, is_odd
        )


def _refuse_closed(iso: IsoFile, data: bytes) -> None:
    """Refuse what no demuxer could open, saying why: FFmpeg gives the same answer for all of these."""
    if not iso.has_moov:
        if (b"moov" in data and not iso.is_cut_short) or _INDEX.search(data):
            message = "the file's boxes contradict each other: its index (moov) cannot be reached"
            raise UnreadableError(message, code="source.damaged")
        message = "the recording was cut off before its index was written: missing moov"
        advice = "Take the clip again and let the recorder finish before copying the file."
        raise UnreadableError(message, code="source.truncated-moov", advice=advice)
    if iso.is_encrypted:
        message = "the clip is encrypted; its pictures cannot be decoded"
        raise UnreadableError(message, code="source.encrypted", advice="Send an unprotected clip.")
    if any(track.has_external_data for track in iso.tracks if track.handler == "vide"):
        message = (
            "the file refers to another file for its pictures; such references are never followed"
        )
        advice = "Export the clip as one self-contained file."
        raise UnsupportedError(message, code="source.external-reference", advice=advice)


def _refuse_streams(container: InputContainer, limits: ReadingLimits) -> None:
    if (count := len(container.streams)) > limits.max_streams:
        message = (
            f"the file holds {count} streams, more than the {limits.max_streams} that are read"
        )
        raise LimitExceededError(message, code="source.limit.streams")


def _coded_size(stream: VideoStream, limits: ReadingLimits) -> Size:
    size = Size(stream.codec_context.width, stream.codec_context.height)
    if size.width <= 0 or size.height <= 0:
        message = "the clip's video stream does not even tell its size"
        raise UnreadableError(message, code="source.damaged")
    if size.pixels > limits.max_pixels:
        message = (
            f"frames of {size.width}x{size.height} exceed the limit of {limits.max_pixels} pixels"
        )
        raise LimitExceededError(message, code="source.limit.pixels")
    return size


@dataclass(frozen=True, slots=True)
class _Scan:
    packets: tuple[RawPacket, ...]
    timeline: Timeline
    is_damaged: bool


def _scan(
    container: InputContainer,
    stream: VideoStream,
    codec: str,
    form: str,
    limits: ReadingLimits,
    watch: Watch,
) -> _Scan:
    """Read all packets of the video stream; a file that ends in the middle of one is no error here."""
    packets: list[RawPacket] = []
    is_damaged = False
    time_base = stream.time_base or Fraction(1, 1000)
    try:
        with reading("read the clip's packets"):
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                if packet.is_corrupt:
                    is_damaged = True
                    continue
                packets.append(_raw(packet, codec, form))
                if len(packets) % _TICK_PACKETS == 0:
                    watch.tick("probe", packet.pos / container.size if packet.pos else 0.0)
                    _refuse_length(packets, time_base, limits)
    except UnreadableError:
        is_damaged = True
    watch.tick("probe", 1.0)
    if not packets:
        message = "the clip's video stream holds no frame"
        raise UnreadableError(message, code="source.no-frames")
    _refuse_length(packets, time_base, limits)
    timeline = lay_timeline(packets, time_base, stream.average_rate or stream.guessed_rate)
    if all(time is None for time in timeline.times_s):
        message = "the clip's video stream holds no frame that is meant to be shown"
        raise UnreadableError(message, code="source.no-frames")
    return _Scan(tuple(packets), timeline, is_damaged)


def _raw(packet: Packet[VideoStream], codec: str, form: str) -> RawPacket:
    is_shown = not packet.is_discard
    # AVI knows the order of decoding only; what FFmpeg calls presentation time there is wrong once there are B-frames.
    pts = None if form == "avi" else packet.pts
    if codec == "vp8" and packet.size:
        # A reference frame that is never shown travels in a block of its own. Source: RFC 6386, section 9.1.
        is_shown = is_shown and bool(memoryview(packet)[0] & 0x10)
    return RawPacket(
        pts, packet.dts, packet.duration or 0, packet.is_keyframe, is_shown, packet.size
    )


def _refuse_length(packets: list[RawPacket], time_base: Fraction, limits: ReadingLimits) -> None:
    clock = [
        t
        for p in (packets[0], packets[-1])
        if (t := p.dts if p.dts is not None else p.pts) is not None
    ]
    if len(clock) == 2 and (clock[1] - clock[0]) * time_base > limits.max_duration_s:
        message = f"the clip is longer than the {limits.max_duration_s:g} s that are read"
        raise LimitExceededError(message, code="source.limit.duration")


def _orientation_of_frames(data: bytes, form: str) -> tuple[Orientation, bool]:
    """Return the orientation that the first decodable frame carries; outside ISO files only frames tell it."""
    with open_clip(data, form) as container:
        stream = main_video(container)
        decoder_of(stream)
        try:
            with reading("decode a frame"):
                for frame in container.decode(stream):
                    matrix = frame.side_data.get("DISPLAYMATRIX")
                    if matrix is None:
                        return Orientation.UPRIGHT, False
                    values = memoryview(cast("bytes", matrix)).cast("B").cast("i")
                    a, b, c, d = (values[n] / 65536 for n in (0, 1, 3, 4))
                    return orientation_of((a, b, c, d))
        except UnreadableError:
            pass  # whether anything decodes is for the look to find out
    return Orientation.UPRIGHT, False


def _info(
    data: bytes,
    form: str,
    extension: str | None,
    container: InputContainer,
    stream: VideoStream,
    codec: str,
    size: Size,
    iso: IsoFile | None,
    scan: _Scan,
    orientation: Orientation,
    is_odd: bool,
) -> ClipInfo:
    context = stream.codec_context
    coded = tuple(
        CodedFrame(time, packet.is_key, packet.size_bytes)
        for packet, time in zip(scan.packets, scan.timeline.times_s, strict=True)
    )
    shown = [frame for frame in coded if frame.time_s is not None]
    # Nearest floats keep the order: two times lie a tick apart at least, and compare 20 times as fast.
    times = tuple(sorted((f.time_s for f in shown if f.time_s is not None), key=float))
    pace = measure_pace(times)
    spacing = pace.spacing_s or scan.timeline.last_duration_s
    duration = times[-1] + spacing
    header_duration = _header_duration(container, stream)
    hides = _hides_frames(data, form, iso, len(coded), len(shown), is_damaged=scan.is_damaged)
    announced = iso.video.samples if iso and iso.video and not iso.is_fragmented else 0
    missing = 0 < len(coded) < announced and not hides
    is_truncated = scan.is_damaged or missing or _ends_early(data, form, header_duration, duration)
    share = Fraction(1)
    if is_truncated and header_duration and header_duration > 0:
        share = min(Fraction(1), duration / header_duration)
    color = color_of(context, size, stream.codec_context.pix_fmt)
    videos = video_streams(container)
    return ClipInfo(
        container=form,
        brand=iso.brand if iso else None,
        codec=codec,
        pixel_format=context.pix_fmt,
        size_coded=size,
        pixel_aspect=_aspect(stream),
        orientation=orientation,
        has_odd_matrix=is_odd,
        bit_depth=color.bit_depth,
        is_interlaced=context.field_order in _INTERLACED,
        color_space=color.space,
        color_transfer=color.transfer,
        color_primaries=color.primaries,
        is_full_range=color.is_full_range,
        is_color_tagged=color.is_tagged,
        duration_s_header=header_duration,
        duration_s_packets=duration,
        rate_fps_header=stream.average_rate,
        rate_fps_packets=pace.rate_fps,
        is_constant_rate=pace.is_constant,
        longest_gap_s=pace.longest_gap_s,
        frame_count_packets=len(times),
        times_s=times,
        key_times_s=tuple(sorted(f.time_s for f in shown if f.is_key and f.time_s is not None)),
        start_s=scan.timeline.start_s,
        starts_with_key=coded[0].is_key and coded[0].time_s == 0,
        has_b_frames=_is_reordered(coded)
        or (scan.timeline.is_derived and bool(context.has_b_frames)),
        has_edit_list_that_hides=hides,
        has_audio=bool(container.streams.audio),
        video_streams=len(videos),
        attached_pictures=len(container.streams.video) - len(videos),
        other_streams=len(container.streams)
        - len(container.streams.video)
        - len(container.streams.audio),
        private=_private(container, iso),
        is_truncated=is_truncated,
        usable_share=share,
        extension=extension,
        packets=coded,
        are_times_derived=scan.timeline.is_derived,
        stream_index=stream.index,
    )


_INTERLACED = frozenset({2, 3, 4, 5})
"""AV_FIELD_TT, BB, TB, BT. Source: FFmpeg libavcodec/defs.h, enum AVFieldOrder."""


def _header_duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration and stream.duration > 0 and stream.time_base:
        return stream.duration * stream.time_base
    if container.duration and container.duration > 0:
        return Fraction(container.duration, 1_000_000)
    return None


def _aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if (
        not aspect or not Fraction(1, 8) <= aspect <= 8
    ):  # nonsense is treated as unset, as players do
        return Fraction(1)
    return Fraction(aspect)


def _is_reordered(coded: tuple[CodedFrame, ...]) -> bool:
    times = [float(frame.time_s) for frame in coded if frame.time_s is not None]
    return times != sorted(times)


def _hides_frames(
    data: bytes, form: str, iso: IsoFile | None, read: int, shown: int, *, is_damaged: bool
) -> bool:
    """Tell whether a reader that ignores edit lists would show other frames than one that honours them."""
    if iso is None or iso.video is None or not iso.video.edits:
        return False
    if shown < read:
        return True
    if is_damaged or read == iso.video.samples:
        return False
    with open_clip(data, form, ignores_edit_list=True, is_known=True) as container:
        stream = main_video(container)
        try:
            with reading("read the clip's packets"):
                whole = sum(1 for packet in container.demux(stream) if packet.size)
        except UnreadableError:
            return False
    return whole != read


def _ends_early(data: bytes, form: str, header_s: Fraction | None, packets_s: Fraction) -> bool:
    """Tell whether a file without a sample table is shorter than it announces."""
    announced = _announced_bytes(data, form)
    if announced is None or announced <= len(data):
        return False
    return header_s is None or packets_s < header_s * Fraction(98, 100)


def _announced_bytes(data: bytes, form: str) -> int | None:
    if form == "avi":
        return 8 + int.from_bytes(data[4:8], "little")
    return None


def _private(container: InputContainer, iso: IsoFile | None) -> tuple[str, ...]:
    found = set()
    for tags in (container.metadata, *(stream.metadata for stream in container.streams)):
        found |= {key.lower() for key in tags if any(word in key.lower() for word in PRIVATE_WORDS)}
    if iso is not None:
        found |= {name for box, name in _PRIVATE_BOXES.items() if box in iso.tags}
        if iso.has_xmp:
            found.add("xmp")
    return tuple(sorted(found))
