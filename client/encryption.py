"""Full-body encryption: the face stays unreadable until it is inside the service.

Each call draws a fresh key and IV from the system's random source, encrypts the JSON body with them
and wraps the key with the caller's public key. There is no key in this package: which one is right
depends on the account.

Source: "Full-body encryption" page of 2026-02-28 and the vendor's published samples; see
`EncryptList` and `Iv` for where the two disagree (the samples are followed).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from ._body import ENVELOPE_BYTES, RequestBody, plain_parts
from .errors import EncryptionError
from .payload import Media

PUBLIC_KEY_VARIABLE: Final = "FACEREADY_PUBLIC_KEY"

ENCRYPTED_BASE64_CHARS_MAX: Final = 7_499_708
"""Longest base64 of media that still fits an encrypted request of 10^7 bytes: the smaller reading
of "10M", after base64 of the ciphertext has added its third. `prepare` codes down to this."""


class Algorithm(StrEnum):
    """How the body is encrypted."""

    AES_256_CBC = "AES-256-CBC"
    """AES with PKCS#7 padding; the key wrapped by RSA PKCS#1 v1.5."""
    SM4_GCM = "SM4-GCM"
    """SM4 with a detached tag; the key wrapped by SM2 as C1C3C2."""


@dataclass(frozen=True, slots=True)
class _Sizes:
    key_bytes: int
    iv_bytes: int
    blob_base64_chars: int
    iv_base64_chars: int
    tag_base64_chars: int


_SIZES: Final = {
    # 1024-bit RSA is what the vendor publishes: 128 bytes. SM2: 65 + 32 + 16 bytes.
    Algorithm.AES_256_CBC: _Sizes(32, 16, 172, 24, 0),
    Algorithm.SM4_GCM: _Sizes(16, 12, 152, 16, 24),
}


@dataclass(frozen=True, slots=True)
class Encryption:
    """An algorithm and the public key of the receiver."""

    algorithm: Algorithm
    public_key: str = field(repr=False)
    """RSA or SM2 public key: PEM, or base64 of a PEM."""
    random_bytes: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    """Source of keys and IVs; replaced in tests alone."""

    @classmethod
    def from_env(
        cls, algorithm: Algorithm | str, environ: Mapping[str, str] = os.environ
    ) -> Encryption:
        """Take the key from `FACEREADY_PUBLIC_KEY`: the key itself or the path of a file with it.

        Raises:
            EncryptionError: the variable is not set, or names a file that cannot be read.
        """
        value = environ.get(PUBLIC_KEY_VARIABLE, "").strip()
        if not value:
            msg = (
                f"{PUBLIC_KEY_VARIABLE} is not set, and encryption needs the receiver's public key"
            )
            raise EncryptionError(msg)
        return cls(Algorithm(algorithm.upper()), read_public_key(value))

    def length_bytes(self, media: Media) -> int:
        """Length of the encrypted request, known without encrypting anything."""
        sizes = _SIZES[self.algorithm]
        plain = ENVELOPE_BYTES + media.base64_chars
        coded = plain if self.algorithm is Algorithm.SM4_GCM else (plain // 16 + 1) * 16
        tag = sizes.tag_base64_chars
        head = _head(
            self.algorithm, "x" * sizes.blob_base64_chars, "x" * sizes.iv_base64_chars, "x" * tag
        )
        return len(head) + 4 * -(-coded // 3) + len(_TAIL)

    def shape(self) -> dict[str, object]:
        """The `Encryption` object of a request, with lengths in place of its texts."""
        sizes = _SIZES[self.algorithm]
        tag = [f"<{sizes.tag_base64_chars} characters>"] if sizes.tag_base64_chars else []
        return {
            "Algorithm": self.algorithm.value,
            "EncryptList": ["EncryptionBody"],
            "CiphertextBlob": f"<{sizes.blob_base64_chars} characters>",
            "Iv": f"<{sizes.iv_base64_chars} characters>",
            "TagList": tag,
        }

    def body(self, media: Media) -> RequestBody:
        """Encrypt the media under a fresh key.

        Raises:
            EncryptionError: the public key cannot be used; nothing was sent.
        """
        sizes = _SIZES[self.algorithm]
        return self._sealed(
            plain_parts(media),
            key=self.random_bytes(sizes.key_bytes),
            iv=self.random_bytes(sizes.iv_bytes),
        )

    def _sealed(self, plain: Iterable[bytes], *, key: bytes, iv: bytes) -> RequestBody:
        from . import _ciphers  # loads cryptography

        tag = b""
        if self.algorithm is Algorithm.AES_256_CBC:
            blob = _ciphers.wrap_rsa(self.public_key, key)
            coded = list(_base64_parts(_ciphers.aes_256_cbc(key, iv, plain)))
        else:
            from ._sm2 import wrap_sm2

            blob = wrap_sm2(self.public_key, key)
            tags: list[bytes] = []
            coded = list(_base64_parts(_ciphers.sm4_gcm(key, iv, plain, tags.append)))
            tag = tags[0]
        # The tag stands before the text in the vendor's order of fields, but is known only after it.
        head = _head(self.algorithm, _text(blob), _text(iv), _text(tag))
        return RequestBody.of([head, *coded, _TAIL])


_TAIL: Final = b'"}'


def _head(algorithm: Algorithm, blob: str, iv: str, tag: str) -> bytes:
    tags = f'"{tag}"' if tag else ""
    return (
        f'{{"Encryption":{{"Algorithm":"{algorithm.value}","EncryptList":["EncryptionBody"],'
        f'"CiphertextBlob":"{blob}","Iv":"{iv}","TagList":[{tags}]}},"EncryptedBody":"'
    ).encode()


def read_public_key(value: str) -> str:
    """The key in `value`, or in the file that it names.

    Raises:
        EncryptionError: it looks like a path but cannot be read; the path is not repeated.
    """
    if "-----BEGIN" in value or not Path(value).suffix:
        return value
    return read_public_key_file(Path(value))


def read_public_key_file(path: Path) -> str:
    """The key in a file.

    Raises:
        EncryptionError: it cannot be read; the path is not repeated.
    """
    try:
        return path.expanduser().read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        msg = "the file of the public key cannot be read"
        raise EncryptionError(msg) from None


def _base64_parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 of a byte stream in pieces of any length."""
    rest = b""
    for piece in pieces:
        joined = rest + piece if rest else piece
        whole = len(joined) - len(joined) % 3
        rest = joined[whole:]
        if whole:
            yield base64.b64encode(memoryview(joined)[:whole])
    if rest:
        yield base64.b64encode(rest)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
