"""What the emulator is told to answer: risk levels, error codes and faults, all as one word each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..verdict import Risk

MARKER: Final = b"faceready-emulator:"
"""Begins the word that a magic input carries; a semicolon ends it."""


class Fault(StrEnum):
    """Ways in which an exchange goes wrong, and whether the face was judged (billed) before."""

    DELAY = "delay"
    """Judged; the answer comes after some seconds, in full."""
    THROTTLE = "throttle"
    """Not judged: RequestLimitExceeded."""
    REFUSE_STATUS = "refuse-status"
    """Not judged: HTTP 429 from a gateway, not from the API."""
    REDIRECT = "redirect"
    """Not judged: HTTP 307 to another host."""
    DROP_EARLY = "drop-early"
    """Not judged: the connection is reset before the body has been read."""
    DROP_LATE = "drop-late"
    """Judged; the connection is reset in place of an answer."""
    HALF = "half"
    """Judged; half of the answer, then the connection is closed."""
    GATEWAY = "gateway"
    """Judged; HTTP 502 with a page of HTML."""
    GARBAGE = "garbage"
    """Judged; HTTP 200 with a page of HTML."""
    WRONG_TYPE = "wrong-type"
    """Judged; the right answer called text/html."""
    DRIBBLE = "dribble"
    """Judged; the answer comes byte by byte, with some seconds between two."""

    @property
    def judged(self) -> bool:
        """True when the emulator counts a bill before it goes wrong."""
        return self not in (
            Fault.THROTTLE,
            Fault.REFUSE_STATUS,
            Fault.REDIRECT,
            Fault.DROP_EARLY,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One scripted answer."""

    risk: Risk | None = None
    """Level to answer with; None leaves it to the seed."""
    code: str | None = None
    """Error code to answer with."""
    fault: Fault | None = None
    """What goes wrong."""
    seconds: float = 0.0
    """For `delay` and `dribble`: how long."""

    @classmethod
    def parse(cls, word: str) -> Step:
        """Read `High`, `FailedOperation.CoveredFace`, `drop-late`, `delay:0.5` and the like.

        Raises:
            ValueError: the seconds are not a number, or the word is empty.
        """
        name, _, seconds = word.strip().partition(":")
        if not name:
            msg = "an empty word scripts nothing"
            raise ValueError(msg)
        if name in (Risk.LOW, Risk.MID, Risk.HIGH):
            return cls(risk=Risk(name))
        if name in tuple(Fault):
            return cls(fault=Fault(name), seconds=float(seconds or 0.0))
        return cls(code=name)


def magic(word: str, media: bytes = b"") -> bytes:
    """Media that makes the emulator answer `word`.

    Args:
        word: As for `Step.parse`.
        media: A photo or clip to hide the word behind; empty for an input that is nothing but
            the word, which the emulator does not try to decode.
    """
    marked = MARKER + word.encode() + b";"
    if media[4:8] == b"ftyp":  # an mp4 may end with a box that every reader skips
        return media + (8 + len(marked)).to_bytes(4) + b"free" + marked
    return media + marked


def find_magic(media: bytes) -> tuple[Step | None, bool]:
    """The step that media asks for, and whether the media is nothing but that word."""
    start = media.rfind(MARKER)
    if start < 0:
        return None, False
    word = media[start + len(MARKER) :].partition(b";")[0]
    try:
        return Step.parse(word.decode("ascii")), start == 0
    except ValueError:
        return None, False
