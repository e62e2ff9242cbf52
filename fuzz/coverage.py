"""`python -m fuzz.coverage TARGET --seconds 60`: coverage-guided runs on our own parsers, with atheris.

A parser may return or raise one of our errors; anything else, and anything slow, is a finding.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from preprocess.errors import PreprocessError

OUT = Path("fuzz-out")
_SLOW_S = 5
_INPUT_BYTES_MAX = 1 << 16


def _boxes(data: bytes) -> None:
    from preprocess._boxes import scan_iso

    scan_iso(data)


def _jpeg(data: bytes) -> None:
    from preprocess._jpeg import picture_alone, scan_jpeg, strip_jpeg

    scan = scan_jpeg(data)
    picture_alone(data, scan)
    stripped = strip_jpeg(data)
    if (left := scan_jpeg(stripped).private) != ():
        message = f"stripped, yet private: {left}"
        raise AssertionError(message)


def _png(data: bytes) -> None:
    from preprocess._png import picture_alone, scan_png, strip_png, usable_share

    scan = scan_png(data)
    usable_share(data, scan)
    picture_alone(data, scan)
    stripped = strip_png(data)
    if (left := scan_png(stripped).private) != ():
        message = f"stripped, yet private: {left}"
        raise AssertionError(message)


def _exif(data: bytes) -> None:
    from preprocess._exif import ExifError, read_exif

    try:
        read_exif(data)
    except ExifError:
        return


def _sniff(data: bytes) -> None:
    from preprocess.sniff import sniff

    sniff(data)


def _profile(data: bytes) -> None:
    from preprocess.profile import Profile

    Profile.parse(data.decode("utf-8", "replace"), base=Profile.builtin())


def _reply(data: bytes) -> None:
    """Read what a worker that was taken over might send."""
    import multiprocessing

    from preprocess.isolate_wire import ForgedReplyError, receive

    theirs, ours = multiprocessing.Pipe()
    with theirs, ours:
        theirs.send_bytes(bytes(4) + data)
        try:
            receive(ours)
        except ForgedReplyError:
            return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "boxes": _boxes,
    "jpeg": _jpeg,
    "png": _png,
    "exif": _exif,
    "sniff": _sniff,
    "profile": _profile,
    "reply": _reply,
}
"""Name and what it does with one input."""

_SUFFIXES = {
    "boxes": (".mp4", ".mov", ".3gp", ".heic"),
    "jpeg": (".jpg",),
    "png": (".png",),
    "sniff": (".mp4", ".jpg", ".png", ".tif", ".ts", ".mkv"),
}
"""Which seeds a target begins with."""


def one_input(target: str, data: bytes) -> None:
    """Feed ``data`` to ``target``.

    Raises:
        Exception: Anything but one of our own errors, which are a proper answer.
    """
    try:
        TARGETS[target](data)
    except PreprocessError:
        return


def main() -> int:
    """Fuzz one target for a while; the process ends itself with a status other than 0 on a finding."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.coverage", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    if find_spec("atheris") is None:
        print("atheris is not installed: pip install --group fuzz (CPython on Linux or macOS)")
        return 2
    import atheris

    with atheris.instrument_imports(include=["preprocess"]):
        for warm in TARGETS:
            one_input(warm, b"")
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        _plant(asked.target, Path(corpus))
        arguments = [
            sys.argv[0],
            corpus,
            f"-max_total_time={asked.seconds}",
            f"-timeout={_SLOW_S}",
            f"-max_len={_INPUT_BYTES_MAX}",
            "-rss_limit_mb=2048",
            f"-artifact_prefix={OUT}/{asked.target}-",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        atheris.Setup(arguments, lambda data: one_input(asked.target, data))
        atheris.Fuzz()
    return 0


def _plant(target: str, corpus: Path) -> None:
    """Write the first inputs, from which the others grow."""
    if target == "profile":
        from importlib.resources import files

        for file in (files("preprocess") / "profiles").iterdir():
            (corpus / file.name).write_bytes(file.read_bytes())
    if suffixes := _SUFFIXES.get(target):
        from .seeds import all_seeds

        for seed in all_seeds(with_real=False):
            if seed.name.endswith(suffixes) and len(seed.data) <= _INPUT_BYTES_MAX:
                (corpus / seed.name).write_bytes(seed.data)


if __name__ == "__main__":
    sys.exit(main())
