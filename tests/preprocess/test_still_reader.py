from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from preprocess import _images
from preprocess.geometry import Orientation, PixelBox, Size
from preprocess.media import Media
from preprocess.probe_still import probe_still
from preprocess.profile import Profile
from preprocess.still_reader import StillReader
from samples.stills import selfie

TARGET = Size(480, 640)
LEAST_PSNR_DB = 40.0
"""What a reduced decode must keep of a full one; docs/quality.md."""


def reader_of(image: Image.Image, orientation: int = 1) -> StillReader:
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92, exif=exif)
    data = buffer.getvalue()
    info = probe_still(data, "jpeg", "jpg", Profile.builtin())
    return StillReader(Media("memory", data, hashlib.sha256(data).hexdigest(), info))


@pytest.fixture
def shrinks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Denominators of the decodes that happen."""
    seen: list[int] = []
    decode = _images.decode

    def counted(data: bytes, form: str, *, shrink: int = 1) -> _images.Decoded:
        seen.append(shrink)
        return decode(data, form, shrink=shrink)

    monkeypatch.setattr(_images, "decode", counted)
    return seen


@pytest.mark.parametrize(
    ("size", "crop", "expected"),
    [
        ((1500, 2000), PixelBox(0, 0, 1500, 2000), [1]),
        ((2100, 2800), PixelBox(0, 0, 2100, 2800), [2]),
        ((2100, 2800), PixelBox(0, 0, 1440, 1920), [2]),
        ((2100, 2800), PixelBox(0, 0, 1200, 1600), [2, 1]),
        ((2100, 2800), PixelBox(0, 0, 480, 640), [2, 1]),
    ],
)
def test_a_picture_is_decoded_as_small_and_as_seldom_as_the_crop_allows(
    size: tuple[int, int], crop: PixelBox, expected: list[int], shrinks: list[int]
) -> None:
    with reader_of(Image.effect_noise(size, 50).convert("RGB")) as reader:
        _, shrink = reader.view(TARGET)
        assert shrink == expected[0]
        pixels = reader.render(crop, Orientation.UPRIGHT, TARGET).pixels
    assert pixels.shape == (640, 480, 3)
    assert shrinks == expected


def test_a_reduced_decode_keeps_what_a_full_one_shows() -> None:
    picture = Image.fromarray(selfie(2100, 2800))
    with reader_of(picture) as reader:
        reader.view(TARGET)
        crop = PixelBox(300, 400, 1440, 1920)
        pixels = reader.render(crop, Orientation.UPRIGHT, TARGET).pixels
        with Image.open(io.BytesIO(reader.media.data)) as full:
            plain = full.crop((300, 400, 1740, 2320)).resize((480, 640), Image.Resampling.LANCZOS)
    error = np.mean((pixels.astype(float) - np.asarray(plain)) ** 2)
    assert 10 * np.log10(255**2 / error) >= LEAST_PSNR_DB


def test_the_view_is_upright() -> None:
    picture = Image.new("RGB", (64, 48), "black")
    picture.paste("white", (0, 0, 32, 48))
    with reader_of(picture, 6) as reader:
        view, _ = reader.view(TARGET)
    assert view.shape == (64, 48, 3)
    assert view[:20].mean() > 250
    assert view[-20:].mean() < 5
