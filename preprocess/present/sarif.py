"""Check as SARIF 2.1.0: a result per capture and rule, passes and unassessed rules included."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ..preflight import Checked
from ..report import Finding, Status
from ..rules import RULES, Rule, Severity
from ..run_check import CheckRun
from .document import Document
from .plain import printable

SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.HARD: "error", Severity.ADVICE: "warning", Severity.QUALITY: "note"}
_RESULTS = {
    Status.PASS: ("pass", "none"),
    Status.NOT_ASSESSED: ("notApplicable", "none"),
    Status.WARN: ("fail", "warning"),
    Status.FAIL: ("fail", "error"),
}
"""Kind and level of a result. Source: SARIF 2.1.0, 3.27.9 and 3.27.10: a level other than none needs kind fail."""


def sarif_json(run: CheckRun) -> str:
    """Return a run as a SARIF log, indented ASCII JSON."""
    return json.dumps(sarif_log(run), indent=2, ensure_ascii=True, allow_nan=False)


def sarif_log(run: CheckRun) -> Document:
    """Return a run as a SARIF log."""
    errors = [checked for checked in run.files if checked.error is not None]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "invocations": [
                    {
                        "executionSuccessful": not errors,
                        "exitCode": run.outcome.value,
                        "toolExecutionNotifications": [_notification(c) for c in errors],
                    }
                ],
                "artifacts": [_artifact(checked) for checked in run.files],
                "results": [
                    _result(place, checked, finding)
                    for place, checked in enumerate(run.files)
                    for finding in checked.report.findings
                ],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


def _driver() -> Document:
    try:
        installed = version("faceready")
    except PackageNotFoundError:  # run from a checkout that was never installed
        installed = "0"
    return {"name": "faceready", "version": installed, "rules": [_rule(rule) for rule in RULES]}


def _rule(rule: Rule) -> Document:
    described: Document = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.advice},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "severity": str(rule.severity),
            "document": rule.document.title,
            "documentDate": rule.document.date.isoformat(),
        },
    }
    if rule.predicts:
        described["properties"]["predicts"] = rule.predicts
    return described


_PLACES = {rule.id: place for place, rule in enumerate(RULES)}


def _result(place: int, checked: Checked, finding: Finding) -> Document:
    kind, level = _RESULTS[finding.status]
    text = printable(finding.message)
    if finding.advice:
        text = f"{text}. {printable(finding.advice)}"
    properties = {
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "predicts": finding.predicts,
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": _PLACES[finding.rule],
        "kind": kind,
        "level": level,
        "message": {"text": text},
        "locations": [_location(checked, place)],
        "properties": {key: value for key, value in properties.items() if value is not None},
    }


def _location(checked: Checked, place: int | None = None) -> Document:
    artifact: Document = {"uri": _uri(checked)}
    if place is not None:
        artifact["index"] = place
    return {"physicalLocation": {"artifactLocation": artifact}}


def _artifact(checked: Checked) -> Document:
    described: Document = {"location": {"uri": _uri(checked)}}
    if checked.media is not None:
        described["length"] = checked.media.size_bytes
        described["hashes"] = {"sha-256": checked.media.sha256}
    return described


def _notification(checked: Checked) -> Document:
    error = checked.error
    message, code = (error.message, error.code) if error else ("", "")
    return {
        "level": "error",
        "message": {"text": printable(message)},
        "descriptor": {"id": code},
        "locations": [_location(checked)],
    }


def _uri(checked: Checked) -> str:
    """Return the capture's address relative to the working folder, or its bare name where it lies elsewhere."""
    if checked.path is None:
        return quote(checked.name, safe="")
    path = os.path.normpath(os.path.abspath(checked.path))  # noqa: PTH100 - keeps links as named
    try:
        relative = Path(path).relative_to(Path.cwd())
    except ValueError:
        relative = Path(path).name  # type: ignore[assignment]
    return quote(os.fsencode(PurePosixPath(relative)))
