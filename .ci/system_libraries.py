#!/usr/bin/env python3
"""Make sure the shared libraries are there that the wheels of OpenCV and MediaPipe leave to the system.

Installs the missing Debian packages where this user may (root, or sudo without a password), else says which to
install. ``--tests`` adds the programs that tests compare with, ``--bench`` those of the benchmarks.
Needs nothing but Python: it runs before anything is installed.
"""

import ctypes
import os
import shutil
import subprocess
import sys

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libglib-2.0.so.0": "libglib2.0-0",
}
TEST_PROGRAMS = {"ffmpeg": "ffmpeg", "chromium": "chromium"}
BENCH_LIBRARIES = {"libvips.so.42": "libvips42"}
BENCH_PROGRAMS = {
    "ffmpeg": "ffmpeg",
    "exiftool": "libimage-exiftool-perl",
    "mediainfo": "mediainfo",
}


def missing_packages(arguments: list[str]) -> list[str]:
    """Return the Debian packages whose library or program is not there."""
    wanted = []
    libraries = {**LIBRARIES, **(BENCH_LIBRARIES if "--bench" in arguments else {})}
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            wanted.append(package)
    programs = TEST_PROGRAMS if "--tests" in arguments else {}
    programs = {**programs, **(BENCH_PROGRAMS if "--bench" in arguments else {})}
    return wanted + [package for name, package in programs.items() if not shutil.which(name)]


def install(packages: list[str]) -> bool:
    """Install Debian packages; tell whether that worked."""
    if not shutil.which("apt-get"):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not shutil.which("sudo"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*sudo, "apt-get", "--quiet", *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            return False
    return True


def main() -> int:
    """Install what is missing, or say what to install."""
    packages = missing_packages(sys.argv[1:])
    if not packages or install(packages):
        return 0
    print(
        f"missing system packages; on Debian or Ubuntu: apt-get install {' '.join(packages)}",
        file=sys.stderr,
    )
    needed = set(packages) & set(LIBRARIES.values())
    return 1 if needed else 0


if __name__ == "__main__":
    sys.exit(main())
