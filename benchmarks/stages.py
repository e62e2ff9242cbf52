"""`python -m benchmarks.stages [NAME...] [--rounds N]`: where the CPU time of `prepare` goes, stage by stage.

Each row is the time of one stage alone, what it calls left out; rows that begin with "verify" belong to the look at the
finished payload. The last row is what other threads took: those of MediaPipe and OpenCV.
"""

import argparse
import functools
import importlib
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import inputs
from .cases import clip
from .tasks.clip import WARM_UP

_STAGES = {
    "preprocess.pipeline:probe": "probe",
    "preprocess.clip_frames:ClipFrames._decoded": "decode",
    "preprocess._av_filter:FrameMaker.make": "crop, scale, turn",
    "preprocess.coder:Coder._code": "encode",
    "preprocess._av_filter:Thumbnails.make": "reduce for looking",
    "preprocess.look_clip:sight": "find faces",
    "preprocess.look_clip:measure_quality": "measure quality",
    "preprocess.pipeline:verify": "verify",
    "preprocess.pipeline:prepare_source": "all else",
}
"""Function to the name of its row."""
_VERIFY = "verify"
_OTHER_THREADS = "other threads"


class _Clock(threading.local):
    """What one thread is in the middle of."""

    def __init__(self) -> None:
        self.stack: list[list[Any]] = []


class Stages:
    """Adds up the CPU time of the functions that are watched, each without what it calls."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = defaultdict(float)
        self._clock = _Clock()
        self._lock = threading.Lock()

    def watch(self, place: str, label: str) -> None:
        """Count the calls of `module:function` or `module:Class.method` as ``label`` from now on."""
        module, _, names = place.partition(":")
        *outer, name = names.split(".")
        owner = functools.reduce(getattr, outer, importlib.import_module(module))
        setattr(owner, name, self._counted(getattr(owner, name), label))

    def _counted(self, function: Callable[..., Any], label: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:
            stack = self._clock.stack
            is_verified = any(entry[0] == _VERIFY for entry in stack)
            entry = [label, 0.0]
            stack.append(entry)
            begun = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - begun
                stack.pop()
                if stack:
                    stack[-1][1] += spent
                with self._lock:
                    self.cpu_s[f"verify: {label}" if is_verified else label] += spent - entry[1]

        return counted


def watched() -> Stages:
    """Return what counts the stages of `prepare` in this process from now on; costs a few microseconds a call."""
    stages = Stages()
    for place, label in _STAGES.items():
        stages.watch(place, label)
    return stages


def measure(stages: Stages, source: bytes, rounds: int) -> dict[str, float]:
    """Return the median CPU seconds of each stage over ``rounds``, after a warm-up."""
    from preprocess import prepare

    prepare(WARM_UP.read_bytes())
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        stages.cpu_s.clear()
        begun = time.process_time()
        prepare(source)
        whole = time.process_time() - begun
        for label, spent in stages.cpu_s.items():
            found[label].append(spent)
        found[_OTHER_THREADS].append(whole - sum(stages.cpu_s.values()))
    return {label: statistics.median(spent) for label, spent in found.items()}


def main() -> int:
    """Print a table for each clip."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"inputs: {', '.join(clip.INPUTS)}"
    )
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    names = arguments.names or list(clip.INPUTS[:2])
    if unknown := set(names) - set(inputs.MAKERS):
        parser.error(f"no such input: {', '.join(sorted(unknown))}")
    folder: Path = inputs.make(names, lambda text: print(text, file=sys.stderr))
    stages = watched()
    columns = [measure(stages, (folder / name).read_bytes(), arguments.rounds) for name in names]
    labels = sorted(
        {label for column in columns for label in column}, key=lambda k: -columns[0].get(k, 0)
    )
    print(f"| CPU ms | {' | '.join(names)} |\n|--|{'--:|' * len(names)}")
    for label in labels:
        print(
            f"| {label} | {' | '.join(f'{1000 * column.get(label, 0):.0f}' for column in columns)} |"
        )
    print(f"| together | {' | '.join(f'{1000 * sum(c.values()):.0f}' for c in columns)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
