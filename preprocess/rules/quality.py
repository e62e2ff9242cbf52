"""Rules for how well the face can be seen. None has a limit calibrated by the service, so none ever blocks."""

from __future__ import annotations

from statistics import median

from ..faces import Pose, Quality
from ..media import StillInfo
from .documents import FACE_QUALITY
from .rule import BOTH, CLIPS, Evidence, Need, Rule, Severity, Verdict, broken, held, unknown


def _qualities(evidence: Evidence) -> list[Quality]:
    return [s.quality for s in evidence.seen.frames if s.quality is not None]


def _sharp(evidence: Evidence) -> Verdict:
    found, limit = _qualities(evidence), evidence.profile.quality.min_sharpness
    if not found:
        return unknown("no face was measured")
    value = round(median(quality.sharpness for quality in found), 1)
    if value < limit:
        return broken(
            f"the face is soft: sharpness {value:g}", value, limit, "per mille of luma variance"
        )
    return held("the face is sharp", value, limit, "per mille of luma variance")


def _exposed(evidence: Evidence) -> Verdict:
    found, limit = _qualities(evidence), evidence.profile.quality.max_clipped_share
    if not found:
        return unknown("no face was measured")
    value = round(median(quality.clipped_share for quality in found), 3)
    light = round(median(quality.luminance for quality in found))
    if value > limit:
        message = f"{value:.0%} of the face is burnt out or black (mean luma {light})"
        return broken(message, value, limit, "share")
    return held(f"the face is well exposed (mean luma {light})", value, limit, "share")


def _contrasty(evidence: Evidence) -> Verdict:
    found, limit = _qualities(evidence), evidence.profile.quality.min_contrast
    if not found:
        return unknown("no face was measured")
    value = round(median(quality.contrast for quality in found), 1)
    if value < limit:
        return broken(f"the face is flat: contrast {value:g}", value, limit, "8-bit levels")
    return held("the face has contrast", value, limit, "8-bit levels")


def _frontal(evidence: Evidence) -> Verdict:
    poses = [s.pose for s in evidence.seen.frames if s.pose is not None]
    if not poses:
        return unknown("no landmarks were found")
    limits = evidence.profile.quality
    pose = Pose(
        median(p.yaw_deg for p in poses),
        median(p.pitch_deg for p in poses),
        median(p.roll_deg for p in poses),
    )
    measured = f"yaw {pose.yaw_deg:.0f}, pitch {pose.pitch_deg:.0f}, roll {pose.roll_deg:.0f}"
    limit = (
        f"yaw {limits.max_yaw_deg:g}, pitch {limits.max_pitch_deg:g}, roll {limits.max_roll_deg:g}"
    )
    away = [
        word
        for word, angle, most in (
            ("turned to the side", pose.yaw_deg, limits.max_yaw_deg),
            ("tipped up or down", pose.pitch_deg, limits.max_pitch_deg),
            ("tilted", pose.roll_deg, limits.max_roll_deg),
        )
        if abs(angle) > most
    ]
    if away:
        return broken(f"the head is {' and '.join(away)}", measured, limit, "degrees")
    return held("the face looks at the camera", measured, limit, "degrees")


def _coloured(evidence: Evidence) -> Verdict:
    info = evidence.media.info
    stored = info.mode if isinstance(info, StillInfo) else info.pixel_format
    if stored is None:
        return unknown("the pixel format is only known after decoding")
    if stored in _GREY_MODES or stored.startswith("gray"):
        return broken("the picture is grey: an infrared or virtual camera?", stored, "colour")
    return held("the picture is in colour", stored, "colour")


_GREY_MODES = frozenset({"1", "L", "LA", "I", "F", "I;16", "I;16B"})
"""Pillow's modes without colour."""

QUALITY_RULES = (
    Rule(
        "QUAL001", "The face is sharp.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Hold the camera still, wipe the lens, and let it focus on the face.",
        _sharp, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "QUAL002", "The face is neither burnt out nor black.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Face a soft light; avoid a window behind and flash from near.",
        _exposed, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "QUAL003", "The face has contrast.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Wipe the lens, avoid haze and light from behind.",
        _contrasty, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "QUAL004", "The face looks at the camera.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Look straight into the camera, with the head upright.",
        _frontal, predicts="FailedOperation.PoorImageQuality",
    ),
    Rule(
        "QUAL005", "The payload is not enlarged.",
        Severity.QUALITY, BOTH, Need.FACES, FACE_QUALITY,
        "Move closer, or use a camera with more pixels.",
        None, planned_by="how much the crop has to be enlarged to reach the advised size",
    ),
    Rule(
        "QUAL006", "No frame is repeated.",
        Severity.QUALITY, CLIPS, Need.PACKETS, FACE_QUALITY,
        "Film at 25 to 30 frames per second; more light keeps a phone from slowing down.",
        None, planned_by="how many frames have to be repeated to reach the advised rate",
    ),
    Rule(
        "QUAL007", "The picture is in colour.",
        Severity.QUALITY, BOTH, Need.HEADER, FACE_QUALITY,
        "Use the colour camera rather than an infrared or virtual one.",
        _coloured,
    ),
)  # fmt: skip
