from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preprocess.errors import UsageError
from preprocess.profile import DEFAULT_NAME, Profile, builtin_names


def test_the_builtin_profile_states_its_document_and_the_limits_of_the_service() -> None:
    profile = Profile.load(None)
    assert profile.name == DEFAULT_NAME
    assert profile.profile.document.endswith("1061/64467")
    assert profile.profile.date.isoformat() == "2026-05-22"
    assert (profile.still.width_px, profile.still.height_px) == (480, 640)
    assert (profile.clip.min_s, profile.clip.max_s, profile.clip.refused_above_s) == (2, 5, 20)
    assert (profile.clip.min_fps, profile.clip.max_fps) == (25, 30)
    assert profile.clip.encrypted_base64_chars == 7_499_708


def test_every_builtin_profile_can_be_loaded_by_name() -> None:
    assert DEFAULT_NAME in builtin_names()
    assert all(Profile.load(name).name == name for name in builtin_names())


def test_a_file_may_hold_just_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[face]\nmin_px = 120\n")
    mine, base = Profile.load(path), Profile.builtin()
    assert mine.face.min_px == 120.0
    assert replace(mine, face=base.face) == base
    assert Profile.load(mine) is mine


def test_the_band_around_the_least_face_is_derived() -> None:
    face = Profile.builtin().face
    assert face.refuse_below_px == pytest.approx(85)
    assert face.certain_above_px == pytest.approx(115)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[still\n", "not valid TOML"),
        ("[stil]\nwidth_px = 1\n", "unknown stil"),
        ("[still]\nwidht_px = 1\n", "unknown widht_px"),
        ('[still]\nwidth_px = "480"\n', "[still] width_px must be a whole number"),
        ("[still]\nwidth_px = 480.5\n", "[still] width_px must be a whole number"),
        ("[still]\nwidth_px = true\n", "[still] width_px must be a whole number"),
        ("[still]\nformats = []\n", "[still] formats must be a list of texts"),
        ("[clip]\nmin_s = -1\n", "[clip] min_s must be a number"),
        ("[clip]\nmin_s = nan\n", "[clip] min_s must be a number"),
        ("[clip]\nmin_s = 6\n", "min_s <= max_s"),
        ("[clip]\nwidth_px = 481\n", "even width_px"),
        ("[clip]\nmin_fps = 40\n", "min_fps <= max_fps"),
        ("[still]\nadvised_base64_chars = 20_000_000\n", "advised_base64_chars <= max"),
        ("[change]\nscale_max = 0.5\n", "scale_max of at least 1"),
        ("still = 3\n", "[still] must be a table"),
    ],
)
def test_a_wrong_profile_is_refused_by_table_and_key(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        Profile.parse(text, base=Profile.builtin())
    assert told in caught.value.message
    assert caught.value.code == "usage.profile"


def test_a_profile_without_a_base_must_be_complete() -> None:
    with pytest.raises(UsageError, match="is missing"):
        Profile.parse('[profile]\nname = "bare"\n')


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Profile.load(tmp_path / "none.toml")
    assert "none.toml" in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert DEFAULT_NAME in caught.value.advice


def test_bytes_that_are_no_text_are_no_profile(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        Profile.load(path)
