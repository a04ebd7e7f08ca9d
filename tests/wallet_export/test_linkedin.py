"""The link to LinkedIn's form: months from 1 to 12, nothing of an expiry that there is not, names in any script."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from wallet_export.linkedin import ProfileEntry, feed_link

ENTRY = ProfileEntry(
    name="Notfallübung & Leitung: Stufe 2",
    organization="Brightmoor GmbH & Co. KG",
    organization_id=None,
    issued_on=date(2025, 1, 31),
    expires_on=date(2026, 12, 31),
    url="https://badges.brightmoor.example/credentials/1f0b8f2e",
    credential_id="1f0b8f2e",
)


def values_of(entry: ProfileEntry) -> dict[str, str]:
    parts = urlsplit(entry.link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "www.linkedin.com", "/profile/add")
    return {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}


def test_the_link_fills_in_everything() -> None:
    assert values_of(ENTRY) == {
        "startTask": "CERTIFICATION_NAME",
        "name": ENTRY.name,
        "organizationName": ENTRY.organization,
        "issueYear": "2025",
        "issueMonth": "1",
        "expirationYear": "2026",
        "expirationMonth": "12",
        "certUrl": ENTRY.url,
        "certId": "1f0b8f2e",
    }


@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_those_of_the_calendar(month: int) -> None:
    values = values_of(replace(ENTRY, issued_on=date(2026, month, 1), expires_on=date(2028, month, 28)))
    assert (values["issueMonth"], values["expirationMonth"]) == (str(month), str(month))


def test_what_does_not_expire_says_nothing_of_it() -> None:
    values = values_of(replace(ENTRY, expires_on=None))
    assert not {name for name in values if name.startswith("expiration")}


def test_the_company_s_page_takes_the_place_of_its_name() -> None:
    values = values_of(replace(ENTRY, organization_id=1234567))
    assert values["organizationId"] == "1234567"
    assert "organizationName" not in values


def test_a_post_is_about_the_page_alone() -> None:
    parts = urlsplit(feed_link("https://badges.brightmoor.example/credentials/1f0b8f2e"))
    assert (parts.netloc, parts.path) == ("www.linkedin.com", "/sharing/share-offsite/")
    assert parse_qs(parts.query) == {"url": ["https://badges.brightmoor.example/credentials/1f0b8f2e"]}
