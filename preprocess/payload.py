"""The payload: bytes that verification has proven compliant."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from .geometry import Box, PixelBox
from .media import Kind, Media, base64_chars
from .plans import LedgerEntry, Plan, WhyNot, Window
from .report import Report, Rung


@dataclass(frozen=True, slots=True)
class Payload:
    """A compliant photo or clip. Only `preprocess.verify.verify` makes one: holding it is the proof."""

    data: bytes = field(repr=False)
    """The finished file."""
    sha256: str
    """Of ``data``, lower-case hex."""
    kind: Kind
    form: str
    """jpeg, png, mp4, avi or flv."""
    width_px: int
    height_px: int
    face: Box
    """The subject in pixels of the payload."""
    crop: PixelBox | None
    """In pixels of the upright source; None where nothing was cut (`as-is`, `strip`, `trim`)."""
    rung: Rung
    report: Report
    """Findings about the payload, and what the plan had to warn about."""
    ledger: tuple[LedgerEntry, ...]
    why_not_higher: tuple[WhyNot, ...]
    source: Media = field(repr=False)
    plan: Plan = field(repr=False)
    codec: str | None = None
    """FFmpeg's name for a clip; None for a still."""
    duration_s: float | None = None
    rate_fps: float | None = None
    frames: int | None = None
    window: Window | None = None
    """In source seconds from its first frame; None for a still."""

    @property
    def face_input_type(self) -> int:
        """The wire field FaceInputType: 1 for a picture, 2 for a video."""
        return 1 if self.kind is Kind.IMAGE else 2

    @property
    def size_bytes(self) -> int:
        """Size of the finished file."""
        return len(self.data)

    @property
    def base64_chars(self) -> int:
        """Length of FaceInput, base64 with padding and no line breaks."""
        return base64_chars(len(self.data))

    @property
    def extension(self) -> str:
        """File name extension that tells the real form: jpg, png, mp4, avi or flv."""
        return "jpg" if self.form == "jpeg" else self.form

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the finished file, whole or not at all.

        Args:
            path: Where to; the folder must exist.
            overwrite: Replace an existing file instead of refusing.

        Returns:
            The path written.

        Raises:
            UsageError: The file exists and ``overwrite`` is False, or the folder is missing; nothing was written.
            MachineError: The disk is full or read-only; nothing was left behind.
        """
        from .output import write_whole

        return write_whole(Path(path), self.data, overwrite=overwrite)
