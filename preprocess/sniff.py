"""What a source is, by its first bytes: the name's extension and any claim inside are not asked.

Nothing is opened or decoded. Whatever is not on the list of stills and clips is refused by its name, with a way
out; above all everything that could make a demuxer open something else (playlists, scripts, session descriptions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import UnreadableError, UnsupportedError
from .media import Kind
from .sniff_refusals import refuse_by_name

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_BMP_HEADER_BYTES = {12, 16, 40, 52, 56, 64, 108, 124}
"""Sizes of the known DIB headers, at offset 14."""
_EBML = b"\x1aE\xdf\xa3"

_BOXES_FIRST = {
    b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid", b"junk", b"styp", b"moof", b"sidx",
}  # fmt: skip
"""Boxes that a file may begin with when ``ftyp`` comes late or never (QuickTime before 2001, recorders, segments)."""
_BOXES_MAX = 32
"""How many boxes are stepped over in search of a late ``ftyp``."""
_STILL_BRANDS = {
    "avif": "avif", "avis": "avif",
    "heic": "heif", "heix": "heif", "heim": "heif", "heis": "heif", "hevc": "heif", "hevx": "heif",
    "hevm": "heif", "hevs": "heif", "mif1": "heif", "mif2": "heif", "msf1": "heif",
}  # fmt: skip
"""Source: ISO/IEC 23008-12 annex B, AV1 Image File Format 1.1 section 6."""
_FOREIGN_BRANDS = {
    "crx ": "a camera's raw file (CR3)",
    "jxl ": "a JPEG XL picture",
    "jp2 ": "a JPEG 2000 picture",
    "jpx ": "a JPEG 2000 picture",
    "mjp2": "a Motion JPEG 2000 clip",
    "M4A ": "an audio file (M4A)",
    "M4B ": "an audio file (M4B)",
    "M4P ": "an audio file (M4P)",
}

_TS_PACKETS = ((188, 0), (192, 4), (204, 0))
"""Packet size in bytes and where its sync byte lies: plain, with time code (M2TS), with error correction."""
_TS_SYNC = 0x47
_TS_SYNCS_AT_START = 3
_TS_SYNCS_ANYWHERE = 8
"""Sync bytes in a row that prove a transport stream, at its start and behind a broken first packet."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a source is."""

    kind: Kind
    form: str
    """Stills: jpeg, png, webp, avif, heif, bmp, tiff, gif. Clips: mp4, mov, 3gp, avi, flv, matroska, webm, mpegts."""


def sniff(data: bytes) -> Sniffed:
    """Return what ``data`` is.

    Takes constant time, except that a file of null bytes is read to its end.

    Raises:
        UnreadableError: It is empty (``source.empty``), or holds nothing but null bytes, or a PNG whose
            signature was mangled on the way (``source.damaged``).
        UnsupportedError: It is something else; the message says what, where that is known.
    """
    if not data:
        message = "the file is empty"
        raise UnreadableError(message, code="source.empty")
    if form := _still_form(data):
        return Sniffed(Kind.IMAGE, form)
    if sniffed := _iso(data):
        return sniffed
    if form := _clip_form(data):
        return Sniffed(Kind.VIDEO, form)
    _refuse_damaged(data)
    refuse_by_name(data)
    message = "the file is of no known form"
    raise UnsupportedError(message, code="source.unknown")


def _still_form(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8") and data[2:3] in (b"\xff", b""):
        return "jpeg"
    if data.startswith(_PNG):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_BYTES:
        return "bmp"
    if data.startswith(_TIFF):
        if _is_camera_raw(data):
            message = "the file is a camera's raw file (DNG, CR2, NEF, ARW or alike)"
            advice = "Develop it to a JPEG or PNG photo first."
            raise UnsupportedError(message, advice=advice)
        return "tiff"
    return None


def _is_camera_raw(data: bytes) -> bool:
    """Tell whether a TIFF's first directory has tags that only raw files have.

    Those are DNGVersion, or a thumbnail first and the picture in sub-directories. Source: DNG 1.7 chapter 4; TIFF/EP.
    """
    if b"+" in data[2:4]:  # BigTIFF: no camera writes it
        return False
    if data[8:10] == b"CR":
        return True
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], order)

    first = number(4, 4)
    tags = {
        number(at, 2): number(at + 8, 4 if number(at + 2, 2) == 4 else 2)
        for at in range(first + 2, first + 2 + 12 * min(number(first, 2), 64), 12)
        if at + 12 <= len(data)
    }
    dng_version, new_subfile_type, sub_directories = 0xC612, 0x00FE, 0x014A
    return dng_version in tags or (sub_directories in tags and tags.get(new_subfile_type) == 1)


def _iso(data: bytes) -> Sniffed | None:
    """Return the kind of an ISO base media or QuickTime file by its brands; None when it is no such file."""
    if data[4:8] != b"ftyp" and not (data[4:8] in _BOXES_FIRST and _box_end(data, 0)):
        return None
    at: int | None = 0
    for _ in range(_BOXES_MAX):
        if at is None or at + 8 > len(data):
            break
        end = _box_end(data, at)
        if data[at + 4 : at + 8] == b"ftyp":
            return _by_brands(data[at + 8 : min(end or len(data), at + 8 + 4 * 64)])
        at = end
    is_segment = data[4:8] in (b"styp", b"moof", b"sidx")
    return Sniffed(Kind.VIDEO, "mp4" if is_segment else "mov")


def _box_end(data: bytes, at: int) -> int | None:
    """Return the offset behind the box at ``at``; None where its size is no size or it reaches to the end."""
    size, header = int.from_bytes(data[at : at + 4], "big"), 8
    if size == 1:
        size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
    if size == 0:
        return len(data)
    return at + size if size >= header else None


def _by_brands(payload: bytes) -> Sniffed:
    """Return the kind by ``ftyp``: the major brand, or else the first compatible brand that says more."""
    words = [payload[at : at + 4].decode("latin-1") for at in range(0, len(payload) - 3, 4)]
    major, compatible = (words[0] if words else ""), words[2:]
    if major in ("mif1", "mif2", "msf1"):  # "some picture": the codec is among the compatible ones
        major = next((w for w in compatible if w in ("avif", "avis")), major)
    for brand in (major, *compatible):
        if form := _STILL_BRANDS.get(brand):
            return Sniffed(Kind.IMAGE, form)
        if foreign := _FOREIGN_BRANDS.get(brand):
            audio = foreign.startswith("an audio")
            message = f"the file is {foreign}"
            raise UnsupportedError(message, code="source.no-video" if audio else None)
        if brand == "qt  ":
            return Sniffed(Kind.VIDEO, "mov")
        if brand[:3] in ("3gp", "3g2", "3gs", "3gr", "3ge", "3gg"):
            return Sniffed(Kind.VIDEO, "3gp")
        if brand[:3] in (
            "iso",
            "mp4",
            "avc",
            "M4V",
            "MSN",
            "das",
            "mmp",
            "f4v",
            "F4V",
            "hvc",
            "cmf",
            "msd",
        ):
            break
    return Sniffed(Kind.VIDEO, "mp4")


def _clip_form(data: bytes) -> str | None:
    if data.startswith(b"RIFF") and data[8:12] == b"AVI ":
        return "avi"
    if data.startswith(b"FLV\x01"):
        return "flv"
    if data.startswith(_EBML):
        return _ebml_form(data)
    if _is_transport_stream(data):
        return "mpegts"
    return None


def _ebml_form(data: bytes) -> str:
    """Return ``webm`` or ``matroska`` by the DocType of the EBML header. Source: RFC 8794, section 11.2.4."""
    at = len(_EBML)
    header_bytes, at = _vint(data, at)
    end = min(at + header_bytes, len(data), at + 4096)
    while at < end:
        id_bytes = max(1, 9 - data[at].bit_length())
        element = data[at : at + id_bytes]
        size, at = _vint(data, at + id_bytes)
        if element == b"\x42\x82":
            doc_type = data[at : at + min(size, 16)].rstrip(b"\x00")
            if doc_type in (b"webm", b"matroska"):
                return doc_type.decode("ascii")
            message = "the file is in an EBML form that is neither Matroska nor WebM"
            raise UnsupportedError(message)
        at += size
    return "matroska"


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Return the variable-length integer at ``at`` and the offset behind it; 0 past the end."""
    if at >= len(data):
        return 0, at + 1
    length = max(1, 9 - data[at].bit_length())
    value = int.from_bytes(data[at : at + length], "big") & ((1 << (7 * length)) - 1)
    return value, at + length


def _is_transport_stream(data: bytes) -> bool:
    for size, offset in _TS_PACKETS:
        if _has_syncs(data, offset, size, _TS_SYNCS_AT_START):
            return True
    return any(
        _has_syncs(data, start, size, _TS_SYNCS_ANYWHERE)
        for size, _ in _TS_PACKETS
        for start in range(min(size, len(data)))
        if data[start] == _TS_SYNC
    )


def _has_syncs(data: bytes, start: int, size: int, count: int) -> bool:
    last = start + size * (count - 1)
    return last < len(data) and all(data[at] == _TS_SYNC for at in range(start, last + 1, size))


def _refuse_damaged(data: bytes) -> None:
    if not data[:64].strip(b"\x00") and not data.strip(b"\x00"):
        message = "the file holds nothing but null bytes: it was never written, or lost on the way"
        raise UnreadableError(message, code="source.damaged")
    if data[1:4] == b"PNG" and data[:1] in (b"\x89", b"\x09"):
        message = "the file is a PNG whose signature was mangled by a transfer as text"
        raise UnreadableError(message, code="source.damaged")
