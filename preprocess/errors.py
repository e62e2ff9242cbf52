"""What can go wrong, and whose turn it is to act.

::

    PreprocessError                    could not find out, or could not do: exit status 2
    +-- SourceError                    the user's file
    |   +-- UnreadableError            damaged, truncated, empty, encrypted: no picture can be had
    |   +-- UnsupportedError           readable perhaps, but not by the decoders on our list
    |   +-- LimitExceededError         larger or longer than the reading limits of the profile
    +-- MachineError                   this machine: a library, a model, memory, disk, permissions
    +-- UsageError                     the call: a bad option, a bad profile, a file in the way
    +-- DeadlineExceededError          the time limit passed before an answer was there
    +-- CancelledError                 the caller asked to stop
    +-- IsolationError                 the isolated worker died (crash, memory or CPU limit)
    +-- VerificationError              our own bug: a result of ours broke the rules, nothing was delivered
    CaptureRejected                    the capture breaks a rule that no rung can mend: exit status 1

Every class has a stable ``code`` (``source.truncated``), a message for people, and ``advice`` that names the way out.
Messages never hold pixels, secrets or paths; the caller knows which file it passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .media import Media
    from .report import Report


class PreprocessError(Exception):
    """Base of everything that keeps the pipeline from answering.

    Args:
        message: What happened, one sentence, no path.
        code: Stable dotted identifier; the class's default when left out.
        advice: What the user can do about it.
    """

    code: str = "error"
    default_advice: ClassVar[str] = ""

    def __init__(self, message: str, *, code: str | None = None, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.advice = type(self).default_advice if advice is None else advice

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Pickle by value, so that an isolated worker can hand its error over whole."""
        return (_rebuild, (type(self), self.message, self.code, self.advice))


def _rebuild(kind: type[PreprocessError], message: str, code: str, advice: str) -> PreprocessError:
    return kind(message, code=code, advice=advice)


class SourceError(PreprocessError):
    """The source itself is in the way; nothing was written."""

    code = "source"


class UnreadableError(SourceError):
    """No picture can be had from the source: empty, truncated, damaged or encrypted."""

    code = "source.unreadable"
    default_advice = "Take the capture again, or send the original file."


class UnsupportedError(SourceError):
    """The source is of a form, codec or feature that is not on the allow-list."""

    code = "source.unsupported"
    default_advice = "Use a JPEG or PNG photo, or an H.264 MP4 clip."


class LimitExceededError(SourceError):
    """The source exceeds a reading limit (bytes, pixels, seconds, streams) and was not decoded."""

    code = "source.limit"
    default_advice = "Send a smaller or shorter capture."


class MachineError(PreprocessError):
    """This machine lacks something: a shared library, a model file, memory, disk space, a permission."""

    code = "machine"
    default_advice = "Run `faceready doctor`."


class UsageError(PreprocessError):
    """The call itself is wrong; nothing was read or written."""

    code = "usage"


class DeadlineExceededError(PreprocessError):
    """The time limit passed; nothing was written."""

    code = "timeout"
    default_advice = "Raise --timeout, or send a shorter capture."


class CancelledError(PreprocessError):
    """The caller's progress callback asked to stop; nothing was written."""

    code = "cancelled"


class IsolationError(PreprocessError):
    """The isolated worker died while it held this capture; the caller is unharmed."""

    code = "isolation"
    default_advice = "The file made a decoder crash or exceed its limits: treat it as hostile."


class VerificationError(PreprocessError):
    """A result of ours did not pass the rules it was made for; it was thrown away."""

    code = "internal.verification"
    default_advice = "This is a fault of faceready: please report it with the kind of capture."


class CaptureRejected(Exception):  # noqa: N818 - a verdict about the capture, named by the public contract
    """The capture breaks a rule that no rung of the ladder can mend; nothing was written.

    Attributes:
        report: Every finding; those with status ``fail`` are the reasons.
        media: Facts about the source; None where the raiser did not know them.
    """

    def __init__(self, report: Report, media: Media | None = None) -> None:
        self.report = report
        self.media = media
        reasons = "; ".join(finding.message for finding in report.failures)
        super().__init__(reasons or "the capture was rejected")

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Pickle with the report, so that an isolated worker can hand the verdict over whole."""
        return (type(self), (self.report, self.media))
