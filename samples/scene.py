"""What the camera sees: views of one portrait, rendered at any size, and the noise of a sensor.

The portrait is scikit-image's astronaut (NASA, public domain, 512 x 512), which lies in its wheel.
Everything is seeded, so a call with the same arguments gives the same pixels.

Coordinates called "portrait pixels" are pixels of that 512 x 512 picture.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

Pixels = NDArray[np.uint8]
"""Shape (height, width, 3), RGB, 0-255."""

PORTRAIT_PX = 512
"""Side of the square portrait."""
FACE_X, FACE_Y, FACE_PX = 225.0, 122.0, 100.0
"""Centre and width of the face in portrait pixels, the mean of two detectors' boxes (95 and 103)."""

_LEVELS = (0.5, 1.0, 2.0, 4.0)
"""Enlargements of the portrait that are kept, so that a small rendering does not alias."""
_TEXTURE_SIGMA = 5.0
"""Grey levels of fixed texture on the largest level: enlarging alone would leave nothing to resolve."""
_GRAIN_MARGIN_PX = 64
"""How much larger the grain tile is than the picture; each frame cuts it at another offset."""


@dataclass(frozen=True)
class View:
    """Where the virtual camera points."""

    centre_x: float
    """Portrait pixels from the left."""
    centre_y: float
    """Portrait pixels from the top."""
    width: float
    """How many portrait pixels the picture's width takes in."""
    roll_deg: float = 0.0
    """Clockwise turn of the picture's content."""


def portrait() -> Pixels:
    """Return the untouched portrait, shape (512, 512, 3), RGB; a fresh copy."""
    return cast(Pixels, np.array(cast(Any, astronaut)()))


@cache
def _level(scale: float) -> Pixels:
    """Return the portrait enlarged `scale` times, with fixed texture; read-only by convention."""
    side_px = round(PORTRAIT_PX * scale)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = cast(Pixels, cv2.resize(portrait(), (side_px, side_px), interpolation=interpolation))
    if scale <= 1:
        return large
    texture = np.random.default_rng(7).normal(0.0, _TEXTURE_SIGMA, (side_px, side_px))
    textured = large.astype(np.float32) + texture.astype(np.float32)[..., None]
    return cast(Pixels, np.clip(np.rint(textured), 0, 255).astype(np.uint8))


def selfie_view(width_px: int, height_px: int, face_share: float | None = None) -> View:
    """Aim at the face so that the picture of that shape stays inside the portrait.

    Args:
        width_px: Width of the upright picture; only the ratio to the height matters.
        height_px: Its height.
        face_share: Width of the face over the width of the picture. None takes in as much as
            leaves room for a moving camera.

    Raises:
        ValueError: The picture would reach beyond the portrait; nothing was made.
    """
    tallest = PORTRAIT_PX - 40.0
    ratio = height_px / width_px
    width = min(tallest, tallest / ratio) * 0.9 if face_share is None else FACE_PX / face_share
    height = width * ratio
    if width > PORTRAIT_PX or height > PORTRAIT_PX:
        msg = "the face cannot be that small: the picture would leave the portrait"
        raise ValueError(msg)
    return View(
        centre_x=_inside(FACE_X, width, PORTRAIT_PX),
        centre_y=_inside(FACE_Y + 0.12 * height, height, PORTRAIT_PX),
        width=width,
    )


def _inside(centre: float, length: float, limit: float) -> float:
    return min(max(centre, length / 2), limit - length / 2)


def render(view: View, width_px: int, height_px: int) -> Pixels:
    """Return what the camera sees there, shape (height_px, width_px, 3), RGB, without noise.

    Whatever lies beyond the portrait's edge is mirrored in.
    """
    wanted = width_px / view.width
    scale = next((level for level in _LEVELS if level >= wanted), _LEVELS[-1])
    zoom = wanted / scale
    turn = math.radians(view.roll_deg)
    cos, sin = zoom * math.cos(turn), zoom * math.sin(turn)
    x, y = view.centre_x * scale, view.centre_y * scale
    matrix = np.array(
        [
            [cos, -sin, width_px / 2 - cos * x + sin * y],
            [sin, cos, height_px / 2 - sin * x - cos * y],
        ]
    )
    flags = cv2.INTER_LINEAR if zoom <= 1 else cv2.INTER_CUBIC
    seen = cv2.warpAffine(
        _level(scale), matrix, (width_px, height_px), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return cast(Pixels, seen)


class Sensor:
    """Adds the grain of a sensor, another one to each frame, the same ones for the same seed."""

    def __init__(self, width_px: int, height_px: int, sigma: float, seed: int) -> None:
        """Prepare the grain.

        Args:
            width_px: Width of the pictures to come.
            height_px: Their height.
            sigma: Standard deviation in grey levels per channel; 0 leaves pictures alone.
            seed: Starts the random numbers.
        """
        self._size = (width_px, height_px)
        self._sigma = sigma
        self._random = np.random.default_rng(seed)
        self._tile: NDArray[np.int16] | None = None
        if sigma > 0:
            shape = (height_px + _GRAIN_MARGIN_PX, width_px + _GRAIN_MARGIN_PX, 3)
            grain = self._random.standard_normal(shape, dtype=np.float32) * np.float32(sigma)
            self._tile = np.rint(grain).astype(np.int16)

    def expose(self, seen: Pixels) -> Pixels:
        """Return the picture with grain; the argument is left as it was."""
        if self._tile is None:
            return seen
        width_px, height_px = self._size
        top, left = self._random.integers(0, _GRAIN_MARGIN_PX, 2)
        grain = self._tile[top : top + height_px, left : left + width_px]
        return cast(Pixels, cv2.add(seen, cast(Any, grain), dtype=cv2.CV_8U))


class HandHeld:
    """A camera held in a hand: it drifts, turns and zooms a little, and returns after a period."""

    def __init__(self, rest: View, period_s: float, seed: int, motion: float = 1.0) -> None:
        """Choose the path.

        Args:
            rest: The view it moves about.
            period_s: After this time the path repeats itself, so that clips can be looped.
            seed: Starts the random phases.
            motion: Strength; 1 drifts by about 2 % of the width, 0 stands still.
        """
        self._rest = rest
        self._period_s = period_s
        self._motion = motion
        self._phases = np.random.default_rng(seed).uniform(0, 2 * math.pi, (4, 3))

    def at(self, time_s: float) -> View:
        """Return the view at that time."""
        turns = 2 * math.pi * time_s / self._period_s
        rounds = max(1, round(self._period_s / 4))
        speeds = np.array([rounds, 2 * rounds + 1, 3 * rounds + 2])
        sway = (np.sin(turns * speeds + self._phases) * np.array([0.6, 0.25, 0.15])).sum(axis=1)
        sway *= self._motion
        return View(
            centre_x=self._rest.centre_x + float(sway[0]) * 0.02 * self._rest.width,
            centre_y=self._rest.centre_y + float(sway[1]) * 0.02 * self._rest.width,
            width=self._rest.width * (1 + 0.03 * float(sway[2])),
            roll_deg=self._rest.roll_deg + 1.2 * float(sway[3]),
        )


def group(width_px: int, height_px: int) -> Pixels:
    """Return two faces of the same size side by side, the right one mirrored."""
    left = render(selfie_view((width_px + 1) // 2, height_px), (width_px + 1) // 2, height_px)
    return np.hstack([left, left[:, ::-1]])[:, :width_px]


def small_face(width_px: int, height_px: int, face_px: int) -> Pixels:
    """Return a person far from the camera, before a plain wall, the face `face_px` wide."""
    wall = np.array([206.0, 198.0, 188.0], np.float32) * np.linspace(1.0, 0.82, height_px)[
        :, None, None
    ].astype(np.float32)
    picture = np.repeat(wall, width_px, axis=1)
    side_px = min(round(PORTRAIT_PX * face_px / FACE_PX), width_px, height_px)
    person = cv2.resize(portrait(), (side_px, side_px), interpolation=cv2.INTER_AREA)
    ramp = np.clip(np.arange(side_px) / (0.08 * side_px), 0, 1).astype(np.float32)
    alpha = np.minimum(ramp[:, None], np.minimum(ramp, ramp[::-1])[None, :])[..., None]
    top, left = height_px - side_px, (width_px - side_px) // 2
    area = picture[top:, left : left + side_px]
    area[:] = area * (1 - alpha) + person * alpha
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def no_face(width_px: int, height_px: int) -> Pixels:
    """Return the helmet at the foot of the portrait: a scene without a face."""
    ratio = height_px / width_px
    view = View(centre_x=425.0, centre_y=425.0, width=min(170.0, 170.0 / ratio))
    return render(view, width_px, height_px)
