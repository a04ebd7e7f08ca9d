"""Levels that build on one that lapsed: suspended where the rules say so, reinstated when that one is held again.

It acts on what stands, not on what happened lately: a level that lapsed before the first sweep, or in a history that
was imported, suspends like one that lapses today. Page by page: suspend, then tell. A crash between the two repeats
the page: what is suspended stays so, and its holder is told then. What stands as the rules say is left as it is; a
rule reinstates only what a rule suspended, and what a person reinstated since the loss, a rule leaves alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.bulk_status import Result
from issuer.jobs.job import Parts, Report
from issuer.jobs.sweep import PAGE, House, Page, Reached, begin, houses, pages
from issuer.jobs.telling import notices_of
from issuer.messages.notices import put
from issuer.people.facts import people_facts
from issuer.recertification.course import course_of
from issuer.recertification.facts import Levels, PersonFacts
from issuer.recertification.rules import Effect
from issuer.recertification.timeline import Happening, suspensions_of
from issuer.status_by_rule import RULE, reinstate_by_rule, suspend_by_rule
from issuer.status_transitions import Change
from issuer.tables import AwardRow, CredentialRow, StatusEventRow

NAME = "dependents"


def keep_dependents(
    parts: Parts,
    now: datetime,
    last_done_at: datetime | None,
    *,
    page: int = PAGE,
    reached: Reached = lambda _: None,
) -> Report:
    """Suspend and reinstate as the rules say: see the module. Raises Stopped, and as `change_many` of bulk_status.

    One that has no suspension entry cannot be suspended: it is counted, and nobody is told that it was.
    """
    suspended = refused = reinstated = 0
    start = begin(last_done_at, now)
    for house in houses(parts):
        if _any_suspends(house.levels):

            def lost(person: PersonFacts, house: House = house) -> tuple[Happening, ...]:
                return suspensions_of(person, house.levels, now)

            for one in pages(parts, house, NAME, lost, now=now, size=page):
                done, could_not = _suspend(parts, one, start, now, reached)
                suspended, refused = suspended + done, refused + could_not
        reached("reinstate")
        reinstated += _reinstate(parts, house, now)
    reached("end")
    return {"suspended": suspended, "could not be suspended": refused, "reinstated": reinstated}


def _any_suspends(levels: Levels) -> bool:
    return any(
        version.recertification is not None and version.recertification.dependents.effect is Effect.SUSPEND
        for level in levels.values()
        for version in level.versions
    )


def _suspend(parts: Parts, page: Page, start: datetime, now: datetime, reached: Reached) -> tuple[int, int]:
    """How many the rules suspended in this page, and how many could not be.

    What happened since `start` is told with both levels' dates; of an older loss the holder hears that what he holds
    is suspended now, and why.
    """
    suspended = {one.credential_id for person in page.people for one in person.holdings if one.suspended_at}
    lost = {
        happening.credential_id: (person, happening)
        for person in page.people
        for happening in page.happenings.get(person.id, ())
        if happening.credential_id is not None and (happening.at >= start or happening.credential_id not in suspended)
    }
    with parts.database.read() as session:
        since = _reinstated_by_people(session, lost)
    lost = {one: found for one, found in lost.items() if one not in since or since[one] < found[1].at}
    if not lost:
        return 0, 0
    reached("suspend")
    results = [_suspend_one(parts, page.house, happening, start, now) for _, happening in lost.values()]
    wanted = {one: found for one, found in lost.items() if found[1].at >= start}
    reached("tell")
    with parts.database.write() as session:
        by_rule = _suspended_by_rule(session, ids=wanted)
        told = [wanted[one] for one in by_rule]
        put(session, [notice for person, one in told for notice in notices_of(one, page.told(person))], now)
    return results.count(Result.DONE), results.count(Result.REFUSED)


def _suspend_one(parts: Parts, house: House, happening: Happening, start: datetime, now: datetime) -> Result:
    assert happening.credential_id is not None  # noqa: S101  (a dependent that is held)
    assert happening.because is not None  # noqa: S101  (a lapse has its level)
    because = f"The level “{house.levels[happening.because].name}”, which this one builds on, has lapsed."
    return suspend_by_rule(
        parts.database,
        parts.keys,
        credential_id=happening.credential_id,
        because=because,
        now=now,
        tell=happening.at < start,
    ).result


def _reinstate(parts: Parts, house: House, now: datetime) -> int:
    """Reinstate what a rule suspended and whose prerequisites are all held again; how many."""
    with parts.database.read() as session:
        suspended = _suspended_by_rule(session, issuer_id=house.issuer_id)
        people = list(people_facts(session, house.issuer_id, house.levels, person_ids=set(suspended.values())))
    credentials = defaultdict(list)
    for credential_id, person_id in suspended.items():
        credentials[person_id].append(credential_id)
    done = 0
    for person in people:
        for credential_id in credentials[person.id]:
            if holds_what_is_demanded(person, credential_id, house.levels, now):
                because = "What this level builds on is held again."
                outcome = reinstate_by_rule(
                    parts.database, parts.keys, credential_id=credential_id, because=because, now=now
                )
                done += outcome.result is Result.DONE
    return done


def holds_what_is_demanded(person: PersonFacts, credential_id: UUID, levels: Levels, now: datetime) -> bool:
    """Whether the prerequisites of this credential's level, under the version that governs it, are all valid now."""
    level = next(one.level for one in person.holdings if one.credential_id == credential_id)
    version = course_of(levels[level], person.holdings, now).version or levels[level].versions[-1]
    return all(
        sum(course_of(levels[one], person.holdings, now).valid_now for one in rule.levels if one in levels)
        >= rule.needed
        for rule in version.prerequisites
    )


def _reinstated_by_people(session: Session, credential_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When people last reinstated these, of those that they did."""
    rows = session.execute(
        select(StatusEventRow.credential_id, func.max(StatusEventRow.at))
        .where(
            StatusEventRow.credential_id.in_(credential_ids),
            StatusEventRow.change == Change.REINSTATED,
            StatusEventRow.actor != RULE,
        )
        .group_by(StatusEventRow.credential_id)
    )
    return {row[0]: row[1] for row in rows}


def _suspended_by_rule(
    session: Session, *, ids: Collection[UUID] | None = None, issuer_id: int | None = None
) -> dict[UUID, UUID]:
    """Credentials that are suspended now, lastly by a rule, with their people; of these ids, or of an issuer."""
    last = (
        select(func.max(StatusEventRow.id))
        .where(StatusEventRow.credential_id == CredentialRow.id, StatusEventRow.value.is_(None))
        .correlate(CredentialRow)
        .scalar_subquery()
    )
    query = (
        select(CredentialRow.id, AwardRow.person_id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(StatusEventRow, StatusEventRow.id == last)
        .where(
            CredentialRow.suspended_at.is_not(None),
            CredentialRow.revoked_at.is_(None),
            AwardRow.person_id.is_not(None),
            AwardRow.achievement_id.is_not(None),
            StatusEventRow.actor == RULE,
        )
    )
    if ids is not None:
        query = query.where(CredentialRow.id.in_(ids))
    if issuer_id is not None:
        query = query.where(CredentialRow.issuer_id == issuer_id)
    return {row.id: row.person_id for row in session.execute(query) if row.person_id is not None}
