"""The JSON documents of `prepare` and `plan`: plain dictionaries in the published shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from typing import Any

from ..geometry import Box, Orientation, PixelBox, Size
from ..media import Media, StillInfo
from ..outcome import Outcome
from ..payload import Payload
from ..plans import ClipPlan, LedgerEntry, Plan, WhyNot
from ..report import Finding, Report

PREPARE_SCHEMA = "faceready/prepare/1"
PLAN_SCHEMA = "faceready/plan/1"

Document = dict[str, Any]

_LONG = frozenset({"times_s", "key_times_s"})
"""Facts that are lists as long as the clip: their count is printed instead."""


def prepare_document(outcome: Outcome) -> Document:
    """Return the document of one prepared source."""
    payload = outcome.payload
    return {
        "schema": PREPARE_SCHEMA,
        "outcome": outcome.ending.label,
        "source": source_document(outcome.media, outcome.name),
        "rung": payload.rung.label if payload else None,
        "why_not_higher": why_not_document(payload.why_not_higher) if payload else [],
        "report": report_document(outcome.report),
        "payload": payload_document(payload, outcome.saved_as) if payload else None,
        "ledger": ledger_document(payload.ledger) if payload else [],
        "error": error_document(outcome),
    }


def prepare_documents(outcomes: Sequence[Outcome]) -> Document:
    """Return the document of several prepared sources."""
    return {"schema": PREPARE_SCHEMA, "files": [prepare_document(outcome) for outcome in outcomes]}


def plan_document(media: Media, plan: Plan, report: Report) -> Document:
    """Return the document of what would be done with one source."""
    document: Document = {
        "schema": PLAN_SCHEMA,
        "outcome": "ready",
        "source": source_document(media, media.name),
        "rung": plan.rung.label,
        "why_not_higher": why_not_document(plan.why_not_higher),
        "report": report_document(report),
        "plan": {
            "orientation": int(plan.orientation),
            "crop": plain(plan.crop),
            "width_px": plan.target.width,
            "height_px": plan.target.height,
            "scale": round(plan.scale, 4),
            "face": plain(plan.face),
            "max_base64_chars": plan.max_base64_chars,
            "findings": [finding_document(finding) for finding in plan.findings],
        },
        "error": None,
    }
    if isinstance(plan, ClipPlan):
        document["plan"] |= {
            "container": plan.container,
            "keep_audio": plan.keep_audio,
            "rate_fps": plain(plan.rate_fps),
            "frames": len(plan.frame_times_s),
            "window": plain(plan.window),
            "candidates": [
                {
                    "window": plain(candidate.window),
                    "score": round(candidate.score, 4),
                    "is_usable": candidate.is_usable,
                    "reasons": list(candidate.reasons),
                }
                for candidate in plan.candidates
            ],
        }
    else:
        document["plan"]["form"] = plan.form
    return document


def refused_plan_document(outcome: Outcome) -> Document:
    """Return the document of a source for which there is no plan."""
    return {
        "schema": PLAN_SCHEMA,
        "outcome": outcome.ending.label,
        "source": source_document(outcome.media, outcome.name),
        "rung": None,
        "why_not_higher": [],
        "report": report_document(outcome.report),
        "plan": None,
        "error": error_document(outcome),
    }


def source_document(media: Media | None, name: str) -> Document:
    """Return the facts about a source; only its name where nothing else is known."""
    if media is None:
        return {"name": name, "sha256": None, "size_bytes": None, "kind": None}
    info = media.info
    facts = {
        field.name: len(value) if field.name in _LONG else plain(value)
        for field in fields(info)
        for value in (getattr(info, field.name),)
    }
    return {
        "name": name,
        "sha256": media.sha256,
        "size_bytes": media.size_bytes,
        "kind": str(media.kind),
        "form": info.form if isinstance(info, StillInfo) else info.container,
        "width_px": info.size_upright.width,
        "height_px": info.size_upright.height,
        "facts": facts,
    }


def report_document(report: Report) -> Document:
    """Return the findings of a report."""
    return {"findings": [finding_document(finding) for finding in report.findings]}


def finding_document(finding: Finding) -> Document:
    """Return one finding."""
    return {
        "rule": finding.rule,
        "status": str(finding.status),
        "measured": plain(finding.measured),
        "limit": plain(finding.limit),
        "unit": finding.unit,
        "message": finding.message,
        "advice": finding.advice,
        "predicts": finding.predicts,
    }


def payload_document(payload: Payload, saved_as: str | None) -> Document:
    """Return what is known of a finished payload; never its bytes."""
    return {
        "path": saved_as,
        "sha256": payload.sha256,
        "face_input_type": payload.face_input_type,
        "size_bytes": payload.size_bytes,
        "base64_chars": payload.base64_chars,
        "width_px": payload.width_px,
        "height_px": payload.height_px,
        "duration_s": plain(payload.duration_s),
        "rate_fps": plain(payload.rate_fps),
        "frames": payload.frames,
        "codec": payload.codec,
        "container": payload.form,
        "face": plain(payload.face),
        "crop": plain(payload.crop),
        "window": plain(payload.window),
    }


def why_not_document(reasons: Sequence[WhyNot]) -> list[Document]:
    """Return why each rung that changes less was not enough."""
    return [{"rung": r.rung.label, "rule": r.rule, "reason": r.reason} for r in reasons]


def ledger_document(entries: Sequence[LedgerEntry]) -> list[Document]:
    """Return the changes that were made, in order."""
    return [
        {"step": e.step, "before": e.before, "after": e.after, "reason": e.reason} for e in entries
    ]


def error_document(outcome: Outcome) -> Document | None:
    """Return why a source could not be judged; None when it could."""
    error = outcome.error
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "advice": error.advice}


def plain(value: object) -> Any:
    """Return ``value`` in JSON's own types: fractions as numbers, boxes and sizes as objects, enums by value."""
    match value:
        case Orientation():
            return int(value)
        case Enum():
            return value.value
        case Fraction() | float():
            return round(float(value), 6)
        case Size():
            return {"width": value.width, "height": value.height}
        case Box() | PixelBox():
            return {
                name: round(getattr(value, name), 2) for name in ("left", "top", "width", "height")
            }
        case tuple() | list():
            return [plain(item) for item in value]
        case None | bool() | int() | str():
            return value
    window = {name: getattr(value, name, None) for name in ("start_s", "end_s")}
    return {name: plain(part) for name, part in window.items()}
