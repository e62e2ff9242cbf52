"""A folder of a hundred mixed files: our check beside the programs that print headers."""

from ..inputs import many
from ..run import Case, Contender, Setting
from .start import script

FILES = 100
MIXED = (
    "photo-2mp.jpg",
    "photo-small.jpg",
    "photo-compliant.jpg",
    "photo-compliant-gps.jpg",
    "photo-group.jpg",
    "photo-small-face.jpg",
    "photo-no-face.jpg",
    "photo.png",
    "clip-compliant.mp4",
    "clip-small.mp4",
)
INPUTS = MIXED
_JUDGED = [0, 1]


def cases(setting: Setting) -> list[Case]:
    """Return the one case."""
    folder = many(setting.media, FILES, MIXED)
    names = [str(path) for path in sorted(folder.iterdir())]
    run = "tasks.process:commands"
    quick = [script(), "check", str(folder), "--quick", "--format", "json"]
    full = [script(), "check", str(folder), "--format", "json"]
    probe = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json"]
    return [
        Case(
            name="check-100",
            title=f"check of {FILES} mixed files",
            contenders=(
                Contender(
                    "faceready check --quick", run, {"commands": [quick], "statuses": _JUDGED}
                ),
                Contender(
                    "faceready check (faces too)", run, {"commands": [full], "statuses": _JUDGED}
                ),
                Contender(
                    "ffprobe, one process a file",
                    run,
                    {"commands": [[*probe, name] for name in names]},
                    programs=("ffprobe",),
                ),
                Contender(
                    "exiftool on the folder",
                    run,
                    {"commands": [["exiftool", "-json", str(folder)]]},
                    programs=("exiftool",),
                ),
                Contender(
                    "mediainfo on the folder",
                    run,
                    {"commands": [["mediainfo", "--Output=JSON", str(folder)]]},
                    programs=("mediainfo",),
                ),
            ),
            facts={"files": FILES},
        )
    ]
