"""A company of that size in a database: most of it by COPY, what its pages show whole by the product itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import text

from issuer.awards import AwardRequest, Evidence
from issuer.issue import issue
from issuer.issuer_file import IssuerDefinition
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.sign_in.role_grants import grant_role
from issuer.sign_in.roles import Role
from issuer.store import Database
from keys.keyring import Keyring
from portal.installing import install
from portal.service import open_service
from portal.settings import load_settings
from tests.bench.badges import BASE_URL, NOW
from tests.bench.house import ISSUER, PROJECT
from tests.bench.pages_load.certified import Earned, Level, earned, fill_certified, fill_trail, instant
from tests.bench.pages_load.copying import Copier, copier
from tests.bench.pages_load.crowd import DOZEN, Crowd, Somebody, address_of, id_of
from tests.bench.pages_load.running import fill_running

DAY = NOW.date()
REAL = 16
"""People whose credentials are signed: those of one manager, and as many of the last as it takes."""
ADMIN, ASSESSOR = 3, 5
_PROGRAMS = ("information-security.yaml", "program.yaml", "customer-support.yaml")
_RESULTS = {
    "associate": (("exam", "88"),),
    "agent": (("calls", "3"),),
    "awareness": (("quiz", "90"),),
    "expert": (("board", "distinguished"),),
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How many people and credentials."""

    people: int
    credentials: int


def fill(home: Path, size: Size, *, database_url: str | None, say: Say) -> None:
    """A new installation in `home`, full."""
    begun = time.monotonic()

    def done(what: str) -> None:
        say(f"{time.monotonic() - begun:5.0f} s  {what}")

    definition = IssuerDefinition(slug=ISSUER, name="Brightmoor Academy", url="https://brightmoor.example")
    before = NOW - timedelta(days=5 * 365 + 1)
    install(
        home,
        definition,
        base_url=BASE_URL,
        database_url=database_url,
        passphrase_file=None,
        actor="bench",
        now=before,
    )
    service = open_service(load_settings(home, {}), lambda: NOW)
    assert service.keyring is not None
    try:
        crowd = Crowd(size.people, DAY)
        people = list(crowd.people())
        with copier(service.database) as copy:
            _people(copy, people)
        done(f"{len(people):,} people")
        _programs(service.database, before)
        levels = _levels(service.database)
        real = _real(crowd, people)
        others = [one for one in people if one.number not in {some.number for some in real}]
        all_ = earned(others, levels, size.credentials, DAY)
        done(f"{len(all_):,} credentials made up")
        _fill_certified(service.database, people, all_, levels)
        done("credentials, trail, proposals, mails, works")
        _real_ones(service.database, service.keyring, real)
        _grants(service.database, people)
        done("what the product itself makes")
        with service.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            postgres = connection.dialect.name == "postgresql"
            connection.execute(text("VACUUM (ANALYZE)" if postgres else "ANALYZE"))
        done("analyzed")
    finally:
        service.close()


def _people(copy: Copier, people: Sequence[Somebody]) -> None:
    ids = [one.id for one in people]
    copy.fill(
        "people",
        (
            *("id", "name", "did", "employee_number", "manager_id", "function", "time_zone", "joined_on", "left_on"),
            *("created_at", "erased_at"),
        ),
        (
            (
                *(one.id, one.name, None, f"E{one.number:07}"),
                *(ids[one.manager] if one.manager is not None else None, one.function, None, f"{one.joined_on}"),
                *(f"{one.left_on}" if one.left_on else None, instant(one.joined_on), None),
            )
            for one in people
        ),
    )
    copy.fill(
        "person_addresses",
        ("address", "shown", "person_id", "ordinal"),
        ((one.email, one.email, one.id, 0) for one in people),
    )
    copy.fill(
        "memberships",
        ("person_id", "kind", "name", "since"),
        (
            (one.id, kind, name, f"{one.joined_on}")
            for one in people
            for kind, name in (("team", one.team), ("role", one.role))
            if name is not None
        ),
    )
    groups = sorted({("team", one.team) for one in people} | {("role", one.role) for one in people if one.role})
    copy.fill(
        "groups",
        ("id", "kind", "name", "display_name"),
        ((id_of(9, number), kind, name, name) for number, (kind, name) in enumerate(groups)),
    )


def _programs(db: Database, now: datetime) -> None:
    folder = PROJECT / "examples"
    for name in _PROGRAMS:
        definition = read_program((folder / name).read_bytes(), directory=folder)
        apply_program(db, issuer=ISSUER, definition=definition, actor="bench", now=now)


def _levels(db: Database) -> list[Level]:
    with db.read() as session:
        rows = session.execute(
            text(
                "SELECT a.id, l.id, p.slug, l.slug, a.content, a.rules FROM achievements a "
                "JOIN levels l ON l.id = a.level_id JOIN programs p ON p.id = l.program_id ORDER BY l.position, a.id"
            )
        ).all()
    found = []
    for version, level, program, slug, content, rules in rows:
        said, ruled = (json.loads(one) if isinstance(one, str) else one for one in (content, rules))
        months = int((ruled.get("validity") or {}).get("months", 24))
        found.append(Level(version, level, program, slug, said["name"], months, "suspension" in ruled["status"]))
    return found


def _real(crowd: Crowd, people: Sequence[Somebody]) -> list[Somebody]:
    first = crowd.layers[-1][0]
    reports = people[first : first + DOZEN]
    return [*reports, *[one for one in people[-2 * REAL :] if one.left_on is None][-(REAL - DOZEN) :]]


def _fill_certified(db: Database, people: Sequence[Somebody], all_: Sequence[Earned], levels: Sequence[Level]) -> None:
    assessed = [one for one in levels if one.slug in {"practitioner", "expert", "champion", "senior-agent"}]
    with copier(db) as copy:
        key = copy.value("SELECT min(id) FROM signing_keys WHERE use = 'data-integrity'")
        issuer_id = copy.value("SELECT min(id) FROM issuers")
        fill_certified(copy, all_, issuer_id, list_body=b"{}", key_id=key)
        fill_trail(copy, all_)
        assessors = people[ASSESSOR : ASSESSOR + 40]
        fill_running(copy, people, all_, assessed, assessors, issuer_id, DAY)
        if db.engine.dialect.name == "postgresql":
            for table in ("status_events", "credits", "notices"):
                copy.number_on(table)


def _real_ones(db: Database, keyring: Keyring, real: Sequence[Somebody]) -> None:
    requests = [
        AwardRequest(
            name=one.name,
            email=one.email,
            program=program,
            level=level,
            awarded_on=DAY - timedelta(days=9 + one.number % 300),
            results=_RESULTS[level],
            evidence=(Evidence(url="https://git.brightmoor.example/1", name="The change"),),
            origin=f"row {one.number}",
        )
        for one in real
        for program, level in (("cloud-engineering", "associate"), ("information-security", "awareness"))
    ]
    issue(
        db,
        keyring,
        issuer=ISSUER,
        requests=requests,
        actor="bench",
        now=NOW - timedelta(hours=2),
        randomness=Random(1).randbytes,  # noqa: S311  (the same ids in every run)
        source="learning",
    )


def _grants(db: Database, people: Sequence[Somebody]) -> None:
    roles = [(ADMIN, Role.ADMIN), (ADMIN, Role.AUDITOR)]
    roles += [(ASSESSOR + number, Role.ASSESSOR) for number in range(min(40, len(people) // 20))]
    for number, role in roles:
        grant_role(db, issuer=ISSUER, email=address_of(number), role=role, actor="bench", now=NOW, today=DAY)
