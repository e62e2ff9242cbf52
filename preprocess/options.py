"""What a caller may ask of the pipeline, beyond the profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

StillFormat = Literal["png", "jpeg"]
Container = Literal["mp4", "avi", "flv"]

Progress = Callable[[str, float], None]
"""Called with the stage's name and the share done in it, 0 to 1. Raise `CancelledError` in it to stop."""


@dataclass(frozen=True, slots=True)
class Options:
    """Wishes for the payload; the defaults change least."""

    still_format: StillFormat = "png"
    """Form of stills that had to be decoded: png loses nothing, jpeg (quality 95, 4:4:4) is smaller."""
    container: Container = "mp4"
    """Container of clips that had to be rewritten."""
    max_base64_chars: int | None = None
    """Hard ceiling for the payload in base64 characters; None means the profile's."""
    keep_audio: bool = False
    auto_rotate: bool = False
    """Turn a picture whose face lies on its side or upside down, although no tag says so."""
