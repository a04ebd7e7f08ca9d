"""What `guildmark demo` writes into its installation, so that links and clocks say the truth; and what it removes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from issuer.errors import AlreadyExists
from portal.demo.run import begin, clear, examples_directory
from portal.living import Life
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


def test_a_demo_that_was_served_can_be_made_anew(tmp_path: Path) -> None:
    output = tmp_path / "demo"
    with begin(output, examples_directory(), base_url="http://localhost:8010", actor="test", clock=lambda: NOW):
        pass
    life = Life(output / "home")
    assert life.name
    life.end()
    clear(output)
    assert not output.exists()


def test_what_no_demo_made_is_not_removed(tmp_path: Path) -> None:
    mine = tmp_path / "demo" / "home" / "thesis.txt"
    mine.parent.mkdir(parents=True)
    mine.touch()
    with pytest.raises(AlreadyExists, match=r"holds home/thesis\.txt, which no demo made"):
        clear(tmp_path / "demo")
    assert mine.exists()
