"""Whole photos through the whole pipeline: what issue after issue of capture apps is about."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from preprocess import (
    CaptureRejected,
    LimitExceededError,
    Payload,
    Rung,
    UnreadableError,
    UnsupportedError,
    prepare,
)
from preprocess.geometry import Orientation
from samples.make import encode_still, group, small_face, still
from samples.stills import selfie

TWO_CODINGS_DB = 4.0
"""Two codings differ from each other by both their noises: 3 dB more than one from the original, and a margin."""


@cache
def picture(width: int = 900, height: int = 1200) -> Image.Image:
    """The sample portrait, upright, RGB."""
    return Image.fromarray(selfie(width, height))


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def stored_as(image: Image.Image, orientation: Orientation) -> Image.Image:
    """Return the pixels as a camera stores them that tags them with ``orientation``."""
    back = orientation.inverse
    if back.is_mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turns = {
        90: Image.Transpose.ROTATE_270,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }
    return image.transpose(turns[back.turn_deg]) if back.turn_deg else image


def exif_of(orientation: Orientation) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = int(orientation)
    return exif.tobytes()


def pixels(payload: Payload) -> np.ndarray:
    with Image.open(io.BytesIO(payload.data)) as image:
        return np.asarray(image.convert("RGB"))


def psnr_db(one: np.ndarray, two: np.ndarray) -> float:
    error = np.mean((one.astype(float) - two.astype(float)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@cache
def orientation_payloads(form: str) -> dict[Orientation, Payload]:
    options = {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
    return {
        orientation: prepare(
            saved(stored_as(picture(), orientation), form, exif=exif_of(orientation), **options)
        )
        for orientation in Orientation
    }


def test_eight_orientations_of_a_lossless_picture_give_one_payload() -> None:
    payloads = orientation_payloads("PNG")
    assert len({payload.sha256 for payload in payloads.values()}) == 1
    assert payloads[Orientation.UPRIGHT].rung >= Rung.CROP


def test_eight_orientations_of_a_jpeg_agree_within_its_coding_noise() -> None:
    payloads = orientation_payloads("JPEG")
    reference = pixels(payloads[Orientation.UPRIGHT])
    coded = Image.open(io.BytesIO(saved(picture(), "JPEG", quality=95, subsampling=0)))
    noise_db = psnr_db(np.asarray(coded), np.asarray(picture()))
    assert noise_db > 30
    for orientation, payload in payloads.items():
        assert psnr_db(pixels(payload), reference) > noise_db - TWO_CODINGS_DB, orientation


@pytest.fixture(scope="module")
def compliant() -> bytes:
    return still(480, 640)


def test_a_compliant_jpeg_leaves_with_its_own_sha256(compliant: bytes) -> None:
    payload = prepare(compliant)
    assert payload.rung is Rung.AS_IS
    assert payload.data == compliant
    assert payload.ledger == ()


def test_a_place_is_cut_out_and_the_pixels_stay(compliant: bytes) -> None:
    payload = prepare(still(480, 640, gps=True))
    assert payload.rung is Rung.STRIP
    with Image.open(io.BytesIO(payload.data)) as image:
        assert not dict(image.getexif().get_ifd(0x8825))
    before = np.asarray(Image.open(io.BytesIO(still(480, 640, gps=True))))
    assert (pixels(payload) == before).all()
    assert payload.why_not_higher[0].rule == "IMG007"


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


FORMS: dict[str, Callable[[], bytes]] = {
    "jpeg-progressive": lambda: saved(picture(), "JPEG", progressive=True, quality=90),
    "jpeg-grey": lambda: saved(picture().convert("L"), "JPEG", quality=90),
    "jpeg-444": lambda: saved(picture(), "JPEG", subsampling=0, quality=90),
    "jpeg-422": lambda: saved(picture(), "JPEG", subsampling=1, quality=90),
    "jpeg-cmyk": lambda: saved(picture().convert("CMYK"), "JPEG", quality=90),
    "jpeg-icc": lambda: saved(picture(), "JPEG", quality=90, icc_profile=srgb_profile()),
    "jpeg-mpo": lambda: saved(
        picture(), "MPO", save_all=True, append_images=[picture(450, 600)], quality=90
    ),
    "png-grey": lambda: saved(picture().convert("L"), "PNG"),
    "png-palette": lambda: saved(picture().quantize(256), "PNG"),
    "png-alpha": lambda: saved(picture().convert("RGBA"), "PNG"),
    "png-16bit-grey": lambda: saved(
        Image.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 257), "PNG"
    ),
    "png-animated": lambda: saved(
        picture(), "PNG", save_all=True, append_images=[picture().rotate(180)], duration=100
    ),
    "webp": lambda: saved(picture(), "WEBP", quality=90),
    "webp-lossless": lambda: saved(picture(), "WEBP", lossless=True),
    "avif": lambda: saved(picture(), "AVIF", quality=90),
    "heif": lambda: encode_still(np.asarray(picture()), form="heic", quality=90),
    "bmp": lambda: saved(picture(), "BMP"),
    "tiff": lambda: saved(picture(), "TIFF", compression="tiff_lzw"),
    "gif": lambda: saved(picture().quantize(256), "GIF"),
}
"""Inputs by name; each shows the portrait at 900x1200."""

LOSSLESS = {"png-alpha", "png-animated", "webp-lossless", "bmp", "tiff"}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_becomes_a_payload_that_shows_the_same_picture(
    name: str, tmp_path: Path
) -> None:
    payload = prepare(FORMS[name](), name=f"photo.{name}")
    assert payload.form == "png"
    reference = pixels(prepare(saved(picture(), "PNG")))
    found = pixels(payload)
    if name in LOSSLESS:
        assert (found == reference).all()
    else:
        mean_difference = abs(found.mean() - reference.mean())
        assert mean_difference < 12, f"brightness is off by {mean_difference:.0f} levels"


@pytest.mark.slow
def test_payloads_of_every_form_satisfy_the_independent_judge(tools: Path, tmp_path: Path) -> None:
    files = []
    for name, make in FORMS.items():
        payload = prepare(make())
        files.append(str(payload.save(tmp_path / f"{name}.{payload.extension}")))
    done = subprocess.run(
        [sys.executable, tools / "judge.py", *files], capture_output=True, text=True, check=False
    )
    faults = {row["file"]: row["faults"] for row in map(json.loads, done.stdout.splitlines())}
    assert faults == {Path(file).name: [] for file in files}


def test_what_lies_behind_alpha_does_not_show() -> None:
    hidden = np.asarray(picture()).copy()
    alpha = np.full(hidden.shape[:2], 255, np.uint8)
    alpha[:200] = 0
    hidden[:200] = (255, 0, 0)
    payload = prepare(saved(Image.fromarray(np.dstack([hidden, alpha])), "PNG"))
    found = pixels(payload)
    assert not ((found[..., 0] > 200) & (found[..., 1] < 60) & (found[..., 2] < 60)).any()
    assert any("white" in entry.after + entry.reason for entry in payload.ledger)


def test_a_picture_on_its_side_is_refused_and_turned_only_when_asked() -> None:
    lying = saved(picture(1200, 1200).transpose(Image.Transpose.ROTATE_90), "PNG")
    with pytest.raises(CaptureRejected) as caught:
        prepare(lying)
    finding = caught.value.report.of("FACE005")
    assert finding is not None
    assert "90 degrees" in (finding.advice or "")
    payload = prepare(lying, auto_rotate=True)
    assert any(entry.step == "turn" for entry in payload.ledger)
    upright = prepare(saved(picture(1200, 1200), "PNG"))
    assert psnr_db(pixels(payload), pixels(upright)) > 15


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_truncated_photo_is_named_truncated(form: str) -> None:
    data = saved(picture(), form)
    with pytest.raises(UnreadableError) as caught:
        prepare(data[: len(data) * 2 // 3])
    assert caught.value.code == "source.truncated"


def test_a_bomb_is_refused_by_its_header() -> None:
    data = bytearray(saved(Image.new("L", (16, 16)), "PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    with pytest.raises(LimitExceededError):
        prepare(bytes(data))


def test_what_is_no_photo_is_named() -> None:
    with pytest.raises(UnsupportedError):
        prepare(b"%PDF-1.7\n" + b"x" * 100)


def test_two_equal_faces_are_refused_with_both_places() -> None:
    with pytest.raises(CaptureRejected) as caught:
        prepare(encode_still(group(1280, 960)))
    (finding,) = [f for f in caught.value.report.unmendable if f.rule == "FACE002"]
    assert finding.message.count("px wide at") >= 2


def test_a_small_face_is_too_small_and_not_absent() -> None:
    with pytest.raises(CaptureRejected) as caught:
        prepare(encode_still(small_face(1280, 960, 60)))
    rules = {finding.rule for finding in caught.value.report.unmendable}
    assert "FACE003" in rules
    assert "FACE001" not in rules


def test_the_jpeg_on_demand_is_fine_and_without_subsampling() -> None:
    payload = prepare(saved(picture(), "PNG"), still_format="jpeg")
    assert payload.form == "jpeg"
    with Image.open(io.BytesIO(payload.data)) as image:
        assert image.layer == [(1, 1, 1, 0), (2, 1, 1, 1), (3, 1, 1, 1)]
    assert psnr_db(pixels(payload), pixels(prepare(saved(picture(), "PNG")))) > 36
