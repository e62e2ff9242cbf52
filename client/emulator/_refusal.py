"""An error answer on its way to the client."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  # not an error of ours: an answer of the service
    """The emulated service answers with this code and message."""

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
