"""A run of `prepare` over one or many sources: what the command line does, without printing or exiting."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .errors import CaptureRejected, PreprocessError
from .gather import MEDIA_EXTENSIONS, STDIN, Gathered, gather
from .naming import Destination, destination, refuse_conflicts
from .options import Options, Progress
from .outcome import Outcome
from .output import write_whole
from .payload import Payload
from .profile import Profile
from .side_by_side import SourceProgress, side_by_side
from .source import Source, display_name, read_source
from .watch import Watch

MAX_WORKERS = 4
"""Sources worked on at once, at most: each worker holds one capture and one set of models in memory."""


@dataclass(frozen=True, slots=True)
class PrepareJob:
    """Everything that `faceready prepare` was asked for."""

    named: tuple[str, ...]
    options: Options
    profile: Profile
    output: Path | None = None
    out_dir: Path | None = None
    overwrite: bool = False
    timeout_s: float | None = None
    isolate: bool | None = None
    """None: for more than one source."""

    def gathered(self) -> Gathered:
        """Return the sources.

        Raises:
            UsageError: See `gather`.
        """
        return gather(self.named)


_SAME_FORM = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".m4v": ".mp4"}


def run_prepare(
    job: PrepareJob, files: Sequence[str], progress: SourceProgress | None = None
) -> Iterator[Outcome]:
    """Prepare ``files`` and yield their outcomes in the order given, each payload already written.

    Args:
        job: What to do with them.
        files: Paths, or ``-`` for standard input.
        progress: Told how far each source is.

    Raises:
        UsageError: A payload would overwrite something, or two payloads one another; raised before any work.
    """
    places = [destination(name, output=job.output, out_dir=job.out_dir) for name in files]
    refuse_conflicts(files, places, job.options, overwrite=job.overwrite)
    isolate = len(files) > 1 if job.isolate is None else job.isolate

    workers = min(len(files), MAX_WORKERS, len(os.sched_getaffinity(0))) if isolate else 1

    def one(source: tuple[str, Destination], told: SourceProgress) -> Outcome:
        return _prepare_one(job, *source, isolate=isolate, progress=told)

    sources = list(zip(files, places, strict=True))
    yield from side_by_side(one, sources, workers=workers, progress=progress)


def _prepare_one(
    job: PrepareJob,
    name: str,
    place: Destination,
    *,
    isolate: bool,
    progress: SourceProgress,
) -> Outcome:
    shown = "stdin" if name == STDIN else display_name(Path(name).name)
    told: Progress = partial(progress, shown)

    try:
        source = _read(name, job.profile)
        payload = _payload(job, source, told, isolate=isolate)
        told("write", 1.0)  # a last chance to stop
        path = place.path_for(payload.extension)
        write_whole(path, payload.data, overwrite=job.overwrite)
    except (CaptureRejected, PreprocessError) as exc:
        return Outcome.of_error(shown, exc)
    return Outcome.ready(payload, str(path))


def misnamed(outcome: Outcome) -> str | None:
    """Return what to say of a payload whose own name, given with --output, claims another form; None of all others."""
    if outcome.payload is None or outcome.saved_as is None:
        return None
    path, real = Path(outcome.saved_as), outcome.payload.extension
    claimed = path.suffix.lower()
    if claimed not in MEDIA_EXTENSIONS or _SAME_FORM.get(claimed, claimed) == f".{real}":
        return None
    name = display_name(path.name)
    return (
        f"note: {name} holds {real.upper()}, whatever its name says; "
        f"ask for the form with --still-format or --container, or name it .{real}"
    )


def _read(name: str, profile: Profile) -> Source:
    if name == STDIN:
        return read_source(sys.stdin.buffer, profile=profile, name="stdin")
    return read_source(name, profile=profile)


def _payload(
    job: PrepareJob, source: Source, progress: Progress | None, *, isolate: bool
) -> Payload:
    if isolate:
        from .isolate import run_isolated

        return run_isolated(
            "prepare",
            source,
            job.profile,
            job.options,
            timeout_s=job.timeout_s,
            progress=progress,
        )
    from .pipeline import prepare_source

    return prepare_source(source, job.profile, job.options, Watch(job.timeout_s, progress))
