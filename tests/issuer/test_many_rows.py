"""Rows written column by column are the rows that would have been written one by one, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from issuer.allocation import ids_of_rows, ids_side_by_side
from issuer.canonical_json import canonical_json, json_text
from issuer.many_rows import among, change_rows, insert_rows
from issuer.orders import Order, Orders
from issuer.store import Database
from issuer.tables import IssuerRow, PersonAddressRow, PersonRow
from tests.issuer.conftest import NOW, House

IDS = [UUID(int=number) for number in range(1, 4)]
ODD = ["Zoë “Ö” O'Neil", 'back\\slash, "quotes", {braces}, NULL', "line\nbreak 😀"]


def entered(database: Database) -> None:
    with database.write() as session:
        count = insert_rows(
            session,
            PersonRow,
            same={"created_at": datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2)))},
            each={
                "id": IDS,
                "name": ODD,
                "did": [None, "did:web:x", None],
                "joined_on": [date(2020, 1, 2), None, None],
            },
        )
        assert count == 3


def test_what_is_written_is_what_is_read(database: Database) -> None:
    entered(database)
    with database.read() as session:
        rows = session.scalars(select(PersonRow).order_by(PersonRow.id)).all()
    assert [row.name for row in rows] == ODD
    assert [row.did for row in rows] == [None, "did:web:x", None]
    assert [row.joined_on for row in rows] == [date(2020, 1, 2), None, None]
    assert {row.created_at for row in rows} == {datetime(2026, 11, 22, 10, 0, tzinfo=UTC)}
    assert rows[0].manager_id is None


def test_rows_that_are_there_stay_and_are_not_counted(database: Database) -> None:
    entered(database)

    def enter(addresses: list[str], shown: str) -> int:
        with database.write() as session:
            return insert_rows(
                session,
                PersonAddressRow,
                same={"ordinal": 0, "shown": shown},
                each={"address": addresses, "person_id": IDS[: len(addresses)]},
                unless_there=("address",),
            )

    assert enter(["a", "b"], "first") == 2
    assert enter(["b", "c", "a"], "second") == 1
    assert enter([], "none") == 0
    with database.read() as session:
        rows = session.execute(select(PersonAddressRow.address, PersonAddressRow.shown))
        found = {row.address: row.shown for row in rows}
    assert found == {"a": "first", "b": "first", "c": "second"}


def test_a_key_that_is_there_is_an_error_unless_it_is_said_what_to_do(database: Database) -> None:
    entered(database)
    with pytest.raises(IntegrityError):
        entered(database)


def test_columns_of_json_and_membership(database: Database) -> None:
    profile = {"name": 'Ä\n"', "url": None, "list": [1, True]}
    with database.write() as session:
        insert_rows(
            session,
            IssuerRow,
            same={"created_at": NOW, "is_default": False},
            each={
                "slug": ["one", "two"],
                "did": ["did:web:one", "did:web:two"],
                "base_url": ["https://one", "https://two"],
                "profile": [json_text(profile), json_text({})],
            },
        )
    entered(database)
    with database.read() as session:
        rows = session.execute(select(IssuerRow.slug, IssuerRow.profile, IssuerRow.is_default, IssuerRow.id)).all()
        assert {(row.slug, str(row.profile), row.is_default) for row in rows} == {
            ("one", str(profile), False),
            ("two", "{}", False),
        }
        numbers = [row.id for row in rows]
        assert set(session.scalars(select(IssuerRow.id).where(among(session, IssuerRow.id, numbers)))) == set(numbers)
        found = session.scalars(select(PersonRow.id).where(among(session, PersonRow.id, {*IDS[:2], UUID(int=99)})))
        assert set(found) == set(IDS[:2])
        assert not session.scalars(select(PersonRow.id).where(among(session, PersonRow.id, ()))).all()
        assert session.scalars(select(PersonRow.id).where(among(session, PersonRow.name, ODD[1:2]))).all() == IDS[1:2]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(JSON_VALUES)
def test_canonical_json_is_that_of_rfc_8785(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_what_json_cannot_hold_is_refused_in_the_same_words() -> None:
    for value in ("\ud800", {"a": ["\udfff"]}, 2**60, {"a": float("nan")}):
        with pytest.raises(ValueError) as ours:
            canonical_json(value)
        with pytest.raises(ValueError) as theirs:
            rfc8785.dumps(value)
        assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))


def test_ids_of_a_batch_lie_together_and_cannot_be_guessed(randomness: Callable[[int], bytes]) -> None:
    ids = ids_of_rows(500, randomness, NOW)
    assert len(set(ids)) == 500
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert {one.int >> 80 for one in ids} == {int(NOW.timestamp() * 1000)}
    assert len({one.int >> 62 for one in ids}) == 1
    assert len({one.int >> 50 & 0xFFF for one in ids}) > 400, "what follows is random"
    later = ids_of_rows(1, randomness, NOW + timedelta(milliseconds=1))
    assert later[0] > max(ids)
    assert ids_of_rows(0, randomness, NOW) == []


def test_credentials_of_a_batch_lie_side_by_side_and_are_known_by_their_first_digits(
    randomness: Callable[[int], bytes],
) -> None:
    ids = ids_side_by_side(4_000, randomness)
    assert {(one.version, one.variant) for one in ids} == {(4, "specified in RFC 4122")}
    assert len({one.hex[:3] for one in ids}) == 1
    assert len({one.hex[:8] for one in ids}) > 3_900
    assert len({one.int & (1 << 62) - 1 for one in ids}) == 4_000
    assert len({ids_side_by_side(1, randomness)[0].hex[:3] for _ in range(200)}) > 150, "each call draws anew"
    assert ids_side_by_side(0, randomness) == []


@pytest.mark.parametrize("packed", [False, True])
def test_orders_come_out_as_they_went_in_lower_levels_first(packed: bool) -> None:
    house = House(None, None, None, bytes)  # type: ignore[arg-type]
    orders = Orders(packed=packed)
    level: Any = SimpleNamespace(row_id=7)
    requests = [house.request(number, idempotency_key=f"k{number}" if number % 2 else None) for number in range(5)]
    made = [Order(one, level, one.key, one.digest, one.text, number) for number, one in enumerate(requests)]
    orders.keep(1, made[:2])
    orders.keep(0, made[2:4])
    orders.keep(1, made[4:])
    assert len(orders) == 5
    assert [one.number for one in orders] == [2, 3, 0, 1, 4]
    assert [[one.number for one in chunk] for chunk in orders.chunks(2)] == [[2, 3], [0, 1], [4]]
    assert list(orders) == [made[2], made[3], made[0], made[1], made[4]], "with everything that was asked for"


def test_rows_are_changed_where_they_are_found(database: Database) -> None:
    entered(database)

    def change(found: list[UUID], names: list[str], created_at: datetime = NOW) -> int:
        with database.write() as session:
            return change_rows(
                session,
                PersonRow,
                by={"id": found},
                each={"name": names, "did": [None if place else "did:web:y" for place in range(len(names))]},
                where={"created_at": created_at},
            )

    assert change([*IDS[:2], UUID(int=99)], ['{"a", NULL}', "\\", "nobody"]) == 2
    assert change(IDS[:1], ["too late"], NOW + timedelta(seconds=1)) == 0
    assert change([], []) == 0
    with database.read() as session:
        rows = session.execute(select(PersonRow.name, PersonRow.did).order_by(PersonRow.id)).all()
    assert rows == [('{"a", NULL}', "did:web:y"), ("\\", None), (ODD[2], None)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=8))
def test_any_text_comes_back(database: Database, texts: list[str]) -> None:
    with database.write() as session:
        session.execute(delete(PersonRow))
        ids = [UUID(int=number + 1) for number in range(len(texts))]
        insert_rows(session, PersonRow, same={"created_at": NOW}, each={"id": ids, "name": texts, "did": texts})
    with database.read() as session:
        assert session.scalars(select(PersonRow.name).order_by(PersonRow.id)).all() == texts
