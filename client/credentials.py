"""Whose call it is: where credentials are looked for, in which order, and when they are renewed.

The chain and its names are those of the official SDKs: environment variables, then a profile file,
then the role of the machine (CVM). A callable that returns `Credentials` fits wherever credentials
are expected and is asked again before they expire.
"""

from __future__ import annotations

import configparser
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import CredentialsError
from .secret import MASK, Secret

SECRET_ID_VARIABLE: Final = "TENCENTCLOUD_SECRET_ID"  # noqa: S105  # a name, not a secret
SECRET_KEY_VARIABLE: Final = "TENCENTCLOUD_SECRET_KEY"  # noqa: S105  # a name, not a secret
TOKEN_VARIABLE: Final = "TENCENTCLOUD_TOKEN"  # noqa: S105  # a name, not a secret
REGION_VARIABLE: Final = "TENCENTCLOUD_REGION"

PROFILE_FILES: Final = (
    Path("~/.tencentcloud/credentials"),
    Path("/etc/tencentcloud/credentials"),
)
"""Where the official SDKs look for a profile file, in this order."""

RENEW_BEFORE_S: Final = 300.0
"""Temporary credentials are renewed this long before they expire."""


class Credentials:
    """A key pair, with a token when it is temporary. Shows nothing of itself."""

    __slots__ = ("expires_at_s", "secret_id", "secret_key", "source", "token")

    def __init__(
        self,
        secret_id: str,
        secret_key: str | Secret,
        *,
        token: str | Secret | None = None,
        expires_at_s: float | None = None,
        source: str = "arguments",
    ) -> None:
        """Keep the pair.

        Args:
            secret_id: SecretId of the API key.
            secret_key: SecretKey of the API key.
            token: Session token of temporary credentials, None or empty for long-lived ones.
            expires_at_s: UNIX time at which they expire, None for never.
            source: Where they were found, for people to read.

        Raises:
            CredentialsError: one of the pair is empty, or holds blanks or line breaks.
        """
        # Wrapped before anything can fail, so that no traceback has the bare text in its locals.
        secret_key = secret_key if isinstance(secret_key, Secret) else Secret(secret_key)
        token = Secret(token) if isinstance(token, str) else token
        self.secret_id = secret_id
        self.secret_key = secret_key
        self.token = token or None
        self.expires_at_s = expires_at_s
        self.source = source
        if _unfit(secret_id) or _unfit(secret_key.reveal()):
            msg = f"the SecretId or SecretKey from {source} is empty or holds blanks"
            raise CredentialsError(msg)

    def __eq__(self, other: object) -> bool:
        """Same keys and token, wherever they came from."""
        return isinstance(other, Credentials) and (
            (other.secret_id, other.secret_key, other.token)
            == (self.secret_id, self.secret_key, self.token)
        )

    def __hash__(self) -> int:
        return hash((self.secret_id, self.secret_key, self.token))

    def __repr__(self) -> str:
        token = f", token={MASK!r}" if self.token else ""
        return f"Credentials({MASK!r}, {MASK!r}{token}, source={self.source!r})"

    def expires_within(self, margin_s: float, *, now_s: float) -> bool:
        """True when less than `margin_s` seconds are left at UNIX time `now_s`."""
        return self.expires_at_s is not None and self.expires_at_s - now_s <= margin_s


def _unfit(text: str) -> bool:
    return not text or text != text.strip() or any(character.isspace() for character in text)


CredentialSource = Callable[[], Credentials]
"""Anything that returns credentials when asked; may block, may be asked from any thread."""


class RefreshingCredentials:
    """Remembers what a source returned and asks again shortly before it expires."""

    def __init__(
        self,
        source: CredentialSource,
        *,
        renew_before_s: float = RENEW_BEFORE_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._renew_before_s = renew_before_s
        self._now = now
        self._lock = threading.Lock()
        self._held: Credentials | None = None

    def __call__(self) -> Credentials:
        """Current credentials; one thread at a time asks the source."""
        with self._lock:
            held = self._held
            if held is None or held.expires_within(self._renew_before_s, now_s=self._now()):
                self._held = held = self._source()
            return held

    def forget(self, refused: Credentials) -> None:
        """Ask the source again next time, because the service refused these credentials."""
        with self._lock:
            if self._held is refused:
                self._held = None


@dataclass(frozen=True, slots=True)
class FixedCredentials:
    """A source that always returns the same credentials."""

    credentials: Credentials

    def __call__(self) -> Credentials:
        """The credentials."""
        return self.credentials


def from_environment(environ: Mapping[str, str] = os.environ) -> Credentials | None:
    """Credentials from the variables of the official SDKs, None when neither is set.

    Raises:
        CredentialsError: only one of the pair is set, or one is not fit for use.
    """
    if not environ.get(SECRET_ID_VARIABLE) and not environ.get(SECRET_KEY_VARIABLE):
        return None
    return Credentials(
        environ.get(SECRET_ID_VARIABLE, ""),
        Secret(environ.get(SECRET_KEY_VARIABLE, "")),
        token=Secret(environ.get(TOKEN_VARIABLE, "")),
        source="the environment",
    )


def from_profile(
    files: tuple[Path, ...] = PROFILE_FILES, *, section: str = "default"
) -> Credentials | None:
    """Credentials from the first profile file that exists, None when there is none.

    The file is in INI form, as the official SDKs write it: `[default]`, `secret_id`, `secret_key`
    and, for temporary ones, `token`.

    Raises:
        CredentialsError: the file exists but holds no usable pair.
    """
    for file in files:
        try:
            text = Secret(file.expanduser().read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, RuntimeError):
            continue  # RuntimeError: no home folder
        except (OSError, UnicodeDecodeError):
            msg = "the profile file of credentials cannot be read"
            raise CredentialsError(msg) from None
        parser = _parsed(text)
        if parser is None:
            msg = "the profile file of credentials is not in INI form"
            raise CredentialsError(msg)
        if not parser.has_section(section):
            msg = "the profile file of credentials has no section [default]"
            raise CredentialsError(msg)
        return Credentials(
            parser.get(section, "secret_id", fallback=""),
            Secret(parser.get(section, "secret_key", fallback="")),
            token=Secret(parser.get(section, "token", fallback="")),
            source="the profile file",
        )
    return None


def _parsed(text: Secret) -> configparser.ConfigParser | None:
    """The file's content, None when it is not in INI form.

    The parser's own exception quotes the offending line, which may be a key: it must not become the
    context of ours.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text.reveal(), source="credentials")
    except configparser.Error:
        return None
    return parser


def find_credentials(
    environ: Mapping[str, str] = os.environ,
    *,
    files: tuple[Path, ...] = PROFILE_FILES,
    machine_role: CredentialSource | None = None,
) -> CredentialSource:
    """The first of environment, profile file and machine role that has credentials.

    Args:
        environ: Environment variables.
        files: Profile files.
        machine_role: Asked last, and only when the returned source is first used; None leaves
            the machine's role out.

    Raises:
        CredentialsError: what was found is not usable, or nothing was found.
    """
    found = from_environment(environ) or from_profile(files)
    if found is not None:
        return FixedCredentials(found)
    if machine_role is not None:
        return RefreshingCredentials(machine_role)
    msg = "no credentials in the environment or in a profile file"
    raise CredentialsError(msg)
