"""What holders show, and the secrets that they give out, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.errors import Refused, UnknownCredential
from issuer.issue import issue
from issuer.people.calendar_address import (
    calendar_since,
    end_calendar,
    is_calendar_secret,
    new_calendar_secret,
    subscriber,
)
from issuer.sharing import (
    MOST_LINKS,
    WHOLE,
    Shown,
    end_link,
    linked_credential,
    links,
    make_link,
    show,
    shown,
)
from issuer.short_questions import ShortQuestions
from issuer.tables import AwardRow, CredentialRow, ShareLinkRow
from tests.issuer.conftest import NOW, House

LATER = NOW + timedelta(hours=1)
CLOSED = Shown(page_open=False)


def issued(house: House, number: int = 1, level: str = "associate") -> tuple[UUID, UUID]:
    """A credential, and its holder."""
    report = issue(
        house.db, house.keyring, issuer=None, requests=[house.request(number, level)], actor="t", now=NOW,
        randomness=house.randomness,
    )  # fmt: skip
    identifier = report.credentials[0].id
    with house.db.read() as session:
        person = session.scalars(
            select(AwardRow.person_id)
            .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
            .where(CredentialRow.id == identifier)
        ).one()
    assert person is not None
    return identifier, person


def test_a_choice_is_of_a_person_for_a_level(house: House) -> None:
    mine, me = issued(house)
    other_level, _ = issued(house, level="expert")
    another_s, another = issued(house, 2)
    questions = ShortQuestions(house.db)
    assert shown(questions, mine) == WHOLE
    show(house.db, person_id=me, credential_id=mine, wanted=CLOSED, now=NOW)
    show(house.db, person_id=me, credential_id=mine, wanted=replace(CLOSED, evidence=False), now=LATER)
    assert shown(questions, mine) == Shown(page_open=False, full_name=True, evidence=False)
    assert (shown(questions, other_level), shown(questions, another_s)) == (WHOLE, WHOLE)
    assert shown(questions, UUID(int=1)) == WHOLE, "what there is not has nothing to hide"
    with pytest.raises(UnknownCredential, match="of yours"):
        show(house.db, person_id=another, credential_id=mine, wanted=WHOLE, now=LATER)
    assert not shown(questions, mine).whole
    show(house.db, person_id=me, credential_id=mine, wanted=WHOLE, now=LATER)
    assert shown(questions, mine).whole
    questions.close()


def test_links_are_made_found_and_ended(house: House) -> None:
    mine, me = issued(house)
    _, another = issued(house, 2)
    made = make_link(house.db, person_id=me, credential_id=mine, label=" Voss ", now=NOW, randomness=house.randomness)
    assert linked_credential(house.db, made.secret) == mine
    assert linked_credential(house.db, made.secret[:-1] + "!") is None
    assert linked_credential(house.db, "A" * 43) is None
    with house.db.read() as session:
        assert made.secret not in str([vars(one) for one in session.scalars(select(ShareLinkRow))])
    assert [one.label for one in links(house.db, me, mine)] == ["Voss"]
    assert links(house.db, another, mine) == ()
    assert not end_link(house.db, person_id=another, credential_id=mine, link_id=made.link.id)
    assert end_link(house.db, person_id=me, credential_id=mine, link_id=made.link.id)
    assert not end_link(house.db, person_id=me, credential_id=mine, link_id=made.link.id)
    assert linked_credential(house.db, made.secret) is None


def test_a_link_needs_a_name_and_there_are_only_so_many(house: House) -> None:
    mine, me = issued(house)

    def make(label: str) -> None:
        make_link(house.db, person_id=me, credential_id=mine, label=label, now=NOW, randomness=house.randomness)

    for label in ("", "  ", "x" * 81, "two\nlines"):
        with pytest.raises(Refused):
            make(label)
    for number in range(MOST_LINKS):
        make(f"number {number}")
    with pytest.raises(Refused, match="20 links"):
        make("one more")


def test_a_calendar_s_address(house: House) -> None:
    _, me = issued(house)
    assert calendar_since(house.db, None, me) is None
    first = new_calendar_secret(house.db, None, person_id=me, now=NOW, randomness=house.randomness)
    second = new_calendar_secret(house.db, None, person_id=me, now=LATER, randomness=house.randomness)
    assert subscriber(house.db, first) is None
    found = subscriber(house.db, second)
    assert found is not None
    assert (found.person_id, found.issuer) == (me, "acme")
    assert calendar_since(house.db, None, me) == LATER
    assert is_calendar_secret(house.db, None, me, second)
    assert not is_calendar_secret(house.db, None, me, first)
    end_calendar(house.db, None, person_id=me)
    assert subscriber(house.db, second) is None
