"""Stand-ins, so that most tests need no model file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from preprocess.detector import Picture
from preprocess.faces import Face, KeyPoints, Landmarks, Pose
from preprocess.geometry import Box, Point

STRAIGHT = Pose(0.0, 0.0, 0.0)


def face_at(
    box: Box,
    *,
    score: float = 0.9,
    roll_deg: float = 0.0,
    presence: float = 20.0,
    turn_deg: int = 0,
) -> Face:
    """Return an upright face that fills ``box``, with landmarks (``turn_deg``: as if it lay on its side)."""
    cx, cy, w = box.center.x, box.center.y, box.width
    if abs(roll_deg) < 45:
        eyes = (Point(cx - w / 4, cy - w / 5), Point(cx + w / 4, cy - w / 5))
    else:
        side = 1 if roll_deg > 0 else -1
        eyes = (Point(cx, cy - side * w / 4), Point(cx, cy + side * w / 4))
    points = KeyPoints(
        eyes[0], eyes[1], Point(cx, cy), Point(cx, cy + w / 4), Point(box.left, cy), Point(box.right, cy)
    )  # fmt: skip
    landmarks = Landmarks(presence, STRAIGHT, box, (*eyes, points.mouth, points.mouth))
    return Face(box, score, points, "short", turn_deg, landmarks)


class FakeDetector:
    """A detector that sees what it is told, as shares of the picture it is given, and counts its looks.

    Args:
        short: Boxes that the short-range model sees, in shares of width and height.
        full: The same for the full-range model.
        presence: Called with the box (pixels) and the roll; the landmark model's log-odds.
    """

    def __init__(
        self,
        short: Sequence[Box] = (),
        full: Sequence[Box] = (),
        presence: Callable[[Box, float], float] = lambda _box, _roll: 20.0,
    ) -> None:
        self.short, self.full, self.presence = short, full, presence
        self.looks: list[str] = []
        self.closed = False

    def detect(self, picture: Picture, *, full_range: bool) -> tuple[Face, ...]:
        self.looks.append("full" if full_range else "short")
        height, width = picture.shape[:2]
        boxes = self.full if full_range else self.short
        return tuple(face_at(box.scaled(width, height)) for box in boxes)

    def landmarks(self, picture: Picture, face: Face, *, roll_deg: float) -> Landmarks:
        self.looks.append("landmarks")
        return Landmarks(self.presence(face.box, roll_deg), Pose(0.0, 0.0, roll_deg), face.box)

    def close(self) -> None:
        self.closed = True
