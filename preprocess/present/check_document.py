"""The JSON document of `check`: plain dictionaries in the published shape (docs/schemas/check.json)."""

from __future__ import annotations

import json

from ..preflight import Checked, CheckOutcome
from ..run_check import CheckRun
from .document import (
    Document,
    plan_document,
    report_document,
    source_document,
    why_not_document,
)
from .plain import printable

CHECK_SCHEMA = "faceready/check/1"


def check_json(run: CheckRun) -> str:
    """Return the document of a run as indented ASCII JSON."""
    return json.dumps(check_document(run), indent=2, ensure_ascii=True, allow_nan=False)


def check_document(run: CheckRun) -> Document:
    """Return the document of a run."""
    origin = run.profile.profile
    return {
        "schema": CHECK_SCHEMA,
        "profile": {
            "name": origin.name,
            "document": origin.document,
            "date": origin.date.isoformat(),
        },
        "strict": run.strict,
        "quick": run.quick,
        "files": [file_document(checked) for checked in run.files],
        "skipped": [printable(path) for path in run.skipped],
        "summary": {
            "outcome": run.outcome.label,
            "passed": run.count(CheckOutcome.PASSED),
            "failed": run.count(CheckOutcome.FAILED),
            "errors": run.count(CheckOutcome.ERROR),
            "skipped": len(run.skipped),
        },
    }


def file_document(checked: Checked) -> Document:
    """Return the document of one capture."""
    return {
        "path": None if checked.path is None else printable(checked.path),
        "source": source_document(checked.media, checked.name),
        "outcome": checked.outcome.label,
        "report": report_document(checked.report),
        "plan": _plan(checked),
        "error": _error(checked),
    }


def _plan(checked: Checked) -> Document | None:
    if checked.plan is None or checked.media is None:
        return None
    whole = plan_document(checked.media, checked.plan, checked.report)
    why = why_not_document(checked.plan.why_not_higher)
    return {"rung": checked.plan.rung.label, "why_not_higher": why, **whole["plan"]}


def _error(checked: Checked) -> Document | None:
    error = checked.error
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "advice": error.advice}
