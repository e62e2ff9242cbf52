from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from preprocess._png import picture_alone, scan_png, strip_png, usable_share
from preprocess.errors import SourceError, UnreadableError
from preprocess.geometry import Orientation, Size

AFTER_HEADER = 8 + 25


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (47, 61, 3), np.uint8))


def png(image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, "PNG", **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunk(data: bytes, name: bytes, body: bytes) -> bytes:
    return data[:AFTER_HEADER] + chunk(name, body) + data[AFTER_HEADER:]


def test_stripping_cuts_texts_and_keeps_pixels_and_profile() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "me")
    texts.add_text("Comment", "long " * 100, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", "<x/>")
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Maker", "me"
    data = png(pnginfo=texts, exif=exif, icc_profile=b"p" * 500, dpi=(72, 72))
    data = with_chunk(data, b"prVt", b"unknown")
    assert set(scan_png(data).private) == {"text", "artist"}
    stripped = strip_png(data)
    scan = scan_png(stripped)
    assert scan.private == ()
    assert scan.icc == b"p" * 500
    assert b"prVt" not in stripped
    with Image.open(io.BytesIO(stripped)) as image:  # Pillow checks each checksum
        assert image.tobytes() == picture().tobytes()
        assert dict(image.getexif()) == {0x010F: "Maker"}
        assert set(image.info) == {"icc_profile", "exif", "dpi"}


def test_orientation_comes_from_exif_and_never_from_xmp() -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    assert scan_png(png(exif=exif)).orientation is Orientation.TURN_CW_270
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", '<rdf tiff:Orientation="3"/>')
    assert scan_png(png(pnginfo=texts)).orientation is Orientation.UPRIGHT


def test_a_text_that_inflates_to_gigabytes_is_never_inflated() -> None:
    bomb = b"Comment\0\0" + zlib.compress(bytes(10_000_000))
    data = with_chunk(png(), b"zTXt", bomb)
    scan = scan_png(data)
    assert scan.private == ("text",)
    assert b"zTXt" not in picture_alone(data, scan)


def test_a_profile_that_inflates_beyond_its_limit_counts_as_none() -> None:
    body = b"name\0\0" + zlib.compress(bytes(17_000_000))
    assert scan_png(with_chunk(png(), b"iCCP", body)).icc is None


def test_an_animation_is_told_and_its_first_picture_stands_alone() -> None:
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "green", "blue")]
    data = png(frames[0], save_all=True, append_images=frames[1:])
    scan = scan_png(data)
    assert scan.frames == 3
    with Image.open(io.BytesIO(picture_alone(data, scan))) as image:
        assert image.getpixel((0, 0)) == (255, 0, 0)
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("mode", "depth", "color_type", "transparent"),
    [
        ("1", 1, 0, False),
        ("L", 8, 0, False),
        ("LA", 8, 4, True),
        ("P", 8, 3, False),
        ("RGBA", 8, 6, True),
    ],
)
def test_header_facts_are_read(mode: str, depth: int, color_type: int, transparent: bool) -> None:
    scan = scan_png(png(picture().convert(mode)))
    assert (scan.size, scan.bit_depth, scan.color_type) == (Size(61, 47), depth, color_type)
    assert scan.has_transparency is transparent


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_usable_share_of_a_cut_file_is_told(share: float) -> None:
    data = png(compress_level=0)
    cut = data[: int(len(data) * share)]
    scan = scan_png(cut)
    assert scan.is_truncated
    assert usable_share(cut, scan) == pytest.approx(share, abs=0.02)


def test_a_flipped_bit_in_the_pixels_is_damage() -> None:
    data = bytearray(png())
    data[data.index(b"IDAT") + 50] ^= 1
    with pytest.raises(UnreadableError) as caught:
        scan_png(bytes(data))
    assert caught.value.code == "source.damaged"


def test_bytes_behind_the_end_are_counted() -> None:
    assert scan_png(png() + b"tail").trailing_bytes == 4


@settings(deadline=None)
@given(st.data())
def test_damaged_files_end_in_our_errors(data: st.DataObject) -> None:
    whole = bytearray(png(Image.new("RGB", (9, 9)), pnginfo=None))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(8, len(whole)))])
    try:
        stripped = strip_png(damaged)
    except SourceError:
        return
    assert scan_png(stripped).private == ()
