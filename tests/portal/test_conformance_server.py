"""The conformance server in short: it starts, is for this machine only, and every instance signs and verifies.

What it is asked at length, by clause: tests/conformance (`make conformance`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from portal.conformance.serving import is_loopback
from tests.conformance.issuers import Issuer, accepted
from tests.conformance.server import Server, started

NAMES = (
    "eddsa-rdfc-2022",
    "eddsa-jcs-2022",
    "ecdsa-rdfc-2019",
    "ecdsa-rdfc-2019-p384",
    "ecdsa-jcs-2019",
    "ecdsa-jcs-2019-p384",
    "ecdsa-sd-2023",
    "vc-jwt",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with started() as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_every_instance_signs_and_verifies(server: Server, name: str) -> None:
    issuer = Issuer.at(server, name)
    issued = issuer.issued(mandatoryPointers=["/issuer"] if name == "ecdsa-sd-2023" else [])
    if name == "ecdsa-sd-2023":
        issued = issuer.derive(issued, ["/credentialSubject"]).said
    assert accepted(issuer.verify(issued))


def test_a_credential_can_be_revoked(server: Server) -> None:
    issuer = Issuer.at(server, "eddsa-rdfc-2022")
    issued = issuer.issued()
    issuer.set_status(issued, True)
    assert issuer.verify(issued).said["verdict"] == "revoked"


def test_mandatory_pointers_mean_nothing_to_others(server: Server) -> None:
    issuer = Issuer.at(server, "eddsa-rdfc-2022")
    assert issuer.issue(issuer.credential(), mandatoryPointers=["/issuer"]).status == 201


def test_it_lists_its_instances_and_warns(server: Server) -> None:
    told = server.get("/").said
    assert set(told["instances"]) == set(NAMES)
    assert "Never" in told["warning"]


@pytest.mark.parametrize("body", [None, [], "text", {}, {"credential": 1}, {"credential": {}, "options": 1}])
def test_what_is_no_request_is_refused(server: Server, body: object) -> None:
    assert server.post("/vc-api/eddsa-rdfc-2022/credentials/issue", body).status == 400
    assert server.post("/vc-api/nowhere/credentials/issue", body).status == 404


@pytest.mark.parametrize("more", [["--host", "10.0.0.1"], ["--host", "::"], ["--base-url", "https://example.org"]])
def test_it_is_refused_where_others_could_reach_it(more: list[str]) -> None:
    command = [sys.executable, "-m", "portal", "serve", "--conformance", *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "this machine only" in done.stderr


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("192.0.2.1", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_what_a_loopback_address_is(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one
