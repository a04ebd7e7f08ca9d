"""What comes next for the holder of a credential, in one sentence that may stand on its public page.

It is the engine's answer for this credential alone, made of what the credential and the public rules of its level say;
nothing of what its holder has done meanwhile is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from credentials.sentence import Sentence, sentence, together
from issuer.credential_facts import CredentialFacts
from issuer.level_words import takes_words
from issuer.people.facts import CREDENTIALS, NOT_VOID, Holdings, version_of
from issuer.programs import Achievement, as_achievement
from issuer.recertification.course import Course, State, course_of
from issuer.recertification.facts import LevelFacts, LevelKey
from issuer.short_questions import Question, ShortQuestions
from issuer.store import Database
from issuer.tables import AchievementRow, AwardRow, LevelRow, PersonRow, ProgramRow

_VERSIONS = (
    select(AchievementRow, LevelRow, ProgramRow)
    .join(LevelRow, LevelRow.id == AchievementRow.level_id)
    .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
    .where(LevelRow.id == bindparam("level_id", type_=LevelRow.id.type))
    .order_by(AchievementRow.ordinal)
)
_WHOSE = bindparam("person_id", type_=PersonRow.id.type)
_KEPT = select(PersonRow.__table__.c.id).where(
    PersonRow.__table__.c.id == _WHOSE, PersonRow.__table__.c.erased_at.is_(None)
)
_HELD = Question(CREDENTIALS.where(NOT_VOID, AwardRow.__table__.c.person_id.in_(_KEPT)))


@dataclass(frozen=True, slots=True)
class RenewalRules:
    """A level with the rules of all its versions, oldest first; `rows` says which row of a version is which."""

    level: LevelFacts
    versions: tuple[Achievement, ...]
    rows: Mapping[int, tuple[LevelKey, int]]

    @property
    def renews(self) -> bool:
        """Whether there is, or was, anything to renew by."""
        return self.level.in_use and any(version.recertification is not None for version in self.versions)


def renewal_rules(db: Database, level_id: int) -> RenewalRules | None:
    """The rules of a level, by its row; None if there is none."""
    with db.read() as session:
        rows = session.execute(_VERSIONS, {"level_id": level_id}).all()
        versions = tuple(as_achievement(*row) for row in rows)
        if not versions:
            return None
        newest, key = versions[-1], LevelKey(versions[-1].program, versions[-1].level)
        level = LevelFacts(key, newest.name, newest.zone, tuple(map(version_of, versions)), rows[-1][1].in_use)
        return RenewalRules(level, versions, {one.row_id: (key, one.ordinal) for one in versions})


def outlook(questions: ShortQuestions, rules: RenewalRules, credential: CredentialFacts, now: datetime) -> str:
    """From when, or until when, a credential of the level can be renewed, when it expires and what renewing takes.

    Empty if nothing comes next: its level is not renewed or no longer in use; it is no longer what its holder has of
    that level; it is suspended, or has lapsed.
    """
    if not rules.renews or credential.person_id is None:
        return ""
    held = Holdings(credential.issuer_id, rules.rows)
    held.note(_in_order(questions.ask(_HELD, person_id=credential.person_id)))
    course = course_of(rules.level, held.by_person().get(credential.person_id, ()), now)
    if course.holding is None or course.holding.credential_id != credential.id or course.version is None:
        return ""
    said = _sentence(course)
    governing = next(one for one in rules.versions if one.ordinal == course.version.ordinal)
    return together(said, takes_words(governing)) if said else ""


def _in_order(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Each credential after the one that it replaced; there are no two that replace the same one."""
    replaced = {row[6]: row for row in rows}
    for row in rows:
        link: Sequence[Any] | None = row if row[6] is None else None
        while link is not None:
            yield link
            link = replaced.get(link[2])


def _sentence(course: Course) -> Sentence | None:
    if course.opens_on is None or course.expires_on is None or course.due_on is None:
        return None
    expires = course.expires_on
    if course.state is State.CURRENT:
        opens = course.opens_on
        return sentence("It can be renewed from {opens}; it expires on {expires}.", opens=opens, expires=expires)
    if course.state is State.OPEN and course.due_on >= expires:
        return sentence("It can be renewed now; it expires on {expires}.", expires=expires)
    told = {
        State.OPEN: sentence(
            "It can be renewed now, at the latest on {due}; it expires on {expires}.",
            due=course.due_on,
            expires=expires,
        ),
        State.OVERDUE: sentence(
            "It was to be renewed by {due}, and still can be; it expires on {expires}.",
            due=course.due_on,
            expires=expires,
        ),
    }
    if course.state is State.IN_GRACE and course.lapses_on is not None:
        return sentence("It can still be renewed until {lapses}.", lapses=course.lapses_on)
    return told.get(course.state)
