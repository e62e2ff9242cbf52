"""Foreign text made fit for terminals, JSON and XML."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return ``text`` on one line: control characters, line ends and bytes that are no UTF-8 as escapes.

    A path stays recognisable, cannot recolour a terminal, and is legal in XML 1.0 and UTF-8.
    """
    return "".join(_printable(char) for char in text)


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    if 0xDC80 <= ord(char) <= 0xDCFF:  # a byte that os.fsdecode could not decode
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
