"""How callers use `client`; only type-checked, never run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_type

from client import (
    Algorithm,
    ApiError,
    AsyncClient,
    Billed,
    CaptureError,
    Client,
    ClientError,
    Credentials,
    Encryption,
    Pacer,
    PayloadLike,
    Preview,
    Risk,
    Verdict,
)
from client.emulator import Emulator


@dataclass(frozen=True)
class OwnPayload:
    """A caller's payload, without the pipeline."""

    data: bytes
    face_input_type: int


def thread() -> bool:
    payload: PayloadLike = OwnPayload(b"", 1)
    with Client.from_env(region="ap-singapore", deadline_s=20.0, may_bill_twice=False) as client:
        verdict = client.detect(payload, deadline_s=5)
        assert_type(verdict, Verdict)
        assert_type(verdict.risk, Risk)
        assert_type(verdict.details, tuple[str, ...])
        assert_type(client.preview(payload), Preview)
        assert_type(client.clock_skew_s, float)
    return verdict.intercept


async def task() -> Verdict:
    encryption = Encryption(Algorithm.SM4_GCM, "PEM")
    async with AsyncClient(
        Credentials("id", "key", token="token"), encryption=encryption, pacer=Pacer(2)
    ) as client:
        return await client.detect(OwnPayload(b"", 2))


def renewed() -> Credentials:
    return Credentials("id", "key", expires_at_s=0.0)


def errors() -> str:
    try:
        Client(renewed, endpoint="faceid.intl.tencentcloudapi.com").detect(OwnPayload(b"", 1))
    except CaptureError as error:
        assert_type(error.code, str)
        return error.advice
    except ApiError as error:
        return error.request_id or ""
    except ClientError as error:
        assert_type(error.billed, Billed)
        assert_type(error.retryable, bool)
    return ""


def emulated() -> None:
    with Emulator(seed=1) as emulator:
        emulator.script("High")
        Client(emulator.credentials, endpoint=emulator.url)
        assert_type(emulator.requests[0].billed, bool)
