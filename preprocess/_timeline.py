"""Which packets are shown and when: one clock from what packets say, however badly they say it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class RawPacket:
    """What a demuxer says of one packet, in ticks of the stream's time base."""

    pts: int | None
    dts: int | None
    duration: int
    is_key: bool
    is_shown: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each packet of a stream is shown."""

    times_s: tuple[Fraction | None, ...]
    """Per packet in file order, from the first shown frame; None for packets that are never shown."""
    start_s: Fraction
    """Time of the first shown frame on the file's own clock."""
    last_duration_s: Fraction
    """How long the packet that is shown last says it lasts; 0 where it does not say."""
    is_derived: bool
    """Whether the file has no presentation times, so that these follow from order and nominal rate."""


def lay_timeline(
    packets: Sequence[RawPacket], time_base: Fraction, nominal_fps: Fraction | None
) -> Timeline:
    """Return when each of ``packets`` is shown.

    A presentation time that occurs twice is shown once: the later packet replaces nothing and counts as hidden.
    Packets without presentation times (AVI with B-frames) are laid on the nominal rate in the order of the file.
    """
    shown = [n for n, p in enumerate(packets) if p.is_shown]
    if not shown:
        return Timeline(tuple(None for _ in packets), Fraction(0), Fraction(0), is_derived=False)
    if any(packets[n].pts is None for n in shown):
        return _derived(packets, shown, time_base, nominal_fps)
    seen: set[int] = set()
    ticks: list[int | None] = []
    for packet in packets:
        usable = packet.is_shown and packet.pts is not None and packet.pts not in seen
        ticks.append(packet.pts if usable else None)
        if usable and packet.pts is not None:
            seen.add(packet.pts)
    first = min(seen)
    last = max(shown, key=lambda n: packets[n].pts or first)
    return Timeline(
        tuple(None if t is None else (t - first) * time_base for t in ticks),
        first * time_base,
        max(0, packets[last].duration) * time_base,
        is_derived=False,
    )


def _derived(
    packets: Sequence[RawPacket],
    shown: Sequence[int],
    time_base: Fraction,
    nominal_fps: Fraction | None,
) -> Timeline:
    """Lay frames in file order on the decode clock, or on the nominal rate where that is missing too."""
    clock = [packets[n].dts for n in shown]
    known = [t for t in clock if t is not None]
    times: dict[int, Fraction] = {}
    if len(known) == len(clock) and len(set(known)) == len(known):
        first = min(known)
        for n, tick in zip(shown, sorted(known), strict=True):
            times[n] = (tick - first) * time_base
    else:
        step = 1 / nominal_fps if nominal_fps else Fraction(1, 25)
        for place, n in enumerate(shown):
            times[n] = place * step
    return Timeline(
        tuple(times.get(n) for n in range(len(packets))),
        Fraction(0),
        Fraction(0),
        is_derived=True,
    )
