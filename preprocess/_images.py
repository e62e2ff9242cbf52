"""The one module that knows Pillow and pillow-heif: headers read, pictures decoded, colours converted, JPEG coded.

Only the decoder that the magic bytes call for is ever tried, and JPEG and PNG reach Pillow without their metadata.
`ImageFile.LOAD_TRUNCATED_IMAGES` is never set. Whatever these libraries raise on a source becomes a `SourceError`.
"""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from .detector import Picture
from .errors import (
    LimitExceededError,
    MachineError,
    PreprocessError,
    UnreadableError,
    UnsupportedError,
)
from .geometry import Box, Orientation, Size

# At DEBUG, Pillow logs the value of every tag: names, places, comments.
logging.getLogger("PIL").setLevel(logging.INFO)

SHRINKS = (8, 4, 2, 1)
"""Denominators at which libjpeg decodes straight from the coefficients."""

_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "gif": GifImagePlugin.GifImageFile,
}
_TRANSPOSE = {
    Orientation.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.TURN_180: Image.Transpose.ROTATE_180,
    Orientation.MIRRORED_180: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.TRANSPOSED: Image.Transpose.TRANSPOSE,
    Orientation.TURN_CW_90: Image.Transpose.ROTATE_270,
    Orientation.TRANSVERSED: Image.Transpose.TRANSVERSE,
    Orientation.TURN_CW_270: Image.Transpose.ROTATE_90,
}
"""Pillow turns counter-clockwise."""
_SIXTEEN_BITS = {"I;16": "<u2", "I;16L": "<u2", "I;16B": ">u2", "I;16N": "=u2"}
_EIGHT_BITS = frozenset(
    {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}
)
_warnings_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What Pillow or pillow-heif read from a header."""

    size: Size
    """As decoded: for HEIF, after the container's own turn."""
    mode: str
    bit_depth: int
    frames: int
    has_alpha: bool
    exif: bytes | None = field(repr=False)
    icc: bytes | None = field(repr=False)
    has_xmp: bool
    has_text: bool
    """Whether there is a comment or another text."""


def read_header(data: bytes, form: str) -> ImageHeader:
    """Return the header facts of a WebP, AVIF, HEIF, BMP, TIFF or GIF; no pixels are decoded.

    Raises:
        UnreadableError: The header cannot be read.
        UnsupportedError: The file uses a feature that the library lacks.
    """
    with _translated(), _without_warnings():
        if form == "heif":
            return _read_heif_header(data)
        with _PLUGINS[form](io.BytesIO(data)) as image:
            info = image.info
            exif, icc = info.get("exif"), info.get("icc_profile")
            return ImageHeader(
                size=Size(*image.size),
                mode=image.mode,
                bit_depth=_bit_depth(image),
                frames=getattr(image, "n_frames", 1),
                has_alpha=image.has_transparency_data,
                exif=exif if isinstance(exif, bytes) else None,
                icc=icc if isinstance(icc, bytes) else None,
                has_xmp="xmp" in info,
                has_text="comment" in info,
            )


def _read_heif_header(data: bytes) -> ImageHeader:
    pictures = _open_heif(data)
    info = pictures.info
    return ImageHeader(
        size=Size(*pictures.size),
        mode=pictures.mode,
        bit_depth=int(info.get("bit_depth") or 8),
        frames=len(pictures),
        has_alpha=pictures.has_alpha,
        exif=info.get("exif") or None,
        icc=info.get("icc_profile"),
        has_xmp=bool(info.get("xmp")),
        has_text=False,
    )


def _open_heif(data: bytes) -> pillow_heif.HeifFile:
    return pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)


def _bit_depth(image: Image.Image) -> int:
    if image.mode == "1":
        return 1
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        depths = image.tag_v2.get(258, (8,))
        return int(max(depths) if isinstance(depths, tuple) else depths)
    return 16 if image.mode.startswith("I;16") else 32 if image.mode in ("I", "F") else 8


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded pixels as the file stores them."""

    image: Image.Image = field(repr=False)
    shrink: int
    """Denominator at which they were decoded: 1, 2, 4 or 8."""

    def rgb(self, orientation: Orientation = Orientation.UPRIGHT, *, reduction: int = 1) -> Picture:
        """Return all pixels upright, for looking at: uint8, HxWx3, RGB, colours not managed.

        Args:
            orientation: From stored to upright.
            reduction: Average squares of so many pixels a side.
        """
        image = _flattened(self.image)
        is_even = image.width % reduction == 0 and image.height % reduction == 0
        if not is_even:  # squares must start at the upright picture's corner, however it is stored
            image, orientation = _turned(image, orientation), Orientation.UPRIGHT
        image = _turned(image.reduce(reduction) if reduction > 1 else image, orientation)
        return np.asarray(
            image if image.mode == "RGB" else image.convert("RGB")
        )  # convert() copies

    def cut(self, box: Box, orientation: Orientation, size: Size) -> Image.Image:
        """Return a part of the picture, turned upright and then scaled once with a Lanczos filter.

        Args:
            box: The part, in stored pixels of the picture at full size.
            orientation: From stored to upright.
            size: Size of the result; where it equals the part's at full size, nothing is resampled.

        Returns:
            Mode RGB, L or CMYK; alpha lies on white, 16 bit are scaled to 8.
        """
        part = box.scaled(1 / self.shrink)
        left, top = floor(part.left), floor(part.top)
        right = min(self.image.width, ceil(part.right))
        bottom = min(self.image.height, ceil(part.bottom))
        is_whole = (left, top, right, bottom) == (0, 0, *self.image.size)
        image = _flattened(self.image if is_whole else self.image.crop((left, top, right, bottom)))
        image = _turned(image, orientation)
        if self.shrink == 1 and Size(*image.size) == size:
            return image
        over = _turned_margins(
            orientation, part.left - left, part.top - top, right - part.right, bottom - part.bottom
        )
        within = (
            max(0.0, over[0]),
            max(0.0, over[1]),
            image.width - max(0.0, over[2]),
            image.height - max(0.0, over[3]),
        )
        return image.resize((size.width, size.height), Image.Resampling.LANCZOS, box=within)


def decode(data: bytes, form: str, *, shrink: int = 1) -> Decoded:
    """Return the pixels of a picture.

    Args:
        data: For JPEG and PNG the picture alone (see `_jpeg.picture_alone`), else the whole file.
        form: By magic bytes.
        shrink: Decode a JPEG at this denominator (of `SHRINKS`); other forms are always decoded at full size.

    Raises:
        UnreadableError: The picture is damaged, or the file ends within it (code ``source.truncated``).
        UnsupportedError: Pixels of a kind that has no plain meaning (floating point, 32 bit).
        MachineError: There is not enough memory.
    """
    with _translated(), _without_warnings():
        if form == "heif":
            return Decoded(_open_heif(data).to_pillow(), 1)
        image = _PLUGINS[form](io.BytesIO(data))
        if form == "jpeg" and shrink > 1:
            image.draft(None, (image.width // shrink, image.height // shrink))
        else:
            shrink = 1
        image.load()
        if image.mode not in _EIGHT_BITS and image.mode not in _SIXTEEN_BITS:
            message = f"the picture's pixels are of mode {image.mode}, which has no plain meaning"
            raise UnsupportedError(message, code="source.unsupported.mode")
        return Decoded(image, shrink)


def jpeg_usable_share(picture: bytes) -> float:
    """Return which share of a truncated JPEG's rows still shows a picture, 0 to 1.

    Args:
        picture: The picture alone with an EOI marker, so that libjpeg fills up what is missing.
    """
    try:
        rows = decode(picture, "jpeg", shrink=8).rgb()
    except PreprocessError:
        return 0.0
    changes = np.nonzero((rows[1:] != rows[:-1]).any(axis=(1, 2)))[0]
    return float(changes[-1] + 1) / len(rows) if len(changes) else 0.0


def jpeg_bytes(pixels: Picture, *, quality: int) -> bytes:
    """Return ``pixels`` as a baseline JPEG with 4:4:4 chroma and no metadata beyond JFIF.

    Args:
        pixels: uint8, HxWx3 RGB or HxW grey.
        quality: libjpeg's scale, 1 to 95.
    """
    coded = io.BytesIO()
    Image.fromarray(pixels).save(coded, "JPEG", quality=quality, subsampling=0, optimize=True)
    return coded.getvalue()


def _flattened(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, L or CMYK with 8 bits: alpha laid on white, 16 bit scaled, palette looked up."""
    if image.mode in _SIXTEEN_BITS:
        wide = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((wide * 255 + 32_895) >> 16).astype(np.uint8))  # round(v / 257)
    if image.has_transparency_data:
        is_grey = image.mode in ("L", "LA", "La", "1")
        clear = image.convert("LA" if is_grey else "RGBA")
        background = Image.new(clear.mode, clear.size, (255, 255) if is_grey else (255,) * 4)
        return Image.alpha_composite(background.convert("RGBA"), clear.convert("RGBA")).convert(
            "L" if is_grey else "RGB"
        )
    if image.mode in ("RGB", "L", "CMYK"):
        return image
    return image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")


def _turned(image: Image.Image, orientation: Orientation) -> Image.Image:
    if orientation is Orientation.UPRIGHT:
        return image
    return image.transpose(_TRANSPOSE[orientation])


def _turned_margins(
    orientation: Orientation, left: float, top: float, right: float, bottom: float
) -> tuple[float, float, float, float]:
    """Return margins of a stored part (left, top, right, bottom) as they lie once it is upright."""
    if orientation.is_mirrored:
        left, right = right, left
    sides = [left, top, right, bottom]
    quarters = orientation.turn_deg // 90
    turned = sides[-quarters:] + sides[:-quarters] if quarters else sides
    return turned[0], turned[1], turned[2], turned[3]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn whatever the libraries raise on a source into our own errors.

    Both raise many types on hostile bytes (OSError, ValueError, SyntaxError, EOFError, struct.error, KeyError, ...).
    """
    try:
        yield
    except PreprocessError:
        raise
    except MemoryError as exc:
        message = "there is not enough memory to decode the picture"
        raise MachineError(message, code="machine.memory") from exc
    except Image.DecompressionBombError as exc:
        message = "the picture announces too many pixels"
        raise LimitExceededError(message, code="source.limit.pixels") from exc
    except Exception as exc:
        if "truncated" in str(exc).lower():
            message = "the file ends before the picture does"
            raise UnreadableError(message, code="source.truncated") from exc
        message = "the picture is damaged: it cannot be decoded"
        raise UnreadableError(message, code="source.damaged") from exc


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep Pillow's remarks about odd metadata to ourselves; findings say what matters."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
