"""`python -m fuzz --count 5000 --seed 1 --jobs 2`: the long run; exit status 1 when anything went wrong."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from . import coverage
from .run import Summary, Trouble, run
from .seeds import all_seeds

OUT = Path("fuzz-out")


def main() -> int:
    """Run what the command line asks for, print the summary, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="number of mutated inputs")
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same inputs")
    parser.add_argument("--jobs", type=int, default=2, help="workers at once")
    parser.add_argument(
        "--coverage-seconds", type=int, default=30, help="per parser; 0 leaves them out"
    )
    asked = parser.parse_args()
    numbers = range(asked.start, asked.start + asked.count)
    seeds = all_seeds()
    print(f"{asked.count} inputs from {len(seeds)} files, seed {asked.seed}", flush=True)
    summary = run(seeds, seed=asked.seed, numbers=numbers, jobs=asked.jobs, save_to=OUT, tell=_tell)
    _print(summary)
    failed = bool(summary.troubles)
    if asked.coverage_seconds:
        failed |= not _cover(asked.coverage_seconds)
    return int(failed)


def _tell(trouble: Trouble) -> None:
    print(f"TROUBLE {trouble.number} from {trouble.origin}: {trouble.what}", flush=True)


def _print(summary: Summary) -> None:
    for outcome, count in summary.outcomes.most_common():
        print(f"{count:8}  {outcome.lstrip('!')}")
    print(
        f"inputs {summary.inputs}, troubles {len(summary.troubles)}, wall {summary.wall_s:.0f} s, "
        f"slowest {summary.slowest_s:.2f} s ({summary.slowest}), peak {summary.peak_bytes >> 20} MiB, "
        f"growth of a worker {summary.growth_bytes >> 20} MiB",
        flush=True,
    )


def _cover(seconds: int) -> bool:
    """Run every coverage-guided target; True when none failed, also when atheris is not installed."""
    if find_spec("atheris") is None:
        print("atheris is not installed (pip install --group fuzz): coverage-guided runs left out")
        return True
    good = True
    for target in coverage.TARGETS:
        command = [sys.executable, "-m", "fuzz.coverage", target, "--seconds", str(seconds)]
        good &= subprocess.run(command, check=False).returncode == 0
    return good


if __name__ == "__main__":
    sys.exit(main())
