"""Colour management through LittleCMS (Pillow's ImageCms): embedded profiles become sRGB where pixels are recoded.

Relative colorimetric intent with black point compensation: in-gamut colours keep their values, which is what a photo
of a face needs; a perceptual table would shift them all. A profile that is as good as sRGB changes nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_NEAR_SRGB_LEVELS = 2
"""Greatest difference in 8-bit levels up to which a profile counts as sRGB: rounding in its curves."""


@dataclass(frozen=True, slots=True)
class ColorConversion:
    """A picture in sRGB (or as it was), and what was done for it."""

    image: Image.Image = field(repr=False)
    """Mode RGB or L."""
    change: str | None
    """What was done, for the ledger; None when the pixels are the same."""


def profile_name(icc: bytes) -> str:
    """Return the description in an ICC profile, at most 80 characters; ``unreadable`` where there is none."""
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return "unreadable"
    shown = "".join(letter for letter in name.strip() if letter.isprintable())
    return shown[:80] or "unnamed"


def to_srgb(image: Image.Image, icc: bytes | None) -> ColorConversion:
    """Return ``image`` in sRGB.

    Args:
        image: Mode RGB, L or CMYK.
        icc: Its embedded profile; None where there is none: RGB and L are then sRGB, CMYK is converted by complement.
    """
    if icc is not None:
        transform = _transform(icc, image.mode)
        if transform is _SAME:
            return ColorConversion(image, None)
        if isinstance(transform, ImageCms.ImageCmsTransform):
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return ColorConversion(converted, "sRGB, relative colorimetric")
    unreadable = "taken as sRGB: the embedded profile cannot be used"
    if image.mode == "CMYK":
        known = "sRGB by complement" + (", the embedded profile cannot be used" if icc else "")
        return ColorConversion(image.convert("RGB"), known)
    return ColorConversion(image, unreadable if icc is not None else None)


_SAME = object()


@lru_cache(maxsize=16)
def _transform(icc: bytes, mode: str) -> object:
    """Return a transform to sRGB, `_SAME` where none is needed, or None where the profile cannot be used."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return _SAME if mode != "CMYK" and _is_identity(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether ``transform`` leaves a grid of colours where they are."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    if mode == "L":
        probe = Image.fromarray(levels[None, :])
    else:
        grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
        probe = Image.fromarray(grid)
    converted = ImageCms.applyTransform(probe, transform)
    if converted is None:
        return False
    before = np.asarray(probe.convert("RGB")).astype(np.int16)
    return bool(np.abs(np.asarray(converted).astype(np.int16) - before).max() <= _NEAR_SRGB_LEVELS)
