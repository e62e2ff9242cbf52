"""The command `doctor`: is this machine fit to judge captures?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .cli_options import EXIT_ERROR, EXIT_READY, errors_told, format_option, stdout_console

if TYPE_CHECKING:
    from .environment import Fact

DOCTOR_SCHEMA = "faceready/doctor/1"
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command()
@format_option("text", "json")
def doctor(form: str) -> None:
    """Say what this machine has and what it lacks: models, libraries, codecs."""
    with errors_told():
        from .environment import diagnose

        sys.exit(tell_facts(diagnose(), form))


def tell_facts(facts: Sequence[Fact], form: str) -> int:
    """Print ``facts`` and return the exit status: 2 when one of them keeps faceready from working."""
    if form == "json":
        document = {
            "schema": DOCTOR_SCHEMA,
            "facts": [
                {"name": f.name, "status": f.status, "value": f.value, "advice": f.advice}
                for f in facts
            ],
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _print_facts(facts)
    return EXIT_ERROR if any(fact.status == "fail" for fact in facts) else EXIT_READY


def _print_facts(facts: Sequence[Fact]) -> None:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 2))
    for fact in facts:
        rows.add_row(Text(fact.status, _STYLES[fact.status]), Text(fact.name), Text(fact.value))
        if fact.advice:
            rows.add_row("", "", Text(f"-> {fact.advice}", "cyan"))
    stdout_console().print(rows)
