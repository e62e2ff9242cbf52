"""Many files through one process, or shared out to several."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from ..meter import Meter


def prepare_all(meter: Meter, folder: str, workers: int) -> dict[str, Any]:
    """Prepare each file of a folder; the payloads are dropped.

    Args:
        meter: Counts the start of the workers too: it is part of the price.
        folder: Photos and clips that are accepted.
        workers: 1 works in this process, more start processes of their own.
    """
    names = sorted(str(path) for path in Path(folder).iterdir())
    if workers == 1:
        with meter():
            sizes = [_prepare(name) for name in names]
    else:
        context = multiprocessing.get_context("spawn")
        with meter(), ProcessPoolExecutor(workers, mp_context=context) as pool:
            sizes = list(pool.map(_prepare, names, chunksize=max(1, len(names) // workers // 4)))
    return {"files": len(names), "payload_bytes": sum(sizes)}


def _prepare(name: str) -> int:
    from preprocess import prepare

    return len(prepare(Path(name).read_bytes()).data)
