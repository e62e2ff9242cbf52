"""``python -m preprocess.rules``: write docs/rules.md from the rules."""

from __future__ import annotations

from pathlib import Path

from .page import rules_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

if __name__ == "__main__":
    PAGE.write_text(rules_page(), "utf-8")
