from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from preprocess._exif import ExifError, read_exif
from preprocess.geometry import Orientation

PRIVATE = {
    0x010E: "a description",
    0x013B: "an artist",
    0x8298: "a copyright",
    0x9C9C: b"c\0o\0",
}
PRIVATE_CAMERA = {0x927C: b"maker note", 0x9286: b"comment", 0xA420: "id", 0xA430: "owner", 0xA431: "1", 0xA435: "2"}  # fmt: skip


def block(byte_order: str = "<") -> bytes:
    """EXIF with all that is private and all that stays, as Pillow writes it."""
    exif = Image.Exif()
    exif.endian = byte_order
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 6
    for tag, value in PRIVATE.items():
        exif[tag] = value
    camera = exif.get_ifd(0x8769)
    camera[0x9003], camera[0x829A] = "2026:05:22 10:00:00", 0.01
    for tag, value in PRIVATE_CAMERA.items():
        camera[tag] = value
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (1.0, 2.0, 3.0)
    return exif.tobytes()


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_private_fields_are_named_and_the_orientation_is_read(byte_order: str) -> None:
    exif = read_exif(block(byte_order))
    assert exif.orientation is Orientation.TURN_CW_90
    assert set(exif.private) >= {"GPS position", "maker note", "serial number", "owner", "artist"}


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_what_is_rebuilt_holds_the_camera_and_nothing_private(byte_order: str) -> None:
    rebuilt = read_exif(block(byte_order)).without_private()
    assert rebuilt is not None
    exif = Image.Exif()
    exif.load(rebuilt)
    assert dict(exif) == {0x010F: "Maker", 0x0110: "Model", 0x8769: exif[0x8769]}
    assert exif.get_ifd(0x8769) == {0x9003: "2026:05:22 10:00:00", 0x829A: 0.01}
    assert read_exif(rebuilt).private == ()
    assert not any(str(value).encode() in rebuilt for value in ("owner", "an artist"))


def test_a_gps_directory_of_its_version_alone_is_not_private() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[0] = b"\2\3\0\0"
    assert read_exif(exif.tobytes()).private == ()


def test_a_block_without_anything_to_keep_vanishes() -> None:
    exif = Image.Exif()
    exif[0x013B] = "an artist"
    assert read_exif(exif.tobytes()).without_private() is None


@pytest.mark.parametrize("number", [0, 9, 65_535])
def test_an_orientation_out_of_range_counts_as_none(number: int) -> None:
    data = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHxx", 0x0112, 3, 1, number) + bytes(4)
    assert read_exif(data).orientation is None


def test_a_second_directory_is_a_thumbnail() -> None:
    entry = struct.pack("<HHIHxx", 0x0112, 3, 1, 1)
    first = b"\x01\0" + entry + struct.pack("<I", 8 + 18)
    assert read_exif(b"II*\0\x08\0\0\0" + first + b"\x01\0" + entry + bytes(4)).has_thumbnail


def test_a_directory_that_points_at_itself_ends() -> None:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    assert read_exif(b"II*\0\x08\0\0\0\x01\0" + entry + struct.pack("<I", 8)).orientation is None


@given(st.binary(max_size=400), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_any_bytes_are_read_or_named_unreadable(tail: bytes, head: bytes) -> None:
    try:
        exif = read_exif(head + tail)
    except ExifError:
        return
    rebuilt = exif.without_private()
    assert rebuilt is None or read_exif(rebuilt).private == ()
