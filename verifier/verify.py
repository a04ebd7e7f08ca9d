"""The verification, step by step. Everything trust depends on is an argument without a default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from credentials.problems import Problem, own_type
from credentials.proofs.envelope import DC_SD_JWT
from credentials.sentence import sentence, sentence_of, together
from verifier.checks.authenticity import authenticate
from verifier.checks.endorsements import check_endorsements
from verifier.checks.examined import Examined
from verifier.checks.holder import with_holder
from verifier.checks.recipient import check_recipient
from verifier.checks.refresh import ACCEPT_CREDENTIAL, check_refresh
from verifier.checks.status import check_status
from verifier.checks.validity import check_validity
from verifier.extract import MAX_INPUT_BYTES, Address, Extracted, NotExtracted, OlderBadge, extract
from verifier.fetcher import Fetcher, FetchError, FetchRefused
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, shown
from verifier.policy import Policy
from verifier.reach import Reach
from verifier.resolve import Resolver
from verifier.result import Check, CheckName, Outcome, VerificationResult

if TYPE_CHECKING:
    from verifier.known_shapes import KnownShapes

NOT_FETCHED = own_type("not-fetched")
ADDRESS_REFUSED = own_type("address-refused")
"""It was not even asked: not https, not public, not an address."""

_EXTRACTED = {
    form: Check(CheckName.EXTRACT, Outcome.PASSED, said)
    for form, said in {
        "json": sentence("A credential with an embedded signature was read."),
        "jwt": sentence("A credential in the form of a signed token (JWT) was read."),
        "sd-jwt": sentence("A credential in the form of a signed token that conceals things (SD-JWT) was read."),
        "cose": sentence("A credential in the form of a signed message (COSE) was read."),
        "png": sentence("A credential was read out of a PNG image."),
        "svg": sentence("A credential was read out of an SVG image."),
        "pdf": sentence("A credential was read out of a file attached to a PDF."),
        "qr": sentence("A credential was read out of a QR code."),
    }.items()
}


class _Judgement(NamedTuple):
    checks: tuple[Check, ...]
    found: Extracted


class _Older(Exception):  # noqa: N818
    """It is an Open Badges 2.0 badge, fetched from `source` if that is not empty."""

    def __init__(self, badge: OlderBadge, source: str) -> None:
        self.badge = badge
        self.source = source
        super().__init__()


def verify(
    document: bytes | str,
    *,
    resolver: Resolver,
    fetcher: Fetcher,
    policy: Policy,
    now: datetime,
    zone: tzinfo = UTC,
    shapes: KnownShapes | None = None,
) -> VerificationResult:
    """One answer to: is this credential authentic, current, and meant as it says?

    1. extract: the credential out of JSON, a JWT, a baked PNG or SVG, a PDF, a picture of a QR code, or an address
    2. conforms: it can mean only one thing; known contexts, the data model, every term defined
    3. proof: every signature is right, and (a check of its own) the key is one that the issuer publishes
    4. refresh: if the policy asks, once, the newest version of it
    5. validity: within its dates
    6. status: neither revoked nor suspended, as its issuer's signed lists say
    7. recipient: if the policy asks, given to that person, or shown by its holder
    8. endorsements: each one embedded in it, by these same steps

    Nothing is fetched before step 2 has passed (but for an address that the caller gave). If a check of the steps 1 to
    3 does not pass the later ones are skipped: what a document says counts only once it is known who says it.

    document: bytes or text of any origin; hostile input gives a result, never an exception. now: aware. zone: whose
    time the sentences tell; nothing is judged by it. shapes: a memory of the caller's own badges, which makes these
    quicker to verify and changes nothing in the answer.
    """
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    inquiry = Inquiry(_reach(fetcher, resolver, policy), policy, now, zone=zone)
    # 1. extract
    known = shapes.recognize(document) if shapes is not None else None
    try:
        source, found, extracted = _extract(document, inquiry) if known is None else ("", known[0], _EXTRACTED["json"])
    except _Older as older:
        from verifier.older.judge import judge_older

        return judge_older(older.badge.text, older.badge.form, older.source, inquiry)
    if found is None:
        checks = (extracted, *_skipped(sentence("There is no credential to look at."), after=CheckName.EXTRACT))
        return VerificationResult(
            checks, None, "unknown", source, now, None if policy.trusted_issuers is None else False
        )
    # 2. to 8.
    examined = known[1] if known is not None else None
    judgement = _judge(found, inquiry, examined)
    if inquiry.reach.is_outdated():  # a key was changed since its issuer was asked: nothing of before is kept
        judgement = _judge(found, inquiry._replace(reach=_reach(fetcher, resolver, policy)), examined)
    checks = (extracted, *judgement.checks)
    document_judged = judgement.found.document
    trusted = _trusted(judgement, policy)
    secured = judgement.found.text
    result = VerificationResult(checks, document_judged, found.form, source, now, trusted, secured)
    if shapes is not None and known is None and result.verified:
        shapes.learn(found)
    return result


def _reach(fetcher: Fetcher, resolver: Resolver, policy: Policy) -> Reach:
    return Reach(
        fetcher=fetcher,
        resolver=resolver,
        max_fetches=policy.max_fetches,
        max_endorsements=policy.max_endorsements,
    )


def _judge(found: Extracted, inquiry: Inquiry, examined: Examined | None = None) -> _Judgement:
    if found.envelope is not None and found.envelope.media_type == DC_SD_JWT:
        from verifier.sd_jwt_vc import judge

        return _Judgement(judge(found, found.envelope, inquiry), found)
    # 2. conforms  3. proof
    authenticity = authenticate(found, inquiry, examined)
    if not _authentic(authenticity):
        reason = sentence("Not looked at, because it is not known to be by its issuer.")
        return _Judgement((*authenticity, *_skipped(reason, after=CheckName.KEY_BELONGS_TO_ISSUER)), found)
    # 4. refresh
    refresh, found = check_refresh(found, inquiry)
    document = found.document
    # what it refers to elsewhere, which is a part of step 2
    if "relatedResource" in document or "credentialSchema" in document:
        from verifier.checks.resources import with_resources

        authenticity = (with_resources(authenticity[0], document, inquiry), *authenticity[1:])
    # 5. validity
    validity = check_validity(found, inquiry.now, inquiry.zone)
    # 6. status
    status = check_status(document, inquiry)
    # 7. recipient
    recipient = with_holder(check_recipient(document, inquiry), found, inquiry)
    # 8. endorsements
    endorsements = check_endorsements(found, inquiry, lambda inner, deeper: _judge(inner, deeper).checks)
    return _Judgement((*authenticity, refresh, validity, status, recipient, endorsements), found)


def _authentic(checks: tuple[Check, ...]) -> bool:
    """Form and proof passed; the question of whose key it is passed, or the policy did not ask it."""
    conforms, proof, key = checks
    passed = conforms.outcome is Outcome.PASSED and proof.outcome is Outcome.PASSED
    return passed and key.outcome in (Outcome.PASSED, Outcome.SKIPPED)


def _trusted(judgement: _Judgement, policy: Policy) -> bool | None:
    """Whether the issuer is one of those the policy names; what is not known to be by it is trusted by nobody."""
    if policy.trusted_issuers is None:
        return None
    named = issuer_id(judgement.found.document) in policy.trusted_issuers
    return named and _authentic(judgement.checks[:3])


def _extract(document: bytes | str, inquiry: Inquiry) -> tuple[str, Extracted | None, Check]:
    """Step 1: where it was fetched from (or empty), what was found, and the check."""
    source, led = "", ""
    try:
        found = extract(document, opening=True)
        if isinstance(found, Address):
            source = found.url
            led = sentence("The QR code leads to {url}.", url=shown(source)) if found.form == "qr" else ""
            found = _fetched(source, inquiry)
    except OlderBadge as older:
        raise _Older(older, source) from None
    except NotExtracted as nothing:
        outcome = Outcome.INCOMPLETE if nothing.unsupported else Outcome.FAILED
        return source, None, Check(CheckName.EXTRACT, outcome, sentence_of(nothing), (nothing.problem,))
    except FetchError as error:
        said = together(led, sentence("It could not be fetched: {reason}.", reason=error.reason))
        refused = isinstance(error, FetchRefused)
        problem = Problem(ADDRESS_REFUSED if refused else NOT_FETCHED, "Not fetched", said)
        return source, None, Check(CheckName.EXTRACT, Outcome.INCOMPLETE, said, (problem,))
    read = _EXTRACTED[found.form]
    return source, found, replace(read, sentence=together(led, read.sentence)) if led else read


def _fetched(url: str, inquiry: Inquiry) -> Extracted:
    fetched = inquiry.reach.fetch(url, accept=ACCEPT_CREDENTIAL, max_bytes=MAX_INPUT_BYTES)
    found = extract(fetched.body, opening=True)
    if isinstance(found, Address):
        detail = sentence("At {url} lies only another address, which is not followed.", url=shown(url))
        raise NotExtracted(Problem(NOT_FETCHED, "Only another address", detail))
    return found


def _skipped(reason: str, *, after: CheckName) -> Iterator[Check]:
    names = list(CheckName)
    for name in names[names.index(after) + 1 :]:
        yield Check(name, Outcome.SKIPPED, reason)
