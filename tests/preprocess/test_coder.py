"""The coder beside the decoding: the same bytes whatever the pace, and an end to it at any moment."""

from __future__ import annotations

import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from preprocess import coder as module
from preprocess._av_write import Quality, code_clip
from preprocess.coder import CRF, Coder, Order
from preprocess.errors import DeadlineExceededError, MachineError

RATE = Fraction(25)


def frames(count: int) -> list[VideoFrame]:
    random = np.random.default_rng(5)
    texture = random.integers(0, 255, (160, 160 + count, 3), np.uint8)
    shifted = [np.ascontiguousarray(texture[:, n : n + 160]) for n in range(count)]
    return [VideoFrame.from_ndarray(p, "rgb24").reformat(format="yuv420p") for p in shifted]


def order(count: int, *, ceiling: int = 8_000_000) -> Order:
    return Order(tuple(n / RATE for n in range(count)), RATE, "mp4", ceiling)


def coders() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "faceready-coder"]


def test_bytes_do_not_depend_on_the_pace_of_feeding() -> None:
    pictures, wanted = frames(50), order(50)
    at_once = code_clip(lambda: pictures, RATE, "mp4", Quality(crf=CRF), max_bytes=1 << 30)
    slow, quick = Coder(wanted), Coder(wanted)
    for n, (at, picture) in enumerate(zip(wanted.times_s, pictures, strict=True)):
        if n % 10 == 0:
            time.sleep(0.02)
        slow.feed(at, picture)
    for at, picture in zip(wanted.times_s, pictures, strict=True):
        quick.feed(at, picture)
    assert slow.is_fed
    assert slow.result(lambda _: None) == quick.result(lambda _: None) == at_once


def test_repeated_times_are_repeated_frames() -> None:
    pictures = frames(3)
    times = (Fraction(0), Fraction(0), Fraction(1), Fraction(2), Fraction(2))
    coder = Coder(Order(times, RATE, "mp4", 8_000_000))
    for at, picture in enumerate(pictures):
        coder.feed(Fraction(at), picture)
    again = [pictures[n] for n in (0, 0, 1, 2, 2)]
    assert coder.result(lambda _: None) == code_clip(
        lambda: again, RATE, "mp4", Quality(crf=CRF), max_bytes=1 << 30
    )


def test_frames_out_of_order_leave_it_unfed() -> None:
    coder = Coder(order(3))
    picture = frames(1)[0]
    coder.feed(Fraction(2) / RATE, picture)
    coder.feed(Fraction(0), picture)
    assert not coder.is_fed
    coder.cancel()


def test_file_over_the_ceiling_is_given_up() -> None:
    coder = Coder(order(50, ceiling=20_000))
    for at, picture in zip(coder.order.times_s, frames(50), strict=True):
        coder.feed(at, picture)
    assert coder.result(lambda _: None) is None
    assert not coder.will_fit


def test_frames_are_wanted_until_the_file_is_sure_to_fit() -> None:
    pictures = frames(60)
    coder = Coder(order(60))
    coder.feed(Fraction(0), pictures[0])
    assert not coder.will_fit
    for at, picture in zip(coder.order.times_s[1:], pictures[1:], strict=True):
        coder.feed(at, picture)
    coder.result(lambda _: None)
    assert coder.will_fit


@pytest.mark.parametrize("fed", [0, 1, 30])
def test_cancelling_ends_the_thread(fed: int) -> None:
    coder = Coder(order(50))
    for at, picture in zip(coder.order.times_s[:fed], frames(max(fed, 1))[:fed], strict=True):
        coder.feed(at, picture)
    assert coders()
    coder.cancel()
    coder.cancel()
    for thread in coders():
        thread.join(1)
    assert not coders()


def test_what_the_caller_raises_while_waiting_stops_the_coding() -> None:
    coder = Coder(order(50))

    def late(_share: float) -> None:
        message = "late"
        raise DeadlineExceededError(message)

    with pytest.raises(DeadlineExceededError):
        coder.result(late)
    for thread in coders():
        thread.join(1)
    assert not coders()


def test_failing_encoder_is_told_where_the_result_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: object, **_options: object) -> bytes:
        message = "the H.264 encoder failed"
        raise MachineError(message, code="machine.encoder")

    monkeypatch.setattr(module, "code_clip", broken)
    coder = Coder(order(1))
    with pytest.raises(MachineError):
        coder.result(lambda _: None)
