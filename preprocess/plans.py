"""Plans as data: which rung, why not a higher one, and exactly what to do. Nothing here touches pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .geometry import Box, Orientation, PixelBox, Size
from .options import Container, StillFormat
from .report import Finding, Rung


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a rung that changes less was not enough."""

    rung: Rung
    rule: str
    """Id of the rule that stands in its way."""
    reason: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change that was made, for the record."""

    step: str
    """Verb of the step: ``turn``, ``crop``, ``scale``, ``rate``, ``colour``, ``metadata``, ``code``, ..."""
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a clip, half-open, in seconds from its first shown frame."""

    start_s: Fraction
    end_s: Fraction

    @property
    def length_s(self) -> Fraction:
        """End minus start."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class StillPlan:
    """How a still becomes a payload."""

    rung: Rung
    orientation: Orientation
    """Stored pixels to upright, tag and --auto-rotate together."""
    crop: PixelBox
    """In pixels of the upright source; the whole picture on `as-is` and `strip`."""
    target: Size
    form: StillFormat
    """Form of the result; the source's own on `as-is` and `strip`."""
    face: Box
    """The subject in pixels of the upright source."""
    max_base64_chars: int
    why_not_higher: tuple[WhyNot, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    """What the plan itself has to warn about (enlarging, a face near the limit)."""

    @property
    def scale(self) -> float:
        """Payload pixels per source pixel."""
        return self.target.width / self.crop.width


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch that was considered as the window of a clip."""

    window: Window
    score: float
    """Higher is better; only comparable within one clip."""
    reasons: tuple[str, ...]
    """Why it scored as it did, or why it cannot be used."""
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """How a clip becomes a payload."""

    rung: Rung
    window: Window
    rate_fps: Fraction
    """Constant rate of the payload."""
    frame_times_s: tuple[Fraction, ...] = field(repr=False)
    """Source time of each payload frame; a repeated time is a repeated frame."""
    orientation: Orientation
    crop: PixelBox
    """In pixels of the upright source with square pixels; the whole picture on rungs above `crop`."""
    target: Size
    container: Container
    keep_audio: bool
    face: Box
    """Smallest box that holds the subject throughout the window, upright source pixels."""
    max_base64_chars: int
    candidates: tuple[Candidate, ...] = ()
    why_not_higher: tuple[WhyNot, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def scale(self) -> float:
        """Payload pixels per source pixel."""
        return self.target.width / self.crop.width


Plan = StillPlan | ClipPlan


@dataclass(frozen=True, slots=True)
class Made:
    """What execution made: a candidate payload, not yet proven."""

    data: bytes = field(repr=False)
    ledger: tuple[LedgerEntry, ...] = ()
