"""Pace from times, the constant rate a payload gets, and which source frame each payload frame shows."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.profile import Profile
from preprocess.rate import CLOCK_TOLERANCE_S, lay_grid, measure_pace, payload_rate

LIMITS = Profile.builtin().clip


def even(rate: F, count: int) -> list[F]:
    return [n / rate for n in range(count)]


def in_ms(times: list[F]) -> list[F]:
    return [F(round(t * 1000), 1000) for t in times]


@pytest.mark.parametrize("rate", [F(24000, 1001), F(25), F(30000, 1001), F(30), F(50), F(60)])
@pytest.mark.parametrize("coarse", [False, True], ids=["exact", "ms"])
def test_constant_rate_is_found_whatever_the_clock(rate: F, coarse: bool) -> None:
    times = even(rate, 150)
    pace = measure_pace(in_ms(times) if coarse else times)
    assert pace.is_constant
    assert pace.rate_fps == rate


def test_unusual_constant_rate_is_kept() -> None:
    assert measure_pace(even(F(179, 6), 100)).rate_fps == F(179, 6)


def test_gaps_make_a_rate_variable_and_its_typical_one_known() -> None:
    times = [t for n, t in enumerate(even(F(30), 120)) if n % 10 != 3]
    pace = measure_pace(times)
    assert not pace.is_constant
    assert pace.typical_fps == 30
    assert pace.longest_gap_s == F(2, 30)


@pytest.mark.parametrize("times", [[], [F(0)], [F(0), F(0)]])
def test_fewer_than_two_frames_have_no_rate(times: list[F]) -> None:
    assert measure_pace(times).rate_fps is None


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        (F(15), F(25)),
        (F(24), F(25)),
        (F(25), F(25)),
        (F(28), F(28)),
        (F(30000, 1001), F(30000, 1001)),
        (F(30), F(30)),
        (F(33), F(30)),
        (F(48), F(30)),
        (F(50), F(25)),
        (F(60000, 1001), F(30000, 1001)),
        (F(60), F(30)),
        (F(120), F(30)),
        (F(240), F(30)),
    ],
)
def test_rate_that_a_constant_source_gets(source: F, payload: F) -> None:
    assert payload_rate(measure_pace(even(source, 300)), LIMITS) == payload


def test_grid_of_an_even_source_is_the_source() -> None:
    times = even(F(30), 200)
    grid = lay_grid(times, times[10], times[160], F(30), max_s=F(5))
    assert grid.times_s == tuple(times[10:160])
    assert (grid.dropped, grid.repeated) == (0, 0)


def test_sixty_frames_a_second_lose_every_other_one() -> None:
    times = even(F(60), 400)
    grid = lay_grid(times, F(0), F(5), F(30), max_s=F(5))
    assert grid.times_s == tuple(times[0:300:2])
    assert grid.dropped == 149


def test_missing_frames_are_repeated_and_counted() -> None:
    times = [t for n, t in enumerate(even(F(30), 150)) if n % 10 != 3]
    grid = lay_grid(times, F(0), F(5), F(30), max_s=F(5))
    assert len(grid.times_s) == 150
    assert grid.repeated == 15


def test_grid_never_exceeds_the_longest_length() -> None:
    grid = lay_grid(even(F(30000, 1001), 200), F(0), F(6), F(30000, 1001), max_s=F(5))
    assert len(grid.times_s) == 149


@given(
    gaps=st.lists(st.integers(5, 120), min_size=60, max_size=200),
    rate=st.sampled_from([F(25), F(30000, 1001), F(30)]),
)
def test_any_pace_yields_a_grid_inside_its_window(gaps: list[int], rate: F) -> None:
    times = [F(0)]
    for gap in gaps:
        times.append(times[-1] + F(gap, 1000))
    end = times[-1]
    grid = lay_grid(times, F(0), end, rate, max_s=F(5))
    assert grid.duration_s <= F(5)
    assert grid.duration_s <= end + CLOCK_TOLERANCE_S
    assert list(grid.times_s) == sorted(grid.times_s)
    assert set(grid.times_s) <= set(times)
    assert grid.repeated == len(grid.times_s) - len(set(grid.times_s))
