"""Probing of stills: what header and segments say; only a broken file is decoded, to say how much is left."""

from __future__ import annotations

import struct

from . import _exif, _icc, _images, _jpeg, _png
from .errors import LimitExceededError, UnreadableError
from .geometry import Orientation, Size
from .media import StillInfo
from .profile import Profile

_CREDIBLE_TIMES = 100
"""A file that announces more than so many times what is there holds a lie, not a beginning."""


def probe_still(data: bytes, form: str, extension: str | None, profile: Profile) -> StillInfo:
    """Return the facts about a still.

    Orientation has one source per form: EXIF in JPEG, PNG (eXIf), WebP and TIFF; the container's own turn in HEIF
    (already applied by its decoder) and AVIF. XMP is never asked.

    Args:
        data: The whole file.
        form: By magic bytes: jpeg, png, webp, avif, heif, bmp, tiff or gif.
        extension: Of the source's name.
        profile: Its limit of pixels is enforced here.

    Raises:
        UnreadableError: Damaged, or truncated (code ``source.truncated``, the message tells the share that is left).
        UnsupportedError: A way of coding that is not on the allow-list.
        LimitExceededError: More pixels than the profile allows to decode.
    """
    if form == "jpeg":
        return _probe_jpeg(data, extension, profile)
    if form == "png":
        return _probe_png(data, extension, profile)
    _refuse_cut_off(data, form)
    if form == "webp":
        _refuse_too_large(_webp_canvas(data), profile)
    header = _images.read_header(data, form)
    _refuse_too_large(header.size, profile)
    exif = _other_exif(data, form, header)
    private = set(exif.private) if exif else set()
    private |= {"XMP"} if header.has_xmp else set()
    private |= {"comment"} if header.has_text else set()
    is_turned_by_decoder = form in ("heif", "tiff")
    tag = (exif and exif.orientation) or Orientation.UPRIGHT
    return StillInfo(
        form=form,
        size_stored=header.size,
        orientation=Orientation.UPRIGHT if is_turned_by_decoder else tag,
        mode=header.mode,
        bit_depth=header.bit_depth,
        frames=header.frames,
        has_alpha=header.has_alpha,
        icc_name=_icc.profile_name(header.icc) if header.icc else None,
        private=tuple(sorted(private)),
        extension=extension,
    )


def _probe_jpeg(data: bytes, extension: str | None, profile: Profile) -> StillInfo:
    scan, form = _jpeg.scan_jpeg(data), "jpeg"
    _refuse_too_large(scan.size, profile)
    if scan.is_truncated:
        share = _images.jpeg_usable_share(_jpeg.picture_filled_up(data, scan))
        raise _truncated(form, share)
    return StillInfo(
        form=form,
        size_stored=scan.size,
        orientation=scan.orientation,
        mode={1: "L", 3: "RGB", 4: "CMYK"}[scan.components],
        bit_depth=8,
        frames=scan.pictures,
        is_progressive=scan.is_progressive,
        subsampling=scan.subsampling,
        icc_name=_icc.profile_name(scan.icc) if scan.icc else None,
        private=scan.private,
        is_strippable=True,
        trailing_bytes=scan.trailing_bytes,
        extension=extension,
    )


def _probe_png(data: bytes, extension: str | None, profile: Profile) -> StillInfo:
    scan, form = _png.scan_png(data), "png"
    _refuse_too_large(scan.size, profile)
    if scan.is_truncated:
        raise _truncated(form, _png.usable_share(data, scan))
    return StillInfo(
        form=form,
        size_stored=scan.size,
        orientation=scan.orientation,
        mode=_png_mode(scan),
        bit_depth=scan.bit_depth,
        frames=scan.frames,
        has_alpha=scan.has_transparency,
        is_progressive=scan.is_interlaced,
        icc_name=_icc.profile_name(scan.icc) if scan.icc else None,
        private=scan.private,
        is_strippable=True,
        trailing_bytes=scan.trailing_bytes,
        extension=extension,
    )


def _png_mode(scan: _png.PngScan) -> str:
    """Return the mode as Pillow names it."""
    if scan.color_type == 0:
        return {1: "1", 16: "I;16"}.get(scan.bit_depth, "L")
    return {2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}[scan.color_type]


def _other_exif(data: bytes, form: str, header: _images.ImageHeader) -> _exif.Exif | None:
    """Return the EXIF block; a TIFF is one itself."""
    block = data if form == "tiff" else header.exif
    if block is None:
        return None
    try:
        return _exif.read_exif(block)
    except _exif.ExifError:
        return None


def _webp_canvas(data: bytes) -> Size:
    """Return the size in a WebP's first chunk: Pillow allocates the canvas when it opens the file.

    Source: RFC 9649 section 2.7 (VP8X), RFC 6386 section 9.1 (VP8), RFC 9649 section 3.4 (VP8L).
    """
    chunk, body = data[12:16], data[20:30]
    if len(body) == 10:
        if chunk == b"VP8X":
            width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
            return Size(width, height)
        if chunk == b"VP8 ":
            width, height = struct.unpack_from("<HH", body, 6)
            return Size(width & 0x3FFF, height & 0x3FFF)
        if chunk == b"VP8L":
            bits = int.from_bytes(body[1:5], "little")
            return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    message = "the WebP has no readable header"
    raise UnreadableError(message)


def _refuse_cut_off(data: bytes, form: str) -> None:
    """Refuse a file that is shorter than its outermost boxes say; their decoders only speak of damage."""
    if form == "webp":
        announced = 8 + int.from_bytes(data[4:8], "little")
    elif form in ("heif", "avif"):
        announced = _end_of_boxes(data)
    else:
        return
    if len(data) < announced <= _CREDIBLE_TIMES * len(data):
        raise _truncated(form, len(data) / announced)


def _end_of_boxes(data: bytes) -> int:
    """Return where the last top-level box of an ISO file ends by its own account."""
    at = 0
    while at + 8 <= len(data):
        size, least = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, least = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size < least:  # to the end of the file, or nonsense that the decoder will name
            return len(data)
        at += size
    return at


def _refuse_too_large(size: Size, profile: Profile) -> None:
    if size.width < 1 or size.height < 1:
        message = "the picture announces a width or height of 0"
        raise UnreadableError(message, code="source.damaged")
    if size.pixels > profile.reading.max_pixels:
        message = (
            f"the picture announces {size.width}x{size.height} pixels ({size.pixels / 1e6:.0f} megapixels); "
            f"at most {profile.reading.max_pixels / 1e6:g} megapixels are decoded"
        )
        raise LimitExceededError(message, code="source.limit.pixels")


def _truncated(form: str, share: float) -> UnreadableError:
    message = f"the {form.upper()} is truncated: about {share:.0%} of the picture is there"
    advice = "Copy the file again, or take the photo once more."
    return UnreadableError(message, code="source.truncated", advice=advice)
