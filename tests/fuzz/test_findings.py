"""What fuzzing found, each as the least input that shows it."""

from __future__ import annotations

import multiprocessing

import pytest

from fuzz.seeds import Seed, all_seeds
from preprocess import check, prepare
from preprocess.errors import (
    CaptureRejected,
    LimitExceededError,
    UnreadableError,
    VerificationError,
)
from preprocess.isolate_wire import ForgedReplyError, receive
from preprocess.report import Finding, Report, Status


@pytest.fixture(scope="module")
def seeds() -> dict[str, Seed]:
    return {seed.name: seed for seed in all_seeds(with_real=False)}


def test_a_heif_without_its_size_is_damaged(seeds: dict[str, Seed]) -> None:
    """It came out as a picture of 0 by 0 pixels, and dividing by that ended the worker."""
    data = seeds["picture.heic"].data.replace(b"ispe", b"VP8X")
    with pytest.raises(UnreadableError):
        prepare(data)
    assert check(data).report.failures


def test_a_size_that_asks_for_all_memory_is_the_files_fault(seeds: dict[str, Seed]) -> None:
    """FFmpeg reports ENOMEM for it, which came out as a fault of this machine."""
    data = seeds["h264.mp4"].data
    data = data.replace(b"elst", b"stts")
    with pytest.raises((LimitExceededError, UnreadableError)):
        prepare(data)


def test_a_face_that_only_the_first_look_sees_rejects_the_capture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On noisy pictures the detector may not find again what it saw; that came out as a fault of ours."""
    from preprocess import verify
    from tests.preprocess.hostile import selfie

    unseen = Report((Finding("FACE001", Status.FAIL, "no face is seen"),))
    monkeypatch.setattr(verify, "check_media", lambda *_, **__: unseen)
    with pytest.raises(CaptureRejected, match="doubtful") as caught:
        prepare(selfie(1080, 1440))
    assert caught.value.report.failures[0].advice
    broken = Report((Finding("IMG003", Status.FAIL, "479x640"),))
    monkeypatch.setattr(verify, "check_media", lambda *_, **__: broken)
    with pytest.raises(VerificationError):
        prepare(selfie(1080, 1440))


def test_a_pickle_that_allocates_gigabytes_is_no_reply() -> None:
    """Ten bytes of it did, when replies were pickles."""
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        theirs.send_bytes(bytes(4) + b"]r++++.")
        with pytest.raises(ForgedReplyError):
            receive(ours)
