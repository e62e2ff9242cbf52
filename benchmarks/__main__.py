"""`python -m benchmarks [NAME...] [--json FILE] [--media DIR] [--write-readme] [--install-peers]`."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import environments, inputs, real_media, report
from .run import Case, Setting, run

GROUPS = ("still", "clip", "as_is", "scan", "sending", "start", "growth", "curve")
"""Modules of `benchmarks.cases`, in the order of the table."""
ROUNDS = 5


def main() -> int:
    """Measure, print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"groups: {', '.join(GROUPS)}")
    parser.add_argument("--json", type=Path, help="write all readings to this file")
    parser.add_argument("--media", type=Path, help="also prepare each file of this folder")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="readings of each contender")
    parser.add_argument("--write-readme", action="store_true", help="write table and plots")
    parser.add_argument("--install-peers", action="store_true", help="make the peers' environments")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    if arguments.install_peers:
        for left in environments.install_peers():
            print(f"still to be done: {left}")
    results = measure_all(arguments.names or list(GROUPS), arguments.rounds, arguments.media)
    print(report.table(results))
    if results["real_media"]:
        print(real_media.summary(results["real_media"]))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.write_readme:
        report.write_readme(results)
    return 0


def measure_all(groups: list[str], rounds: int, folder: Path | None) -> dict[str, Any]:
    """Return the readings of all cases of ``groups``, with versions, commit and machine."""
    begun = time.monotonic()
    modules = [importlib.import_module(f".cases.{group}", __package__) for group in groups]
    names = sorted({name for module in modules for name in module.INPUTS})
    media = inputs.make(names, _tell)
    measured: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="faceready-bench-") as scratch:
        setting = Setting(media, Path(scratch), rounds)
        for group, module in zip(groups, modules, strict=True):
            cases: list[Case] = module.cases(setting)
            measured += [run(case, setting, _tell) | {"group": group} for case in cases]
        rows = real_media.prepare_all(folder, _tell) if folder else []
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processors": len(os.sched_getaffinity(0)),
        "rounds": rounds,
        "took_s": round(time.monotonic() - begun),
        "versions": environments.versions(),
        "cases": measured,
        "real_media": rows,
    }


def _commit() -> str | None:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=environments.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
