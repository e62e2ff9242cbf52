"""The one module that knows OpenCV: uint8 arrays in, arrays or bytes out. BGR exists only here.

OpenCV never gets a path (it crashes on names that are not UTF-8) and never decodes a source.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from .detector import Picture
from .geometry import Orientation

Samples = npt.NDArray[np.float32]

_FAST_PNG = (
    cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_AVG,
)  # fmt: skip
"""One filter and run lengths alone. Measured on 480x640 photos, beside Pillow's level 6: 1/6 of the CPU time,
0.98 (noisy) to 1.19 (smooth) of the bytes."""
_SMALL_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_ALL_FILTERS)


def png_bytes(pixels: Picture, *, small: bool = False) -> bytes:
    """Return ``pixels`` as a PNG without metadata.

    Args:
        pixels: uint8, HxWx3 RGB or HxW grey.
        small: Spend 20 times as long on fewer bytes.
    """
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    done, coded = cv2.imencode(".png", picture, _SMALL_PNG if small else _FAST_PNG)
    if not done:
        message = "OpenCV could not write a PNG"
        raise RuntimeError(message)
    return coded.tobytes()


def luma(rgb: Picture) -> Picture:
    """Return the BT.601 luma of an RGB picture: uint8 HxWx3 -> uint8 HxW."""
    return cast("Picture", cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def reduced(picture: Picture, longest_px: int, *, fast: bool = False) -> tuple[Picture, float]:
    """Return ``picture`` with its longer side at most ``longest_px``, and the factor it was scaled by.

    Args:
        picture: uint8, shape (height, width, 3); need not be contiguous.
        longest_px: Longest side of the result; a smaller picture is returned as it is, contiguous.
        fast: For looking only: in two steps, the first one by a whole number, which OpenCV does quickly. 1224x1632 to
            480x640 then costs a third, is a little softer or sharper, and loses the pixels at the right and lower
            edge that make no whole step: a pixel of the result, at most.

    Returns:
        The picture (area-averaged, C-contiguous) and the factor, 0 < factor <= 1.
    """
    height, width = picture.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(picture), 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    step = int(1 / factor) if fast else 1
    if step > 1 and min(width, height) >= _LEAST_STEPS * step:
        whole = picture[: height // step * step, : width // step * step]
        picture = _averaged(whole, (width // step, height // step))
    return _averaged(picture, size), factor


_LEAST_STEPS = 64
"""Whole steps that the shorter side must hold: slivers are reduced at once."""


def _averaged(picture: Picture, size: tuple[int, int]) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


_TURNS: dict[int, int] = {
    90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE
}  # fmt: skip


def upright(picture: Picture, orientation: Orientation) -> Picture:
    """Return stored pixels the way up that ``orientation`` asks for; lossless.

    Args:
        picture: uint8, HxWx3 or HxW.
        orientation: From stored to upright.
    """
    turned: Any = picture
    if orientation.is_mirrored:
        turned = cv2.flip(turned, 1)
    if orientation.turn_deg:
        turned = cv2.rotate(turned, _TURNS[orientation.turn_deg])
    return cast("Picture", turned)


def laplacian_variance(grey: Picture) -> float:
    """Return the variance of the 3x3 Laplacian of an 8-bit picture, a measure of its sharpness."""
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return float(deviation[0, 0]) ** 2


def mixed(picture: Samples, matrix: Samples) -> Samples:
    """Return each pixel's channels multiplied by a matrix.

    Args:
        picture: float32, shape (height, width, n).
        matrix: float32, shape (m, n).

    Returns:
        float32, shape (height, width, m); (height, width) where m is 1.
    """
    return cast("Samples", cv2.transform(picture, matrix))


_AVX_512F = 13
"""CV_CPU_AVX_512F. Source: OpenCV, core/cvdef.h; the Python module carries the function, not the names."""


def has_avx512() -> bool:
    """Tell whether this processor has AVX-512, which not all assembly gets right."""
    return bool(cv2.checkHardwareSupport(_AVX_512F))
