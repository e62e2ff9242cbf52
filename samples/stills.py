"""Photographs of the scene, coded as a phone would hand them over."""

import io
from typing import Literal

import pillow_heif
from PIL import ExifTags, Image

from .scene import Pixels, Sensor, render, selfie_view

StillForm = Literal["jpeg", "png", "heic"]

_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture must be stored so that a reader of that EXIF orientation turns it back."""
_GREENWICH: dict[int, object] = {
    ExifTags.GPS.GPSVersionID: b"\x02\x03\x00\x00",
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (51.0, 28.0, 40.0),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (0.0, 0.0, 5.0),
}
"""The observatory: a place that is nobody's home."""


def selfie(
    width_px: int,
    height_px: int,
    *,
    face_share: float | None = None,
    noise: float = 3.0,
    seed: int = 1,
) -> Pixels:
    """Return an upright selfie, shape (height_px, width_px, 3), RGB.

    Args:
        width_px: Width of the upright picture.
        height_px: Its height.
        face_share: Width of the face over the width of the picture; see `selfie_view`.
        noise: Standard deviation of the sensor's grain in grey levels.
        seed: Starts the grain.
    """
    seen = render(selfie_view(width_px, height_px, face_share), width_px, height_px)
    return Sensor(width_px, height_px, noise, seed).expose(seen)


def encode_still(
    upright: Pixels,
    *,
    form: StillForm = "jpeg",
    orientation: int = 1,
    quality: int = 92,
    gps: bool = False,
) -> bytes:
    """Code a picture as a phone would.

    Args:
        upright: Shape (height, width, 3), RGB.
        form: "jpeg", "png" or "heic".
        orientation: EXIF number 1 to 8. The pixels are stored turned, so that a reader that
            obeys the tag sees them upright. HEIC is stored upright and takes 1 alone.
        quality: 1 to 100, for JPEG and HEIC.
        gps: Whether the file gives away a place (the observatory at Greenwich).

    Raises:
        ValueError: HEIC with an orientation other than 1; nothing was made.
    """
    image = Image.fromarray(upright)
    if orientation != 1:
        if form == "heic":
            msg = "HEIC samples are stored upright"
            raise ValueError(msg)
        image = image.transpose(_UNDO[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Sample"
    exif[ExifTags.Base.Model] = "Virtual Camera"
    exif[ExifTags.Base.Orientation] = orientation
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_GREENWICH)
    sink = io.BytesIO()
    if form == "png":
        image.save(sink, "PNG", exif=exif)
    elif form == "heic":
        pillow_heif.register_heif_opener()
        image.save(sink, "HEIF", quality=quality, exif=exif)
    else:
        image.save(sink, "JPEG", quality=quality, exif=exif)
    return sink.getvalue()


def still(
    width_px: int = 3024,
    height_px: int = 4032,
    *,
    form: StillForm = "jpeg",
    orientation: int = 1,
    quality: int = 92,
    gps: bool = False,
    face_share: float | None = None,
    noise: float = 3.0,
    seed: int = 1,
) -> bytes:
    """Return a coded selfie; the arguments are those of `selfie` and `encode_still`."""
    upright = selfie(width_px, height_px, face_share=face_share, noise=noise, seed=seed)
    return encode_still(upright, form=form, orientation=orientation, quality=quality, gps=gps)
