"""One fixed crop and one frame grid for a window of a clip. Pure; the look drafts with it, the plan decides with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .crop import CropChoice, CropRefusal, plan_crop
from .faces import Sighting, Sightings
from .framing import Framing, frame
from .geometry import Box, PixelBox, Size
from .media import ClipInfo
from .plans import Window
from .profile import Profile
from .rate import Grid, Pace, lay_grid, measure_pace, payload_rate
from .report import Rung
from .subject import select_subject

KEY_SPACING_S = Fraction(5, 2)
"""Keyframes that lie closer are passed over in the first look."""
MAX_FIRST_LOOKS = 10
"""Keyframes looked at first, so that a long clip costs hardly more than a short one: 25 s at the spacing above."""
MAX_SECOND_LOOKS = 200
"""Keyframes looked at where the first ones show nothing usable: one every 3 s of 10 minutes."""
MARGIN = 0.08
"""Share of the face's width that must stay around it in every looked-at frame: it moves between two looks."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the payload of a window would most likely be."""

    framing: Framing
    grid: Grid
    window: Window


def first_looks(info: ClipInfo, profile: Profile) -> tuple[Fraction, ...]:
    """Return the times of the keyframes that are looked at first, evenly thinned.

    Those too near the end to begin a window are left out, unless there are no others.
    """
    latest = info.duration_s_packets - Fraction(profile.clip.min_s)
    times = _spread_keys(info, MAX_FIRST_LOOKS)
    return tuple(time for time in times if time <= latest) or times


def second_looks(info: ClipInfo) -> tuple[Fraction, ...]:
    """Return the times of the keyframes that are looked at where the first looks show nothing usable."""
    return _spread_keys(info, MAX_SECOND_LOOKS)


def _spread_keys(info: ClipInfo, most: int) -> tuple[Fraction, ...]:
    spacing = max(KEY_SPACING_S, info.duration_s_packets / most)
    times: list[Fraction] = []
    for time in info.key_times_s:
        if not times or time - times[-1] >= spacing:
            times.append(time)
    return tuple(times)


def draft_frames(
    info: ClipInfo, sightings: Sightings, window: Window, profile: Profile
) -> Draft | None:
    """Return what the payload of ``window`` would be by what is known so far; None where nothing is worth making.

    That is so for a clip whose frames already are what a payload's must be (they will be copied), and for a window
    that cannot be cropped or paced.
    """
    if has_payload_frames(info, profile):
        return None
    grid = window_grid(info, window, profile)
    crop = window_crop(sightings, window, info, profile)
    if grid is None or isinstance(crop, CropRefusal):
        return None
    orientation = info.orientation.then(sightings.applied_turn)
    framing = frame(info, orientation, crop.window, profile.clip.size)
    return Draft(framing, grid, covered(window, grid))


def has_payload_frames(info: ClipInfo, profile: Profile) -> bool:
    """Tell whether the coded frames can stay as they are, whatever becomes of the container."""
    return (
        info.codec in profile.clip.codecs
        and info.size_upright == profile.clip.size
        and info.orientation == 1
        and info.pixel_aspect == 1
        and not info.has_odd_matrix
        and info.pixel_format in ("yuv420p", "yuvj420p")
        and not info.is_interlaced
        and info.color_transfer == "sdr"
        and info.is_constant_rate
        and info.rate_fps_packets is not None
        and profile.clip.min_fps <= info.rate_fps_packets <= profile.clip.max_fps
    )


def window_pace(info: ClipInfo, window: Window) -> Pace:
    """Return the pace of the frames inside ``window``, the whole clip's where that is constant."""
    if info.is_constant_rate:
        return measure_pace(info.times_s)
    return measure_pace([t for t in info.times_s if window.start_s <= t < window.end_s])


def window_grid(info: ClipInfo, window: Window, profile: Profile) -> Grid | None:
    """Return the payload frames of ``window``; None where it holds fewer than 2 frames."""
    rate = payload_rate(window_pace(info, window), profile.clip)
    if rate is None:
        return None
    return lay_grid(
        info.times_s, window.start_s, window.end_s, rate, max_s=Fraction(profile.clip.max_s)
    )


def covered(window: Window, grid: Grid) -> Window:
    """Return the part of ``window`` that the frames of ``grid`` show."""
    return Window(window.start_s, min(window.start_s + grid.duration_s, window.end_s))


def window_crop(
    sightings: Sightings, window: Window, info: ClipInfo, profile: Profile
) -> CropChoice | CropRefusal:
    """Return the crop that holds the subject throughout ``window``.

    It is planned from the keyframes of the first looks; the frames looked at in between only have to agree. So the
    frames that the look makes on the way are those that the plan wants, unless the face moves a lot: then the crop is
    planned from all sightings.
    """
    inside = [s for s in sightings.frames if window.start_s <= s.time_s < window.end_s and s.faces]
    if not inside:
        inside = [s for s in sightings.frames if s.faces][:1]
    seen = {s.time_s for s in sightings.frames}
    looked = {*first_looks(info, profile)}
    if (second := {*second_looks(info)}) <= seen:
        looked |= second
    anchors = [s for s in inside if s.time_s in looked] or inside[:1]
    choice = _crop(anchors, anchors, sightings.size, profile)
    if isinstance(choice, CropChoice) and _holds(choice.window, inside, profile):
        return choice
    return _crop(inside, inside, sightings.size, profile)


def _crop(
    subjects: Sequence[Sighting], company: Sequence[Sighting], size: Size, profile: Profile
) -> CropChoice | CropRefusal:
    face = subject_box(subjects, profile)
    others = [
        other.box
        for s in company
        if (subject := select_subject(s.faces, profile))
        for other in subject.others
    ]
    return plan_crop(face, others, size, profile.clip.size, profile, even=True)


def subject_box(sightings: Sequence[Sighting], profile: Profile) -> Box:
    """Return the smallest box that holds the subject in all of ``sightings``, each of which shows one."""
    boxes = [s.face.box for f in sightings if (s := select_subject(f.faces, profile))]
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    return whole


def _holds(crop: PixelBox, inside: Sequence[Sighting], profile: Profile) -> bool:
    """Tell whether ``crop`` shows the subject whole, and nobody else, in every sighting."""
    area = crop.as_box()
    for sighting in inside:
        subject = select_subject(sighting.faces, profile)
        if subject is None:
            continue
        margin = MARGIN * subject.face.box.width
        if not area.contains(subject.face.box.grown(margin, margin, margin, margin)):
            return False
        if any(area.intersection(other.box).area > 0 for other in subject.others):
            return False
    return True


def rung_of(crop: PixelBox, target: Size) -> Rung:
    """Return the rung that a crop means: CROP where no pixel is resampled."""
    return Rung.CROP if crop.size == target else Rung.RESAMPLE
