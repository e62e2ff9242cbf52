"""Checking: every rule that applies, on the evidence there is. Pure."""

from __future__ import annotations

from .errors import SourceError
from .faces import Sightings
from .media import Media
from .profile import Profile
from .report import Report
from .rules import RULES, Evidence, Severity

ADVICE_RULES = frozenset(rule.id for rule in RULES if rule.severity is Severity.ADVICE)
"""Rules whose warnings ``--strict`` raises to failures."""


def check_media(
    media: Media,
    sightings: Sightings | None,
    profile: Profile,
    *,
    keep_audio: bool = False,
    damage: SourceError | None = None,
) -> Report:
    """Return what every rule that applies to ``media`` finds, passes included, in the order of the rules.

    Args:
        media: Facts about the source or the payload.
        sightings: What the detector saw; None where the pixels were not looked at.
        profile: The limits.
        keep_audio: Whether the caller wants the sound kept.
        damage: Why the pixels could not be decoded; None when they could, or were not tried.
    """
    evidence = Evidence(media, sightings, profile, keep_audio, damage)
    return Report(
        tuple(
            rule.apply(evidence)
            for rule in RULES
            if rule.judge is not None and media.kind in rule.kinds
        )
    )
