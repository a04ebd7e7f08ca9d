"""Proposals as JSON, the same for scripts and for the HTTP API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from issuer.assessment.cases import Proposal
from issuer.assessment.course import Happened
from issuer.assessment.deciding import Progress
from issuer.assessment.quorum import Outcome
from issuer.assessment.views import ProposalView

Json = dict[str, Any]


def proposal_as_json(one: Proposal) -> Json:
    """A proposal as it stands."""
    return {
        "id": str(one.id),
        "person": str(one.person_id),
        "program": one.program,
        "level": one.level,
        "version": one.version,
        "state": one.state.value,
        "round": one.round,
        "source": one.source,
        "proposedAt": one.proposed_at.isoformat(),
        "completedOn": one.completed_on.isoformat(),
        "narrative": one.narrative,
        "evidence": [item.as_dict() for item in one.evidence],
        "results": dict(one.results),
        "renews": str(one.renews_id) if one.renews_id else None,
        "decidedAt": one.decided_at.isoformat() if one.decided_at else None,
        "decision": one.decision,
        "appeal": one.appeal,
        "award": str(one.award_id) if one.award_id else None,
    }


def progress_as_json(progress: Progress) -> Json:
    """A proposal after a step, without anybody's scores: who only assessed may not have seen all of them."""
    return {
        **proposal_as_json(progress.proposal),
        "missing": progress.missing,
        "credential": str(progress.issued) if progress.issued else None,
        "waitingBecause": progress.waiting_because,
    }


def view_as_json(view: ProposalView, course: Sequence[Happened]) -> Json:
    """A proposal as somebody may see it, with its course."""
    return {
        **proposal_as_json(view.proposal),
        "scored": view.scored,
        "missing": view.missing,
        "hidden": view.hidden,
        "assessments": [
            {
                "round": one.round,
                "assessor": str(one.assessor_id) if one.assessor_id else None,
                "name": one.assessor,
                "function": one.function,
                "results": dict(one.scoring.results),
                "passed": one.scoring.passed,
                "remark": one.remark,
                "at": one.at.isoformat(),
            }
            for one in view.scorings
        ],
        "outcome": _outcome(view.outcome) if view.outcome else None,
        "course": [{"at": one.at.isoformat(), "actor": one.actor, "what": one.sentence} for one in course],
    }


def _outcome(found: Outcome) -> Json:
    return {
        "verdict": found.verdict.value,
        "results": dict(found.results),
        "disagreements": [
            {"result": one.result, "difference": one.difference.value, "values": list(one.values)}
            for one in found.disagreements
        ],
    }
