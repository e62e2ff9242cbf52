"""`Client` and `AsyncClient` against the emulator: every fault, every bill, both ways of driving."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from client import (
    Algorithm,
    ApiError,
    AsyncClient,
    Billed,
    Client,
    ClientError,
    Credentials,
    DeadlineError,
    Encryption,
    EncryptionError,
    NoAnswerError,
    NotSentError,
    Pacer,
    PayloadError,
    Risk,
    ThrottledError,
    UnreadableAnswerError,
    Verdict,
)
from client.codes import CODES
from client.emulator import Emulator, Fault, magic

from .conftest import Capture, unhurried

Detect = Callable[..., Verdict]


@pytest.fixture(params=["thread", "task"])
def detect(request, emulator) -> Detect:
    """One call by either client, with a client of its own."""

    def by_thread(capture, *, deadline_s=20.0, **options):
        with Client(
            options.pop("credentials", emulator.credentials),
            **{"endpoint": emulator.url, "pacer": unhurried(), "sleep": lambda _: None, **options},
        ) as client:
            return client.detect(capture, deadline_s=deadline_s)

    async def as_task(capture, *, deadline_s=20.0, **options):
        async def at_once(_seconds):
            await asyncio.sleep(0)

        async with AsyncClient(
            options.pop("credentials", emulator.credentials),
            **{"endpoint": emulator.url, "pacer": unhurried(), "sleep": at_once, **options},
        ) as client:
            return await client.detect(capture, deadline_s=deadline_s)

    if request.param == "thread":
        return by_thread
    return lambda *args, **options: asyncio.run(as_task(*args, **options))


def word(text: str) -> Capture:
    """A capture that is nothing but a magic word."""
    return Capture(magic(text), 1)


def failed(detect: Detect, *args, **options) -> ClientError:
    with pytest.raises(ClientError) as caught:
        detect(*args, **options)
    return caught.value


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.MID, Risk.HIGH])
def test_a_photo_and_a_clip_get_their_verdict(detect, emulator, photo, clip, risk):
    for capture in (photo, clip):
        emulator.script(risk.value)
        verdict = detect(capture, region="ap-singapore")
        assert verdict.risk is risk
        assert verdict.emulated
        assert emulator.requests[-1].face_input_type == capture.face_input_type
        assert emulator.requests[-1].region == "ap-singapore"
        assert emulator.requests[-1].media_bytes == len(capture.data)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_an_encrypted_photo_gets_its_verdict(detect, emulator, photo, algorithm):
    emulator.script("High")
    verdict = detect(photo, encryption=emulator.encryption(algorithm))
    assert verdict.intercept
    assert emulator.requests[-1].encryption == algorithm.value


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_raised_as_its_class_after_its_repetitions(detect, emulator, code):
    entry = CODES[code]
    error = failed(detect, word(code))
    assert type(error) is entry.error
    assert error.code == code
    repeats = entry.retries_max
    if code in ("AuthFailure.SignatureExpire", "AuthFailure.TokenFailure"):
        repeats = 0  # pointless while the clocks agree and the credentials are fixed
    assert len(emulator.requests) == 1 + repeats
    assert not any(record.billed for record in emulator.requests)


@pytest.mark.parametrize("code", [code for code, entry in CODES.items() if entry.retries_max > 1])
def test_a_passing_trouble_ends_in_a_verdict(detect, emulator, photo, code):
    emulator.script(code, "Mid")
    assert detect(photo).risk is Risk.MID
    assert [record.billed for record in emulator.requests] == [False, True]


def test_an_unknown_code_survives_and_is_not_repeated(detect, emulator):
    error = failed(detect, word("FailedOperation.FromTheFuture"))
    assert (type(error), error.code) == (ApiError, "FailedOperation.FromTheFuture")
    assert len(emulator.requests) == 1


def test_a_throttled_call_makes_the_whole_process_pause(detect, emulator, photo):
    pacer = unhurried()
    emulator.script("RequestLimitExceeded", "Low")
    detect(photo, pacer=pacer)
    (pause_s,) = pacer.pauses_s
    assert pause_s >= 1.0


# Fault -> error (None: a verdict), and whether it may be billed, without opt-in.
FAULTS = {
    "delay:0.05": (None, None),
    "wrong-type": (None, None),
    "throttle": (ThrottledError, Billed.NO),
    "refuse-status": (UnreadableAnswerError, Billed.NO),
    "redirect": (UnreadableAnswerError, Billed.NO),
    "drop-early": (NoAnswerError, Billed.MAYBE),
    "drop-late": (NoAnswerError, Billed.MAYBE),
    "half": (NoAnswerError, Billed.MAYBE),
    "gateway": (UnreadableAnswerError, Billed.MAYBE),
    "garbage": (UnreadableAnswerError, Billed.MAYBE),
    "dribble:0.2": (DeadlineError, Billed.MAYBE),
    "delay:3": (DeadlineError, Billed.MAYBE),
}


def test_no_fault_of_the_emulator_is_left_out():
    assert {name.partition(":")[0] for name in FAULTS} == set(Fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_bills_a_face_twice(detect, emulator, photo, fault):
    kind, billed = FAULTS[fault]
    emulator.script(*[fault] * 9)
    deadline_s = 0.8 if kind is DeadlineError else 20.0
    if kind is None:
        assert detect(photo, deadline_s=deadline_s).risk in tuple(Risk)
    else:
        error = failed(detect, photo, deadline_s=deadline_s)
        assert type(error) is kind
        assert error.billed is billed
    bills = emulator.requests.billed_per_media()
    assert max(bills.values(), default=0) <= 1
    if billed is Billed.NO:
        assert not bills
    if billed is Billed.MAYBE:
        assert len(emulator.requests) == 1


@pytest.mark.parametrize("fault", ["drop-late", "half", "gateway", "garbage"])
def test_with_opt_in_silence_is_repeated_and_may_cost_twice(detect, emulator, photo, fault):
    emulator.script(fault, "Low")
    assert detect(photo, may_bill_twice=True).risk is Risk.LOW
    assert list(emulator.requests.billed_per_media().values()) == [2]


def test_a_large_body_that_broke_off_was_not_sent_and_is_repeated(detect, emulator):
    # 8 MiB do not fit into the socket's buffers: the reset comes while the body is being written.
    capture = Capture(magic("Low") + bytes(6 << 20), 2)
    emulator.script("drop-early", "Low")
    assert detect(capture).risk is Risk.LOW
    assert [record.billed for record in emulator.requests] == [False, True]


def test_a_refused_connection_is_repeated_and_then_told(detect):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    error = failed(detect, word("Low"), endpoint=f"http://127.0.0.1:{port}")
    assert isinstance(error, NotSentError)
    assert error.billed is Billed.NO
    assert error.retryable


def test_a_dribbling_answer_cannot_outlast_the_deadline(detect, emulator):
    start_s = time.monotonic()
    error = failed(detect, word("dribble:0.05"), deadline_s=1.0)
    assert isinstance(error, DeadlineError)
    assert error.billed is Billed.MAYBE
    assert time.monotonic() - start_s < 2.0


def test_dribbling_headers_cannot_outlast_the_deadline(detect):
    stop = threading.Event()

    def serve(listener):
        connection, _ = listener.accept()
        with connection:
            for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                if stop.wait(0.05):
                    return
                try:
                    connection.send(bytes([letter]))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        start_s = time.monotonic()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        error = failed(detect, word("Low"), endpoint=url, deadline_s=0.8)
        elapsed_s = time.monotonic() - start_s
        stop.set()
        thread.join()
    assert isinstance(error, DeadlineError)
    assert error.billed is Billed.MAYBE
    assert elapsed_s < 1.6


def test_a_server_that_does_not_read_cannot_outlast_the_deadline(detect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start_s = time.monotonic()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        error = failed(detect, Capture(bytes(6 << 20), 2), endpoint=url, deadline_s=0.5)
        assert time.monotonic() - start_s < 1.5
    assert isinstance(error, DeadlineError)
    assert error.billed is Billed.NO


def test_waiting_for_a_turn_counts_against_the_deadline(detect, emulator, photo):
    pacer = Pacer()
    pacer.pause(5.0)
    error = failed(detect, photo, pacer=pacer, deadline_s=0.1)
    assert isinstance(error, DeadlineError)
    assert error.billed is Billed.NO
    assert not emulator.requests


def test_a_wrong_clock_is_corrected_after_one_free_refusal(detect, emulator, photo):
    emulator.script("Low")
    ahead_s = 4000.0
    verdict = detect(photo, wall=lambda: time.time() + ahead_s)
    assert verdict.risk in tuple(Risk)
    assert emulator.requests[0].outcome == "AuthFailure.SignatureExpire"
    assert sum(record.billed for record in emulator.requests) == 1
    assert len(emulator.requests) == 2


def test_the_correction_is_kept_for_the_next_call_and_told(emulator, caplog):
    with Client(
        emulator.credentials,
        endpoint=emulator.url,
        pacer=unhurried(),
        sleep=lambda _: None,
        wall=lambda: time.time() - 900.0,
    ) as client:
        client.detect(word("Low"))
        client.detect(word("Low"))
        assert client.clock_skew_s == pytest.approx(900.0, abs=3)
    assert len(emulator.requests) == 3
    assert "this machine's clock is 900 s behind" in caplog.text


def test_a_refused_token_is_renewed_from_a_refreshable_source(detect, photo):
    good = Credentials("i", "k", token="new")
    stale = Credentials("i", "k", token="old")
    with Emulator(rate_limit=None, credentials=good) as emulator:
        made = iter([stale, good])
        verdict = detect(photo, credentials=lambda: next(made), endpoint=emulator.url)
        assert verdict.risk in tuple(Risk)
        outcomes = [record.outcome for record in emulator.requests]
        assert outcomes[0] == "AuthFailure.TokenFailure"
        assert len(outcomes) == 2


def test_a_source_that_has_nothing_newer_is_not_asked_forever(detect, photo):
    with Emulator(rate_limit=None, credentials=Credentials("i", "k", token="new")) as emulator:
        error = failed(
            detect,
            photo,
            credentials=lambda: Credentials("i", "k", token="old"),
            endpoint=emulator.url,
        )
        assert error.code == "AuthFailure.TokenFailure"
        assert len(emulator.requests) == 1


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("nobody", "not-a-secret"), "AuthFailure.SecretIdNotFound"),
        (Credentials("faceready-emulator", "wrong"), "AuthFailure.SignatureFailure"),
        (Credentials("faceready-emulator", "not-a-secret", token="t"), "AuthFailure.TokenFailure"),
    ],
)
def test_wrong_credentials_are_told_after_one_request(detect, emulator, photo, credentials, code):
    error = failed(detect, photo, credentials=credentials)
    assert isinstance(error, ApiError)
    assert error.code == code
    assert len(emulator.requests) == 1


def test_a_payload_no_request_can_carry_is_refused_before_anything_is_sent(detect, emulator):
    assert isinstance(failed(detect, Capture(bytes(7_864_294), 2)), PayloadError)
    encryption = emulator.encryption(Algorithm.AES_256_CBC)
    error = failed(detect, Capture(bytes(5_898_100), 2), encryption=encryption)
    assert isinstance(error, PayloadError)
    assert isinstance(failed(detect, Capture(b"", 2)), PayloadError)
    assert not emulator.requests


def test_an_unusable_public_key_is_told_before_anything_is_sent(detect, emulator, photo):
    encryption = Encryption(Algorithm.AES_256_CBC, "nonsense")
    assert isinstance(failed(detect, photo, encryption=encryption), EncryptionError)
    assert not emulator.requests


def test_an_endless_answer_is_cut_off(detect):
    def endless():
        while True:
            yield b"x" * 65536

    async def endless_async():
        while True:
            yield b"x" * 65536

    class Both(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request):
            list(request.stream)
            return httpx.Response(200, content=endless())

        async def handle_async_request(self, request):
            async for _ in request.stream:
                pass
            return httpx.Response(200, content=endless_async())

    error = failed(detect, word("Low"), transport=Both())
    assert isinstance(error, NoAnswerError)
    assert "more than 1048576 bytes" in error.message


def test_a_call_works_under_trio_too(emulator):
    trio = pytest.importorskip("trio")

    async def call():
        async with AsyncClient(
            emulator.credentials, endpoint=emulator.url, pacer=unhurried()
        ) as client:
            return await client.detect(word("High"))

    assert trio.run(call).intercept


def test_a_cancelled_task_gives_its_turn_back(emulator):
    pacer = unhurried()

    async def call():
        async with AsyncClient(emulator.credentials, endpoint=emulator.url, pacer=pacer) as client:
            task = asyncio.create_task(client.detect(word("delay:5")))
            while not emulator.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(call())
    assert pacer._held == 0
    assert not pacer._queue


def test_the_preview_shows_the_request_without_sending_or_secrets(client, emulator, photo):
    shown = client.preview(photo)
    assert shown.method == "POST"
    assert shown.url == emulator.url + "/"
    assert shown.headers["X-TC-Action"] == "DetectAIFakeFaces"
    assert shown.headers["Content-Length"] == str(shown.body_bytes)
    assert shown.body["FaceInputType"] == 1
    assert "not-a-secret" not in repr(shown)
    assert emulator.credentials.secret_id not in repr(shown)
    assert not emulator.requests


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_preview_of_an_encrypted_request_has_its_shape(emulator, photo, algorithm):
    with Client(
        emulator.credentials, endpoint=emulator.url, encryption=emulator.encryption(algorithm)
    ) as client:
        shown = client.preview(photo)
    assert set(shown.body) == {"Encryption", "EncryptedBody"}
    assert shown.body["Encryption"]["Algorithm"] == algorithm.value
    assert str(shown.body["EncryptedBody"]).endswith("base64 characters>")


def test_a_client_may_be_closed_unused_and_twice():
    client = Client(Credentials("i", "k"))
    client.close()
    client.close()
    assert repr(client) == "Client('https://faceid.intl.tencentcloudapi.com/')"


def test_both_clients_leave_netrc_and_redirects_alone(
    detect, emulator, photo, tmp_path, monkeypatch
):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    emulator.script("Low")
    assert detect(photo).risk is Risk.LOW


def test_an_untrusted_certificate_is_refused(detect, tmp_path):
    import datetime as dt
    import ssl

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    answer = b'{"Response": {"AttackRiskLevel": "Low", "RequestId": "r"}}'

    def serve(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    request = b""
                    while b'"FaceInputType":1}' not in request:
                        request += secure.recv(65536)
                    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                    secure.sendall(head % len(answer) + answer)
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"https://localhost:{listener.getsockname()[1]}"
        error = failed(detect, word("Low"), endpoint=url)
        trusted = detect(word("Low"), endpoint=url, ca_file=tmp_path / "ca.pem")
        listener.shutdown(socket.SHUT_RDWR)
    assert isinstance(error, NotSentError)
    assert "CERTIFICATE_VERIFY_FAILED" in error.message
    assert trusted.risk is Risk.LOW
