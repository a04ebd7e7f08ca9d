"""A certificate of nothing, by which an operator learns whether certificates can be made as the settings have them."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.certificates.making import TemplateUnreadable, look_of
from portal.settings import Settings
from wallet_export.certificate import Certificate, Group, Line, Words, certificate_pdf
from wallet_export.certificate_room import Block, Part
from wallet_export.errors import TypesettingFailed
from wallet_export.typeset import Typesetter

_URL = "https://specimen.example/credentials/00000000-0000-0000-0000-000000000000"
_SPECIMEN = Certificate(
    language="en",
    title="Specimen",
    issuer="Specimen",
    domain="specimen.example",
    holder="Zoë Specimen",
    holder_language="",
    level="Specimen",
    program="Specimen",
    about="A specimen.",
    notice="Specimen",
    dates=(Line("Awarded", "1 January 2026"), Line("Valid", "without an end")),
    parts=(Part("What it took", (Block("head", "First"), Block("text", "This."), Block("item", "That.", "1"))),),
    results=Group("Results", (Line("Exam", "88", "of 100"),)),
    facts=Group("On record", (Line("Number", "0", code=True),)),
    url=_URL,
    words=Words(
        kind="Certificate",
        certifies="This is to certify that",
        earned="has earned",
        scan="Scan to verify",
        signed="A specimen: nobody signed it.",
        checks_title="How to check it",
        checks=("Not at all.",),
        more="There is no more.",
        qr_alt="QR code",
        badge_alt="",
        told="A specimen",
    ),
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
    signed=b"{}",
    signed_name="credential.json",
    signed_type="application/vc",
)


def certificate_fault(settings: Settings) -> str:
    """Why no certificate can be made, of a faulty template in which line; "" if all is well."""
    typesetter = Typesetter()
    try:
        certificate_pdf(_SPECIMEN, typesetter, look_of(settings))
    except (TypesettingFailed, TemplateUnreadable) as error:
        return str(error)
    finally:
        typesetter.close()
    return ""
