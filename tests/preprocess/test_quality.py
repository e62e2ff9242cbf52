from __future__ import annotations

import cv2
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


@pytest.mark.parametrize("side_px", [140, 257, 300, 380, 480])
def test_sharpness_is_that_of_the_face_reduced_at_once(side_px: int) -> None:
    """In two steps a face of 300 px would count as less sharp than the same one at 256."""
    face = cv2.resize(portrait(), (side_px, side_px), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(
        cv2.resize(face, (128, 128), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    wanted = 1000 * cv2.Laplacian(grey, cv2.CV_64F).var() / grey.var()
    measured = measure_quality(face, Box(0, 0, side_px, side_px))
    assert measured is not None
    assert measured.sharpness == pytest.approx(wanted, rel=1e-6)
