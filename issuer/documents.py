"""Sign a document that a caller brings (W3C CCG VC API, POST /credentials/issue), in the same numbered steps.

The document is the caller's word; what is ours is the issuer, and, where it has none, its id, the instant from which
it is valid, and a revocation entry. It is recorded as an award of source `vc-api`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.contexts import DATA_INTEGRITY_V2
from credentials.instants import format_instant, parse_instant
from credentials.prepared import SecuredCredential
from credentials.problems import MALFORMED_VALUE_ERROR, Problem, Unacceptable
from credentials.proofs.vc_claim import is_of_version_1
from credentials.status_list import REVOCATION, SUSPENSION
from issuer.addresses import Kind, credential_url, parse
from issuer.allocation import Allocated, Randomness, Wanted, allocate
from issuer.canonical_json import json_text
from issuer.cryptosuites import KEY_TYPES
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.programs import achievement_row
from issuer.proof_choice import require_keys
from issuer.rehearsal import rehearse_document
from issuer.signing import FORMATS, JSON, JWT, Step, StepReached, finish_or_void
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, IssuerRow, RenderingRow
from keys.keyring import Keyring

SOURCE = "vc-api"
_ALWAYS_USUAL = "eddsa-rdfc-2022"
"""To name it or not was the same before others could be chosen, and idempotency keys of that time go on being known."""
_STATUS_LISTS = {"BitstringStatusListCredential", "StatusList2021Credential", "RevocationList2020Credential"}
_OPEN_BADGES = {"OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"}


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """What may be added to a document that lacks it, in which formats and by which cryptosuite it is signed.

    cryptosuite: None is the usual one of the issuer's main key. mandatory: of `ecdsa-sd-2023`, JSON Pointers to what
    whoever derives from it must reveal; without any, what `issuer.selective_copies` says.
    """

    add_id: bool = True
    add_valid_from: bool = True
    add_status: bool = True
    purposes: tuple[str, ...] = (REVOCATION,)
    formats: tuple[str, ...] = (JSON,)
    cryptosuite: str | None = None
    mandatory: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse formats, purposes and cryptosuites that do not exist."""
        if self.cryptosuite is not None and self.cryptosuite not in KEY_TYPES:
            raise ValueError(f"cryptosuites are {', '.join(KEY_TYPES)}, not {self.cryptosuite}")
        if not self.formats or not set(self.formats) <= set(FORMATS):
            raise ValueError(f"formats are {' and '.join(FORMATS)}, not {self.formats}")
        if not set(self.purposes) <= {REVOCATION, SUSPENSION}:
            raise ValueError(f"purposes are {REVOCATION} and {SUSPENSION}, not {self.purposes}")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A signed document: its record's id and page, and the exact bytes by format."""

    id: UUID
    url: str
    document_id: str | None
    renderings: Mapping[str, SecuredCredential] = field(repr=False)
    new: bool


def issue_document(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    document: Mapping[str, Any],
    actor: str,
    now: datetime,
    randomness: Randomness,
    idempotency_key: str | None = None,
    options: DocumentOptions | None = None,
    reached: StepReached | None = None,
) -> IssuedDocument:
    """Sign a caller's document and record it.

    Raises `credentials.problems.Unacceptable` with every problem of the document (also: an issuer that is not this
    one, a status entry in a list of ours), IdempotencyConflict if the key was used for another document, UnknownIssuer,
    NoSigningKey if no key fits the cryptosuite,
    and what `issuer.signing.finish` raises; what PreparationRefused names is void then.
    """
    options = options or DocumentOptions()
    step = reached or (lambda _: None)
    step(Step.READ)
    with db.read() as session:
        owner = issuer_row(session, issuer)
        issuer_id, known = owner.id, as_issuer(owner)
        if problems := list(_problems_of_levels(session, document, known)):
            raise Unacceptable(problems)
        if options.cryptosuite is not None:
            require_keys(session, owner, (options.cryptosuite,))
    wanted = _wanted(document, options, known, now=now, idempotency_key=idempotency_key, randomness=randomness)
    step(Step.ALLOCATE)
    allocated = _allocate(db, issuer_id, known, wanted, actor=actor, now=now, randomness=randomness)
    issued: tuple[UUID, ...] = ()
    if allocated.preparing:
        waiting = [allocated.credential_id]
        issued = finish_or_void(db, keyring, waiting, issuer_id=issuer_id, actor=actor, now=now, reached=step)
    return _read_back(db, known, allocated.credential_id, new=bool(issued))


def _wanted(
    document: Mapping[str, Any],
    options: DocumentOptions,
    issuer: Issuer,
    *,
    now: datetime,
    idempotency_key: str | None,
    randomness: Randomness,
) -> Wanted:
    """Step 1: complete the document and prepare it once with a stand-in allocation: a refusal costs nothing."""
    completed = _completed(document, options, issuer, now)
    own_id = options.add_id and "id" not in document
    # In VCDM 1.1 no context defines the type of an entry, so none could be signed.
    own_status = options.add_status and "credentialStatus" not in document and not is_of_version_1(document)
    purposes = options.purposes if own_status else ()
    prepared = rehearse_document(completed, purposes, issuer, own_id=own_id)
    if JWT in options.formats:
        _check_jwt(prepared.document)
    chosen: dict[str, Any] = {"cryptosuite": options.cryptosuite} if options.cryptosuite is not None else {}
    if options.mandatory:
        chosen["mandatory"] = list(options.mandatory)
    wishes = {name: value for name, value in asdict(options).items() if name not in ("cryptosuite", "mandatory")}
    digested = chosen if options.cryptosuite != _ALWAYS_USUAL else {}
    digest = sha256(rfc8785.dumps({"document": dict(document), "options": {**wishes, **digested}})).hexdigest()
    return Wanted(
        key=f"given:{idempotency_key}" if idempotency_key is not None else f"once:{randomness(16).hex()}",
        digest=digest,
        request=json_text({"document": completed, "own_id": own_id, **chosen}),
        valid_from=_instant(prepared.document.get("issuanceDate", prepared.document.get("validFrom"))) or now,
        valid_until=_instant(prepared.document.get("expirationDate", prepared.document.get("validUntil"))),
        formats=options.formats,
        purposes=purposes,
        document_id=None if own_id else str(prepared.document.get("id", "")),
        origin="document",
    )


def _completed(document: Mapping[str, Any], options: DocumentOptions, issuer: Issuer, now: datetime) -> dict[str, Any]:
    problems = [
        *_problems_of_issuer(document, issuer),
        *_problems_of_status(document),
        *_problems_of_kind(document, issuer),
    ]
    if problems:
        raise Unacceptable(problems)
    completed = dict(document)
    if "issuer" not in completed:
        types = completed.get("type")
        is_badge = isinstance(types, list) and any(one in _OPEN_BADGES for one in types if isinstance(one, str))
        completed["issuer"] = dict(issuer.profile) if is_badge else issuer.did
    begins = "issuanceDate" if is_of_version_1(document) else "validFrom"
    if is_of_version_1(document) and isinstance(named := document.get("@context"), list | tuple):
        # The terms of a proof are not in the context of VCDM 1.1 (Data Integrity 1.0, section 2.4.2, has it put in).
        completed["@context"] = [*named, *({DATA_INTEGRITY_V2} - set(map(str, named)))]
    if options.add_valid_from and begins not in completed:
        completed[begins] = format_instant(now)
    return completed


def _problems_of_issuer(document: Mapping[str, Any], issuer: Issuer) -> list[Problem]:
    given = document.get("issuer", issuer.did)
    identifier = given.get("id") if isinstance(given, Mapping) else given
    if identifier == issuer.did:
        return []
    shown = str(identifier)[:200]
    return [
        Problem(
            MALFORMED_VALUE_ERROR,
            "Issuer is another one",
            f"The document names the issuer {shown!r}, but this "
            f"instance signs as {issuer.did}: name that, or leave the issuer out.",
            "/issuer",
        )
    ]


def _problems_of_levels(session: Session, document: Mapping[str, Any], issuer: Issuer) -> Iterator[Problem]:
    """Levels that are awarded only after an assessment, or to those who hold others, are not a caller's to give."""
    named = {
        address.id
        for text in _texts(document)
        if (address := parse(issuer.base_url, text.partition("#")[0])) is not None
        and address.kind is Kind.ACHIEVEMENT
        and address.id is not None
    }
    for public_id in sorted(named):
        newest = achievement_row(session, public_id, None)
        if newest is not None and {"assessment", "prerequisites", "evidence"} & newest.rules.keys():
            yield Problem(
                MALFORMED_VALUE_ERROR,
                "Level is awarded by its own rules",
                f"The level {newest.content['name']!r} demands an assessment, evidence or other levels: propose the "
                "award (`guildmark propose`, or POST /api/{instance}/proposals) instead of handing in a document.",
                "/credentialSubject",
            )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _problems_of_status(document: Mapping[str, Any]) -> list[Problem]:
    """A status that this issuer does not keep could never be changed here, and one in its lists is its to give."""
    if "credentialStatus" not in document:
        return []
    return [
        Problem(
            MALFORMED_VALUE_ERROR,
            "Status entry is not the caller's to give",
            "The document names a credentialStatus: leave it out, and an entry in a list of this issuer is given.",
            "/credentialStatus",
        )
    ]


def _problems_of_kind(document: Mapping[str, Any], issuer: Issuer) -> list[Problem]:
    """What only this issuer itself may make: addresses of its own, and the lists that say what is revoked."""
    problems = []
    types = document.get("type")
    if _STATUS_LISTS & set(map(str, types if isinstance(types, list) else [types])):
        detail = "A status list is made by the issuer's own records, never signed for a caller."
        problems.append(Problem(MALFORMED_VALUE_ERROR, "Not the caller's to give", detail, "/type"))
    if str(document.get("id", "")).startswith(f"{issuer.base_url}/"):
        detail = "An id below this issuer's address is not the caller's to give: leave the id out, and one is given."
        problems.append(Problem(MALFORMED_VALUE_ERROR, "Not the caller's to give", detail, "/id"))
    return problems


def _check_jwt(document: Mapping[str, Any]) -> None:
    """A JWT mirrors id, subject and validFrom in its claims (Open Badges 3.0, section 8.2): all must be there.

    Tokens of VCDM 1.1 are read, not made.
    """
    problems = [
        Problem(
            MALFORMED_VALUE_ERROR,
            "A JWT needs this",
            f"Without {name} the document cannot be signed as a JWT.",
            f"/{name}",
        )
        for name in ("id", "validFrom")
        if name not in document
    ]
    subject = document.get("credentialSubject")
    if not isinstance(subject, Mapping) or "id" not in subject:
        problems.append(
            Problem(
                MALFORMED_VALUE_ERROR, "A JWT needs this", "A JWT needs one subject with an id.", "/credentialSubject"
            )
        )
    if problems:
        raise Unacceptable(problems)


def _instant(text: Any) -> datetime | None:
    return parse_instant(text) if isinstance(text, str) else None


def _allocate(
    db: Database, issuer_id: int, issuer: Issuer, wanted: Wanted, *, actor: str, now: datetime, randomness: Randomness
) -> Allocated:
    """Step 2. Raises `Unacceptable` for an id that another document of this issuer has."""
    with db.write() as session:
        _refuse_taken_id(session, issuer_id, wanted)
        return allocate(
            session,
            session.get_one(IssuerRow, issuer_id),
            [wanted],
            source=SOURCE,
            actor=actor,
            now=now,
            address=lambda identifier: credential_url(issuer.base_url, identifier),
            randomness=randomness,
        )[wanted.key]


def _refuse_taken_id(session: Session, issuer_id: int, wanted: Wanted) -> None:
    if not wanted.document_id:
        return
    taken = session.scalars(
        select(CredentialRow.id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(
            CredentialRow.issuer_id == issuer_id,
            CredentialRow.document_id == wanted.document_id,
            CredentialRow.state != "void",
            AwardRow.idempotency_key != wanted.key,
        )
    ).first()
    if taken is not None:
        detail = f"A document with the id {wanted.document_id[:200]} was signed before; give another id, or none."
        raise Unacceptable(Problem(MALFORMED_VALUE_ERROR, "Id is taken", detail, "/id"))


def _read_back(db: Database, issuer: Issuer, credential_id: UUID, *, new: bool) -> IssuedDocument:
    with db.read() as session:
        row = session.get_one(CredentialRow, credential_id)
        renderings = {
            one.format: SecuredCredential(one.media_type, one.body)
            for one in session.scalars(select(RenderingRow).where(RenderingRow.credential_id == credential_id))
        }
        return IssuedDocument(
            id=credential_id,
            url=credential_url(issuer.base_url, credential_id),
            document_id=row.document_id or None,
            renderings=renderings,
            new=new,
        )
