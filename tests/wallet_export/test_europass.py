"""A badge in the European Learning Model, and what it is refused for."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from wallet_export.europass import (
    EuropassRefused,
    Grade,
    Learning,
    Organization,
    Skill,
    learning_credential,
    uploadable,
)

ESCO = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
LEARNED = Learning(
    credential_id=UUID(int=7),
    url="https://badges.example/credentials/7",
    organization=Organization("Möwe AG", "CHE", "CHE-123.456.788", homepage="https://moewe.example"),
    holder="Ana Pérez",
    title="Segelmacherin",
    description="Näht Segel.",
    language="de",
    summary={"de": "„Segelmacherin“, verliehen von Möwe", "en": "“Segelmacherin”, awarded by Möwe"},
    attachment_title={"en": "As signed"},
    awarded_at=datetime(2026, 3, 1, tzinfo=UTC),
    valid_from=datetime(2026, 3, 2, 1, 2, 3, 999, tzinfo=UTC),
    valid_until=None,
    picture=b"picture",
    badge=b"badge",
    skills=(Skill("Python", ESCO), Skill("Sewing", "https://elsewhere.example/sewing")),
    grades=(Grade("Exam", "82 %"),),
)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from objects(one)
    elif isinstance(value, list):
        for one in value:
            yield from objects(one)


def test_what_it_says() -> None:
    made = learning_credential(LEARNED)
    assert made["validFrom"] == made["issued"] == made["issuanceDate"] == "2026-03-02T01:02:03Z"
    assert "validUntil" not in made
    assert "expirationDate" not in made
    display = made["displayParameter"]
    assert [one["id"].rpartition("/")[2] for one in display["language"]] == ["DEU", "ENG"]
    assert display["primaryLanguage"]["prefLabel"] == {"en": "German"}
    assert display["description"] == LEARNED.summary
    claim = made["credentialSubject"]["hasClaim"]
    assert claim["provenBy"][0]["grade"]["noteLiteral"] == {"de": "82 %"}
    python, sewing = claim["specifiedBy"]["learningOutcome"]
    assert python["relatedESCOSkill"]["id"] == ESCO
    assert "relatedESCOSkill" not in sewing
    assert base64.b64decode(made["attachment"]["content"]) == b"badge"
    assert "attachment" not in learning_credential(replace(LEARNED, badge=b""))
    assert json.loads(uploadable(made)) == {"credential": made}


def test_one_name_is_one_thing() -> None:
    """In JSON-LD an `id` that stands twice is the same thing: what is said of it must agree."""
    seen: dict[str, Any] = {}
    for one in objects(learning_credential(LEARNED)):
        if "id" in one:
            assert seen.setdefault(one["id"], one) == one, one["id"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"holder": "", "picture": b""}, "the holder’s name, the picture"),
        ({"organization": Organization("", "CHE", "")}, "legal name, its number in the register"),
        ({"organization": Organization("Gull", "USA", "1")}, "USA is no country of Europass"),
        ({"language": "ja"}, "in the language ja"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(EuropassRefused, match=why):
        learning_credential(replace(LEARNED, **changed))
