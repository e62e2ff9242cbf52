"""How one `prepare` ended, as a value: what the command line prints and turns into an exit status."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .errors import CaptureRejected, PreprocessError
from .media import Media
from .payload import Payload
from .report import Report


class Ending(Enum):
    """The three endings; the value is the exit status."""

    READY = 0
    REJECTED = 1
    ERROR = 2

    @property
    def label(self) -> str:
        """Name in JSON."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One source's ending."""

    name: str
    """Name of the source, for display."""
    ending: Ending
    report: Report = field(default_factory=Report)
    """Findings about the payload when ready, about the source when rejected, empty on an error."""
    payload: Payload | None = field(default=None, repr=False)
    media: Media | None = field(default=None, repr=False)
    """Facts about the source; None where not even these could be had."""
    error: PreprocessError | None = None
    saved_as: str | None = None
    """Where the payload was written, as the user would name it."""

    @classmethod
    def ready(cls, payload: Payload, saved_as: str | None = None) -> Outcome:
        """Return the outcome of a payload that was made, and written as ``saved_as``."""
        return cls(
            payload.source.name,
            Ending.READY,
            payload.report,
            payload,
            payload.source,
            saved_as=saved_as,
        )

    @classmethod
    def of_error(cls, name: str, error: CaptureRejected | PreprocessError) -> Outcome:
        """Return the outcome of a source that raised ``error``."""
        if isinstance(error, CaptureRejected):
            return cls(name, Ending.REJECTED, error.report, media=error.media)
        return cls(name, Ending.ERROR, error=error)


def worst(endings: list[Ending]) -> Ending:
    """Return the ending that decides the exit status of a run: error before rejected before ready."""
    return max(endings, key=lambda ending: ending.value, default=Ending.READY)
