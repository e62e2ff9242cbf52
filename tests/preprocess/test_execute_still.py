from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from preprocess.errors import UsageError
from preprocess.execute_still import execute_still
from preprocess.geometry import Box, Orientation, PixelBox, Size
from preprocess.media import Media, base64_chars
from preprocess.plans import StillPlan
from preprocess.probe_still import probe_still
from preprocess.profile import Profile
from preprocess.report import Rung
from preprocess.still_reader import StillReader
from preprocess.watch import Watch
from samples.stills import selfie

PLAN = StillPlan(
    rung=Rung.CROP,
    orientation=Orientation.UPRIGHT,
    crop=PixelBox(100, 50, 480, 640),
    target=Size(480, 640),
    form="png",
    face=Box(250, 250, 200, 200),
    max_base64_chars=3_000_000,
)


def reader_of(form: str = "PNG", **options: object) -> StillReader:
    buffer = io.BytesIO()
    Image.fromarray(selfie(900, 1200)).save(buffer, form, **options)
    data = buffer.getvalue()
    info = probe_still(data, form.lower(), None, Profile.builtin())
    return StillReader(Media("memory", data, hashlib.sha256(data).hexdigest(), info))


def test_a_crop_changes_no_pixel() -> None:
    made = execute_still(PLAN, reader_of(), Watch())
    with Image.open(io.BytesIO(made.data)) as image:
        assert np.array_equal(np.asarray(image), selfie(900, 1200)[50:690, 100:580])
    assert [entry.step for entry in made.ledger] == ["crop", "code"]


def test_as_is_hands_the_source_over() -> None:
    reader = reader_of()
    made = execute_still(replace(PLAN, rung=Rung.AS_IS), reader, Watch())
    assert made.data == reader.media.data
    assert made.ledger == ()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_strip_says_what_it_cut_out(form: str) -> None:
    exif = Image.Exif()
    exif[0x013B] = "me"
    made = execute_still(replace(PLAN, rung=Rung.STRIP), reader_of(form, exif=exif), Watch())
    assert [(entry.step, entry.before) for entry in made.ledger] == [("metadata", "artist")]
    assert b"Exif" not in made.data
    assert b"eXIf" not in made.data


def test_a_ceiling_below_png_leads_to_the_best_jpeg_that_fits_and_is_told() -> None:
    roomy = execute_still(PLAN, reader_of(), Watch())
    ceiling = base64_chars(len(roomy.data)) // 2
    made = execute_still(replace(PLAN, max_base64_chars=ceiling), reader_of(), Watch())
    assert base64_chars(len(made.data)) <= ceiling
    assert made.ledger[-1].after.startswith("JPEG, quality")
    assert "ceiling" in made.ledger[-1].reason


def test_a_ceiling_that_nothing_fits_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        execute_still(replace(PLAN, max_base64_chars=1000), reader_of(), Watch())
    assert caught.value.code == "usage.ceiling"


def test_every_change_stands_in_the_ledger() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 3, "me"
    plan = replace(
        PLAN, rung=Rung.RESAMPLE, orientation=Orientation.TURN_180, crop=PixelBox(0, 0, 900, 1200)
    )
    made = execute_still(plan, reader_of("WEBP", exif=exif.tobytes()), Watch())
    assert [entry.step for entry in made.ledger] == ["turn", "scale", "metadata", "code"]
