"""The network: httpx for threads and for tasks, each held to one deadline for the whole exchange.

One of the two modules that know httpx. What it raises ends here as a `Failure` without traceback:
the frames of HTTP libraries hold headers and body, and crash reporters send frames away.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import anyio
import httpcore
import httpx

from ._answer import Answer, Failure
from ._deadline import DeadlineBackend, within
from ._flow import Send, Upload

CONNECT_TIMEOUT_S: Final = 10.0
"""A server that does not even shake hands in this time is not there."""
ANSWER_BYTES_MAX: Final = 1024 * 1024
"""A verdict is below 2 kB; more than this is not one."""
CONNECTIONS_KEPT: Final = 5
KEEPALIVE_S: Final = 15.0
"""Shorter than a gateway's own patience, so that the server seldom closes what is about to be used."""

_FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    ssl.SSLError,
    OSError,
)
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)


class AnswerTooLongError(httpx.StreamError):
    """The answer is longer than any answer of this API."""

    def __init__(self) -> None:
        super().__init__(f"more than {ANSWER_BYTES_MAX} bytes")


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificate checks, always on; with the given authorities in place of the usual ones."""
    if ca_file is None:
        return _usual_context()
    return ssl.create_default_context(cafile=ca_file)


@functools.cache
def _usual_context() -> ssl.SSLContext:
    """Shared by all clients: reading every known authority takes longer than a small call."""
    return httpx.create_ssl_context()


class ThreadTransport:
    """Sends for `Client`."""

    def __init__(
        self,
        *,
        proxy: str | None,
        ca_file: Path | None,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._http = httpx.Client(
            transport=transport or _PoolTransport(proxy=proxy, ca_file=ca_file),
            trust_env=False,  # no netrc, which would replace the signature
            follow_redirects=False,
        )

    def send(self, effect: Send) -> Answer | Failure:
        """Post the request within its deadline."""
        try:
            with (
                within(effect.deadline),
                self._http.stream(
                    "POST",
                    effect.url,
                    headers=effect.headers.reveal(),
                    content=iter(effect.upload),
                    timeout=_timeout(effect),
                ) as response,
            ):
                body = b"".join(_limited(response.iter_bytes()))
                return _answer(response, body)
        except _FOREIGN as error:
            return _failure(error)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class TaskTransport:
    """Sends for `AsyncClient`."""

    def __init__(
        self,
        *,
        proxy: str | None,
        ca_file: Path | None,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._http = httpx.AsyncClient(
            transport=transport
            or httpx.AsyncHTTPTransport(
                verify=tls_context(ca_file),
                trust_env=False,
                proxy=proxy,
                limits=httpx.Limits(
                    max_connections=None,
                    max_keepalive_connections=CONNECTIONS_KEPT,
                    keepalive_expiry=KEEPALIVE_S,
                ),
            ),
            trust_env=False,
            follow_redirects=False,
        )

    async def send(self, effect: Send) -> Answer | Failure:
        """Post the request within its deadline."""
        try:
            with anyio.fail_after(effect.deadline.remaining_s()):
                async with self._http.stream(
                    "POST",
                    effect.url,
                    headers=effect.headers.reveal(),
                    content=_upload(effect.upload),
                    timeout=_timeout(effect),
                ) as response:
                    body = b""
                    async for piece in response.aiter_bytes():
                        body += piece
                        if len(body) > ANSWER_BYTES_MAX:
                            return _failure(AnswerTooLongError())
                    return _answer(response, body)
        except _FOREIGN as error:
            return _failure(error)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class _PoolTransport(httpx.BaseTransport):
    """httpx over a connection pool whose every read and write minds the deadline.

    `httpx.HTTPTransport` does not let the network backend be chosen, and httpx's own timeouts start
    anew with each read: a server that sends a byte a second would hold a call for hours.
    """

    def __init__(self, *, proxy: str | None, ca_file: Path | None) -> None:
        context = tls_context(ca_file)
        backend = DeadlineBackend()
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=context,
                max_keepalive_connections=CONNECTIONS_KEPT,
                max_connections=None,
                keepalive_expiry=KEEPALIVE_S,
                network_backend=backend,
            )
        else:
            address = httpx.Proxy(proxy)
            self._pool = httpcore.HTTPProxy(
                proxy_url=str(address.url),
                proxy_auth=address.raw_auth,
                ssl_context=context,
                max_keepalive_connections=CONNECTIONS_KEPT,
                max_connections=None,
                keepalive_expiry=KEEPALIVE_S,
                network_backend=backend,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; raises what httpcore raises."""
        url = request.url
        stream = request.stream
        assert isinstance(stream, httpx.SyncByteStream)  # noqa: S101  # a Client's request has one
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_PoolStream(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _PoolStream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


async def _upload(upload: Upload) -> AsyncIterator[bytes]:
    for part in upload:
        yield part


def _limited(pieces: Iterator[bytes]) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > ANSWER_BYTES_MAX:
            raise AnswerTooLongError
        yield piece


def _timeout(effect: Send) -> httpx.Timeout:
    remaining_s = effect.deadline.remaining_s()
    return httpx.Timeout(remaining_s, connect=min(CONNECT_TIMEOUT_S, remaining_s))


def _answer(response: httpx.Response, body: bytes) -> Answer:
    return Answer(status=response.status_code, body=body, date=response.headers.get("Date"))


def _failure(error: BaseException) -> Failure:
    kind = type(error).__name__
    text = str(error)
    return Failure(
        reason=f"{kind}: {text}" if text else kind, timed_out=isinstance(error, _TIMEOUTS)
    )
