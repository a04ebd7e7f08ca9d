"""One conformance server for the whole run, and an issuer in it for each instance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.issuers import Issuer
from tests.conformance.server import Server, started


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The started server."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def issuer(server: Server) -> Issuer:
    """The one that suites of the data model use: `eddsa-rdfc-2022`."""
    return Issuer.at(server, "eddsa-rdfc-2022")


@pytest.fixture(scope="session")
def enveloping(server: Server) -> Issuer:
    """The one that makes tokens."""
    return Issuer.at(server, "vc-jwt")
