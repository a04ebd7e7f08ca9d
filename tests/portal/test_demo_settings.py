"""What `guildmark demo` writes into the settings of its installation, so that links and clocks say the truth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.demo.run import begin, examples_directory
from portal.settings import load_settings

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("base_url", "port"), [("http://localhost:8010", 8010), ("https://badges.brightmoor.example:8443", 8000)]
)
def test_it_listens_where_its_links_lead_and_tells_the_company_s_time(tmp_path: Path, base_url: str, port: int) -> None:
    with begin(tmp_path, examples_directory(), base_url=base_url, actor="test", clock=lambda: NOW):
        settings = load_settings(tmp_path / "home", {})
    assert (settings.base_url, settings.listening_port) == (base_url, port)
    assert settings.time_zone == "Europe/Copenhagen"
