"""HDR to SDR: the documented curve by which HLG and PQ pictures become BT.709. Pure arithmetic on arrays.

1. Signal to display light in nits: PQ by its EOTF; HLG by its inverse OETF and the OOTF of a 1,000-nit display
   (gamma 1.2). Source: ITU-R BT.2100-2, tables 4 and 5.
2. 203 nits, the reference white of HDR programmes, become SDR's white. Source: ITU-R BT.2408-7, table 1.
3. BT.2020 primaries to BT.709; what lies outside is clipped. Source: ITU-R BT.2087-0, annex 1.
4. Up to `KNEE` of white nothing changes, so that faces keep their brightness; above it highlights up to 1,000 nits are
   rolled off into the rest, each channel by itself, so that bright skies and lamps go to white as film does.
5. Light to signal by the inverse of BT.1886 (gamma 2.4).
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ._pixels import mixed

Signal = npt.NDArray[np.uint16]
Sdr = npt.NDArray[np.uint8]
_Light = npt.NDArray[np.float32]
_Entry = TypeVar("_Entry", np.float32, np.uint8)

WHITE_NITS = 203.0
PEAK_NITS = 1000.0
KNEE = 0.75
"""Share of white up to which light is kept: skin in ordinary exposure lies between 0.2 and 0.6."""
HLG_GAMMA = 1.2
DISPLAY_GAMMA = 2.4
_PEAK = PEAK_NITS / WHITE_NITS
"""In shares of white."""
_LAST_PLACE = 65_535
"""Of tables over light; an 8-bit level is at least 38 places of them."""

_STRIP_ROWS = 32
"""Rows that are worked on at once: their arrays stay in the cache, and the allocator keeps them from one strip to the
next. Whole pictures of 480x640 cost twice as much, half of it for pages that the system gives and takes."""

_TO_BT709 = np.array(
    [
        [1.660491, -0.587641, -0.072850],
        [-0.124550, 1.132900, -0.008349],
        [-0.018151, -0.100579, 1.118730],
    ],
    np.float32,
)
"""Linear BT.2020 to linear BT.709. Source: ITU-R BT.2087-0, annex 2, to six places."""
_LUMA_2020 = np.array([[0.2627, 0.6780, 0.0593]], np.float32)


def to_sdr(signal: Signal, transfer: str) -> Sdr:
    """Return an HDR picture as SDR BT.709 RGB.

    Args:
        signal: uint16, shape (height, width, 3), R'G'B' of BT.2020, full range of 16 bits.
        transfer: ``hlg`` or ``pq``.

    Returns:
        uint8, shape (height, width, 3), R'G'B' of BT.709, full range.
    """
    made = np.empty(signal.shape, np.uint8)
    for top in range(0, len(signal), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        made[rows] = _strip_to_sdr(signal[rows], transfer)
    return made


def _strip_to_sdr(signal: Signal, transfer: str) -> Sdr:
    light = _looked_up(_light_table(transfer), signal)
    if transfer == "hlg":
        luminance = mixed(light, _LUMA_2020)
        light *= _looked_up(_system_gamma_table(), _places(luminance, 1.0))[..., None]
    return _looked_up(_signal_table(), _places(mixed(light, _TO_BT709), _PEAK))


def _looked_up(table: npt.NDArray[_Entry], places: Signal) -> npt.NDArray[_Entry]:
    """Return the entries of a table of 65,536; without the usual check of its bounds, which costs twice as long."""
    return np.take(table, places, mode="clip")


def _places(light: _Light, most: float) -> Signal:
    """Return the places of light from 0 to ``most`` in a table: its square root, so that shadows are not coarser."""
    roots = np.sqrt(np.clip(light, 0, most))
    roots *= np.float32(_LAST_PLACE / most**0.5)
    roots += np.float32(0.5)
    return roots.astype(np.uint16)


def _light_at_places(most: float) -> npt.NDArray[np.float64]:
    """Return the light that each place of a table stands for."""
    return most * (np.arange(_LAST_PLACE + 1, dtype=np.float64) / _LAST_PLACE) ** 2


def _rolled_off(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keep ``light`` up to the knee; bring the rest, up to the peak, between knee and white without a corner."""
    room = 1 - KNEE
    most = (_PEAK - KNEE) / room
    above = np.clip((light - KNEE) / room, 0, most)
    rolled = above * (1 + above / most**2) / (1 + above)
    return np.where(light <= KNEE, light, KNEE + room * rolled)


@cache
def _light_table(transfer: str) -> _Light:
    """Return light for each of 65,536 signals: scene light 0 to 1 for HLG, shares of SDR white for PQ."""
    signal = np.arange(65_536, dtype=np.float64) / 65_535
    if transfer == "hlg":
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    else:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        power = signal ** (1 / m2)
        light = 10_000 / WHITE_NITS * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return light.astype(np.float32)


@cache
def _system_gamma_table() -> _Light:
    """Return, for places of HLG's scene luminance, what makes display light in shares of SDR white of scene light."""
    luminance = np.maximum(_light_at_places(1.0), 1e-6)
    return (_PEAK * luminance ** (HLG_GAMMA - 1)).astype(np.float32)


@cache
def _signal_table() -> Sdr:
    """Return the SDR signal for places of display light in shares of SDR white."""
    light = _rolled_off(_light_at_places(_PEAK))
    return np.rint(255 * light ** (1 / DISPLAY_GAMMA)).astype(np.uint8)
