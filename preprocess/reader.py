"""Readers: one opened source, shared by the look and execute stages so that nothing is decoded twice.

A reader owns the decoders and whatever decoded pixels are worth keeping. It is opened once per capture, used by one
thread, and closed when the capture is done. The concrete readers are loaded when needed: they bring Pillow or FFmpeg.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from .media import Kind, Media


class Reader(Protocol):
    """What every reader offers; `StillReader` and `ClipReader` add their ways to get at pixels."""

    @property
    def media(self) -> Media:
        """The source and the facts about it."""
        ...

    def close(self) -> None:
        """Free decoders and kept pixels; safe to call twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_reader(media: Media, *, makes_payload: bool = True) -> Reader:
    """Return a reader for a probed source; nothing is decoded yet.

    Args:
        media: The source.
        makes_payload: Whether a payload will be asked for; where it will not, none is prepared while looking.
    """
    if media.kind is Kind.IMAGE:
        from .still_reader import StillReader

        return StillReader(media)
    from .clip_reader import ClipReader

    return ClipReader(media, makes_payload=makes_payload)
