"""Rules for whose face is seen, how large, how whole and which way up."""

from __future__ import annotations

from ..faces import Face, Sighting
from ..geometry import Box, Orientation, Size
from ..media import Kind
from ..report import Rung
from ..subject import Subject, select_subject
from .documents import API, FACE_QUALITY
from .rule import (
    BOTH,
    CLIPS,
    Evidence,
    Need,
    Rule,
    Severity,
    Verdict,
    broken,
    doubtful,
    held,
    unknown,
)

CLEAR_PRESENCE = 8.0
"""Log-odds of the landmark model below which a face is covered, in profile, or perhaps no person's.

Source: measured on the open media: uncovered frontal faces 12 to 32, a surgical mask 4, a profile 5, a monkey 11.
"""


def _shown(evidence: Evidence) -> list[Sighting]:
    return [sighting for sighting in evidence.seen.frames if sighting.faces]


def _subjects(evidence: Evidence) -> list[Subject]:
    chosen = (select_subject(sighting.faces, evidence.profile) for sighting in _shown(evidence))
    return [subject for subject in chosen if subject is not None]


def _is_clip(evidence: Evidence) -> bool:
    return evidence.media.kind is Kind.VIDEO


def _present(evidence: Evidence) -> Verdict:
    looked, shown = len(evidence.seen.frames), len(_shown(evidence))
    if shown:
        where = f" in {shown} of {looked} looked-at frames" if _is_clip(evidence) else ""
        return held(f"a face is seen{where}", shown, 1, "frames")
    return broken("no face is seen", 0, 1, "frames")


def _single(evidence: Evidence) -> Verdict:
    subjects = _subjects(evidence)
    if not subjects:
        return unknown("no face is seen")
    crowded = [subject for subject in subjects if subject.others]
    if not crowded:
        return held("one face is seen", 1, 1, "faces")
    worst = min(crowded, key=lambda subject: subject.dominance)
    count = 1 + max(len(subject.others) for subject in crowded)
    boxes = "; ".join(_place(face) for face in (worst.face, *worst.others)[:6])
    often = f" in {len(crowded)} of {len(subjects)} frames" if _is_clip(evidence) else ""
    limit = evidence.profile.face.dominance
    if worst.is_clear:
        clearly = f"one of them {worst.dominance:.1f} times as wide as the next"
        message = f"{count} faces are seen{often}, {clearly} ({boxes})"
        return broken(message, count, 1, "faces")
    message = (
        f"{count} faces are seen{often} and none is {limit:g} times as wide as the next ({boxes})"
    )
    some_are_fine = len(crowded) < len(subjects) or any(subject.is_clear for subject in crowded)
    remedy = Rung.TRIM if _is_clip(evidence) and some_are_fine else None
    return broken(message, count, 1, "faces", remedy=remedy)


def _place(face: Face) -> str:
    box = face.box
    return f"{box.width:.0f} px wide at {max(0, box.left):.0f},{max(0, box.top):.0f}"


def _large(evidence: Evidence) -> Verdict:
    subjects = _subjects(evidence)
    limits = evidence.profile.face
    if not subjects:
        return unknown("no face is seen")
    widths = sorted(subject.face.box.width for subject in subjects)
    width = widths[len(widths) // 2]
    measured = round(width, 1)
    if width < limits.refuse_below_px:
        remedy = Rung.TRIM if widths[-1] >= limits.refuse_below_px else None
        message = f"the face is {measured:g} px wide, at least {limits.min_px:g} are needed"
        return broken(message, measured, limits.min_px, "px", remedy=remedy)
    if width < limits.certain_above_px:
        message = f"the face is {measured:g} px wide, within {limits.band:.0%} of the limit, where detectors differ"
        return doubtful(message, measured, limits.min_px, "px")
    return held(f"the face is {measured:g} px wide", measured, limits.min_px, "px")


def outside_share(box: Box, size: Size) -> float:
    """Return the share of ``box`` that lies outside a picture of ``size``, 0 to 1."""
    if box.area <= 0:
        return 0.0
    return 1 - box.intersection(Box(0, 0, size.width, size.height)).area / box.area


def _whole(evidence: Evidence) -> Verdict:
    subjects = _subjects(evidence)
    if not subjects:
        return unknown("no face is seen")
    size, limit = evidence.seen.size, evidence.profile.face.max_outside_share
    shares = sorted(outside_share(subject.face.box, size) for subject in subjects)
    share = round(shares[len(shares) // 2], 3)
    if share > limit:
        remedy = Rung.TRIM if shares[0] <= limit else None
        message = f"{share:.0%} of the face lies outside the picture"
        return broken(message, share, limit, "share", remedy=remedy)
    cut = [subject for subject in subjects if _misses_features(subject.face, size)]
    if 2 * len(cut) > len(subjects):
        remedy = Rung.TRIM if len(cut) < len(subjects) else None
        message = "an eye or a corner of the mouth lies outside the picture"
        return broken(message, share, limit, "share", remedy=remedy)
    if share > 0 or any(_touches(subject.face.box, size) for subject in subjects):
        return doubtful("the face touches the picture's edge", share, limit, "share")
    return held("the whole face is inside the picture", share, limit, "share")


def _misses_features(face: Face, size: Size) -> bool:
    """Tell whether an eye or a corner of the mouth lies clearly outside: by a twentieth of the face or more."""
    slack = face.box.width / 20
    picture = Box(0, 0, size.width, size.height).grown(slack, slack, slack, slack)
    points = face.landmarks.eyes_and_mouth if face.landmarks else ()
    return any(not picture.contains(Box(point.x, point.y, 0, 0)) for point in points)


def _touches(box: Box, size: Size) -> bool:
    return box.left <= 0 or box.top <= 0 or box.right >= size.width or box.bottom >= size.height


def _upright(evidence: Evidence) -> Verdict:
    subjects = _subjects(evidence)
    if not subjects:
        return unknown("no face is seen")
    turns = sorted(subject.face.turn_deg for subject in subjects)
    turn = max(set(turns), key=turns.count)
    if turn == 0 and evidence.seen.applied_turn is not Orientation.UPRIGHT:
        applied = evidence.seen.applied_turn.turn_deg
        message = f"the face is upright only after a turn by {applied} degrees, as asked for"
        return broken(message, applied, 0, "degrees", remedy=Rung.CROP)
    if turn == 0:
        return held("the face is upright", 0, 0, "degrees")
    lies = "upside down" if turn == 180 else "on its side"
    direction = "" if turn == 180 else " clockwise" if turn == 90 else " counter-clockwise"
    degrees = 90 if turn == 270 else turn
    advice = f"Turn by {degrees} degrees{direction}, or let `prepare --auto-rotate` do it."
    message = f"the face lies {lies}, and no tag says so"
    remedy = Rung.TRIM if 0 in turns else None
    return broken(message, turn, 0, "degrees", advice=advice, remedy=remedy)


def _throughout(evidence: Evidence) -> Verdict:
    frames = evidence.seen.frames
    shown = len(_shown(evidence))
    if not shown:
        return unknown("no face is seen")
    if shown == len(frames):
        return held("the face is seen in every looked-at frame", shown, len(frames), "frames")
    first = next(sighting for sighting in frames if not sighting.faces)
    message = (
        f"the face is missing in {len(frames) - shown} of {len(frames)} looked-at frames, "
        f"first at {float(first.time_s):.1f} s"
    )
    return broken(message, shown, len(frames), "frames")


def _clear(evidence: Evidence) -> Verdict:
    landmarks = [s.face.landmarks for s in _subjects(evidence) if s.face.landmarks is not None]
    if not landmarks:
        return unknown("the landmark model did not look")
    presences = sorted(found.presence for found in landmarks)
    presence = round(presences[len(presences) // 2], 1)
    if presence < CLEAR_PRESENCE:
        message = "the face may be covered, in profile, or not a person's"
        return broken(message, presence, CLEAR_PRESENCE, "log-odds")
    return held("the face is plain to see", presence, CLEAR_PRESENCE, "log-odds")


FACE_RULES = (
    Rule(
        "FACE001", "A face is there.",
        Severity.HARD, BOTH, Need.FACES, API,
        "Show the face to the camera, in light, without anything in front of it.",
        _present, predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "FACE002", "One face alone, or one that is clearly the subject.",
        Severity.HARD, BOTH, Need.FACES, API,
        "Only one person may be in the picture: ask the others to step aside and take it again.",
        _single, remedy=Rung.CROP, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "FACE003", "The face is large enough.",
        Severity.HARD, BOTH, Need.FACES, API,
        "Move closer to the camera.",
        _large, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "FACE004", "The face is whole inside the picture.",
        Severity.HARD, BOTH, Need.FACES, API,
        "Move back or to the middle until the whole face is in the picture.",
        _whole, predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "FACE005", "The face is upright.",
        Severity.HARD, BOTH, Need.FACES, API,
        "Turn the picture, or let `prepare --auto-rotate` do it.",
        _upright, predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "FACE006", "The face stays in the picture throughout the clip.",
        Severity.HARD, CLIPS, Need.FACES, API,
        "Keep the face in the picture for the whole clip, or let `prepare` choose the seconds in which it is.",
        _throughout, remedy=Rung.TRIM, predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "FACE007", "The face is plain to see.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Take off mask, scarf or hand, and look into the camera.",
        _clear, predicts="FailedOperation.CoveredFace",
    ),
)  # fmt: skip
