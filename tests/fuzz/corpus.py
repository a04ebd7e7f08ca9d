"""Which inputs are kept: the smallest ones that reach a line of ours which no smaller one reaches."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.target import PROJECT, Target

MOST_BYTES = 24 * 1024
"""Of what is kept for one target, beside what must be kept: seeds, and inputs that found something (`found-…`)."""
FOUND = "found-"

_OURS = tuple(f"{PROJECT / room}/" for room in ("keys", "credentials", "wallet_export", "verifier", "issuer", "portal"))

Line = tuple[str, int]


def lines_of(run: Callable[[bytes], None], data: bytes) -> set[Line]:
    """The lines of our packages that this input reaches."""
    reached: set[Line] = set()

    def within(frame: FrameType, event: str, _given: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def enter(frame: FrameType, _event: str, _given: Any) -> Any:
        return within if frame.f_code.co_filename.startswith(_OURS) else None

    sys.settrace(enter)
    try:
        run(data)
    finally:
        sys.settrace(None)
    return reached


def name_of(data: bytes) -> str:
    """An input is called by its content, so that it is kept once."""
    return hashlib.sha256(data).hexdigest()[:16]


def write_seeds(target: Target) -> None:
    """Write the inputs that we made ourselves, if nothing is kept yet."""
    target.corpus.mkdir(parents=True, exist_ok=True)
    if not target.kept():
        for data in target.seeds():
            (target.corpus / f"seed-{name_of(data)}").write_bytes(data)


def keep(target: Target, found: Iterable[Path]) -> int:
    """Put into the corpus what reaches more than it did; how many inputs are kept now."""
    always = [path for path in target.kept() if path.name.startswith((FOUND, "seed-"))]
    others = [path for path in target.kept() if path not in always]
    known: set[Line] = set()
    for path in always:
        known |= lines_of(target.run, path.read_bytes())
    candidates = {path.read_bytes() for path in (*others, *found)}
    for path in others:
        path.unlink()
    kept = 0
    for data in sorted(candidates, key=lambda one: (len(one), one)):
        if kept + len(data) > MOST_BYTES:
            break
        reached = lines_of(target.run, data)
        if not reached <= known:
            known |= reached
            kept += len(data)
            (target.corpus / name_of(data)).write_bytes(data)
    return len(target.kept())
