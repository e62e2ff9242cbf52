"""Profiles: every limit that rules and planners use, read from TOML and validated.

The built-in profile is ``detect-ai-fake-faces``. Users bring their own as a path; its tables replace the built-in
ones value by value, so a file may hold just what differs.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, cast, get_type_hints

from .errors import UsageError
from .geometry import Size

DEFAULT_NAME = "detect-ai-fake-faces"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the limits come from."""

    name: str
    title: str
    document: str
    """Document that states the limits."""
    date: date
    """Date of that document."""


@dataclass(frozen=True, slots=True)
class StillLimits:
    """Limits for photos."""

    formats: tuple[str, ...]
    width_px: int
    height_px: int
    advised_base64_chars: int
    max_base64_chars: int

    @property
    def size(self) -> Size:
        """Advised frame."""
        return Size(self.width_px, self.height_px)


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """Limits for clips."""

    containers: tuple[str, ...]
    codecs: tuple[str, ...]
    width_px: int
    height_px: int
    max_short_side_px: int
    max_long_side_px: int
    min_s: float
    max_s: float
    refused_above_s: float
    min_fps: float
    max_fps: float
    source_fps_min: float
    spacing_tolerance_s: float
    advised_base64_chars: int
    max_base64_chars: int
    encrypted_base64_chars: int

    @property
    def size(self) -> Size:
        """Advised frame."""
        return Size(self.width_px, self.height_px)


@dataclass(frozen=True, slots=True)
class FaceLimits:
    """Limits for the face."""

    min_px: float
    """Least width of the face's box, in payload pixels and in source pixels."""
    band: float
    """Share of ``min_px`` below and above it in which the measurement is not certain."""
    dominance: float
    """The subject must be so many times as wide as the next face."""
    max_outside_share: float
    aim_width_share_min: float
    aim_width_share_max: float

    @property
    def refuse_below_px(self) -> float:
        """Width below which a face fails."""
        return self.min_px * (1 - self.band)

    @property
    def certain_above_px(self) -> float:
        """Width above which a face passes without a warning."""
        return self.min_px * (1 + self.band)


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """Limits for what planning may do to the pixels."""

    scale_max: float


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Thresholds for warnings about picture quality."""

    min_sharpness: float
    max_clipped_share: float
    min_contrast: float
    max_yaw_deg: float
    max_pitch_deg: float
    max_roll_deg: float


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What is refused before it is decoded."""

    max_source_bytes: int
    max_pixels: int
    max_duration_s: float
    max_streams: int


@dataclass(frozen=True, slots=True)
class Profile:
    """All limits of one service, read-only."""

    profile: Origin
    still: StillLimits
    clip: ClipLimits
    face: FaceLimits
    change: ChangeLimits
    quality: QualityLimits
    reading: ReadingLimits

    @property
    def name(self) -> str:
        """Name of the profile."""
        return self.profile.name

    @classmethod
    def builtin(cls, name: str = DEFAULT_NAME) -> Profile:
        """Return a profile that ships with faceready.

        Raises:
            UsageError: There is no built-in profile of that name.
        """
        return _builtin(name)

    @classmethod
    def load(cls, name_or_path: str | Path | Profile | None = None) -> Profile:
        """Return a profile by name, by path, as given, or the default for None.

        Raises:
            UsageError: No such profile, or the file is not a valid one; the message names table and key.
        """
        if isinstance(name_or_path, Profile):
            return name_or_path
        if name_or_path is None:
            return cls.builtin()
        if isinstance(name_or_path, str) and name_or_path in builtin_names():
            return cls.builtin(name_or_path)
        return cls.parse(_read(Path(name_or_path)), base=cls.builtin())

    @classmethod
    def parse(cls, text: str, *, base: Profile | None = None) -> Profile:
        """Return the profile written in ``text`` (TOML), on top of ``base`` where a value is left out.

        Raises:
            UsageError: The text is not TOML, or holds an unknown key, a wrong type or a limit that contradicts another.
        """
        try:
            tables = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as exc:
            message = f"the profile is not valid TOML: {exc}"
            raise UsageError(message, code="usage.profile") from exc
        parts = {f.name: f for f in fields(cls)}
        _refuse_unknown(tables, parts, "")
        built = {}
        for name, kind in get_type_hints(cls).items():
            held = getattr(base, name) if base else None
            built[name] = _table(kind, tables.get(name, {}), held, name)
        profile = cls(**cast("Any", built))
        _refuse_contradictions(profile)
        return profile


def builtin_names() -> tuple[str, ...]:
    """Return the names of the profiles that ship with faceready, sorted."""
    folder = files("preprocess") / "profiles"
    return tuple(
        sorted(f.name[: -len(".toml")] for f in folder.iterdir() if f.name.endswith(".toml"))
    )


@cache
def _builtin(name: str) -> Profile:
    if name not in builtin_names():
        message = f"there is no built-in profile {name!r}; there are: {', '.join(builtin_names())}"
        raise UsageError(message, code="usage.profile")
    return Profile.parse((files("preprocess") / "profiles" / f"{name}.toml").read_text("utf-8"))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        message = f"the profile {path.name!r} cannot be read: {reason}"
        advice = f"Name a TOML file or a built-in profile: {', '.join(builtin_names())}."
        raise UsageError(message, code="usage.profile", advice=advice) from exc


_Part = TypeVar("_Part")


def _table(kind: type[_Part], values: object, base: _Part | None, table: str) -> _Part:
    if not isinstance(values, dict):
        message = f"profile: [{table}] must be a table"
        raise UsageError(message, code="usage.profile")
    hints = get_type_hints(kind)
    _refuse_unknown(values, hints, f"[{table}] ")
    built = {}
    for key, want in hints.items():
        if key in values:
            built[key] = _value(want, values[key], f"[{table}] {key}")
        elif base is not None:
            built[key] = getattr(base, key)
        else:
            message = f"profile: [{table}] {key} is missing"
            raise UsageError(message, code="usage.profile")
    return kind(**built)


def _value(want: object, value: object, where: str) -> object:
    """Return ``value`` as the type that its field is annotated with; numbers must be finite and not negative."""
    if want is str and isinstance(value, str) and value:
        return value
    if want is date and isinstance(value, date):
        return value
    if want == tuple[str, ...] and isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif want is float and _is_number(value):
        return float(value)
    elif want is int and _is_number(value) and isinstance(value, int):
        return value
    kinds = {str: "text", date: "a date", int: "a whole number >= 0", float: "a number >= 0"}
    message = f"profile: {where} must be {kinds.get(cast('Any', want), 'a list of texts')}"
    raise UsageError(message, code="usage.profile")


def _is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether ``value`` is a number, finite and not negative."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    )


def _refuse_unknown(values: dict[str, Any], known: dict[str, Any], where: str) -> None:
    if unknown := sorted(set(values) - set(known)):
        message = f"profile: {where}unknown {', '.join(unknown)}; known: {', '.join(known)}"
        raise UsageError(message, code="usage.profile")


def _refuse_contradictions(profile: Profile) -> None:
    clip, still, face = profile.clip, profile.still, profile.face
    checks = [
        (0 < clip.min_s <= clip.max_s <= clip.refused_above_s, "[clip] min_s <= max_s <= refused_above_s"),
        (0 < clip.source_fps_min <= clip.min_fps <= clip.max_fps, "[clip] source_fps_min <= min_fps <= max_fps"),
        (still.width_px > 0 and still.height_px > 0, "[still] width_px and height_px above 0"),
        (clip.width_px > 0 and clip.height_px > 0, "[clip] width_px and height_px above 0"),
        (clip.width_px % 2 == 0 and clip.height_px % 2 == 0, "[clip] even width_px and height_px (4:2:0)"),
        (still.advised_base64_chars <= still.max_base64_chars, "[still] advised_base64_chars <= max_base64_chars"),
        (clip.advised_base64_chars <= clip.max_base64_chars, "[clip] advised_base64_chars <= max_base64_chars"),
        (0 <= face.band < 1, "[face] band below 1"),
        (face.dominance >= 1, "[face] dominance of at least 1"),
        (0 < face.aim_width_share_min <= face.aim_width_share_max <= 1, "[face] aim_width_share_min <= ..._max <= 1"),
        (profile.change.scale_max >= 1, "[change] scale_max of at least 1"),
    ]  # fmt: skip
    for holds, text in checks:
        if not holds:
            message = f"profile: needs {text}"
            raise UsageError(message, code="usage.profile")
