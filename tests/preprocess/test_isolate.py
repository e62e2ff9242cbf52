from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from preprocess.errors import (
    CancelledError,
    CaptureRejected,
    DeadlineExceededError,
    IsolationError,
    LimitExceededError,
    UnreadableError,
)
from preprocess.isolate import CAPTURES_MAX, IsolatedPool, IsolatedWorker
from preprocess.report import Rung

SMALL_BYTES = 512 << 20
"""Memory limit here: enough for an interpreter with numpy, and quickly used up."""
QUICK_S = 10.0
"""Nothing here may take longer; a machine under load takes its time to start an interpreter."""


@pytest.fixture(autouse=True)
def evil_tasks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.fixture
def worker() -> Iterator[IsolatedWorker]:
    with IsolatedWorker(memory_bytes=SMALL_BYTES, cpu_s=2) as worker:
        yield worker


@pytest.fixture
def pool() -> Iterator[IsolatedPool]:
    with IsolatedPool(memory_bytes=SMALL_BYTES, cpu_s=2) as pool:
        yield pool


def test_a_worker_is_another_process_and_is_used_again(worker: IsolatedWorker) -> None:
    first = worker.run("evil:pid")
    assert first == worker.pid != os.getpid()
    assert worker.run("evil:pid") == first


def test_large_bytes_go_there_and_back(worker: IsolatedWorker) -> None:
    data = os.urandom(3 << 20)
    assert worker.run("evil:echo", {"large": data, "small": b"x"}) == {"large": data, "small": b"x"}


def test_bytes_that_were_sent_come_back_as_the_same_object(worker: IsolatedWorker) -> None:
    data = bytes(1 << 20)
    assert worker.run("evil:echo", data) is data


@pytest.mark.parametrize(
    ("task", "code", "words"),
    [
        ("evil:segfault", "isolation.crash", "SIGSEGV"),
        ("evil:quit_at_once", "isolation.crash", "status 7"),
        ("evil:spin", "isolation.cpu", "CPU time"),
        ("evil:raise_theirs", "isolation.failed", "KeyError"),
        ("evil:return_a_stranger", "isolation.failed", "TypeError"),
        ("evil:no_such_function", "isolation.failed", "AttributeError"),
    ],
)
def test_what_kills_a_worker_costs_that_capture_alone(
    pool: IsolatedPool, task: str, code: str, words: str
) -> None:
    with pytest.raises(IsolationError, match=words) as caught:
        pool.run(task)
    assert caught.value.code == code
    assert caught.value.advice
    assert pool.run("evil:echo", "next") == "next"


def test_an_unexpected_error_is_told_without_its_text(worker: IsolatedWorker) -> None:
    with pytest.raises(IsolationError) as caught:
        worker.run("evil:raise_theirs")
    assert "secret" not in str(caught.value)
    assert "evil.py" in str(caught.value)
    assert str(Path(__file__).parent) not in str(caught.value)


@pytest.mark.parametrize("task", ["evil:hoard", "evil:hoard_in_foreign_code"])
def test_a_memory_bomb_is_a_limit_exceeded_and_takes_no_memory_here(
    pool: IsolatedPool, task: str
) -> None:
    with pytest.raises(LimitExceededError, match="512 MiB") as caught:
        pool.run(task)
    assert caught.value.code == "source.limit.memory"
    assert pool.run("evil:echo", "next") == "next"


@pytest.mark.parametrize("task", ["evil:sleep_politely", "evil:spin_holding_the_interpreter"])
def test_a_deadline_holds_even_in_stuck_foreign_code(pool: IsolatedPool, task: str) -> None:
    pool.run("evil:pid")
    begun = time.monotonic()
    with pytest.raises(DeadlineExceededError, match=r"time limit of 0\.3 s"):
        pool.run(task, timeout_s=0.3)
    assert time.monotonic() - begun < QUICK_S
    assert pool.run("evil:echo", "next") == "next"


def test_errors_of_the_task_arrive_whole_and_the_worker_lives_on(worker: IsolatedWorker) -> None:
    with pytest.raises(UnreadableError, match="cut short") as caught:
        worker.run("evil:raise_ours")
    assert (caught.value.code, caught.value.advice) == ("source.truncated", "Copy it again.")
    with pytest.raises(CaptureRejected) as rejected:
        worker.run("evil:reject")
    finding = rejected.value.report.of("FACE001")
    assert finding is not None
    assert finding.remedy is Rung.CROP
    assert worker.is_alive


def test_progress_is_forwarded_and_may_cancel(pool: IsolatedPool) -> None:
    seen: list[tuple[str, float]] = []
    assert pool.run("evil:count_up", progress=lambda *step: seen.append(step)) == "counted"
    assert seen[0] == ("count", 0.0)
    assert seen[-1] == ("count", 1.0)

    def stop(stage: str, share: float) -> None:
        raise CancelledError(stage)

    with pytest.raises(CancelledError, match="count"):
        pool.run("evil:count_up", progress=stop)
    assert pool.run("evil:echo", "next") == "next"


def test_rubbish_on_the_pipe_is_refused(pool: IsolatedPool) -> None:
    with pytest.raises(IsolationError) as caught:
        pool.run("evil:send_rubbish", 0)
    assert caught.value.code == "isolation.forged"


def test_a_worker_prints_nothing(worker: IsolatedWorker, capfd: pytest.CaptureFixture[str]) -> None:
    worker.run("evil:chatter")
    assert capfd.readouterr() == ("", "")


def test_a_worker_writes_no_files(worker: IsolatedWorker, tmp_path: Path) -> None:
    with pytest.raises(IsolationError, match="OSError"):
        worker.run("evil:write_file", str(tmp_path / "left"))
    assert not (tmp_path / "left").exists() or (tmp_path / "left").stat().st_size == 0


def test_a_worker_does_not_see_credentials(
    pool: IsolatedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "not a real one")
    assert "TENCENTCLOUD_SECRET_KEY" not in pool.run("evil:environment")


def _can_leave_the_network() -> bool:
    probe = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x40000000 | 0x10000000) != 0)"
    return subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


@pytest.mark.skipif(not _can_leave_the_network(), reason="this system allows no network namespaces")
def test_a_worker_reaches_no_network_not_even_loopback(worker: IsolatedWorker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert worker.run("evil:connect", server.getsockname()[1]) != "connected"


def test_workers_die_with_a_parent_that_is_killed() -> None:
    script = (
        "import sys, threading; from preprocess.isolate import IsolatedWorker\n"
        "worker = IsolatedWorker(); print(worker.pid, flush=True)\n"
        "worker.run('evil:spin_holding_the_interpreter')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=QUICK_S)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_worker_outlives_the_thread_that_started_it(pool: IsolatedPool) -> None:
    def first() -> int:
        found = pool.run("evil:pid")
        assert isinstance(found, int)
        return found

    with ThreadPoolExecutor(1) as threads:
        started = threads.submit(first).result()
    assert pool.run("evil:pid") == started


def test_an_interrupt_in_the_parent_kills_the_child_and_passes_on() -> None:
    worker = IsolatedWorker(memory_bytes=SMALL_BYTES, cpu_s=60)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            worker.run("evil:spin")
        assert not worker.is_alive
    finally:
        timer.join()
        worker.close()


def test_threads_get_workers_of_their_own(pool: IsolatedPool) -> None:
    both_run = threading.Barrier(2, timeout=QUICK_S)

    def work(_: int) -> object:
        return pool.run("evil:count_up", progress=once(both_run))

    def once(barrier: threading.Barrier):
        def progress(stage: str, share: float) -> None:
            if share == 0:
                barrier.wait()

        return progress

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(work, range(2))) == ["counted"] * 2


def test_workers_leave_no_descriptors_behind(pool: IsolatedPool) -> None:
    pool.run("evil:pid")
    pool.close()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for task in ("evil:quit_at_once", "evil:raise_ours", "evil:pid"):
        with contextlib.suppress(IsolationError, UnreadableError):
            pool.run(task)
    pool.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_workers_inherit_no_descriptors(worker: IsolatedWorker, tmp_path: Path) -> None:
    # 0, 1, 2, request, reply, lifeline, and the one that lists them
    assert worker.run("evil:open_files") == 7


def test_a_worker_is_replaced_after_its_share_of_captures(pool: IsolatedPool) -> None:
    first = pool.run("evil:pid")
    for _ in range(CAPTURES_MAX - 1):
        assert pool.run("evil:pid") == first
    assert pool.run("evil:pid") != first


def test_a_forked_process_starts_its_own_workers() -> None:
    script = (
        "import os, warnings; warnings.simplefilter('ignore')\n"
        "from preprocess.isolate import run_isolated\n"
        "mine = run_isolated('evil:pid')\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(run_isolated('evil:pid') == mine)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert run_isolated('evil:pid') == mine\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=60)
