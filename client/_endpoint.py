"""Where requests go: an address that may carry a face and a signature."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .errors import EndpointError

INTERNATIONAL: Final = "https://faceid.intl.tencentcloudapi.com"
"""International site. Source: DetectAIFakeFaces page of 2026-05-22."""
MAINLAND: Final = "https://faceid.tencentcloudapi.com"
"""Mainland site. Source: the mainland page of the same API."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked address."""

    scheme: str
    host: str
    """As it stands in the Host header: with the port only when the URL names one."""
    loopback: bool
    """True for this machine's own addresses."""

    @property
    def url(self) -> str:
        """Address that requests are posted to."""
        return f"{self.scheme}://{self.host}/"

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Check an address; a bare host name means HTTPS.

        Raises:
            EndpointError: not HTTPS (nor loopback), or more than scheme, host and port. The address
                is not repeated, for it may hold a password.
        """
        try:
            parts = urlsplit(text if "://" in text else f"https://{text}")
            hostname = parts.hostname or ""
            port = parts.port
        except ValueError:
            msg = "the endpoint is not a valid address"
            raise EndpointError(msg) from None
        if (
            not hostname
            or parts.username is not None
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
            or not hostname.isascii()
            or any(character.isspace() for character in text)
        ):
            msg = "the endpoint must be a scheme, a host and at most a port"
            raise EndpointError(msg)
        loopback = _is_loopback(hostname)
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            msg = "the endpoint must use https, except on loopback"
            raise EndpointError(msg)
        shown = f"[{hostname}]" if ":" in hostname else hostname
        default = {"https": 443, "http": 80}[parts.scheme]
        # HTTP libraries leave a default port out of Host, and the signed text must be the sent one.
        host = shown if port in (None, default) else f"{shown}:{port}"
        return cls(scheme=parts.scheme, host=host, loopback=loopback)


def _is_loopback(hostname: str) -> bool:
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"
