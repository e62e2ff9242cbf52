"""Moving pictures of the scene: a camera held in a hand, coded as cameras and browsers do."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace

from .scene import HandHeld, Pixels, Sensor, no_face, render, selfie_view

Container = Literal["mp4", "mov", "webm", "matroska", "avi", "flv", "mpegts"]
Codec = Literal["libx264", "libx265", "libvpx", "libvpx-vp9", "mpeg4", "mjpeg", "libsvtav1"]

_QUALITY: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "{q}"},
    "libx265": {
        "preset": "ultrafast",
        "crf": "{q}",
        "x265-params": "log-level=none:pools=1:open-gop=0",
    },
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "{q}", "b": "8000000"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "{q}", "b": "0"},
    "mpeg4": {"qmin": "3", "qmax": "5"},
    "mjpeg": {"qmin": "3", "qmax": "5"},
    "libsvtav1": {"preset": "12", "crf": "{q}", "svtav1-params": "lp=1"},
}
"""Options of each encoder; `{q}` is the clip's quality. Fast presets: a camera has no time either."""
_CODER_THREADS = 2
"""Held, because x264's rate control depends on it and the samples must come out alike anywhere."""
_BT709 = 1
"""Colour of every clip, as phones tag theirs. Source: ITU-T H.273, tables 2 to 4."""
_TICKS_PER_S = 90_000
"""Clock of clips with a variable rate."""


@dataclass(frozen=True)
class ClipSpec:
    """What a clip is to be like; every field has the value of an ordinary phone clip."""

    width_px: int = 1080
    """Width of the upright picture."""
    height_px: int = 1920
    """Height of the upright picture."""
    duration_s: Fraction = Fraction(4)
    rate_fps: Fraction = Fraction(30)
    """Frames a second; with `variable_rate` the mean."""
    variable_rate: bool = False
    """Whether the spacing of the frames wanders between 0.5 and 1.5 times the mean."""
    container: Container = "mp4"
    codec: Codec = "libx264"
    quality: int = 23
    """The encoder's constant-quality number; lower is better."""
    rotation_deg: int = 0
    """Multiple of 90 by which a player must turn the stored picture, counter-clockwise, as the
    display matrix and ffprobe count it. The stored pixels are turned the other way."""
    face_share: float | None = None
    """Width of the face over the width of the picture; see `selfie_view`."""
    face_spans_s: tuple[tuple[Fraction, Fraction], ...] | None = None
    """Times, half-open, during which the face is in the picture; None means always."""
    noise: float = 2.0
    """Standard deviation of the sensor's grain in grey levels."""
    motion: float = 1.0
    """Strength of the hand's movement; see `HandHeld`."""
    keyframe_s: Fraction = Fraction(1)
    """Time between keyframes."""
    loop_s: Fraction | None = None
    """Code only that long and repeat the packets up to `duration_s`; for long clips made quickly.
    Takes a constant rate and `face_spans_s` None."""
    live: bool = False
    """Written as a browser's recorder does: no duration, no index, clusters of unknown size."""
    audio: bool = False
    """Whether a quiet tone goes with it (AAC; Opus in webm)."""
    pixel_format: str = "yuv420p"
    metadata: dict[str, str] = field(default_factory=dict)
    """Container metadata, for example {"location": "+51.4778+000.0014/"}."""
    seed: int = 1


def frame_times(spec: ClipSpec) -> list[Fraction]:
    """Return the time of each frame in seconds from the first."""
    count = round(spec.duration_s * spec.rate_fps)
    if not spec.variable_rate:
        return [Fraction(n) / spec.rate_fps for n in range(count)]
    wander = np.random.default_rng(spec.seed).uniform(0.5, 1.5, count)
    starts = np.concatenate([[0.0], np.cumsum(wander)[:-1]]) * float(spec.duration_s) / wander.sum()
    return [Fraction(round(float(start) * _TICKS_PER_S), _TICKS_PER_S) for start in starts]


def frames(spec: ClipSpec) -> Iterator[Pixels]:
    """Yield the upright pictures, shape (height_px, width_px, 3), RGB, before any coding."""
    size = (spec.width_px, spec.height_px)
    rest = selfie_view(*size, spec.face_share)
    period_s = float(spec.duration_s)
    camera = HandHeld(rest, period_s, spec.seed, spec.motion)
    sensor = Sensor(*size, spec.noise, spec.seed)
    empty = None if spec.face_spans_s is None else no_face(*size)
    for time_s in frame_times(spec):
        seen = render(camera.at(float(time_s)), *size)
        if empty is not None and not _within(time_s, spec.face_spans_s):
            seen = empty
        yield sensor.expose(seen)


def _within(time_s: Fraction, spans_s: tuple[tuple[Fraction, Fraction], ...] | None) -> bool:
    return any(start <= time_s < end for start, end in spans_s or ())


def clip(spec: ClipSpec | None = None, /, **changes: object) -> bytes:
    """Return a coded clip.

    Args:
        spec: What it is to be like; None starts from the ordinary phone clip.
        changes: Fields of `ClipSpec` that differ; numbers for times may be int, float or Fraction.

    Raises:
        ValueError: A combination that `ClipSpec` rules out; nothing was made.
    """
    wanted = replace(spec or ClipSpec(), **{k: _exact(k, v) for k, v in changes.items()})
    if wanted.loop_s is None:
        return _encode(wanted)
    if wanted.variable_rate or wanted.face_spans_s is not None:
        msg = "a looped clip has a constant rate and always a face"
        raise ValueError(msg)
    once = _encode(replace(wanted, duration_s=wanted.loop_s, loop_s=None))
    return _loop(once, wanted)


def _exact(name: str, value: object) -> Any:
    if name in {"duration_s", "keyframe_s", "loop_s"} and isinstance(value, int | float):
        return Fraction(value).limit_denominator(1000)
    if name == "rate_fps" and isinstance(value, int | float):
        return Fraction(value).limit_denominator(1001)
    return value


def _encode(spec: ClipSpec) -> bytes:
    os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder else prints its whole set-up
    sink = io.BytesIO()
    with _open(sink, spec) as output:
        stream = output.add_stream(spec.codec, rate=spec.rate_fps, options=_options(spec))
        turns = spec.rotation_deg // 90 % 4
        upright = (spec.width_px, spec.height_px)
        stream.width, stream.height = upright if turns % 2 == 0 else upright[::-1]
        stream.pix_fmt = spec.pixel_format
        stream.codec_context.thread_count = _CODER_THREADS
        stream.gop_size = max(1, round(spec.keyframe_s * spec.rate_fps))
        clock = Fraction(1, _TICKS_PER_S) if spec.variable_rate else 1 / spec.rate_fps
        stream.codec_context.time_base = clock
        stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
        stream.color_range = ColorRange.MPEG
        if turns:
            stream.set_display_rotation(90 * turns)
        sound = _Sound(output, spec) if spec.audio else None
        for time_s, picture in zip(frame_times(spec), frames(spec), strict=True):
            stored = np.ascontiguousarray(np.rot90(picture, -turns))
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24").reformat(
                format=spec.pixel_format,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            frame.pts, frame.time_base = int(time_s / clock), clock
            output.mux(stream.encode(frame))
            if sound:
                sound.play_until(time_s)
        output.mux(stream.encode(None))
        if sound:
            sound.finish()
    return sink.getvalue()


def _open(sink: io.BytesIO, spec: ClipSpec) -> OutputContainer:
    options = {"fflags": "+bitexact"}
    if spec.live:
        options["live"] = "1"
    output = av.open(sink, "w", format=spec.container, options=options)
    output.metadata.update(spec.metadata)
    return output


def _options(spec: ClipSpec) -> dict[str, str]:
    options = {k: v.format(q=spec.quality) for k, v in _QUALITY[spec.codec].items()}
    if spec.container in {"avi", "flv"} and spec.codec == "libx264":
        options["bf"] = "0"
    return options


class _Sound:
    """A quiet tone of 440 Hz, mono, 48 kHz, kept level with the pictures."""

    _RATE_HZ = 48_000
    _BLOCK = 960

    def __init__(self, output: OutputContainer, spec: ClipSpec) -> None:
        codec = "libopus" if spec.container == "webm" else "aac"
        self._output = output
        self._stream = cast(
            AudioStream, output.add_stream(codec, rate=self._RATE_HZ, layout="mono")
        )
        self._done = 0

    def play_until(self, time_s: Fraction) -> None:
        while self._done < time_s * self._RATE_HZ:
            when = (self._done + np.arange(self._BLOCK)) / self._RATE_HZ
            tone = (0.05 * np.sin(2 * np.pi * 440 * when)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = self._RATE_HZ, self._done
            frame.time_base = Fraction(1, self._RATE_HZ)
            self._output.mux(self._stream.encode(frame))
            self._done += self._BLOCK

    def finish(self) -> None:
        self._output.mux(self._stream.encode(None))


def _loop(once: bytes, spec: ClipSpec) -> bytes:
    """Repeat the packets of a clip, each round shifted by the length of one."""
    sink = io.BytesIO()
    with av.open(io.BytesIO(once), "r") as source:
        template = source.streams.video[0]
        with _open(sink, spec) as output:
            stream = output.add_stream_from_template(template)
            if spec.rotation_deg % 360:
                stream.set_display_rotation(spec.rotation_deg % 360)
            packets = [
                (bytes(packet), packet.pts, packet.dts, packet.is_keyframe)
                for packet in source.demux(template)
                if packet.size
            ]
            base = cast(Fraction, template.time_base)
            period = int(len(packets) / spec.rate_fps / base)
            for number in range(round(spec.duration_s * spec.rate_fps)):
                turn, at = divmod(number, len(packets))
                data, pts, dts, is_keyframe = packets[at]
                packet = av.Packet(data)
                packet.pts = cast(int, pts) + turn * period
                packet.dts = cast(int, dts) + turn * period
                packet.time_base, packet.is_keyframe, packet.stream = base, is_keyframe, stream
                output.mux(packet)
    return sink.getvalue()
