"""The only module that knows SM2; loaded when a key is wrapped for SM4-GCM.

`cryptography` has SM3 and SM4 but no SM2. Of what is published, `gmssl` (pure Python) draws the
ephemeral number from a random generator that is not for secrets, and general curve libraries in
Python come with known timing leaks. `gmssl-pyx` compiles the reference library GmSSL 3 and draws
from the system's random source, so it is used for the curve; only its ASN.1 form of the result is
turned here into the bare C1C3C2 that the service takes.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from ._ciphers import pem_text
from .errors import EncryptionError

_SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""SubjectPublicKeyInfo of every SM2 key: id-ecPublicKey, curve 1.2.156.10197.1.301, 66 bits of
header before the uncompressed point. Source: RFC 5480 form, curve OID of GM/T 0006."""
_COORDINATE_BYTES: Final = 32
_POINT_BYTES: Final = 1 + 2 * _COORDINATE_BYTES
_DIGEST_BYTES: Final = 32
_UNCOMPRESSED: Final = 0x04

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


def wrap_sm2(key_text: str, symmetric_key: bytes) -> bytes:
    """The symmetric key under an SM2 public key: `04`, x, y, SM3 digest, ciphertext (C1C3C2).

    Args:
        key_text: SPKI PEM, base64 of such a PEM, or the point in hex with or without `04`.
        symmetric_key: Bytes to wrap; the result is 97 bytes longer.

    Raises:
        EncryptionError: not an SM2 public key, or the library for it is missing.
    """
    point = _point(key_text)
    library = _library()
    try:
        coded = library.sm2_encrypt(point, symmetric_key)
    except Exception:  # its errors share no base; the text may quote the key
        msg = "the SM2 public key is not a point of the curve"
        raise EncryptionError(msg) from None
    return raw_from_der(coded)


class Sm2TestKey:
    """A throw-away SM2 pair for the emulator."""

    def __init__(self) -> None:
        self._public, self._private = _library().sm2_key_generate()

    @property
    def public_pem(self) -> str:
        """SPKI PEM, the form the vendor publishes."""
        point = bytes([_UNCOMPRESSED]) + bytes(self._public)[-2 * _COORDINATE_BYTES :]
        text = base64.encodebytes(_SPKI_PREFIX + point).decode().replace("\n", "")
        lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"

    def unwrap(self, blob: bytes) -> bytes:
        """The wrapped symmetric key out of C1C3C2.

        Raises:
            ValueError: the blob is not one of this key.
        """
        return unwrap_sm2(self._private, blob)


def unwrap_sm2(private_key: bytes, blob: bytes) -> bytes:
    """The wrapped symmetric key out of C1C3C2.

    Raises:
        ValueError: the blob is not one of this key.
    """
    if len(blob) <= _POINT_BYTES + _DIGEST_BYTES or blob[0] != _UNCOMPRESSED:
        msg = "not in C1C3C2 form"
        raise ValueError(msg)
    library = _library()
    try:
        return bytes(library.sm2_decrypt(private_key, der_from_raw(blob)))
    except Exception:  # the library's errors share no base
        msg = "not wrapped for this key"
        raise ValueError(msg) from None


def _library() -> Any:  # a compiled module without type information
    try:
        import gmssl_pyx  # compiled, without stubs
    except ImportError:
        msg = "SM4-GCM needs the package gmssl-pyx, which is not installed"
        raise EncryptionError(msg, advice="Run: pip install gmssl-pyx") from None
    return gmssl_pyx


def _point(key_text: str) -> bytes:
    """X and y of a public key, 64 bytes."""
    lines = [line for line in pem_text(key_text).splitlines() if not line.startswith("-----")]
    text = "".join(lines).strip()
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        try:
            raw = base64.b64decode(text, validate=True)
        except binascii.Error:
            raw = b""
        raw = raw.removeprefix(_SPKI_PREFIX) if raw.startswith(_SPKI_PREFIX) else b""
    if len(raw) == _POINT_BYTES and raw[0] == _UNCOMPRESSED:
        raw = raw[1:]
    if len(raw) != 2 * _COORDINATE_BYTES:
        msg = "SM4-GCM needs an SM2 public key in PEM form"
        raise EncryptionError(msg)
    return raw


def raw_from_der(coded: bytes) -> bytes:
    """C1C3C2 out of the ASN.1 form SEQUENCE { x, y, digest, ciphertext } of GM/T 0009."""
    tag, body, _ = _element(coded)
    values = []
    while body:
        tag, value, body = _element(body)
        values.append(
            value.lstrip(b"\0").rjust(_COORDINATE_BYTES, b"\0") if tag == _INTEGER else value
        )
    x, y, digest, ciphertext = values
    return bytes([_UNCOMPRESSED]) + x + y + digest + ciphertext


def der_from_raw(raw: bytes) -> bytes:
    """The ASN.1 form out of C1C3C2."""
    x, y = raw[1 : 1 + _COORDINATE_BYTES], raw[1 + _COORDINATE_BYTES : _POINT_BYTES]
    digest = raw[_POINT_BYTES : _POINT_BYTES + _DIGEST_BYTES]
    ciphertext = raw[_POINT_BYTES + _DIGEST_BYTES :]
    return _coded(
        _SEQUENCE,
        _coded(_INTEGER, _unsigned(x))
        + _coded(_INTEGER, _unsigned(y))
        + _coded(_OCTETS, digest)
        + _coded(_OCTETS, ciphertext),
    )


def _unsigned(number: bytes) -> bytes:
    """Shortest form; a leading zero where the top bit would mean a minus."""
    short = number.lstrip(b"\0") or b"\0"
    return b"\0" + short if short[0] & 0x80 else short


def _coded(tag: int, value: bytes) -> bytes:
    if len(value) < 0x80:  # DER: longer lengths say first how long they are
        return bytes([tag, len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + value


def _element(coded: bytes) -> tuple[int, bytes, bytes]:
    """Tag and value of the first element, and what follows it."""
    tag, length, start = coded[0], coded[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(coded[2:start])
    return tag, coded[start : start + length], coded[start + length :]
