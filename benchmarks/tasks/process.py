"""Whole programs, from their start to their end."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from ..meter import Meter


def commands(
    meter: Meter, commands: list[list[str]], statuses: tuple[int, ...] | list[int] = (0,)
) -> dict[str, Any]:
    """Run programs one after another.

    Args:
        meter: Counts.
        commands: Program and arguments of each.
        statuses: Exit statuses that mean it did its work.

    Raises:
        RuntimeError: Another exit status.
    """
    with meter():
        outcomes = [
            subprocess.run(command, capture_output=True, check=False) for command in commands
        ]
    bad = [done for done in outcomes if done.returncode not in statuses]
    if bad:
        message = f"exit {bad[0].returncode}: {bad[0].stderr.decode(errors='replace')[-500:]}"
        raise RuntimeError(message)
    return {"printed_bytes": sum(len(done.stdout) for done in outcomes)}


def read_and_hash(meter: Meter, source: str) -> dict[str, Any]:
    """Read a file once and hash it: what even doing nothing costs."""
    with meter():
        data = Path(source).read_bytes()
        hashlib.sha256(data).hexdigest()
    return {"bytes": len(data)}
