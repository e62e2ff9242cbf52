"""What hostile tests share: a clip that is made once, surgery on its boxes, and guards that notice a touch."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from samples.clips import clip
from samples.stills import still

IN_ACCESS, IN_OPEN = 0x1, 0x20
"""Source: inotify(7)."""


@lru_cache
def selfie(width_px: int = 480, height_px: int = 640, form: str = "jpeg") -> bytes:
    """Return a photo with one face."""
    return still(width_px, height_px, form=form)  # type: ignore[arg-type]


@lru_cache
def selfie_clip(container: str = "mp4") -> bytes:
    """Return a clip of 3 s with one face, ``moov`` behind ``mdat`` in mp4 and mov."""
    return clip(width_px=480, height_px=640, duration_s=3, container=container)


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the boxes in a stretch of an ISO file that is known to be sound."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, at + size
        at += size


def replaced(data: bytes, path: tuple[bytes, ...], content: bytes) -> bytes:
    """Return an ISO file in which the first box at ``path`` has another content; sizes around it are mended."""
    for name, start, end in boxes(data):
        if name == path[0]:
            inner = (
                content if len(path) == 1 else replaced(data[start + 8 : end], path[1:], content)
            )
            return data[:start] + struct.pack(">I", len(inner) + 8) + name + inner + data[end:]
    raise LookupError(path)


def with_blank_pictures(data: bytes) -> bytes:
    """Return the clip with its media data zeroed, so that pictures could only come from elsewhere."""
    for name, start, end in boxes(data):
        if name == b"mdat":
            return data[: start + 8] + bytes(end - start - 8) + data[end:]
    raise LookupError


@contextlib.contextmanager
def canary(path: Path) -> Iterator[list[int]]:
    """Watch a file; the list holds an entry for each time that anybody, C code included, opened or read it."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, os.fsencode(path), IN_ACCESS | IN_OPEN) >= 0
    touched: list[int] = []
    try:
        yield touched
        with contextlib.suppress(BlockingIOError):
            touched.append(len(os.read(watch, 4096)))
    finally:
        os.close(watch)


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """Listen on a loopback port; the list holds an entry for each connection that was made."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        calls: list[object] = []
        yield server.getsockname()[1], calls
        with contextlib.suppress(BlockingIOError):
            connection, address = server.accept()
            connection.close()
            calls.append(address)
