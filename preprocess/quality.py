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
_DARKEST_AND_LIGHTEST = (0.05, 0.95)
"""Shares of the pixels up to which contrast is measured, so that an eye's glint does not count."""
_PER_MILLE = 1000.0
_LEVELS = np.arange(256.0)


def measure_quality(picture: Picture, face: Box) -> Quality | None:
    """Return the quality of the picture inside a face's box.

    Sharpness is the variance of the Laplacian relative to that of luma itself: the bare variance grows with the
    square of the contrast, and so would call the same blur worse on dark skin or in dim light (docs/quality.md).

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
    share = np.bincount(grey.ravel(), minlength=_LEVELS.size) / grey.size
    mean = float(share @ _LEVELS)
    variance = float(share @ (_LEVELS - mean) ** 2)
    low, high = np.searchsorted(np.cumsum(share), _DARKEST_AND_LIGHTEST)
    return Quality(
        sharpness=_PER_MILLE * laplacian_variance(grey) / max(1.0, variance),
        luminance=mean,
        clipped_share=float(share[: _DARK + 1].sum() + share[_LIGHT:].sum()),
        contrast=float(high - low),
    )
