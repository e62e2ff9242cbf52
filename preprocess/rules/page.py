"""The page about the rules, made from the rules."""

from __future__ import annotations

from . import RULES
from .rule import Need, Rule, Severity

_SEVERITIES = {
    Severity.HARD: "fails: the service refuses it, or nothing can be judged",
    Severity.ADVICE: "warns, and fails with `--strict`: against what the service advises",
    Severity.QUALITY: "warns only: a measure without a limit calibrated by the service",
}
_NEEDS = {
    Need.HEADER: "header",
    Need.PACKETS: "packets",
    Need.PIXELS: "decoded pixels",
    Need.FACES: "faces",
}
_HEAD = """# Rules

Made from the rules by `python -m preprocess.rules`; a test holds the page to them. Each rule is one small pure
function with a stable id, which is never reused. The same rules judge a source, steer the ladder of least change, and
verify the result. Limits are data: `faceready profiles` prints them with the document they come from.

- **hard** fails: the service refuses it, or nothing can be judged.
- **advice** warns, and fails with `--strict`: against what the service advises.
- **quality** warns only: a measure without a limit calibrated by the service.

What lacks its evidence comes out as *not-assessed* (under `--quick` all that needs pixels or faces). *Mended by*
names the least rung of the ladder on which `prepare` takes care of it; without one `prepare` rejects the capture.

| rule | what must hold | severity | applies to | needs | mended by | the service would answer |
|--|--|--|--|--|--|--|
"""


def rules_page() -> str:
    """Return docs/rules.md as text."""
    table = "\n".join(_row(rule) for rule in RULES)
    sections = "\n".join(_section(rule) for rule in RULES)
    return f"{_HEAD}{table}\n\n{sections}"


def _row(rule: Rule) -> str:
    kinds = " and ".join(sorted("photos" if kind == "image" else "clips" for kind in rule.kinds))
    remedy = f"`{rule.remedy.label}`" if rule.remedy is not None else ""
    predicts = f"`{rule.predicts}`" if rule.predicts else ""
    cells = [
        f"[{rule.id}](#{rule.id.lower()})",
        rule.title,
        str(rule.severity),
        kinds,
        _NEEDS[rule.need],
        remedy,
        predicts,
    ]
    return f"| {' | '.join(cells)} |"


def _section(rule: Rule) -> str:
    lines = [
        f"## {rule.id}",
        "",
        rule.title,
        "",
        f"- Severity: {rule.severity}, {_SEVERITIES[rule.severity]}.",
    ]
    if rule.advice:
        lines.append(f"- Advice: {rule.advice}")
    if rule.planned_by:
        lines.append(f"- Judged by the planner: {rule.planned_by}.")
    lines.append(f"- Source: {rule.document.title}, {rule.document.date.isoformat()}.")
    return "\n".join(lines) + "\n"
