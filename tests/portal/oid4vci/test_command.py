"""`guildmark offer`: an offer is made whole, with the file of its code, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal.cli.application import app
from tests.portal.conftest import BASE
from tests.portal.oid4vci.conftest import Wallet


def test_a_code_that_cannot_be_written_leaves_no_offer_open(
    wallet: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = wallet.shop.service.settings.home
    (home / "guildmark.toml").write_text(f'base_url = "{BASE}"\n', "utf-8")
    monkeypatch.setenv("GUILDMARK_HOME", str(home))

    def offer(*arguments: str) -> str:
        return CliRunner().invoke(app, ["offer", *arguments], catch_exceptions=False).output

    def states() -> list[str]:
        return [one["state"] for one in json.loads(offer("list", str(wallet.shop.badge), "--json"))["offers"]]

    before = states()
    with pytest.raises(FileNotFoundError):
        offer("make", str(wallet.shop.badge), "--qr", str(tmp_path / "none" / "code.svg"))
    assert states() == ["ended", *before]
    made = json.loads(offer("make", str(wallet.shop.badge), "--qr", str(tmp_path / "code.svg"), "--json"))
    assert (tmp_path / "code.svg").read_text().startswith("<svg")
    assert states() == ["open", "ended", *before]
    assert "has ended" in offer("end", made["id"])
    assert "no such offer" in offer("end", made["id"])
