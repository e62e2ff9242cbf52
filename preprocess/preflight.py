"""The pre-flight check of one capture: probe, look, check, plan; judged as it is, nothing is made or written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from pathlib import Path

from .check import ADVICE_RULES, check_media
from .errors import CaptureRejected, PreprocessError, SourceError, UnreadableError, UnsupportedError
from .faces import Sightings
from .media import Kind, Media
from .options import Options, Progress
from .plans import Plan
from .probe import probe
from .profile import Profile
from .report import Finding, Report, Status
from .rules import RULES, Rule
from .rules.still import EXTENSIONS as STILL_EXTENSIONS
from .sniff import sniff
from .source import Source, SourceLike, read_source
from .watch import Watch


class CheckOutcome(Enum):
    """How a check ended; the value is the exit status."""

    PASSED = 0
    FAILED = 1
    ERROR = 2

    @property
    def label(self) -> str:
        """Name in JSON and on the screen."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A reduced picture of a frame that was looked at."""

    time_s: Fraction
    jpeg: bytes = field(repr=False)
    """Upright picture, baseline JPEG."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found out about one capture."""

    name: str
    """Name for display: no folder, no control characters."""
    report: Report = field(default_factory=Report)
    media: Media | None = field(default=None, repr=False)
    """Facts about the capture; None where not even these could be had."""
    sightings: Sightings | None = field(default=None, repr=False)
    plan: Plan | None = field(default=None, repr=False)
    """What `prepare` would do; None when it was not asked for, or would refuse."""
    snapshots: tuple[Snapshot, ...] = field(default=(), repr=False)
    error: PreprocessError | None = None
    """Why nothing could be judged; None when it could."""
    path: str | None = None
    """As the user named the file; None for bytes and streams."""

    @property
    def outcome(self) -> CheckOutcome:
        """Passed, failed, or not to be judged."""
        if self.error is not None:
            return CheckOutcome.ERROR
        return CheckOutcome.PASSED if self.report.passed else CheckOutcome.FAILED


def worst(outcomes: Sequence[CheckOutcome]) -> CheckOutcome:
    """Return the outcome that decides a run's exit status: error before failed before passed."""
    return max(outcomes, key=lambda outcome: outcome.value, default=CheckOutcome.PASSED)


def check(
    source: SourceLike,
    *,
    profile: str | Path | Profile | None = None,
    quick: bool = False,
    strict: bool = False,
    timeout_s: float | None = None,
    isolate: bool = False,
    progress: Progress | None = None,
    name: str | None = None,
) -> Checked:
    """Return what the rules find in ``source`` as it is; nothing is changed or written.

    Args:
        source: Path, content, or binary file of a photo or clip.
        profile: Name of a built-in profile, path of a TOML file, or a `Profile`; the default is Tencent's.
        quick: Judge by header and packets alone; what needs pixels or faces comes out as not assessed.
        strict: Let advice fail.
        timeout_s: Seconds after which to give up; None for no limit.
        isolate: Work in a child process with memory and CPU limits.
        progress: Called with stage and share done; raise `CancelledError` in it to stop.
        name: Name to show for the source instead of its own.

    Returns:
        The findings. A source that cannot be decoded fails IMG002 or VID003; it does not raise.

    Raises:
        LimitExceededError: The source is larger than the profile's reading limits allow.
        DeadlineExceededError: ``timeout_s`` passed.
        MachineError: A library, model or memory is missing on this machine.
        UsageError: An argument is wrong, or there is no such file.
    """
    limits = Profile.load(profile)
    read = read_source(source, profile=limits, name=name)
    wanted = Wanted(plan=not quick)
    checked = check_source(
        read, limits, wanted, quick=quick, timeout_s=timeout_s, isolate=isolate, progress=progress
    )
    return made_strict(checked) if strict else checked


def made_strict(checked: Checked) -> Checked:
    """Return ``checked`` with broken advice counted as failure."""
    return replace(checked, report=checked.report.strict(ADVICE_RULES))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be found out beyond the findings."""

    plan: bool = True
    """What `prepare` would do."""
    snapshots: bool = False
    """Reduced pictures of what was looked at."""


def check_source(
    source: Source,
    profile: Profile,
    wanted: Wanted,
    *,
    quick: bool = False,
    timeout_s: float | None = None,
    isolate: bool = False,
    progress: Progress | None = None,
) -> Checked:
    """Return what the rules find in a source that was read whole; see `check`."""
    told = (source, profile, quick, wanted.plan, wanted.snapshots)
    if isolate:
        from .isolate import run_isolated

        found = run_isolated(f"{__name__}:examine", *told, timeout_s=timeout_s, progress=progress)
    else:
        found = examine(*told, Watch(timeout_s, progress))
    media, sightings, report, plan, snapshots = found
    return Checked(
        source.name,
        report,
        media,
        sightings,
        plan,
        tuple(Snapshot(time_s, jpeg) for time_s, jpeg in snapshots),
    )


Examined = tuple[
    Media | None, Sightings | None, Report, Plan | None, tuple[tuple[Fraction, bytes], ...]
]
"""Media, sightings, report, plan, snapshots: plain parts, as they come back from an isolated worker."""


def examine(
    source: Source,
    profile: Profile,
    quick: bool,
    wants_plan: bool,
    wants_snapshots: bool,
    watch: Watch,
) -> Examined:
    """Return all that is found out about a source; runs in an isolated worker, too."""
    try:
        media = probe(source, profile, watch)
    except (UnreadableError, UnsupportedError) as exc:
        return None, None, _unprobed(source, exc), None, ()
    if quick:
        return media, None, _with_planned(media, check_media(media, None, profile)), None, ()
    from .detectors import borrowed_detector
    from .look import look
    from .snapshots import snapping_reader

    try:
        with snapping_reader(media, profile, wanted=wants_snapshots) as reader:
            with borrowed_detector() as detector:
                sightings = look(reader, detector, profile, Options(), watch)
            snapshots = tuple(reader.snapshots())
    except (UnreadableError, UnsupportedError) as exc:
        report = check_media(media, None, profile, damage=exc)
        return media, None, _with_planned(media, report), None, ()
    report = check_media(media, sightings, profile)
    plan, rejection = _planned(media, sightings, report, profile) if wants_plan else (None, None)
    return media, sightings, _with_planned(media, report, plan, rejection), plan, snapshots


def _planned(
    media: Media, sightings: Sightings, report: Report, profile: Profile
) -> tuple[Plan | None, Report | None]:
    from .plan import make_plan

    try:
        return make_plan(media, sightings, report, profile, Options()), None
    except CaptureRejected as exc:
        return None, exc.report


def _with_planned(
    media: Media, report: Report, plan: Plan | None = None, rejection: Report | None = None
) -> Report:
    """Return ``report`` with what the planner alone can judge, in the order of the rules."""
    planned = plan.findings if plan else rejection.findings if rejection else ()
    told = {finding.rule: finding for finding in planned}
    found = {finding.rule: finding for finding in report.findings}
    return Report(tuple(_in_order(media.kind, found, told, has_plan=plan is not None)))


def _in_order(
    kind: Kind, found: dict[str, Finding], told: dict[str, Finding], *, has_plan: bool
) -> Iterator[Finding]:
    for rule in RULES:
        if kind not in rule.kinds:
            continue
        if rule.judge is not None:
            yield found[rule.id]
        elif (finding := told.get(rule.id)) is not None:
            # The file is judged as it is: that nothing can be made of it is no reason for the service to refuse it.
            yield replace(finding, status=Status.WARN, advice=finding.advice or rule.advice)
        elif has_plan:
            yield Finding(
                rule.id, Status.PASS, f"as planned: {rule.title[0].lower()}{rule.title[1:-1]}"
            )
        else:
            yield Finding(rule.id, Status.NOT_ASSESSED, f"no plan says {rule.planned_by}")


def _unprobed(source: Source, error: SourceError) -> Report:
    """Return the report on a source of which not even the header can be read: one failure."""
    rule = _rule(_broken_rule(source, error))
    return Report(
        (
            Finding(
                rule.id,
                Status.FAIL,
                error.message,
                measured=False,
                limit=True,
                advice=error.advice or rule.advice,
                predicts=rule.predicts,
            ),
        )
    )


def _rule(rule_id: str) -> Rule:
    return next(rule for rule in RULES if rule.id == rule_id)


def _broken_rule(source: Source, error: SourceError) -> str:
    """Return which rule an unprobed source breaks: of form when it is of no known one, else that it decodes."""
    try:
        kind = sniff(source.data).kind
    except PreprocessError:
        stills = set().union(*STILL_EXTENSIONS.values())
        is_still = source.extension is None or source.extension in stills
        unknown = isinstance(error, UnsupportedError)
        return (
            ("IMG001" if unknown else "IMG002") if is_still else ("VID001" if unknown else "VID003")
        )
    if kind is Kind.IMAGE:
        return "IMG002"
    return "VID002" if error.code == "source.codec" else "VID003"
