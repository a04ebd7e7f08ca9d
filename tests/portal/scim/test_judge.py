"""The judge: scim2-tester asks for whatever the standard promises, of what our own schemas describe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portal.scim.conftest import Directory


@pytest.mark.slow
def test_the_judge_finds_nothing(directory: Directory) -> None:
    # Seconds of import, which a run without this test does not pay.
    from scim2_client import BaseSyncSCIMClient
    from scim2_tester import Status, check_server

    class _Client(BaseSyncSCIMClient):
        """The judge's client on our test client."""

        def __init__(self, directory: Directory) -> None:
            super().__init__()
            self._directory = directory

        def _stays_under_base_url(self, endpoint: str) -> bool:
            return True

        def _parse_json(self, response: Any) -> Any:
            return response.json()

        def request(self, method: str, url: str, **asked: Any) -> Any:
            headers = {**(asked.pop("headers", None) or {}), "Authorization": f"Bearer {self._directory.token}"}
            path = url if "/scim/v2" in url else f"/scim/v2/{url.lstrip('/')}"
            return self._directory.client.request(method, path, headers=headers, **asked)

    results = check_server(_Client(directory))
    bad = [one for one in results if one.status not in {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}]
    assert not bad, "\n".join(f"{one.title} {one.resource_type} {one.status}: {one.reason} {one.data}" for one in bad)
    assert len(results) > 60
