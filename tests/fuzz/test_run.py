"""The short seeded run of the suite; `make fuzz` starts the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import run as fuzz_run
from fuzz.run import run
from fuzz.seeds import Seed, all_seeds
from preprocess.errors import IsolationError

INPUTS = 300
PEAK_BYTES_MAX = 1 << 30
"""Resident memory of a worker; the seeds are small, so that more means that a lie was believed."""
SLOWEST_S = 20.0
"""One input, also on a machine where other tests run."""


@pytest.fixture(scope="module")
def seeds() -> tuple[Seed, ...]:
    return all_seeds(with_real=False)


def test_mutated_files_cause_no_trouble(seeds: tuple[Seed, ...]) -> None:
    summary = run(seeds, seed=20, numbers=range(INPUTS), jobs=2)
    assert summary.troubles == []
    assert summary.inputs == INPUTS
    assert summary.peak_bytes < PEAK_BYTES_MAX
    assert summary.slowest_s < SLOWEST_S
    assert len(summary.outcomes) > 5, "the mutations do not reach far"
    assert summary.outcomes["ready"] > 0, "no mutation is gentle enough to get through"


def test_trouble_is_told_and_its_input_kept(
    seeds: tuple[Seed, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crashing(fuzz_run.IsolatedWorker):
        def run(self, *_: object, **__: object) -> object:
            self.close()
            message = "the worker was ended by SIGSEGV on this capture"
            raise IsolationError(message, code="isolation.crash")

    monkeypatch.setattr(fuzz_run, "IsolatedWorker", Crashing)
    told: list[fuzz_run.Trouble] = []
    summary = run(seeds, seed=1, numbers=[4], save_to=tmp_path, tell=told.append)
    assert [trouble.what for trouble in told] == ["isolation.crash: " + CRASH] * 2
    assert summary.troubles == told
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith("1-4-")


CRASH = "the worker was ended by SIGSEGV on this capture"
