from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    """File name; begins with the id of the rule that it is about."""
    expected: str
    """Status that the rule comes out with."""
    build: Callable[[], bytes]

    @property
    def rule(self) -> str:
        return self.name.partition("-")[0]
