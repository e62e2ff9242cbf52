"""The source: any path, bytes or binary file becomes one immutable ``bytes``, within the reading limit."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import IO, TypeAlias

from .errors import LimitExceededError, MachineError, PreprocessError, UsageError
from .profile import Profile

SourceLike: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
"""What callers may pass: a path, the file's content, or a binary file opened for reading."""

_CHUNK_BYTES = 1 << 20
_SHOWN_CHARS = 120
"""Longer names are cut in the middle when shown; most terminals and all logs cope with this."""
_EXTENSION_CHARS = 16
"""A longer last part of a name is no extension that anybody could disagree with."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source read whole."""

    name: str
    """File name without folder, printable (see `display_name`); ``memory`` where there is none."""
    data: bytes = field(repr=False)
    """The whole content; may be empty."""
    extension: str | None
    """Extension of the name, lower case without dot; None when it has none."""


def read_source(source: SourceLike, *, profile: Profile, name: str | None = None) -> Source:
    """Read a source whole, but never more than the profile's ``max_source_bytes`` plus one byte.

    Only regular files are opened by path: a pipe, device, socket or folder is refused at once, without waiting for it.

    Args:
        source: Path, content or binary file. A file is read from where it stands and left open.
        profile: Its ``reading.max_source_bytes`` is the limit.
        name: Name to show instead of the source's own.

    Raises:
        UsageError: Nothing is there (``usage.missing``), or it is not a regular file or not bytes.
        LimitExceededError: It is larger than the limit; a regular file is not read for that.
        MachineError: The system refuses to read it.
    """
    limit_bytes = profile.reading.max_source_bytes
    if isinstance(source, bytes | bytearray | memoryview):
        size_bytes = memoryview(source).nbytes
        _refuse_larger(size_bytes, limit_bytes)
        return _named(bytes(source), name or "memory")
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return _named(_read_path(path, limit_bytes), name or os.path.basename(path))  # noqa: PTH119
    if hasattr(source, "read"):
        own = getattr(source, "name", None)
        found = os.path.basename(os.fsdecode(own)) if isinstance(own, str | bytes) else None  # noqa: PTH119
        return _named(_read_stream(source, limit_bytes), name or found or "memory")
    message = f"a source must be a path, bytes or a binary file, not {type(source).__name__}"
    raise UsageError(message, code="usage.source")


def display_name(name: str) -> str:
    r"""Return ``name`` fit for a terminal, a log or JSON: one line, no control characters, not endless.

    Bytes that are no UTF-8 (surrogates) appear as ``\xff``, unprintable characters as their escape.
    """
    shown = "".join(_shown(char) for char in name)
    if len(shown) > _SHOWN_CHARS:
        half = _SHOWN_CHARS // 2
        shown = f"{shown[: half - 1]}…{shown[-half:]}"
    return shown


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    if 0xDC80 <= ord(char) <= 0xDCFF:  # a byte that os.fsdecode could not decode
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


def _named(data: bytes, name: str) -> Source:
    extension = os.path.splitext(name)[1][1:].lower()  # noqa: PTH122 - a name, not a path
    if not extension or len(extension) > _EXTENSION_CHARS or not extension.isprintable():
        return Source(display_name(name), data, None)
    return Source(display_name(name), data, extension)


def _read_path(path: str, limit_bytes: int) -> bytes:
    try:
        # Looked at before opening, because opening some devices does things; and again behind the
        # descriptor, because the name may have changed hands. Non-blocking: a pipe must not hold us.
        _refuse_irregular(os.stat(path))  # noqa: PTH116
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123
            found = os.fstat(descriptor)
            _refuse_irregular(found)
            _refuse_larger(found.st_size, limit_bytes)
            data = file.read(found.st_size + 1)
            while more := file.read(min(_CHUNK_BYTES, limit_bytes + 1 - len(data))):
                data += more  # only where the file grows, or is one of /proc that hides its size
    except (OSError, ValueError) as exc:
        raise _translated(exc) from exc
    _refuse_larger(len(data), limit_bytes)
    return data


def _read_stream(stream: IO[bytes], limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    left_bytes = limit_bytes + 1
    while left_bytes > 0:
        try:
            chunk: object = stream.read(min(_CHUNK_BYTES, left_bytes))
        except (OSError, ValueError) as exc:
            raise _translated(exc) from exc
        if not isinstance(chunk, bytes | bytearray | memoryview):
            message = "a file must give bytes when read: open it in binary mode, blocking"
            raise UsageError(message, code="usage.source")
        if not chunk:
            break
        chunks.append(bytes(chunk))
        left_bytes -= len(chunk)
    _refuse_larger(limit_bytes + 1 - left_bytes, limit_bytes)
    return b"".join(chunks)


def _refuse_larger(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        message = f"the source is larger than {limit_bytes:,} bytes"
        raise LimitExceededError(message, code="source.limit.bytes")


def _refuse_irregular(found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = kinds.get(stat.S_IFMT(found.st_mode), "a special file")
    message = f"the source is {kind}, not a regular file"
    advice = "Name one file." if kind == "a folder" else "Pipe it into the command and name it `-`."
    raise UsageError(message, code="usage.not-a-file", advice=advice)


def _translated(exc: OSError | ValueError) -> PreprocessError:
    """Return what an error of the system means for the caller; its own text may hold the path."""
    number = exc.errno if isinstance(exc, OSError) else None
    if number is None:  # "embedded null byte", or a closed file
        message = "the source cannot be opened under that name, or its file is closed"
        return UsageError(message, code="usage.missing")
    reason = os.strerror(number)
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO):
        message = f"there is no such file: {reason}"
        return UsageError(message, code="usage.missing", advice="Check the name.")
    if number in (errno.EACCES, errno.EPERM):
        message = f"the source may not be read: {reason}"
        advice = "Give this user the right to read the file."
        return MachineError(message, code="machine.permission", advice=advice)
    message = f"reading the source failed: {reason}"
    return MachineError(message, code="machine.read", advice="Check the disk or the connection.")
