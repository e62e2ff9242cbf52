"""Reading what came back: a verdict or the right error. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from .codes import api_error
from .errors import Billed, ClientError, NoAnswerError, NotSentError, UnreadableAnswerError
from .verdict import Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    """HTTP status."""
    body: bytes = field(repr=False)
    """Its content, decompressed."""
    date: str | None = None
    """Its Date header."""


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer; the foreign exception stays behind, for its frames hold request and keys."""

    reason: str
    """Kind and text of the foreign exception."""
    timed_out: bool = False
    """True when it was a time limit that struck."""


def read_answer(answer: Answer) -> Verdict:
    """The verdict in an answer.

    Raises:
        ApiError: the service answered with an error code.
        UnreadableAnswerError: it is not an answer of the API.
    """
    response = _response(answer.body)
    if response is None:
        raise _unreadable(answer)
    error = response.get("Error")
    if isinstance(error, Mapping):
        raise api_error(
            str(error.get("Code") or "Unknown"),
            str(error.get("Message") or ""),
            request_id=_request_id(response),
            http_status=answer.status,
        )
    verdict = Verdict.from_response(response)
    if answer.status != HTTPStatus.OK or (verdict.risk_text is None and not verdict.request_id):
        raise _unreadable(answer)
    return verdict


def read_failure(failure: Failure, *, sent_whole: bool) -> ClientError:
    """The error for a failed exchange; whether the whole body had left decides about money."""
    if sent_whole:
        return NoAnswerError(f"the request was sent, but no whole answer came ({failure.reason})")
    return NotSentError(f"the request could not be sent ({failure.reason})", retries_max=3)


def _response(body: bytes) -> Mapping[str, object] | None:
    # Judged by content, not by Content-Type: an answer that says text/html may still be a verdict
    # that is already paid for.
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    response = parsed.get("Response") if isinstance(parsed, dict) else None
    return response if isinstance(response, dict) else None


def _request_id(response: Mapping[str, object]) -> str | None:
    value = response.get("RequestId")
    return value if isinstance(value, str) else None


def _unreadable(answer: Answer) -> UnreadableAnswerError:
    status = answer.status
    # 3xx and 4xx refuse the request before anything looks at the face; a 5xx may come from a
    # gateway that gave up waiting for a call which went on behind it.
    refused = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    throttled = status == HTTPStatus.TOO_MANY_REQUESTS
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        advice = (
            "Redirects are not followed, because they would carry face and signature elsewhere."
        )
    else:
        advice = "Check endpoint and proxy: something other than the service may have answered."
    return UnreadableAnswerError(
        f"HTTP {status} without an answer of the API",
        advice=advice,
        billed=Billed.NO if refused else Billed.MAYBE,
        retries_max=3 if throttled else 0,
        http_status=status,
    )
