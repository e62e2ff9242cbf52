from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from preprocess._images import decode
from preprocess._jpeg import picture_alone, scan_jpeg, strip_jpeg
from preprocess.errors import SourceError, UnreadableError, UnsupportedError
from preprocess.geometry import Orientation, Size

XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"


def noise(width: int = 61, height: int = 47, mode: str = "RGB") -> Image.Image:
    channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, *channels), np.uint8)
    return Image.fromarray(pixels, mode) if mode == "CMYK" else Image.fromarray(pixels)


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or noise()).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """Plant a segment behind the start marker."""
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


def pixels_of(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def exif(**tags: object) -> Image.Exif:
    block = Image.Exif()
    block[0x010F] = "Maker"
    block[0x013B] = "an artist"
    block.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    return block


@pytest.mark.parametrize(("subsampling", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
@pytest.mark.parametrize("progressive", [False, True])
def test_header_facts_are_read(subsampling: int, name: str, progressive: bool) -> None:
    scan = scan_jpeg(jpeg(subsampling=subsampling, progressive=progressive))
    assert (scan.size, scan.components, scan.subsampling) == (Size(61, 47), 3, name)
    assert scan.is_progressive is progressive
    assert not scan.is_truncated
    assert scan.trailing_bytes == 0
    assert scan.orientation is Orientation.UPRIGHT


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_stripping_leaves_the_decoded_pixels_alone(mode: str, progressive: bool) -> None:
    clean = jpeg(noise(mode=mode), progressive=progressive, icc_profile=b"x" * 70_000)
    data = jpeg(
        noise(mode=mode),
        progressive=progressive,
        icc_profile=b"x" * 70_000,
        exif=exif(),
        comment=b"me",
    )
    data = with_segment(with_segment(data, 0xE1, XMP), 0xED, b"Photoshop 3.0\0") + b"motion"
    assert set(scan_jpeg(data).private) == {"GPS position", "artist", "comment", "XMP", "IPTC"}
    stripped = strip_jpeg(data)
    assert pixels_of(stripped) == pixels_of(clean)
    scan = scan_jpeg(stripped)
    assert scan.private == ()
    assert scan.trailing_bytes == 0
    assert scan.icc == b"x" * 70_000
    assert b"an artist" not in stripped
    with Image.open(io.BytesIO(stripped)) as image:
        assert dict(image.getexif()) == {0x010F: "Maker"}


def test_a_comment_between_two_scans_is_cut_out() -> None:
    data = jpeg(progressive=True)
    second = data.index(b"\xff\xda", scan_jpeg(data).coded_start + 2)
    planted = data[:second] + b"\xff\xfe\0\x08secret" + data[second:]
    stripped = strip_jpeg(planted)
    assert b"secret" not in stripped
    assert pixels_of(stripped) == pixels_of(data)


def test_a_thumbnail_in_the_jfif_header_is_private_and_goes() -> None:
    data = jpeg()
    assert data[6:11] == b"JFIF\0"
    planted = data[:4] + struct.pack(">H", 16 + 3) + data[6:18] + b"\1\1rgb" + data[20:]
    assert scan_jpeg(planted).private == ("thumbnail",)
    assert scan_jpeg(strip_jpeg(planted)).private == ()


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_an_end_marker_in_the_middle_of_the_pixels_is_truncation(share: float) -> None:
    data = jpeg(noise(480, 640))
    scan = scan_jpeg(data)
    cut = scan.coded_start + int(share * (scan.coded_end - scan.coded_start))
    planted = data[:cut] + b"\xff\xd9"
    with Image.open(io.BytesIO(planted)) as image:
        image.load()  # Pillow sees nothing amiss: the reason for the padding in `picture_alone`
    with pytest.raises(UnreadableError) as caught:
        decode(picture_alone(planted, scan_jpeg(planted)), "jpeg")
    assert caught.value.code == "source.truncated"


@pytest.mark.parametrize("size", [(8, 8), (61, 47), (480, 640)])
@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"progressive": True}, {"optimize": True}]
)
@pytest.mark.parametrize("shrink", [1, 2, 8])
def test_the_picture_alone_decodes_like_the_file(
    size: tuple[int, int], options: dict[str, object], shrink: int
) -> None:
    for image in (noise(*size), Image.new("RGB", size, "white"), noise(*size, mode="L")):
        data = jpeg(image, **options)
        decoded = decode(picture_alone(data, scan_jpeg(data)), "jpeg", shrink=shrink)
        with Image.open(io.BytesIO(data)) as whole:
            whole.draft(None, (max(1, size[0] // shrink), max(1, size[1] // shrink)))
            assert decoded.image.tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    ("marker", "depth", "word"),
    [(0xC3, 8, "lossless"), (0xC9, 8, "arithmetic"), (0xC1, 12, "12 bits")],
)
def test_foreign_coding_is_named(marker: int, depth: int, word: str) -> None:
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, depth
    with pytest.raises(UnsupportedError, match=word):
        scan_jpeg(bytes(data))


def test_a_file_that_ends_in_its_header_is_truncated() -> None:
    with pytest.raises(UnreadableError) as caught:
        scan_jpeg(jpeg()[:100])
    assert caught.value.code == "source.truncated"


def test_an_incomplete_profile_counts_as_none() -> None:
    assert scan_jpeg(with_segment(jpeg(), 0xE2, b"ICC_PROFILE\0\1\2half")).icc is None


@settings(deadline=None)
@given(st.data())
def test_damaged_files_end_in_our_errors(data: st.DataObject) -> None:
    whole = bytearray(jpeg(noise(16, 16), exif=exif(), progressive=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(2, len(whole)))])
    try:
        stripped = strip_jpeg(damaged)
    except SourceError:
        return
    assert scan_jpeg(stripped).private == ()
