"""Rules for how a clip's frames are to be shown: display matrix, pixel format, start."""

from __future__ import annotations

from fractions import Fraction

from ..geometry import Orientation
from ..report import Rung
from .clip import FIRST_FRAME_S
from .documents import H264, ISO_BMFF, LEAST_READER
from .rule import CLIPS, Evidence, Need, Rule, Severity, Verdict, broken, held, unknown

PLAIN_FORMATS = frozenset({"yuv420p", "yuvj420p"})
"""8-bit 4:2:0, limited and full range: what every H.264 decoder reads."""


def _matrix(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    faults = []
    if clip.has_odd_matrix:
        faults.append("an unusual display matrix")
    elif clip.orientation is not Orientation.UPRIGHT:
        mirrored = "mirroring and " if clip.orientation.is_mirrored else ""
        faults.append(f"{mirrored}a turn by {clip.orientation.turn_deg} degrees left to the player")
    if clip.pixel_aspect != 1:
        faults.append(f"pixels that are not square ({clip.pixel_aspect})")
    if faults:
        return broken(f"the clip has {' and '.join(faults)}", int(clip.orientation), 1)
    return held("the frames are stored upright with square pixels", int(clip.orientation), 1)


def _plain(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    limit = "yuv420p, 8 bit, progressive, SDR"
    if clip.pixel_format is None:
        return unknown("the pixel format is only known after decoding")
    faults = []
    if clip.pixel_format not in PLAIN_FORMATS or clip.bit_depth != 8:
        faults.append(f"{clip.pixel_format}, {clip.bit_depth} bit")
    if clip.is_interlaced:
        faults.append("interlaced")
    if clip.color_transfer != "sdr":
        faults.append(f"HDR ({clip.color_transfer.upper()})")
    if faults:
        text = ", ".join(faults)
        return broken(f"the frames are {text}", text, limit)
    return held("the frames are 8-bit 4:2:0, progressive, SDR", clip.pixel_format, limit)


def _start(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    start = round(float(clip.start_s), 3)
    if not clip.starts_with_key:
        later = any(time > 0 for time in clip.key_times_s)
        remedy = Rung.TRIM if later else Rung.CROP
        return broken("the clip starts between keyframes", start, 0, "s", remedy=remedy)
    if clip.has_edit_list_that_hides:
        message = "an edit list hides frames that some readers show"
        return broken(message, start, 0, "s", remedy=Rung.TRIM)
    tolerance = Fraction(evidence.profile.clip.spacing_tolerance_s)
    if clip.container in ("avi", "flv"):
        tolerance = FIRST_FRAME_S
    if abs(clip.start_s) > tolerance:
        return broken(f"the clip's clock starts at {start:g} s, not 0", start, 0, "s")
    return held("the clip starts at 0 with a keyframe", start, 0, "s")


PICTURE_RULES = (
    Rule(
        "VID010", "The frames are stored upright with square pixels.",
        Severity.ADVICE, CLIPS, Need.HEADER, ISO_BMFF,
        "Let `prepare` turn the pixels, so that readers that ignore the matrix see the face upright.",
        _matrix, remedy=Rung.CROP, predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "VID011", "The frames are 8-bit 4:2:0, progressive and SDR.",
        Severity.ADVICE, CLIPS, Need.HEADER, H264,
        "Switch HDR off in the camera's settings, or let `prepare` convert it.",
        _plain, remedy=Rung.CROP, predicts="FailedOperation.VideoDecodeFailed",
    ),
    Rule(
        "VID012", "The clip starts at 0 with a keyframe, and no edit list hides frames.",
        Severity.ADVICE, CLIPS, Need.PACKETS, LEAST_READER,
        "Let `prepare` rewrite it from a keyframe on.",
        _start, remedy=Rung.STRIP,
    ),
)  # fmt: skip
