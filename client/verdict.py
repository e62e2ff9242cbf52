"""What the service says about a face, in the words of the domain and tolerant of the future."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

SIMILARITY_THRESHOLD: Final = 0.6
"""Below it a hit is an attack. Source: DetectAIFakeFaces page of 2026-05-22, SimilarityScore."""

EMULATED_PREFIX: Final = "emulated-"
"""How the RequestId of the local emulator begins, so that its answers never pass for judgements."""

DETAIL_MEANINGS: Final = MappingProxyType(
    {
        "SuspectedSpoofingAttack": "a photo of a screen or of a print",
        "SuspectedSynthesisImage": "a synthesized image",
        "SuspectedSynthesisVideo": "a synthesized video",
        "SuspectedAnomalyAttack": "features that are not those of a real person",
        "SuspectedAdversarialAttack": "an adversarial sample",
        "SuspectedBlackIndustry": "a template used in bulk by the black market",
        "SuspectedWatermark": "a watermark",
    }
)
"""Meaning of each AttackRiskDetail type. Source: DetectAIFakeFaces page of 2026-05-22."""


class Risk(StrEnum):
    """How likely the face is an attack."""

    LOW = "Low"
    MID = "Mid"
    HIGH = "High"
    UNKNOWN = "Unknown"
    """The service sent no level, or one that is not documented; see `Verdict.risk_text`."""


_LEVELS: Final = MappingProxyType({level.value: level for level in Risk})


@dataclass(frozen=True, slots=True)
class RetrievalHit:
    """The best match among known attack templates."""

    group: str | None
    """`Common` public library, `Auto` clustered library, `Owner` the account's own library."""
    similarity_score: float | None
    """0 to 2, and **smaller is closer** to an attack template: a distance, despite its name."""
    template_id: str | None
    """Id of the template that was hit."""

    @property
    def is_attack(self) -> bool | None:
        """True below the service's threshold of 0.6, None when no score came."""
        return (
            None if self.similarity_score is None else self.similarity_score < SIMILARITY_THRESHOLD
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A billed answer of the service."""

    risk: Risk
    """The level to decide on."""
    details: tuple[str, ...] = ()
    """Kinds of suspected attack, for reference only; see `DETAIL_MEANINGS`. Unknown kinds stay."""
    hits: tuple[RetrievalHit, ...] = ()
    """Matches in the template libraries; usually empty."""
    request_id: str | None = None
    """The service's id of this call, to quote in a complaint."""
    risk_text: str | None = None
    """The level as it was sent."""
    raw: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    """The whole `Response` object, with fields that are newer than this client."""

    @property
    def intercept(self) -> bool:
        """True only for `High`: the vendor's advice is to block on it and to pass Mid and Low."""
        return self.risk is Risk.HIGH

    @property
    def emulated(self) -> bool:
        """True when the answer came from the local emulator: scripted, not a judgement."""
        return (self.request_id or "").startswith(EMULATED_PREFIX)

    @classmethod
    def from_response(cls, response: Mapping[str, object]) -> Verdict:
        """Read a `Response` object; null, absent, misshapen and new fields are all tolerated."""
        text = _text(response.get("AttackRiskLevel"))
        return cls(
            risk=_LEVELS.get(text or "", Risk.UNKNOWN),
            details=tuple(
                kind
                for item in _objects(response.get("AttackRiskDetailList"))
                if (kind := _text(item.get("Type"))) is not None
            ),
            hits=tuple(_hits(response.get("ExtraInfo"))),
            request_id=_text(response.get("RequestId")),
            risk_text=text,
            raw=MappingProxyType(dict(response)),
        )


def _hits(extra: object) -> list[RetrievalHit]:
    listed = extra.get("RetrievalLivenessExtraInfo") if isinstance(extra, Mapping) else None
    return [
        RetrievalHit(
            group=_text(item.get("HitGroup")),
            similarity_score=_number(item.get("SimilarityScore")),
            template_id=_text(item.get("HitTemplate")),
        )
        for item in _objects(listed)
    ]


def _objects(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]  # narrowed above
