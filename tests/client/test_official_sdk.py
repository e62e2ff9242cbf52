"""The official SDK as an independent peer: its client talks to our emulator, its signer agrees with ours."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from client import CODES, Client, Credentials, Encryption
from client._signing import sign
from client.emulator import Emulator
from client.payload import Media

from .conftest import Capture

pytest.importorskip(
    "tencentcloud", reason="the official SDK is not installed (dependency group peers)"
)

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def official(emulator: Emulator) -> Any:
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.faceid.v20180301.faceid_client import FaceidClient

    secret = emulator.credentials.secret_key
    key = secret if isinstance(secret, str) else secret.reveal()
    profile = ClientProfile(
        httpProfile=HttpProfile(
            protocol="http", endpoint=emulator.url.removeprefix("http://"), reqTimeout=10
        )
    )
    return FaceidClient(Credential(emulator.credentials.secret_id, key), "", profile)


def request(**fields: object) -> Any:
    from tencentcloud.faceid.v20180301 import models

    made = models.DetectAIFakeFacesRequest()
    made._deserialize(fields)
    return made


def plain(capture: Capture) -> Any:
    return request(
        FaceInput=base64.b64encode(capture.data).decode(), FaceInputType=capture.face_input_type
    )


@pytest.mark.parametrize("risk", ["Low", "Mid", "High"])
def test_the_sdk_gets_the_verdict_that_we_get(
    emulator: Emulator, client: Client, photo: Capture, risk: str
) -> None:
    emulator.script(risk, risk)
    theirs, ours = official(emulator).DetectAIFakeFaces(plain(photo)), client.detect(photo)
    assert theirs.AttackRiskLevel == ours.risk.value == risk
    details = [detail.Type for detail in theirs.AttackRiskDetailList or []]
    assert details == list(ours.details)
    assert theirs.RequestId


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_sdk_understands_every_error_code(
    emulator: Emulator, photo: Capture, code: str
) -> None:
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import (
        TencentCloudSDKException,
    )

    emulator.script(code)
    with pytest.raises(TencentCloudSDKException) as caught:
        official(emulator).DetectAIFakeFaces(plain(photo))
    assert caught.value.get_code() == code
    assert caught.value.get_request_id()


@pytest.mark.parametrize("algorithm", ["AES-256-CBC", "SM4-GCM"])
def test_the_sdk_sends_our_encrypted_form_through(
    emulator: Emulator, photo: Capture, algorithm: str
) -> None:
    encryption = emulator.encryption(algorithm)
    body = encrypted_fields(encryption, photo)
    answer = official(emulator).DetectAIFakeFaces(request(**body))
    assert answer.AttackRiskLevel in ("Low", "Mid", "High")
    assert emulator.requests[0].encryption == algorithm


def encrypted_fields(encryption: Encryption, capture: Capture) -> dict[str, Any]:
    """Return the fields that our client would send, read back from its body."""
    made = encryption.body(Media.of(capture))
    fields: dict[str, Any] = json.loads(b"".join(bytes(part) for part in made.parts))
    return fields


def test_both_signers_agree_on_1000_random_requests() -> None:
    draw = random.Random(20260522)  # noqa: S311 - repeatable on purpose
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for _ in range(1000):
        key = "".join(draw.choices(alphabet, k=32))
        secret_id = "AKID" + "".join(draw.choices(alphabet, k=32))
        timestamp_s = draw.randrange(1_500_000_000, 2_100_000_000)
        host = draw.choice(
            ["faceid.intl.tencentcloudapi.com", f"[::1]:{draw.randrange(1024, 65536)}"]
        )
        body = json.dumps(
            {"FaceInput": draw.randbytes(draw.randrange(200)).hex(), "n": "自"}
        ).encode()
        ours = sign(
            Credentials(secret_id, key),
            host=host,
            payload_sha256=hashlib.sha256(body).hexdigest(),
            body_bytes=len(body),
            timestamp_s=timestamp_s,
        )
        headers = ours.reveal()
        theirs = their_signature(key, timestamp_s, headers, body)
        assert headers["Authorization"].rpartition("Signature=")[2] == theirs


def their_signature(key: str, timestamp_s: int, headers: dict[str, str], body: bytes) -> str:
    from tencentcloud.common.abstract_client import AbstractClient

    made = SimpleNamespace(uri="/", data=body, method="POST", header=headers)
    date = datetime.fromtimestamp(timestamp_s, UTC).strftime("%Y-%m-%d")
    signed: str = AbstractClient._get_tc3_signature(None, {}, made, date, "faceid", key)
    return signed
