"""Sample photographs are stored the way their tags say."""

import io

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from samples.stills import encode_still, selfie

UPRIGHT = selfie(96, 128)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_obeying_the_orientation_tag_gives_the_upright_pixels(orientation):
    data = encode_still(UPRIGHT, form="png", orientation=orientation)
    stored = Image.open(io.BytesIO(data))
    assert stored.getexif().get(ExifTags.Base.Orientation) == orientation
    assert stored.size == ((96, 128) if orientation < 5 else (128, 96))
    np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(stored)), UPRIGHT)


def test_only_the_gps_sample_names_a_place():
    places = [
        dict(
            Image.open(io.BytesIO(encode_still(UPRIGHT, gps=gps)))
            .getexif()
            .get_ifd(ExifTags.IFD.GPSInfo)
        )
        for gps in (False, True)
    ]
    assert places[0] == {}
    assert places[1][ExifTags.GPS.GPSLatitude] == (51.0, 28.0, 40.0)


def test_heic_is_heic_and_takes_no_orientation():
    assert encode_still(UPRIGHT, form="heic")[4:12] == b"ftypheic"
    with pytest.raises(ValueError, match="upright"):
        encode_still(UPRIGHT, form="heic", orientation=6)
