"""The commands `check` and `profiles`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .cli_options import (
    common_options,
    errors_told,
    format_option,
    stderr_console,
    stdout_console,
)

if TYPE_CHECKING:
    from .preflight import Checked
    from .run_check import CheckJob, CheckRun


@click.command()
@click.argument("sources", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path())
@format_option("text", "json", "junit", "sarif")
@click.option("--strict", is_flag=True, help="Let what is against advice fail.")
@click.option(
    "--quick",
    is_flag=True,
    help="Judge by header and packets alone: nothing is decoded, faces are not looked for.",
)
@click.option(
    "--annotate",
    "annotate_to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a picture per capture that shows faces, crop and findings.",
)
@click.option(
    "--html",
    "html_to",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one self-contained page over the whole run.",
)
@common_options
def check(
    sources: tuple[str, ...],
    form: str,
    strict: bool,
    quick: bool,
    annotate_to: Path | None,
    html_to: Path | None,
    profile: str | None,
    timeout_s: float,
    isolate: bool | None,
) -> None:
    """Judge captures as they are, rule by rule; changes nothing.

    Folders are searched for photos and clips, hidden files passed over. Exit status: 0 all pass, 1 a rule fails,
    2 something could not be judged.
    """
    with errors_told():
        from .profile import Profile
        from .run_check import CheckJob

        job = CheckJob(
            named=sources,
            profile=Profile.load(profile),
            quick=quick,
            strict=strict,
            snapshots=not quick and (annotate_to is not None or html_to is not None),
            timeout_s=timeout_s,
            isolate=isolate,
        )
        run = _run(job, form, annotate_to, html_to)
        sys.exit(run.outcome.value)


def _run(job: CheckJob, form: str, annotate_to: Path | None, html_to: Path | None) -> CheckRun:
    """Run the job, write what was asked for, and print each result as it comes (text) or all at the end."""
    from .present.exhibits import Exhibits
    from .present.progress import shown_progress
    from .run_check import CheckRun, run_check

    gathered = job.gathered()
    exhibits = Exhibits(annotate_to, html_to, gathered.files)
    files: list[Checked] = []
    with shown_progress(stderr_console(), len(gathered.files)) as progress:
        for checked in run_check(job, gathered.files, progress.update):
            progress.finished(checked.name)
            files.append(exhibits.take(checked))
            if form == "text":
                _print_text(files[-1])
    run = CheckRun(job.profile, tuple(files), gathered.skipped, job.strict, job.quick)
    exhibits.finish(run)
    _print_run(run, form)
    return run


def _print_text(checked: Checked) -> None:
    from .present.check_text import print_checked

    print_checked(stdout_console(), checked)


def _print_run(run: CheckRun, form: str) -> None:
    match form:
        case "json":
            from .present.check_document import check_json

            click.echo(check_json(run))
        case "junit":
            from .present.junit import junit_xml

            click.echo(junit_xml(run))
        case "sarif":
            from .present.sarif import sarif_json

            click.echo(sarif_json(run))
        case _:
            from .present.check_text import print_run

            print_run(stdout_console(), run)


@click.command()
@click.argument("name", metavar="[NAME|PATH]", required=False)
def profiles(name: str | None) -> None:
    """List the built-in profiles, or print the limits of one."""
    with errors_told():
        from .present.profiles import print_profile, print_profiles
        from .profile import Profile

        if name is None:
            print_profiles(stdout_console())
        else:
            print_profile(stdout_console(), Profile.load(name))
