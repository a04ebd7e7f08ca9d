"""Certificates made: whether a credential has one, how the organization wants it, and setting it."""

from __future__ import annotations

from typing import Final

import structlog

from credentials.sentence import sentence
from issuer import addresses
from portal.certificates.content import certificate_of
from portal.language.language import Language
from portal.pages.credential import Published
from portal.problems import CONFLICT, NO_CERTIFICATE, UNAVAILABLE, HttpProblem, ProblemKind
from portal.service import Service
from portal.settings import Settings
from verifier.result import Status, VerificationResult
from wallet_export.certificate import Look, Paper, certificate_pdf
from wallet_export.errors import LettersMissing, TypesettingFailed

log = structlog.get_logger("guildmark.certificate")

PDF: Final = "application/pdf"
_LARGEST_TEMPLATE: Final = 1 << 20  # bytes


class NotCertified(HttpProblem):
    """There is no certificate of a credential; `detail` says why."""


def certificate(
    service: Service, found: Published, result: VerificationResult, language: Language, paper: Paper | None = None
) -> bytes:
    """The certificate of a credential that was verified just now, with everything that was signed, as PDF/A-3.

    paper: None: as the settings have it. Raises NotCertified for what does not stand, or cannot be set; Overloaded.
    """
    if (refusal := _refusal(service, found, result)) is not None:
        raise refusal
    try:
        look = look_of(service.settings, paper)
        said = certificate_of(service, found, result, language)
        with service.turns.turn() as typesetter:
            return certificate_pdf(said, typesetter, look).pdf
    except LettersMissing as missing:
        log.warning("no certificate", credential=str(found.chain.credential.id), reason=str(missing))
        raise NotCertified(
            UNAVAILABLE,
            sentence(
                "No font on this server has the letters “{letters}”, and a certificate with boxes in their place would "
                "be wrong. Its other forms are whole.",
                letters=missing.letters,
            ),
        ) from missing
    except (TypesettingFailed, TemplateUnreadable) as error:
        log.warning("no certificate", credential=str(found.chain.credential.id), reason=str(error))
        raise NotCertified(
            UNAVAILABLE, sentence("The certificate cannot be made at the moment; the reason is in this server’s log.")
        ) from error


def _refusal(service: Service, found: Published, result: VerificationResult) -> NotCertified | None:
    """Why there is none: what is no longer so is not certified. What has ended says so itself."""
    if result.status in {Status.VALID, Status.EXPIRED, Status.NOT_YET_VALID}:
        return None
    kind: ProblemKind = UNAVAILABLE
    why = sentence("The credential cannot be verified at the moment, so there is no certificate of it now.")
    if result.status is Status.REVOKED:
        kind, why = NO_CERTIFICATE, sentence("It is revoked, so there is no certificate of it any more.")
        if found.chain.successor is not None:
            why = sentence(
                "It was replaced, so there is no certificate of it any more; of its successor there is: {address}",
                address=addresses.credential_url(service.base_url, found.chain.successor.id),
            )
    elif result.status is Status.SUSPENDED:
        kind, why = CONFLICT, sentence("It is suspended: there is a certificate of it again when that has ended.")
    return NotCertified(kind, why)


class TemplateUnreadable(Exception):  # noqa: N818  (a verdict on the operator's file)
    """The file that `certificate_template` names cannot be read; the message says why."""


def look_of(settings: Settings, paper: Paper | None = None) -> Look:
    """How the settings want it. Raises TemplateUnreadable."""
    template = None
    if settings.certificate_template is not None:
        path = settings.home / settings.certificate_template
        try:
            if path.stat().st_size > _LARGEST_TEMPLATE:
                raise TemplateUnreadable(f"{path} is larger than {_LARGEST_TEMPLATE >> 20} MiB.")
            template = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateUnreadable(f"{path} cannot be read: {error}") from error
    fonts = (settings.home / settings.certificate_fonts,) if settings.certificate_fonts is not None else ()
    return Look(template=template, fonts=fonts, paper=paper or settings.certificate_paper)
