"""Clips that need work: the ffmpeg program blind, moviepy, two passes to a size, and the sum of the parts."""

from functools import partial
from typing import Any

from ..fidelity import score_clip
from ..run import Case, Contender, Setting

INPUTS = (
    *("clip-h264.mp4", "clip-hevc.mov", "clip-hevc-sparse.mp4"),
    *("clip-recorder.webm", "clip-60fps.mp4"),
)
BLIND = "ffmpeg, same window"
ELSEWHERE = "ffmpeg, window in the middle"
PARTS = "sum of decode, scale, encode"

_TITLES = {
    "clip-h264.mp4": "10 s of 1080x1920 H.264, a keyframe every 8.3 s",
    "clip-hevc.mov": "8 s of 1080x1920 HEVC, turned by 90 degrees, a keyframe every second",
    "clip-hevc-sparse.mp4": "10 s of 1080x1920 HEVC, a keyframe every 8.3 s",
    "clip-recorder.webm": "8 s of 1280x720 VP8 as a browser records it",
    "clip-60fps.mp4": "8 s of 720x1280 H.264 at 60 fps",
}
_LENGTHS_S = {"clip-h264.mp4": 10, "clip-hevc-sparse.mp4": 10}
_USUAL_LENGTH_S = 8
_LIMITS = {BLIND: 1.15, ELSEWHERE: 0.9, PARTS: 1.25}
_HELD = ("clip-h264.mp4", "clip-hevc.mov", "clip-hevc-sparse.mp4")
_PEAK_MIB = 450.0
_BUDGET_CHARS = 8_000_000
"""Advised size of a clip. Source: profile detect-ai-fake-faces."""


def cases(setting: Setting) -> list[Case]:
    """Return one case for each clip."""
    return [_case(setting, name) for name in INPUTS]


def _case(setting: Setting, name: str) -> Case:
    source = setting.media / name
    given = {"source": str(source)}
    job = setting.ask("tasks.clip:describe", **given)
    middle_s = (_LENGTHS_S.get(name, _USUAL_LENGTH_S) - job["length_s"]) / 2
    with_job = given | {"job": job}
    elsewhere = given | {"job": job | {"start_s": middle_s}}
    sized = with_job | {"max_base64_chars": _BUDGET_CHARS}
    blind = "tasks.clip:ffmpeg"
    contenders = (
        Contender("faceready", "tasks.clip:faceready", given, output_name="ours.mp4"),
        _ffmpeg(BLIND, blind, with_job),
        *([_ffmpeg(ELSEWHERE, blind, elsewhere)] if name in _HELD else []),
        _ffmpeg("ffmpeg, two passes to 8M", "tasks.clip:ffmpeg_two_pass", sized),
        Contender(
            "moviepy 2",
            "tasks.clip:moviepy",
            with_job,
            environment="moviepy",
            output_name="moviepy.mp4",
        ),
        Contender(PARTS, "tasks.clip:parts", with_job, output_name="parts.mp4"),
    )
    return Case(
        name=name,
        title=_TITLES[name],
        contenders=contenders,
        score=partial(score_clip, source),
        limits=_LIMITS if name in _HELD else {},
        caps={"peak_mib": _PEAK_MIB} if name in _HELD else {},
        facts={"source_bytes": source.stat().st_size} | job,
    )


def _ffmpeg(name: str, task: str, arguments: dict[str, Any]) -> Contender:
    return Contender(name, task, arguments, programs=("ffmpeg",), output_name="ffmpeg.mp4")
