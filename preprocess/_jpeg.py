"""JPEG segments, read and cut as pure bytes; coded pictures are never decoded here.

Source: ITU-T T.81 annex B (markers), T.871 (JFIF), T.872 (Adobe APP14), CIPA DC-007 (several pictures in one file).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from . import _exif
from .errors import UnreadableError, UnsupportedError
from .geometry import Orientation, Size

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP13, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker inside coded data that is neither stuffing nor a restart nor fill."""

_XMP = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_ICC = b"ICC_PROFILE\0"
_MPF = b"MPF\0"
_MPF_IMAGE_COUNT = 0xB001
_MAX_SEGMENTS = 20_000
"""Segments in one picture; an ICC profile of 16 MB needs 256, a picture in 10,000 scans is hostile."""

_PADDING = bytes(16)
"""What libjpeg's bit reader may look ahead; too little for it to make more than a few blocks of."""

_SUBSAMPLINGS = {
    (1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (4, 1): "4:1:1", (1, 2): "4:4:0", (4, 2): "4:1:0"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment."""

    marker: int
    """Second byte of the marker."""
    start: int
    """Offset of the marker's first byte."""
    end: int
    """Offset behind the segment's last byte."""
    body: bytes = field(repr=False)
    """Content behind the length field."""


@dataclass(frozen=True, slots=True)
class JpegScan:
    """The first picture of a JPEG file, segment by segment."""

    size: Size
    components: int
    is_progressive: bool
    subsampling: str | None
    """Chroma subsampling; None for grey and CMYK."""
    segments: tuple[Segment, ...] = field(repr=False)
    """Everything in front of the coded data."""
    coded_start: int
    """Offset of the first SOS marker."""
    coded_end: int
    """Offset of the EOI marker, or of the end of the file where there is none."""
    is_truncated: bool
    trailing_bytes: int
    """Bytes behind the EOI marker."""
    pictures: int
    """Pictures that the file's own index announces; 1 without one."""
    exif: _exif.Exif | None
    icc: bytes | None = field(repr=False)
    private: tuple[str, ...]
    """Names of private metadata, sorted."""

    @property
    def orientation(self) -> Orientation:
        """Orientation from EXIF; upright where there is no readable tag."""
        return (self.exif and self.exif.orientation) or Orientation.UPRIGHT


def scan_jpeg(data: bytes) -> JpegScan:
    """Return the structure of the first picture in ``data``.

    Raises:
        UnreadableError: There is no picture header, or the file ends before one.
        UnsupportedError: The coding process is not baseline, extended or progressive Huffman with 8 bits.
    """
    segments, coded_start = _read_segments(data)
    frame = next((s for s in segments if s.marker in _FRAME_HEADERS), None)
    if frame is None or coded_start is None:
        message = "the JPEG ends before its picture begins"
        raise UnreadableError(message, code="source.truncated")
    size, factors = _read_frame_header(frame)
    coded_end = _end_of_coded(data, coded_start)
    is_truncated = coded_end == len(data)
    exif = _first_exif(segments)
    return JpegScan(
        size=size,
        components=len(factors),
        is_progressive=frame.marker == _PROGRESSIVE,
        subsampling=_subsampling(factors),
        segments=segments,
        coded_start=coded_start,
        coded_end=coded_end,
        is_truncated=is_truncated,
        trailing_bytes=0 if is_truncated else len(data) - coded_end - 2,
        pictures=max((_mpf_pictures(s.body) for s in segments if s.marker == _APP2), default=1),
        exif=exif,
        icc=_icc(segments),
        private=_private(segments),
    )


def picture_alone(data: bytes, scan: JpegScan) -> bytes:
    """Return a JPEG of the first picture with what decoding needs and nothing else.

    Metadata never reaches the decoder, and neither do trailing pictures. Where one scan holds all of it, padding
    stands in the end marker's place: libjpeg fills up with grey in silence when that marker comes too early, but
    says so when it runs out of bytes.
    """
    is_one_scan = not scan.is_progressive and data[scan.coded_start + 4] == scan.components
    return _joined(data, scan, _PADDING if is_one_scan else b"\xff\xd9")


def picture_filled_up(data: bytes, scan: JpegScan) -> bytes:
    """Return the picture with an end marker where its bytes end, so that a decoder fills up what is missing."""
    return _joined(data, scan, b"\xff\xd9")


def _joined(data: bytes, scan: JpegScan, end: bytes) -> bytes:
    kept = [data[s.start : s.end] for s in scan.segments if _is_needed_to_decode(s)]
    return b"".join((b"\xff\xd8", *kept, data[scan.coded_start : scan.coded_end], end))


def strip_jpeg(data: bytes) -> bytes:
    """Return the file without private metadata; coded data, tables, JFIF, ICC and Adobe segments are kept as they are.

    EXIF is rebuilt with the camera's facts alone. Other application segments and whatever lies behind the end
    of the picture go.

    Raises:
        UnreadableError: The file is truncated or has no picture.
        UnsupportedError: See `scan_jpeg`.
    """
    scan = scan_jpeg(data)
    if scan.is_truncated:
        message = "the JPEG has no end"
        raise UnreadableError(message, code="source.truncated")
    parts = [b"\xff\xd8"]
    rebuilt = scan.exif.without_private() if scan.exif else None
    for segment in scan.segments:
        if segment.marker == _APP0 and segment.body.startswith(b"JFIF\0"):
            parts.append(_jfif_without_thumbnail(segment))
        elif _is_needed_to_decode(segment) or _is_icc(segment):
            parts.append(data[segment.start : segment.end])
        elif rebuilt is not None and _is_exif(segment):
            body = _exif.PREFIX + rebuilt
            parts.append(struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body)
            rebuilt = None
    parts.append(_without_metadata_between_scans(data, scan))
    return b"".join((*parts, b"\xff\xd9"))


def _read_segments(data: bytes) -> tuple[tuple[Segment, ...], int | None]:
    """Return the segments before the coded data and where that begins (None when it never does)."""
    segments: list[Segment] = []
    at = 2
    while len(segments) < _MAX_SEGMENTS:
        at = data.find(b"\xff", at)
        while 0 <= at < len(data) - 1 and data[at + 1] == 0xFF:
            at += 1
        if at < 0 or at + 4 > len(data):
            return tuple(segments), None
        marker = data[at + 1]
        if marker == _EOI:
            return tuple(segments), None
        if marker in _STANDALONE or marker in (0x00, _SOI):
            at += 2
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        end = at + 2 + length
        if length < 2 or end > len(data):
            return tuple(segments), None
        if marker == _SOS:
            return tuple(segments), at
        segments.append(Segment(marker, at, end, data[at + 4 : end]))
        at = end
    return tuple(segments), None


def _end_of_coded(data: bytes, start: int) -> int:
    """Return the offset of the EOI that ends the picture whose first scan begins at ``start``, else the file's end."""
    at = start
    for _ in range(_MAX_SEGMENTS):
        # at: an SOS or a table between two scans
        if at + 4 > len(data):
            return len(data)
        length = struct.unpack_from(">H", data, at + 2)[0]
        found = _END_OF_SCAN.search(data, at + 2 + max(length, 2))
        if found is None:
            return len(data)
        at = found.start()
        if data[at + 1] in (_EOI, _SOI):
            return at
    return len(data)


def _read_frame_header(frame: Segment) -> tuple[Size, tuple[tuple[int, int], ...]]:
    """Return size and the sampling factors (horizontal, vertical) of each component."""
    body = frame.body
    if len(body) < 6:
        message = "the JPEG's frame header is cut short"
        raise UnreadableError(message)
    depth, height, width, count = struct.unpack_from(">BHHB", body)
    if frame.marker not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
        kinds = {0xC3: "lossless", 0xC9: "arithmetic", 0xCA: "arithmetic progressive"}
        message = f"the JPEG uses {kinds.get(frame.marker, 'hierarchical')} coding"
        raise UnsupportedError(message, code="source.unsupported.jpeg")
    if depth != 8:
        message = f"the JPEG has {depth} bits per channel"
        raise UnsupportedError(message, code="source.unsupported.jpeg")
    if count not in (1, 3, 4):
        message = f"the JPEG has {count} channels"
        raise UnsupportedError(message, code="source.unsupported.jpeg")
    if not width or not height or len(body) < 6 + 3 * count:
        message = "the JPEG's frame header makes no sense"
        raise UnreadableError(message)
    factors = tuple((body[7 + 3 * i] >> 4, body[7 + 3 * i] & 15) for i in range(count))
    return Size(width, height), factors


def _subsampling(factors: tuple[tuple[int, int], ...]) -> str | None:
    if len(factors) != 3:
        return None
    (luma_x, luma_y), blue, red = factors
    if blue != red or 0 in blue or luma_x % blue[0] or luma_y % blue[1]:
        return "other"
    return _SUBSAMPLINGS.get((luma_x // blue[0], luma_y // blue[1]), "other")


def _is_needed_to_decode(segment: Segment) -> bool:
    """Tables, frame header, and the two segments that say what the channels mean."""
    if segment.marker == _APP0:
        return segment.body.startswith(b"JFIF\0")
    if segment.marker == _APP14:
        return segment.body.startswith(b"Adobe")
    return not _APP0 <= segment.marker <= _APP15 and segment.marker != _COM


def _is_icc(segment: Segment) -> bool:
    return segment.marker == _APP2 and segment.body.startswith(_ICC)


def _is_exif(segment: Segment) -> bool:
    return segment.marker == _APP1 and segment.body.startswith(_exif.PREFIX)


def _first_exif(segments: tuple[Segment, ...]) -> _exif.Exif | None:
    for segment in segments:
        if _is_exif(segment):
            try:
                return _exif.read_exif(segment.body)
            except _exif.ExifError:
                continue
    return None


def _icc(segments: tuple[Segment, ...]) -> bytes | None:
    """Return the profile put together from its numbered parts; None when it is absent or incomplete."""
    parts = {s.body[12]: s.body[14:] for s in segments if _is_icc(s) and len(s.body) > 14}
    announced = {s.body[13] for s in segments if _is_icc(s) and len(s.body) > 14}
    if not parts or announced != {len(parts)} or set(parts) != set(range(1, len(parts) + 1)):
        return None
    return b"".join(parts[number] for number in sorted(parts))


def _mpf_pictures(body: bytes) -> int:
    """Return how many pictures an MPF index announces; 1 for other segments."""
    if not body.startswith(_MPF):
        return 1
    try:
        index = _exif.read_exif(body.removeprefix(_MPF))
    except _exif.ExifError:
        return 1
    entry = index.main.get(_MPF_IMAGE_COUNT)
    if entry is None or len(entry.raw) < 4:
        return 1
    return max(1, int(struct.unpack_from(index.byte_order + "I", entry.raw)[0]))


def _private(segments: tuple[Segment, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for segment in segments:
        marker, body = segment.marker, segment.body
        if marker == _COM:
            found.add("comment")
        elif marker == _APP13:
            found.add("IPTC")
        elif marker == _APP1 and body.startswith(_XMP):
            found.add("XMP")
        elif _is_exif(segment):
            try:
                found.update(_exif.read_exif(body).private)
            except _exif.ExifError:
                found.add("unreadable EXIF")
        elif marker == _APP0 and _has_thumbnail(body):
            found.add("thumbnail")
    return tuple(sorted(found))


def _has_thumbnail(body: bytes) -> bool:
    """Tell whether an APP0 segment is a JFIF extension, or a JFIF header with a thumbnail's size in it."""
    return body.startswith(b"JFXX\0") or (
        body.startswith(b"JFIF\0") and len(body) >= 14 and body[12] > 0 and body[13] > 0
    )


def _jfif_without_thumbnail(segment: Segment) -> bytes:
    body = segment.body[:12].ljust(12, b"\0") + b"\0\0"
    return struct.pack(">BBH", 0xFF, _APP0, len(body) + 2) + body


def _without_metadata_between_scans(data: bytes, scan: JpegScan) -> bytes:
    """Return the coded data; comments and application segments between two scans of it are left out."""
    parts: list[bytes] = []
    at = kept_from = scan.coded_start
    while at < scan.coded_end:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        end = at + 2 + max(length, 2)
        if marker == _COM or _APP0 <= marker <= _APP15:
            parts.append(data[kept_from:at])
            kept_from = end
        found = _END_OF_SCAN.search(data, end, scan.coded_end)
        at = found.start() if found else scan.coded_end
    return b"".join((*parts, data[kept_from : scan.coded_end]))
