"""Keeps the chatter of native libraries off the user's terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOCK = threading.RLock()
_STDERR_FD = 2


@contextmanager
def native_stderr_muted() -> Iterator[None]:
    """Send what C and C++ code writes to file descriptor 2 nowhere while the block runs.

    Python's own ``sys.stderr`` is flushed before and shares the descriptor, so keep the block to foreign calls.
    Nested and concurrent blocks are serialised. Where descriptor 2 is closed, the block runs as it is.
    """
    with _LOCK:
        try:
            saved = os.dup(_STDERR_FD)
        except OSError:  # no stderr at all: nothing to keep clean
            yield
            return
        try:
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.flush()
            nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.dup2(nowhere, _STDERR_FD)
            finally:
                os.close(nowhere)
            yield
        finally:
            os.dup2(saved, _STDERR_FD)
            os.close(saved)
