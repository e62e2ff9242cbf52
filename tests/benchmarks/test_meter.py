"""The meter counts what lies inside its stretches and nothing else."""

import subprocess
import sys
import time

from benchmarks.meter import Meter

BURN_S = 0.1
"""CPU time that a stretch is made to use: far above the clock's grain."""
BLOCK_MIB = 64


def burn(cpu_s: float) -> None:
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


def test_only_the_marked_stretches_are_counted_and_filed_by_name():
    meter = Meter()
    burn(BURN_S)
    with meter("one"):
        burn(BURN_S)
    with meter("two"):
        burn(2 * BURN_S)
    assert set(meter.parts) == {"one", "two"}
    assert meter.parts["one"] >= BURN_S * 0.9
    assert meter.parts["two"] >= BURN_S * 1.8
    assert meter.cpu_s == sum(meter.parts.values())
    assert meter.wall_s >= 3 * BURN_S * 0.9


def test_the_cpu_time_of_a_child_is_counted_once_it_has_ended():
    meter = Meter()
    code = f"import time\nwhile time.process_time() < {BURN_S}: pass"
    with meter():
        subprocess.run([sys.executable, "-c", code], check=True)
    assert meter.cpu_s >= BURN_S * 0.9


def test_memory_freed_before_the_stretch_does_not_count_as_its_rise():
    held = bytearray(BLOCK_MIB << 20)
    held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
    del held
    meter = Meter()
    with meter():
        pass
    assert meter.rise_mib < BLOCK_MIB / 2
    with meter():
        held = bytearray(BLOCK_MIB << 20)
        held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
        del held
    assert meter.rise_mib > BLOCK_MIB * 0.9


def test_a_stretch_that_fails_is_counted_and_the_error_passes_through():
    meter = Meter()
    try:
        with meter("bad"):
            burn(BURN_S)
            raise KeyError
    except KeyError:
        pass
    assert meter.parts["bad"] >= BURN_S * 0.9
