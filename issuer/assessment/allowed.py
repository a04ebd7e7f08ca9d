"""What a level's rules say to an award that nobody proposed: prerequisites, evidence, and whether it may be at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import counted, sentence
from issuer.allocation import digests_of
from issuer.assessment.evidence import faults_of_evidence
from issuer.assessment.marks import faults_of_marks
from issuer.assessment.prerequisites import Held, Level, faults_of_prerequisites, held_by
from issuer.assessment.renewals import renewal_for
from issuer.awards import AwardRequest
from issuer.errors import Fault
from issuer.issuers import issuer_row
from issuer.programs import Achievement, catalogue_of
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import NotNow
from issuer.store import Database
from issuer.tables import AchievementRow, IssuerRow, LevelRow, PersonAddressRow
from issuer.validity import start_of_day, today, valid_until

PAST = "history"
EXEMPT = frozenset({"assessment", "renewal"})
"""Sources whose awards were decided by other rules: by assessors, by the rules of renewing."""
_AT_ONCE = 500

Order = tuple[AwardRequest, Achievement]


def faults_of_awards(
    session: Session,
    owner: IssuerRow,
    orders: Sequence[Order],
    *,
    source: str,
    now: datetime,
    batch: Sequence[Order] | None = None,
) -> list[Fault]:
    """Everything that the levels' rules have against awards that nobody assessed, each within its request's origin.

    A prerequisite is met by a credential that was valid on the award's day and is neither revoked nor suspended, or by
    another award of the same `batch` (default: the orders themselves) of that day or before. Awards of the past (source
    PAST) go without all that, if they are older than the level is here. What is held and renewed by rules is not
    awarded a second time beside them. A few queries per 500 people, none where no level has such rules.
    """
    if source in EXEMPT:
        return []
    if source == PAST:
        return list(_faults_of_past(session, orders))
    held = _held(session, owner, orders, orders if batch is None else batch)
    return [
        fault.within(request.origin)
        for request, level in orders
        for fault in _faults_of(request, level, held.get(request.address, ()))
    ] + list(_faults_of_held(session, owner, orders, now))


def may_be_refused(request: AwardRequest, level: Achievement, *, source: str) -> bool:
    """Whether `faults_of_awards` could find something: the rules ask the records, or the award lacks what they ask."""
    if source in EXEMPT:
        return False
    by_records = source == PAST or bool(level.prerequisites) or level.recertification is not None
    return by_records or next(_faults_of(request, level, ()), None) is not None


def faults_of_requests(
    db: Database, issuer: str | None, requests: Sequence[AwardRequest], *, source: str, now: datetime
) -> list[Fault]:
    """`faults_of_awards` for requests whose awards are not made yet, each by its level's newest version.

    Raises UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        orders = [
            (request, level)
            for request in requests
            if (level := catalogue.find(request.program, request.level)) is not None
        ]
        made = digests_of(session, owner.id, [request.key for request in requests])
        fresh = [order for order in orders if order[0].key not in made]
        return faults_of_awards(session, owner, fresh, source=source, now=now, batch=orders)


def _faults_of_past(session: Session, orders: Sequence[Order]) -> Iterator[Fault]:
    """Only what was decided before the level was kept here goes without its rules."""
    rows = session.execute(
        select(LevelRow.public_id, AchievementRow.published_at)
        .join(AchievementRow, AchievementRow.level_id == LevelRow.id)
        .where(AchievementRow.ordinal == 1, LevelRow.public_id.in_({level.public_id for _, level in orders}))
    )
    begun = {row.public_id: row.published_at for row in rows}
    for request, level in orders:
        first = today(begun[level.public_id], level.zone)
        if request.awarded_on >= first:
            what = sentence(
                "the level {level} has been awarded here since {first}, so this is no award of the past",
                level=level.level,
                first=first,
            )
            yield Fault("awarded_on", what, sentence("award it by the level's own rules")).within(request.origin)


def _faults_of(request: AwardRequest, level: Achievement, held: Sequence[Held]) -> Iterator[Fault]:
    if level.quorum is not None:
        count = level.quorum.assessors
        who = counted(count, "an assessor", "{n} assessors")
        what = sentence("the level {level} is awarded only after {who} scored it", level=level.level, who=who)
        yield Fault("level", what, sentence("propose it: guildmark propose"))
    yield from faults_of_prerequisites(level.prerequisites, level.program, held, request.awarded_on, level.zone)
    yield from faults_of_evidence(level.evidence, request.evidence)
    yield from faults_of_marks(level.results, request.results)


def _faults_of_held(session: Session, owner: IssuerRow, orders: Sequence[Order], now: datetime) -> Iterator[Fault]:
    """Awards that would stand unlinked beside a credential that they renew."""
    people = _people(session, {request.address for request, level in orders if level.recertification is not None})
    held = held_by(session, owner.id, people.values())
    for request, level in orders:
        person_id = people.get(request.address) if level.recertification is not None else None
        key = Level(level.program, level.level)
        if person_id is None or all(one.level != key for one in held.get(person_id, ())):
            continue
        found = renewal_for(session, owner.id, person_id, LevelKey(*key), request.awarded_on, now)
        if isinstance(found, NotNow):
            yield Fault("awarded_on", found.sentence, "").within(request.origin)
        elif found is not None and found.replaces is not None:
            what = sentence("the level {level} is held, and this would renew it", level=level.level)
            yield Fault(
                "level", what, sentence("renew it: guildmark renew {replaces}", replaces=found.replaces)
            ).within(request.origin)


def _people(session: Session, addresses: Collection[str]) -> dict[str, UUID]:
    wanted = sorted(addresses)
    people: dict[str, UUID] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(PersonAddressRow.address, PersonAddressRow.person_id).where(
                PersonAddressRow.address.in_(wanted[start : start + _AT_ONCE])
            )
        )
        people |= {row.address: row.person_id for row in rows}
    return people


def _held(
    session: Session, owner: IssuerRow, orders: Sequence[Order], batch: Sequence[Order]
) -> Mapping[str, Sequence[Held]]:
    """By address: what was awarded before, and what this very batch awards."""
    asking = {request.address for request, level in orders if level.prerequisites}
    people = _people(session, asking)
    before = held_by(session, owner.id, people.values())
    held: defaultdict[str, list[Held]] = defaultdict(list)
    for address, person_id in people.items():
        held[address] += before.get(person_id, ())
    for request, level in batch:
        if request.address not in asking:
            continue
        try:
            start_of = start_of_day(request.awarded_on, level.zone)
            end = valid_until(request.awarded_on, level.validity, level.zone)
        except (ValueError, OverflowError):  # beyond the ends of time: `faults_of` says so
            continue
        held[request.address].append(Held(Level(level.program, level.level), start_of, end))
    return held
