"""Makes the payload of a clip: bytes as they are, packets copied, or frames coded once under a hard ceiling."""

from __future__ import annotations

from fractions import Fraction

from ._av_write import copy_clip
from .ceiling import coded_within
from .clip_reader import ClipReader
from .coder import Order, sound_of
from .framing import Framing, frame
from .geometry import Orientation
from .media import ClipInfo
from .packet_cut import longest_cut
from .plans import ClipPlan, LedgerEntry, Made, Window
from .rate import CLOCK_TOLERANCE_S
from .report import Rung
from .watch import Watch


def execute_clip(plan: ClipPlan, reader: ClipReader, watch: Watch) -> Made:
    """Return the bytes that ``plan`` asks for, never above its ceiling.

    Args:
        plan: What to do.
        reader: The opened clip, with the payload frames that the look kept.
        watch: Deadline and progress.

    Raises:
        UnreadableError: The window breaks off while it is decoded.
        UsageError: Not even the coarsest coding fits the ceiling (``usage.ceiling``).
        DeadlineExceededError: The time limit passed.
    """
    info, data = reader.info, reader.media.data
    if plan.rung is Rung.AS_IS:
        return Made(data)
    if plan.rung <= Rung.TRIM:
        cut = longest_cut(info, plan.window)
        assert cut is not None  # noqa: S101 - the plan found it
        made = copy_clip(
            data,
            info,
            cut,
            plan.rate_fps,
            plan.container,
            sound=sound_of(reader.media, plan.window) if plan.keep_audio else None,
            tick=lambda share: watch.tick("execute", share),
        )
        return Made(made, _copy_ledger(plan, info))
    framing = frame(info, plan.orientation, plan.crop, plan.target)
    order = Order(
        plan.frame_times_s,
        plan.rate_fps,
        plan.container,
        plan.max_base64_chars,
        sound_of(reader.media, plan.window) if plan.keep_audio else None,
    )
    made, how = coded_within(
        reader.coder(framing, order, watch),
        lambda: reader.payload_frames(framing, order, watch),
        tick=lambda share: watch.tick("execute", share),
    )
    return Made(made, (*_code_ledger(plan, framing, info), how))


def _copy_ledger(plan: ClipPlan, info: ClipInfo) -> tuple[LedgerEntry, ...]:
    entries = [
        LedgerEntry(
            "container", info.container, plan.container, "packets copied, not one pixel changed"
        )
    ]
    if plan.rung is Rung.TRIM:
        entries.append(_window_entry(plan.window, info, "keyframe-aligned"))
    return (*entries, *_left_out(plan, info))


def _left_out(plan: ClipPlan, info: ClipInfo) -> list[LedgerEntry]:
    entries = []
    if info.has_audio and not plan.keep_audio:
        entries.append(
            LedgerEntry("audio", "present", "absent", "the service judges pictures only")
        )
    if info.private:
        entries.append(LedgerEntry("metadata", ", ".join(info.private), "absent", "private"))
    return entries


def _window_entry(window: Window, info: ClipInfo, reason: str) -> LedgerEntry:
    before = f"0.00-{float(info.duration_s_packets):.2f} s"
    return LedgerEntry(
        "trim", before, f"{float(window.start_s):.2f}-{float(window.end_s):.2f} s", reason
    )


def _code_ledger(plan: ClipPlan, framing: Framing, info: ClipInfo) -> tuple[LedgerEntry, ...]:
    """Return what decoding, filtering and coding changed, in that order."""
    entries: list[LedgerEntry] = []
    if plan.window.length_s < info.duration_s_packets - CLOCK_TOLERANCE_S:
        entries.append(_window_entry(plan.window, info, "the best seconds"))
    if info.is_interlaced:
        entries.append(
            LedgerEntry(
                "fields", "interlaced", "progressive", "bwdif, one frame per pair of fields"
            )
        )
    if plan.orientation is not Orientation.UPRIGHT:
        turn = f"{plan.orientation.turn_deg} degrees clockwise" + (
            " after mirroring" if plan.orientation.is_mirrored else ""
        )
        asked = plan.orientation is not info.orientation
        reason = "asked for with --auto-rotate" if asked else "as the display matrix says"
        entries.append(LedgerEntry("turn", "left to the reader", turn, reason))
    if info.pixel_aspect != 1:
        entries.append(
            LedgerEntry("aspect", f"pixels {info.pixel_aspect}", "square", "readers ignore it")
        )
    upright = info.size_square.turned(plan.orientation)
    crop = plan.crop
    if crop.size != upright:
        after = f"{crop.width}x{crop.height} at {crop.left},{crop.top}"
        entries.append(
            LedgerEntry("crop", f"{upright.width}x{upright.height}", after, "around the face")
        )
    if crop.size != plan.target:
        after = f"{plan.target.width}x{plan.target.height}"
        entries.append(LedgerEntry("scale", f"{crop.width}x{crop.height}", after, "bicubic"))
    entries += _rate_entries(plan, info)
    entries += _color_entries(framing, info)
    return (*entries, *_left_out(plan, info))


def _rate_entries(plan: ClipPlan, info: ClipInfo) -> list[LedgerEntry]:
    shown = set(plan.frame_times_s)
    inside = [t for t in info.times_s if plan.window.start_s <= t < plan.window.end_s]
    dropped, repeated = len(inside) - len(shown), len(plan.frame_times_s) - len(shown)
    if (
        info.is_constant_rate
        and info.rate_fps_packets == plan.rate_fps
        and not dropped
        and not repeated
    ):
        return []
    kind = "constant" if info.is_constant_rate else "variable"
    before = f"{float(info.rate_fps_packets or Fraction(0)):.2f} fps, {kind}"
    reason = f"{dropped} frames dropped, {repeated} repeated"
    return [LedgerEntry("rate", before, f"{float(plan.rate_fps):.2f} fps, constant", reason)]


def _color_entries(framing: Framing, info: ClipInfo) -> list[LedgerEntry]:
    color = framing.color
    if color.is_identity and not color.is_foreign_format:
        return []
    span = "full" if color.is_full_range else "limited"
    before = f"{color.space}, {color.transfer}, {span} range, {info.pixel_format}"
    reason = (
        "tone curve, see docs/clip-colour.md"
        if color.transfer != "sdr"
        else "one meaning for every reader"
    )
    return [LedgerEntry("colour", before, "bt709, sdr, limited range, yuv420p", reason)]
