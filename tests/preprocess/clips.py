"""Clips made for tests: one short scene with a face, coded as asked, with one peculiarity at a time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
import numpy.typing as npt

from preprocess._av_filter import upright
from preprocess.geometry import Orientation
from samples.make import clip

Picture = npt.NDArray[np.uint8]

MATRICES = {
    Orientation.UPRIGHT: (1, 0, 0, 1),
    Orientation.MIRRORED: (-1, 0, 0, 1),
    Orientation.TURN_180: (-1, 0, 0, -1),
    Orientation.MIRRORED_180: (1, 0, 0, -1),
    Orientation.TRANSPOSED: (0, 1, 1, 0),
    Orientation.TURN_CW_90: (0, 1, -1, 0),
    Orientation.TRANSVERSED: (0, -1, -1, 0),
    Orientation.TURN_CW_270: (0, -1, 1, 0),
}
"""a, b, c, d of the display matrix for each orientation, written down by hand from ISO/IEC 14496-12, 6.2.2."""


@lru_cache(maxsize=4)
def scene(width_px: int = 540, height_px: int = 720, seconds: int = 2) -> tuple[Picture, ...]:
    """Return ``seconds`` of a face at 30 fps as RGB pictures."""
    data = clip(width_px=width_px, height_px=height_px, duration_s=seconds, quality=16, noise=1.0)
    with av.open(io.BytesIO(data)) as container:
        return tuple(
            frame.to_ndarray(format="rgb24", src_colorspace="ITU709")
            for frame in container.decode(video=0)
        )


def played(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """Return ``count`` pictures: forwards and backwards in turn, so that nothing jumps."""
    there_and_back = [*pictures, *reversed(pictures)]
    return [there_and_back[n % len(there_and_back)] for n in range(count)]


def code(
    pictures: Sequence[Picture],
    *,
    rate_fps: Fraction | int = 30,
    times_ms: Sequence[int] | None = None,
    container: str = "mp4",
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    orientation: Orientation = Orientation.UPRIGHT,
    matrix: Sequence[float] | None = None,
    key_every: int = 30,
    b_frames: int = 2,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    sound_s: float = 0.0,
    full_range: bool = False,
    space: int = 1,
    transfer: int = 1,
    primaries: int = 1,
) -> bytes:
    """Return a clip of upright ``pictures``, stored as ``orientation`` says with the matching display matrix."""
    stored = [upright(picture, orientation.inverse) for picture in pictures]
    height, width = stored[0].shape[:2]
    file = io.BytesIO()
    base = Fraction(1, 1000) if times_ms else 1 / Fraction(rate_fps)
    with av.open(file, "w", format=container, options=muxer or {}) as output:
        output.metadata.update(metadata or {})
        quality = (
            {"preset": "ultrafast", "crf": "16", "bf": str(b_frames)} if codec == "libx264" else {}
        )
        stream = output.add_stream(
            codec, rate=Fraction(rate_fps), options={**quality, **(options or {})}
        )
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, pixel_format
        context.time_base = base
        context.gop_size = key_every
        context.color_range = 2 if full_range else 1
        context.colorspace, context.color_trc, context.color_primaries = space, transfer, primaries
        if aspect:
            context.sample_aspect_ratio = aspect
        if matrix is not None or orientation is not Orientation.UPRIGHT:
            a, b, c, d = matrix if matrix is not None else MATRICES[orientation]
            fixed = [round(v * 65536) for v in (a, b, 0, c, d, 0, 0, 0)]
            stream.set_display_matrix([*fixed, 1 << 30])
        sound = output.add_stream("aac", rate=16_000) if sound_s else None
        for n, picture in enumerate(stored):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
                format=pixel_format,
                dst_colorspace="ITU601" if space in (5, 6) else "ITU709",
                dst_color_range="JPEG" if full_range else "MPEG",
            )
            frame.pts, frame.time_base = (times_ms[n] if times_ms else n), base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            for n in range(int(sound_s * 16_000 / 1024)):
                tone = np.sin(np.arange(n * 1024, (n + 1) * 1024) / 16_000 * 2 * np.pi * 440)
                samples = av.AudioFrame.from_ndarray(
                    (tone[None, :] * 0.2).astype(np.float32), "fltp", "mono"
                )
                samples.sample_rate, samples.pts = 16_000, n * 1024
                output.mux(sound.encode(samples))
            output.mux(sound.encode(None))
    return file.getvalue()


def pictures_of(data: bytes) -> list[Picture]:
    """Return the decoded frames of a finished clip as RGB."""
    with av.open(io.BytesIO(data)) as container:
        return [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
