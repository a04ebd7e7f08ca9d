"""The files attached to a PDF, read by pypdf in a process of its own. Nothing in it is drawn or run."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from credentials.sentence import sentence
from wallet_export.confined import work_confined
from wallet_export.errors import PdfRefused

MAX_PDF_BYTES = 12 * 1024 * 1024
_SECONDS = 10.0
_CHILD = Path(__file__).with_name("pdf_reading_child.py")
_REASONS = {
    3: "The PDF is damaged, or is none.",
    4: "The PDF is encrypted, so what is attached to it cannot be read. Save it without a password.",
    5: "The PDF has more files attached, or larger ones, than a certificate would.",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a PDF: its name as the PDF has it, and its bytes."""

    name: str
    body: bytes


def pdf_attachments(pdf: bytes) -> tuple[Attachment, ...]:
    """The attached files (ISO 32000-2, 7.11.4): those of the document, then those on its pages. Raises PdfRefused.

    At most 12 MiB of PDF, 300 pages, 16 files of together at most 12 MiB.
    """
    if len(pdf) > MAX_PDF_BYTES:
        raise PdfRefused(
            sentence(
                "The PDF is larger than {max_pdf_bytes} MB. Save it smaller.",
                max_pdf_bytes=MAX_PDF_BYTES // 1024 // 1024,
            )
        )
    ended = work_confined(_CHILD, pdf, seconds=_SECONDS)
    if ended is None:
        raise PdfRefused(sentence("Reading the PDF took longer than {seconds} seconds.", seconds=f"{_SECONDS:g}"))
    if ended.code != 0:
        raise PdfRefused(_REASONS.get(ended.code, "Reading the PDF broke off, most likely for its size."))
    found = json.loads(ended.out)
    return tuple(Attachment(one["name"], base64.b64decode(one["body"])) for one in found)
