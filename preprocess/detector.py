"""What the look stage needs of a face detector, so that tests and other engines can stand in for MediaPipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from .faces import Face, Landmarks

if TYPE_CHECKING:  # the rules and the command line name pictures without loading numpy
    import numpy as np
    import numpy.typing as npt

Picture: TypeAlias = "npt.NDArray[np.uint8]"
"""An upright picture: uint8, shape (height, width, 3), RGB, C-contiguous."""


class Detector(Protocol):
    """Finds faces in a picture. Implementations are used from one thread at a time."""

    def detect(self, picture: Picture, *, full_range: bool) -> tuple[Face, ...]:
        """Return the faces of ``picture``, in its pixels, in any order.

        Args:
            picture: uint8, shape (height, width, 3), RGB, C-contiguous; not changed.
            full_range: Use the model that also sees small, far faces instead of the short-range one.
        """
        ...

    def landmarks(self, picture: Picture, face: Face, *, roll_deg: float) -> Landmarks:
        """Return what the landmark model says of ``face``, taking its head to be tilted clockwise by ``roll_deg``.

        The result's ``pose.roll_deg`` is the tilt that was found, in the picture as it is.
        """
        ...

    def close(self) -> None:
        """Free what the detector holds; it must not be used afterwards."""
        ...
