"""TC3 signing: each intermediate text against published and recorded vectors."""

import hashlib
import json
from pathlib import Path

import pytest

from client._signing import (
    authorization,
    canonical_request,
    scope_date,
    sign,
    signature,
    signing_key,
    string_to_sign,
)
from client.credentials import Credentials
from client.secret import Secret

# The worked example of the vendor's Signature v3 page (older edition, keys ending in EXAMPLE).
EXAMPLE = Credentials("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
EXAMPLE_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Host": "cvm.tencentcloudapi.com",
}
EXAMPLE_BODY_SHA256 = "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"


def test_published_example_signs_to_the_published_signature():
    value = authorization(
        EXAMPLE,
        headers=EXAMPLE_HEADERS,
        payload_sha256=EXAMPLE_BODY_SHA256,
        timestamp_s=1551113065,
        service="cvm",
    ).reveal()
    assert value == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def vector_names():
    return [
        "published-cvm-current",
        "published-cvm-older",
        "sdk-image-plain",
        "sdk-image-no-region",
        "sdk-sts-token",
        "sdk-language-zh",
        "sdk-nonascii-escaped",
        "sdk-raw-utf8",
        "sdk-video-encrypted-shape",
        "sdk-last-second-of-day",
        "sdk-first-second-of-day",
        "sdk-local-midnight-utc8",
        "sdk-unsigned-payload",
        "sdk-loopback-host-port",
        "sdk-mainland-host",
        "sdk-regional-host",
        "sdk-get-query",
        "sdk-8mib-body",
    ]


@pytest.fixture(scope="module")
def recorded(vectors: Path) -> dict[str, dict]:
    entries = json.loads((vectors / "tc3.json").read_text())["vectors"]
    return {entry["name"]: entry for entry in entries}


def test_no_recorded_vector_is_left_out(recorded):
    assert set(recorded) == set(vector_names())


@pytest.mark.parametrize("name", vector_names())
def test_every_intermediate_text_of_a_recorded_vector_is_reproduced(recorded, name):
    given, expected = recorded[name]["input"], recorded[name]["expected"]
    if "body_recipe" in given:
        body = json.dumps({"FaceInput": "A" * 8388608, "FaceInputType": 2}).encode()
    else:
        body = given["body_utf8"].encode()
    assert len(body) == given["body_bytes"]
    hashed = given.get("payload_hash_input", "").encode() or body
    digest = hashlib.sha256(hashed).hexdigest()
    assert digest == expected["hashed_request_payload"]
    headers = {
        "Content-Type": given["content_type"],
        "Host": given["host"],
        **given.get("extra_signed_headers", {}),
    }
    shape = {
        "method": given["method"],
        "uri": given["uri"],
        "query": given["query_string"],
        "headers": headers,
        "payload_sha256": digest,
    }
    canonical = canonical_request(**shape)
    assert canonical == expected["canonical_request"]
    text = string_to_sign(canonical, timestamp_s=given["timestamp"], service=given["service"])
    assert text == expected["string_to_sign"]
    assert scope_date(given["timestamp"]) == expected["date_utc"]
    key = signing_key(
        Secret(given["secret_key"]), date=expected["date_utc"], service=given["service"]
    )
    assert key.hex() == expected["secret_signing_hex"]
    assert signature(text, key) == expected["signature"]
    credentials = Credentials(given["secret_id"], given["secret_key"])
    value = authorization(
        credentials, timestamp_s=given["timestamp"], service=given["service"], **shape
    )
    assert value.reveal() == expected["authorization"]


def test_headers_carry_what_the_contract_asks_for_and_no_empty_region():
    headers = sign(
        Credentials("id", "key", token="t"),
        host="localhost:1",
        payload_sha256="0" * 64,
        body_bytes=7,
        timestamp_s=1767311999,
        region=None,
        language="en-US",
    ).reveal()
    assert headers["Host"] == "localhost:1"
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Length"] == "7"
    assert headers["X-TC-Action"] == "DetectAIFakeFaces"
    assert headers["X-TC-Version"] == "2018-03-01"
    assert headers["X-TC-Timestamp"] == "1767311999"
    assert headers["X-TC-Language"] == "en-US"
    assert headers["X-TC-Token"] == "t"
    assert "X-TC-Region" not in headers
    assert "/2026-01-01/faceid/tc3_request" in headers["Authorization"]


def test_masked_headers_and_repr_hide_key_id_token_and_signature():
    headers = sign(
        Credentials("the-secret-id", "the-secret-key", token="the-token"),
        host="h",
        payload_sha256="0" * 64,
        body_bytes=7,
        timestamp_s=1767311999,
    )
    value = headers.reveal()["Authorization"]
    hidden = ["the-secret", "the-token", value.rpartition("=")[2]]
    for shown in (repr(headers), str(headers.masked())):
        assert not [text for text in hidden if text in shown]
    assert headers.masked()["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=***/2026-01-01/faceid/tc3_request, "
        "SignedHeaders=content-type;host, Signature=***"
    )
