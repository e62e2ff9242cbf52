from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from skimage import data as pictures

from preprocess import _mediapipe
from preprocess._mediapipe import MediaPipeDetector
from preprocess.errors import MachineError
from preprocess.sight import sight

ASTRONAUT_FACE = (173, 67, 280, 180)
"""Left, top, right, bottom within which the portrait's face lies, read off the picture."""


@pytest.fixture(scope="module")
def detector() -> Iterator[MediaPipeDetector]:
    with MediaPipeDetector() as loaded:
        yield loaded


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return np.ascontiguousarray(pictures.astronaut())


@pytest.mark.parametrize("full_range", [False, True])
def test_each_model_finds_the_portrait(
    detector: MediaPipeDetector, portrait: np.ndarray, full_range: bool
) -> None:
    (face,) = detector.detect(portrait, full_range=full_range)
    left, top, right, bottom = ASTRONAUT_FACE
    assert left - 5 <= face.box.left < face.box.right <= right + 5
    assert top - 5 <= face.box.top < face.box.bottom <= bottom + 5
    assert face.key_points.right_eye.x < face.key_points.nose_tip.x < face.key_points.left_eye.x
    assert face.key_points.right_eye.y < face.key_points.nose_tip.y < face.key_points.mouth.y


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_the_portrait_is_found_and_its_turn_told_whichever_way_it_lies(
    detector: MediaPipeDetector, portrait: np.ndarray, turn_deg: int
) -> None:
    lying = np.ascontiguousarray(np.rot90(portrait, turn_deg // 90))  # counter-clockwise
    (face,) = sight(lying, detector)
    assert face.turn_deg == turn_deg
    assert face.landmarks is not None
    assert abs(face.landmarks.pose.roll_deg) < 15


def test_noise_shows_no_face(detector: MediaPipeDetector) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    assert sight(noise, detector) == ()


def test_a_coffee_cup_and_a_cat_show_no_face(detector: MediaPipeDetector) -> None:
    assert sight(np.ascontiguousarray(pictures.coffee()), detector) == ()
    assert sight(np.ascontiguousarray(pictures.cat()), detector) == ()


def test_landmarks_point_at_the_eyes(detector: MediaPipeDetector, portrait: np.ndarray) -> None:
    (face,) = sight(portrait, detector)
    assert face.landmarks is not None
    right_eye = face.landmarks.eyes_and_mouth[0]
    assert abs(right_eye.y - face.key_points.right_eye.y) < 8
    assert abs(right_eye.x - face.key_points.right_eye.x) < 20
    assert face.landmarks.presence > 15


def test_a_missing_model_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, portrait: np.ndarray
) -> None:
    monkeypatch.setenv("FACEREADY_MODELS", str(tmp_path))
    with MediaPipeDetector() as empty, pytest.raises(MachineError, match=r"short_range") as caught:
        empty.detect(portrait, full_range=False)
    assert "FACEREADY_MODELS" in caught.value.advice
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_library_names_its_debian_package() -> None:
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
    told = _mediapipe.explain_missing_library(error)
    assert told.code == "machine.shared-library"
    assert "libgl1" in told.advice


def test_loading_and_looking_is_silent_and_brings_no_plotting_or_sound_along() -> None:
    """Watches the workaround for mediapipe's unconditional imports: fails once it stops working."""
    script = """
import sys
import numpy as np
from preprocess._mediapipe import MediaPipeDetector
with MediaPipeDetector() as detector:
    detector.detect(np.zeros((64, 64, 3), np.uint8), full_range=False)
    detector.detect(np.zeros((64, 64, 3), np.uint8), full_range=True)
luggage = {"matplotlib", "sounddevice"} & set(sys.modules)
print(sorted(luggage))
drawing = sys.modules["mediapipe.tasks.python.vision.drawing_utils"]
print(callable(drawing.draw_landmarks))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "True"]
    assert done.stderr == ""
