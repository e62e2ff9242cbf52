"""Where payloads go: names fixed, collisions and existing files found before any work is done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PreprocessError, UsageError
from .media import Kind
from .options import Options
from .sniff import sniff
from .source import display_name

NAME_BYTES_MAX = 255
"""Longest file name. Source: NAME_MAX of Linux; also the limit of APFS and NTFS, in their units."""
MARK = "faceready"
"""Middle part of a payload's name: ``selfie.jpg`` becomes ``selfie.faceready.png``."""
_HEAD_BYTES = 4096
_CLIP_FORMS = ("mp4", "avi", "flv")
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the payload of one source will be written."""

    folder: Path
    stem: str
    """Name without extension; the extension follows the payload's real form."""
    exact: Path | None = None
    """The very path asked for with --output; overrides folder and stem."""

    def path_for(self, extension: str) -> Path:
        """Return the path of a payload of the form that ``extension`` names."""
        return self.exact or self.folder / _shortened(self.stem, f".{MARK}.{extension}")


def _shortened(stem: str, tail: str) -> str:
    """Return stem and tail, the stem cut where no disk could hold the name."""
    while len(os.fsencode(stem)) + len(tail) > NAME_BYTES_MAX:
        stem = stem[:-1]
    return stem + tail


def destination(
    source: str, *, output: Path | None, out_dir: Path | None, stdin_name: str = "stdin"
) -> Destination:
    """Return where the payload of ``source`` goes: beside it, unless told otherwise.

    Raises:
        UsageError: Standard input without --output or --out-dir.
    """
    if output is not None:
        return Destination(output.parent, output.stem, output)
    if source == _STDIN:
        if out_dir is None:
            message = "standard input has no folder to write beside: name one with -o or --out-dir"
            raise UsageError(message)
        return Destination(out_dir, stdin_name)
    path = Path(source)
    return Destination(out_dir or path.parent, path.stem)


def refuse_conflicts(
    sources: Sequence[str],
    destinations: Sequence[Destination],
    options: Options,
    *,
    overwrite: bool,
) -> None:
    """Refuse a run that would write two payloads to one name, over a source, or over an existing file.

    Raises:
        UsageError: With the name in question; nothing was read beyond a file's head, nothing was written.
    """
    taken: dict[Path, str] = {}
    """Possible names, and the source that each belongs to."""
    inputs = {Path(source).resolve() for source in sources if source != _STDIN}
    for source, place in zip(sources, destinations, strict=True):
        if not place.folder.is_dir():
            message = "the folder to write to does not exist"
            raise UsageError(message, code="usage.folder", advice="Make it first, or name another.")
        for path in _possible(source, place, options):
            name = display_name(path.name)
            if path.resolve() in inputs:
                message = f"{name} is itself a source and is never overwritten"
                raise UsageError(message, code="usage.exists", advice="Choose another -o.")
            if not overwrite and (path.exists() or path.is_symlink()):
                message = f"{name} already exists"
                advice = "Use --force to replace it, or write elsewhere with --out-dir."
                raise UsageError(message, code="usage.exists", advice=advice)
            if path in taken:
                message = f"{taken[path]} and {_shown(source)} could both become {name}"
                advice = "Rename one of them, or prepare them into two folders."
                raise UsageError(message, code="usage.collision", advice=advice)
        taken |= dict.fromkeys(_possible(source, place, options), _shown(source))


def _shown(source: str) -> str:
    """Return the source's name with its folder's, which tells two of one name apart."""
    return display_name(str(Path(*Path(source).parts[-2:])))


def _possible(source: str, place: Destination, options: Options) -> list[Path]:
    """Return every path that the payload of ``source`` may get, by a look at its first bytes."""
    if place.exact:
        return [place.exact]
    return [place.path_for(extension) for extension in _extensions(source, options)]


def _extensions(source: str, options: Options) -> list[str]:
    fresh = "jpg" if options.still_format == "jpeg" else options.still_format
    if source == _STDIN:
        return sorted({fresh, "jpg", "png", *_CLIP_FORMS})
    try:
        with Path(source).open("rb") as file:
            sniffed = sniff(file.read(_HEAD_BYTES))
    except (OSError, PreprocessError):
        return []  # it will be told when its turn comes
    if sniffed.kind is Kind.IMAGE:
        own = {"jpeg": "jpg", "png": "png"}.get(sniffed.form, fresh)
        return sorted({own, fresh})
    return sorted({sniffed.form if sniffed.form in _CLIP_FORMS else "mp4", options.container})
