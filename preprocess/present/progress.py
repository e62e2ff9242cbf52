"""Progress on stderr: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_SHARES = {"probe": (0.0, 0.02), "look": (0.02, 0.4), "execute": (0.4, 0.9), "verify": (0.9, 1.0)}
"""Where each stage's work lies on the bar of one source."""


class ShownProgress:
    """The bars of one run; may be told from several threads."""

    def __init__(self, bars: Progress | None, total: int) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._overall = bars.add_task("all", total=total) if bars and total > 1 else None

    def update(self, name: str, stage: str, share: float) -> None:
        """Show that ``stage`` of the source ``name`` is done by ``share``, 0 to 1."""
        if self._bars is None:
            return
        low, high = _SHARES.get(stage.split(":")[0], (0.0, 1.0))
        with self._lock:
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=1.0)
            self._bars.update(
                self._tasks[name],
                completed=low + (high - low) * share,
                description=f"{name}: {stage}",
            )

    def finished(self, name: str) -> None:
        """Take the bar of ``name`` away and count it as done."""
        if self._bars is None:
            return
        with self._lock:
            task = self._tasks.pop(name, None)
            if task is not None:
                self._bars.remove_task(task)
            if self._overall is not None:
                self._bars.advance(self._overall)


@contextmanager
def shown_progress(console: Console, total: int) -> Iterator[ShownProgress]:
    """Show bars on ``console`` while the block runs, if it is a terminal; they leave no trace."""
    if not console.is_terminal:
        yield ShownProgress(None, total)
        return
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bars:
        yield ShownProgress(bars, total)
