"""The committed samples are what the script makes, and the README names them truly."""

import hashlib
import io
import re
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from samples import make

SAMPLES = Path(make.__file__).parent
SAME_PICTURE_LEVELS = 1.5
"""Mean difference in grey levels that another version of a codec may bring; another seed of the
grain alone brings more (see the test that proves it)."""
COMMITTED_MAX_BYTES = {"selfie.jpg": 300_000, "selfie.mp4": 500_000}


def upright_photo(data: bytes) -> np.ndarray:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def pictures(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        return np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)])


def mean_difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


def test_the_committed_photo_is_what_the_script_makes():
    made = upright_photo(make.COMMITTED["selfie.jpg"]())
    kept = upright_photo((SAMPLES / "selfie.jpg").read_bytes())
    assert kept.shape == made.shape == (1280, 960, 3)
    assert mean_difference(kept, made) < SAME_PICTURE_LEVELS
    other_grain = upright_photo(make.still(960, 1280, orientation=6, noise=3.0, seed=2))
    assert mean_difference(kept, other_grain) > SAME_PICTURE_LEVELS


def test_the_committed_clip_is_what_the_script_makes():
    made = pictures(make.COMMITTED["selfie.mp4"]())
    kept = pictures((SAMPLES / "selfie.mp4").read_bytes())
    assert kept.shape == made.shape == (210, 720, 1280)
    assert mean_difference(kept, made) < SAME_PICTURE_LEVELS
    assert mean_difference(kept[:-30], made[30:]) > SAME_PICTURE_LEVELS


@pytest.mark.parametrize("name", make.COMMITTED)
def test_the_readme_gives_the_true_hash_and_the_file_stays_small(name):
    data = (SAMPLES / name).read_bytes()
    row = re.search(
        rf"`{re.escape(name)}`.*`([0-9a-f]{{64}})`", (SAMPLES / "README.md").read_text()
    )
    assert row is not None
    assert row.group(1) == hashlib.sha256(data).hexdigest()
    assert len(data) < COMMITTED_MAX_BYTES[name]


def test_every_committed_file_is_in_the_catalogue_under_the_same_maker():
    assert {name: make.CATALOGUE[name] for name in make.COMMITTED} == make.COMMITTED


def test_the_command_writes_the_named_sample_and_prints_its_hash(tmp_path, capsys):
    assert make.main(["photo-compliant.jpg", "--out", str(tmp_path)]) == 0
    data = (tmp_path / "photo-compliant.jpg").read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["photo-compliant.jpg"]
    assert capsys.readouterr().out.startswith(hashlib.sha256(data).hexdigest())


def test_the_command_refuses_an_unknown_name(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        make.main(["nonsense.jpg", "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert "nonsense.jpg" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_sample_stills_are_the_sizes_their_names_promise():
    sizes = {
        name: Image.open(io.BytesIO(make.CATALOGUE[name]())).size
        for name in ("photo-compliant.jpg", "photo-group.jpg", "photo-no-face.jpg", "photo-2mp.jpg")
    }
    assert sizes == {
        "photo-compliant.jpg": (480, 640),
        "photo-group.jpg": (1280, 960),
        "photo-no-face.jpg": (960, 1280),
        "photo-2mp.jpg": (1224, 1632),
    }


ENCODER_LEVELS = 4.0
"""Mean difference of a decoded frame's samples between two runs of the encoder, whose threads decide differently."""


def luma_of_frames(clip: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(clip)) as container:
        return [f.to_ndarray(format="gray") for f in container.decode(video=0)]


def test_making_a_sample_twice_gives_the_same_bytes():
    assert len({make.CATALOGUE["photo-compliant-gps.jpg"]() for _ in range(2)}) == 1
    clips = [make.clip(width_px=96, height_px=128, duration_s=1) for _ in range(2)]
    shown = [
        luma_of_frames(clip) for clip in clips
    ]  # the encoder's threads may order bytes otherwise
    assert len(shown[0]) == len(shown[1]) == 30
    apart = max(abs(one.astype(int) - two).mean() for one, two in zip(*shown, strict=True))
    assert apart <= ENCODER_LEVELS
    assert all(one != other for one, other in pairwise(sorted(f() for f in (still_1, still_2))))


def still_1() -> bytes:
    return make.still(96, 128, seed=1)


def still_2() -> bytes:
    return make.still(96, 128, seed=2)
