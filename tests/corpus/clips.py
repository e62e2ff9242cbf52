from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import av

from samples.make import clip
from tests.corpus.case import Case

compliant = partial(clip, width_px=480, height_px=640, duration_s=2.5)
"""H.264 in MP4, 30 fps, silent, nothing private."""

_SPAN = tuple[Fraction, Fraction]


def _spans(*spans: tuple[float, float]) -> tuple[_SPAN, ...]:
    return tuple((Fraction(start), Fraction(end)) for start, end in spans)


def _broken_off() -> bytes:
    """An FLV without its last two fifths: as when a transfer breaks off."""
    data = compliant(container="flv")
    return data[: round(len(data) * 0.6)]


def _remuxed(data: bytes, form: str, *, copies: int = 1, aspect: str = "", **options: str) -> bytes:
    """The packets of ``data`` in a new container, in as many streams as asked for."""
    sink = io.BytesIO()
    with (
        av.open(io.BytesIO(data)) as source,
        av.open(sink, "w", format=form, options=options) as out,
    ):
        stream = source.streams.video[0]
        streams = [out.add_stream_from_template(stream) for _ in range(copies)]
        if aspect:
            for each in streams:
                each.codec_context.sample_aspect_ratio = Fraction(aspect)
        for packet in source.demux(stream):
            if packet.dts is None:
                continue
            for each in streams:
                packet.stream = each
                out.mux(packet)
    return sink.getvalue()


def _longer_header() -> bytes:
    """An FLV whose header claims twice the length; the frames stay as they are."""
    edited = bytearray(compliant(container="flv"))
    at = edited.index(b"duration\0") + len(b"duration\0")
    (length_s,) = struct.unpack_from(">d", edited, at)
    struct.pack_into(">d", edited, at, 2 * length_s)
    return bytes(edited)


def _as(container: str, codec: str = "libx264", **more: object) -> Callable[[], bytes]:
    return partial(compliant, container=container, codec=codec, **more)


CLIPS = (
    Case("VID001-mp4.mp4", "pass", compliant),
    Case("VID001-avi.avi", "pass", _as("avi")),
    Case("VID001-flv.flv", "pass", _as("flv")),
    Case("VID001-mov.mov", "fail", _as("mov")),
    Case("VID001-matroska.mkv", "fail", _as("matroska")),
    Case("VID001-recorder.webm", "fail", _as("webm", "libvpx", live=True)),
    Case("VID001-webm-named-mp4.mp4", "fail", _as("webm", "libvpx")),
    Case("VID001-transport-stream.ts", "fail", _as("mpegts")),
    Case("VID002-h264.mp4", "pass", compliant),
    Case("VID002-hevc.mp4", "warn", _as("mp4", "libx265")),
    Case("VID002-mpeg4.avi", "warn", _as("avi", "mpeg4")),
    Case("VID003-whole.mp4", "pass", compliant),
    Case("VID003-broken-off.flv", "fail", _broken_off),
    Case("VID003-no-index.mp4", "fail", lambda: compliant()[: 2 * len(compliant()) // 3]),
    Case("VID004-2.5-s.mp4", "pass", compliant),
    Case("VID004-1-s.mp4", "warn", partial(compliant, duration_s=1)),
    Case("VID004-6-s.mp4", "warn", partial(compliant, duration_s=6, loop_s=1)),
    Case("VID005-6-s.mp4", "pass", partial(compliant, duration_s=6, loop_s=1)),
    Case("VID005-21-s.mp4", "fail", partial(compliant, duration_s=21, loop_s=1)),
    Case("VID006-480x640.mp4", "pass", compliant),
    Case("VID006-landscape.mp4", "warn", partial(compliant, width_px=640, height_px=480)),
    Case("VID007-720p.mp4", "pass", partial(compliant, width_px=720, height_px=1280, duration_s=2)),
    Case("VID007-1080p.mp4", "fail", partial(compliant, width_px=1080, height_px=1920, duration_s=2)),
    Case("VID008-30-fps.mp4", "pass", compliant),
    Case("VID008-ntsc.mp4", "pass", partial(compliant, rate_fps=Fraction(30_000, 1001))),
    Case("VID008-60-fps.mp4", "warn", partial(compliant, rate_fps=60)),
    Case("VID008-24-fps.mp4", "warn", partial(compliant, rate_fps=24)),
    Case("VID008-12-fps.mp4", "warn", partial(compliant, rate_fps=12)),
    Case("VID009-constant.mp4", "pass", compliant),
    Case("VID009-variable.mp4", "warn", partial(compliant, variable_rate=True)),
    Case("VID010-upright.mp4", "pass", compliant),
    Case("VID010-turned.mp4", "warn", partial(compliant, rotation_deg=-90)),
    Case("VID010-not-square.mp4", "warn", lambda: _remuxed(compliant(), "mp4", aspect="4/3")),
    Case("VID011-plain.mp4", "pass", compliant),
    Case("VID011-4-4-4.mp4", "warn", partial(compliant, pixel_format="yuv444p")),
    Case("VID011-ten-bit.mp4", "warn", _as("mp4", "libx265", pixel_format="yuv420p10le")),
    Case("VID012-from-0.mp4", "pass", compliant),
    Case("VID012-late-clock.ts", "warn", _as("mpegts")),
    Case("VID013-silent.mp4", "pass", compliant),
    Case("VID013-sound.mp4", "warn", partial(compliant, audio=True)),
    Case("VID014-no-secrets.mp4", "pass", compliant),
    Case("VID014-place.mp4", "warn", partial(compliant, metadata={"location": "+51.4778+000.0014/"})),
    Case("VID014-comment.mp4", "warn", partial(compliant, metadata={"comment": "for a friend"})),
    Case("VID015-one-stream.mp4", "pass", compliant),
    Case("VID015-two-streams.mp4", "warn", lambda: _remuxed(compliant(), "mp4", copies=2)),
    Case("VID016-honest.mp4", "pass", compliant),
    Case("VID016-mp4-named-avi.avi", "warn", compliant),
    Case("VID017-face-throughout.mp4", "pass", compliant),
    Case("VID017-face-comes-and-goes.mp4", "warn", partial(compliant, duration_s=4, face_spans_s=_spans((0, 1), (2.5, 3.5)))),
    Case("VID018-true.mp4", "pass", compliant),
    Case("VID018-twice-as-long.flv", "warn", _longer_header),
    Case("FACE001-clip.mp4", "pass", compliant),
    Case("FACE001-clip-of-a-helmet.mp4", "fail", partial(compliant, face_spans_s=_spans((90, 91)))),
    Case("FACE006-throughout.mp4", "pass", compliant),
    Case("FACE006-leaves.mp4", "fail", partial(compliant, duration_s=5, face_spans_s=_spans((0, 3)))),
    Case("SIZE001-clip.mp4", "pass", compliant),
    Case("QUAL006-30-fps.mp4", "pass", compliant),
    Case("QUAL006-22-fps.mp4", "warn", partial(compliant, rate_fps=22)),
)  # fmt: skip
