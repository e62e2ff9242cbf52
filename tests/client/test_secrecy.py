"""Nothing that must stay secret gets into logs, errors, or the local variables of our frames."""

import asyncio
import base64
import logging
import traceback

import pytest

from client import AsyncClient, Client, ClientError, Credentials
from client.emulator import Emulator, magic

from .conftest import Capture, unhurried

SECRET_ID = "secretly-identified"
SECRET_KEY = "secretly-keyed"
TOKEN = "secretly-tokened"
MEDIA = magic("FailedOperation.CoveredFace") + b"secretly-a-face" * 20


def hidden_texts() -> list[str]:
    chunk = base64.b64encode(MEDIA).decode()
    return [SECRET_ID, SECRET_KEY, TOKEN, "secretly-a-face", chunk[40:80], "Signature="]


def everything_about(error: BaseException) -> str:
    """Texts, reprs and the local variables of our frames, along the whole chain of exceptions."""
    shown = []
    chain: list[BaseException | None] = [error]
    for current in chain:
        if current is None:
            continue
        shown += [str(current), repr(current), repr(vars(current))]
        for frame, _ in traceback.walk_tb(current.__traceback__):
            if "/client/" in frame.f_code.co_filename and "/tests/" not in frame.f_code.co_filename:
                shown.append(repr(frame.f_locals))
        chain += [current.__cause__, current.__context__]
    return "\n".join(shown)


FAILURES = [
    "FailedOperation.CoveredFace",
    "drop-late",
    "half",
    "garbage",
    "redirect",
    "throttle",
    "dribble:0.2",
]


@pytest.mark.parametrize("words", FAILURES)
@pytest.mark.parametrize("driver", ["thread", "task"])
def test_a_failing_call_shows_no_secret_anywhere(words, driver, caplog):
    credentials = Credentials(SECRET_ID, SECRET_KEY, token=TOKEN)
    with (
        caplog.at_level(logging.DEBUG),
        Emulator(rate_limit=None, credentials=credentials) as emulator,
    ):
        emulator.script(*[words] * 5)
        with pytest.raises(ClientError) as caught:
            call(driver, credentials, emulator.url)
        assert len(emulator.requests) >= 1
        log = repr(list(emulator.requests))
    assert any(record.levelno == logging.DEBUG for record in caplog.records)
    shown = everything_about(caught.value) + caplog.text + log
    shown += "".join(repr(record.args) for record in caplog.records)
    assert [text for text in hidden_texts() if text in shown] == []


def call(driver, credentials, url):
    if driver == "thread":
        with Client(
            credentials, endpoint=url, pacer=unhurried(), sleep=lambda _: None, deadline_s=1.0
        ) as client:
            client.detect(Capture(MEDIA, 1))
    else:

        async def task():
            async with AsyncClient(
                credentials, endpoint=url, pacer=unhurried(), deadline_s=1.0
            ) as client:
                await client.detect(Capture(MEDIA, 1))

        asyncio.run(task())


def test_the_local_variables_of_our_frames_are_really_looked_at():
    with pytest.raises(ClientError) as caught:
        call("thread", Credentials(SECRET_ID, SECRET_KEY), "http://127.0.0.1:9")
    shown = everything_about(caught.value)
    assert "SignedHeaders" in shown or "Deadline" in shown
    assert [text for text in hidden_texts() if text in shown] == []


def test_a_failing_credential_source_shows_nothing_either():
    with pytest.raises(ClientError) as caught:
        Credentials(SECRET_ID, SECRET_KEY + "\n", token=TOKEN)
    shown = everything_about(caught.value)
    assert SECRET_KEY not in shown
    assert TOKEN not in shown
