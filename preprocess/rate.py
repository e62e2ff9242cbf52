"""Pace of a clip from its presentation times, and the constant grid that a payload gets. Pure; no pixels.

Headers lie about rates (``average_rate`` of FLV and Matroska may say 1000), so every rate here comes from times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import lcm
from statistics import median_low

from .profile import ClipLimits

COMMON_RATES_FPS = (
    *(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)),
    *(Fraction(n) for n in (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)),
)
"""Rates that cameras write; a coarse clock's times are taken for one of them where all times agree with it."""

CLOCK_TOLERANCE_S = Fraction(2, 1000)
"""How far a time may lie from its place on the grid: millisecond clocks round by 1, some writers truncate too.
Source: design, section 8 (spacing constant within 2 ms)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How frames follow each other."""

    rate_fps: Fraction | None
    """Constant rate where there is one, the mean otherwise; None with fewer than 2 frames."""
    typical_fps: Fraction | None
    """From the median spacing: what a camera aimed at that dropped frames now and then."""
    is_constant: bool
    """Whether every spacing stays within the tolerance of the mean one."""
    longest_gap_s: Fraction
    spacing_s: Fraction
    """Mean spacing; what the last frame is shown for. 0 with fewer than 2 frames."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Constant-rate frames of a payload, and the source frame that each shows."""

    rate_fps: Fraction
    times_s: tuple[Fraction, ...] = field(repr=False)
    """Source time shown at n / rate; ascending, a repeated time is a repeated frame."""
    dropped: int
    """Source frames inside the window that no payload frame shows."""
    repeated: int
    """Payload frames that show the same source frame as the one before."""

    @property
    def duration_s(self) -> Fraction:
        """Number of frames divided by the rate."""
        return len(self.times_s) / self.rate_fps


def measure_pace(times_s: Sequence[Fraction], *, tolerance_s: Fraction = CLOCK_TOLERANCE_S) -> Pace:
    """Return the pace of frames shown at ``times_s`` (ascending)."""
    return _measured(tuple(times_s), tolerance_s)


@lru_cache(maxsize=16)  # the same clip is asked about by the probe, the look and the plan
def _measured(times_s: tuple[Fraction, ...], tolerance_s: Fraction) -> Pace:
    ticks, per_s = _ticks(times_s)
    gaps = [later - earlier for earlier, later in pairwise(ticks)]
    if not gaps or (span := ticks[-1] - ticks[0]) <= 0:
        return Pace(None, None, False, Fraction(0), Fraction(0))
    mean = Fraction(span, len(gaps) * per_s)
    shortest, longest = Fraction(min(gaps), per_s), Fraction(max(gaps), per_s)
    is_constant = longest - mean <= tolerance_s and mean - shortest <= tolerance_s
    typical_gap = Fraction(median_low(gaps), per_s) or mean
    typical = _nearest_common(1 / typical_gap)
    rate = (_grid_rate(ticks, per_s, tolerance_s) or _tidy(1 / mean)) if is_constant else 1 / mean
    return Pace(
        rate_fps=rate,
        typical_fps=typical,
        is_constant=is_constant,
        longest_gap_s=longest,
        spacing_s=1 / rate if is_constant else mean,
    )


def _ticks(times_s: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return the times as whole ticks, and how many of them make a second: whole numbers are 20 times as fast."""
    per_s = lcm(*{time.denominator for time in times_s})
    return [time.numerator * (per_s // time.denominator) for time in times_s], per_s


def _grid_rate(ticks: Sequence[int], per_s: int, tolerance_s: Fraction) -> Fraction | None:
    """Return the common rate on whose grid all times lie, the best fit first; None where none does."""
    first = ticks[0]
    mean_fps = Fraction((len(ticks) - 1) * per_s, ticks[-1] - first)
    best: tuple[Fraction, Fraction] | None = None
    for rate in sorted(COMMON_RATES_FPS, key=lambda r: abs(r - mean_fps)):
        if abs(rate - mean_fps) > mean_fps / 20:
            break
        step = per_s * rate.denominator  # of the grid, in parts of a tick
        errors = [(t - first) * rate.numerator - n * step for n, t in enumerate(ticks)]
        spread = Fraction(max(errors) - min(errors), per_s * rate.numerator)
        if spread <= tolerance_s and (best is None or spread < best[0]):
            best = (spread, rate)
    return best[1] if best else None


def _nearest_common(rate_fps: Fraction) -> Fraction:
    """Return the common rate within 3 % of ``rate_fps``, or that rate itself."""
    nearest = min(COMMON_RATES_FPS, key=lambda r: abs(r - rate_fps))
    return nearest if abs(nearest - rate_fps) <= rate_fps * Fraction(3, 100) else _tidy(rate_fps)


def _tidy(rate_fps: Fraction) -> Fraction:
    """Return a rate that fits the 32-bit time bases of containers, within a part in a million."""
    return rate_fps.limit_denominator(1001)


def payload_rate(pace: Pace, limits: ClipLimits) -> Fraction | None:
    """Return the constant rate that a clip of this pace gets, or None where it is too slow for any.

    A constant rate inside the limits stays. A faster one is divided by the whole number that brings it inside (60 to
    30, 50 to 25); where none does (48), the highest allowed rate picks frames by time. A variable rate becomes its
    typical one, brought inside the limits.
    """
    least, most = Fraction(limits.min_fps), Fraction(limits.max_fps)
    own = pace.rate_fps if pace.is_constant else pace.typical_fps
    if own is None:
        return None
    if own > most:
        for divisor in range(2, int(own / least) + 1):
            if least <= own / divisor <= most:
                return own / divisor
        return most
    return max(own, least)


def lay_grid(
    times_s: Sequence[Fraction],
    start_s: Fraction,
    end_s: Fraction,
    rate_fps: Fraction,
    *,
    max_s: Fraction,
) -> Grid:
    """Return the payload frames for the window from ``start_s`` to ``end_s`` (half-open).

    Every payload frame shows the source frame whose time is nearest to its own. Its duration, frames / rate, never
    exceeds the window or ``max_s``.

    Args:
        times_s: Times of all shown source frames, ascending.
        start_s: Time of the window's first frame; one of ``times_s``.
        end_s: Where the window ends.
        rate_fps: Rate of the payload.
        max_s: Longest duration allowed.
    """
    first, stop = bisect_left(times_s, start_s), bisect_left(times_s, end_s)
    inside = times_s[first:stop]
    length = min(end_s - start_s, max_s)
    count = int((length + CLOCK_TOLERANCE_S) * rate_fps)
    if Fraction(count) / rate_fps > max_s:
        count -= 1
    if not inside:
        return Grid(rate_fps, (), 0, 0)
    shown = tuple(_nearest(inside, start_s + n / rate_fps) for n in range(count))
    distinct = len(set(shown))
    covered = bisect_right(inside, shown[-1]) if shown else 0
    return Grid(rate_fps, shown, dropped=covered - distinct, repeated=len(shown) - distinct)


def _nearest(times_s: Sequence[Fraction], wanted_s: Fraction) -> Fraction:
    at = bisect_left(times_s, wanted_s)
    if at == 0:
        return times_s[0]
    if at == len(times_s):
        return times_s[-1]
    before, after = times_s[at - 1], times_s[at]
    return after if after - wanted_s < wanted_s - before else before
