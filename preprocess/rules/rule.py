"""What a rule is: data for people and scripts, and one small pure function that judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Any, TypeAlias

from ..errors import SourceError
from ..faces import Sightings
from ..media import ClipInfo, Kind, Media, StillInfo
from ..profile import Profile
from ..report import Finding, Rung, Status

Value: TypeAlias = bool | int | float | str | None
"""A measured value or a limit as reports show it."""


class Severity(StrEnum):
    """What breaking a rule means."""

    HARD = "hard"
    """The service refuses it, or nothing can be judged: fail."""
    ADVICE = "advice"
    """Against what the service advises: warn, or fail under ``--strict``."""
    QUALITY = "quality"
    """A measure without a calibrated limit: warn, never blocks."""


class Need(StrEnum):
    """The evidence without which a rule cannot be assessed."""

    HEADER = "header"
    """Header, tables and segments; there once a source was probed."""
    PACKETS = "packets"
    """The clip's packets; there once a source was probed."""
    PIXELS = "pixels"
    """Decoded pixels; missing under ``--quick``."""
    FACES = "faces"
    """What the detector saw; missing under ``--quick`` and for undecodable sources."""


@dataclass(frozen=True, slots=True)
class Document:
    """Where a rule comes from."""

    title: str
    date: date


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rule may look at."""

    media: Media
    sightings: Sightings | None
    """None when the pixels were not looked at."""
    profile: Profile
    keep_audio: bool = False
    """Whether the caller wants the sound kept."""
    damage: SourceError | None = None
    """Why the pixels could not be decoded; None when they could, or were not tried."""

    @property
    def still(self) -> StillInfo:
        """Facts of a still; only asked for by rules for stills."""
        assert isinstance(self.media.info, StillInfo)  # noqa: S101 - the table runs rules by kind
        return self.media.info

    @property
    def clip(self) -> ClipInfo:
        """Facts of a clip; only asked for by rules for clips."""
        assert isinstance(self.media.info, ClipInfo)  # noqa: S101 - the table runs rules by kind
        return self.media.info

    @property
    def seen(self) -> Sightings:
        """What the detector saw; only asked for by rules that need faces or pixels."""
        assert self.sightings is not None  # noqa: S101 - the table checks what a rule needs first
        return self.sightings


class Keep(Enum):
    """Says "as the rule's table has it" where None has a meaning of its own."""

    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule's function says; the table adds severity, remedy and advice."""

    status: Status | None
    """None: broken, as gravely as the rule's severity says."""
    message: str
    measured: Value = None
    limit: Value = None
    unit: str | None = None
    remedy: Rung | Keep | None = Keep.RULE
    advice: str | None = None
    """In place of the rule's own advice; None keeps that."""


def held(
    message: str, measured: Value = None, limit: Value = None, unit: str | None = None
) -> Verdict:
    """Return the verdict of a rule that is kept."""
    return Verdict(Status.PASS, message, measured, limit, unit)


def unknown(reason: str) -> Verdict:
    """Return the verdict of a rule that could not be assessed, with the reason."""
    return Verdict(Status.NOT_ASSESSED, reason)


def broken(
    message: str, measured: Value = None, limit: Value = None, unit: str | None = None, **other: Any
) -> Verdict:
    """Return the verdict of a rule that is broken; ``other`` are fields of `Verdict`."""
    return Verdict(**{"status": None, **other}, message=message, measured=measured, limit=limit, unit=unit)  # fmt: skip


def doubtful(
    message: str, measured: Value = None, limit: Value = None, unit: str | None = None, **other: Any
) -> Verdict:
    """Return the verdict of a rule that is kept only just: a warning that never blocks."""
    more = {"remedy": None, **other}
    return Verdict(Status.WARN, message, measured, limit, unit, **more)


Judge: TypeAlias = Callable[[Evidence], Verdict]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its data, and the function that judges."""

    id: str
    """Stable; never reused for another meaning."""
    title: str
    """What must hold, one short sentence."""
    severity: Severity
    kinds: frozenset[Kind]
    need: Need
    document: Document
    advice: str
    """What a camera user can do about it."""
    judge: Judge | None
    """None for rules that only a planner can judge; see ``planned_by``."""
    remedy: Rung | None = None
    """Least rung that usually mends it; a verdict may say otherwise."""
    predicts: str | None = None
    """Error code that the service would most likely answer with."""
    planned_by: str | None = None
    """What the planner found out, for rules that ``check`` cannot judge without a plan."""

    def apply(self, evidence: Evidence) -> Finding:
        """Return what the rule finds in ``evidence``."""
        assert self.judge is not None  # noqa: S101 - the table runs only rules that judge
        verdict = self._missing(evidence) or self.judge(evidence)
        status = verdict.status
        if status is None:
            status = Status.FAIL if self.severity is Severity.HARD else Status.WARN
        blames = status in (Status.WARN, Status.FAIL)
        return Finding(
            rule=self.id,
            status=status,
            message=verdict.message,
            measured=verdict.measured,
            limit=verdict.limit,
            unit=verdict.unit,
            advice=(verdict.advice or self.advice or None) if blames else None,
            predicts=self.predicts if blames else None,
            remedy=self._remedy(verdict) if blames else None,
        )

    def _remedy(self, verdict: Verdict) -> Rung | None:
        if self.severity is Severity.QUALITY:
            return None
        return self.remedy if isinstance(verdict.remedy, Keep) else verdict.remedy

    def _missing(self, evidence: Evidence) -> Verdict | None:
        """Return why the rule cannot be assessed; None when what it needs is there."""
        if self.need is not Need.FACES or evidence.sightings is not None:
            return None
        if evidence.damage is not None:
            return unknown("not looked at: the pixels cannot be decoded")
        return unknown("not looked at: only header and packets were read")


STILLS = frozenset({Kind.IMAGE})
CLIPS = frozenset({Kind.VIDEO})
BOTH = frozenset({Kind.IMAGE, Kind.VIDEO})
