"""Credentials of the machine's role (CVM), from the metadata service inside the cloud's network.

The second of the two modules that know httpx; loaded when no other credentials were found.
Source: the official SDKs and "Instance metadata" page: first the role's name, then its keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import httpx

from .credentials import Credentials
from .errors import CredentialsError
from .secret import Secret

METADATA_URL: Final = "http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/"
"""Plain http by design: the name resolves to a link-local address that never leaves the host."""
TIMEOUT_S: Final = 2.0
"""The service is on the same machine; anywhere else the name does not resolve."""


@dataclass(frozen=True, slots=True)
class MachineRole:
    """A source of credentials: the role bound to this machine."""

    url: str = METADATA_URL
    """Address of the metadata service; another one for tests on loopback."""
    timeout_s: float = TIMEOUT_S
    """Longest wait for each of its two answers."""

    def __call__(self) -> Credentials:
        """Ask the metadata service.

        Raises:
            CredentialsError: not a machine of the cloud, or no role is bound to it.
        """
        try:
            with httpx.Client(
                trust_env=False, follow_redirects=False, timeout=self.timeout_s
            ) as http:
                role = http.get(self.url).raise_for_status().text.strip()
                answer = _Answer(http.get(self.url + role).raise_for_status().content)
        except httpx.HTTPError as error:
            kind = type(error).__name__
            msg = f"no credentials in environment, profile file or machine role ({kind})"
            raise CredentialsError(msg) from None
        return answer.credentials()


class _Answer:
    """The keys as they came, without a repr that shows them."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def credentials(self) -> Credentials:
        try:
            fields = {name: Secret(str(value)) for name, value in json.loads(self._content).items()}
            if fields["Code"].reveal() == "Success":
                return Credentials(
                    fields["TmpSecretId"].reveal(),
                    fields["TmpSecretKey"],
                    token=fields["Token"],
                    expires_at_s=float(fields["ExpiredTime"].reveal()),
                    source="the machine's role",
                )
        except (ValueError, KeyError, AttributeError):
            pass
        msg = "the machine's role gave no usable credentials"
        raise CredentialsError(msg, advice="Bind a role to the machine.")
