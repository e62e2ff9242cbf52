"""Profiles for people: the list of them, and the limits of one as the TOML that would give them."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..profile import DEFAULT_NAME, Profile, builtin_names


def print_profiles(console: Console) -> None:
    """Print every built-in profile with the document it comes from."""
    rows = Table.grid(padding=(0, 2))
    for name in builtin_names():
        origin = Profile.builtin(name).profile
        title = f"{origin.title} (default)" if name == DEFAULT_NAME else origin.title
        rows.add_row(Text(name, "bold"), Text(title))
        rows.add_row("", Text(f"{origin.document}, {origin.date.isoformat()}", "dim"))
    console.print(rows)


def print_profile(console: Console, profile: Profile) -> None:
    """Print all limits of a profile as TOML: saved to a file, it is a profile again."""
    console.print(Text(profile_toml(profile)), end="")


def profile_toml(profile: Profile) -> str:
    """Return a profile as TOML that `Profile.parse` reads back to an equal one."""
    tables = []
    for part in fields(profile):
        table = getattr(profile, part.name)
        lines = [f"{item.name} = {_value(getattr(table, item.name))}" for item in fields(table)]
        tables.append("\n".join([f"[{part.name}]", *lines]))
    return "\n\n".join(tables) + "\n"


def _value(value: object) -> str:
    match value:
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
        case int():
            return f"{value:_}"
        case float():
            return repr(value)
    return _text(str(value))


def _text(text: str) -> str:
    """Return ``text`` as a basic string of TOML: quotes, backslashes and control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
