"""One self-contained page over a whole run: counts, filters, pictures, findings and plans."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..plans import ClipPlan
from ..preflight import Checked, CheckOutcome
from ..report import Finding, Status
from ..rules import RULES
from ..run_check import CheckRun
from .check_text import measured_text
from .plain import printable
from .story import describe

_TITLES = {rule.id: rule.title for rule in RULES}


@dataclass(frozen=True, slots=True)
class _Card:
    """One capture on the page."""

    name: str
    path: str
    outcome: str
    facts: str
    picture: str | None
    """Address of the picture, a data: URL."""
    findings: tuple[_Line, ...]
    passes: tuple[tuple[str, str], ...]
    """Rule id and title."""
    unassessed: tuple[tuple[str, str], ...]
    """Rule id and reason."""
    plan: tuple[str, ...]
    error: tuple[str, str, str] | None
    """Code, message, advice."""

    @property
    def rules(self) -> str:
        """Ids of the broken rules, for the filter."""
        return " ".join(line.rule for line in self.findings)


@dataclass(frozen=True, slots=True)
class _Line:
    """One broken rule on a card."""

    rule: str
    title: str
    status: str
    message: str
    measured: str
    advice: str
    predicts: str


def page_html(run: CheckRun, pictures: Sequence[bytes | None]) -> str:
    """Return the page as one HTML document that loads nothing from anywhere.

    Args:
        run: The finished run.
        pictures: One JPEG per capture, in the run's order; None for none.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = _asset("page.css"), _asset("page.js")
    cards = [_card(checked, jpeg) for checked, jpeg in zip(run.files, pictures, strict=True)]
    broken: dict[str, int] = {}
    for card in cards:
        for line in card.findings:
            broken[line.rule] = broken.get(line.rule, 0) + 1
    origin = run.profile.profile
    return environment.from_string(_asset("page.html.j2")).render(
        style=Markup(style),  # noqa: S704 - our own file, no foreign text in it
        script=Markup(script),  # noqa: S704 - likewise
        policy=(
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
            f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
        ),
        cards=cards,
        counts=[(outcome.label, run.count(outcome)) for outcome in CheckOutcome],
        broken=[
            (rule, _TITLES.get(rule, ""), count)
            for rule, count in sorted(broken.items(), key=lambda item: (-item[1], item[0]))
        ],
        skipped=[printable(path) for path in run.skipped],
        profile=f"{origin.title}: {origin.document}, {origin.date.isoformat()}",
        modes=[word for word, on in (("strict", run.strict), ("quick", run.quick)) if on],
    )


def _asset(name: str) -> str:
    return (files("preprocess.present") / "page_assets" / name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return the hash by which the page's policy allows exactly this inline text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _card(checked: Checked, jpeg: bytes | None) -> _Card:
    by_gravity = sorted(checked.report.findings, key=lambda finding: -finding.status.gravity)
    error = checked.error
    return _Card(
        name=checked.name,
        path=printable(checked.path or checked.name),
        outcome=checked.outcome.label,
        facts=describe(checked.media) if checked.media else "",
        picture=_data_url(jpeg) if jpeg else None,
        findings=tuple(_line(f) for f in by_gravity if f.status in (Status.FAIL, Status.WARN)),
        passes=tuple(
            (f.rule, _TITLES.get(f.rule, "")) for f in by_gravity if f.status is Status.PASS
        ),
        unassessed=tuple(
            (f.rule, f.message) for f in by_gravity if f.status is Status.NOT_ASSESSED
        ),
        plan=_plan_lines(checked),
        error=(error.code, error.message, error.advice) if error else None,
    )


def _line(finding: Finding) -> _Line:
    return _Line(
        finding.rule,
        _TITLES.get(finding.rule, ""),
        str(finding.status),
        finding.message,
        measured_text(finding),
        finding.advice or "",
        finding.predicts or "",
    )


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _plan_lines(checked: Checked) -> tuple[str, ...]:
    plan = checked.plan
    if plan is None:
        return ()
    crop, target = plan.crop, plan.target
    where = f"{crop.width}x{crop.height} at {crop.left},{crop.top}"
    lines = [f"{plan.rung.label}: {where} becomes {target.width}x{target.height}"]
    if isinstance(plan, ClipPlan):
        window = plan.window
        span = f"{float(window.start_s):.2f} to {float(window.end_s):.2f} s"
        lines.append(
            f"window {span}, {len(plan.frame_times_s)} frames at {float(plan.rate_fps):g} fps"
        )
    lines += [f"not {why.rung.label}: {why.reason} ({why.rule})" for why in plan.why_not_higher]
    return tuple(lines)
