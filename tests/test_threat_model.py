"""The threat model names tests that exist, and every way in."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.portal.sign_in.routes import TABLE

_TESTS = Path(__file__).parent
_TEXT = (_TESTS.parent / "docs" / "threat-model.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


@cache
def _tests_of(file: str) -> frozenset[str]:
    """The names of the tests in this file, read and not run."""
    path = _TESTS / file
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def _rows() -> list[str]:
    """The rows of the tables whose last column is the test."""
    rows: list[str] = []
    proving = False
    for line in _TEXT.splitlines():
        if not line.startswith("|"):
            proving = False
        elif line.endswith("| Test |"):
            proving = True
        elif proving and not line.startswith("|---"):
            rows.append(line)
    return rows


def test_every_test_that_is_named_exists() -> None:
    named = _TEST.findall(_TEXT)
    assert named
    assert [f"{file}::{name}" for file, name in named if name not in _tests_of(file)] == []


def test_every_row_names_its_test() -> None:
    rows = _rows()
    assert rows
    assert [row for row in rows if not _TEST.search(row.rstrip("| ").rpartition(" | ")[2])] == []


def test_every_group_of_routes_is_an_entry() -> None:
    entries = _TEXT.partition("## Entry points")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(/[^`\s]*)`", entries))
    groups = {"/" + route.split(" ", 1)[1].split("/")[1] for routes in TABLE.values() for route in routes}
    assert groups == named


@pytest.mark.parametrize("word", ["Assets", "Actors", "Entry points", "What is not controlled"])
def test_its_parts_are_there(word: str) -> None:
    assert f"\n## {word}\n" in _TEXT
