import logging
from email.utils import formatdate

import pytest

from client._clock import Deadline, ServiceClock

NOW_S = 1_800_000_000.0


def date(offset_s: float) -> str:
    return formatdate(NOW_S + offset_s, usegmt=True)


def clock() -> ServiceClock:
    return ServiceClock(lambda: NOW_S)


@pytest.mark.parametrize("offset_s", [-1e6, -400, -31, 31, 301, 1e6])
def test_a_clock_that_is_off_is_corrected_and_told(offset_s, caplog):
    learnt = clock()
    with caplog.at_level(logging.WARNING, "client"):
        assert learnt.observe(date(offset_s))
    assert learnt.timestamp_s() == pytest.approx(NOW_S + offset_s, abs=1)
    assert ("behind" if offset_s > 0 else "ahead of") in caplog.text


@pytest.mark.parametrize("offset_s", [-29, 0, 29])
def test_a_small_difference_is_left_alone(offset_s):
    learnt = clock()
    assert not learnt.observe(date(offset_s))
    assert learnt.timestamp_s() == NOW_S


@pytest.mark.parametrize("header", [None, "", "yesterday", "Tue, 99 Foo 2026 00:00:00 GMT"])
def test_a_missing_or_broken_date_teaches_nothing(header):
    learnt = clock()
    assert not learnt.observe(header)
    assert learnt.offset_s == 0.0


def test_the_same_difference_is_told_once_and_a_mended_clock_is_noticed(caplog):
    learnt = clock()
    with caplog.at_level(logging.WARNING, "client"):
        assert learnt.observe(date(400))
        assert not learnt.observe(date(401))
        assert learnt.observe(date(0))
    assert len(caplog.records) == 1
    assert learnt.offset_s == 0.0


def test_a_deadline_counts_down_and_stops_at_nothing():
    now_s = [10.0]
    deadline = Deadline(5.0, lambda: now_s[0])
    now_s[0] = 12.0
    assert deadline.remaining_s() == 3.0
    now_s[0] = 99.0
    assert deadline.remaining_s() == 0.0
