"""Whole exchanges with the emulator: verdicts, errors, faults, money, pace, and what must never leak."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
import traceback
from collections.abc import Iterator

import pytest

from client import (
    CODES,
    ApiError,
    AsyncClient,
    Billed,
    Client,
    ClientError,
    Credentials,
    DeadlineError,
    NoAnswerError,
    Pacer,
    Risk,
    ThrottledError,
)
from client.emulator import Emulator, Fault, magic

from .conftest import Capture, unhurried

SECRET = "emulated-secret-that-must-not-leak"


@pytest.mark.parametrize("risk", ["Low", "Mid", "High"])
def test_every_risk_level_comes_through_and_only_high_intercepts(
    emulator: Emulator, client: Client, photo: Capture, risk: str
) -> None:
    emulator.script(risk)
    verdict = client.detect(photo)
    assert verdict.risk is Risk(risk)
    assert verdict.intercept is (risk == "High")
    assert verdict.request_id


REPEATED_ONLY_WITH_NEWS = {"AuthFailure.SignatureExpire", "AuthFailure.TokenFailure"}
"""Repeated once where the clock turns out wrong or the source has a new token; here neither is so."""


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_comes_through_as_its_class_unbilled(
    emulator: Emulator, client: Client, photo: Capture, code: str
) -> None:
    emulator.script(*[code] * 8)
    with pytest.raises(CODES[code].error) as caught:
        client.detect(photo)
    error = caught.value
    assert error.code == code
    assert error.request_id
    assert error.billed is Billed.NO
    repeats = 0 if code in REPEATED_ONLY_WITH_NEWS else CODES[code].retries_max
    assert len(emulator.requests) == 1 + repeats
    assert not any(record.billed for record in emulator.requests)


def test_an_unknown_code_survives(emulator: Emulator, client: Client, photo: Capture) -> None:
    emulator.script("FailedOperation.FromTheFuture")
    with pytest.raises(ApiError) as caught:
        client.detect(photo)
    assert caught.value.code == "FailedOperation.FromTheFuture"


@pytest.mark.parametrize("code", sorted(CODES)[:3])
def test_magic_input_asks_for_its_answer(
    emulator: Emulator, client: Client, photo: Capture, code: str
) -> None:
    with pytest.raises(ApiError) as caught:
        client.detect(Capture(magic(code, photo.data)))
    assert caught.value.code == code


@pytest.mark.parametrize("fault", Fault)
def test_no_fault_is_ever_billed_twice_without_opting_in(
    emulator: Emulator, photo: Capture, fault: Fault
) -> None:
    """The emulator counts a bill for every judged face, whether its answer arrives or not."""
    slow = fault in (Fault.DELAY, Fault.DRIBBLE)
    emulator.script(*[f"{fault}:0.2" if slow else str(fault)] * 6)
    with Client(
        emulator.credentials,
        endpoint=emulator.url,
        pacer=unhurried(),
        sleep=lambda _: None,
        deadline_s=2.0,
    ) as client:
        try:
            client.detect(photo)
        except ClientError as error:
            told = error.billed
        else:
            told = None
    bills = emulator.requests.billed_per_media()
    assert sum(bills.values()) <= 1
    if sum(bills.values()) == 1:
        assert told is not Billed.NO, "billed, but the caller was told it was not"


def test_silence_after_the_body_says_that_it_may_be_billed(
    emulator: Emulator, client: Client, photo: Capture
) -> None:
    emulator.script("drop-late")
    with pytest.raises(NoAnswerError) as caught:
        client.detect(photo)
    assert caught.value.billed is Billed.MAYBE
    assert len(emulator.requests) == 1


def test_opting_in_repeats_after_silence(emulator: Emulator, photo: Capture) -> None:
    emulator.script("drop-late", "Low")
    with Client(
        emulator.credentials,
        endpoint=emulator.url,
        pacer=unhurried(),
        sleep=lambda _: None,
        may_bill_twice=True,
    ) as client:
        assert client.detect(photo).risk is Risk.LOW
    assert len(emulator.requests) == 2


def test_the_deadline_is_for_the_whole_call_and_not_for_each_byte(
    emulator: Emulator, client: Client, photo: Capture
) -> None:
    emulator.script("dribble:0.15")
    with pytest.raises(DeadlineError):
        client.detect(photo, deadline_s=0.5)


def test_throttling_is_repeated_after_a_pause_and_then_told(
    emulator: Emulator, client: Client, photo: Capture
) -> None:
    emulator.script("RequestLimitExceeded", "Low")
    assert client.detect(photo).risk is Risk.LOW
    emulator.script(*["RequestLimitExceeded"] * 9)
    with pytest.raises(ThrottledError):
        client.detect(photo)


@pytest.mark.parametrize("offset_s", [-3600.0, 3600.0])
def test_a_wrong_clock_is_noticed_corrected_and_told(photo: Capture, offset_s: float) -> None:
    with (
        Emulator(seed=1, rate_limit=None, clock_offset_s=offset_s) as emulator,
        Client(emulator.credentials, endpoint=emulator.url, pacer=unhurried()) as client,
    ):
        client.detect(photo)
        assert client.clock_skew_s == pytest.approx(offset_s, abs=5)
        assert [record.billed for record in emulator.requests] == [False, True]


@pytest.mark.parametrize("algorithm", ["AES-256-CBC", "SM4-GCM"])
def test_encrypted_bodies_are_understood(
    emulator: Emulator, photo: Capture, algorithm: str
) -> None:
    with Client(
        emulator.credentials,
        endpoint=emulator.url,
        pacer=unhurried(),
        encryption=emulator.encryption(algorithm),
    ) as client:
        client.detect(photo)
    assert emulator.requests[0].encryption == algorithm
    assert emulator.requests[0].media_bytes == len(photo.data)


def test_a_clip_is_sent_as_a_clip(emulator: Emulator, client: Client, clip: Capture) -> None:
    client.detect(clip)
    assert emulator.requests[0].face_input_type == 2


SCALED_WINDOW_S = 0.2
"""A fifth of the real window, so that 50 threads and 200 tasks take seconds; the real pace is tested below."""


@pytest.fixture
def paced() -> Iterator[tuple[Emulator, Pacer]]:
    with Emulator(seed=1, rate_limit=5, rate_window_s=SCALED_WINDOW_S) as emulator:
        yield emulator, Pacer(5, SCALED_WINDOW_S, margin_s=0.05)


def test_50_threads_share_one_pace_and_every_call_is_answered(
    paced: tuple[Emulator, Pacer], photo: Capture
) -> None:
    emulator, pacer = paced
    answers: list[str] = []
    with Client(emulator.credentials, endpoint=emulator.url, pacer=pacer) as client:
        threads = [
            threading.Thread(target=lambda: answers.append(client.detect(photo).request_id or ""))
            for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(answers)) == 50
    assert emulator.requests.most_within(SCALED_WINDOW_S) <= 5
    assert len(emulator.requests) == 50


def test_200_tasks_share_one_pace_and_every_call_is_answered(
    paced: tuple[Emulator, Pacer], photo: Capture
) -> None:
    emulator, pacer = paced

    async def run() -> list[str]:
        async with AsyncClient(emulator.credentials, endpoint=emulator.url, pacer=pacer) as client:
            verdicts = await asyncio.gather(*(client.detect(photo) for _ in range(200)))
        return [verdict.request_id or "" for verdict in verdicts]

    assert len(set(asyncio.run(run()))) == 200
    assert emulator.requests.most_within(SCALED_WINDOW_S) <= 5
    assert len(emulator.requests) == 200


@pytest.mark.slow
def test_the_real_pace_holds_for_threads_and_tasks_together(photo: Capture) -> None:
    with Emulator(seed=1) as emulator:
        pacer = Pacer()
        answers: list[str] = []

        async def tasks() -> None:
            async with AsyncClient(
                emulator.credentials, endpoint=emulator.url, pacer=pacer, deadline_s=120
            ) as client:
                verdicts = await asyncio.gather(*(client.detect(photo) for _ in range(30)))
                answers.extend(verdict.request_id or "" for verdict in verdicts)

        with Client(
            emulator.credentials, endpoint=emulator.url, pacer=pacer, deadline_s=120
        ) as client:
            threads = [
                threading.Thread(
                    target=lambda: answers.append(client.detect(photo).request_id or "")
                )
                for _ in range(20)
            ]
            for thread in threads:
                thread.start()
            asyncio.run(tasks())
            for thread in threads:
                thread.join()
        assert len(set(answers)) == 50
        assert emulator.requests.most_within(1.0) <= 5


@pytest.mark.parametrize("word", ["Low", "FailedOperation.CoveredFace", "drop-late", "garbage"])
def test_nothing_secret_shows_in_logs_errors_or_tracebacks(
    photo: Capture, caplog: pytest.LogCaptureFixture, word: str
) -> None:
    credentials = Credentials("emulated-id", SECRET, token="emulated-token-that-must-not-leak")
    face = base64.b64encode(photo.data).decode()[:60]
    seen = []
    with (
        caplog.at_level(logging.DEBUG),
        Emulator(seed=1, rate_limit=None, credentials=credentials) as emulator,
        Client(credentials, endpoint=emulator.url, pacer=unhurried()) as client,
    ):
        emulator.script(word)
        seen.append(repr(client))
        try:
            seen.append(repr(client.detect(photo)))
        except ClientError as error:
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            ours = [
                line for line in told.format() if "/httpx/" not in line and "/tests/" not in line
            ]
            seen += [repr(error), str(error), *ours]
    text = "\n".join([*seen, caplog.text])
    for secret in (SECRET, "emulated-token-that-must-not-leak", face, "Signature="):
        assert secret not in text


def test_redirects_are_not_followed_and_netrc_is_not_read(
    emulator: Emulator,
    client: Client,
    photo: Capture,
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pathlib import Path

    netrc = Path(str(tmp_path)) / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password stolen\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client.detect(photo)
    emulator.script("redirect")
    with pytest.raises(ClientError):
        client.detect(photo)


def test_plain_http_is_for_loopback_alone() -> None:
    from client import EndpointError

    with pytest.raises(EndpointError):
        Client(Credentials("emulated-id", SECRET), endpoint="http://faceid.example.com")
