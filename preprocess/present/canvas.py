"""Drawing for annotated pictures: colours, text that fits, outlined boxes. Pillow's own scalable font, no files."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from ..geometry import Box, Point

INK = (236, 239, 244)
FAINT = (150, 160, 175)
PAPER = (24, 28, 36)
PANEL = (33, 39, 50)
SHADE = (0, 0, 0, 120)
FACE = (64, 224, 208)
OTHER = (255, 159, 67)
CROP = (255, 221, 87)
POINT = (255, 255, 255)
GOOD = (92, 201, 122)
BAD = (247, 94, 94)
UNSURE = (180, 142, 250)
"""sRGB. The pairs that stand side by side differ in lightness too, for people who do not see the hues."""

Colour = tuple[int, int, int]
LINE_SPACING = 1.35
"""Distance of base lines in font sizes."""


@cache
def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's built-in font (Aileron) at ``size_px``."""
    return ImageFont.load_default(size=size_px)


def text_width(text: str, size_px: int) -> float:
    """Return how wide ``text`` is drawn, in pixels."""
    return font(size_px).getlength(text)


def wrapped(text: str, size_px: int, width_px: float) -> list[str]:
    """Return ``text`` in lines that fit ``width_px``; a word that alone is too wide is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}".strip()
        if text_width(candidate, size_px) <= width_px:
            line = candidate
            continue
        if line:
            lines.append(line)
        while text_width(word, size_px) > width_px and len(word) > 1:
            fit = _fitting(word, size_px, width_px)
            lines.append(word[:fit])
            word = word[fit:]
        line = word
    return [*lines, line] if line else lines or [""]


def _fitting(word: str, size_px: int, width_px: float) -> int:
    """Return how many characters of ``word`` fit, at least one."""
    fit = len(word)
    while fit > 1 and text_width(word[:fit], size_px) > width_px:
        fit -= 1
    return fit


def shortened(text: str, size_px: int, width_px: float) -> str:
    """Return ``text`` on one line, its middle left out where it is too wide."""
    if text_width(text, size_px) <= width_px:
        return text
    keep = len(text)
    while keep > 2 and text_width(_elided(text, keep), size_px) > width_px:
        keep -= 1
    return _elided(text, keep)


def _elided(text: str, keep: int) -> str:
    return f"{text[: keep - keep // 2]}...{text[len(text) - keep // 2 :]}"


def outline(draw: ImageDraw.ImageDraw, box: Box, colour: Colour, width_px: int) -> None:
    """Draw a rectangle with a dark rim, so that it shows on any picture."""
    edges = (box.left, box.top, box.right - 1, box.bottom - 1)
    rim = (edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1)
    draw.rectangle(rim, outline=(0, 0, 0), width=width_px + 2)
    draw.rectangle(edges, outline=colour, width=width_px)


def corners(draw: ImageDraw.ImageDraw, box: Box, colour: Colour, width_px: int) -> None:
    """Draw the four corners of a face's box, which leaves the face to be seen."""
    arm = max(4.0, min(box.width, box.height) / 4)
    for x, dx in ((box.left, arm), (box.right, -arm)):
        for y, dy in ((box.top, arm), (box.bottom, -arm)):
            for colour_now, more in (((0, 0, 0), 2), (colour, 0)):
                draw.line(
                    [(x + dx, y), (x, y), (x, y + dy)], fill=colour_now, width=width_px + more
                )


def dot(draw: ImageDraw.ImageDraw, point: Point, radius_px: float, colour: Colour = POINT) -> None:
    """Draw a key point."""
    x, y, r = point.x, point.y, radius_px
    draw.ellipse((x - r, y - r, x + r, y + r), fill=colour, outline=(0, 0, 0))


def label(
    draw: ImageDraw.ImageDraw,
    at: Point,
    text: str,
    colour: Colour,
    size_px: int,
    within: Image.Image,
) -> None:
    """Draw ``text`` on a plate of ``colour``, its lower left corner at ``at``, moved to lie in the picture."""
    width, height = text_width(text, size_px) + size_px * 0.7, size_px * LINE_SPACING
    left = min(max(0.0, at.x), max(0.0, within.width - width))
    top = min(max(0.0, at.y - height), within.height - height)
    draw.rounded_rectangle((left, top, left + width, top + height), size_px / 4, fill=colour)
    draw.text((left + width / 2, top + height / 2), text, PAPER, font(size_px), anchor="mm")


def dimmed_outside(picture: Image.Image, box: Box) -> Image.Image:
    """Return ``picture`` with what lies outside ``box`` darkened."""
    shade = Image.new("RGBA", picture.size, SHADE)
    left, top = max(0, round(box.left)), max(0, round(box.top))
    right, bottom = min(picture.width, round(box.right)), min(picture.height, round(box.bottom))
    if right > left and bottom > top:
        shade.paste((0, 0, 0, 0), (left, top, right, bottom))
    return Image.alpha_composite(picture.convert("RGBA"), shade).convert("RGB")
