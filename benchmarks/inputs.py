"""Seeded inputs from `samples/`, made once and kept until the code that makes them changes."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from samples.make import clip, encode_still, group, no_face, small_face, still

from .environments import ROOT

PHOTO_SIZES_PX = {
    "0.3": (480, 640),
    "2": (1224, 1632),
    "12": (3024, 4032),
    "48": (6048, 8064),
}
"""Megapixels to upright width and height of the photos of growing size, all 3:4."""
CLIP_LENGTHS_S = (5, 20, 60, 300)
"""Of the clips of growing length."""

_SPARSE_KEYFRAMES_S = 250 / 30
"""Default of x264 and x265, 250 frames: what editors and messengers leave behind."""

MAKERS: dict[str, Callable[[], bytes]] = (
    {
        "photo-12mp.jpg": partial(still, 3024, 4032, orientation=6),
        "photo-2mp.jpg": partial(still, 1224, 1632),
        "photo-12mp.heic": partial(still, 3024, 4032, form="heic", quality=60, noise=2.0),
        "photo-small.jpg": partial(still, 600, 800),
        "photo-compliant.jpg": partial(still, 480, 640),
        "photo-compliant-gps.jpg": partial(still, 480, 640, gps=True),
        "photo-group.jpg": lambda: encode_still(group(1280, 960)),
        "photo-small-face.jpg": lambda: encode_still(small_face(720, 960, 60)),
        "photo-no-face.jpg": lambda: encode_still(no_face(960, 1280)),
        "photo.png": partial(still, 600, 800, form="png"),
        "clip-h264.mp4": partial(clip, duration_s=10, keyframe_s=_SPARSE_KEYFRAMES_S),
        "clip-hevc.mov": partial(
            clip, duration_s=8, container="mov", codec="libx265", quality=26, rotation_deg=-90
        ),
        "clip-hevc-sparse.mp4": partial(
            clip, duration_s=10, codec="libx265", quality=26, keyframe_s=_SPARSE_KEYFRAMES_S
        ),
        "clip-recorder.webm": partial(
            clip,
            width_px=1280,
            height_px=720,
            duration_s=8,
            container="webm",
            codec="libvpx",
            live=True,
        ),
        "clip-60fps.mp4": partial(clip, width_px=720, height_px=1280, rate_fps=60, duration_s=8),
        "clip-compliant.mp4": partial(clip, width_px=480, height_px=640),
        "clip-small.mp4": partial(clip, width_px=360, height_px=640, duration_s=3),
    }
    | {f"photo-{name}mp-growth.jpg": partial(still, *size) for name, size in PHOTO_SIZES_PX.items()}
    | {
        f"clip-{length_s}s.mp4": partial(clip, duration_s=length_s, loop_s=5, quality=27)
        for length_s in CLIP_LENGTHS_S
    }
)
"""File name to maker."""


def folder() -> Path:
    """Return where inputs are kept; the name changes with the code that makes them."""
    sources = [Path(__file__), *sorted((ROOT / "samples").glob("*.py"))]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return ROOT / "build" / f"bench-media-{digest[:12]}"


def make(names: list[str], tell: Callable[[str], None]) -> Path:
    """Make those inputs that are not there yet; return their folder."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = place / name
        if path.exists():
            continue
        tell(f"making {name}")
        part = path.with_name(name + ".part")
        part.write_bytes(MAKERS[name]())
        part.rename(path)
    return place


def many(place: Path, count: int, names: tuple[str, ...]) -> Path:
    """Return a folder of so many files (hard links), the named inputs in turn.

    Raises:
        KeyError: An input was not made yet.
    """
    target = place / f"many-{count}-{hashlib.sha256(repr(names).encode()).hexdigest()[:8]}"
    target.mkdir(exist_ok=True)
    for number in range(count):
        source = place / names[number % len(names)]
        if not source.exists():
            raise KeyError(source.name)
        link = target / f"{number:04d}-{source.name}"
        if not link.exists():
            link.hardlink_to(source)
    return target
