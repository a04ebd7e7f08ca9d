"""Looking at a proposal and scoring it, as an assessor or as the candidate's manager: what both have in common."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from issuer.assessment.assess import assess
from issuer.assessment.at_hand import AtHand, Seat, at_hand
from issuer.errors import DecisionRefused, ProposalRefused
from portal.assess.case_view import case_page
from portal.assess.rubric_view import refused, rubric_of, scores_of
from portal.forms import Form
from portal.pages.site import site_of
from portal.sign_in.door import Door
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person

SCORED: Final = "scored"
TOO_LATE: Final = "too-late"
_SAID: Final = frozenset({SCORED, TOO_LATE})


def seat_of(person: Person, *, manages: bool) -> Seat:
    """Where he sits."""
    return Seat(person.person_id, person.session, manages=manages)


def address_of(proposal_id: UUID, *, manages: bool) -> str:
    """Where a proposal lies before an assessor, or before a manager."""
    return f"/team/decisions/{proposal_id}" if manages else f"/assess/{proposal_id}"


def show_case(
    request: Request, door: Door, person: Person, case: AtHand, *, manages: bool, form: Form | None = None
) -> Response:
    """The proposal's page; a refused form comes back with it."""
    service, done = door.service, request.query_params.get("done", "")
    return show(
        request,
        "assess/case.html",
        visitor=person,
        here="team" if manages else "assess",
        status=422 if form is not None else 200,
        page=case_page(case, language_of(request), service.settings.zone),
        rubric=rubric_of(case) if case.may_score else None,
        form=form or Form(),
        manages=manages,
        action=address_of(case.view.proposal.id, manages=manages),
        said=done if done in _SAID else "",
    )


def look(request: Request, door: Door, person: Person, proposal_id: UUID, *, manages: bool) -> Response:
    """The page of a proposal that is his to see. Raises UnknownProposal for all others."""
    service = door.service
    case = at_hand(service.database, service.issuer, proposal_id, seat_of(person, manages=manages))
    return show_case(request, door, person, case, manages=manages)


def score(request: Request, door: Door, person: Person, proposal_id: UUID, form: Form, *, manages: bool) -> Response:
    """Record his scoring, and lead him to what comes of it. Raises UnknownProposal as `look`."""
    service = door.service
    case = at_hand(service.database, service.issuer, proposal_id, seat_of(person, manages=manages))
    back = site_of(service).at(address_of(proposal_id, manages=manages))
    if not case.may_score and not case.scored:
        return _to(f"{back}?done={TOO_LATE}")
    rubric = rubric_of(case)
    if form.faults:
        return show_case(request, door, person, case, manages=manages, form=form)
    try:
        assess(
            service.database,
            service.keyring,
            proposal_id=proposal_id,
            assessor=person.person_id,
            scores=scores_of(form, rubric),
            actor=person.actor,
            now=door.now(),
            randomness=secrets.token_bytes,
        )
    except DecisionRefused:
        return _to(f"{back}?done={TOO_LATE}")
    except ProposalRefused as refusal:
        if case.scored:  # sent twice, with something else the second time
            return _to(f"{back}?done={TOO_LATE}")
        return show_case(request, door, person, case, manages=manages, form=refused(form, refusal, rubric))
    return _to(f"{back}?done={SCORED}")


def _to(address: str) -> Response:
    return for_him_alone(RedirectResponse(address, status_code=303))
