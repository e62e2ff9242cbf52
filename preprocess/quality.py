"""How well a face can be seen: numbers without a verdict. Rules hold them to the profile's limits."""

from __future__ import annotations

import numpy as np

from ._pixels import laplacian_variance, luma, reduced
from .detector import Picture
from .faces import Quality
from .geometry import Box, Size

MEASURE_PX = 128
"""Longest side of the face at which it is measured, so that a large face is not taken for a sharper one."""
_DARK, _LIGHT = 3, 252
"""Luma at or beyond which a pixel carries no detail."""


def measure_quality(picture: Picture, face: Box) -> Quality | None:
    """Return the quality of the picture inside a face's box.

    Sharpness is divided by the spread of luma: the same blur gives the same number on dark and on light skin.

    Args:
        picture: uint8, HxWx3, RGB.
        face: In its pixels; the part outside is ignored.

    Returns:
        The measures, or None where no pixel of the face lies inside the picture.
    """
    height, width = picture.shape[:2]
    area = face.enclosing_pixels(Size(width, height))
    if area.width < 3 or area.height < 3:
        return None
    part, _ = reduced(picture[area.top : area.bottom, area.left : area.right], MEASURE_PX)
    grey = luma(part)
    low, high = (float(value) for value in np.percentile(grey, (5, 95)))
    return Quality(
        sharpness=laplacian_variance(grey),
        luminance=float(grey.mean()),
        clipped_share=float(((grey <= _DARK) | (grey >= _LIGHT)).mean()),
        contrast=high - low,
    )
