"""What the service checks before it looks at a face, in the order of a gateway and its backend."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .. import _signing
from ..credentials import Credentials
from ..encryption import Algorithm
from ..payload import IMAGE, VIDEO
from ._keys import TestKeys
from ._refusal import Refusal

CLOCK_WINDOW_S: Final = 300
"""Accepted difference of clocks. Source: common parameters page, `AuthFailure.SignatureExpire`."""

_AUTHORIZATION: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>\w+)"
    r"/tc3_request, ?SignedHeaders=(?P<names>[\w;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_FIELDS: Final = frozenset({"FaceInput", "FaceInputType", "Encryption", "EncryptedBody"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FaceRequest:
    """What is left when everything around the face is in order."""

    media: bytes = field(repr=False)
    face_input_type: int
    encryption: str | None


def check_common(request: Request, *, now_s: float) -> None:
    """Method, content type, action, version, timestamp, region.

    Raises:
        Refusal: one of them is wrong.
    """
    if request.method != "POST":
        raise Refusal(code="UnsupportedProtocol", message="The emulator takes POST alone.")
    headers = request.headers
    for name in ("X-TC-Action", "X-TC-Version", "X-TC-Timestamp"):
        if not headers.get(name.lower()):
            raise Refusal(
                code="MissingParameter", message=f"The request is missing a parameter `{name}`."
            )
    if headers["x-tc-action"] != _signing.ACTION:
        raise Refusal(code="InvalidAction", message="The action is not one of this emulator.")
    if headers["x-tc-version"] != _signing.VERSION:
        raise Refusal(code="NoSuchVersion", message="The version does not exist.")
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(code="InvalidRequest", message="The content type must be application/json.")
    if not headers["x-tc-timestamp"].isdecimal():
        raise Refusal(
            code="InvalidParameterValue", message="The value of `X-TC-Timestamp` is not valid."
        )
    if headers.get("x-tc-region") == "":
        raise Refusal(
            code="InvalidParameterValue", message="The value of `X-TC-Region` is not valid."
        )
    if abs(int(headers["x-tc-timestamp"]) - now_s) > CLOCK_WINDOW_S:
        raise Refusal(
            code="AuthFailure.SignatureExpire", message="The timestamp is too far from server time."
        )


def check_signature(request: Request, credentials: Credentials) -> None:
    """Authorization, SecretId, token and signature.

    Raises:
        Refusal: one of them is wrong.
    """
    headers = request.headers
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    names = match["names"].split(";") if match else []
    if match is None or not {"content-type", "host"} <= set(names):
        raise Refusal(
            code="AuthFailure.InvalidAuthorization",
            message="The Authorization header is malformed.",
        )
    if match["id"] != credentials.secret_id:
        raise Refusal(code="AuthFailure.SecretIdNotFound", message="The SecretId is not found.")
    token = headers.get("x-tc-token", "")
    expected_token = credentials.token.reveal() if credentials.token else ""
    if not hmac.compare_digest(token.encode(), expected_token.encode()):
        raise Refusal(code="AuthFailure.TokenFailure", message="The token is not valid.")
    timestamp_s = int(headers["x-tc-timestamp"])
    expected = _signing.authorization(
        credentials,
        headers={name: headers.get(name, "") for name in names},
        payload_sha256=hashlib.sha256(request.body).hexdigest(),
        timestamp_s=timestamp_s,
    )
    signature = expected.reveal().rpartition("=")[2]
    # The date stands in the scope as well as in the timestamp, and both have to agree.
    same_scope = (match["date"], match["service"]) == (
        _signing.scope_date(timestamp_s),
        _signing.SERVICE,
    )
    if not same_scope or not hmac.compare_digest(signature, match["signature"]):
        raise Refusal(
            code="AuthFailure.SignatureFailure", message="The provided credentials do not match."
        )


def read_face(request: Request, keys: TestKeys) -> FaceRequest:
    """The media in a body, decrypted if need be.

    Raises:
        Refusal: a field is missing, unknown, misshapen or not decryptable.
    """
    fields = _object(request.body)
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise Refusal(
            code="UnknownParameter", message="The request has a parameter that is not defined."
        )
    encryption = fields.get("Encryption")
    if encryption is None and fields.get("EncryptedBody") is None:
        return _face(fields, None)
    coded = fields.get("EncryptedBody")
    if not isinstance(encryption, dict) or not isinstance(coded, str):
        raise Refusal(
            code="InvalidParameter", message="`Encryption` and `EncryptedBody` belong together."
        )
    if "FaceInput" in fields or "FaceInputType" in fields:
        raise Refusal(code="InvalidParameter", message="Either plain or encrypted input, not both.")
    name = encryption.get("Algorithm") or Algorithm.AES_256_CBC.value
    if name not in tuple(Algorithm) or encryption.get("EncryptList") != ["EncryptionBody"]:
        raise Refusal(
            code="InvalidParameter.UnsupportEncryptField",
            message="This algorithm or list of fields is not supported.",
        )
    try:
        plain = _decrypted(Algorithm(name), encryption, coded, keys)
    except (ValueError, TypeError, IndexError):
        raise Refusal(
            code="FailedOperation.DecryptSystemError", message="The body cannot be decrypted."
        ) from None
    return _face(_object(plain), name)


def _decrypted(
    algorithm: Algorithm, encryption: Mapping[str, object], coded: str, keys: TestKeys
) -> bytes:
    from .. import _ciphers

    key = keys.unwrap(algorithm, _base64(encryption.get("CiphertextBlob")))
    iv = _base64(encryption.get("Iv"))
    text = _base64(coded)
    if algorithm is Algorithm.AES_256_CBC:
        return _ciphers.open_aes_256_cbc(key, iv, text)
    tags = encryption.get("TagList")
    tag = _base64(tags[0] if isinstance(tags, list) else None)
    return _ciphers.open_sm4_gcm(key, iv, text, tag)


def _face(fields: Mapping[str, object], encryption: str | None) -> FaceRequest:
    face_input_type = fields.get("FaceInputType")
    text = fields.get("FaceInput")
    if not isinstance(text, str) or not text:
        raise Refusal(code="InvalidParameter", message="`FaceInput` is missing.")
    if isinstance(face_input_type, bool) or face_input_type not in (IMAGE, VIDEO):
        raise Refusal(code="InvalidParameter", message="`FaceInputType` must be 1 or 2.")
    try:
        media = _base64(text)
    except ValueError:
        raise Refusal(
            code="InvalidParameterValue", message="`FaceInput` is not standard base64 with padding."
        ) from None
    return FaceRequest(media, IMAGE if face_input_type == IMAGE else VIDEO, encryption)


def _object(text: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(code="InvalidParameter", message="The body is not a JSON object.")
    return parsed


def _base64(text: object) -> bytes:
    if not isinstance(text, str):
        msg = "not a text"
        raise TypeError(msg)
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except UnicodeEncodeError:
        msg = "not base64"
        raise ValueError(msg) from None
