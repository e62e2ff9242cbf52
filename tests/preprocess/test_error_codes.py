from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import preprocess
from preprocess import errors
from preprocess.error_codes import CODES, render
from tests.conftest import ROOT

PACKAGE = Path(preprocess.__file__).parent
PATTERN = re.compile(r"(source|usage|machine|isolation|internal)(\.[a-z]+(-[a-z]+)*)+")


def codes_in_the_tree() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        if path.name == "error_codes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and PATTERN.fullmatch(value):
                yield value


def test_every_code_that_is_raised_is_in_the_table_and_no_other() -> None:
    bases = {"machine", "usage", "timeout", "cancelled", "source.limit"}
    assert set(codes_in_the_tree()) | bases == set(CODES)


def test_the_code_of_every_class_is_in_the_table() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    concrete = [
        kind
        for kind in kinds
        if issubclass(kind, errors.PreprocessError)
        and kind not in (errors.PreprocessError, errors.SourceError, errors.IsolationError)
    ]
    assert {kind.code for kind in concrete} <= set(CODES)


def test_every_code_has_a_meaning_and_advice() -> None:
    for entry in CODES.values():
        assert entry.meaning.endswith(".")
        assert entry.advice.endswith(".")


def test_the_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "error-codes.md").read_text("utf-8") == render()
