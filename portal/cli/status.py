"""`guildmark revoke`, `suspend` and `reinstate`: change what strangers see of a credential, or of many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli import selecting
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
    from issuer.bulk_status import StatusOutcome
    from issuer.preview import Preview
    from issuer.status import Change
    from portal.service import Service

Reason = Annotated[str | None, typer.Option(help="Why; the holder and strangers can read it. Asked for if left out.")]


def revoke(
    credential: Credential = None,
    reason: Reason = None,
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
    """Revoke a credential for good, or many; strangers see it at once, and the holders are told."""
    from issuer.status import Change

    _change(Change.REVOKED, "Revoke", preview, yes, reason, home, as_json, issuer=issuer, credential=credential,
            persons=person, program=program, level=level, query=query, expiring_before=expiring_before,
            earned_before=earned_before, ids_from=ids_from)  # fmt: skip


def suspend(
    credential: Credential = None,
    reason: Reason = None,
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
    """Suspend a credential until it is reinstated, or many."""
    from issuer.status import Change

    _change(Change.SUSPENDED, "Suspend", preview, yes, reason, home, as_json, issuer=issuer, credential=credential,
            persons=person, program=program, level=level, query=query, expiring_before=expiring_before,
            earned_before=earned_before, ids_from=ids_from)  # fmt: skip


def reinstate(
    credential: Credential = None,
    reason: Reason = None,
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
    """Make a suspended credential valid again, or many."""
    from issuer.status import Change

    _change(Change.REINSTATED, "Reinstate", preview, yes, reason, home, as_json, issuer=issuer, credential=credential,
            persons=person, program=program, level=level, query=query, expiring_before=expiring_before,
            earned_before=earned_before, ids_from=ids_from)  # fmt: skip


def _change(
    change: Change,
    verb: str,
    only_preview: bool,
    yes: bool,
    reason: str | None,
    home: Path,
    as_json: bool,
    **given: Any,
) -> None:
    from issuer.preview import preview_status
    from issuer.selection import select_credentials

    with opened(home) as service:
        chosen = selecting.choice(service, **given)
        if chosen.single and not only_preview:
            _change_one(service, chosen.selection.ids[0], change, _reason(reason), as_json)
            return
        preview = preview_status(select_credentials(service.database, chosen.selection), change)
        if only_preview and as_json:
            print_json(selecting.preview_json(preview))
            return
        if not as_json:
            selecting.show(preview, change.value)
        if only_preview:
            return
        why = _reason(reason)
        selecting.ask(preview, f"{verb} these {len(preview.touched)}?", yes=yes)
        _tell(_change_many(service, preview, change, why), change, as_json)


def _reason(given: str | None) -> str:
    return given if given is not None else str(typer.prompt("Reason (strangers can read it)"))


def _change_one(service: Service, identifier: Any, change: Change, reason: str, as_json: bool) -> None:
    from issuer import status

    does = {
        status.Change.REVOKED: status.revoke,
        status.Change.SUSPENDED: status.suspend,
        status.Change.REINSTATED: status.reinstate,
    }[change]
    done = does(
        service.database, keyring_of(service), credential_id=identifier, reason=reason, actor=actor(), now=clock()
    )
    if as_json:
        print_json({"id": str(done.credential_id), "change": done.change, "at": done.at.isoformat()})
    else:
        say(f"{done.credential_id} is {done.change}; the status list that says so is published.")


def _change_many(service: Service, preview: Preview, change: Change, reason: str) -> list[StatusOutcome]:
    from issuer.bulk_status import change_all

    ids = [one.id for one in preview.touched]
    with progress_bar(change.value.capitalize(), len(ids)) as progress:
        task = progress.task_ids[0]
        return list(
            change_all(
                service.database,
                keyring_of(service),
                credential_ids=ids,
                change=change,
                reason=reason,
                actor=actor(),
                now=clock(),
                progress=lambda done: progress.update(task, completed=done),
            )
        )


def _tell(outcomes: list[StatusOutcome], change: Change, as_json: bool) -> None:
    done = [one for one in outcomes if one.list_id is not None]
    left = [one for one in outcomes if one.list_id is None]
    if as_json:
        print_json(
            {
                "change": change.value,
                "changed": [str(one.credential_id) for one in done],
                "left": [{"id": str(one.credential_id), "why": one.detail} for one in left],
            }
        )
        return
    lists = len({one.list_id for one in done})
    verb = "is" if len(done) == 1 else "are"
    say(f"{len(done)} {verb} {change.value}; {lists} status list{' says' if lists == 1 else 's say'} so now.")
    for one in left:
        say(f"  left as it was: {one.detail}")
