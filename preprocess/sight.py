"""How one picture is searched for faces: cheap looks first, costlier ones only where those were not enough.

1. The short-range model on the picture reduced to `LOOK_PX`, and the full-range model where the first found nothing
   or something small (always, when ``thorough``).
2. Where neither found anything: the picture turned by 90, 270 and 180 degrees, then tiles at full resolution, so that
   "too small" and "lies on its side" never come out as "no face".
3. The landmark model on the largest faces. It tells faces from cats and coffee cups, and which way up a face is:
   a detector also fires on a face upside down, with its key points the wrong way round.

Measured on the open media: 46 photos of one face were all found; the landmark model gave real faces log-odds of 4
(surgical mask) to 32, detections that were no faces -9 to 1, and picked the right turn for all but one of 4 x 46.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ._pixels import reduced
from .detector import Detector, Picture
from .faces import Face, KeyPoints, Landmarks
from .geometry import Box, Orientation, PixelBox, Point, Size

LOOK_PX = 640
"""Longest side of the picture that is searched first. The models see 128 and 192 px, so more only costs time."""
TILE_PX = 1280
"""Longest side of a tile in the last, zoomed look: a face of 85 px fills 7 % of it, which full range still finds."""
SMALL_SHARE = 0.25
"""Share of the shorter side below which the full-range model measures a face better than the short-range one."""
SAME_FACE_IOU = 0.3
"""Overlap above which two detections are one face. Source: MediaPipe min_suppression_threshold, 0.3."""
COMPANY_SHARE = 0.3
"""Share of the shorter side below which a face leaves room for company, or is none: the zoomed look follows."""
MIN_PRESENCE = 2.5
"""Least log-odds of the landmark model for a detection to count as a face. Source: measurement above."""
CLEAR_PRESENCE = 8.0
"""Log-odds from which on other turns need not be tried, and which another turn must reach."""
MAX_FITTED = 8
"""Faces of one look that the landmark model looks at, largest first; the rest only matter as company."""
TILTED_DEG = 60.0
"""Tilt up to which a head counts as tilted rather than lying on its side."""


SURE_SCORE = 0.85
"""Detector's confidence from which on a face is taken for one without the landmark model, where that is asked for.

Source: open media, upright faces 0.85 to 0.97, faces upside down 0.5 to 0.75, animals at most 0.86.
"""
LEVEL_DEG = 30.0
"""Tilt of the eyes up to which such a face counts as upright."""


def sight(
    picture: Picture, detector: Detector, *, thorough: bool = True, trusting: bool = False
) -> tuple[Face, ...]:
    """Return the faces of an upright picture, widest first.

    Args:
        picture: uint8, shape (height, width, 3), RGB, C-contiguous.
        detector: Finds boxes and landmarks.
        thorough: Search as for a still. False for the frames of a clip, where the next frame is another chance:
            the full-range model only where it is needed, no zoomed and no turned looks.
        trusting: Take a sure, level detection for a face without asking the landmark model, which costs more than all
            the rest; for frames between two that were asked about.
    """
    height, width = picture.shape[:2]
    small, factor = reduced(picture, LOOK_PX, fast=True)
    found = _look(small, detector, thorough=thorough)
    if not found and thorough:
        found = _look_turned(small, detector)
    found = [_enlarged(face, 1 / factor) for face in found]
    faces = _genuine(found, picture, detector, trusting=trusting)
    largest = max((face.box.width for face in faces), default=0.0)
    if thorough and largest < COMPANY_SHARE * min(width, height):
        zoomed = _look_zoomed(picture, detector, Size(width, height))
        news = [face for face in zoomed if all(not _same(face, other) for other in found)]
        faces += _genuine(news, picture, detector)
    return tuple(sorted(faces, key=lambda face: face.box.width, reverse=True))


def _look(picture: Picture, detector: Detector, *, thorough: bool) -> list[Face]:
    height, width = picture.shape[:2]
    found = list(detector.detect(picture, full_range=False))
    largest = max((face.box.width for face in found), default=0.0)
    if not thorough and largest >= SMALL_SHARE * min(width, height):
        return merged(found)
    far = detector.detect(picture, full_range=True)
    small = [face for face in far if face.box.width < SMALL_SHARE * min(width, height)]
    found = [face for face in found if not any(_same(face, other) for other in small)]
    return merged([*found, *far])


def merged(found: Sequence[Face]) -> list[Face]:
    """Return ``found`` with detections of the same face united: the surer one stays."""
    kept: list[Face] = []
    for face in sorted(found, key=lambda face: face.score, reverse=True):
        if not any(_same(face, other) for other in kept):
            kept.append(face)
    return kept


def _same(one: Face, other: Face) -> bool:
    """Tell whether two detections are one face: they overlap, or the middle of one lies inside the other."""
    center = one.box.center
    return one.box.iou(other.box) >= SAME_FACE_IOU or other.box.contains(
        Box(center.x, center.y, 0, 0)
    )


def _look_turned(picture: Picture, detector: Detector) -> list[Face]:
    """Search the picture turned by 90, 270 and 180 degrees; the first turn that shows a face ends it."""
    height, width = picture.shape[:2]
    for turn_deg in (90, 270, 180):
        turned = np.ascontiguousarray(np.rot90(picture, -turn_deg // 90))
        if found := _look(turned, detector, thorough=True):
            back = Orientation.from_turn(turn_deg)
            return [_turned_back(face, back, Size(width, height)) for face in found]
    return []


def _look_zoomed(picture: Picture, detector: Detector, size: Size) -> list[Face]:
    """Search overlapping tiles with the full-range model; faces cut by a tile's edge show whole in the next."""
    found = []
    for tile in tiles(size):
        part = np.ascontiguousarray(
            picture[tile.top : tile.bottom, tile.left : tile.right],
        )
        part, factor = reduced(part, LOOK_PX, fast=True)
        for face in detector.detect(part, full_range=True):
            whole = _moved(_enlarged(face, 1 / factor), tile.left, tile.top)
            found.append(replace(whole, model="full+zoom"))
    return merged(found)


def tiles(size: Size) -> Iterator[PixelBox]:
    """Yield the square tiles of the zoomed look: half the longer side or `TILE_PX`, overlapping by half."""
    side = max(64, min(TILE_PX, max(size.width, size.height) // 2))
    for top in _starts(size.height, side):
        for left in _starts(size.width, side):
            yield PixelBox(left, top, min(side, size.width - left), min(side, size.height - top))


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = math.ceil((length - side) / (side / 2)) + 1
    return [round(index * (length - side) / (count - 1)) for index in range(count)]


def _genuine(
    found: Sequence[Face], picture: Picture, detector: Detector, *, trusting: bool = False
) -> list[Face]:
    """Return ``found`` with landmarks and turn filled in, without what the landmark model takes for no face."""
    kept = []
    for rank, face in enumerate(sorted(found, key=lambda face: face.box.width, reverse=True)):
        if rank >= MAX_FITTED or (trusting and _is_sure(face)):
            kept.append(face)
            continue
        fitted = _fitted(face, picture, detector)
        if fitted.landmarks and fitted.landmarks.presence >= MIN_PRESENCE:
            kept.append(fitted)
    return kept


def _is_sure(face: Face) -> bool:
    return face.score >= SURE_SCORE and abs(eye_roll_deg(face.key_points)) <= LEVEL_DEG


def _fitted(face: Face, picture: Picture, detector: Detector) -> Face:
    """Return ``face`` with the landmarks of the turn in which the model is surest to see a face."""
    part, box = _surroundings(picture, face.box)
    local = replace(face, box=box)
    roll_deg = eye_roll_deg(face.key_points)
    best = detector.landmarks(part, local, roll_deg=roll_deg)
    if best.presence < CLEAR_PRESENCE or abs(roll_deg) > TILTED_DEG:
        for turn_deg in (180, 90, 270):
            other = detector.landmarks(part, local, roll_deg=roll_deg + turn_deg)
            if other.presence > max(best.presence, CLEAR_PRESENCE):
                best, roll_deg = other, roll_deg + turn_deg
    if abs(_angle_deg(best.pose.roll_deg - roll_deg)) > REFIT_DEG:
        # The detector's own points were off, as they are on faces that lie: look again, better aligned.
        again = replace(local, box=best.box)
        other = detector.landmarks(part, again, roll_deg=best.pose.roll_deg)
        best = other if other.presence > best.presence else best
    roll_deg = _angle_deg(best.pose.roll_deg)
    turn = 0 if abs(roll_deg) <= TILTED_DEG else round(-roll_deg / 90) * 90 % 360
    scale = face.box.width / box.width
    shift = Point(face.box.left - box.left * scale, face.box.top - box.top * scale)
    landmarks = Landmarks(
        presence=best.presence,
        pose=replace(best.pose, roll_deg=_angle_deg(roll_deg + turn)),
        box=best.box.scaled(scale).moved(shift.x, shift.y),
        eyes_and_mouth=tuple(
            Point(point.x * scale + shift.x, point.y * scale + shift.y)
            for point in best.eyes_and_mouth
        ),
    )
    return replace(face, turn_deg=turn, landmarks=landmarks)


REFIT_DEG = 10.0
"""Difference between the tilt that was assumed and the one that was found, above which the fit is repeated."""


def _angle_deg(angle_deg: float) -> float:
    """Return the same angle between -180 and 180."""
    return (angle_deg + 180) % 360 - 180


FIT_PX = 400
"""Longest side of the surroundings that the landmark model is given; its own input is 192 px for half of them."""


def _surroundings(picture: Picture, box: Box) -> tuple[Picture, Box]:
    """Return the picture around ``box``, reduced to `FIT_PX`, and the box in it."""
    height, width = picture.shape[:2]
    margin = max(box.width, box.height)
    area = box.grown(margin, margin, margin, margin).enclosing_pixels(Size(width, height))
    part, factor = reduced(
        picture[area.top : area.bottom, area.left : area.right], FIT_PX, fast=True
    )
    return part, box.moved(-area.left, -area.top).scaled(factor)


def eye_roll_deg(points: KeyPoints) -> float:
    """Return the clockwise tilt of the head by the line through the eyes, -180 to 180."""
    return math.degrees(
        math.atan2(points.left_eye.y - points.right_eye.y, points.left_eye.x - points.right_eye.x)
    )


def _enlarged(face: Face, factor: float) -> Face:
    return _mapped(face, lambda point: Point(point.x * factor, point.y * factor))


def _moved(face: Face, dx: float, dy: float) -> Face:
    return _mapped(face, lambda point: Point(point.x + dx, point.y + dy))


def _turned_back(face: Face, turn: Orientation, size: Size) -> Face:
    """Return a face seen in the picture turned by ``turn`` in the coordinates of the picture of ``size``."""
    angle = turn.turn_deg

    def back(point: Point) -> Point:
        if angle == 90:
            return Point(point.y, size.height - point.x)
        if angle == 180:
            return Point(size.width - point.x, size.height - point.y)
        return Point(size.width - point.y, point.x)

    return replace(_mapped(face, back), model=f"{face.model}+turn")


def _mapped(face: Face, move: Callable[[Point], Point]) -> Face:
    """Return ``face`` with every point sent through ``move``, which keeps right angles."""
    one = move(Point(face.box.left, face.box.top))
    two = move(Point(face.box.right, face.box.bottom))
    points = face.key_points
    return replace(
        face,
        box=Box(min(one.x, two.x), min(one.y, two.y), abs(two.x - one.x), abs(two.y - one.y)),
        key_points=KeyPoints(
            *(
                move(point)
                for point in (
                    points.right_eye,
                    points.left_eye,
                    points.nose_tip,
                    points.mouth,
                    points.right_ear,
                    points.left_ear,
                )
            )
        ),
    )
