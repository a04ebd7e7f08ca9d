"""The credential in a file that is no badge itself: attached to a PDF, or in the QR code of a picture or drawing.

Such files are opened by programs of others in processes of their own, which takes a tenth of a second: a caller in
haste is told so instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from credentials.haste import about_to_take_long
from credentials.problems import Problem
from credentials.sentence import sentence, sentence_of
from verifier.extract import NOTHING_FOUND, Address, Extracted, NotExtracted, extract, from_text
from wallet_export.errors import WalletExportError

_DRAWN_WIDTH = 1_024
_DRAWN_SECONDS = 4.0


def from_pdf(raw: bytes) -> Extracted:
    """The one credential that is attached to a PDF. Raises `NotExtracted`, and `TakesLong` for a caller in haste."""
    about_to_take_long()
    from wallet_export.pdf_reading import pdf_attachments

    try:
        attachments = pdf_attachments(raw)
    except WalletExportError as error:
        raise _nothing(sentence_of(error)) from None
    if not attachments:
        raise _nothing(
            sentence(
                "No credential is attached to this PDF, and what is printed in it is not signed. If it "
                "shows a QR code, give a picture of that."
            )
        )
    found, refusal = [], None
    for attachment in attachments:
        try:
            inside = _attached(attachment.body)
        except NotExtracted as error:
            refusal = refusal or error
        else:
            found.append(inside)
    if len({inside.text for inside in found}) > 1:
        raise _nothing(
            sentence(
                "{number} credentials are attached to this PDF. Save them, and give each one by itself.",
                number=len(found),
            )
        )
    if not found:
        assert refusal is not None  # noqa: S101  (there is an attachment, and it is not among the found)
        if len(attachments) == 1:
            raise refusal
        raise _nothing(
            sentence(
                "None of the {number} files that are attached to this PDF is a credential.", number=len(attachments)
            )
        )
    return Extracted("pdf", found[0].document, found[0].envelope, found[0].text)


def from_picture(raw: bytes, kind: str) -> Extracted | Address:
    """What the QR code in a picture holds: a credential, or the address of one. Raises as `from_pdf`."""
    about_to_take_long()
    from wallet_export.qr_reading import qr_texts

    try:
        texts = qr_texts(raw)
    except WalletExportError as error:
        raise _nothing(sentence_of(error)) from None
    if not texts:
        if kind == "PNG":
            said = sentence(
                "This PNG picture holds no credential, and no QR code was found in it. Give the badge’s own file; or "
                "take the photo closer, straight, and sharp."
            )
        else:
            said = sentence(
                "This {kind} picture shows no QR code. Give the badge’s own file; or take the photo closer, straight, "
                "and sharp.",
                kind=kind,
            )
        raise _nothing(said)
    return _in_codes(texts)


def from_drawing(raw: bytes, otherwise: str) -> Extracted | Address:
    """What the QR code in an SVG holds, such as one to print; raises as `from_pdf`, with `otherwise` if it has none."""
    about_to_take_long()
    from wallet_export.qr_reading import qr_texts
    from wallet_export.raster import svg_to_png

    try:
        texts = qr_texts(svg_to_png(raw, _DRAWN_WIDTH, seconds=_DRAWN_SECONDS))
    except WalletExportError:
        texts = ()  # it cannot be drawn
    if not texts:
        raise _nothing(otherwise)
    return _in_codes(texts)


def _in_codes(texts: Sequence[str]) -> Extracted | Address:
    if len(texts) > 1:
        raise _nothing(
            sentence(
                "There are {number} different QR codes in this picture. Cut out the one that is meant.",
                number=len(texts),
            )
        )
    try:
        return from_text(texts[0], "qr")
    except NotExtracted as error:
        if error.unsupported:
            raise
        raise _nothing(
            sentence("The QR code in this picture holds neither a credential nor the address of one.")
        ) from None


def _attached(body: bytes) -> Extracted:
    """A credential in an attached file, which may be a baked badge, but not one more PDF or a picture of a code."""
    if body.startswith(b"%PDF"):
        raise _nothing(sentence("A PDF is attached to this PDF. Save it, and give it by itself."))
    found = extract(body, opening=False)
    if isinstance(found, Address):
        raise _nothing(sentence("Only an address is attached to this PDF, not a credential."))
    return found


def _nothing(detail: str) -> NotExtracted:
    return NotExtracted(Problem(NOTHING_FOUND, "No credential found", detail))
