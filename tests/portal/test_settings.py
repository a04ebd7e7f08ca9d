"""Settings: what an operator writes wrong is said in a sentence that names the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.key_encryption_key import create_key_encryption_key
from keys.unlock import KeyEncryptionKey, Passphrase
from portal.home import FILE_NAME
from portal.settings import SettingsRefused, load_settings


def test_an_empty_home_has_usable_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert settings.base_url == "http://localhost:8000"
    assert settings.database == f"sqlite:///{tmp_path / 'guildmark.db'}"
    assert settings.keys == tmp_path / "keys"
    assert settings.unlock() is None


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('base_url = "https://a.example/"\nport = 1\nallowed_origins = ["http://b:80"]')
    settings = load_settings(tmp_path, {"GUILDMARK_PORT": "8080", "GUILDMARK_HOME": "x", "PATH": "/bin"})
    assert (settings.base_url, settings.port) == ("https://a.example", 8080)
    several = load_settings(tmp_path, {"GUILDMARK_ALLOWED_ORIGINS": "http://a:8080, http://b:8081"})
    assert several.allowed_origins == ("http://a:8080", "http://b:8081")


@pytest.mark.parametrize(
    ("base_url", "more", "port"),
    [
        ("http://localhost:8053", "", 8053),
        ("http://127.0.0.1:8053", "", 8053),
        ("http://localhost:8053", "port = 9000", 9000),
        ("http://localhost", "", 8000),  # 80 is not for everybody to listen at
        ("http://badges.internal:8053", "", 8000),  # somebody else's machine, or a proxy's port
        ("https://localhost:8443", "", 8000),  # which a proxy listens at: we speak no TLS
    ],
)
def test_it_listens_where_its_own_addresses_lead(tmp_path: Path, base_url: str, more: str, port: int) -> None:
    (tmp_path / FILE_NAME).write_text(f'base_url = "{base_url}"\n{more}\n')
    assert load_settings(tmp_path, {}).listening_port == port


@pytest.mark.parametrize(
    ("file", "environment", "sentence"),
    [
        ('base_ulr = "x"', {}, "there is no setting base_ulr; did you mean base_url?"),
        ("", {"GUILDMARK_PROT": "1"}, "there is no setting GUILDMARK_PROT"),
        ("base_url = ", {}, "cannot be read as TOML"),
        ('base_url = "ftp://x"', {}, "base_url: 'ftp://x' is no web address"),
        ("port = 99999", {}, "port: "),
        ('time_zone = "Mars/Olympus"', {}, "is no time zone"),
        ('allowed_origins = ["http://a.example/path"]', {}, "allowed_origins"),
        ('log_level = "loud"', {}, "log_level"),
        ('passphrase = "hidden"', {"GUILDMARK_PASSPHRASE_FILE": "f"}, "are both set"),
    ],
)
def test_a_fault_names_the_setting(tmp_path: Path, file: str, environment: dict[str, str], sentence: str) -> None:
    (tmp_path / FILE_NAME).write_text(file)
    with pytest.raises(SettingsRefused) as refused:
        load_settings(tmp_path, environment)
    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_every_fault_is_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('port = 0\nlog_level = "loud"\nbase_url = "nowhere"')
    with pytest.raises(SettingsRefused) as refused:
        load_settings(tmp_path, {})
    assert len(refused.value.faults) == 3


def test_what_unseals_the_keys(tmp_path: Path) -> None:
    kek = create_key_encryption_key(tmp_path / "kek")
    (tmp_path / "phrase").write_text("correct horse\n")
    (tmp_path / "phrase").chmod(0o600)
    assert load_settings(tmp_path, {"GUILDMARK_KEY_ENCRYPTION_KEY_FILE": "kek"}).unlock() == kek
    by_value = load_settings(tmp_path, {"GUILDMARK_KEY_ENCRYPTION_KEY": kek.to_text()})
    assert isinstance(by_value.unlock(), KeyEncryptionKey)
    assert kek.to_text() not in repr(by_value)
    assert load_settings(tmp_path, {"GUILDMARK_PASSPHRASE_FILE": "phrase"}).unlock() == Passphrase("correct horse")
