"""MediaPipe's face landmark model, run by OpenCV: 468 points of one face and how sure the model is of it.

MediaPipe's own FaceLandmarker expects a newer model: given the one that a wheel carries (`face_landmark.tflite`, three
numbers a point), it reads its 1,404 outputs in pairs and returns scrambled points without complaint (seen with 1.2.2;
z is 0 throughout). OpenCV's DNN module runs the model as it is, in about 4 ms, and also gives the presence score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from .detector import Picture
from .faces import Landmarks, Pose
from .geometry import Box, Point

INPUT_PX = 192
"""Side of the model's square input. Source: face_landmark.tflite, input tensor 1x192x192x3, RGB, 0 to 1."""
ROI_SCALE = 1.5
"""Side of the looked-at square over the detector's box. Source: MediaPipe face_landmark graph, RectTransformation."""
POINTS = 468
_POINTS_LAYER, _PRESENCE_LAYER = "conv2d_21", "conv2d_31"

_LEFT_CHEEK, _RIGHT_CHEEK = 454, 234
_FOREHEAD, _CHIN = 10, 152
_EYES_AND_MOUTH = (33, 263, 61, 291)
"""Numbers of points in MediaPipe's face mesh: outline, outer eye corners, mouth corners; left is the person's own.

Source: canonical_face_model_uv_visualization in the MediaPipe repository.
"""
NEUTRAL_PITCH_DEG = 7.0
"""Tilt of the line from forehead to chin in a face that looks straight ahead. Source: median of 46 open portraits."""

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mesh:
    """One face's mesh in the picture it was found in."""

    points: FloatArray = field(repr=False)
    """float32, shape (468, 3): x and y in pixels of the picture, z on the same scale, smaller nearer the camera."""
    presence: float
    """Log-odds that the square held a face, upright in it."""

    def point(self, index: int) -> Point:
        """Return point ``index`` in the picture's plane."""
        return Point(float(self.points[index, 0]), float(self.points[index, 1]))

    def landmarks(self) -> Landmarks:
        """Return the mesh boiled down to what the pipeline judges; the pose's roll is the tilt in the picture."""
        across = self.points[_LEFT_CHEEK] - self.points[_RIGHT_CHEEK]
        down = self.points[_CHIN] - self.points[_FOREHEAD]
        return Landmarks(
            presence=self.presence,
            pose=Pose(
                yaw_deg=math.degrees(math.atan2(across[2], math.hypot(across[0], across[1]))),
                pitch_deg=math.degrees(math.atan2(down[2], math.hypot(down[0], down[1])))
                - NEUTRAL_PITCH_DEG,
                roll_deg=math.degrees(math.atan2(across[1], across[0])),
            ),
            box=self.box,
            eyes_and_mouth=tuple(self.point(index) for index in _EYES_AND_MOUTH),
        )

    @property
    def box(self) -> Box:
        """Return the smallest box around all points: forehead to chin, ear to ear."""
        left, top = self.points[:, :2].min(axis=0)
        right, bottom = self.points[:, :2].max(axis=0)
        return Box(float(left), float(top), float(right - left), float(bottom - top))


class FaceMesh:
    """The landmark network; one instance serves one thread at a time.

    Args:
        model: Content of ``face_landmark.tflite``.
    """

    def __init__(self, model: bytes) -> None:
        self._net = cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))

    def fit(self, picture: Picture, box: Box, roll_deg: float) -> Mesh:
        """Return the mesh of the face in ``box``.

        Args:
            picture: uint8, shape (height, width, 3), RGB; what lies outside it counts as black.
            box: The detector's box, in pixels of ``picture``.
            roll_deg: Clockwise tilt of the head, which is undone before the network looks.
        """
        side = ROI_SCALE * max(box.width, box.height)
        scale = INPUT_PX / max(side, 1e-6)
        angle = math.radians(roll_deg)
        cos, sin = math.cos(angle), math.sin(angle)
        half = INPUT_PX / 2
        center = box.center
        linear = scale * np.array([[cos, sin], [-sin, cos]])
        offset = half - linear @ (center.x, center.y)
        square = cv2.warpAffine(
            picture,
            np.column_stack([linear, offset]),
            (INPUT_PX, INPUT_PX),
            flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        )
        blob = (square.astype(np.float32) / 255).transpose(2, 0, 1)[None]
        self._net.setInput(np.ascontiguousarray(blob))
        # Both in one call: each call runs the whole network anew.
        points, presence = self._net.forward((_POINTS_LAYER, _PRESENCE_LAYER))
        mesh = np.asarray(points, np.float32).reshape(POINTS, 3).copy()
        mesh[:, :2] = (mesh[:, :2] - offset) @ np.linalg.inv(linear).T
        mesh[:, 2] /= scale
        return Mesh(mesh, float(np.asarray(presence).ravel()[0]))
