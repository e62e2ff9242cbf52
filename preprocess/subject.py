"""Whose face it is: the one subject of a picture, and everybody else in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .faces import Face
from .profile import Profile


@dataclass(frozen=True, slots=True)
class Subject:
    """The largest face, and how clearly it is the subject."""

    face: Face
    others: tuple[Face, ...]
    """All other faces, largest first."""
    dominance: float
    """Width of the subject's box over that of the next face; infinite when alone."""
    is_clear: bool
    """Whether ``dominance`` reaches the profile's limit: the others may then be cropped away."""


def select_subject(faces: Sequence[Face], profile: Profile) -> Subject | None:
    """Return the subject among ``faces``; None when there are none.

    Whether the others really can be cropped away is for the crop planner to find out.
    """
    if not faces:
        return None
    largest, *others = sorted(faces, key=lambda face: face.box.width, reverse=True)
    dominance = largest.box.width / others[0].box.width if others else float("inf")
    return Subject(largest, tuple(others), dominance, dominance >= profile.face.dominance)
