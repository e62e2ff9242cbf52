"""Facts about this machine for ``faceready doctor``: what is here, what is missing, and how to get it."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata

from .assets import LIBRARIES, MODEL_SHA256, MODELS_VARIABLE, model_path
from .errors import MachineError

DISTRIBUTION = "faceready"

_PACKAGES = {
    "numpy": "numpy",
    "av": "PyAV",
    "mediapipe": "MediaPipe",
    "opencv-contrib-python": "OpenCV",
    "pillow": "Pillow",
    "pillow-heif": "pillow-heif",
}
"""Distribution and the name people know it by."""
_PYTHON_MIN = (3, 11)
_ENCODER = "libx264"


class FactStatus(StrEnum):
    """Whether a fact stands in the way."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at."""

    name: str
    status: FactStatus
    value: str
    """What was found; never a path."""
    advice: str = ""
    """What to do about it; empty when there is nothing to do."""


def diagnose() -> tuple[Fact, ...]:
    """Return every fact that the pipeline depends on, in the order in which to mend them.

    Takes well under a second: shared libraries are opened and models hashed, but MediaPipe is not loaded.
    """
    checks: tuple[Callable[[], Iterator[Fact]], ...] = (
        _python,
        _packages,
        _opencv,
        _libraries,
        _encoder,
        _models,
        _temporary,
        _processors,
    )
    return tuple(fact for check in checks for fact in check())


def _python() -> Iterator[Fact]:
    ok = sys.version_info >= _PYTHON_MIN
    advice = "" if ok else "Use Python {}.{} or later.".format(*_PYTHON_MIN)
    value = f"{platform.python_version()} ({platform.system()} {platform.machine()})"
    yield Fact("Python", FactStatus.OK if ok else FactStatus.FAIL, value, advice)
    yield _distribution(DISTRIBUTION, DISTRIBUTION)


def _packages() -> Iterator[Fact]:
    for distribution, name in _PACKAGES.items():
        yield _distribution(distribution, name)


def _distribution(distribution: str, name: str) -> Fact:
    try:
        return Fact(name, FactStatus.OK, metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return Fact(name, FactStatus.FAIL, "missing", f"Run: pip install {distribution}")


def _opencv() -> Iterator[Fact]:
    """Two OpenCV distributions overwrite each other's files in ``cv2/``; removing one breaks the other."""
    found = sorted(set(metadata.packages_distributions().get("cv2", [])))
    name = "OpenCV alone"
    if len(found) <= 1:
        yield Fact(name, FactStatus.OK, found[0] if found else "none")
        return
    advice = (
        f"Run: pip uninstall -y {' '.join(found)} && "
        "pip install --force-reinstall --no-deps opencv-contrib-python"
    )
    yield Fact(
        name, FactStatus.FAIL, f"{len(found)} distributions own cv2: {', '.join(found)}", advice
    )


def _libraries() -> Iterator[Fact]:
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            advice = f"On Debian or Ubuntu: apt-get install {package}"
            yield Fact(library, FactStatus.FAIL, "missing", advice)
        else:
            yield Fact(library, FactStatus.OK, "found")


def _encoder() -> Iterator[Fact]:
    name = "H.264 encoder"
    advice = "Install PyAV from its own wheel: pip install --force-reinstall --only-binary=:all: av"
    try:
        from ._av_codecs import has_encoder
    except (ImportError, OSError):
        yield Fact(name, FactStatus.FAIL, "PyAV does not load", advice)
        return
    if has_encoder(_ENCODER):
        yield Fact(name, FactStatus.OK, _ENCODER)
    else:
        yield Fact(name, FactStatus.FAIL, f"{_ENCODER} is missing", advice)


def _models() -> Iterator[Fact]:
    own = bool(os.environ.get(MODELS_VARIABLE))
    for file_name, digest in MODEL_SHA256.items():
        name = f"model {file_name.rpartition('.')[0]}"
        try:
            found = hashlib.sha256(model_path(file_name).read_bytes()).hexdigest()
        except (MachineError, OSError) as exc:
            advice = exc.advice if isinstance(exc, MachineError) else "Make the file readable."
            yield Fact(name, FactStatus.FAIL, "missing", advice)
            continue
        if found == digest:
            yield Fact(name, FactStatus.OK, f"sha256 {found[:12]}")
        elif own:
            advice = (
                f"It is another model than the one measured: unset {MODELS_VARIABLE} to use that."
            )
            yield Fact(name, FactStatus.WARN, f"sha256 {found[:12]}, not the known one", advice)
        else:
            advice = f"Run: pip install --force-reinstall --no-deps {DISTRIBUTION}"
            yield Fact(name, FactStatus.FAIL, "damaged", advice)


def _temporary() -> Iterator[Fact]:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"\x00" * 65536)
            file.flush()
    except OSError as exc:
        advice = "Point TMPDIR to a folder with room that this user may write to."
        yield Fact("temporary folder", FactStatus.WARN, os.strerror(exc.errno or 0), advice)
    else:
        yield Fact("temporary folder", FactStatus.OK, "writable")


def _processors() -> Iterator[Fact]:
    count = len(os.sched_getaffinity(0))
    yield Fact("processors", FactStatus.OK, str(count))
