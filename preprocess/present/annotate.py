"""A picture per capture: what was seen, what would be cut out, and the findings in words beside it."""

from __future__ import annotations

import io
from fractions import Fraction

from PIL import Image, ImageDraw

from ..faces import Face, Sighting
from ..geometry import Point
from ..media import Kind
from ..plans import ClipPlan, Plan
from ..preflight import Checked, CheckOutcome, Snapshot
from ..report import Finding, Status
from . import canvas
from .check_text import measured_text
from .story import describe

PICTURE_PX = 900
"""Longest side that a still is shown at."""
SMALLEST_PX = 360
"""Small captures are enlarged to this longest side, so that marks on them stay readable."""
PANEL_PX = 560
MARGIN_PX = 28
TEXT_PX = 17
TITLE_PX = 26
SHEET_COLUMNS = 4
THUMBNAIL_PX = 520
THUMBNAIL_QUALITY = 80

_SIGNS = {
    Status.FAIL: ("FAIL", canvas.BAD),
    Status.WARN: ("warn", canvas.CROP),
    Status.NOT_ASSESSED: ("?", canvas.UNSURE),
    Status.PASS: ("ok", canvas.GOOD),
}
_VERDICTS = {
    CheckOutcome.PASSED: ("PASSED", canvas.GOOD),
    CheckOutcome.FAILED: ("FAILED", canvas.BAD),
    CheckOutcome.ERROR: ("NOT JUDGED", canvas.UNSURE),
}


def annotated(checked: Checked) -> Image.Image:
    """Return the annotated picture of a capture: what was looked at on the left, the findings on the right."""
    shown = exhibit(checked)
    panel = _panel(checked)
    height = max(shown.height, panel.height) + 2 * MARGIN_PX
    sheet = Image.new("RGB", (shown.width + panel.width + 3 * MARGIN_PX, height), canvas.PAPER)
    sheet.paste(shown, (MARGIN_PX, MARGIN_PX))
    sheet.paste(panel, (shown.width + 2 * MARGIN_PX, MARGIN_PX))
    return sheet


def exhibit(checked: Checked) -> Image.Image:
    """Return the marked picture alone: the still, or the contact sheet of the clip."""
    if not checked.snapshots or checked.sightings is None:
        return _nothing_to_show(checked)
    if checked.media is not None and checked.media.kind is Kind.VIDEO:
        return _contact_sheet(checked)
    return _marked(checked, checked.snapshots[0], PICTURE_PX)


def as_png(picture: Image.Image) -> bytes:
    """Return ``picture`` as PNG."""
    coded = io.BytesIO()
    picture.save(coded, "PNG", compress_level=6)
    return coded.getvalue()


def as_thumbnail(picture: Image.Image) -> bytes:
    """Return ``picture`` as a JPEG of at most `THUMBNAIL_PX`, for a page."""
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    coded = io.BytesIO()
    small.save(coded, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)
    return coded.getvalue()


def _nothing_to_show(checked: Checked) -> Image.Image:
    size = (PICTURE_PX * 3 // 5, PICTURE_PX * 2 // 5)
    picture = Image.new("RGB", size, canvas.PANEL)
    draw = ImageDraw.Draw(picture)
    undecoded = checked.outcome is not CheckOutcome.PASSED
    text = "no picture could be decoded" if undecoded else "the pixels were not looked at"
    draw.text((size[0] / 2, size[1] / 2), text, canvas.FAINT, canvas.font(TITLE_PX), anchor="mm")
    return picture


def _marked(checked: Checked, snapshot: Snapshot, longest_px: int) -> Image.Image:
    """Return a snapshot with the faces and the crop drawn on it."""
    picture = _opened(snapshot)
    factor = min(longest_px, max(SMALLEST_PX, *picture.size)) / max(picture.size)
    if factor != 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    assert checked.sightings is not None  # noqa: S101 - asked for by `exhibit`
    scale = picture.width / checked.sightings.size.width
    plan = checked.plan
    if plan is not None:
        picture = canvas.dimmed_outside(picture, plan.crop.as_box().scaled(scale))
    draw = ImageDraw.Draw(picture)
    line_px = max(2, round(max(picture.size) / 300))
    size_px = max(12, round(max(picture.size) / 50))
    if plan is not None:
        box = plan.crop.as_box().scaled(scale)
        canvas.outline(draw, box, canvas.CROP, line_px)
        what = f"{plan.rung.label}: {plan.target.width}x{plan.target.height}"
        under = Point(box.left, box.bottom - line_px)
        canvas.label(draw, under, what, canvas.CROP, size_px, picture)
    sighting = _sighting_at(checked, snapshot.time_s)
    for place, face in enumerate(sighting.faces if sighting else ()):
        _draw_face(draw, picture, face, scale, line_px, size_px, is_subject=place == 0)
    return picture


def _draw_face(
    draw: ImageDraw.ImageDraw,
    picture: Image.Image,
    face: Face,
    scale: float,
    line_px: int,
    size_px: int,
    *,
    is_subject: bool,
) -> None:
    colour = canvas.FACE if is_subject else canvas.OTHER
    box = face.box.scaled(scale)
    canvas.corners(draw, box, colour, line_px)
    points = face.key_points
    for point in (points.right_eye, points.left_eye, points.nose_tip, points.mouth):
        canvas.dot(draw, Point(point.x * scale, point.y * scale), line_px * 1.3)
    turn = f", turned by {face.turn_deg}" if face.turn_deg else ""
    text = f"{face.box.width:.0f} px{turn}"
    canvas.label(draw, Point(box.left, box.top - line_px), text, colour, size_px, picture)


def _contact_sheet(checked: Checked) -> Image.Image:
    """Return the clip's looked-at frames in a grid over its timeline; frames of the chosen window are framed."""
    frames = [_marked(checked, snapshot, SMALLEST_PX) for snapshot in checked.snapshots]
    columns = min(SHEET_COLUMNS, len(frames))
    cell_w, cell_h = frames[0].size
    gap, caption = 10, 24
    rows = -(-len(frames) // columns)
    width = columns * (cell_w + gap) - gap
    bar = _timeline(checked, width)
    sheet = Image.new("RGB", (width, rows * (cell_h + caption + gap) + bar.height), canvas.PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (snapshot, frame) in enumerate(zip(checked.snapshots, frames, strict=True)):
        x, y = place % columns * (cell_w + gap), place // columns * (cell_h + caption + gap)
        sheet.paste(frame, (x, y))
        inside = _is_chosen(checked.plan, snapshot.time_s)
        if inside:
            draw.rectangle((x, y, x + cell_w - 1, y + cell_h - 1), outline=canvas.GOOD, width=3)
        colour = canvas.GOOD if inside else canvas.FAINT
        note = f"{float(snapshot.time_s):.2f} s" + (" in the window" if inside else "")
        draw.text((x + 2, y + cell_h + 3), note, colour, canvas.font(15))
    sheet.paste(bar, (0, sheet.height - bar.height))
    return sheet


def _timeline(checked: Checked, width: int) -> Image.Image:
    """Return the bar of time: keyframes, looked-at frames with and without a face, the chosen window."""
    bar = Image.new("RGB", (width, 76), canvas.PAPER)
    draw = ImageDraw.Draw(bar)
    info = checked.media.info if checked.media else None
    sightings = checked.sightings
    duration = float(getattr(info, "duration_s_packets", 0)) or 1.0
    top, bottom = 16, 40

    def x_of(time_s: Fraction | float) -> float:
        return min(1.0, max(0.0, float(time_s) / duration)) * (width - 1)

    draw.rounded_rectangle((0, top, width - 1, bottom), 5, fill=canvas.PANEL)
    if isinstance(checked.plan, ClipPlan):
        window = checked.plan.window
        edges = (x_of(window.start_s), top - 5, x_of(window.end_s), bottom + 5)
        draw.rounded_rectangle(edges, 5, fill=(38, 84, 58), outline=canvas.GOOD, width=2)
    for time in getattr(info, "key_times_s", ()):
        draw.line([(x_of(time), top - 8), (x_of(time), top - 2)], fill=canvas.FAINT, width=2)
    for sighting in sightings.frames if sightings else ():
        x, y = x_of(sighting.time_s), (top + bottom) / 2
        x = min(max(5.0, x), width - 6.0)
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_sighting_colour(sighting))
    words = [(0, "0 s", "la"), (width - 1, f"{duration:.2f} s", "ra")]
    if isinstance(checked.plan, ClipPlan):
        window = checked.plan.window
        text = f"window {float(window.start_s):.2f} to {float(window.end_s):.2f} s"
        words.append((round((x_of(window.start_s) + x_of(window.end_s)) / 2), text, "ma"))
        half = canvas.text_width(text, 15) / 2
        middle = min(max(60 + half, words[-1][0]), width - 80 - half)
        words[-1] = (round(middle), text, "ma")
    for x, text, anchor in words:
        draw.text((x, bottom + 10), text, canvas.FAINT, canvas.font(15), anchor=anchor)
    return bar


def _sighting_colour(sighting: Sighting) -> canvas.Colour:
    if not sighting.faces:
        return canvas.BAD
    return canvas.FACE if len(sighting.faces) == 1 else canvas.OTHER


def _is_chosen(plan: Plan | None, time_s: Fraction) -> bool:
    return isinstance(plan, ClipPlan) and plan.window.start_s <= time_s < plan.window.end_s


def _sighting_at(checked: Checked, time_s: Fraction) -> Sighting | None:
    frames = checked.sightings.frames if checked.sightings else ()
    return next((sighting for sighting in frames if sighting.time_s == time_s), None)


def _opened(snapshot: Snapshot) -> Image.Image:
    with Image.open(io.BytesIO(snapshot.jpeg), formats=["JPEG"]) as picture:
        return picture.convert("RGB")


class _Panel:
    """Text set from top to bottom; measured first, drawn second."""

    def __init__(self) -> None:
        self.y = 0.0
        self._drawn: list[tuple[float, float, str, canvas.Colour, int]] = []

    def line(
        self, text: str, colour: canvas.Colour, size_px: int = TEXT_PX, left: float = 0.0
    ) -> None:
        for part in canvas.wrapped(text, size_px, PANEL_PX - left):
            self._drawn.append((left, self.y, part, colour, size_px))
            self.y += size_px * canvas.LINE_SPACING

    def sign(self, word: str, colour: canvas.Colour) -> None:
        """Set a word in the left column without moving on."""
        self._drawn.append((0, self.y, word, colour, TEXT_PX))

    def gap(self, height_px: float) -> None:
        self.y += height_px

    def drawn(self) -> Image.Image:
        picture = Image.new("RGB", (PANEL_PX, max(1, round(self.y) + 4)), canvas.PAPER)
        draw = ImageDraw.Draw(picture)
        for left, top, text, colour, size_px in self._drawn:
            draw.text((left, top), text, colour, canvas.font(size_px))
        return picture


def _panel(checked: Checked) -> Image.Image:
    panel = _Panel()
    word, colour = _VERDICTS[checked.outcome]
    panel.line(canvas.shortened(checked.name, TITLE_PX, PANEL_PX), canvas.INK, TITLE_PX)
    panel.line(word, colour, TITLE_PX)
    if checked.media is not None:
        panel.line(describe(checked.media), canvas.FAINT)
    panel.gap(14)
    if checked.error is not None:
        panel.line(checked.error.message, canvas.INK)
        panel.line(checked.error.advice, canvas.FACE)
    findings = sorted(checked.report.findings, key=lambda finding: -finding.status.gravity)
    for finding in findings:
        if finding.status in (Status.FAIL, Status.WARN):
            _tell(panel, finding)
    for status, text in ((Status.NOT_ASSESSED, "not assessed"), (Status.PASS, "passed")):
        rules = [finding.rule for finding in findings if finding.status is status]
        if rules:
            panel.sign(*_SIGNS[status])
            panel.line(f"{len(rules)} {text}: {', '.join(rules)}", canvas.FAINT, left=60)
            panel.gap(8)
    if checked.plan is not None:
        panel.gap(6)
        panel.line(_plan_line(checked.plan), canvas.CROP)
    return panel.drawn()


def _tell(panel: _Panel, finding: Finding) -> None:
    panel.sign(*_SIGNS[finding.status])
    panel.line(f"{finding.rule}  {finding.message}", canvas.INK, left=60)
    if (measured := measured_text(finding)) and str(finding.measured) not in finding.message:
        panel.line(measured, canvas.FAINT, left=60)
    if finding.advice:
        panel.line(finding.advice, canvas.FACE, left=60)
    panel.gap(10)


def _plan_line(plan: Plan) -> str:
    crop = plan.crop
    text = f"Plan: {plan.rung.label}, {crop.width}x{crop.height} at {crop.left},{crop.top}"
    if isinstance(plan, ClipPlan):
        return f"{text}, {len(plan.frame_times_s)} frames at {float(plan.rate_fps):g} fps"
    return f"{text}, scale {plan.scale:.2f}"
