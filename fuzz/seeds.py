"""What is mutated: small files of every form, made here, and the real media where they are at hand."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pillow_heif
from PIL import Image, PngImagePlugin

ROOT = Path(__file__).resolve().parent.parent
_REAL_BYTES_MAX = 300_000
"""Larger files are left out: more inputs in the same time find more."""
_SIZE = (96, 128)
_FRAMES = 12


@dataclass(frozen=True, slots=True)
class Seed:
    """A file to mutate."""

    name: str
    data: bytes = field(repr=False)


def all_seeds(*, with_real: bool = True) -> tuple[Seed, ...]:
    """Return every seed, in an order that does not depend on the machine."""
    seeds = [*_stills(), *_clips(), *_samples()]
    if with_real:
        seeds += _real()
    return tuple(seeds)


def _picture() -> Image.Image:
    rng = np.random.default_rng(1)
    width, height = _SIZE
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    noisy = ramp + rng.normal(0, 12, ramp.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _stills() -> Iterator[Seed]:
    picture = _picture()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0comment"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a comment")
    text.add_itxt("XML:com.adobe.xmp", "<x/>", zip=True)
    variants: tuple[tuple[str, str, Image.Image, dict[str, object]], ...] = (
        ("baseline.jpg", "JPEG", picture, {"exif": exif, "comment": b"hello"}),
        ("progressive.jpg", "JPEG", picture, {"progressive": True, "exif": exif}),
        ("restart.jpg", "JPEG", picture, {"restart_marker_rows": 1}),
        ("grey.jpg", "JPEG", picture.convert("L"), {}),
        ("cmyk.jpg", "JPEG", picture.convert("CMYK"), {}),
        ("rgb.png", "PNG", picture, {"pnginfo": text, "exif": exif}),
        ("alpha.png", "PNG", picture.convert("RGBA"), {}),
        ("palette.png", "PNG", picture.convert("P"), {"transparency": 3}),
        ("sixteen.png", "PNG", picture.convert("I;16"), {}),
        ("animated.png", "PNG", picture, {"save_all": True, "append_images": [picture.rotate(9)]}),
        ("animated.gif", "GIF", picture, {"save_all": True, "append_images": [picture.rotate(9)]}),
        ("lossy.webp", "WEBP", picture, {"exif": exif}),
        ("lossless.webp", "WEBP", picture, {"lossless": True}),
        ("animated.webp", "WEBP", picture, {"save_all": True, "append_images": [picture.rotate(9)]}),
        ("picture.avif", "AVIF", picture, {"exif": exif}),
        ("picture.bmp", "BMP", picture, {}),
        ("raw.tif", "TIFF", picture, {}),
        ("deflate.tif", "TIFF", picture, {"compression": "tiff_deflate"}),
        ("lzw.tif", "TIFF", picture, {"compression": "tiff_lzw"}),
        ("motion.mpo", "MPO", picture, {"save_all": True, "append_images": [picture.rotate(9)]}),
    )  # fmt: skip
    for name, form, image, options in variants:
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        yield Seed(name, buffer.getvalue())
    buffer = io.BytesIO()
    heif = pillow_heif.from_pillow(picture)
    heif.save(buffer, quality=50)
    yield Seed("picture.heic", buffer.getvalue())


_CLIPS = (
    ("h264.mp4", "mp4", "libx264", {}),
    ("fragmented.mp4", "mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
    ("h264.mov", "mov", "libx264", {}),
    ("h264.3gp", "3gp", "libx264", {}),
    ("mjpeg.avi", "avi", "mjpeg", {}),
    ("h264.avi", "avi", "libx264", {}),
    ("h264.flv", "flv", "libx264", {}),
    ("h264.mkv", "matroska", "libx264", {}),
    ("vp8.webm", "webm", "libvpx", {}),
    ("vp9.webm", "webm", "libvpx-vp9", {}),
    ("h264.ts", "mpegts", "libx264", {}),
    ("mpeg4.mp4", "mp4", "mpeg4", {}),
    ("hevc.mp4", "mp4", "libx265", {}),
)
"""Name, container, encoder, container options."""


def _clips() -> Iterator[Seed]:
    pixels = np.asarray(_picture())
    for name, form, codec, options in _CLIPS:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=form, options=options) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = _SIZE
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            if codec == "libx265":
                stream.options = {"x265-params": "log-level=none"}
            container.metadata["comment"] = "a comment"
            for step in range(_FRAMES):
                frame = av.VideoFrame.from_ndarray(np.roll(pixels, 5 * step, axis=1))
                frame.pts, frame.time_base = step, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        yield Seed(name, buffer.getvalue())


def _samples() -> Iterator[Seed]:
    """The samples have a face, so that the later stages get something to do."""
    for name in ("selfie.jpg", "selfie.mp4"):
        yield Seed(name, (ROOT / "samples" / name).read_bytes())


def _real() -> Iterator[Seed]:
    for folder in (os.environ.get("FACEREADY_MEDIA"), ROOT.parent / "shared" / "media"):
        if folder and (manifest := Path(folder) / "MANIFEST.json").is_file():
            for entry in json.loads(manifest.read_text("utf-8")):
                path = Path(folder) / entry["file"]
                if path.is_file() and 0 < path.stat().st_size <= _REAL_BYTES_MAX:
                    yield Seed(path.name, path.read_bytes())
            return
