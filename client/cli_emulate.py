"""The command `emulate`: a local stand-in for the service, until it is stopped."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from preprocess.cli_options import format_option

if TYPE_CHECKING:
    from .emulator import Emulator, Record

SCHEMA = "faceready/emulate/1"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides unscripted answers.")
@click.option(
    "--script",
    metavar="WORDS",
    default="",
    help="Answers for the next requests, by commas: High, FailedOperation.UnKnown, drop-late, "
    "delay:0.5 ...",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Requests per second; 0 for no limit.",
)
@click.option(
    "--clock-offset",
    "clock_offset_s",
    type=float,
    default=0.0,
    show_default=True,
    metavar="S",
    help="Seconds by which its clock runs ahead.",
)
@click.option(
    "--write-keys",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for its public keys, rsa.pem and sm2.pem.",
)
@format_option("text", "json")
def emulate(
    host: str,
    port: int,
    seed: int,
    script: str,
    rate_limit: int,
    clock_offset_s: float,
    write_keys: Path | None,
    form: str,
) -> None:
    """Answer like the service, on this machine; the answers are scripted and judge nothing.

    Prints its address and credentials, then one line for each request (on stderr), until Ctrl-C.
    """
    from .emulator import Emulator

    emulator = Emulator(
        seed=seed,
        host=host,
        port=port,
        rate_limit=rate_limit or None,
        clock_offset_s=clock_offset_s,
        told=_log_json if form == "json" else _log_text,
    )
    try:
        emulator.script(*(word for word in script.split(",") if word.strip()))
        emulator.listen()
        if write_keys is not None:
            _write_keys(emulator, write_keys)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        click.echo(f"faceready: cannot emulate: {reason}", err=True)
        sys.exit(2)
    _introduce(emulator, form)
    try:
        emulator.serve()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _introduce(emulator: Emulator, form: str) -> None:
    # The credentials are published constants that open nothing but an emulator.
    key = emulator.credentials.secret_key.reveal()
    if form == "json":
        document = {
            "schema": SCHEMA,
            "url": emulator.url,
            "secret_id": emulator.credentials.secret_id,
            "secret_key": key,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"emulator of DetectAIFakeFaces at {emulator.url}")
        click.echo("its risk levels are scripted and judge nothing")
        click.echo("")
        click.echo(f"export TENCENTCLOUD_SECRET_ID={emulator.credentials.secret_id}")
        click.echo(f"export TENCENTCLOUD_SECRET_KEY={key}")
        click.echo(f"faceready send FILE --endpoint {emulator.url}")
    sys.stdout.flush()


def _log_json(record: Record) -> None:
    click.echo(json.dumps(asdict(record)), err=True)


def _log_text(record: Record) -> None:
    kind = {1: "image", 2: "video"}.get(record.face_input_type or 0, "-")
    notes = [
        record.outcome,
        kind,
        f"{record.body_bytes:,} bytes",
        "billed" if record.billed else "not billed",
        record.encryption or "",
        f"fault {record.fault}" if record.fault else "",
    ]
    click.echo(f"#{record.number} " + ", ".join(note for note in notes if note), err=True)


def _write_keys(emulator: Emulator, folder: Path) -> None:
    from .encryption import Algorithm
    from .errors import EncryptionError

    folder.mkdir(parents=True, exist_ok=True)
    for algorithm, name in ((Algorithm.AES_256_CBC, "rsa.pem"), (Algorithm.SM4_GCM, "sm2.pem")):
        try:
            key = emulator.encryption(algorithm).public_key
        except EncryptionError as error:
            click.echo(f"{name} not written: {error.message}", err=True)
            continue
        (folder / name).write_text(key, encoding="ascii")
