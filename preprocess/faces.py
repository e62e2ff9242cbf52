"""What the detector saw: faces, their key points, pose and picture quality, per looked-at frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .geometry import Box, Orientation, Point, Size


@dataclass(frozen=True, slots=True)
class KeyPoints:
    """Six points of a face as BlazeFace names them; left and right are the person's own."""

    right_eye: Point
    left_eye: Point
    nose_tip: Point
    mouth: Point
    right_ear: Point
    left_ear: Point


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head looks, in degrees; all 0 when it faces the camera upright."""

    yaw_deg: float
    """Positive when the person turns towards the picture's right side."""
    pitch_deg: float
    """Positive when the person looks up."""
    roll_deg: float
    """Positive when the head is tilted clockwise in the picture; -180 to 180."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Picture quality inside a face's box, measured on luma scaled to a face width of 128 px or less."""

    sharpness: float
    """Variance of the Laplacian of luma, in thousandths of the variance of luma, >= 0."""
    luminance: float
    """Mean luma, 0 to 255."""
    clipped_share: float
    """Share of pixels with luma <= 3 or >= 252, 0 to 1."""
    contrast: float
    """Difference of the 95th and the 5th percentile of luma, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmark model says of one face."""

    presence: float
    """Log-odds that this is a face, seen at the stated turn; above 15 for a clear frontal face, below 3 for a cat."""
    pose: Pose
    """Where the head looks once the picture is turned by the face's ``turn_deg``."""
    box: Box
    """Smallest box around all landmarks (forehead to chin, ear to ear), upright source pixels."""
    eyes_and_mouth: tuple[Point, ...] = ()
    """Outer eye corners and mouth corners: what must be inside the picture."""


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face, in pixels of the upright picture."""

    box: Box
    """From about the brows to the chin, as MediaPipe draws it; may reach over the picture's edge."""
    score: float
    """Detector's confidence, 0 to 1."""
    key_points: KeyPoints
    model: str = "short"
    """Which look found it: ``short``, ``full``, or one of them with ``+zoom`` or ``+turn``."""
    turn_deg: int = 0
    """Clockwise turn of the picture that would bring this face upright: 0, 90, 180 or 270."""
    landmarks: Landmarks | None = None
    """None where the landmark model did not look: small faces in a crowd."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """All faces of one looked-at frame."""

    faces: tuple[Face, ...]
    """Largest first."""
    time_s: Fraction = Fraction(0)
    """Presentation time from the clip's first frame; 0 for a still."""
    quality: Quality | None = None
    """Quality of the largest face; None where it was not measured."""
    is_key: bool = False
    """Whether the frame is a keyframe of the source."""

    @property
    def turn_deg(self) -> int:
        """Clockwise turn that would bring the largest face upright; 0 when none is seen."""
        return self.faces[0].turn_deg if self.faces else 0

    @property
    def pose(self) -> Pose | None:
        """Pose of the largest face; None where landmarks were not looked for."""
        landmarks = self.faces[0].landmarks if self.faces else None
        return landmarks.pose if landmarks else None


@dataclass(frozen=True, slots=True)
class Sightings:
    """What the look stage saw, in order of time."""

    size: Size
    """Size of the upright picture that boxes refer to, pixels square."""
    frames: tuple[Sighting, ...] = field(default=())
    applied_turn: Orientation = Orientation.UPRIGHT
    """Turn beyond the source's own orientation, asked for with --auto-rotate."""
    is_complete: bool = True
    """False when a time limit or damage ended the look before the source's end."""
    damaged_s: tuple[Fraction, ...] = ()
    """Times of a clip's frames that did not decode cleanly, as far as it was decoded."""
