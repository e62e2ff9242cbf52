"""Never more than five requests in a second, however many threads and tasks share the process.

The service counts requests when they arrive, which is not when they were started: a large body or
a busy machine delays one request and not the next. So a place is not free again one second after
a request was *started*, but one second after it was *handed over* to the network. Any request has
arrived before its place is given away, and six arrivals cannot fall into one second.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

RATE_LIMIT: Final = 5
"""Requests per second. Source: DetectAIFakeFaces page of 2026-05-22."""
RATE_WINDOW_S: Final = 1.0
MARGIN_S: Final = 0.1
"""Added to the window: the last bytes handed over still have to travel."""

_POLL_SHARE: Final = 0.02
"""How often to look for a place whose request is still being sent, as a share of the window."""


class Place:
    """One call's turn; opaque to everyone but the pacer."""

    __slots__ = ("holding",)

    def __init__(self) -> None:
        self.holding = False


class Pacer:
    """Hands out places in order of asking. Safe for threads; never blocks, so fit for tasks too."""

    def __init__(
        self,
        limit: int = RATE_LIMIT,
        window_s: float = RATE_WINDOW_S,
        *,
        margin_s: float = MARGIN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up.

        Args:
            limit: Requests allowed in any window.
            window_s: Length of the window.
            margin_s: Added to the window for the way to the service.
            monotonic: Clock.
        """
        self._limit = limit
        self._cycle_s = window_s + margin_s
        self._poll_s = window_s * _POLL_SHARE
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._queue: deque[Place] = deque()
        self._held = 0
        self._cooling: deque[float] = deque()
        self._paused_until_s = 0.0

    def enter(self) -> Place:
        """Join the queue; every place must be left again with `leave`."""
        place = Place()
        with self._lock:
            self._queue.append(place)
        return place

    def wait_s(self, place: Place) -> float:
        """Seconds to wait before asking again, or 0.0: it is this call's turn now."""
        with self._lock:
            now_s = self._monotonic()
            while self._cooling and self._cooling[0] <= now_s:
                self._cooling.popleft()
            if now_s < self._paused_until_s:
                return self._paused_until_s - now_s
            free = self._limit - self._held - len(self._cooling)
            missing = self._queue.index(place) + 1 - free
            if missing <= 0:
                self._queue.remove(place)
                place.holding = True
                self._held += 1
                return 0.0
            return self._soonest_s(missing, now_s)

    def _soonest_s(self, missing: int, now_s: float) -> float:
        """Lower bound of the wait until `missing` more places have become free."""
        rounds, rest = divmod(missing - 1, self._limit)
        next_s = self._cooling[rest] - now_s if rest < len(self._cooling) else self._poll_s
        return max(self._poll_s, next_s + rounds * self._cycle_s)

    def handed_over(self, place: Place) -> None:
        """The request is with the network: from now on its place cools down."""
        with self._lock:
            if place.holding:
                self._cool(place)

    def leave(self, place: Place, *, began: bool) -> None:
        """Give the place up, whatever happened; harmless after `handed_over`.

        Args:
            place: The place.
            began: True when at least a part of the request may have arrived.
        """
        with self._lock:
            if not place.holding:
                if place in self._queue:
                    self._queue.remove(place)
            elif began:
                self._cool(place)
            else:
                place.holding = False
                self._held -= 1

    def _cool(self, place: Place) -> None:
        place.holding = False
        self._held -= 1
        self._cooling.append(self._monotonic() + self._cycle_s)

    def pause(self, duration_s: float) -> None:
        """Nobody starts for a while: the service said that the account sends too much."""
        with self._lock:
            self._paused_until_s = max(self._paused_until_s, self._monotonic() + duration_s)


PROCESS_PACER: Final = Pacer()
"""Shared by every client of this process that was not given another one."""
