"""A request as it would be sent, for people to read: secrets masked, media counted, not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ._body import RequestBody, refuse_too_large
from ._flow import Settings, build_body, length_bytes
from ._signing import sign
from .credentials import Credentials
from .payload import Media


@dataclass(frozen=True, slots=True)
class Preview:
    """What a dry run shows."""

    method: str
    url: str
    headers: Mapping[str, str]
    """All headers; credentials, token and signature are masked."""
    body_bytes: int
    """Length of the body that would be sent."""
    body: Mapping[str, object] = field(default_factory=dict)
    """The body's shape, with the length in place of every long text."""


def preview(media: Media, settings: Settings, credentials: Credentials) -> Preview:
    """Build and sign the request and send nothing.

    Raises:
        SetupError: payload or public key cannot be used.
    """
    refuse_too_large(length_bytes(media, settings))
    body = build_body(media, settings)
    headers = sign(
        credentials,
        host=settings.endpoint.host,
        payload_sha256=body.sha256,
        body_bytes=body.length_bytes,
        timestamp_s=settings.clock.timestamp_s(),
        region=settings.region,
        language=settings.language,
    )
    return Preview(
        method="POST",
        url=settings.endpoint.url,
        headers=headers.masked(),
        body_bytes=body.length_bytes,
        body=_shape(media, settings, body),
    )


def _shape(media: Media, settings: Settings, body: RequestBody) -> dict[str, object]:
    if settings.encryption is None:
        return {
            "FaceInput": _counted(media.base64_chars),
            "FaceInputType": media.face_input_type,
        }
    shape = settings.encryption.shape()
    coded_chars = body.length_bytes - len(body.parts[0]) - len(body.parts[-1])
    return {"Encryption": shape, "EncryptedBody": _counted(coded_chars)}


def _counted(chars: int) -> str:
    return f"<{chars:,} base64 characters>"
