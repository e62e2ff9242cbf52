"""Sockets that mind the deadline of the call which is using them, not only the gap between reads."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore

from ._clock import Deadline

_current: ContextVar[Deadline | None] = ContextVar("_current", default=None)
"""Deadline of the call that runs in this thread; connections outlive calls and cannot hold it."""

_WRITE_BYTES: Final = 256 * 1024
"""A write is one system call or many, and only between writes can the deadline be looked at."""


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Hold every socket operation of this thread to the deadline."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def _bounded(timeout_s: float | None, expired: type[Exception]) -> float | None:
    deadline = _current.get()
    if deadline is None:
        return timeout_s
    remaining_s = deadline.remaining_s()
    if not remaining_s:
        raise expired
    return remaining_s if timeout_s is None else min(timeout_s, remaining_s)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every operation is bounded by what is left of the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return self._stream.read(max_bytes, _bounded(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        if len(buffer) <= _WRITE_BYTES:
            self._stream.write(buffer, _bounded(timeout, httpcore.WriteTimeout))
            return
        for start in range(0, len(buffer), _WRITE_BYTES):
            part = buffer[start : start + _WRITE_BYTES]
            self._stream.write(part, _bounded(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Shake hands."""
        return DeadlineStream(
            self._stream.start_tls(
                ssl_context, server_hostname, _bounded(timeout, httpcore.ConnectTimeout)
            )
        )

    def get_extra_info(self, info: str) -> Any:  # httpcore's own signature
        """Ask the socket."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections that mind the deadline."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection."""
        stream = self._backend.connect_tcp(
            host,
            port,
            _bounded(timeout, httpcore.ConnectTimeout),
            local_address,
            socket_options,
        )
        return DeadlineStream(stream)
