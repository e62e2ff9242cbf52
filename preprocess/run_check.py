"""A run of `check` over one or many captures: what the command line does, without printing or exiting."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from .errors import MachineError, PreprocessError
from .gather import STDIN, Gathered, gather
from .media import Media
from .options import Progress
from .preflight import Checked, CheckOutcome, Wanted, check_source, made_strict, worst
from .profile import Profile
from .side_by_side import SourceProgress, side_by_side
from .source import Source, display_name, read_source

MAX_WORKERS = 4
"""Captures judged at once, at most: each worker holds one capture and one set of models in memory."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    """Everything that `faceready check` was asked for."""

    named: tuple[str, ...]
    profile: Profile
    quick: bool = False
    strict: bool = False
    snapshots: bool = False
    """Whether reduced pictures are wanted, for annotation or a page."""
    timeout_s: float | None = None
    isolate: bool | None = None
    """None: for more than one capture, unless ``quick``."""

    def gathered(self) -> Gathered:
        """Return the captures.

        Raises:
            UsageError: See `gather`.
        """
        return gather(self.named)


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A finished run: what every form of output is made from."""

    profile: Profile
    files: tuple[Checked, ...]
    skipped: tuple[str, ...] = ()
    """Files of named folders that are neither photos nor clips."""
    strict: bool = False
    quick: bool = False

    @property
    def outcome(self) -> CheckOutcome:
        """The outcome that decides the exit status."""
        return worst([checked.outcome for checked in self.files])

    def count(self, outcome: CheckOutcome) -> int:
        """Return how many captures ended with ``outcome``."""
        return sum(checked.outcome is outcome for checked in self.files)


def run_check(
    job: CheckJob, files: Sequence[str], progress: SourceProgress | None = None
) -> Iterator[Checked]:
    """Judge ``files`` and yield what was found, in the order given.

    Args:
        job: How to judge them.
        files: Paths, or ``-`` for standard input.
        progress: Told how far each capture is.
    """
    isolate = len(files) > 1 and not job.quick if job.isolate is None else job.isolate
    workers = min(len(files), MAX_WORKERS, len(os.sched_getaffinity(0))) if isolate else 1

    def one(name: str, told: SourceProgress) -> Checked:
        return _check_one(job, name, isolate=isolate, progress=told)

    yield from side_by_side(one, files, workers=workers, progress=progress)


def _check_one(job: CheckJob, name: str, *, isolate: bool, progress: SourceProgress) -> Checked:
    shown = "stdin" if name == STDIN else display_name(Path(name).name)
    told: Progress = partial(progress, shown)

    path = None if name == STDIN else name
    try:
        checked = check_source(
            _read(name, job.profile),
            job.profile,
            Wanted(plan=not job.quick, snapshots=job.snapshots),
            quick=job.quick,
            timeout_s=job.timeout_s,
            isolate=isolate,
            progress=told,
        )
    except PreprocessError as exc:
        return Checked(shown, error=exc, path=path)
    except MemoryError:
        message = "there is not enough memory to judge this capture"
        return Checked(shown, error=MachineError(message, code="machine.memory"), path=path)
    spent = SpentMedia.of(checked.media) if checked.media else None
    checked = replace(checked, path=path, media=spent)
    return made_strict(checked) if job.strict else checked


@dataclass(frozen=True, slots=True)
class SpentMedia(Media):
    """Facts about a source whose content was let go of, so that a long run does not hold every file it has judged."""

    spent_bytes: int = 0
    """Size of the content."""

    @property
    def size_bytes(self) -> int:
        """Size of the source."""
        return self.spent_bytes

    @classmethod
    def of(cls, media: Media) -> SpentMedia:
        """Return ``media`` without its content."""
        return cls(media.name, b"", media.sha256, media.info, media.size_bytes)


def _read(name: str, profile: Profile) -> Source:
    if name == STDIN:
        return read_source(sys.stdin.buffer, profile=profile, name="stdin")
    return read_source(name, profile=profile)
