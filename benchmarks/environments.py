"""Where the peers live: an environment of its own for each, because they exclude one another.

autocrop brings opencv-python-headless, which would overwrite the cv2 that mediapipe requires, and
takes Pillow from 12.3 on; moviepy takes Pillow below 12. None of them may enter our environment.
"""

import os
import shutil
import subprocess
import sys
import venv
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .run import Contender

ROOT = Path(__file__).parent.parent
OWN = "own"
"""Name of the environment that runs this command."""


@dataclass(frozen=True)
class Peer:
    """A Python environment made for the comparison alone."""

    requirements: tuple[str, ...]
    distributions: tuple[str, ...]
    """Whose versions belong into the results."""
    libraries: tuple[tuple[str, str], ...] = ()
    """Shared libraries it loads, with the Debian package of each."""


PEERS = {
    # Not the pyvips-binary wheel: it cannot decode HEIC.
    "vips": Peer(
        ("pyvips==3.2.0", "mediapipe>=1.0"), ("pyvips",), libraries=(("vips", "libvips42"),)
    ),
    "autocrop": Peer(("autocrop==2.0.0",), ("autocrop", "opencv-python-headless")),
    "moviepy": Peer(("moviepy==2.2.1",), ("moviepy", "imageio-ffmpeg")),
    "sdk": Peer(
        ("tencentcloud-sdk-python-intl-en==3.1.193",), ("tencentcloud-sdk-python-intl-en",)
    ),
}
"""Distributions on PyPI, pinned, so that two runs compare the same things."""

PROGRAMS = {
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "exiftool": "libimage-exiftool-perl",
    "mediainfo": "mediainfo",
}
"""Programs and the Debian packages that hold them."""

_OWN_DISTRIBUTIONS = ("av", "mediapipe", "numpy", "opencv-contrib-python", "pillow", "pillow-heif")


def folder() -> Path:
    """Return where the peers' environments are: $FACEREADY_PEERS, else build/peers."""
    return Path(os.environ.get("FACEREADY_PEERS", ROOT / "build" / "peers"))


def interpreter(environment: str) -> Path | None:
    """Return the Python of an environment, or None where it is not installed."""
    if environment == OWN:
        return Path(sys.executable)
    python = folder() / environment / "bin" / "python"
    return python if python.exists() else None


def missing(contender: "Contender") -> str | None:
    """Say what has to be installed before a contender can run, or None."""
    name = contender.environment
    if interpreter(name) is None:
        return f"environment {name!r} is not installed: python -m benchmarks --install-peers"
    needed = [(shutil.which(p) is not None, p, PROGRAMS.get(p, p)) for p in contender.programs]
    needed += [(find_library(lib) is not None, lib, package) for lib, package in _libraries(name)]
    for is_there, wanted, package in needed:
        if not is_there:
            return f"{wanted} is not installed: apt-get install {package}"
    return None


def _libraries(environment: str) -> tuple[tuple[str, str], ...]:
    return PEERS[environment].libraries if environment in PEERS else ()


def install_peers() -> list[str]:
    """Make the environment of each peer that is not there yet; return what remains to be done by hand.

    Raises:
        CalledProcessError: pip failed; the half-made environment was removed.
    """
    for name, peer in PEERS.items():
        if interpreter(name) is not None:
            continue
        place = folder() / name
        venv.create(place, with_pip=True)
        command = [place / "bin" / "python", "-m", "pip", "install", "--quiet", *peer.requirements]
        try:
            subprocess.run(command, check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(place)
            raise
    packages = {PROGRAMS[program] for program in PROGRAMS if shutil.which(program) is None}
    for peer in PEERS.values():
        packages |= {package for library, package in peer.libraries if not find_library(library)}
    return [f"apt-get install {' '.join(sorted(packages))}"] if packages else []


def versions() -> dict[str, str]:
    """Return the version of everything that takes part; what is not installed says so."""
    found = {"python": sys.version.split()[0]}
    found |= _distribution_versions(Path(sys.executable), _OWN_DISTRIBUTIONS)
    for name, peer in PEERS.items():
        python = interpreter(name)
        if python is None:
            found |= dict.fromkeys(peer.distributions, "missing")
        else:
            found |= _distribution_versions(python, peer.distributions)
    flags = {"ffmpeg": "-version", "exiftool": "-ver", "mediainfo": "--version"}
    for program, flag in flags.items():
        found[program] = _program_version(program, flag)
    return found


def _distribution_versions(python: Path, names: tuple[str, ...]) -> dict[str, str]:
    code = "import sys, importlib.metadata as m; print(*(m.version(n) for n in sys.argv[1:]))"
    done = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.split(), strict=True))


def _program_version(program: str, flag: str) -> str:
    if shutil.which(program) is None:
        return "missing"
    done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    number = next((word for word in words if any(letter.isdigit() for letter in word)), "unknown")
    return number.lstrip("v")
