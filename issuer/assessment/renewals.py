"""Whether a credential can be renewed by a proposal, and under which version: as the engine says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import Sentence, sentence
from issuer.errors import Fault
from issuer.people.facts import levels_of, people_facts
from issuer.programs import Achievement
from issuer.recertification.course import course_of
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import NotNow, Renewal, renewal_of
from issuer.recertification.rules import Work
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, LevelRow
from issuer.validity import today

_WORDS = {Work.DECLARATION: sentence("a declaration"), Work.CREDITS: sentence("hours of continuing education")}


def renewal_for(
    session: Session, issuer_id: int, person_id: UUID, level: LevelKey, completed_on: date, now: datetime
) -> Renewal | NotNow | None:
    """What renewing a level on that day would give the person; None if nothing is known of person or level.

    None too for a day in the future, which `awards.faults_of` refuses: the rules may lead from there to no date.
    """
    levels, _ = levels_of(session, issuer_id)
    person = next(iter(people_facts(session, issuer_id, levels, person_ids=[person_id])), None)
    if person is None or level not in levels or completed_on > today(now, levels[level].zone):
        return None
    try:
        return renewal_of(levels[level], course_of(levels[level], person.holdings, now), completed_on)
    except (ValueError, OverflowError) as error:  # the level’s validity ends beyond what a date can say
        return NotNow(Sentence(str(error)))


def faults_of_renewal(
    session: Session,
    owner: IssuerRow,
    credential_id: UUID,
    person_id: UUID,
    level: Achievement,
    completed_on: date,
    now: datetime,
) -> Iterator[Fault]:
    """Why this credential of that person cannot be renewed with a completion on that day."""
    held = session.execute(
        select(AwardRow.person_id, LevelRow.public_id)
        .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(CredentialRow.id == credential_id, AwardRow.issuer_id == owner.id, CredentialRow.state == "issued")
    ).one_or_none()
    if held is None or held.person_id != person_id or held.public_id != level.public_id:
        what = sentence(
            "{credential_id} is no credential of this person for the level {level}",
            credential_id=credential_id,
            level=level.level,
        )
        yield Fault("renews", what, sentence("name the credential that is to be renewed"))
        return
    found = renewal_for(session, owner.id, person_id, LevelKey(level.program, level.level), completed_on, now)
    if isinstance(found, Renewal) and found.takes.kind in {Work.DECLARATION, Work.CREDITS}:
        what = sentence(
            "renewing the level {level} takes {work}, which nobody assesses",
            level=level.level,
            work=_WORDS[found.takes.kind],
        )
        yield Fault("renews", what, sentence("renew it: guildmark renew"))
    if isinstance(found, NotNow):
        yield Fault("renews", found.sentence, "")
    elif found is not None and found.replaces is None:
        what = sentence(
            "{credential_id} cannot be renewed any more: the level is to be earned anew", credential_id=credential_id
        )
        yield Fault("renews", what, sentence("propose it without a credential to renew"))
    elif found is not None and found.replaces != credential_id:
        yield Fault(
            "renews",
            sentence("{credential_id} is not the one to renew", credential_id=credential_id),
            sentence("renew {replaces}", replaces=found.replaces),
        )
