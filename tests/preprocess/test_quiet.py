from __future__ import annotations

import os
import sys

import pytest

from preprocess._quiet import native_stderr_muted

CHATTER = (
    b"WARNING: Logging before InitGoogle() is written to STDERR\n"
    b"W0000 00:00:1795395498.447676    6343 inference_runner_litert.cc:1418] Input tensor\n"
    b"INFO: [environment.cc:36] Creating LiteRT environment with options\n"
)


def test_native_chatter_is_gone_and_stderr_works_again(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before\n")
    with native_stderr_muted(), native_stderr_muted():
        os.write(2, CHATTER)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_what_another_thread_says_meanwhile_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    with native_stderr_muted():
        os.write(2, CHATTER + b"payment service is down\n" + CHATTER)
    assert capfd.readouterr().err == "payment service is down\n"


def test_an_error_in_the_block_gets_through(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), native_stderr_muted():
        raise RuntimeError
    print("still here", file=sys.stderr)
    assert capfd.readouterr().err == "still here\n"
