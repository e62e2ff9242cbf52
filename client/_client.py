"""`Client` for threads and `AsyncClient` for tasks: two drivers of the one flow in `_flow`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypedDict, Unpack

from ._clock import Deadline, ServiceClock
from ._endpoint import INTERNATIONAL, Endpoint
from ._flow import Ask, Outcome, Pause, Settings, Steps, detect
from ._pacing import PROCESS_PACER, Pacer
from ._preview import Preview, preview
from .credentials import (
    REGION_VARIABLE,
    Credentials,
    CredentialSource,
    FixedCredentials,
    RefreshingCredentials,
    find_credentials,
)
from .encryption import Encryption
from .payload import Media, PayloadLike
from .verdict import Verdict

if TYPE_CHECKING:  # httpx takes longer to import than everything else here together
    import httpx

    from ._transport import TaskTransport, ThreadTransport

DEADLINE_S: Final = 60.0
"""Time for a whole call: waiting for a turn, sending, every repetition. Source: the official SDK
waits 60 s for one answer; the service states no limit of its own."""


class Options(TypedDict, total=False):
    """What both clients can be told beside the credentials."""

    endpoint: str
    """Address of the service, by default the international one; plain http is for loopback alone."""
    region: str | None
    """X-TC-Region, for example `ap-singapore`; None leaves it out."""
    language: str | None
    """Language of the service's messages, `en-US` (default) or `zh-CN`; None leaves it out."""
    encryption: Encryption | None
    """Encrypt each body for this receiver; None sends it as it is, inside TLS."""
    deadline_s: float
    """Seconds for a whole call with everything in it, 60 by default."""
    may_bill_twice: bool
    """Repeat also after silence, at the risk of paying twice for one face; False by default."""
    proxy: str | None
    """HTTP proxy, None to follow HTTPS_PROXY and NO_PROXY; loopback never uses one."""
    ca_file: str | Path | None
    """Certificate authorities in PEM form in place of the usual ones."""
    pacer: Pacer
    """Rate limit; by default the one that all clients of the process share."""
    wall: Callable[[], float]
    """UNIX time of this machine, for tests."""


class _BaseClient:
    """What the two clients share: options in, settings and credentials kept.

    Args:
        credentials: A key pair, or a callable that returns one and is asked again before it
            expires or when the service refuses its token.
        options: See `Options`.

    Raises:
        EndpointError: the address must not be used; nothing was opened or sent.
    """

    def __init__(
        self, credentials: Credentials | CredentialSource, **options: Unpack[Options]
    ) -> None:
        self._source = _source(credentials)
        self._settings = Settings(
            endpoint=Endpoint.parse(options.get("endpoint", INTERNATIONAL)),
            region=options.get("region") or None,
            language=options.get("language", "en-US") or None,
            encryption=options.get("encryption"),
            may_bill_twice=options.get("may_bill_twice", False),
            pacer=options.get("pacer", PROCESS_PACER),
            clock=ServiceClock(options.get("wall", time.time)),
        )
        self._deadline_s = options.get("deadline_s", DEADLINE_S)
        ca_file = options.get("ca_file")
        self._ca_file = None if ca_file is None else Path(ca_file)
        self._proxy = _proxy_for(self._settings.endpoint, options.get("proxy"))

    @classmethod
    def from_env(
        cls, *, environ: Mapping[str, str] = os.environ, **options: Unpack[Options]
    ) -> Self:
        """A client with the credentials and region that this machine offers.

        Looks at the environment (`TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`,
        `TENCENTCLOUD_TOKEN`, `TENCENTCLOUD_REGION`), then at the profile file
        `~/.tencentcloud/credentials`, then at the machine's role.

        Args:
            environ: Environment variables.
            options: See `Options`.

        Raises:
            CredentialsError: what was found is not usable; nothing was opened or sent.
        """
        options.setdefault("region", environ.get(REGION_VARIABLE))
        return cls(find_credentials(environ, machine_role=_machine_role), **options)

    @property
    def clock_skew_s(self) -> float:
        """Seconds added to this machine's clock; 0.0 while it agrees with the service's."""
        return self._settings.clock.offset_s

    def preview(self, payload: PayloadLike) -> Preview:
        """The request for a payload as it would be sent, with every secret masked; sends nothing.

        Raises:
            SetupError: credentials, payload or public key cannot be used.
        """
        return preview(Media.of(payload), self._settings, self._source())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings.endpoint.url!r})"

    def _steps(self, payload: PayloadLike, deadline_s: float | None) -> Steps:
        seconds = self._deadline_s if deadline_s is None else deadline_s
        return detect(Media.of(payload), self._settings, Deadline(seconds))

    def _ask(self, effect: Ask) -> Credentials:
        source = self._source
        if effect.refused is not None and isinstance(source, RefreshingCredentials):
            source.forget(effect.refused)
        return source()


class Client(_BaseClient):
    """Sends payloads to DetectAIFakeFaces; one instance may serve any number of threads.

    Args:
        credentials: A key pair, or a callable that returns one and is asked again before it
            expires or when the service refuses its token.
        transport: An httpx transport in place of the network, for tests.
        sleep: How to wait, for tests.
        options: See `Options`.

    Raises:
        EndpointError: the address must not be used; nothing was opened or sent.
    """

    def __init__(
        self,
        credentials: Credentials | CredentialSource,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(credentials, **options)
        self._given = transport
        self._sleep = sleep
        self._opening = threading.Lock()
        self._opened: ThreadTransport | None = None

    def detect(self, payload: PayloadLike, *, deadline_s: float | None = None) -> Verdict:
        """Send one payload and wait for the verdict. A verdict is billed.

        Args:
            payload: Anything with `data` and `face_input_type`, such as `preprocess.Payload`.
            deadline_s: Seconds for this call, None for the client's own.

        Raises:
            SetupError: credentials or payload cannot be used; nothing was sent.
            TransportError: no readable answer; `billed` says whether it may have been processed.
            DeadlineError: the time is used up; `billed` as above.
            ApiError: the service answered with an error code; not billed.
        """
        steps = self._steps(payload, deadline_s)
        del payload  # its repr may show the media, and crash reporters print local variables
        outcome: Outcome = None
        try:
            while True:
                effect = steps.send(outcome)
                if isinstance(effect, Ask):
                    outcome = self._ask(effect)
                elif isinstance(effect, Pause):
                    self._sleep(effect.duration_s)
                    outcome = None
                else:
                    outcome = self._transport().send(effect)
        except StopIteration as done:
            return _verdict(done)
        finally:
            steps.close()

    def _transport(self) -> ThreadTransport:
        with self._opening:
            if self._opened is None:
                from ._transport import ThreadTransport

                self._opened = ThreadTransport(
                    proxy=self._proxy, ca_file=self._ca_file, transport=self._given
                )
            return self._opened

    def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient(_BaseClient):
    """The same for tasks (asyncio or trio); one instance belongs to one event loop.

    Args:
        credentials: As for `Client`; a callable is asked in a worker thread.
        transport: An httpx transport in place of the network, for tests.
        sleep: How to wait, for tests; None for the event loop's own way.
        options: See `Options`.

    Raises:
        EndpointError: the address must not be used; nothing was opened or sent.
    """

    def __init__(
        self,
        credentials: Credentials | CredentialSource,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(credentials, **options)
        self._given = transport
        self._sleep = sleep
        self._opened: TaskTransport | None = None

    async def detect(self, payload: PayloadLike, *, deadline_s: float | None = None) -> Verdict:
        """Send one payload and wait for the verdict; see `Client.detect`."""
        import anyio

        sleep = self._sleep or anyio.sleep
        steps = self._steps(payload, deadline_s)
        del payload  # its repr may show the media, and crash reporters print local variables
        outcome: Outcome = None
        try:
            while True:
                effect = steps.send(outcome)
                if isinstance(effect, Ask):
                    if isinstance(self._source, FixedCredentials):
                        outcome = self._ask(effect)
                    else:
                        outcome = await anyio.to_thread.run_sync(self._ask, effect)
                elif isinstance(effect, Pause):
                    await sleep(effect.duration_s)
                    outcome = None
                else:
                    outcome = await self._transport().send(effect)
        except StopIteration as done:
            return _verdict(done)
        finally:
            steps.close()

    def _transport(self) -> TaskTransport:
        if self._opened is None:
            from ._transport import TaskTransport

            self._opened = TaskTransport(
                proxy=self._proxy, ca_file=self._ca_file, transport=self._given
            )
        return self._opened

    async def aclose(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _verdict(done: StopIteration) -> Verdict:
    verdict = done.value
    assert isinstance(verdict, Verdict)  # noqa: S101  # StopIteration has no type for its value
    return verdict


def _source(credentials: Credentials | CredentialSource) -> CredentialSource:
    if isinstance(credentials, Credentials):
        return FixedCredentials(credentials)
    if isinstance(credentials, FixedCredentials | RefreshingCredentials):
        return credentials
    return RefreshingCredentials(credentials)


def _machine_role() -> Credentials:
    from ._machine_role import MachineRole

    return MachineRole()()


def _proxy_for(endpoint: Endpoint, given: str | None) -> str | None:
    """The proxy for an endpoint: the given one, else what the environment says."""
    if endpoint.loopback:
        return None
    if given:
        return given
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    if proxy_bypass(endpoint.host):
        return None
    return proxies.get(endpoint.scheme) or proxies.get("all")
