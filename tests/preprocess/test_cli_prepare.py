from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from preprocess.cli import COMMANDS, make_group

from .clips import code, played, scene

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PHOTO = SAMPLES / "selfie.jpg"
CLI = make_group(COMMANDS)


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(CLI, [str(a) for a in arguments], input=stdin, catch_exceptions=False)


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    path = tmp_path / "blank.png"
    Image.new("RGB", (800, 600), "gray").save(path)
    return path


def test_ready_is_exit_0_and_one_document(tmp_path: Path) -> None:
    result = run("prepare", PHOTO, "--out-dir", tmp_path, "--format", "json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["schema"] == "faceready/prepare/1"
    assert told["outcome"] == "ready"
    assert told["error"] is None
    written = Path(told["payload"]["path"])
    assert written.name == "selfie.faceready.png"
    assert written.stat().st_size == told["payload"]["size_bytes"]
    assert [p.name for p in tmp_path.iterdir()] == [written.name]


def test_rejected_is_exit_1_names_its_reason_and_writes_nothing(blank: Path) -> None:
    result = run("prepare", blank, "--format", "json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["outcome"] == "rejected"
    assert told["payload"] is None
    assert "FACE001" in {f["rule"] for f in told["report"]["findings"] if f["status"] == "fail"}
    assert list(blank.parent.iterdir()) == [blank]


def test_unreadable_is_exit_2_with_an_empty_report(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.write_bytes(b"")
    result = run("prepare", path, "--format", "json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert told["outcome"] == "error"
    assert told["report"] == {"findings": []}
    assert told["error"]["code"] == "source.empty"
    assert told["error"]["advice"]


def test_the_text_names_the_file_the_rung_and_the_next_step(tmp_path: Path) -> None:
    result = run("prepare", PHOTO, "--out-dir", tmp_path)
    assert result.exit_code == 0
    for part in ("selfie.jpg", "ready", "selfie.faceready.png", "crop:", "faceready send"):
        assert part in result.stdout
    assert not any(line != line.rstrip() for line in result.stdout.splitlines())


def test_an_existing_payload_is_exit_2_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "selfie.faceready.png").write_bytes(b"precious")
    result = run("prepare", PHOTO, "--out-dir", tmp_path)
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert (tmp_path / "selfie.faceready.png").read_bytes() == b"precious"
    assert run("prepare", PHOTO, "--out-dir", tmp_path, "--force").exit_code == 0


def test_stdin_is_a_source_that_needs_a_place(tmp_path: Path) -> None:
    data = PHOTO.read_bytes()
    assert run("prepare", "-", stdin=data).exit_code == 2
    result = run("prepare", "-", "--out-dir", tmp_path, "--format", "json", stdin=data)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["source"]["name"] == "stdin"
    assert (tmp_path / "stdin.faceready.png").is_file()


def test_several_sources_give_a_list_and_the_worst_exit_status(blank: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    result = run("prepare", PHOTO, blank, "--out-dir", out, "--format", "json", "--no-isolate")
    assert result.exit_code == 1
    outcomes = [file["outcome"] for file in json.loads(result.stdout)["files"]]
    assert outcomes == ["ready", "rejected"]


def test_a_plan_writes_nothing_and_says_what_would_be_done(tmp_path: Path) -> None:
    path = tmp_path / "selfie.jpg"
    path.write_bytes(PHOTO.read_bytes())
    told = json.loads(run("plan", path, "--format", "json").stdout)
    assert told["rung"] == "crop"
    assert told["plan"]["crop"]["width"] == 480
    assert "crop" in run("plan", path).stdout
    assert list(tmp_path.iterdir()) == [path]


def test_a_plan_of_a_hopeless_capture_is_exit_1(blank: Path) -> None:
    result = run("plan", blank, "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["plan"] is None


def test_jpeg_on_demand_is_smaller(tmp_path: Path) -> None:
    png = json.loads(run("prepare", PHOTO, "--out-dir", tmp_path, "--format", "json").stdout)
    jpeg = json.loads(
        run(
            "prepare", PHOTO, "--out-dir", tmp_path, "--format", "json", "--still-format", "jpeg"
        ).stdout
    )
    assert jpeg["payload"]["path"].endswith(".jpg")
    assert jpeg["payload"]["size_bytes"] < png["payload"]["size_bytes"]


@pytest.mark.parametrize(
    "name",
    [b"-dash.jpg", b"new\nline.jpg", b"\xff\xfe.jpg", b"n" * 240 + b".jpg", "自拍 1.jpg".encode()],
)
def test_odd_file_names_work(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - bytes
    with open(path, "wb") as file:  # noqa: PTH123 - bytes
        file.write(PHOTO.read_bytes())
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "preprocess", "prepare", "--format", "json", "-o", out / "x.png", "--", name],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "ready"
    assert done.stderr == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_in_the_middle_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    media, out, scratch = (tmp_path / name for name in ("media", "out", "scratch"))
    for folder in (media, out, scratch):
        folder.mkdir()
    clip = media / "clip.mp4"
    clip.write_bytes(code(played(scene(), 150)))
    # A ceiling that binds: coded anew in two passes, whose log tells that the work is in its middle.
    command = [sys.executable, "-m", "preprocess", "prepare", clip, "--out-dir", out]
    with subprocess.Popen(
        [*command, "--max-base64-chars", "80000"],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        while process.poll() is None and not any(scratch.iterdir()):
            time.sleep(0.005)
        process.send_signal(number)
        told, said = process.communicate()
        guard.cancel()
    assert process.returncode == 2
    assert (told, said) == ("", "stopped; nothing half done was left behind\n")
    assert list(media.iterdir()) == [clip]
    assert not [*out.iterdir(), *scratch.iterdir()]


def test_a_name_that_claims_another_form_is_told(tmp_path: Path) -> None:
    result = run("prepare", PHOTO, "-o", tmp_path / "out.jpg")
    assert result.exit_code == 0
    assert "note: out.jpg holds PNG" in result.stderr
    for name in ("out.png", "out.bin"):
        assert run("prepare", PHOTO, "-o", tmp_path / name).stderr == ""
    fine = run("prepare", PHOTO, "-o", tmp_path / "fine.jpeg", "--still-format", "jpeg")
    assert fine.stderr == ""


def test_sources_that_could_get_one_name_are_both_told(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jpg").write_bytes(PHOTO.read_bytes())
    (tmp_path / "out").mkdir()
    result = run("prepare", tmp_path / "a", tmp_path / "b", "--out-dir", tmp_path / "out")
    assert result.exit_code == 2
    assert "a/x.jpg and b/x.jpg could both become x.faceready." in result.stderr
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", ["check", "prepare"])
def test_results_that_cannot_be_printed_are_exit_2(tmp_path: Path, command: str, form: str) -> None:
    arguments = [sys.executable, "-m", "preprocess", command, PHOTO, "--format", form]
    arguments += ["-o", tmp_path / "x.png", "--force"] if command == "prepare" else ["--quick"]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            arguments, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "faceready: the results could not be printed: No space left on device\n"
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            arguments, stdout=write, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (2, "")


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom preprocess.cli import COMMANDS, make_group\n"
        "try:\n    make_group(COMMANDS).main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'mediapipe', 'cv2', 'av', 'PIL', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
