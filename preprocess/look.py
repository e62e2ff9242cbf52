"""The look stage: the only one that runs the detector on a source."""

from __future__ import annotations

from .detector import Detector
from .faces import Sightings
from .options import Options
from .profile import Profile
from .reader import Reader, StillReader
from .watch import Watch


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
    if isinstance(reader, StillReader):
        from .look_still import look_still

        return look_still(reader, detector, profile, options, watch)
    from .look_clip import look_clip

    return look_clip(reader, detector, profile, options, watch)
