"""Runs mutated files through `prepare` and `check --quick` in isolated workers, and says what went wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from preprocess.errors import (
    CaptureRejected,
    DeadlineExceededError,
    IsolationError,
    LimitExceededError,
    MachineError,
    PreprocessError,
    VerificationError,
)
from preprocess.isolate import IsolatedWorker
from preprocess.options import Options
from preprocess.payload import Payload
from preprocess.profile import Profile
from preprocess.source import Source, read_source

from .mutate import mutated
from .seeds import Seed

TIMEOUT_S = 30.0
"""A small file that takes longer hangs, also on a busy machine."""
LEAK_BYTES = 400 << 20
"""How much a worker may grow between its 20th capture and its last; caches and fragmentation stay far below."""
_SETTLED_AFTER = 20
_WORKER_CAPTURES = 150


@dataclass(frozen=True, slots=True)
class Trouble:
    """An input that did what no input may do."""

    number: int
    origin: str
    what: str


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""
    peak_bytes: int = 0
    """Largest resident memory of a worker."""
    growth_bytes: int = 0
    """Largest growth of a worker between its 20th capture and its last."""
    wall_s: float = 0.0

    def add(self, other: Summary) -> None:
        """Count ``other`` in."""
        self.inputs += other.inputs
        self.outcomes += other.outcomes
        self.troubles += other.troubles
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)
        self.growth_bytes = max(self.growth_bytes, other.growth_bytes)


def run(
    seeds: Sequence[Seed],
    *,
    seed: int,
    numbers: Sequence[int],
    jobs: int = 1,
    save_to: Path | None = None,
    tell: Callable[[Trouble], None] | None = None,
) -> Summary:
    """Return the summary of the inputs ``numbers``.

    Args:
        seeds: What to mutate.
        seed: Makes the run repeatable.
        numbers: Which inputs.
        jobs: Workers at once.
        save_to: Folder for inputs that made trouble.
        tell: Called with each trouble as it happens.
    """
    begun = time.perf_counter()
    shares = [numbers[start::jobs] for start in range(jobs)]
    total = Summary()
    with ThreadPoolExecutor(jobs) as threads:
        for part in threads.map(
            lambda share: _run_share(seeds, seed, share, save_to, tell), shares
        ):
            total.add(part)
    total.troubles.sort(key=lambda trouble: trouble.number)
    total.wall_s = time.perf_counter() - begun
    return total


def _run_share(
    seeds: Sequence[Seed],
    seed: int,
    numbers: Sequence[int],
    save_to: Path | None,
    tell: Callable[[Trouble], None] | None,
) -> Summary:
    summary = Summary()
    profile = Profile.builtin()
    worker = _Watched(summary)
    try:
        for number in numbers:
            origin, data = mutated(seeds, seed, number)
            source = read_source(data, profile=profile, name=origin)
            summary.inputs += 1
            for what in worker.judge(source, profile):
                trouble = Trouble(number, origin, what)
                summary.troubles.append(trouble)
                if tell is not None:
                    tell(trouble)
                if save_to is not None:
                    save_to.mkdir(parents=True, exist_ok=True)
                    (save_to / f"{seed}-{number}-{origin}").write_bytes(data)
    finally:
        worker.close()
    return summary


class _Watched:
    """A worker whose memory and time are watched, replaced when it dies or has done its share."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary
        self._worker: IsolatedWorker | None = None
        self._settled_bytes = 0

    def judge(self, source: Source, profile: Profile) -> list[str]:
        """Return what went wrong with ``source``; usually nothing."""
        quick = self._run(
            source, ("preprocess.preflight:examine", source, profile, True, False, False)
        )
        prepared = self._run(source, ("prepare", source, profile, Options()))
        troubles = [outcome[1:] for outcome in (quick, prepared) if outcome.startswith("!")]
        self._summary.outcomes[prepared.split(":")[0]] += 1
        if grown := self._measure():
            troubles.append(grown)
        return troubles

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _run(self, source: Source, call: tuple[object, ...]) -> str:
        """Return how it ended; what may not be begins with an exclamation mark."""
        if self._worker is None or not self._worker.is_alive:
            self.close()
            self._worker, self._settled_bytes = IsolatedWorker(), 0
        begun = time.perf_counter()
        task, *args = call
        try:
            result = self._worker.run(str(task), *args, timeout_s=TIMEOUT_S)
        except CaptureRejected as exc:
            return "rejected" if exc.report.failures else "!rejected without a reason"
        except (IsolationError, VerificationError, MachineError, DeadlineExceededError) as exc:
            return f"!{exc.code}: {exc}"
        except LimitExceededError as exc:
            return exc.code
        except PreprocessError as exc:
            return exc.code if exc.advice else f"!{exc.code} without advice"
        finally:
            self._note_time(source, time.perf_counter() - begun)
        return "ready" if isinstance(result, Payload) else "checked"

    def _note_time(self, source: Source, took_s: float) -> None:
        if took_s > self._summary.slowest_s:
            self._summary.slowest_s, self._summary.slowest = took_s, source.name

    def _measure(self) -> str | None:
        if self._worker is None or not self._worker.is_alive:
            return None
        held = psutil.Process(self._worker.pid).memory_info().rss
        self._summary.peak_bytes = max(self._summary.peak_bytes, held)
        if self._worker.captures < _SETTLED_AFTER:
            return None
        self._settled_bytes = self._settled_bytes or held
        grown = held - self._settled_bytes
        self._summary.growth_bytes = max(self._summary.growth_bytes, grown)
        if grown > LEAK_BYTES:
            self.close()
            return f"leak: the worker grew by {grown >> 20} MiB"
        if self._worker.captures >= _WORKER_CAPTURES:
            self.close()
        return None
