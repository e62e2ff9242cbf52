"""Nothing private survives in a payload, and nothing of the picture reaches temporary files or logs."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from preprocess import prepare
from preprocess.payload import Payload
from samples.clips import clip

from .hostile import selfie, selfie_clip

MARK = "PLANTED-7319"
"""Text that is planted wherever a file can say something, and searched for in payloads."""

EXIF_TAGS = (0x010E, 0x013B, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D)
"""ImageDescription, Artist, Copyright, XPTitle, XPComment, XPAuthor."""
PRIVATE_TAGS = (0xA430, 0xA431, 0xA435, 0xA420)
"""CameraOwnerName, BodySerialNumber, LensSerialNumber, ImageUniqueID."""


def telltale_exif() -> Image.Exif:
    exif = Image.Exif()
    for tag in EXIF_TAGS:
        exif[tag] = MARK.encode("utf-16-le") if tag >= 0x9C9B else MARK
    inner = exif.get_ifd(0x8769)
    for tag in PRIVATE_TAGS:
        inner[tag] = MARK
    inner[0x9286] = b"ASCII\0\0\0" + MARK.encode()
    inner[0x927C] = b"MAKER" + MARK.encode()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (51.0, 28.0, 40.0), MARK
    return exif


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{MARK}</dc:creator></x:xmpmeta>'.encode()


def saved(form: str, size: tuple[int, int], **options: object) -> bytes:
    picture = Image.open(io.BytesIO(selfie(*size)))
    picture.load()
    picture.info.clear()
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(size: tuple[int, int]) -> bytes:
    data = saved("JPEG", size, exif=telltale_exif(), xmp=XMP, comment=MARK, quality=92)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(MARK).to_bytes(4, "big") + MARK.encode()
    extra = b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc
    unknown = b"\xff\xeb" + (len(MARK) + 2).to_bytes(2, "big") + MARK.encode()
    return (
        data[:2] + extra + unknown + data[2:] + MARK.encode()
    )  # and behind the end, as motion photos do


def png(size: tuple[int, int]) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", MARK)
    text.add_text("Author", MARK, zip=True)
    text.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
    text.add(b"prVt", MARK.encode())
    return saved("PNG", size, pnginfo=text, exif=telltale_exif())


def tiff(size: tuple[int, int]) -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[33432] = MARK, MARK, MARK
    return saved("TIFF", size, tiffinfo=tags)


def heic(size: tuple[int, int]) -> bytes:
    picture = Image.open(io.BytesIO(selfie(*size)))
    buffer = io.BytesIO()
    heif = pillow_heif.from_pillow(picture)
    heif.save(buffer, exif=telltale_exif().tobytes(), xmp=XMP)
    return buffer.getvalue()


STILLS: dict[str, Callable[[tuple[int, int]], bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": lambda size: saved("WEBP", size, exif=telltale_exif(), xmp=XMP),
    "avif": lambda size: saved("AVIF", size, exif=telltale_exif(), xmp=XMP),
    "tiff": tiff,
    "heic": heic,
}
TAGS = ("location", "comment", "title", "artist", "description", "copyright", "author", "make")


def telltale_clip(container: str) -> bytes:
    tags = dict.fromkeys(TAGS, MARK)
    return clip(
        width_px=480,
        height_px=640,
        duration_s=3,
        container=container,
        metadata=tags,
        codec="libvpx-vp9" if container == "webm" else "libx264",
    )


def betrays(data: bytes) -> list[str]:
    encodings = ("ascii", "utf-16-le", "utf-16-be")
    return [encoding for encoding in encodings if MARK.encode(encoding) in data]


def telling_png_chunks(data: bytes) -> list[bytes]:
    """Names of chunks that can hold words, compressed or not."""
    found, at = [], 8
    while at + 8 <= len(data):
        found.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return [name for name in found if name in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"prVt")]


@pytest.mark.parametrize("size", [(480, 640), (1080, 1440)], ids=["as it is", "scaled"])
@pytest.mark.parametrize("still_format", ["png", "jpeg"])
@pytest.mark.parametrize("form", STILLS)
def test_nothing_private_survives_in_a_photo(
    form: str, still_format: str, size: tuple[int, int]
) -> None:
    source = STILLS[form](size)
    assert betrays(source), "the test plants nothing"
    payload = prepare(source, name=f"x.{form}", still_format=still_format)  # type: ignore[arg-type]
    assert not betrays(payload.data)
    if payload.form == "png":
        assert not telling_png_chunks(payload.data)
    else:
        exif = Image.open(io.BytesIO(payload.data)).getexif()
        assert not exif.get_ifd(0x8825)
        assert payload.data.count(b"\xff\xd8\xff") == 1, "a thumbnail survived"


@pytest.mark.parametrize("made", ["mp4", "avi", "flv"])
@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm", "avi", "flv"])
def test_nothing_private_survives_in_a_clip(container: str, made: str) -> None:
    source = telltale_clip(container)
    assert betrays(source), "the test plants nothing"
    payload = prepare(source, name=f"x.{container}", container=made)  # type: ignore[arg-type]
    assert not betrays(payload.data)


def test_logs_and_reprs_hold_nothing_of_the_picture(caplog: pytest.LogCaptureFixture) -> None:
    payloads: list[Payload] = []
    sources = [build((1080, 1440)) for build in STILLS.values()]
    sources += [jpeg((480, 640)), png((480, 640)), telltale_clip("mp4")]
    caplog.set_level(logging.DEBUG)
    for source in sources:
        payloads.append(prepare(source, name="x"))
        assert MARK not in repr(payloads[-1])
        assert len(repr(payloads[-1])) < 20_000
    assert MARK not in caplog.text


WATCHED = """
import json, os, sys
touched = []
def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if writes and path != os.devnull and "__pycache__" not in str(path):
            touched.append([event, str(path)])
    elif event.startswith(("tempfile.", "socket.", "shutil.", "os.mkdir", "os.rename", "subprocess.")):
        touched.append([event, ""])
from preprocess import prepare
source = open(sys.argv[1], "rb").read()
prepare(source)  # imports and models are loaded
sys.addaudithook(hook)
prepare(source)
print(json.dumps(touched))
"""


@pytest.mark.parametrize("kind", ["photo", "clip"])
def test_nothing_is_written_and_no_address_is_asked_on_the_way(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(jpeg((1080, 1440)) if kind == "photo" else selfie_clip("mov"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(source)],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert list(temporary.iterdir()) == []
    assert MARK not in done.stderr
