from __future__ import annotations

import os
from pathlib import Path

import pytest

from preprocess.errors import UsageError
from preprocess.gather import gather

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_folder_gives_its_media_sorted_and_names_what_it_skips(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.png", "a", "sub/c.PNG", ".hidden.png", "done.faceready.png"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.jpg").write_text("claims to be one")
    found = gather([str(tmp_path)])
    names = [str(Path(name).relative_to(tmp_path)) for name in found.files]
    assert names == ["a", "b.png", "broken.jpg", "sub/c.PNG"]
    assert [Path(name).name for name in found.skipped] == ["done.faceready.png", "notes.txt"]
    assert not found.is_single


def test_a_named_file_is_taken_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    assert gather([str(path)]).files == (str(path),)
    assert gather([str(path)]).is_single
    assert gather(["missing.jpg"]).files == ("missing.jpg",)


def test_the_same_file_twice_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    assert gather([str(path), str(tmp_path)]).files == (str(path),)


def test_stdin_can_be_named_once() -> None:
    assert gather(["-"]).is_single
    with pytest.raises(UsageError, match="once"):
        gather(["-", "-"])


def test_an_empty_folder_is_an_error_and_not_a_silent_pass(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        gather([str(tmp_path)])
    assert caught.value.code == "usage.empty"


def test_names_that_are_no_utf8_survive(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\n.png"
    with open(name, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(PNG)
    (found,) = gather([str(tmp_path)]).files
    assert os.fsencode(found) == name
