from __future__ import annotations

from pathlib import Path

from preprocess.rules import RULES
from preprocess.rules.page import rules_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text("utf-8") == rules_page(), "run: python -m preprocess.rules"


def test_every_rule_has_a_section_and_ids_are_unique() -> None:
    text = PAGE.read_text("utf-8")
    assert all(f"\n## {rule.id}\n" in text for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)
