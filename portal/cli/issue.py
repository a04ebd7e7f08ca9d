"""`guildmark issue` and `guildmark resume`: sign what was awarded."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from issuer.errors import AwardsRefused
from portal.cli import given
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import complain, err, issuing_bar, print_json, progress_bar, say

if TYPE_CHECKING:
    from issuer.awards import AwardRequest
    from issuer.errors import Fault
    from issuer.issue import IssueReport
    from portal.service import Service


def issue(
    file: Annotated[
        Path | None, typer.Argument(help="CSV with the columns name, email, program, level, awarded_on, …")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Instead of a file: the person's name.")] = None,
    email: Annotated[str | None, typer.Option(help="… and e-mail address.")] = None,
    program: Annotated[str | None, typer.Option(help="… the program.")] = None,
    level: Annotated[str | None, typer.Option(help="… and the level.")] = None,
    awarded_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="… and the day it was earned; default: today.")
    ] = None,
    result: Annotated[
        list[str] | None, typer.Option(help="… and a result that the level asks for, as id=value, as often as needed.")
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(help="… and what was handed in, as id=https://… or id=./file (its SHA-256 is kept)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write every form of each credential below here.")
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Issue the right rows and report the wrong ones.")
    ] = False,
    background: Annotated[
        bool, typer.Option("--background", help="Have a worker issue them; see `guildmark bulk watch`.")
    ] = False,
    past: Annotated[
        bool,
        typer.Option("--past", help="These were awarded long ago: no prerequisites are asked for, and nobody is told."),
    ] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Issue the awards of a CSV file, or one award; the same award is never issued twice."""
    if background and output is not None:
        raise typer.BadParameter("--output waits for the credentials, and --background does not; give one of them")
    one = (name, email, program, level)
    of_a_person = any(part is not None for part in (*one, awarded_on)) or bool(result) or bool(evidence)
    if (file is None and None in one) or (file is not None and of_a_person):
        raise typer.BadParameter("give a CSV file, or --name, --email, --program and --level for one person")
    with opened(home) as service:
        slug = issuer or service.issuer
        requests, faults = (
            _one(service, one, awarded_on, result or (), evidence or (), slug)
            if file is None
            else _read(service, file, slug)
        )
        if faults and not (skip_invalid and requests):
            faults = [*faults, *_against_rules(service, requests, slug, source=_source(file, past))]
            raise AwardsRefused("The list of awards", faults)
        if background:
            from portal.cli.bulk import begin_issuing

            begin_issuing(service, requests, slug, source=_source(file, past), as_json=as_json)
            _tell_left_out(faults)
            return
        if output is not None:
            _require_writable(output)
        report = _issue(service, requests, slug, source=_source(file, past))
        written = _export(service, report, output) if output else None
    _tell(report, faults, written, as_json)
    if not past:
        _tell_expired(report)


def _against_rules(
    service: Service, requests: Sequence[AwardRequest], issuer: str | None, *, source: str
) -> Sequence[Fault]:
    """What the levels' rules have against the rows that are right by themselves: who mends a list mends it once."""
    from issuer.assessment.allowed import faults_of_requests

    return faults_of_requests(service.database, issuer, requests, source=source, now=clock())


def _source(file: Path | None, past: bool) -> str:
    if past:
        return "history"
    return "csv" if file else "command line"


def _read(service: Service, file: Path, issuer: str | None) -> tuple[Sequence[AwardRequest], Sequence[Fault]]:
    from issuer.awards_csv import read_awards_csv
    from issuer.programs import load_catalogue

    reading = read_awards_csv(file.read_bytes(), catalogue=load_catalogue(service.database, issuer), now=clock())
    return reading.requests, reading.faults


def _one(
    service: Service,
    one: tuple[str | None, ...],
    awarded_on: datetime | None,
    results: Sequence[str],
    evidence: Sequence[str],
    issuer: str | None,
) -> tuple[Sequence[AwardRequest], Sequence[Fault]]:
    """One person's award; without a day it was earned today, in the program's own time zone."""
    from issuer.awards import AwardRequest
    from issuer.programs import load_catalogue

    name, email, program, level = (part or "" for part in one)
    found = load_catalogue(service.database, issuer).find(program, level)
    zone = found.zone if found is not None else service.settings.zone
    day = (awarded_on or clock().astimezone(zone)).date()
    request = AwardRequest(
        name=name,
        email=email,
        program=program,
        level=level,
        awarded_on=day,
        results=tuple(map(given.result, results)),
        evidence=tuple(map(given.evidence, evidence)),
    )
    return [request], ()


def _issue(service: Service, requests: Sequence[AwardRequest], issuer: str | None, source: str) -> IssueReport:
    from issuer.issue import issue as issue_awards

    with issuing_bar("Issuing", len(requests)) as progress:
        return issue_awards(
            service.database,
            keyring_of(service),
            issuer=issuer,
            requests=requests,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
            source=source,
            progress=progress,
        )


def _require_writable(directory: Path) -> None:
    """Find out before anything is issued. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        pass


def _export(service: Service, report: IssueReport, output: Path) -> int:
    from portal.export import export_credential

    written = 0
    with progress_bar("Writing", len(report.credentials)) as progress:
        for one in report.credentials:
            written += len(export_credential(service, one.id, output))
            progress.advance(progress.task_ids[0])
    return written


def _tell(report: IssueReport, faults: Sequence[Fault], written: int | None, as_json: bool) -> None:
    if as_json:
        members: dict[str, Any] = {
            "issued": [_as_json(one) for one in report.new],
            "already": [_as_json(one) for one in report.already],
            "skipped": [str(fault) for fault in faults],
        }
        print_json(members)
        return
    say(f"Issued {len(report.new)}; {len(report.already)} had been issued before.")
    for one in report.new[:20]:
        say(f"  {one.name}  {one.achievement_name}  {one.url}")
    if len(report.new) > 20:
        say(f"  … and {len(report.new) - 20} more: see `guildmark list`")
    if written is not None:
        say(f"Wrote {written} files.")
    _tell_left_out(faults)


def _tell_expired(report: IssueReport) -> None:
    """A year that was mistyped shows in nothing else."""
    now = clock()
    expired = [one for one in report.new if one.valid_until is not None and one.valid_until < now]
    if expired:
        first = f"“{expired[0].achievement_name}” of {expired[0].name}"
        told = f"{first} has" if len(expired) == 1 else f"{len(expired)} have"
        others = "" if len(expired) == 1 else f", such as {first}"
        complain(f"{told} expired already{others}. Look at the day it was earned; awards from long ago take --past.")


def _tell_left_out(faults: Sequence[Fault]) -> None:
    if faults:
        complain("left out because of --skip-invalid:")
        for fault in faults:
            err.print(f"  {fault}", markup=False, soft_wrap=True)


def _as_json(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "url": one.url,
        "name": one.name,
        "email": one.email,
        "program": one.program,
        "level": one.level,
        "validFrom": one.valid_from.isoformat(),
        "validUntil": one.valid_until.isoformat() if one.valid_until else None,
        "origin": one.origin,
    }


def resume(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Finish what a crash left half done; what cannot be finished becomes void."""
    from issuer.issue import resume as resume_issuing

    with opened(home) as service, issuing_bar("Resuming", 0) as progress:
        report = resume_issuing(service.database, keyring_of(service), actor=actor(), now=clock(), progress=progress)
    if as_json:
        print_json({"finished": [str(one) for one in report.finished], "void": [str(one) for one in report.voided]})
    else:
        say(f"Finished {len(report.finished)}, made {len(report.voided)} void.")
        if report.superseded:
            say(f"Revoked {len(report.superseded)} that had been corrected.")
