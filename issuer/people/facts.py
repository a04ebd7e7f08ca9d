"""From rows to what the engine judges by: levels once, then people in pages, a handful of queries per page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, literal_column, select
from sqlalchemy.orm import Session, defer

from issuer.people.requirements import Asked, Those
from issuer.program_settings import settings_of
from issuer.programs import Achievement, as_achievement
from issuer.recertification.asked import strongest
from issuer.recertification.facts import (
    Credit,
    Holding,
    LevelFacts,
    LevelKey,
    Levels,
    LevelVersion,
    Pacings,
    PersonFacts,
    Prerequisite,
)
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    CreditRow,
    LevelRow,
    PersonRow,
    ProgramRow,
)
from issuer.validity import today

PAGE = 1_000
_UTC = ZoneInfo("UTC")


class _Link(NamedTuple):
    """A credential's award, and the credential that it renews."""

    award: UUID
    renewed: UUID | None


class Holdings:
    """What people hold of some levels, as rows of CREDENTIALS tell it; each after the row that it replaced.

    `versions` says which level and ordinal an achievement's row is. What an issuer signed for others has no level, and
    is none.
    """

    def __init__(self, issuer_id: int, versions: Mapping[int, tuple[LevelKey, int]]) -> None:
        self._issuer_id, self._versions = issuer_id, versions
        self._links: dict[UUID, _Link] = {}
        self._found: dict[UUID, list[Holding]] = defaultdict(list)

    def note(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take the credentials in that are issued; the others only link."""
        for person_id, version, identifier, state, owner, award, predecessor, *rest in rows:
            before = self._links.get(predecessor)
            # A correction renews nothing itself: it stands where the credential stood that it corrects.
            renewed = before.renewed if before is not None and before.award == award else predecessor
            self._links[identifier] = _Link(award, renewed)
            if state == "issued" and owner == self._issuer_id and version in self._versions:
                level, ordinal = self._versions[version]
                self._found[person_id].append(Holding(identifier, level, ordinal, *(*rest, renewed)))

    def by_person(self) -> dict[UUID, list[Holding]]:
        """Of each, oldest first."""
        for some in self._found.values():
            some.sort(key=lambda one: (one.issued_at, one.credential_id))
        return self._found


_Person = Row[UUID, str | None, date | None, date | None]


def levels_of(session: Session, issuer_id: int) -> tuple[Levels, Pacings]:
    """Every level of an issuer with all its versions, those withdrawn too, and the pacing of each program."""
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == issuer_id)
        .order_by(ProgramRow.slug, LevelRow.position, LevelRow.id, AchievementRow.ordinal)
        .options(defer(AchievementRow.image))
    ).all()
    published: dict[LevelKey, list[Achievement]] = defaultdict(list)
    in_use: dict[LevelKey, bool] = {}
    pacings = {}
    for achievement, level, program in rows:
        key = LevelKey(program.slug, level.slug)
        published[key].append(as_achievement(achievement, level, program))
        in_use[key] = level.in_use
        if program.slug not in pacings:
            pacings[program.slug] = settings_of(program).pacing
    return {
        key: LevelFacts(key, versions[-1].name, versions[-1].zone, tuple(map(version_of, versions)), in_use[key])
        for key, versions in published.items()
    }, pacings


def version_of(achievement: Achievement) -> LevelVersion:
    """A published version's rules, as the engine reads them."""
    return LevelVersion(
        ordinal=achievement.ordinal,
        published_on=today(achievement.published_at, achievement.zone),
        validity=achievement.validity,
        recertification=achievement.recertification,
        prerequisites=tuple(
            Prerequisite(tuple(LevelKey(one.program or achievement.program, one.level) for one in rule.of), rule.needed)
            for rule in achievement.prerequisites
        ),
        finish_until=achievement.finish_until,
    )


def people_facts(
    session: Session,
    issuer_id: int,
    levels: Levels,
    *,
    person_ids: Collection[UUID] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
    page: int = PAGE,
    zone: ZoneInfo | None = None,
) -> Iterator[PersonFacts]:
    """The facts of people in the order of their ids: those named, or all; beyond `after`; at most `limit`.

    Erased people are left out. Read lazily, `page` people at a time, with a few queries each. `zone` is that of people
    without one of their own; None: that of the issuer's first level.
    """
    everywhere = zone or next((level.zone for level in levels.values()), _UTC)
    reader = _Reader(session, issuer_id, levels, everywhere)
    found = reader.all(after, page) if person_ids is None else reader.named(sorted(person_ids), after, page)
    return islice(found, limit)


class _Reader:
    """What is the same for all pages: which row is which level, and what is asked of whom."""

    def __init__(self, session: Session, issuer_id: int, levels: Levels, zone: ZoneInfo) -> None:
        self._session, self._issuer_id, self._levels, self._zone = session, issuer_id, levels, zone
        self._level_of: dict[int, LevelKey] = {}
        self._version_of: dict[int, tuple[LevelKey, int]] = {}
        query = (
            select(LevelRow.id, LevelRow.slug, ProgramRow.slug, AchievementRow.id, AchievementRow.ordinal)
            .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
            .join(AchievementRow, AchievementRow.level_id == LevelRow.id)
            .where(ProgramRow.issuer_id == issuer_id)
        )
        for level_id, level, program, achievement_id, ordinal in session.execute(query):
            key = LevelKey(program, level)
            self._level_of[level_id] = key
            self._version_of[achievement_id] = (key, ordinal)
        asked = {row: key for row, key in self._level_of.items() if key in levels and levels[key].in_use}
        self._asked = Asked.of(session, asked)

    def all(self, after: UUID | None, page: int) -> Iterator[PersonFacts]:
        """Everyone, page by page: a page is a range of ids."""
        while True:
            query = _people().order_by(PersonRow.id).limit(page)
            people = self._session.execute(query if after is None else query.where(PersonRow.id > after)).all()
            if not people:
                return
            first, after = people[0].id, people[-1].id
            yield from self._facts(people, lambda column: column.between(first, after))  # noqa: B023  (called now)
            if len(people) < page:
                return

    def named(self, ids: Sequence[UUID], after: UUID | None, page: int) -> Iterator[PersonFacts]:
        """Those with these ids, in their order."""
        wanted = [one for one in ids if after is None or one > after]
        for start in range(0, len(wanted), page):
            some = wanted[start : start + page]
            people = self._session.execute(_people().where(PersonRow.id.in_(some)).order_by(PersonRow.id)).all()
            yield from self._facts(people, lambda column: column.in_(some))  # noqa: B023  (called now)

    def _facts(self, people: Sequence[_Person], those: Those) -> Iterator[PersonFacts]:
        holdings, credits = self._holdings(those), self._credits(those)
        members = self._asked.of_members(self._session, those)
        named = self._asked.of_persons(self._session, [one[0] for one in people])
        for identifier, time_zone, joined_on, left_on in people:
            asked = [ask.of(joined_on) for ask in (*self._asked.everyone, *named.get(identifier, ()))]
            asked += [ask.of(since) for ask, since in members.get(identifier, ())]
            yield PersonFacts(
                id=identifier,
                zone=ZoneInfo(time_zone) if time_zone else self._zone,
                holdings=tuple(holdings.get(identifier, ())),
                requirements=tuple(strongest(asked).values()) if len(asked) > 1 else tuple(asked),
                credits=tuple(credits.get(identifier, ())),
                left_on=left_on,
            )

    def _holdings(self, those: Those) -> dict[UUID, list[Holding]]:
        """Issued credentials, oldest first.

        First those that replace none, then their successors, link by link: each step has an index that serves it.
        """
        found = Holdings(self._issuer_id, self._version_of)
        rows = self._session.execute(CREDENTIALS.where(NOT_VOID, _FIRST, those(_AWARD.person_id))).all()
        while rows:
            found.note(rows)
            ids = [row[2] for row in rows]
            rows = [
                row
                for start in range(0, len(ids), PAGE)
                for row in self._session.execute(
                    CREDENTIALS.where(NOT_VOID, _CREDENTIAL.replaces_id.in_(ids[start : start + PAGE]))
                )
            ]
        return found.by_person()

    def _credits(self, those: Those) -> dict[UUID, list[Credit]]:
        rows = self._session.execute(
            select(CreditRow.person_id, CreditRow.level_id, CreditRow.done_on, CreditRow.hundredths)
            .where(CreditRow.withdrawn_at.is_(None), those(CreditRow.person_id))
            .order_by(CreditRow.done_on, CreditRow.id)
        )
        found: dict[UUID, list[Credit]] = defaultdict(list)
        for person_id, level_id, done_on, hundredths in rows:
            if level_id in self._level_of:
                found[person_id].append(Credit(self._level_of[level_id], done_on, hundredths))
        return found


_AWARD, _CREDENTIAL = AwardRow.__table__.c, CredentialRow.__table__.c  # columns alone: no objects of a session
CREDENTIALS = select(
    _AWARD.person_id,
    func.coalesce(_CREDENTIAL.achievement_id, _AWARD.achievement_id),
    _CREDENTIAL.id,
    _CREDENTIAL.state,
    _CREDENTIAL.issuer_id,
    _CREDENTIAL.award_id,
    _CREDENTIAL.replaces_id,
    _AWARD.awarded_on,
    _CREDENTIAL.valid_from,
    _CREDENTIAL.valid_until,
    _CREDENTIAL.issued_at,
    _CREDENTIAL.revoked_at,
    _CREDENTIAL.suspended_at,
).join_from(CredentialRow.__table__, AwardRow.__table__, _AWARD.id == _CREDENTIAL.award_id)
"""Credentials, as `Holdings` takes them."""
# As the partial indexes of credentials say it: a bound value would not let a database see that they serve.
NOT_VOID = _CREDENTIAL.state != literal_column("'void'")
_FIRST = _CREDENTIAL.replaces_id.is_(None)


def _people() -> Select[UUID, str | None, date | None, date | None]:
    return select(PersonRow.id, PersonRow.time_zone, PersonRow.joined_on, PersonRow.left_on).where(
        PersonRow.erased_at.is_(None)
    )
