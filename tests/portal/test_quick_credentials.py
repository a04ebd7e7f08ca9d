"""The short way to a credential's page answers as the route does; what is kept says what is true after each commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from issuer.catalogue import find_credential
from issuer.credential_facts import credential_facts, newest_id, newest_of
from issuer.errors import DatabaseUnreachable
from issuer.program_file import read_program
from issuer.program_overview import level_place
from issuer.programs import apply_program
from issuer.short_questions import ShortQuestions
from issuer.store import Database
from portal.memory import Memory
from portal.quick_credentials import QuickCredentials
from portal.verifying.desk import Desk
from tests.examples import EXAMPLES
from tests.portal.conftest import BROWSER, NOW, House, build_house, headers_of
from tests.portal.test_kept_answers import one_more


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, since these tests change what others look at."""
    house = build_house(tmp_path_factory.mktemp("quick"))
    yield house
    house.service.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question was answered the short way, in order."""
    answered: list[bool] = []
    whole = QuickCredentials._answer

    async def noted(self: QuickCredentials, *given: object) -> object:
        answer = await whole(self, *given)  # type: ignore[arg-type]
        answered.append(answer is not None)
        return answer

    monkeypatch.setattr(QuickCredentials, "_answer", noted)
    return answered


@pytest.mark.parametrize("standing", ["valid", "expired", "revoked", "suspended"])
def test_the_short_way_makes_the_page_of_the_route(house: House, quick: list[bool], standing: str) -> None:
    path = f"/credentials/{house.ids[standing]}"
    with house.client() as client:
        for _ in range(2):  # the first visit signs an old status list anew, the second leaves in memory what it reads
            by_route = client.get(f"{path}?", headers=BROWSER)
        house.service.documents.memory._entries.pop(("answer", path, BROWSER["Accept"].encode(), "en"), None)
        by_short_way = client.get(path, headers=BROWSER)
    assert quick[-1]
    assert (by_short_way.status_code, by_short_way.text) == (200, by_route.text)
    assert headers_of(by_short_way) == headers_of(by_route)


def test_who_is_in_haste_waits_for_no_catalogue(own: House, quick: list[bool]) -> None:
    """The first page of a level is made by the route, which may read; the next is quick, and so is a new badge's."""
    own.service.documents.memory.close()
    with own.client() as client:
        for identifier in (own.ids["valid"], own.ids["valid"], str(one_more(own, 71))):
            assert client.get(f"/credentials/{identifier}", headers=BROWSER).status_code == 200
    assert not quick[0]
    assert quick[-1]


def test_facts_are_those_of_the_whole_record(own: House) -> None:
    service = own.service
    for identifier in [*map(UUID, own.ids.values()), one_more(own, 72)]:
        facts, view = (
            credential_facts(service.documents.questions, identifier),
            find_credential(service.database, identifier),
        )
        assert facts is not None
        assert view is not None
        assert view.achievement is not None
        record, level = view.record, view.achievement
        assert (facts.id, facts.award_id, facts.awarded_on) == (record.id, view.award_id, record.awarded_on)
        for name in (
            "valid_from",
            "valid_until",
            "revoked_at",
            "revocation_reason",
            "suspended_at",
            "suspension_reason",
        ):
            assert getattr(facts, name) == getattr(record, name), name
        assert (facts.achievement, facts.version, facts.zone) == (level.public_id, level.version, level.zone)
        for day in range(0, 2_000, 100):
            at = NOW + timedelta(days=day)
            assert facts.standing(at) is view.standing(at)
        newest = newest_of(service.documents.questions, facts)
        assert (facts.predecessor, newest.id if newest else None) == (view.predecessor, view.successor)
        assert newest_id(service.documents.questions, identifier) == view.successor
    assert credential_facts(service.documents.questions, UUID(int=7)) is None
    assert newest_id(service.documents.questions, UUID(int=7)) is None


def test_a_program_shows_at_once_and_other_commits_leave_its_pages_alone(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[UUID] = []

    def counted(db: Database, achievement_id: UUID, version: str | None) -> object:
        made.append(achievement_id)
        return level_place(db, achievement_id, version)

    monkeypatch.setattr("portal.recalled.level_place", counted)
    path = f"/credentials/{own.ids['valid']}"
    with own.client() as client:
        before = client.get(path, headers=BROWSER).text
        made.clear()
        for number in (73, 74):
            one_more(own, number)
            assert client.get(path, headers=BROWSER).text == before
        assert not made, "nothing that it is made of was changed"
        text = (EXAMPLES / "program.yaml").read_bytes().replace(b"name: Cloud Engineering", b"name: Cloud Making", 1)
        definition = read_program(text, directory=EXAMPLES).model_copy(update={"assign": ()})
        elsewhere = Database(own.service.settings.database)
        apply_program(elsewhere, issuer=None, definition=definition, actor="test", now=own.clock())
        elsewhere.close()
        after = client.get(path, headers=BROWSER).text
    assert made
    assert "Cloud Making" in after
    assert "Cloud Making" not in before


def test_what_was_made_while_something_was_committed_is_not_kept_beyond_it(own: House) -> None:
    memory = Memory(own.service.documents.memory.mark)
    elsewhere = Database(own.service.settings.database)

    commits = count(1)

    def commit() -> str:
        with elsewhere.write() as session:
            session.connection().exec_driver_sql(f"PRAGMA user_version = {next(commits)}")
        return "between"

    always = {"size": len, "still": lambda _: True}
    assert memory.recall("it", commit, **always) == "between"  # type: ignore[arg-type]
    assert memory.recall("it", lambda: "after", **always) == "after"  # type: ignore[arg-type]
    commit()
    assert memory.recall("it", lambda: "later", **always) == "after", "it is still so"  # type: ignore[arg-type]
    assert memory.recall("it", lambda: "later", size=len) == "after", "and now of this state"
    commit()
    assert memory.recall("it", lambda: "later", size=len, still=lambda _: False) == "later"
    elsewhere.close()


def test_a_database_that_is_away_is_said_to_be_and_found_again(own: House) -> None:
    questions = ShortQuestions(own.service.database)
    identifier = UUID(own.ids["valid"])
    first = credential_facts(questions, identifier)
    questions._connection.driver_connection.close()
    assert credential_facts(questions, identifier) == first, "by the ordinary way"
    assert credential_facts(questions, identifier) == first
    questions.close()
    nowhere = ShortQuestions(Database("sqlite:////nowhere/at/all.db"))
    with pytest.raises(DatabaseUnreachable, match="nowhere"):
        credential_facts(nowhere, identifier)


def test_a_familiar_badge_is_verified_by_its_bytes_and_nothing_else_passes_for_one(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    familiar: list[bool] = []
    whole = Desk.verify_familiar

    async def noted(self: Desk, document: bytes) -> object:
        result = await whole(self, document)
        familiar.append(result is not None)
        return result

    monkeypatch.setattr(Desk, "verify_familiar", noted)
    bodies = [own.client().get(f"/credentials/{one_more(own, number)}.json").content for number in range(75, 80)]
    with own.client() as client:
        desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
        for body in bodies:
            _ask(client, body)
            if desk._shapes._learning is not None:
                client.portal.call(_over, desk)  # type: ignore[union-attr]
        familiar.clear()
        assert json.loads(_ask(client, bodies[0]))["status"] == "valid"
        assert familiar == [True]
        by_name = client.post("/api/verify", json={"credential": json.loads(bodies[0]), "recipient": None})
        assert by_name.content == _ask(client, bodies[0])
        forged = bodies[0].replace(b"Ana 75", b"Bob 75")
        assert json.loads(_ask(client, forged))["status"] == "invalid"
        for content in (
            b'{"credential":' + bodies[0] + b',"credential":' + bodies[1] + b"}",
            b'{"credential":' + bodies[0] + b',"text":"x"}',
            b'{"credential":' + bodies[0] + b"}}",
            b'{"credential":' + bodies[0] + b'} "',
        ):
            assert client.post("/api/verify", content=content, headers=_JSON).status_code == 400, content[-60:]


_DATES = ("valid_from", "valid_until", "revoked_at", "revocation_reason", "suspended_at", "suspension_reason")
_JSON = {"Content-Type": "application/json"}


def _ask(client: TestClient, body: bytes) -> bytes:
    answer = client.post("/api/verify", content=b'{"credential":' + body + b"}", headers=_JSON)
    assert answer.status_code == 200
    return answer.content


async def _over(desk: Desk) -> None:
    """Whatever is being learned is learned."""
    if desk._shapes._learning is not None:
        await desk._shapes._learning
