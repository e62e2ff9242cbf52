"""The README's example is what the command really prints.

``python -m tests.test_readme --write`` runs the commands and writes their output between the README's markers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MARKERS = (
    "<!-- example:begin (written by python -m tests.test_readme --write) -->",
    "<!-- example:end -->",
)
COMMANDS = (("prepare", "selfie.jpg"), ("plan", "selfie.mp4"))


def real_example() -> str:
    """Return the commands and what they print, run on the committed samples in an empty folder."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("selfie.jpg", "selfie.mp4"):
            shutil.copy(ROOT / "samples" / name, folder)
        for command in COMMANDS:
            script = "from client.cli import main; main()"
            done = subprocess.run(
                [sys.executable, "-c", script, *command],
                cwd=folder, capture_output=True, text=True, check=True,
            )  # fmt: skip
            parts.append(f"$ faceready {' '.join(command)}\n{done.stdout.rstrip()}\n")
    return "```console\n" + "\n".join(parts) + "```"


def shown_example(readme: str) -> str:
    begin, end = readme.index(MARKERS[0]) + len(MARKERS[0]), readme.index(MARKERS[1])
    return readme[begin:end].strip()


MEASURED = re.compile(r"\d[\d,]*(?:\.\d+)?(?![\d,.]|\w* rules)")
"""A number, but for that of the rules: those are counted, not measured."""
TOLERANCE = 0.1
"""Share by which another version of a codec, a model's runtime or a processor may change what is measured."""


def test_the_example_is_real() -> None:
    shown, real = shown_example(README.read_text("utf-8")), real_example()
    assert words_of(shown) == words_of(real)
    assert numbers_of(shown) == pytest.approx(numbers_of(real), rel=TOLERANCE, abs=TOLERANCE)


def test_an_example_that_says_something_else_is_noticed() -> None:
    shown = shown_example(README.read_text("utf-8"))
    assert words_of(shown) != words_of(shown.replace("crop", "resample", 1))
    assert words_of(shown) != words_of(shown.replace("1 rules", "0 rules", 1))
    assert numbers_of(shown) != pytest.approx(
        numbers_of(shown.replace("3.50 s", "4.50 s")), rel=TOLERANCE, abs=TOLERANCE
    )


def words_of(text: str) -> str:
    """Return ``text`` with every number as N and every run of blanks as one, for lines may break elsewhere."""
    return " ".join(MEASURED.sub("N", text).split())


def numbers_of(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in MEASURED.findall(text)]


def with_example(readme: str, example: str) -> str:
    begin, end = readme.index(MARKERS[0]) + len(MARKERS[0]), readme.index(MARKERS[1])
    return f"{readme[:begin]}\n{example}\n{readme[end:]}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        README.write_text(with_example(README.read_text("utf-8"), real_example()), "utf-8")
    else:
        print(real_example())
