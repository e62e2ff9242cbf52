"""Several sources worked on at once, answered in order; stopping stops those in hand, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from .errors import CancelledError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

SourceProgress = Callable[[str, str, float], None]
"""Called with a source's name, the stage and the share done in it."""


def side_by_side(
    work: Callable[[Item, SourceProgress], Answer],
    items: Sequence[Item],
    *,
    workers: int,
    progress: SourceProgress | None = None,
) -> Iterator[Answer]:
    """Yield what ``work`` makes of each of ``items``, in their order.

    Args:
        work: Called with an item and what to tell its progress to; it must pass on what that raises.
        items: What to work on.
        workers: Items in hand at once, each in a thread of its own; with 1 in this thread, one after the other.
        progress: Told how far each source is, from whichever thread.

    Where the iteration ends early (an error, Ctrl-C, a closed generator), items that were not begun stay so, and
    those in hand end at their next step, with `CancelledError` out of their progress.
    """
    stopped = Event()

    def told(name: str, stage: str, share: float) -> None:
        if stopped.is_set():
            message = "stopped"
            raise CancelledError(message)
        if progress is not None:
            progress(name, stage, share)

    if workers <= 1:
        yield from (work(item, told) for item in items)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(lambda item: work(item, told), items)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
