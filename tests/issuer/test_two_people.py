"""Keys that two people change: one asks, exactly; another allows it, once. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from issuer import audit, key_words
from issuer.compromise import compromise
from issuer.ending_keys import mark_compromised, retire_key
from issuer.errors import KeyMismatch, SecondPersonNeeded, TransitionRefused, Unknown
from issuer.issuers import issuer_row
from issuer.key_request import KeyRequest, Party
from issuer.key_requests import LIFE, allow, ask, ask_for_one, key_requests, refuse, require_two, waiting_for
from issuer.new_key import Replaced
from issuer.people.directory import required_person
from issuer.people.directory_import import Missing, import_directory
from issuer.sign_in.role_grants import grant_role, revoke_role
from issuer.sign_in.roles import Role
from issuer.signing_keys import (
    KeyState,
    SigningKey,
    Use,
    add_key,
    create_initial_keys,
    list_keys,
    planned_addition,
    planned_rotation,
    rotate,
)
from issuer.tables import KeyRequestRow, MessageRow
from issuer.two_people import Change, emergency, two_people_since
from keys.errors import KeyFileUnreadable
from keys.keyring import Keyring
from keys.public_key import KeyType
from keys.unlock import KeyEncryptionKey
from tests.issuer.conftest import NOW, House

DIRECTORY = "email,name\n" + "".join(f"{one}@acme.example,{one.title()} A\n" for one in ("ana", "ben", "cleo", "dora"))
MACHINE = Party("cli:root", None)
SOON = NOW + timedelta(minutes=5)


@dataclass(frozen=True)
class Two:
    """A house with the admins ana, ben and cleo, whose keys two people change."""

    house: House

    def who(self, name: str) -> Party:
        with self.house.db.read() as session:
            person = required_person(session, f"{name}@acme.example").id
        return Party(f"person:{person}", person)

    def named(self, name: str, by: str = "test", now: datetime = NOW) -> None:
        grant_role(
            self.house.db, issuer=None, email=f"{name}@acme.example", role=Role.ADMIN, actor=by, now=now,
            today=now.date(),
        )  # fmt: skip

    def unnamed(self, name: str) -> None:
        revoke_role(self.house.db, issuer=None, email=f"{name}@acme.example", role=Role.ADMIN, actor="test", now=SOON)

    def key(self, use: Use = Use.DATA_INTEGRITY) -> SigningKey:
        return next(
            one
            for one in list_keys(self.house.db)
            if one.use is use and one.state is KeyState.ACTIVE and not one.further
        )

    def ask(self, by: Party, now: datetime = SOON) -> KeyRequest:
        house = self.house
        change = planned_rotation(
            house.db, house.keyring, issuer=None, use=Use.DATA_INTEGRITY, randomness=house.randomness
        )
        return ask(house.db, issuer=None, change=change, by=by, now=now, randomness=house.randomness)

    def allow(self, request: KeyRequest, by: Party, now: datetime = SOON, keyring: Keyring | None = None) -> KeyRequest:
        return allow(self.house.db, keyring or self.house.keyring, issuer=None, request_id=request.id, by=by, now=now)

    def refuse(self, request: KeyRequest, by: Party, now: datetime = SOON) -> KeyRequest:
        return refuse(self.house.db, issuer=None, request_id=request.id, by=by, now=now)


@pytest.fixture
def two(house: House) -> Two:
    import_directory(
        house.db, DIRECTORY.encode(), missing=Missing.KEEP, actor="test", now=NOW, today=NOW.date(),
        randomness=house.randomness,
    )  # fmt: skip
    made = Two(house)
    made.named("ana")
    with pytest.raises(TransitionRefused, match="name a second admin"):
        require_two(house.db, issuer=None, by=made.who("ana"), now=NOW)
    made.named("ben")
    made.named("cleo")
    require_two(house.db, issuer=None, by=made.who("ana"), now=NOW)
    return made


def test_one_asks_and_another_allows_and_the_trail_and_the_mails_say_so(two: Two) -> None:
    db, before, ana, ben = two.house.db, two.key(), two.who("ana"), two.who("ben")
    asked = two.ask(ana)
    assert (asked.operation, asked.replaces, asked.state) == ("rotate", before.fragment, "waiting")
    assert (asked.asked_name, asked.expires_at) == ("Ana A", SOON + LIFE)
    assert two.key() == before, "asking changes nothing"
    with db.read() as session:
        mails = session.scalars(select(MessageRow)).all()
    assert {one.address for one in mails} == {"ben@acme.example", "cleo@acme.example"}
    assert all(asked.fragment and asked.fragment in one.text and before.fragment in one.text for one in mails)

    done = two.allow(asked, ben)
    assert (done.state, done.settled_name) == ("done", "Ben A")
    assert two.key().fragment == asked.fragment
    last = audit.events(db, limit=1_000)[-1]
    assert (last.action, last.actor) == ("key rotated", ben.actor)
    assert (last.details["asked"], last.details["allowed"]) == (ana.actor, ben.actor)
    with pytest.raises(TransitionRefused, match="does not wait"):
        two.allow(asked, two.who("cleo"))
    assert [one.id for one in key_requests(db, issuer=None, now=SOON)] == [asked.id]


def test_no_way_around_it_is_left(two: Two) -> None:
    house, before = two.house, list_keys(two.house.db)
    made: dict[str, Any] = {"issuer": None, "actor": "t", "now": SOON, "randomness": house.randomness}
    ways: list[Callable[[], object]] = [
        lambda: rotate(house.db, house.keyring, use=Use.JWT, **made),
        lambda: add_key(house.db, house.keyring, key_type=KeyType.P256, **made),
    ]
    for way in ways:
        with pytest.raises(SecondPersonNeeded, match="changed by two people"):
            way()
    assert create_initial_keys(house.db, house.keyring, **made) == ()
    assert list_keys(house.db) == before
    with pytest.raises(TransitionRefused, match="two people change"):
        require_two(house.db, issuer=None, by=MACHINE, now=SOON)


def test_the_same_person_does_not_count_twice(two: Two) -> None:
    ana = two.who("ana")
    asked = two.ask(ana)
    with pytest.raises(TransitionRefused, match="cannot allow it"):
        two.allow(asked, ana)
    with pytest.raises(TransitionRefused, match="cannot allow it"):
        two.allow(asked, Party("cli:ana", ana.person_id))
    two.named("dora", by=ana.actor, now=SOON)  # a second account, which she makes an admin on a page
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.allow(asked, two.who("dora"))
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.allow(asked, Party("person:x", None))
    two.unnamed("dora")
    two.named("dora", by="cli:root", now=SOON)  # whoever runs the server confirms her
    assert two.allow(asked, two.who("dora")).state == "done"


def test_whose_role_was_taken_does_not_count(two: Two) -> None:
    asked = two.ask(two.who("ana"))
    two.unnamed("ben")
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.allow(asked, two.who("ben"))
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.refuse(asked, two.who("ben"))
    two.unnamed("ana")
    with pytest.raises(TransitionRefused, match="not an admin any more"):
        two.allow(asked, two.who("cleo"))
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.ask(two.who("dora"))
    assert two.refuse(asked, two.who("cleo")).state == "refused"


def test_what_is_refused_withdrawn_or_over_is_never_done(two: Two) -> None:
    ana, ben, before = two.who("ana"), two.who("ben"), two.key()
    first = two.ask(ana)
    with pytest.raises(TransitionRefused, match="asked for already"):
        two.ask(ben)
    assert two.refuse(first, ben).state == "refused"
    second = two.ask(ana)
    assert two.refuse(second, ana).state == "withdrawn"
    third = two.ask(ana)
    late = third.expires_at
    assert [one.state for one in key_requests(two.house.db, issuer=None, now=late)].count("expired") == 1
    for one in (first, second, third):
        with pytest.raises(TransitionRefused, match="does not wait"):
            two.allow(one, ben, late)
    with pytest.raises(TransitionRefused, match="does not wait"):
        two.refuse(third, ben, late)
    with pytest.raises(Unknown, match="no such request"):
        allow(two.house.db, None, issuer=None, request_id=UUID(int=1), by=ben, now=late)
    assert two.key() == before


def test_a_key_that_changed_meanwhile_and_another_new_one_are_refused(two: Two, tmp_path: Any) -> None:
    asked = two.ask(two.who("ana"))
    empty = Keyring(tmp_path, KeyEncryptionKey(b"k" * 32))
    with pytest.raises(KeyFileUnreadable):
        two.allow(asked, two.who("ben"), keyring=empty)
    with two.house.db.write() as session:  # somebody writes another public key into the row
        session.execute(update(KeyRequestRow).values(public_multikey=_another(two)))
    with pytest.raises(KeyMismatch):
        two.allow(asked, two.who("ben"))
    two.refuse(asked, two.who("ben"))

    asked, old = two.ask(two.who("ana")), two.key()
    drill = compromise(
        two.house.db, two.house.keyring, issuer=None, fragment=old.fragment, since=None, reason="Stolen.",
        actor=two.who("cleo").actor, now=SOON, randomness=two.house.randomness,
    )  # fmt: skip
    assert drill.new is not None
    with pytest.raises(TransitionRefused, match="is another by now"):
        two.allow(asked, two.who("ben"))
    assert two.key() == drill.new
    assert two.ask(two.who("ana")).replaces == drill.new.fragment, "the old request is in nobody's way"


def _another(two: Two) -> str:
    from keys import multikey

    key = planned_rotation(
        two.house.db, two.house.keyring, issuer=None, use=Use.DATA_INTEGRITY, randomness=two.house.randomness
    )
    return multikey.encode(key.public_key)


def test_in_an_emergency_one_is_enough_for_keys_of_this_server_and_the_others_are_told(two: Two) -> None:
    db, old = two.house.db, two.key()
    drill: dict[str, Any] = {
        "issuer": None, "fragment": old.fragment, "since": None, "reason": "Stolen.", "actor": two.who("ana").actor,
        "now": SOON, "randomness": two.house.randomness,
    }  # fmt: skip
    held, gate = "vault:transit/mine?version=1", emergency("t", SOON)
    for new, before in ((held, old.key_uri), ("file:new.key", held), ("file:new.key", None)):
        change = Change(old.use, False, new, old.public_key, old.fragment)
        with db.read() as session, pytest.raises(SecondPersonNeeded, match="by two people first"):
            gate(session, issuer_row(session, None), change, Replaced(old.fragment, before) if before else None)
    assert two.key() == old
    done = compromise(db, two.house.keyring, **drill)
    assert (done.key.state, done.key.fragment) == (KeyState.COMPROMISED, old.fragment)
    rotated = next(one for one in audit.events(db, limit=1_000) if one.action == "key rotated")
    assert rotated.details["allowed"] == "one, in an emergency"
    with db.read() as session:
        mails = session.scalars(select(MessageRow)).all()
    assert {one.address for one in mails} == {"ben@acme.example", "cleo@acme.example"}
    assert all("without a second person" in one.text for one in mails)
    assert all("one person acted in an emergency" in one.subject for one in mails), "nobody is asked"
    assert not any("before you allow" in one.text for one in mails)


def test_a_further_key_is_added_by_two_and_retired_by_one(two: Two) -> None:
    house = two.house
    change = planned_addition(house.db, house.keyring, issuer=None, key_type=KeyType.P256, randomness=house.randomness)
    asked = ask(house.db, issuer=None, change=change, by=two.who("ana"), now=SOON, randomness=house.randomness)
    assert (asked.operation, asked.further, asked.type, asked.replaces) == ("add", True, KeyType.P256, None)
    found = waiting_for(house.db, issuer=None, use=Use.DATA_INTEGRITY, key_type=KeyType.P256, now=SOON)
    assert found == asked
    assert two.ask(two.who("ben")).state == "waiting", "another place"
    two.allow(asked, two.who("ben"))
    gone = retire_key(house.db, issuer=None, fragment=str(asked.fragment), actor="t", now=SOON)
    assert gone.state is KeyState.RETIRED
    marked = mark_compromised(house.db, issuer=None, fragment=gone.fragment, reason="r", actor="t", now=SOON)
    assert marked.state is KeyState.COMPROMISED


def test_the_machine_asks_once_and_two_allow_it(two: Two) -> None:
    asked = two.ask(MACHINE)
    assert two.ask(MACHINE).id == asked.id, "a timer that runs every day asks once"
    with pytest.raises(TransitionRefused, match="only admins count"):
        two.allow(asked, MACHINE)
    backed = two.allow(asked, two.who("ana"))
    assert (backed.state, backed.asked_name) == ("waiting", "Ana A")
    with pytest.raises(TransitionRefused, match="cannot allow it"):
        two.allow(asked, two.who("ana"))
    assert two.allow(asked, two.who("ben")).state == "done"

    on_machine = Party("cli:root", two.who("ana").person_id)
    asked = two.ask(on_machine)
    with pytest.raises(TransitionRefused, match="on the page"):
        two.allow(asked, Party("cli:other", two.who("ben").person_id))
    assert two.allow(asked, two.who("ben")).state == "done"


def test_the_rule_itself_is_ended_by_two(two: Two) -> None:
    db = two.house.db
    asked = ask_for_one(db, issuer=None, by=two.who("ana"), now=SOON, randomness=two.house.randomness)
    with pytest.raises(TransitionRefused, match="cannot allow it"):
        two.allow(asked, two.who("ana"))
    assert two_people_since(db, None) == NOW
    two.allow(asked, two.who("ben"))
    assert two_people_since(db, None) is None
    made: dict[str, Any] = {"issuer": None, "actor": "t", "now": SOON, "randomness": two.house.randomness}
    rotate(db, two.house.keyring, use=Use.DATA_INTEGRITY, **made)
    with pytest.raises(TransitionRefused, match="one person changes"):
        ask_for_one(db, issuer=None, by=two.who("ana"), now=SOON, randomness=two.house.randomness)
    actions = [one.action for one in audit.events(db, limit=1_000)]
    assert actions.count("two people required") == actions.count("two people not required") == 1


def test_of_several_who_answer_at_once_one_does(two: Two) -> None:
    asked, before = two.ask(two.who("ana")), len(list_keys(two.house.db))
    ben, cleo = two.who("ben"), two.who("cleo")
    answers: list[Callable[[], KeyRequest]] = [
        lambda: two.allow(asked, ben),
        lambda: two.allow(asked, cleo),
        lambda: two.refuse(asked, cleo),
        lambda: two.allow(asked, ben),
    ]
    together = Barrier(len(answers))

    def answer(one: Callable[[], KeyRequest]) -> str:
        together.wait()
        try:
            return one().state
        except TransitionRefused as error:
            return str(error)

    with ThreadPoolExecutor(len(answers)) as pool:
        said = list(pool.map(answer, answers))
    assert len([one for one in said if one in ("done", "refused")]) == 1, said
    after = len(list_keys(two.house.db)) - before
    assert after == (1 if "done" in said else 0)
    others = {one for one in said if one not in ("done", "refused")}
    assert others == {str(key_words.not_waiting())}
