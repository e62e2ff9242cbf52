"""One clock from what packets say, however badly they say it."""

from fractions import Fraction

from preprocess._timeline import RawPacket, lay_timeline

BASE = Fraction(1, 1000)


def packet(
    pts: int | None, dts: int | None = None, *, shown: bool = True, key: bool = False
) -> RawPacket:
    return RawPacket(pts, pts if dts is None else dts, 40, key, shown, 100)


def test_first_shown_frame_is_time_zero() -> None:
    line = lay_timeline([packet(400), packet(480), packet(440)], BASE, None)
    assert line.times_s == (0, Fraction(80, 1000), Fraction(40, 1000))
    assert line.start_s == Fraction(400, 1000)
    assert not line.is_derived


def test_hidden_packets_have_no_time() -> None:
    line = lay_timeline([packet(0, shown=False), packet(40), packet(80)], BASE, None)
    assert line.times_s == (None, 0, Fraction(40, 1000))


def test_time_that_occurs_twice_is_shown_once() -> None:
    line = lay_timeline([packet(0), packet(40), packet(40), packet(80)], BASE, None)
    assert line.times_s == (0, Fraction(40, 1000), None, Fraction(80, 1000))


def test_missing_presentation_times_follow_the_decode_clock() -> None:
    line = lay_timeline([packet(None, n) for n in (5, 6, 8)], Fraction(1, 25), None)
    assert line.times_s == (0, Fraction(1, 25), Fraction(3, 25))
    assert line.is_derived


def test_without_any_clock_the_nominal_rate_counts() -> None:
    packets = [RawPacket(None, None, 0, False, True, 9) for _ in range(3)]
    assert lay_timeline(packets, BASE, Fraction(30)).times_s == (
        0,
        Fraction(1, 30),
        Fraction(2, 30),
    )
    assert lay_timeline(packets, BASE, None).times_s == (0, Fraction(1, 25), Fraction(2, 25))


def test_nothing_shown_has_no_times() -> None:
    assert lay_timeline([packet(0, shown=False)], BASE, None).times_s == (None,)
