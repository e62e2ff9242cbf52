"""Which packets of a clip can be copied on their own: from a keyframe to where nothing shown is missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .media import ClipInfo
from .plans import Window


@dataclass(frozen=True, slots=True)
class PacketCut:
    """A run of packets that decodes on its own and shows every frame of its window."""

    first: int
    """Place of the first packet, a keyframe, in file order."""
    stop: int
    """Place after the last packet."""
    window: Window
    frames: int


def longest_cut(info: ClipInfo, window: Window) -> PacketCut | None:
    """Return the longest run that starts with the keyframe at the window's start and ends within the window.

    None where no keyframe shows first there, where frames shown before it are coded after it (an open group of
    pictures), or where frames are hidden.
    """
    if info.are_times_derived and info.has_b_frames:
        return None
    packets, times = info.packets, info.times_s
    first = next(
        (n for n, p in enumerate(packets) if p.is_key and p.time_s == window.start_s), None
    )
    if first is None:
        return None
    place = {time: n for n, time in enumerate(times)}
    offset = place[window.start_s]
    best: PacketCut | None = None
    last = -1
    for count, n in enumerate(range(first, len(packets)), start=1):
        time = packets[n].time_s
        if time is None:
            return best
        if time < window.start_s:
            return None
        last = max(last, place[time] - offset)
        if last + 1 != count:
            continue
        end = _end(info, offset + last)
        if end > window.end_s:
            return best
        best = PacketCut(first, n + 1, Window(window.start_s, end), count)
    return best


def whole_cut(info: ClipInfo) -> PacketCut | None:
    """Return the run of all packets, where they can be copied without hiding or losing a frame."""
    cut = longest_cut(info, Window(Fraction(0), info.duration_s_packets))
    return cut if cut and cut.frames == len(info.packets) else None


def _end(info: ClipInfo, place: int) -> Fraction:
    return info.times_s[place + 1] if place + 1 < len(info.times_s) else info.duration_s_packets
