"""Clip to compliant clip: ours, the blind transcodes, and the sum of the unavoidable parts.

The blind ones are told what ours found out: window, crop, rate and the encoder's settings. A `job` is
{"start_s", "length_s", "crop": [left, top, width, height], "rate": "30/1", "preset", "crf"}, the
crop in pixels of the upright source.
"""

import io
import itertools
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..meter import Meter
from ._crop import TARGET_PX

WARM_UP = Path("samples/selfie.mp4")
"""Another clip than the one measured: it loads models and code, as in a service that runs."""
_BATCH = 30
"""Frames held at once by `parts`, so that decoding can run apart from scaling: 90 MB at 1080x1920."""

Job = dict[str, Any]


def faceready(meter: Meter, source: str, output: str) -> dict[str, Any]:
    """`prepare`, all stages."""
    from preprocess import prepare

    data = Path(source).read_bytes()
    prepare(WARM_UP.read_bytes())
    with meter():
        payload = prepare(data)
    Path(output).write_bytes(payload.data)
    return _told(payload)


def describe(meter: Meter, source: str) -> dict[str, Any]:
    """Not measured: what `prepare` decided, for the others to follow."""
    del meter
    from preprocess import prepare

    return _told(prepare(Path(source).read_bytes()))


def _told(payload: Any) -> dict[str, Any]:
    from preprocess._av_write import PRESET
    from preprocess.coder import CRF

    window, crop = payload.window, payload.crop
    return {
        "rung": payload.rung.label,
        "preset": PRESET,
        "crf": CRF,
        "start_s": float(window.start_s),
        "length_s": float(window.end_s - window.start_s),
        "crop": [crop.left, crop.top, crop.width, crop.height] if crop else None,
        "rate": str(payload.plan.rate_fps),
        "frames": payload.frames,
    }


def _filters(job: Job) -> str:
    left, top, width, height = job["crop"]
    size = f"{TARGET_PX[0]}:{TARGET_PX[1]}"
    return f"crop={width}:{height}:{left}:{top},scale={size},setsar=1,fps={job['rate']}"


def _window(source: str, job: Job) -> list[str]:
    return ["-ss", f"{job['start_s']:.6f}", "-t", f"{job['length_s']:.6f}", "-i", source]


_QUIET = ["ffmpeg", "-nostdin", "-y", "-v", "error"]
_PLAIN_MP4 = ["-pix_fmt", "yuv420p", "-an", "-map_metadata", "-1", "-movflags", "+faststart"]


def ffmpeg(meter: Meter, source: str, output: str, job: Job) -> dict[str, Any]:
    """The ffmpeg program, blind, with the same encoder settings, window and crop."""
    command = [*_QUIET, *_window(source, job), "-vf", _filters(job), "-c:v", "libx264"]
    command += ["-preset", job["preset"], "-crf", str(job["crf"]), *_PLAIN_MP4, output]
    with meter():
        subprocess.run(command, check=True)
    return job


def ffmpeg_two_pass(
    meter: Meter, source: str, output: str, job: Job, max_base64_chars: int
) -> dict[str, Any]:
    """The ffmpeg program aiming at a size: two passes at the mean bitrate that just fits."""
    bits_per_s = max_base64_chars // 4 * 3 * 8 / job["length_s"] * 0.97
    log = ["-passlogfile", output]
    start = [*_QUIET, *_window(source, job), "-vf", _filters(job), "-c:v", "libx264"]
    start += ["-preset", job["preset"], "-b:v", str(int(bits_per_s)), *log, *_PLAIN_MP4]
    with meter():
        subprocess.run([*start, "-pass", "1", "-f", "null", "-"], check=True)
        subprocess.run([*start, "-pass", "2", output], check=True)
    return job


def moviepy(meter: Meter, source: str, output: str, job: Job) -> dict[str, Any]:
    """Moviepy 2: subclipped, cropped, resized, with the same encoder settings."""
    from moviepy import VideoFileClip

    left, top, width, height = job["crop"]
    end_s = job["start_s"] + job["length_s"]
    with meter(), VideoFileClip(source, audio=False) as clip:
        end_s = min(end_s, clip.duration)
        cut = clip.subclipped(job["start_s"], end_s)
        cut = cut.cropped(x1=left, y1=top, width=width, height=height).resized(TARGET_PX)
        cut.write_videofile(
            output,
            fps=float(Fraction(job["rate"])),
            codec="libx264",
            preset=job["preset"],
            audio=False,
            logger=None,
            ffmpeg_params=["-crf", str(job["crf"]), "-pix_fmt", "yuv420p"],
        )
    return job


def parts(meter: Meter, source: str, output: str, job: Job) -> dict[str, Any]:
    """Decode of the window, scale, encode, each alone and added up: below this nobody can go."""
    import av

    data = Path(source).read_bytes()
    with meter("decode"):
        for _ in _decoded(data, job, 0):
            pass
    scaled: list[av.VideoFrame] = []
    graph: Any = None
    batch: list[av.VideoFrame] = []
    for frame in itertools.chain(_decoded(data, job, 1), [None]):
        if frame is not None:
            graph = graph or _scaler(frame, job)
            batch.append(frame)
        if batch and (frame is None or len(batch) == _BATCH):
            with meter("scale"):
                for picture in batch:
                    graph.push(picture)
                    scaled.append(graph.pull())
            batch = []
    with meter("encode"):
        sink = io.BytesIO()
        with av.open(sink, "w", format="mp4") as made:
            rate = Fraction(job["rate"])
            settings = {"preset": job["preset"], "crf": str(job["crf"])}
            stream = made.add_stream("libx264", rate=rate, options=settings)
            stream.width, stream.height = TARGET_PX
            stream.pix_fmt = "yuv420p"
            for number, picture in enumerate(_at_rate(scaled, job)):
                picture.pts, picture.time_base = number, 1 / rate
                picture.pict_type = 0  # as it was coded in the source, which would bind the encoder
                made.mux(stream.encode(picture))
            made.mux(stream.encode(None))
    Path(output).write_bytes(sink.getvalue())
    return job


def uncoded_frames(data: bytes, job: Job) -> Iterator[Any]:
    """Yield the frames of a job's window at its rate, decoded, cropped and scaled, never coded."""
    frames = iter(_decoded(data, job, 0))
    first = next(frames)
    graph = _scaler(first, job)
    scaled = []
    for frame in itertools.chain([first], frames):
        graph.push(frame)
        scaled.append(graph.pull())
    yield from _at_rate(scaled, job)


def _decoded(data: bytes, job: Job, threads: int) -> Iterator[Any]:
    """Yield the frames of the window, decoding from the keyframe before it; 0 threads lets FFmpeg choose."""
    import av

    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO" if threads == 0 else "NONE"
        stream.codec_context.thread_count = threads
        first_s = Fraction(stream.start_time or 0) * (stream.time_base or 0)
        start_s = Fraction(job["start_s"]).limit_denominator(90_000) + first_s
        end_s = start_s + Fraction(job["length_s"]).limit_denominator(90_000)
        container.seek(int(start_s * av.time_base))
        for frame in container.decode(stream):
            time_s = (frame.pts or 0) * (frame.time_base or 0)
            if time_s >= end_s:
                return
            if time_s >= start_s:
                yield frame


def _scaler(frame: Any, job: Job) -> Any:
    """Return a filter graph that crops and scales a stored frame as the ffmpeg program does by default."""
    import av.filter

    graph = av.filter.Graph()
    turn = {0: [], 90: [("transpose", "cclock")], 270: [("transpose", "clock")]}
    turn |= {180: [("hflip", ""), ("vflip", "")]}
    left, top, width, height = job["crop"]
    steps = [
        *turn[frame.rotation % 360],
        ("crop", f"{width}:{height}:{left}:{top}"),
        # With the matrices named, FFmpeg 8 scales bit for bit as the ffmpeg program 5 does by default; without them
        # it takes a newer path that is 40 dB away.
        (
            "scale",
            f"{TARGET_PX[0]}:{TARGET_PX[1]}:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709",
        ),
        ("format", "yuv420p"),
    ]
    nodes = [
        graph.add_buffer(
            template=None,
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base,
        )
    ]
    nodes += [graph.add(name, arguments) for name, arguments in steps]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes)
    graph.configure()
    return graph


def _at_rate(pictures: list[Any], job: Job) -> list[Any]:
    """Return as many pictures as the window has at the rate, the nearest before each time."""
    count = round(Fraction(job["length_s"]).limit_denominator(90_000) * Fraction(job["rate"]))
    return [pictures[min(n * len(pictures) // count, len(pictures) - 1)] for n in range(count)]
