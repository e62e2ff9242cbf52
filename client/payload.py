"""What the client needs of a payload: any object with these two attributes will do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from .errors import PayloadError

IMAGE: Final = 1
VIDEO: Final = 2


@runtime_checkable
class PayloadLike(Protocol):
    """A compliant capture, such as `preprocess.Payload`."""

    @property
    def data(self) -> bytes:
        """The media file."""
        ...

    @property
    def face_input_type(self) -> int:
        """1 for an image, 2 for a video."""
        ...


@dataclass(frozen=True, slots=True)
class Media:
    """A payload's content behind a repr that shows no media."""

    data: memoryview = field(repr=False)
    """The media file, not copied."""
    face_input_type: int
    """1 for an image, 2 for a video."""

    @classmethod
    def of(cls, payload: PayloadLike) -> Media:
        """Look at a payload.

        Raises:
            PayloadError: it is empty or of an unknown kind; nothing was sent.
        """
        if payload.face_input_type not in (IMAGE, VIDEO):
            msg = "face_input_type must be 1 (image) or 2 (video)"
            raise PayloadError(msg)
        media = cls(memoryview(payload.data).cast("B"), int(payload.face_input_type))
        if not media.data.nbytes:
            msg = "the payload is empty"
            raise PayloadError(msg)
        return media

    @property
    def base64_chars(self) -> int:
        """Length of the media in base64, with padding and without line breaks."""
        return 4 * -(-self.data.nbytes // 3)
