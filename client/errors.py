"""What can go wrong on the way to the service, and whether it may have cost money.

```
ClientError
├── SetupError                   nothing was sent: the caller or the machine has to change something
│   ├── CredentialsError         no usable credentials
│   ├── EndpointError            an address that must not be used
│   ├── EncryptionError          a public key or algorithm that cannot be used
│   └── PayloadError             a payload that no request can carry
├── TransportError               the network, or something that is not the service
│   ├── NotSentError             the whole request surely did not arrive
│   ├── NoAnswerError            sent whole, no answer came: it may have been billed
│   └── UnreadableAnswerError    something answered, but not in the words of the API
├── DeadlineError                the time for the whole call is used up
└── ApiError                     the service answered with an error code (never billed)
    ├── CaptureError             about the face or the media: take the capture again
    ├── AuthError                credentials, signature, clock, permissions
    ├── AccountError             activation, payment, quota
    ├── ThrottledError           too many requests
    ├── ServiceError             the service's own trouble
    ├── RequestError             a request that the service does not take
    └── EncryptionRejectedError  a body that the service cannot decrypt
```

`client.codes` maps each code of the service to its class. Messages never hold secrets, signatures,
media or paths.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar


class Billed(StrEnum):
    """Whether a call that ended in an error may stand on the bill."""

    NO = "no"
    """Surely not: not sent, refused before processing, or an error code that is free by contract."""
    MAYBE = "maybe"
    """The whole request left and the outcome is unknown; the service has no idempotency token."""


class ClientError(Exception):
    """Base of everything that `client` raises on purpose."""

    default_code: ClassVar[str] = "Client"
    default_advice: ClassVar[str] = ""
    default_billed: ClassVar[Billed] = Billed.NO

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        advice: str | None = None,
        billed: Billed | None = None,
        retries_max: int = 0,
        request_id: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        """One sentence without secrets, media or paths."""
        self.code = self.default_code if code is None else code
        """Stable name: the service's code for an `ApiError`, `Client.<What>` for the others."""
        self.advice = self.default_advice if advice is None else advice
        """What the caller can do about it; may be empty."""
        self.billed = self.default_billed if billed is None else billed
        """Whether the call may stand on the bill."""
        self.retries_max = retries_max
        """How often the same request may be repeated for this reason; 0 means never."""
        self.request_id = request_id
        """The service's RequestId, None when the call never reached it."""
        self.http_status = http_status
        """HTTP status of the answer, None without an answer."""

    @property
    def retryable(self) -> bool:
        """True when repeating the same request can help and cannot cost twice."""
        return self.retries_max > 0 and self.billed is Billed.NO

    def __str__(self) -> str:
        request = f" (RequestId {self.request_id})" if self.request_id else ""
        return f"{self.code}: {self.message}{request}"

    def __reduce__(self) -> tuple[Callable[..., ClientError], tuple[Any, ...]]:
        # Exceptions cross process pools by pickle, which would call __init__ without the keywords.
        return _rebuilt, (type(self), self.message, dict(self.__dict__))


def _rebuilt(kind: type[ClientError], message: str, state: dict[str, Any]) -> ClientError:
    error = kind(message)
    error.__dict__.update(state)
    return error


class SetupError(ClientError):
    """Nothing was sent; the caller or the machine has to change something first."""

    default_code = "Client.Setup"


class CredentialsError(SetupError):
    """There are no usable credentials."""

    default_code = "Client.Credentials"
    default_advice = "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or fill ~/.tencentcloud/credentials."


class EndpointError(SetupError):
    """The address must not be used: not HTTPS, or more than scheme, host and port."""

    default_code = "Client.Endpoint"
    default_advice = "Use https://HOST; plain http is for loopback addresses alone."


class EncryptionError(SetupError):
    """The public key or the algorithm for full-body encryption cannot be used."""

    default_code = "Client.Encryption"
    default_advice = "Pass the public key of your faceid console, or set FACEREADY_PUBLIC_KEY."


class PayloadError(SetupError):
    """The payload cannot be put into a request: empty, of an unknown kind, or too large."""

    default_code = "Client.Payload"


class TransportError(ClientError):
    """The network failed, or something that is not the service answered."""

    default_code = "Client.Transport"


class NotSentError(TransportError):
    """The whole request surely did not arrive, so it cannot have been processed."""

    default_code = "Client.NotSent"
    default_advice = "Check the network, the proxy and the endpoint, then try again."


class NoAnswerError(TransportError):
    """The request went out whole and no whole answer came back: it may have been billed."""

    default_code = "Client.NoAnswer"
    default_advice = (
        "Repeating it may be billed a second time; may_bill_twice=True lets the client do so."
    )
    default_billed = Billed.MAYBE


class UnreadableAnswerError(TransportError):
    """Something answered, but not in the words of the API (a gateway, a proxy, half an answer)."""

    default_code = "Client.UnreadableAnswer"
    default_billed = Billed.MAYBE


class DeadlineError(ClientError):
    """The time given to the whole call is used up; `billed` says whether the request had left."""

    default_code = "Client.Deadline"
    default_advice = "Give the call more time with deadline_s."


class ApiError(ClientError):
    """The service answered with an error code; also the class of codes nobody has seen before."""

    default_code = "Unknown"

    @classmethod
    def group(cls) -> str:
        """Name of the group, as the table of errors shows it."""
        return cls.__name__.removesuffix("Error")


class CaptureError(ApiError):
    """The face or the media cannot be judged: take the capture again."""


class AuthError(ApiError):
    """Credentials, signature, clock or permissions are not accepted."""


class AccountError(ApiError):
    """The account is not activated, not paid, or out of quota."""


class ThrottledError(ApiError):
    """Too many requests: the service did not look at this one."""


class ServiceError(ApiError):
    """The service had trouble of its own."""


class RequestError(ApiError):
    """The service does not take such a request."""


class EncryptionRejectedError(ApiError):
    """The service could not decrypt the body."""
