"""The same road on PostgreSQL: one setting is all that differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import Company, company
from tests.postgres import running_server, server_binaries

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server programs on this machine (Debian: postgresql)")
    with (
        running_server(binaries) as server,
        company(tmp_path_factory.mktemp("large"), database_url=server.create("guildmark")) as made,
    ):
        yield made


@pytest.mark.slow
def test_issue_verify_and_revoke(large: Company, tmp_path: Path) -> None:
    issued = large.issue_one("Þórdís Guðmundsdóttir", "first-aider", "--output", str(tmp_path))
    token = next(tmp_path.glob("*.jwt"))
    assert large.stranger(str(token), "--json").json["status"] == "valid"
    assert large.command("revoke", issued["id"], "--reason", "Issued in error.").code == 0
    assert large.stranger(str(token), "--json").json["status"] == "revoked"
    assert large.command("audit", "verify").code == 0
    assert "Issued in error." in large.get(f"/credentials/{issued['id']}", "text/html").text
