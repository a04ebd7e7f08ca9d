"""What comes next for the holder of a credential, in one sentence that may stand on its public page.

It is the engine's answer for this credential alone, made of what the credential and the public rules of its level say;
nothing of what its holder has done meanwhile is in it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from issuer.level_words import takes_words
from issuer.people.facts import people_facts, version_of
from issuer.programs import as_achievement
from issuer.recertification.course import Course, State, course_of
from issuer.recertification.facts import LevelFacts, LevelKey
from issuer.recertification.wording import day_words
from issuer.store import Database
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow

# Written once: to put a statement together takes longer than to ask it.
_WHOSE = (
    select(CredentialRow.issuer_id, AwardRow.person_id, AchievementRow.level_id)
    .join(AwardRow, AwardRow.id == CredentialRow.award_id)
    .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
    .where(CredentialRow.id == bindparam("credential_id", type_=CredentialRow.id.type), CredentialRow.state == "issued")
)
_VERSIONS = (
    select(AchievementRow, LevelRow, ProgramRow)
    .join(LevelRow, LevelRow.id == AchievementRow.level_id)
    .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
    .where(LevelRow.id == bindparam("level_id", type_=LevelRow.id.type))
    .order_by(AchievementRow.ordinal)
)


def outlook(db: Database, credential_id: UUID, now: datetime) -> str:
    """From when, or until when, the credential can be renewed, when it expires and what renewing takes.

    Empty if nothing comes next: its level is not renewed or no longer in use; it is no longer what its holder has of
    that level; it is suspended, or has lapsed.
    """
    with db.read() as session:
        found = session.execute(_WHOSE, {"credential_id": credential_id}).one_or_none()
        if found is None or found.person_id is None:
            return ""
        rows = session.execute(_VERSIONS, {"level_id": found.level_id}).all()
        versions = [as_achievement(*row) for row in rows]
        newest = versions[-1]
        key = LevelKey(newest.program, newest.level)
        level = LevelFacts(key, newest.name, newest.zone, tuple(map(version_of, versions)), rows[-1][1].in_use)
        facts = next(people_facts(session, found.issuer_id, {key: level}, person_ids=[found.person_id]), None)
    if facts is None or not level.in_use:
        return ""
    course = course_of(level, facts.holdings, now)
    if course.holding is None or course.holding.credential_id != credential_id or course.version is None:
        return ""
    sentence = _sentence(course)
    governing = next(one for one in versions if one.ordinal == course.version.ordinal)
    return f"{sentence} {takes_words(governing)}".strip() if sentence else ""


def _sentence(course: Course) -> str:
    if course.opens_on is None or course.expires_on is None or course.due_on is None:
        return ""
    expires = f"it expires on {day_words(course.expires_on)}"
    if course.state is State.CURRENT:
        return f"It can be renewed from {day_words(course.opens_on)}; {expires}."
    if course.state is State.OPEN:
        due = f", at the latest on {day_words(course.due_on)}" if course.due_on < course.expires_on else ""
        return f"It can be renewed now{due}; {expires}."
    if course.state is State.OVERDUE:
        return f"It was to be renewed by {day_words(course.due_on)}, and still can be; {expires}."
    if course.state is State.IN_GRACE and course.lapses_on is not None:
        return f"It can still be renewed until {day_words(course.lapses_on)}."
    return ""
