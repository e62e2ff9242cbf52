"""What the emulator remembers of each request: figures and names, never a face."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Record:
    """One request that arrived."""

    number: int
    """Counted from 1."""
    arrived_s: float
    """Monotonic seconds at which its first bytes were there."""
    outcome: str = "unfinished"
    """Risk level or error code that it got, or that it would have got without the fault."""
    billed: bool = False
    """True when the face was judged, whether the answer arrived or not."""
    fault: str | None = None
    """What went wrong on purpose."""
    body_bytes: int = 0
    """Length of the body as far as it was read."""
    face_input_type: int | None = None
    """1 image, 2 video."""
    encryption: str | None = None
    """Algorithm of an encrypted body."""
    media_bytes: int = 0
    """Length of the decoded media."""
    media_id: str | None = None
    """Begin of the media's SHA-256: tells two captures apart without showing either."""
    region: str | None = None
    """X-TC-Region."""
    language: str | None = None
    """X-TC-Language."""


class RequestLog:
    """All requests in order of arrival; safe to read from other threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []

    def open(self, arrived_s: float) -> Record:
        """A new record."""
        with self._lock:
            record = Record(number=len(self._records) + 1, arrived_s=arrived_s)
            self._records.append(record)
            return record

    def __iter__(self) -> Iterator[Record]:
        with self._lock:
            return iter(tuple(self._records))

    def __len__(self) -> int:
        with self._lock:
            return len(self._records)

    def __getitem__(self, index: int) -> Record:
        with self._lock:
            return self._records[index]

    def clear(self) -> None:
        """Forget everything so far."""
        with self._lock:
            self._records.clear()

    def billed_per_media(self) -> Counter[str]:
        """How often each media was billed, by `media_id`."""
        return Counter(
            record.media_id for record in self if record.billed and record.media_id is not None
        )

    def most_within(self, window_s: float) -> int:
        """The largest number of requests that arrived within any window of this length."""
        times = sorted(record.arrived_s for record in self)
        most = start = 0
        for end, time_s in enumerate(times):
            while time_s - times[start] >= window_s:
                start += 1
            most = max(most, end - start + 1)
        return most
