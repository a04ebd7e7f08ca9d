"""Several inputs judged one after the other, told to a terminal or a script: what both command lines share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verifier.presentation import PresentationResult
    from verifier.result import VerificationResult

NOT_CHECKED = 2
"""The exit status where something could not be checked and nothing is known to be invalid."""

Judge = Callable[[bytes | str], "VerificationResult | PresentationResult"]


def answer_all(names: Sequence[str], judge: Judge, *, as_json: bool, coloured: bool) -> int:
    """Judge each input, print the answers to standard output, and return the exit status.

    A name is a file, an http(s) address, or `-` for standard input. 0: all are valid; 1: one is not valid; 2: one
    could not be checked and none is invalid. Never raises for an input.
    """
    answers = [(name, _answer(name, judge)) for name in names]
    if as_json:
        _print_json(answers)
    else:
        _print_words(answers, coloured=coloured)
    codes = {NOT_CHECKED if isinstance(answer, str) else answer.exit_code for _, answer in answers}
    return next((code for code in (1, NOT_CHECKED) if code in codes), 0)


def _answer(name: str, judge: Judge) -> VerificationResult | PresentationResult | str:
    """The result, or a sentence about why there is none."""
    try:
        return judge(_read(name))
    except OSError as error:
        return f"The file cannot be read: {error.strerror or type(error).__name__}."
    except Exception as error:  # noqa: BLE001  (the last door: whatever the input, a sentence and not a traceback)
        return f"It could not be checked because of a fault in this program ({type(error).__name__})."


def _read(name: str) -> bytes | str:
    from verifier.extract import MAX_INPUT_BYTES

    if name == "-":
        return sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if name.lower().startswith(("https://", "http://")):
        return name
    with Path(name).open("rb") as file:
        return file.read(MAX_INPUT_BYTES + 1)


def _print_json(answers: list[tuple[str, VerificationResult | PresentationResult | str]]) -> None:
    values = [
        {"input": name, "verified": False, "status": "unchecked", "sentence": answer}
        if isinstance(answer, str)
        else {"input": name, **answer.as_dict()}
        for name, answer in answers
    ]
    sys.stdout.write(json.dumps(values[0] if len(values) == 1 else values, indent=2) + "\n")


def _print_words(answers: list[tuple[str, VerificationResult | PresentationResult | str]], *, coloured: bool) -> None:
    from verifier.report import Palette, report

    palette = Palette.coloured() if coloured else Palette.plain()
    text = "\n".join(report(name, answer, palette) for name, answer in answers)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
