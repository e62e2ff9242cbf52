"""One call of the service, told once for threads and tasks.

`detect` is a generator: it yields what has to be done outside (ask for credentials, wait, send) and
receives the outcome. `Client` and `AsyncClient` do these three things each in their own way;
order, retries, money and deadline are decided here, without I/O.
"""

from __future__ import annotations

import functools
import itertools
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from ._answer import Answer, Failure, read_answer, read_failure
from ._body import RequestBody, plain_body, plain_length_bytes, refuse_too_large
from ._clock import Deadline, ServiceClock
from ._endpoint import Endpoint
from ._pacing import Pacer, Place
from ._retry import wait_before_retry_s
from ._signing import SignedHeaders, sign
from .credentials import Credentials
from .encryption import Encryption
from .errors import (
    Billed,
    ClientError,
    DeadlineError,
    ThrottledError,
)
from .payload import Media
from .verdict import Verdict

_EXPIRED: Final = "AuthFailure.SignatureExpire"
_TOKEN_REFUSED: Final = "AuthFailure.TokenFailure"  # noqa: S105  # an error code, not a secret


class Upload:
    """The body on its way out, and the memory of how far it came."""

    __slots__ = ("_handed_over", "began", "body", "whole")

    def __init__(self, body: RequestBody, handed_over: Callable[[], None]) -> None:
        self.body = body
        self.began = False
        """True once the first byte of the body was asked for."""
        self.whole = False
        """True once the network took the last byte."""
        self._handed_over = handed_over

    def __iter__(self) -> Generator[bytes, None, None]:
        """The body's parts, each asked for after the one before was written."""
        self.began = True
        yield from self.body.parts
        self.whole = True
        self._handed_over()


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the source of credentials. Answer: `Credentials`."""

    refused: Credentials | None = None
    """Credentials that the service has just refused and that must not come again."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait. Answer: None."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Send:
    """Post the request. Answer: `Answer` or `Failure`."""

    url: str
    headers: SignedHeaders
    upload: Upload = field(repr=False)
    deadline: Deadline


Effect = Ask | Pause | Send
Outcome = Credentials | Answer | Failure | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What stays the same for every call of a client."""

    endpoint: Endpoint
    region: str | None
    language: str | None
    encryption: Encryption | None
    may_bill_twice: bool
    pacer: Pacer
    clock: ServiceClock
    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random


Steps = Generator[Effect, Outcome, "Verdict"]


def detect(media: Media, settings: Settings, deadline: Deadline) -> Steps:
    """Send the media and return the verdict.

    Raises:
        ClientError: no verdict; `billed` says whether the call may stand on the bill.
    """
    refuse_too_large(length_bytes(media, settings))
    # Built at the first turn and not before: of many waiting calls only a handful hold a body.
    body = functools.cache(functools.partial(build_body, media, settings))
    credentials = yield from _ask()
    for failures in itertools.count(1):
        sent, whole = yield from _exchange(body, credentials, settings, deadline)
        corrected = isinstance(sent, Answer) and settings.clock.observe(sent.date)
        try:
            return _read(sent, whole=whole, deadline=deadline)
        except ClientError as error:
            if error.code == _EXPIRED and not corrected:
                raise  # the clocks agree as far as anyone can tell: a second try changes nothing
            if error.code == _TOKEN_REFUSED:
                renewed = yield from _ask(refused=credentials)
                if renewed == credentials:
                    raise
                credentials = renewed
            wait_s = wait_before_retry_s(
                error,
                failures=failures,
                may_bill_twice=settings.may_bill_twice,
                jitter=settings.jitter(),
            )
            if wait_s is None or wait_s >= deadline.remaining_s():
                raise
            if isinstance(error, ThrottledError):
                settings.pacer.pause(wait_s)  # the account as a whole is too fast, not this call
        yield Pause(wait_s)
    raise AssertionError  # the loop has no other way out


def _ask(refused: Credentials | None = None) -> Generator[Effect, Outcome, Credentials]:
    outcome = yield Ask(refused)
    assert isinstance(outcome, Credentials)  # noqa: S101  # the contract of Ask
    return outcome


def _exchange(
    body: Callable[[], RequestBody],
    credentials: Credentials,
    settings: Settings,
    deadline: Deadline,
) -> Generator[Effect, Outcome, tuple[Answer | Failure, bool]]:
    """One attempt: wait for a turn, sign, send. Also says whether the whole body had left."""
    pacer = settings.pacer
    place = pacer.enter()
    upload = None
    try:
        yield from _turn(place, pacer, deadline)
        upload = Upload(body(), functools.partial(pacer.handed_over, place))
        headers = sign(
            credentials,
            host=settings.endpoint.host,
            payload_sha256=upload.body.sha256,
            body_bytes=upload.body.length_bytes,
            timestamp_s=settings.clock.timestamp_s(),
            region=settings.region,
            language=settings.language,
        )
        sent = yield Send(settings.endpoint.url, headers, upload, deadline)
    finally:
        pacer.leave(place, began=upload is not None and upload.began)
    assert isinstance(sent, Answer | Failure)  # noqa: S101  # the contract of Send
    assert upload is not None  # noqa: S101  # it was made before anything was sent
    return sent, upload.whole


def _turn(place: Place, pacer: Pacer, deadline: Deadline) -> Generator[Effect, Outcome, None]:
    while (wait_s := pacer.wait_s(place)) > 0:
        if wait_s >= deadline.remaining_s():
            msg = "the time is used up by waiting for a turn: too many calls for the rate limit"
            raise DeadlineError(msg)
        yield Pause(wait_s)


def build_body(media: Media, settings: Settings) -> RequestBody:
    """The request's body, plain or encrypted.

    Raises:
        SetupError: the public key cannot be used.
    """
    return settings.encryption.body(media) if settings.encryption else plain_body(media)


def length_bytes(media: Media, settings: Settings) -> int:
    """Length of the request's body, known without building it."""
    encryption = settings.encryption
    return encryption.length_bytes(media) if encryption else plain_length_bytes(media)


def _read(sent: Answer | Failure, *, whole: bool, deadline: Deadline) -> Verdict:
    if isinstance(sent, Answer):
        return read_answer(sent)
    if sent.timed_out and not deadline.remaining_s():
        if whole:
            msg = "the request was sent, but no whole answer came in time"
            raise DeadlineError(msg, billed=Billed.MAYBE)
        msg = "the time is used up before the request was sent"
        raise DeadlineError(msg)
    raise read_failure(sent, sent_whole=whole)
