"""Check for people: what was found, what to do about it, on one screen."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..preflight import Checked, CheckOutcome
from ..report import Finding, Status
from ..run_check import CheckRun
from .story import describe

STYLES = {
    Status.FAIL: ("FAIL", "bold red"),
    Status.WARN: ("warn", "yellow"),
    Status.NOT_ASSESSED: ("?", "cyan"),
    Status.PASS: ("ok", "green"),
}
VERDICTS = {
    CheckOutcome.PASSED: ("passed", "bold green"),
    CheckOutcome.FAILED: ("failed", "bold red"),
    CheckOutcome.ERROR: ("not judged", "bold magenta"),
}


def print_checked(console: Console, checked: Checked) -> None:
    """Print what was found out about one capture: the gravest first, passes counted and named."""
    console.print(_headline(checked))
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, min_width=4)
    rows.add_column(no_wrap=True, min_width=7)
    rows.add_column(overflow="fold")
    if checked.error is not None:
        rows.add_row(Text("!", "bold magenta"), Text(checked.error.code), checked.error.message)
        if checked.error.advice:
            rows.add_row("", "", Text(f"-> {checked.error.advice}", "cyan"))
    grave_first = sorted(checked.report.findings, key=lambda finding: -finding.status.gravity)
    for finding in grave_first:
        if finding.status in (Status.FAIL, Status.WARN):
            _tell(rows, finding)
    _tell_unknown(rows, checked)
    _tell_passes(rows, checked)
    if checked.plan is not None and checked.outcome is not CheckOutcome.ERROR:
        word = checked.plan.rung.label
        rows.add_row(Text("plan", "bold"), Text(word, "bold"), _next_step(word))
    _print(console, Padding(rows, (0, 0, 1, 2)))


def print_run(console: Console, run: CheckRun) -> None:
    """Print one line over the whole run, where it had more than one capture."""
    if len(run.files) < 2 and not run.skipped:
        return
    text = Text.assemble(
        (f"{run.count(CheckOutcome.PASSED)} passed", "green"),
        ", ",
        (f"{run.count(CheckOutcome.FAILED)} failed", "red"),
        ", ",
        (f"{run.count(CheckOutcome.ERROR)} could not be judged", "magenta"),
    )
    if run.skipped:
        text.append(f", {len(run.skipped)} other files skipped", "dim")
    console.print(text)


def _print(console: Console, what: Padding) -> None:
    """Print a table; without the blanks at line ends that only a terminal's background would show."""
    if console.is_terminal:
        console.print(what)
        return
    with console.capture() as held:
        console.print(what)
    lines = (line.rstrip() for line in held.get().splitlines())
    console.print("\n".join(lines))


def measured_text(finding: Finding) -> str:
    """Return what was measured and what it was held to, such as ``62.5 px, limit 100.0``; empty for none."""
    if finding.measured is None or isinstance(finding.measured, bool):
        return ""
    unit = f" {finding.unit}" if finding.unit else ""
    limit = "" if finding.limit is None else f", limit {_number(finding.limit)}"
    return f"{_number(finding.measured)}{unit}{limit}"


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _headline(checked: Checked) -> Text:
    word, style = VERDICTS[checked.outcome]
    text = Text.assemble((checked.name, "bold"), "  ", (word, style))
    if checked.media is not None:
        text.append(f"  {describe(checked.media)}", "dim")
    return text


def _tell(rows: Table, finding: Finding) -> None:
    word, style = STYLES[finding.status]
    rows.add_row(Text(word, style), Text(finding.rule, "bold"), Text(_sentence(finding.message)))
    if finding.advice:
        rows.add_row("", "", Text(f"-> {finding.advice}", "cyan"))
    if finding.predicts and finding.status is Status.FAIL:
        rows.add_row("", "", Text(f"   the service would answer {finding.predicts}", "dim"))


def _tell_unknown(rows: Table, checked: Checked) -> None:
    """Name the rules that could not be assessed, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for finding in checked.report.findings:
        if finding.status is Status.NOT_ASSESSED:
            reasons.setdefault(finding.message, []).append(finding.rule)
    word, style = STYLES[Status.NOT_ASSESSED]
    for reason, rules in reasons.items():
        rows.add_row(Text(word, style), Text(""), Text(f"{reason}: {', '.join(rules)}", "dim"))


def _tell_passes(rows: Table, checked: Checked) -> None:
    passed = [f.rule for f in checked.report.findings if f.status is Status.PASS]
    if passed:
        word, style = STYLES[Status.PASS]
        rows.add_row(
            Text(word, style), Text(""), Text(f"{len(passed)} rules: {', '.join(passed)}", "dim")
        )


def _next_step(word: str) -> Text:
    if word == "as-is":
        return Text("ready to send as it is", "green")
    return Text("`faceready prepare` can make it ready; `faceready plan` says how", "dim")


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
