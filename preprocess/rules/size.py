"""Rules for what the finished request weighs."""

from __future__ import annotations

from ..media import Kind, base64_chars
from ..report import Rung
from .documents import API
from .rule import BOTH, Evidence, Need, Rule, Severity, Verdict, broken, held


def _advised(evidence: Evidence) -> Verdict:
    limits = evidence.profile
    is_still = evidence.media.kind is Kind.IMAGE
    return _within(
        evidence, (limits.still if is_still else limits.clip).advised_base64_chars, "advised"
    )


def _accepted(evidence: Evidence) -> Verdict:
    limits = evidence.profile
    is_still = evidence.media.kind is Kind.IMAGE
    return _within(
        evidence, (limits.still if is_still else limits.clip).max_base64_chars, "accepted"
    )


def _within(evidence: Evidence, limit: int, word: str) -> Verdict:
    chars = base64_chars(evidence.media.size_bytes)
    if chars <= limit:
        return held(f"{chars:,} base64 characters, {limit:,} are {word}", chars, limit, "characters")  # fmt: skip
    message = f"{chars:,} base64 characters, over the {limit:,} that are {word}"
    return broken(message, chars, limit, "characters")


SIZE_RULES = (
    Rule(
        "SIZE001", "Base64 stays within the advised size.",
        Severity.ADVICE, BOTH, Need.HEADER, API,
        "Let `prepare` make it smaller.",
        _advised, remedy=Rung.CROP,
    ),
    Rule(
        "SIZE002", "Base64 stays within the accepted size.",
        Severity.HARD, BOTH, Need.HEADER, API,
        "Let `prepare` make it smaller.",
        _accepted, remedy=Rung.CROP, predicts="InvalidParameter",
    ),
)  # fmt: skip
