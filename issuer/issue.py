"""Issue awards: the numbered steps of the house, for a batch; one credential is a batch of one.

1. read: the levels' versions, the active keys, what each idempotency key already made; every request is held against
   its level's rules and rehearsed (`issuer.batches`)
2. allocate: credential ids and status slots, rows in state `preparing`, committed (`issuer.allocation`)
3. prepare: pure, from what was allocated to a `PreparedCredential` (`issuer.prepare`; many of one shape by a template,
   `issuer.award_templates`)
4. sign: each format with the key that is active for it
5. verify our own output with the published key; a mismatch stops the batch (`issuer.own_output`)
6. store: bytes, state `issued`, notices and audit events in one transaction (3 to 6: `issuer.signing`)

Steps 2 to 6 run in chunks. A crash leaves chunks that are issued, at most one that is `preparing`, and nothing else:
the same call again, or `resume`, finishes it, and nothing is issued twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from issuer.addresses import credential_url
from issuer.allocation import Allocated, Randomness, Recipient, Wanted, allocate
from issuer.awards import AwardRequest
from issuer.batches import Batch, Validity, read_batch
from issuer.collector import collector_resting
from issuer.issuers import Issuer, as_issuer
from issuer.orders import Order
from issuer.outcome import IssuedCredential, outcome_of
from issuer.shapes import Allocation
from issuer.signing import FORMATS, PreparationRefused, Signing, Step, finish, finish_or_void, void
from issuer.status_told import tell_of_newer
from issuer.store import Database
from issuer.succession.supersede import finish_reissues
from issuer.tables import CredentialRow, IssuerRow
from issuer.waiting import WaitingAward
from keys.keyring import Keyring

CHUNK_SIZE = 4_000
"""Large enough that what a chunk costs (commits, pages of indexes, a sample checked the slow way) is little for each
credential; small enough that its rows take some 40 MiB, and that a crash leaves no more than two seconds' work."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IssueProgress:
    """`step` is about to begin; `done` of `total` awards are issued."""

    step: Step
    done: int
    total: int


ProgressReport = Callable[[IssueProgress], None]


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
    formats: Sequence[str] = FORMATS,
    signing_of: Callable[[Issuer], Signing] = Signing,
) -> IssueReport:
    """Issue awards, each in these formats, and say what became of every request.

    `signing_of` gives what batches have in common, if this is one of several that follow each other.

    Nothing is made unless all of it can be: raises AwardsRefused with every fault of every request, and
    IdempotencyConflict naming every key that was used for something else. Later, and leaving only whole chunks
    issued: OwnOutputMismatch, ListRefused, database errors and what the keyring raises; PreparationRefused, whose
    credentials are void then. Also raises UnknownIssuer and NoSigningKey.
    """
    found = {
        one.key: one
        for chunk in issue_in_chunks(
            db,
            keyring,
            issuer=issuer,
            requests=requests,
            actor=actor,
            now=now,
            randomness=randomness,
            source=source,
            progress=progress,
            chunk_size=chunk_size,
            formats=formats,
            signing_of=signing_of,
        )
        for one in chunk
    }
    return IssueReport(tuple(found[request.key] for request in requests))


def issue_in_chunks(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    requests: Iterable[AwardRequest],
    actor: str,
    now: datetime,
    randomness: Randomness,
    source: str = "csv",
    progress: ProgressReport | None = None,
    chunk_size: int = CHUNK_SIZE,
    formats: Sequence[str] = FORMATS,
    signing_of: Callable[[Issuer], Signing] = Signing,
) -> Iterator[tuple[IssuedCredential, ...]]:
    """`issue` for as many awards as one likes: the credentials chunk by chunk, as they are issued, lower levels first.

    `requests` is gone over once, before anything is made; what is not a sequence is kept packed from then on, in some
    hundred bytes each. Nothing happens before the first chunk is asked for. Raises as `issue`.
    """
    if not formats or not set(formats) <= set(FORMATS):
        raise ValueError(f"formats must be some of {', '.join(FORMATS)}, not {formats!r}")
    report = progress or (lambda _: None)
    done = 0
    report(IssueProgress(Step.READ, 0, len(requests) if isinstance(requests, Sized) else 0))
    batch = read_batch(db, keyring, issuer, requests, source=source, now=now)
    signing = signing_of(batch.issuer)
    chunks = batch.orders.chunks(min(max(chunk_size, 1), CHUNK_SIZE))
    while done < len(batch.orders):
        with collector_resting():
            found = _issue_chunk(
                db,
                keyring,
                batch,
                next(chunks),
                source=source,
                actor=actor,
                now=now,
                randomness=randomness,
                formats=tuple(formats),
                signing=signing,
                reached=_steps(report, done, len(batch.orders)),
            )
        yield found
        done += len(found)
        report(IssueProgress(Step.DONE, done, len(batch.orders)))


def _issue_chunk(
    db: Database,
    keyring: Keyring,
    batch: Batch,
    chunk: Sequence[Order],
    *,
    source: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
    formats: tuple[str, ...],
    signing: Signing,
    reached: Callable[[Step], None],
) -> tuple[IssuedCredential, ...]:
    """Steps 2 to 6, and what there is then for each order of the chunk."""
    reached(Step.ALLOCATE)
    wanted = [_wanted(one, batch.validity(one), formats) for one in chunk]
    allocated = _allocate(db, batch, wanted, source=source, actor=actor, now=now, randomness=randomness)
    unfinished = [one.credential_id for one in allocated.values() if one.preparing]
    issued: tuple[UUID, ...] = ()
    if unfinished:  # steps 3 to 6
        issued = finish_or_void(
            db,
            keyring,
            unfinished,
            issuer_id=batch.issuer_id,
            actor=actor,
            now=now,
            reached=reached,
            signing=signing,
            begun=_begun(chunk, allocated, wanted, source),
        )
    return outcome_of(db, batch, list(zip(chunk, wanted, strict=True)), allocated, set(issued))


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
        # Put in order afterwards: asked for that order, SQLite reads along it, which is all credentials.
        found = session.execute(
            select(CredentialRow.issuer_id, CredentialRow.created_at, CredentialRow.id).where(
                CredentialRow.state == "preparing", CredentialRow.created_at <= now - older_than
            )
        )
        waiting = sorted(found.all(), key=tuple)
    finished: list[UUID] = []
    voided: list[UUID] = []
    for issuer_id in dict.fromkeys(row.issuer_id for row in waiting):
        with db.read() as session:
            signing = Signing(as_issuer(session.get_one(IssuerRow, issuer_id)))
        for chunk in _chunks([row.id for row in waiting if row.issuer_id == issuer_id], CHUNK_SIZE):
            steps = _steps(report, len(finished) + len(voided), len(waiting))
            try:
                finished += finish(
                    db, keyring, chunk, issuer_id=issuer_id, actor=actor, now=now, reached=steps, signing=signing
                )
            except PreparationRefused as refusal:
                voided += void(db, refusal.credential_ids, reason=str(refusal), actor=actor, now=now)
                rest = [one for one in chunk if one not in refusal.credential_ids]
                finished += finish(db, keyring, rest, issuer_id=issuer_id, actor=actor, now=now, reached=steps)
    superseded = finish_reissues(db, keyring, actor=actor, now=now)
    tell_of_newer(db, keyring, None, actor=actor, now=now)
    return ResumeReport(tuple(finished), tuple(voided), superseded)


def _wanted(order: Order, validity: Validity, formats: tuple[str, ...]) -> Wanted:
    request, level = order.request, order.level
    valid_from, valid_until = validity
    return Wanted(
        key=order.key,
        digest=order.digest,
        request=order.text,
        valid_from=valid_from,
        valid_until=valid_until,
        formats=formats,
        purposes=level.status_purposes,
        message_bits=level.message_bits,
        recipient=Recipient(request.name, request.email, request.did),
        achievement_row=level.row_id,
        awarded_on=request.awarded_on,
        origin=request.origin,
    )


def _allocate(
    db: Database,
    batch: Batch,
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


def _begun(
    chunk: Sequence[Order], allocated: Mapping[str, Allocated], wanted: Sequence[Wanted], source: str
) -> dict[UUID, WaitingAward]:
    """What this call has just committed, and need not read again: it goes on with what stands in the rows."""
    found = []
    for order, asked in zip(chunk, wanted, strict=True):
        mine = allocated[order.key]
        if mine.given is None:
            continue
        one = WaitingAward(
            credential_id=mine.credential_id,
            formats=asked.formats,
            request=order.request,
            achievement=order.level,
            allocation=Allocation(
                credential_id=mine.credential_id,
                subject_id=order.request.did or f"urn:uuid:{mine.given.person_id}",
                salt=mine.given.salt,
                valid_from=asked.valid_from,
                valid_until=asked.valid_until,
                entries=mine.given.entries,
            ),
            person_id=mine.given.person_id,
            source=source,
            replaced=None,
        )
        found.append(one)
    found.sort(key=lambda one: one.credential_id.int)  # as their rows were written, and those to come will be
    return {one.credential_id: one for one in found}


def _steps(report: ProgressReport, done: int, total: int) -> Callable[[Step], None]:
    return lambda step: report(IssueProgress(step, done, total))


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
