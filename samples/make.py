"""Makes the sample media: `python -m samples.make [NAME...] [--out DIR] [--committed-only]`.

Tests and benchmarks import `still`, `clip`, `portrait`, `group`, `small_face` and `no_face`.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

from .clips import Codec, Container, clip
from .scene import group, no_face, portrait, small_face
from .stills import encode_still, still

__all__ = [
    "CATALOGUE",
    "COMMITTED",
    "Codec",
    "Container",
    "clip",
    "encode_still",
    "group",
    "no_face",
    "portrait",
    "small_face",
    "still",
]

_NTSC_FPS = Fraction(30_000, 1001)
_PLACE = {"location": "+51.4778+000.0014/"}
"""The observatory at Greenwich: a place that is nobody's home."""

COMMITTED: dict[str, Callable[[], bytes]] = {
    "selfie.jpg": partial(still, 960, 1280, orientation=6, gps=True, quality=90, noise=1.5),
    "selfie.mp4": partial(
        clip,
        width_px=720,
        height_px=1280,
        rate_fps=60,
        duration_s=3.5,
        rotation_deg=-90,
        quality=27,
        noise=0.7,
        audio=True,
        metadata=_PLACE,
    ),
}
"""The two that lie in the repository: file name to maker."""

CATALOGUE: dict[str, Callable[[], bytes]] = COMMITTED | {
    "photo-12mp-turned.jpg": partial(still, 3024, 4032, orientation=6),
    "photo-48mp.jpg": partial(still, 6048, 8064),
    "photo-2mp.jpg": partial(still, 1224, 1632),
    "photo-12mp.heic": partial(still, 3024, 4032, form="heic", quality=60, noise=2.0),
    "photo-compliant.jpg": partial(still, 480, 640),
    "photo-compliant-gps.jpg": partial(still, 480, 640, gps=True),
    "photo-group.jpg": lambda: encode_still(group(1280, 960)),
    "photo-small-face.jpg": lambda: encode_still(small_face(720, 960, 60)),
    "photo-no-face.jpg": lambda: encode_still(no_face(960, 1280)),
    "clip-h264.mp4": partial(clip, duration_s=8),
    "clip-hevc-turned.mov": partial(
        clip, duration_s=8, container="mov", codec="libx265", quality=26, rotation_deg=-90
    ),
    "clip-60fps.mp4": partial(clip, width_px=720, height_px=1280, rate_fps=60),
    "clip-ntsc-sound.mp4": partial(
        clip, width_px=720, height_px=1280, rate_fps=_NTSC_FPS, audio=True, metadata=_PLACE
    ),
    "clip-variable-rate.mp4": partial(clip, width_px=720, height_px=1280, variable_rate=True),
    "clip-recorder-vp8.webm": partial(
        clip, width_px=1280, height_px=720, container="webm", codec="libvpx", live=True, audio=True
    ),
    "clip-recorder-vp9.webm": partial(
        clip,
        width_px=720,
        height_px=1280,
        container="webm",
        codec="libvpx-vp9",
        live=True,
        quality=33,
    ),
    "clip-compliant.mp4": partial(clip, width_px=480, height_px=640),
    "clip-face-from-6s.mp4": partial(
        clip,
        width_px=720,
        height_px=1280,
        duration_s=12,
        face_spans_s=((Fraction(6), Fraction(10)),),
    ),
}
"""All of them: file name to maker."""


def main(arguments: list[str] | None = None) -> int:
    """Write the samples and print the sha256 of each; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m samples.make", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these files")
    parser.add_argument("--out", type=Path, help="folder; default build/samples")
    parser.add_argument(
        "--committed-only",
        action="store_true",
        help="only the two that lie in the repository; the folder is then samples/",
    )
    options = parser.parse_args(arguments)
    makers = COMMITTED if options.committed_only else CATALOGUE
    unknown = sorted(set(options.names) - set(makers))
    if unknown:
        parser.error(f"no such sample: {', '.join(unknown)}; there are {', '.join(makers)}")
    here = Path(__file__).parent
    folder = options.out or (here if options.committed_only else Path("build/samples"))
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in makers.items():
        if options.names and name not in options.names:
            continue
        data = make()
        (folder / name).write_bytes(data)
        sys.stdout.write(f"{hashlib.sha256(data).hexdigest()}  {len(data):>9}  {name}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
