"""`guildmark program simulate`: what will happen to whom if nobody acts, and what new rules would change in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal.cli.happening_words import KINDS, what_happens
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, clock, opened
from portal.cli.terminal import print_json, say
from portal.spreadsheet import harmless

if TYPE_CHECKING:
    from issuer.people.directory import PeopleFilter
    from issuer.people.simulation import Comparison, Difference, Simulation
    from issuer.recertification.timeline import Happening
    from portal.service import Service

_MARKS = {"appears": "+", "vanishes": "-", "moves": ">"}


def simulate(
    program: Annotated[str | None, typer.Argument(help="Only this program; default: all of them.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Through this day; default: a year from now.")
    ] = None,
    length: Annotated[str | None, typer.Option("--for", help="Or for so long, like “12 months”.")] = None,
    person: Annotated[str | None, typer.Option(help="Only this person, by an e-mail address.")] = None,
    team: Annotated[str | None, typer.Option(help="Only this team.")] = None,
    changes: Annotated[
        Path | None, typer.Option(help="A program's file that is not yet applied: show what its rules would change.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="List at most so many happenings; 0: all.")] = 100,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the whole list as CSV.")] = False,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Show what time alone will do over the coming year: windows, reminders, escalations, expiry, and what follows.

    Nothing is changed and nobody is told. The same rules that this shows are those that act when the day comes.
    """
    if (until is not None and length is not None) or (as_csv and as_json) or (program is not None and changes):
        raise typer.BadParameter("give either --until or --for, --csv or --json, a program or --changes")
    with opened(home) as service:
        now = clock()
        end = _end(service, now, until, length)
        filter_ = _whom(service, person, team)
        slug = issuer or service.issuer
        if changes is not None:
            _compared(service, slug, changes, now, end, filter_, limit, as_json, as_csv)
            return
        from issuer.people.simulation import simulate as run

        future = run(service.database, slug, start=now, end=end, program=program, filter_=filter_)
    if as_json:
        print_json(_future_json(future))
    elif as_csv:
        _print_csv([_row(one, future) for one in future.happenings])
    else:
        _tell_future(future, limit)


def _end(service: Service, now: datetime, until: datetime | None, length: str | None) -> datetime:
    from issuer.validity import last_day, parse_validity, start_of_day, today

    zone = service.settings.zone
    if until is not None:
        return start_of_day(until.date() + timedelta(days=1), zone)
    try:
        found = parse_validity(length or "12 months")
    except ValueError as error:
        raise typer.BadParameter(f"--for: {error}") from None
    if found is None:
        raise typer.BadParameter("--for: write it as 12 months or 90 days")
    return start_of_day(last_day(today(now, zone), found) + timedelta(days=1), zone)


def _whom(service: Service, person: str | None, team: str | None) -> PeopleFilter:
    from issuer.people.directory import PeopleFilter, required_person

    if person is None:
        return PeopleFilter(team=team)
    with service.database.read() as session:
        return PeopleFilter(person_id=required_person(session, person).id, team=team)


def _compared(
    service: Service,
    issuer: str | None,
    changes: Path,
    now: datetime,
    end: datetime,
    filter_: PeopleFilter,
    limit: int,
    as_json: bool,
    as_csv: bool,
) -> None:
    from issuer.people.simulation import compare
    from issuer.program_file import read_program

    definition = read_program(changes.read_bytes(), directory=changes.parent)
    found = compare(service.database, issuer, definition, start=now, end=end, filter_=filter_)
    if as_json:
        both = {"now": _future_json(found.now, whole=False), "then": _future_json(found.then, whole=False)}
        print_json({**both, "differences": [_difference_json(one, found) for one in found.differences]})
    elif as_csv:
        rows = [{"change": one.change.value, "before": _day(one.before), **_row(one.happening, found.then)}
                for one in found.differences]  # fmt: skip
        _print_csv(rows)
    else:
        _tell_comparison(found, definition.name, limit)


def _tell_future(future: Simulation, limit: int) -> None:
    say(f"If nobody acts: {_span(future)}")
    if not future.happenings:
        say("\nNothing happens.")
        return
    say("")
    _tell_months(future, None)
    say("")
    _tell_list([_line(one, future) for one in future.happenings], limit)


def _tell_comparison(found: Comparison, name: str, limit: int) -> None:
    from issuer.people.simulation import Change

    say(f"What the new rules of {name} would change, if nobody acts: {_span(found.now)}")
    if not found.differences:
        say("\nNothing: they make no difference in that time.")
        return
    say("\nEach month: how many there would be, and by how many that is more or fewer than with the present rules.\n")
    _tell_months(found.then, found.now)
    counts = {change: sum(one.change is change for one in found.differences) for change in Change}
    people = len({one.happening.person_id for one in found.differences})
    whom = "1 person" if people == 1 else f"{people} people"
    say(
        f"\n{counts[Change.APPEARS]} appear (+), {counts[Change.VANISHES]} vanish (-), {counts[Change.MOVES]} move "
        f"(>): {whom} would see a difference. Whom the file assigns its levels to is not part of it.\n"
    )
    _tell_list([_difference_line(one, found) for one in found.differences], limit)


def _span(future: Simulation) -> str:
    people = f"{future.covered} {'person' if future.covered == 1 else 'people'}"
    last = future.end - timedelta(seconds=1)
    touched = len({one.person_id for one in future.happenings})
    return f"{people} from {future.start:%Y-%m-%d} to {last:%Y-%m-%d}, {touched} of whom something happens to."


def _tell_months(future: Simulation, before: Simulation | None) -> None:
    """A table of months and kinds, without the kinds that never happen; with what changed, if there is a before."""
    earlier = dict(before.months()) if before is not None else {}
    months = [(month, counts, earlier.get(month)) for month, counts in future.months()]
    kinds = [what for what in KINDS if any(counts[what] or (old and old[what]) for _, counts, old in months)]
    rows = [["", *(KINDS[what] for what in kinds)]]
    for month, counts, old in months:
        rows.append([month, *(_cell(counts[what], old[what] if old is not None else None) for what in kinds)])
    totals = [sum(counts[what] for _, counts, _ in months) for what in kinds]
    befores = [sum(old[what] for _, _, old in months if old is not None) for what in kinds]
    rows.append(
        ["total", *(_cell(new, was if before is not None else None) for new, was in zip(totals, befores, strict=True))]
    )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        say(f"{row[0]:<{widths[0]}}  {'  '.join(cells)}".rstrip())


def _cell(count: int, before: int | None) -> str:
    if before is None or before == count:
        return str(count) if count else "."
    return f"{count} ({count - before:+d})"


def _tell_list(lines: Sequence[str], limit: int) -> None:
    shown = lines[:limit] if limit else lines
    for line in shown:
        say(line)
    if len(shown) < len(lines):
        say(f"… and {len(lines) - len(shown)} more: --limit 0 lists all, --csv prints them for a spreadsheet.")


def _line(one: Happening, future: Simulation) -> str:
    person = future.people[one.person_id]
    words = what_happens(one, future.names, managed=person.manager_id is not None)
    return f"{one.on}  {person.name}: {words}"


def _difference_line(one: Difference, found: Comparison) -> str:
    line = f"{_MARKS[one.change.value]} {_line(one.happening, found.then)}"
    moved = one.before is not None and one.after is not None
    return f"{line} (instead of on {one.before.on})" if moved and one.before is not None else line


def _row(one: Happening, future: Simulation) -> dict[str, Any]:
    person = future.people[one.person_id]
    return {
        "on": one.on.isoformat(),
        "at": one.at.isoformat(),
        "what": one.what.value,
        "name": person.name,
        "email": person.email,
        "level": str(one.level),
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "days": one.distance,
        "required": one.required,
        "effect": one.effect.value if one.effect else None,
        "because": str(one.because) if one.because else None,
        "credential": str(one.credential_id) if one.credential_id else None,
        "person": str(one.person_id),
    }


def _future_json(future: Simulation, *, whole: bool = True) -> dict[str, Any]:
    months = [
        {"month": month, **{what.value: counts[what] for what in KINDS if counts[what]}}
        for month, counts in future.months()
    ]
    span = {"from": future.start.isoformat(), "until": future.end.isoformat(), "people": future.covered}
    members: dict[str, Any] = {**span, "months": months}
    if whole:
        members["happenings"] = [_row(one, future) for one in future.happenings]
    return members


def _difference_json(one: Difference, found: Comparison) -> dict[str, Any]:
    return {
        "change": one.change.value,
        "before": _row(one.before, found.now) if one.before is not None else None,
        "after": _row(one.after, found.then) if one.after is not None else None,
    }


def _day(one: Happening | None) -> str | None:
    return one.on.isoformat() if one is not None else None


def _print_csv(rows: Sequence[dict[str, Any]]) -> None:
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    typer.echo(text.getvalue(), nl=False)
