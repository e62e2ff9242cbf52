"""Output: a file appears under its name whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from .errors import MachineError, PreprocessError, UsageError

TEMPORARY_PREFIX = ".faceready-"
"""How unfinished files are called; one left behind by a power cut or SIGKILL may be deleted."""

_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def write_whole(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = False) -> Path:
    """Write ``data`` to a private temporary file beside ``path``, flush it to the disk, then give it its name.

    Readers of ``path`` see nothing, the old file, or all of the new one, whatever happens and whenever.
    Also correct where the folder's name is too long to be joined with another one, and where names are no UTF-8.

    Args:
        path: Where to; the folder must exist.
        data: The whole content.
        overwrite: Replace an existing file instead of refusing. A symbolic link is replaced, not followed.

    Returns:
        The path written, as given.

    Raises:
        UsageError: Something is there already (``usage.exists``), or the folder is missing; nothing was written.
        MachineError: The disk is full or read-only, or a permission is missing; nothing was left behind.
    """
    target = Path(path)
    refuse_existing(target, overwrite=overwrite)
    with _folder(target) as folder, _translated():
        temporary = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
        try:
            _write(temporary, data, folder)
            if overwrite:
                os.replace(temporary, target.name, src_dir_fd=folder, dst_dir_fd=folder)
            else:
                _publish(temporary, target.name, folder)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
        _flush(folder)
    return target


def refuse_existing(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Do nothing if `write_whole` could write to ``path``, as far as can be told beforehand.

    Raises:
        UsageError: A file is in the way (``usage.exists``), or with ``overwrite`` something that is no file.
    """
    with _translated():
        try:
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode):
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(path)  # noqa: PTH116 - --force must not replace a link to a device
        except FileNotFoundError:
            return
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        message = "the output's name belongs to a folder, pipe or device"
        raise UsageError(message, code="usage.not-a-file", advice="Choose another name.")
    if not overwrite:
        message = "the output file exists already"
        raise UsageError(message, code="usage.exists", advice="Use --force to replace it.")


def _write(name: str, data: bytes, folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        # Private while unfinished; finished, it is a file like any other that this user makes.
        os.fchmod(descriptor, 0o666 & ~_umask())
        _flush(descriptor)
    finally:
        os.close(descriptor)


def _publish(temporary: str, name: str, folder: int) -> None:
    """Give the temporary file its name unless that has been taken meanwhile."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as exc:
        if exc.errno not in _NO_HARD_LINKS:
            raise
    else:
        return
    # FAT, exFAT, some network disks: reserve the name, then move the finished file over it.
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
    try:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise


def _flush(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):  # what cannot be flushed
            raise


def _umask() -> int:
    """Return the umask without touching it: setting and resetting it would race with other threads."""
    with contextlib.suppress(OSError), open("/proc/self/status", "rb") as status:  # noqa: PTH123
        for line in status:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    return 0o077


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[int]:
    with _translated():
        descriptor = _open_folder(target.parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_folder(folder: Path) -> int:
    flags = os.O_DIRECTORY | os.O_CLOEXEC
    try:
        return os.open(folder, flags | os.O_RDONLY)
    except PermissionError:  # a drop box: writable, but not to be listed, nor flushed
        return os.open(folder, flags | os.O_PATH)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as exc:
        raise _meaning(exc) from exc


def _meaning(exc: OSError | ValueError) -> PreprocessError:
    """Return what an error of the system means for the caller; its own text may hold the path."""
    number = exc.errno if isinstance(exc, OSError) else None
    reason = os.strerror(number) if number is not None else "the name holds a null byte"
    if number == errno.EEXIST:
        message = "the output file exists already"
        return UsageError(message, code="usage.exists", advice="Use --force to replace it.")
    if number in (None, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR, errno.ELOOP):
        message = f"the output cannot have that name: {reason}"
        advice = "Name an existing folder and a shorter name."
        return UsageError(message, code="usage.output", advice=advice)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        message = f"the output does not fit on the disk: {reason}; nothing was left behind"
        return MachineError(
            message, code="machine.disk-full", advice="Make room, or write elsewhere."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        message = f"the output may not be written: {reason}"
        advice = "Choose a folder that this user may write to."
        return MachineError(message, code="machine.permission", advice=advice)
    message = f"writing the output failed: {reason}; nothing was left behind"
    return MachineError(message, code="machine.write", advice="Check the disk or the connection.")
