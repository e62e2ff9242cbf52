"""Planning: from facts to the least change that makes a payload of them. Pure."""

from __future__ import annotations

from .faces import Sightings
from .media import Kind, Media
from .options import Options
from .plan_clip import plan_clip
from .plan_still import plan_still
from .plans import Plan
from .profile import Profile
from .report import Report


def make_plan(
    media: Media, sightings: Sightings, report: Report, profile: Profile, options: Options
) -> Plan:
    """Return the plan on the first rung of the ladder that reaches the profile.

    Args:
        media: Facts about the source.
        sightings: Faces seen in it.
        report: What the rules found.
        profile: The limits.
        options: The caller's wishes.

    Raises:
        CaptureRejected: No rung reaches the profile; the report says why.
    """
    planner = plan_still if media.kind is Kind.IMAGE else plan_clip
    return planner(media, sightings, report, profile, options)
