"""Looks at a clip: keyframes first, then the most promising window in full, more only when that was not enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from .clip_reader import ClipReader, Glimpse
from .coder import Order, sound_of
from .crop_clip import Draft, draft_frames, first_looks, has_payload_frames, second_looks
from .detector import Detector
from .faces import Face, KeyPoints, Sighting, Sightings
from .geometry import Orientation, Point, Size
from .media import ClipInfo
from .options import Options
from .plans import Window
from .profile import Profile
from .quality import measure_quality
from .sight import sight
from .watch import Watch
from .window import LOOK_SPACING_S, is_examined, rank

SCAN_SPACING_S = Fraction(1)
"""Spacing of the last resort, the scan of everything that keyframes did not show: a face that is usable for 2 s
is hit at least once."""
LANDMARK_SPACING_S = Fraction(5, 2)
"""How often the landmark model, as costly as two frames of decoding, is asked about faces surely detected."""
REVIEW_SPACING_S = Fraction(2)
"""Spacing of looks at a finished payload: its frames are those that were examined, so what is left to see is whether
they came out right."""
PATIENCE = 2
"""Windows that may prove bad before more keyframes are looked at."""
MAX_EXAMINED = 6
"""Windows that are decoded in full at most, so that a clip of nothing but near misses ends in time."""


def look_clip(
    reader: ClipReader, detector: Detector, profile: Profile, options: Options, watch: Watch
) -> Sightings:
    """Return the faces in sampled frames of a clip: densely in the window that will be used, sparsely elsewhere.

    The reader keeps the payload frames of the window that was examined last, and codes them on the way.

    Args:
        reader: The opened clip.
        detector: Finds the faces.
        profile: The limits.
        options: Whether a clip that lies on its side is turned (--auto-rotate).
        watch: Deadline and progress; asked between packets.

    Raises:
        UnreadableError: No frame of the clip decodes.
        DeadlineExceededError: The time limit passed.
    """
    look = _Look(reader, detector, profile, options, watch)
    if not look.is_whole_wanted:
        look.at_keyframes()
    if options.auto_rotate and (turn := look.agreed_turn()) is not Orientation.UPRIGHT:
        look = _Look(reader, detector, profile, options, watch, turn)
        look.at_keyframes()
    look.at_windows()
    look.expect_pictures()
    return look.sightings


def review_clip(
    reader: ClipReader, detector: Detector, profile: Profile, watch: Watch
) -> Sightings:
    """Return the faces in a finished payload: every frame is decoded, one in two seconds and the last looked at.

    Raises:
        UnreadableError: No frame of it decodes.
        DeadlineExceededError: The time limit passed.
    """
    look = _Look(reader, detector, profile, Options(), watch)
    look.throughout(REVIEW_SPACING_S)
    look.expect_pictures()
    return look.sightings


class _Look:
    def __init__(
        self,
        reader: ClipReader,
        detector: Detector,
        profile: Profile,
        options: Options,
        watch: Watch,
        turn: Orientation = Orientation.UPRIGHT,
    ) -> None:
        self._reader, self._detector = reader, detector
        self._profile, self._options, self._watch = profile, options, watch
        self._info: ClipInfo = reader.info
        self._turn = turn
        self._orientation = reader.info.orientation.then(turn)
        self._seen: dict[Fraction, Sighting] = {}
        self._asked_s: list[Fraction] = []
        """When the landmark model was asked."""
        self._size: Size = self._info.size_square.turned(self._orientation)

    @property
    def sightings(self) -> Sightings:
        return Sightings(
            size=self._size,
            frames=tuple(self._seen[time] for time in sorted(self._seen)),
            applied_turn=self._turn,
            damaged_s=tuple(sorted(self._reader.damaged_s)),
        )

    @property
    def is_whole_wanted(self) -> bool:
        """Whether the clip is examined from end to end anyway and nothing is to be made of it: a payload, mostly."""
        is_short = self._info.duration_s_packets <= Fraction(self._profile.clip.max_s)
        return is_short and has_payload_frames(self._info, self._profile)

    def at_keyframes(self) -> None:
        """Look at a few keyframes all over the clip."""
        self._look_at(first_looks(self._info, self._profile))

    def _look_at(self, key_times_s: Sequence[Fraction]) -> None:
        unseen = [time for time in key_times_s if time not in self._seen]
        if unseen:
            self._take(self._reader.keyframes(unseen, self._orientation, self._watch))

    def at_windows(self) -> None:
        """Examine the most promising window until one proves good; scan the rest where none is promising."""
        examined = 0
        closer = [self._scan, self._look_again]
        # what is left to try, last first
        if self.is_whole_wanted and not self._seen:
            self.throughout(LOOK_SPACING_S)
        while examined < MAX_EXAMINED:
            best = self._best()
            if best is None:
                if not closer:
                    return
                closer.pop()()
                continue
            if is_examined(best, self.sightings):
                return
            if examined == PATIENCE and self._look_again in closer:
                closer.remove(self._look_again)
                self._look_again()
                continue
            examined += 1
            self._examine(best)

    def _look_again(self) -> None:
        """Look at more keyframes than the first few."""
        self._look_at(second_looks(self._info))

    def throughout(self, spacing_s: Fraction) -> None:
        """Look at the whole clip, which nothing is to be made of."""
        window = Window(Fraction(0), self._info.duration_s_packets)
        self._take(self._reader.examine(window, spacing_s, self._orientation, self._watch))

    def _examine(self, window: Window) -> None:
        draft = None
        if self._reader.makes_payload:
            draft = draft_frames(self._info, self.sightings, window, self._profile)
        self._take(
            self._reader.examine(
                window,
                LOOK_SPACING_S,
                self._orientation,
                self._watch,
                framing=draft.framing if draft else None,
                order=self._order(draft) if draft else None,
            )
        )

    def _order(self, draft: Draft) -> Order:
        options = self._options
        keeps_sound = options.keep_audio and self._info.has_audio
        return Order(
            draft.grid.times_s,
            draft.grid.rate_fps,
            options.container,
            options.max_base64_chars or self._profile.clip.advised_base64_chars,
            sound_of(self._reader.media, draft.window) if keeps_sound else None,
        )

    def _best(self) -> Window | None:
        candidates = rank(self.sightings, self._info, self._profile)
        return next((c.window for c in candidates if c.is_usable), None)

    def _scan(self) -> None:
        """Look at every part of the clip that no keyframe has shown."""
        known = sorted(self._seen)
        bounds = [Fraction(0), *known, self._info.duration_s_packets]
        for start, end in pairwise(bounds):
            if end - start > SCAN_SPACING_S * 3 / 2:
                window = Window(start, end)
                self._take(
                    self._reader.scan(window, SCAN_SPACING_S, self._orientation, self._watch)
                )

    def agreed_turn(self) -> Orientation:
        """Return the turn that most faces would need to be upright."""
        turns = [s.turn_deg for s in self._seen.values() if s.faces]
        if not turns:
            return Orientation.UPRIGHT
        return Orientation.from_turn(max(set(turns), key=turns.count))

    def expect_pictures(self) -> None:
        """Raise where not one frame could be decoded."""
        self._reader.expect_pictures(bool(self._seen))

    def _take(self, glimpses: Iterable[Glimpse]) -> None:
        for glimpse in glimpses:
            if glimpse.time_s not in self._seen:
                self._seen[glimpse.time_s] = self._sighting(glimpse)

    def _sighting(self, glimpse: Glimpse) -> Sighting:
        height, width = glimpse.picture.shape[:2]
        trusting = any(abs(glimpse.time_s - asked) < LANDMARK_SPACING_S for asked in self._asked_s)
        found = sight(glimpse.picture, self._detector, thorough=False, trusting=trusting)
        if any(face.landmarks for face in found):
            self._asked_s.append(glimpse.time_s)
        quality = measure_quality(glimpse.picture, found[0].box) if found else None
        factor_x, factor_y = self._size.width / width, self._size.height / height
        faces = tuple(_scaled(face, factor_x, factor_y) for face in found)
        return Sighting(faces, glimpse.time_s, quality, glimpse.is_key)


def _scaled(face: Face, fx: float, fy: float) -> Face:
    points = face.key_points
    ordered = (
        *(points.right_eye, points.left_eye, points.nose_tip),
        *(points.mouth, points.right_ear, points.left_ear),
    )
    landmarks = face.landmarks
    if landmarks is not None:
        landmarks = replace(
            landmarks,
            box=landmarks.box.scaled(fx, fy),
            eyes_and_mouth=_points(landmarks.eyes_and_mouth, fx, fy),
        )
    return replace(
        face,
        box=face.box.scaled(fx, fy),
        key_points=KeyPoints(*_points(ordered, fx, fy)),
        landmarks=landmarks,
    )


def _points(points: Sequence[Point], fx: float, fy: float) -> tuple[Point, ...]:
    return tuple(Point(p.x * fx, p.y * fy) for p in points)
