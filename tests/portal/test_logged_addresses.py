"""What the log tells of an address: never the secret that stands in it, nor a query, whichever route is added."""

from __future__ import annotations

import json
import re

import pytest
import structlog
from starlette.responses import Response
from starlette.testclient import TestClient

from portal.layers.request_log import RequestLog
from tests.portal.conftest import BASE
from tests.portal.sign_in.routes import TABLE

SECRET = "s3cr3t-0f-an-address"
PLACES = re.compile(r"\{(?:secret|handle|reference|token)\}")
ROUTES = sorted({one for routes in TABLE.values() for one in routes if PLACES.search(one)})


@pytest.mark.parametrize("route", ROUTES)
def test_no_secret_of_an_address_is_logged(route: str) -> None:
    method, _, path = route.partition(" ")
    capture = structlog.testing.LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    try:
        asked = re.sub(r"\{[^}]*\}", "x", PLACES.sub(SECRET, path))
        client = TestClient(RequestLog(Response(), behind_proxy=False), base_url=BASE)
        client.request(method, f"{asked}?who=ana%40brightmoor.example")
    finally:
        structlog.configure(**before)
    [line] = [json.dumps(entry) for entry in capture.entries]
    assert SECRET not in line
    assert "ana" not in line


def test_the_routes_with_secrets_are_found() -> None:
    assert len(ROUTES) > 15
