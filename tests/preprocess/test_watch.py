from __future__ import annotations

import pytest

from preprocess.errors import DeadlineExceededError
from preprocess.watch import Watch


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_deadline_names_the_stage_it_passed_in() -> None:
    clock = Clock()
    watch = Watch(2.0, clock=clock)
    watch.tick("probe")
    clock.now_s += 1.5
    assert watch.left_s == pytest.approx(0.5)
    clock.now_s += 0.5
    with pytest.raises(DeadlineExceededError, match="2 s passed during look"):
        watch.tick("look")
    assert watch.left_s == 0


def test_progress_is_told_within_zero_and_one() -> None:
    told: list[tuple[str, float]] = []
    watch = Watch(progress=lambda stage, share: told.append((stage, share)))
    watch.tick("look", -0.5)
    watch.tick("look", 1.5)
    assert told == [("look", 0.0), ("look", 1.0)]
    assert watch.left_s is None
