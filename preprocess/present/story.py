"""Prepare and plan for people: what was found, what was done, what is left to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..media import Media, StillInfo, base64_chars
from ..outcome import Ending, Outcome
from ..payload import Payload
from ..plans import ClipPlan, LedgerEntry, Plan, WhyNot
from ..report import Finding, Report, Rung, Status

_STYLES = {
    Status.WARN: ("warn", "yellow"),
    Status.FAIL: ("FAIL", "bold red"),
}
_RUNGS = {
    Rung.AS_IS: "the file as it is, untouched",
    Rung.STRIP: "metadata and container cleaned, the coded picture untouched",
    Rung.TRIM: "coded frames copied, only cut in time",
    Rung.CROP: "cut out without scaling, coded once",
    Rung.RESAMPLE: "cut out and scaled once, coded once",
}


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print how one source ended."""
    console.print(_headline(outcome.name, outcome.media))
    rows = _rows()
    if outcome.payload is not None:
        _tell_payload(rows, outcome.payload, outcome.saved_as)
    elif outcome.ending is Ending.REJECTED:
        _tell_rejection(rows, outcome.report)
    elif outcome.error is not None:
        rows.add_row(Text("error", "bold red"), Text(outcome.error.message))
        if outcome.error.advice:
            rows.add_row(Text("to do", "bold"), Text(outcome.error.advice))
        rows.add_row(Text("code", "dim"), Text(outcome.error.code, "dim"))
    _show(console, rows)


def print_plan(console: Console, media: Media, plan: Plan, report: Report) -> None:
    """Print what would be done with one source."""
    console.print(_headline(media.name, media))
    rows = _rows()
    rows.add_row(Text("plan", "bold"), _rung(plan.rung))
    _tell_why_not(rows, plan.why_not_higher)
    rows.add_row(Text("face"), Text(f"{plan.face.width:.0f} px wide in the source"))
    if plan.rung >= Rung.CROP:
        crop = plan.crop
        where = f"{crop.width}x{crop.height} at {crop.left},{crop.top}"
        rows.add_row(
            Text("crop"),
            Text(f"{where} -> {plan.target.width}x{plan.target.height} (scale {plan.scale:.2f})"),
        )
    if isinstance(plan, ClipPlan):
        _tell_window(rows, plan)
    _tell_findings(rows, report.merged(plan.findings))
    _show(console, rows)


def print_summary(console: Console, outcomes: Sequence[Outcome], skipped: int) -> None:
    """Print one line over a run of several sources."""
    counts = {ending: sum(outcome.ending is ending for outcome in outcomes) for ending in Ending}
    text = Text.assemble(
        (f"{counts[Ending.READY]} ready", "green"),
        ", ",
        (f"{counts[Ending.REJECTED]} rejected", "yellow"),
        ", ",
        (f"{counts[Ending.ERROR]} could not be judged", "red"),
    )
    if skipped:
        text.append(f", {skipped} other files skipped", "dim")
    console.print(text)


def describe(media: Media) -> str:
    """Return one line on what a source is: form, size, length, rate."""
    info = media.info
    size = info.size_upright
    if isinstance(info, StillInfo):
        parts = [f"{info.form.upper()} photo", f"{size.width}x{size.height}"]
    else:
        parts = [f"{info.container} clip", info.codec, f"{size.width}x{size.height}"]
        parts.append(f"{float(info.duration_s_packets):.2f} s")
        if info.rate_fps_packets is not None:
            regular = "" if info.is_constant_rate else " (variable)"
            parts.append(f"{float(info.rate_fps_packets):.2f} fps{regular}")
    if info.orientation != 1:
        parts.append(f"stored with orientation {int(info.orientation)}")
    parts.append(bytes_text(media.size_bytes))
    return ", ".join(parts)


def bytes_text(size_bytes: int) -> str:
    """Return a size with a unit a person reads: B, kB or MB, decimal."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.0f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _show(console: Console, rows: Table) -> None:
    """Print ``rows`` indented, without the blanks that fill a table's lines."""
    with console.capture() as captured:
        console.print(Padding(rows, (0, 0, 1, 2), expand=False))
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)


def _rows() -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, min_width=7)
    rows.add_column(overflow="fold")
    return rows


def _headline(name: str, media: Media | None) -> Text:
    text = Text(name, "bold")
    if media is not None:
        text.append(f"  {describe(media)}", "dim")
    return text


def _rung(rung: Rung) -> Text:
    return Text.assemble((rung.label, "bold cyan"), f": {_RUNGS[rung]}")


def _tell_payload(rows: Table, payload: Payload, saved_as: str | None) -> None:
    size = f"{payload.width_px}x{payload.height_px}"
    what = [payload.form.upper() if payload.codec is None else payload.form, size]
    if payload.duration_s is not None and payload.rate_fps is not None:
        what += [f"{payload.duration_s:.2f} s", f"{payload.rate_fps:.2f} fps"]
    what += [
        bytes_text(payload.size_bytes),
        f"{base64_chars(payload.size_bytes):,} base64 characters",
    ]
    rows.add_row(Text("ready", "bold green"), Text(saved_as or "not written", "bold"))
    rows.add_row("", Text(", ".join(what)))
    rows.add_row(Text("face"), Text(f"{payload.face.width:.0f} px wide in the result"))
    rows.add_row(Text("change"), _rung(payload.rung))
    _tell_why_not(rows, payload.why_not_higher)
    _tell_ledger(rows, payload.ledger)
    _tell_findings(rows, payload.report)
    if saved_as is not None:
        rows.add_row(Text("next", "bold"), Text(f"faceready send {shlex.quote(saved_as)}"))


def _tell_why_not(rows: Table, reasons: Sequence[WhyNot]) -> None:
    for index, reason in enumerate(reasons):
        rows.add_row(
            Text("why" if index == 0 else "", "dim"),
            Text(f"not {reason.rung.label}: {reason.reason} ({reason.rule})", "dim"),
        )


def _tell_ledger(rows: Table, ledger: Sequence[LedgerEntry]) -> None:
    for index, entry in enumerate(ledger):
        rows.add_row(
            Text("done" if index == 0 else ""),
            Text(f"{entry.step}: {entry.before} -> {entry.after} ({entry.reason})"),
        )


def _tell_window(rows: Table, plan: ClipPlan) -> None:
    window = plan.window
    rows.add_row(
        Text("window"),
        Text(
            f"{float(window.start_s):.2f} to {float(window.end_s):.2f} s, "
            f"{len(plan.frame_times_s)} frames at {float(plan.rate_fps):.3f} fps"
        ),
    )
    for index, candidate in enumerate(plan.candidates):
        start, end = float(candidate.window.start_s), float(candidate.window.end_s)
        verdict = f"score {candidate.score:.2f}" if candidate.is_usable else "not usable"
        chosen = candidate.window == window
        rows.add_row(
            Text("seen" if index == 0 else "", "dim"),
            Text(
                f"{start:.2f}-{end:.2f} s {verdict}: {'; '.join(candidate.reasons)}"
                + (" <- chosen" if chosen else ""),
                "bold" if chosen else "dim",
            ),
        )


def _tell_rejection(rows: Table, report: Report) -> None:
    rows.add_row(Text("rejected", "bold red"), Text("nothing was written"))
    _tell_findings(rows, report)


def _tell_findings(rows: Table, report: Report) -> None:
    """Tell what is left to know: failures and warnings that no rung of the ladder takes care of."""
    told = [finding for finding in report.failures + report.warnings if not finding.needs_mending]
    for finding in sorted(told, key=lambda finding: -finding.status.gravity):
        word, style = _STYLES[finding.status]
        rows.add_row(Text(word, style), _finding(finding))
    passed = sum(finding.status is Status.PASS for finding in report.findings)
    if passed:
        rows.add_row(Text("ok", "green"), Text(f"{passed} rules passed", "dim"))


def _finding(finding: Finding) -> RenderableType:
    lines = [Text.assemble((finding.rule, "bold"), " ", finding.message)]
    if finding.advice and finding.status in (Status.WARN, Status.FAIL):
        lines.append(Text(f"-> {finding.advice}", "cyan"))
    if finding.predicts and finding.status is Status.FAIL:
        lines.append(Text(f"   the service would answer {finding.predicts}", "dim"))
    return Group(*lines)
