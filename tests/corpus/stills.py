from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin

from samples.make import encode_still, group, no_face, small_face, still
from samples.stills import selfie
from tests.corpus.case import Case

compliant = partial(still, 480, 640)


def _picture(width_px: int = 480, height_px: int = 640) -> Image.Image:
    return Image.fromarray(selfie(width_px, height_px))


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


def _edited(edit: Callable[[Image.Image], Image.Image], *size: int) -> Callable[[], bytes]:
    """The selfie with its pixels changed by ``edit``, as PNG."""
    return lambda: _saved(edit(_picture(*size)), "PNG")


def _as(form: str, mode: str = "RGB", **options: object) -> Callable[[], bytes]:
    """The selfie converted to ``mode`` and coded as ``form``."""
    return lambda: _saved(_picture().convert(mode), form, **options)


def _sixteen_bit() -> bytes:
    grey = np.asarray(_picture().convert("L")).astype(np.uint16) * 257
    return _saved(Image.fromarray(grey), "PNG")


def _several(form: str) -> bytes:
    return _saved(_picture(), form, save_all=True, append_images=[_picture().rotate(2)])


def _with_text() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "for a friend")
    return _saved(_picture(), "PNG", pnginfo=notes)


def _noise(side_px: int) -> bytes:
    """Pixels that no coder can make smaller: 3 bytes each."""
    noise = np.random.default_rng(7).integers(0, 256, (side_px, side_px, 3), np.uint8)
    return _saved(Image.fromarray(noise), "PNG", compress_level=0)


def _clear_subject() -> bytes:
    """A large face, and one of half its width beside it."""
    picture = Image.new("RGB", (1400, 1000), (190, 190, 190))
    picture.paste(_picture(750, 1000), (0, 0))
    picture.paste(_picture(300, 400), (1050, 0))
    return _saved(picture, "PNG")


def _head_alone(image: Image.Image) -> Image.Image:
    """Cut the picture off below the nose."""
    return image.crop((0, 0, image.width, round(image.height * 0.33)))


def _masked(image: Image.Image) -> Image.Image:
    """Paint a surgical mask over nose, mouth and chin; the face of this picture is 156 px wide at 165, 111."""
    ImageDraw.Draw(image).rounded_rectangle((155, 181, 331, 282), 40, fill=(225, 235, 240))
    return image


def _flat(low: float, high: float) -> Callable[[Image.Image], Image.Image]:
    """Squeeze all levels into ``low`` to ``high``."""
    return lambda image: image.point(lambda v: round(low + v * (high - low) / 255))


STILLS = (
    Case("IMG001-jpeg.jpg", "pass", compliant),
    Case("IMG001-progressive.jpg", "pass", _as("JPEG", progressive=True)),
    Case("IMG001-png.png", "pass", partial(compliant, form="png")),
    Case("IMG001-heic.heic", "fail", partial(compliant, form="heic")),
    Case("IMG001-webp.webp", "fail", _as("WEBP")),
    Case("IMG001-webp-named-jpg.jpg", "fail", _as("WEBP")),
    Case("IMG001-avif.avif", "fail", _as("AVIF")),
    Case("IMG001-bmp.bmp", "fail", _as("BMP")),
    Case("IMG001-tiff.tiff", "fail", _as("TIFF")),
    Case("IMG001-gif.gif", "fail", _as("GIF")),
    Case("IMG001-text-named-jpg.jpg", "fail", lambda: b"no picture at all\n" * 40),
    Case("IMG002-whole.jpg", "pass", compliant),
    Case("IMG002-truncated.jpg", "fail", lambda: compliant()[:20_000]),
    Case("IMG002-truncated.png", "fail", lambda: compliant(form="png")[:200_000]),
    Case("IMG002-empty.jpg", "fail", lambda: b""),
    Case("IMG003-480x640.jpg", "pass", compliant),
    Case("IMG003-480x640-stored-on-its-side.jpg", "pass", partial(compliant, orientation=6)),
    Case("IMG003-one-pixel-wider.jpg", "warn", partial(still, 481, 640)),
    Case("IMG003-phone.jpg", "warn", partial(still, 1200, 1600)),
    Case("IMG004-upright.jpg", "pass", compliant),
    Case("IMG004-mirrored.jpg", "warn", partial(compliant, orientation=2)),
    Case("IMG004-upside-down.jpg", "warn", partial(compliant, orientation=3)),
    Case("IMG004-turned.jpg", "warn", partial(compliant, orientation=6)),
    Case("IMG005-rgb.png", "pass", partial(compliant, form="png")),
    Case("IMG005-grey.jpg", "pass", _as("JPEG", "L")),
    Case("IMG005-alpha.png", "warn", _as("PNG", "RGBA")),
    Case("IMG005-palette.png", "warn", _as("PNG", "P")),
    Case("IMG005-cmyk.jpg", "warn", _as("JPEG", "CMYK")),
    Case("IMG005-sixteen-bit.png", "warn", _sixteen_bit),
    Case("IMG006-one-picture.jpg", "pass", compliant),
    Case("IMG006-animated.png", "warn", partial(_several, "PNG")),
    Case("IMG006-mpo.jpg", "warn", partial(_several, "MPO")),
    Case("IMG006-trailing-bytes.jpg", "warn", lambda: compliant() + b"motion photo" * 100),
    Case("IMG007-no-secrets.jpg", "pass", compliant),
    Case("IMG007-place.jpg", "warn", partial(compliant, gps=True)),
    Case("IMG007-comment.jpg", "warn", _as("JPEG", comment=b"for a friend")),
    Case("IMG007-text.png", "warn", _with_text),
    Case("IMG008-honest.jpeg", "pass", compliant),
    Case("IMG008-no-extension", "pass", compliant),
    Case("IMG008-png-named-jpg.jpg", "warn", partial(compliant, form="png")),
    Case("SIZE001-small.jpg", "pass", compliant),
    Case("SIZE001-noise.png", "warn", partial(_noise, 1000)),
    Case("SIZE002-noise.png", "pass", partial(_noise, 1000)),
    Case("SIZE002-more-noise.png", "fail", partial(_noise, 1700)),
    Case("FACE001-selfie.jpg", "pass", compliant),
    Case("FACE001-helmet.jpg", "fail", lambda: encode_still(no_face(480, 640))),
    Case("FACE002-alone.jpg", "pass", compliant),
    Case("FACE002-two.jpg", "fail", lambda: encode_still(group(1280, 960))),
    Case("FACE002-clear-subject.png", "fail", _clear_subject),
    Case("FACE003-near.jpg", "pass", compliant),
    Case("FACE003-at-the-limit.jpg", "warn", lambda: encode_still(small_face(720, 960, 100))),
    Case("FACE003-far.jpg", "fail", lambda: encode_still(small_face(720, 960, 60))),
    Case("FACE004-whole.jpg", "pass", compliant),
    Case("FACE004-cut.png", "fail", _edited(_head_alone)),
    Case("FACE005-upright.jpg", "pass", compliant),
    Case("FACE005-on-its-side.png", "fail", _edited(lambda image: image.rotate(90, expand=True))),
    Case("FACE005-upside-down.png", "fail", _edited(lambda image: image.rotate(180))),
    Case("FACE007-plain.jpg", "pass", compliant),
    Case("FACE007-masked.png", "warn", _edited(_masked)),
    Case("QUAL001-sharp.jpg", "pass", compliant),
    Case("QUAL001-soft.png", "warn", _edited(lambda image: image.filter(ImageFilter.GaussianBlur(3)))),
    Case("QUAL002-exposed.jpg", "pass", compliant),
    Case("QUAL002-burnt-out.png", "warn", _edited(lambda image: image.point(lambda v: min(255, v * 3)))),
    Case("QUAL003-contrast.jpg", "pass", compliant),
    Case("QUAL003-haze.png", "warn", _edited(_flat(150, 175))),
    Case("QUAL004-frontal.jpg", "pass", compliant),
    Case("QUAL004-tilted.png", "warn", _edited(lambda image: image.rotate(42))),
    Case("QUAL005-enough-pixels.jpg", "pass", partial(still, 1200, 1600)),
    Case("QUAL005-few-pixels.jpg", "warn", partial(still, 300, 400)),
    Case("QUAL007-colour.jpg", "pass", compliant),
    Case("QUAL007-grey.jpg", "warn", _as("JPEG", "L")),
)  # fmt: skip
