"""Boxes of ISO files: matrices, edit lists, truncation, encryption and references, from hand-made bytes."""

import struct
from fractions import Fraction

import pytest

from preprocess._boxes import MAX_BOXES, orientation_of, scan_iso
from preprocess.geometry import Orientation

from .clips import MATRICES


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    fixed = [round(v * 65536) for v in (a, b, 0, c, d, 0, 0, 0)]
    return struct.pack(">9i", *fixed, 1 << 30)


def tkhd(values: tuple[float, float, float, float] = (1, 0, 0, 1)) -> bytes:
    return box(b"tkhd", b"\0" * 40, matrix(*values), b"\0" * 8)


def hdlr(kind: bytes = b"vide") -> bytes:
    return box(b"hdlr", b"\0" * 8, kind, b"\0" * 13)


def mvhd(timescale: int = 1000, values: tuple[float, float, float, float] = (1, 0, 0, 1)) -> bytes:
    return box(
        b"mvhd", b"\0" * 12, struct.pack(">I", timescale), b"\0" * 20, matrix(*values), b"\0" * 28
    )


def track(
    *inner: bytes, entry: bytes = b"avc1", entry_body: bytes = b"", dref: bytes = b""
) -> bytes:
    stsd = box(b"stsd", b"\0\0\0\0\0\0\0\1", box(entry, b"\0" * 78, entry_body))
    stsz = box(b"stsz", struct.pack(">III", 0, 0, 7))
    minf = box(b"minf", dref, box(b"stbl", stsd, stsz))
    return box(b"trak", *inner, box(b"mdia", hdlr(), minf))


def movie(*traks: bytes, header: bytes | None = None) -> bytes:
    return (
        box(b"ftyp", b"isom\0\0\2\0")
        + box(b"moov", header or mvhd(), *traks)
        + box(b"mdat", b"xyz")
    )


@pytest.mark.parametrize("orientation", list(Orientation))
def test_matrix_of_each_turn_and_mirroring_is_named(orientation: Orientation) -> None:
    found = scan_iso(movie(track(tkhd(MATRICES[orientation])))).video
    assert found is not None
    assert orientation_of(found.matrix) == (orientation, False)


def test_turn_may_stand_in_the_movie_header() -> None:
    found = scan_iso(movie(track(tkhd()), header=mvhd(values=(0, 1, -1, 0)))).video
    assert found is not None
    assert orientation_of(found.matrix) == (Orientation.TURN_CW_90, False)


@pytest.mark.parametrize(
    "values",
    [(0.9, 0.1, -0.1, 0.9), (1, 0.2, 0, 1), (0.7071, 0.7071, -0.7071, 0.7071), (0, 0, 0, 1)],
)
def test_shears_and_other_angles_are_odd(values: tuple[float, float, float, float]) -> None:
    assert orientation_of(values)[1]


def test_scaling_alone_is_not_odd() -> None:
    assert orientation_of((2.0, 0, 0, 2.0)) == (Orientation.UPRIGHT, False)


def test_edit_list_counts_on_the_movies_clock() -> None:
    elst = box(b"elst", struct.pack(">II", 0, 2), struct.pack(">IihH", 500, -1, 1, 0), struct.pack(">IihH", 2000, 1024, 1, 0))  # fmt: skip
    found = scan_iso(movie(track(tkhd(), box(b"edts", elst)))).video
    assert found is not None
    assert [(e.duration_s, e.media_time) for e in found.edits] == [(Fraction(1, 2), -1), (2, 1024)]


def test_sample_count_and_entry_are_read() -> None:
    found = scan_iso(movie(track(tkhd()))).video
    assert found is not None
    assert (found.samples, found.entries, found.is_encrypted) == (7, ("avc1",), False)


@pytest.mark.parametrize(
    ("entry", "body"), [(b"encv", b""), (b"avc1", box(b"sinf", box(b"frma", b"avc1")))]
)
def test_encrypted_entry_is_noticed(entry: bytes, body: bytes) -> None:
    assert scan_iso(movie(track(tkhd(), entry=entry, entry_body=body))).is_encrypted


def test_reference_to_another_file_is_noticed() -> None:
    elsewhere = box(
        b"dinf", box(b"dref", b"\0\0\0\0\0\0\0\1", box(b"url ", b"\0\0\0\0file:///x\0"))
    )
    here = box(b"dinf", box(b"dref", b"\0\0\0\0\0\0\0\1", box(b"url ", b"\0\0\0\1")))
    assert scan_iso(movie(track(tkhd(), dref=elsewhere))).tracks[0].has_external_data
    assert not scan_iso(movie(track(tkhd(), dref=here))).tracks[0].has_external_data


def test_missing_moov_and_a_box_cut_short_are_told_apart_from_a_whole_file() -> None:
    whole = movie(track(tkhd()))
    assert scan_iso(whole).has_moov
    assert not scan_iso(whole).is_cut_short
    cut = scan_iso(whole[:-2])
    assert (cut.has_moov, cut.is_cut_short, cut.missing_bytes) == (True, True, 2)
    assert not scan_iso(whole[:100]).has_moov
    assert not scan_iso(b"").has_moov


def test_position_in_udta_is_seen() -> None:
    assert "\xa9xyz" in scan_iso(box(b"moov", mvhd(), box(b"udta", box(b"\xa9xyz", b"+1")))).tags


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I4s", 8, b"free") * (MAX_BOXES * 2),  # more boxes than any file has
        box(b"moov", *[box(b"trak")] * 30_000),
        struct.pack(">I4sQ", 1, b"moov", 1 << 63) + b"\0" * 64,
        b"\0\0\0\0moov" * 50,
        b"\0\0\0\7moov" + b"\xff" * 64,
    ],
    ids=["many", "tracks", "huge", "zero", "tiny"],
)
def test_hostile_sizes_end(data: bytes) -> None:
    scan_iso(data)


def test_deep_nesting_ends() -> None:
    data = b""
    for _ in range(500):
        data = box(b"trak", data)
    scan_iso(box(b"moov", data))
