"""Several inputs judged one after the other, told to a terminal or a script: what both command lines share."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from verifier.presentation import PresentationResult
    from verifier.result import VerificationResult

NOT_CHECKED = 2
"""The exit status where something could not be checked and nothing is known to be invalid."""

Judge = Callable[[bytes | str], "VerificationResult | PresentationResult"]
Answer = Union["VerificationResult", "PresentationResult", str]
"""What was found, or a sentence about why nothing was."""


def answer_all(names: Sequence[str], judge: Judge, *, as_json: bool, coloured: bool) -> int:
    """Judge each input, print the answers to standard output, and return the exit status.

    A name is a file, a directory (which stands for the files in it, hidden ones apart), an http(s) address, or `-` for
    standard input. 0: all are valid; 1: one is not valid; 2: one could not be checked and none is invalid. Never raises
    for an input.
    """
    answers = ((name, _answer(name, judge)) for name in _inputs(names))
    codes = _print_json(answers) if as_json else _print_words(answers, coloured=coloured)
    return next((code for code in (1, NOT_CHECKED) if code in codes), 0)


def _inputs(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        path = Path(name)
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else None
        except OSError:
            inside = None  # which is told when it is read
        found = [one for one in inside or () if not one.name.startswith(".") and one.is_file()]
        yield from map(str, found) if found else [name]


def _answer(name: str, judge: Judge) -> Answer:
    try:
        return judge(_read(name))
    except IsADirectoryError:
        return "There is no file in this directory."
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


def _print_json(answers: Iterable[tuple[str, Answer]]) -> set[int]:
    values, codes = [], set()
    for name, answer in answers:
        codes.add(_code(answer))
        values.append(
            {"input": name, "verified": False, "status": "unchecked", "sentence": answer}
            if isinstance(answer, str)
            else {"input": name, **answer.as_dict()}
        )
    sys.stdout.write(json.dumps(values[0] if len(values) == 1 else values, indent=2) + "\n")
    return codes


def _print_words(answers: Iterable[tuple[str, Answer]], *, coloured: bool) -> set[int]:
    """Each as soon as it is there; of several, how many came out how stands at the end."""
    from verifier.report import Palette, report, tally

    palette = Palette.coloured() if coloured else Palette.plain()
    outcomes: Counter[str] = Counter()
    codes: set[int] = set()
    for name, answer in answers:
        _write(("\n" if outcomes else "") + report(name, answer, palette))
        outcomes["unchecked" if isinstance(answer, str) else answer.status.value] += 1
        codes.add(_code(answer))
    if outcomes.total() > 1:
        _write(f"\n{tally(outcomes)}\n")
    return codes


def _code(answer: Answer) -> int:
    return NOT_CHECKED if isinstance(answer, str) else answer.exit_code


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
