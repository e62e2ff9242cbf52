"""The metadata service, played by a loopback server."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from client import CredentialsError
from client._machine_role import MachineRole

GOOD = {
    "TmpSecretId": "tmp-id",
    "TmpSecretKey": "tmp-key",
    "Token": "tmp-token",
    "ExpiredTime": 1_900_000_000,
    "Expiration": "2030-03-17T17:46:40Z",
    "Code": "Success",
}


class Metadata(http.server.ThreadingHTTPServer):
    daemon_threads = True
    answers: dict[str, tuple[int, str]]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        status, text = self.server.answers.get(self.path, (404, ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if status == 302:
            self.send_header("Location", "/cam/elsewhere")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    with Metadata(("127.0.0.1", 0), Handler) as server:
        server.answers = {"/cam/": (200, "my-role\n"), "/cam/my-role": (200, json.dumps(GOOD))}
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def role(server: Metadata) -> MachineRole:
    return MachineRole(f"http://127.0.0.1:{server.server_port}/cam/", timeout_s=2.0)


def test_the_role_is_asked_for_its_name_and_then_for_its_keys(metadata):
    found = role(metadata)()
    assert found.secret_id == "tmp-id"
    assert found.secret_key.reveal() == "tmp-key"
    assert found.token is not None
    assert found.token.reveal() == "tmp-token"
    assert found.expires_at_s == 1_900_000_000
    assert found.source == "the machine's role"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**GOOD, "Code": "Failed"}),
        json.dumps({**GOOD, "ExpiredTime": "x"}),
    ],
)
def test_unusable_keys_are_an_error_that_shows_none(metadata, answer):
    metadata.answers["/cam/my-role"] = (200, answer)
    with pytest.raises(CredentialsError, match="no usable credentials") as caught:
        role(metadata)()
    assert "tmp-key" not in repr(caught.value)


@pytest.mark.parametrize("status", [404, 500, 302])
def test_no_role_is_an_error_and_redirects_are_not_followed(metadata, status):
    metadata.answers["/cam/"] = (status, "")
    with pytest.raises(CredentialsError, match="machine role"):
        role(metadata)()


def test_no_metadata_service_is_an_error():
    with pytest.raises(CredentialsError, match="ConnectError"):
        MachineRole("http://127.0.0.1:9/", timeout_s=0.5)()
