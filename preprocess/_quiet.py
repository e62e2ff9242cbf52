"""Keeps the chatter of native libraries off the user's terminal, and nothing else."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOCK = threading.RLock()
_STDERR_FD = 2
_CHATTER = re.compile(
    rb"(INFO|WARNING|ERROR): |[IWEF]\d{4} \d\d:\d\d:\d\d|WARNING: All log messages before absl"
)
"""How lines of TensorFlow Lite, LiteRT and Abseil begin."""


@contextmanager
def native_stderr_muted() -> Iterator[None]:
    """Keep what native libraries log to file descriptor 2 from appearing while the block runs.

    Whatever does not look like their log lines (another thread's, say) is written when the block ends. Blocks of
    several threads are serialised; where descriptor 2 is closed, the block runs as it is.
    """
    with _LOCK:
        try:
            saved = os.dup(_STDERR_FD)
        except OSError:  # no stderr at all: nothing to keep clean
            yield
            return
        kept = _scratch_file()
        try:
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.flush()
            os.dup2(kept, _STDERR_FD)
            yield
        finally:
            os.dup2(saved, _STDERR_FD)
            with suppress(OSError):
                _write_others(kept, saved)
            os.close(saved)
            os.close(kept)


def _scratch_file() -> int:
    """Return a descriptor of a nameless file, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("faceready-stderr", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write_others(kept: int, stderr: int) -> None:
    """Write the lines in ``kept`` that are no chatter to ``stderr``."""
    size_bytes = os.lseek(kept, 0, os.SEEK_END)
    if size_bytes == 0:
        return
    os.lseek(kept, 0, os.SEEK_SET)
    lines = os.read(kept, size_bytes).splitlines(keepends=True)
    others = b"".join(line for line in lines if not _CHATTER.match(line))
    if others:
        os.write(stderr, others)
