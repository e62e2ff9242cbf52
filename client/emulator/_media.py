"""Does the media really decode? The one module here that knows Pillow and PyAV."""

from __future__ import annotations

import io
from typing import Final

from ..payload import IMAGE
from ._refusal import Refusal

DURATION_S_MAX: Final = 20.0
"""Longest video. Source: DetectAIFakeFaces page of 2026-05-22."""
_FORMATS: Final = ("JPEG", "PNG")
_CONTAINERS: Final = frozenset({"mp4", "mov", "avi", "flv"})
_DEMUXERS: Final = "mov,mp4,m4a,3gp,3g2,mj2,avi,flv"


def decode(media: bytes, face_input_type: int) -> None:
    """Decode the whole image or video.

    Raises:
        Refusal: it does not decode, or runs too long.
    """
    if face_input_type == IMAGE:
        _decode_image(media)
    else:
        _decode_video(media)


def _decode_image(media: bytes) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(media), formats=_FORMATS) as image:
            image.load()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):
        raise Refusal(
            code="FailedOperation.ImageDecodeFailed", message="The image cannot be decoded."
        ) from None


def _decode_video(media: bytes) -> None:
    import av
    from av.error import FFmpegError

    failed = Refusal(
        code="FailedOperation.VideoDecodeFailed", message="The video cannot be decoded."
    )
    try:
        with av.open(
            io.BytesIO(media), mode="r", options={"format_whitelist": _DEMUXERS}
        ) as container:
            if not _CONTAINERS & set(container.format.name.split(",")):
                raise failed
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise failed
            first_s: float | None = None
            for frame in container.decode(stream):
                last_s = float(frame.time or 0.0)
                first_s = last_s if first_s is None else first_s
                if last_s - first_s > DURATION_S_MAX:
                    raise Refusal(
                        code="FailedOperation.VideoDurationExceeded",
                        message="The video is longer than 20 seconds.",
                    )
            if first_s is None:
                raise failed
    except (FFmpegError, ValueError):
        raise failed from None
