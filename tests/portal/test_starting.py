"""A server that lacks something says so before it starts, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from issuer import schema_version
from issuer.issuers import create_issuer
from portal.service import Service, open_service
from portal.settings import load_settings
from portal.starting import what_is_missing

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BASE = "https://badges.acme.example"


@contextmanager
def service(home: Path, **settings: str) -> Iterator[Service]:
    environment = {"GUILDMARK_BASE_URL": BASE} | {
        f"GUILDMARK_{name.upper()}": value for name, value in settings.items()
    }
    opened = open_service(load_settings(home, environment), lambda: NOW)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with service(tmp_path) as empty:
        schema_version.upgrade(empty.database)
        create_issuer(empty.database, slug="acme", name="Acme", base_url=BASE, actor="test", now=NOW)
    return tmp_path


def test_a_whole_installation_lacks_nothing(home: Path) -> None:
    with service(home) as whole:
        assert what_is_missing(whole) == ()


def test_without_an_issuer_nothing_can_be_served(tmp_path: Path) -> None:
    with service(tmp_path) as empty:
        schema_version.upgrade(empty.database)
        (fault,) = what_is_missing(empty)
    assert "guildmark init" in str(fault)


def test_another_address_than_the_issuers_is_refused(home: Path) -> None:
    with service(home, base_url="https://badges.example") as moved:
        (fault,) = what_is_missing(moved)
    assert f"set base_url to {BASE}" in str(fault)


def test_every_reason_is_told_at_once(home: Path) -> None:
    secret = home / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    settings = {
        "smtp_host": "mail.acme.example",
        "mail_from": "badges@acme.example",
        "smtp_username": "badges",
        "smtp_password_file": "secret",
        "smtp_ca_file": "nowhere.pem",
    }
    with service(home, **settings) as half:
        faults = {fault.where: fault.what for fault in what_is_missing(half)}
    assert faults.keys() == {"smtp_password_file", "smtp_ca_file"}
    assert "nowhere.pem" in faults["smtp_ca_file"]


def test_an_empty_secret_is_none(home: Path) -> None:
    secret = home / "secret"
    secret.touch(mode=0o600)
    settings = {
        "oidc_issuer": "https://login.acme.example",
        "oidc_client_id": "badges",
        "oidc_client_secret_file": "secret",
    }
    with service(home, **settings) as half:
        (fault,) = what_is_missing(half)
    assert "is empty" in fault.what
