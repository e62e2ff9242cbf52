"""Judges face captures and makes them compliant with the least change to their pixels."""

from .errors import (
    CancelledError,
    CaptureRejected,
    DeadlineExceededError,
    IsolationError,
    LimitExceededError,
    MachineError,
    PreprocessError,
    SourceError,
    UnreadableError,
    UnsupportedError,
    UsageError,
    VerificationError,
)
from .geometry import Box, Orientation, PixelBox, Point, Size
from .media import ClipInfo, Kind, Media, StillInfo
from .payload import Payload
from .pipeline import prepare
from .plans import LedgerEntry, WhyNot, Window
from .preflight import Checked, CheckOutcome, check
from .profile import Profile
from .report import Finding, Report, Rung, Status

__all__ = [
    "Box",
    "CancelledError",
    "CaptureRejected",
    "CheckOutcome",
    "Checked",
    "ClipInfo",
    "DeadlineExceededError",
    "Finding",
    "IsolationError",
    "Kind",
    "LedgerEntry",
    "LimitExceededError",
    "MachineError",
    "Media",
    "Orientation",
    "Payload",
    "PixelBox",
    "Point",
    "PreprocessError",
    "Profile",
    "Report",
    "Rung",
    "Size",
    "SourceError",
    "Status",
    "StillInfo",
    "UnreadableError",
    "UnsupportedError",
    "UsageError",
    "VerificationError",
    "WhyNot",
    "Window",
    "check",
    "prepare",
]
