"""Counts what a stretch of code costs: wall time, CPU time with threads and children, memory.

Standard library alone: this runs inside the environments of the peers.
"""

import contextlib
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_KIB_PER_MIB = 1024.0
_RESET_PEAK = "5"
"""Writing it to /proc/self/clear_refs resets the peak of the resident set (proc(5))."""


@dataclass
class Meter:
    """Adds up the stretches that a task marks; what lies between them is not counted."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    """User and system time of all threads, and of children that have ended."""
    peak_mib: float = 0.0
    """Largest resident set during the stretches, of this process or of a child."""
    rise_mib: float = 0.0
    """Largest rise of this process's resident set over the start of a stretch."""
    parts: dict[str, float] = field(default_factory=dict)
    """CPU seconds by name, where a task names its stretches."""

    @contextlib.contextmanager
    def __call__(self, part: str | None = None) -> Iterator[None]:
        """Count the block; `part` files its CPU time under a name."""
        _reset_peak()
        start_mib = _resident_mib("VmRSS")
        cpu, wall = _cpu_s(), time.perf_counter()
        try:
            yield
        finally:
            self.wall_s += time.perf_counter() - wall
            spent_s = _cpu_s() - cpu
            self.cpu_s += spent_s
            if part:
                self.parts[part] = self.parts.get(part, 0.0) + spent_s
            own_mib = _resident_mib("VmHWM")
            self.rise_mib = max(self.rise_mib, own_mib - start_mib)
            children_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KIB_PER_MIB
            self.peak_mib = max(self.peak_mib, own_mib, children_mib)

    def reading(self) -> dict[str, Any]:
        """Return the sums as plain data."""
        return {
            "wall_s": self.wall_s,
            "cpu_s": self.cpu_s,
            "peak_mib": self.peak_mib,
            "rise_mib": self.rise_mib,
            "parts": self.parts,
        }


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _reset_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)


def _resident_mib(name: str) -> float:
    """Return a line of /proc/self/status; elsewhere than on Linux the peak since the start."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
    line = next(line for line in status.splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) / _KIB_PER_MIB
