"""The command `doctor` with what the client needs: credentials (never their values) and ciphers."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from preprocess.cli_doctor import tell_facts
from preprocess.cli_options import errors_told, format_option

if TYPE_CHECKING:
    from preprocess.environment import Fact


@click.command()
@format_option("text", "json")
def doctor(form: str) -> None:
    """Say what this machine has and what it lacks: models, libraries, codecs, credentials."""
    with errors_told():
        from preprocess.environment import diagnose

        sys.exit(tell_facts((*diagnose(), *diagnose_client()), form))


def diagnose_client() -> tuple[Fact, ...]:
    """What sending depends on; nothing is asked over the network."""
    return (*_credentials(), *_public_key(), *_sm2())


def _credentials() -> Iterator[Fact]:
    from preprocess.environment import Fact, FactStatus

    from .credentials import from_environment, from_profile
    from .errors import CredentialsError

    name = "credentials"
    try:
        found = from_environment() or from_profile()
    except CredentialsError as error:
        yield Fact(name, FactStatus.WARN, error.message, error.advice)
        return
    if found is None:
        advice = CredentialsError.default_advice
        value = "none in the environment or a profile file (a machine's role is asked when sending)"
        yield Fact(name, FactStatus.WARN, value, advice)
    else:
        token = ", temporary" if found.token else ""
        yield Fact(name, FactStatus.OK, f"from {found.source}{token}")


def _public_key() -> Iterator[Fact]:
    from preprocess.environment import Fact, FactStatus

    from .encryption import PUBLIC_KEY_VARIABLE

    found = bool(os.environ.get(PUBLIC_KEY_VARIABLE))
    value = f"{PUBLIC_KEY_VARIABLE} is set" if found else "not set; needed by --encrypt alone"
    yield Fact("public key", FactStatus.OK, value)


def _sm2() -> Iterator[Fact]:
    from preprocess.environment import Fact, FactStatus

    found = importlib.util.find_spec("gmssl_pyx") is not None
    value = "gmssl-pyx" if found else "missing; needed by --encrypt sm4-gcm alone"
    advice = "" if found else "Run: pip install 'faceready[sm]'"
    yield Fact("SM2", FactStatus.OK if found else FactStatus.WARN, value, advice)
