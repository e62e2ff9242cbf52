import base64
import itertools
import json
from pathlib import Path

import pytest

from client import ENCRYPTED_BASE64_CHARS_MAX, Algorithm, Encryption, EncryptionError
from client import _ciphers as ciphers
from client._body import REQUEST_BYTES_SURE
from client._sm2 import Sm2TestKey, der_from_raw, raw_from_der, unwrap_sm2, wrap_sm2
from client.emulator._keys import TestKeys
from client.encryption import read_public_key
from client.payload import Media

from .conftest import Capture

RSA_PEM = (
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIGJAoGBALZEKfB+xC5t7+nOd3TGh4ogj9wSCQ4HOkEKNbfthmOc851gUYpKkkEg\n"
    "u8ZUhubPrHjMxZImArZk8cjxve3W7jO7Zcd0jSuTp/X1Uwlj3qKDJYUdTELfii3c\n"
    "KjEwrQociltTGYQ4e/j/SIaqw4LJkY/1VOIFDOpPxWK4Xlynb9d1AgMBAAE=\n"
    "-----END RSA PUBLIC KEY-----\n"
)
SM2_PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEL37Lkdagv145G8smcJBjnpBghWuv\n"
    "gmHrvT5F2QySaatUyqWPqfsPDxsjgTZKQASHfdMmGYZ3gUq8xBRX01xCKA==\n"
    "-----END PUBLIC KEY-----"
)
PUBLIC = {Algorithm.AES_256_CBC: RSA_PEM, Algorithm.SM4_GCM: SM2_PEM}


@pytest.fixture(scope="module")
def recorded(vectors: Path) -> dict[str, dict]:
    entries = json.loads((vectors / "encryption.json").read_text())["vectors"]
    return {entry["name"]: entry for entry in entries}


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_recorded_request_is_reproduced_but_for_the_wrapped_key(recorded, algorithm):
    vector = recorded[algorithm.value.lower()]
    # The vector's key and IV come from "the system" in the order in which a call draws them.
    drawn = iter([vector["symmetric_key_ascii"].encode(), bytes.fromhex(vector["iv_hex"])])
    public = vector.get("test_rsa_public_pem") or vector["test_sm2_public_pem"]
    encryption = Encryption(algorithm, public, random_bytes=lambda _: next(drawn))
    media = Media.of(Capture(base64.b64decode("/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="), 1))
    body = encryption.body(media)
    fields, expected = json.loads(b"".join(body.parts)), vector["request_body"]
    blob = base64.b64decode(fields["Encryption"].pop("CiphertextBlob"))
    recorded_blob = base64.b64decode(expected["Encryption"].pop("CiphertextBlob"))
    assert fields == expected
    assert len(blob) == len(recorded_blob)
    assert body.length_bytes == encryption.length_bytes(media)


def test_our_sm2_opens_the_recorded_key_and_our_own(recorded):
    vector = recorded["sm4-gcm"]
    private = bytes.fromhex(vector["test_sm2_private_hex"])
    key = vector["symmetric_key_ascii"].encode()
    assert unwrap_sm2(private, base64.b64decode(vector["ciphertext_blob_base64"])) == key
    assert unwrap_sm2(private, wrap_sm2(vector["test_sm2_public_pem"], key)) == key


def test_our_rsa_blob_opens_with_the_recorded_private_key(recorded):
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    vector = recorded["aes-256-cbc"]
    n, e, d, p, q = (int(vector["test_rsa_numbers_hex"][name], 16) for name in "nedpq")
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, n)
    )
    blob = ciphers.wrap_rsa(vector["test_rsa_public_pem"], b"k" * 32)
    assert numbers.private_key().decrypt(blob, padding.PKCS1v15()) == b"k" * 32


def test_sm4_gcm_agrees_with_rfc_8998_about_text_without_additional_data():
    # RFC 8998 A.1 uses additional data, which this API does not; its ciphertext is the same without.
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    iv = bytes.fromhex("00001234567800000000abcd")
    plain = bytes.fromhex(
        "aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8
    )
    coded = b"".join(ciphers.sm4_gcm(key, iv, [plain[:5], plain[5:]], lambda _: None))
    assert coded.hex().startswith(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    )
    assert coded.hex().endswith("a56834cbcf98c397b4024a2691233b8d")


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("size_bytes", [1, 2, 3, 13, 49_151, 49_153, 150_000])
def test_any_media_survives_encryption_and_its_length_is_known_before(algorithm, size_bytes):
    from client.emulator._checks import Request, read_face

    keys = TestKeys()
    data = bytes(number % 251 for number in range(size_bytes))
    media = Media.of(Capture(data, 2))
    encryption = keys.encryption(algorithm)
    body = encryption.body(media)
    face = read_face(Request("POST", {}, b"".join(body.parts)), keys)
    assert (face.media, face.face_input_type, face.encryption) == (data, 2, algorithm.value)
    assert body.length_bytes == encryption.length_bytes(media)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_ceiling_is_the_largest_that_fits_a_request_of_ten_million_bytes(algorithm):
    encryption = Encryption(algorithm, PUBLIC[algorithm])
    raw_max = ENCRYPTED_BASE64_CHARS_MAX // 4 * 3
    fits = Media(memoryview(bytes(raw_max)), 2)
    assert fits.base64_chars == ENCRYPTED_BASE64_CHARS_MAX
    assert encryption.length_bytes(fits) <= REQUEST_BYTES_SURE
    # At most one block of slack: some thirty bytes more of media would not fit.
    over = Media(memoryview(bytes(raw_max + 33)), 2)
    assert encryption.length_bytes(over) > REQUEST_BYTES_SURE


def test_key_and_iv_are_drawn_afresh_for_every_call():
    seen = []
    numbers = itertools.count()

    def draw(size_bytes):
        seen.append(size_bytes)
        return next(numbers).to_bytes(size_bytes)

    encryption = Encryption(Algorithm.AES_256_CBC, RSA_PEM, random_bytes=draw)
    media = Media.of(Capture(b"x", 1))
    one, two = encryption.body(media), encryption.body(media)
    assert seen == [32, 16, 32, 16]
    assert one.sha256 != two.sha256


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize(
    "key",
    [
        "",
        "nonsense",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "04" + "11" * 64,
    ],
)
def test_an_unusable_key_is_refused_without_being_repeated(algorithm, key):
    with pytest.raises(EncryptionError) as caught:
        Encryption(algorithm, key).body(Media.of(Capture(b"x", 1)))
    assert not key or key not in str(caught.value)


def test_the_key_of_the_other_algorithm_is_refused():
    for algorithm, other in itertools.permutations(Algorithm):
        with pytest.raises(EncryptionError):
            Encryption(algorithm, PUBLIC[other]).body(Media.of(Capture(b"x", 1)))


def test_a_pem_in_one_more_layer_of_base64_is_understood():
    media = Media.of(Capture(b"x", 1))
    for algorithm, pem in PUBLIC.items():
        wrapped = base64.b64encode(pem.encode()).decode()
        assert Encryption(algorithm, wrapped).body(media).length_bytes


def test_an_sm2_point_in_hex_is_understood():
    pair = Sm2TestKey()
    der = base64.b64decode("".join(pair.public_pem.splitlines()[1:-1]))
    for text in (der[-65:].hex(), der[-64:].hex().upper()):
        assert pair.unwrap(wrap_sm2(text, b"k" * 16)) == b"k" * 16


def test_raw_and_asn1_forms_of_sm2_convert_both_ways_with_short_and_long_numbers():
    for x, y in [(b"\x01", b"\x80" + b"\0" * 31), (b"\xff" * 32, b"\0" * 31 + b"\x7f")]:
        for size_bytes in (1, 16, 200, 70_000):
            raw = b"\x04" + x.rjust(32, b"\0") + y.rjust(32, b"\0") + b"h" * 32 + b"c" * size_bytes
            assert raw_from_der(der_from_raw(raw)) == raw


@pytest.mark.parametrize(
    "blob", [b"", b"\x04" * 97, b"\x03" + b"\0" * 112, b"\x04" + b"\x01" * 112]
)
def test_a_blob_that_is_no_sm2_ciphertext_is_refused(blob, capfd):
    with pytest.raises(ValueError, match=r"C1C3C2|not wrapped"):
        Sm2TestKey().unwrap(blob)
    capfd.readouterr()  # the library writes its own view to stderr


def test_the_key_comes_from_the_environment_as_text_or_file(tmp_path):
    file = tmp_path / "key.pem"
    file.write_text(RSA_PEM)
    for value in (RSA_PEM, str(file)):
        encryption = Encryption.from_env("aes-256-cbc", {"FACEREADY_PUBLIC_KEY": value})
        assert encryption.public_key.strip() == RSA_PEM.strip()
        assert "MIGJ" not in repr(encryption)
    with pytest.raises(EncryptionError, match="FACEREADY_PUBLIC_KEY"):
        Encryption.from_env("aes-256-cbc", {})


def test_a_missing_key_file_is_told_without_its_path(tmp_path):
    with pytest.raises(EncryptionError) as caught:
        read_public_key(str(tmp_path / "none.pem"))
    assert str(tmp_path) not in str(caught.value)
