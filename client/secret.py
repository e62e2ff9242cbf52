"""Text that must not be seen: it prints as a mask wherever a repr, a log or a traceback shows it."""

from __future__ import annotations

from typing import Final

MASK: Final = "***"


class Secret:
    """A text whose value appears nowhere but in the result of `reveal`.

    Call `reveal` inside an expression and bind its result to no name: a name is a local variable,
    and crash reporters send local variables away.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    __str__ = __repr__
