"""Whether credentials can be renewed, and by what: the engine decides about days, the level's rules about the work.

Reads rows, writes nothing: the same judgement serves the preview and the renewal itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.problems import Unacceptable
from credentials.sentence import sentence
from issuer.allocation import Recipient, Wanted
from issuer.awards import AwardRequest, comparable, faults_of
from issuer.bulk_status import Result
from issuer.canonical_json import json_text
from issuer.errors import Fault
from issuer.issuers import Issuer, as_issuer
from issuer.people.facts import levels_of, people_facts
from issuer.people.identity import NOBODY, Identity, identities
from issuer.programs import Achievement, Catalogue, as_achievement
from issuer.recertification.course import Course, course_of
from issuer.recertification.facts import LevelFacts, LevelKey, Levels, PersonFacts
from issuer.recertification.renewal import Kind, NotNow, Renewal, progress_of, renewal_of
from issuer.rehearsal import rehearse_award
from issuer.signing import FORMATS
from issuer.status_transitions import IT
from issuer.succession.chain import successors
from issuer.succession.facts import ACHIEVEMENT_ID, facts_of
from issuer.succession.outcomes import Judged, faulty, refused_for, spoken_of
from issuer.succession.renewal_work import RenewalWish, declaration_of, faults_of_work
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    IssuerRow,
    LevelRow,
    PersonAddressRow,
    PersonRow,
    ProgramRow,
)
from issuer.validity import end_of_day, start_of_day, today


@dataclass(frozen=True, slots=True)
class Renewing:
    """A renewal that can be made: what is to be allocated, and what the holder declared, if that is what it takes."""

    predecessor_id: UUID
    issuer_id: int
    wanted: Wanted
    declaration: str | None


def key_of(credential_id: UUID) -> str:
    """What makes the renewal of a credential the same as one begun before."""
    return f"renewal:{credential_id}"


def judge_renewals(
    session: Session, wishes: Sequence[RenewalWish], *, now: datetime, assessed: bool
) -> dict[UUID, Renewing | Judged]:
    """For each wish's credential the renewal that it can be given, or why it cannot be given one.

    `assessed`: assessors found that the work was done, so it is not asked for again.
    """
    ids = [one.credential_id for one in wishes]
    rows = {row[0].id: row for row in _rows(session, ids)}
    later = successors(session, ids)
    judges = {
        issuer_id: _Judge.of(session, issuer_id, [row[1].person_id for row in rows.values()], now, assessed)
        for issuer_id in sorted({row[0].issuer_id for row in rows.values()})
    }
    judged: dict[UUID, Renewing | Judged] = {}
    for wish in wishes:
        row = rows.get(wish.credential_id)
        if row is None:
            judged[wish.credential_id] = Judged(
                Result.UNKNOWN, sentence("there is no credential {one}", one=str(wish.credential_id))
            )
            continue
        judged[wish.credential_id] = judges[row[0].issuer_id].judge(row, later.get(wish.credential_id), wish)
    return judged


def _rows(session: Session, credential_ids: Collection[UUID]) -> Iterator[Any]:
    yield from session.execute(
        select(CredentialRow, AwardRow, LevelRow, ProgramRow, PersonRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .outerjoin(PersonRow, PersonRow.id == AwardRow.person_id)
        .where(CredentialRow.id.in_(credential_ids))
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """What is read once for all renewals of an issuer."""

    session: Session
    issuer: Issuer
    levels: Levels
    people: Mapping[UUID, PersonFacts]
    identities: Mapping[UUID, Identity]
    addresses: Mapping[UUID, Mapping[str, str]]
    versions: Mapping[tuple[LevelKey, int], Achievement]
    now: datetime
    assessed: bool

    @classmethod
    def of(
        cls, session: Session, issuer_id: int, person_ids: Sequence[UUID | None], now: datetime, assessed: bool
    ) -> _Judge:
        known = {one for one in person_ids if one is not None}
        levels, _ = levels_of(session, issuer_id)
        addresses: dict[UUID, dict[str, str]] = {}
        for row in session.scalars(
            select(PersonAddressRow)
            .where(PersonAddressRow.person_id.in_(known))
            .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
        ):
            addresses.setdefault(row.person_id, {})[row.address] = row.shown
        versions = {
            (LevelKey(program.slug, level.slug), achievement.ordinal): as_achievement(achievement, level, program)
            for achievement, level, program in session.execute(
                select(AchievementRow, LevelRow, ProgramRow)
                .join(LevelRow, LevelRow.id == AchievementRow.level_id)
                .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
                .where(ProgramRow.issuer_id == issuer_id)
            )
        }
        return cls(
            session=session,
            issuer=as_issuer(session.get_one(IssuerRow, issuer_id)),
            levels=levels,
            people={one.id: one for one in people_facts(session, issuer_id, levels, person_ids=known)},
            identities=identities(session, issuer_id, known),
            addresses=addresses,
            versions=versions,
            now=now,
            assessed=assessed,
        )

    def judge(self, row: Any, later: CredentialRow | None, wish: RenewalWish) -> Renewing | Judged:
        """One wish."""
        if (why := _obstacle(row, later)) is not None:
            return spoken_of(wish.credential_id, why)
        return self._first(row, wish) if later is None else self._again(row, later, wish)

    def _first(self, row: Any, wish: RenewalWish) -> Renewing | Judged:
        """One that was never begun."""
        credential, award, level_row, program_row, person = row
        key = LevelKey(program_row.slug, level_row.slug)
        level, facts = self.levels[key], self.people[person.id]
        course = course_of(level, facts.holdings, self.now)
        if course.holding is not None and course.holding.credential_id != credential.id:
            held = course.holding.credential_id
            why_not = sentence(
                "{one} is not what is held of “{level}” now: {held} is", one=IT, level=level.name, held=str(held)
            )
            return spoken_of(credential.id, why_not, successor_id=held)
        renewal = self._renewal(level, course, wish)
        if isinstance(renewal, Judged):
            return renewal
        achievement = self.versions[key, renewal.version]
        declaration = declaration_of(renewal.takes, wish)
        request = self._request(credential, award, person, key, wish, narrative=wish.narrative or declaration)
        rules = next(one.recertification for one in level.versions if one.ordinal == renewal.version)
        progress = progress_of(rules, facts.credits, course, self.now) if rules else None
        faults = [
            *faults_of(request, Catalogue("", {}), self.now, achievement, complete=False),
            *([] if self.assessed else faults_of_work(renewal.takes, wish, achievement, progress)),
        ] or list(_unfit(request, achievement, self.issuer))
        if faults:
            return faulty(credential.id, faults)
        return Renewing(
            predecessor_id=credential.id,
            issuer_id=credential.issuer_id,
            wanted=_wanted(credential, person.id, request, achievement, renewal),
            declaration=declaration,
        )

    def _renewal(self, level: LevelFacts, course: Course, wish: RenewalWish) -> Renewal | Judged:
        present = today(self.now, level.zone)
        if wish.completed_on > present:
            why = sentence(
                "{day} is in the future; it can be at most {present}, the date in {zone} now",
                day=wish.completed_on,
                present=present,
                zone=str(level.zone),
            )
            return refused_for(wish.credential_id, why)
        found = renewal_of(level, course, wish.completed_on, early=wish.early)
        if isinstance(found, NotNow):
            return refused_for(wish.credential_id, found.sentence)
        if found.kind is Kind.NEW_START or found.replaces != wish.credential_id:
            why = sentence(
                "“{level}” cannot be renewed any more with what was completed on {day}: it is earned anew, and "
                "awarded or proposed like a first one",
                level=level.name,
                day=wish.completed_on,
            )
            return refused_for(wish.credential_id, why)
        return found

    def _again(self, row: Any, later: CredentialRow, wish: RenewalWish) -> Renewing | Judged:
        """A renewal that was begun, or made, before: the same one is finished or found, another is refused."""
        credential, _, level_row, program_row, person = row
        award = self.session.get_one(AwardRow, later.award_id)
        key = LevelKey(program_row.slug, level_row.slug)
        said = award.request
        narrative = wish.narrative or (said.get("narrative") if wish.declared else None)
        request = self._request(credential, award, person, key, wish, narrative=narrative, said_before=said)
        if award.idempotency_key != key_of(credential.id) or award.request_digest != request.digest:
            why = sentence(
                "{one} was replaced by {later} already; that one can be corrected", one=IT, later=str(later.id)
            )
            return spoken_of(credential.id, why, successor_id=later.id)
        if later.state == "issued":
            return spoken_of(credential.id, sentence("{one} was renewed before", one=IT), Result.ALREADY, later.id)
        wanted = Wanted(
            key=award.idempotency_key,
            digest=award.request_digest,
            request=json_text(award.request),
            valid_from=later.valid_from,
            valid_until=later.valid_until,
            formats=tuple(later.formats),
            purposes=(),
            achievement_row=award.achievement_id,
            awarded_on=award.awarded_on,
            recipient=Recipient(request.name, request.email, request.did, person.id),
            replaces=credential.id,
        )
        return Renewing(credential.id, credential.issuer_id, wanted, None)

    def _request(
        self,
        credential: CredentialRow,
        award: AwardRow,
        person: PersonRow,
        key: LevelKey,
        wish: RenewalWish,
        *,
        narrative: str | None,
        said_before: Mapping[str, Any] | None = None,
    ) -> AwardRequest:
        """What the successor says: the person as this issuer knows him now, or, of one that was begun, as it said then.

        Another issuer's word for him is never signed: see `issuer.people.identity`.
        """
        said = said_before or facts_of(credential, award)
        mine, known = self.addresses.get(person.id, {}), self.identities.get(person.id, NOBODY)
        stays = said_before or comparable(said["email"]) in mine or self._nobodys(said["email"])
        email = said["email"] if stays else next(iter(mine.values()), "")
        return AwardRequest(
            name=said["name"] if said_before else known.name or said["name"],
            email=email,
            program=key.program,
            level=key.level,
            awarded_on=wish.completed_on,
            did=said.get("did") if said_before else known.did or said.get("did"),
            license_number=said.get("license_number"),
            narrative=narrative,
            evidence=wish.evidence,
            results=wish.results,
        )

    def _nobodys(self, email: str) -> bool:
        """Whether the address stands in no record: a correction said it of a person who is not this issuer's alone."""
        return bool(email) and self.session.get(PersonAddressRow, comparable(email)) is None


def _obstacle(row: Any, later: CredentialRow | None) -> str | None:
    credential, _, level, _, person = row
    if level is None or person is None:
        return sentence("{one} was signed as a document of the API: no rules renew it", one=IT)
    if credential.state != "issued":
        return sentence("{one} is not issued yet: `guildmark resume` finishes what is being prepared", one=IT)
    if person.erased_at is not None:
        return sentence("{one} was of a person who was erased", one=IT)
    if credential.revoked_at is not None and later is None:
        return sentence(
            "{one} was revoked on {when}, for good: award it anew instead", one=IT, when=credential.revoked_at
        )
    return None


def _unfit(request: AwardRequest, achievement: Achievement, issuer: Issuer) -> Iterator[Fault]:
    try:
        rehearse_award(request, achievement, issuer)
    except Unacceptable as error:
        yield from (Fault(problem.pointer, problem.detail) for problem in error.problems)


def _wanted(
    credential: CredentialRow, person_id: UUID, request: AwardRequest, achievement: Achievement, renewal: Renewal
) -> Wanted:
    zone = achievement.zone
    return Wanted(
        key=key_of(credential.id),
        digest=request.digest,
        request=request.text,
        valid_from=start_of_day(renewal.valid_from, zone),
        valid_until=end_of_day(renewal.valid_until, zone) if renewal.valid_until else None,
        formats=FORMATS,
        purposes=achievement.status_purposes,
        message_bits=achievement.message_bits,
        recipient=Recipient(request.name, request.email, request.did, person_id),
        achievement_row=achievement.row_id,
        awarded_on=request.awarded_on,
        replaces=credential.id,
    )
