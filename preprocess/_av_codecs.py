"""Which coders this build of FFmpeg has."""

from __future__ import annotations

from av.codec import Codec
from av.codec.codec import UnknownCodecError


def has_encoder(name: str) -> bool:
    """Tell whether FFmpeg, as PyAV brings it, has the encoder ``name``."""
    try:
        return Codec(name, "w").name == name
    except UnknownCodecError:
        return False
