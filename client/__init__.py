"""A thin signed client for DetectAIFakeFaces: exact, small, and never billed twice by surprise."""

from ._client import AsyncClient, Client, Options
from ._endpoint import INTERNATIONAL, MAINLAND
from ._pacing import Pacer
from ._preview import Preview
from .codes import CODES, CodeEntry
from .credentials import Credentials, CredentialSource, RefreshingCredentials
from .encryption import ENCRYPTED_BASE64_CHARS_MAX, Algorithm, Encryption
from .errors import (
    AccountError,
    ApiError,
    AuthError,
    Billed,
    CaptureError,
    ClientError,
    CredentialsError,
    DeadlineError,
    EncryptionError,
    EncryptionRejectedError,
    EndpointError,
    NoAnswerError,
    NotSentError,
    PayloadError,
    RequestError,
    ServiceError,
    SetupError,
    ThrottledError,
    TransportError,
    UnreadableAnswerError,
)
from .payload import PayloadLike
from .secret import Secret
from .verdict import RetrievalHit, Risk, Verdict

__all__ = [
    "CODES",
    "ENCRYPTED_BASE64_CHARS_MAX",
    "INTERNATIONAL",
    "MAINLAND",
    "AccountError",
    "Algorithm",
    "ApiError",
    "AsyncClient",
    "AuthError",
    "Billed",
    "CaptureError",
    "Client",
    "ClientError",
    "CodeEntry",
    "CredentialSource",
    "Credentials",
    "CredentialsError",
    "DeadlineError",
    "Encryption",
    "EncryptionError",
    "EncryptionRejectedError",
    "EndpointError",
    "NoAnswerError",
    "NotSentError",
    "Options",
    "Pacer",
    "PayloadError",
    "PayloadLike",
    "Preview",
    "RefreshingCredentials",
    "RequestError",
    "RetrievalHit",
    "Risk",
    "Secret",
    "ServiceError",
    "SetupError",
    "ThrottledError",
    "TransportError",
    "UnreadableAnswerError",
    "Verdict",
]
