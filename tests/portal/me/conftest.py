"""A company that issues: a program of four levels, Ana with a badge and duties, and six who took the same road."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import event

from issuer import schema_version
from issuer.awards import AwardRequest, Evidence
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.people.directory_import import Missing, import_directory
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import create_initial_keys
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service
from portal.settings import load_settings
from tests.portal.conftest import BASE, Clock
from tests.portal.sign_in.conftest import MAIL, Company
from tests.world import World
from verifier.resolve import DidResolver

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ANA, BEN = "ana@brightmoor.example", "ben@brightmoor.example"
OTHERS = ("cem", "dan", "eve", "fay", "gil", "hal")
PROGRAM = b"""
program: craft
name: Platform craft
time_zone: Europe/Berlin
levels:
  - level: apprentice
    name: Apprentice
    criteria: Works beside a journeyman.
    validity: 12 months
    status: [revocation, suspension]
    recertification: {window: 90 days, grace: 30 days}
  - level: journeyman
    name: Journeyman
    criteria: Builds alone.
    validity: 24 months
    prerequisites: [apprentice]
    evidence:
      - {id: design-note, name: Design note, kind: link}
      - {id: recording, name: Recording of the talk, kind: file, required: false}
    assessment: {assessors: 2, decides: every}
    results:
      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}
  - level: master
    name: Master
    criteria: Teaches.
    prerequisites: [journeyman]
  - level: safety
    name: Safety at work
    criteria: Knows the exits.
    validity: 12 months
    recertification: {window: 60 days, takes: {declaration: I know the exits.}}
    results:
      - {id: quiz, name: Quiz, type: Percent, required: true, passing: 80}
assign:
  - {level: journeyman, to: everyone, required: within 90 days of assignment}
"""


@dataclass
class Workshop(Company):
    """The company, and Ana's credential of the level apprentice. `questions` counts statements while it is open."""

    badge: UUID = field(default_factory=lambda: UUID(int=0))
    statements: list[str] = field(default_factory=list)

    def counted(self) -> list[str]:
        """From now on every statement of the database stands here."""
        engine = self.db.engine
        if not event.contains(engine, "before_cursor_execute", self._note):
            event.listen(engine, "before_cursor_execute", self._note)
        self.statements.clear()
        return self.statements

    def _note(self, _c: object, _u: object, statement: str, *_: object) -> None:
        self.statements.append(statement)

    def award(self, name: str, level: str, day: date, *, evidence: bool = False) -> UUID:
        results = {"journeyman": (("exam", "81"),), "safety": (("quiz", "90"),)}.get(level, ())
        request = AwardRequest(
            PEOPLE[name],
            f"{name}@brightmoor.example",
            "craft",
            level,
            day,
            results=results,
            narrative="Ran the night shift." if evidence else None,
            evidence=(Evidence("https://wiki.brightmoor.example/7", "The migration"),) if evidence else (),
        )
        assert self.service.keyring is not None
        report = issue(
            self.db,
            self.service.keyring,
            issuer=None,
            requests=[request],
            actor="test",
            now=self.clock(),
            randomness=self.random.randbytes,
            source="history",
        )
        return report.credentials[0].id


PEOPLE = {"ana": "Ana Núñez", "ben": "Ben Okafor", **{name: f"{name.title()} Other" for name in OTHERS}}


def directory() -> bytes:
    lines = ["email,name,manager,joined_on"]
    lines += [
        f"{name}@brightmoor.example,{shown},{'ben@brightmoor.example' if name != 'ben' else ''},2025-01-02"
        for name, shown in PEOPLE.items()
    ]
    return "\n".join(lines).encode()


def opened_at(home: Path, keys: Path) -> Workshop:
    """The workshop on what lies in `home`."""
    environment = {"GUILDMARK_BASE_URL": BASE, **MAIL}
    clock = Clock(NOW)
    db = Database(f"sqlite:///{home / 'guildmark.db'}")
    keyring = Keyring(keys, KeyEncryptionKey(b"k" * 32))
    own = OwnDocuments(db, keyring, clock, base_url=BASE, others=World(NOW).fetcher)
    service = Service(
        settings=load_settings(home, environment),
        database=db,
        keyring=keyring,
        clock=clock,
        documents=own,
        resolver=DidResolver(own, allowed_origins=(BASE,)),
    )
    return Workshop(create_app(service), service, clock, Random(str(home)))  # noqa: S311


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    home = tmp_path_factory.mktemp("workshop")
    random = Random("workshop").randbytes  # noqa: S311
    db = Database(f"sqlite:///{home / 'guildmark.db'}")
    keyring = Keyring(home / "keys", KeyEncryptionKey(b"k" * 32))
    schema_version.upgrade(db)
    create_issuer(db, slug="brightmoor", name="Brightmoor Academy", base_url=BASE, actor="test", now=NOW)
    create_initial_keys(db, keyring, issuer="brightmoor", actor="test", now=NOW, randomness=random)
    apply_program(db, issuer=None, definition=read_program(PROGRAM), actor="test", now=NOW)
    import_directory(db, directory(), missing=Missing.KEEP, now=NOW, today=NOW.date(), randomness=random, actor="test")
    db.close()
    shop = opened_at(home, home / "keys")
    badge = shop.award("ana", "apprentice", date(2026, 1, 20), evidence=True)
    for months, name in enumerate(OTHERS, start=2):
        shop.award(name, "apprentice", date(2025, 3, 1))
        shop.award(name, "journeyman", date(2025, 3 + months, 1))
    shop.service.close()
    return home, badge


@pytest.fixture
def workshop(built: tuple[Path, UUID], tmp_path: Path) -> Iterator[Workshop]:
    home, badge = built
    shutil.copy(home / "guildmark.db", tmp_path / "guildmark.db")
    shop = opened_at(tmp_path, home / "keys")
    shop.badge = badge
    yield shop
    shop.service.close()


def words(html: str) -> str:
    """The text of a page's main part, without tags."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#39;", "'").strip()
