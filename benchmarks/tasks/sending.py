"""One call of the service's client, ours and the official SDK, against a loopback server.

The server runs in a process of its own that ends after the clock has stopped, so it costs neither.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from ..meter import Meter


def call(meter: Meter, who: str, media_bytes: int, calls: int) -> dict[str, Any]:
    """Send so many bytes of media, after one call to warm up; time and memory are those of all calls.

    Args:
        meter: Counts.
        who: "faceready" or "sdk".
        media_bytes: Size before base64.
        calls: How often.
    """
    from ..client import _CALLS

    media = bytes(range(256)) * (media_bytes // 256)
    with _server() as port:
        send = _CALLS[who](port)
        assert send(media) == "Low"
        with meter():
            for _ in range(calls):
                send(media)
    return {"calls": calls, "cpu_ms_per_call": meter.cpu_s / calls * 1000}


def sign(meter: Meter, media_bytes: int, calls: int) -> dict[str, Any]:
    """Code, hash and sign so many bytes of media, sending nothing."""
    from client._body import plain_body
    from client._signing import sign as sign_body
    from client.credentials import Credentials
    from client.payload import Media

    media = Media(memoryview(bytes(range(256)) * (media_bytes // 256)), 2)
    credentials = Credentials("id", "key")
    with meter():
        for _ in range(calls):
            body = plain_body(media)
            sign_body(
                credentials,
                host="localhost",
                payload_sha256=body.sha256,
                body_bytes=body.length_bytes,
                timestamp_s=0,
            )
    return {"calls": calls, "cpu_ms_per_call": meter.cpu_s / calls * 1000}


def sign_with_sdk(meter: Meter, media_bytes: int, calls: int) -> dict[str, Any]:
    """The same with the SDK: base64, the request's text, its hash and signature; the wire is cut off."""
    from ..client import _CALLS

    media = bytes(range(256)) * (media_bytes // 256)
    send = _CALLS["sdk"](1)
    answer = SimpleNamespace(
        status_code=200,
        content=b'{"Response": {"AttackRiskLevel": "Low", "AttackRiskDetailList": [], "RequestId": "b"}}',
        headers={},
    )
    send._client.request.send_request = lambda *_, **__: answer
    with meter():
        for _ in range(calls):
            send(media)
    return {"calls": calls, "cpu_ms_per_call": meter.cpu_s / calls * 1000}


@contextmanager
def _server() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.client", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.terminate()
