"""Lists larger than the smallest: new credentials get places in them, old ones keep theirs, all are published."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from credentials import strict_json
from credentials.bitstring import Bitstring
from issuer import audit
from issuer.doctor import examine
from issuer.errors import Refused
from issuer.issue import issue
from issuer.list_sizes import list_sizes, resize
from issuer.published import document
from issuer.status import revoke
from issuer.tables import StatusEntryRow
from tests.issuer.conftest import NOW, House


def issued(house: House, number: int, level: str = "associate") -> object:
    return issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[house.request(number, level)],
        actor="t",
        now=NOW,
        randomness=house.randomness,
    ).new[0].id  # fmt: skip


def resized(house: House, size: int) -> int:
    return len(resize(house.db, issuer="acme", size=size, actor="t", now=NOW, randomness=house.randomness))


def test_new_credentials_get_places_in_larger_lists_and_old_ones_keep_theirs(house: House) -> None:
    old = issued(house, 1)
    assert resized(house, 10_000_000) == 1
    assert resized(house, 10_000_000) == 0
    new = issued(house, 2, "expert")
    shown = [(one.purpose, one.size, one.used, one.is_open) for one in list_sizes(house.db, "acme")]
    assert shown == [
        ("revocation", 131_072, 1, False),
        ("revocation", 10_000_000, 1, True),
        ("suspension", 10_000_000, 1, True),
    ]
    for one in (old, new):
        revoke(house.db, house.keyring, credential_id=one, reason="x", actor="t", now=NOW)  # type: ignore[arg-type]
    with house.db.read() as session:
        entries = session.scalars(select(StatusEntryRow).where(StatusEntryRow.purpose == "revocation")).all()
    for entry in entries:
        (url,) = [one.url for one in list_sizes(house.db, "acme") if one.id == entry.list_id]
        served = document(house.db, url)
        assert served is not None
        bits = Bitstring.decode(strict_json.parse(served.body)["credentialSubject"]["encodedList"])
        assert bits.differences(Bitstring.of_length(len(bits))) == {entry.position}
    assert examine(house.db, now=NOW).sound
    (told,) = [one for one in audit.events(house.db, subject="issuer:acme") if one.action == "status lists resized"]
    assert told.details["size"] == 10_000_000


def test_an_issuer_without_credentials_chooses_before_the_first(house: House) -> None:
    assert resized(house, 1_000_000) == 1
    issued(house, 1)
    assert [(one.size, one.used) for one in list_sizes(house.db)] == [(1_000_000, 1)]


@pytest.mark.parametrize("size", [0, 131_064, 131_073, 10_000_008])
def test_a_size_that_no_list_has_is_refused(house: House, size: int) -> None:
    with pytest.raises(Refused, match="from 131,072"):
        resized(house, size)
