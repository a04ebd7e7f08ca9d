"""Steps 3 to 6 of issuing: credentials in state `preparing` are prepared, signed, verified and stored as issued."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from credentials import strict_json
from credentials.prepared import PreparedCredential, SecuredCredential
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from issuer import audit
from issuer.awards import request_from_dict
from issuer.errors import Fault, OwnOutputMismatch, Refused
from issuer.issuers import as_issuer
from issuer.messages.notices import put
from issuer.prepare import Allocation, Entry, Predecessor, prepare_award, prepare_document
from issuer.programs import as_achievement
from issuer.signing_keys import SigningKey, Use, active_key, opened
from issuer.status_lists import ensure_fresh_lists
from issuer.store import Database
from issuer.succession.facts import ACHIEVEMENT_ID, facts_of
from issuer.succession.predecessors import predecessors_of
from issuer.succession.tidings import notices_of_issued
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    IssuerRow,
    LevelRow,
    ProgramRow,
    RenderingRow,
    StatusEntryRow,
)
from keys.keyring import Keyring

JSON = "json"
JWT = "jwt"
FORMATS = (JSON, JWT)
_USE = {JSON: Use.DATA_INTEGRITY, JWT: Use.JWT}


class Step(StrEnum):
    """The numbered steps of issuing, that which only reissuing has, and the end of a chunk."""

    READ = "1 read"
    ALLOCATE = "2 allocate"
    PREPARE = "3 prepare"
    SIGN = "4 sign"
    VERIFY = "5 verify"
    STORE = "6 store"
    SUPERSEDE = "7 supersede"
    DONE = "done"


StepReached = Callable[[Step], None]
"""Called when a step is about to begin; what it raises ends the process there, as a crash would."""


class PreparationRefused(Refused):
    """What was allocated does not make a valid credential. `credential_ids` are those that were refused."""

    def __init__(self, refused: Mapping[UUID, Unacceptable]) -> None:
        self.credential_ids = tuple(refused)
        super().__init__(
            "What was to be signed",
            [
                Fault(problem.pointer, problem.detail).within(f"credential {identifier}")
                for identifier, error in refused.items()
                for problem in error.problems
            ],
        )


@dataclass(frozen=True, slots=True)
class Signed:
    """One rendering, signed and not yet stored."""

    credential_id: UUID
    format: str
    secured: SecuredCredential
    key: SigningKey


def finish(
    db: Database,
    keyring: Keyring,
    credential_ids: Sequence[UUID],
    *,
    issuer_id: int,
    actor: str,
    now: datetime,
    reached: StepReached,
) -> tuple[UUID, ...]:
    """Bring credentials of one issuer from `preparing` to `issued`; all or none. Returns those that this call issued.

    One that another process finished meanwhile is left as that one made it. Raises PreparationRefused,
    OwnOutputMismatch, NoSigningKey, KeyMismatch and what the keyring raises: then nothing is stored.
    """
    reached(Step.PREPARE)
    ensure_fresh_lists(db, keyring, now, _lists_of(db, credential_ids))
    prepared, formats = _prepare(db, credential_ids)
    reached(Step.SIGN)
    signed = _sign(db, keyring, issuer_id, prepared=prepared, formats=formats, now=now)
    reached(Step.VERIFY)
    for one in signed:
        verify_own_output(one, prepared[one.credential_id])
    reached(Step.STORE)
    return _store(db, signed, actor, now)


def finish_or_void(
    db: Database,
    keyring: Keyring,
    credential_ids: Sequence[UUID],
    *,
    issuer_id: int,
    actor: str,
    now: datetime,
    reached: StepReached,
) -> tuple[UUID, ...]:
    """As `finish`, and what PreparationRefused names is made void before it is raised: it is not left `preparing`."""
    try:
        return finish(db, keyring, credential_ids, issuer_id=issuer_id, actor=actor, now=now, reached=reached)
    except PreparationRefused as refusal:
        void(db, refusal.credential_ids, reason=str(refusal), actor=actor, now=now)
        raise


def _lists_of(db: Database, credential_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    with db.read() as session:
        return tuple(
            session.scalars(
                select(StatusEntryRow.list_id).where(StatusEntryRow.credential_id.in_(credential_ids)).distinct()
            )
        )


def _prepare(
    db: Database, credential_ids: Sequence[UUID]
) -> tuple[dict[UUID, PreparedCredential], dict[UUID, tuple[str, ...]]]:
    """Step 3: what is to be signed, by credential, and in which formats."""
    prepared: dict[UUID, PreparedCredential] = {}
    formats: dict[UUID, tuple[str, ...]] = {}
    refused: dict[UUID, Unacceptable] = {}
    with db.read() as session:
        entries = _entries(session, credential_ids)
        predecessors = predecessors_of(session, credential_ids)
        rows = session.execute(
            select(CredentialRow, AwardRow, IssuerRow, AchievementRow, LevelRow, ProgramRow)
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
            .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
            .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
            .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .where(CredentialRow.id.in_(credential_ids), CredentialRow.state == "preparing")
        )
        for row in rows:
            credential = row[0]
            try:
                predecessor = predecessors.get(credential.id)
                prepared[credential.id] = _prepare_one(row, entries.get(credential.id, ()), predecessor)
                formats[credential.id] = tuple(credential.formats)
            except Unacceptable as error:
                refused[credential.id] = error
    if refused:
        raise PreparationRefused(refused)
    return prepared, formats


def _entries(session: Session, credential_ids: Sequence[UUID]) -> dict[UUID, tuple[Entry, ...]]:
    """The status entries of each credential: revocation first, then suspension."""
    found: dict[UUID, tuple[Entry, ...]] = {}
    for row in session.scalars(
        select(StatusEntryRow).where(StatusEntryRow.credential_id.in_(credential_ids)).order_by(StatusEntryRow.purpose)
    ):
        found[row.credential_id] = (*found.get(row.credential_id, ()), Entry(row.purpose, row.list_id, row.position))
    return found


def _prepare_one(row: Any, entries: tuple[Entry, ...], predecessor: Predecessor | None) -> PreparedCredential:
    credential, award, owner, achievement, level, program = row
    issuer = as_issuer(owner)
    if achievement is None:
        document = {**award.request["document"], **({"id": credential.document_id} if award.request["own_id"] else {})}
        return prepare_document(document, entries, issuer)
    facts = facts_of(credential, award)
    allocation = Allocation(
        credential_id=credential.id,
        subject_id=facts.get("did") or f"urn:uuid:{award.person_id}",
        salt=credential.identity_salt,
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        entries=entries,
        predecessor=predecessor,
    )
    return prepare_award(request_from_dict(facts), as_achievement(achievement, level, program), allocation, issuer)


def _sign(
    db: Database,
    keyring: Keyring,
    issuer_id: int,
    *,
    prepared: Mapping[UUID, PreparedCredential],
    formats: Mapping[UUID, tuple[str, ...]],
    now: datetime,
) -> list[Signed]:
    """Step 4: each credential in each of its formats, with the key that is active for it."""
    with db.read() as session:
        owner = session.get_one(IssuerRow, issuer_id)
        used = {name for names in formats.values() for name in names}
        keys = {one: active_key(session, owner, _USE[one]) for one in used}
    signers = {one: opened(keyring, key) for one, key in keys.items()}
    signed = []
    for credential_id, document in prepared.items():
        for one in formats[credential_id]:
            method = keys[one].verification_method
            secured = (
                data_integrity.add_proof(document, signers[one], verification_method=method, created=now)
                if one == JSON
                else jose.sign(document, signers[one], kid=method)
            )
            signed.append(Signed(credential_id, one, secured, keys[one]))
    return signed


def verify_own_output(signed: Signed, prepared: PreparedCredential) -> None:
    """Step 5: read the bytes as a stranger would, compare with what was prepared, verify with the published key.

    Raises OwnOutputMismatch.
    """
    try:
        if signed.format == JSON:
            _verify_json(signed, prepared)
        else:
            _verify_jwt(signed, prepared)
    except Unacceptable as error:
        raise OwnOutputMismatch(_mismatch(signed, str(error))) from error


def _verify_json(signed: Signed, prepared: PreparedCredential) -> None:
    document = strict_json.parse(signed.secured.body)
    if not isinstance(document, dict) or {**document, "proof": None} != {**prepared.document, "proof": None}:
        raise OwnOutputMismatch(_mismatch(signed, "it says something else than was prepared"))
    proofs = data_integrity.proofs_of(document)
    if [proof.get("verificationMethod") for proof in proofs] != [signed.key.verification_method]:
        raise OwnOutputMismatch(_mismatch(signed, "it does not have one proof by the active key"))
    data_integrity.verify_proof(document, proofs[0], signed.key.public_key)


def _verify_jwt(signed: Signed, prepared: PreparedCredential) -> None:
    token = jose.parse(signed.secured.body)
    if token.credential != prepared.document:
        raise OwnOutputMismatch(_mismatch(signed, "it says something else than was prepared"))
    if token.kid != signed.key.verification_method:
        raise OwnOutputMismatch(_mismatch(signed, "it does not name the active key"))
    jose.verify(token, signed.key.public_key)
    if problems := jose.check_claims(token):
        raise Unacceptable(problems)


def _mismatch(signed: Signed, why: str) -> str:
    return (
        f"the credential {signed.credential_id}, just signed as {signed.format} with {signed.key.key_uri}, does "
        f"not verify: {why}. The batch was stopped and nothing of it was kept as issued"
    )


def _store(db: Database, signed: Sequence[Signed], actor: str, now: datetime) -> tuple[UUID, ...]:
    """Step 6: bytes, state and audit events in one transaction."""
    with db.write() as session:
        issued = set(
            session.scalars(
                update(CredentialRow)
                .where(CredentialRow.id.in_({one.credential_id for one in signed}), CredentialRow.state == "preparing")
                .values(state="issued", issued_at=now)
                .returning(CredentialRow.id)
                .execution_options(synchronize_session=False)
            )
        )
        kept = [one for one in signed if one.credential_id in issued]
        formats: dict[UUID, list[str]] = {}
        for one in kept:
            formats.setdefault(one.credential_id, []).append(one.format)
        session.add_all(
            RenderingRow(
                credential_id=one.credential_id,
                format=one.format,
                media_type=one.secured.media_type,
                body=one.secured.body,
                signing_key_id=one.key.row_id,
            )
            for one in kept
        )
        session.flush()
        if issued:
            put(session, notices_of_issued(session, issued, now), now)
            audit.append_all(
                session,
                at=now,
                actor=actor,
                events=[
                    ("credential issued", f"credential:{credential_id}", {"formats": names})
                    for credential_id, names in formats.items()
                ],
            )
        return tuple(formats)


def void(db: Database, credential_ids: Sequence[UUID], *, reason: str, actor: str, now: datetime) -> tuple[UUID, ...]:
    """Give up credentials that are still `preparing`; their status slots stay burnt. Returns those given up."""
    with db.write() as session:
        voided = tuple(
            session.scalars(
                update(CredentialRow)
                .where(CredentialRow.id.in_(credential_ids), CredentialRow.state == "preparing")
                .values(state="void", voided_at=now, void_reason=reason)
                .returning(CredentialRow.id)
                .execution_options(synchronize_session=False)
            )
        )
        if voided:
            audit.append_all(
                session,
                at=now,
                actor=actor,
                events=[("credential voided", f"credential:{identifier}", {}) for identifier in voided],
            )
        return voided
