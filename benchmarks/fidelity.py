"""How near a result comes to pixels that were never coded: PSNR and SSIM."""

import io
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .tasks._crop import TARGET_PX

Samples = NDArray[np.uint8]

_PEAK = 255.0
_SSIM_WINDOW_PX, _SSIM_SIGMA = 11, 1.5
"""Source: Wang, Bovik, Sheikh, Simoncelli, Image Quality Assessment, 2004, section III-C."""
_SCORED_EVERY = 5
"""Frames of a clip from one that is compared to the next: their scores differ by 0.2 dB."""
_SSIM_C1, _SSIM_C2 = (0.01 * _PEAK) ** 2, (0.03 * _PEAK) ** 2
"""Source: as above."""


def psnr_db(one: Samples, other: Samples) -> float:
    """Return the peak signal-to-noise ratio over all samples of two arrays of one shape.

    Returns:
        Decibels; infinity where they are equal.
    """
    difference = one.astype(np.float32) - other.astype(np.float32)
    mean_square = float(np.mean(np.square(difference), dtype=np.float64))
    return float("inf") if mean_square == 0 else 10 * float(np.log10(_PEAK**2 / mean_square))


def ssim(one: Samples, other: Samples) -> float:
    """Return the structural similarity of two planes, shape (height, width), at most 1."""
    x, y = one.astype(np.float32), other.astype(np.float32)
    mean_x, mean_y = _blurred(x), _blurred(y)
    var_x = _blurred(x * x) - mean_x**2
    var_y = _blurred(y * y) - mean_y**2
    both = _blurred(x * y) - mean_x * mean_y
    top = (2 * mean_x * mean_y + _SSIM_C1) * (2 * both + _SSIM_C2)
    bottom = (mean_x**2 + mean_y**2 + _SSIM_C1) * (var_x + var_y + _SSIM_C2)
    inner = _SSIM_WINDOW_PX // 2
    return float((top / bottom)[inner:-inner, inner:-inner].mean(dtype=np.float64))


def _blurred(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    size = (_SSIM_WINDOW_PX, _SSIM_WINDOW_PX)
    return cast(NDArray[np.float32], cv2.GaussianBlur(plane, size, _SSIM_SIGMA))


def still_reference(source: bytes, crop: list[float] | None) -> Samples:
    """Return what a lossless route gives: full decode, upright, cut, LANCZOS; RGB.

    Args:
        source: A photo that Pillow or pillow-heif opens.
        crop: Left, top, width, height in pixels of the upright source; None takes all of it.
    """
    pillow_heif.register_heif_opener()
    with Image.open(io.BytesIO(source)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    left, top, width, height = crop or (0, 0, *upright.size)
    box = (left, top, min(left + width, upright.width), min(top + height, upright.height))
    if (width, height) == TARGET_PX:
        return np.asarray(upright.crop(tuple(round(edge) for edge in box)))
    return np.asarray(upright.resize(TARGET_PX, Image.Resampling.LANCZOS, box=box))


def score_still(source: Path, output: Path, facts: dict[str, Any]) -> dict[str, float]:
    """Compare a finished still with the uncoded pixels of its own crop."""
    wanted = still_reference(source.read_bytes(), facts["crop"])
    with Image.open(output) as opened:
        made = np.asarray(opened.convert("RGB"))
    luma = [np.asarray(Image.fromarray(pixels).convert("L")) for pixels in (wanted, made)]
    return {"psnr_db": psnr_db(wanted, made), "ssim": ssim(*luma)}


def score_clip(source: Path, output: Path, facts: dict[str, Any]) -> dict[str, float]:
    """Compare the luma of a finished clip with its own window, decoded, cropped and scaled but never coded.

    Args:
        source: The clip it was made from, in colours that need no conversion.
        output: The finished clip.
        facts: The job: start_s, length_s, crop, rate.

    Returns:
        Means over every `_SCORED_EVERY`-th frame.
    """
    rate, crop = str(facts["rate"]), tuple(facts["crop"])
    wanted = _uncoded_lumas(source, facts["start_s"], facts["length_s"], crop, rate)
    with av.open(str(output)) as made:
        frames = islice(made.decode(video=0), 0, None, _SCORED_EVERY)
        scores = [
            (psnr_db(luma, other), ssim(luma, other))
            for luma, other in zip(wanted, map(_luma, frames), strict=False)
        ]
    if not scores:
        message = f"{output.name} has no frames to compare"
        raise ValueError(message)
    psnrs, ssims = zip(*scores, strict=True)
    return {"psnr_db": float(np.mean(psnrs)), "ssim": float(np.mean(ssims))}


@lru_cache(maxsize=2)  # a case's contenders nearly all have the same window
def _uncoded_lumas(
    source: Path, start_s: float, length_s: float, crop: tuple[int, ...], rate: str
) -> tuple[Samples, ...]:
    from .tasks.clip import uncoded_frames

    job = {"start_s": start_s, "length_s": length_s, "crop": crop, "rate": rate}
    frames = uncoded_frames(source.read_bytes(), job)
    return tuple(_luma(frame) for frame in islice(frames, 0, None, _SCORED_EVERY))


def _luma(frame: av.VideoFrame) -> Samples:
    return np.asarray(frame.to_ndarray(format="yuv420p")[: frame.height], np.uint8)
