"""Many sources at once: answers in order, and an end that does not wait for what is in hand."""

from __future__ import annotations

import threading
import time

import pytest

from preprocess.errors import CancelledError
from preprocess.side_by_side import SourceProgress, side_by_side

LONG_S = 20.0
"""What an item takes that nobody stops."""


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_order_and_progress_is_passed_on(workers: int) -> None:
    told: list[tuple[str, str, float]] = []

    def work(item: int, tell: SourceProgress) -> int:
        tell(str(item), "look", 0.5)
        time.sleep(0.01 * (3 - item % 3))
        return item * item

    found = list(
        side_by_side(work, range(7), workers=workers, progress=lambda *step: told.append(step))
    )
    assert found == [n * n for n in range(7)]
    assert sorted(told) == [(str(n), "look", 0.5) for n in range(7)]


def busy(begun: threading.Barrier, ended: list[str]) -> object:
    def work(item: int, tell: SourceProgress) -> int:
        if item == 0:
            begun.wait()
            raise KeyboardInterrupt
        if item < 3:
            begun.wait()
        try:
            for _ in range(int(LONG_S / 0.01)):
                tell(str(item), "look", 0.0)
                time.sleep(0.01)
        except CancelledError:
            ended.append(str(item))
            raise
        return item

    return work


def test_an_interruption_stops_what_is_in_hand_and_begins_nothing_more() -> None:
    ended: list[str] = []
    work = busy(threading.Barrier(3), ended)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(side_by_side(work, range(50), workers=3))  # type: ignore[arg-type]
    assert time.monotonic() - started < LONG_S / 2
    assert {"1", "2"} <= set(ended)
    assert len(ended) <= 3  # one more may have begun in the place of the first


def test_closing_the_answers_stops_the_work() -> None:
    ended: list[str] = []

    def work(item: int, tell: SourceProgress) -> int:
        if item == 0:
            return 0
        try:
            while True:
                tell(str(item), "look", 0.0)
                time.sleep(0.01)
        except CancelledError:
            ended.append(str(item))
            raise

    answers = side_by_side(work, range(20), workers=2)
    assert next(answers) == 0
    answers.close()
    assert 1 <= len(ended) <= 3
