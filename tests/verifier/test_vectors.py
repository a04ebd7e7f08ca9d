"""The standard's own signed badge, with the issuer's document served where it says its keys are."""

from __future__ import annotations

import json

import pytest

from tests.conftest import vectors
from tests.world import World
from verifier.result import Outcome, Status

ISSUER = "https://example.edu/issuers/565049"


@pytest.mark.vectors
def test_the_badge_of_the_implementation_guide(world: World) -> None:
    folder = vectors("ob3", "impl-guide")
    body = (folder / "07-signed-credential.json").read_bytes()
    key = json.loads((folder / "values.json").read_text())["publicKeyMultibase"]
    method = {"id": f"{ISSUER}#{key}", "type": "Multikey", "controller": ISSUER, "publicKeyMultibase": key}
    world.fetcher.serve(ISSUER, json.dumps({"id": ISSUER, "assertionMethod": [method]}).encode())
    assert world.verify(body).status is Status.VALID
    assert world.verify(body.replace(b"Teamwork Badge", b"Teamwork badge")).status is Status.INVALID


@pytest.mark.vectors
@pytest.mark.parametrize("name", ["basicOpenBadgeCredential/00-sample-openbadgecredential.json"])
def test_the_examples_of_the_standard_conform_and_are_not_signed(world: World, name: str) -> None:
    result = world.verify(vectors("ob3", "spec-examples", *name.split("/")).read_bytes())
    assert result.check("conforms").outcome is Outcome.PASSED
    assert result.status is Status.INVALID
    assert "not signed" in result.sentence
