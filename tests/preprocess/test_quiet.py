from __future__ import annotations

import os
import sys

import pytest

from preprocess._quiet import native_stderr_muted


def test_native_chatter_is_gone_and_stderr_works_again(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before\n")
    with native_stderr_muted(), native_stderr_muted():
        os.write(2, b"chatter\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_an_error_in_the_block_gets_through(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), native_stderr_muted():
        raise RuntimeError
    print("still here", file=sys.stderr)
    assert capfd.readouterr().err == "still here\n"
