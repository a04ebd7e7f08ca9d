"""Steps 3 to 6 of issuing: credentials in state `preparing` are prepared, signed, verified and stored as issued."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from credentials.prepared import PreparedCredential, SecuredCredential
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from issuer import audit
from issuer.award_templates import Made, Templates, sample
from issuer.errors import Fault, Refused
from issuer.issuers import Issuer, as_issuer
from issuer.many_rows import among, insert_rows
from issuer.messages.notices import put
from issuer.own_output import JSON, JWT, Batch, Signed, verify_own_output
from issuer.prepare import prepare_award, prepare_document
from issuer.proof_choice import Proving, provings
from issuer.signing_keys import SigningKey, Use, active_key, opened
from issuer.status_lists import ensure_fresh_lists
from issuer.store import Database
from issuer.succession.tidings import notices_of_issued
from issuer.tables import CredentialRow, IssuerRow, RenderingKeyRow, RenderingRow, StatusEntryRow
from issuer.waiting import Waiting, WaitingAward, read_waiting
from keys.held_signer import at_once, done_together
from keys.keyring import Keyring

__all__ = [
    "FORMATS",
    "JSON",
    "JWT",
    "PreparationRefused",
    "Signed",
    "Signing",
    "Signings",
    "Step",
    "StepReached",
    "finish",
    "finish_or_void",
    "verify_own_output",
    "void",
]

FORMATS = (JSON, JWT)
PIECE = 100
"""So many go through steps 3 to 5 together: what is prepared of them (ten times what is kept) then stays small enough
to be still in the processor's memory when it is signed, and again when it is verified."""
NONE_BEGUN: Mapping[UUID, WaitingAward] = MappingProxyType({})


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


class Signings:
    """The `Signing` of each piece of work that goes on in several calls, by its name: for a worker, which keeps it."""

    _MOST = 8
    """One has up to `award_templates.MOST_TEMPLATES` templates. The oldest goes, and is made anew if it is needed."""

    def __init__(self) -> None:
        self._kept: dict[str, Signing] = {}

    def of(self, work: str, issuer: Issuer) -> Signing:
        """What this work had before, if the issuer is still what he was."""
        kept = self._kept.pop(work, None)
        if kept is None or kept.issuer != issuer:
            kept = Signing(issuer)
        while len(self._kept) >= self._MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[work] = kept
        return kept


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
    begun: Mapping[UUID, WaitingAward] = NONE_BEGUN,
) -> tuple[UUID, ...]:
    """Bring credentials of one issuer from `preparing` to `issued`; all or none. Returns those that this call issued.

    `begun` are those of them that the caller itself wrote down and committed a moment ago, as `read_waiting` would
    read them; the others are read. One that another process finished meanwhile is left as that one made it. Raises
    PreparationRefused, OwnOutputMismatch, NoSigningKey, KeyMismatch and what the keyring raises: then nothing is
    stored.
    """
    reached(Step.PREPARE)
    others = [one for one in credential_ids if one not in begun] if begun else credential_ids
    lists = {entry.list_id for one in begun.values() for entry in one.allocation.entries}
    ensure_fresh_lists(db, keyring, now, sorted(lists | _lists_of(db, others)))
    with db.read() as session:
        owner = session.get_one(IssuerRow, issuer_id)
        signing = signing or Signing(as_issuer(owner))
        waiting: list[Waiting] = [*begun.values(), *(read_waiting(session, others) if others else ())]
        wishes = dict.fromkeys((name, one.proofs) for one in waiting for name in one.formats)
        keys = {wish: _keys(session, owner, *wish) for wish in wishes}
    ways = {wish: _way(those, keyring, now) for wish, those in keys.items()}
    chosen = sample(one for one in waiting if isinstance(one, WaitingAward))
    signed: dict[UUID, list[Signed]] = {}
    refused: dict[UUID, Unacceptable] = {}
    for start in range(0, len(waiting), PIECE):
        if start:
            reached(Step.PREPARE)
        ready = _prepare(waiting[start : start + PIECE], signing, chosen, refused)
        if refused:
            continue  # nothing of this is signed; but all that is wrong with any of it is said
        reached(Step.SIGN)
        made = _sign(ready, ways)
        reached(Step.VERIFY)
        _verify(made, signing)
        signed.update((one.credential_id, renderings) for one, renderings in made)
    if refused:
        raise PreparationRefused(refused)
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
    begun: Mapping[UUID, WaitingAward] = NONE_BEGUN,
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
            begun=begun,
        )
    except PreparationRefused as refusal:
        void(db, refusal.credential_ids, reason=str(refusal), actor=actor, now=now)
        raise


def _lists_of(db: Database, credential_ids: Sequence[UUID]) -> set[UUID]:
    if not credential_ids:
        return set()
    with db.read() as session:
        return set(
            session.scalars(
                select(StatusEntryRow.list_id)
                .where(among(session, StatusEntryRow.credential_id, credential_ids))
                .distinct()
            )
        )


class _Ready(NamedTuple):
    """A credential to be signed, in these formats; `made` says how, if a template made it.

    proofs: the cryptosuites of its embedded proofs; none named: the usual one.
    """

    credential_id: UUID
    formats: tuple[str, ...]
    prepared: PreparedCredential
    made: Made | None
    proofs: tuple[str, ...]


def _prepare(
    waiting: Sequence[Waiting], signing: Signing, chosen: Collection[UUID], refused: dict[UUID, Unacceptable]
) -> list[_Ready]:
    """Step 3: by templates what they can make, one by one what is left; what is refused is added to `refused`."""
    by_template = signing.templates.make((one for one in waiting if isinstance(one, WaitingAward)), chosen)
    ready: list[_Ready] = []
    for one in waiting:
        made = by_template.get(one.credential_id)
        try:
            prepared = made.prepared if made is not None else _prepare_one(one, signing.issuer)
            ready.append(_Ready(one.credential_id, one.formats, prepared, made, one.proofs))
        except Unacceptable as error:
            refused[one.credential_id] = error
    return ready


def _prepare_one(one: Waiting, issuer: Issuer) -> PreparedCredential:
    if isinstance(one, WaitingAward):
        return prepare_award(one.request, one.achievement, one.allocation, issuer)
    return prepare_document(one.document, one.entries, issuer)


class _Way(NamedTuple):
    """How a form is signed: its stamp, and the keys of its signatures, of which the first is recorded with it."""

    stamp: data_integrity.Stamp | data_integrity.SetOfStamps | jose.Stamp
    key: SigningKey
    others: tuple[SigningKey, ...] = ()
    at_once: int = 1


def _keys(session: Session, owner: IssuerRow, name: str, proofs: tuple[str, ...]) -> Sequence[Proving] | SigningKey:
    """The keys of a form whose embedded proofs are by these cryptosuites. Raises NoSigningKey."""
    return provings(session, owner, proofs) if name == JSON else active_key(session, owner, Use.JWT)


def _way(keys: Sequence[Proving] | SigningKey, keyring: Keyring, now: datetime) -> _Way:
    """Raises what the keyring raises."""
    if isinstance(keys, SigningKey):
        signer = opened(keyring, keys)
        return _Way(jose.Stamp(signer, keys.verification_method), keys, at_once=at_once(signer))
    signers = [opened(keyring, key) for _, key in keys]
    stamps = [
        data_integrity.Stamp(signer, key.verification_method, now, suite=suite)
        for signer, (suite, key) in zip(signers, keys, strict=True)
    ]
    stamp = stamps[0] if len(stamps) == 1 else data_integrity.SetOfStamps(stamps)
    return _Way(stamp, keys[0].key, tuple([one.key for one in keys[1:]]), max(at_once(one) for one in signers))


def _sign(
    ready: Sequence[_Ready], ways: Mapping[tuple[str, tuple[str, ...]], _Way]
) -> list[tuple[_Ready, list[Signed]]]:
    """Step 4: each credential in each of its formats, with the keys that are active for it."""
    made: dict[UUID, list[Signed]] = {one.credential_id: [] for one in ready}
    for (name, proofs), way in ways.items():
        asked = [one for one in ready if one.proofs == proofs and name in one.formats]
        for one, secured in zip(asked, _secured([one.prepared for one in asked], way), strict=True):
            made[one.credential_id].append(Signed(one.credential_id, name, secured, way.key, way.others))
    return [(one, made[one.credential_id]) for one in ready]


def _secured(prepared: Sequence[PreparedCredential], way: _Way) -> Sequence[SecuredCredential]:
    """Several at a time where somebody else holds the key: then each signature is a round trip."""
    if way.at_once > 1:
        return done_together([partial(way.stamp.secure, one) for one in prepared], way.at_once)
    return way.stamp.secure_all(prepared)


def _verify(made: Sequence[tuple[_Ready, Sequence[Signed]]], signing: Signing) -> None:
    """Step 5. Raises OwnOutputMismatch."""
    signing.output.verify_all(
        (rendering, one.made) for one, renderings in made if one.made is not None for rendering in renderings
    )
    for one, renderings in made:
        if one.made is None:
            for rendering in renderings:
                verify_own_output(rendering, one.prepared)


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
        if not issued:
            return ()
        if len(issued) < len(signed):
            signed = {credential_id: those for credential_id, those in signed.items() if credential_id in issued}
            told = [one for one in told if one.credential_id in issued]
        kept = [one for renderings in signed.values() for one in renderings]
        insert_rows(
            session,
            RenderingRow,
            each={
                "credential_id": [one.credential_id for one in kept],
                "format": [one.format for one in kept],
                "media_type": [one.secured.media_type for one in kept],
                "body": [one.secured.body for one in kept],
                "signing_key_id": [one.key.row_id for one in kept],
            },
        )
        _keep_further_keys(session, kept)
        put(session, notices_of_issued(told, issuer_id, now), now)
        facts: dict[tuple[str, ...], dict[str, list[str]]] = {}
        events = []
        for credential_id, renderings in signed.items():
            formats = tuple([one.format for one in renderings])
            said = facts.setdefault(formats, {"formats": [*formats]})
            events.append(("credential issued", f"credential:{credential_id}", said))
        audit.append_all(session, at=now, actor=actor, events=events)
        return tuple(signed)


def _keep_further_keys(session: Session, kept: Sequence[Signed]) -> None:
    """Of proof sets: who looks for what a key signed must find it with each of its keys."""
    signed = [(one.credential_id, one.format, key.row_id) for one in kept for key in one.others]
    if signed:
        insert_rows(
            session,
            RenderingKeyRow,
            each={
                "credential_id": [one for one, _, _ in signed],
                "format": [name for _, name, _ in signed],
                "signing_key_id": [key for _, _, key in signed],
            },
        )


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
