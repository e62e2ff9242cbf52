"""PNG chunks, read and cut as pure bytes; coded pictures are never decoded here.

Source: W3C PNG specification (third edition), sections 5 (datastream), 11 (chunks) and 13.2 (errors).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from . import _exif
from .errors import UnreadableError, UnsupportedError
from .geometry import Orientation, Size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 1_000_000
"""A 64-megapixel picture in IDATs of 256 bytes has fewer."""
_MAX_ICC_BYTES = 16_777_216
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_TEXT = {b"tEXt": "text", b"zTXt": "text", b"iTXt": "text"}
_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"}
    | {b"bKGD", b"hIST", b"pHYs", b"tIME"}
)  # fmt: skip
"""Chunks that say what the pixels are; the rest goes when a file is stripped."""
_DECODED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a PNG."""

    name: bytes
    start: int
    """Offset of its length field."""
    end: int
    """Offset behind its checksum."""


@dataclass(frozen=True, slots=True)
class PngScan:
    """Structure of a PNG file."""

    size: Size
    bit_depth: int
    color_type: int
    """0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha."""
    is_interlaced: bool
    frames: int
    """Pictures that an animation announces; 1 without one."""
    has_transparency: bool
    """Whether there is an alpha channel or a tRNS chunk."""
    chunks: tuple[Chunk, ...] = field(repr=False)
    is_truncated: bool
    trailing_bytes: int
    exif: _exif.Exif | None
    icc: bytes | None = field(repr=False)
    private: tuple[str, ...]

    @property
    def orientation(self) -> Orientation:
        """Orientation from the eXIf chunk; upright where there is none (XMP is not asked)."""
        return (self.exif and self.exif.orientation) or Orientation.UPRIGHT


def scan_png(data: bytes) -> PngScan:
    """Return the structure of ``data``.

    Raises:
        UnreadableError: There is no valid header, or a chunk of the picture fails its checksum.
        UnsupportedError: The header names a way of coding that PNG does not have.
    """
    chunks, is_truncated = _read_chunks(data)
    if not chunks or chunks[0].name != b"IHDR" or chunks[0].end - chunks[0].start != 25:
        message = "the PNG has no readable header"
        raise UnreadableError(message)
    size, depth, color_type, interlace = _read_header(data)
    names = {chunk.name for chunk in chunks}
    exif, has_bad_exif = _read_exif_chunk(data, chunks)
    private = {_TEXT[chunk.name] for chunk in chunks if chunk.name in _TEXT}
    private |= set(exif.private) if exif else set()
    private |= {"unreadable EXIF"} if has_bad_exif else set()
    ends = [chunk.end for chunk in chunks if chunk.name == b"IEND"]
    return PngScan(
        size=size,
        bit_depth=depth,
        color_type=color_type,
        is_interlaced=interlace == 1,
        frames=_frames(data, chunks),
        has_transparency=color_type in (4, 6) or b"tRNS" in names,
        chunks=chunks,
        is_truncated=is_truncated or b"IDAT" not in names,
        trailing_bytes=len(data) - ends[0] if ends else 0,
        exif=exif,
        icc=_icc(data, chunks),
        private=tuple(sorted(private)),
    )


def picture_alone(data: bytes, scan: PngScan) -> bytes:
    """Return a PNG of the first picture with what decoding needs: metadata never reaches the decoder."""
    return _joined(data, [chunk for chunk in scan.chunks if chunk.name in _DECODED])


def strip_png(data: bytes) -> bytes:
    """Return the file without private metadata; pixels, colour and physical size chunks are kept byte by byte.

    Text chunks go, EXIF is rebuilt with the camera's facts alone, and unknown ancillary chunks go with them.

    Raises:
        UnreadableError: The file is truncated or damaged.
        UnsupportedError: See `scan_png`.
    """
    scan = scan_png(data)
    if scan.is_truncated:
        message = "the PNG has no end"
        raise UnreadableError(message, code="source.truncated")
    kept = _joined(data, [chunk for chunk in scan.chunks if chunk.name in _KEPT])
    rebuilt = scan.exif.without_private() if scan.exif else None
    if rebuilt is None:
        return kept
    header_end = len(SIGNATURE) + 25
    return kept[:header_end] + _chunk(b"eXIf", rebuilt) + kept[header_end:]


def usable_share(data: bytes, scan: PngScan) -> float:
    """Return which share of the coded pixels is there, 0 to 1, by inflating what is left of them."""
    whole = scan.size.height * (
        1 + (scan.size.width * scan.bit_depth * _CHANNELS[scan.color_type] + 7) // 8
    )
    inflater = zlib.decompressobj()
    there, last = 0, scan.chunks[-1].end
    for chunk in scan.chunks:
        if chunk.name == b"IDAT":
            there += _inflated(inflater, data[chunk.start + 8 : chunk.end - 4], whole - there)
    if data[last + 4 : last + 8] == b"IDAT":
        there += _inflated(inflater, data[last + 8 :], whole - there)
    return min(1.0, there / whole)


def _inflated(inflater: zlib._Decompress, coded: bytes, most: int) -> int:
    """Return how many bytes ``coded`` inflates to, up to ``most``."""
    there = 0
    try:
        while coded and there < most and not inflater.eof:
            there += len(inflater.decompress(coded, min(65_536, most - there)))
            coded = inflater.unconsumed_tail
    except zlib.error:
        return there
    return there


def _read_chunks(data: bytes) -> tuple[tuple[Chunk, ...], bool]:
    """Return the whole chunks up to IEND, and whether the file ends before it.

    Raises:
        UnreadableError: A chunk of the picture fails its checksum.
    """
    chunks: list[Chunk] = []
    at = len(SIGNATURE)
    while at + 12 <= len(data) and len(chunks) < _MAX_CHUNKS:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return tuple(chunks), True
        if name in _DECODED:
            body = memoryview(data)[at + 4 : end - 4]
            if zlib.crc32(body) != struct.unpack_from(">I", data, end - 4)[0]:
                message = f"the PNG is damaged: its {name.decode()} chunk fails the checksum"
                raise UnreadableError(message, code="source.damaged")
        chunks.append(Chunk(name, at, end))
        if name == b"IEND":
            return tuple(chunks), False
        at = end
    return tuple(chunks), True


def _read_header(data: bytes) -> tuple[Size, int, int, int]:
    width, height, depth, color_type, method, filtering, interlace = struct.unpack_from(
        ">IIBBBBB", data, len(SIGNATURE) + 8
    )
    if not 0 < width < 2**31 or not 0 < height < 2**31 or depth not in _DEPTHS.get(color_type, ()):
        message = "the PNG's header makes no sense"
        raise UnreadableError(message)
    if method or filtering or interlace > 1:
        message = "the PNG is coded in a way that the format does not define"
        raise UnsupportedError(message, code="source.unsupported.png")
    return Size(width, height), depth, color_type, interlace


def _frames(data: bytes, chunks: tuple[Chunk, ...]) -> int:
    """Return the number of pictures: an acTL chunk counts only in front of the first IDAT."""
    for chunk in chunks:
        if chunk.name == b"IDAT":
            break
        if chunk.name == b"acTL" and chunk.end - chunk.start >= 20:
            return max(1, int(struct.unpack_from(">I", data, chunk.start + 8)[0]))
    return 1


def _read_exif_chunk(data: bytes, chunks: tuple[Chunk, ...]) -> tuple[_exif.Exif | None, bool]:
    """Return the EXIF block, and whether there is one that cannot be read."""
    for chunk in chunks:
        if chunk.name == b"eXIf":
            try:
                return _exif.read_exif(data[chunk.start + 8 : chunk.end - 4]), False
            except _exif.ExifError:
                return None, True
    return None, False


def _icc(data: bytes, chunks: tuple[Chunk, ...]) -> bytes | None:
    """Return the inflated profile; None where there is none or it does not inflate within the limit."""
    for chunk in chunks:
        if chunk.name == b"iCCP":
            _, _, rest = data[chunk.start + 8 : chunk.end - 4].partition(b"\0")
            try:
                inflater = zlib.decompressobj()
                profile = inflater.decompress(rest[1:], _MAX_ICC_BYTES)
            except zlib.error:
                return None
            return profile if inflater.eof else None
    return None


def _joined(data: bytes, chunks: list[Chunk]) -> bytes:
    return b"".join((SIGNATURE, *(data[chunk.start : chunk.end] for chunk in chunks)))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
