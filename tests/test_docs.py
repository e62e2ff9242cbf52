from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [README, *(page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md")))]


def test_the_readme_has_exactly_its_two_set_up_commands() -> None:
    commands = re.findall(r"^make \S+$", README, re.MULTILINE)
    assert commands == ["make demo", "make test"]


def test_every_make_target_named_in_the_docs_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = "\n".join([*PAGES, (ROOT / "CONTRIBUTING.md").read_text("utf-8")])
    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets


@pytest.mark.parametrize(
    "command", ["check", "plan", "prepare", "send", "emulate", "doctor", "profiles"]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"faceready {command}" in README


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_the_repository_names_no_machine_and_no_registry() -> None:
    """Public pages speak of the product alone."""
    for text in PAGES:
        assert not re.search(r"/(root|work|home)/", text)
