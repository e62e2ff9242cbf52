"""The commands `prepare` and `plan`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .cli_options import (
    common_options,
    errors_told,
    format_option,
    payload_options,
    stderr_console,
    stdout_console,
)
from .errors import CaptureRejected, PreprocessError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .options import Container, Options, StillFormat
    from .outcome import Outcome
    from .run_prepare import PrepareJob


@click.command()
@click.argument("sources", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path())
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option(
    "--out-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: beside each source]",
)
@format_option("text", "json")
@payload_options
@click.option("--force", is_flag=True, help="Replace existing files.")
@common_options
def prepare(
    sources: tuple[str, ...],
    output: Path | None,
    out_dir: Path | None,
    form: str,
    still_format: StillFormat,
    container: Container,
    max_base64_chars: int | None,
    keep_audio: bool,
    auto_rotate: bool,
    force: bool,
    profile: str | None,
    timeout_s: float,
    isolate: bool | None,
) -> None:
    """Make captures compliant with the least change to their pixels, and prove it.

    FILE may be - for standard input, once. Writes SOURCE.faceready.EXT beside each source, whole or not at all.
    Exit status: 0 all ready, 1 a capture was rejected, 2 something could not be judged.
    """
    with errors_told():
        from .options import Options
        from .outcome import worst
        from .profile import Profile
        from .run_prepare import PrepareJob

        options = Options(still_format, container, max_base64_chars, keep_audio, auto_rotate)
        job = PrepareJob(
            named=sources,
            options=options,
            profile=Profile.load(profile),
            output=output,
            out_dir=out_dir,
            overwrite=force,
            timeout_s=timeout_s,
            isolate=isolate,
        )
        outcomes = _run(job, form)
        sys.exit(worst([outcome.ending for outcome in outcomes]).value)


def _run(job: PrepareJob, form: str) -> list[Outcome]:
    """Run the job, print each outcome as it comes (text) or all at the end (json), and return them."""
    from .present.document import prepare_document, prepare_documents
    from .present.progress import shown_progress
    from .run_prepare import misnamed, run_prepare

    gathered = job.gathered()
    if job.output is not None and not gathered.is_single:
        message = "-o names one file, but there are several sources"
        raise UsageError(message, advice="Use --out-dir.")
    outcomes: list[Outcome] = []
    with shown_progress(stderr_console(), len(gathered.files)) as progress:
        results: Iterator[Outcome] = run_prepare(job, gathered.files, progress.update)
        for outcome in results:
            progress.finished(outcome.name)
            outcomes.append(outcome)
            if form == "text":
                _print_text(outcome)
            if note := misnamed(outcome):
                click.echo(note, err=True)
    if form == "json":
        single = gathered.is_single
        document = prepare_document(outcomes[0]) if single else prepare_documents(outcomes)
        click.echo(json.dumps(document, indent=2, ensure_ascii=True))
    elif not gathered.is_single:
        from .present.story import print_summary

        print_summary(stdout_console(), outcomes, len(gathered.skipped))
    return outcomes


def _print_text(outcome: Outcome) -> None:
    from .present.story import print_outcome

    print_outcome(stdout_console(), outcome)


@click.command()
@click.argument("source", metavar="FILE", type=click.Path())
@format_option("text", "json")
@payload_options
@common_options
def plan(
    source: str,
    form: str,
    still_format: StillFormat,
    container: Container,
    max_base64_chars: int | None,
    keep_audio: bool,
    auto_rotate: bool,
    profile: str | None,
    timeout_s: float,
    isolate: bool | None,
) -> None:
    """Show what `prepare` would do with a capture, and why; writes nothing."""
    with errors_told():
        from .options import Options

        options = Options(still_format, container, max_base64_chars, keep_audio, auto_rotate)
        _plan(source, form, options, profile, timeout_s, isolate=bool(isolate))


def _plan(
    name: str,
    form: str,
    options: Options,
    profile_name: str | None,
    timeout_s: float,
    *,
    isolate: bool,
) -> None:
    from .outcome import Outcome
    from .pipeline import plan_source
    from .present.document import plan_document, refused_plan_document
    from .present.progress import shown_progress
    from .present.story import print_outcome, print_plan
    from .profile import Profile
    from .source import display_name, read_source
    from .watch import Watch

    profile = Profile.load(profile_name)
    shown = "stdin" if name == "-" else display_name(Path(name).name)
    try:
        source = read_source(sys.stdin.buffer if name == "-" else name, profile=profile, name=shown)
        with shown_progress(stderr_console(), 1) as progress:

            def told(stage: str, share: float) -> None:
                progress.update(shown, stage, share)

            if isolate:
                from .isolate import run_isolated

                media, _, report, made = run_isolated(
                    "plan", source, profile, options, timeout_s=timeout_s, progress=told
                )
            else:
                media, _, report, made = plan_source(
                    source, profile, options, Watch(timeout_s, told)
                )
    except (CaptureRejected, PreprocessError) as exc:
        outcome = Outcome.of_error(shown, exc)
        if form == "json":
            click.echo(json.dumps(refused_plan_document(outcome), indent=2))
        else:
            print_outcome(stdout_console(), outcome)
        sys.exit(outcome.ending.value)
    if form == "json":
        click.echo(json.dumps(plan_document(media, made, report), indent=2))
    else:
        print_plan(stdout_console(), media, made, report)
