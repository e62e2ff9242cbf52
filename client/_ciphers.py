"""The only module that knows the `cryptography` library; loaded when a body is encrypted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import EncryptionError

AES_BLOCK_BITS = 128


class CipherStream(Protocol):
    """A cipher that is fed piece by piece."""

    def update(self, data: bytes) -> bytes:
        """Next piece."""
        ...

    def finalize(self) -> bytes:
        """Rest."""
        ...


def wrap_rsa(key_text: str, symmetric_key: bytes) -> bytes:
    """The symmetric key under an RSA public key, PKCS#1 v1.5 (what the service asks for).

    Args:
        key_text: PEM (`RSA PUBLIC KEY` or `PUBLIC KEY`), or base64 of such a PEM.
        symmetric_key: Bytes to wrap.

    Raises:
        EncryptionError: not an RSA public key; the text is not repeated.
    """
    try:
        key = serialization.load_pem_public_key(pem_text(key_text).encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        msg = "AES-256-CBC needs an RSA public key in PEM form"
        raise EncryptionError(msg)
    return key.encrypt(symmetric_key, padding.PKCS1v15())


def pem_text(key_text: str) -> str:
    """A PEM as it is, or out of one more layer of base64, as the vendor's samples keep it."""
    text = key_text.strip()
    if text.startswith("-----"):
        return text
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


def aes_256_cbc(key: bytes, iv: bytes, plain: Iterable[bytes]) -> Iterator[bytes]:
    """AES-256-CBC with PKCS#7 padding over a text in pieces."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    padder = block_padding.PKCS7(AES_BLOCK_BITS).padder()
    for piece in plain:
        yield encryptor.update(padder.update(piece))
    yield encryptor.update(padder.finalize()) + encryptor.finalize()


def sm4_gcm(
    key: bytes, iv: bytes, plain: Iterable[bytes], tag: Callable[[bytes], None]
) -> Iterator[bytes]:
    """SM4-GCM over a text in pieces, no additional data; the 16-byte tag goes to `tag` last."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(iv)).encryptor()
    for piece in plain:
        yield encryptor.update(piece)
    yield encryptor.finalize()
    tag(encryptor.tag)


class RsaTestKey:
    """A throw-away RSA-1024 pair for the emulator; the size is that of the service's own key."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # see above

    @property
    def public_pem(self) -> str:
        """PKCS#1 PEM, the form the vendor publishes."""
        public = self._key.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
        ).decode()

    def unwrap(self, blob: bytes) -> bytes:
        """The wrapped symmetric key.

        Raises:
            ValueError: the blob is not one of this key.
        """
        return self._key.decrypt(blob, padding.PKCS1v15())


def open_aes_256_cbc(key: bytes, iv: bytes, coded: bytes) -> bytes:
    """Undo `aes_256_cbc`.

    Raises:
        ValueError: wrong key, IV, length or padding.
    """
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
    unpadder = block_padding.PKCS7(AES_BLOCK_BITS).unpadder()
    padded = decryptor.update(coded) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


def open_sm4_gcm(key: bytes, iv: bytes, coded: bytes, tag: bytes) -> bytes:
    """Undo `sm4_gcm`.

    Raises:
        ValueError: wrong key, IV or tag.
    """
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(iv, tag)).decryptor()
    try:
        return decryptor.update(coded) + decryptor.finalize()
    except InvalidTag:
        msg = "the tag does not match"
        raise ValueError(msg) from None
