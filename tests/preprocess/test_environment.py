from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import pytest

import build_hook
from preprocess import assets, environment
from preprocess.environment import Fact, FactStatus, diagnose


def facts() -> dict[str, Fact]:
    return {fact.name: fact for fact in diagnose()}


def test_this_environment_is_fit() -> None:
    assert [fact for fact in diagnose() if fact.status is FactStatus.FAIL] == []


def test_facts_are_named_once_and_hold_no_paths() -> None:
    found = diagnose()
    assert len({fact.name for fact in found}) == len(found)
    assert not [fact for fact in found if "/" in fact.value]


def test_the_models_looked_for_are_those_that_the_build_fetches() -> None:
    assert {name: digest for name, (_, digest) in build_hook.MODELS.items()} == assets.MODEL_SHA256


def test_versions_are_told() -> None:
    found = facts()
    assert found["PyAV"].value == metadata.version("av")
    assert found["MediaPipe"].value == metadata.version("mediapipe")


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "pillow-heif":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(environment.metadata, "version", version)
    fact = facts()["pillow-heif"]
    assert (fact.status, fact.value) == (FactStatus.FAIL, "missing")
    assert "pip install pillow-heif" in fact.advice


def test_a_missing_shared_library_is_told_with_its_debian_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(name: str) -> None:
        if name == "libGL.so.1":
            raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    found = facts()
    assert found["libGL.so.1"].status is FactStatus.FAIL
    assert found["libGL.so.1"].advice.endswith("apt-get install libgl1")
    assert found["libEGL.so.1"].status is FactStatus.OK


def test_a_second_opencv_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"cv2": ["opencv-python", "opencv-contrib-python"]}
    monkeypatch.setattr(environment.metadata, "packages_distributions", lambda: both)
    fact = facts()["OpenCV alone"]
    assert fact.status is FactStatus.FAIL
    assert "opencv-contrib-python, opencv-python" in fact.value
    assert "uninstall" in fact.advice


def test_missing_and_foreign_models_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(assets.MODELS_VARIABLE, str(tmp_path))
    (tmp_path / assets.SHORT_RANGE).write_bytes(b"another model")
    found = facts()
    assert found["model face_detection_short_range"].status is FactStatus.WARN
    assert found["model face_landmark"].status is FactStatus.FAIL
    assert str(tmp_path) not in repr(found)


def test_a_damaged_model_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = tmp_path / "model"
    damaged.write_bytes(b"half a model")
    monkeypatch.setattr(environment, "model_path", lambda _: damaged)
    assert facts()["model face_landmark"].value == "damaged"


def test_a_missing_encoder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_ENCODER", "no_such_encoder")
    assert facts()["H.264 encoder"].status is FactStatus.FAIL


def test_an_unusable_temporary_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "full", "/home/secret")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    fact = facts()["temporary folder"]
    assert fact.status is FactStatus.WARN
    assert "secret" not in fact.value


def test_a_bare_system_can_be_diagnosed() -> None:
    """Neither OpenCV nor MediaPipe is loaded: both fail to load where their libraries are missing."""
    script = (
        "import sys; from preprocess.environment import diagnose; diagnose()\n"
        "sys.exit(bool({'cv2', 'mediapipe'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ, timeout=60)
