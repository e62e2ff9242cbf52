"""Fixtures that every test may use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def media_folder() -> Path | None:
    """Return the folder of real media: FACEREADY_MEDIA, or ../shared/media beside the checkout."""
    for candidate in (os.environ.get("FACEREADY_MEDIA"), ROOT.parent / "shared" / "media"):
        if candidate and (Path(candidate) / "MANIFEST.json").is_file():
            return Path(candidate)
    return None


@pytest.fixture(scope="session")
def media() -> Path:
    """Folder of real media; tests skip where it is absent, except in CI, where it must be there."""
    folder = media_folder()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have the real media: set FACEREADY_MEDIA")
        pytest.skip("no folder of real media (FACEREADY_MEDIA or ../shared/media)")
    return folder


@pytest.fixture(scope="session")
def manifest(media: Path) -> list[dict[str, object]]:
    """Entries of the real media's MANIFEST.json."""
    entries: list[dict[str, object]] = json.loads((media / "MANIFEST.json").read_text())
    return entries


@pytest.fixture(scope="session")
def tools(media: Path) -> Path:
    """Folder with the independent judge and the sweep, beside the real media."""
    folder = media.parent / "tools"
    if not (folder / "judge.py").is_file():
        pytest.skip("no independent judge beside the real media")
    return folder


@pytest.fixture(scope="session")
def vectors(media: Path) -> Path:
    """Folder with the signing and encryption vectors, beside the real media."""
    folder = media.parent / "vectors"
    if not folder.is_dir():
        pytest.skip("no vectors beside the real media")
    return folder
