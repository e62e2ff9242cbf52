from __future__ import annotations

from pathlib import Path

import pytest

from preprocess.errors import UsageError
from preprocess.naming import destination, refuse_conflicts
from preprocess.options import Options

JPEG = b"\xff\xd8\xff\xe0"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def place(source: Path, out_dir: Path | None = None, output: Path | None = None):  # type: ignore[no-untyped-def]
    return destination(str(source), output=output, out_dir=out_dir)


def test_a_payload_lies_beside_its_source_under_its_stem(tmp_path: Path) -> None:
    where = place(tmp_path / "selfie.front.MOV")
    assert where.path_for("mp4") == tmp_path / "selfie.front.faceready.mp4"


def test_output_and_out_dir_say_otherwise(tmp_path: Path) -> None:
    source = tmp_path / "selfie.jpg"
    assert place(source, output=tmp_path / "x.png").path_for("jpg") == tmp_path / "x.png"
    assert (
        place(source, out_dir=tmp_path / "o").path_for("png") == tmp_path / "o/selfie.faceready.png"
    )


def test_stdin_needs_a_place() -> None:
    with pytest.raises(UsageError, match="standard input"):
        destination("-", output=None, out_dir=None)
    assert destination("-", output=None, out_dir=Path()).stem == "stdin"


def test_two_sources_for_one_name_are_refused_before_any_work(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "face.jpg").write_bytes(JPEG)
    sources = [tmp_path / "a/face.jpg", tmp_path / "b/face.jpg"]
    places = [place(source, tmp_path) for source in sources]
    with pytest.raises(UsageError) as caught:
        refuse_conflicts([str(s) for s in sources], places, Options(), overwrite=True)
    assert caught.value.code == "usage.collision"


def test_a_photo_and_a_clip_of_one_stem_do_not_collide(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_bytes(JPEG)
    (tmp_path / "face.mp4").write_bytes(MP4)
    sources = [tmp_path / "face.jpg", tmp_path / "face.mp4"]
    places = [place(source, tmp_path) for source in sources]
    refuse_conflicts([str(s) for s in sources], places, Options(), overwrite=False)


def test_an_existing_payload_is_kept_unless_forced(tmp_path: Path) -> None:
    source = tmp_path / "face.jpg"
    source.write_bytes(JPEG)
    (tmp_path / "face.faceready.png").write_bytes(b"precious")
    with pytest.raises(UsageError, match="already exists") as caught:
        refuse_conflicts([str(source)], [place(source)], Options(), overwrite=False)
    assert "--force" in caught.value.advice
    refuse_conflicts([str(source)], [place(source)], Options(), overwrite=True)


def test_the_input_is_never_overwritten_not_even_by_force(tmp_path: Path) -> None:
    source = tmp_path / "face.jpg"
    source.write_bytes(JPEG)
    alias = tmp_path / "alias.jpg"
    alias.symlink_to(source)
    for output in (source, alias):
        with pytest.raises(UsageError, match="never overwritten"):
            refuse_conflicts(
                [str(source)], [place(source, output=output)], Options(), overwrite=True
            )


def test_a_missing_folder_is_named_before_any_work(tmp_path: Path) -> None:
    source = tmp_path / "face.jpg"
    with pytest.raises(UsageError) as caught:
        refuse_conflicts(
            [str(source)], [place(source, tmp_path / "no")], Options(), overwrite=False
        )
    assert caught.value.code == "usage.folder"
