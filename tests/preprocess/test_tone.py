"""The HDR curve against the figures of the recommendations it is made of."""

import numpy as np
import pytest

from preprocess.tone import KNEE, to_sdr


def grey(signal: float, transfer: str) -> int:
    level = np.full((1, 1, 3), round(signal * 65_535), np.uint16)
    red, green, blue = to_sdr(level, transfer)[0, 0].tolist()
    assert abs(red - green) <= 1
    assert abs(blue - green) <= 1
    return int(green)


@pytest.mark.parametrize("transfer", ["hlg", "pq"])
def test_black_stays_black_and_the_brightest_is_white(transfer: str) -> None:
    assert grey(0.0, transfer) == 0
    assert grey(1.0, transfer) >= 254


@pytest.mark.parametrize(("transfer", "signal"), [("hlg", 0.38), ("pq", 0.38)])
def test_grey_card_is_where_it_is_in_sdr(transfer: str, signal: float) -> None:
    """BT.2408-7, table 1: an 18 % grey card is at 38 % of either signal, 26 nits, an eighth of the white."""
    assert grey(signal, transfer) == pytest.approx(255 * (26 / 203) ** (1 / 2.4), abs=3)


@pytest.mark.parametrize(("transfer", "signal"), [("hlg", 0.75), ("pq", 0.58)])
def test_programme_white_comes_near_to_white(transfer: str, signal: float) -> None:
    """BT.2408-7, table 1: 203 nits; the knee leaves room above for highlights."""
    assert 255 * KNEE ** (1 / 2.4) < grey(signal, transfer) < 250


@pytest.mark.parametrize("transfer", ["hlg", "pq"])
def test_curve_never_falls(transfer: str) -> None:
    ramp = np.repeat(np.arange(0, 65_536, 64, dtype=np.uint16)[None, :, None], 3, axis=2)
    made = to_sdr(ramp, transfer)[0, :, 1].astype(int)
    assert (np.diff(made) >= 0).all()


def test_saturated_colours_stay_inside() -> None:
    red = np.zeros((1, 1, 3), np.uint16)
    red[..., 0] = 50_000
    made = to_sdr(red, "hlg")[0, 0]
    assert made[0] > 200
    assert made[1:].max() == 0
