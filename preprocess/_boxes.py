"""Reads the boxes of an ISO media file (MP4, MOV, 3GP) without decoding anything: pure functions over bytes.

What a demuxer does not tell, or tells only once a frame is decoded: the display matrix, whether an edit list exists,
whether ``moov`` is missing (truncated) rather than damaged, encryption, and data references that name another file.

Source: ISO/IEC 14496-12:2022 (boxes by clause in the code); QuickTime File Format for ``mov``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from .geometry import Orientation

MAX_BOXES = 20_000
"""Boxes that one scan visits at most: a real file of 10 minutes has about 3,000, a hostile one any number."""
MAX_DEPTH = 10
_CONTAINERS = frozenset(
    {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"udta"}
)
_ENCRYPTED_ENTRIES = frozenset(
    {b"encv", b"enca", b"encs", b"enct", b"encm", b"drmi", b"drms", b"p608"} - {b"p608"}
)
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IDENTITY = (1.0, 0.0, 0.0, 1.0)
_MATRIX_TOLERANCE = 1 / 256
"""Writers compute cosines: 1/65536 of error is common, a turn by a quarter of a degree is not."""

_ORIENTATIONS: dict[tuple[int, int, int, int], Orientation] = {
    (1, 0, 0, 1): Orientation.UPRIGHT,
    (-1, 0, 0, 1): Orientation.MIRRORED,
    (-1, 0, 0, -1): Orientation.TURN_180,
    (1, 0, 0, -1): Orientation.MIRRORED_180,
    (0, 1, 1, 0): Orientation.TRANSPOSED,
    (0, 1, -1, 0): Orientation.TURN_CW_90,
    (0, -1, -1, 0): Orientation.TRANSVERSED,
    (0, -1, 1, 0): Orientation.TURN_CW_270,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of an edit list (clause 8.6.6)."""

    duration_s: Fraction
    """On the presentation's clock; 0 may mean "to the end"."""
    media_time: int
    """Where it starts on the track's own clock; -1 is an empty edit (a pause)."""
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Track:
    """One track as its boxes describe it."""

    handler: str = ""
    """Four characters: ``vide``, ``soun``, ``meta``, ..."""
    matrix: tuple[float, float, float, float] = _IDENTITY
    """a, b, c, d of the display matrix: x' = a*x + c*y, y' = b*x + d*y."""
    edits: tuple[Edit, ...] = ()
    entries: tuple[str, ...] = ()
    """Four-character codes of the sample descriptions."""
    samples: int = 0
    """Number of samples that its size table announces; 0 in fragmented files."""
    is_encrypted: bool = False
    has_external_data: bool = False
    """Whether a data reference names another file or an address."""


@dataclass(frozen=True, slots=True)
class IsoFile:
    """What the boxes of one file say."""

    brand: str | None = None
    top_level: tuple[str, ...] = ()
    """Box types in file order."""
    has_moov: bool = False
    is_fragmented: bool = False
    is_cut_short: bool = False
    """Whether the last top-level box announces more bytes than the file has."""
    missing_bytes: int = 0
    tracks: tuple[Track, ...] = ()
    has_xmp: bool = False
    has_pssh: bool = False
    tags: tuple[str, ...] = field(default=())
    """Four-character codes directly inside ``udta``, such as ``©xyz`` (a position) or ``loci``."""

    @property
    def video(self) -> Track | None:
        """First video track."""
        return next((t for t in self.tracks if t.handler == "vide"), None)

    @property
    def is_encrypted(self) -> bool:
        """Whether any video track is encrypted."""
        return any(t.is_encrypted for t in self.tracks if t.handler == "vide")


def orientation_of(matrix: tuple[float, float, float, float]) -> tuple[Orientation, bool]:
    """Return the orientation that a display matrix stands for, and whether it is more than that.

    Args:
        matrix: a, b, c, d; x' = a*x + c*y, y' = b*x + d*y, with y growing downwards.

    Returns:
        The orientation of the nearest turn by 90 degrees and mirroring, and True where the matrix also shears, turns
        by another angle or is degenerate. A scaling alone is not odd: it changes how large a player draws the picture.
    """
    a, b, c, d = matrix
    scale_x, scale_y = (a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5
    if not (1e-4 < scale_x < 1e4 and 1e-4 < scale_y < 1e4):
        return Orientation.UPRIGHT, True
    unit = (a / scale_x, b / scale_x, c / scale_y, d / scale_y)
    rounded = tuple(round(value) for value in unit)
    found = _ORIENTATIONS.get((rounded[0], rounded[1], rounded[2], rounded[3]))
    if found is None:
        return Orientation.UPRIGHT, True
    is_odd = any(abs(u - r) > _MATRIX_TOLERANCE for u, r in zip(unit, rounded, strict=True))
    return found, is_odd


def scan_iso(data: bytes) -> IsoFile:
    """Return what the boxes of ``data`` say; never fails, and ends on any bytes (at most `MAX_BOXES` boxes)."""
    return _Scan(data).run()


class _Scan:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_BOXES

    def run(self) -> IsoFile:
        data = self._data
        brand, top, tracks, tags = None, [], [], []
        fragmented = cut = has_moov = xmp = pssh = False
        missing = 0
        movie_matrix = _IDENTITY
        timescale = 1
        for kind, start, end, announced in self._boxes(0, len(data)):
            top.append(_text(kind))
            if announced > len(data):
                cut, missing = True, announced - len(data)
            if kind == b"ftyp" and end - start >= 4:
                brand = _text(data[start : start + 4])
            elif kind == b"moof":
                fragmented = True
            elif kind == b"uuid" and data[start : start + 16] == _XMP_UUID:
                xmp = True
            elif kind == b"moov":
                has_moov = announced <= len(data)
                for inner, at, stop, _ in self._boxes(start, end):
                    if inner == b"mvhd":
                        timescale = max(
                            1, _u32(data, at + (20 if data[at : at + 1] == b"\1" else 12))
                        )
                        movie_matrix = _matrix(
                            data, at + (48 if data[at : at + 1] == b"\1" else 36)
                        )
                    elif inner == b"mvex":
                        fragmented = True
                    elif inner == b"pssh":
                        pssh = True
                    elif inner == b"trak":
                        tracks.append(self._track(at, stop, timescale, movie_matrix))
                    elif inner == b"udta":
                        tags += [_text(k) for k, *_ in self._boxes(at, stop)]
        return IsoFile(
            brand=brand,
            top_level=tuple(top),
            has_moov=has_moov,
            is_fragmented=fragmented,
            is_cut_short=cut,
            missing_bytes=missing,
            tracks=tuple(tracks),
            has_xmp=xmp or "XMP_" in tags,
            has_pssh=pssh,
            tags=tuple(tags),
        )

    def _boxes(self, at: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
        """Yield type, start and end of the content (inside the file), and the announced end (clause 4.2)."""
        data = self._data
        while at + 8 <= end and self._left > 0:
            self._left -= 1
            size, kind = struct.unpack_from(">I4s", data, at)
            head = 8
            if size == 1:
                if at + 16 > end:
                    return
                size = struct.unpack_from(">Q", data, at + 8)[0]
                head = 16
            elif size == 0:
                size = end - at
            if size < head:
                return
            yield kind, at + head, min(at + size, end), at + size
            at += size

    def _track(
        self, start: int, end: int, timescale: int, movie: tuple[float, float, float, float]
    ) -> Track:
        data = self._data
        handler, matrix = "", _IDENTITY
        edits: list[Edit] = []
        entries: list[str] = []
        samples = 0
        encrypted = external = False
        for kind, at, stop, depth in self._leaves(start, end, 0):
            version = data[at : at + 1]
            if kind == b"tkhd":
                matrix = _matrix(data, at + (52 if version == b"\1" else 40))
            elif kind == b"hdlr" and depth == 1:
                handler = _text(data[at + 8 : at + 12])
            elif kind == b"elst":
                edits += _edits(data, at, stop, timescale)
            elif kind == b"stsz" or kind == b"stz2":
                samples = _u32(data, at + 8)
            elif kind == b"stsd":
                for entry, inside, until, _ in self._boxes(at + 8, stop):
                    entries.append(_text(entry))
                    encrypted |= (
                        entry in _ENCRYPTED_ENTRIES
                        or b"sinf" in data[inside : min(until, inside + 4096)]
                    )
            elif kind == b"dref":
                external |= self._names_another_file(at, stop)
        return Track(
            handler=handler,
            matrix=_multiplied(matrix, movie),
            edits=tuple(edits),
            entries=tuple(entries),
            samples=samples,
            is_encrypted=encrypted,
            has_external_data=external,
        )

    def _leaves(self, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int, int]]:
        for kind, at, stop, _ in self._boxes(start, end):
            if kind in _CONTAINERS and depth < MAX_DEPTH:
                yield from self._leaves(at, stop, depth + 1)
            else:
                yield kind, at, stop, depth

    def _names_another_file(self, at: int, end: int) -> bool:
        """Tell whether a ``dref`` (clause 8.7.2) has an entry without the flag "in this very file"."""
        entries = self._boxes(at + 8, end)
        return any(not _u32(self._data, inside) & 1 for _kind, inside, _, _ in entries)


def _edits(data: bytes, at: int, end: int, timescale: int) -> list[Edit]:
    version = data[at : at + 1]
    count = _u32(data, at + 4)
    layout, size = (">QqhH", 20) if version == b"\1" else (">IihH", 12)
    found = []
    for index in range(min(count, max(0, end - at - 8) // size)):
        duration, media_time, whole, part = struct.unpack_from(layout, data, at + 8 + index * size)
        found.append(Edit(Fraction(duration, timescale), media_time, whole + Fraction(part, 65536)))
    return found


def _matrix(data: bytes, at: int) -> tuple[float, float, float, float]:
    """Read a, b, c, d of a matrix {a,b,u,c,d,v,x,y,w} of 16.16 numbers (clause 6.2.2)."""
    if at + 20 > len(data):
        return _IDENTITY
    a, b, _u, c, d = struct.unpack_from(">5i", data, at)
    if not (a or b or c or d):
        return _IDENTITY
    return a / 65536, b / 65536, c / 65536, d / 65536


def _multiplied(
    first: tuple[float, float, float, float], then: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the matrix that does ``first`` and ``then`` (row vectors, as the file format has it)."""
    a, b, c, d = first
    p, q, r, s = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s)


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _text(kind: bytes) -> str:
    return kind.decode("latin-1")
