"""The command line of the pipeline: check, plan, prepare, doctor and profiles, with or without the client."""

from __future__ import annotations

import sys

import click

from .cli_check import check, profiles
from .cli_doctor import doctor
from .cli_prepare import plan, prepare

COMMANDS: tuple[click.Command, ...] = (check, plan, prepare, doctor, profiles)
"""In the order in which they are used; `client.cli` adds its own."""


class OrderedGroup(click.Group):
    """A group whose help lists the commands in the order of use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands' names in the order in which they were added."""
        return list(self.commands)


HELP = """Judge face photos and clips, make them ready for DetectAIFakeFaces, and change as little as possible.

Exit status, whatever the format: 0 passed or ready, 1 a rule fails or the capture is rejected, 2 could not judge.
"""
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def make_group(commands: tuple[click.Command, ...]) -> click.Group:
    """Return the command group over ``commands``."""
    group = OrderedGroup("faceready", help=HELP, context_settings=SETTINGS)
    click.version_option(package_name="faceready", prog_name="faceready")(group)
    for command in commands:
        group.add_command(command)
    return group


def main() -> None:
    """Run the command line without the client."""
    sys.exit(make_group(COMMANDS).main(prog_name="python -m preprocess"))
