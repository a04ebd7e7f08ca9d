"""Proposals: somebody says that a person earned a level, and hands in what shows it.

proposed ──► in assessment ──► approved ──► issued ──┐
    │              │                                 ├──► appealed ──► in assessment ──► …  (the next round)
    ├──► withdrawn └──► declined ────────────────────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.allocation import Randomness
from issuer.assessment.cases import RUNNING, Case, Proposal, State, case_of, demands_of, read_case, round_of
from issuer.assessment.evidence import named_by_rules
from issuer.assessment.notifying import ask_assessors
from issuer.assessment.parties import Party, find_party
from issuer.assessment.quorum import Round
from issuer.assessment.renewals import renewal_for
from issuer.assessment.rules import By
from issuer.assessment.wishes import Wish, faults_of_assessors, faults_of_panel, faults_of_wish, level_wished
from issuer.awards import stored_own_key
from issuer.errors import Fault, ProposalConflict, ProposalRefused
from issuer.issuers import issuer_row
from issuer.programs import catalogue_of
from issuer.recertification.facts import LevelKey
from issuer.recertification.renewal import Renewal
from issuer.store import Database, insert_missing
from issuer.tables import AchievementRow, IssuerRow, ProposalRow
from issuer.validity import today


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and whether this call made it."""

    proposal: Proposal
    new: bool


def propose(
    db: Database,
    wish: Wish,
    *,
    issuer: str | None,
    source: str,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> Proposed:
    """Propose an award or a renewal; `source` is assessor, csv, api or learning.

    The same wish again (the same key, or without a key the same content) gives what is there. Raises ProposalRefused
    with every fault, ProposalConflict if the key belongs to another wish, UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        party = find_party(session, wish.person, lock=True)
        members = _members(wish, party)
        digest = _digest(members)
        key = _key_of(wish, digest)
        before = _with_key(session, owner, key, digest)
        if before is not None:
            return Proposed(read_case(session, before).as_proposal(), new=False)
        row = _checked(session, owner, wish, party, source=source, actor=actor, now=now)
        row |= {"id": UUID(bytes=randomness(16), version=4), "idempotency_key": key, "request_digest": digest}
        insert_missing(session, ProposalRow, [row], ("issuer_id", "idempotency_key"))
        made = _with_key(session, owner, key, digest)
        if made is None or made.id != row["id"]:  # the same key for somebody else, at the same moment
            raise ProposalConflict([_taken(key)])
        case = read_case(session, made)
        asked = wish.assessors or _by_rule(session, case, now)
        ask_assessors(session, case, _assessors(session, case, asked, now), now)
        audit.append(
            session,
            at=now,
            actor=actor,
            action="proposal made",
            subject=f"proposal:{made.id}",
            details={
                "person": str(made.person_id),
                "level": f"{case.achievement.program}/{case.achievement.level}",
                "version": case.achievement.version,
                "source": source,
                "renews": str(made.renews_id) if made.renews_id else None,
                "evidence_sha256": [item["sha256"] for item in made.evidence if item.get("sha256")],
            },
        )
        return Proposed(case.as_proposal(), new=True)


def assign_assessors(
    db: Database, proposal_id: UUID, *, assessors: Sequence[str | UUID], actor: str, now: datetime
) -> Proposal:
    """Ask these people, each once in a round, for their assessment. Raises UnknownProposal, ProposalRefused."""
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        if case.demands.quorum is None:
            what = sentence("the level {level} asks for no assessors", level=case.achievement.level)
            raise ProposalRefused(sentence("The request"), [Fault("", what, sentence("decide it: guildmark decide"))])
        asked = _assessors(session, case, assessors, now)
        ask_assessors(session, case, asked, now)
        audit.append(
            session,
            at=now,
            actor=actor,
            action="assessors asked",
            subject=f"proposal:{proposal_id}",
            details={"round": case.row.round, "assessors": [str(one) for one in asked]},
        )
        return case.as_proposal()


def _members(wish: Wish, party: Party | None) -> dict[str, Any]:
    """What makes two wishes the same: everything but the key and whom to ask."""
    return {
        "person": str(party.id) if party else str(wish.person),
        "program": wish.program,
        "level": wish.level,
        "completed_on": wish.completed_on.isoformat(),
        "narrative": wish.narrative,
        "evidence": [item.as_dict() for item in wish.evidence],
        "results": [list(pair) for pair in wish.results],
        "renews": str(wish.renews_id) if wish.renews_id else None,
    }


def _digest(members: dict[str, Any]) -> str:
    try:
        return sha256(rfc8785.dumps(members)).hexdigest()
    except rfc8785.CanonicalizationError:
        fault = Fault(
            "", sentence("a text has half of a character (a lone surrogate) in it"), sentence("send whole characters")
        )
        raise ProposalRefused("The proposal", [fault]) from None


def _key_of(wish: Wish, digest: str) -> str:
    """The key as it is stored: what callers give and what is made here cannot meet."""
    if wish.own_key is not None:
        return stored_own_key(wish.own_key)
    return stored_own_key(digest) if wish.idempotency_key is None else f"given:{wish.idempotency_key}"


def _with_key(session: Session, owner: IssuerRow, key: str, digest: str) -> ProposalRow | None:
    row = session.scalars(
        select(ProposalRow).where(ProposalRow.issuer_id == owner.id, ProposalRow.idempotency_key == key)
    ).one_or_none()
    if row is not None and row.request_digest != digest:
        raise ProposalConflict([_taken(key)])
    return row


def _taken(key: str) -> Fault:
    what = sentence("this key stands for another proposal")
    return Fault(key.removeprefix("given:").removeprefix("made:"), what, sentence("give this one a key of its own"))


def _checked(
    session: Session, owner: IssuerRow, wish: Wish, party: Party | None, *, source: str, actor: str, now: datetime
) -> dict[str, Any]:
    """The row to be made, without id and key. Raises ProposalRefused with everything that is wrong."""
    catalogue = catalogue_of(session, owner)
    wish = _linked(session, owner, wish, party, now)
    level = level_wished(session, owner, catalogue, wish, party, now)
    faults = list(faults_of_wish(session, owner, catalogue, wish, party, level, now))
    if party is not None and level is not None:
        running = _running(session, party, _level_id(session, level.row_id))
        if running is not None:
            what = sentence(
                "a proposal of this person for this level is running already: {id} ({state})",
                id=running.id,
                state=State(running.state).said,
            )
            faults.append(Fault("person", what, sentence("bring that one to its end, or withdraw it")))
        demands, course = demands_of(level, renewal=wish.renews_id is not None), Round(party.id, party.manager_id)
        faults += faults_of_assessors(session, course, demands.quorum, wish.assessors, today(now, level.zone))
        faults += faults_of_panel(session, demands.quorum, wish.assessors)
    if faults or party is None or level is None:
        raise ProposalRefused("The proposal", faults)
    return {
        "issuer_id": owner.id,
        "person_id": party.id,
        "level_id": _level_id(session, level.row_id),
        "achievement_id": level.row_id,
        "state": State.PROPOSED.value,
        "round": 1,
        "source": source,
        "proposed_by": actor,
        "proposed_at": now,
        "completed_on": wish.completed_on,
        "narrative": wish.narrative,
        "evidence": [item.as_dict() for item in named_by_rules(level.evidence, wish.evidence)],
        "results": dict(wish.results),
        "declaration": None,
        "renews_id": wish.renews_id,
    }


def _linked(session: Session, owner: IssuerRow, wish: Wish, party: Party | None, now: datetime) -> Wish:
    """The wish with the credential that it renews, though its author did not name it: a held level is not earned twice
    over, or what it counts from would depend on a forgotten option."""
    if party is None or wish.renews_id is not None:
        return wish
    found = renewal_for(session, owner.id, party.id, LevelKey(wish.program, wish.level), wish.completed_on, now)
    return replace(wish, renews_id=found.replaces) if isinstance(found, Renewal) else wish


def _level_id(session: Session, achievement_id: int) -> int:
    return session.get_one(AchievementRow, achievement_id).level_id


def _running(session: Session, party: Party, level_id: int) -> ProposalRow | None:
    return session.scalars(
        select(ProposalRow).where(
            ProposalRow.person_id == party.id, ProposalRow.level_id == level_id, ProposalRow.state.in_(RUNNING)
        )
    ).one_or_none()


def _by_rule(session: Session, case: Case, now: datetime) -> Sequence[UUID]:
    """Whom the level itself asks: the candidate's manager, if he is to approve it and is there."""
    quorum, manager_id = case.demands.quorum, case.party.manager_id
    if quorum is None or quorum.by is not By.MANAGER or manager_id is None:
        return []
    manager = find_party(session, manager_id)
    there = manager is not None and manager.gone(today(now, case.achievement.zone)) is None
    return [manager_id] if there else []


def _assessors(session: Session, case: Case, named: Sequence[str | UUID], now: datetime) -> tuple[UUID, ...]:
    """The ids of those who are to be asked. Raises ProposalRefused naming everyone who cannot be."""
    level, course = case.achievement, round_of(session, case)
    faults = list(faults_of_assessors(session, course, case.demands.quorum, named, today(now, level.zone)))
    if faults:
        raise ProposalRefused("The assessors", faults)
    found = [find_party(session, one) for one in named]
    return tuple(dict.fromkeys(one.id for one in found if one is not None))
