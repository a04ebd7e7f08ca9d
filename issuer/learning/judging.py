"""What follows from a report that a rule maps to a level: an award, a renewal, a proposal, or nothing.

Reads rows, writes nothing: the same judgement serves the trial of a rule and the taking of a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.problems import Unacceptable
from issuer.allocation import Recipient, Wanted
from issuer.assessment.allowed import faults_of_awards
from issuer.assessment.cases import RUNNING, demands_of
from issuer.assessment.versions import for_who_began, versions_of
from issuer.assessment.wishes import Wish, faults_of_wish, level_wished
from issuer.awards import AwardRequest, faults_of, request_from_dict, stored_own_key
from issuer.errors import Fault
from issuer.issuers import as_issuer
from issuer.learning.matching import Located, Outcome, Verdict, refused_for
from issuer.learning.reports import Report
from issuer.people.facts import levels_of, people_facts
from issuer.people.identity import identity
from issuer.prepare import award_validity
from issuer.programs import Achievement, Catalogue
from issuer.recertification.course import course_of
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import Kind, NotNow, renewal_of
from issuer.rehearsal import rehearse_award
from issuer.signing import FORMATS
from issuer.succession.renew import SOURCE as RENEWAL
from issuer.succession.renewal_work import RenewalWish
from issuer.succession.renewals import Renewing, judge_renewals
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, ProposalRow

SOURCE = "learning"
_NOT_OURS = (
    "the person of this report is known here from other issuers only, and what they say of him is not signed; enter "
    "the person (guildmark people import), then send it again"
)


@dataclass(frozen=True, slots=True)
class Issue:
    """An award is made, and this is to be signed for it."""

    wanted: Wanted
    level: Achievement


@dataclass(frozen=True, slots=True)
class Renew:
    """What is held is renewed."""

    wish: RenewalWish
    level: Achievement


@dataclass(frozen=True, slots=True)
class Propose:
    """The person is proposed; others decide."""

    wish: Wish
    level: Achievement


Plan = Issue | Renew | Propose


def judge(
    session: Session,
    owner: IssuerRow,
    catalogue: Catalogue,
    located: Located,
    report: Report,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> Plan | Verdict:
    """What follows now. `key` is that of the award or proposal; `actor` the system as it stands in decisions."""
    level_id = session.get_one(AchievementRow, located.level.row_id).level_id
    before = _before(session, owner, located, level_id, key=key, actor=actor)
    if before is None and identity(session, owner.id, located.found.party.id).name is None:
        before = refused_for([_NOT_OURS])
    if before is not None:
        return before
    levels, _ = levels_of(session, owner.id)
    facts = levels[LevelKey(located.level.program, located.level.level)]
    person = next(iter(people_facts(session, owner.id, levels, person_ids=[located.found.party.id])))
    course = course_of(facts, person.holdings, now)
    try:
        follows = renewal_of(facts, course, located.completed_on)
    except ValueError as error:
        return refused_for([error])
    if isinstance(follows, NotNow):
        return Verdict(Outcome.REFUSED if course.suspended else Outcome.IGNORED, str(follows))
    renews = follows.replaces if follows.kind is Kind.RENEWAL else None
    if renews is None:
        versions = versions_of(session, level_id)
        version = for_who_began(versions, located.completed_on, now)
    else:
        version = next(one for one in versions_of(session, level_id) if one.ordinal == follows.version)
    people_decide = located.ruled.rule.propose or _revoked(session, owner, located.found.party.id, level_id)
    if people_decide or demands_of(version, renewal=renews is not None).quorum is not None:
        return _proposal(session, owner, catalogue, located, report, renews=renews, key=key, now=now)
    if renews is not None:
        return _renewal(session, located, report, version, renews, now)
    return _award(session, owner, catalogue, located, report, version=version, key=key, now=now)


def _revoked(session: Session, owner: IssuerRow, person_id: UUID, level_id: int) -> bool:
    """Whether the newest credential of this level was revoked: what people took away, no report gives back."""
    newest = session.scalars(
        select(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AwardRow.issuer_id == owner.id,
            AwardRow.person_id == person_id,
            AchievementRow.level_id == level_id,
            CredentialRow.state == "issued",
        )
        .order_by(CredentialRow.created_at.desc(), CredentialRow.revoked_at.is_not(None))
        .limit(1)
    ).one_or_none()
    return newest is not None and newest.revoked_at is not None


def _before(
    session: Session, owner: IssuerRow, located: Located, level_id: int, *, key: str, actor: str
) -> Plan | Verdict | None:
    """What this report, or another about the same completion, led to before; None if to nothing."""
    level, person_id = located.level, located.found.party.id
    proposals = session.scalars(
        select(ProposalRow).where(ProposalRow.person_id == person_id, ProposalRow.level_id == level_id)
    ).all()
    for one in proposals:
        if one.issuer_id == owner.id and one.idempotency_key == stored_own_key(key):
            return Verdict(Outcome.PROPOSED, f"proposed for {level.program}/{level.level}", one.id)
    for one in proposals:
        if one.state in RUNNING:
            what = f"a proposal for {level.program}/{level.level} is running already: {one.id}"
            return Verdict(Outcome.IGNORED, what, one.id)
    awards = session.execute(
        select(AwardRow, CredentialRow)
        .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AwardRow.issuer_id == owner.id,
            AwardRow.person_id == person_id,
            AwardRow.awarded_on == located.completed_on,
            AchievementRow.level_id == level_id,
            CredentialRow.state != "void",
        )
        .order_by(CredentialRow.created_at)
    ).all()
    for award, credential in awards:
        # a renewal has a key of its own, so a crash before the report was recorded is recognized by what it was for
        same = [list(pair) for pair in located.results] == award.request.get("results")
        if award.source == RENEWAL and award.decided_by == actor and same and credential.replaces_id is not None:
            said = request_from_dict(award.request)
            wish = RenewalWish(credential.replaces_id, said.awarded_on, results=said.results, evidence=said.evidence)
            return Renew(wish, level)
    if awards:
        what = f"{level.program}/{level.level} was awarded for {located.completed_on} already"
        return Verdict(Outcome.IGNORED, what)
    return None


def _proposal(
    session: Session,
    owner: IssuerRow,
    catalogue: Catalogue,
    located: Located,
    report: Report,
    *,
    renews: UUID | None,
    key: str,
    now: datetime,
) -> Propose | Verdict:
    party, level = located.found.party, located.level
    wish = Wish(
        party.id,
        level.program,
        level.level,
        located.completed_on,
        evidence=report.evidence,
        results=located.results,
        renews_id=renews,
        own_key=key,
    )
    version = level_wished(session, owner, catalogue, wish, party, now)
    faults = list(faults_of_wish(session, owner, catalogue, wish, party, version, now))
    return refused_for(faults) if faults else Propose(wish, version or level)


def _renewal(
    session: Session, located: Located, report: Report, version: Achievement, renews: UUID, now: datetime
) -> Renew | Verdict:
    wish = RenewalWish(renews, located.completed_on, results=located.results, evidence=report.evidence)
    judged = judge_renewals(session, [wish], now=now, assessed=False)[renews]
    return Renew(wish, version) if isinstance(judged, Renewing) else refused_for([judged.detail])


def _award(
    session: Session,
    owner: IssuerRow,
    catalogue: Catalogue,
    located: Located,
    report: Report,
    *,
    version: Achievement,
    key: str,
    now: datetime,
) -> Issue | Verdict:
    known = identity(session, owner.id, located.found.party.id)
    request = AwardRequest(
        name=known.name or "",
        email=located.found.email,
        program=version.program,
        level=version.level,
        awarded_on=located.completed_on,
        did=known.did,
        evidence=report.evidence,
        results=located.results,
        own_key=key,
        version=version.version if version.row_id != located.level.row_id else None,
    )
    faults = [
        *faults_of(request, catalogue, now, version),
        *faults_of_awards(session, owner, [(request, version)], source=SOURCE, now=now),
    ]
    if not faults:
        try:
            rehearse_award(request, version, as_issuer(owner))
        except Unacceptable as error:
            faults = [Fault(problem.pointer, problem.detail) for problem in error.problems]
    return refused_for(faults) if faults else Issue(_wanted(request, version), version)


def _wanted(request: AwardRequest, level: Achievement) -> Wanted:
    valid_from, valid_until = award_validity(request, level)
    return Wanted(
        key=request.key,
        digest=request.digest,
        request=request.text,
        valid_from=valid_from,
        valid_until=valid_until,
        formats=FORMATS,
        purposes=level.status_purposes,
        message_bits=level.message_bits,
        recipient=Recipient(request.name, request.email, request.did),
        achievement_row=level.row_id,
        awarded_on=request.awarded_on,
    )
