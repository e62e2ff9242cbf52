"""The service's error codes: one table of what each means, whose turn it is, and if it is repeated.

Source: DetectAIFakeFaces page of 2026-05-22 (API specific codes); common error codes of the faceid
service; billing page of the same product, by which no error code is billed. How often a code is
repeated is our reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .errors import (
    AccountError,
    ApiError,
    AuthError,
    CaptureError,
    EncryptionRejectedError,
    RequestError,
    ServiceError,
    ThrottledError,
)


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What is known about one error code of the service."""

    error: type[ApiError]
    """Class that is raised for it."""
    meaning: str
    """What the service means by it."""
    advice: str
    """What the caller can do."""
    retries_max: int = 0
    """How often the client repeats the request for it; 0 means never."""
    specific: bool = False
    """True for codes on the page of this API, False for those common to all APIs or neighbours."""


_RETAKE = "Take the capture again"
_ACCOUNT = "See the product's page in the console."
_KEYS = "Check the credentials."
_BUG = "Update faceready or report it: the client builds this part of the request."
_LATER = "Try again later."

CODES: Final = MappingProxyType(
    {
        # About the capture (specific to this API).
        "FailedOperation.CoveredFace": CodeEntry(
            CaptureError,
            "The face is covered.",
            f"{_RETAKE} without mask, hand or strong reflections.",
            specific=True,
        ),
        "FailedOperation.ImageDecodeFailed": CodeEntry(
            CaptureError,
            "The image cannot be decoded.",
            "Send a whole JPEG or PNG, with face_input_type 1.",
            specific=True,
        ),
        "FailedOperation.IncompleteFace": CodeEntry(
            CaptureError,
            "There is no complete face.",
            f"{_RETAKE} with the whole face in the frame.",
            specific=True,
        ),
        "FailedOperation.PoorImageQuality": CodeEntry(
            CaptureError,
            "The quality is too low.",
            f"{_RETAKE} sharper and in better light.",
            specific=True,
        ),
        "FailedOperation.VideoDecodeFailed": CodeEntry(
            CaptureError,
            "The video cannot be decoded.",
            "Send a whole mp4, avi or flv, with face_input_type 2.",
            specific=True,
        ),
        "FailedOperation.VideoDurationExceeded": CodeEntry(
            CaptureError,
            "The video is longer than 20 s.",
            "Send 2 to 5 seconds.",
            specific=True,
        ),
        # The service's own trouble.
        "FailedOperation.DetectEngineSystemError": CodeEntry(
            ServiceError, "The detection engine failed.", _LATER, retries_max=3, specific=True
        ),
        "FailedOperation.UnKnown": CodeEntry(
            ServiceError, "Unknown internal error.", _LATER, retries_max=2, specific=True
        ),
        "InternalError": CodeEntry(ServiceError, "Internal error.", _LATER, retries_max=3),
        "ServiceUnavailable": CodeEntry(
            ServiceError, "The service is not available.", _LATER, retries_max=3
        ),
        "ResourceUnavailable": CodeEntry(
            ServiceError, "A resource is not available.", _LATER, retries_max=3
        ),
        "ResourceInsufficient": CodeEntry(
            ServiceError, "Not enough resources.", _LATER, retries_max=3
        ),
        "ResourceInUse": CodeEntry(ServiceError, "A resource is in use.", _LATER, retries_max=3),
        "FailedOperation.CompressVideoError": CodeEntry(
            ServiceError, "The video could not be compressed (neighbouring API).", _LATER
        ),
        # Throttling.
        "RequestLimitExceeded": CodeEntry(
            ThrottledError,
            "More than 5 requests in a second.",
            "Send more slowly, or share one process-wide pacer.",
            retries_max=3,
            specific=True,
        ),
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded": CodeEntry(
            ThrottledError, "The main account sends too much.", _LATER, retries_max=3
        ),
        "RequestLimitExceeded.IPLimitExceeded": CodeEntry(
            ThrottledError, "This address sends too much.", _LATER, retries_max=3
        ),
        "RequestLimitExceeded.UinLimitExceeded": CodeEntry(
            ThrottledError, "The main account sends too much.", _LATER, retries_max=3
        ),
        # Account.
        "UnauthorizedOperation.Arrears": CodeEntry(
            AccountError, "The account is in arrears.", "Top the account up.", specific=True
        ),
        "UnauthorizedOperation.ChargeStatusException": CodeEntry(
            AccountError, "The billing state is abnormal.", _ACCOUNT, specific=True
        ),
        "UnauthorizedOperation.Nonactivated": CodeEntry(
            AccountError,
            "The service is not activated.",
            "Activate it in the console.",
            specific=True,
        ),
        "UnauthorizedOperation.NonAuthorize": CodeEntry(
            AccountError, "The account is not authorized (neighbouring API).", _ACCOUNT
        ),
        "UnauthorizedOperation.Activating": CodeEntry(
            AccountError, "Activation is still running (neighbouring API).", _LATER
        ),
        "UnauthorizedOperation.ActivateError": CodeEntry(
            AccountError, "Activation failed (neighbouring API).", _ACCOUNT
        ),
        "LimitExceeded": CodeEntry(AccountError, "A quota is used up.", _ACCOUNT),
        # Credentials, signature, permissions.
        "AuthFailure.InvalidAuthorization": CodeEntry(
            AuthError, "The Authorization header is not valid.", _BUG
        ),
        "AuthFailure.InvalidSecretId": CodeEntry(
            AuthError, "The SecretId is not one of an API key.", _KEYS
        ),
        "AuthFailure.MFAFailure": CodeEntry(
            AuthError, "Multi-factor authentication failed.", "Use a key without MFA."
        ),
        "AuthFailure.SecretIdNotFound": CodeEntry(
            AuthError, "The SecretId does not exist or is disabled.", _KEYS
        ),
        "AuthFailure.SignatureExpire": CodeEntry(
            AuthError,
            "The clocks differ by more than 5 minutes.",
            "Set the machine's clock; the client corrects it when the answer carries a date.",
            retries_max=1,
        ),
        "AuthFailure.SignatureFailure": CodeEntry(
            AuthError, "The signature does not match.", "Check the SecretKey."
        ),
        "AuthFailure.TokenFailure": CodeEntry(
            AuthError,
            "The temporary token is not valid.",
            "Fetch new temporary credentials; a refreshable source does so by itself.",
            retries_max=1,
        ),
        "AuthFailure.UnauthorizedOperation": CodeEntry(
            AuthError, "The key may not call this action.", "Grant it in access management."
        ),
        "UnauthorizedOperation": CodeEntry(
            AuthError, "The operation is not permitted.", "Grant it in access management."
        ),
        "FailedOperation.StsUnAuthErrError": CodeEntry(
            AuthError, "The temporary credentials are not authorized (neighbouring API).", _KEYS
        ),
        "IpInBlacklist": CodeEntry(AuthError, "This address is on a deny list.", _ACCOUNT),
        "IpNotInWhitelist": CodeEntry(
            AuthError, "This address is not on the allow list.", _ACCOUNT
        ),
        # The request.
        "InvalidParameter": CodeEntry(RequestError, "A parameter is wrong.", _BUG, specific=True),
        "InvalidParameterValue": CodeEntry(
            RequestError,
            "A parameter has a wrong value.",
            "Check region and language.",
            specific=True,
        ),
        "MissingParameter": CodeEntry(RequestError, "A parameter is missing.", _BUG),
        "UnknownParameter": CodeEntry(RequestError, "A parameter is not known.", _BUG),
        "InvalidRequest": CodeEntry(RequestError, "The multipart body is malformed.", _BUG),
        "InvalidAction": CodeEntry(RequestError, "The action does not exist here.", _BUG),
        "ActionOffline": CodeEntry(RequestError, "The action was taken off line.", _BUG),
        "NoSuchProduct": CodeEntry(
            RequestError, "The product does not exist.", "Check the endpoint."
        ),
        "NoSuchVersion": CodeEntry(RequestError, "The version does not exist.", _BUG),
        "UnsupportedOperation": CodeEntry(RequestError, "The operation is not supported.", _BUG),
        "UnsupportedProtocol": CodeEntry(RequestError, "Only GET and POST are supported.", _BUG),
        "UnsupportedRegion": CodeEntry(
            RequestError, "The region does not serve this API.", "Leave the region out."
        ),
        "RequestSizeLimitExceeded": CodeEntry(
            RequestError, "The request is too large.", "Prepare a smaller payload."
        ),
        "ResponseSizeLimitExceeded": CodeEntry(RequestError, "The answer is too large.", _LATER),
        "FailedOperation.ImageSizeTooLarge": CodeEntry(
            RequestError, "The image is too large (neighbouring API).", "Prepare a smaller payload."
        ),
        # Encryption (neighbouring APIs; which of them this API uses is not documented).
        "FailedOperation.DecryptSystemError": CodeEntry(
            EncryptionRejectedError, "The body cannot be decrypted.", "Check the public key."
        ),
        "FailedOperation.EncryptSystemError": CodeEntry(
            EncryptionRejectedError, "The answer cannot be encrypted.", _LATER
        ),
        "InvalidParameter.UnsupportEncryptField": CodeEntry(
            EncryptionRejectedError, "This field or algorithm cannot be encrypted.", _BUG
        ),
        # Other.
        "FailedOperation": CodeEntry(ApiError, "The operation failed.", _LATER),
        "ResourceNotFound": CodeEntry(ApiError, "A resource does not exist.", _ACCOUNT),
        "DryRunOperation": CodeEntry(ApiError, "A dry run that would have succeeded.", ""),
    }
)

# Families whose members behave alike, so that a member nobody has seen yet still has a class.
_FAMILIES: Final = MappingProxyType(
    {
        "AuthFailure": CodeEntry(AuthError, "Authentication failed.", _KEYS),
        "UnauthorizedOperation": CodeEntry(AccountError, "Not authorized.", _ACCOUNT),
    }
)
_UNKNOWN = CodeEntry(ApiError, "A code that faceready does not know.", "")


def entry_for(code: str) -> CodeEntry:
    """What is known about `code`: itself, else its family, else the entry for unknown codes."""
    if code in CODES:
        return CODES[code]
    family = code.partition(".")[0]
    return _FAMILIES.get(family) or CODES.get(family) or _UNKNOWN


def api_error(
    code: str, message: str, *, request_id: str | None, http_status: int | None
) -> ApiError:
    """The error to raise for a code; an unknown code survives as it came."""
    entry = entry_for(code)
    return entry.error(
        message or entry.meaning,
        code=code,
        advice=entry.advice,
        retries_max=entry.retries_max,
        request_id=request_id,
        http_status=http_status,
    )
