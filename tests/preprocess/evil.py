"""Tasks that misbehave, for the worker of tests/preprocess/test_isolate.py. Imported by workers alone."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import socket
import sys
import time
from pathlib import Path

from preprocess.errors import CaptureRejected, UnreadableError
from preprocess.report import Finding, Report, Rung, Status
from preprocess.watch import Watch


def echo(value: object, watch: Watch) -> object:
    return value


def pid(watch: Watch) -> int:
    return os.getpid()


def segfault(watch: Watch) -> None:
    faulthandler.disable()
    ctypes.string_at(0)


def spin(watch: Watch) -> None:
    while True:
        pass


def spin_holding_the_interpreter(watch: Watch) -> None:
    """Neither signals handlers nor other threads of Python get a turn, as in a stuck decoder."""
    libc = ctypes.PyDLL(None)
    libc.sleep(3600)


def sleep_politely(watch: Watch) -> None:
    while True:
        watch.tick("sleep")
        time.sleep(0.01)


def hoard(watch: Watch) -> int:
    held = []
    while True:
        held.append(b"x" * (1 << 24))


def hoard_in_foreign_code(watch: Watch) -> None:
    import numpy as np

    np.ones((1 << 33,), np.uint8)


def quit_at_once(watch: Watch) -> None:
    os._exit(7)


def raise_ours(watch: Watch) -> None:
    message = "the file is cut short"
    raise UnreadableError(message, code="source.truncated", advice="Copy it again.")


def reject(watch: Watch) -> None:
    finding = Finding("FACE001", Status.FAIL, "no face", measured=0, remedy=Rung.CROP)
    raise CaptureRejected(Report((finding,)))


def raise_theirs(watch: Watch) -> None:
    message = "/home/someone/secret.jpg"
    raise KeyError(message)


def chatter(watch: Watch) -> None:
    print("out")
    print("err", file=sys.stderr)
    os.write(1, b"out\n")
    os.write(2, b"err\n")


def write_file(path: str, watch: Watch) -> None:
    Path(path).write_bytes(b"x")


def environment(watch: Watch) -> list[str]:
    return sorted(os.environ)


def connect(port: int, watch: Watch) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError as exc:
        return type(exc).__name__
    return "connected"


def count_up(watch: Watch) -> str:
    for step in range(5):
        watch.tick("count", step / 4)
    return "counted"


def open_files(watch: Watch) -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def return_a_stranger(watch: Watch) -> object:
    return Path("/etc/passwd")


def send_rubbish(fd_hint: int, watch: Watch) -> None:
    """Write half a message to every pipe this process can write to."""
    message = b'["done",'
    for fd in range(3, 64):
        try:
            os.write(fd, (len(message) + 4).to_bytes(4, "big") + bytes(4) + message)
        except OSError:
            continue
    time.sleep(5)
