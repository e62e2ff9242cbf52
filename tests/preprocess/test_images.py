from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from preprocess._icc import profile_name, to_srgb
from preprocess._images import Decoded, decode, jpeg_bytes, read_header
from preprocess._pixels import png_bytes, upright
from preprocess.errors import UnreadableError, UnsupportedError
from preprocess.geometry import Box, Orientation, Size
from preprocess.probe_still import probe_still
from preprocess.profile import Profile
from preprocess.sniff import sniff

PROFILE = Profile.builtin()


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def shown(image: Image.Image) -> np.ndarray:
    """What a decoded picture shows, through the code under test."""
    decoded = Decoded(image, 1)
    size = Size(*image.size)
    cut = decoded.cut(Box(0, 0, size.width, size.height), Orientation.UPRIGHT, size)
    return np.asarray(cut)


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped() -> None:
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    data = saved(Image.fromarray(ramp), "PNG")
    pixels = shown(decode(data, "png").image)
    assert np.array_equal(pixels, np.round(ramp / 257).astype(np.uint8))


def test_hidden_pixels_under_alpha_never_show() -> None:
    picture = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    picture.putpixel((0, 0), (0, 0, 255, 255))
    pixels = shown(picture)
    assert tuple(pixels[0, 0]) == (0, 0, 255)
    assert (pixels[1:] == 255).all()


@pytest.mark.parametrize("mode", ["LA", "P", "1", "L"])
def test_odd_modes_become_grey_or_rgb(mode: str) -> None:
    picture = Image.linear_gradient("L").convert(mode)
    expected = np.asarray(picture.convert("L" if mode != "P" else "RGB"))
    assert np.array_equal(shown(picture), expected)


def test_a_transparent_palette_colour_lies_on_white() -> None:
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((3, 3), 1)
    with Image.open(io.BytesIO(saved(picture, "PNG", transparency=0))) as loaded:
        loaded.load()
        pixels = shown(loaded)
    assert tuple(pixels[0, 0]) == (255, 255, 255)
    assert tuple(pixels[3, 3]) == (200, 100, 50)


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("shrink", [1, 2])
def test_every_orientation_gives_the_same_cut(orientation: Orientation, shrink: int) -> None:
    """The stored picture is made by undoing the orientation; the part must come out as if it had never been turned."""
    plain = np.random.default_rng(0).integers(0, 256, (400, 300, 3), np.uint8)
    whole = Size(300 * shrink, 400 * shrink)
    stored = Image.fromarray(np.ascontiguousarray(upright(plain, orientation.inverse)))
    from preprocess.geometry import PixelBox

    crop = PixelBox(30 * shrink, 40 * shrink, 150 * shrink, 200 * shrink)
    box = orientation.stored_box(crop, whole)
    cut = Decoded(stored, shrink).cut(
        Box(box.left, box.top, box.width, box.height), orientation, Size(75, 100)
    )
    expected = Image.fromarray(plain[40:240, 30:180]).resize((75, 100), Image.Resampling.LANCZOS)
    assert np.array_equal(np.asarray(cut), np.asarray(expected))


def test_truncated_pictures_are_never_filled_up() -> None:
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("form", ["webp", "avif", "bmp", "tiff", "gif"])
def test_damage_is_ours_to_name_in_every_form(form: str) -> None:
    image = Image.effect_noise((64, 64), 90).convert("RGB")
    data = saved(image, form.upper())
    assert read_header(data, form).size == Size(64, 64)
    for share in (0.1, 0.5, 0.8):
        with pytest.raises(UnreadableError):
            decode(data[: int(len(data) * share)], form)


def test_floating_point_pixels_are_unsupported() -> None:
    with pytest.raises(UnsupportedError, match="mode F"):
        decode(saved(Image.new("F", (4, 4), 0.5), "TIFF"), "tiff")


def test_srgb_is_left_alone() -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.effect_noise((16, 16), 90).convert("RGB")
    converted = to_srgb(picture, icc)
    assert converted.image is picture
    assert converted.change is None
    assert "sRGB" in profile_name(icc)


def test_another_colour_space_is_converted() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = lab.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")
    picture = Image.new("RGB", (4, 4), (200, 40, 40))
    converted = to_srgb(picture, swapped)
    assert converted.change is not None
    red, green, _ = converted.image.getpixel((0, 0))
    assert green > red


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_broken_profile_is_told_and_changes_nothing(mode: str) -> None:
    picture = Image.new(mode, (4, 4))
    converted = to_srgb(picture, b"no profile")
    assert converted.change is not None
    assert "cannot be used" in converted.change
    assert profile_name(b"no profile") == "unreadable"


@pytest.mark.parametrize("shape", [(64, 48, 3), (64, 48)])
@pytest.mark.parametrize("small", [False, True])
def test_a_png_loses_nothing_and_tells_nothing(shape: tuple[int, ...], small: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    with Image.open(io.BytesIO(png_bytes(pixels, small=small))) as image:
        assert np.array_equal(np.asarray(image), pixels)
        assert image.info == {}


def test_a_jpeg_carries_no_metadata_and_full_chroma() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)
    info = probe_still(jpeg_bytes(pixels, quality=95), "jpeg", "jpg", PROFILE)
    assert (info.subsampling, info.private, info.icc_name) == ("4:4:4", (), None)


def test_the_containers_turn_is_the_only_truth_in_heif() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture = Image.effect_noise((64, 96), 60).convert("RGB")
    pillow_heif.from_pillow(picture).save(buffer, exif=exif.tobytes(), quality=90)
    data = buffer.getvalue()
    info = probe_still(data, sniff(data).form, "heic", PROFILE)
    assert info.orientation is Orientation.UPRIGHT
    assert info.size_upright == Size(*decode(data, "heif").image.size)


def test_a_tiff_is_turned_once() -> None:
    picture = Image.new("RGB", (40, 20), "red")
    picture.paste("blue", (20, 0, 40, 20))
    data = saved(picture, "TIFF", tiffinfo={0x0112: 6})
    info = probe_still(data, "tiff", "tiff", PROFILE)
    decoded = decode(data, "tiff").image
    assert info.size_upright == Size(20, 40)
    assert info.size_stored == Size(*decoded.size)
    pixels = upright(np.asarray(decoded), info.orientation)
    assert tuple(pixels[0, 0]) == (255, 0, 0)
    assert tuple(pixels[-1, 0]) == (0, 0, 255)
