"""Whether and when a failed request is repeated. Pure.

No retry library is used: stamina and tenacity keep a clock and a sleep of their own, while here one
deadline has to hold over pacing, renewing credentials, sending and waiting, and the same decision
serves threads and tasks. What is left for a library would be one line of arithmetic.
"""

from __future__ import annotations

from typing import Final

from .errors import Billed, ClientError, ThrottledError, TransportError

WAIT_FIRST_S: Final = 0.5
WAIT_LONGEST_S: Final = 8.0
WAIT_THROTTLED_S: Final = 1.0
"""The rate is counted per second: a throttled call waits out at least the current one."""

SILENCE_RETRIES_MAX: Final = 2
"""Repetitions after silence, when the caller accepts that each may be billed."""


def wait_before_retry_s(
    error: ClientError, *, failures: int, may_bill_twice: bool, jitter: float
) -> float | None:
    """Seconds to wait before repeating the request, None to raise the error.

    Args:
        error: What went wrong just now.
        failures: How often the request has failed so far, this time included; 1 or more.
        may_bill_twice: The caller accepts a second bill for a request that met silence.
        jitter: 0.0 inclusive to 1.0 exclusive, so that many clients do not come back together.
    """
    if failures > _retries_max(error, may_bill_twice=may_bill_twice):
        return None
    ceiling_s = min(WAIT_LONGEST_S, WAIT_FIRST_S * 2.0 ** (failures - 1))
    wait_s = ceiling_s * (0.5 + 0.5 * jitter)
    return max(wait_s, WAIT_THROTTLED_S) if isinstance(error, ThrottledError) else wait_s


def _retries_max(error: ClientError, *, may_bill_twice: bool) -> int:
    if error.billed is Billed.NO:
        return error.retries_max
    silent = isinstance(error, TransportError)
    return SILENCE_RETRIES_MAX if silent and may_bill_twice else 0
