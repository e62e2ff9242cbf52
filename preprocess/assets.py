"""What the installation must bring beside Python packages: face models and shared libraries of the system."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from .errors import MachineError

MODELS_VARIABLE = "FACEREADY_MODELS"
"""Environment variable that names a folder of models used instead of the packaged ones."""
SHORT_RANGE = "face_detection_short_range.tflite"
FULL_RANGE = "face_detection_full_range_sparse.tflite"
LANDMARKS = "face_landmark.tflite"

MODEL_SHA256 = {
    SHORT_RANGE: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    FULL_RANGE: "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    LANDMARKS: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}
"""Digests of the models that everything was measured with. Source: the wheel mediapipe 0.10.21."""

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
"""Shared libraries that the wheels leave to the system, and the Debian packages that hold them."""


def explain_missing_library(error: BaseException) -> MachineError:
    """Return the error to raise when a native library did not load, naming the Debian package that is missing."""
    text = str(error)
    for library, package in LIBRARIES.items():
        if library in text:
            return MachineError(
                f"the shared library {library} is missing",
                code="machine.shared-library",
                advice=f"On Debian or Ubuntu: apt-get install {package}",
            )
    return MachineError(
        f"a native library could not be loaded ({type(error).__name__})",
        code="machine.shared-library",
        advice="Run `faceready doctor` to see what is missing.",
    )


def model_path(name: str) -> Path:
    """Return where the model file ``name`` lies.

    Raises:
        MachineError: It is not there; the advice says how to get it.
    """
    override = os.environ.get(MODELS_VARIABLE)
    path = Path(override) / name if override else Path(str(files("preprocess") / "models" / name))
    if not path.is_file():
        where = f"the folder that {MODELS_VARIABLE} names" if override else "this installation"
        message = f"the face model {name} is missing from {where}"
        advice = "Reinstall faceready (its build fetches the models), or correct FACEREADY_MODELS."
        raise MachineError(message, code="machine.model", advice=advice)
    return path
