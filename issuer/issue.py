"""Issue awards: the numbered steps of the house, for a batch; one credential is a batch of one.

1. read: the levels' newest versions, the active keys, and what each idempotency key already made
2. allocate: credential ids and status slots, rows in state `preparing`, committed (`issuer.allocation`)
3. prepare: pure, from what was allocated to a `PreparedCredential` (`issuer.prepare`)
4. sign: each format with the key that is active for it
5. verify our own output with the published key; a mismatch stops the batch
6. store: bytes, state `issued` and audit events in one transaction (3 to 6: `issuer.signing`)

Steps 2 to 6 run in chunks. A crash leaves chunks that are issued, at most one that is `preparing`, and nothing else:
the same call again, or `resume`, finishes it, and nothing is issued twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from issuer.addresses import credential_url
from issuer.allocation import (
    Allocated,
    Randomness,
    Recipient,
    Wanted,
    allocate,
    check_digests,
    current_credentials,
    digests_of,
)
from issuer.assessment.allowed import faults_of_awards
from issuer.assessment.versions import level_of
from issuer.awards import AwardRequest, faults_of
from issuer.errors import AwardsRefused, Fault, OwnOutputMismatch
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.prepare import award_validity
from issuer.programs import Achievement, Catalogue, catalogue_of
from issuer.rehearsal import rehearse_awards
from issuer.signing import FORMATS, PreparationRefused, Step, finish, finish_or_void, void
from issuer.signing_keys import Use, active_key, opened
from issuer.store import Database
from issuer.succession.supersede import finish_reissues
from issuer.tables import AwardRow, CredentialRow, IssuerRow
from keys.keyring import Keyring

CHUNK_SIZE = 200
MAX_CHUNK_SIZE = 1_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IssueProgress:
    """`step` is about to begin; `done` of `total` awards are issued."""

    step: Step
    done: int
    total: int


ProgressReport = Callable[[IssueProgress], None]


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential of the batch; `new` is False if an earlier call issued it."""

    id: UUID
    url: str
    award_id: UUID
    key: str
    name: str
    email: str
    program: str
    level: str
    achievement_name: str
    achievement_version: str
    valid_from: datetime
    valid_until: datetime | None
    new: bool
    origin: str


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Every request's credential, in the order of the requests."""

    credentials: tuple[IssuedCredential, ...]

    @property
    def new(self) -> tuple[IssuedCredential, ...]:
        """Those that this call issued (or finished)."""
        return tuple(one for one in self.credentials if one.new)

    @property
    def already(self) -> tuple[IssuedCredential, ...]:
        """Those that were issued before."""
        return tuple(one for one in self.credentials if not one.new)


@dataclass(frozen=True, slots=True)
class ResumeReport:
    """What the sweep did with credentials that a crash left `preparing`, and with those that a correction replaced."""

    finished: tuple[UUID, ...]
    voided: tuple[UUID, ...]
    superseded: tuple[UUID, ...] = ()


def issue(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    requests: Sequence[AwardRequest],
    actor: str,
    now: datetime,
    randomness: Randomness,
    source: str = "csv",
    progress: ProgressReport | None = None,
    chunk_size: int = CHUNK_SIZE,
) -> IssueReport:
    """Issue awards, each as `json` (embedded proof) and `jwt`, and say what became of every request.

    Nothing is made unless all of it can be: raises AwardsRefused with every fault of every request, and
    IdempotencyConflict naming every key that was used for something else. Later, and leaving only whole chunks
    issued: OwnOutputMismatch, ListRefused, database errors and what the keyring raises; PreparationRefused, whose
    credentials are void then. Also raises UnknownIssuer and NoSigningKey.
    """
    report = progress or (lambda _: None)
    total, done = len(requests), 0
    report(IssueProgress(Step.READ, 0, total))
    batch = _read(db, keyring, issuer, requests, source=source, now=now)
    found: dict[str, IssuedCredential] = {}
    for chunk in _chunks(batch.wanted, min(max(chunk_size, 1), MAX_CHUNK_SIZE)):
        report(IssueProgress(Step.ALLOCATE, done, total))
        allocated = _allocate(db, batch, chunk, source=source, actor=actor, now=now, randomness=randomness)
        unfinished = [one.credential_id for one in allocated.values() if one.preparing]
        steps = _steps(report, done, total)
        issued: tuple[UUID, ...] = ()
        if unfinished:  # steps 3 to 6
            issued = finish_or_void(
                db, keyring, unfinished, issuer_id=batch.issuer_id, actor=actor, now=now, reached=steps
            )
        found |= {one.key: one for one in _report(db, batch, chunk, set(issued))}
        done += len(chunk)
        report(IssueProgress(Step.DONE, done, total))
    return IssueReport(tuple(found[request.key] for request in requests))


def resume(
    db: Database,
    keyring: Keyring,
    *,
    actor: str,
    now: datetime,
    older_than: timedelta = timedelta(),
    progress: ProgressReport | None = None,
) -> ResumeReport:
    """Finish what a crash left `preparing`, of every issuer; make void what cannot be made valid; revoke what was
    corrected.

    `older_than` leaves alone what another process may be working on; taking that up too does no harm but double
    work. Raises as `issue`.
    """
    report = progress or (lambda _: None)
    with db.read() as session:
        waiting = session.execute(
            select(CredentialRow.issuer_id, CredentialRow.id)
            .where(CredentialRow.state == "preparing", CredentialRow.created_at <= now - older_than)
            .order_by(CredentialRow.issuer_id, CredentialRow.created_at, CredentialRow.id)
        ).all()
    finished: list[UUID] = []
    voided: list[UUID] = []
    for issuer_id in dict.fromkeys(row.issuer_id for row in waiting):
        for chunk in _chunks([row.id for row in waiting if row.issuer_id == issuer_id], CHUNK_SIZE):
            steps = _steps(report, len(finished) + len(voided), len(waiting))
            try:
                finished += finish(db, keyring, chunk, issuer_id=issuer_id, actor=actor, now=now, reached=steps)
            except PreparationRefused as refusal:
                voided += void(db, refusal.credential_ids, reason=str(refusal), actor=actor, now=now)
                rest = [one for one in chunk if one not in refusal.credential_ids]
                finished += finish(db, keyring, rest, issuer_id=issuer_id, actor=actor, now=now, reached=steps)
    superseded = finish_reissues(db, keyring, actor=actor, now=now)
    return ResumeReport(tuple(finished), tuple(voided), superseded)


@dataclass(frozen=True, slots=True)
class _Order:
    """A request with the level that it asks for."""

    request: AwardRequest
    level: Achievement


@dataclass(frozen=True, slots=True)
class _Batch:
    """Step 1: everything that was read; orders by key."""

    issuer_id: int
    issuer: Issuer
    wanted: tuple[Wanted, ...]
    orders: dict[str, _Order]


def _read(
    db: Database,
    keyring: Keyring,
    issuer: str | None,
    requests: Sequence[AwardRequest],
    *,
    source: str,
    now: datetime,
) -> _Batch:
    """Step 1. Whatever can be refused is refused here, for all requests together."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        keys = [active_key(session, owner, use) for use in Use]
        known = as_issuer(owner)
        issuer_id = owner.id
    for key in keys:
        opened(keyring, key)
    with db.read() as session:
        owner = session.get_one(IssuerRow, issuer_id)
        levels = [level_of(session, owner, catalogue, request) for request in requests]
    pairs = list(zip(requests, levels, strict=True))
    faults = [fault for request, level in pairs for fault in faults_of(request, catalogue, now, level)]
    if faults or (faults := list(_doubled(requests))):
        raise AwardsRefused("The list of awards", faults)
    orders = {one.request.key: one for one in _in_order(pairs, catalogue)}
    wanted = tuple(_wanted(one.request, one.level) for one in orders.values())
    made = _made_before(db, issuer_id, wanted)
    fresh = [one for key, one in orders.items() if key not in made]
    _check_rules(db, issuer_id, fresh, list(orders.values()), source=source, now=now)
    if unfit := rehearse_awards([(one.request, one.level) for one in fresh], known):
        raise AwardsRefused("The list of awards", unfit)
    return _Batch(issuer_id, known, wanted, orders)


def _in_order(pairs: Sequence[tuple[AwardRequest, Achievement | None]], catalogue: Catalogue) -> list[_Order]:
    """Lower levels first, so that a crash never leaves a level issued without the one that it demands."""
    position = {
        (program.slug, level.level): number
        for program in catalogue.programs.values()
        for number, level in enumerate(program.levels)
    }
    orders = [_Order(request, level) for request, level in pairs if level is not None]
    return sorted(orders, key=lambda one: position.get((one.level.program, one.level.level), 0))


def _check_rules(
    db: Database, issuer_id: int, fresh: Sequence[_Order], batch: Sequence[_Order], *, source: str, now: datetime
) -> None:
    """What the levels demand before they are awarded: prerequisites, an assessment, evidence. Raises AwardsRefused."""
    with db.read() as session:
        faults = faults_of_awards(
            session,
            session.get_one(IssuerRow, issuer_id),
            [(one.request, one.level) for one in fresh],
            source=source,
            now=now,
            batch=[(one.request, one.level) for one in batch],
        )
    if faults:
        raise AwardsRefused("The list of awards", faults)


def _doubled(requests: Sequence[AwardRequest]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, request in enumerate(requests, start=1):
        name = request.origin or f"award {number}"
        if request.key in seen:
            yield Fault(name, f"this is the same award as {seen[request.key]}", "keep one of them")
        seen.setdefault(request.key, name)


def _wanted(request: AwardRequest, level: Achievement) -> Wanted:
    valid_from, valid_until = award_validity(request, level)
    return Wanted(
        key=request.key,
        digest=request.digest,
        request=request.as_dict(),
        valid_from=valid_from,
        valid_until=valid_until,
        formats=FORMATS,
        purposes=level.status_purposes,
        recipient=Recipient(request.name, request.email, request.did),
        achievement_row=level.row_id,
        awarded_on=request.awarded_on,
        origin=request.origin,
    )


def _made_before(db: Database, issuer_id: int, wanted: Sequence[Wanted]) -> set[str]:
    """The keys that an earlier call began or finished. Raises IdempotencyConflict if any had another request."""
    with db.read() as session:
        digests = digests_of(session, issuer_id, [one.key for one in wanted])
    check_digests(wanted, digests)
    return set(digests)


def _allocate(
    db: Database,
    batch: _Batch,
    chunk: Sequence[Wanted],
    *,
    source: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> dict[str, Allocated]:
    """Step 2."""
    with db.write() as session:
        return allocate(
            session,
            session.get_one(IssuerRow, batch.issuer_id),
            chunk,
            source=source,
            actor=actor,
            now=now,
            address=lambda identifier: credential_url(batch.issuer.base_url, identifier),
            randomness=randomness,
        )


def _report(db: Database, batch: _Batch, chunk: Sequence[Wanted], issued: set[UUID]) -> Iterator[IssuedCredential]:
    with db.read() as session:
        keys = {
            row.id: row.idempotency_key
            for row in session.execute(
                select(AwardRow.id, AwardRow.idempotency_key).where(
                    AwardRow.issuer_id == batch.issuer_id,
                    AwardRow.idempotency_key.in_([one.key for one in chunk]),
                )
            )
        }
        current = {
            keys[award_id]: (award_id, credential)
            for award_id, credential in current_credentials(session, list(keys), state="issued").items()
        }
    for one in chunk:
        if one.key not in current:
            what = "the credential was made void by another process while this one issued it"
            raise OwnOutputMismatch(str(Fault(one.origin, what, "issue the list again")))
        award_id, credential = current[one.key]
        request, level = batch.orders[one.key].request, batch.orders[one.key].level
        yield IssuedCredential(
            id=credential.id,
            url=credential_url(batch.issuer.base_url, credential.id),
            award_id=award_id,
            key=one.key,
            name=request.name,
            email=request.email,
            program=request.program,
            level=request.level,
            achievement_name=level.name,
            achievement_version=level.version,
            valid_from=credential.valid_from,
            valid_until=credential.valid_until,
            new=credential.id in issued,
            origin=request.origin,
        )


def _steps(report: ProgressReport, done: int, total: int) -> Callable[[Step], None]:
    return lambda step: report(IssueProgress(step, done, total))


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
