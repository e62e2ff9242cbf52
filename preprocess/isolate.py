"""Isolation: a capture is worked on in a child process, so that what goes wrong costs that capture alone.

The child is a fresh interpreter (never a fork of a process with threads), limited in memory, CPU time and files, cut
off from the network where the system allows it, without the environment's secrets, and used again for the next capture.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, Literal, Self, overload

from . import isolate_wire as wire
from .errors import DeadlineExceededError, IsolationError, MachineError
from .options import Options, Progress
from .payload import Payload
from .profile import Profile
from .source import Source

TASKS = {
    "prepare": "preprocess.pipeline:prepare_source",
    "plan": "preprocess.pipeline:plan_source",
}
"""What workers do, as ``module:function``; each is called with the caller's arguments and a `Watch`."""

MEMORY_BYTES = 3 << 30
"""Private memory that a worker may hold. Source: the hungriest legal still measured, a PNG of 64 megapixels with
alpha, takes 1.9 GB of it."""
CPU_S = 300.0
"""CPU time for one capture without a time limit of its own: half a minute of work for each minute of a legal clip."""
CAPTURES_MAX = 200
"""Captures after which a worker is replaced, so that leaks in foreign code do not add up."""
GRACE_S = 0.5
"""How long after its deadline a worker may still answer by itself before it is killed."""
START_S = 60.0
"""How long a worker may take to start before this machine counts as unfit."""

_BOOT = (
    "import json, sys; told = json.loads(sys.argv[1]); sys.path[:] = told.pop('path'); "
    "from preprocess.isolate_worker import main; main(**told)"
)
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "FACEREADY_MODELS")
_ENVIRONMENT_PREFIXES = ("LC_", "PYTHON", "MALLOC_", "OMP_")
"""Variables that a worker gets to see; credentials are not among them."""


class IsolatedWorker:
    """One child process; serves one thread at a time.

    Args:
        memory_bytes: Limit for its private memory.
        cpu_s: Limit for the CPU time of each capture.

    Raises:
        MachineError: No child process can be started.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_s: float = CPU_S) -> None:
        self.captures = 0
        self._overdue = False
        request_read, request_write = os.pipe()
        reply_read, reply_write = os.pipe()
        lifeline_read, self._lifeline = os.pipe()
        theirs = (request_read, reply_write, lifeline_read)
        told = {
            "path": sys.path,
            "request_fd": request_read,
            "reply_fd": reply_write,
            "lifeline_fd": lifeline_read,
            "memory_bytes": memory_bytes,
            "cpu_s": cpu_s,
        }
        self._requests = Connection(request_write, readable=False)
        self._replies = Connection(reply_read, writable=False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-P", "-c", _BOOT, json.dumps(told)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=theirs,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the parent, who ends us
            )
        except OSError as exc:
            self._close_pipes()
            message = f"no worker process can be started: {os.strerror(exc.errno or 0)}"
            raise MachineError(message, code="machine.worker") from exc
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._await_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the child can take another capture."""
        return self._process.poll() is None

    def run(
        self,
        task: str,
        *args: object,
        timeout_s: float | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Return what ``task`` returns when called in the child with ``args`` and a `Watch`.

        Args:
            task: Key of `TASKS`, or ``module:function``.
            args: Made of our data classes and plain Python values.
            timeout_s: Seconds from now; the child is killed when it has not answered shortly after.
            progress: Called in this thread; when it raises, the child is killed and the error passes on.

        Raises:
            DeadlineExceededError: ``timeout_s`` passed; the child was killed if it did not stop by itself.
            IsolationError: The child died or failed; it is gone, the caller is unharmed.
            PreprocessError: What the task itself raised; the child lives on.
            CaptureRejected: Likewise.
        """
        self.captures += 1
        request = (TASKS.get(task, task), args, timeout_s, progress is not None)
        try:
            with self._killed_after(timeout_s):
                known = wire.send(self._requests, request)
                verdict, value = self._reply(known, progress)
        except (EOFError, ConnectionError) as exc:
            raise self._obituary(timeout_s) from exc
        except wire.ForgedReplyError as exc:
            self.close()
            message = "the worker's answer is not one of ours: it may have been taken over"
            raise IsolationError(message, code="isolation.forged") from exc
        except BaseException:
            self.close()  # it is in the middle of something, and nobody waits for it
            raise
        if verdict == "done":
            return value
        if verdict == "raised" and isinstance(value, Exception):
            raise value
        self.close()
        message = f"the worker failed: {value}"
        advice = "This is a fault of faceready: please report it with the kind of capture."
        raise IsolationError(message, code="isolation.failed", advice=advice)

    def close(self) -> None:
        """Kill the child, whatever it is doing; may be called again."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def release_pipes(self) -> None:
        """Let go of a child that belongs to the process we were forked from."""
        self._process.returncode = 0  # not ours to wait for
        self._close_pipes()

    def _reply(self, known: list[bytes], progress: Progress | None) -> tuple[object, object]:
        while True:
            reply = wire.receive(self._replies, known)[0]
            if not isinstance(reply, tuple) or len(reply) not in (2, 3):
                raise wire.ForgedReplyError(type(reply).__name__)
            if reply[0] != "progress":
                return reply[0], reply[1]
            if progress is not None:
                progress(str(reply[1]), float(reply[2]))

    def _await_ready(self) -> None:
        try:
            with self._killed_after(START_S):
                wire.receive(self._replies)
        except (EOFError, ConnectionError, wire.ForgedReplyError) as exc:
            self.close()
            message = "the worker process does not start"
            raise MachineError(message, code="machine.worker") from exc
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def _killed_after(self, timeout_s: float | None) -> Iterator[None]:
        """Kill the child when the block takes longer; whoever reads from it or writes to it then sees its end."""
        if timeout_s is None:
            yield
            return
        timer = threading.Timer(timeout_s + GRACE_S, self._kill_overdue)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _kill_overdue(self) -> None:
        self._overdue = True
        self._process.kill()

    def _obituary(self, timeout_s: float | None) -> DeadlineExceededError | IsolationError:
        """Return why the child is gone."""
        self.close() if self._overdue else self._process.wait()
        self._close_pipes()
        status = self._process.returncode
        if self._overdue:
            message = f"the time limit of {timeout_s:g} s passed; the work was stopped by force"
            return DeadlineExceededError(message)
        if status == -signal.SIGXCPU:
            message = "the worker used up its CPU time on this capture"
            return IsolationError(message, code="isolation.cpu")
        if status < 0:
            message = f"the worker was ended by {signal.Signals(-status).name} on this capture"
            return IsolationError(message, code="isolation.crash")
        message = f"the worker ended itself with status {status} on this capture"
        return IsolationError(message, code="isolation.crash")

    def _close_pipes(self) -> None:
        self._requests.close()
        self._replies.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


class IsolatedPool:
    """Workers for any number of threads: as many as run at once, idle ones kept for the next capture.

    Args:
        memory_bytes: Limit for the private memory of each worker.
        cpu_s: Limit for the CPU time of each capture.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, cpu_s: float = CPU_S) -> None:
        self._memory_bytes = memory_bytes
        self._cpu_s = cpu_s
        self._idle: list[IsolatedWorker] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        task: str,
        *args: object,
        timeout_s: float | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Return what ``task`` returns in a worker; see `IsolatedWorker.run`."""
        worker = self._borrow()
        try:
            return worker.run(task, *args, timeout_s=timeout_s, progress=progress)
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """Kill all idle workers; the pool starts new ones when it is used again."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def forget(self) -> None:
        """Let go of workers that belong to the process we were forked from."""
        self._lock = threading.Lock()
        while self._idle:
            self._idle.pop().release_pipes()

    def _borrow(self) -> IsolatedWorker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                worker.close()
        return IsolatedWorker(memory_bytes=self._memory_bytes, cpu_s=self._cpu_s)

    def _give_back(self, worker: IsolatedWorker) -> None:
        if worker.is_alive and worker.captures < CAPTURES_MAX:
            with self._lock:
                self._idle.append(worker)
        else:
            worker.close()


_shared = IsolatedPool()
atexit.register(_shared.close)
os.register_at_fork(after_in_child=_shared.forget)


@overload
def run_isolated(
    task: Literal["prepare"],
    source: Source,
    profile: Profile,
    options: Options,
    /,
    *,
    timeout_s: float | None = None,
    progress: Progress | None = None,
) -> Payload: ...
@overload
def run_isolated(
    task: str,
    /,
    *args: object,
    timeout_s: float | None = None,
    progress: Progress | None = None,
) -> Any: ...
def run_isolated(
    task: str,
    /,
    *args: object,
    timeout_s: float | None = None,
    progress: Progress | None = None,
) -> Any:
    """Return what ``task`` returns in a worker of the pool that the whole process shares; see `IsolatedWorker.run`."""
    return _shared.run(task, *args, timeout_s=timeout_s, progress=progress)


def close_workers() -> None:
    """Kill the idle workers of the shared pool; runs by itself when the process ends."""
    _shared.close()


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }
