"""Which stretch of a clip becomes the payload: candidates from sightings, scored, with reasons. Pure.

Sightings are samples. Between two good ones the face is taken to stay, as long as they lie at most `LOOK_SPACING_S`
apart; a candidate with wider holes is a promise that has to be examined before it may be used.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

from .faces import Face, Sighting, Sightings
from .geometry import Box, Size
from .media import ClipInfo
from .plans import Candidate, Window
from .profile import Profile
from .subject import select_subject

LOOK_SPACING_S = Fraction(1, 2)
"""Frames of a window are looked at this often: a face does not leave and come back unnoticed in less."""
SLACK_S = Fraction(1, 10)
"""Samples fall on frames, so their spacing overshoots by up to two frame spacings."""
START_SPACING_S = Fraction(1, 4)
"""Candidates start at least this far apart; with every frame a keyframe there would be hundreds."""
MAX_STARTS = 60
"""Candidates of one stretch, spread evenly; more would cost more than a long clip's decoding."""
MAX_SHOWN = 8
"""Candidates that a plan lists."""

# What a candidate is worth. Length comes first, so that a longer good stretch wins over a prettier short one; the
# rest decides among equals. Source: tried on the open media, 2026-11.
WEIGHT_LENGTH = 4.0
WEIGHT_SIZE = 1.0
WEIGHT_SHARPNESS = 1.0
WEIGHT_POSE = 0.5
WEIGHT_STILLNESS = 1.0
BONUS_KEY_START = 0.3
BONUS_EXAMINED = 0.5
"""An unexamined window must promise this much more before it is worth decoding, too."""
AMPLE_FACE_PX = 200.0
"""Face width from which on more does not count."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Good sightings in a row, and what bounds them."""

    sightings: tuple[Sighting, ...]
    start_s: Fraction
    end_s: Fraction
    """Where the face is last known (or, across a hole, hoped) to be fine; half-open."""
    ended_by: str
    """Why it does not go on."""


def fault_of(sighting: Sighting, size: Size, profile: Profile) -> str | None:
    """Return why the payload cannot show this frame, in words that follow "the"; None when it can."""
    subject = select_subject(sighting.faces, profile)
    if subject is None:
        return "no face is seen"
    if not subject.is_clear:
        return f"{1 + len(subject.others)} faces are seen, none clearly the subject"
    if subject.face.turn_deg:
        return "the face is not upright"
    if subject.face.box.width < profile.face.refuse_below_px:
        return f"the face is only {subject.face.box.width:.0f} px wide"
    if outside_share(subject.face.box, size) > profile.face.max_outside_share:
        return "the face is cut by the picture's edge"
    return None


def outside_share(box: Box, size: Size) -> float:
    """Return the share of ``box`` that lies outside a picture of ``size``, 0 to 1."""
    if box.area <= 0:
        return 0.0
    return 1 - box.intersection(Box(0, 0, size.width, size.height)).area / box.area


def stretches(
    sightings: Sightings, info: ClipInfo, profile: Profile
) -> tuple[tuple[Stretch, ...], tuple[tuple[Fraction, str], ...]]:
    """Return the stretches of good sightings, and each bad sighting's time with what is wrong there."""
    damaged = set(sightings.damaged_s)
    marks: list[tuple[Fraction, Sighting | None, str | None]] = [
        (s.time_s, s, fault_of(s, sightings.size, profile))
        for s in sightings.frames
        if s.time_s not in damaged
    ]
    marks += [(time, None, "the recording is damaged") for time in damaged]
    marks.sort(key=lambda mark: mark[0])
    found: list[Stretch] = []
    run: list[Sighting] = []
    faults: list[tuple[Fraction, str]] = []
    for time, sighting, fault in marks:
        if fault is None and sighting is not None:
            run.append(sighting)
            continue
        faults.append((time, fault or "damaged"))
        if run:
            found.append(_stretch(run, info, time, fault or "damaged"))
            run = []
    if run:
        found.append(_stretch(run, info, None, "the clip ends"))
    return tuple(found), tuple(faults)


def _stretch(run: Sequence[Sighting], info: ClipInfo, bad_s: Fraction | None, why: str) -> Stretch:
    first, last = run[0].time_s, run[-1].time_s
    start = Fraction(0) if first <= LOOK_SPACING_S and run[0].time_s == info.times_s[0] else first
    if bad_s is None:
        end = info.duration_s_packets
    elif bad_s - last <= LOOK_SPACING_S + SLACK_S:
        end = _end_of_frame(info, last)
    else:
        end = bad_s
    return Stretch(
        tuple(run), start, end, why if bad_s is None else f"{why} at {float(bad_s):.1f} s"
    )


def _end_of_frame(info: ClipInfo, time_s: Fraction) -> Fraction:
    place = bisect_left(info.times_s, time_s) + 1
    return info.times_s[place] if place < len(info.times_s) else info.duration_s_packets


def is_examined(window: Window, sightings: Sightings) -> bool:
    """Tell whether the sightings inside ``window`` lie close enough to vouch for it."""
    allowed = LOOK_SPACING_S + SLACK_S
    times = [s.time_s for s in sightings.frames if window.start_s <= s.time_s < window.end_s]
    bounds = [window.start_s, *times, window.end_s]
    return all(later - earlier <= allowed for earlier, later in pairwise(bounds))


def rank(sightings: Sightings, info: ClipInfo, profile: Profile) -> tuple[Candidate, ...]:
    """Return the windows that could become the payload, best first, and then the stretches that are too short.

    A window that is usable as far as it was seen, but was not examined, has `is_usable` True and says so in its
    reasons; `is_examined` tells the two apart.
    """
    least, most = Fraction(profile.clip.min_s), Fraction(profile.clip.max_s)
    good, faults = stretches(sightings, info, profile)
    keys = frozenset(info.key_times_s)
    usable: list[Candidate] = []
    unusable: list[Candidate] = []
    for stretch in good:
        windows = list(_windows(stretch, info, least, most))
        if not windows:
            window = Window(stretch.start_s, stretch.end_s)
            reason = f"only {float(window.length_s):.1f} s: {stretch.ended_by}"
            unusable.append(Candidate(window, 0.0, (reason,), is_usable=False))
        usable += [_scored(window, stretch, sightings, keys, profile) for window in windows]
    unusable += [_unfit(start, end, why) for start, end, why in _bad_spans(faults, good)]
    usable.sort(key=lambda candidate: (-candidate.score, candidate.window.start_s))
    unusable.sort(key=lambda candidate: candidate.window.start_s)
    return (*usable, *unusable)


def _windows(stretch: Stretch, info: ClipInfo, least: Fraction, most: Fraction) -> Iterator[Window]:
    latest = stretch.end_s - least
    keys = [t for t in info.key_times_s if stretch.start_s <= t <= latest]
    spacing = max(START_SPACING_S, (stretch.end_s - stretch.start_s) / MAX_STARTS)
    starts = _thinned(keys, spacing)
    longest = max((min(most, stretch.end_s - t) for t in starts), default=Fraction(0))
    possible = min(most, stretch.end_s - stretch.start_s)
    if possible - longest > START_SPACING_S:  # keyframes are too rare to start on one
        seen = [s.time_s for s in stretch.sightings if s.time_s <= latest]
        starts = sorted({*starts, *_thinned([stretch.start_s, *seen], spacing)})
    for start in starts:
        if start <= latest:
            yield Window(start, min(start + most, stretch.end_s))


def _thinned(times_s: Sequence[Fraction], spacing_s: Fraction) -> list[Fraction]:
    kept: list[Fraction] = []
    for time in sorted(times_s):
        if not kept or time - kept[-1] >= spacing_s:
            kept.append(time)
    return kept


def _scored(
    window: Window,
    stretch: Stretch,
    sightings: Sightings,
    keys: Collection[Fraction],
    profile: Profile,
) -> Candidate:
    inside = [s for s in stretch.sightings if window.start_s <= s.time_s < window.end_s]
    inside = inside or [min(stretch.sightings, key=lambda s: abs(s.time_s - window.start_s))]
    faces = [s.faces[0] for s in inside]
    face_px = median(face.box.width for face in faces)
    sharpness = _relative_sharpness(inside, sightings)
    fitted = [face for face in faces if face.landmarks is not None] or faces[:1]
    pose = sum(_frontality(face, profile) for face in fitted) / len(fitted)
    stillness = _stillness([face.box for face in faces])
    starts_on_key = window.start_s in keys
    examined = is_examined(window, sightings)
    score = (
        WEIGHT_LENGTH * float(window.length_s / Fraction(profile.clip.max_s))
        + WEIGHT_SIZE * min(1.0, face_px / AMPLE_FACE_PX)
        + WEIGHT_SHARPNESS * sharpness
        + WEIGHT_POSE * pose
        + WEIGHT_STILLNESS * stillness
        + BONUS_KEY_START * starts_on_key
        + BONUS_EXAMINED * examined
    )
    reasons = [
        f"{float(window.length_s):.2f} s of one upright face, {face_px:.0f} px wide",
        f"sharpness {sharpness:.2f}, pose {pose:.2f}, stillness {stillness:.2f} (1 is best)",
        "starts on a keyframe" if starts_on_key else "starts between keyframes",
    ]
    if not examined:
        reasons.append("seen at a few frames only")
    return Candidate(window, round(score, 3), tuple(reasons))


def _relative_sharpness(inside: Sequence[Sighting], sightings: Sightings) -> float:
    """Return the median sharpness in a window relative to the sharpest sighting of the clip, 0 to 1."""
    best = max((s.quality.sharpness for s in sightings.frames if s.quality), default=0.0)
    own = [s.quality.sharpness for s in inside if s.quality]
    return min(1.0, median(own) / best) if own and best > 0 else 0.5


def _frontality(face: Face, profile: Profile) -> float:
    """Return 1 for a face that looks into the camera, 0 for one at or beyond the profile's limits."""
    if face.landmarks is None:
        return 0.5
    pose, limits = face.landmarks.pose, profile.quality
    worst = max(
        abs(pose.yaw_deg) / max(1.0, limits.max_yaw_deg),
        abs(pose.pitch_deg) / max(1.0, limits.max_pitch_deg),
        abs(pose.roll_deg) / max(1.0, limits.max_roll_deg),
    )
    return max(0.0, 1.0 - worst)


def _stillness(boxes: Sequence[Box]) -> float:
    """Return 1 for a face that stays in place, 0 for one that wanders by its own width or more."""
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    width = median(box.width for box in boxes)
    wander = max(whole.width / width, whole.height / max(1.0, median(b.height for b in boxes))) - 1
    return max(0.0, 1.0 - wander)


def _bad_spans(
    faults: Sequence[tuple[Fraction, str]], good: Sequence[Stretch]
) -> list[tuple[Fraction, Fraction, str]]:
    """Unite bad sightings in a row that have the same fault."""
    starts = sorted(stretch.start_s for stretch in good)
    spans: list[tuple[Fraction, Fraction, str]] = []
    for time, why in faults:
        if (
            spans
            and spans[-1][2] == why
            and bisect_left(starts, spans[-1][1]) == bisect_left(starts, time)
        ):
            spans[-1] = (spans[-1][0], time, why)
        else:
            spans.append((time, time, why))
    return spans


def _unfit(start: Fraction, end: Fraction, why: str) -> Candidate:
    return Candidate(Window(start, end), 0.0, (why,), is_usable=False)
