"""The examples of OpenID4VCI 1.0 itself, read and written by our words for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import vectors
from wallet_export.oid4vci import PRE_AUTHORIZED, Offer, Oid4vciError, TxCode, description_of
from wallet_export.oid4vci_requests import credential_request, wanted_configurations

ISSUER = "https://credential-issuer.example.com"


def example(name: str) -> str:
    return vectors("oid4vci", name).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("authorization_details.json", ("UniversityDegreeCredential",)),
        ("authorization_details_with_as.json", ("UniversityDegreeCredential",)),
        ("authorization_details_ldp_vc.json", None),
        ("authorization_details_jwt_vc_json.json", None),
        ("authorization_details_sd_jwt_vc.json", None),
        ("authorization_details_multiple_credentials.json", None),
    ],
)
def test_authorization_details_are_read(name: str, wanted: tuple[str, ...] | None) -> None:
    named = tuple(one["credential_configuration_id"] for one in json.loads(example(name)))
    assert wanted_configurations(example(name), locations=ISSUER) == (wanted or named)


def test_an_offer_is_written_as_the_standard_writes_it() -> None:
    told: dict[str, Any] = json.loads(example("credential_offer_multiple_credentials.json"))
    grant = told["grants"][PRE_AUTHORIZED]
    tx_code = TxCode(grant["tx_code"]["length"], grant["tx_code"]["description"], grant["tx_code"]["input_mode"])
    offer = Offer(
        told["credential_issuer"], told["credential_configuration_ids"], grant["pre-authorized_code"], tx_code
    )
    assert offer.document() == told


def test_a_request_of_the_drafts_is_refused() -> None:
    with pytest.raises(Oid4vciError, match="invalid_credential_request"):
        credential_request(json.loads(example("credential_request_iso_mdl.json")))


def test_a_description_has_no_characters_that_it_may_not_have() -> None:
    assert description_of('“Zoë’s” \\ "code"\n') == "'Zo?'s' ? ?code??"
