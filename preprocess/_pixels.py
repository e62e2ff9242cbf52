"""OpenCV behind our own types: pixel work on uint8 RGB arrays. BGR exists only inside this module."""

from __future__ import annotations

import cv2
import numpy as np

from .detector import Picture


def reduced(picture: Picture, longest_px: int) -> tuple[Picture, float]:
    """Return ``picture`` with its longer side at most ``longest_px``, and the factor it was scaled by.

    Args:
        picture: uint8, shape (height, width, 3); need not be contiguous.
        longest_px: Longest side of the result; a smaller picture is returned as it is, contiguous.

    Returns:
        The picture (area-averaged, C-contiguous) and the factor, 0 < factor <= 1.
    """
    height, width = picture.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(picture), 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), factor
