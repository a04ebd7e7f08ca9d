"""The first admin is named on the command line, and whoever is there can be signed out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys.conftest import Company


@pytest.mark.slow
def test_roles_are_given_and_taken_on_the_command_line(tmp_path: Path) -> None:
    company = Company(tmp_path / "home", 8000)
    assert company.command("init", "--name", "Brightmoor Systems").code == 0
    (tmp_path / "people.csv").write_text("email,name\nana@brightmoor.example,Ana Núñez\n", encoding="utf-8")
    company.command("people", "import", str(tmp_path / "people.csv"))
    assert "The first admin: guildmark admin grant EMAIL admin" in company.command("admin", "list").out
    said = company.command("admin", "grant", "ana@brightmoor.example", "admin").out
    assert "ana@brightmoor.example is admin now." in said
    assert "No way to sign in is set" in said
    assert company.command("admin", "grant", "eve@brightmoor.example", "admin").code == 1
    [grant] = company.command("admin", "list", "--json").json["grants"]
    assert (grant["name"], grant["role"]) == ("Ana Núñez", "admin")
    link = company.command("admin", "link", "ana@brightmoor.example").out.strip()
    assert re.fullmatch(r"http://localhost:8000/sign-in/link\?token=[\w-]{43}", link)
    assert "is not admin any more" in company.command("admin", "revoke", "ana@brightmoor.example", "admin").out
    assert company.command("admin", "revoke", "ana@brightmoor.example", "admin").code == 1
    assert "was not signed in" in company.command("admin", "sign-out", "ana@brightmoor.example").out
