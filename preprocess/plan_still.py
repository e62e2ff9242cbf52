"""Planning for stills: the first rung of the ladder that reaches the profile. Pure."""

from __future__ import annotations

from .crop import CropRefusal, plan_crop
from .errors import CaptureRejected
from .faces import Sightings
from .geometry import PixelBox
from .media import Media, StillInfo, base64_chars
from .options import Options, StillFormat
from .plans import StillPlan, WhyNot
from .profile import Profile
from .report import Finding, Report, Rung, Status
from .subject import select_subject

_RUNGS = (Rung.AS_IS, Rung.STRIP, Rung.CROP, Rung.RESAMPLE)
"""The ladder of stills; `trim` is for clips."""


def plan_still(
    media: Media, sightings: Sightings, report: Report, profile: Profile, options: Options
) -> StillPlan:
    """Return the plan that changes a still least.

    Args:
        media: Facts about the still.
        sightings: Faces seen in it.
        report: What the rules found; the largest remedy among its warnings and failures is the least rung.
        profile: The limits.
        options: The caller's wishes.

    Raises:
        CaptureRejected: No rung reaches the profile; the report says why.
    """
    info = media.info
    assert isinstance(info, StillInfo)  # noqa: S101 - `make_plan` chooses by kind
    ceiling = options.max_base64_chars or profile.still.advised_base64_chars
    report = report.merged(_over_ceiling(media, ceiling))
    if sightings.applied_turn.turn_deg:
        report = report.merged((_turned(sightings),))
    subject = select_subject(sightings.frames[0].faces, profile) if sightings.frames else None
    if report.unmendable or subject is None:
        raise CaptureRejected(report)
    remedies = [f.remedy for f in report.findings if f.needs_mending and f.remedy is not None]
    least = max(remedies, default=Rung.AS_IS)
    if least in (Rung.STRIP, Rung.TRIM):
        least = Rung.STRIP if info.is_strippable else Rung.CROP
    if least < Rung.CROP:
        form: StillFormat = "jpeg" if info.form == "jpeg" else "png"
        return StillPlan(
            rung=least,
            orientation=info.orientation,
            crop=PixelBox.whole(info.size_upright),
            target=info.size_upright,
            form=form,
            face=subject.face.box,
            max_base64_chars=ceiling,
            why_not_higher=_why_not(least, report),
        )
    others = [face.box for face in subject.others]
    target = profile.still.size
    choice = plan_crop(subject.face.box, others, sightings.size, target, profile)
    if isinstance(choice, CropRefusal):
        raise CaptureRejected(report.merged((choice.finding,)))
    why_not = _why_not(choice.rung, report)
    if choice.why_not_cropped:
        why_not += (WhyNot(Rung.CROP, "IMG003", choice.why_not_cropped),)
    return StillPlan(
        rung=choice.rung,
        orientation=info.orientation.then(sightings.applied_turn),
        crop=choice.window,
        target=target,
        form=options.still_format,
        face=subject.face.box,
        max_base64_chars=ceiling,
        why_not_higher=why_not,
        findings=choice.findings,
    )


def _why_not(rung: Rung, report: Report) -> tuple[WhyNot, ...]:
    """Return, for each rung above ``rung``, the first finding that it would not have mended."""
    reasons = []
    for higher in _RUNGS:
        if higher >= rung:
            break
        for finding in report.findings:
            if finding.needs_mending and finding.remedy is not None and finding.remedy > higher:
                reasons.append(WhyNot(higher, finding.rule, finding.message))
                break
    return tuple(reasons)


def _over_ceiling(media: Media, ceiling: int) -> tuple[Finding, ...]:
    """Return the finding for a source that is larger than the caller's ceiling; recoding mends it."""
    chars = base64_chars(media.size_bytes)
    if chars <= ceiling:
        return ()
    return (
        Finding(
            "SIZE001",
            Status.WARN,
            f"{chars:,} base64 characters are over the ceiling of {ceiling:,}",
            measured=chars,
            limit=ceiling,
            unit="characters",
            remedy=Rung.CROP,
        ),
    )


def _turned(sightings: Sightings) -> Finding:
    """Return the finding for a picture that was turned because the caller asked for it."""
    turn = sightings.applied_turn.turn_deg
    return Finding(
        "FACE005",
        Status.WARN,
        f"the face lies on its side or upside down; the picture is turned by {turn} degrees (--auto-rotate)",
        measured=turn,
        limit=0,
        unit="degrees",
        remedy=Rung.CROP,
    )
