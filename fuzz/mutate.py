"""Seeded mutations: the same seed and number give the same bytes on every machine."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence

from .seeds import Seed

_SIZES = (
    0,
    1,
    2,
    7,
    8,
    9,
    15,
    16,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFE,
    0xFFFFFFFF,
)
"""Numbers at which parsers trip."""  # fmt: skip
_BOXES = (
    b"ftyp", b"moov", b"mdat", b"trak", b"tkhd", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd", b"stts", b"ctts", b"stsc",
    b"stsz", b"stco", b"co64", b"stss", b"elst", b"edts", b"dref", b"udta", b"meta", b"iloc", b"iinf", b"iprp", b"ipco",
    b"ispe", b"hvcC", b"avcC", b"av1C", b"moof", b"traf", b"trun", b"mvhd", b"colr", b"pasp", b"LIST", b"avih", b"strh",
    b"strf", b"movi", b"idx1", b"IHDR", b"IDAT", b"PLTE", b"acTL", b"fcTL", b"eXIf", b"iTXt", b"iCCP", b"VP8 ", b"VP8X",
    b"EXIF",
)  # fmt: skip
"""Names of boxes and chunks; a size stands before (ISO, PNG) or behind (RIFF) each."""
_FILE_BYTES_MAX = 4 << 20


def mutated(seeds: Sequence[Seed], seed: int, number: int) -> tuple[str, bytes]:
    """Return the mutated file of that number: a name that tells where it came from, and its bytes."""
    chance = random.Random(f"{seed}/{number}")
    origin = chance.choice(seeds)
    data = bytearray(origin.data)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
        mutation = chance.choice(_MUTATIONS)
        mutation(data, chance, seeds)
    del data[_FILE_BYTES_MAX:]
    if data[:4] == b"\x89PNG" and chance.random() < 0.8:
        _mend_png_checksums(data)
    return origin.name, bytes(data)


def _flip_bits(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    for _ in range(min(len(data), chance.choice((1, 1, 4, 16, 64)))):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _set_number(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    width = chance.choice((1, 2, 4, 8))
    at = _place(data, chance)
    value = chance.choice(_SIZES) & ((1 << (8 * width)) - 1)
    data[at : at + width] = value.to_bytes(width, chance.choice(("big", "little")))


def _truncate(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    del data[_place(data, chance) :]


def _remove(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 4, 100, 5000))]


def _repeat(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    start = _place(data, chance)
    piece = data[start : start + chance.choice((4, 64, 2000))]
    at = _place(data, chance)
    data[at:at] = piece * chance.choice((1, 2, 200))


def _zero(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    at = _place(data, chance)
    size = min(chance.choice((4, 100, 4096)), len(data) - at)
    data[at : at + size] = bytes(size)


def _insert_noise(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    at = _place(data, chance)
    data[at:at] = chance.randbytes(chance.choice((1, 8, 300)))


def _splice(data: bytearray, chance: random.Random, seeds: Sequence[Seed]) -> None:
    """Go on in the middle of another file."""
    other = chance.choice(seeds).data
    del data[_place(data, chance) :]
    data += other[chance.randrange(len(other)) :]


def _lie_about_size(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    """Change the size of a box or chunk, before or behind its name."""
    found = [at for name in _BOXES if (at := data.find(name)) >= 4]
    if not found:
        _lie_about_segment(data, chance, _)
        return
    at = chance.choice(found)
    place = at - 4 if chance.random() < 0.8 else at + 4
    real = int.from_bytes(data[place : place + 4], "big")
    size = chance.choice((*_SIZES, real - 1, real + 1, 2 * real, real // 2)) & 0xFFFFFFFF
    data[place : place + 4] = size.to_bytes(4, "big")


def _lie_about_segment(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    """Change the length of a JPEG segment."""
    markers = [
        at for at in range(2, min(len(data) - 4, 4096)) if data[at] == 0xFF and data[at + 1] >= 0xC0
    ]
    if markers:
        at = chance.choice(markers) + 2
        data[at : at + 2] = (chance.choice(_SIZES) & 0xFFFF).to_bytes(2, "big")


def _rename_box(data: bytearray, chance: random.Random, _: Sequence[Seed]) -> None:
    found = [at for name in _BOXES if (at := data.find(name)) >= 0]
    if found:
        at = chance.choice(found)
        data[at : at + 4] = chance.choice(_BOXES)


_MUTATIONS: tuple[Callable[[bytearray, random.Random, Sequence[Seed]], None], ...] = (
    _flip_bits,
    _flip_bits,
    _set_number,
    _set_number,
    _truncate,
    _remove,
    _repeat,
    _zero,
    _insert_noise,
    _splice,
    _lie_about_size,
    _lie_about_size,
    _lie_about_segment,
    _rename_box,
)


def _place(data: bytearray, chance: random.Random) -> int:
    """Return an offset, half of the time in the head, where the structure is."""
    size = max(1, len(data))
    return chance.randrange(min(size, 1024)) if chance.random() < 0.5 else chance.randrange(size)


def _mend_png_checksums(data: bytearray) -> None:
    """Write right checksums, or hardly a mutation would get past them."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        checksum = zlib.crc32(data[at + 4 : at + 8 + size])
        data[at + 8 + size : at + 12 + size] = checksum.to_bytes(4, "big")
        at += 12 + size
