"""Rules for photos: form, pixels and metadata."""

from __future__ import annotations

from ..geometry import Orientation
from ..report import Rung
from .documents import API, EXIF, LEAST_READER, PRIVACY
from .rule import STILLS, Evidence, Need, Rule, Severity, Verdict, broken, held, unknown

PLAIN_MODES = frozenset({"RGB", "L"})
"""Pillow's modes that every decoder reads alike. Source: design decision on as-is stills."""

EXTENSIONS = {
    "jpeg": {"jpg", "jpeg", "jpe", "jfif"},
    "png": {"png"},
    "webp": {"webp"},
    "avif": {"avif"},
    "heif": {"heic", "heif", "hif"},
    "bmp": {"bmp", "dib"},
    "tiff": {"tif", "tiff"},
    "gif": {"gif"},
}
"""Extensions that tell the truth about a form."""


def _form(evidence: Evidence) -> Verdict:
    form, allowed = evidence.still.form, evidence.profile.still.formats
    limit = ", ".join(allowed)
    if form in allowed:
        return held(f"the photo is {form.upper()}", form, limit)
    return broken(f"the photo is {form.upper()}, which the service does not read", form, limit)


def _decodes(evidence: Evidence) -> Verdict:
    if evidence.damage is not None:
        return broken(evidence.damage.message, False, True)
    if evidence.sightings is None:
        return unknown("not decoded: only the header was read")
    return held("the whole picture decodes", True, True)


def _size(evidence: Evidence) -> Verdict:
    size, want = evidence.still.size_upright, evidence.profile.still.size
    measured, limit = f"{size.width}x{size.height}", f"{want.width}x{want.height}"
    if size == want:
        return held(f"the photo measures {measured}", measured, limit, "px")
    return broken(f"the photo measures {measured}, not {limit}", measured, limit, "px")


def _orientation(evidence: Evidence) -> Verdict:
    orientation = evidence.still.orientation
    if orientation is Orientation.UPRIGHT:
        return held("the pixels are stored upright", int(orientation), 1)
    message = f"the pixels are stored {_turn(orientation)} and rely on a tag to be shown upright"
    return broken(message, int(orientation), 1)


def _turn(orientation: Orientation) -> str:
    turn = f"turned by {orientation.turn_deg} degrees" if orientation.turn_deg else ""
    return " and ".join(filter(None, ["mirrored" if orientation.is_mirrored else "", turn]))


def _mode(evidence: Evidence) -> Verdict:
    still = evidence.still
    measured = f"{still.mode}, {still.bit_depth} bit{', alpha' if still.has_alpha else ''}"
    limit = "RGB or L, 8 bit"
    if still.mode in PLAIN_MODES and still.bit_depth == 8 and not still.has_alpha:
        return held("the pixels are plain 8-bit colour or grey", measured, limit)
    return broken(f"the pixels are {measured}, which decoders read differently", measured, limit)


def _single(evidence: Evidence) -> Verdict:
    still = evidence.still
    if still.frames > 1:
        return broken(f"the file holds {still.frames} pictures", still.frames, 1, "pictures")
    if still.trailing_bytes:
        message = f"{still.trailing_bytes:,} bytes follow the picture (motion photo or leftovers)"
        return broken(message, still.trailing_bytes, 0, "bytes behind the picture")
    return held("the file holds one picture", 1, 1, "pictures")


def _private(evidence: Evidence) -> Verdict:
    still = evidence.still
    if not still.private:
        return held("no private metadata", 0, 0, "items")
    remedy = Rung.STRIP if still.is_strippable else Rung.CROP
    names = ", ".join(still.private)
    return broken(f"private metadata: {names}", len(still.private), 0, "items", remedy=remedy)


def _extension(evidence: Evidence) -> Verdict:
    still = evidence.still
    return judge_extension(still.extension, still.form, EXTENSIONS.get(still.form, {still.form}))


def judge_extension(extension: str | None, form: str, honest: set[str]) -> Verdict:
    """Return the verdict on a name's ``extension`` for content of ``form``."""
    limit = ", ".join(sorted(honest))
    if extension is None:
        return held("the name has no extension that could mislead", None, limit)
    if extension in honest:
        return held(f".{extension} agrees with the content", extension, limit)
    return broken(f"the name ends in .{extension}, the content is {form.upper()}", extension, limit)


IMG_RULES = (
    Rule(
        "IMG001",
        "The photo is JPEG or PNG, by its content.",
        Severity.HARD,
        STILLS,
        Need.HEADER,
        API,
        "Set the camera to JPEG (iPhone: Settings > Camera > Formats > Most Compatible), or let `prepare` convert it.",
        _form,
        remedy=Rung.CROP,
        predicts="FailedOperation.ImageDecodeFailed",
    ),
    Rule(
        "IMG002",
        "The photo decodes completely.",
        Severity.HARD,
        STILLS,
        Need.PIXELS,
        API,
        "The file is damaged or incomplete: take the photo again, or copy the original once more.",
        _decodes,
        predicts="FailedOperation.ImageDecodeFailed",
    ),
    Rule(
        "IMG003",
        "The upright photo has the advised size.",
        Severity.ADVICE,
        STILLS,
        Need.HEADER,
        API,
        "Let `prepare` crop it around the face.",
        _size,
        remedy=Rung.CROP,
    ),
    Rule(
        "IMG004",
        "The pixels are stored upright, without an orientation tag.",
        Severity.ADVICE,
        STILLS,
        Need.HEADER,
        EXIF,
        "Let `prepare` turn the pixels, so that readers that ignore the tag see the face upright.",
        _orientation,
        remedy=Rung.CROP,
        predicts="FailedOperation.IncompleteFace",
    ),
    Rule(
        "IMG005",
        "The pixels are 8-bit RGB or grey, without alpha, palette or CMYK.",
        Severity.ADVICE,
        STILLS,
        Need.HEADER,
        LEAST_READER,
        "Let `prepare` convert the pixels, or export the photo as plain 8-bit RGB.",
        _mode,
        remedy=Rung.CROP,
    ),
    Rule(
        "IMG006",
        "The file holds one picture and nothing behind it.",
        Severity.ADVICE,
        STILLS,
        Need.HEADER,
        LEAST_READER,
        "Switch motion photo, burst or 3D off, or let `prepare` keep the first picture.",
        _single,
        remedy=Rung.CROP,
    ),
    Rule(
        "IMG007",
        "No private metadata (place, serial numbers, names, comments, thumbnails).",
        Severity.ADVICE,
        STILLS,
        Need.HEADER,
        PRIVACY,
        "Switch location off in the camera's settings, or let `prepare` cut it out.",
        _private,
        remedy=Rung.STRIP,
    ),
    Rule(
        "IMG008",
        "The name's extension agrees with the content.",
        Severity.QUALITY,
        STILLS,
        Need.HEADER,
        LEAST_READER,
        "Rename the file after what it is.",
        _extension,
    ),
)
