"""The watch: one object that carries the deadline and the caller's progress callback through impure stages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import DeadlineExceededError
from .options import Progress


@dataclass(slots=True)
class Watch:
    """Tells stages when to stop and callers how far they are.

    Args:
        timeout_s: Seconds from now until `tick` raises; None means no limit.
        progress: Called with stage and share done; may raise `CancelledError` (or anything else) to stop.
        clock: Monotonic seconds; a parameter so that tests need not sleep.
    """

    timeout_s: float | None = None
    progress: Progress | None = None
    clock: Callable[[], float] = time.monotonic
    _ends_at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.timeout_s is not None:
            self._ends_at = self.clock() + self.timeout_s

    @property
    def left_s(self) -> float | None:
        """Seconds until the deadline, at least 0; None without one."""
        return None if self._ends_at is None else max(0.0, self._ends_at - self.clock())

    def tick(self, stage: str, share: float = 0.0) -> None:
        """Report progress and stop when the time is up. Cheap: call it for every packet or frame.

        Raises:
            DeadlineExceededError: The time limit has passed.
        """
        if self._ends_at is not None and self.clock() >= self._ends_at:
            message = f"the time limit of {self.timeout_s:g} s passed during {stage}"
            raise DeadlineExceededError(message)
        if self.progress is not None:
            self.progress(stage, min(1.0, max(0.0, share)))
