from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from preprocess.detector import Picture
from preprocess.geometry import Box
from preprocess.profile import Profile
from preprocess.quality import measure_quality
from samples.stills import selfie

LIMITS = Profile.builtin().quality
FACE = Box(120, 160, 240, 240)
GAIN_TOLERANCE = 0.10
"""Rounding to 8 bit adds noise to a picture of a quarter of the light."""


def portrait() -> Picture:
    return selfie(480, 640)


def blurred(picture: Picture, radius: float) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def test_a_portrait_passes_every_limit() -> None:
    quality = measure_quality(portrait(), FACE)
    assert quality is not None
    assert quality.sharpness >= LIMITS.min_sharpness
    assert quality.clipped_share <= LIMITS.max_clipped_share
    assert quality.contrast >= LIMITS.min_contrast


def test_a_blurred_face_is_soft() -> None:
    quality = measure_quality(blurred(portrait(), 8), FACE)
    assert quality is not None
    assert quality.sharpness < LIMITS.min_sharpness


@pytest.mark.parametrize("gain", [0.75, 0.5])
def test_darker_pixels_are_not_called_softer(gain: float) -> None:
    bright = measure_quality(portrait(), FACE)
    dark = measure_quality((portrait() * gain).round().astype(np.uint8), FACE)
    assert bright is not None
    assert dark is not None
    assert dark.luminance < bright.luminance
    assert dark.sharpness == pytest.approx(bright.sharpness, rel=GAIN_TOLERANCE)


def test_a_washed_out_face_is_clipped() -> None:
    quality = measure_quality(np.full((640, 480, 3), 255, np.uint8), FACE)
    assert quality is not None
    assert (quality.clipped_share, quality.contrast, quality.sharpness) == (1.0, 0.0, 0.0)


def test_a_face_outside_of_the_picture_is_not_measured() -> None:
    assert measure_quality(portrait(), Box(500, 700, 100, 100)) is None
