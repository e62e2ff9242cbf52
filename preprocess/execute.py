"""Execution: the only stage that makes pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .plans import Made, Plan, StillPlan
from .reader import Reader
from .watch import Watch

if TYPE_CHECKING:
    from .clip_reader import ClipReader
    from .still_reader import StillReader


def execute(plan: Plan, reader: Reader, watch: Watch) -> Made:
    """Return the bytes that ``plan`` asks for, and the ledger of what was changed.

    Args:
        plan: What to do.
        reader: The opened source, with what the look stage decoded.
        watch: Deadline and progress.

    Raises:
        UnreadableError: The source breaks off while it is decoded.
        DeadlineExceededError: The time limit passed.
    """
    watch.tick("execute")
    if isinstance(plan, StillPlan):
        from .execute_still import execute_still

        return execute_still(plan, cast("StillReader", reader), watch)
    from .execute_clip import execute_clip

    return execute_clip(plan, cast("ClipReader", reader), watch)
