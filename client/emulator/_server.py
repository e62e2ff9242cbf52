"""The emulator on a real socket: in a thread for tests and `send --emulator`, or in front."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .._body import REQUEST_BYTES_MAX
from .._pacing import RATE_LIMIT, RATE_WINDOW_S
from ..credentials import Credentials
from ..encryption import Algorithm, Encryption
from ._keys import TestKeys
from ._log import Record, RequestLog
from ._service import Service

EMULATOR_SECRET_ID: Final = "faceready-emulator"  # noqa: S105  # opens nothing but the emulator
EMULATOR_SECRET_KEY: Final = "not-a-secret"  # noqa: S105  # opens nothing but the emulator


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application reset the connection, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        # asyncio does so only for sockets that name their protocol, which accepted ones do not;
        # without it each answer on a kept connection waits 40 ms for an acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class Emulator:
    """A local stand-in for the service.

    **Its risk levels are scripted or drawn, never judged.** As a context manager it serves from a thread of its own:

    ```python
    with Emulator(seed=1) as emulator:
        emulator.script("FailedOperation.UnKnown", "High")
        client = Client(emulator.credentials, endpoint=emulator.url)
    ```

    Args:
        seed: Decides what is not scripted.
        host: Address to listen on.
        port: Port to listen on, 0 for any free one.
        credentials: The only ones it accepts; by default a published pair that opens nothing else.
        rate_limit: Requests per window, None for no limit.
        rate_window_s: Length of the window.
        request_bytes_max: Longest body.
        clock_offset_s: Seconds by which its clock is ahead of this machine's.
        told: Called with the record of each finished request, in the server's thread.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: Credentials | None = None,
        rate_limit: int | None = RATE_LIMIT,
        rate_window_s: float = RATE_WINDOW_S,
        request_bytes_max: int = REQUEST_BYTES_MAX,
        clock_offset_s: float = 0.0,
        told: Callable[[Record], None] | None = None,
    ) -> None:
        self.credentials = credentials or Credentials(
            EMULATOR_SECRET_ID, EMULATOR_SECRET_KEY, source="the emulator"
        )
        self.requests = RequestLog()
        self._keys = TestKeys()
        self._service = Service(
            self.credentials,
            keys=self._keys,
            log=self.requests,
            seed=seed,
            rate_limit=rate_limit,
            rate_window_s=rate_window_s,
            request_bytes_max=request_bytes_max,
            clock_offset_s=clock_offset_s,
            told=told,
        )
        self._address = (host, port)
        self._server: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def app(self) -> Any:
        """The ASGI application, for other servers."""
        return self._service

    @property
    def url(self) -> str:
        """Address to send to; known once it listens."""
        if self._socket is None:
            msg = "the emulator does not listen yet"
            raise RuntimeError(msg)
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def script(self, *words: str) -> None:
        """Answer the next requests with these words, one each.

        A word is a risk level (`High`), an error code (`FailedOperation.UnKnown`) or a fault
        (`drop-late`, `delay:0.5`).
        """
        self._service.script(words)

    def reset(self) -> None:
        """Forget all requests and the rest of the script; the seed's sequence goes on."""
        self._service.forget_script()
        self.requests.clear()

    def encryption(self, algorithm: Algorithm | str) -> Encryption:
        """What a client needs to encrypt for this emulator."""
        return self._keys.encryption(Algorithm(algorithm))

    def listen(self) -> None:
        """Bind the socket, so that `url` is known.

        Raises:
            OSError: the address is taken or not this machine's.
        """
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._service,
                http=_Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=1,
            )
        )

    def serve(self) -> None:
        """Serve in this thread until interrupted."""
        if self._server is None:
            self.listen()
        assert self._server is not None  # noqa: S101  # listen() has made it
        assert self._socket is not None  # noqa: S101  # listen() has made it
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self.listen()
        assert self._server is not None  # noqa: S101  # listen() has made it
        self._thread = threading.Thread(target=self.serve, name="emulator", daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
