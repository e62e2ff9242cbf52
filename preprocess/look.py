"""The look stage: the only one that runs the detector on a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .detector import Detector
from .faces import Sightings
from .media import Kind
from .options import Options
from .profile import Profile
from .reader import Reader
from .watch import Watch

if TYPE_CHECKING:
    from .clip_reader import ClipReader
    from .still_reader import StillReader


def look(
    reader: Reader, detector: Detector, profile: Profile, options: Options, watch: Watch
) -> Sightings:
    """Return the faces seen in a still, or in sampled frames of a clip.

    Args:
        reader: The opened source; what it decodes is kept for the execute stage.
        detector: Finds the faces.
        profile: The limits.
        options: Whether a picture that lies on its side is turned (--auto-rotate).
        watch: Deadline and progress.

    Raises:
        UnreadableError: The pixels cannot be decoded.
        DeadlineExceededError: The time limit passed.
    """
    if reader.media.kind is Kind.IMAGE:
        from .look_still import look_still

        return look_still(cast("StillReader", reader), detector, profile, options, watch)
    from .look_clip import look_clip

    return look_clip(cast("ClipReader", reader), detector, profile, options, watch)


def review(reader: Reader, detector: Detector, profile: Profile, watch: Watch) -> Sightings:
    """Return the faces in a finished payload, whose source was looked at before: as `look`, at fewer frames of a clip.

    Raises:
        UnreadableError: It cannot be decoded.
        DeadlineExceededError: The time limit passed.
    """
    if reader.media.kind is Kind.IMAGE:
        return look(reader, detector, profile, Options(), watch)
    from .look_clip import review_clip

    return review_clip(cast("ClipReader", reader), detector, profile, watch)
