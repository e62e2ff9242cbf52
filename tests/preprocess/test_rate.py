"""Pace from times, the constant rate a payload gets, and which source frame each payload frame shows."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.profile import Profile
from preprocess.rate import CLOCK_TOLERANCE_S, lay_grid, measure_pace, payload_rate

LIMITS = Profile.builtin().clip


def even(rate: Fraction, count: int) -> list[Fraction]:
    return [n / rate for n in range(count)]


def in_ms(times: list[Fraction]) -> list[Fraction]:
    return [Fraction(round(t * 1000), 1000) for t in times]


@pytest.mark.parametrize(
    "rate",
    [
        Fraction(24000, 1001),
        Fraction(25),
        Fraction(30000, 1001),
        Fraction(30),
        Fraction(50),
        Fraction(60),
    ],
)
@pytest.mark.parametrize("coarse", [False, True], ids=["exact", "ms"])
def test_constant_rate_is_found_whatever_the_clock(rate: Fraction, coarse: bool) -> None:
    times = even(rate, 150)
    pace = measure_pace(in_ms(times) if coarse else times)
    assert pace.is_constant
    assert pace.rate_fps == rate


def test_unusual_constant_rate_is_kept() -> None:
    assert measure_pace(even(Fraction(179, 6), 100)).rate_fps == Fraction(179, 6)


def test_gaps_make_a_rate_variable_and_its_typical_one_known() -> None:
    times = [t for n, t in enumerate(even(Fraction(30), 120)) if n % 10 != 3]
    pace = measure_pace(times)
    assert not pace.is_constant
    assert pace.typical_fps == 30
    assert pace.longest_gap_s == Fraction(2, 30)


@pytest.mark.parametrize("times", [[], [Fraction(0)], [Fraction(0), Fraction(0)]])
def test_fewer_than_two_frames_have_no_rate(times: list[Fraction]) -> None:
    assert measure_pace(times).rate_fps is None


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        (Fraction(15), Fraction(25)),
        (Fraction(24), Fraction(25)),
        (Fraction(25), Fraction(25)),
        (Fraction(28), Fraction(28)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(30), Fraction(30)),
        (Fraction(33), Fraction(30)),
        (Fraction(48), Fraction(30)),
        (Fraction(50), Fraction(25)),
        (Fraction(60000, 1001), Fraction(30000, 1001)),
        (Fraction(60), Fraction(30)),
        (Fraction(120), Fraction(30)),
        (Fraction(240), Fraction(30)),
    ],
)
def test_rate_that_a_constant_source_gets(source: Fraction, payload: Fraction) -> None:
    assert payload_rate(measure_pace(even(source, 300)), LIMITS) == payload


def test_grid_of_an_even_source_is_the_source() -> None:
    times = even(Fraction(30), 200)
    grid = lay_grid(times, times[10], times[160], Fraction(30), max_s=Fraction(5))
    assert grid.times_s == tuple(times[10:160])
    assert (grid.dropped, grid.repeated) == (0, 0)


def test_sixty_frames_a_second_lose_every_other_one() -> None:
    times = even(Fraction(60), 400)
    grid = lay_grid(times, Fraction(0), Fraction(5), Fraction(30), max_s=Fraction(5))
    assert grid.times_s == tuple(times[0:300:2])
    assert grid.dropped == 149


def test_missing_frames_are_repeated_and_counted() -> None:
    times = [t for n, t in enumerate(even(Fraction(30), 150)) if n % 10 != 3]
    grid = lay_grid(times, Fraction(0), Fraction(5), Fraction(30), max_s=Fraction(5))
    assert len(grid.times_s) == 150
    assert grid.repeated == 15


def test_grid_never_exceeds_the_longest_length() -> None:
    grid = lay_grid(
        even(Fraction(30000, 1001), 200),
        Fraction(0),
        Fraction(6),
        Fraction(30000, 1001),
        max_s=Fraction(5),
    )
    assert len(grid.times_s) == 149


@given(
    gaps=st.lists(st.integers(5, 120), min_size=60, max_size=200),
    rate=st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(30)]),
)
def test_any_pace_yields_a_grid_inside_its_window(gaps: list[int], rate: Fraction) -> None:
    times = [Fraction(0)]
    for gap in gaps:
        times.append(times[-1] + Fraction(gap, 1000))
    end = times[-1]
    grid = lay_grid(times, Fraction(0), end, rate, max_s=Fraction(5))
    assert grid.duration_s <= Fraction(5)
    assert grid.duration_s <= end + CLOCK_TOLERANCE_S
    assert list(grid.times_s) == sorted(grid.times_s)
    assert set(grid.times_s) <= set(times)
    assert grid.repeated == len(grid.times_s) - len(set(grid.times_s))
