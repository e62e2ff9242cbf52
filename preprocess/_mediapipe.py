"""MediaPipe behind the `Detector` protocol: the only module that imports it, and only when a face is looked for.

Three things about MediaPipe are handled here and nowhere else: it imports matplotlib and sounddevice that face
detection never uses, it writes to stderr from C++, and its wheels carry no models.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Self

from ._face_mesh import FaceMesh
from ._quiet import native_stderr_muted
from .assets import FULL_RANGE, LANDMARKS, SHORT_RANGE, explain_missing_library, model_path
from .detector import Picture
from .errors import MachineError
from .faces import Face, KeyPoints, Landmarks
from .geometry import Box, Point

MIN_CONFIDENCE = 0.5
"""MediaPipe's own default. Source: FaceDetectorOptions.min_detection_confidence, mediapipe 1.2.2."""

_UNUSED = frozenset(
    {
        "mediapipe.tasks.python.audio",  # loads PortAudio through sounddevice, 0.2 s
        "mediapipe.tasks.python.vision.drawing_styles",
        "mediapipe.tasks.python.vision.drawing_utils",  # loads matplotlib.pyplot, 0.4 to 2 s
    }
)
"""Modules that MediaPipe's packages import on load and face detection never touches."""


class _LazySubmodules(importlib.abc.MetaPathFinder):
    """Finds the unused modules as usual, but lets them run only when somebody touches an attribute.

    Workaround for mediapipe importing its plotting and audio code unconditionally (seen in 0.10.x to 1.2.2). No
    longer needed once ``python -X importtime -c 'import mediapipe'`` lists neither matplotlib nor sounddevice;
    tests/preprocess/test_mediapipe.py watches that.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec whose loader is lazy for the unused modules, None for all others."""
        if fullname not in _UNUSED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextmanager
def _unused_left_out() -> Iterator[None]:
    finder = _LazySubmodules()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


_IMPORT_LOCK = threading.Lock()


def _import() -> tuple[Any, Any]:
    """Return the modules ``mediapipe`` and ``mediapipe.tasks.python``, quietly and without their luggage.

    Raises:
        MachineError: MediaPipe or a library it needs is missing.
    """
    try:
        with _IMPORT_LOCK, native_stderr_muted(), _unused_left_out():
            import mediapipe
            from mediapipe.tasks import python as tasks
    except (ImportError, OSError) as exc:
        raise explain_missing_library(exc) from exc
    return mediapipe, tasks


class MediaPipeDetector:
    """Face detector and landmarker of MediaPipe Tasks on the CPU.

    Models load when first used and stay until `close`. One instance serves one thread at a time.

    Raises:
        MachineError: A model or a shared library is missing.
    """

    def __init__(self) -> None:
        self._mediapipe, self._tasks = _import()
        self._loaded: dict[str, Any] = {}
        self._mesh: FaceMesh | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def detect(self, picture: Picture, *, full_range: bool) -> tuple[Face, ...]:
        """Return the faces of ``picture``, in its pixels; see `Detector.detect`."""
        name = FULL_RANGE if full_range else SHORT_RANGE
        height, width = picture.shape[:2]
        result = self._run(name, picture)
        return tuple(
            _face(found, width, height, "full" if full_range else "short")
            for found in result.detections
        )

    def landmarks(self, picture: Picture, face: Face, *, roll_deg: float) -> Landmarks:
        """Return what the landmark model says of ``face``; see `Detector.landmarks`."""
        if self._mesh is None:
            self._mesh = FaceMesh(model_path(LANDMARKS).read_bytes())
        return self._mesh.fit(picture, face.box, roll_deg).landmarks()

    def close(self) -> None:
        """Free the models; the detector must not be used afterwards."""
        with native_stderr_muted():
            while self._loaded:
                self._loaded.popitem()[1].close()

    def _run(self, name: str, picture: Picture) -> Any:
        image = self._mediapipe.Image(self._mediapipe.ImageFormat.SRGB, picture)
        with native_stderr_muted():  # most of it comes on loading, some with odd sizes later
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            return self._loaded[name].detect(image)

    def _load(self, name: str) -> Any:
        vision = self._tasks.vision
        base = self._tasks.BaseOptions(model_asset_path=str(model_path(name)))
        try:
            return vision.FaceDetector.create_from_options(
                vision.FaceDetectorOptions(
                    base_options=base, min_detection_confidence=MIN_CONFIDENCE
                )
            )
        except (RuntimeError, ValueError, OSError) as exc:
            message = f"the face model {name} could not be loaded"
            advice = "Reinstall faceready, or correct the folder that FACEREADY_MODELS names."
            raise MachineError(message, code="machine.model", advice=advice) from exc


def _face(found: Any, width: int, height: int, model: str) -> Face:
    box = found.bounding_box
    points = [Point(point.x * width, point.y * height) for point in found.keypoints]
    return Face(
        box=Box(box.origin_x, box.origin_y, box.width, box.height),
        score=float(found.categories[0].score),
        key_points=KeyPoints(*points[:6]),
        model=model,
    )
