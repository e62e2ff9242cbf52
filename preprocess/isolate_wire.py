"""How parent and worker talk: data classes as tagged JSON, byte strings beside it.

The worker decodes what strangers made, so its replies may be forged by whoever took it over. Not pickle, therefore,
not even with an allow-list: fuzzing showed that ten bytes of it allocate gigabytes, and a pickle that builds nothing
but allowed classes can still overwrite their attributes. Here a reply can only hold plain values and the data classes,
enumerations and errors of the modules named below, each made by its own constructor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from .errors import CaptureRejected, PreprocessError

_TEXT_BYTES_MAX = 1 << 25
"""Longest text of a message: a clip of 10 minutes at 60 fps needs a fifth of it."""
_BLOB_BYTES_MAX = 1 << 30
_BLOBS_MAX = 1024
"""What a message may hold; a larger one is a forgery."""

_DATA_MODULES = (
    "errors",
    "faces",
    "geometry",
    "media",
    "options",
    "payload",
    "plans",
    "profile",
    "report",
    "source",
)
"""Modules whose data classes, enumerations and errors may travel."""


class ForgedReplyError(Exception):
    """A message holds something that no honest sender sends."""


def send(connection: Connection, value: object, known: Sequence[bytes] = ()) -> list[bytes]:
    """Send ``value`` to the other side.

    Args:
        connection: Where to.
        value: Made of plain values, fractions, dates, and the data classes of the modules listed above.
        known: Byte strings that the other side has already; they are named instead of sent.

    Returns:
        The byte strings that were sent, in the order in which the other side counts them.

    Raises:
        TypeError: ``value`` holds something else; nothing was sent.
        BrokenPipeError: The other side is gone.
    """
    writer = _Writer(known)
    text = json.dumps(writer.written(value), separators=(",", ":")).encode("ascii")
    connection.send_bytes(len(writer.blobs).to_bytes(4, "big") + text)
    for blob in writer.blobs:
        connection.send_bytes(blob)
    return writer.blobs


def receive(connection: Connection, known: Sequence[bytes] = ()) -> tuple[Any, list[bytes]]:
    """Return what the other side sent, and the byte strings that came with it.

    Args:
        connection: Where from.
        known: The byte strings that were sent there.

    Raises:
        EOFError: The other side is gone.
        ForgedReplyError: The message is too large, broken, or names something that is not on the list.
    """
    try:
        message = connection.recv_bytes(_TEXT_BYTES_MAX)
        count = int.from_bytes(message[:4], "big")
        if count > _BLOBS_MAX:
            raise ForgedReplyError("too many parts")  # noqa: EM101
        blobs = [connection.recv_bytes(_BLOB_BYTES_MAX) for _ in range(count)]
    except (EOFError, ConnectionError):
        raise
    except OSError as exc:  # "bad message length"; the connection is closed by then
        raise ForgedReplyError("too large") from exc  # noqa: EM101
    try:
        return _Reader(known, blobs).read(json.loads(message[4:])), blobs
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as exc:
        raise ForgedReplyError(type(exc).__name__) from exc


class _Writer:
    """Turns values into what JSON can hold: an object is a tag and its content."""

    def __init__(self, known: Sequence[bytes]) -> None:
        self._known = {id(blob): place for place, blob in enumerate(known)}
        self._sent: dict[int, int] = {}
        self.blobs: list[bytes] = []

    def written(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is tuple:
            return [self.written(item) for item in value]
        if kind is Fraction:
            return {"fraction": [value.numerator, value.denominator]}
        if kind is bytes:
            return self._blob(value)
        if isinstance(value, Enum):
            return {kind.__name__: value.value}
        if is_dataclass(kind):
            return {kind.__name__: [self.written(getattr(value, name)) for name in _given(kind)]}
        if isinstance(value, PreprocessError):
            return {kind.__name__: [value.message, value.code, value.advice]}
        if isinstance(value, CaptureRejected):
            return {kind.__name__: [self.written(value.report), self.written(value.media)]}
        if isinstance(value, float):  # numpy's double among them
            return float(value)
        if kind is list:
            return {"list": [self.written(item) for item in value]}
        if kind is dict:
            pairs = [[self.written(key), self.written(item)] for key, item in value.items()]
            return {"dict": pairs}
        if kind is date:
            return {"date": value.isoformat()}
        message = f"{kind.__module__}.{kind.__qualname__} cannot travel between processes"
        raise TypeError(message)

    def _blob(self, blob: bytes) -> dict[str, int]:
        if (place := self._known.get(id(blob))) is not None:
            return {"known": place}
        if id(blob) not in self._sent:
            self._sent[id(blob)] = len(self.blobs)
            self.blobs.append(blob)
        return {"bytes": self._sent[id(blob)]}


class _Reader:
    """Turns what `_Writer` wrote back into values."""

    def __init__(self, known: Sequence[bytes], blobs: Sequence[bytes]) -> None:
        self._plain: dict[str, Callable[[Any], Any]] = {
            "fraction": _fraction,
            "known": known.__getitem__,
            "bytes": blobs.__getitem__,
            "list": lambda items: [self.read(item) for item in items],
            "dict": lambda pairs: {self.read(key): self.read(item) for key, item in pairs},
            "date": date.fromisoformat,
        }

    def read(self, written: Any) -> Any:
        if isinstance(written, list):
            return tuple([self.read(item) for item in written])
        if not isinstance(written, dict):
            return written
        ((tag, content),) = written.items()
        if (plain := self._plain.get(tag)) is not None:
            return plain(content)
        kind = _kinds()[tag]
        if issubclass(kind, Enum):
            return kind(content)
        arguments = [self.read(item) for item in content]
        if issubclass(kind, PreprocessError):
            message, code, advice = map(str, arguments)
            return kind(message, code=code, advice=advice)
        return kind(*arguments)


@cache
def _kinds() -> dict[str, type]:
    """Return every class that may travel, by its name."""
    found: dict[str, type] = {}
    for name in _DATA_MODULES:
        module = import_module(f".{name}", __package__)
        found |= {kind.__name__: kind for kind in _classes(vars(module).values(), module.__name__)}
    return found


def _classes(things: Iterable[object], module: str) -> Iterable[type]:
    for thing in things:
        if not isinstance(thing, type) or thing.__module__ != module:
            continue
        if is_dataclass(thing) or issubclass(thing, Enum | PreprocessError | CaptureRejected):
            yield thing


@cache
def _given(kind: type) -> tuple[str, ...]:
    """Return the fields that the constructor takes, in its order."""
    return tuple(field.name for field in fields(kind) if field.init)


def _fraction(parts: Sequence[int]) -> Fraction:
    numerator, denominator = parts
    if type(numerator) is not int or type(denominator) is not int or denominator <= 0:
        raise ValueError
    return Fraction(numerator, denominator)
