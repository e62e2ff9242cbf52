"""Codes frames as finely as a hard ceiling allows: constant quality first, an exact pass where that is too large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from av.video.frame import VideoFrame

from ._av_write import PRESET, OverBudgetError, Quality, Sound, code_clip
from .errors import UsageError
from .options import Container
from .plans import LedgerEntry

CRF = 13
"""x264's constant quality. Source: docs/clip-quality.md."""
AIM = 0.96
"""Share of the ceiling that the exact pass aims at. Source: two passes missed by -0.7 to -3.7 % (design, section 7)."""
RETRIES = 6
"""Exact passes tried, each aiming lower by `STEP`; content that resists all of them does not fit at all."""
STEP = 0.8
MIN_BIT_RATE = 8_000
"""Bits per second below which x264 has nothing left to save."""


def coded_within(
    max_base64_chars: int,
    frames: Sequence[VideoFrame],
    rate_fps: Fraction,
    container: Container,
    *,
    sound: Sound | None = None,
    tick: Callable[[float], None] = lambda _share: None,
) -> tuple[bytes, LedgerEntry]:
    """Return ``frames`` coded as one file of at most ``max_base64_chars``, and what to say of it.

    Args:
        max_base64_chars: Ceiling in base64 characters of the finished file.
        frames: 8-bit 4:2:0, all of one size, in order; may repeat.
        rate_fps: Constant rate.
        container: mp4, avi or flv.
        sound: Sound to copy, if any.
        tick: Called with the share done, 0 to 1, once more for each pass.

    Raises:
        UsageError: Not even the coarsest coding fits (``usage.ceiling``).
        MachineError: The encoder is missing or fails.
    """
    max_bytes = max_base64_chars // 4 * 3
    duration_s = len(frames) / rate_fps

    def code(quality: Quality) -> bytes | None:
        try:
            return code_clip(
                frames, rate_fps, container, quality, max_bytes=max_bytes, sound=sound, tick=tick
            )
        except OverBudgetError:
            return None

    if (made := code(Quality(crf=CRF))) is not None:
        after = f"H.264, x264 {PRESET}, constant quality {CRF}"
        return made, LedgerEntry("code", "decoded frames", after, "the pixels changed")
    overhead_bytes = 2_000 + 20 * len(frames)
    for attempt in range(RETRIES):
        bits = max(0.0, max_bytes * AIM * STEP**attempt - overhead_bytes) * 8
        bit_rate = max(MIN_BIT_RATE, int(bits / duration_s))
        if (made := code(Quality(bit_rate=bit_rate))) is not None:
            after = f"H.264, x264 {PRESET}, two passes at {bit_rate // 1000} kbit/s"
            reason = f"constant quality {CRF} exceeded {max_base64_chars:,} base64 characters"
            return made, LedgerEntry("code", "decoded frames", after, reason)
    message = (
        f"{float(duration_s):.1f} s of this clip do not fit {max_base64_chars:,} base64 characters"
    )
    raise UsageError(message, code="usage.ceiling", advice="Allow more with --max-base64-chars.")
