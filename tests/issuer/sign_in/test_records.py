"""What is kept of people who sign in, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest

from issuer import audit
from issuer.errors import Unknown
from issuer.issuers import create_issuer
from issuer.messages import delivery
from issuer.people.directory import UnknownPerson, leave, required_person
from issuer.people.directory_import import Missing, import_directory
from issuer.sign_in.identities import person_of_identity
from issuer.sign_in.one_time_links import ask_for_link, fill_in, is_good, take_link
from issuer.sign_in.rates import Rate, count, within
from issuer.sign_in.refusals import Departed, Stranger
from issuer.sign_in.role_grants import grant_role, names_of, revoke_role, role_grants
from issuer.sign_in.roles import Role, people_below
from issuer.sign_in.sessions import (
    Entry,
    Limits,
    NewSession,
    begin_session,
    end_session,
    find_session,
    list_sessions,
    note_use,
    sign_out,
)
from issuer.sign_in.starts import LENGTH, begin_start, take_start
from issuer.store import Database
from tests.issuer.conftest import NOW

TODAY = NOW.date()
LIMITS = Limits(timedelta(hours=8), timedelta(days=7))
RANDOM = Random(5).randbytes  # noqa: S311  (the same in every run)
PEOPLE = """\
email,name,manager
ana@acme.example,Ana Núñez,
ben@acme.example,Ben,ana@acme.example
cleo@acme.example,Cleo,ben@acme.example
dora@acme.example,Dora,cleo@acme.example
"""


@pytest.fixture
def db(database: Database) -> Database:
    create_issuer(database, slug="acme", name="Acme", base_url="http://localhost:8000", actor="test", now=NOW)
    create_issuer(database, slug="other", name="Other", base_url="http://localhost:8000", actor="test", now=NOW)
    import_directory(
        database,
        PEOPLE.encode(),
        missing=Missing.KEEP,
        now=NOW,
        today=TODAY,
        randomness=RANDOM,
        actor="test",
    )
    return database


def id_of(db: Database, name: str) -> UUID:
    with db.read() as session:
        return required_person(session, f"{name}@acme.example").id


def begin(db: Database, name: str, issuer: str = "acme", **entry: object) -> NewSession:
    return begin_session(
        db,
        issuer=issuer,
        person_id=id_of(db, name),
        entry=Entry("Firefox", **entry),  # type: ignore[arg-type]
        limits=LIMITS,
        now=NOW,
        today=TODAY,
        randomness=RANDOM,
    )


def grant(db: Database, name: str, role: Role, issuer: str = "acme", today: date = TODAY) -> bool:
    return grant_role(db, issuer=issuer, email=f"{name}@acme.example", role=role, actor="test", now=NOW, today=today)


def test_a_session_is_found_by_its_token_for_its_issuer(db: Database) -> None:
    new = begin(db, "ben", provider="https://login.example", provider_session="s", roles=frozenset({Role.AUDITOR}))
    assert new.token not in repr(new)
    found = find_session(db, issuer="acme", token=new.token, today=TODAY)
    assert found is not None
    assert (found.name, found.person_id, found.roles) == ("Ben", id_of(db, "ben"), {Role.MANAGER, Role.AUDITOR})
    assert find_session(db, issuer="other", token=new.token, today=TODAY) is None
    assert find_session(db, issuer="acme", token=new.token[:-1] + "A", today=TODAY) is None
    assert found.holds(NOW + timedelta(hours=7), TODAY)
    assert not found.holds(NOW + timedelta(hours=8), TODAY)
    assert not end_session(db, person_id=id_of(db, "ana"), session_id=found.id), "it is none of hers"
    assert end_session(db, person_id=found.person_id, session_id=found.id)
    assert find_session(db, issuer="acme", token=new.token, today=TODAY) is None


def test_use_puts_the_end_off_but_not_for_ever(db: Database) -> None:
    new = begin(db, "ana")
    for hours in (7, 14):
        view = find_session(db, issuer="acme", token=new.token, today=TODAY)
        assert view is not None
        note_use(db, view, limits=LIMITS, now=NOW + timedelta(hours=hours))
    [view] = list_sessions(db, issuer="acme", person_id=view.person_id, now=NOW + timedelta(hours=14))
    assert view.idle_until == NOW + timedelta(hours=22)
    note_use(db, view, limits=LIMITS, now=NOW + timedelta(days=6, hours=23))
    [view] = list_sessions(db, issuer="acme", person_id=view.person_id, now=NOW + timedelta(days=6, hours=23))
    assert view.idle_until == view.ends_at == NOW + timedelta(days=7)


def test_roles_are_of_one_issuer_and_stand_in_the_trail(db: Database) -> None:
    assert grant(db, "cleo", Role.ADMIN)
    assert not grant(db, "cleo", Role.ADMIN), "he is already"
    grant(db, "ben", Role.AUDITOR)
    mine, others = begin(db, "cleo"), begin(db, "cleo", "other")
    for new, issuer, roles in ((mine, "acme", {Role.MANAGER, Role.ADMIN}), (others, "other", {Role.MANAGER})):
        view = find_session(db, issuer=issuer, token=new.token, today=TODAY)
        assert view is not None
        assert view.roles == roles
    assert [(one.name, one.role, one.email) for one in role_grants(db, issuer="acme")] == [
        ("Cleo", Role.ADMIN, "cleo@acme.example"),
        ("Ben", Role.AUDITOR, "ben@acme.example"),
    ]
    assert names_of(db, issuer="acme", role=Role.ADMIN, today=TODAY) == ("Cleo",)
    revoke_role(db, issuer="acme", email="cleo@acme.example", role=Role.ADMIN, actor="test", now=NOW)
    with pytest.raises(Unknown, match="was not given the role admin"):
        revoke_role(db, issuer="acme", email="cleo@acme.example", role=Role.ADMIN, actor="test", now=NOW)
    sign_out(db, email="cleo@acme.example", actor="test", now=NOW)
    told = [one for one in audit.events(db, subject=f"person:{id_of(db, 'cleo')}") if one.action != "person entered"]
    assert [one.action for one in told][-3:] == ["role granted", "role revoked", "sessions ended"]
    assert "cleo@" not in str(told)
    assert audit.verify(db).whole


def test_who_left_gets_no_role_and_no_session(db: Database) -> None:
    leave(db, "dora@acme.example", on=TODAY - timedelta(days=1), actor="test", now=NOW)
    with pytest.raises(Departed, match="Dora is not with the company any more"):
        grant(db, "dora", Role.ADMIN)
    with pytest.raises(Departed):
        begin(db, "dora")
    with pytest.raises(UnknownPerson):
        grant(db, "eve", Role.ADMIN)


def test_everyone_below_a_manager(db: Database) -> None:
    with db.read() as session:
        assert people_below(session, id_of(db, "ben")) == {id_of(db, "cleo"), id_of(db, "dora")}
        assert people_below(session, id_of(db, "ana")) == {id_of(db, one) for one in ("ben", "cleo", "dora")}
        assert people_below(session, id_of(db, "dora")) == set()


def test_an_identity_is_linked_by_a_verified_address_once(db: Database) -> None:
    def who(subject: str, email: str | None) -> UUID:
        return person_of_identity(db, provider="https://p", subject=subject, email=email, now=NOW, today=TODAY)

    for email in (None, "eve@acme.example"):
        with pytest.raises(Stranger):
            who("a", email)
    assert who("a", " ANA@acme.example") == id_of(db, "ana")
    assert who("a", None) == who("a", "ben@acme.example") == id_of(db, "ana"), "the subject says it from now on"
    told = audit.events(db, subject=f"person:{id_of(db, 'ana')}")
    assert [one.details for one in told if one.action == "identity linked"] == [{"provider": "https://p"}]


def test_a_start_is_taken_once_by_its_browser_in_time(db: Database) -> None:
    def start(state: str) -> None:
        begin_start(db, state=state, browser="b", next_="/me", now=NOW)

    start("one")
    assert take_start(db, state="one", browser="another", now=NOW) is None
    assert take_start(db, state="one", browser="b", now=NOW) == "/me"
    assert take_start(db, state="one", browser="b", now=NOW) is None
    start("two")
    assert take_start(db, state="two", browser="b", now=NOW + LENGTH) is None


def test_a_link_is_taken_by_one_of_many_at_once(db: Database) -> None:
    token = mailed(db)
    assert is_good(db, token, now=NOW)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: take_link(db, token, now=NOW), range(8)))
    assert [one.person_id for one in taken if one is not None] == [id_of(db, "ana")]


def mailed(db: Database) -> str:
    """The token in a mail to Ana, as the mail server gets it."""
    asked = ask_for_link(
        db,
        issuer="acme",
        address="ana@acme.example",
        next_="/me",
        now=NOW,
        today=TODAY,
        randomness=RANDOM,
    )
    assert asked is not None
    assert delivery.claim(db, worker="w", now=NOW, time_zone="UTC", only=UUID(int=1)) == ()
    assert delivery.claim(db, worker="w", now=NOW, time_zone="UTC", only=asked) == (asked,)
    message = delivery.read_claimed(db, asked, worker="w")
    assert message is not None
    filled = fill_in(db, message, base_url="http://localhost:8000", now=NOW, randomness=RANDOM)
    assert filled is not None
    return filled.text.partition("?token=")[2][:43]


def test_a_rate_counts_exactly_however_many_count_at_once(db: Database) -> None:
    rate = Rate("tries", 10, timedelta(minutes=15))
    with ThreadPoolExecutor(8) as threads:
        counted = list(threads.map(lambda _: within(db, rate, "somebody", now=NOW), range(25)))
    assert sum(counted) == 10
    assert within(db, rate, "somebody else", now=NOW)
    assert within(db, rate, "somebody", now=NOW + rate.every)
    assert within(db, Rate("others", 10, rate.every), "somebody", now=NOW)


def test_many_are_counted_at_once(db: Database) -> None:
    rate = Rate("documents", 10, timedelta(minutes=1))
    assert [count(db, rate, "x", more, now=NOW) for more in (3, 4, 5)] == [3, 7, 12]
    assert count(db, rate, "x", 1, now=NOW + rate.every) == 1


def test_tokens_differ(randomness: Callable[[int], bytes]) -> None:
    from issuer.sign_in.tokens import hash_of, is_secret, new_secret

    made = [new_secret(randomness) for _ in range(100)]
    assert len(set(made)) == 100
    assert all(is_secret(one) and one not in hash_of(one) for one in made)
