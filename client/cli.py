"""Entry of the script `faceready`: the commands of the pipeline, and those that send.

This and the modules `cli_*` are the only ones of this package that know `preprocess`; everything
heavy is loaded by the command that needs it.
"""

from __future__ import annotations

import sys

from preprocess.cli import COMMANDS, make_group

from .cli_doctor import doctor
from .cli_emulate import emulate
from .cli_send import send

_OWN = (send, emulate, doctor)
_REPLACED = {command.name for command in _OWN}
_PIPELINE = tuple(command for command in COMMANDS if command.name not in _REPLACED)

cli = make_group(
    (
        *(command for command in _PIPELINE if command.name != "profiles"),
        *_OWN,
        *(command for command in _PIPELINE if command.name == "profiles"),
    )
)
"""All commands in the order in which they are used."""


def main() -> None:
    """Run the command line."""
    sys.exit(cli.main(prog_name="faceready"))


if __name__ == "__main__":
    main()
