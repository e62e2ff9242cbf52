"""Execution: the only stage that makes pixels."""

from __future__ import annotations

from .plans import Made, Plan, StillPlan
from .reader import ClipReader, Reader, StillReader
from .watch import Watch


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

        assert isinstance(reader, StillReader)  # noqa: S101 - a still has a still's plan
        return execute_still(plan, reader, watch)
    from .execute_clip import execute_clip

    assert isinstance(reader, ClipReader)  # noqa: S101 - a clip has a clip's plan
    return execute_clip(plan, reader, watch)
