"""The file for Europass: beside the other ways on the holder's page, without a seal and with one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from portal.app import create_app
from portal.settings import SettingsRefused, load_settings
from tests.portal.me.conftest import ANA, BEN, Workshop, words
from tests.portal.me.test_sharing import choose
from tests.wallet_export.seals import PASSWORD, made_seal

NAMED = {
    "europass_legal_name": "Brightmoor Werke GmbH",
    "europass_country": "DEU",
    "europass_registration": "HRB 12345 B",
}
COUNTRY = "http://publications.europa.eu/resource/authority/country/DEU"


def with_settings(workshop: Workshop, **settings: Any) -> Workshop:
    """The same company with these settings."""
    told = workshop.service.settings.model_copy(update={**NAMED, **settings})
    service = replace(workshop.service, settings=told)
    return replace(workshop, service=service, app=create_app(service))


def path_of(workshop: Workshop) -> str:
    return f"/me/credentials/{workshop.badge}/europass"


def test_the_badge_in_the_learning_model(workshop: Workshop) -> None:
    shop = with_settings(workshop, europass_eidas="NTRDE-HRB12345B")
    ana = shop.signed_in(ANA)
    choose(ana, shop)
    page = ana.get(f"/me/credentials/{shop.badge}").text
    assert path_of(shop) in page
    assert "Your wallet there takes only what is sealed" in words(page)
    answer = ana.get(path_of(shop))
    assert answer.headers["content-type"] == "application/ld+json"
    assert "-europass.json" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    one = answer.json()["credential"]
    assert one["type"] == ["VerifiableCredential", "EuropeanDigitalCredential"]
    assert one["id"] == f"urn:credential:{shop.badge}"
    assert one["issuer"]["legalName"] == {"en": "Brightmoor Werke GmbH"}
    assert one["issuer"]["location"]["address"]["countryCode"]["id"] == COUNTRY
    assert one["issuer"]["registration"]["notation"] == "HRB 12345 B"
    assert one["issuer"]["eIDASIdentifier"]["spatial"]["id"] == COUNTRY
    signed = ana.get(f"/me/credentials/{shop.badge}/files/json")
    for theirs, ours in {"validFrom": "validFrom", "expirationDate": "validUntil", "validUntil": "validUntil"}.items():
        assert one[theirs] == signed.json()[ours]
    claim = one["credentialSubject"]["hasClaim"]
    assert one["credentialSubject"]["fullName"] == {"en": "Ana Núñez"}
    assert claim["title"] == claim["specifiedBy"]["title"] == one["displayParameter"]["title"] == {"en": "Apprentice"}
    assert claim["awardedBy"]["awardingBody"] == one["issuer"]
    assert claim["supplementaryDocument"]["contentURL"] == f"{shop.service.base_url}/credentials/{shop.badge}"
    assert "attachment" not in one, "a badge without a picture has no PNG with the credential inside"
    display = one["displayParameter"]["individualDisplay"]["displayDetail"]
    assert base64.b64decode(display["image"]["content"]).startswith(b"\x89PNG")


def test_it_is_sealed_where_there_is_a_seal(workshop: Workshop, tmp_path: Path) -> None:
    file = tmp_path / "seal.p12"
    file.write_bytes(made_seal().pkcs12)
    file.chmod(0o600)
    shop = with_settings(workshop, europass_seal_file=file, europass_seal_password=SecretStr(PASSWORD))
    ana = shop.signed_in(ANA)
    choose(ana, shop)
    assert "with the electronic seal of the organization" in words(ana.get(f"/me/credentials/{shop.badge}").text)
    answer = ana.get(path_of(shop))
    assert answer.headers["content-type"] == "application/jose+json"
    assert "-europass-sealed.json" in answer.headers["content-disposition"]
    assert json.loads(answer.json()["payload"])["issuer"]["legalName"] == {"en": "Brightmoor Werke GmbH"}
    wrong = with_settings(workshop, europass_seal_file=file, europass_seal_password=SecretStr("gingerbread"))
    refused = wrong.signed_in(ANA).get(path_of(wrong))
    assert refused.status_code == 503
    assert "gingerbread" not in refused.text


def test_there_is_none_without_the_organization_s_name_nor_for_others(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    choose(ana, workshop)
    page = ana.get(f"/me/credentials/{workshop.badge}").text
    assert path_of(workshop) not in page
    assert "It is no European Digital Credential" in words(page)
    assert ana.get(path_of(workshop)).status_code == 409
    shop = with_settings(workshop)
    assert shop.signed_in(BEN).get(path_of(shop)).status_code == 404


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"europass_country": "DEU"}, "europass_legal_name and europass_registration is missing"),
        ({**NAMED, "europass_country": "DE"}, "no country of Europass"),
        ({**NAMED, "europass_seal_file": "seal.p12"}, "needs its password"),
        ({**NAMED, "europass_seal_password": "x"}, "but not europass_seal_file"),
    ],
)
def test_settings_that_are_half_are_refused(given: dict[str, str], why: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(tmp_path, {f"GUILDMARK_{name.upper()}": value for name, value in given.items()})
    assert why in str(refused.value)
