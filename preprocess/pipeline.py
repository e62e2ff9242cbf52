"""The pipeline: `prepare` tells the whole story, each stage lives in a module of its name."""

from __future__ import annotations

from pathlib import Path

from .check import check_media
from .detectors import borrowed_detector
from .errors import CaptureRejected
from .execute import execute
from .faces import Sightings
from .look import look
from .media import Media
from .options import Container, Options, Progress, StillFormat
from .payload import Payload
from .plan import make_plan
from .plans import Plan
from .probe import probe
from .profile import Profile
from .reader import open_reader
from .report import Report
from .source import Source, SourceLike, read_source
from .verify import verify
from .watch import Watch


def prepare(
    source: SourceLike,
    *,
    profile: str | Path | Profile | None = None,
    max_base64_chars: int | None = None,
    still_format: StillFormat = "png",
    container: Container = "mp4",
    keep_audio: bool = False,
    auto_rotate: bool = False,
    timeout_s: float | None = None,
    isolate: bool = False,
    progress: Progress | None = None,
    name: str | None = None,
) -> Payload:
    """Return a compliant photo or clip made from ``source`` with the least change to its pixels.

    Args:
        source: Path, content, or binary file of a photo or clip.
        profile: Name of a built-in profile, path of a TOML file, or a `Profile`; the default is Tencent's.
        max_base64_chars: Hard ceiling for the payload in base64 characters; the profile's advice by default.
        still_format: Form of a photo that had to be recoded: ``png`` loses nothing, ``jpeg`` is smaller.
        container: Container of a clip that had to be rewritten.
        keep_audio: Keep a clip's sound.
        auto_rotate: Turn a picture whose face lies on its side or upside down although no tag says so.
        timeout_s: Seconds after which to give up; None for no limit.
        isolate: Work in a child process with memory and CPU limits, so that a crash costs this capture alone.
        progress: Called with stage and share done; raise `CancelledError` in it to stop.
        name: Name to show for the source instead of its own.

    Returns:
        The payload, proven compliant.

    Raises:
        CaptureRejected: A rule is broken that no change can mend; ``.report`` says which and what to do.
        SourceError: The source cannot be read; nothing was written.
        DeadlineExceededError: ``timeout_s`` passed.
        MachineError: A library, model or memory is missing on this machine.
        UsageError: An argument is wrong.
    """
    limits = Profile.load(profile)
    options = Options(still_format, container, max_base64_chars, keep_audio, auto_rotate)
    read = read_source(source, profile=limits, name=name)
    if isolate:
        from .isolate import run_isolated

        return run_isolated(
            "prepare", read, limits, options, timeout_s=timeout_s, progress=progress
        )
    return prepare_source(read, limits, options, Watch(timeout_s, progress))


def prepare_source(source: Source, profile: Profile, options: Options, watch: Watch) -> Payload:
    """Return the payload of a source that was read whole; see `prepare`."""
    media = probe(source, profile, watch)
    with open_reader(media) as reader, borrowed_detector() as detector:
        sightings = look(reader, detector, profile, options, watch)
        report = check_media(media, sightings, profile, keep_audio=options.keep_audio)
        plan = _planned(media, sightings, report, profile, options)
        made = execute(plan, reader, watch)
        return verify(made, plan, media, sightings, profile, detector, watch)


def plan_source(
    source: Source, profile: Profile, options: Options, watch: Watch
) -> tuple[Media, Sightings, Report, Plan]:
    """Return what was found in a source and what would be done with it; no payload is made.

    Raises:
        CaptureRejected: As `prepare`.
        PreprocessError: As `prepare`.
    """
    media = probe(source, profile, watch)
    with open_reader(media, makes_payload=False) as reader, borrowed_detector() as detector:
        sightings = look(reader, detector, profile, options, watch)
    report = check_media(media, sightings, profile, keep_audio=options.keep_audio)
    return media, sightings, report, _planned(media, sightings, report, profile, options)


def _planned(
    media: Media, sightings: Sightings, report: Report, profile: Profile, options: Options
) -> Plan:
    try:
        return make_plan(media, sightings, report, profile, options)
    except CaptureRejected as exc:
        raise CaptureRejected(exc.report, media) from None
