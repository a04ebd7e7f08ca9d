"""`guildmark renew` and `guildmark reissue`: give credentials their successors, one or many."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli import given, selecting
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.selecting import (
    Credential,
    EarnedBefore,
    ExpiringBefore,
    IdsFrom,
    Level,
    OnlyPreview,
    Persons,
    Program,
    Query,
    Yes,
)
from portal.cli.terminal import print_json, progress_bar, say

if TYPE_CHECKING:
    from issuer.preview import Preview
    from issuer.selection import Selected
    from issuer.succession.outcomes import SuccessionOutcome
    from portal.service import Service

Results = Annotated[list[str] | None, typer.Option("--result", help="A result, as id=value, as often as needed.")]
EvidenceOption = Annotated[
    list[str] | None,
    typer.Option("--evidence", help="A piece of evidence: an address, or rule=address for what the level asks for."),
]
_AT_ONCE = 200


def renew(
    credential: Credential = None,
    completed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it was completed; default: today.")
    ] = None,
    result: Results = None,
    evidence: EvidenceOption = None,
    declared: Annotated[
        bool, typer.Option("--declared", help="The holder has made the declaration that the level asks for.")
    ] = False,
    narrative: Annotated[str | None, typer.Option(help="A text for the new credential.")] = None,
    early: Annotated[
        bool, typer.Option("--early", help="Also before the renewal window opens; it then counts from completion.")
    ] = False,
    person: Persons = None,
    program: Program = None,
    level: Level = None,
    query: Query = None,
    expiring_before: ExpiringBefore = None,
    earned_before: EarnedBefore = None,
    ids_from: IdsFrom = None,
    preview: OnlyPreview = False,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Renew a credential for what its holder completed, or many; each successor names its predecessor."""
    from issuer.selection import select_credentials
    from issuer.succession.previews import current, preview_renewals
    from issuer.succession.renew import renew_many
    from issuer.succession.renewal_work import RenewalWish

    with opened(home) as service:
        chosen = selecting.choice(
            service, issuer=issuer, credential=credential, persons=person, program=program, level=level, query=query,
            expiring_before=expiring_before, earned_before=earned_before, ids_from=ids_from,
        )  # fmt: skip
        selected = select_credentials(service.database, chosen.selection)
        selected = selected if chosen.single else current(selected)
        zones = _zones(service, selected)
        wishes = {
            one.id: RenewalWish(
                credential_id=one.id,
                completed_on=(completed_on or clock().astimezone(zones[one.program])).date(),
                results=tuple(map(given.result, result or ())),
                evidence=tuple(map(given.evidence, evidence or ())),
                early=early,
                declared=declared,
                narrative=narrative,
            )
            for one in selected
        }
        shown = preview_renewals(service.database, selected, list(wishes.values()), now=clock())

        def chunk(ids: Sequence[Any]) -> Sequence[SuccessionOutcome]:
            return renew_many(
                service.database, keyring_of(service), wishes=[wishes[one] for one in ids], actor=actor(),
                now=clock(), randomness=secrets.token_bytes,
            )  # fmt: skip

        _run(shown, chunk, "renewed", only_preview=preview, single=chosen.single, yes=yes, as_json=as_json)


def reissue(
    credential: Credential = None,
    reason: Annotated[
        str | None, typer.Option(help="Why; the holder and strangers can read it. Asked for if left out.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The holder's right name.")] = None,
    email: Annotated[str | None, typer.Option(help="The holder's right e-mail address.")] = None,
    did: Annotated[str | None, typer.Option(help="The holder's DID; empty takes it away.")] = None,
    narrative: Annotated[str | None, typer.Option(help="The text; empty takes it away.")] = None,
    result: Results = None,
    evidence: EvidenceOption = None,
    directory_name: Annotated[
        bool, typer.Option("--directory-name", help="Take each holder's name as it is on record now.")
    ] = False,
    newest_version: Annotated[
        bool, typer.Option("--newest-version", help="Take the newest published version of each level.")
    ] = False,
    person: Persons = None,
    program: Program = None,
    level: Level = None,
    query: Query = None,
    expiring_before: ExpiringBefore = None,
    earned_before: EarnedBefore = None,
    ids_from: IdsFrom = None,
    preview: OnlyPreview = False,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Correct what a credential says, or many do; the old one is revoked as superseded, and leads to the new one."""
    from issuer.selection import select_credentials
    from issuer.succession.correction import Corrections
    from issuer.succession.previews import current, preview_corrections
    from issuer.succession.reissue import reissue_many
    from issuer.succession.supersede import finish_reissues

    corrections = Corrections(
        name=name,
        email=email,
        did=did,
        narrative=narrative,
        results=tuple(map(given.result, result or ())),
        evidence=tuple(map(given.evidence, evidence)) if evidence is not None else None,
        directory_name=directory_name,
        newest_version=newest_version,
    )
    if corrections.is_empty:
        raise typer.BadParameter("say what is to be corrected: --name, --result, --newest-version, …")
    with opened(home) as service:
        chosen = selecting.choice(
            service, issuer=issuer, credential=credential, persons=person, program=program, level=level, query=query,
            expiring_before=expiring_before, earned_before=earned_before, ids_from=ids_from,
        )  # fmt: skip
        selected = select_credentials(service.database, chosen.selection)
        selected = selected if chosen.single else current(selected)
        shown = preview_corrections(service.database, selected, corrections, now=clock())
        why = reason or ("" if preview else str(typer.prompt("Reason (strangers can read it)")))

        def chunk(ids: Sequence[Any]) -> Sequence[SuccessionOutcome]:
            return reissue_many(
                service.database, keyring_of(service), credential_ids=ids, corrections=corrections, reason=why,
                actor=actor(), now=clock(), randomness=secrets.token_bytes,
            )  # fmt: skip

        if not preview:  # what an earlier run left half done
            finish_reissues(service.database, keyring_of(service), actor=actor(), now=clock())
        _run(shown, chunk, "reissued", only_preview=preview, single=chosen.single, yes=yes, as_json=as_json)


def _run(
    preview: Preview,
    chunk: Callable[[Sequence[Any]], Sequence[SuccessionOutcome]],
    done_word: str,
    *,
    only_preview: bool,
    single: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from issuer.errors import TransitionRefused

    if only_preview:
        print_json(selecting.preview_json(preview)) if as_json else selecting.show(preview, done_word)
        return
    if single:
        if preview.refused:
            raise TransitionRefused(preview.refused[0][1])
        ids = [one.id for one in (*preview.touched, *preview.already)]
    else:
        if not as_json:
            selecting.show(preview, done_word)
        selecting.ask(preview, f"Shall these {len(preview.touched)} be {done_word}?", yes=yes)
        ids = [one.id for one in preview.touched]
    outcomes: list[SuccessionOutcome] = []
    with progress_bar(done_word.capitalize(), len(ids)) as progress:
        for start in range(0, len(ids), _AT_ONCE):
            outcomes += chunk(ids[start : start + _AT_ONCE])
            progress.update(progress.task_ids[0], completed=len(outcomes))
    _tell(outcomes, done_word, as_json)


def _tell(outcomes: Sequence[SuccessionOutcome], done_word: str, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "id": str(one.predecessor_id),
                    "result": one.result.value,
                    "successor": str(one.successor_id) if one.successor_id else None,
                    "url": one.url,
                    **({"why": one.detail} if one.detail else {}),
                }
                for one in outcomes
            ]
        )
        return
    done = [one for one in outcomes if one.result.value == "done"]
    say(f"{len(done)} {'was' if len(done) == 1 else 'were'} {done_word}.")
    for one in done[: selecting.SHOWN]:
        say(f"  {one.predecessor_id} → {one.url}")
    if len(done) > selecting.SHOWN:
        say(f"  … and {len(done) - selecting.SHOWN} more: see `guildmark list`")
    for one in outcomes:
        if one not in done:
            say(f"  left as it was: {one.detail}{f' ({one.url})' if one.url else ''}")


def _zones(service: Service, selected: Sequence[Selected]) -> dict[str, Any]:
    """Each program's time zone: today begins there."""
    from issuer.programs import load_catalogue

    programs = load_catalogue(service.database, service.issuer).programs
    found = {slug: program.levels[0].zone for slug, program in programs.items() if program.levels}
    return {one.program: found.get(one.program, service.settings.zone) for one in selected}
