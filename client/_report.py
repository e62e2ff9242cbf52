"""What `send` has to say, as JSON and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ._preview import Preview
from .errors import CaptureError, ClientError
from .verdict import DETAIL_MEANINGS, SIMILARITY_THRESHOLD, Risk, Verdict

SCHEMA = "faceready/send/1"
EXIT_PASSED, EXIT_INTERCEPTED, EXIT_ERROR = 0, 1, 2

EMULATED = "answered by the local emulator: scripted, not a judgement of the face"


@dataclass(frozen=True, slots=True)
class Sending:
    """How one `send` ended; exactly one of the three is there once the capture was prepared."""

    prepared: Mapping[str, object]
    """The document of `prepare`."""
    preview: Preview | None = None
    """The request of a dry run."""
    verdict: Verdict | None = None
    """The service's answer."""
    error: ClientError | None = None
    """Why there is no answer."""

    @property
    def outcome(self) -> str:
        """`sent`, `dry-run`, `rejected` (by `prepare` or by the service) or `error`."""
        if self.preview is not None:
            return "dry-run"
        if self.verdict is not None:
            return "sent"
        if self.error is not None:
            return "rejected" if isinstance(self.error, CaptureError) else "error"
        return "rejected" if self.prepared["outcome"] == "rejected" else "error"

    @property
    def exit_status(self) -> int:
        """0 passed, 1 intercepted or rejected, 2 could not judge."""
        if self.verdict is not None:
            return _RISK_EXITS[self.verdict.risk]
        return {"dry-run": EXIT_PASSED, "rejected": EXIT_INTERCEPTED}.get(self.outcome, EXIT_ERROR)

    def document(self) -> dict[str, object]:
        """The JSON document."""
        return {
            "schema": SCHEMA,
            "outcome": self.outcome,
            "prepared": self.prepared,
            "request": None if self.preview is None else _preview_document(self.preview),
            "verdict": None if self.verdict is None else _verdict_document(self.verdict),
            "error": None if self.error is None else _error_document(self.error),
        }


_RISK_EXITS = {
    Risk.LOW: EXIT_PASSED,
    Risk.MID: EXIT_PASSED,
    Risk.HIGH: EXIT_INTERCEPTED,
    Risk.UNKNOWN: EXIT_ERROR,
}


def _preview_document(preview: Preview) -> dict[str, object]:
    return {
        "method": preview.method,
        "url": preview.url,
        "headers": dict(preview.headers),
        "body_bytes": preview.body_bytes,
        "body": dict(preview.body),
    }


def _verdict_document(verdict: Verdict) -> dict[str, object]:
    return {
        "risk": verdict.risk.value,
        "risk_text": verdict.risk_text,
        "intercept": verdict.intercept,
        "details": list(verdict.details),
        "hits": [
            {
                "group": hit.group,
                "similarity_score": hit.similarity_score,
                "is_attack": hit.is_attack,
                "template_id": hit.template_id,
            }
            for hit in verdict.hits
        ],
        "request_id": verdict.request_id,
        "emulated": verdict.emulated,
    }


def _error_document(error: ClientError) -> dict[str, object]:
    return {
        "code": error.code,
        "message": error.message,
        "advice": error.advice,
        "request_id": error.request_id,
        "http_status": error.http_status,
        "billed": error.billed.value,
        "retryable": error.retryable,
    }


Lines = list[tuple[str, str, str]]
"""Label, text and style of each line for people."""


def lines(sending: Sending) -> Lines:
    """What `send` adds to the story of `prepare`."""
    if sending.preview is not None:
        return _preview_lines(sending.preview)
    if sending.verdict is not None:
        return _verdict_lines(sending.verdict)
    if sending.error is not None:
        return _error_lines(sending.error)
    return []


def _preview_lines(preview: Preview) -> Lines:
    shown: Lines = [("dry run", "nothing was sent; this is the request", "bold")]
    shown.append(("", f"{preview.method} {preview.url}", ""))
    shown += [("", f"{name}: {value}", "dim") for name, value in preview.headers.items()]
    shown.append(("body", f"{preview.body_bytes:,} bytes", ""))
    shown += [("", f"{name}: {value}", "dim") for name, value in preview.body.items()]
    return shown


_RISK_LINES = {
    Risk.LOW: ("Low: let it pass", "green"),
    Risk.MID: ("Mid: let it pass", "yellow"),
    Risk.HIGH: ("High: intercept", "bold red"),
    Risk.UNKNOWN: ("not a level that faceready knows", "bold red"),
}


def _verdict_lines(verdict: Verdict) -> Lines:
    text, style = _RISK_LINES[verdict.risk]
    shown: Lines = [("risk", text, style)]
    if verdict.emulated:
        shown.append(("", EMULATED, "bold magenta"))
    for kind in verdict.details:
        meaning = DETAIL_MEANINGS.get(kind)
        shown.append(("suspected", f"{kind} ({meaning})" if meaning else kind, ""))
    for hit in verdict.hits:
        if hit.similarity_score is not None:
            side = "an attack" if hit.is_attack else "no attack"
            shown.append(
                (
                    "template",
                    f"distance {hit.similarity_score:g} in library {hit.group}: {side} "
                    f"(smaller is closer, below {SIMILARITY_THRESHOLD:g} is an attack)",
                    "",
                )
            )
    if verdict.request_id:
        shown.append(("request", verdict.request_id, "dim"))
    return shown


def _error_lines(error: ClientError) -> Lines:
    shown: Lines = [("not judged", error.message, "bold red")]
    if error.advice:
        shown.append(("to do", error.advice, "bold"))
    billed = {"no": "not billed", "maybe": "may have been billed"}
    shown.append(("bill", billed[error.billed.value], "dim"))
    shown.append(("code", error.code, "dim"))
    if error.request_id:
        shown.append(("request", error.request_id, "dim"))
    return shown
