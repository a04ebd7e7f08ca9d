"""Documents set by typst from a template of ours, in a process that cannot hang, grow or write files.

What people wrote comes to the template as data (JSON) and is only ever shown: typst reads no markup in it. Fonts are
those within typst (Libertinus Serif, with DejaVu Sans Mono for Arabic among others), so that a document is the same on
every machine; only where these lack a character are the machine's own asked. The same template, data and instant give
the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from wallet_export.confined import Ended, work_confined
from wallet_export.errors import TypesettingFailed

_CHILD = Path(__file__).with_name("typeset_child.py")
ARCHIVAL: Final = ("a-2a",)
"""PDF/A-2a (ISO 19005-2, level A): self-contained and tagged, so that screen readers know headings and tables."""
MOST_BYTES: Final = 8 << 20
"""Bytes of data for one document."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """A document, and how it came out.

    `own_fonts`: typst's own fonts had every character. `whole`: no character was left without a font; where one was,
    the document shows a box for it and is no PDF/A.
    """

    pdf: bytes
    own_fonts: bool
    whole: bool


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    at: datetime,
    standards: Sequence[str] = ARCHIVAL,
    seconds: float = 20.0,
) -> Typeset:
    """The PDF that `template` (typst) makes of `data`, which it reads with `json(bytes(sys.inputs.data))`.

    `at` is written into the file as the time of its making, and data holds it as `made` (year, month, day) for the
    document's date. Raises TypesettingFailed when it takes longer than `seconds` or more memory than it may.
    """
    instant = at.astimezone(UTC)
    given = {**data, "made": {"year": instant.year, "month": instant.month, "day": instant.day}}
    request = json.dumps(
        {
            "template": template,
            "data": json.dumps(given, ensure_ascii=False),
            "standards": list(standards),
            "timestamp": int(instant.timestamp()),
        }
    ).encode("ascii")
    if len(request) > MOST_BYTES:
        raise TypesettingFailed(f"The document is larger than {MOST_BYTES >> 20} MiB; make it of less.")
    return _read(work_confined(_CHILD, request, seconds=seconds), seconds)


def _read(ended: Ended | None, seconds: float) -> Typeset:
    if ended is None:
        raise TypesettingFailed(f"Setting the document took longer than {seconds:g} seconds and was stopped.")
    if ended.code == 3:
        raise TypesettingFailed(f"The document could not be set: {ended.said[:300]}")
    if ended.code != 0 or not ended.out.startswith(b"%PDF-"):
        raise TypesettingFailed("Setting the document broke off, most likely for lack of memory. Make it of less.")
    return Typeset(ended.out, own_fonts=ended.said == "", whole=ended.said != "boxes")
