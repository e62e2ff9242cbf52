import pytest

from client._retry import SILENCE_RETRIES_MAX, WAIT_LONGEST_S, wait_before_retry_s
from client.codes import CODES, api_error
from client.errors import DeadlineError, NoAnswerError, NotSentError, PayloadError


def wait(error, failures=1, *, may_bill_twice=False, jitter=0.0):
    return wait_before_retry_s(
        error, failures=failures, may_bill_twice=may_bill_twice, jitter=jitter
    )


def error_of(code):
    return api_error(code, "", request_id=None, http_status=200)


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_repeated_as_often_as_the_table_says(code):
    error = error_of(code)
    allowed = CODES[code].retries_max
    for failures in range(1, allowed + 1):
        assert wait(error, failures) is not None
    assert wait(error, allowed + 1) is None


def test_a_request_that_was_not_sent_is_repeated():
    assert wait(NotSentError("x", retries_max=3)) is not None


def test_silence_is_never_repeated_unless_the_caller_accepts_the_bill():
    assert wait(NoAnswerError("x")) is None
    assert wait(NoAnswerError("x"), may_bill_twice=True) is not None
    assert wait(NoAnswerError("x"), SILENCE_RETRIES_MAX + 1, may_bill_twice=True) is None


def test_a_used_up_deadline_and_a_wrong_payload_are_final_even_with_opt_in():
    for error in (DeadlineError("x"), PayloadError("x")):
        assert wait(error, may_bill_twice=True) is None


def test_waits_grow_are_spread_by_jitter_and_stay_bounded():
    error = NotSentError("x", retries_max=99)
    waits = [wait(error, failures, jitter=0.999) for failures in range(1, 20)]
    assert waits == sorted(waits)
    assert max(waits) <= WAIT_LONGEST_S
    assert wait(error, 3, jitter=0.0) < wait(error, 3, jitter=0.9)


def test_a_throttled_call_waits_out_the_second():
    assert wait(error_of("RequestLimitExceeded")) >= 1.0
