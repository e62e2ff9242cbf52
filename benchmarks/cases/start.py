"""From a shell prompt to the end: whole processes, imports and all."""

import json
import sys
import sysconfig
from pathlib import Path

from .. import environments
from ..run import Case, Contender, Setting
from .still import MODEL

INPUTS = ("photo-small.jpg",)
_RUN = "tasks.process:commands"
_PREPARE_CPU_S = 1.0


def script() -> str:
    """Return the installed command `faceready` of this environment."""
    return str(Path(sysconfig.get_path("scripts")) / "faceready")


def cases(setting: Setting) -> list[Case]:
    """Return help, a quick check, and one small photo prepared."""
    photo = str(setting.media / "photo-small.jpg")
    target = str(setting.scratch / "start.png")
    check = [script(), "check", "--quick", photo]
    prepare = [script(), "prepare", photo, "-o", target, "--force"]
    plain = {"source": photo, "output": target, "model": str(MODEL), "is_warm": False}
    return [
        Case(
            name="start-help",
            title="faceready --help",
            contenders=(
                _command("faceready --help", [script(), "--help"]),
                _command("python -c pass", [sys.executable, "-c", "pass"]),
            ),
        ),
        Case(
            name="start-check-quick",
            title="check --quick of one photo",
            contenders=(
                _command("faceready check --quick", check, statuses=[0, 1]),
                _command("ffprobe", ["ffprobe", "-v", "error", "-show_streams", photo]),
                _command("exiftool", ["exiftool", "-json", photo]),
            ),
        ),
        Case(
            name="start-prepare",
            title="prepare of one small photo in a fresh process",
            contenders=(
                _command("faceready prepare", prepare),
                _command("plain Pillow + MediaPipe", _worker("tasks.still:plain", plain, setting)),
            ),
            caps={"cpu_s": _PREPARE_CPU_S},
        ),
    ]


def _command(name: str, command: list[str], statuses: list[int] | None = None) -> Contender:
    programs = (command[0],) if "/" not in command[0] else ()
    arguments = {"commands": [command], "statuses": statuses or [0]}
    return Contender(name, _RUN, arguments, environments.OWN, programs)


def _worker(task: str, arguments: dict[str, object], setting: Setting) -> list[str]:
    result = str(setting.scratch / "start.json")
    return [sys.executable, "-m", "benchmarks.worker", task, json.dumps(arguments), result]
