"""What is asked for when somebody is proposed, and everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from credentials.sentence import counted, sentence
from issuer.assessment.cases import demands_of
from issuer.assessment.evidence import faults_of_evidence
from issuer.assessment.parties import Party, find_party
from issuer.assessment.prerequisites import faults_of_prerequisites, held_by
from issuer.assessment.quorum import Round, why_not
from issuer.assessment.renewals import faults_of_renewal, renewal_for
from issuer.assessment.rules import Quorum
from issuer.assessment.versions import for_who_began, versions_of
from issuer.awards import AwardRequest, Evidence, faults_of
from issuer.errors import Fault
from issuer.people.identity import identity
from issuer.plain_text import one_line
from issuer.programs import Achievement, Catalogue
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import NotNow, Renewal
from issuer.tables import AchievementRow, IssuerRow
from issuer.validity import today

MOST_EVIDENCE = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is proposed for what, and what is handed in for it.

    `person` is an id, an e-mail address or an employee number; so are the `assessors` who are to be asked.
    `completed_on` is the day from which the award counts, in the program's time zone. `renews_id` is the credential
    that is to be renewed; None: whatever the person holds of the level that this would renew, or nothing. `own_key` is
    a key that this product makes itself; no caller's is ever the same.
    """

    person: str | UUID
    program: str
    level: str
    completed_on: date
    narrative: str | None = None
    evidence: tuple[Evidence, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    renews_id: UUID | None = None
    assessors: tuple[str | UUID, ...] = ()
    idempotency_key: str | None = None
    own_key: str | None = None


def level_wished(
    session: Session, owner: IssuerRow, catalogue: Catalogue, wish: Wish, party: Party | None, now: datetime
) -> Achievement | None:
    """The version that judges the wish now; None if there is no such level in use.

    Who completed it before a newer version was published began under the older one: see `versions.for_who_began`. Of
    a renewal the engine says it.
    """
    newest = catalogue.find(wish.program, wish.level)
    if newest is None:
        return None
    versions = versions_of(session, session.get_one(AchievementRow, newest.row_id).level_id)
    if wish.renews_id is not None and party is not None:
        key = LevelKey(wish.program, wish.level)
        found = renewal_for(session, owner.id, party.id, key, wish.completed_on, now)
        if isinstance(found, Renewal):
            return next(one for one in versions if one.ordinal == found.version)
    return for_who_began(versions, wish.completed_on, now)


def faults_of_wish(
    session: Session,
    owner: IssuerRow,
    catalogue: Catalogue,
    wish: Wish,
    party: Party | None,
    level: Achievement | None,
    now: datetime,
) -> Iterator[Fault]:
    """Everything that is wrong with a wish; `party` and `level` are what it names, if that is there."""
    yield from _faults_of_texts(wish)
    if party is None:
        what = sentence("nobody is known as {person!r}", person=str(wish.person))
        yield Fault(
            "person", what, sentence("name a person by e-mail address, employee number or id: guildmark people list")
        )
    elif level is not None and (why := party.gone(today(now, level.zone))) is not None:
        yield Fault(
            "person",
            sentence("{name} {why}", name=_name(wish.person, party), why=why),
            sentence("nobody who is not with the company is proposed"),
        )
    elif identity(session, owner.id, party.id).name is None:
        what = sentence("this person is known here from other issuers only, and what they say of him is not signed")
        yield Fault("person", what, sentence("enter the person: guildmark people import"))
    elif not party.email and not party.erased:
        what = sentence("{name} has no e-mail address", name=_name(wish.person, party))
        yield Fault("person", what, sentence("give one: a credential names its holder by it"))
    demands = demands_of(level, renewal=wish.renews_id is not None) if level is not None else None
    complete = demands is not None and demands.quorum is None and wish.renews_id is None
    request = _as_request(wish, party)
    for fault in faults_of(request, catalogue, now, level, complete=complete):
        if fault.where not in {"name", "email"}:
            yield Fault(fault.where.replace("awarded_on", "completed_on"), fault.what, fault.right)
    if level is None or demands is None:
        return
    yield from faults_of_evidence(demands.evidence if wish.renews_id else level.evidence, wish.evidence)
    if party is None:
        return
    if wish.renews_id is not None:
        yield from faults_of_renewal(session, owner, wish.renews_id, party.id, level, wish.completed_on, now)
    else:
        yield from _faults_of_earning(session, owner, wish.completed_on, party, level, now)


def _faults_of_earning(
    session: Session, owner: IssuerRow, completed_on: date, party: Party, level: Achievement, now: datetime
) -> Iterator[Fault]:
    """What stands against an award that renews nothing: it is held already, or its prerequisites are not."""
    key = LevelKey(level.program, level.level)
    found = renewal_for(session, owner.id, party.id, key, completed_on, now)
    if isinstance(found, NotNow):
        yield Fault("completed_on", found.sentence, "")
    held = held_by(session, owner.id, [party.id]).get(party.id, ())
    yield from faults_of_prerequisites(level.prerequisites, level.program, held, completed_on, level.zone)


def faults_of_assessors(
    session: Session, course: Round, quorum: Quorum | None, named: Sequence[str | UUID], day: date
) -> Iterator[Fault]:
    """Everyone who is to be asked for an assessment and cannot give one."""
    if named and quorum is None:
        yield Fault("assessors", sentence("the level asks for no assessors"), sentence("leave them out"))
        return
    for one in named:
        party = find_party(session, one)
        if party is None:
            yield Fault(
                "assessors",
                sentence("nobody is known as {one!r}", one=str(one)),
                sentence("name a person of the directory"),
            )
        elif (why := party.gone(day)) is not None:
            yield Fault(
                "assessors", sentence("{name} {why}", name=_name(one, party), why=why), sentence("ask somebody else")
            )
        elif quorum is not None and (why := why_not(quorum, course, party.id)) is not None:
            yield Fault(
                "assessors",
                sentence("{name} cannot assess: {why}", name=_name(one, party), why=why),
                sentence("ask somebody else"),
            )


def faults_of_panel(session: Session, quorum: Quorum | None, named: Sequence[str | UUID]) -> Iterator[Fault]:
    """Assessors who are enough in number and could all score without ever being of enough functions."""
    if quorum is None or len(named) < quorum.assessors:
        return
    parties = [party for one in named if (party := find_party(session, one)) is not None]
    functions = {(party.function or "").strip().casefold() for party in parties}
    if len(functions) < quorum.functions:
        what = counted(len(functions), "they are of {n} function", "they are of {n} functions")
        right = sentence("ask somebody of another function too")
        yield Fault(
            "assessors",
            sentence("{what}, and the level asks for {functions}", what=what, functions=quorum.functions),
            right,
        )


def _faults_of_texts(wish: Wish) -> Iterator[Fault]:
    if wish.idempotency_key is not None:
        try:
            one_line(wish.idempotency_key)
        except ValueError as error:
            yield Fault("idempotency_key", *_sentence(error))
    if len(wish.evidence) > MOST_EVIDENCE:
        yield Fault(
            "evidence",
            sentence("these are {count} pieces", count=len(wish.evidence)),
            sentence("hand in at most {most}", most=MOST_EVIDENCE),
        )


def _sentence(error: ValueError) -> tuple[str, str]:
    what, _, right = str(error).partition("; ")
    return what, right


def _as_request(wish: Wish, party: Party | None) -> AwardRequest:
    return AwardRequest(
        name=party.name if party else "-",
        email=party.email if party else "",
        program=wish.program,
        level=wish.level,
        awarded_on=wish.completed_on,
        narrative=wish.narrative,
        evidence=wish.evidence,
        results=wish.results,
    )


def _name(called: str | UUID, party: Party) -> str:
    """A person as the caller called him: a fault tells nobody a name that he did not know."""
    return sentence("this person") if party.erased else str(called)
