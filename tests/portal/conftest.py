"""A house that really issues: database, keys, the program of `examples/`, people, and the web application on it."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest
import structlog
from httpx2 import Response
from starlette.testclient import TestClient

from issuer import schema_version
from issuer.api_tokens import Role, create_token
from issuer.awards import AwardRequest, Evidence
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.programs import apply_program
from issuer.signing_keys import create_initial_keys
from issuer.status import revoke, suspend
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service, own_origin
from portal.settings import load_settings
from tests.examples import example_program
from tests.world import World
from verifier.resolve import DidResolver

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BASE = "https://badges.brightmoor.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}

PEOPLE = {
    "valid": ("Zoë Kjærsgaard", "practitioner", date(2026, 10, 9)),
    "expired": ("Łukasz Wójcik", "practitioner", date(2024, 1, 5)),
    "revoked": ("فاطمة الزهراء بنت عبد الرحمن المنصوري", "practitioner", date(2026, 2, 3)),
    "suspended": ("田中 さくら", "expert", date(2026, 3, 4)),
}
RESULTS = {
    "practitioner": (("exam", "88"), ("practice", "proficient")),
    "expert": (("board", "distinguished"),),
}


def headers_of(answer: Response) -> dict[str, str]:
    """The headers, but for the request's id, which is another one each time."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


def content_of(answer: Response) -> bytes:
    """The content, but for the request's id, which a problem names."""
    return answer.content.replace(answer.headers["x-request-id"].encode(), b"")


@dataclass
class Clock:
    """An instant that only tests move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """The application and what it was made of. `ids` are the credentials of PEOPLE."""

    service: Service
    clock: Clock
    world: World
    token: str
    ids: dict[str, str] = field(default_factory=dict)

    def client(self) -> TestClient:
        return TestClient(create_app(self.service), base_url=BASE, follow_redirects=False)


def build_house(home: Path, base_url: str = BASE) -> House:
    """A house in `home` at `base_url`, with a credential of every standing."""
    built = _built_at(base_url)
    shutil.copytree(built.home, home, dirs_exist_ok=True)
    return replace(_opened(home, base_url, Clock(NOW)), token=built.token, ids=dict(built.ids))


@dataclass(frozen=True)
class _Built:
    """A house that is finished and closed: others are copies of it."""

    home: Path
    token: str
    ids: dict[str, str]


@cache
def _built_at(base_url: str) -> _Built:
    home = Path(mkdtemp(prefix="guildmark-house-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    house = _build(home, base_url)
    house.service.close()
    return _Built(home, house.token, house.ids)


def _opened(home: Path, base_url: str, clock: Clock) -> House:
    """The house in `home`; whose token it is and what it issued is for others to say."""
    settings = load_settings(home, {"GUILDMARK_BASE_URL": base_url, "GUILDMARK_TIME_ZONE": "Europe/Copenhagen"})
    db, keyring = Database(settings.database), Keyring(settings.keys, KeyEncryptionKey(b"k" * 32))
    world = World(NOW)
    own = OwnDocuments(db, keyring, clock, base_url=base_url, others=world.fetcher)
    service = Service(
        settings=settings,
        database=db,
        keyring=keyring,
        clock=clock,
        documents=own,
        resolver=DidResolver(own, allowed_origins=own_origin(base_url)),
    )
    return House(service, clock, world, token="")


def _build(home: Path, base_url: str) -> House:
    random = Random(1)  # noqa: S311
    house = _opened(home, base_url, Clock(NOW - timedelta(days=30)))
    db, keyring, clock = house.service.database, house.service.keyring, house.clock
    assert keyring is not None
    schema_version.upgrade(db)
    create_issuer(
        db,
        slug="brightmoor",
        name="Brightmoor Academy",
        base_url=base_url,
        url="https://brightmoor.example",
        description="Certifications of the people who run Brightmoor’s platforms.",
        actor="test",
        now=clock(),
    )
    create_initial_keys(db, keyring, issuer="brightmoor", actor="test", now=clock(), randomness=random.randbytes)
    apply_program(db, issuer="brightmoor", definition=example_program(), actor="test", now=clock())
    token = create_token(
        db,
        issuer="brightmoor",
        name="learning",
        role=Role.ISSUE,
        actor="test",
        now=clock(),
        randomness=random.randbytes,
    )
    house.token = token.secret
    _issue_people(house, random)
    return house


def _issue_people(house: House, random: Random) -> None:
    service, keyring = house.service, house.service.keyring
    assert keyring is not None
    requests = [
        AwardRequest(
            name=name,
            email=f"{standing}@brightmoor.example",
            program="cloud-engineering",
            level=level,
            awarded_on=day,
            results=RESULTS[level],
            origin=standing,
            evidence=(Evidence("https://change.brightmoor.example/reviews/417", "Warm standby for booking"),),
        )
        for standing, (name, level, day) in PEOPLE.items()
    ]
    report = issue(
        service.database,
        keyring,
        issuer="brightmoor",
        requests=requests,
        actor="test",
        now=service.clock(),
        randomness=random.randbytes,
        source="history",
    )
    house.ids = {one.origin: str(one.id) for one in report.credentials}
    ids = {one.origin: one.id for one in report.credentials}
    house.clock.now += timedelta(days=2)
    revoke(
        service.database,
        keyring,
        credential_id=ids["revoked"],
        actor="test",
        now=service.clock(),
        reason="issued in error: the exam was taken by another person of the same name",
    )
    suspend(
        service.database,
        keyring,
        credential_id=ids["suspended"],
        actor="test",
        now=service.clock(),
        reason="the yearly safety training is overdue",
    )


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Tracebacks as plain text: the development renderer takes half a minute over one."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = build_house(tmp_path_factory.mktemp("home"))
    yield house
    house.service.close()


@pytest.fixture(scope="session")
def client(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        yield client
