"""The request's body, made and hashed in parts.

Building JSON of an 8 MB string costs several copies and most of the official SDK's time. Here the
base64 text is the only copy there ever is: it is coded, hashed and sent part by part.
"""

from __future__ import annotations

import binascii
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .errors import PayloadError
from .payload import Media

logger = logging.getLogger(__name__)

REQUEST_BYTES_MAX: Final = 10 * 1024 * 1024
"""Longest body of a TC3 request. Source: "Request structure", POST size 10 MB; the unit of M is not
stated anywhere, so this is the larger reading."""
REQUEST_BYTES_SURE: Final = 10_000_000
"""The smaller reading of the same limit: up to here nobody can object."""
ENVELOPE_BYTES: Final = len('{"FaceInput":"","FaceInputType":1}')

_RAW_PART_BYTES: Final = 48 * 1024
"""Raw bytes coded at a time: a multiple of 3 (no padding inside) whose base64 is one 64 KiB part.
Source: `benchmarks/client.py`; twice as much costs a third more CPU, for such blocks come fresh from
the system each time and every page of them has to be made."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A finished body: parts in order, their total length and their digest."""

    parts: tuple[bytes, ...] = field(repr=False)
    """The body's bytes; joined only by the network."""
    length_bytes: int
    """Sum of the parts."""
    sha256: str = field(repr=False)
    """Lower-case hex digest of the body."""

    @classmethod
    def of(cls, parts: Iterable[bytes]) -> RequestBody:
        """Collect parts, hashing each while it is still in the processor's cache."""
        digest = hashlib.sha256()
        kept = []
        length = 0
        for part in parts:
            digest.update(part)
            length += len(part)
            kept.append(part)
        return cls(parts=tuple(kept), length_bytes=length, sha256=digest.hexdigest())


def plain_length_bytes(media: Media) -> int:
    """Length of the unencrypted body for this media."""
    return ENVELOPE_BYTES + media.base64_chars


def plain_parts(media: Media) -> Iterator[bytes]:
    """The compact JSON `{"FaceInput":…,"FaceInputType":…}` in parts."""
    yield b'{"FaceInput":"'
    for start in range(0, media.data.nbytes, _RAW_PART_BYTES):
        yield binascii.b2a_base64(media.data[start : start + _RAW_PART_BYTES], newline=False)
    yield b'","FaceInputType":%d}' % media.face_input_type


def plain_body(media: Media) -> RequestBody:
    """The unencrypted body."""
    return RequestBody.of(plain_parts(media))


def refuse_too_large(length_bytes: int) -> None:
    """Stop a body that the service's gateway would refuse, before it is even built.

    Raises:
        PayloadError: longer than 10 MiB; nothing was sent.
    """
    if length_bytes > REQUEST_BYTES_MAX:
        msg = f"the request would be {length_bytes} bytes long, the limit is {REQUEST_BYTES_MAX}"
        raise PayloadError(msg, advice="Prepare a smaller payload.")
    if length_bytes > REQUEST_BYTES_SURE:
        logger.warning(
            "the request is %d bytes long: more than 10 MB, though not more than 10 MiB; "
            "the service may refuse it",
            length_bytes,
        )
