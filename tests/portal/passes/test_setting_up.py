"""What an operator sets up, and what he is told of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.app import create_app
from portal.passes.health import pass_health
from portal.settings import Settings, SettingsRefused, load_settings
from portal.worker import all_jobs
from tests.pass_certificates import self_signed, subject_of
from tests.portal.me.conftest import ANA, Workshop
from tests.portal.passes.conftest import Passes

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def settings_with(home: Path, files: dict[str, Path], **more: str) -> Settings:
    named = {"CERTIFICATE": "certificate", "KEY": "key"}
    environment = {f"GUILDMARK_APPLE_PASS_{name}_FILE": str(files[file]) for name, file in named.items()}
    environment["GUILDMARK_APPLE_WWDR_CERTIFICATE_FILE"] = str(files["intermediate"])
    return load_settings(home, {**environment, **more})


def test_what_belongs_together_is_set_together(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="apple_wwdr_certificate_file is missing"):
        load_settings(
            tmp_path, {"GUILDMARK_APPLE_PASS_CERTIFICATE_FILE": "pass.pem", "GUILDMARK_APPLE_PASS_KEY_FILE": "pass.key"}
        )
    with pytest.raises(SettingsRefused, match="google_wallet_key_file is missing"):
        load_settings(tmp_path, {"GUILDMARK_GOOGLE_WALLET_ISSUER": "3388000000012345678"})


def test_the_doctor_says_how_it_stands_with_the_certificates(tmp_path: Path, certificates: dict[str, Path]) -> None:
    files = {name: Path(shutil.copy(path, tmp_path)) for name, path in certificates.items()}
    settings = settings_with(tmp_path, files, GUILDMARK_BASE_URL="https://badges.example")
    (sound,) = pass_health(settings, NOW)
    assert (sound.fault, sound.note) == ("", "")
    assert "pass.example.brightmoor.badges of team A1B2C3D4E5, certificate until 01 January 2046" in sound.looked_at
    assert pass_health(settings, datetime(2045, 12, 20, tzinfo=UTC))[0].note.startswith("The certificate expires soon")
    assert "has expired" in pass_health(settings, datetime(2046, 2, 1, tzinfo=UTC))[0].fault
    (at_home,) = pass_health(settings_with(tmp_path, files), NOW)
    assert "not https" in at_home.note
    files["key"].unlink()
    (missing,) = pass_health(settings, NOW)
    assert "key" in missing.fault
    files["key"].write_bytes(self_signed(subject_of("pass.x", "Y"))[1])
    files["key"].chmod(0o600)
    assert "not that of the certificate" in pass_health(settings, NOW)[0].fault
    assert pass_health(load_settings(tmp_path, {}), NOW) == ()


def test_the_doctor_reads_googles_key(passes: Passes) -> None:
    settings = passes.workshop.service.settings
    assert [one.fault for one in pass_health(settings, NOW)] == ["", ""]
    assert settings.google_wallet_key_file is not None
    settings.google_wallet_key_file.write_text('{"type": "service_account"}')
    assert "JSON key of a service account" in pass_health(settings, NOW)[1].fault
    assert "Add to Google Wallet" not in passes.ana.get(passes.page).text
    assert "passes" in {job.name for job in all_jobs(passes.workshop.service)}


def test_without_settings_there_is_nothing_of_it(workshop: Workshop) -> None:
    page = workshop.signed_in(ANA).get(f"/me/credentials/{workshop.badge}").text
    assert "Apple" not in page
    assert "Google" not in page
    client = workshop.browser().client
    assert client.post("/apple-wallet/v1/log", json={"logs": ["x"]}).status_code == 404
    assert client.get("/apple-wallet/v1/devices/a/registrations/pass.b").status_code == 404
    assert "passes" not in {job.name for job in all_jobs(workshop.service)}


def test_while_the_keys_are_locked_phones_are_asked_to_come_again(passes: Passes) -> None:
    document = passes.add_to_apple()
    locked = replace(passes.workshop.service, keyring=None)
    passes.workshop.app = create_app(locked)
    path = f"/passes/{document['passTypeIdentifier']}/{document['serialNumber']}"
    assert passes.phone("GET", path, document["authenticationToken"]).status_code == 503
