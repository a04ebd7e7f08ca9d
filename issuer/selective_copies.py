"""Copies of a credential from which its holder shows only some of it: base proofs by ecdsa-sd-2023.

Such a copy is of the same record: same id, dates and status entry. It is made when it is asked for and not kept, and
never published: whoever has it can show all of it. Only where the credential's program, or whoever handed in its
document, asked for `ecdsa-sd-2023`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.log.entries import digest_of
from credentials.prepared import PreparedCredential, SecuredCredential, prepare
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity
from credentials.proofs.selective import ecdsa_sd_2023
from issuer import audit
from issuer.cryptosuites import SELECTIVE
from issuer.errors import OwnOutputMismatch
from issuer.proof_choice import selective_key
from issuer.signing_keys import SigningKey, opened
from issuer.store import Database
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, LevelRow, ProgramRow, RenderingRow
from issuer.wallet_copies import CopyRefused, check_copyable
from keys.keyring import Keyring

_ALWAYS = (
    "issuer", "name", "validFrom", "validUntil", "issuanceDate", "expirationDate", "awardedDate", "credentialStatus",
    "credentialSchema", "refreshService", "termsOfUse",
)  # fmt: skip
"""Without these a stranger could not judge what he is shown."""
_OF_SUBJECT = "achievement"


def selective_copy(
    db: Database,
    keyring: Keyring,
    *,
    credential_id: UUID,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> SecuredCredential:
    """The credential with a base proof, for its holder alone.

    Raises UnknownCredential, CopyRefused (revoked, expired, or not offered), CopyWaits (suspended), NoSigningKey,
    OwnOutputMismatch and what the keyring raises.
    """
    check_copyable(db, credential_id, now)
    with db.read() as session:
        row = session.get_one(CredentialRow, credential_id)
        offered = _offered(session, credential_id)
        body = session.scalars(
            select(RenderingRow.body).where(RenderingRow.credential_id == credential_id, RenderingRow.format == "json")
        ).one_or_none()
        if offered is None or body is None:
            raise CopyRefused(
                f"of the credential {credential_id} no copy is made from which some of it could be shown: "
                f"its program does not name {SELECTIVE} under “proofs”"
            )
        key = selective_key(session, session.get_one(IssuerRow, row.issuer_id))
    secured = _signed(strict_json.parse(body), key, keyring, offered, now, randomness)
    with db.write() as session:
        audit.append(
            session,
            at=now,
            actor=actor,
            action="copy made",
            subject=f"credential:{credential_id}",
            details={"format": SELECTIVE, "digest": digest_of(secured.body)},
        )
    return secured


def is_offered(db: Database, credential_id: UUID) -> bool:
    """Whether `selective_copy` makes one, as far as the choice of cryptosuites goes."""
    with db.read() as session:
        return _offered(session, credential_id) is not None


def mandatory_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """JSON Pointers to what whoever shows some of it shows always: who says what of an achievement, until when."""
    subject = document.get("credentialSubject")
    of_subject: list[str] = []
    if isinstance(subject, Mapping) and _OF_SUBJECT in subject:
        of_subject = [f"/credentialSubject/{_OF_SUBJECT}"]
    elif isinstance(subject, list):
        of_subject = [
            f"/credentialSubject/{number}/{_OF_SUBJECT}"
            for number, one in enumerate(subject)
            if isinstance(one, Mapping) and _OF_SUBJECT in one
        ]
    return (*[f"/{name}" for name in _ALWAYS if name in document], *of_subject)


def choosable(document: Mapping[str, Any]) -> tuple[str, ...]:
    """JSON Pointers to what its holder may show or keep to himself: each member, or each item of a member's list."""
    subject = document.get("credentialSubject")
    members = [("", document)] + ([("/credentialSubject", subject)] if isinstance(subject, Mapping) else [])
    always = {*mandatory_of(document), "/@context", "/id", "/type", "/proof", "/credentialSubject"}
    always |= {"/credentialSubject/id", "/credentialSubject/type"}
    found: list[str] = []
    for place, those in members:
        for name, value in those.items():
            pointer = f"{place}/{_escaped(name)}"
            if pointer not in always:
                many = range(len(value)) if isinstance(value, list) else ()
                found += [f"{pointer}/{number}" for number in many] or [pointer]
    return tuple(found)


def _offered(session: Session, credential_id: UUID) -> tuple[str, ...] | None:
    """None if it is not; else the mandatory pointers that its caller gave, if it is of a document."""
    row = session.execute(
        select(ProgramRow.settings, AwardRow.request)
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(CredentialRow.id == credential_id)
    ).one_or_none()
    if row is None:
        return None
    if row.settings is not None:
        return () if SELECTIVE in row.settings.get("proofs", ()) else None
    asked = row.request if isinstance(row.request, Mapping) else {}
    return tuple(asked.get("mandatory", ())) if asked.get("cryptosuite") == SELECTIVE else None


def _signed(
    rendered: Mapping[str, Any],
    key: SigningKey,
    keyring: Keyring,
    mandatory: tuple[str, ...],
    now: datetime,
    randomness: Callable[[int], bytes],
) -> SecuredCredential:
    document = {name: value for name, value in rendered.items() if name != "proof"}
    prepared = prepare(document)
    secured = ecdsa_sd_2023.sign(
        prepared,
        opened(keyring, key),
        verification_method=key.verification_method,
        created=now,
        mandatory=mandatory or mandatory_of(document),
        randomness=randomness,
    )
    _verify(secured, prepared, key)
    return secured


def _verify(secured: SecuredCredential, prepared: PreparedCredential, key: SigningKey) -> None:
    """Read as a stranger would whom all of it is shown. Raises OwnOutputMismatch."""
    try:
        read = strict_json.parse(secured.body)
        members = [f"/{_escaped(name)}" for name in prepared.document if name not in ("@context", "id", "type")]
        shown = ecdsa_sd_2023.derive(read, members)
        (proof,) = data_integrity.proofs_of(shown)
        data_integrity.verify_proof(shown, proof, key.public_key)
    except Unacceptable as error:
        raise OwnOutputMismatch(f"a copy, just signed with {key.key_uri}, does not verify: {error}") from error
    if {**shown, "proof": None} != {**prepared.document, "proof": None}:
        raise OwnOutputMismatch(f"a copy, just signed with {key.key_uri}, says something else than was prepared")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
