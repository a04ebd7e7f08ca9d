"""Data of the standards that no other test of ours reads: JCS, and the JSON schemas beside what the server issues."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from credentials.proofs.jcs_suites import ECDSA_JCS_2019
from keys.public_key import KeyType
from keys.signer import generate
from tests.conformance.issuers import Issuer
from tests.conftest import VECTORS, vectors
from tests.credentials.badges import badge

JCS = [path.stem for path in sorted((VECTORS / "jcs" / "input").glob("*.json"))] or ["jcs"]
KEY = generate(KeyType.P256).public_key


def canonical(value: Any) -> bytes:
    """By the function that the suites over JCS use; their documents are objects."""
    return ECDSA_JCS_2019.canonicalize({"it": value}, KEY, lambda _: {})


@pytest.mark.parametrize("name", JCS)
def test_jcs(name: str) -> None:
    given = json.loads(vectors("jcs", "input", f"{name}.json").read_text("utf-8"))
    text = vectors("jcs", "outhex", f"{name}.txt").read_text()
    assert canonical(given) == b'{"it":' + bytes.fromhex("".join(text.split())) + b"}"


def fits(schema: Any, document: Any) -> bool:
    return jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(document)


def test_an_issued_credential_fits_the_schema_of_vcdm_2(issuer: Issuer) -> None:
    schema = json.loads(
        vectors("vcdm2-schema", "verifiable-credential", "verifiable-credential-schema.json").read_text()
    )
    assert fits(schema, issuer.issued(issuer.credential(validFrom="2024-01-01T00:00:00Z")))


def test_an_issued_badge_fits_the_schema_of_open_badges(issuer: Issuer) -> None:
    schema = json.loads(vectors("ob3", "schema", "json", "achievementcredential.json").read_text())
    document = badge()
    del document["credentialStatus"]
    document["issuer"] = {**document["issuer"], "id": issuer.did}
    assert fits(schema, issuer.issued(document))
