from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from preprocess.cli import COMMANDS, make_group
from preprocess.present import canvas
from preprocess.present.exhibits import picture_names
from samples.make import clip, encode_still, no_face, still

CHROMIUM = shutil.which("chromium")
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WICKED = "<img src=x onerror=alert(1)>.jpg"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three captures, annotated, and the page over them."""
    folder = tmp_path_factory.mktemp("shown")
    captures = folder / "captures"
    captures.mkdir()
    (captures / "selfie.jpg").write_bytes(still(960, 1280, orientation=6))
    (captures / "clip.mp4").write_bytes(clip(width_px=480, height_px=640, duration_s=3))
    (captures / WICKED).write_bytes(encode_still(no_face(480, 640)))
    arguments = ["check", str(captures), "--no-isolate"]
    arguments += ["--annotate", str(folder / "pictures"), "--html", str(folder / "page.html")]
    assert CliRunner().invoke(make_group(COMMANDS), arguments).exit_code == 1
    return folder


def test_each_capture_has_its_picture(shown: Path) -> None:
    pictures = sorted((shown / "pictures").iterdir())
    assert [p.name for p in pictures] == sorted(
        [f"{WICKED}.check.png", "clip.mp4.check.png", "selfie.jpg.check.png"]
    )
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width > 900


def test_the_subject_and_the_crop_are_drawn_in_their_colours(shown: Path) -> None:
    with Image.open(shown / "pictures" / "selfie.jpg.check.png") as picture:
        colours = {colour for _, colour in picture.getcolors(1 << 24) or ()}
    assert {canvas.FACE, canvas.CROP, canvas.POINT} <= colours


def test_the_page_loads_nothing_and_escapes_names(shown: Path) -> None:
    page = (shown / "page.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "default-src &#39;none&#39;" in page
    assert "@import" not in page
    assert "url(" not in page


def test_the_page_holds_every_finding_that_is_broken(shown: Path) -> None:
    page = (shown / "page.html").read_text("utf-8")
    assert page.count("<article") == 3
    for text in ("FACE001", "FailedOperation.IncompleteFace", "IMG003", "plan: crop"):
        assert text in page


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_chromium_runs_the_page_under_its_policy(shown: Path, tmp_path: Path) -> None:
    """The script replaces "Nothing matches" and counts the shown cards: proof that the policy lets it run."""
    command = [str(CHROMIUM), *CHROMIUM_FLAGS, f"--user-data-dir={tmp_path}", "--dump-dom"]
    probe = shown / "probe.html"
    page = (shown / "page.html").read_text("utf-8")
    probe.write_text(page.replace('placeholder="part of a name"', 'value="selfie"'), "utf-8")
    done = subprocess.run([*command, probe.as_uri()], capture_output=True, text=True, timeout=120)
    assert "1 shown" in done.stdout
    assert done.stdout.count('hidden=""') >= 2
    assert "Content Security Policy" not in done.stderr


def test_pictures_of_files_of_one_name_do_not_collide() -> None:
    names = picture_names(["a/x.jpg", "b/x.jpg", "-", "\udcff.jpg", "n" * 300])
    assert names[:3] == ["x.jpg.check.png", "x.jpg.2.check.png", "stdin.check.png"]
    assert len(set(names)) == 5
    assert all(len(name.encode()) <= 255 for name in names)


def test_text_is_wrapped_within_its_width_and_long_words_are_broken() -> None:
    lines = canvas.wrapped("short words and one" + "l" * 200, 16, 150)
    assert len(lines) > 3
    assert all(canvas.text_width(line, 16) <= 150 for line in lines)
    assert canvas.shortened("x" * 300, 16, 150).count("...") == 1


def test_the_page_may_not_overwrite_a_capture(tmp_path: Path) -> None:
    capture = tmp_path / "a.jpg"
    sink = io.BytesIO()
    Image.new("RGB", (8, 8)).save(sink, "JPEG")
    capture.write_bytes(sink.getvalue())
    result = CliRunner().invoke(
        make_group(COMMANDS), ["check", str(capture), "--html", str(capture)]
    )
    assert result.exit_code == 2
    assert capture.read_bytes() == sink.getvalue()
