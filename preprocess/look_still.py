"""Looking at a still: faces, their quality, and the turn that a tagless picture may need."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from ._pixels import upright
from .detector import Detector
from .faces import Face, KeyPoints, Sighting, Sightings
from .geometry import Orientation, Point
from .options import Options
from .profile import Profile
from .quality import measure_quality
from .sight import COMPANY_SHARE, sight
from .still_reader import StillReader
from .watch import Watch


def look_still(
    reader: StillReader, detector: Detector, profile: Profile, options: Options, watch: Watch
) -> Sightings:
    """Return the faces of a still, in pixels of the upright source at full size.

    Args:
        reader: The opened still; its decoded picture is kept for execution.
        detector: Finds the faces.
        profile: Its frame size says how far the decode may be reduced.
        options: With ``auto_rotate``, a picture whose face lies on its side is turned and looked at again.
        watch: Deadline and progress.

    Raises:
        UnreadableError: The picture is damaged or truncated.
        UnsupportedError: Pixels of a kind without a plain meaning.
        DeadlineExceededError: The time limit passed.
    """
    watch.tick("look")
    picture, shrink = reader.view(profile.still.size, coarse=True)
    watch.tick("look", 0.5)
    faces = sight(picture, detector)
    if not faces or faces[0].box.width < COMPANY_SHARE * min(picture.shape[:2]):
        fine, fine_shrink = reader.view(profile.still.size)
        if fine_shrink < shrink:
            picture, shrink = fine, fine_shrink
            faces = sight(picture, detector)
    turn = Orientation.UPRIGHT
    if options.auto_rotate and faces and faces[0].turn_deg:
        turn = Orientation.from_turn(faces[0].turn_deg)
        picture = np.ascontiguousarray(upright(picture, turn))
        faces = sight(picture, detector)
    quality = measure_quality(picture, faces[0].box) if faces else None
    size = reader.info.size_upright.turned(turn)
    seen = tuple(_at_full_size(face, shrink) for face in faces)
    watch.tick("look", 1.0)
    return Sightings(size, (Sighting(seen, quality=quality),), applied_turn=turn)


def _at_full_size(face: Face, shrink: int) -> Face:
    """Return a face seen in a reduced picture in pixels of the full one."""
    if shrink == 1:
        return face

    def at(point: Point) -> Point:
        return Point(point.x * shrink, point.y * shrink)

    points = KeyPoints(*(at(getattr(face.key_points, f.name)) for f in fields(KeyPoints)))
    landmarks = face.landmarks and replace(
        face.landmarks,
        box=face.landmarks.box.scaled(shrink),
        eyes_and_mouth=tuple(at(point) for point in face.landmarks.eyes_and_mouth),
    )
    return replace(face, box=face.box.scaled(shrink), key_points=points, landmarks=landmarks)
