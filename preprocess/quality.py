"""How well a face can be seen: sharpness, light and contrast of its box. Values for warnings, never for refusals."""

from __future__ import annotations

import numpy as np

from ._pixels import laplacian_variance, luma, reduced
from .detector import Picture
from .faces import Quality
from .geometry import Box, Size

MEASURE_PX = 128
"""Width to which a larger face is reduced first, so that the same face measures alike from any camera."""
BLACK_LUMA, WHITE_LUMA = 3, 252
"""8-bit luma up to and from which a pixel counts as clipped; JPEG noise keeps true black and white from 0 and 255."""
NOTHING = Quality(sharpness=0.0, luminance=0.0, clipped_share=1.0, contrast=0.0)
"""Of a face that lies wholly outside the picture."""


def measure_quality(picture: Picture, face: Box) -> Quality:
    """Return the quality inside ``face``.

    The measures compare neighbouring pixels (sharpness), count extremes (clipping) or take a difference of luma
    (contrast); mean luminance is told but never judged, since it follows the skin as much as the light.

    Args:
        picture: uint8, shape (height, width, 3), RGB.
        face: In pixels of ``picture``; what reaches outside is left out.
    """
    height, width = picture.shape[:2]
    area = face.enclosing_pixels(Size(width, height))
    if area.width < 3 or area.height < 3:
        return NOTHING
    part, _ = reduced(picture[area.top : area.bottom, area.left : area.right], MEASURE_PX)
    grey = luma(part)
    low, high = np.percentile(grey, (5, 95))
    return Quality(
        sharpness=laplacian_variance(grey),
        luminance=float(grey.mean()),
        clipped_share=float(((grey <= BLACK_LUMA) | (grey >= WHITE_LUMA)).mean()),
        contrast=float(high - low),
    )
