"""Execution for stills: the bytes that a plan asks for, and the ledger of what was changed."""

from __future__ import annotations

from . import _images, _pixels
from ._jpeg import strip_jpeg
from ._png import strip_png
from .detector import Picture
from .errors import UsageError
from .geometry import Orientation
from .media import StillInfo, base64_chars
from .plans import LedgerEntry, Made, StillPlan
from .report import Rung
from .still_reader import Rendered, StillReader
from .watch import Watch

JPEG_QUALITIES = (95, 90, 85, 80, 75)
"""libjpeg's scale. 95 is the first choice (design, section 3); less only where a ceiling calls for it."""


def execute_still(plan: StillPlan, reader: StillReader, watch: Watch) -> Made:
    """Return the payload's bytes and what was changed for them.

    Args:
        plan: What to do.
        reader: The opened still, with what the look stage decoded.
        watch: Deadline and progress.

    Raises:
        UnreadableError: The picture is damaged.
        UsageError: Not even the smallest form fits the caller's ceiling (code ``usage.ceiling``).
        DeadlineExceededError: The time limit passed.
    """
    info = reader.info
    if plan.rung is Rung.AS_IS:
        return Made(reader.media.data)
    if plan.rung is Rung.STRIP:
        strip = strip_jpeg if info.form == "jpeg" else strip_png
        entry = LedgerEntry("metadata", ", ".join(info.private), "cut out", "private metadata")
        return Made(strip(reader.media.data), (entry,))
    rendered = reader.render(plan.crop, plan.orientation, plan.target)
    watch.tick("execute", 0.5)
    data, form = _coded(rendered.pixels, plan)
    watch.tick("execute", 1.0)
    return Made(data, (*_ledger(plan, info, rendered), _code_entry(info, form, plan)))


def _coded(pixels: Picture, plan: StillPlan) -> tuple[bytes, str]:
    """Return the first coding that fits the ceiling, losing nothing for as long as possible, and its name."""
    if plan.form == "png":
        for small, name in ((False, "PNG, lossless"), (True, "PNG, lossless, pressed")):
            data = _pixels.png_bytes(pixels, small=small)
            if base64_chars(len(data)) <= plan.max_base64_chars:
                return data, name
    chars = 0
    for quality in JPEG_QUALITIES:
        data = _images.jpeg_bytes(pixels, quality=quality)
        chars = base64_chars(len(data))
        if chars <= plan.max_base64_chars:
            return data, f"JPEG, quality {quality}, 4:4:4"
    message = (
        f"the photo does not fit {plan.max_base64_chars:,} base64 characters; "
        f"at JPEG quality {JPEG_QUALITIES[-1]} it takes {chars:,}"
    )
    advice = "Raise --max-base64-chars."
    raise UsageError(message, code="usage.ceiling", advice=advice)


def _ledger(plan: StillPlan, info: StillInfo, rendered: Rendered) -> tuple[LedgerEntry, ...]:
    """Return one entry for each change of the pixels, in the order they were made."""
    entries = []
    if info.frames > 1 or info.trailing_bytes:
        before = (
            f"{info.frames} pictures"
            if info.frames > 1
            else f"{info.trailing_bytes:,} bytes behind the picture"
        )
        entries.append(LedgerEntry("frames", before, "the first picture", "the service takes one"))
    if info.bit_depth > 8:
        entries.append(
            LedgerEntry(
                "depth", f"{info.bit_depth} bit", "8 bit, scaled", "every reader takes 8 bit"
            )
        )
    if info.has_alpha:
        entries.append(
            LedgerEntry("alpha", "transparent pixels", "laid on white", "readers disagree on alpha")
        )
    if info.mode not in ("RGB", "L") or rendered.color_change:
        before = info.icc_name or info.mode
        after = rendered.color_change or ("grey" if rendered.pixels.ndim == 2 else "RGB")
        entries.append(LedgerEntry("colour", before, after, "the payload carries no profile"))
    if plan.orientation is not Orientation.UPRIGHT:
        before = f"orientation {int(plan.orientation)}"
        entries.append(LedgerEntry("turn", before, "upright pixels", "readers may ignore a tag"))
    upright = info.size_stored.turned(plan.orientation)
    crop = plan.crop
    if crop.size != upright:
        after = f"{crop.width}x{crop.height} at {crop.left},{crop.top}"
        entries.append(
            LedgerEntry(
                "crop", f"{upright.width}x{upright.height}", after, "one face, framed as advised"
            )
        )
    if plan.rung is Rung.RESAMPLE:
        after = f"{plan.target.width}x{plan.target.height}, Lanczos"
        entries.append(
            LedgerEntry("scale", f"{crop.width}x{crop.height}", after, "the advised frame")
        )
    if info.private:
        entries.append(
            LedgerEntry("metadata", ", ".join(info.private), "left out", "private metadata")
        )
    return tuple(entries)


def _code_entry(info: StillInfo, form: str, plan: StillPlan) -> LedgerEntry:
    reason = (
        "pixels were changed"
        if form.startswith(plan.form.upper())
        else "the ceiling leaves no room for PNG"
    )
    return LedgerEntry("code", info.form.upper(), form, reason)
