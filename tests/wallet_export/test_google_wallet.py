"""Passes for Google Wallet: what an object says, and what a change takes away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.wallet_export.test_pkpass import CONTENT, ENGLISH, GERMAN
from wallet_export.google_wallet import (
    AccountRefused,
    Spoken,
    changes_of,
    class_id,
    generic_object,
    nameless_object,
    object_id,
    read_account,
)
from wallet_export.phone_pass import PassContent

SPOKEN = (Spoken("en", ENGLISH, date.isoformat), Spoken("de", GERMAN, lambda day: f"{day:%d.%m.%Y}"))
ISSUER = "3388000000012345678"
REST = b'"private_key_id": "b", "token_uri": "c", "private_key": "d"'


def said(content: PassContent = CONTENT, picture: str | None = None) -> dict:
    return generic_object(
        content, SPOKEN, identifier=object_id(ISSUER, "1"), class_identifier=class_id(ISSUER, "2"), picture=picture
    )


def test_an_object_speaks_every_language() -> None:
    found = said(picture="https://badges.example/image")
    assert found["logo"]["sourceUri"] == {"uri": "https://badges.example/image"}
    until = next(one for one in found["textModulesData"] if one["id"] == "until")
    assert until["localizedBody"] == {
        "defaultValue": {"language": "en", "value": "2028-10-09"},
        "translatedValues": [{"language": "de", "value": "09.10.2028"}],
    }
    assert found["validTimeInterval"]["end"] == {"date": "2028-10-09T23:59:59+02:00"}
    assert found["barcode"] == {"type": "QR_CODE", "value": CONTENT.url}


@pytest.mark.parametrize(
    ("standing", "state"),
    [("valid", "ACTIVE"), ("suspended", "INACTIVE"), ("revoked", "INACTIVE"), ("expired", "EXPIRED")],
)
def test_its_state_is_that_of_the_credential(standing: str, state: str) -> None:
    assert said(replace(CONTENT, standing=standing))["state"] == state  # type: ignore[arg-type]


def test_a_change_takes_away_what_there_is_not_any_more() -> None:
    bare = said(replace(CONTENT, valid_until=None, awarded_on=None, holder=""))
    assert [one["id"] for one in bare["textModulesData"]] == ["status"]
    changes = changes_of(bare)
    assert changes["validTimeInterval"]["end"] is None
    assert changes["logo"] is None
    assert changes_of(said(picture="https://badges.example/image")) == said(picture="https://badges.example/image")


def test_of_who_is_erased_it_says_nothing() -> None:
    assert CONTENT.holder not in str(nameless_object(object_id(ISSUER, "1"), class_id(ISSUER, "2")))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type": "service_account", %s, "client_email": "a"}' % REST,
        b'{"type": "user", %s, "client_email": "a"}' % REST,
        b'{"type": "service_account", %s, "client_email": 1}' % REST,
    ],
)
def test_what_is_no_key_of_a_service_account_is_refused(text: bytes) -> None:
    with pytest.raises(AccountRefused):
        read_account(text)
