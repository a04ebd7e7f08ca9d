"""Take the reports of a learning system: each once, each whole or not at all.

1. read: what was taken before under the same ids; another content under one of them refuses everything
2. locate: rule, person and day of each; if one of several cannot be taken, none is, and its sender is told
3. judge and record, in one transaction that holds the person: an award is allocated there (`issuer.allocation`)
4. sign (`issuer.signing`), renew or propose: each idempotent by the report's key `learning:{system}:{event id}`

A crash after 3 leaves a credential `preparing`, which the same report again, or `issuer.issue.resume`, finishes; one
within 4 a renewal or proposal that the same report again finds. A report that was refused may come again, and is judged
anew: the person may have been entered meanwhile. Every other outcome is final.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.addresses import credential_url
from issuer.allocation import allocate, current_credentials
from issuer.assessment.proposals import propose
from issuer.awards import stored_own_key
from issuer.errors import Fault, ProposalRefused, TransitionRefused
from issuer.issuers import issuer_row
from issuer.learning.judging import SOURCE, Issue, Plan, Propose, Renew, judge
from issuer.learning.learners import by_address
from issuer.learning.matching import Outcome, Verdict, locate, refused_for
from issuer.learning.reports import Report, ReportConflict
from issuer.learning.systems import LearningSystem
from issuer.programs import catalogue_of
from issuer.signing import PreparationRefused, finish_or_void
from issuer.signing_keys import Use, active_key, opened
from issuer.store import Database, insert_missing
from issuer.succession.renew import renew
from issuer.tables import AwardRow, IssuerRow, LearningEventRow
from keys.keyring import Keyring

Randomness = Callable[[int], bytes]
WEBHOOK, DELIVERY = "webhook:", "delivery:"
"""What the ids of our own events begin with, and those under which a delivery of statements is remembered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook by its id and the digest of its body."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a report; `new` is False if that was known before. `credential` is the address of one issued."""

    event_id: str
    outcome: Outcome
    detail: str
    new: bool
    proposal_id: UUID | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of the reports, in their order; `held_back` are those not taken because others were refused."""

    taken: tuple[Taken, ...]
    held_back: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Taken, ...]:
        """Those that were refused."""
        return tuple(one for one in self.taken if one.outcome is Outcome.REFUSED)


def receive(
    db: Database,
    keyring: Keyring,
    *,
    system: LearningSystem,
    reports: Sequence[Report],
    now: datetime,
    randomness: Randomness,
    delivery: Delivery | None = None,
) -> Receipt:
    """Take reports, and say what came of each; `delivery` is the webhook that they came by, if they did.

    Raises ReportConflict, and then nothing was taken. Also raises ProposalConflict, NoSigningKey and what signing
    raises: what was begun is finished by the same reports again.
    """
    taker = _Taker(db, keyring, system, now, randomness)
    known = taker.known(reports, delivery)  # step 1
    with db.read() as session:
        reports = by_address(session, reports)
    refused = taker.refusals([one for one in reports if one.event_id not in known]) if len(reports) > 1 else {}
    if refused:
        for one in reports:
            if one.event_id in refused:
                taker.record(one, refused[one.event_id])
        taken = {name: Taken(name, one.outcome, one.detail, True) for name, one in refused.items()}
        receipt = Receipt(tuple(taken.values()), tuple(one.event_id for one in reports if one.event_id not in taken))
    else:
        taken = {one.event_id: taker.take(one) for one in sorted(reports, key=_when)}
        receipt = Receipt(tuple(taken[one.event_id] for one in reports))
    if delivery is not None and all(one.event_id != WEBHOOK + delivery.id for one in reports):
        taker.remember(delivery, receipt)
    return receipt


def _when(report: Report) -> datetime:
    """Lower levels are completed first, and a sender may list the newest first."""
    if report.at is not None:
        return report.at
    return datetime.combine(report.day, time(), tzinfo=UTC) if report.day else datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Taker:
    """What every step works with."""

    db: Database
    keyring: Keyring
    system: LearningSystem
    now: datetime
    randomness: Randomness

    def known(self, reports: Sequence[Report], delivery: Delivery | None) -> set[str]:
        """The ids of reports whose outcome is final. Raises ReportConflict, and what a missing key raises."""
        digests = {one.event_id: one.digest for one in reports}
        if delivery is not None:
            digests |= {WEBHOOK + delivery.id: delivery.digest, DELIVERY + delivery.id: delivery.digest}
        with self.db.read() as session:
            rows = session.scalars(
                select(LearningEventRow).where(
                    LearningEventRow.system_id == self.system.id, LearningEventRow.event_id.in_(list(digests))
                )
            ).all()
            owner = issuer_row(session, self.system.issuer_slug)
            keys = [active_key(session, owner, use) for use in Use]
        for key in keys:
            opened(self.keyring, key)
        conflicts = [_conflict(row.event_id) for row in rows if row.digest != digests[row.event_id]]
        if conflicts:
            raise ReportConflict(conflicts)
        return {row.event_id for row in rows if row.outcome != Outcome.REFUSED}

    def refusals(self, reports: Sequence[Report]) -> dict[str, Verdict]:
        """Step 2: those that cannot be taken, whatever comes of the others."""
        with self.db.read() as session:
            catalogue = catalogue_of(session, issuer_row(session, self.system.issuer_slug))
            located = {one.event_id: locate(session, catalogue, self.system.name, one, self.now) for one in reports}
        return {
            name: one for name, one in located.items() if isinstance(one, Verdict) and one.outcome is Outcome.REFUSED
        }

    def take(self, report: Report) -> Taken:
        """Steps 3 and 4 of one report."""
        key = f"learning:{self.system.name}:{report.event_id}"
        with self.db.write() as session:
            owner = issuer_row(session, self.system.issuer_slug)
            catalogue = catalogue_of(session, owner)
            # holds the person, so that two reports about one completion are judged one after the other
            located = locate(session, catalogue, self.system.name, report, self.now, lock=True)
            before = _row(session, self.system, report)
            final = before is not None and before.outcome != Outcome.REFUSED
            plan: Plan | Verdict
            if before is not None and final:
                plan = Verdict(Outcome(before.outcome), before.detail, before.proposal_id)
            elif isinstance(located, Verdict):
                plan = located
            else:
                actor = self.system.actor
                plan = judge(session, owner, catalogue, located, report, key=key, actor=actor, now=self.now)
            verdict = self._allocated(session, owner, plan) if isinstance(plan, Issue) else None
            verdict = plan if isinstance(plan, Verdict) else verdict
            if verdict is not None and not final:
                self._write(session, report, verdict)
        if verdict is None:
            assert isinstance(plan, Renew | Propose)  # noqa: S101  (the other plans have their verdict)
            return self._carried_out(report, plan)
        if verdict.outcome is not Outcome.ISSUED:
            return Taken(report.event_id, verdict.outcome, verdict.detail, not final, verdict.proposal_id)
        return self._finished(report, verdict, key, new=not final)

    def _allocated(self, session: Session, owner: IssuerRow, plan: Issue) -> Verdict:
        made = allocate(
            session,
            owner,
            [plan.wanted],
            address=lambda identifier: credential_url(owner.base_url, identifier),
            source=SOURCE,
            actor=self.system.actor,
            now=self.now,
            randomness=self.randomness,
        )[plan.wanted.key]
        level = f"{plan.level.program}/{plan.level.level}"
        return Verdict(Outcome.ISSUED, f"{level} was awarded: credential {made.credential_id}")

    def _finished(self, report: Report, verdict: Verdict, key: str, *, new: bool) -> Taken:
        """Step 4 of an award, and of one that an earlier call did not finish."""
        with self.db.read() as session:
            owner = issuer_row(session, self.system.issuer_slug)
            award = session.scalars(
                select(AwardRow).where(AwardRow.issuer_id == owner.id, AwardRow.idempotency_key == stored_own_key(key))
            ).one_or_none()
            current = current_credentials(session, [award.id]) if award is not None else {}
        credential = next(iter(current.values()), None)
        if credential is None:  # a renewal, or of a person who was erased since
            return Taken(report.event_id, verdict.outcome, verdict.detail, new)
        if credential.state == "preparing":
            try:
                finish_or_void(
                    self.db,
                    self.keyring,
                    [credential.id],
                    issuer_id=owner.id,
                    actor=self.system.actor,
                    now=self.now,
                    reached=lambda _: None,
                )
            except PreparationRefused as refusal:
                return self.record(report, refused_for(refusal.faults), final=True)
        url = credential_url(owner.base_url, credential.id)
        return Taken(report.event_id, verdict.outcome, verdict.detail, new, credential=url)

    def _carried_out(self, report: Report, plan: Renew | Propose) -> Taken:
        """Step 4 of what has transactions of its own; recorded afterwards, and found again if that fails."""
        level = f"{plan.level.program}/{plan.level.level}"
        credential = None
        try:
            if isinstance(plan, Propose):
                made = propose(
                    self.db,
                    plan.wish,
                    issuer=self.system.issuer_slug,
                    source=SOURCE,
                    actor=self.system.actor,
                    now=self.now,
                    randomness=self.randomness,
                )
                verdict = Verdict(Outcome.PROPOSED, f"proposed for {level}", made.proposal.id)
            else:
                done = renew(
                    self.db,
                    self.keyring,
                    wish=plan.wish,
                    actor=self.system.actor,
                    now=self.now,
                    randomness=self.randomness,
                )
                credential = done.url or str(done.successor_id)
                verdict = Verdict(Outcome.ISSUED, f"{level} was renewed: credential {done.successor_id}")
        except ProposalRefused as refused:
            verdict = refused_for(refused.faults)
        except TransitionRefused as refused:
            verdict = refused_for([refused])
        taken = self.record(report, verdict)
        return Taken(taken.event_id, taken.outcome, taken.detail, taken.new, taken.proposal_id, credential)

    def record(self, report: Report, verdict: Verdict, *, final: bool = False) -> Taken:
        """Write down what came of a report; `final` replaces what was written before."""
        with self.db.write() as session:
            self._write(session, report, verdict, final=final)
        return Taken(report.event_id, verdict.outcome, verdict.detail, True, verdict.proposal_id)

    def remember(self, delivery: Delivery, receipt: Receipt) -> None:
        """Write down that this webhook came, with the digest of its body: its id is taken."""
        counts = Counter(one.outcome for one in receipt.taken)
        outcome = next(
            one for one in (Outcome.REFUSED, Outcome.ISSUED, Outcome.PROPOSED, Outcome.IGNORED) if counts[one]
        )
        words = ", ".join(f"{count} {one}" for one, count in counts.items())
        with self.db.write() as session:
            self._store(session, DELIVERY + delivery.id, delivery.digest, Verdict(outcome, words), final=False)

    def _write(self, session: Session, report: Report, verdict: Verdict, *, final: bool = False) -> None:
        self._store(session, report.event_id, report.digest, verdict, final=final)

    def _store(self, session: Session, event_id: str, digest: str, verdict: Verdict, *, final: bool) -> None:
        values = {
            "received_at": self.now,
            "outcome": verdict.outcome.value,
            "detail": verdict.detail,
            "proposal_id": verdict.proposal_id,
        }
        row = {"system_id": self.system.id, "event_id": event_id, "digest": digest, **values}
        insert_missing(session, LearningEventRow, [row], ("system_id", "event_id"))
        stored = session.scalars(
            select(LearningEventRow)
            .where(LearningEventRow.system_id == self.system.id, LearningEventRow.event_id == event_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if stored.digest != digest:
            raise ReportConflict([_conflict(event_id)])
        if final or stored.outcome == Outcome.REFUSED:
            for name, value in values.items():
                setattr(stored, name, value)
        session.flush()


def _row(session: Session, system: LearningSystem, report: Report) -> LearningEventRow | None:
    row = session.scalars(
        select(LearningEventRow).where(
            LearningEventRow.system_id == system.id, LearningEventRow.event_id == report.event_id
        )
    ).one_or_none()
    if row is not None and row.digest != report.digest:
        raise ReportConflict([_conflict(row.event_id)])
    return row


def _conflict(event_id: str) -> Fault:
    shown = event_id.partition(":")[2]
    return Fault(shown, "this id was taken before with another content", "give every report an id of its own")
