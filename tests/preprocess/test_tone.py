"""The HDR curve against the figures of the recommendations it is made of."""

import numpy as np
import pytest

from preprocess.tone import KNEE, PEAK_NITS, WHITE_NITS, to_sdr


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


ROUNDING = 0.51
"""Levels: a half for rounding to 8 bit, and a little for the tables."""


def level_of(red: float, green: float, blue: float, transfer: str) -> np.ndarray:
    """Return the SDR levels, not rounded, of one HDR signal: the documented steps one by one, in plain numbers."""
    scene = []
    for signal in (red, green, blue):
        if transfer == "pq":
            power = signal ** (1 / 78.84375)
            light = max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
            scene.append(10_000 * light ** (1 / 0.1593017578125) / WHITE_NITS)
        elif signal <= 0.5:
            scene.append(signal**2 / 3)
        else:
            scene.append((np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    if transfer == "hlg":
        luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2]
        scene = [light * luminance**0.2 * PEAK_NITS / WHITE_NITS for light in scene]
    levels = []
    for weights in (
        (1.660491, -0.587641, -0.072850),
        (-0.124550, 1.132900, -0.008349),
        (-0.018151, -0.100579, 1.118730),
    ):
        light = min(max(float(np.dot(weights, scene)), 0), PEAK_NITS / WHITE_NITS)
        if light > KNEE:
            room = 1 - KNEE
            most, above = (PEAK_NITS / WHITE_NITS - KNEE) / room, (light - KNEE) / room
            light = KNEE + room * above * (1 + above / most**2) / (1 + above)
        levels.append(255 * light ** (1 / 2.4))
    return np.array(levels)


@pytest.mark.parametrize("transfer", ["hlg", "pq"])
@pytest.mark.parametrize("brightest", [65_535, 40_000, 4_000])
def test_every_colour_follows_the_documented_steps(transfer: str, brightest: int) -> None:
    signal = np.random.default_rng(brightest).integers(1, brightest, (77, 5, 3), np.uint16)
    made = to_sdr(signal, transfer)
    wanted = [[level_of(*(pixel / 65_535), transfer) for pixel in row] for row in signal]
    assert np.abs(made - np.array(wanted)).max() <= ROUNDING
