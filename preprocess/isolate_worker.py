"""The worker's side of isolation: limits itself, then does one capture after the other for its parent."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from math import ceil
from multiprocessing.connection import Connection
from pathlib import PurePath

from . import isolate_wire as wire
from .errors import CaptureRejected, LimitExceededError, PreprocessError
from .watch import Watch

_OPEN_FILES_MAX = 256
_PROGRESS_EVERY_S = 0.05
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
"""Source: prctl(2), unshare(2)."""


def main(
    request_fd: int, reply_fd: int, lifeline_fd: int, *, memory_bytes: int, cpu_s: float
) -> None:
    """Serve requests until the parent closes its end.

    Args:
        request_fd: Where ``(task, args, timeout_s, wants_progress)`` arrives, ``task`` as ``module:function``.
        reply_fd: Where ``("ready",)``, ``("progress", stage, share)``, ``("done", result)``, ``("raised", error)``
            and ``("failed", what)`` go.
        lifeline_fd: Read end of a pipe that only the parent holds open: when it closes, this process is killed.
        memory_bytes: Limit for private memory.
        cpu_s: Limit for the CPU time of each capture.
    """
    _die_with_parent(lifeline_fd)
    _shut_in(memory_bytes)
    with Connection(request_fd) as requests, Connection(reply_fd) as replies:
        wire.send(replies, ("ready",))
        while True:
            try:
                (task, args, timeout_s, wants_progress), blobs = wire.receive(requests)
            except EOFError:
                return
            _renew_cpu_limit(cpu_s)
            progress = _forwarder(replies) if wants_progress else None
            reply = _answer(task, args, Watch(timeout_s, progress), memory_bytes)
            try:
                wire.send(replies, reply, blobs)
            except (TypeError, ValueError) as exc:  # a result that cannot travel: our fault
                wire.send(replies, ("failed", _where(exc)))
            del args, reply, blobs


def _answer(
    task: str, args: tuple[object, ...], watch: Watch, memory_bytes: int
) -> tuple[str, object]:
    module, _, function = task.partition(":")
    try:
        work: Callable[..., object] = getattr(import_module(module), function)
        return "done", work(*args, watch)
    except (PreprocessError, CaptureRejected) as exc:
        return "raised", exc
    except MemoryError:
        message = f"the source needs more memory than {memory_bytes >> 20} MiB"
        return "raised", LimitExceededError(message, code="source.limit.memory")
    except BaseException as exc:
        return "failed", _where(exc)


def _where(exc: BaseException) -> str:
    """Return the error's kind and where it came from, without its text, which may hold paths or content."""
    frames = traceback.extract_tb(exc.__traceback__)[-4:]
    steps = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return " < ".join([type(exc).__name__, *reversed(steps)])


def _forwarder(replies: Connection) -> Callable[[str, float], None]:
    """Return a progress callback that sends the first and last of each stage, and few in between."""
    last_stage, last_s = "", 0.0

    def forward(stage: str, share: float) -> None:
        nonlocal last_stage, last_s
        now_s = time.monotonic()
        if stage != last_stage or share >= 1 or now_s - last_s >= _PROGRESS_EVERY_S:
            last_stage, last_s = stage, now_s
            wire.send(replies, ("progress", stage, share))

    return forward


def _die_with_parent(lifeline_fd: int) -> None:
    """Have the kernel kill this process when the pipe closes, even in the middle of foreign code.

    Not PR_SET_PDEATHSIG: that fires when the thread ends that started us, although the parent lives on.
    """
    fcntl.fcntl(lifeline_fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline_fd, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline_fd, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):  # it may have closed before we listened
        os.read(lifeline_fd, 1)
        os._exit(1)


def _shut_in(memory_bytes: int) -> None:
    """Give up what decoding does not need: core dumps, files, privileges, the network where that is allowed."""
    sys.dont_write_bytecode = True
    # RLIMIT_DATA counts private writable memory. RLIMIT_AS would count what MediaPipe and thread stacks only
    # reserve: 1.4 GB of address space for 0.4 GB of data (measured with mediapipe 1.2.2).
    _limit(resource.RLIMIT_DATA, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES_MAX)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (capped, capped))


def _renew_cpu_limit(cpu_s: float) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = ceil(usage.ru_utime + usage.ru_stime + cpu_s)
    soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
