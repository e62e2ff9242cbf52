"""What prepare costs as the source grows: in length, in pixels, in number of files."""

from ..inputs import CLIP_LENGTHS_S, PHOTO_SIZES_PX, many
from ..run import Case, Contender, Setting
from .still import MODEL

INPUTS = (
    *(f"clip-{length_s}s.mp4" for length_s in CLIP_LENGTHS_S),
    *(f"photo-{name}mp-growth.jpg" for name in PHOTO_SIZES_PX),
    "photo-compliant.jpg",
    "photo-small.jpg",
)
_FILE_COUNTS = (1, 10, 100, 1000)
_FEWER_ROUNDS = {100: 1, 1000: 1}
"""So many files are their own repetition; a thousand last a minute."""
_MIXED = ("photo-compliant.jpg", "photo-small.jpg")


def cases(setting: Setting) -> list[Case]:
    """Return the three of them."""
    return [_length(setting), _pixels(setting), _files(setting)]


def _length(setting: Setting) -> Case:
    contenders = []
    for length_s in CLIP_LENGTHS_S:
        given = {"source": str(setting.media / f"clip-{length_s}s.mp4")}
        job = setting.ask("tasks.clip:describe", **given)
        contenders += [
            Contender(
                f"faceready, {length_s} s",
                "tasks.clip:faceready",
                given,
                output_name="ours.mp4",
                series="faceready",
                x=length_s,
            ),
            Contender(
                f"ffmpeg told the window, {length_s} s",
                "tasks.clip:ffmpeg",
                given | {"job": job},
                programs=("ffmpeg",),
                output_name="ffmpeg.mp4",
                series="ffmpeg told the window",
                x=length_s,
            ),
        ]
    title = "1080x1920 H.264 of growing length"
    return Case("growth-length", title, tuple(contenders), axis="length of the source in s")


def _pixels(setting: Setting) -> Case:
    contenders = []
    for name in PHOTO_SIZES_PX:
        given = {"source": str(setting.media / f"photo-{name}mp-growth.jpg")}
        ours = Contender(
            f"faceready, {name} MP",
            "tasks.still:faceready",
            given,
            output_name="ours.png",
            series="faceready",
            x=float(name),
        )
        plain = Contender(
            f"plain, {name} MP",
            "tasks.still:plain",
            given | {"model": str(MODEL)},
            output_name="plain.png",
            series="plain Pillow + MediaPipe",
            x=float(name),
        )
        contenders += [ours, plain]
    title = "JPEG of growing size"
    return Case("growth-pixels", title, tuple(contenders), axis="megapixels")


def _files(setting: Setting) -> Case:
    contenders = [
        Contender(
            f"{count} files, {workers} worker{'s' if workers > 1 else ''}",
            "tasks.folder:prepare_all",
            {"folder": str(many(setting.media, count, _MIXED)), "workers": workers},
            rounds=_FEWER_ROUNDS.get(count),
            series=f"{workers} worker{'s' if workers > 1 else ''}",
            x=count,
        )
        for count in _FILE_COUNTS
        for workers in (1, 2)
    ]
    return Case("growth-files", "small photos, more and more", tuple(contenders), axis="files")
