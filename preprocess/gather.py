"""From what the user named to the files to work on: folders opened, order stable, nothing counted twice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PreprocessError, UsageError
from .naming import MARK
from .sniff import sniff

STDIN = "-"
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files of one run."""

    files: tuple[str, ...]
    """Paths as the user would name them, folders in sorted order; ``-`` for standard input."""
    skipped: tuple[str, ...]
    """Files of named folders that are neither photos nor clips, or are payloads of an earlier run."""
    is_single: bool
    """Whether the user named exactly one file and no folder: then one document is printed, not a list."""


def gather(named: Sequence[str]) -> Gathered:
    """Return the files that ``named`` stands for.

    A file that is named is always taken. In a folder, hidden files are passed over, what does not begin like a photo
    or clip is skipped, and so are payloads of an earlier run; links to folders are not followed.

    Raises:
        UsageError: ``-`` is named twice, something named does not exist, or a folder holds no photo and no clip.
    """
    if named.count(STDIN) > 1:
        message = "standard input (-) can be named only once"
        raise UsageError(message)
    files: dict[str, None] = {}
    skipped: list[str] = []
    for name in named:
        if name == STDIN or not Path(name).is_dir():
            files[name] = None
            continue
        for path in _walk(name):
            if _is_media(path):
                files[path] = None
            else:
                skipped.append(path)
    if not files:
        message = "there is no photo and no clip in what was named"
        advice = "Name files or folders with JPEG, PNG, HEIC, MP4, MOV, WEBM or alike."
        raise UsageError(message, code="usage.empty", advice=advice)
    is_single = len(named) == 1 and (named[0] == STDIN or not Path(named[0]).is_dir())
    return Gathered(tuple(files), tuple(skipped), is_single)


def _walk(folder: str) -> list[str]:
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(root, name) for name in sorted(names) if not name.startswith(".")]  # noqa: PTH118 - keeps names that are no UTF-8, and the user's own spelling
    return found


def _is_media(path: str) -> bool:
    """Tell whether a file of a folder begins like a photo or clip, or claims to be one by its extension."""
    name = Path(path)
    if f".{MARK}." in name.name:
        return False
    if name.suffix.lower() in MEDIA_EXTENSIONS:
        return True
    try:
        if not name.is_file():
            return False
        with name.open("rb") as file:
            sniff(file.read(_HEAD_BYTES))
    except (OSError, PreprocessError):
        return False
    return True


MEDIA_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".heic", ".heif", ".bmp", ".tif", ".tiff", ".gif"}
    | {".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".avi", ".flv", ".mkv", ".webm", ".ts", ".mts", ".m2ts"}
)  # fmt: skip
"""A file with one of these that cannot be read is told as an error rather than skipped."""
