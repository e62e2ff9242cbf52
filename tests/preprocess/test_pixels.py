"""Pictures reduced for looking: averaged over areas, of the size asked for, in whatever steps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from preprocess._pixels import reduced

from .clips import scene

LEVELS = 1.0
"""By how many grey levels averaging in two steps and in one may differ on average: rounded twice."""


@pytest.mark.parametrize(
    ("width", "height"), [(700, 900), (1224, 1632), (999, 1333), (3001, 4003), (640, 640)]
)
@pytest.mark.parametrize("fast", [False, True])
def test_a_reduced_picture_is_the_averaged_one(width: int, height: int, fast: bool) -> None:
    picture = cv2.resize(scene()[0], (width, height), interpolation=cv2.INTER_CUBIC)
    small, factor = reduced(picture, 640, fast=fast)
    size = (round(width * factor), round(height * factor))
    assert factor == 640 / max(width, height)
    assert small.shape == (size[1], size[0], 3)
    assert small.flags.c_contiguous
    step = max(1, max(width, height) // 640) if fast else 1
    whole = picture[: height // step * step, : width // step * step]
    direct = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - direct).mean() <= LEVELS


def test_a_picture_that_is_small_enough_stays_and_a_view_becomes_a_picture() -> None:
    picture = np.arange(90 * 60 * 3, dtype=np.uint8).reshape(90, 60, 3)
    same, factor = reduced(picture[10:, 5:], 640)
    assert factor == 1.0
    assert same.flags.c_contiguous
    assert np.array_equal(same, picture[10:, 5:])


@pytest.mark.parametrize("fast", [False, True])
def test_a_sliver_is_reduced_too(fast: bool) -> None:
    small, factor = reduced(np.full((2000, 1, 3), 7, np.uint8), 640, fast=fast)
    assert (small.shape, factor) == ((640, 1, 3), 0.32)
    assert (small == 7).all()
