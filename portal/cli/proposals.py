"""`guildmark propose`, `assess`, `decide`, `appeal`, `withdraw`, `assign-assessors` and `proposals`."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from issuer.assessment.cases import State
from portal.cli import given
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import complain, print_json, say

if TYPE_CHECKING:
    from issuer.assessment.cases import Proposal
    from issuer.assessment.deciding import Progress
    from issuer.assessment.views import ProposalView

Id = Annotated[str, typer.Argument(help="The proposal's id: see `guildmark proposals list`.")]
Results = Annotated[
    list[str] | None, typer.Option("--result", help="A result as id=value, like exam=81, as often as needed.")
]
Assessors = Annotated[
    list[str] | None,
    typer.Option("--assessor", help="Who is asked to assess, by address, number or id; as often as needed."),
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Proposals: what is proposed, and its course.",
)


def propose(
    person: Annotated[str, typer.Argument(help="Who is proposed: e-mail address, employee number or id.")],
    program: Annotated[str, typer.Option(help="For which program …")],
    level: Annotated[str, typer.Option(help="… and level.")],
    completed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day from which the award counts; default: today.")
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(help="As id=https://… or id=./file (its name and SHA-256 are kept, not the file)."),
    ] = None,
    result: Results = None,
    narrative: Annotated[str | None, typer.Option(help="What the candidate did; stands in the credential.")] = None,
    renews: Annotated[str | None, typer.Option(help="The credential that is to be renewed, by id or address.")] = None,
    assessor: Assessors = None,
    key: Annotated[str | None, typer.Option(help="A key: the same one again is the same proposal.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Propose a person for a level; assessors or an officer decide. The same again changes nothing."""
    from issuer.assessment.proposals import propose as propose_it
    from issuer.assessment.wishes import Wish
    from issuer.programs import load_catalogue
    from portal.cli.installation import credential_id

    with opened(home) as service:
        slug, now = issuer or service.issuer, clock()
        found = load_catalogue(service.database, slug).find(program, level)
        zone = found.zone if found is not None else service.settings.zone
        wish = Wish(
            person,
            program,
            level,
            (completed_on or now.astimezone(zone)).date(),
            narrative=narrative,
            evidence=tuple(map(given.evidence, evidence or ())),
            results=tuple(given.result(text) for text in result or ()),
            renews_id=credential_id(service, renews) if renews else None,
            assessors=tuple(assessor or ()),
            idempotency_key=key,
        )
        made = propose_it(
            service.database,
            wish,
            issuer=slug,
            source="assessor",
            actor=actor(),
            now=now,
            randomness=secrets.token_bytes,
        )
    one = made.proposal
    if as_json:
        print_json({**_as_json(one), "new": made.new})
        return
    what = "Proposed" if made.new else "Had been proposed"
    say(f"{what}: {one.person_name}, {one.level_name} (version {one.version})")
    say(f"  {one.id}  {one.state}")


def assess(
    proposal: Id,
    assessor: Annotated[str, typer.Option(help="Who assesses: e-mail address, employee number or id.")],
    result: Results = None,
    passed: Annotated[
        bool | None, typer.Option("--passed/--not-passed", help="What he found, where the level has no threshold.")
    ] = None,
    function: Annotated[str | None, typer.Option(help="In which function, if the directory does not say.")] = None,
    remark: Annotated[str | None, typer.Option(help="A remark, which those who see the scores read.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Record one assessor's scores. The last one needed decides, and what is approved is issued."""
    from issuer.assessment.assess import Scores
    from issuer.assessment.assess import assess as assess_it

    with opened(home) as service:
        progress = assess_it(
            service.database,
            service.keyring,
            proposal_id=_id(proposal),
            assessor=assessor,
            scores=Scores(dict(given.result(text) for text in result or ()), passed, function, remark),
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
    _tell(progress, as_json)


def decide(
    proposal: Id,
    approve: Annotated[bool, typer.Option("--approve/--decline", help="The decision.")],
    reason: Annotated[str | None, typer.Option(help="Why; the candidate reads it. Declining needs one.")] = None,
    officer: Annotated[
        str | None, typer.Option(help="Address of the program's owner, who decides; default: you, an administrator.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Decide where the level asks for no assessors, or where they found no majority."""
    from issuer.assessment.assess import decide as decide_it

    with opened(home) as service:
        progress = decide_it(
            service.database,
            service.keyring,
            proposal_id=_id(proposal),
            approve=approve,
            reason=reason,
            officer=officer,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
    _tell(progress, as_json)


def appeal(
    proposal: Id,
    reason: Annotated[str, typer.Option(prompt="What is wrong with the decision", help="The new assessors read it.")],
    by: Annotated[str | None, typer.Option(help="The candidate himself; default: you, on his behalf.")] = None,
    assessor: Assessors = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Appeal a decision: it is open again, for assessors who had no part in it."""
    from issuer.assessment.appeals import appeal as appeal_it

    with opened(home) as service:
        one = appeal_it(
            service.database,
            proposal_id=_id(proposal),
            reason=reason,
            appellant=by,
            assessors=assessor or (),
            actor=actor(),
            now=clock(),
        )
    print_json(_as_json(one)) if as_json else say(f"{one.id} is {one.state}: round {one.round} begins.")


def withdraw(proposal: Id, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Withdraw a proposal, or an appeal: then the decision stands."""
    from issuer.assessment.appeals import withdraw as withdraw_it

    with opened(home) as service:
        one = withdraw_it(service.database, proposal_id=_id(proposal), actor=actor(), now=clock())
    print_json(_as_json(one)) if as_json else say(f"{one.id} is {one.state}.")


def assign_assessors(
    proposal: Id,
    assessors: Annotated[list[str], typer.Argument(help="Addresses, employee numbers or ids.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Ask people to assess a proposal; each is told once in a round."""
    from issuer.assessment.proposals import assign_assessors as ask

    with opened(home) as service:
        ask(service.database, _id(proposal), assessors=assessors, actor=actor(), now=clock())
    say(f"Asked: {', '.join(assessors)}.")


@app.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only those of this state.")] = None,
    person: Annotated[str | None, typer.Option(help="Only of this person: address, number or id.")] = None,
    program: Annotated[str | None, typer.Option(help="Only of this program.")] = None,
    level: Annotated[str | None, typer.Option(help="Only of this level.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List proposals, newest first."""
    from issuer.assessment.views import list_proposals

    with opened(home) as service:
        found = list_proposals(
            service.database,
            issuer=issuer or service.issuer,
            state=state,
            person=person,
            program=program,
            level=level,
            limit=limit,
        )
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        say(f"{one.id}  {one.state:<13} {one.proposed_at:%Y-%m-%d}  {one.person_name}, {one.level_name}")
    if not found:
        say("There are none.")


@app.command()
def show(
    proposal: Id,
    viewer: Annotated[
        str | None, typer.Option("--as", help="Show what this person may see: no scores before he gave his own.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show a proposal: evidence, scores, in what assessors differ, and its whole course."""
    from issuer.assessment.course import course_of_proposal
    from issuer.assessment.views import show_proposal
    from portal.proposal_json import view_as_json

    with opened(home) as service:
        view = show_proposal(service.database, _id(proposal), viewer=viewer)
        course = course_of_proposal(service.database, _id(proposal), names_assessors=view.names_assessors)
    if as_json:
        print_json(view_as_json(view, course))
        return
    _show(view)
    for step in course:
        say(f"  {step.at:%Y-%m-%d %H:%M}  {step.sentence}  [{step.actor}]")


def _show(view: ProposalView) -> None:
    one = view.proposal
    say(f"{one.person_name}: {one.level_name} ({one.program}/{one.level}, version {one.version})")
    say(f"  {one.state}, round {one.round}; completed on {one.completed_on}; proposed by {one.proposed_by}")
    decision = f"Decision: {one.decision}" if one.decision else None
    for text in (one.narrative, decision, f"Appealed: {one.appeal}" if one.appeal else None):
        if text:
            say(f"  {text}")
    for item in one.evidence:
        what = item.url or (f"file with SHA-256 {item.sha256}" if item.sha256 else "")
        say(f"  evidence  {', '.join(text for text in (item.name, item.description) if text) or '-'}: {what}")
    for name, value in one.results:
        say(f"  given     {name} = {value}")
    if view.hidden:
        say(f"  {view.scored} scored in this round; their scores are shown to who gave his own, or when it is decided.")
    for scored in view.scorings:
        found = ", ".join(f"{name} = {value}" for name, value in scored.scoring.results.items())
        said = {True: "passed", False: "not passed", None: ""}[scored.scoring.passed]
        remark = f"  “{scored.remark}”" if scored.remark else ""
        function = f" ({scored.function})" if scored.function else ""
        say(f"  round {scored.round}   {scored.assessor}{function}: {found or said}{remark}")
    for differing in view.outcome.disagreements if view.outcome else ():
        where = differing.result or "the whole"
        say(f"  disagreement on {where}, {differing.difference}: {', '.join(differing.values)}")
    if view.missing and not view.hidden:
        say(f"  still needed: {view.missing}")


def _tell(progress: Progress, as_json: bool) -> None:
    from portal.proposal_json import progress_as_json

    one = progress.proposal
    if as_json:
        print_json(progress_as_json(progress))
        return
    say(f"{one.person_name}, {one.level_name}: {one.state}.")
    if one.decision and one.state in {State.DECLINED, State.APPROVED, State.ISSUED}:
        say(f"  {one.decision}")
    if progress.missing:
        say(f"  Still needed: {progress.missing}.")
    if progress.issued:
        say(f"  Credential {progress.issued}")
    if progress.waiting_because:
        complain(f"the decision is recorded, and carried out later (guildmark jobs run): {progress.waiting_because}")


def _as_json(one: Proposal) -> dict[str, Any]:
    from portal.proposal_json import proposal_as_json

    return {**proposal_as_json(one), "personName": one.person_name, "levelName": one.level_name}


def _id(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no proposal's id; see `guildmark proposals list`") from None
