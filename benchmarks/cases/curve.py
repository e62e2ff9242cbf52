"""Size against fidelity on one clip: x264 at several qualities, and where the contenders land."""

from functools import partial

from ..fidelity import score_clip
from ..run import Case, Contender, Setting

INPUTS = ("clip-h264.mp4",)
_QUALITIES = (8, 11, 14, 17, 20, 23, 26, 29)


def cases(setting: Setting) -> list[Case]:
    """Return the one case; its readings of time are not the point, one round is enough."""
    source = setting.media / INPUTS[0]
    given = {"source": str(source)}
    job = setting.ask("tasks.clip:describe", **given)
    ffmpeg = {"programs": ("ffmpeg",), "output_name": "ffmpeg.mp4", "rounds": 1}
    contenders = [
        Contender(
            "faceready",
            "tasks.clip:faceready",
            given,
            output_name="ours.mp4",
            rounds=1,
            series="faceready",
        ),
        *(
            Contender(
                f"ffmpeg, CRF {quality}",
                "tasks.clip:ffmpeg",
                given | {"job": job | {"crf": quality}},
                series="ffmpeg",
                **ffmpeg,
            )
            for quality in _QUALITIES
        ),
        Contender(
            "ffmpeg with its defaults (medium, CRF 23)",
            "tasks.clip:ffmpeg",
            given | {"job": job | {"crf": 23, "preset": "medium"}},
            series="ffmpeg with its defaults",
            **ffmpeg,
        ),
        Contender(
            "moviepy 2 with its defaults",
            "tasks.clip:moviepy",
            given | {"job": job | {"crf": 23, "preset": "medium"}},
            environment="moviepy",
            output_name="moviepy.mp4",
            rounds=1,
            series="moviepy 2 with its defaults",
        ),
    ]
    title = "size against fidelity, H.264 clip"
    return [Case("curve", title, tuple(contenders), score=partial(score_clip, source), facts=job)]
