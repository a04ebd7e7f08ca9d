"""What goes into a spreadsheet comes out as it was, and calculates nothing."""

from __future__ import annotations

import csv
import io

import pytest

from portal.spreadsheet import as_csv


def read(made: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def test_any_text_comes_back() -> None:
    made = as_csv(["name", "note", "days"], [["Zoë “Z” O’Neil", 'a "b",\nc', -3], ["明", None, 0]])
    assert read(made) == [["name", "note", "days"], ["Zoë “Z” O’Neil", 'a "b",\nc', "-3"], ["明", "", "0"]]
    assert made.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_is_a_formula(text: str) -> None:
    assert read(as_csv(["a"], [[text]]))[1] == [f"'{text}"]
