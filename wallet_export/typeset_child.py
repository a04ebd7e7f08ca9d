"""The process that sets a document: reads a request from standard input, writes a PDF or the reason why not, and ends.

Run as a script by `confined_child`, never imported. Standard error says which fonts were needed: nothing for typst's
own, `system` for those of the machine too, `boxes` if these lack a character as well.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import typst

_LACKING = "could not be displayed"


def main() -> int:
    """0 and a PDF, or 3 and the reason."""
    request = json.load(sys.stdin.buffer)
    standards = request["standards"]
    try:
        pdf, said = _set(request, standards, True), ""
        if pdf is None:
            pdf, said = _set(request, standards, False), "system"
        if pdf is None:
            pdf, said = _set(request, [], False), "boxes"
    except typst.TypstError as error:
        sys.stderr.write(str(error))
        return 3
    sys.stderr.write(said)
    sys.stdout.buffer.write(pdf or b"")
    return 0


def _set(request: dict[str, Any], standards: Any, own_fonts_only: bool) -> bytes | None:
    """The document; None if a standard forbids it because no font has some character."""
    # Nothing lies below this root: a template reads no file, whatever it says.
    compiler = typst.Compiler(
        root="/dev/null", ignore_system_fonts=own_fonts_only, sys_inputs={"data": request["data"]}
    )
    try:
        made: Any = compiler.compile(
            input=request["template"].encode(), format="pdf", pdf_standards=standards, timestamp=request["timestamp"]
        )
    except typst.TypstError as error:
        if _LACKING in str(error) and standards:
            return None
        raise
    return bytes(made)


if __name__ == "__main__":
    sys.exit(main())
