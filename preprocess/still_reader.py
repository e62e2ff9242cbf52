"""Reads the pixels of one still, decoding as few of them and as seldom as the result allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np

from . import _icc, _images, _jpeg, _png
from .detector import Picture
from .geometry import Box, Orientation, PixelBox, Size
from .media import Media, StillInfo

OVERSAMPLING = 1.5
"""Decoded pixels per payload pixel, along one side, that a reduced decode must leave.

Source: least PSNR against a full decode (docs/quality.md): 38 dB at 1.0, 41 at 1.25, 45 at 1.5; 40 are asked for."""

OVERSAMPLING_AT_FIRST = 2.0
"""The same for the decode to look at, before the crop is known: a third smaller crop needs no second decode."""


COARSE_PX = 960
"""Least longest side of a coarse view: `sight` searches at 640 px, and fits landmarks to large faces at no more."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Pixels of a payload."""

    pixels: Picture = field(repr=False)
    """uint8, HxWx3 RGB or HxW grey, upright, sRGB."""
    color_change: str | None
    """What was done to the colours; None when nothing."""


class StillReader:
    """Pixels of one still that lies in memory. Keeps the last decoded picture; `close` frees it.

    Args:
        media: A still that was probed.
    """

    def __init__(self, media: Media) -> None:
        assert isinstance(media.info, StillInfo)  # noqa: S101 - `open_reader` chooses by kind
        self._media = media
        self._info = media.info
        self._picture: bytes | None = None
        self._icc: bytes | None = None
        self._decoded: _images.Decoded | None = None

    @property
    def media(self) -> Media:
        """The source and the facts about it."""
        return self._media

    @property
    def info(self) -> StillInfo:
        """Facts about the still."""
        return self._info

    def close(self) -> None:
        """Free the kept picture; safe to call twice."""
        self._picture = self._decoded = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def view(self, target: Size, *, coarse: bool = False) -> tuple[Picture, int]:
        """Return the upright picture to look at, and the denominator it is reduced by.

        A JPEG is decoded at the greatest reduction from which the widest crop for ``target`` could still be made.

        Args:
            target: Size of the payload.
            coarse: Reduce it further, to between `COARSE_PX` and twice that, for a quarter of the time.

        Returns:
            uint8, HxWx3, RGB, C-contiguous; each pixel stands for denominator x denominator upright source pixels.

        Raises:
            UnreadableError: The picture is damaged.
            UnsupportedError: Pixels of a kind without a plain meaning.
        """
        size = self._info.size_upright
        widest = min(size.width, size.height * target.width / target.height)
        decoded = self._decode(OVERSAMPLING_AT_FIRST * target.width / widest)
        longest = max(decoded.image.size)
        reduction = max(1, longest // COARSE_PX) if coarse else 1
        picture = decoded.rgb(self._info.orientation, reduction=reduction)
        return np.ascontiguousarray(picture), decoded.shrink * reduction

    def render(self, crop: PixelBox, orientation: Orientation, target: Size) -> Rendered:
        """Return a part of the upright picture at the payload's size, resampled at most once.

        Args:
            crop: The part, in upright source pixels.
            orientation: From stored to upright, an asked-for turn included.
            target: Size of the result.

        Raises:
            UnreadableError: The picture is damaged.
            UnsupportedError: Pixels of a kind without a plain meaning.
        """
        decoded = self._decode(OVERSAMPLING * target.width / crop.width)
        whole = self._info.size_stored.turned(orientation)
        stored = orientation.stored_box(crop, whole)
        cut = decoded.cut(
            Box(stored.left, stored.top, stored.width, stored.height), orientation, target
        )
        converted = _icc.to_srgb(cut, self._icc)
        return Rendered(np.asarray(converted.image), converted.change)

    def _decode(self, density: float) -> _images.Decoded:
        """Return the picture with at least ``density`` decoded pixels per source pixel (or all), decoding if needed."""
        form = self._info.form
        shrink = next(s for s in _images.SHRINKS if s == 1 or s * density <= 1)
        if form != "jpeg":
            shrink = 1
        if self._decoded is None or self._decoded.shrink > shrink:
            self._decoded = _images.decode(self._alone(), form, shrink=shrink)
        return self._decoded

    def _alone(self) -> bytes:
        """Return what the decoder is given: for JPEG and PNG the picture without its metadata."""
        if self._picture is None:
            data, form = self._media.data, self._info.form
            if form == "jpeg":
                jpeg = _jpeg.scan_jpeg(data)
                self._picture, self._icc = _jpeg.picture_alone(data, jpeg), jpeg.icc
            elif form == "png":
                png = _png.scan_png(data)
                self._picture, self._icc = _png.picture_alone(data, png), png.icc
            else:
                self._picture, self._icc = data, _images.read_header(data, form).icc
        return self._picture
