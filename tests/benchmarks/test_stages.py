"""The profile by stages: each second counted once, in the stage that spent it."""

from __future__ import annotations

import sys
import threading
import time
import types

import pytest

from benchmarks.stages import Stages

ROOM_S = 0.02


def spend(seconds: float) -> None:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> tuple[Stages, types.ModuleType]:
    module = types.ModuleType("staged")

    def outer() -> None:
        spend(0.05)
        module.inner()

    module.outer, module.inner = outer, lambda: spend(0.1)
    module.check = lambda: module.inner()
    monkeypatch.setitem(sys.modules, "staged", module)
    counted = Stages()
    for name, label in (("outer", "outer"), ("inner", "inner"), ("check", "verify")):
        counted.watch(f"staged:{name}", label)
    return counted, module


def test_a_stage_is_counted_without_those_it_calls(stages) -> None:
    counted, module = stages
    module.outer()
    assert counted.cpu_s["outer"] == pytest.approx(0.05, abs=ROOM_S)
    assert counted.cpu_s["inner"] == pytest.approx(0.1, abs=ROOM_S)


def test_work_of_the_verification_has_rows_of_its_own(stages) -> None:
    counted, module = stages
    module.check()
    assert counted.cpu_s["verify: inner"] == pytest.approx(0.1, abs=ROOM_S)
    assert counted.cpu_s["verify"] == pytest.approx(0, abs=ROOM_S)
    assert "inner" not in counted.cpu_s


def test_threads_are_counted_apart(stages) -> None:
    counted, module = stages
    threads = [threading.Thread(target=module.outer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted.cpu_s["inner"] == pytest.approx(0.2, abs=2 * ROOM_S)
