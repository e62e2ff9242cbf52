"""Rules for a clip's container, length and rate."""

from __future__ import annotations

from fractions import Fraction

from ..media import ClipInfo
from ..profile import Profile
from ..report import Rung
from .documents import API, ISO_BMFF, LEAST_READER, PRIVACY
from .rule import CLIPS, Evidence, Need, Rule, Severity, Verdict, broken, held, unknown
from .still import judge_extension

EXTENSIONS = {
    "mp4": {"mp4", "m4v"},
    "mov": {"mov", "qt"},
    "3gp": {"3gp", "3g2", "3gpp"},
    "avi": {"avi"},
    "flv": {"flv"},
    "matroska": {"mkv"},
    "webm": {"webm"},
    "mpegts": {"ts", "m2ts", "mts"},
}
"""Extensions that tell the truth about a container."""

RATE_TOLERANCE_FPS = Fraction(2, 1000)
"""Rounding of clocks: 30 fps on a millisecond grid measures as up to 30.002."""
LENGTH_TOLERANCE_S = Fraction(2, 1000)
"""The same for lengths."""
HEADER_TOLERANCE_S = Fraction(1, 20)
"""A header's length may be off by a frame, since some count to the last frame's start."""
FIRST_FRAME_S = Fraction(1, 10)
"""Up to here AVI and FLV writers count from one frame on; readers subtract it."""


def _container(evidence: Evidence) -> Verdict:
    container, allowed = evidence.clip.container, evidence.profile.clip.containers
    limit = ", ".join(allowed)
    if container in allowed:
        return held(f"the container is {container}", container, limit)
    message = f"the container is {container}, which the service does not read"
    remedy = Rung.STRIP if evidence.clip.codec in evidence.profile.clip.codecs else Rung.CROP
    return broken(message, container, limit, remedy=remedy)


def _codec(evidence: Evidence) -> Verdict:
    codec, allowed = evidence.clip.codec, evidence.profile.clip.codecs
    limit = ", ".join(allowed)
    if codec in allowed:
        return held(f"the video is coded as {codec}", codec, limit)
    return broken(f"the video is coded as {codec}, not {limit}", codec, limit)


def _decodes(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    if clip.is_truncated:
        share = round(float(clip.usable_share), 3)
        message = f"the file ends early: {share:.0%} of the clip is there"
        return broken(message, share, 1.0, "share", remedy=_if_long_enough(clip, evidence.profile))
    if evidence.damage is not None:
        return broken(evidence.damage.message, False, True)
    if evidence.sightings is None:
        return unknown("not decoded: only header and packets were read")
    if not evidence.sightings.is_complete:
        seen = evidence.sightings.frames
        until = float(seen[-1].time_s) if seen else 0.0
        remedy = Rung.TRIM if until >= evidence.profile.clip.min_s else None
        message = f"decoding broke off after {until:.1f} s"
        return broken(message, round(until, 3), _seconds(clip), "s", remedy=remedy)
    if damaged := evidence.sightings.damaged_s:
        message = f"{len(damaged)} frames are damaged, first at {float(damaged[0]):.1f} s"
        return broken(message, len(damaged), 0, "frames", remedy=Rung.TRIM)
    return held("every frame that was looked at decodes", True, True)


def _if_long_enough(clip: ClipInfo, profile: Profile) -> Rung | None:
    """Return TRIM where what is there suffices for a payload."""
    return Rung.TRIM if clip.duration_s_packets >= Fraction(profile.clip.min_s) else None


def _seconds(clip: ClipInfo) -> float:
    return round(float(clip.duration_s_packets), 3)


def _length(evidence: Evidence) -> Verdict:
    clip, limits = evidence.clip, evidence.profile.clip
    measured, limit = _seconds(clip), f"{limits.min_s:g}-{limits.max_s:g}"
    if clip.duration_s_packets < Fraction(limits.min_s) - LENGTH_TOLERANCE_S:
        advice = f"Film for at least {limits.min_s:g} seconds."
        message = f"the clip lasts {measured:g} s, less than {limits.min_s:g} s"
        return broken(message, measured, limit, "s", remedy=None, advice=advice)
    if clip.duration_s_packets > Fraction(limits.max_s) + LENGTH_TOLERANCE_S:
        return broken(
            f"the clip lasts {measured:g} s, more than {limits.max_s:g} s", measured, limit, "s"
        )
    return held(f"the clip lasts {measured:g} s", measured, limit, "s")


def _refused_length(evidence: Evidence) -> Verdict:
    limit = evidence.profile.clip.refused_above_s
    measured = _seconds(evidence.clip)
    if evidence.clip.duration_s_packets > Fraction(limit) + LENGTH_TOLERANCE_S:
        message = f"the clip lasts {measured:g} s; the service refuses more than {limit:g} s"
        return broken(message, measured, limit, "s")
    return held(f"the clip lasts no more than {limit:g} s", measured, limit, "s")


def _size(evidence: Evidence) -> Verdict:
    size, want = evidence.clip.size_upright, evidence.profile.clip.size
    measured, limit = f"{size.width}x{size.height}", f"{want.width}x{want.height}"
    if size == want:
        return held(f"the clip measures {measured}", measured, limit, "px")
    return broken(f"the clip measures {measured}, not {limit}", measured, limit, "px")


def _not_too_large(evidence: Evidence) -> Verdict:
    size, limits = evidence.clip.size_upright, evidence.profile.clip
    short, long = sorted((size.width, size.height))
    measured = f"{short}x{long}"
    limit = f"{limits.max_short_side_px}x{limits.max_long_side_px}"
    if short <= limits.max_short_side_px and long <= limits.max_long_side_px:
        return held(f"the clip's sides of {measured} are within 720p", measured, limit, "px")
    return broken(f"the clip's sides of {measured} exceed 720p", measured, limit, "px")


def _rate(evidence: Evidence) -> Verdict:
    rate, limits = evidence.clip.rate_fps_packets, evidence.profile.clip
    limit = f"{limits.min_fps:g}-{limits.max_fps:g}"
    if rate is None:
        return broken(
            "the clip has a single frame, so no rate", None, limit, "fps", remedy=None,
            advice="Film a clip, or send the frame as a photo.",
        )  # fmt: skip
    measured = round(float(rate), 3)
    least, most = Fraction(limits.min_fps), Fraction(limits.max_fps)
    if least - RATE_TOLERANCE_FPS <= rate <= most + RATE_TOLERANCE_FPS:
        return held(f"the clip runs at {measured:g} fps", measured, limit, "fps")
    message = f"the clip runs at {measured:g} fps, not {limit}"
    if rate < Fraction(limits.source_fps_min) - RATE_TOLERANCE_FPS:
        advice = (
            f"Film at {limits.min_fps:g} to {limits.max_fps:g} frames per second, in better light."
        )
        return broken(message, measured, limit, "fps", remedy=None, advice=advice)
    return broken(message, measured, limit, "fps")


def _constant(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    if clip.rate_fps_packets is None:
        return unknown("one frame has no spacing")
    gap_ms = round(float(clip.longest_gap_s) * 1000, 1)
    limit = round(1000 / float(clip.rate_fps_packets), 1)
    if clip.is_constant_rate:
        return held("the frames are evenly spaced", gap_ms, limit, "ms")
    message = f"the frames are unevenly spaced: up to {gap_ms:g} ms apart, {limit:g} ms on average"
    return broken(message, gap_ms, limit, "ms")


def _extension(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    honest = EXTENSIONS.get(clip.container, {clip.container})
    return judge_extension(clip.extension, clip.container, honest)


def _brand(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    extra = {
        "further video streams": max(0, clip.video_streams - 1),
        "cover pictures": clip.attached_pictures,
        "data or subtitle streams": clip.other_streams,
    }
    if found := [f"{count} {name}" for name, count in extra.items() if count]:
        message = f"besides its video the file holds {', '.join(found)}"
        return broken(message, sum(extra.values()), 0, "streams")
    if clip.brand is not None and clip.brand.lower().startswith("3g"):
        brand = clip.brand.strip()
        return broken(f"the brand is {brand}, not one of MP4", brand, "mp4")
    return held("the file holds one video stream", 0, 0, "streams")


def _private(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    if not clip.private:
        return held("no private metadata", 0, 0, "items")
    return broken(f"private metadata: {', '.join(clip.private)}", len(clip.private), 0, "items")


def _no_audio(evidence: Evidence) -> Verdict:
    has_audio = evidence.clip.has_audio
    if not has_audio:
        return held("the clip is silent", has_audio, False)
    if evidence.keep_audio:
        return held("the clip carries sound, as asked for", has_audio, True)
    return broken("the clip carries sound, which the service does not need", has_audio, False)


def _header_length(evidence: Evidence) -> Verdict:
    clip = evidence.clip
    if clip.duration_s_header is None:
        if clip.container in evidence.profile.clip.containers:
            return held("the header names no length that could mislead")
        return broken("the header names no length", None, _seconds(clip), "s")
    measured = round(float(clip.duration_s_header), 3)
    if abs(clip.duration_s_header - clip.duration_s_packets) < HEADER_TOLERANCE_S:
        return held("the header's length agrees with the frames", measured, _seconds(clip), "s")
    if evidence.keep_audio and clip.has_audio:
        return unknown("the sound may outlast the picture")
    message = f"the header says {measured:g} s, the frames last {_seconds(clip):g} s"
    return broken(message, measured, _seconds(clip), "s")


CONTAINER_RULES = (
    Rule(
        "VID001", "The container is MP4, AVI or FLV, by its content.",
        Severity.HARD, CLIPS, Need.HEADER, API,
        "Let `prepare` rewrite it as MP4; the pictures stay as they are where they are H.264 already.",
        _container, remedy=Rung.STRIP, predicts="FailedOperation.VideoDecodeFailed",
    ),
    Rule(
        "VID002", "The video is coded as H.264.",
        Severity.ADVICE, CLIPS, Need.HEADER, API,
        "Set the camera to H.264 (iPhone: Most Compatible), or let `prepare` code it anew.",
        _codec, remedy=Rung.CROP, predicts="FailedOperation.VideoDecodeFailed",
    ),
    Rule(
        "VID003", "The clip is whole and decodes without damage.",
        Severity.HARD, CLIPS, Need.PIXELS, API,
        "The recording or the transfer broke off: film again, or copy the original once more.",
        _decodes, predicts="FailedOperation.VideoDecodeFailed",
    ),
    Rule(
        "VID004", "The clip lasts as long as advised.",
        Severity.ADVICE, CLIPS, Need.PACKETS, API,
        "Let `prepare` choose the best seconds, or film a shorter clip.",
        _length, remedy=Rung.TRIM,
    ),
    Rule(
        "VID005", "The clip is not longer than the service accepts.",
        Severity.HARD, CLIPS, Need.PACKETS, API,
        "Let `prepare` choose the best seconds, or film a shorter clip.",
        _refused_length, remedy=Rung.TRIM, predicts="FailedOperation.VideoDurationExceeded",
    ),
    Rule(
        "VID006", "The upright clip has the advised size.",
        Severity.ADVICE, CLIPS, Need.HEADER, API,
        "Let `prepare` crop it around the face.",
        _size, remedy=Rung.CROP,
    ),
    Rule(
        "VID007", "The clip is not larger than 720p.",
        Severity.HARD, CLIPS, Need.HEADER, API,
        "Film at 720p, or let `prepare` crop it around the face.",
        _not_too_large, remedy=Rung.CROP, predicts="InvalidParameter",
    ),
    Rule(
        "VID008", "The clip runs at the advised frame rate.",
        Severity.ADVICE, CLIPS, Need.PACKETS, API,
        "Film at 30 frames per second, or let `prepare` bring the rate inside.",
        _rate, remedy=Rung.CROP,
    ),
    Rule(
        "VID009", "The frames are evenly spaced.",
        Severity.ADVICE, CLIPS, Need.PACKETS, LEAST_READER,
        "Let `prepare` give it a constant rate; more light keeps a phone from slowing down.",
        _constant, remedy=Rung.CROP,
    ),
)  # fmt: skip

STREAM_RULES = (
    Rule(
        "VID013", "The clip carries no sound.",
        Severity.ADVICE, CLIPS, Need.HEADER, PRIVACY,
        "Let `prepare` leave the sound out; --keep-audio keeps it.",
        _no_audio, remedy=Rung.STRIP,
    ),
    Rule(
        "VID014", "No private metadata (place, title, artist, comment, description).",
        Severity.ADVICE, CLIPS, Need.HEADER, PRIVACY,
        "Switch location off in the camera's settings, or let `prepare` leave it out.",
        _private, remedy=Rung.STRIP,
    ),
    Rule(
        "VID015", "The file holds one video stream and nothing else, under a brand of MP4.",
        Severity.ADVICE, CLIPS, Need.HEADER, ISO_BMFF,
        "Let `prepare` rewrite the container; the pictures stay as they are.",
        _brand, remedy=Rung.STRIP,
    ),
    Rule(
        "VID016", "The name's extension agrees with the content.",
        Severity.QUALITY, CLIPS, Need.HEADER, LEAST_READER,
        "Rename the file after what it is.",
        _extension,
    ),
    Rule(
        "VID017", "Somewhere the clip shows one upright, large, whole face for long enough.",
        Severity.HARD, CLIPS, Need.FACES, API,
        "Film for three seconds with one face in the picture throughout.",
        None, planned_by="which stretch of the clip can become the payload",
        predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "VID018", "The header's length agrees with the frames.",
        Severity.ADVICE, CLIPS, Need.PACKETS, LEAST_READER,
        "Let `prepare` rewrite the container; the pictures stay as they are.",
        _header_length, remedy=Rung.STRIP,
    ),
)  # fmt: skip
