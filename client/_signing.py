"""TC3-HMAC-SHA256, step by step; pure functions of their arguments.

Source: Tencent Cloud API, "Signature v3", edition read 2026-05; `content-type` and `host` are the
two headers that must be signed, and the only two that are.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .credentials import Credentials
from .secret import MASK, Secret

ALGORITHM: Final = "TC3-HMAC-SHA256"
TERMINATOR: Final = "tc3_request"
SERVICE: Final = "faceid"
ACTION: Final = "DetectAIFakeFaces"
VERSION: Final = "2018-03-01"
CONTENT_TYPE: Final = "application/json"


def canonical_request(
    *,
    method: str,
    uri: str,
    query: str,
    headers: Mapping[str, str],
    payload_sha256: str,
) -> str:
    """The request in the form that is hashed.

    Args:
        method: HTTP method in capitals.
        uri: Path, `/` for every API of this service.
        query: Query string without `?`; empty for POST.
        headers: The headers to sign, any case and order.
        payload_sha256: Lower-case hex digest of the body's bytes.
    """
    lowered = sorted((name.lower(), value.strip().lower()) for name, value in headers.items())
    lines = "".join(f"{name}:{value}\n" for name, value in lowered)
    return "\n".join((method, uri, query, lines, signed_names(headers), payload_sha256))


def signed_names(headers: Mapping[str, str]) -> str:
    """Names of the signed headers: lower case, sorted, joined by semicolons."""
    return ";".join(sorted(name.lower() for name in headers))


def scope_date(timestamp_s: int) -> str:
    """UTC date of the timestamp itself; a second look at the clock could fall on another day."""
    return datetime.fromtimestamp(timestamp_s, UTC).strftime("%Y-%m-%d")


def credential_scope(timestamp_s: int, service: str) -> str:
    """Day, service and terminator that a signature is good for."""
    return f"{scope_date(timestamp_s)}/{service}/{TERMINATOR}"


def string_to_sign(canonical: str, *, timestamp_s: int, service: str) -> str:
    """The text that the signing key signs."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join((ALGORITHM, str(timestamp_s), credential_scope(timestamp_s, service), digest))


def signing_key(secret_key: Secret, *, date: str, service: str) -> bytes:
    """The day's key: HMAC over date, service and terminator in turn; 32 raw bytes."""
    return _hmac(
        _hmac(_hmac(("TC3" + secret_key.reveal()).encode(), date), service),
        TERMINATOR,
    )


def signature(text: str, key: bytes) -> str:
    """Lower-case hex signature of the string to sign."""
    return _hmac(key, text).hex()


def authorization(
    credentials: Credentials,
    *,
    headers: Mapping[str, str],
    payload_sha256: str,
    timestamp_s: int,
    service: str = SERVICE,
    method: str = "POST",
    uri: str = "/",
    query: str = "",
) -> Secret:
    """Value of the Authorization header."""
    canonical = canonical_request(
        method=method, uri=uri, query=query, headers=headers, payload_sha256=payload_sha256
    )
    text = string_to_sign(canonical, timestamp_s=timestamp_s, service=service)
    return Secret(
        f"{ALGORITHM} "
        f"Credential={credentials.secret_id}/{credential_scope(timestamp_s, service)}, "
        f"SignedHeaders={signed_names(headers)}, "
        "Signature="
        + signature(
            text,
            signing_key(credentials.secret_key, date=scope_date(timestamp_s), service=service),
        )
    )


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The headers of one attempt; secret ones are masked in every repr."""

    plain: Mapping[str, str]
    """Headers that anyone may see."""
    authorization: Secret
    """Value of Authorization."""
    token: Secret | None = None
    """Value of X-TC-Token, None for long-lived keys."""

    def reveal(self) -> dict[str, str]:
        """All headers as they go on the wire; bind the result to no name."""
        secret = {"Authorization": self.authorization.reveal()}
        if self.token is not None:
            secret["X-TC-Token"] = self.token.reveal()
        return {**self.plain, **secret}

    def masked(self) -> dict[str, str]:
        """All headers with the secret values masked, for people to read."""
        before_signature = self.authorization.reveal().partition("Signature=")[0]
        credential, scope = before_signature.split("/", 1)
        hidden = {
            "Authorization": f"{credential.partition('=')[0]}={MASK}/{scope}Signature={MASK}",
        }
        if self.token is not None:
            hidden["X-TC-Token"] = MASK
        return {**self.plain, **hidden}


def sign(
    credentials: Credentials,
    *,
    host: str,
    payload_sha256: str,
    body_bytes: int,
    timestamp_s: int,
    region: str | None = None,
    language: str | None = None,
) -> SignedHeaders:
    """Headers of a DetectAIFakeFaces request.

    Args:
        credentials: Whose call it is.
        host: Value of Host, with the port when the URL has one.
        payload_sha256: Lower-case hex digest of the body.
        body_bytes: Length of the body.
        timestamp_s: UNIX time in whole seconds; the service accepts 300 s of difference.
        region: X-TC-Region; None leaves the header out (an empty one is refused).
        language: `en-US` or `zh-CN`, the language of error messages; None leaves it out.
    """
    signed = {"Content-Type": CONTENT_TYPE, "Host": host}
    plain = {
        **signed,
        "Content-Length": str(body_bytes),
        "X-TC-Action": ACTION,
        "X-TC-Version": VERSION,
        "X-TC-Timestamp": str(timestamp_s),
        "X-TC-RequestClient": "faceready",
    }
    if region is not None:
        plain["X-TC-Region"] = region
    if language is not None:
        plain["X-TC-Language"] = language
    return SignedHeaders(
        plain=plain,
        authorization=authorization(
            credentials, headers=signed, payload_sha256=payload_sha256, timestamp_s=timestamp_s
        ),
        token=credentials.token,
    )
