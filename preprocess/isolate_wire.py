"""How parent and worker talk: pickles with the large byte strings beside them, read with suspicion.

The worker decodes what strangers made, so its replies may be forged by whoever took it over. They are read with an
allow-list: our own dataclasses, enumerations and errors, and nothing that could run code or name a function.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from dataclasses import is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from . import errors
from .errors import CaptureRejected, PreprocessError

_BESIDE_BYTES = 1 << 16
"""Byte strings from this length on travel beside the pickle, without being copied into it."""
_PICKLE_BYTES_MAX = 1 << 27
_BLOB_BYTES_MAX = 1 << 30
_BLOBS_MAX = 16
"""What a reply may hold; a larger one is a forgery."""

_DATA_MODULES = frozenset(
    f"{__package__}.{name}"
    for name in (
        "errors",
        "faces",
        "geometry",
        "media",
        "options",
        "outcome",
        "payload",
        "plans",
        "profile",
        "report",
        "source",
    )
)
"""Modules whose dataclasses, enumerations and errors may arrive."""
_FOREIGN: dict[tuple[str, str], type] = {
    ("fractions", "Fraction"): Fraction,
    ("datetime", "date"): date,
}


class ForgedReplyError(Exception):
    """A reply holds something that no honest worker sends."""


def send(connection: Connection, value: object, known: Sequence[bytes] = ()) -> list[bytes]:
    """Send ``value`` to the other side.

    Args:
        connection: Where to.
        value: Anything made of our data classes and plain Python values.
        known: Byte strings that the other side has already; they are named instead of sent.

    Returns:
        The byte strings that travelled beside the pickle, in the order in which the other side counts them.
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, known)
    pickler.dump(value)
    connection.send_bytes(len(pickler.blobs).to_bytes(4, "big") + buffer.getbuffer())
    for blob in pickler.blobs:
        connection.send_bytes(blob)
    return pickler.blobs


def receive(connection: Connection) -> tuple[Any, list[bytes]]:
    """Return what a trusted sender sent, and the byte strings that came beside it.

    Raises:
        EOFError: The other side is gone.
    """
    message = connection.recv_bytes()
    blobs = [connection.recv_bytes() for _ in range(int.from_bytes(message[:4], "big"))]
    return _Unpickler(io.BytesIO(message[4:]), (), blobs).load(), blobs


def receive_untrusted(connection: Connection, known: Sequence[bytes] = ()) -> Any:
    """Return what a worker sent, if it is made of allowed parts alone.

    Args:
        connection: Where from.
        known: The byte strings that were sent to it.

    Raises:
        EOFError: The worker is gone.
        ForgedReplyError: The reply is too large, no pickle, or names something that is not on the list.
    """
    try:
        message = connection.recv_bytes(_PICKLE_BYTES_MAX)
        count = int.from_bytes(message[:4], "big")
        if count > _BLOBS_MAX:
            raise ForgedReplyError("too many parts")  # noqa: EM101
        blobs = [connection.recv_bytes(_BLOB_BYTES_MAX) for _ in range(count)]
    except (EOFError, ConnectionError):
        raise
    except OSError as exc:  # "bad message length"; the connection is closed by then
        raise ForgedReplyError("too large") from exc  # noqa: EM101
    try:
        return _SuspiciousUnpickler(io.BytesIO(message[4:]), known, blobs).load()
    except ForgedReplyError:
        raise
    except Exception as exc:
        raise ForgedReplyError(type(exc).__name__) from exc


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, known: Sequence[bytes]) -> None:
        super().__init__(file, protocol=5)
        self._known = {id(blob): place for place, blob in enumerate(known)}
        self._beside: dict[int, int] = {}
        self.blobs: list[bytes] = []

    def persistent_id(self, obj: object) -> tuple[str, int] | None:
        if type(obj) is not bytes or len(obj) < _BESIDE_BYTES:
            return None
        if (place := self._known.get(id(obj))) is not None:
            return ("known", place)
        if id(obj) not in self._beside:
            self._beside[id(obj)] = len(self.blobs)
            self.blobs.append(obj)
        return ("beside", self._beside[id(obj)])


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Sequence[bytes], blobs: Sequence[bytes]) -> None:
        super().__init__(file)
        self._held = {"known": known, "beside": blobs}

    def persistent_load(self, pid: Any) -> bytes:
        where, place = pid
        blob: bytes = self._held[where][place]
        return blob


class _SuspiciousUnpickler(_Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (found := _FOREIGN.get((module, name))) is not None:
            return found
        if module in _DATA_MODULES and name.isidentifier():
            thing = getattr(import_module(module), name, None)
            if thing is errors._rebuild or _is_data(thing, module):  # noqa: SLF001
                return thing
        raise ForgedReplyError(f"{module}.{name}")  # noqa: EM102


def _is_data(thing: object, module: str) -> bool:
    if not isinstance(thing, type) or thing.__module__ != module:
        return False
    return is_dataclass(thing) or issubclass(thing, Enum | PreprocessError | CaptureRejected)
