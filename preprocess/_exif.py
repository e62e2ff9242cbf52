"""EXIF blocks, read and rebuilt as pure bytes: orientation, private fields, and a copy without them.

Only the structure is read (TIFF 6.0 section 2, CIPA DC-008 section 4.6); maker notes and thumbnails are never opened.
Hostile blocks end in `ExifError`: every offset is checked and each directory is read once.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .geometry import Orientation

PREFIX = b"Exif\0\0"
"""What precedes the TIFF structure in a JPEG's APP1 segment."""

ORIENTATION = 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_MAX_ENTRIES = 512
"""Entries per directory; cameras write fewer than 80."""
_TYPE_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    129: 1,
}

PRIVATE_MAIN = {
    0x010E: "image description",
    0x013B: "artist",
    0x013C: "host computer",
    0x8298: "copyright",
    0x02BC: "XMP",
    0x83BB: "IPTC",
    0x8649: "Photoshop resources",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
    0xC62F: "serial number",
    0xC634: "maker note",
    0xC65D: "image id",
    0xC6F3: "camera label",
}
"""Tags of the first directory that name a person, a place or one device."""

PRIVATE_CAMERA = {
    0x927C: "maker note",
    0x9286: "user comment",
    0xA40B: "device settings",
    0xA420: "image id",
    0xA430: "owner",
    0xA431: "serial number",
    0xA435: "serial number",
    0xA436: "title",
    0xA437: "photographer",
    0xA438: "editor",
}
"""Tags of the camera directory that do so. Private tags of the first directory count here too."""

_KEPT_MAIN = frozenset(
    {0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x012D, 0x0131, 0x0132, 0x013E, 0x013F, 0x0211, 0x0213, 0x0214}
)  # fmt: skip
"""Make, model, resolution, software, date and colour: evidence, not identity (design, section 8)."""
_KEPT_CAMERA = frozenset(
    {0x829A, 0x829D, 0x8822, 0x8824, 0x8827, 0x9000, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9101, 0x9102, 0x9214}
    | set(range(0x8830, 0x8836))
    | set(range(0x9201, 0x920B))
    | {0x9290, 0x9291, 0x9292, 0xA000, 0xA001, 0xA002, 0xA003, 0xA20E, 0xA20F, 0xA210, 0xA215, 0xA217}
    | {0xA300, 0xA301, 0xA432, 0xA433, 0xA434, 0xA460, 0xA500}
    | set(range(0xA401, 0xA40B))
    | {0xA40C}
)  # fmt: skip
"""Exposure, dates, lens model, colour space and pixel counts."""


class ExifError(ValueError):
    """The block is not a readable EXIF structure."""


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    raw: bytes = field(repr=False)
    """Value bytes in the block's own byte order."""


_Directory = dict[int, _Entry]


@dataclass(frozen=True, slots=True)
class Exif:
    """What stands in an EXIF block, value bytes untouched."""

    byte_order: str
    """``<`` or ``>``, as `struct` names them."""
    main: _Directory = field(repr=False)
    camera: _Directory = field(repr=False)
    gps: _Directory = field(repr=False)
    has_thumbnail: bool

    @property
    def orientation(self) -> Orientation | None:
        """Orientation of the main picture; None where the tag is absent or out of range."""
        entry = self.main.get(ORIENTATION)
        if entry is None or entry.kind not in (3, 4) or len(entry.raw) < _TYPE_SIZES[entry.kind]:
            return None
        form = "H" if entry.kind == 3 else "I"
        number = struct.unpack_from(self.byte_order + form, entry.raw)[0]
        return Orientation(number) if 1 <= number <= 8 else None

    @property
    def private(self) -> tuple[str, ...]:
        """Names of what is private in it, sorted, each once."""
        found = {PRIVATE_MAIN[tag] for tag in self.main if tag in PRIVATE_MAIN}
        names = PRIVATE_MAIN | PRIVATE_CAMERA
        found |= {names[tag] for tag in self.camera if tag in names}
        found |= {PRIVATE_CAMERA[tag] for tag in self.main if tag in PRIVATE_CAMERA}
        if set(self.gps) - {0}:
            found.add("GPS position")
        if self.has_thumbnail:
            found.add("thumbnail")
        return tuple(sorted(found))

    def without_private(self) -> bytes | None:
        """Return a block with the camera's facts alone, or None where none is left.

        What stays is an allow-list, so that unknown vendor tags go with the private ones. The orientation goes too:
        only upright pictures are stripped.
        """
        main = {tag: entry for tag, entry in self.main.items() if tag in _KEPT_MAIN}
        camera = {tag: entry for tag, entry in self.camera.items() if tag in _KEPT_CAMERA}
        if not main and not camera:
            return None
        order = self.byte_order
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
        if not camera:
            return head + _written(main, order, 8)
        # The pointer's own value does not change the first directory's length: write it twice.
        main[_EXIF_IFD] = _Entry(4, 1, b"\0\0\0\0")
        at = 8 + len(_written(main, order, 8))
        main[_EXIF_IFD] = _Entry(4, 1, struct.pack(order + "I", at))
        return head + _written(main, order, 8) + _written(camera, order, at)


def read_exif(block: bytes) -> Exif:
    """Return what stands in an EXIF block.

    Args:
        block: TIFF structure, with or without the leading "Exif" and two zero bytes.

    Raises:
        ExifError: The block is not a readable structure.
    """
    data = block.removeprefix(PREFIX)
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8 or struct.unpack_from(order + "H", data, 2)[0] != 42:
        message = "no TIFF header"
        raise ExifError(message)
    main, next_ifd = _read_directory(data, order, struct.unpack_from(order + "I", data, 4)[0])
    camera, gps = (_linked(data, order, main.get(tag)) for tag in (_EXIF_IFD, _GPS_IFD))
    gps = gps or _linked(data, order, camera.get(_GPS_IFD))
    return Exif(order, main, camera, gps, has_thumbnail=_holds_entries(data, order, next_ifd))


def _linked(data: bytes, order: str, pointer: _Entry | None) -> _Directory:
    """Return the directory that ``pointer`` names; empty where it is missing or unreadable."""
    if pointer is None or pointer.kind not in (4, 13) or len(pointer.raw) < 4:
        return {}
    try:
        return _read_directory(data, order, struct.unpack_from(order + "I", pointer.raw)[0])[0]
    except ExifError:
        return {}


def _holds_entries(data: bytes, order: str, at: int) -> bool:
    try:
        return at != 0 and bool(_read_directory(data, order, at)[0])
    except ExifError:
        return False


def _read_directory(data: bytes, order: str, at: int) -> tuple[_Directory, int]:
    """Return one directory and the offset of the next one (0 when there is none)."""
    if at < 8 or at + 2 > len(data):
        message = "a directory lies outside the block"
        raise ExifError(message)
    count = struct.unpack_from(order + "H", data, at)[0]
    if count > _MAX_ENTRIES:
        message = f"a directory of {count} entries"
        raise ExifError(message)
    entries: _Directory = {}
    for index in range(count):
        start = at + 2 + 12 * index
        if start + 12 > len(data):
            return entries, 0  # cut short: what is there still tells orientation and private fields
        tag, kind, values = struct.unpack_from(order + "HHI", data, start)
        size = _TYPE_SIZES.get(kind, 1) * values
        value_at = start + 8 if size <= 4 else struct.unpack_from(order + "I", data, start + 8)[0]
        entries.setdefault(tag, _Entry(kind, values, data[value_at : value_at + size]))
    end = at + 2 + 12 * count
    following = struct.unpack_from(order + "I", data, end)[0] if end + 4 <= len(data) else 0
    return entries, following


def _written(entries: _Directory, order: str, at: int) -> bytes:
    """Return a directory and its values as they stand at offset ``at``, with no next directory."""
    whole = {
        tag: entry
        for tag, entry in sorted(entries.items())
        if entry.kind in _TYPE_SIZES and len(entry.raw) == _TYPE_SIZES[entry.kind] * entry.count
    }
    values_at = at + 2 + 12 * len(whole) + 4
    table, values = struct.pack(order + "H", len(whole)), b""
    for tag, entry in whole.items():
        table += struct.pack(order + "HHI", tag, entry.kind, entry.count)
        if len(entry.raw) <= 4:
            table += entry.raw.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", values_at + len(values))
            values += entry.raw + b"\0" * (len(entry.raw) % 2)
    return table + b"\0\0\0\0" + values
