"""The process in which one measurement happens: `python -m benchmarks.worker TASK ARGUMENTS RESULT`.

TASK is `module:function` in `benchmarks.tasks`, ARGUMENTS a JSON object, RESULT the file that takes the reading.
"""

import importlib
import json
import sys
from pathlib import Path

from .meter import Meter


def main(task: str, arguments: str, result: str) -> None:
    """Run one task and write down what it cost and what it has to tell."""
    module, _, function = task.partition(":")
    meter = Meter()
    run = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    facts = run(meter, **json.loads(arguments))
    Path(result).write_text(json.dumps(meter.reading() | {"facts": facts or {}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
