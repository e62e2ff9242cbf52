"""`faceready send`, `emulate` and `doctor`, run as a user runs them."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from client import ENCRYPTED_BASE64_CHARS_MAX, Algorithm
from client.cli import cli
from client.emulator import Emulator

SELFIE = Path(__file__).parents[2] / "samples" / "selfie.jpg"
SECRET_KEY = "emulated-key-of-this-test"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command line in an environment without any credentials but those given."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("SECRET_ID", "SECRET_KEY", "TOKEN", "REGION"):
        monkeypatch.delenv(f"TENCENTCLOUD_{name}", raising=False)
    monkeypatch.delenv("FACEREADY_PUBLIC_KEY", raising=False)

    def invoke(*words: object, **environment: str) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words], env=environment)

    return invoke


def keys(emulator: Emulator) -> dict[str, str]:
    return {
        "TENCENTCLOUD_SECRET_ID": emulator.credentials.secret_id,
        "TENCENTCLOUD_SECRET_KEY": emulator.credentials.secret_key.reveal(),
    }


def test_send_with_the_emulator_needs_nothing_and_says_that_nothing_was_judged(run):
    done = run("send", SELFIE, "--emulator")
    assert done.exit_code == 0, done.output
    assert "scripted, not a judgement of the face" in done.stdout
    assert "risk" in done.stdout
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("word", "status", "outcome"),
    [
        ("Low", 0, "sent"),
        ("Mid", 0, "sent"),
        ("High", 1, "sent"),
        ("FailedOperation.CoveredFace", 1, "rejected"),
        ("UnauthorizedOperation.Arrears", 2, "error"),
        ("drop-late", 2, "error"),
    ],
)
def test_exit_status_and_document_follow_the_answer(run, emulator, word, status, outcome):
    emulator.script(word)
    done = run("send", SELFIE, "--endpoint", emulator.url, "--format", "json", **keys(emulator))
    assert done.exit_code == status, done.output
    document = json.loads(done.stdout)
    assert document["schema"] == "faceready/send/1"
    assert document["outcome"] == outcome
    assert document["prepared"]["outcome"] == "ready"
    assert (document["verdict"] is None) == (outcome != "sent")
    assert (document["error"] is None) == (outcome == "sent")
    if word == "drop-late":
        assert document["error"]["billed"] == "maybe"
    if word == "High":
        assert document["verdict"]["intercept"] is True


def test_the_story_of_a_failure_says_what_to_do_and_what_it_costs(run, emulator):
    emulator.script("FailedOperation.CoveredFace")
    done = run("send", SELFIE, "--endpoint", emulator.url, **keys(emulator))
    for text in ("not judged", "without mask", "not billed", "FailedOperation.CoveredFace"):
        assert text in done.stdout


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_send_encrypts_for_the_emulator(run, algorithm):
    done = run("send", SELFIE, "--emulator", "--encrypt", algorithm.value.lower())
    assert done.exit_code == 0, done.output


def test_send_takes_the_public_key_from_a_file(run, emulator, tmp_path):
    file = tmp_path / "rsa.pem"
    file.write_text(emulator.encryption(Algorithm.AES_256_CBC).public_key)
    words = ("--endpoint", emulator.url, "--encrypt", "aes-256-cbc", "--public-key", file)
    done = run("send", SELFIE, *words, **keys(emulator))
    assert done.exit_code == 0, done.output
    assert emulator.requests[0].encryption == "AES-256-CBC"


def test_the_encrypted_ceiling_is_the_one_of_the_profile():
    from preprocess import Profile

    limits = Profile.load(None)
    assert limits.clip.encrypted_base64_chars == ENCRYPTED_BASE64_CHARS_MAX


def test_a_dry_run_shows_the_request_with_secrets_masked_and_sends_nothing(run, emulator):
    environment = {"TENCENTCLOUD_SECRET_ID": "the-id", "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
    done = run("send", SELFIE, "--endpoint", emulator.url, "--dry-run", **environment)
    assert done.exit_code == 0, done.output
    assert "X-TC-Action: DetectAIFakeFaces" in done.stdout
    assert re.search(r"Credential=\*\*\*/\d{4}-\d\d-\d\d/faceid/tc3_request", done.stdout)
    assert "Signature=***" in done.stdout
    assert re.search(r"FaceInput: <[\d,]+ base64 characters>", done.stdout)
    assert SECRET_KEY not in done.output
    assert "the-id" not in done.output
    assert not emulator.requests


def test_a_dry_run_needs_no_credentials_and_no_network(run):
    done = run("send", SELFIE, "--dry-run", "--format", "json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["outcome"] == "dry-run"
    assert document["request"]["url"] == "https://faceid.intl.tencentcloudapi.com/"
    assert "X-TC-Region" not in document["request"]["headers"]
    assert "placeholder" in done.stderr


def test_the_region_comes_from_the_option_or_the_environment(run):
    words = ("send", SELFIE, "--dry-run", "--format", "json")
    from_environment = run(*words, TENCENTCLOUD_REGION="ap-jakarta")
    from_option = run(*words, "--region", "ap-singapore", TENCENTCLOUD_REGION="ap-jakarta")
    for done, region in ((from_environment, "ap-jakarta"), (from_option, "ap-singapore")):
        assert json.loads(done.stdout)["request"]["headers"]["X-TC-Region"] == region


@pytest.mark.parametrize(
    "words",
    [
        ("--emulator", "--endpoint", "https://example.com"),
        ("--public-key", "key.pem"),
        ("--endpoint", "http://example.com"),
        ("--encrypt", "aes-256-cbc", "--dry-run"),
        ("--encrypt", "rot13"),
    ],
)
def test_a_wrong_call_is_told_before_any_work(run, words):
    done = run("send", SELFIE, *words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr


def test_an_unreadable_file_is_not_sent(run):
    done = run("send", __file__, "--emulator", "--format", "json")
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert document["outcome"] == "error"
    assert document["prepared"]["error"]["code"].startswith("source.")
    assert document["verdict"] is None


def test_doctor_names_the_source_of_credentials_and_never_their_values(run):
    environment = {"TENCENTCLOUD_SECRET_ID": "the-id", "TENCENTCLOUD_SECRET_KEY": SECRET_KEY}
    done = run("doctor", "--format", "json", **environment)
    facts = {fact["name"]: fact for fact in json.loads(done.stdout)["facts"]}
    assert facts["credentials"]["status"] == "ok"
    assert facts["credentials"]["value"] == "from the environment"
    assert {"Python", "public key", "SM2"} <= set(facts)
    assert SECRET_KEY not in done.output
    assert "the-id" not in done.output


def test_doctor_warns_about_missing_credentials(run):
    done = run("doctor", "--format", "json")
    facts = {fact["name"]: fact for fact in json.loads(done.stdout)["facts"]}
    assert facts["credentials"]["status"] == "warn"
    assert "TENCENTCLOUD_SECRET_ID" in facts["credentials"]["advice"]


def test_help_loads_neither_pipeline_nor_network():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom client.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "assert CliRunner().invoke(cli, ['send', '--help']).exit_code == 0\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "client.cli_send" in loaded
    assert not loaded & {"mediapipe", "cv2", "av", "numpy", "httpx", "cryptography", "uvicorn"}


def test_emulate_serves_until_it_is_stopped_and_logs_no_face(run, tmp_path):
    command = [sys.executable, "-m", "client.cli", "emulate", "--script", "High"]
    command += ["--format", "json", "--write-keys", str(tmp_path / "keys")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            introduction = json.loads(process.stdout.readline())
            environment = {
                "TENCENTCLOUD_SECRET_ID": introduction["secret_id"],
                "TENCENTCLOUD_SECRET_KEY": introduction["secret_key"],
            }
            key = tmp_path / "keys" / "sm2.pem"
            words = ("--endpoint", introduction["url"], "--encrypt", "sm4-gcm", "--public-key", key)
            done = run("send", SELFIE, *words, **environment)
            process.send_signal(signal.SIGINT)
            _, log = process.communicate(timeout=30)
        finally:
            guard.cancel()
    assert done.exit_code == 1, done.output
    assert process.returncode == 0
    record = json.loads(log.splitlines()[0])
    assert (record["outcome"], record["billed"], record["encryption"]) == ("High", True, "SM4-GCM")
    assert len(log) < 1000


def test_emulate_tells_a_taken_port(run):
    with Emulator() as emulator:
        port = emulator.url.rpartition(":")[2]
        done = run("emulate", "--port", port)
    assert done.exit_code == 2
    assert "cannot emulate" in done.stderr
