"""The emulator checks what the service checks, in its words, and keeps no face."""

import base64
import json
import time
from collections.abc import Callable

import httpx
import pytest

from client import Algorithm, Credentials
from client._signing import SignedHeaders, sign
from client.codes import CODES
from client.emulator import Emulator, magic
from client.emulator._script import Step, find_magic
from client.payload import Media

from .conftest import Capture, make_clip

Post = Callable[..., dict]

HTTP = httpx.Client(trust_env=False)
"""One for all tests: making one loads all certificates of the machine."""


def body_of(capture: Capture, **changes: object) -> bytes:
    fields = {
        "FaceInput": base64.b64encode(capture.data).decode(),
        "FaceInputType": capture.face_input_type,
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def signed(emulator: Emulator, body: bytes, *, late_s: float = 0.0, **options) -> SignedHeaders:
    import hashlib

    credentials = options.pop("credentials", emulator.credentials)
    return sign(
        credentials,
        host=emulator.url.removeprefix("http://"),
        payload_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        timestamp_s=int(time.time() - late_s),
        **options,
    )


@pytest.fixture
def post(emulator) -> Post:
    """Post a body with its right headers, some of them changed; the `Response` comes back."""

    def send(
        body: bytes, *, headers: dict[str, str | None] | None = None, method="POST", **options
    ):
        revealed = {**signed(emulator, body, **options).reveal(), **(headers or {})}
        kept = {name: value for name, value in revealed.items() if value is not None}
        answer = HTTP.request(method, emulator.url + "/", headers=kept, content=body)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        return answer.json()["Response"]

    return send


def code_of(response: dict) -> str:
    return response["Error"]["Code"]


def test_a_right_request_gets_a_level_and_an_id_that_cannot_be_taken_for_the_services(
    post, photo, emulator
):
    response = post(body_of(photo))
    assert response["AttackRiskLevel"] in ("Low", "Mid", "High")
    assert response["RequestId"].startswith("emulated-")
    assert emulator.requests[0].billed


WRONG_HEADERS = [
    ({"X-TC-Action": None}, "MissingParameter"),
    ({"X-TC-Version": None}, "MissingParameter"),
    ({"X-TC-Timestamp": None}, "MissingParameter"),
    ({"X-TC-Action": "DetectAIGCContent"}, "InvalidAction"),
    ({"X-TC-Version": "2017-03-12"}, "NoSuchVersion"),
    ({"X-TC-Timestamp": "soon"}, "InvalidParameterValue"),
    ({"X-TC-Region": ""}, "InvalidParameterValue"),
    ({"Content-Type": "text/plain"}, "InvalidRequest"),
    ({"Content-Type": "application/json; charset=utf-8"}, "AuthFailure.SignatureFailure"),
    ({"Authorization": "Basic eA=="}, "AuthFailure.InvalidAuthorization"),
    ({"Authorization": None}, "AuthFailure.InvalidAuthorization"),
    ({"X-TC-Token": "unexpected"}, "AuthFailure.TokenFailure"),
]


@pytest.mark.parametrize(("headers", "code"), WRONG_HEADERS)
def test_a_wrong_header_is_named(post, photo, emulator, headers, code):
    assert code_of(post(body_of(photo), headers=headers)) == code
    assert not emulator.requests[0].billed


def test_get_is_not_supported(post, photo):
    assert code_of(post(body_of(photo), method="GET")) == "UnsupportedProtocol"


@pytest.mark.parametrize(
    ("late_s", "fine"), [(290, True), (-290, True), (310, False), (-310, False)]
)
def test_the_timestamp_may_be_five_minutes_off(post, photo, late_s, fine):
    response = post(body_of(photo), late_s=late_s)
    assert ("AttackRiskLevel" in response) == fine
    if not fine:
        assert code_of(response) == "AuthFailure.SignatureExpire"


def test_a_scope_of_another_day_is_a_wrong_signature(post, photo, emulator):
    body = body_of(photo)
    value = signed(emulator, body).authorization.reveal()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    other = value.replace(today, "2020-01-01")
    assert other != value
    response = post(body, headers={"Authorization": other})
    assert code_of(response) == "AuthFailure.SignatureFailure"


def test_a_changed_body_is_a_wrong_signature(post, photo, emulator):
    body = body_of(photo)
    headers = signed(emulator, body).reveal()
    other = body.replace(b'"FaceInputType": 1', b'"FaceInputType": 2')
    assert len(other) == len(body)
    response = post(other, headers={"Authorization": headers["Authorization"]})
    assert code_of(response) == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (Credentials("nobody", "x"), "AuthFailure.SecretIdNotFound"),
        (Credentials("faceready-emulator", "x"), "AuthFailure.SignatureFailure"),
    ],
)
def test_unknown_or_wrong_credentials_are_told_apart(post, photo, pair, code):
    assert code_of(post(body_of(photo), credentials=pair)) == code


NOISE = Capture(b"neither photo nor clip")
WRONG_BODIES = [
    (b"", "InvalidParameter"),
    (b"{", "InvalidParameter"),
    (b"[]", "InvalidParameter"),
    (b"{}", "InvalidParameter"),
    (body_of(NOISE, FaceInputType=None), "InvalidParameter"),
    (body_of(NOISE, FaceInputType=3), "InvalidParameter"),
    (body_of(NOISE, FaceInputType=True), "InvalidParameter"),
    (body_of(NOISE, FaceInputType="1"), "InvalidParameter"),
    (body_of(NOISE, FaceInput=None), "InvalidParameter"),
    (body_of(NOISE, FaceInput=5), "InvalidParameter"),
    (body_of(NOISE, FaceInput=""), "InvalidParameter"),
    (body_of(NOISE, FaceInput="data:image/png;base64,eA=="), "InvalidParameterValue"),
    (body_of(NOISE, FaceInput="eA"), "InvalidParameterValue"),
    (body_of(NOISE, FaceInput="eHl6\neHl6"), "InvalidParameterValue"),
    (body_of(NOISE, FaceInput="_-_-"), "InvalidParameterValue"),
    (body_of(NOISE, FaceInput="ä"), "InvalidParameterValue"),
    (body_of(NOISE, Surprise=1), "UnknownParameter"),
    (body_of(NOISE), "FailedOperation.ImageDecodeFailed"),
    (body_of(NOISE, FaceInputType=2), "FailedOperation.VideoDecodeFailed"),
]


@pytest.mark.parametrize(("body", "code"), WRONG_BODIES)
def test_a_wrong_body_is_named(post, emulator, body, code):
    assert code_of(post(body)) == code
    assert not emulator.requests[0].billed


def test_a_photo_called_a_clip_and_a_truncated_clip_do_not_decode(post, photo, clip):
    assert code_of(post(body_of(Capture(photo.data, 2)))) == "FailedOperation.VideoDecodeFailed"
    assert code_of(post(body_of(Capture(clip.data, 1)))) == "FailedOperation.ImageDecodeFailed"
    half = Capture(clip.data[: len(clip.data) // 2], 2)
    assert code_of(post(body_of(half))) == "FailedOperation.VideoDecodeFailed"


def test_a_truncated_photo_does_not_decode(post, photo):
    half = Capture(photo.data[: len(photo.data) // 2], 1)
    assert code_of(post(body_of(half))) == "FailedOperation.ImageDecodeFailed"


def test_a_clip_over_twenty_seconds_is_too_long(post):
    assert "AttackRiskLevel" in post(body_of(Capture(make_clip(20.0, rate=5), 2)))
    response = post(body_of(Capture(make_clip(20.6, rate=5), 2)))
    assert code_of(response) == "FailedOperation.VideoDurationExceeded"


def test_a_body_over_the_limit_is_refused_with_a_code(photo):
    with Emulator(rate_limit=None, request_bytes_max=1000) as emulator:
        body = body_of(Capture(bytes(2000)))
        headers = signed(emulator, body).reveal()
        answer = HTTP.post(emulator.url + "/", headers=headers, content=body).json()
    assert code_of(answer["Response"]) == "RequestSizeLimitExceeded"


def test_a_sixth_request_in_a_second_is_throttled(photo):
    with Emulator() as emulator:
        codes = []
        for _ in range(6):
            body = body_of(photo)
            headers = signed(emulator, body).reveal()
            answer = HTTP.post(emulator.url + "/", headers=headers, content=body).json()
            codes.append(answer["Response"].get("Error", {}).get("Code"))
    assert codes == [None] * 5 + ["RequestLimitExceeded"]


WRONG_ENCRYPTIONS = [
    ({"Algorithm": "ROT13"}, "InvalidParameter.UnsupportEncryptField"),
    ({"EncryptList": ["FaceInput"]}, "InvalidParameter.UnsupportEncryptField"),
    ({"CiphertextBlob": "eA=="}, "FailedOperation.DecryptSystemError"),
    ({"CiphertextBlob": None}, "FailedOperation.DecryptSystemError"),
    ({"Iv": "eA=="}, "FailedOperation.DecryptSystemError"),
    ({"Iv": "exactly 16 chars"}, "FailedOperation.DecryptSystemError"),
]


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize(("change", "code"), WRONG_ENCRYPTIONS)
def test_a_wrong_encryption_is_named(post, emulator, photo, algorithm, change, code):
    fields = encrypted(emulator, photo, algorithm)
    fields["Encryption"] = {**fields["Encryption"], **change}
    assert code_of(post(json.dumps(fields).encode())) == code


def encrypted(emulator: Emulator, capture: Capture, algorithm: Algorithm) -> dict:
    body = emulator.encryption(algorithm).body(Media.of(capture))
    fields: dict = json.loads(b"".join(body.parts))
    return fields


def test_a_changed_tag_does_not_decrypt(post, emulator, photo):
    fields = encrypted(emulator, photo, Algorithm.SM4_GCM)
    for tags in ([], None, [base64.b64encode(bytes(16)).decode()]):
        fields["Encryption"]["TagList"] = tags
        assert code_of(post(json.dumps(fields).encode())) == "FailedOperation.DecryptSystemError"


def test_plain_and_encrypted_input_together_are_refused(post, emulator, photo):
    fields = encrypted(emulator, photo, Algorithm.AES_256_CBC)
    mixed = {**fields, "FaceInputType": 1}
    assert code_of(post(json.dumps(mixed).encode())) == "InvalidParameter"
    for name in ("Encryption", "EncryptedBody"):
        alone = {name: fields[name]}
        assert code_of(post(json.dumps(alone).encode())) == "InvalidParameter"


def test_the_algorithm_may_be_left_out_for_aes(post, emulator, photo):
    fields = encrypted(emulator, photo, Algorithm.AES_256_CBC)
    del fields["Encryption"]["Algorithm"]
    assert "AttackRiskLevel" in post(json.dumps(fields).encode())


@pytest.mark.parametrize("word", ["High", *CODES])
def test_a_word_behind_real_media_decides_the_answer(emulator, word, photo, clip, post):
    for capture in (photo, clip):
        marked = Capture(magic(word, capture.data), capture.face_input_type)
        response = post(body_of(marked))
        got = response.get("AttackRiskLevel") or code_of(response)
        assert got == word


def test_a_script_comes_before_a_magic_word_and_ends(post, emulator):
    emulator.script("FailedOperation.UnKnown")
    body = body_of(Capture(magic("High")))
    assert code_of(post(body)) == "FailedOperation.UnKnown"
    assert post(body)["AttackRiskLevel"] == "High"


def test_the_same_seed_gives_the_same_answers(photo):
    def answers(seed: int) -> list[str]:
        with Emulator(seed=seed, rate_limit=None) as emulator:
            texts = []
            for _ in range(12):
                body = body_of(photo)
                headers = signed(emulator, body).reveal()
                answer = HTTP.post(emulator.url + "/", headers=headers, content=body)
                texts.append(answer.text)
            return texts

    assert answers(5) == answers(5)
    assert answers(5) != answers(6)


def test_the_log_tells_captures_apart_without_showing_them(post, emulator, photo, clip):
    for capture in (photo, clip, photo):
        post(body_of(capture))
    ids = [record.media_id for record in emulator.requests]
    assert ids[0] == ids[2] != ids[1]
    assert base64.b64encode(photo.data)[:40].decode() not in repr(list(emulator.requests))
    assert emulator.requests.most_within(60.0) == 3
    emulator.requests.clear()
    assert not len(emulator.requests)


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("High", Step(risk="High")),
        ("delay:0.5", Step(fault="delay", seconds=0.5)),
        ("FailedOperation.UnKnown", Step(code="FailedOperation.UnKnown")),
    ],
)
def test_a_word_is_a_level_a_fault_or_a_code(word, step):
    assert Step.parse(word) == step


@pytest.mark.parametrize("word", ["", " ", "delay:soon"])
def test_a_word_without_meaning_is_refused(word):
    with pytest.raises(ValueError, match=r"empty word|could not convert"):
        Step.parse(word)


def test_a_broken_magic_word_is_media_like_any_other():
    assert find_magic(magic("delay:soon")) == (None, False)
    assert find_magic(b"no word") == (None, False)
    assert find_magic(b"\xff" + magic("High")) == (Step(risk="High"), False)


def test_an_ipv6_address_works_where_the_machine_has_one(photo):
    try:
        running = Emulator(host="::1", rate_limit=None).__enter__()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    try:
        body = body_of(photo)
        headers = signed(running, body).reveal()
        answer = HTTP.post(running.url + "/", headers=headers, content=body).json()
        assert "AttackRiskLevel" in answer["Response"]
    finally:
        running.__exit__(None, None, None)
