"""Options that several commands share, and the one place that turns errors into exit statuses."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from .errors import PreprocessError

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_READY, EXIT_REJECTED, EXIT_ERROR = 0, 1, 2
DEFAULT_TIMEOUT_S = 120.0
"""Wall-clock limit for one source on the command line: ten times what a long 4K clip takes on two cores."""

PIPED_WIDTH = 110
"""Columns of text that does not go to a terminal."""


def stacked(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that adds ``options`` in the order they are written."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def format_option(*formats: str) -> Callable[[Command], Command]:
    """Return the --format option with the forms that a command can print."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="Form of the result on standard output.",
    )


common_options = stacked(
    click.option(
        "--profile", metavar="NAME|PATH", help="Limits to hold to (`faceready profiles`)."
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0, min_open=True),
        default=DEFAULT_TIMEOUT_S,
        show_default=True,
        metavar="S",
        help="Seconds for one source, then give up.",
    ),
    click.option(
        "--isolate/--no-isolate",
        default=None,
        help="Work in a limited child process, so that a file that crashes a decoder costs itself alone.  "
        "[default: for more than one file]",
    ),
)

payload_options = stacked(
    click.option(
        "--still-format",
        type=click.Choice(["png", "jpeg"]),
        default="png",
        show_default=True,
        help="Form of photos that must be recoded: png loses nothing, jpeg is smaller.",
    ),
    click.option(
        "--container",
        type=click.Choice(["mp4", "avi", "flv"]),
        default="mp4",
        show_default=True,
        help="Container of clips that must be rewritten.",
    ),
    click.option(
        "--max-base64-chars",
        type=click.IntRange(min=1),
        metavar="N",
        help="Hard ceiling for the payload, in base64 characters.  [default: the profile's]",
    ),
    click.option("--keep-audio", is_flag=True, help="Keep a clip's sound."),
    click.option(
        "--auto-rotate",
        is_flag=True,
        help="Turn a picture whose face lies on its side although no tag says so.",
    ),
)


def stdout_console() -> Console:
    """Return the console for results: coloured only on a terminal, and of a steady width when piped."""
    from rich.console import Console

    class ResultConsole(Console):
        def on_broken_pipe(self) -> None:
            raise

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return ResultConsole(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def stderr_console() -> Console:
    """Return the console for progress and errors."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


@contextmanager
def errors_told() -> Iterator[None]:
    """Print an error that stops the whole run on stderr, with its advice, and exit with 2.

    Ctrl-C and SIGTERM exit with 2 as well, after everything half done has been taken back.
    """
    try:
        with _terminated_like_ctrl_c():
            try:
                yield
            finally:
                sys.stdout.flush()  # a full disk is to be noticed here, not while Python ends
    except PreprocessError as exc:
        fail(exc)
    except KeyboardInterrupt:
        click.echo("stopped; nothing half done was left behind", err=True)
        sys.exit(EXIT_ERROR)
    except BrokenPipeError:
        _drop_output()  # its reader is gone: nobody to tell
        sys.exit(EXIT_ERROR)
    except OSError as exc:  # all others were translated where they came up
        _drop_output()
        click.echo(f"faceready: the results could not be printed: {exc.strerror}", err=True)
        sys.exit(EXIT_ERROR)


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, so that Python's end does not fail on it again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, which would end the process on the spot, raise what Ctrl-C raises."""
    is_main = (
        threading.current_thread() is threading.main_thread()
    )  # only there may handlers be set
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def fail(error: PreprocessError) -> NoReturn:
    """Print ``error`` and its advice on stderr and exit with 2."""
    click.echo(f"faceready: {error.message}", err=True)
    if error.advice:
        click.echo(error.advice, err=True)
    sys.exit(EXIT_ERROR)


def path_or_none(value: str | None) -> Path | None:
    """Return an option's path; None when it was not given."""
    return None if value is None else Path(value)
