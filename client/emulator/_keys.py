"""The emulator's own key pairs: made afresh in each process, good for nothing else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ..encryption import Algorithm, Encryption

if TYPE_CHECKING:  # loads cryptography
    from .._ciphers import RsaTestKey
    from .._sm2 import Sm2TestKey


class TestKeys:
    """One pair for each algorithm, made when first asked for."""

    __test__ = False  # pytest would take the name for a test's

    def encryption(self, algorithm: Algorithm) -> Encryption:
        """What a client needs to encrypt for this emulator."""
        return Encryption(algorithm, self.public_pem(algorithm))

    def public_pem(self, algorithm: Algorithm) -> str:
        """The public key in the form the vendor publishes."""
        return self._rsa.public_pem if algorithm is Algorithm.AES_256_CBC else self._sm2.public_pem

    def unwrap(self, algorithm: Algorithm, blob: bytes) -> bytes:
        """The symmetric key.

        Raises:
            ValueError: not wrapped for this emulator.
        """
        key = self._rsa if algorithm is Algorithm.AES_256_CBC else self._sm2
        return key.unwrap(blob)

    @functools.cached_property
    def _rsa(self) -> RsaTestKey:
        from .._ciphers import RsaTestKey

        return RsaTestKey()

    @functools.cached_property
    def _sm2(self) -> Sm2TestKey:
        from .._sm2 import Sm2TestKey

        return Sm2TestKey()
