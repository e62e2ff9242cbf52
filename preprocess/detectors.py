"""Loaded detectors, kept for the next capture: loading costs more than looking."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .detector import Detector

_idle: list[Detector] = []
_lock = threading.Lock()
_closing_registered = False


@contextmanager
def borrowed_detector() -> Iterator[Detector]:
    """Lend a loaded detector to one thread; it is kept for the next borrower afterwards.

    Raises:
        MachineError: MediaPipe, a library it needs or a model is missing.
    """
    with _lock:
        detector = _idle.pop() if _idle else None
    if detector is None:
        detector = _load()
    try:
        yield detector
    except BaseException:
        detector.close()  # it may be in the middle of something
        raise
    with _lock:
        _idle.append(detector)


def close_detectors() -> None:
    """Close every detector that nobody uses; later captures load anew. Runs by itself when the process ends."""
    with _lock:
        while _idle:
            _idle.pop().close()


def _load() -> Detector:
    global _closing_registered
    from ._mediapipe import MediaPipeDetector

    with _lock:
        if not _closing_registered:
            atexit.register(close_detectors)
            _closing_registered = True
    return MediaPipeDetector()
