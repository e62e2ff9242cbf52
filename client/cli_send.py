"""The command `send`: prepare a capture, send it, tell the verdict."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from preprocess.cli_options import (
    common_options,
    errors_told,
    format_option,
    payload_options,
    stderr_console,
    stdout_console,
)

if TYPE_CHECKING:
    from preprocess.options import Container, StillFormat
    from preprocess.outcome import Outcome

    from ._client import Client
    from ._report import Sending
    from .credentials import CredentialSource
    from .encryption import Encryption

ALGORITHMS = ("aes-256-cbc", "sm4-gcm")


@dataclass(frozen=True, slots=True)
class Wire:
    """Where and how to send."""

    endpoint: str | None
    emulator: bool
    encrypt: str | None
    public_key: Path | None
    region: str | None
    language: str
    deadline_s: float
    may_bill_twice: bool
    proxy: str | None
    ca_file: Path | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Making:
    """How to prepare."""

    still_format: StillFormat
    container: Container
    max_base64_chars: int | None
    keep_audio: bool
    auto_rotate: bool
    profile: str | None
    timeout_s: float
    isolate: bool


@click.command()
@click.argument("source", metavar="FILE", type=click.Path())
@click.option("--endpoint", metavar="URL", help="Address of the service.  [default: international]")
@click.option("--emulator", is_flag=True, help="Start a local emulator and send to it.")
@click.option("--encrypt", type=click.Choice(ALGORITHMS), help="Encrypt the whole body.")
@click.option(
    "--public-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Receiver's public key for --encrypt.  [default: FACEREADY_PUBLIC_KEY]",
)
@click.option("--region", help="X-TC-Region.  [default: TENCENTCLOUD_REGION, or none]")
@click.option(
    "--language",
    type=click.Choice(["en-US", "zh-CN"]),
    default="en-US",
    show_default=True,
    help="Language of the service's messages.",
)
@click.option(
    "--deadline",
    "deadline_s",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds for the whole call, with every repetition.",
)
@click.option(
    "--may-bill-twice",
    is_flag=True,
    help="Repeat also when a request was sent and no answer came.",
)
@click.option("--proxy", metavar="URL", help="HTTP proxy.  [default: HTTPS_PROXY]")
@click.option(
    "--ca-file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Certificate authorities in place of the usual ones.",
)
@click.option("--dry-run", is_flag=True, help="Print the request, secrets masked; send nothing.")
@format_option("text", "json")
@payload_options
@common_options
def send(
    source: str,
    form: str,
    endpoint: str | None,
    emulator: bool,
    encrypt: str | None,
    public_key: Path | None,
    region: str | None,
    language: str,
    deadline_s: float,
    may_bill_twice: bool,
    proxy: str | None,
    ca_file: Path | None,
    dry_run: bool,
    still_format: StillFormat,
    container: Container,
    max_base64_chars: int | None,
    keep_audio: bool,
    auto_rotate: bool,
    profile: str | None,
    timeout_s: float,
    isolate: bool | None,
) -> None:
    """Prepare a capture, send it to the service and tell the verdict.

    An answer of the service is billed; --emulator and --dry-run cost nothing. Exit status: 0 low or
    mid risk, 1 high risk or rejected, 2 could not be judged.
    """
    if emulator and endpoint:
        message = "--emulator brings its own endpoint"
        raise click.UsageError(message)
    if public_key and not encrypt:
        message = "--public-key is for --encrypt"
        raise click.UsageError(message)
    wire = Wire(
        endpoint,
        emulator,
        encrypt,
        public_key,
        region,
        language,
        deadline_s,
        may_bill_twice,
        proxy,
        ca_file,
        dry_run,
    )
    making = Making(
        still_format,
        container,
        max_base64_chars,
        keep_audio,
        auto_rotate,
        profile,
        timeout_s,
        bool(isolate),
    )
    with errors_told():
        sys.exit(_send(source, wire, making, form))


def _send(source: str, wire: Wire, making: Making, form: str) -> int:
    from preprocess.present.document import prepare_document

    from ._report import Sending
    from .errors import ClientError

    try:
        # The client comes first: without credentials or key, nobody should wait for a long clip.
        with _client(wire) as client:
            outcome = _prepared(source, wire, making)
            sending = Sending(prepare_document(outcome))
            if outcome.payload is not None:
                sending = _ended(client, wire, outcome, sending)
    except ClientError as error:
        click.echo(f"faceready: {error.message}", err=True)
        if error.advice:
            click.echo(error.advice, err=True)
        return 2
    if form == "json":
        click.echo(json.dumps(sending.document(), indent=2, ensure_ascii=True))
    else:
        _print(outcome, sending)
    return sending.exit_status


def _ended(client: Client, wire: Wire, outcome: Outcome, sending: Sending) -> Sending:
    from dataclasses import replace

    from .errors import ClientError

    assert outcome.payload is not None  # noqa: S101  # asked before
    try:
        if wire.dry_run:
            return replace(sending, preview=client.preview(outcome.payload))
        return replace(sending, verdict=client.detect(outcome.payload))
    except ClientError as error:
        return replace(sending, error=error)


def _prepared(source: str, wire: Wire, making: Making) -> Outcome:
    from preprocess import CaptureRejected, PreprocessError, prepare
    from preprocess.outcome import Outcome
    from preprocess.present.progress import shown_progress
    from preprocess.source import display_name

    from .encryption import ENCRYPTED_BASE64_CHARS_MAX

    shown = "stdin" if source == "-" else display_name(Path(source).name)
    ceiling = making.max_base64_chars
    if wire.encrypt:
        ceiling = min(ceiling or ENCRYPTED_BASE64_CHARS_MAX, ENCRYPTED_BASE64_CHARS_MAX)
    with shown_progress(stderr_console(), 1) as progress:
        try:
            payload = prepare(
                sys.stdin.buffer if source == "-" else source,
                profile=making.profile,
                max_base64_chars=ceiling,
                still_format=making.still_format,
                container=making.container,
                keep_audio=making.keep_audio,
                auto_rotate=making.auto_rotate,
                timeout_s=making.timeout_s,
                isolate=making.isolate,
                progress=lambda stage, share: progress.update(shown, stage, share),
                name=shown,
            )
        except (CaptureRejected, PreprocessError) as error:
            return Outcome.of_error(shown, error)
        return Outcome.ready(payload)


@contextmanager
def _client(wire: Wire) -> Iterator[Client]:
    from . import Algorithm, Client, Options
    from .credentials import REGION_VARIABLE

    options: Options = {
        "language": wire.language,
        "deadline_s": wire.deadline_s,
        "may_bill_twice": wire.may_bill_twice,
        "proxy": wire.proxy,
        "ca_file": wire.ca_file,
    }
    if wire.region:
        options["region"] = wire.region
    if wire.emulator:
        from .emulator import Emulator

        with Emulator() as emulator:
            options["endpoint"] = emulator.url
            if wire.encrypt:
                options["encryption"] = emulator.encryption(Algorithm(wire.encrypt.upper()))
            with Client(emulator.credentials, **options) as client:
                yield client
        return
    if wire.endpoint:
        options["endpoint"] = wire.endpoint
    if wire.encrypt:
        options["encryption"] = _encryption(wire.encrypt, wire.public_key)
    options.setdefault("region", os.environ.get(REGION_VARIABLE))
    with Client(_credentials(dry_run=wire.dry_run), **options) as client:
        yield client


def _credentials(*, dry_run: bool) -> CredentialSource:
    """The credentials of this machine, really there; a dry run asks no network and needs none.

    Raises:
        CredentialsError: nothing usable was found.
    """
    from .credentials import Credentials, FixedCredentials, find_credentials
    from .errors import CredentialsError

    if not dry_run:
        from ._machine_role import MachineRole

        source = find_credentials(machine_role=MachineRole())
        source()  # the machine's role answers or fails now, not after a long preparation
        return source
    try:
        return find_credentials()
    except CredentialsError:
        click.echo("no credentials found: the dry run signs with a placeholder", err=True)
        return FixedCredentials(Credentials("none", "none", source="a placeholder"))


def _encryption(algorithm: str, public_key: Path | None) -> Encryption:
    from .encryption import Algorithm, Encryption, read_public_key_file

    if public_key is None:
        return Encryption.from_env(algorithm)
    return Encryption(Algorithm(algorithm.upper()), read_public_key_file(public_key))


def _print(outcome: Outcome, sending: Sending) -> None:
    from rich.text import Text

    from preprocess.present.story import print_outcome

    from ._report import lines

    console = stdout_console()
    print_outcome(console, outcome)
    shown = lines(sending)
    for label, text, style in shown:
        console.print(Text(f"  {label:9}  ").append(text, style))
    if shown:
        console.print()
