"""Time: how long a call may still take, and what time it is at the service."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

logger = logging.getLogger(__name__)

SKEW_TOLERANCE_S: Final = 30.0
"""Differences up to this are left alone: a Date header is a whole second old and travelled, and the
service accepts 300 s."""


class Deadline:
    """The moment by which a whole call has to be over, whatever happens in between."""

    __slots__ = ("_ends_s", "_monotonic")

    def __init__(self, duration_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ends_s = monotonic() + duration_s

    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends_s - self._monotonic())


class ServiceClock:
    """UNIX time as the service sees it, learnt from the Date header of its answers."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self.offset_s = 0.0
        """What is added to this machine's clock; 0.0 while the two agree well enough."""

    def timestamp_s(self) -> int:
        """Now, in whole seconds of the service's clock."""
        return int(self._wall() + self.offset_s)

    def observe(self, date: str | None) -> bool:
        """Learn from an answer that has just arrived.

        Args:
            date: Its Date header, None if it had none.

        Returns:
            True when the correction changed, so that a refused timestamp is worth a second try.
        """
        if date is None:
            return False
        try:
            # The header counts whole seconds: on average the server is half a second further.
            measured_s = parsedate_to_datetime(date).timestamp() + 0.5 - self._wall()
        except (ValueError, OverflowError):
            return False
        offset_s = measured_s if abs(measured_s) > SKEW_TOLERANCE_S else 0.0
        if abs(offset_s - self.offset_s) <= SKEW_TOLERANCE_S:
            return False
        self.offset_s = offset_s
        if offset_s:
            logger.warning(
                "this machine's clock is %.0f s %s the service's; requests are signed with the "
                "corrected time",
                abs(offset_s),
                "behind" if offset_s > 0 else "ahead of",
            )
        return True
