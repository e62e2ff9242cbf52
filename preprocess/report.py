"""What a judgement says: findings, one per rule, gathered into a report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """Outcome of one rule."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"
    NOT_ASSESSED = "not-assessed"

    @property
    def gravity(self) -> int:
        """Order for comparisons: pass < not-assessed < warn < fail."""
        return _GRAVITY[self]


_GRAVITY = {Status.PASS: 0, Status.NOT_ASSESSED: 1, Status.WARN: 2, Status.FAIL: 3}


class Rung(IntEnum):
    """The ladder of least change; a larger number changes more."""

    AS_IS = 0
    STRIP = 1
    TRIM = 2
    CROP = 3
    RESAMPLE = 4

    @property
    def label(self) -> str:
        """Name in JSON and on the screen."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found."""

    rule: str
    """Stable rule id, such as ``FACE001``."""
    status: Status
    message: str
    """One sentence for people: what was found."""
    measured: bool | int | float | str | None = None
    """The measured value in ``unit``; None when nothing could be measured."""
    limit: bool | int | float | str | None = None
    """The limit it was held to, in ``unit``; text where it is a range (``2-5``)."""
    unit: str | None = None
    advice: str | None = None
    """What a camera user can do about it; None when there is nothing to do."""
    predicts: str | None = None
    """Error code that the service would most likely answer with; None when it would not object."""
    remedy: Rung | None = None
    """Least rung that mends it; None when no rung does. Only meaningful for ``warn`` and ``fail``."""

    @property
    def needs_mending(self) -> bool:
        """Whether the payload must not go out with this finding although a rung can mend it."""
        return self.status in (Status.WARN, Status.FAIL) and self.remedy is not None


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one picture or clip, in the order of the rules."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings with status ``fail``."""
        return tuple(f for f in self.findings if f.status is Status.FAIL)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings with status ``warn``."""
        return tuple(f for f in self.findings if f.status is Status.WARN)

    @property
    def unmendable(self) -> tuple[Finding, ...]:
        """Failures that no rung of the ladder can mend."""
        return tuple(f for f in self.failures if f.remedy is None)

    @property
    def passed(self) -> bool:
        """Whether nothing fails."""
        return not self.failures

    def of(self, rule: str) -> Finding | None:
        """Return the finding of ``rule``, or None where the rule did not apply."""
        return next((f for f in self.findings if f.rule == rule), None)

    def merged(self, other: Report | tuple[Finding, ...]) -> Report:
        """Return both; where both speak of one rule, the graver finding stays."""
        merged = {f.rule: f for f in self.findings}
        for finding in other.findings if isinstance(other, Report) else other:
            held = merged.get(finding.rule)
            if held is None or finding.status.gravity > held.status.gravity:
                merged[finding.rule] = finding
        return Report(tuple(merged.values()))

    def strict(self, advice_rules: frozenset[str]) -> Report:
        """Return the same report with warnings of ``advice_rules`` raised to failures."""
        return Report(
            tuple(
                replace(f, status=Status.FAIL)
                if f.status is Status.WARN and f.rule in advice_rules
                else f
                for f in self.findings
            )
        )
