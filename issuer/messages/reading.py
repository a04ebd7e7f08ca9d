"""Notices to matters: the names and dates that the rows hold at the moment of writing, a few queries for each mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from issuer.addresses import achievement_url, credential_url
from issuer.messages.matters import Matter
from issuer.messages.notices import Kind
from issuer.messages.settled import credential_ids
from issuer.recertification.facts import LevelFacts, LevelKey, Levels
from issuer.recertification.rules import Renewing, Work
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, NoticeRow, ProgramRow, SharingRow
from wallet_export.linkedin import ProfileEntry


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What a mail says of a credential; `level` is None for one that the VC API signed for others.

    awarded_on, valid_until: days of the level's zone. page_open: whether its holder lets others see what it says.
    """

    level: LevelKey | None
    version: int | None
    awarded_on: date
    valid_until: date | None
    page_open: bool


@dataclass(frozen=True, slots=True)
class Awarding:
    """Who awards, as entries in LinkedIn profiles name it; page: the number of its page there, None without one."""

    name: str
    page: int | None = None


def credentials_named(session: Session, notices: Sequence[NoticeRow], levels: Levels) -> Mapping[UUID, CredentialFacts]:
    """The credentials that notices name; their last day is one of the level's zone."""
    achievement = func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id)
    rows = session.execute(
        select(
            CredentialRow.id,
            CredentialRow.valid_from,
            CredentialRow.valid_until,
            AwardRow.awarded_on,
            ProgramRow.slug,
            LevelRow.slug,
            AchievementRow.ordinal,
            SharingRow.page_open,
        )
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == achievement)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .outerjoin(
            SharingRow, and_(SharingRow.person_id == AwardRow.person_id, SharingRow.level_id == AchievementRow.level_id)
        )
        .where(CredentialRow.id.in_(credential_ids(notices)))
    )
    found = {}
    for identifier, since, until, awarded, program, slug, ordinal, page_open in rows:
        key = LevelKey(program, slug)
        known = levels.get(key)
        last = until.astimezone(known.zone).date() if until is not None and known is not None else None
        first = awarded or (since.astimezone(known.zone) if known is not None else since).date()
        found[identifier] = CredentialFacts(key, ordinal, first, last, page_open is not False)
    return found


def level_pages(session: Session, issuer_id: int, base_url: str) -> Mapping[LevelKey, str]:
    """The page of every level of an issuer, which says what the level asks for."""
    query = (
        select(ProgramRow.slug.label("program"), LevelRow.slug, LevelRow.public_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == issuer_id)
    )
    return {LevelKey(row.program, row.slug): achievement_url(base_url, row.public_id) for row in session.execute(query)}


def matters_of(
    notices: Sequence[NoticeRow],
    *,
    reader: UUID | None,
    base_url: str,
    awarding: Awarding,
    names: Mapping[UUID, str],
    programs: Mapping[str, str],
    levels: Levels,
    pages: Mapping[LevelKey, str],
    credentials: Mapping[UUID, CredentialFacts],
) -> tuple[Matter, ...]:
    """What the notices tell. `names` are those of the people they are about, `programs` those of programs by slug.

    `pages` are the addresses of levels: they tell what is asked where there is no credential yet.
    """
    told = []
    for notice in notices:
        matter = _matter(notice, reader, base_url, names, programs, levels, pages, credentials)
        credential = credentials.get(matter.credential_id) if matter.credential_id is not None else None
        told.append(replace(matter, profile=_profile(matter, reader, credential, awarding)))
    return tuple(told)


def _profile(matter: Matter, reader: UUID | None, credential: CredentialFacts | None, awarding: Awarding) -> str | None:
    """LinkedIn's form with the entry of what took the place of an earlier one, for whoever holds it."""
    if matter.kind not in _REPLACING or matter.person_id != reader or credential is None or not credential.page_open:
        return None
    if matter.credential_id is None or matter.link is None:
        return None
    return ProfileEntry(
        name=matter.level,
        organization=awarding.name,
        organization_id=awarding.page,
        issued_on=credential.awarded_on,
        expires_on=credential.valid_until,
        url=matter.link,
        credential_id=str(matter.credential_id),
    ).link


def _matter(
    notice: NoticeRow,
    reader: UUID | None,
    base_url: str,
    names: Mapping[UUID, str],
    programs: Mapping[str, str],
    levels: Levels,
    pages: Mapping[LevelKey, str],
    credentials: Mapping[UUID, CredentialFacts],
) -> Matter:
    facts = _Facts(notice.facts)
    credential_id = facts.uuid("credential")
    credential = credentials.get(credential_id) if credential_id is not None else None
    key = facts.level() or (credential.level if credential else None)
    level = levels.get(key) if key else None
    about = notice.about_id or reader
    other = about is not None and about != reader
    expires_on = facts.day("expires_on") or (credential.valid_until if credential else None)
    return Matter(
        kind=Kind(notice.kind),
        level=facts.text("level_name") or (level.name if level else "") or (key.level if key else "a level"),
        program=programs.get(key.program, key.program) if key else "",
        level_key=str(key) if key else "",
        person_id=about,
        person=names.get(about, "") if other and about is not None else "",
        credential_id=credential_id,
        link=credential_url(base_url, credential_id) if credential_id is not None else pages.get(key) if key else None,
        until=facts.day("due_on") or (expires_on if notice.kind in _ENDING else None),
        expires_on=expires_on,
        lapses_on=facts.day("lapses_on"),
        required=facts.flag("required"),
        why=facts.text("why"),
        reason=facts.text("reason"),
        takes=facts.text("takes") or _takes(level, credential),
        decision=facts.text("decision"),
        because=facts.text("because"),
        again=facts.text("effect") == "require again",
        proposal=facts.text("proposal"),
    )


_REPLACING = {Kind.RENEWED, Kind.REISSUED}
_ENDING = {Kind.REMINDER, Kind.WINDOW_OPENS}
"""The kinds whose date is the expiry if no earlier one is given."""


class _Facts:
    """The facts of a notice, whatever is or is not in them."""

    def __init__(self, members: Mapping[str, object]) -> None:
        self._members = members

    def text(self, name: str) -> str:
        value = self._members.get(name)
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        return self._members.get(name) is True

    def day(self, name: str) -> date | None:
        return date.fromisoformat(self.text(name)) if self.text(name) else None

    def uuid(self, name: str) -> UUID | None:
        return UUID(self.text(name)) if self.text(name) else None

    def level(self) -> LevelKey | None:
        program, slash, level = self.text("level").partition("/")
        return LevelKey(program, level) if slash else None


def _takes(level: LevelFacts | None, credential: CredentialFacts | None) -> str:
    """What renewing takes, in words, by the version of the level that the credential was earned under."""
    if level is None or credential is None:
        return ""
    version = next((one for one in level.versions if one.ordinal == credential.version), None)
    return in_words(version.recertification.takes) if version and version.recertification else ""


def in_words(takes: Renewing) -> str:
    """What renewing takes, for people: “20 hours of continuing education, done within 24 months”."""
    match takes.kind:
        case Work.CREDITS if takes.credits is not None:
            hours = f"{takes.credits.normalize():f} hour{'' if takes.credits == 1 else 's'} of continuing education"
            return f"{hours}, done within {takes.over}" if takes.over else hours
        case Work.DECLARATION:
            return f"a declaration that you make and that is kept: “{takes.declaration}”"
        case Work.STEPS:
            return ", ".join(takes.steps)
    return "to be assessed again"
