"""Steps 3 to 6 of issuing: credentials in state `preparing` are prepared, signed, verified and stored as issued."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from credentials.prepared import PreparedCredential
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from issuer import audit
from issuer.award_templates import Made, Templates
from issuer.errors import Fault, Refused
from issuer.issuers import Issuer, as_issuer
from issuer.many_rows import among, insert_rows
from issuer.messages.notices import put
from issuer.own_output import JSON, JWT, Batch, Signed, verify_own_output
from issuer.prepare import prepare_award, prepare_document
from issuer.signing_keys import SigningKey, Use, active_key, opened
from issuer.status_lists import ensure_fresh_lists
from issuer.store import Database
from issuer.succession.tidings import notices_of_issued
from issuer.tables import CredentialRow, IssuerRow, RenderingRow, StatusEntryRow
from issuer.waiting import Waiting, WaitingAward, read_waiting
from keys.keyring import Keyring
from keys.signer import Signer

__all__ = [
    "FORMATS",
    "JSON",
    "JWT",
    "PreparationRefused",
    "Signed",
    "Signing",
    "Step",
    "StepReached",
    "finish",
    "finish_or_void",
    "verify_own_output",
    "void",
]

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


class Signing:
    """What the chunks of one batch have in common, so that it is made once: templates, and what was judged alike.

    Without one, a chunk is a batch of its own.
    """

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.templates = Templates(issuer)
        self.output = Batch()


def finish(
    db: Database,
    keyring: Keyring,
    credential_ids: Sequence[UUID],
    *,
    issuer_id: int,
    actor: str,
    now: datetime,
    reached: StepReached,
    signing: Signing | None = None,
) -> tuple[UUID, ...]:
    """Bring credentials of one issuer from `preparing` to `issued`; all or none. Returns those that this call issued.

    One that another process finished meanwhile is left as that one made it. Raises PreparationRefused,
    OwnOutputMismatch, NoSigningKey, KeyMismatch and what the keyring raises: then nothing is stored.
    """
    reached(Step.PREPARE)
    ensure_fresh_lists(db, keyring, now, _lists_of(db, credential_ids))
    with db.read() as session:
        owner = session.get_one(IssuerRow, issuer_id)
        signing = signing or Signing(as_issuer(owner))
        waiting = read_waiting(session, credential_ids)
        keys = {one: active_key(session, owner, _USE[one]) for one in {name for one in waiting for name in one.formats}}
    ready = _prepare(waiting, signing)
    reached(Step.SIGN)
    signed = _sign(keyring, keys, ready, now)
    reached(Step.VERIFY)
    for one in ready:
        for rendering in signed[one.credential_id]:
            if one.made is not None:
                signing.output.verify(rendering, one.made)
            else:
                verify_own_output(rendering, one.prepared)
    reached(Step.STORE)
    told = [one for one in waiting if isinstance(one, WaitingAward)]
    return _store(db, signed, told, issuer_id=issuer_id, actor=actor, now=now)


def finish_or_void(
    db: Database,
    keyring: Keyring,
    credential_ids: Sequence[UUID],
    *,
    issuer_id: int,
    actor: str,
    now: datetime,
    reached: StepReached,
    signing: Signing | None = None,
) -> tuple[UUID, ...]:
    """As `finish`, and what PreparationRefused names is made void before it is raised: it is not left `preparing`."""
    try:
        return finish(
            db,
            keyring,
            credential_ids,
            issuer_id=issuer_id,
            actor=actor,
            now=now,
            reached=reached,
            signing=signing,
        )
    except PreparationRefused as refusal:
        void(db, refusal.credential_ids, reason=str(refusal), actor=actor, now=now)
        raise


def _lists_of(db: Database, credential_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    with db.read() as session:
        return tuple(
            session.scalars(
                select(StatusEntryRow.list_id)
                .where(among(session, StatusEntryRow.credential_id, credential_ids))
                .distinct()
            )
        )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A credential to be signed, in these formats; `made` says how, if a template made it."""

    credential_id: UUID
    formats: tuple[str, ...]
    prepared: PreparedCredential
    made: Made | None


def _prepare(waiting: Sequence[Waiting], signing: Signing) -> list[_Ready]:
    """Step 3: by templates what they can make, one by one what is left. Raises PreparationRefused."""
    by_template = signing.templates.make(one for one in waiting if isinstance(one, WaitingAward))
    ready: list[_Ready] = []
    refused: dict[UUID, Unacceptable] = {}
    for one in waiting:
        made = by_template.get(one.credential_id)
        try:
            prepared = made.prepared if made is not None else _prepare_one(one, signing.issuer)
            ready.append(_Ready(one.credential_id, one.formats, prepared, made))
        except Unacceptable as error:
            refused[one.credential_id] = error
    if refused:
        raise PreparationRefused(refused)
    return ready


def _prepare_one(one: Waiting, issuer: Issuer) -> PreparedCredential:
    if isinstance(one, WaitingAward):
        return prepare_award(one.request, one.achievement, one.allocation, issuer)
    return prepare_document(one.document, one.entries, issuer)


def _sign(
    keyring: Keyring, keys: Mapping[str, SigningKey], ready: Sequence[_Ready], now: datetime
) -> dict[UUID, list[Signed]]:
    """Step 4: each credential in each of its formats, with the key that is active for it."""
    stamps = {name: _stamp(name, opened(keyring, key), key.verification_method, now) for name, key in keys.items()}
    return {
        one.credential_id: [
            Signed(one.credential_id, name, stamps[name].secure(one.prepared), keys[name]) for name in one.formats
        ]
        for one in ready
    }


def _stamp(name: str, signer: Signer, method: str, now: datetime) -> data_integrity.Stamp | jose.Stamp:
    return data_integrity.Stamp(signer, method, now) if name == JSON else jose.Stamp(signer, method)


def _store(
    db: Database,
    signed: Mapping[UUID, Sequence[Signed]],
    told: Sequence[WaitingAward],
    *,
    issuer_id: int,
    actor: str,
    now: datetime,
) -> tuple[UUID, ...]:
    """Step 6: bytes, state, notices and audit events in one transaction."""
    with db.write() as session:
        issued = set(
            session.scalars(
                update(CredentialRow)
                .where(among(session, CredentialRow.id, signed), CredentialRow.state == "preparing")
                .values(state="issued", issued_at=now)
                .returning(CredentialRow.id)
                .execution_options(synchronize_session=False)
            )
        )
        kept = {credential_id: renderings for credential_id, renderings in signed.items() if credential_id in issued}
        if not kept:
            return ()
        all_kept = [one for renderings in kept.values() for one in renderings]
        insert_rows(
            session,
            RenderingRow,
            each={
                "credential_id": [one.credential_id for one in all_kept],
                "format": [one.format for one in all_kept],
                "media_type": [one.secured.media_type for one in all_kept],
                "body": [one.secured.body for one in all_kept],
                "signing_key_id": [one.key.row_id for one in all_kept],
            },
        )
        put(session, notices_of_issued([one for one in told if one.credential_id in kept], issuer_id, now), now)
        audit.append_all(
            session,
            at=now,
            actor=actor,
            events=[
                ("credential issued", f"credential:{credential_id}", {"formats": [one.format for one in renderings]})
                for credential_id, renderings in kept.items()
            ],
        )
        return tuple(kept)


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
