"""What a run shows in pictures: annotated captures in a folder, and the page over all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..output import write_whole

if TYPE_CHECKING:
    from ..preflight import Checked
    from ..run_check import CheckRun


class Exhibits:
    """Takes each result as it comes, writes its picture, and lets go of its snapshots.

    Args:
        annotate_to: Folder for one PNG per capture, made if it is missing; None for none.
        html_to: The page; None for none.
        files: The captures, in the order in which they will be taken.

    Raises:
        UsageError: A name is taken by something that is not to be replaced; nothing was judged.
    """

    def __init__(
        self, annotate_to: Path | None, html_to: Path | None, files: Sequence[str]
    ) -> None:
        self._annotate_to, self._html_to = annotate_to, html_to
        self._names = iter(picture_names(files))
        self._cards: list[bytes | None] = []
        if annotate_to is not None:
            _make_folder(annotate_to)
        if html_to is not None:
            _refuse_source(html_to, files)

    def take(self, checked: Checked) -> Checked:
        """Write the picture of ``checked`` and return it without its snapshots."""
        name = next(self._names)
        if self._annotate_to is None and self._html_to is None:
            return checked
        from .annotate import annotated, as_png

        sheet = annotated(checked)
        if self._annotate_to is not None:
            write_whole(self._annotate_to / name, as_png(sheet), overwrite=True)
        if self._html_to is not None:
            from .annotate import as_thumbnail, exhibit

            self._cards.append(as_thumbnail(exhibit(checked)))
        return replace(checked, snapshots=())

    def finish(self, run: CheckRun) -> None:
        """Write the page over the whole run."""
        if self._html_to is None:
            return
        from .page import page_html

        write_whole(self._html_to, page_html(run, self._cards).encode(), overwrite=True)


def picture_names(files: Sequence[str]) -> list[str]:
    """Return a file name for each capture's picture: ``<name>.check.png``, numbered where names repeat."""
    names: list[str] = []
    taken: set[str] = set()
    for file in files:
        stem = _stem(file)
        name, number = f"{stem}.check.png", 2
        while name in taken:
            name, number = f"{stem}.{number}.check.png", number + 1
        taken.add(name)
        names.append(name)
    return names


_STEM_BYTES = 200
"""Longest part that a capture's own name gives to its picture's; file systems allow 255 bytes in all."""


def _stem(file: str) -> str:
    from .plain import printable

    name = printable("stdin" if file == "-" else Path(file).name).replace("\\", "_")
    while len(name.encode()) > _STEM_BYTES:
        name = name[:-1]
    return name


def _refuse_source(page: Path, files: Sequence[str]) -> None:
    for source in files:
        with contextlib.suppress(OSError, ValueError):  # one of them is missing: nothing to protect
            if page.samefile(source):
                message = "the page would overwrite a capture"
                raise UsageError(message, code="usage.same-file", advice="Choose another --html.")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        message = f"the folder for annotated pictures cannot be made: {exc.strerror}"
        raise UsageError(message, code="usage.folder", advice="Name another folder.") from exc
