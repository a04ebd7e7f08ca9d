"""The process that sets documents until its standard input ends: each request is one, each answer a PDF or a sentence.

Run as a script by `confined_child`, never imported. Before every message stands its length in eight bytes; before that
of an answer one letter: `o` set in fonts that are always there, `s` in the machine's too, `b` with boxes for letters
that no font has (and so no PDF/A), `?` not set for such letters, which are the answer, `!` not set, and why.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any

import typst

_LACKING = re.compile(r'the text `"(.+)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_PLACE = re.compile(r"__typst_py_bytes__\.typ:(\d+):(\d+)")
_LENGTH = 8


class _Lacking(Exception):  # noqa: N818
    """No font has this text, and a standard forbids boxes."""


def main() -> int:
    """Until there is nothing more to set."""
    # With typst's own fonts those of a folder are there too; only then those of the machine, of which there are many.
    # A compiler that is kept sets the next document in a tenth less time; it keeps fonts, and nothing of a document.
    kept: dict[tuple[str, ...], Any] = {}

    def compiler(request: dict[str, Any], *, system: bool) -> Any:
        key = (str(system), *request["fonts"])
        if key not in kept:
            if len(kept) > 3:
                kept.clear()
            fonts = typst.Fonts(include_system_fonts=system, font_paths=request["fonts"])
            # Nothing lies below this root: a template reads no file, whatever it says.
            kept[key] = typst.Compiler(b"", root="/dev/null", font_paths=fonts, package_path="/dev/null")
        return kept[key]

    while True:
        head = sys.stdin.buffer.read(_LENGTH)
        if len(head) < _LENGTH:
            return 0
        request = json.loads(sys.stdin.buffer.read(int.from_bytes(head, "big")))
        _patience(request["seconds"])
        try:
            kind, body = _answer(request, compiler)
        except typst.TypstError as error:
            kind, body = b"!", _said(error).encode()
        _patience(0)
        sys.stdout.buffer.write(kind + len(body).to_bytes(_LENGTH, "big") + body)
        sys.stdout.buffer.flush()


def _answer(request: dict[str, Any], compiler: Any) -> tuple[bytes, bytes]:
    standards = request["standards"]
    if not request["machine_fonts"]:
        try:
            return b"o", _set(request, standards, compiler(request, system=False))
        except _Lacking:
            pass
    every = compiler(request, system=True)
    try:
        return b"s", _set(request, standards, every)
    except _Lacking as lacking:
        if not request["boxes"]:
            return b"?", str(lacking).encode()
        return b"b", _set(request, [], every)


def _set(request: dict[str, Any], standards: Any, compiler: Any) -> bytes:
    try:
        made: Any = compiler.compile(
            request["template"].encode(),
            format="pdf",
            sys_inputs=request["inputs"],
            pdf_standards=standards,
            timestamp=request["timestamp"],
        )
    except typst.TypstError as error:
        found = _LACKING.search(str(error.message))
        if found is not None and standards:
            raise _Lacking(_ESCAPED.sub(_letter, found[1])) from None
        raise
    return bytes(made)


def _letter(escaped: re.Match[str]) -> str:
    """As Rust writes strings for programmers."""
    return chr(int(escaped[1], 16)) if escaped[1] else escaped[2]


def _said(error: typst.TypstError) -> str:
    """What is wrong, and where: typst's own words."""
    place = _PLACE.search(str(error.diagnostic).partition("error: ")[2])  # behind warnings
    line = f"line {place[1]}, column {place[2]}" if place is not None else ""
    return "; ".join(filter(None, (str(error.message), line, *(error.hints or ()), *(error.trace or ()))))


def _patience(seconds: float) -> None:
    """So much processor time until this process is ended, in whatever code it is; 0: as much as there is."""
    if hasattr(signal, "setitimer"):  # not on Windows; there the parent's deadline remains
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    sys.exit(main())
