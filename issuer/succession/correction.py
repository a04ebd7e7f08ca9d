"""What a correction changes, and whether a credential can be corrected so. Reads rows, writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.problems import Unacceptable
from credentials.sentence import sentence
from issuer.awards import AwardRequest, Evidence, comparable, faults_of, request_from_dict
from issuer.bulk_status import Result
from issuer.errors import Fault
from issuer.issuers import Issuer, as_issuer
from issuer.people.identity import identity
from issuer.programs import Achievement, Catalogue, Program, as_achievement
from issuer.rehearsal import rehearse_award
from issuer.status_transitions import IT
from issuer.succession.chain import successors
from issuer.succession.facts import ACHIEVEMENT_ID, facts_of
from issuer.succession.outcomes import Judged, faulty, spoken_of
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


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is to be said instead; None leaves it as it is, an empty text takes it away.

    `directory_name` takes the name by which the directory, or else this issuer's newest award, knows the person now
    (see `issuer.people.identity`); `newest_version` the newest criteria of the level. `results` replace those of the
    same id and leave the others; `evidence` replaces all of it. `anew`: it is signed again although it says the same,
    since the key that signed it is not to be trusted.
    """

    name: str | None = None
    email: str | None = None
    did: str | None = None
    license_number: str | None = None
    narrative: str | None = None
    results: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] | None = None
    directory_name: bool = False
    newest_version: bool = False
    anew: bool = False

    @property
    def personal(self) -> bool:
        """Whether it says something that is true of one person only."""
        return any(one is not None for one in (self.name, self.email, self.did, self.license_number))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return self == Corrections()

    def applied(self, request: AwardRequest, known_as: str | None) -> AwardRequest:
        """The request as it is to be signed now; `known_as` is what `directory_name` takes, if there is anything."""
        known = known_as if self.directory_name and known_as else request.name
        name = self.name if self.name is not None else known
        return replace(
            request,
            name=name,
            email=request.email if self.email is None else self.email,
            did=_instead(self.did, request.did),
            license_number=_instead(self.license_number, request.license_number),
            narrative=_instead(self.narrative, request.narrative),
            results=_merged(request.results, self.results),
            evidence=request.evidence if self.evidence is None else self.evidence,
            version=None,
        )


def _instead(given: str | None, before: str | None) -> str | None:
    return before if given is None else given or None


def _merged(before: tuple[tuple[str, str], ...], given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple({**dict(before), **dict(given)}.items())


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that can be made. `begun_id` is the successor that an earlier attempt began, or even issued."""

    predecessor_id: UUID
    award_id: UUID
    award_key: str
    issuer_id: int
    person_id: UUID
    request: AwardRequest
    achievement: Achievement
    begun_id: UUID | None

    @property
    def says(self) -> tuple[dict[str, Any], int | None]:
        """What the successor is to say, as `says` has it of one that is there."""
        return _without_version(self.request), self.achievement.row_id


def judge_corrections(
    session: Session, credential_ids: Collection[UUID], corrections: Corrections, now: datetime
) -> dict[UUID, Correction | Judged]:
    """For each credential the correction that it can be given, or why it cannot or need not be."""
    found = {row[0].id: row for row in _rows(session, credential_ids)}
    later = successors(session, credential_ids)
    newest = _newest_versions(session, [row[4].id for row in found.values() if row[4]]) if found else {}
    judged: dict[UUID, Correction | Judged] = {}
    for one in credential_ids:
        row = found.get(one)
        if row is None:
            judged[one] = Judged(Result.UNKNOWN, sentence("there is no credential {one}", one=str(one)))
            continue
        judged[one] = _judge(session, row, later.get(one), corrections, newest=newest, now=now)
    return judged


def _rows(session: Session, credential_ids: Collection[UUID]) -> Iterator[Any]:
    yield from session.execute(
        select(CredentialRow, AwardRow, IssuerRow, AchievementRow, LevelRow, ProgramRow, PersonRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .outerjoin(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .outerjoin(LevelRow, LevelRow.id == AchievementRow.level_id)
        .outerjoin(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .outerjoin(PersonRow, PersonRow.id == AwardRow.person_id)
        .where(CredentialRow.id.in_(credential_ids))
    )


def _newest_versions(session: Session, level_ids: Collection[int]) -> dict[int, AchievementRow]:
    rows = session.scalars(
        select(AchievementRow).where(AchievementRow.level_id.in_(set(level_ids))).order_by(AchievementRow.ordinal)
    )
    return {row.level_id: row for row in rows}


def _judge(
    session: Session,
    row: Any,
    later: CredentialRow | None,
    corrections: Corrections,
    *,
    newest: Mapping[int, AchievementRow],
    now: datetime,
) -> Correction | Judged:
    credential, award, owner, achievement_row, level, program, person = row
    if (why := _obstacle(row, later)) is not None:
        return spoken_of(credential.id, why)
    before = as_achievement(achievement_row, level, program)
    achievement = as_achievement(newest[level.id], level, program) if corrections.newest_version else before
    said = request_from_dict(facts_of(credential, award))
    known_as = identity(session, owner.id, person.id).name if corrections.directory_name else None
    request = corrections.applied(said, known_as)
    if later is not None:
        if says(later, award) == (request.as_dict(), achievement.row_id):
            return _correction(row, request, achievement, later.id)
        why = sentence("{one} was replaced by {later}: correct that one", one=IT, later=str(later.id))
        return spoken_of(credential.id, why, successor_id=later.id)
    if not corrections.anew and (request.as_dict(), achievement.row_id) == (_without_version(said), before.row_id):
        said_so = sentence("{one} says so already: nothing would change", one=IT)
        return spoken_of(credential.id, said_so, Result.ALREADY)
    faults = [
        *_new_faults(said, before, request, achievement, now=now),
        *(_faults_of_address(session, request, person.id) if corrections.email is not None else ()),
        *_unfit(request, achievement, as_issuer(owner)),
    ]
    if faults:
        return faulty(credential.id, faults)
    return _correction(row, request, achievement, None)


def _correction(row: Any, request: AwardRequest, achievement: Achievement, begun_id: UUID | None) -> Correction:
    credential, award, *_, person = row
    return Correction(
        predecessor_id=credential.id,
        award_id=award.id,
        award_key=award.idempotency_key,
        issuer_id=credential.issuer_id,
        person_id=person.id,
        request=request,
        achievement=achievement,
        begun_id=begun_id,
    )


def _obstacle(row: Any, later: CredentialRow | None) -> str | None:
    credential, _, _, achievement, _, _, person = row
    if achievement is None or person is None:
        return sentence(
            "{one} was signed as a document of the API: sign the corrected document, and revoke this one", one=IT
        )
    if credential.state != "issued":
        return sentence("{one} is not issued yet: `guildmark resume` finishes what is being prepared", one=IT)
    if person.erased_at is not None or credential.erased_at is not None:
        return sentence("{one} was of a person who was erased: there is nothing left to correct", one=IT)
    if later is not None and later.award_id == credential.award_id:
        return None  # an earlier attempt's, perhaps: whether it is this one, is for the caller to compare
    return _standing(credential)


def _standing(credential: CredentialRow) -> str | None:
    if credential.revoked_at is not None:
        return sentence(
            "{one} was revoked on {when}, for good: award it anew instead", one=IT, when=credential.revoked_at
        )
    return sentence("{one} is suspended: reinstate it first, or revoke it", one=IT) if credential.suspended_at else None


def says(credential: CredentialRow, award: AwardRow) -> tuple[dict[str, Any], int | None]:
    """What a credential says, in the form in which two are compared; `Correction.says` is what is wanted."""
    said = _without_version(request_from_dict(facts_of(credential, award)))
    return said, credential.achievement_id or award.achievement_id


def _without_version(request: AwardRequest) -> dict[str, Any]:
    return replace(request, version=None).as_dict()


def _new_faults(
    said: AwardRequest, before: Achievement, request: AwardRequest, achievement: Achievement, *, now: datetime
) -> Iterator[Fault]:
    """What is wrong with the corrected facts and was not wrong before.

    A renewal by fewer steps rightly lacks results that a first award must have; that is no fault of its correction.
    """
    known = set(_faults(said, before, now))
    yield from (fault for fault in _faults(request, achievement, now) if fault not in known)


def _faults(request: AwardRequest, achievement: Achievement, now: datetime) -> tuple[Fault, ...]:
    one = achievement
    program = Program(one.program, one.program_name, None, one.time_zone, (one,))
    return faults_of(request, Catalogue("", {one.program: program}), now)


def _faults_of_address(session: Session, request: AwardRequest, person_id: UUID) -> Iterator[Fault]:
    owner = session.scalars(
        select(PersonAddressRow.person_id).where(PersonAddressRow.address == comparable(request.email))
    ).one_or_none()
    if owner is not None and owner != person_id:
        right = sentence("a credential that was given to the wrong person is revoked, and awarded to the right one")
        yield Fault("email", sentence("{email} is the address of somebody else", email=request.email), right)


def _unfit(request: AwardRequest, achievement: Achievement, issuer: Issuer) -> Iterator[Fault]:
    """What would not make a valid credential; only asked for what is not refused for other reasons already."""
    known = {rule.id for rule in achievement.results}
    if any(name not in known for name, _ in request.results):
        return
    try:
        rehearse_award(request, achievement, issuer)
    except Unacceptable as error:
        yield from (Fault(problem.pointer, problem.detail) for problem in error.problems)
