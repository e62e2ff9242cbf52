"""Codes frames as finely as a hard ceiling allows: constant quality first, an exact pass where that is too large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from av.video.frame import VideoFrame

from ._av_write import PRESET, OverBudgetError, Quality, code_clip
from .coder import CRF, Coder
from .errors import UsageError
from .plans import LedgerEntry

AIM = 0.96
"""Share of the ceiling that the exact pass aims at. Source: two passes missed by -0.7 to -3.7 % (design, section 7)."""
RETRIES = 6
"""Exact passes tried, each aiming lower by `STEP`; content that resists all of them does not fit at all."""
STEP = 0.8
MIN_BIT_RATE = 8_000
"""Bits per second below which x264 has nothing left to save."""


def coded_within(
    coder: Coder,
    frames: Callable[[], Sequence[VideoFrame]],
    *,
    tick: Callable[[float], None] = lambda _share: None,
) -> tuple[bytes, LedgerEntry]:
    """Return one file within the ceiling of the coder's order, and what to say of it.

    Args:
        coder: Codes, or has coded, the frames at constant quality.
        frames: Called for the same frames where that is too large: 8-bit 4:2:0, all of one size, repeated ones too.
        tick: Called with the share done, 0 to 1, once more for each pass.

    Raises:
        UsageError: Not even the coarsest coding fits (``usage.ceiling``).
        MachineError: The encoder is missing or fails.
    """
    order = coder.order
    if (made := coder.result(tick)) is not None:
        after = f"H.264, x264 {PRESET}, constant quality {CRF}"
        return made, LedgerEntry("code", "decoded frames", after, "the pixels changed")
    again = frames()
    overhead_bytes = 2_000 + 20 * len(again)
    for attempt in range(RETRIES):
        bits = max(0.0, order.max_bytes * AIM * STEP**attempt - overhead_bytes) * 8
        bit_rate = max(MIN_BIT_RATE, int(bits / order.duration_s))
        with suppress(OverBudgetError):
            made = code_clip(
                lambda: again,
                order.rate_fps,
                order.container,
                Quality(bit_rate=bit_rate),
                max_bytes=order.max_bytes,
                sound=order.sound,
                tick=lambda count, _bytes: tick(count / len(again)),
            )
            after = f"H.264, x264 {PRESET}, two passes at {bit_rate // 1000} kbit/s"
            reason = f"constant quality {CRF} exceeded {order.max_base64_chars:,} base64 characters"
            return made, LedgerEntry("code", "decoded frames", after, reason)
    message = (
        f"{float(order.duration_s):.1f} s of this clip do not fit "
        f"{order.max_base64_chars:,} base64 characters"
    )
    raise UsageError(message, code="usage.ceiling", advice="Allow more with --max-base64-chars.")
