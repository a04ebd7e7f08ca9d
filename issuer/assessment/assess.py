"""Assessing and deciding: one assessor's scoring, and an officer's word where no quorum decides.

A scoring is recorded; if it completes the quorum, the decision is made in the same transaction, so that two last
assessors at once decide once. What was approved is issued after the commit (`issuer.assessment.issuing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.problems import Unacceptable
from credentials.sentence import sentence
from issuer import audit
from issuer.allocation import Randomness
from issuer.assessment.cases import OPEN, Case, State, case_of, round_of
from issuer.assessment.deciding import Events, Progress, event, progress_of, record_decision, settle
from issuer.assessment.issuing import finish
from issuer.assessment.midway import follow_version
from issuer.assessment.parties import Party, find_party
from issuer.assessment.quorum import Scoring, Verdict, finds_passed, to_score, why_not
from issuer.assessment.rules import By
from issuer.awards import comparable
from issuer.errors import DecisionRefused, Fault, IssuerError, ProposalRefused
from issuer.plain_text import one_line, safe_text
from issuer.store import Database
from issuer.tables import AssessmentRow, LevelRow, PersonAddressRow, ProgramRow
from issuer.validity import today
from keys.errors import KeysError
from keys.keyring import Keyring

MAX_TEXT = 4_000
LOCKED = sentence("the signing keys are locked")


@dataclass(frozen=True, slots=True)
class Scores:
    """What an assessor says: a value for each result; `passed` where the level has no threshold; a remark.

    `function` is that in which he assesses, if the directory has none of his.
    """

    results: Mapping[str, str]
    passed: bool | None = None
    function: str | None = None
    remark: str | None = None


def assess(
    db: Database,
    keyring: Keyring | None,
    *,
    proposal_id: UUID,
    assessor: str | UUID,
    scores: Scores,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> Progress:
    """Record one assessor's scoring; decide if it completes the quorum, and issue what is approved.

    The same scoring again changes nothing. Raises UnknownProposal, DecisionRefused if the proposal is not open,
    ProposalRefused with every fault. What keeps an approved award from being issued now stands in the result:
    `finish_approved` issues it later.
    """
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        party = find_party(session, assessor)
        if _given_before(session, case, party, scores):
            return progress_of(case)
        _require_open(case, sentence("assessed"))
        events: Events = []
        case = follow_version(session, case, now, events)
        faults = [*_faults_of_assessor(session, case, assessor, party, scores, now), *_faults_of_scores(case, scores)]
        if faults or party is None:
            raise ProposalRefused("The assessment", faults)
        session.add(
            AssessmentRow(
                proposal_id=proposal_id,
                round=case.row.round,
                assessor_id=party.id,
                function=_function(party, scores),
                scores=_as_json(scores),
                remark=scores.remark,
                at=now,
            )
        )
        case.row.state = State.IN_ASSESSMENT.value
        session.flush()
        case = case_of(session, proposal_id)
        events.append(event(case, "assessment recorded", assessor=str(party.id), version=case.achievement.version))
        case = settle(session, case, now, events)
        audit.append_all(session, at=now, actor=actor, events=events)
        progress = progress_of(case)
    return _finished(db, keyring, progress, actor=actor, now=now, randomness=randomness)


def decide(
    db: Database,
    keyring: Keyring | None,
    *,
    proposal_id: UUID,
    approve: bool,
    reason: str | None,
    officer: str | None,
    actor: str,
    now: datetime,
    randomness: Randomness,
) -> Progress:
    """Decide as an officer, where the level demands no quorum, the assessors found no majority, or no manager may.

    `officer` is the e-mail address of the program's owner; None: an administrator, who is named by `actor`. Declining
    needs a reason, which the candidate reads. Raises as `assess`.
    """
    with db.write() as session:
        case = case_of(session, proposal_id, lock=True)
        _require_open(case, sentence("decided"))
        events: Events = []
        case = follow_version(session, case, now, events)
        judged = case.outcome
        if judged is not None and judged.verdict is not Verdict.TIED and not _falls_to_officer(session, case, now):
            case = settle(session, case, now, events)
            if case.state in OPEN:
                raise DecisionRefused(
                    sentence(
                        "the level {level} is decided by its assessors: {missing} to come; an officer decides "
                        "only {when}",
                        level=case.achievement.level,
                        missing=judged.missing,
                        when=_officers_turn(case),
                    )
                )
        else:
            by, faults = _officer(session, case, officer, actor)
            faults += _faults_of_reason(approve, reason)
            if faults:
                raise ProposalRefused("The decision", faults)
            case = record_decision(session, case, approve=approve, by=by, reason=reason, now=now, events=events)
        audit.append_all(session, at=now, actor=actor, events=events)
        progress = progress_of(case)
    return _finished(db, keyring, progress, actor=actor, now=now, randomness=randomness)


def _falls_to_officer(session: Session, case: Case, now: datetime) -> bool:
    """Whether the level leaves it to the candidate's manager, and there is none who may."""
    quorum, course = case.demands.quorum, round_of(session, case)
    if quorum is None or quorum.by is not By.MANAGER or case.scorings:
        return False
    manager = find_party(session, course.manager_id) if course.manager_id is not None else None
    if manager is None or manager.gone(today(now, case.achievement.zone)) is not None:
        return True
    return why_not(quorum, course, manager.id) is not None


def _officers_turn(case: Case) -> str:
    quorum = case.demands.quorum
    by_manager = quorum is not None and quorum.by is By.MANAGER
    return (
        sentence("if the candidate has no manager, or appeals") if by_manager else sentence("if they find no majority")
    )


def _require_open(case: Case, what: str) -> None:
    if case.state not in OPEN:
        raise DecisionRefused(
            sentence(
                "the proposal {id} is {state}: it cannot be {what}{now}",
                id=case.row.id,
                state=case.state.said,
                what=what,
                now=_and_now(case),
            )
        )


def _and_now(case: Case) -> str:
    if case.state in {State.DECLINED, State.ISSUED}:
        return sentence(" again; the candidate can appeal: guildmark appeal")
    return ""


def _given_before(session: Session, case: Case, party: Party | None, scores: Scores) -> bool:
    """Whether this very scoring is on record in this round: a request that was sent again."""
    row = session.get(AssessmentRow, (case.row.id, case.row.round, party.id)) if party is not None else None
    return row is not None and row.scores == _as_json(scores) and row.remark == scores.remark


def _as_json(scores: Scores) -> dict[str, object]:
    return {"results": dict(scores.results), "passed": scores.passed}


def _function(party: Party, scores: Scores) -> str:
    return (party.function or scores.function or "").strip()


def _faults_of_assessor(
    session: Session, case: Case, named: str | UUID, party: Party | None, scores: Scores, now: datetime
) -> Iterator[Fault]:
    quorum = case.demands.quorum
    if quorum is None:
        yield Fault(
            "",
            sentence("the level {level} asks for no assessment", level=case.achievement.level),
            sentence("decide it: guildmark decide"),
        )
        return
    if party is None:
        yield Fault(
            "assessor",
            sentence("nobody is known as {named!r}", named=str(named)),
            sentence("name a person of the directory"),
        )
        return
    if (why := party.gone(today(now, case.achievement.zone))) is not None:
        yield Fault(
            "assessor", sentence("{name} {why}", name=party.name, why=why), sentence("somebody else must assess")
        )
    elif (why := why_not(quorum, round_of(session, case), party.id)) is not None:
        yield Fault(
            "assessor",
            sentence("{name} cannot assess: {why}", name=party.name, why=why),
            sentence("somebody else must assess"),
        )
    given = (scores.function or "").strip()
    if party.function and given and given.casefold() != party.function.strip().casefold():
        what = sentence(
            "the function of {name} on record is “{function}”, not “{given}”",
            name=party.name,
            function=party.function,
            given=given,
        )
        yield Fault("function", what, sentence("leave it out, or correct the directory"))
    elif not party.function and not given and quorum.functions > 1:
        what = sentence(
            "no function of {name} is on record, and the level wants {functions} different ones",
            name=party.name,
            functions=quorum.functions,
        )
        yield Fault("function", what, sentence("say in which function he assesses"))
    elif given:
        yield from _text_fault("function", given, one_line)


def _faults_of_scores(case: Case, scores: Scores) -> Iterator[Fault]:
    demands, level = case.demands, case.achievement
    if demands.quorum is None:
        return
    rules = {rule.id: rule for rule in demands.results}
    for name, value in scores.results.items():
        if name not in rules:
            known = sentence("it has: {rules}", rules=", ".join(rules)) if rules else sentence("it has none")
            yield Fault(
                f"result:{name}",
                sentence("the level {level} has no result {name!r} to score", level=level.level, name=name),
                known,
            )
        elif fault := rules[name].fault_of(value):
            what, _, right = fault.partition("; ")
            yield Fault(f"result:{name}", what, right)
        else:
            yield from _text_fault(f"result:{name}", value, one_line)
    for rule in to_score(demands.results):
        if rule.id not in scores.results:
            yield Fault(
                f"result:{rule.id}",
                sentence("every assessor scores this result"),
                sentence("give the {result}", result=rule.name),
            )
    yield from _faults_of_finding(any(rule.passing is not None for rule in demands.results), scores)
    if scores.remark is not None:
        yield from _text_fault("remark", scores.remark, safe_text)
    elif demands.quorum.by is By.MANAGER and not finds_passed(demands.results, _as_scoring(scores)):
        yield Fault("remark", sentence("declining needs a reason"), sentence("say why; the candidate reads it"))


def _as_scoring(scores: Scores) -> Scoring:
    return Scoring(UUID(int=0), "", scores.results, scores.passed)


def _faults_of_finding(has_thresholds: bool, scores: Scores) -> Iterator[Fault]:
    if has_thresholds and scores.passed is not None:
        yield Fault("passed", sentence("the level’s thresholds say who passed"), sentence("leave it out"))
    elif not has_thresholds and scores.passed is None:
        yield Fault("passed", sentence("the level has no threshold"), sentence("say whether the candidate passed"))


def _text_fault(where: str, text: str, check: Callable[[str], str]) -> Iterator[Fault]:
    try:
        check(text)
    except ValueError as error:
        what, _, right = str(error).partition("; ")
        yield Fault(where, what, right)
        return
    if len(text) > MAX_TEXT:
        yield Fault(
            where,
            sentence("it has {length} characters", length=len(text)),
            sentence("at most {most} are kept", most=MAX_TEXT),
        )


def _faults_of_reason(approve: bool, reason: str | None) -> list[Fault]:
    if reason is not None:
        return list(_text_fault("reason", reason, safe_text))
    return (
        []
        if approve
        else [Fault("reason", sentence("declining needs a reason"), sentence("say why; the candidate reads it"))]
    )


def _officer(session: Session, case: Case, officer: str | None, actor: str) -> tuple[str, list[Fault]]:
    """Who decides, as it is recorded: a person's id where he is known, never an address. And why he may not."""
    if officer is None:
        return actor, []
    owner = session.scalars(
        select(ProgramRow.owner_address)
        .join(LevelRow, LevelRow.program_id == ProgramRow.id)
        .where(LevelRow.id == case.row.level_id)
    ).one()
    if owner is None or comparable(owner) != comparable(officer):
        what = sentence(
            "{officer} does not own the program {program}", officer=officer, program=case.achievement.program
        )
        right = (
            sentence("its owner decides, or an administrator")
            if owner
            else sentence("it has no owner: an administrator decides")
        )
        return "", [Fault("officer", what, right)]
    address = session.get(PersonAddressRow, comparable(officer))
    if address is None:
        return f"owner of {case.achievement.program}", []
    if (why := _partial(session, case, address.person_id)) is not None:
        return "", [Fault("officer", why, sentence("an administrator decides"))]
    return f"person:{address.person_id}", []


def _partial(session: Session, case: Case, person_id: UUID) -> str | None:
    """Why the owner of the program is no impartial officer here; None if he is."""
    course, quorum = round_of(session, case), case.demands.quorum
    if person_id == course.candidate_id:
        return sentence("nobody decides about himself")
    if person_id in course.scored | course.before:
        return sentence("he is one of the assessors, and nobody decides where he has given his voice already")
    if quorum is not None and quorum.not_the_manager and person_id == course.manager_id:
        return sentence("he is the candidate’s manager, and the level wants others")
    return None


def _finished(
    db: Database, keyring: Keyring | None, progress: Progress, *, actor: str, now: datetime, randomness: Randomness
) -> Progress:
    """After the commit: issue what is approved, revoke what an appeal undid. The decision stands whatever happens."""
    state = progress.proposal.state
    if state is not State.APPROVED and not (state is State.DECLINED and progress.proposal.round > 1):
        return progress
    if keyring is None:
        return replace(progress, waiting_because=LOCKED)
    try:
        credential_id = finish(db, keyring, progress.proposal.id, actor=actor, now=now, randomness=randomness)
    except (IssuerError, KeysError, Unacceptable) as error:
        return replace(progress, waiting_because=str(error))
    with db.read() as session:
        return replace(progress, proposal=case_of(session, progress.proposal.id).as_proposal(), issued=credential_id)
