from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from fuzz.coverage import TARGETS, one_input
from fuzz.mutate import mutated
from fuzz.seeds import Seed, all_seeds


@pytest.fixture(scope="module")
def seeds() -> tuple[Seed, ...]:
    return all_seeds(with_real=False)


@pytest.mark.parametrize("target", TARGETS)
def test_our_parsers_answer_anything(target: str, seeds: tuple[Seed, ...]) -> None:
    for number in range(150):
        one_input(target, mutated(seeds, 30, number)[1][: 1 << 16])


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_a_coverage_guided_run_starts_and_ends() -> None:
    command = [sys.executable, "-m", "fuzz.coverage", "sniff", "--seconds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "number_of_executed_units" in done.stderr
