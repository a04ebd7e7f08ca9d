"""A proposal with everything that it is judged by, read in one transaction: the row, the candidate, the version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import Sentence, sentence
from issuer.assessment.parties import Party, find_party
from issuer.assessment.quorum import Outcome, Round, Scoring, outcome
from issuer.assessment.rules import EvidenceRule, Quorum
from issuer.assessment.versions import versions_of
from issuer.awards import Evidence
from issuer.errors import UnknownProposal
from issuer.program_definition import ResultRule
from issuer.programs import Achievement
from issuer.recertification.rules import Work
from issuer.tables import AssessmentRow, ProposalRow


class State(StrEnum):
    """How far a proposal is. The first three and `appealed` run: of a person and level there is one such at a time."""

    PROPOSED = "proposed"
    IN_ASSESSMENT = "in assessment"
    APPROVED = "approved"
    APPEALED = "appealed"
    ISSUED = "issued"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def said(self) -> Sentence:
        """The state in a sentence."""
        return _SAID[self]


_SAID = {
    State.PROPOSED: sentence("proposed"),
    State.IN_ASSESSMENT: sentence("in assessment"),
    State.APPROVED: sentence("approved"),
    State.APPEALED: sentence("appealed"),
    State.ISSUED: sentence("issued"),
    State.DECLINED: sentence("declined"),
    State.WITHDRAWN: sentence("withdrawn"),
}

RUNNING = (State.PROPOSED, State.IN_ASSESSMENT, State.APPROVED, State.APPEALED)
OPEN = (State.PROPOSED, State.IN_ASSESSMENT, State.APPEALED)
"""Undecided: it can be assessed, decided and withdrawn."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it stands. `decision` and `decided_at` are the last ones, also while an appeal is running.

    `appeal` is what the candidate has against the decision, while his appeal is running. In the row it is his
    `declaration`, apart from the decision, so that no words of his are read as the decision.
    """

    id: UUID
    person_id: UUID
    person_name: str
    program: str
    level: str
    level_name: str
    version: str
    state: State
    round: int
    source: str
    proposed_by: str
    proposed_at: datetime
    completed_on: date
    narrative: str | None
    evidence: tuple[Evidence, ...]
    results: tuple[tuple[str, str], ...]
    renews_id: UUID | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    appeal: str | None
    award_id: UUID | None

    @property
    def appealed(self) -> bool:
        """Whether this is the course of an appeal: a decision was made, and is open again."""
        return self.state in OPEN and self.decided_at is not None


@dataclass(frozen=True, slots=True)
class Demands:
    """What is asked before this award is made. Renewing may take less than the level itself."""

    quorum: Quorum | None
    results: tuple[ResultRule, ...]
    evidence: tuple[EvidenceRule, ...]


def demands_of(achievement: Achievement, *, renewal: bool) -> Demands:
    """The level's demands; of a renewal, those of its rule: everything again, or some steps.

    A renewal by declaration or by hours of education is not proposed (see `renewals`), and demands nothing here.
    """
    takes = achievement.recertification.takes if renewal and achievement.recertification else None
    if takes is None or takes.kind is Work.REASSESSMENT:
        return Demands(achievement.quorum, achievement.results, achievement.evidence)
    if takes.kind is Work.STEPS:
        return Demands(
            achievement.quorum,
            tuple(rule for rule in achievement.results if rule.id in takes.steps),
            tuple(rule for rule in achievement.evidence if rule.id in takes.steps),
        )
    return Demands(None, (), ())


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal's row in its session, with the candidate, the level's versions, and the scorings of this round."""

    row: ProposalRow
    party: Party
    versions: tuple[Achievement, ...]
    scorings: tuple[Scoring, ...]

    @property
    def achievement(self) -> Achievement:
        """The version that it is judged under."""
        return next(one for one in self.versions if one.row_id == self.row.achievement_id)

    @property
    def demands(self) -> Demands:
        """What is asked of it."""
        return demands_of(self.achievement, renewal=self.row.renews_id is not None)

    @property
    def state(self) -> State:
        """How far it is."""
        return State(self.row.state)

    @property
    def outcome(self) -> Outcome | None:
        """What the scorings of this round come to; None if no quorum is demanded."""
        demands = self.demands
        return None if demands.quorum is None else outcome(demands.quorum, demands.results, self.scorings)

    def given_results(self) -> tuple[tuple[str, str], ...]:
        """The results that came with the proposal, in the order of the level."""
        return tuple(
            (rule.id, self.row.results[rule.id]) for rule in self.achievement.results if rule.id in self.row.results
        )

    def final_results(self) -> tuple[tuple[str, str], ...]:
        """The results of the award: what the assessors found together, and what was given beside it."""
        judged = self.outcome
        found = {**self.row.results, **dict(judged.results if judged else ())}
        return tuple((rule.id, found[rule.id]) for rule in self.achievement.results if rule.id in found)

    def as_proposal(self) -> Proposal:
        """The case as a value that outlives its session."""
        row, level = self.row, self.achievement
        return Proposal(
            id=row.id,
            person_id=row.person_id,
            person_name=self.party.name,
            program=level.program,
            level=level.level,
            level_name=level.name,
            version=level.version,
            state=self.state,
            round=row.round,
            source=row.source,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            completed_on=row.completed_on,
            narrative=row.narrative,
            evidence=evidence_of(row),
            results=self.given_results(),
            renews_id=row.renews_id,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            decision=row.decision,
            appeal=row.declaration,
            award_id=row.award_id,
        )


def case_of(session: Session, proposal_id: UUID, *, lock: bool = False) -> Case:
    """The case of a proposal. With `lock`, nobody else works on it before the commit. Raises UnknownProposal."""
    query = select(ProposalRow).where(ProposalRow.id == proposal_id)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise UnknownProposal(sentence("there is no proposal {proposal_id}", proposal_id=proposal_id))
    return read_case(session, row)


def read_case(session: Session, row: ProposalRow) -> Case:
    """The case of a row."""
    party = find_party(session, row.person_id)
    if party is None:  # a foreign key says that there is one
        raise UnknownProposal(sentence("the candidate of the proposal {id} is not on record", id=row.id))
    return Case(row, party, versions_of(session, row.level_id), scorings_of(session, row.id, row.round))


def scorings_of(session: Session, proposal_id: UUID, number: int) -> tuple[Scoring, ...]:
    """The scorings of one round, in the order in which they were given."""
    rows = session.scalars(
        select(AssessmentRow)
        .where(AssessmentRow.proposal_id == proposal_id, AssessmentRow.round == number)
        .order_by(AssessmentRow.at, AssessmentRow.assessor_id)
    )
    return tuple(as_scoring(row) for row in rows)


def as_scoring(row: AssessmentRow) -> Scoring:
    """A row of one assessor's scoring as a value; `scores` is `{"results": {…}, "passed": true}`."""
    return Scoring(row.assessor_id, row.function, dict(row.scores["results"]), row.scores.get("passed"))


def round_of(session: Session, case: Case) -> Round:
    """Who may assess now: in an appeal, nobody who scored before the decision that is appealed."""
    row, before = case.row, frozenset[UUID]()
    if row.decided_at is not None:
        before = frozenset(
            session.scalars(
                select(AssessmentRow.assessor_id).where(
                    AssessmentRow.proposal_id == row.id,
                    AssessmentRow.round < row.round,
                    AssessmentRow.at <= row.decided_at,
                )
            )
        )
    scored = frozenset(one.assessor_id for one in case.scorings)
    return Round(row.person_id, case.party.manager_id, scored, before)


def evidence_of(row: ProposalRow) -> tuple[Evidence, ...]:
    """The evidence that came with a proposal."""
    return tuple(Evidence(**item) for item in row.evidence)
