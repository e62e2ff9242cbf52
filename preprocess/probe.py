"""Probing: what a source says about itself, before a pixel is decoded."""

from __future__ import annotations

import hashlib

from .media import Kind, Media
from .profile import Profile
from .sniff import sniff
from .source import Source
from .watch import Watch


def probe(source: Source, profile: Profile, watch: Watch) -> Media:
    """Return the facts about a source that its header and packets tell.

    Args:
        source: The whole source, in memory.
        profile: Its reading limits are enforced here, before anything is decoded.
        watch: Deadline and progress.

    Raises:
        UnreadableError: Empty, truncated, damaged or encrypted beyond use.
        UnsupportedError: A form, container or codec that is not on the allow-list.
        LimitExceededError: Too many pixels, seconds or streams.
        DeadlineExceededError: The time limit passed.
    """
    watch.tick("probe")
    sniffed = sniff(source.data)
    sha256 = hashlib.sha256(source.data).hexdigest()
    if sniffed.kind is Kind.IMAGE:
        from .probe_still import probe_still

        still = probe_still(source.data, sniffed.form, source.extension, profile)
        return Media(source.name, source.data, sha256, still)
    from .probe_clip import probe_clip

    clip = probe_clip(source.data, sniffed.form, source.extension, profile, watch)
    return Media(source.name, source.data, sha256, clip)
